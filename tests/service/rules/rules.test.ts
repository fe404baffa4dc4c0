/** Rules from a file: what is read, what stops the start and with which words, and the command that says so beforehand. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openJudge } from '../../../service/handoff/judge.ts';
import { compileOwn, inspect, loadRules, saying } from '../../../service/rules/rules.ts';
import { scan } from '../../../shared/scan/scan.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'rules-'));
let n = 0;
const file = (content: unknown) => {
  const path = join(folder, `${(n += 1)}.json`);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};
const GOOD = { name: 'badge', kind: 'OTHER_ID', pattern: 'EMP-\\d{6}' };
const SET = { rules: [GOOD, { ...GOOD, name: 'card', kind: 'ACCOUNT', pattern: 'C\\d{8}', near: { words: ['card'] }, checksum: 'luhn' }], mrn: ['RC-#######'], thresholds: { people: 8 } };

describe('a file of rules', () => {
  it('is read, with what may be left out filled in', () => {
    const { rules, hash } = loadRules(file(SET));
    expect(rules?.rules[1]).toMatchObject({ confidence: 'medium', near: { words: ['card'], within: 40, confidence: 'high' } });
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(loadRules(file(`\ufeff${JSON.stringify(SET, null, 2)}`)).hash).toBe(hash);
    expect(loadRules(file({ ...SET, mrn: ['RC-########'] })).hash).not.toBe(hash);
  });
  it('need not be there', () => expect(loadRules(undefined)).toEqual({ hash: '', rules: null }));

  it.each<[string, unknown, string]>([
    ['no JSON', '{"rules": [SECRETWORD', 'it is not JSON'],
    ['no rules but something', [], 'it is missing or of the wrong type'],
    ['a field that is not known', { ...SET, SECRETWORD: 1 }, 'has a field that is not known'],
    ['a pattern too long', { rules: [GOOD, { ...GOOD, name: 'x', pattern: 'SECRETWORD'.repeat(21) }] }, 'rule 2: its pattern is too long'],
    ['no pattern', { rules: [GOOD, { name: 'x', kind: 'MRN' }] }, 'rule 2: its pattern is missing'],
    ['a kind that is none', { rules: [{ ...GOOD, kind: 'SECRETWORD' }] }, 'rule 1: its kind is none of the allowed words'],
    ['a name that is none', { rules: [{ ...GOOD, name: 'SECRETWORD!' }] }, 'rule 1: its name is not written as it must be'],
    ['words too far', { rules: [{ ...GOOD, near: { words: ['SECRETWORD'], within: 500 } }] }, 'rule 1: its near.within is too long, too large'],
    ['too many rules', { rules: Array.from({ length: 51 }, (_, i) => ({ ...GOOD, name: `r${i}` })) }, 'rules is too long, too large or too many'],
    ['too many together', { rules: Array.from({ length: 45 }, (_, i) => ({ ...GOOD, name: `r${i}` })), mrn: Array.from({ length: 6 }, () => 'RC-####') }, 'more than 50'],
    ['a format that says nothing', { rules: [GOOD], mrn: ['RC-####', 'SECRETWORD'] }, 'rule 3: it is not written as it must be'],
    ['syntax RE2 does not have', { rules: [{ ...GOOD, pattern: '(?=SECRETWORD)x' }] }, 'rule 1: its pattern is not RE2 syntax'],
    ['a pattern of nothing', { rules: [GOOD, { ...GOOD, name: 'x', pattern: '(SECRETWORD)?' }] }, 'rule 2: its pattern matches nothing at all'],
    ['a threshold of one', { thresholds: { people: 1 } }, 'thresholds.people is too short, too small'],
  ])('with %s stops the start by the setting\'s name and the rule\'s number', (_, content, says) => {
    const fault = (() => { try { loadRules(file(content)); } catch (error) { return error as Error; } return null; })();
    expect(fault?.message).toContain('Setting SCAN_RULES_FILE');
    expect(fault?.message).toContain(says);
    expect(fault?.message).not.toContain('SECRETWORD');
  });
  it('that is not there, or is no rules but a book, stops the start', () => {
    expect(() => loadRules(join(folder, 'nowhere.json'))).toThrow('Setting SCAN_RULES_FILE names a file that cannot be read');
    expect(() => loadRules(file(' '.repeat(300_000)))).toThrow('too large');
  });
  it('tells all that is wrong, not only the first', () => {
    expect(inspect(JSON.stringify({ rules: [{ ...GOOD, kind: 'X' }, { ...GOOD, pattern: '' }] })).problems.map(saying)).toHaveLength(2);
    expect(inspect(JSON.stringify({ rules: [{ ...GOOD, pattern: '(' }, { ...GOOD, pattern: 'a*' }] })).problems.map((p) => p.rule)).toEqual([1, 2, 2]);
  });
});

describe('in use', () => {
  const own = { ...loadRules(file(SET)), roster: null };
  it('judges alike in place and in the worker, with the hash in the ruleset', async () => {
    const judge = openJudge(own);
    const text = 'EMP-123456 and RC-0048291';
    const base = { from: { address: 'ana.ruiz@riverside.test' }, recipients: [{ address: 'sam.park@stmarys.test', role: 'to' as const }], subject: '', attachments: [] };
    const [inPlace, inWorker] = [await judge.judge({ ...base, text }, []), await judge.judge({ ...base, text: `${text}\n\n${'word '.repeat(14_000)}` }, [])];
    await judge.close();
    expect(inPlace.findings.map((f) => f.rule)).toEqual(['other_id.own-badge', 'mrn.own-mrn-1']);
    expect(inWorker.findings).toEqual(inPlace.findings);
    expect(inPlace.ruleset).toContain(own.hash.slice(0, 12));
  });
  it('no rules and no roster cost nothing', () => expect(compileOwn({ hash: '', rules: null, roster: null })).toBeUndefined());
  it('the same scan as the pane\'s', () => expect(scan({ subject: '', text: 'EMP-123456', attachments: [] }, compileOwn(own)).findings).toHaveLength(1));
});

describe('npm run rules:check', () => {
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'service', 'rules', 'check.ts'), ...args], { encoding: 'utf8' });
    return { status, out: stdout + stderr };
  };
  it.each<[string, unknown, number, RegExp]>([
    ['good ones', SET, 0, /rule {2}1 {2}badge \(OTHER_ID\).* ms for 64 KB[^]*rule {2}3 {2}mrn-1 \(MRN\)[^]*Hash [0-9a-f]{64}/],
    ['bad ones', { rules: [GOOD, { ...GOOD, pattern: '(SECRETWORD' }] }, 1, /rule 2: its pattern is not RE2 syntax: missing closing/],
  ])('%s', (_, content, status, says) => {
    const said = run(file(content));
    expect(said.status).toBe(status);
    expect(said.out).toMatch(says);
    expect(said.out).not.toMatch(/SECRETWORD|EMP-/);
  });
  it('without a file', () => expect(run().status).toBe(3));
});
