/** Held copies: shown with the ways that are strong enough today, let go only by a way that was shown, and only by their author. */
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NOTICES_HOST, report } from '../../../lab/post/reports.ts';
import type { Held } from '../../../shared/wire/timeline.ts';
import { openStage, type Stage } from '../../journeys/stage.ts';
import { openFaults } from './faults.ts';

const GINA = 'gina.holt@keyring.test';
const BY = { kind: 'staff', id: 'ivy' } as const;

describe('a copy that cannot be protected as shown', () => {
  const faults = openFaults();
  let stage: Stage;
  beforeAll(async () => { stage = await openStage({ extra: { around: faults.around } }); });
  afterAll(() => stage?.close());

  /** Accepted while the key was there, carried when it was gone. */
  async function holds(more: object = {}): Promise<string> {
    faults.gate(true);
    const sent = await stage.send('ana', { to: [{ address: GINA }], text: 'Maria Alvarez, MRN 4471902: lithium level 1.9.', ...more });
    expect(sent.body.recipients[0]).toMatchObject({ protection: 'pgp' });
    const entry = (await stage.service.keys.entries('active', '', 100)).find((e) => e.address === GINA);
    expect(await stage.service.keys.removeKey(entry?.id ?? '', BY)).toBe(true);
    faults.gate(false);
    await stage.until('ana', sent.body.id, ['held']);
    return sent.body.id;
  }
  const held = async (id: string): Promise<Held> => (await stage.call('ana', 'GET', `messages/${id}/held`)).body;
  const release = (who: string, id: string, body: unknown) => stage.call(who, 'POST', `messages/${id}/release`, body);

  it('waits, is shown with its ways to its author only, and goes by the one the author chose', async () => {
    const id = await holds();
    expect(await stage.mailbox(GINA), 'nothing was sent').toEqual([]);
    const shown = await held(id);
    expect(shown.copies).toMatchObject([{ n: 0, address: GINA, protection: 'pgp', reason: { code: 'no-key' } }]);
    // A proved connection would be strong enough for the need, but it was not what this copy was shown: it is not offered.
    expect(shown.copies[0]?.ways.map((w) => [w.protection, w.weaker])).toEqual([['portal', true]]);

    const choice = { plan: shown.digest, copies: [{ n: 0, protection: 'portal' }] };
    expect((await stage.call('noor', 'GET', `messages/${id}/held`)).status).toBe(404);
    expect((await release('noor', id, choice)).status).toBe(404);
    expect((await release('ben', id, choice)).status).toBe(403);
    expect((await release('ana', id, { ...choice, copies: [{ n: 0, protection: 'tls' }] })).body).toMatchObject({ code: 'no-protection', pointer: '/copies/0' });
    expect((await release('ana', id, { ...choice, copies: [{ n: 0, protection: 'plain-by-choice' }] })).body).toMatchObject({ code: 'no-protection' });
    expect((await release('ana', id, { ...choice, copies: [{ n: 7, protection: 'portal' }] })).body).toMatchObject({ code: 'not-held' });
    expect((await release('ana', id, { ...choice, plan: '0'.repeat(64) })).body).toMatchObject({ code: 'plan-changed', held: { digest: shown.digest } });
    expect((await stage.timeline('ana', id)).recipients[0]?.status, 'a refusal changes nothing').toBe('held');

    expect((await release('ana', id, choice)).body).toEqual({ copies: [{ n: 0, address: GINA, protection: 'portal' }] });
    const timeline = await stage.until('ana', id, ['relayed']);
    expect(timeline.recipients[0]).toMatchObject({ planned: 'pgp', protection: 'portal', changed: { code: 'author-chose' } });
    expect(timeline.recipients[0]?.events.filter((e) => ['delivery.held', 'delivery.released', 'delivery.relayed'].includes(e.type)).map((e) => [e.type, e.facts?.['to'] ?? null]))
      .toEqual([['delivery.held', null], ['delivery.released', 'portal'], ['delivery.relayed', null]]);
    for (const mail of await stage.mailbox(GINA)) expect(mail.raw).not.toContain('Alvarez');
    expect((await release('ana', id, choice)).body.code, 'once').toBe('not-held');
    expect((await held(id)).copies).toEqual([]);
    const told = (await stage.mailbox('ana.ruiz@riverside.test')).filter((m) => m.raw.includes(id) && m.raw.includes('takes another way'));
    for (const mail of told) expect(mail.raw, 'who chose is not told of the choice as news').not.toContain('You chose');
  });

  it('goes by the way first shown when it can be used again, and the plan that was shown meanwhile no longer holds', async () => {
    await stage.seed();
    const id = await holds();
    const before = await held(id);
    await stage.seed();
    expect((await release('ana', id, { plan: before.digest, copies: [{ n: 0, protection: 'portal' }] })).body.code).toBe('plan-changed');
    const now = await held(id);
    expect(now.copies[0]?.ways[0]).toMatchObject({ protection: 'pgp', weaker: false });
    expect((await release('ana', id, { plan: now.digest, copies: [{ n: 0, protection: 'pgp' }] })).status).toBe(200);
    const timeline = await stage.until('ana', id, ['relayed']);
    expect(timeline.recipients[0]).toMatchObject({ planned: 'pgp', protection: 'pgp' });
    expect(timeline.recipients[0]?.changed).toBeUndefined();
  });

  it('offers nothing that is weaker than the message needs, and can be recalled', async () => {
    const id = await holds({ need: 'e2e-only' });
    const shown = await held(id);
    expect(shown.copies[0]?.ways).toEqual([]);
    expect((await release('ana', id, { plan: shown.digest, copies: [{ n: 0, protection: 'portal' }] })).body.code).toBe('no-protection');
    expect((await stage.call('ana', 'POST', `messages/${id}/recall`)).body.recipients).toMatchObject([{ recalled: true }]);
    expect((await release('ana', id, { plan: shown.digest, copies: [{ n: 0, protection: 'portal' }] })).body.code).toBe('not-held');
  });

  const GRETA = 'greta.lowe@grey.test';
  it.each([
    ['before anybody was dialled', 'route.begin', 'tess.lane@lakeside.test', 'recalled', false],
    ['and put off', 'queue.defer', GRETA, 'recalled', false],
    ['and about to wait for its author', 'route.settle', GINA, 'recalled', false],
    ['and taken over', 'route.settle', 'tess.lane@lakeside.test', 'relayed', true],
  ] as const)('recalled while it is under way %s: what is seen of it is told, and there is no other try', async (_, write, address, status, arrives) => {
    await stage.seed();
    faults.gate(true);
    const { body: { id } } = await stage.send('ana', { to: [{ address }], text: 'Maria Alvarez, MRN 4471902: lithium level 1.9.' });
    if (address === GINA) {
      const entry = (await stage.service.keys.entries('active', '', 100)).find((e) => e.address === GINA);
      await stage.service.keys.removeKey(entry?.id ?? '', BY);
    }
    const said: unknown[] = [];
    faults.before(write, async () => { for (let n = 0; n < 2; n += 1) said.push((await stage.call('ana', 'POST', `messages/${id}/recall`)).body.recipients); });
    faults.gate(false);
    const timeline = await stage.until('ana', id, [status]);
    expect(said).toMatchObject([1, 2].map(() => [{ address, recalled: false, reason: { code: 'recall-under-way' } }]));
    const of = (type: string) => timeline.recipients[0]?.events.filter((e) => e.type === type).length;
    expect([of('recall.done'), of('delivery.attempt.started')]).toEqual([arrives ? 0 : 1, write === 'route.begin' || address === GINA ? 0 : 1]);
    expect((await stage.mailbox(address)).filter((m) => m.raw.includes(id.slice(4)) && m.raw.includes('lithium'))).toHaveLength(arrives ? 1 : 0);
    expect((await stage.call('ana', 'POST', `messages/${id}/recall`)).status, 'nothing is left of it').toBe(409);
  });

  it('a recalled copy whose try was cut off is not called unread', async () => {
    faults.arm({ write: 'route.settle', copy: 'message', nth: 1, stored: false, after: 'dead' });
    const sent = await stage.send('ana', { to: [{ address: 'tess.lane@lakeside.test' }], text: 'Maria Alvarez, MRN 4471902: lithium level 1.9.' });
    await stage.mail('tess.lane@lakeside.test', (raw) => raw.includes(sent.body.id.slice(4)));
    faults.gate(true);
    await stage.restart();
    faults.revive();
    const { body } = await stage.call('ana', 'POST', `messages/${sent.body.id}/recall`);
    expect(body.recipients).toMatchObject([{ recalled: true, reason: { code: 'recalled-unknown' } }]);
    const done = (await stage.timeline('ana', sent.body.id)).recipients[0]?.events.find((e) => e.type === 'recall.done');
    expect(done).toMatchObject({ facts: { state: 'unknown' } });
    expect(done?.text).toContain('may have arrived');
    // It had arrived: their side's word of it is taken at once, and a recall stays the last word.
    await stage.service.audit.flush();
    const item = (await stage.call('ben', 'GET', `audit/events?message=${sent.body.id}&type=recall.done`)).body.data[0].item as string;
    const address = `bounce+${item.slice(5)}@riverside.test`;
    const transport = createTransport({ host: NOTICES_HOST, port: stage.smtpPort, secure: false, ignoreTLS: true });
    await transport.sendMail({ envelope: { from: '', to: [address] }, raw: report({ domain: 'lakeside.test', envelope: { from: address, to: ['tess.lane@lakeside.test'] }, raw: Buffer.from('x') }, 'delivered', { envid: item }) });
    const [copy] = (await stage.timeline('ana', sent.body.id)).recipients;
    expect(copy?.status).toBe('recalled');
    expect(copy?.events.map((e) => e.type).slice(-3)).toEqual(['delivery.unknown', 'recall.done', 'delivery.dsn_received']);
    faults.gate(false);
  });
});
