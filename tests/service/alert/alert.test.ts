/** The rules over the log on both engines: enough within the time and no less, once, about whom it is, whoever watches; and what a person says to it. */
import { expect, test } from 'vitest';
import { openAlerts } from '../../../service/alert/alert.ts';
import type { EventDraft } from '../../../service/audit/audit.ts';
import { CATALOGUE } from '../../../service/audit/catalogue.ts';
import { RULES } from '../../../service/alert/rule.table.ts';
import type { Person } from '../../../service/people/people.ts';
import { openLogged } from '../audit/logged.ts';
import { onEveryEngine, type Ground } from '../store/engines.ts';

const rooms = { alert: new URL('../../../service/alert/alert.sql.ts', import.meta.url) };
const HOUR = 3_600_000;
const BEN = { id: 'u_ben' } as Person;

async function open(ground: Ground) {
  const { world, store, vault, audit } = await openLogged(ground, rooms);
  const alerts = openAlerts({ store, audit, world, vault });
  const happens = async (type: string, { times = 1, by = 'u_ana', facts = {}, message }: { times?: number; by?: string; facts?: EventDraft['facts']; message?: string } = {}) => {
    for (let n = 0; n < times; n += 1) await audit.record({ type, outcome: 'denied', actor: { kind: 'staff', id: by }, ...(message === undefined ? {} : { message }), ...(facts ? { facts } : {}) });
    await audit.flush();
  };
  const listed = async (open = false) => { const page = await alerts.list({ open, cursor: '', limit: 50 }); if ('kind' in page) throw new Error(page.code); return page; };
  const raised = async () => (await listed()).data.map((a) => [a.kind, a.about, a.count]).sort();
  await alerts.watch();
  return { world, audit, alerts, happens, raised, listed };
}

test('every rule watches for entries that exist', () => {
  const unknown = Object.values(RULES).flatMap((rule) => rule.on).filter((type) => !Object.hasOwn(CATALOGUE, type));
  expect(unknown).toEqual([]);
});

/** Where facts decide: what fires, and what is of the same type and does not. */
const DECIDING: { readonly [kind: string]: readonly [fires: EventDraft['facts'], not?: EventDraft['facts']] } = {
  'sign-in-refused': [{ count: 20 }, { count: 19 }], 'emergency-policy': [{ emergency: true }, { emergency: false }], 'key-expiring': [{ own: false }], 'own-key-expiring': [{ own: true }, { own: false }],
  'settings-changed': [{ changed: 'SMART_HOST' }, { changed: '' }], 'settings-wait': [{ what: 'settings' }, { what: 'role' }],
};

test('whatever facts decide has its rows', () => expect(Object.keys(DECIDING).sort()).toEqual(Object.entries(RULES).flatMap(([kind, rule]) => (rule.when ? [kind] : [])).sort()));

