/**
 * The lab that misbehaves: a message with patient data to everybody who can be written to, with and without a wish for more than a proved
 * connection. What became of each is in the table; what crossed the wire is what the mail hosts themselves counted and kept.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOPS } from '../../lab/hops.ts';
import { RECIPIENTS } from '../../lab/people.ts';
import type { MessageTimeline } from '../../shared/wire/timeline.ts';
import { PATIENCE, until } from '../until.ts';
import { openStage, type Stage } from './stage.ts';

const SECRET = ['Alvarez', '4471902', 'lithium', 'Quarterly review'];

type End = readonly [protection: string, status: string, code?: string];
const portal = (code: string): End => ['portal', 'relayed', code];

/** Everybody of the lab: how their copy ends, and why another way was taken or it waits. */
const ENDS: { readonly [id: string]: End } = {
  tess: ['tls', 'relayed'], sam: ['smime', 'relayed'], gina: ['pgp', 'relayed'], rosa: ['portal', 'relayed'],
  walt: portal('starttls-missing'), ann: portal('starttls-missing'), eve: portal('certificate-expired'), sid: portal('certificate-self-signed'), wren: portal('certificate-name'), tom: portal('tls-too-old'), finn: portal('mx-not-bound'),
  dan: ['tls', 'relayed'], stan: ['tls', 'relayed'], prue: ['tls', 'relayed'], nora: ['tls', 'relayed'], lou: ['tls', 'relayed'], greta: ['tls', 'relayed'], sloan: ['tls', 'relayed'],
  bad: ['tls', 'delayed', 'dane-failed'], steb: ['tls', 'delayed', 'sts-failed'], mum: ['tls', 'delayed', 'timeout'], dora: ['portal', 'failed', 'reply-unknown'], hugo: ['tls', 'relayed'],
  rick: ['tls', 'failed', 'mailbox-unknown'], nell: ['tls', 'failed', 'null-mx'],
  wanda: ['tls', 'relayed'], dean: ['tls', 'relayed'], lydia: ['tls', 'relayed'],
  dina: ['tls', 'delivered'], otto: ['tls', 'failed'],
};

/** Domains nobody of the lab lives at: anybody is taken there. */
const OTHERS = HOPS.filter((hop) => hop.domain !== 'riverside.test' && !RECIPIENTS.some((r) => r.address.endsWith(`@${hop.domain}`))).map((hop) => `anybody@${hop.domain}`);

