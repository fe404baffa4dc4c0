/** The rules over the log on both engines: enough within the time and no less, once, about whom it is, whoever watches; and what a person says to it. */
import { expect, test } from 'vitest';
import { openAlerts } from '../../../service/alert/alert.ts';
import type { EventDraft } from '../../../service/audit/audit.ts';
import { CATALOGUE } from '../../../service/audit/catalogue.ts';
import { RULES, type AlertRule } from '../../../service/alert/rule.table.ts';
import type { Person } from '../../../service/people/people.ts';
import { openLogged } from '../audit/logged.ts';
import { onEveryEngine, type Ground } from '../store/engines.ts';

const rooms = { alert: new URL('../../../service/alert/alert.sql.ts', import.meta.url) };
const HOUR = 3_600_000;
const BEN = { id: 'u_ben' } as Person;

async function open(ground: Ground) {
  const { world, store, vault, audit } = await openLogged(ground, rooms);
  const again = () => openAlerts({ store, audit, world, vault });
  const alerts = again();
  const happens = async (type: string, { times = 1, by = 'u_ana', facts = {}, message }: { times?: number; by?: string; facts?: EventDraft['facts']; message?: string } = {}) => {
    for (let n = 0; n < times; n += 1) await audit.record({ type, outcome: 'denied', actor: { kind: 'staff', id: by }, ...(message === undefined ? {} : { message }), ...(facts ? { facts } : {}) });
    await audit.flush();
  };
  const listed = async (open = false) => { const page = await alerts.list({ open, cursor: '', limit: 50 }); if ('kind' in page) throw new Error(page.code); return page; };
  const raised = async () => (await listed()).data.map((a) => [a.kind, a.about, a.count]).sort();
  await alerts.watch();
  return { world, audit, alerts, again, happens, raised, listed };
}

test('every rule watches for entries that exist', () => {
  const unknown = Object.values(RULES).flatMap((rule) => rule.on).filter((type) => !Object.hasOwn(CATALOGUE, type));
  expect(unknown).toEqual([]);
});

/** What is new about somebody who is known: facts of them before, how many days later, what is news then, and what is not. A clinician's wards and machines are not watched. */
const NET = (n: number, roles = 'auditor') => ({ roles, network: `aa0000000000000${n}` });
const DEVICE = (agent: string, roles = 'auditor') => ({ roles, agent });
const NOVEL: { readonly [kind: string]: readonly [before: EventDraft['facts'], days: number, after: EventDraft['facts'], never: readonly EventDraft['facts'][]] } = {
  'new-network': [NET(1), 0, NET(2), [NET(1), NET(3, 'clinician'), { roles: 'auditor' }]],
  'new-device': [DEVICE('edge-windows'), 0, DEVICE('program-linux'), [DEVICE('edge-windows'), DEVICE('chrome-mac', 'clinician'), DEVICE('safari-ios', '')]],
  'new-program': [{ through: 'send-secure-pane' }, 1, { through: 'a-stranger' }, [{ through: 'send-secure-pane' }, { roles: 'auditor' }]],
  'back-after-absence': [{}, 45, {}, [{}]],
  'unusual-hour': [{ roles: 'auditor' }, 14.5, { roles: 'auditor' }, [{ roles: 'auditor' }]],
  'new-destination': [{ newDomains: 2 }, 14, { newDomains: 1 }, [{}, { newDomains: 1 }]],
};
const novel = (rule: AlertRule) => rule.of !== undefined || rule.settled !== undefined || typeof rule.least === 'object';

