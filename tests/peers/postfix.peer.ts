/**
 * Postfix and Dovecot as everybody's mail host, NSD's signed zones and unbound as the resolver: the whole service delivers to them, and
 * what they kept and logged is what counts.
 * Debian: postfix dovecot-core dovecot-lmtpd nsd unbound ldnsutils
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDeliver } from '../../service/deliver/deliver.ts';
import { openWorld } from '../../service/world.ts';
import type { MessageTimeline } from '../../shared/wire/timeline.ts';
import { openStage, type Stage } from '../journeys/stage.ts';
import { notRun, tool } from '../tools.ts';
import { LOGIN, openInternet, type Domain, type Internet } from './internet.ts';

const DOMAINS: readonly Domain[] = [
  { name: 'riverside.test', n: 1, certificate: 'good' },
  { name: 'good.test', n: 2, certificate: 'good' },
  { name: 'plain.test', n: 3, certificate: 'good', tls: 'none' },
  { name: 'expired.test', n: 4, certificate: 'expired' },
  { name: 'selfsigned.test', n: 5, certificate: 'self-signed' },
  { name: 'wrongname.test', n: 6, certificate: 'wrong-name' },
  { name: 'old.test', n: 7, certificate: 'good', tls: 'old' },
  { name: 'forged.test', n: 8, certificate: 'good', mx: 'mx.impostor.test' },
  { name: 'dane.test', n: 9, certificate: 'self-signed', dane: 'match' },
  { name: 'danebad.test', n: 10, certificate: 'good', dane: 'mismatch' },
  { name: 'sts.test', n: 11, certificate: 'good', mx: 'mx.hosted.test', sts: 'match' },
  { name: 'stsbad.test', n: 12, certificate: 'good', sts: 'elsewhere' },
  { name: 'nullmx.test', n: 13, certificate: 'good', mx: null },
  { name: 'smart.test', n: 20, certificate: 'good', smart: true },
];
const SECRET = ['Alvarez', '4471902', 'lithium', 'Quarterly review'];

/** address · status · protection · grade and reason of the channel it went by, or why not */
const TABLE: readonly (readonly [address: string, status: string, protection: string, why: string])[] = [
  ['tess@good.test', 'relayed', 'tls', 'B pkix'],
  ['tess@dane.test', 'relayed', 'tls', 'A dane'],
  ['tess@sts.test', 'relayed', 'tls', 'A mta-sts'],
  ['tess@plain.test', 'relayed', 'portal', 'starttls-missing'],
  ['tess@expired.test', 'relayed', 'portal', 'certificate-expired'],
  ['tess@selfsigned.test', 'relayed', 'portal', 'certificate-self-signed'],
  ['tess@wrongname.test', 'relayed', 'portal', 'certificate-name'],
  ['tess@old.test', 'relayed', 'portal', 'tls-too-old'],
  ['tess@forged.test', 'relayed', 'portal', 'mx-not-bound'],
  ['tess@danebad.test', 'delayed', 'tls', 'dane-failed'],
  ['tess@stsbad.test', 'delayed', 'tls', 'sts-failed'],
  ['tess@nullmx.test', 'failed', 'tls', 'null-mx'],
  ['nobody@good.test', 'failed', 'tls', 'mailbox-unknown'],
  ['grey@good.test', 'delayed', 'tls', 'try-later'],
  ['later@good.test', 'delayed', 'tls', 'mailbox-full'],
  ['tess@nowhere-at-all.test', 'delayed', 'tls', 'dns-failed'],
];

const root = process.getuid?.() === 0;
if (!root) notRun('DID NOT RUN, Postfix\'s master wants root: what Postfix, Dovecot, NSD and unbound make of our mail');
const there = root && (['postconf', 'dovecot', 'nsd', 'unbound', 'ldns-signzone'] as const).every((name) => tool(name, 'what Postfix, Dovecot, NSD and unbound make of our mail'));

