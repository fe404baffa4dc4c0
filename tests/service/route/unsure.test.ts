/**
 * A try that was cut off is noted as unknown whatever becomes of the copy afterwards; and a copy whose author has left waits for whoever covers for
 * them, never for their own word.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStage, type Stage } from '../../journeys/stage.ts';
import { until } from '../../until.ts';
import { openFaults } from './faults.ts';

const SCIM_TOKEN = 'a-scim-token-of-forty-characters-or-more!';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const faults = openFaults();
const nobody = null;
let stage: Stage;
beforeAll(async () => { stage = await openStage({ settings: { SCIM_TOKEN }, extra: { around: faults.around } }); });
afterAll(() => stage?.close());

const scim = (method: string, path: string, body: unknown) => stage.call(nobody, method, `/scim/v2/${path}`, body, { authorization: `Bearer ${SCIM_TOKEN}` });
const suppress = async (address: string) => expect((await stage.call('ivy', 'POST', 'suppressions', { address, reason: 'asked' })).status).toBeLessThan(300);
const copy = async (id: string) => (await stage.timeline('ben', id)).recipients[0];
const told = async (id: string) => (await copy(id))?.events.map((e) => e.type).filter((type) => /^delivery\.(unknown|held|failed|relayed)$/.test(type));
const waits = async (id: string) => (await stage.call('noor', 'GET', 'approvals')).body.data.some((w: { id: string }) => w.id === id);
const holds = (what: () => Promise<boolean>) => until('it to hold', what);

/** Taken over by the next hop, and the process ends before that is kept. */
async function cutOff(author: string, address: string): Promise<string> {
  const before = faults.fired();
  faults.arm({ write: 'route.settle', copy: 'message', nth: 1, stored: false, after: 'dead' });
  const { body } = await stage.send(author, { to: [{ address }] });
  await holds(async () => faults.fired() > before);
  return body.id;
}

test('a try that was cut off, and then: held, let go by a second person, denied by one', async () => {
  const held = await cutOff('noor', 'cut.one@lakeside.test');
  const goes = await cutOff('ana', 'cut.two@lakeside.test');
  const ends = await cutOff('ana', 'cut.three@lakeside.test');
  faults.gate(true);
  const { body: again } = await stage.send('ana', { to: [{ address: 'cut.four@lakeside.test' }] });
  await suppress('cut.one@lakeside.test');
  const boss = (await scim('POST', 'Users', { userName: 'noor.haddad@riverside.test' })).body;
  const ana = (await scim('POST', 'Users', { userName: 'ana.ruiz@riverside.test', [ENTERPRISE]: { manager: { value: boss.id } } })).body;
  await scim('PATCH', `Users/${ana.id}`, { Operations: [{ op: 'Replace', path: 'active', value: 'False' }] });
  await stage.restart();
  faults.revive();
  await stage.service.note();
  for (const id of [goes, ends, again.id]) await holds(() => waits(id));
  const decide = async (id: string, to: string) => expect((await stage.call('noor', 'POST', `approvals/${id}/${to}`, {})).status).toBe(200);
  await decide(goes, 'approve');
  await decide(ends, 'deny');
  await decide(again.id, 'approve');
  // What its manager could not know when letting it go.
  await suppress('cut.four@lakeside.test');
  faults.gate(false);

  await stage.until('ben', held, ['held']);
  expect(await told(held)).toEqual(['delivery.unknown', 'delivery.held']);
  await stage.until('ben', goes, ['relayed', 'delivered']);
  expect(await told(goes)).toEqual(['delivery.held', 'delivery.unknown', 'delivery.relayed']);
  await stage.until('ben', ends, ['failed']);
  expect(await told(ends)).toEqual(['delivery.held', 'delivery.unknown', 'delivery.failed']);
  expect((await stage.call('ben', 'GET', `audit/events?message=${ends}&type=delivery.failed`)).body.data.map((e: { outcome: string }) => e.outcome)).toEqual(['unknown']);

  // Held once more: who covers for its author sees why, is offered nothing for somebody who asked not to be written to, and takes it back.
  await holds(async () => (await told(again.id))?.length === 2);
  expect(await told(again.id)).toEqual(['delivery.held', 'delivery.held']);
  const { body: seen } = await stage.call('noor', 'GET', `messages/${again.id}/held`);
  expect(seen.copies).toMatchObject([{ address: 'cut.four@lakeside.test', reason: { code: 'address-suppressed' }, ways: [] }]);
  expect((await stage.call('noor', 'POST', `messages/${again.id}/recall`, {})).status).toBe(200);
  await stage.until('noor', again.id, ['recalled']);
});
