/** A domain asks to be told how encryption to its mail hosts went (RFC 8460), and is told the day after. */
import { gunzipSync } from 'node:zlib';
import PostalMime from 'postal-mime';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
const clock = { ahead: 0 };
beforeAll(async () => { stage = await openStage({ now: () => Date.now() + clock.ahead }); });
afterAll(() => stage?.close());

it('once, by mail, with counts and host names and nothing of a message', async () => {
  const sent = await stage.send('ana', { to: [{ address: 'tess.lane@lakeside.test' }, { address: 'walt.finch@oldpost.test' }], subject: 'Potassium result', text: 'Maria Alvarez, MRN 4471902' });
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
  expect(raw + JSON.stringify(report)).not.toMatch(/Alvarez|4471902|tess|Potassium/i);
});
