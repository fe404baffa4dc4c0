/** Rules of one's own: what each part of a rule does, what is refused, and that they only ever add. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileRules, problemsOf, timesOf, type OwnRule, type RuleSet } from '../../../shared/rules/rules.ts';
import { RULESET, scan, type ScanResult, type VerdictLevel } from '../../../shared/scan/scan.ts';
import { corpus } from '../../../service/policy/corpus/corpus.ts';

const HASH = 'c0ffee'.repeat(10);
const rule = (more: Partial<OwnRule>): OwnRule => ({ name: 'badge', kind: 'OTHER_ID', pattern: 'EMP-\\d{6}', confidence: 'medium', ...more });
const setOf = (more: Partial<RuleSet>): RuleSet => ({ rules: [], mrn: [], thresholds: {}, ...more });
const read = (text: string, set: RuleSet): ScanResult => scan({ subject: '', text, attachments: [] }, compileRules(set, HASH));
const own = (text: string, set: RuleSet) => read(text, set).findings.filter((f) => f.rule.includes('.own-')).map((f) => [f.kind, text.slice(f.start, f.end), f.confidence]);

const NEAR = rule({ confidence: 'low', near: { words: ['badge', 'staff card'], within: 20, confidence: 'high' } });
const UNLESS = rule({ notNear: { words: ['specimen'], within: 30 } });
const luhn = rule({ pattern: '\\d{11}', checksum: 'luhn' });

describe('a rule of one\'s own', () => {
  it.each<[string, string, RuleSet, unknown]>([
    ['finds its pattern', 'The desk of EMP-123456 is free.', setOf({ rules: [rule({})] }), [['OTHER_ID', 'EMP-123456', 'medium']]],
    ['as what it means', 'EMP-123456', setOf({ rules: [rule({ kind: 'HEALTH_PLAN', confidence: 'high' })] }), [['HEALTH_PLAN', 'EMP-123456', 'high']]],
    ['each time', 'EMP-123456, EMP-123457\nEMP-123458', setOf({ rules: [rule({})] }), [['OTHER_ID', 'EMP-123456', 'medium'], ['OTHER_ID', 'EMP-123457', 'medium'], ['OTHER_ID', 'EMP-123458', 'medium']]],
    ['not inside a longer word', 'XEMP-123456 EMP-1234567', setOf({ rules: [rule({})] }), []],
    ['not over a line end', 'EMP-\n123456', setOf({ rules: [rule({ pattern: 'EMP-\\s*\\d{6}' })] }), []],
    ['minds capitals', 'emp-123456', setOf({ rules: [rule({})] }), []],
    ['unless told', 'emp-123456', setOf({ rules: [rule({ pattern: '(?i)EMP-\\d{6}' })] }), [['OTHER_ID', 'emp-123456', 'medium']]],
    ['is faint without its word', 'See EMP-123456.', setOf({ rules: [NEAR] }), [['OTHER_ID', 'EMP-123456', 'low']]],
    ['is sure with it before', 'Staff Card: EMP-123456', setOf({ rules: [NEAR] }), [['OTHER_ID', 'EMP-123456', 'high']]],
    ['and behind', 'EMP-123456 is the badge', setOf({ rules: [NEAR] }), [['OTHER_ID', 'EMP-123456', 'high']]],
    ['not with part of a word', 'badger EMP-123456', setOf({ rules: [NEAR] }), [['OTHER_ID', 'EMP-123456', 'low']]],
    ['not with one too far away', `badge ${'x '.repeat(15)}EMP-123456`, setOf({ rules: [NEAR] }), [['OTHER_ID', 'EMP-123456', 'low']]],
    ['keeps silent near a word that speaks against it', 'Specimen EMP-123456', setOf({ rules: [UNLESS] }), []],
    ['keeps what is right by its check digit', 'no 79927398713 or 79927398714', setOf({ rules: [luhn] }), [['OTHER_ID', '79927398713', 'medium']]],
    ['keeps a wrong check digit faintly beside its word', 'tag 79927398714', setOf({ rules: [rule({ ...luhn, near: { words: ['tag'], within: 20, confidence: 'high' } })] }), [['OTHER_ID', '79927398714', 'low']]],
    ['a format of letters is a record number', 'Please see RC-0048291 today', setOf({ mrn: ['RC-#######'] }), [['MRN', 'RC-0048291', 'high']]],
    ['a format of digits is one beside a word', 'chart 00-48-29', setOf({ mrn: ['##-##-##'] }), []],
    ['a format of digits alone is a hint', 'order 00-48-29', setOf({ mrn: ['##-##-##'] }), [['MRN', '00-48-29', 'low']]],
    ['a format with letters of any kind', 'ref +7b/a12', setOf({ mrn: ['+??/@##'] }), [['MRN', '+7b/a12', 'low']]],
    ['behind ever so many digits that are none', `${'1'.repeat(900)} 4711`, setOf({ rules: [rule({ pattern: '\\d{4}' })] }), [['OTHER_ID', '4711', 'medium']]],
    ['behind one that began too soon', 'XEMP-123 EMP-123456', setOf({ rules: [rule({ pattern: 'EMP-[\\w -]{3,16}' })] }), [['OTHER_ID', 'EMP-123456', 'medium']]],
    ['in the last of many pieces of a long line', `${'word '.repeat(1900)}EMP-123456`, setOf({ rules: [rule({})] }), [['OTHER_ID', 'EMP-123456', 'medium']]],
  ])('%s', (_, text, set, found) => {
    // What a built-in rule says as surely is said once.
    if ((found as unknown[]).length === 0 && text.startsWith('chart')) expect(read(text, set).findings.map((f) => [f.kind, f.confidence])).toEqual([['MRN', 'high']]);
    expect(own(text, set)).toEqual(found);
  });

  it.each<[NonNullable<OwnRule['checksum']>, string, string]>([
    ['luhn', '4111111111111111', '4111111111111112'], ['mod-97', 'GB82WEST12345698765432', 'GB83WEST12345698765432'], ['npi', '1234567893', '1234567890'],
    ['aba', '121000358', '121000359'], ['dea', 'AB1234563', 'AB1234567'], ['vin', '1HGCM82633A004352', '1HGCM82633A004353'],
  ])('knows the check digit of %s', (checksum, right, wrong) => {
    const set = setOf({ rules: [rule({ kind: 'PHOTO', pattern: '[A-Z0-9]{6,30}', checksum })] });
    expect(own(`x ${right} y`, set)).toHaveLength(1);
    expect(own(`x ${wrong} y`, set)).toHaveLength(0);
  });

  it('says why in a person\'s words, never the value', () => {
    // The built-in hint at the same place gives way.
    const { findings } = read('Badge EMP-123456', setOf({ rules: [NEAR] }));
    expect(findings).toHaveLength(1);
    const [finding] = findings;
    expect(finding?.reasons).toEqual(['matches a rule of your organization', 'a word that the rule expects stands nearby']);
    expect(JSON.stringify(finding)).not.toMatch(/123456/);
  });

  it('is found in subject, HTML, attachment names and texts, at its place in the source', () => {
    const html = '<p>Hello <b>EMP-</b>123456</p>';
    const { findings, ruleset } = scan({ subject: 'EMP-000001', html, attachments: [{ filename: 'EMP-000002.txt', text: 'a EMP-000003' }] }, compileRules(setOf({ rules: [rule({})] }), HASH));
    expect(findings.map((f) => [f.part, f.start, f.end])).toEqual([['subject', 0, 10], ['body', html.indexOf('EMP'), html.indexOf('</p>')], ['attachment-name', 0, 10], ['attachment', 2, 12]]);
    expect(ruleset).toBe(`${RULESET}+c0ffeec0ffee`);
  });

  it('moves the line between few and many', () => {
    const text = 'EMP-000001 EMP-000002 EMP-000003 all have diabetes and take metformin.';
    const level = (people?: number) => read(text, setOf({ rules: [rule({ confidence: 'high' })], thresholds: { people } })).verdict.level;
    expect([level(), level(3), level(4)]).toEqual(['high', 'bulk', 'high']);
  });
});

describe('before it is used', () => {
  it.each<[string, Partial<OwnRule>, RegExp]>([
    ['look-behind', { pattern: '(?<=SECRETWORD)\\d' }, /RE2 syntax/], ['a back reference', { pattern: '(SECRETWORD)\\1' }, /RE2 syntax/], ['an open bracket', { pattern: '(SECRETWORD' }, /missing closing/],
    ['a pattern of nothing', { pattern: '(?:SECRETWORD)*' }, /matches nothing/], ['a word boundary alone', { pattern: '\\b' }, /matches nothing/], ['optional digits', { pattern: '\\d?' }, /matches nothing/],
    ['what grows too large', { pattern: '(?:SECRETWORD{1,30}){1,30}x{1,900}' }, /too large/],
  ])('%s is refused with its number', (_, more, why) => {
    const problems = problemsOf(setOf({ rules: [rule({}), rule({ name: 'second', ...more })] }));
    expect(problems).toEqual([{ rule: 2, why: expect.stringMatching(why) as string }]);
    expect(JSON.stringify(problems)).not.toMatch(/SECRETWORD/);
  });
  it('a name twice is refused', () => expect(problemsOf(setOf({ rules: [rule({}), rule({})] }))).toEqual([{ rule: 2, why: 'its name is that of another rule' }]));
  it('good ones are timed, formats of record numbers too', () => {
    const set = setOf({ rules: [rule({}), luhn], mrn: ['RC-####'] });
    let [clock, step] = [0, 0];
    const [first, second, none] = timesOf({ ...set, rules: [rule({})] }, () => (clock += step++));
    // Each look takes two longer than the one before: the last one with a rule is its worst.
    expect([first?.mail, second?.mail, none]).toEqual([1, (first?.worst ?? 0) + 2, undefined]);
    expect(first?.worst).toBeGreaterThan(3);
  });
});

describe('always', () => {
  const LEVELS: readonly VerdictLevel[] = ['none', 'pii', 'medium', 'high', 'bulk', 'unscannable'];
  const ODD: RuleSet = setOf({
    rules: [
      rule({ name: 'caps', kind: 'DATE', pattern: '[A-Z][a-z]+ [A-Z][a-z]+', confidence: 'high' }), rule({ name: 'digits', kind: 'URL', pattern: '\\d[\\d-]{3,}', confidence: 'high' }),
      rule({ name: 'line', kind: 'NAME', pattern: '.{1,150}', confidence: 'low' }),
    ], mrn: ['######'],
  });
  it('rules of one\'s own take no finding away and lower no verdict', () => {
    const rules = compileRules(ODD, HASH);
    for (const { text } of corpus(7, 6)) {
      const input = { subject: '', text, attachments: [] };
      const [without, with_] = [scan(input), scan(input, rules)];
      const sure = (r: ScanResult) => r.findings.filter((f) => !f.rule.includes('.own-') && f.confidence !== 'low');
      expect(sure(with_)).toEqual(sure(without));
      expect(LEVELS.indexOf(with_.verdict.level)).toBeGreaterThanOrEqual(LEVELS.indexOf(without.verdict.level));
    }
  });
  it('a set of no rules changes nothing', () => {
    const rules = compileRules(setOf({}), HASH);
    for (const { text } of corpus(9, 2)) {
      const input = { subject: '', text, attachments: [] };
      expect({ ...scan(input, rules), ruleset: '' }).toEqual({ ...scan(input), ruleset: '' });
    }
  });
  it('findings stay in the order of the text, within it, and whole', () => {
    const rules = compileRules(ODD, HASH);
    fc.assert(fc.property(fc.array(fc.oneof(fc.constantFrom('Maria Alvarez', 'EMP-123456', '00-48-29', '123456', 'diabetes', '\n', '\n\n', ',', 'MRN:', '😀', 'é'), fc.string({ maxLength: 6 })), { maxLength: 40 }), (parts) => {
      const text = parts.join(' ');
      let last = 0;
      for (const f of scan({ subject: '', text, attachments: [] }, rules).findings) {
        expect(f.start).toBeGreaterThanOrEqual(last);
        expect(f.end).toBeGreaterThan(f.start);
        expect(f.end).toBeLessThanOrEqual(text.length);
        last = f.start;
      }
    }), { numRuns: 200 });
  });
  it('what would hang others is read to its end', () => {
    const set = setOf({ rules: [rule({ pattern: '(?:a+)+b' }), rule({ name: 'far', pattern: 'a.*b|a' })] });
    expect(read(`${'a '.repeat(20_000)}${'a'.repeat(60_000)} EMP`, set).verdict.level).toBe('pii');
  });
});