describe('everybody of the lab', () => {
  let stage: Stage;
  let timeline: MessageTimeline;
  const text = 'Maria Alvarez, MRN 4471902: lithium level 1.9, please call today.';
  const settled = (t: MessageTimeline): boolean => t.recipients.every((r) => {
    const person = RECIPIENTS.find((p) => p.address === r.address);
    return person === undefined ? r.status !== 'queued' : r.status === ENDS[person.id]?.[1];
  });

  beforeAll(async () => {
    stage = await openStage();
    const sent = await stage.send('ana', { to: [...RECIPIENTS.map((r) => ({ address: r.address })), ...OTHERS.map((address) => ({ address }))], subject: 'Quarterly review of Maria Alvarez', text });
    expect(sent.status, JSON.stringify(sent.body)).toBe(202);
    timeline = await until('every end of the table', async () => { const now = await stage.timeline('ana', sent.body.id); return settled(now) ? now : null; }, { every: 100, ms: 2 * PATIENCE }).catch(() => stage.timeline('ana', sent.body.id));
  });
  afterAll(() => stage?.close());

  it('is in the table', () => expect(Object.keys(ENDS).sort()).toEqual(RECIPIENTS.map((r) => r.id).sort()));

  it.each(RECIPIENTS.map((r) => [r.says, r.id, r.address] as const))('%s (%s)', async (_says, id, address) => {
    const copy = timeline.recipients.find((r) => r.address === address);
    const [protection, status, code]: End = ENDS[id] ?? ['', ''];
    expect(copy).toMatchObject({ protection, status });
    if (code === undefined) return;
    const why = copy?.changed?.code ?? copy?.events.findLast((e) => e.type === 'delivery.failed' || e.type === 'delivery.deferred')?.facts?.['code'];
    expect(why).toBe(code);
  });

  it('the host that promises TLS for the rest of the way was asked to, and no other', async () => {
    const sights = await stage.sights();
    expect(Object.entries(sights).filter(([, sight]) => sight.requireTls > 0).map(([domain]) => domain)).toEqual(['promise.test']);
    expect(timeline.recipients.find((r) => r.address === 'prue.miss@promise.test')?.events.find((e) => e.type === 'delivery.attempt.finished')?.facts).toMatchObject({ grade: 'A', requiretls: true });
  });

  it('one put off beside one taken: the same host, each on their own', async () => {
    const of = (address: string) => timeline.recipients.find((r) => r.address === address)?.events.filter((e) => e.type === 'delivery.deferred').length;
    expect([of('nora.kent@partial.test'), of('later.lou@partial.test')]).toEqual([0, 2]);
  });

  it('not a byte of patient data in clear, as the mail hosts have it', async () => {
    await stage.until('ana', (await stage.send('ana', { to: OTHERS.slice(0, 1).map((address) => ({ address })), subject: 'Quarterly review of Maria Alvarez', text, need: 'at-rest' })).body.id, ['relayed', 'delayed', 'held']);
    const clear: string[] = [];
    let kept = 0;
    for (const address of [...RECIPIENTS.map((r) => r.address), ...OTHERS]) {
      const mails = await stage.mailbox(address);
      kept += mails.length;
      for (const mail of mails) if (mail.tls === null && SECRET.some((word) => mail.raw.includes(word) || mail.raw.includes(Buffer.from(word).toString('base64').slice(0, -2)))) clear.push(address);
    }
    // What crossed in clear was kept as mail, to the byte: nothing went another way. One that is on the road is counted before it is kept.
    for (const domain of new Set([...RECIPIENTS.map((r) => r.address), ...OTHERS].map((address) => address.slice(address.indexOf('@') + 1)))) {
      const lost = async () => {
        const seen = (await stage.sights())[domain]?.plaintextDataBytes ?? 0;
        const all = (await Promise.all(everybodyAt(domain).map((a) => stage.mailbox(a)))).flat().filter((m) => m.tls === null);
        return seen - all.reduce((sum, m) => sum + Buffer.byteLength(m.raw, 'latin1'), 0);
      };
      await expect.poll(lost, { message: domain }).toBe(0);
    }
    expect(clear).toEqual([]);
    expect(kept).toBeGreaterThan(20);
  });

  it('what only the channel would have protected went to hosts that proved themselves, and to no other', async () => {
    const proved = new Set(['lakeside', 'dane', 'daneta', 'sts', 'promise', 'partial', 'grey', 'slow', 'drop', 'huge', 'reports', 'returns', 'implicit', 'second', 'stmarys', 'keyring', 'brightmail', 'webkey', 'signedkeys', 'staffdir'].map((name) => `${name}.test`));
    for (const address of [...RECIPIENTS.map((r) => r.address), ...OTHERS]) {
      if (proved.has(address.slice(address.indexOf('@') + 1))) continue;
      for (const mail of await stage.mailbox(address)) for (const word of SECRET) expect(mail.raw, address).not.toContain(word);
    }
  });

  it('has a page with an address and a sentence for every host', async () => {
    const { hopsPage } = await import('../../lab/desk/hops.ts');
    const page = hopsPage(await stage.sights());
    for (const hop of HOPS) if (hop.domain !== 'riverside.test') expect(page, hop.domain).toContain(`@${hop.domain}</code>`);
    for (const address of [...RECIPIENTS.map((r) => r.address), ...OTHERS]) expect(page).toContain(`<code>${address}</code>`);
    expect(page).not.toMatch(/undefined|\[object/);
  });

  function everybodyAt(domain: string): string[] {
    return [...RECIPIENTS.map((r) => r.address), ...OTHERS].filter((address) => address.endsWith(`@${domain}`));
  }
});