describe.skipIf(!there)('Postfix, Dovecot, NSD, unbound', () => {
  let internet: Internet;
  let stage: Stage;
  let timeline: MessageTimeline;

  beforeAll(async () => {
    internet = await openInternet(DOMAINS);
    stage = await openStage({ settings: { RESOLVER: internet.resolver, RESOLVER_TRUSTED: 'true', SMTP_PORT: String(internet.smtpPort), CA_FILE: internet.caFile }, extra: { stsPort: internet.stsPort, patience: 0.2 } });
    const sent = await stage.send('ana', { to: TABLE.map(([address]) => ({ address })), subject: 'Quarterly review of Maria Alvarez', text: 'Maria Alvarez, MRN 4471902: lithium level 1.9, please call today.' });
    expect(sent.status, JSON.stringify(sent.body)).toBe(202);
    for (const end = Date.now() + 90_000; ;) {
      timeline = await stage.timeline('ana', sent.body.id);
      if (TABLE.every(([address, status]) => timeline.recipients.find((r) => r.address === address)?.status === status) || Date.now() > end) break;
      await new Promise((r) => setTimeout(r, 200));
    }
  });
  afterAll(async () => {
    await stage?.close();
    await internet?.close();
  });

  it('unbound says of the signed zones that they are, and of nothing else', async () => {
    const { dns } = openWorld({ resolver: internet.resolver, resolverTrusted: true, allowedNetworks: ['127.0.0.0/8'] });
    const signed = async (name: string) => (await dns.mx(name)).authentic;
    expect([await signed('dane.test'), await signed('danebad.test'), await signed('good.test'), await signed('sts.test')]).toEqual([true, true, false, false]);
    expect((await dns.tlsa(`_${internet.smtpPort}._tcp.mx.dane.test`)).records).toMatchObject([{ usage: 3, selector: 1, matching: 1 }]);
    expect(await dns.tlsa(`_${internet.smtpPort}._tcp.nothing.dane.test`)).toEqual({ records: [], authentic: true });
  });

  it.each(TABLE)('%s: %s by %s, %s', (address, status, protection, why) => {
    const copy = timeline.recipients.find((r) => r.address === address);
    expect(copy).toMatchObject({ status, protection });
    const last = copy?.events.findLast((e) => e.type === 'delivery.attempt.finished' && (status !== 'relayed' || protection !== 'tls' || e.facts?.['replyCode'] === 250));
    if (status === 'relayed' && protection === 'tls') expect(`${last?.facts?.['grade']} ${last?.facts?.['code']}`).toBe(why);
    else expect(copy?.changed?.code ?? copy?.events.findLast((e) => e.type === 'delivery.failed' || e.type === 'delivery.deferred')?.facts?.['code']).toBe(why);
  });

  it('what they took is whole, over TLS, and Postfix\'s queue id is in the evidence', async () => {
    for (const address of ['tess@good.test', 'tess@dane.test', 'tess@sts.test']) {
      const [mail] = await until(() => internet.mails(address));
      expect(mail, address).toContain('lithium');
      expect(mail, address).toMatch(/using TLSv1\.3 with cipher/);
      const queued = timeline.recipients.find((r) => r.address === address)?.events.findLast((e) => e.type === 'delivery.attempt.finished')?.facts?.['queueId'];
      expect(mail, address).toContain(` id ${String(queued)}`);
    }
  });

  it('not a word of it in clear, as they keep it and log it', async () => {
    for (const [address, status, protection] of TABLE) {
      for (const mail of protection === 'portal' ? await until(() => internet.mails(address)) : internet.mails(address)) if (!mail.includes('using TLS')) for (const word of SECRET) expect(mail, address).not.toContain(word);
      if (protection === 'portal') for (const mail of internet.mails(address)) for (const word of SECRET) expect(mail, address).not.toContain(word);
      if (status === 'delayed' || status === 'failed') expect(internet.mails(address), address).toEqual([]);
    }
    // the host whose DANE record does not match, and the one that the policy does not name, never heard a sender
    for (const domain of ['danebad.test', 'stsbad.test']) expect(internet.log().split('\n').filter((line) => line.includes(`postfix/${domain}/smtpd`) && /client=/.test(line)), domain).toEqual([]);
  });

  describe('a smart host that wants a sign-in', () => {
    const send = (login: { username: string; password: string } | null, hosts: readonly string[]) => {
      const world = openWorld({ resolver: internet.resolver, resolverTrusted: true, allowedNetworks: ['127.0.0.0/8'], caFile: internet.caFile });
      const deliver = openDeliver({ world, hostname: 'out.riverside.test', smtpPort: internet.smtpPort, ownDomains: ['riverside.test'], providers: [], smartHost: { hosts: hosts.map((host) => ({ host, port: internet.smtpPort })), attests: 'declared', ...(login ? { login } : {}) } });
      return deliver.send({ returnPath: 'bounce+1@riverside.test', recipient: 'someone@elsewhere.test', bytes: Buffer.from('From: <a@riverside.test>\r\nSubject: relayed\r\n\r\nHello.\r\n'), floor: 'B', envid: 'item_1' }).finally(() => deliver.close());
    };
    it('takes mail for strangers with it, after the first of two did not answer', async () => {
      const delivery = await send(LOGIN, ['mx-down.smart.test', 'mx.smart.test']);
      expect(delivery).toMatchObject({ kind: 'relayed', attempts: [{ host: 'mx.smart.test', assurance: { grade: 'B' }, facts: { kind: 'smart-host' } }] });
      expect((await until(() => internet.mails('someone@elsewhere.test')))[0]).toContain('Hello.');
    });
    it.each([['none', null], ['a wrong one', { ...LOGIN, password: 'wrong' }]])('and refuses with %s', async (_what, login) => {
      expect(['failed', 'delayed']).toContain((await send(login, ['mx.smart.test'])).kind);
    });
  });

  async function until(look: () => string[]): Promise<string[]> {
    for (const end = Date.now() + 20_000; ;) {
      const found = look();
      if (found.length > 0 || Date.now() > end) return found;
      await new Promise((r) => setTimeout(r, 100));
    }
  }
});
