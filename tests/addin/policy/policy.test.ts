/** The policy on the author's side: believed only when signed by the key that was seen first, never older than before, strict after three days of silence. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import fc from 'fast-check';
import { build } from 'esbuild';
import { strToU8, zipSync } from 'fflate';
import { beforeAll, describe, expect, it } from 'vitest';
import { stopped } from '../../../addin/policy/ordinary.ts';
import { taken, watchPolicy, type Kept } from '../../../addin/policy/policy.ts';
import { DIST, buildAddin } from '../../../addin/build.ts';
import { fingerprint } from '../../../addin/extract/extract.ts';
import { openOutlook, type DraftItem } from '../../../addin/outlook/outlook.ts';
import { FakeMailbox } from '../../../lab/outlook/mailbox.ts';
import { evaluate } from '../../../shared/plan/evaluate.ts';
import { guarded, standing, STALE_MS } from '../../../shared/plan/guard.ts';
import { factsOf } from '../../../shared/plan/facts.ts';
import { markOf } from '../../../shared/plan/met.ts';
import type { PlanFacts } from '../../../shared/plan/plan.ts';
import { atLeast, type Policy } from '../../../shared/plan/policy.ts';
import { TEMPLATES, US_HEALTHCARE } from '../../../shared/plan/template.ts';
import type { AttachmentStart } from '../../../lab/outlook/item.ts';
import { scan, type ScanAttachment } from '../../../shared/scan/scan.ts';
import { OwnRuleSet } from '../../../shared/wire/rules.ts';
import { openHandoff } from '../../../service/handoff/handoff.ts';
import { corpus } from '../../../service/policy/corpus/corpus.ts';
import { listOf, readRoster } from '../../../service/roster/roster.ts';
import { authorOf, saidOf } from '../../../service/route/accept/decided.ts';
import { compileOwn } from '../../../service/rules/rules.ts';
import { files, written } from '../../corpus/written.ts';
import { unhurried } from '../unhurried.ts';
import { bare, maybe, policyArb, situationArb, situationOf } from '../../shared/plan/policy.case.ts';

const pair = generateKeyPairSync('ed25519');
const raw = (k: typeof pair) => k.publicKey.export({ format: 'der', type: 'spki' }).subarray(12).toString('base64');
function answer(serial: number, { rules = [] as object[], by = pair, padding = 0, letter = 'x' } = {}) {
  const signed = JSON.stringify({ v: 1, organisation: 'Clinic', serial, version: `pv_${serial}`, hash: letter.repeat(padding), activated: '2026-11-21T09:00:00Z', policy: { version: `pv_${serial}`, rules } });
  return { signed, signature: sign(null, Buffer.from(`{"signed":${JSON.stringify(signed)}}`), by.privateKey).toString('base64'), key: raw(by) };
}
const BLOCK = { id: 'no', when: { subjectIdentifier: true }, then: { act: 'block' } };
const NOW = Date.UTC(2026, 10, 21, 9);

describe('a version from the service', () => {
  const first = async () => (await taken(null, answer(3), NOW))?.kept as Kept;
  it('is taken when it verifies, and kept with key, serial and time', async () => expect(await first()).toMatchObject({ serial: 3, at: NOW, key: raw(pair) }));
  it.each([
    ['older than the one before', async () => answer(2)], ['signed by another key', async () => answer(4, { by: generateKeyPairSync('ed25519') })],
    ['changed on the way', async () => { const a = answer(4); return { ...a, signed: a.signed.replace('Clinic', 'Other') }; }], ['with another version\'s signature', async () => ({ ...answer(4), signature: answer(5).signature })],
    ['under the pinned key\'s name, signed by another', async () => ({ ...answer(4, { by: generateKeyPairSync('ed25519') }), key: raw(pair) })], ['of a schema nobody knows', async () => answer(4, { rules: [{ id: 'x', mood: 1 }] })], ['with no signature', async () => ({ ...answer(4), signature: '' })],
  ])('%s is not', async (_what, given) => expect(await taken(await first(), await given(), NOW)).toBeNull());
  it('a new key is followed from the pinned one, through each that signed for the next, and from no other', async () => {
    const [second, third] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')];
    const vkey = (k: typeof pair) => `log.test/v1+00000000+${Buffer.concat([Buffer.from([1]), Buffer.from(raw(k), 'base64')]).toString('base64')}`;
    const step = (from: typeof pair, to: typeof pair, by = from) => {
      const statement = { after: vkey(from), key: vkey(to), origin: 'log.test/v1' };
      return { ...statement, signature: sign(null, Buffer.from(JSON.stringify(statement)), by.privateKey).toString('base64') };
    };
    const seen = async (succession: object[]) => (await taken(await first(), { ...answer(4, { by: third }), succession } as never, NOW))?.kept.key ?? null;
    expect(await seen([step(pair, second), step(second, third)])).toBe(raw(third));
    const strangers: object[][] = [[], [step(pair, second)], [step(second, third)], [step(pair, second), step(second, third, second), step(third, second)], [step(pair, third, third)], [{ ...step(pair, second), key: vkey(third) }], [step(pair, second), step(pair, third, second)]];
    for (const chain of strangers) expect(await seen(chain)).toBeNull();
  });
  it.each([[31_000, 'x', false], [12_000, 'é', true], [15_500, 'é', false], [25_000, 'x', true], [30_500, 'x', false]])('too large for roaming settings as they are written (%i × %s), its serial and time are kept all the same', async (padding, letter, whole) => {
    const kept = (await taken(null, answer(3, { padding, letter }), NOW))?.kept;
    expect(kept).toMatchObject({ serial: 3, at: NOW });
    expect(Object.hasOwn(kept ?? {}, 'signed')).toBe(whole);
    expect(Buffer.byteLength(JSON.stringify(kept))).toBeLessThanOrEqual(30 * 1024);
  });
  it('comes with what rules can ask about the author: of the groups those they name, and shared mailboxes', async () => {
    const rules = [{ id: 'a', when: { group: ['oncology'] }, then: { act: 'warn' } }, { id: 'b', scope: { group: ['ward-7'] }, when: {}, then: { act: 'warn' } }];
    const you = { groups: ['oncology', 'ward-7', 'everyone'], shared: ['results@riverside.test'] };
    expect((await taken(null, { ...answer(3, { rules }), you }, NOW))?.kept).toMatchObject({ groups: ['oncology', 'ward-7'], shared: ['results@riverside.test'] });
    expect((await taken(null, answer(3, { rules }), NOW))?.kept).toMatchObject({ groups: [], shared: [] });
  });

  it('is asked for well within a minute, told when it is another, and written no more than needed, again where Outlook did not take it', async () => {
    const [told, kept, waits] = [[] as string[], [] as Kept[], [] as number[]];
    let serial = 3;
    let clock = NOW;
    const met: boolean[] = [];
    await new Promise<void>((done) => {
      const watch = watchPolicy({
        companion: { policy: async (_schema, all) => (met.push(all), waits.length === 2 ? { kind: 'refused', code: 'offline' } as never : answer(serial)) }, now: () => clock, kept: () => undefined, rules: () => null, keep: async (k) => { kept.push(k); return kept.length === 1 ? { kind: 'refused', code: 'outlook-failed' } as never : null; }, changed: (v) => { told.push(v); },
        wait: async (ms) => { waits.push(ms); clock += ms; if (waits.length === 4) serial = 4; if (waits.length === 8) { watch.close(); done(); } },
      });
    });
    expect([told, kept.map((k) => k.serial), Math.max(...waits) <= 30_000]).toEqual([['pv_4'], [3, 3, 4], true]);
    // Whom the author wrote to comes with the first answer, not with each.
    expect(met.filter(Boolean)).toHaveLength(1);
  });
});

describe('without the service', () => {
  const cached = { signed: answer(3, { rules: [BLOCK] }).signed, serial: 3, at: NOW };
  const subject = situationOf({ subject: true });
  it.each([
    ['nothing cached: the default', null, NOW, 'warn'], ['cached: obeyed', cached, NOW + 1000, 'block'], ['cached and a day old: obeyed', cached, NOW + 86_400_000, 'block'], ['after three days: strict beside it', cached, NOW + STALE_MS + 1, 'block'],
    ['unreadable: the default', { ...cached, signed: '{' }, NOW, 'warn'], ['too large to keep: the default', { serial: 3, at: NOW }, NOW, 'warn'],
  ])('%s', (_what, kept, now, act) => expect(evaluate(standing(kept, now), subject).joined.act).toBe(act));
  it('strict applies after 72 hours, and with a clock set back by more than an hour', () => {
    const bulk = situationOf({ level: 'bulk' });
    expect([NOW + STALE_MS, NOW + STALE_MS + 1, NOW - 3_700_000].map((now) => evaluate(standing(cached, now), bulk).joined.act)).toEqual(['allow', 'approve', 'approve']);
  });
  it('a stale policy is never weaker than it was', () => {
    fc.assert(fc.property(policyArb(), situationArb, (policy, s) => {
      const kept = { signed: JSON.stringify({ policy }), serial: 1, at: NOW };
      return atLeast(evaluate(standing(kept, NOW + STALE_MS + 1), s).joined, evaluate(standing(kept, NOW), s).joined);
    }), { numRuns: 500 });
  });
  it('interrupts at most one ordinary mail in a hundred', () => {
    const ordinary = corpus().filter((c) => !c.phi);
    const stops = ordinary.filter((c) => guarded(US_HEALTHCARE, { facts: factsOf(scan({ subject: 'Monday', text: c.text, attachments: [] })), recipients: [{ address: 'a@x.test', role: 'to', traits: ['external', 'new'] }] }) !== null);
    expect(ordinary.length).toBeGreaterThan(150);
    expect(stops.length / ordinary.length).toBeLessThanOrEqual(0.01);
  });
  const RULED: readonly (readonly [string, object | null])[] = [
    ...Object.entries(TEMPLATES).map(([name, policy]) => [`the template ${name}`, { signed: JSON.stringify({ policy }), serial: 1, at: NOW }] as [string, object]),
    ['no word of the service for three days', { signed: JSON.stringify({ policy: US_HEALTHCARE }), serial: 1, at: NOW - STALE_MS - 1 }], ['nothing cached', null],
    ['rules on what ordinary Send cannot know', { signed: JSON.stringify({ policy: { version: 'x', rules: [{ id: 'a', when: { matches: ['roster', 'badge'] }, then: { act: 'block' } }, { id: 'b', when: { recipient: ['new', 'no-mail', 'list'] }, then: { act: 'justify' } }, { id: 'c', when: { unscannable: true }, then: { act: 'approve' } }] } }), serial: 1, at: NOW }],
  ];
  const interrupted = (texts: readonly string[], policy: object | null, said: readonly ScanAttachment[] = []) => texts.filter((text) => stopped({
    from: { address: 'ana@own.test' }, recipients: [{ role: 'to', address: 'sam@stmarys.test' }], subject: 'Monday', html: `<p>${text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/\n/g, '<br>')}</p>`,
    files: said.map(({ filename }) => ({ id: filename, filename, size: 4000, kind: 'file', inline: false })), labels: [], ownDomains: ['own.test'], policy: policy as never, committed: null,
  }, NOW, said)).length / texts.length;
  it.each(RULED)('interrupts at most one ordinary mail in a hundred, half of them with a file: %s', (_what, policy) => {
    const ordinary = corpus().filter((c) => !c.phi).map((c) => c.text);
    expect(ordinary.length).toBeGreaterThan(150);
    const half = ordinary.length >> 1;
    expect(interrupted(ordinary.slice(0, half), policy)).toBeLessThanOrEqual(0.01);
    expect(interrupted(ordinary.slice(half), policy, [{ filename: 'menu.docx', text: 'Monday: soup. Tuesday: rice with vegetables.' }])).toBeLessThanOrEqual(0.01);
  });
  // Mail of writers who had never seen the scanner, half of it about patients: the goal is not reached on it, and this says by how much.
  it.each(Object.entries(TEMPLATES))('of the ordinary mail of strangers, all to outsiders, no more than so many: the template %s', (_name, policy) => {
    const rates = files().map((file) => interrupted(written(file).filter((w) => !w.phi).map((w) => w.text), { signed: JSON.stringify({ policy }), serial: 1, at: NOW }));
    for (const rate of rates) expect(rate).toBeLessThanOrEqual(0.081);
    expect(rates.reduce((sum, rate) => sum + rate) / rates.length).toBeLessThanOrEqual(0.054);
  });
});

describe('an ordinary mail', () => {
  const facts = corpus().filter((c) => !c.phi).map((c) => factsOf(scan({ subject: 'Monday', text: c.text, attachments: [] })));
  it.each(Object.entries(TEMPLATES))('sent by Send Secure is asked about no oftener, to whomever: the template %s', (_name, policy) => {
    expect(facts.length).toBeGreaterThan(150);
    for (const traits of [['external', 'new'], ['external'], ['external', 'consumer', 'new'], ['external', 'partner'], ['internal']] as const) {
      const asked = facts.filter((f) => ['warn', 'justify', 'approve', 'block'].includes(evaluate(policy, { facts: f, recipients: [{ address: 'a@x.test', role: 'to', traits }] }).joined.act));
      expect(asked.length / facts.length).toBeLessThanOrEqual(0.01);
    }
  });
});

describe('one judgement everywhere', () => {
  const CASES = fc.sample(fc.tuple(policyArb(6), situationArb), { numRuns: 10_000, seed: 11 });
  const bundled = async (target: string, globals: object) => {
    const { outputFiles } = await build({ stdin: { contents: "export { evaluate } from './shared/plan/evaluate.ts';", resolveDir: join(import.meta.dirname, '..', '..', '..'), loader: 'ts' }, bundle: true, write: false, format: 'iife', globalName: 'engine', target, minify: true });
    const context = createContext(globals);
    runInContext(outputFiles[0]?.text ?? '', context);
    return (cases: string) => runInContext(`JSON.stringify(${cases}.map(([p, s]) => engine.evaluate(p, s)))`, context) as string;
  };
  it('the pane\'s compiler, the event handler\'s, and the service agree on 10,000 random cases', async () => {
    const [pane, handler] = [await bundled('es2022', {}), await bundled('es2016', {})];
    // Classic Outlook's engine has nothing newer than ES2016's library.
    for (let from = 0; from < CASES.length; from += 1000) {
      const cases = JSON.stringify(CASES.slice(from, from + 1000));
      const here = JSON.stringify((JSON.parse(cases) as typeof CASES).map(([p, s]) => evaluate(p, s)));
      expect(pane(cases)).toBe(here);
      expect(handler(cases)).toBe(here);
    }
  });
});

describe('ordinary Send knows what it can of what the service knows', () => {
  const RULES = OwnRuleSet.parse({ rules: [{ name: 'badge', kind: 'OTHER_ID', pattern: 'EMP-\\d{6}', confidence: 'high' }, { name: 'greek', kind: 'OTHER_ID', pattern: '\\p{Greek}{3}', confidence: 'high' }], mrn: ['RC-#######'] });
  const KEY = new Uint8Array(32).fill(7);
  const own = compileOwn({ hash: 'h', rules: RULES, roster: readRoster(listOf(KEY, 'NAME', ['Jane Whitfield']).text, KEY) });
  const ANA = { id: 'u_ana', name: 'Ana', roles: [], addresses: ['ana@own.test', 'a.ruiz@own.test', 'ward@own.test'], shared: ['ward@own.test'], session: '', proof: { at: null, contexts: [] } };
  const TO = ['sam@x.test', 'pat@sub.x.test', 'ana.ruiz@gmail.com', 'kim@own.test', 'kim@0wn.test', 'new@y.test'];
  const WORDS = ['Shall we meet at noon?', 'Dear Sam,', 'Dear Jane,', 'Badge EMP-123456 is back.', 'Jane Whitfield comes on Monday.', 'Call 555-010-0199.', 'Patient Jane Whitfield, DOB 03/04/1961, RC-4471829, diabetes mellitus.', 'αβγ', 'Lunch on Friday'];
  const keyOf = (from: string) => createHash('sha256').update(from).digest('hex');
  const condition = fc.record({
    matches: maybe(fc.oneof({ weight: 4, arbitrary: fc.constantFrom(['badge'], ['mrn-1', 'badge']) }, { weight: 1, arbitrary: fc.constantFrom(['roster'], ['greek', 'badge']) })), recipient: maybe(fc.subarray(['new', 'consumer', 'look-alike', 'personal', 'partner', 'unlike-salutation', 'external'] as const, { minLength: 1 })), recipientNot: maybe(fc.subarray(['new', 'internal', 'partner'] as const, { minLength: 1 })),
    sharedMailbox: maybe(fc.constant(true as const)), level: maybe(fc.subarray(['none', 'pii', 'medium'] as const, { minLength: 1 })), time: maybe(fc.constantFrom({ from: '08:00', to: '18:00' }, { from: '22:00', to: '06:00' })), recipients: maybe(fc.constantFrom(1, 2)),
  }).map(bare);
  const scope = maybe(fc.record({ person: maybe(fc.subarray(['Ana@own.test', 'a.ruiz@own.test', 'ben@own.test'], { minLength: 1 })), group: maybe(fc.constant(['oncology'])) }).map(bare).filter((s) => Object.keys(s).length > 0));
  const rule = fc.record({ scope, when: condition, then: fc.constantFrom({ act: 'block' }, { act: 'justify' }, { act: 'warn' }, { need: 'at-rest' }, { portal: true }) }).map(bare);
  const CASES = fc.sample(fc.record({
    rules: fc.array(rule, { minLength: 1, maxLength: 4 }).map((rules) => rules.map((r, i) => ({ ...r, id: `r${i}` }))), from: fc.constantFrom(...ANA.addresses), to: fc.uniqueArray(fc.constantFrom(...TO), { minLength: 1, maxLength: 3 }), met: fc.subarray(TO), words: fc.array(fc.constantFrom(...WORDS), { maxLength: 3 }),
    groups: fc.subarray(['oncology', 'staff']), labels: fc.constantFrom<readonly string[] | null>([], ['Public']), minute: fc.nat(7 * 1440),
  }), { numRuns: 10_000, seed: 23 });

  it('and judges 10,000 random drafts as it does; what it cannot know counts as asked where the draft holds anything of a person', async () => {
    const { outputFiles } = await build({ entryPoints: [join(import.meta.dirname, '..', '..', '..', 'addin', 'policy', 'ordinary.ts')], bundle: true, write: false, format: 'iife', globalName: 'ordinary', target: 'es2016', minify: true });
    const handler = createContext({});
    runInContext(outputFiles[0]?.text ?? '', handler);
    const judged = runInContext('(cases) => JSON.stringify(JSON.parse(cases).map(([seen, now]) => { const said = ordinary.stopped(seen, now); return said && said.reason; }))', handler) as (cases: string) => string;
    let [policy, met, clock]: [Policy, ReadonlySet<string>, number] = [US_HEALTHCARE, new Set(), 0];
    // The service's own room, with stand-ins for what it asks of others.
    const room = openHandoff({
      store: { room: () => ({ read: {}, write: {} }) }, vault: {}, blobs: {}, suppression: { of: async (a: string[]) => a.map(() => undefined) }, contact: { of: async (a: string[]) => a.map(() => ({})) }, choices: { of: async (a: string[]) => a.map(() => null) },
      keys: { capabilities: async (a: string[]) => a.map((address) => ({ address, internal: address.endsWith('@own.test'), tls: 'unknown' })) }, lists: { expand: async (a: object[]) => a.map(() => ({ kind: 'person' })) }, ownDomains: ['own.test'], mailless: async () => false, archive: false, world: { now: () => clock },
      policy: { current: async () => ({ policy }), pairs: (_from: string, to: string[]) => to, known: async (to: string[]) => to.map((a) => met.has(a)), consented: async () => null },
    } as never);
    const [seen, right, sure]: [unknown[], (string | null)[], boolean[]] = [[], [], []];
    const scans = new Map<string, PlanFacts>();
    for (const c of CASES) {
      clock = NOW + c.minute * 60_000;
      [policy, met] = [{ version: 'x', rules: c.rules as Policy['rules'] }, new Set(c.met)];
      const html = c.words.map((w) => `<p>${w}</p>`).join('');
      const recipients = c.to.map((address) => ({ role: 'to' as const, address }));
      const draft = { from: { address: c.from }, recipients, subject: 'Monday', html, attachments: [] };
      const named = JSON.stringify([html, c.from, c.to]);
      const facts = scans.get(named) ?? { ...factsOf(scan(draft, own)), attachments: 0, size: 0 };
      scans.set(named, facts);
      const planned = await room.planFor(recipients, facts, {}, { author: authorOf({ ...ANA, groups: c.groups }, c.from), labels: c.labels, said: saidOf(draft) });
      right.push(guarded(policy, planned.situation));
      const cached = { signed: JSON.stringify({ policy }), serial: 1, at: clock, groups: c.groups, shared: ANA.shared, own: ANA.addresses.slice(0, 2), zone: -new Date(clock).getTimezoneOffset(), rules: RULES, met: [{ from: c.from, key: keyOf(c.from), marks: c.met.map((to) => markOf(keyOf(c.from), to)).join(''), all: true }] };
      seen.push([{ from: draft.from, recipients, subject: 'Monday', html, files: [], labels: c.labels, ownDomains: ['own.test'], policy: cached, committed: null }, clock]);
      // What only the service can look for: the list, and a pattern the small matcher does not know.
      sure.push(!/Jane W|αβγ/.test(html) && !/roster|greek/.test(JSON.stringify(c.rules)));
    }
    const mine = JSON.parse(judged(JSON.stringify(seen))) as (string | null)[];
    let [alike, unseen] = [0, 0];
    for (const [i, said] of mine.entries()) {
      if (sure[i]) expect([i, said]).toEqual([i, right[i]]);
      else if (said === right[i]) alike += 1;
      else if (said === null) {
        // Unseen is only what stands in a mail that holds nothing else of a person.
        unseen += 1;
        expect(scan({ ...(seen[i] as [{ subject: string; html: string }])[0], attachments: [] }, compileOwn({ hash: '', rules: { ...RULES, rules: RULES.rules.slice(0, 1) }, roster: null })).verdict.level).toBe('none');
      }
    }
    expect([sure.filter(Boolean).length > 4000, new Set(mine).size, alike > 1000, unseen > 0]).toEqual([true, 3, true, true]);
  });
});

describe('the event bundle as it is built', () => {
  let source = '';
  beforeAll(async () => { await buildAddin(); source = readFileSync(join(DIST, 'onsend.js'), 'utf8'); });
  async function sends(start: object, kept: object | null, { act, handler = 'onMessageSendHandler', extra = {}, before }: { act?: ((m: FakeMailbox) => void) | undefined; handler?: string | undefined; extra?: object; before?: (m: FakeMailbox) => Promise<void> } = {}) {
    const mailbox = new FakeMailbox();
    mailbox.create(start as never);
    act?.(mailbox);
    await before?.(mailbox);
    const office = mailbox.office();
    if (kept) (office as unknown as { context: { roamingSettings: { set(name: string, value: unknown): void } } }).context.roamingSettings.set('policy', kept);
    runInContext(source, createContext({ Promise, Office: office, ...unhurried(), ...extra }));
    return mailbox.fire(office, handler);
  }
  const LUNCH = { subject: 'Lunch', html: '<p>Shall we meet at noon?</p>', to: ['sam.park@stmarys.test'] };
  const NO_LUNCH = { id: 'lunch', when: { recipientDomain: ['stmarys.test'] }, then: { act: 'justify' } };

  it('obeys the cached version, and knows a rule from patient data', async () => {
    expect(await sends(LUNCH, null)).toMatchObject({ allowEvent: true });
    const said = await sends(LUNCH, { signed: answer(3, { rules: [NO_LUNCH] }).signed, serial: 3, at: Date.now() });
    expect(said).toMatchObject({ allowEvent: false, commandId: 'msgComposeOpenPane' });
    expect(JSON.parse(said?.contextData ?? '{}')).toMatchObject({ reason: 'policy' });
    expect(await sends({ ...LUNCH, to: ['tess.lane@lakeside.test'] }, { signed: answer(3, { rules: [NO_LUNCH] }).signed, serial: 3, at: Date.now() })).toMatchObject({ allowEvent: true });
  });
  /** What Outlook knows of a draft besides its text, and what the pane left about its author: as the rule asks, and as it does not. */
  const LABELLED = { id: 'r', when: { label: ['Confidential', 'Embargo'] }, then: { act: 'block' } };
  const OF_GROUP = { id: 'r', scope: { group: ['oncology'] }, when: {}, then: { act: 'justify' } };
  const SHARED = { id: 'r', when: { sharedMailbox: true }, then: { act: 'block' } };
  const LARGE = { id: 'r', when: { size: 9 }, then: { act: 'block' } };
  const OF_PERSON = { id: 'r', scope: { person: ['a.ruiz@riverside.test'] }, when: {}, then: { act: 'block' } };
  const FIRST = { id: 'r', when: { recipient: ['new'] }, then: { act: 'justify' } };
  const BADGED = { id: 'r', when: { matches: ['badge'] }, then: { act: 'block' } };
  const LISTED = { id: 'r', when: { matches: ['roster'] }, then: { act: 'block' } };
  const UNREAD = { id: 'r', when: { unscannable: true }, then: { act: 'approve' } };
  const OWN_RULES = OwnRuleSet.parse({ rules: [{ name: 'badge', kind: 'OTHER_ID', pattern: 'EMP-\\d{6}', confidence: 'medium' }] });
  /** personal, not health: it may go by ordinary Send */
  const PERSONAL = { html: '<p>Social Security number 219-09-9999.</p>' };
  const met = (...to: string[]) => ({ from: 'ana.ruiz@riverside.test', key: 'ab'.repeat(32), marks: to.map((a) => markOf('ab'.repeat(32), a)).join(''), all: true });
  const failing = (...calls: string[]) => (m: FakeMailbox) => { for (const name of calls) m.fault(name, { kind: 'error', code: 9020 }); };
  const [label, category, catalog, enabled] = ['item.sensitivityLabel.getAsync', 'item.categories.getAsync', 'sensitivityLabelsCatalog.getAsync', 'sensitivityLabelsCatalog.getIsEnabledAsync'] as const;
  const off = (m: FakeMailbox) => m.fault(enabled, { kind: 'value', value: false });
  it.each<[string, object, object, boolean, { act?: (m: FakeMailbox) => void; kept?: object; handler?: string }?]>([
    ['no label', LABELLED, {}, true], ['another label', LABELLED, { label: '1b6c-general' }, true], ['its label, by name', LABELLED, { label: '7c1f-confidential' }, false], ['a label below it', LABELLED, { label: '7c20-staff' }, false],
    ['its label, by id in other case', { ...LABELLED, when: { label: ['7C1F-Confidential'] } }, { label: '7c1f-confidential' }, false], ['a category', LABELLED, { categories: ['Lunch', 'EMBARGO'] }, false], ['another category', LABELLED, { categories: ['Lunch'] }, true],
    ['an invitation with its label', LABELLED, { kind: 'appointment', label: '7c1f-confidential' }, false, { handler: 'onAppointmentSendHandler' }], ['an invitation without', LABELLED, { kind: 'appointment' }, true, { handler: 'onAppointmentSendHandler' }],
    ['a label that cannot be read', LABELLED, {}, false, { act: failing(label) }], ['categories that cannot be read', LABELLED, {}, false, { act: failing(category) }], ['a label whose name cannot be read', LABELLED, { label: '1b6c-general' }, false, { act: failing(catalog) }],
    ['a label that no catalog knows', LABELLED, { label: 'ffff-unknown' }, false], ['more labels than can be told', LABELLED, { categories: Array.from({ length: 51 }, (_, n) => `c${n}`) }, false], ['labels that nobody here uses', LABELLED, {}, true, { act: (m) => { failing(label)(m); off(m); } }],
    ['nothing to read, and whether labels are used cannot be told', LABELLED, {}, false, { act: failing(label, enabled) }], ['a label that cannot be read, and no rule that asks', NO_LUNCH, { to: ['tess.lane@lakeside.test'] }, true, { act: failing(label, category) }],
    ['a group of the author', OF_GROUP, {}, false, { kept: { groups: ['oncology'] } }], ['another group', OF_GROUP, {}, true, { kept: { groups: ['ward-7'] } }], ['no group known', OF_GROUP, {}, true],
    ['a shared mailbox', SHARED, {}, false, { kept: { shared: ['ana.ruiz@riverside.test'] } }], ['the author\'s own', SHARED, {}, true, { kept: { shared: ['results@riverside.test'] } }],
    ['a rule about a person, sent from another address of theirs', OF_PERSON, {}, false, { kept: { own: ['ana.ruiz@riverside.test', 'a.ruiz@riverside.test'] } }], ['… and of somebody else', OF_PERSON, {}, true, { kept: { own: ['ana.ruiz@riverside.test'] } }],
    ['somebody first written to', FIRST, {}, false, { kept: { met: [met()] } }], ['somebody written to before', FIRST, {}, true, { kept: { met: [met('Sam.Park@stmarys.test')] } }], ['written to before by another mailbox', FIRST, {}, true, { kept: { met: [met(), { ...met('sam.park@stmarys.test'), from: 'ward@riverside.test' }].slice(1) } }],
    ['nobody told who was written to, and nothing of a person', FIRST, {}, true], ['nobody told who was written to, and somebody is named', FIRST, PERSONAL, false], ['not all were told', FIRST, {}, true, { kept: { met: [{ ...met(), all: false }] } }], ['not all were told, and somebody is named', FIRST, PERSONAL, false, { kept: { met: [{ ...met(), all: false }] } }],
    ['a pattern of one\'s own', BADGED, { html: '<p>EMP-123456</p>' }, false, { kept: { rules: OWN_RULES } }], ['no such pattern in it', BADGED, {}, true, { kept: { rules: OWN_RULES } }], ['no patterns at hand, and somebody is named', BADGED, PERSONAL, false], ['an organization without patterns', BADGED, PERSONAL, true, { kept: { rules: null } }], ['patterns that are no patterns', BADGED, {}, true, { kept: { rules: { mrn: 3 } } }],
    ['the exact-match list, and nothing of a person', LISTED, {}, true], ['the exact-match list, and somebody is named', LISTED, PERSONAL, false], ['what an attachment says, and somebody is named', UNREAD, { ...PERSONAL, attachments: [{ name: 'menu.txt', content: Buffer.from('Soup').toString('base64') }] }, true], ['what nobody can read', UNREAD, { attachments: [{ name: 'scan.pdf', content: Buffer.from('%PDF-').toString('base64') }] }, false], ['an attachment alone', UNREAD, { attachments: [{ name: 'menu.txt', content: Buffer.from('Soup').toString('base64') }] }, true],
    ['an attachment of its size', LARGE, { attachments: [{ name: 'menu.txt', content: Buffer.from('Soup, bread').toString('base64') }] }, false], ['a smaller one', LARGE, { attachments: [{ name: 'menu.txt', content: Buffer.from('Soup').toString('base64') }] }, true],
  ])('%s: judged as the rule asks', async (_what, rule, start, allowed, { act, kept = {}, handler } = {}) => {
    expect(await sends({ ...LUNCH, ...start }, { signed: answer(3, { rules: [rule] }).signed, serial: 3, at: Date.now(), ...kept }, { act, handler })).toMatchObject({ allowEvent: allowed });
  });
  const b64 = (content: string | Uint8Array) => Buffer.from(content).toString('base64');
  const ABOUT = 'Patient Jane Whitfield, DOB 03/04/1961, MRN 44718293, diabetes mellitus.';
  const docx = (words: string) => zipSync({ 'word/document.xml': strToU8(`<w:document xmlns:w="w"><w:body><w:p><w:r><w:t>${words}</w:t></w:r></w:p></w:body></w:document>`) });
  const PIXELS = (width: number, height: number) => { const png = new Uint8Array(40_000); png.set([0x89, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82]); new DataView(png.buffer).setUint32(16, width); new DataView(png.buffer).setUint32(20, height); return png; };
  /** A mail to an outsider that says nothing of anybody; what lies in it decides. */
  const FILES: readonly (readonly [string, { readonly name: string; readonly content: string } & Partial<AttachmentStart>, boolean, ('phi' | 'file')?])[] = [
    ['a text about a patient', { name: 'note.txt', content: b64(ABOUT) }, false, 'phi'], ['a text about lunch', { name: 'note.txt', content: b64('Soup') }, true], ['Windows-1252', { name: 'note.txt', content: b64(Uint8Array.from(`${ABOUT} caf\u00e9`, (c) => c.charCodeAt(0))) }, false, 'phi'],
    ['UTF-16', { name: 'note.txt', content: b64(Buffer.from(`\ufeff${ABOUT}`, 'utf16le')) }, false, 'phi'], ['a table', { name: 'list.csv', content: b64('Name,DOB,MRN,Diagnosis\nJane Whitfield,03/04/1961,44718293,diabetes\nSam Park,3/14/1962,5518201,asthma\n') }, false, 'phi'],
    ['a Word document about a patient', { name: 'letter.docx', content: b64(docx(ABOUT)) }, false, 'phi'], ['a Word document about lunch', { name: 'menu.docx', content: b64(docx('Monday: soup.')) }, true], ['it within an archive', { name: 'files.zip', content: b64(zipSync({ 'letter.docx': docx(ABOUT) })) }, false, 'phi'],
    ['an archive about lunch', { name: 'files.zip', content: b64(zipSync({ 'menu.txt': strToU8('Soup') })) }, true], ['RTF', { name: 'letter.rtf', content: b64(`{\\rtf1\\ansi ${ABOUT}}`) }, false, 'phi'], ['a web page', { name: 'page.html', content: b64(`<html><body><p>${ABOUT}</p></body></html>`) }, false, 'phi'], ['a file named after a patient', { name: 'Jane Whitfield DOB 03-04-1961 MRN 44718293 diabetes.txt', content: b64('Soup') }, false, 'phi'],
    ['a calendar', { name: 'visit.ics', format: 'iCalendar', content: `BEGIN:VCALENDAR\nSUMMARY:${ABOUT}\nEND:VCALENDAR` }, false, 'phi'],
    ['what this runtime has no reader for', { name: 'letter.pdf', content: b64('%PDF-1.7\n%%EOF') }, false, 'file'], ['a mail within the mail', { name: 'Re.eml', format: 'eml', content: 'From: a@b.test\r\nSubject: Hi\r\nMIME-Version: 1.0\r\n\r\nSoup' }, false, 'file'], ['a photograph', { name: 'scan.png', content: b64(PIXELS(1700, 2200)) }, false, 'file'],
    ['an encrypted mail', { name: 'x.asc', content: b64('-----BEGIN PGP MESSAGE-----\n\nhQEMA') }, false, 'file'], ['bytes of nothing known', { name: 'x.bin', content: b64(Uint8Array.from({ length: 500 }, (_, i) => i % 7)) }, false, 'file'],
    ['more than there is time for', { name: 'big.txt', content: b64('Soup'), size: 5_000_000 }, false, 'file'], ['a link to a file elsewhere', { name: 'plan.docx', format: 'url', content: 'https://x.sharepoint.test/plan' }, true], ['an empty file', { name: 'x.txt', content: '' }, true],
    ['a signature\'s logo', { name: 'logo.png', content: b64(PIXELS(300, 90)), inline: true, contentId: 'logo@x' }, true], ['a page pasted into the text', { name: 'image001.png', content: b64(PIXELS(1700, 2200)), inline: true, contentId: 'logo@x' }, false, 'file'], ['a picture called part of the text that the text does not show', { name: 'image001.png', content: b64(PIXELS(300, 90)), inline: true, contentId: 'other@x' }, false, 'file'],
  ];
  const LOGO = { ...LUNCH, html: '<p>Shall we meet at noon?</p><img src="cid:logo@x">' };
  it.each(FILES)('%s: a file decides like the text', async (_what, file, allowed, reason) => {
    const said = await sends({ ...LOGO, attachments: [file] }, null);
    expect(said).toMatchObject({ allowEvent: allowed });
    if (reason) expect(JSON.parse(said?.contextData ?? '{}')).toMatchObject({ reason });
    expect(JSON.stringify(said)).not.toMatch(/Whitfield|44718293/);
    // Nobody outside: nothing is opened.
    expect(await sends({ ...LOGO, attachments: [file], to: ['noor.haddad@riverside.test'] }, null, { act: (m) => m.fault('item.getAttachmentContentAsync', { kind: 'throws' }) })).toMatchObject({ allowEvent: true });
  });
  it.each<[string, Parameters<FakeMailbox['fault']>[1], boolean]>([['fails', { kind: 'error', code: 9020 }, false], ['throws', { kind: 'throws' }, false], ['comes back empty', { kind: 'empty' }, false]])('a file whose reading %s stops it', async (_what, fault, allowed) => {
    expect(await sends({ ...LUNCH, attachments: [{ name: 'menu.txt', content: b64('Soup') }] }, null, { act: (m) => m.fault('item.getAttachmentContentAsync', fault) })).toMatchObject({ allowEvent: allowed });
  });
  it.each<[string, object, boolean]>([
    ['patient data to a list of ours', { to: [{ name: 'Ward', address: 'ward@riverside.test', list: true }], html: `<p>${ABOUT}</p>` }, false], ['lunch to it', { to: [{ name: 'Ward', address: 'ward@riverside.test', list: true }] }, true], ['patient data to a colleague', { to: ['noor.haddad@riverside.test'], html: `<p>${ABOUT}</p>` }, true],
    ['a file about a patient to a list of ours', { to: [{ name: 'Ward', address: 'ward@riverside.test', list: true }], attachments: [{ name: 'note.txt', content: b64(ABOUT) }] }, false], ['an invitation with patient data to it', { kind: 'appointment', to: [{ name: 'Ward', address: 'ward@riverside.test', list: true }], html: `<p>${ABOUT}</p>` }, false],
  ])('%s: who is on a list only the service can ask', async (_what, start, allowed) => {
    const invited = (start as { kind?: string }).kind === 'appointment';
    const said = await sends({ ...LUNCH, ...start }, null, { handler: invited ? 'onAppointmentSendHandler' : undefined });
    expect(said).toMatchObject({ allowEvent: allowed });
    if (!allowed && !invited) expect(JSON.parse(said?.contextData ?? '{}')).toMatchObject({ reason: 'list' });
  });
  it('to a list of ours, nobody is told of patient data where there may be none', async () => {
    const LIST = { ...LUNCH, to: [{ name: 'Ward', address: 'ward@riverside.test', list: true }] };
    const file = { attachments: [{ name: 'letter.pdf', content: b64('%PDF-1.7\n%%EOF') }] };
    expect((await sends({ ...LIST, ...file }, null))?.errorMessage).toMatch(/patient information or a file that could not be read/);
    expect((await sends({ ...LIST, ...file, kind: 'appointment' }, null, { handler: 'onAppointmentSendHandler' }))?.errorMessage).toMatch(/patient information or a file that could not be read/);
    const asked = { signed: answer(3, { rules: [{ id: 'out', when: { recipient: ['external'] }, then: { act: 'justify' } }] }).signed, serial: 3, at: Date.now() };
    const said = await sends({ ...LIST, ...PERSONAL }, asked);
    expect([said?.allowEvent, JSON.parse(said?.contextData ?? '{}').reason]).toEqual([false, 'policy']);
  });
  it('where there are workers, what does not fit beside the handler is read by the pane\'s reader; without an answer it stays', async () => {
    const reading = (extracted: object | null) => class {
      onmessage: ((event: object) => void) | null = null;
      postMessage(asked: { n: number }) { if (extracted) setTimeout(() => this.onmessage?.({ data: { n: asked.n, extracted } }), 0); }
      terminate() { /* nothing runs */ }
    };
    const pdf = { ...LUNCH, attachments: [{ name: 'letter.pdf', content: b64('%PDF-1.7\n%%EOF') }] };
    // The reader's clock alone is over at once.
    const hurried = { setTimeout: (run: () => void, ms: number) => setTimeout(run, ms === 2_000 ? 0 : ms), clearTimeout };
    expect(await sends(pdf, null, { extra: { Worker: reading({ text: 'Monday: soup.' }) } })).toMatchObject({ allowEvent: true });
    expect(JSON.parse((await sends(pdf, null, { extra: { Worker: reading({ text: ABOUT }) } }))?.contextData ?? '{}')).toMatchObject({ reason: 'phi' });
    expect(JSON.parse((await sends(pdf, null, { extra: { Worker: reading(null), ...hurried } }))?.contextData ?? '{}')).toMatchObject({ reason: 'file' });
  });
  it.each<[string, { name: string; content: string; format?: 'eml' }, { [fingerprint: string]: string } | 'nonsense', boolean, string?]>((() => {
    const pdf = { name: 'letter.pdf', content: b64('%PDF-1.7\n%%EOF') };
    const mail = { name: 'Re.eml', format: 'eml' as const, content: 'From: a@b.test\r\nSubject: Hi\r\nMIME-Version: 1.0\r\n\r\nSoup' };
    return [
      ['a PDF about lunch', pdf, { [fingerprint(pdf.content)]: 'Monday: soup.' }, true], ['a PDF about a patient', pdf, { [fingerprint(pdf.content)]: ABOUT }, false, 'phi'], ['a mail about lunch', mail, { [fingerprint(mail.content)]: 'Soup' }, true],
      ['another PDF than it read', { ...pdf, content: b64('%PDF-1.6\n%%EOF') }, { [fingerprint(pdf.content)]: 'Monday: soup.' }, false, 'file'], ['a PDF too long to be left', pdf, { [fingerprint(pdf.content)]: 'soup '.repeat(10_000) }, false, 'file'],
      ['nothing, and the window says nonsense', pdf, 'nonsense', false, 'file'], ['what a reader there must not believe of an encrypted file', { name: 'x.asc', content: b64('-----BEGIN PGP MESSAGE-----\n\nhQEMA') }, { [fingerprint(b64('-----BEGIN PGP MESSAGE-----\n\nhQEMA'))]: 'Soup' }, false, 'file'],
    ];
  })())('where the pane was open and read %s, classic Outlook\'s own Send knows it', async (_what, file, words, allowed, reason) => {
    const said = await sends({ ...LUNCH, attachments: [file] }, null, { before: async (mailbox) => {
      const draft = openOutlook(mailbox.office()).shown() as DraftItem;
      await (words === 'nonsense' ? new Promise((done) => (mailbox.office().context.mailbox.item as Office.MessageCompose).sessionData.setAsync('sendSecureWords', '[7', done)) : draft.tell(words));
    } });
    expect(said).toMatchObject({ allowEvent: allowed });
    if (reason) expect(JSON.parse(said?.contextData ?? '{}')).toMatchObject({ reason });
  });
  it('no cached version lets patient data go', async () => {
    const phi = { ...LUNCH, html: '<p>Patient Jane Whitfield, DOB 03/04/1961, MRN 44718293, diabetes mellitus.</p>' };
    expect(await sends(phi, { signed: answer(9, { rules: [] }).signed, serial: 9, at: Date.now() })).toMatchObject({ allowEvent: false });
  });
  it('the pane entry stays within its budget', () => expect(readdirSync(DIST).some((f) => /^policy\..*js$/.test(f))).toBe(true));
});