/** Where facts decide: what fires, and what is of the same type and does not. */
const DECIDING: { readonly [kind: string]: readonly [fires: EventDraft['facts'], not?: EventDraft['facts']] } = {
  'sign-in-refused': [{ count: 20 }, { count: 19 }], 'directory-refused': [{ code: 'scim-token', count: 1 }, { code: 'token-expired', count: 1 }], 'emergency-policy': [{ emergency: true }, { emergency: false }], 'key-expiring': [{ own: false }], 'own-key-expiring': [{ own: true }, { own: false }],
  'new-network': [{ roles: 'auditor', network: 'aa00000000000001' }, { roles: 'clinician', network: 'aa00000000000001' }], 'new-device': [{ roles: 'auditor', agent: 'edge-windows' }, { roles: 'clinician', agent: 'edge-windows' }], 'unusual-hour': [{ roles: 'auditor' }, { roles: 'clinician' }], 'new-destination': [{ newDomains: 1 }, {}],
  'settings-changed': [{ changed: 'SMART_HOST' }, { changed: '' }], 'settings-wait': [{ what: 'settings' }, { what: 'role' }],
};

test('every rule about what is new has its row', () => expect(Object.keys(NOVEL).sort()).toEqual(Object.entries(RULES).flatMap(([kind, rule]) => (novel(rule) ? [kind] : [])).sort()));
test('whatever facts decide has its rows', () => expect(Object.keys(DECIDING).sort()).toEqual(Object.entries(RULES).flatMap(([kind, rule]) => (rule.when ? [kind] : [])).sort()));

onEveryEngine((ground) => {
  test('every rule is raised by what it watches for, at its number and not before, and by nothing of other facts', async () => {
    const { audit, alerts, listed } = await open(ground);
    const kinds = async () => (await listed()).data.map((a) => a.kind);
    const missed: string[] = [];
    const early: string[] = [];
    for (const [kind, rule] of Object.entries(RULES)) {
      if (novel(rule)) continue;
      const [type] = rule.on;
      if (type === undefined) throw new Error(`${kind} watches for nothing`);
      const once = (facts: EventDraft['facts']) => audit.record({ type, outcome: 'denied', actor: { kind: 'staff', id: `u_${kind}` }, message: `msg_00000000-0000-7000-8000-${kind.length.toString().padStart(12, '0')}`, ...(CATALOGUE[type]?.item ? { item: 'item_1' } : {}), ...(facts ? { facts } : {}) });
      const [fires, not] = DECIDING[kind] ?? [{}];
      const enough = typeof rule.least === 'number' ? rule.least : 1;
      if (not !== undefined) await Promise.all(Array.from({ length: enough }, () => once(not)));
      await Promise.all(Array.from({ length: enough - 1 }, () => once(fires)));
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

  test('somebody known, nothing; something new of who is known, once', async () => {
    const { world, audit, alerts, happens, listed } = await open(ground);
    const seen: { [kind: string]: unknown } = {};
    for (const [kind, [before, days, after, never]] of Object.entries(NOVEL)) {
      const [type, by] = [RULES[kind]?.on[0] ?? '', `u_${kind}`];
      const raised = async () => { await alerts.watch(); return (await listed()).data.filter((a) => a.kind === kind).map((a) => a.about); };
      await happens(type, { facts: before, by });
      await happens(type, { facts: after, by: 'u_noor' });
      for (const facts of never) await happens(type, { facts, by });
      const early = await raised();
      world.clock += days * 24 * HOUR;
      for (const facts of days === 0 ? never : []) await happens(type, { facts, by });
      early.push(...(await raised()));
      for (let n = 0; n < 2; n += 1) await happens(type, { facts: after, by });
      const then = await raised();
      await alerts.forget();
      seen[kind] = { early, then, again: await raised() };
    }
    expect(seen).toEqual(Object.fromEntries(Object.keys(NOVEL).map((kind) => { const about = [RULES[kind]?.per === 'all' ? '' : `u_${kind}`]; return [kind, { early: [], then: about, again: about }]; })));
    await audit.close();
  });

  test('what was once new is so for another watcher neither, whom a restart has made forgetful', async () => {
    const { world, audit, alerts, again, happens, raised } = await open(ground);
    await happens('session.started', { facts: NET(1) });
    await happens('session.started', { facts: NET(2) });
    await alerts.watch();
    world.clock += 400 * 24 * HOUR;
    await alerts.forget();
    await happens('session.started', { facts: NET(2) });
    await again().watch();
    expect(await raised()).toEqual([['back-after-absence', 'u_ana', 1], ['new-network', 'u_ana', 1]]);
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
