/** The room of the policy's versions on both engines, with a clock of its own: who may move which state, what comes back by itself, what stays as it was. */
import { expect, test } from 'vitest';
import { taken, type Kept } from '../../../addin/policy/policy.ts';
import { corpus, openCorpus } from '../../../service/policy/corpus/corpus.ts';
import { openPolicy } from '../../../service/policy/policy.ts';
import { openLogged } from '../audit/logged.ts';
import type { PolicyVersion, Simulation } from '../../../shared/wire/policy.ts';
import { scan } from '../../../shared/scan/scan.ts';
import { onEveryEngine, type Ground } from '../store/engines.ts';
import { situationOf } from '../../shared/plan/policy.case.ts';

const rooms = { policy: new URL('../../../service/policy/policy.sql.ts', import.meta.url) };
const IVY = { kind: 'staff', id: 'u_ivy' } as const;
const LEO = { kind: 'staff', id: 'u_leo' } as const;
const MAX = { kind: 'staff', id: 'u_max' } as const;
/** Ivy, signed in under another id. */
const IVY_TOO = { kind: 'staff', id: 'u_ivy_too' } as const;
const HOUR = 3_600_000;
/** patterns of the organization's own, as long as a test leaves them */
const NAMES = ['badge', 'roster'];
const CORPUS = openCorpus(undefined);
const DOCUMENT = { rules: [{ id: 'no', when: { level: ['high' as const] }, then: { act: 'block' as const } }] };

async function open(ground: Ground) {
  const { world, store, vault, audit } = await openLogged(ground, rooms);
  const policy = openPolicy({ store, world, vault, audit, organisation: 'Riverside Clinic', ownDomains: ['riverside.test'], corpus: CORPUS, names: { matches: NAMES, group: async (name) => (name === 'ghosts' ? false : null) }, same: async (one, other) => one === other || [one, other].every((id) => id === IVY.id || id === IVY_TOO.id) });
  const version = async () => (await policy.current()).policy.version;
  const draft = async (document = DOCUMENT, by: typeof IVY | typeof MAX = IVY) => { const made = await policy.draft(by, { document, note: 'n' }); if ('kind' in made) throw new Error(made.code); return made.version.version; };
  const state = async (name: string) => { const found = await policy.version(name); return 'kind' in found ? found.code : found.state; };
  const refusal = async (message: string) => [audit.prepare({ type: 'message.refused', outcome: 'denied', actor: IVY, message, facts: { code: 'policy-blocked' } }, await vault.monthly(world.clock))];
  return { world, store, audit, policy, version, draft, state, refusal };
}