onEveryEngine((ground) => {
  test('every rule is raised by what it watches for, at its number and not before, and by nothing of other facts', async () => {
    const { audit, alerts, listed } = await open(ground);
    const kinds = async () => (await listed()).data.map((a) => a.kind);
    const missed: string[] = [];
    const early: string[] = [];
    for (const [kind, rule] of Object.entries(RULES)) {
      const [type] = rule.on;
      if (type === undefined) throw new Error(`${kind} watches for nothing`);
      const once = (facts: EventDraft['facts']) => audit.record({ type, outcome: 'denied', actor: { kind: 'staff', id: `u_${kind}` }, message: `msg_00000000-0000-7000-8000-${kind.length.toString().padStart(12, '0')}`, ...(CATALOGUE[type]?.item ? { item: 'item_1' } : {}), ...(facts ? { facts } : {}) });
      const [fires, not] = DECIDING[kind] ?? [{}];
      const enough = rule.least === 'new' ? 1 : rule.least;
      if (not !== undefined) for (let n = 0; n < enough; n += 1) await once(not);
      for (let n = 1; n < enough; n += 1) await once(fires);
      await audit.flush();
      await alerts.watch();
      if ((await kinds()).includes(kind)) early.push(kind);
      await once(fires);
      await audit.flush();
      await alerts.watch();
      if (!(await kinds()).includes(kind)) missed.push(kind);
    }
    expect({ missed, early }).toEqual({ missed: [], early: [] });
    await audit.close();
  });

  test('so many by one person within the time, told once; more of it counts up', async () => {
    const { audit, alerts, happens, raised } = await open(ground);
    await happens('message.refused', { times: 4 });
    await happens('message.refused', { times: 4, by: 'u_noor' });
    await alerts.watch();
    expect(await raised()).toEqual([]);
    await happens('message.refused');
    await alerts.watch();
    expect(await raised()).toEqual([['many-blocks', 'u_ana', 5]]);
    await happens('message.refused', { times: 3 });
    await alerts.watch();
    await alerts.watch();
    expect(await raised()).toEqual([['many-blocks', 'u_ana', 8]]);
    await audit.close();
  });

  test('what lies further apart than the rule\'s time is not enough, and old entries raise nothing', async () => {
    const { world, audit, alerts, happens, raised } = await open(ground);
    for (let n = 0; n < 9; n += 1) { await happens('message.refused'); world.clock += HOUR / 3; await alerts.watch(); }
    expect(await raised()).toEqual([]);
    await happens('clock.skew');
    world.clock += 30 * 24 * HOUR;
    await alerts.watch();
    expect(await raised()).toEqual([]);
    await audit.close();
  });

  test('the first time of a person, and never again; facts decide where a rule asks for them', async () => {
    const { world, audit, alerts, happens, raised } = await open(ground);
    await happens('export.requested', { times: 2, by: 'u_ben' });
    await alerts.watch();
    world.clock += 90 * 24 * HOUR;
    await alerts.forget();
    await happens('export.requested', { by: 'u_ben' });
    await happens('policy.activated', { facts: { version: 'pv_1' } });
    await happens('auth.failed', { facts: { count: 19 } });
    await alerts.watch();
    expect(await raised()).toEqual([['first-export', 'u_ben', 1]]);
    await happens('policy.activated', { facts: { version: 'pv_2', emergency: true } });
    await happens('auth.failed', { facts: { count: 20 } });
    await alerts.watch();
    expect((await raised()).map(([kind]) => kind)).toEqual(['emergency-policy', 'first-export', 'sign-in-refused']);
    await audit.close();
  });

  test('two that watch at once raise it once, with one entry in the log', async () => {
    const { audit, alerts, happens, raised } = await open(ground);
    await happens('breakglass.granted', { message: 'msg_1', facts: { grant: 'g' } });
    await Promise.all([alerts.watch(), alerts.watch(), alerts.watch()]);
    expect(await raised()).toEqual([['break-glass', 'msg_1', 1]]);
    await audit.flush();
    const entries = await audit.events({ types: ['alert.raised'] });
    expect('kind' in entries ? 0 : entries.data.length).toBe(1);
    await audit.close();
  });

  test('is open until a person has seen to it; pages do not repeat, and a stranger\'s cursor is refused', async () => {
    const { world, audit, alerts, listed } = await open(ground);
    for (let n = 0; n < 5; n += 1) {
      world.clock += 1000;
      await alerts.room.write.raise({ alerts: [await alerts.prepare({ kind: 'policy-notify', severity: 'notice', once: `n/${n}`, to: ['leo.marsh@riverside.test'], about: `msg_${n}` })] });
    }
    const [first] = (await listed()).data;
    expect(await alerts.acknowledge(BEN, first?.id ?? '')).toMatchObject({ about: 'msg_4', acknowledged: { by: 'u_ben' } });
    expect(await alerts.acknowledge({ id: 'u_ivy' } as Person, first?.id ?? '')).toMatchObject({ acknowledged: { by: 'u_ben' } });
    expect([(await listed()).data.length, (await listed(true)).data.length, (await listed()).open]).toEqual([5, 4, 4]);
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = await alerts.list({ open: false, cursor, limit: 2 });
      if ('kind' in page) throw new Error(page.code);
      seen.push(...page.data.map((a) => a.about));
      cursor = page.next;
    }
    expect(seen).toEqual(['msg_4', 'msg_3', 'msg_2', 'msg_1', 'msg_0']);
    for (const cursor of ['x', '1-alr_', `1-${first?.id}x`, '../../etc']) expect(await alerts.list({ open: false, cursor, limit: 2 })).toMatchObject({ code: 'bad-cursor' });
    expect(await alerts.acknowledge(BEN, 'alr_0')).toMatchObject({ code: 'not-found' });
    await audit.close();
  });
});
