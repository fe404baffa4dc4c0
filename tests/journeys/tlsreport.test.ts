/** A domain asks to be told how encryption to its mail hosts went (RFC 8460), and is told the day after. */
import { gunzipSync } from 'node:zlib';
import PostalMime from 'postal-mime';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { clearOfMidnight } from '../until.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
const clock = { ahead: 0 };
beforeAll(async () => { await clearOfMidnight(); stage = await openStage({ now: () => Date.now() + clock.ahead }); });
afterAll(() => stage?.close());

it('once, by mail, with counts and host names and nothing of a message', async () => {
  const sent = await stage.send('ana', { to: [{ address: 'tess.lane@lakeside.test' }, { address: 'walt.finch@oldpost.test' }, { address: 'stan.pool@sts.test' }, { address: 'dan.eriksen@dane.test' }], subject: 'Potassium result', text: 'Maria Alvarez, MRN 4471902' });
  await stage.until('ana', sent.body.id, ['relayed']);
  const figures = (await stage.call('ivy', 'GET', 'deliverability?days=1')).body.data as { domain: string; outcomes: { relayed?: number; refused?: number } }[];
  expect(figures.find((d) => d.domain === 'lakeside.test')?.outcomes.relayed).toBe(1);
  expect(figures.find((d) => d.domain === 'oldpost.test')?.outcomes.refused).toBe(1);
  expect((await stage.call('ana', 'GET', 'deliverability')).status).toBe(403);
  clock.ahead = 86_400_000;
  for (let n = 0; n < 3; n += 1) await stage.service.sweep();
  const { raw } = await stage.mail('tls-reports@lakeside.test', (text) => /tls-report-domain/i.test(text));
  expect((await stage.mailbox('tls-reports@lakeside.test')).length).toBe(1);
  expect(raw).toMatch(/^tls-report-domain: lakeside\.test\r\n/im);
  expect(raw.replace(/\r\n[ \t]+/g, ' ')).toMatch(/Content-Type: multipart\/report; report-type="?tlsrpt"?;/);
  const mail = await PostalMime.parse(raw);
  expect(mail.subject).toMatch(/^Report Domain: lakeside\.test Submitter: riverside\.test Report-ID: <rpt_/);
  const [file] = mail.attachments;
  expect(file?.filename).toMatch(/^riverside\.test!lakeside\.test!\d+!\d+\.json\.gz$/);
  const report = JSON.parse(gunzipSync(Buffer.from(file?.content as ArrayBuffer)).toString());
  expect(report).toMatchObject({ 'organization-name': expect.any(String), policies: [{ policy: { 'policy-type': 'no-policy-found', 'policy-domain': 'lakeside.test' }, summary: { 'total-successful-session-count': 1, 'total-failure-session-count': 0 } }] });
  expect(raw + JSON.stringify(report)).not.toMatch(/Alvarez|4471902|tess\.|Potassium/i);
});

it('by HTTPS where the domain asks for it so, with the policy it was held to', async () => {
  const handed = await stage.tlsReports();
  expect(handed.map(({ host, type }) => [host, type])).toEqual(Array.from({ length: 2 }, () => ['tlsrpt.collector.test', 'application/tlsrpt+gzip']));
  const reports = handed.map(({ bytes }) => JSON.parse(gunzipSync(Buffer.from(bytes, 'base64')).toString()));
  expect(reports.flatMap((r) => r.policies).map((p) => p.policy)).toEqual(expect.arrayContaining([
    { 'policy-type': 'sts', 'policy-string': ['version: STSv1', 'mode: enforce', 'mx: mx.hosted.test', 'max_age: 86400'], 'policy-domain': 'sts.test', 'mx-host': ['mx.hosted.test'] },
    { 'policy-type': 'tlsa', 'policy-string': [expect.stringMatching(/^_\d+\._tcp\.mx\.dane\.test\. IN TLSA 3 1 1 [0-9a-f]{64}$/)], 'policy-domain': 'mx.dane.test' },
  ]));
  expect(reports.every((r) => r.policies[0].summary['total-successful-session-count'] === 1)).toBe(true);
  expect(JSON.stringify(reports)).not.toMatch(/Alvarez|4471902|stan|Potassium|127\.0\.0\.1/);
});