onEveryEngine((ground) => {
  test('a draft is tried on the synthetic mail of a clinic as well: what it would newly block and release, by which rules', async () => {
    const { policy, draft, audit } = await open(ground);
    const high = corpus().filter(({ text }) => scan({ subject: '', text, attachments: [] }).verdict.level === 'high').length;
    expect(high).toBeGreaterThan(200);
    const tried = await policy.simulate(IVY, await draft(), 30);
    expect(tried).toMatchObject({ corpus: { messages: corpus().length * 3, blocked: { count: high * 3, rules: [{ rule: 'no', count: high * 3 }] }, released: { count: 0 } }, history: { messages: 0 } });
    expect((tried as { text: string }).text).toBe(`Nothing was sent in the last 30 days to try it on. Of ${corpus().length * 3} made-up messages of a clinic it would newly block ${high * 3} and release 0.`);
    // Only outsiders, and only those who are new.
    expect(await policy.simulate(IVY, await draft({ rules: [{ id: 'new', when: { level: ['high'], recipient: ['new'] }, then: { act: 'block' } }] } as never), 30)).toMatchObject({ corpus: { blocked: { count: high } } });
    const strict = await draft();
    await policy.activate(IVY, strict, { emergency: true });
    expect(await policy.simulate(IVY, await draft({ rules: [] } as never), 30)).toMatchObject({ relaxes: true, corpus: { blocked: { count: 0 }, released: { count: high * 3, rules: [{ rule: 'no', count: high * 3 }] } } });
    await audit.close();
  });

  test('an emergency change goes back after a day as a version of its own, unless another than its author approves it', async () => {
    const { world, policy, version, draft, state, audit } = await open(ground);
    const first = await draft();
    expect(await policy.activate(IVY, first, { emergency: true })).toMatchObject({ state: 'active', reverts: '2026-11-22T09:00:00.000Z' });
    expect(await policy.decide(IVY, first, 'approved')).toMatchObject({ code: 'second-person-needed' });
    world.clock += 24 * HOUR - 1;
    expect(await version()).toBe(first);
    world.clock += 1;
    expect([await version(), (await policy.current()).serial, await state(first)]).toEqual(['pv_2', 2, 'retired']);
    expect((await policy.current()).policy.rules.map((r) => r.id)).toContain('bulk');
    const second = await draft(DOCUMENT, MAX);
    await policy.activate(MAX, second, { emergency: true });
    world.clock += HOUR;
    expect(await policy.decide(LEO, second, 'approved')).toMatchObject({ state: 'active', reverts: null, decidedBy: 'u_leo' });
    world.clock += 90 * 24 * HOUR;
    expect(await version()).toBe(second);
    await audit.close();
  });

  test('emergency changes one over another end with the first one\'s day, in what two people had approved', async () => {
    const { world, policy, draft, version, state, audit } = await open(ground);
    const [early, approved] = [await draft({ rules: [] } as never), await draft()];
    await policy.simulate(IVY, approved, 30);
    await policy.submit(IVY, approved);
    await policy.decide(LEO, approved, 'approved');
    await policy.activate(IVY, approved, {});
    // Written before the approved one came into force: it goes back to what it found, not to what there was when it was written.
    expect(await policy.activate(IVY, early, { emergency: true })).toMatchObject({ state: 'active', reverts: '2026-11-22T09:00:00.000Z' });
    world.clock += 20 * HOUR;
    const over = await draft({ rules: [{ ...DOCUMENT.rules[0], id: 'other' }] } as never);
    expect(await policy.activate(IVY, over, { emergency: true })).toMatchObject({ state: 'active', reverts: '2026-11-22T09:00:00.000Z' });
    world.clock += 4 * HOUR;
    expect(await version()).toBe('pv_4');
    expect([(await policy.current()).policy.rules.map((r) => r.id), await state(over), await state(early)]).toEqual([['no'], 'retired', 'retired']);
    world.clock += 48 * HOUR;
    expect(await version()).toBe('pv_4');
    await audit.close();
  });

  test('another person rejects an emergency change that is in force: it goes back at once, and its author makes no other for a week', async () => {
    const { world, policy, version, draft, state, audit } = await open(ground);
    const first = await draft();
    await policy.activate(IVY, first, { emergency: true });
    const over = await draft({ rules: [] } as never);
    await policy.activate(IVY, over, { emergency: true });
    // Neither its author nor the same human under another id is the second person.
    for (const to of ['approved', 'rejected'] as const) for (const by of [IVY, IVY_TOO]) expect(await policy.decide(by, over, to)).toMatchObject({ code: 'second-person-needed' });
    expect(await policy.decide(LEO, over, 'rejected')).toMatchObject({ state: 'rejected', decidedBy: 'u_leo' });
    expect([await version(), (await policy.current()).policy.rules.some((r) => r.id === 'bulk'), await state(over)]).toEqual(['pv_3', true, 'rejected']);
    expect(await policy.decide(LEO, over, 'approved')).toMatchObject({ code: 'policy-state' });
    const again = await draft();
    const began = world.clock;
    for (const after of [0, 24 * HOUR, 7 * 24 * HOUR - 1]) {
      world.clock = began + after;
      expect(await policy.activate(IVY, again, { emergency: true })).toMatchObject({ code: 'second-person-needed' });
    }
    // Somebody else may, and one that another person approved is none that went back.
    const others = await draft({ rules: [] } as never, MAX);
    await policy.activate(MAX, others, { emergency: true });
    await policy.decide(LEO, others, 'approved');
    expect(await policy.activate(MAX, await draft(DOCUMENT, MAX), { emergency: true })).toMatchObject({ state: 'active' });
    world.clock += 1;
    expect(await policy.activate(IVY, again, { emergency: true })).toMatchObject({ state: 'active' });
    const types = async () => { const page = await audit.events({ order: 'asc', limit: 100 }); return 'kind' in page ? [] : page.data.map((e) => e.type); };
    await audit.flush();
    expect(await types()).toEqual(expect.arrayContaining(['policy.rejected', 'policy.reverted']));
    await audit.close();
  });

  test('whose emergency change went back hurries nothing for a week: not under another id, and never what somebody else wrote', async () => {
    const { world, policy, draft, audit } = await open(ground);
    await policy.activate(IVY, await draft(), { emergency: true });
    world.clock += 24 * HOUR;
    await policy.current();
    expect(await policy.activate(IVY_TOO, await draft({ rules: [] } as never, IVY_TOO as never), { emergency: true })).toMatchObject({ code: 'second-person-needed' });
    const others = await draft({ rules: [{ ...DOCUMENT.rules[0], id: 'max' }] } as never, MAX);
    expect(await policy.activate(IVY, others, { emergency: true })).toMatchObject({ code: 'policy-state' });
    expect(await policy.activate(LEO, others, { emergency: true })).toMatchObject({ code: 'policy-state' });
    expect(await policy.activate(MAX, others, { emergency: true })).toMatchObject({ state: 'active' });
    await audit.close();
  });

  test('what was approved and is not in force can be rejected by another than its author, and then never comes into force', async () => {
    const { world, policy, draft, version, audit } = await open(ground);
    const old = await draft();
    await policy.simulate(IVY, old, 30);
    await policy.submit(IVY, old);
    await policy.decide(LEO, old, 'approved');
    await policy.activate(LEO, old, { at: new Date(world.clock + HOUR).toISOString() });
    expect(await policy.decide(IVY_TOO, old, 'rejected')).toMatchObject({ code: 'second-person-needed' });
    expect(await policy.decide(MAX, old, 'rejected')).toMatchObject({ state: 'rejected', activates: null });
    world.clock += 2 * HOUR;
    expect([await version(), await policy.activate(LEO, old, {})]).toMatchObject(['us-healthcare-2', { code: 'policy-state' }]);
    await audit.close();
  });

  test('a trial sees what only few are meant by: each of these alone is weaker than what is in force', async () => {
    const { world, policy, draft, audit } = await open(ground);
    const until = new Date(world.clock + 24 * HOUR).toISOString().slice(0, 10);
    const no = { id: 'no', when: {}, then: { act: 'block' as const } };
    const ask = async (before: object, after: object) => {
      const first = await draft(before as never, MAX);
      await policy.activate(MAX, first, { emergency: true });
      const tried = await policy.simulate(IVY, await draft(after as never), 30);
      await policy.decide(LEO, first, 'approved');
      return 'kind' in tried ? tried.code : tried.relaxes;
    };
    const rule = (more: object) => ({ rules: [{ ...no, ...more }] });
    const exempt = (more: object) => ({ rules: [no], exceptions: [{ id: 'e', rule: 'no', effect: 'act', owner: 'max', why: 'w', until, ...more }] });
    const weaker: readonly (readonly [object, object])[] = [
      [rule({ scope: { group: ['research'] } }), { rules: [] }], [rule({ scope: { person: ['p@riverside.test'] } }), { rules: [] }], [rule({ scope: { group: ['a', 'b'] } }), rule({ scope: { group: ['a'] } })],
      [rule({ when: { label: ['embargo'] } }), { rules: [] }], [rule({ when: { matches: ['roster', 'badge'] } }), rule({ when: { matches: ['badge'] } })], [rule({ when: { sharedMailbox: true } }), { rules: [] }],
      [rule({ when: { group: ['a'], time: { from: '20:00', to: '06:00' } } }), rule({ when: { group: ['a'], time: { from: '20:00', to: '05:00' } } })], [rule({ when: { recipientDomain: ['a.test'] } }), { rules: [] }],
      [rule({ when: { size: 1_000_000 } }), rule({ when: { size: 1_000_001 } })], [rule({ when: { people: 77 } }), rule({ when: { people: 78 } })], [rule({ when: { recipients: 30 } }), rule({ when: { recipients: 31 } })],
      [rule({ when: { label: ['x'] } }), rule({ when: { label: ['x'], recipientNot: ['partner'] } })], [rule({ when: { label: ['x'] } }), rule({ when: { label: ['x'], level: ['pii', 'medium', 'high', 'bulk', 'unscannable'] } })],
      [{ rules: [no] }, exempt({})], [{ rules: [no] }, exempt({ scope: { group: ['research'] } })], [exempt({}), exempt({ until: new Date(world.clock + 48 * HOUR).toISOString().slice(0, 10) })],
      [rule({ when: { recipient: ['external'], recipientNot: ['partner'] } }), { ...rule({ when: { recipient: ['external'], recipientNot: ['partner'] } }), partners: ['gmail.com'] }],
    ];
    const found: unknown[] = [];
    for (const [before, after] of weaker) found.push(await ask(before, after));
    expect(found).toEqual(weaker.map(() => true));
    const stronger: readonly (readonly [object, object])[] = [
      [rule({ scope: { group: ['a'] } }), rule({ scope: { group: ['a', 'b'] } })], [rule({ when: { label: ['x'] } }), rule({ when: { label: ['x', 'y'] } })], [rule({ when: { label: ['x'] } }), rule({})], [exempt({}), { rules: [no] }], [rule({ then: { act: 'warn' } }), rule({ when: {}, then: { act: 'block' } })],
      [rule({ when: { size: 1_000_001 } }), rule({ when: { size: 1_000_000 } })],
    ];
    const strong: unknown[] = [];
    for (const [before, after] of stronger) strong.push(await ask(before, after));
    expect(strong).toEqual(stronger.map(() => false));
    await audit.close();
  });

  test('what a trial found is kept with the version: an approver sees that of the submission and the last one, and what stood beside other rules is out of date', async () => {
    const { world, policy, draft, audit } = await open(ground);
    const kept = async (name: string) => { const { simulation, submission } = await policy.version(name) as PolicyVersion; return [simulation, submission] as const; };
    const name = await draft({ rules: [{ ...DOCUMENT.rules[0], scope: { person: ['p@riverside.test'] } }, { ...DOCUMENT.rules[0], id: 'ssn', when: { kinds: { of: ['SSN'], least: 500 }, recipient: ['consumer'] } }, { ...DOCUMENT.rules[0], id: 'never', when: { recipientDomain: ['p.test'], recipientNot: ['partner', 'internal'] } }], partners: ['p.test'] } as never);
    expect([await kept(name), await policy.submit(IVY, name)]).toMatchObject([[undefined, undefined], { code: 'simulation-needed' }]);
    const first = await policy.simulate(IVY, name, 7);
    // Too much for any clinic, and yet no “no difference”: what it asks for is made.
    expect(first).toMatchObject({ days: 7, time: '2026-11-21T09:00:00.000Z', against: 'us-healthcare-2', outdated: false, unmet: ['never'], onlyMade: ['no', 'ssn'], samples: { blocked: { rules: expect.arrayContaining([{ rule: 'ssn', count: expect.any(Number) }]) } } });
    expect((first as Simulation).text).toContain('Never met in what was tried: never. Met by made-up situations alone: no, ssn.');
    expect([await kept(name), JSON.stringify(first).includes('@')]).toEqual([[first, undefined], false]);
    world.clock += HOUR;
    expect(await policy.submit(IVY, name)).toMatchObject({ state: 'submitted', submission: first });
    const again = await policy.simulate(LEO, name, 30);
    expect([await kept(name), (again as Simulation).time]).toEqual([[again, first], '2026-11-21T10:00:00.000Z']);
    const other = await draft(DOCUMENT, MAX);
    await policy.activate(MAX, other, { emergency: true });
    expect((await kept(name)).map((s) => s?.outdated)).toEqual([true, true]);
    // Nobody decides on, or brings into force, what was tried beside rules that are gone.
    expect(await policy.decide(LEO, name, 'approved')).toMatchObject({ code: 'simulation-outdated' });
    const anew = await policy.simulate(LEO, name, 30);
    expect([anew, (await kept(name)).map((s) => s?.outdated)]).toMatchObject([{ against: other }, [false, true]]);
    // What was decided stays as it was then, and is not called out of date for ever after.
    await policy.decide(LEO, name, 'rejected');
    await policy.simulate(LEO, name, 1);
    expect((await kept(name)).map((s) => [s?.time, s?.days, s?.outdated])).toEqual([[(anew as Simulation).time, 30, false], ['2026-11-21T09:00:00.000Z', 7, false]]);
    await audit.close();
  });

  test('what was tried beside other rules is tried anew before it is submitted, approved or brought into force', async () => {
    const { policy, draft, audit } = await open(ground);
    const name = await draft({ rules: [{ ...DOCUMENT.rules[0], id: 'mine' }] } as never);
    const code = (answer: object) => (answer as { code?: string }).code ?? 'done';
    const said: string[] = [];
    for (const step of [() => policy.submit(IVY, name), () => policy.decide(LEO, name, 'approved'), () => policy.activate(LEO, name, { at: '2026-12-01T00:00:00.000Z' }), () => policy.activate(LEO, name, {})]) {
      await policy.simulate(LEO, name, 1);
      const other = await draft({ rules: [{ ...DOCUMENT.rules[0], id: `other-${said.length}` }] } as never, MAX);
      await policy.activate(MAX, other, { emergency: true });
      said.push(code(await step()));
      await policy.simulate(LEO, name, 1);
      said.push(code(await step()));
    }
    expect(said).toEqual(['simulation-outdated', 'done', 'simulation-outdated', 'done', 'simulation-outdated', 'done', 'simulation-outdated', 'done']);
    await audit.close();
  });

  test('what was given a time and tried beside rules that are gone does not come into force by the clock: it is said, and takes nothing away', async () => {
    const { world, policy, draft, version, state, audit } = await open(ground);
    const agreed = async (id: string) => {
      const name = await draft({ rules: [{ ...DOCUMENT.rules[0], id }] } as never);
      await policy.simulate(LEO, name, 1);
      await policy.submit(IVY, name);
      await policy.decide(LEO, name, 'approved');
      return name;
    };
    const [late, urgent] = [await agreed('late'), await agreed('urgent')];
    const at = () => new Date(world.clock + HOUR).toISOString();
    expect(await policy.activate(LEO, late, { at: at() })).toMatchObject({ state: 'approved' });
    expect(await policy.activate(LEO, urgent, {})).toMatchObject({ state: 'active' });
    world.clock += HOUR;
    expect([await version(), await state(late)]).toEqual([urgent, 'approved']);
    const told = async () => { const page = await audit.events({ types: ['policy.postponed'], limit: 10 }); return 'kind' in page ? [] : page.data.map((e) => e.facts['version']); };
    await audit.flush();
    expect([await policy.version(late), await told()]).toMatchObject([{ activates: null }, [late]]);
    // Tried anew it comes at its time, as any other.
    await policy.simulate(LEO, late, 1);
    await policy.activate(LEO, late, { at: at() });
    world.clock += HOUR;
    expect(await version()).toBe(late);
    await audit.close();
  });

  test('of two that were tried beside the same rules and are brought into force at the same moment, one is', async () => {
    const { policy, draft, version, audit } = await open(ground);
    const names = [await draft({ rules: [{ ...DOCUMENT.rules[0], id: 'a' }] } as never), await draft({ rules: [{ ...DOCUMENT.rules[0], id: 'b' }] } as never)];
    for (const name of names) {
      await policy.simulate(LEO, name, 1);
      await policy.submit(IVY, name);
      await policy.decide(LEO, name, 'approved');
    }
    const said = await Promise.all(names.map((name) => policy.activate(LEO, name, {})));
    expect(said.filter((s) => !('kind' in s)).map((s) => (s as PolicyVersion).version)).toEqual([await version()]);
    await audit.close();
  });

  test('a label that no message sent had is named, as Outlook takes them: of any case', async () => {
    const { audit, policy, draft, refusal } = await open(ground);
    const labelled = (labels: readonly string[] | null) => ({ facts: { level: 'none', sensitive: [], kinds: {}, people: 0, subjectIdentifier: false, unscannable: 0 }, recipients: [{ address: 'x@else.test', role: 'to', traits: ['external'] }], labels }) as never;
    for (const [n, labels] of [['Confidential', 'lab-1'], null, []].entries()) await policy.judged({ vector: await policy.vector(`msg_${n}`, labelled(labels)), alerts: [], events: await refusal(`msg_${n}`) });
    const name = await draft({ rules: [{ ...DOCUMENT.rules[0], when: { label: ['confidential', 'Confidentail'] } }, { ...DOCUMENT.rules[0], id: 'b', when: { label: ['Confidentail'] } }] } as never);
    const tried = await policy.simulate(IVY, name, 30) as Simulation;
    expect([tried.labels, tried.text.includes('had the label Confidentail.')]).toEqual([['Confidentail'], true]);
    await audit.close();
  });

  test('an exception is for a year at most', async () => {
    const { world, policy, audit } = await open(ground);
    const until = (days: number) => new Date(world.clock + days * 24 * HOUR).toISOString().slice(0, 10);
    const ask = async (day: string) => policy.draft(IVY, { note: 'n', document: { ...DOCUMENT, exceptions: [{ id: 'e', rule: 'no', effect: 'act', owner: 'u_max', why: 'because', until: day }] } });
    expect(await ask(until(366))).toMatchObject({ fresh: true });
    for (const day of [until(367), '9999-12-31']) expect(await ask(day)).toMatchObject({ code: 'policy-malformed', pointer: '/document/exceptions/0/until' });
    await audit.close();
  });

  test('a draft written earlier and brought into force later is the newer one for every device', async () => {
    const { policy, draft, version, audit } = await open(ground);
    const [early, late] = [await draft(), await draft({ rules: [] } as never)];
    const serials: number[] = [];
    for (const name of [late, early]) {
      await policy.simulate(IVY, name, 30);
      await policy.submit(IVY, name);
      await policy.decide(LEO, name, 'approved');
      await policy.activate(IVY, name, {});
      serials.push((await policy.current()).serial);
    }
    expect([serials, await version()]).toEqual([[1, 2], early]);
    await audit.close();
  });

  test('a device that knew the key before the rotation follows it to the new one', async () => {
    const { world, policy, audit } = await open(ground);
    let kept: Kept | null = null;
    const keys: string[] = [];
    for (let turn = 0; turn < 3; turn += 1) {
      kept = (await taken(kept, await policy.answer(), world.clock))?.kept ?? null;
      keys.push(kept?.key ?? 'not believed');
      await audit.rotate(LEO);
    }
    expect([new Set(keys).size, keys.includes('not believed')]).toEqual([3, false]);
    await audit.close();
  });

  test('each state is left by its own door alone, and a version never changes', async () => {
    const { policy, draft, state, audit } = await open(ground);
    const name = await draft();
    const before = await policy.version(name) as { hash: string; document: object };
    const refused = (answer: object) => (answer as { code?: string }).code ?? 'done';
    expect(refused(await policy.decide(LEO, name, 'approved'))).toBe('policy-state');
    expect(refused(await policy.activate(LEO, name, {}))).toBe('policy-state');
    expect(refused(await policy.submit(IVY, name))).toBe('simulation-needed');
    await policy.simulate(IVY, name, 30);
    expect(refused(await policy.submit(IVY, name))).toBe('done');
    expect(refused(await policy.submit(IVY, name))).toBe('policy-state');
    expect(refused(await policy.decide(IVY, name, 'approved'))).toBe('second-person-needed');
    expect(refused(await policy.decide(LEO, name, 'rejected'))).toBe('done');
    expect([refused(await policy.decide(LEO, name, 'approved')), refused(await policy.activate(LEO, name, {})), await state(name)]).toEqual(['policy-state', 'policy-state', 'rejected']);
    expect(await policy.version(name)).toMatchObject({ hash: before.hash, document: before.document });
    // A rejected version is history; the same document is a new version.
    expect(await draft()).toBe('pv_2');
    expect(refused(await policy.submit(IVY, 'pv_99'))).toBe('not-found');
    await audit.close();
  });

  test('of two that are due the later one is in force, and serials only rise', async () => {
    const { world, policy, draft, version, audit } = await open(ground);
    for (const [n, document] of [[1, DOCUMENT], [2, { rules: [] }]] as const) {
      const name = await draft(document as typeof DOCUMENT);
      await policy.simulate(IVY, name, 1);
      await policy.submit(IVY, name);
      await policy.decide(LEO, name, 'approved');
      await policy.activate(LEO, name, { at: new Date(world.clock + n * HOUR).toISOString() });
    }
    const serials: number[] = [];
    for (let step = 0; step < 4; step += 1) { serials.push((await policy.current()).serial); world.clock += HOUR / 1.5; }
    expect(serials).toEqual([0, 0, 1, 2]);
    expect(await version()).toBe('pv_2');
    await audit.close();
  });

  test('of two that fell due while nobody asked, the one for the later time is in force, whichever was written first', async () => {
    const { world, policy, draft, version, audit } = await open(ground);
    for (const [hours, document] of [[2, DOCUMENT], [1, { rules: [] }]] as const) {
      const name = await draft(document as typeof DOCUMENT);
      await policy.simulate(IVY, name, 1);
      await policy.submit(IVY, name);
      await policy.decide(LEO, name, 'approved');
      await policy.activate(LEO, name, { at: new Date(world.clock + hours * HOUR).toISOString() });
    }
    world.clock += 3 * HOUR;
    expect(await version()).toBe('pv_1');
    await audit.close();
  });

  test('a rule that never could hold, or an exception for nobody, is refused where it stands', async () => {
    const { policy, audit } = await open(ground);
    const rule = DOCUMENT.rules[0];
    const exception = { id: 'e', rule: 'no', effect: 'act', owner: 'u_1', why: 'because', until: '2026-12-01', scope: {} };
    for (const [document, pointer] of [
      [{ rules: [{ ...rule, scope: {} }] }, '/document/rules/0/scope'], [{ rules: [{ ...rule, scope: { person: ['ana@riverside.test', 'Dr. Ana Ruiz'] } }] }, '/document/rules/0/scope/person/1'],
      [{ rules: [{ ...rule, when: { recipient: ['partner'], recipientNot: ['internal', 'partner'] } }] }, '/document/rules/0/when/recipientNot'], [{ rules: [rule], exceptions: [{ ...exception, scope: { person: ['ana'] } }] }, '/document/exceptions/0/scope/person/0'], [{ rules: [{ ...rule, when: { time: { from: '08:00', to: '08:00' } } }] }, '/document/rules/0/when/time'], [{ rules: [rule], exceptions: [exception] }, '/document/exceptions/0/scope'],
      [{ rules: [{ ...rule, scope: { person: ['ana@riverside.tset'] } }] }, '/document/rules/0/scope/person/0'], [{ rules: [{ ...rule, scope: { domain: ['ward.riverside.test', 'riversde.test'] } }] }, '/document/rules/0/scope/domain/1'],
    ] as const) expect(await policy.draft(IVY, { document: document as never, note: 'n' })).toMatchObject({ code: 'policy-malformed', pointer });
    await audit.close();
  });

  test('a name that nobody knows is refused while a rule is written, shown where an older one asks for it, and told of once when it is taken away under a rule in force', async () => {
    const { policy, audit, world } = await open(ground);
    const asking = (more: object) => ({ rules: [{ id: 'own', when: { matches: ['badge'], ...more }, then: { act: 'block' } }] });
    for (const typo of ['bagde', 'rooster', 'mrn-1']) expect(await policy.draft(IVY, { document: asking({ matches: ['badge', typo] }) as never, note: 'n' })).toMatchObject({ code: 'policy-unknown-name', pointer: '/document/rules/0/when/matches/1' });
    const made = await policy.draft(IVY, { document: { rules: [{ ...asking({ group: ['staff', 'ghosts'] }).rules[0], scope: { group: ['ghosts'] } }] } as never, note: 'n' });
    // A group may be known to the issuer alone: said, and not refused.
    expect(made).toMatchObject({ fresh: true, version: { version: 'pv_1', unknown: [{ at: '/rules/0/when/group/1', what: 'group' }, { at: '/rules/0/scope/group/0', what: 'group' }] } });
    const two = await policy.draft(IVY, { document: asking({ matches: ['badge', 'roster'] }) as never, note: 'n' });
    expect(two).toMatchObject({ version: { version: 'pv_2', unknown: [] } });
    await policy.activate(IVY, 'pv_2', { emergency: true });
    const told = async () => { const page = await audit.events({ types: ['policy.unmatched'], limit: 10 }); return 'kind' in page ? [] : page.data.map((e) => e.facts); };
    await policy.tick();
    expect(await told()).toEqual([]);
    NAMES.pop();
    for (let n = 0; n < 3; n += 1) { world.clock += 60_000; await policy.tick(); }
    await audit.flush();
    expect(await told()).toEqual([{ version: 'pv_2', count: 1 }]);
    expect(await policy.version('pv_2')).toMatchObject({ unknown: [{ at: '/rules/0/when/matches/1', what: 'pattern' }] });
    // What was in force before may come back all the same.
    expect(await policy.draft(LEO, { from: 'pv_2', note: 'back' })).toMatchObject({ fresh: true, version: { unknown: [{ what: 'pattern' }] } });
    NAMES.push('roster');
    await policy.tick();
    await audit.close();
  });

  test('the replay counts over months, and forgets what is too old', async () => {
    const { world, policy, draft, audit, refusal } = await open(ground);
    const send = async (id: string, level: string) => policy.judged({ vector: await policy.vector(id, situationOf({ level })), alerts: [], events: await refusal(id) });
    await send('msg_old', 'high');
    world.clock += 45 * 24 * HOUR;
    for (let n = 0; n < 30; n += 1) await send(`msg_${n}`, n < 12 ? 'high' : 'none');
    await send('msg_0', 'none');
    const name = await draft();
    const counted = async (days: number) => { const tried = await policy.simulate(IVY, name, days); return 'kind' in tried ? tried.code : [tried.history.messages, tried.history.blocked.count]; };
    expect([await counted(30), await counted(60)]).toEqual([[30, 11], [31, 12]]);
    world.clock += 60 * 24 * HOUR;
    await policy.tick();
    expect(await counted(90)).toEqual([30, 11]);
    await audit.close();
  });
});
