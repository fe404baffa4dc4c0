/** Exact-match lists: what of a text is looked up, what a file may hold, and that neither value nor hash comes out again. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openJudge } from '../../../service/handoff/judge.ts';
import { loadOwn } from '../../../service/rules/rules.ts';
import { listOf, readRoster, rosterKey, sizeOf, withRoster } from '../../../service/roster/roster.ts';
import { openVault } from '../../../service/vault/vault.ts';
import type { Draft } from '../../../shared/draft/draft.ts';
import { scan, type IdentifierKind } from '../../../shared/scan/scan.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const KEY = new Uint8Array(32).fill(7);
const rosterOf = (kind: IdentifierKind, ...values: string[]) => readRoster(listOf(KEY, kind, values).text, KEY);
const found = (text: string, kind: IdentifierKind, ...values: string[]) => scan({ subject: '', text, attachments: [] }, withRoster(undefined, rosterOf(kind, ...values))).findings.filter((f) => f.rule.endsWith('.roster')).map((f) => [f.kind, text.slice(f.start, f.end), f.confidence]);

describe('a list', () => {
  it.each<[string, string, IdentifierKind, string[], string | null]>([
    ['a number', 'about zeta 77-PQ please', 'MRN', ['77-PQ'], '77-PQ'],
    ['however it is punctuated', 'about zeta (77PQ).', 'MRN', ['77-pq'], '77PQ'],
    ['a number of several words', 'zeta 771 22 009 it', 'OTHER_ID', ['771-22-009', '771 22 009'], '771 22 009'],
    ['a name', 'tell quill vantree today', 'NAME', ['Quill Vantree'], 'quill vantree'],
    ['the last name first', 'tell vantree, quill today', 'NAME', ['Quill Vantree'], 'vantree, quill'],
    ['with accents or without', 'tell quíll Vantrée today', 'NAME', ['Quill Vantree'], 'quíll Vantrée'],
    ['whose something is', 'quill vantree\u2019s chart', 'NAME', ['Quill Vantree'], 'quill vantree'],
    ['a name of four words', 'with ana de la vantree', 'NAME', ['Ana de la Vantree'], 'ana de la vantree'],
    ['in a cell of HL7', 'PID|1||zz9x^^^vantree^quill|', 'NAME', ['Quill Vantree'], 'vantree^quill'],
    ['in the name of a file', 'quill vantree.pdf', 'NAME', ['Quill Vantree'], 'quill vantree'],
    ['in one with dashes', 'mri-quill-vantree.docx', 'NAME', ['Quill Vantree'], 'quill-vantree'],
    ['a number that names a file', '77-PQ.pdf', 'MRN', ['77-PQ'], '77-PQ'],
    ['not a part of it', 'tell quill vantrees today', 'NAME', ['Quill Vantree'], null],
    ['not over a line end', 'tell quill\nvantree today', 'NAME', ['Quill Vantree'], null],
    ['not another', 'tell quill ventree today', 'NAME', ['Quill Vantree'], null],
  ])('finds %s', (_, text, kind, values, hit) => expect(found(text, kind, ...values)).toEqual(hit === null ? [] : [[kind, hit, 'high']]));

  it('makes of a named patient and health what the verdict says of it', () => {
    const text = 'quill vantree has diabetes and takes metformin since 3/4/2024.';
    const roster = withRoster(undefined, rosterOf('NAME', 'Quill Vantree'));
    expect(scan({ subject: '', text, attachments: [] }, roster).verdict.level).toBe('high');
    expect(scan({ subject: '', text, attachments: [] }, roster).ruleset).toBe(scan({ subject: '', text, attachments: [] }).ruleset);
  });

  it('leaves out what would be found everywhere, and says how much', () => {
    expect(listOf(KEY, 'NAME', ['Quill', 'a b', 'one two three four five', '', 'Quill Vantree'])).toMatchObject({ taken: 1, skipped: 3 });
    expect(listOf(KEY, 'MRN', ['12', '0482'])).toMatchObject({ taken: 1, skipped: 1 });
  });

  it('holds hashes only, sorted, and another key finds nothing in it', () => {
    const { text } = listOf(KEY, 'NAME', ['Quill Vantree', 'Mara Oduya']);
    expect(text).toMatch(/^send-secure roster 1 NAME 2w\n(?:[0-9a-f]{32}\n){4}$/);
    const stranger = withRoster(undefined, readRoster(text, new Uint8Array(32).fill(8)));
    expect(scan({ subject: '', text: 'quill vantree', attachments: [] }, stranger).findings.filter((f) => f.rule.endsWith('.roster'))).toEqual([]);
    expect(sizeOf(readRoster(text + listOf(KEY, 'MRN', ['77-PQ']).text, KEY))).toBe(5);
  });

  it.each([
    ['a plain value', 'send-secure roster 1 NAME 2w\nSECRETWORD Vantree\n', 'line 2 is not a keyed hash'], ['no head', `${'a'.repeat(32)}\n`, 'line 1 stands before'],
    ['an unknown kind', 'send-secure roster 1 SECRETWORD 2w\n', 'line 1 is not the head'], ['a shape of nothing', 'send-secure roster 1 NAME 9z\n', 'line 1 is not the head'],
  ])('with %s stops the start, and does not repeat it', (_, text, says) => {
    const fault = (() => { try { readRoster(text, KEY); } catch (error) { return error as Error; } return null; })();
    expect(fault?.message).toContain(`Setting ROSTER_FILE ${says}`);
    expect(fault?.message).not.toContain('SECRETWORD');
  });
});

describe('the service', () => {
  it('makes a list by the command, under its own key, and judges by it in both threads', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'roster-'));
    const env = { ...process.env, KEYS_DIR: join(folder, 'keys'), MASTER_KEY_FILE: join(folder, 'master.key') };
    const vault = await openVault({ folder: env.KEYS_DIR, masterKey: { file: env.MASTER_KEY_FILE, create: true }, world: { now: Date.now } });
    const made = spawnSync(process.execPath, [join(ROOT, 'service', 'roster', 'make.ts'), '--kind', 'MRN'], { env, input: '77-PQ-1\nzz\n', encoding: 'utf8' });
    expect([made.status, made.stderr]).toEqual([0, expect.stringContaining('1 taken, 1 skipped')]);
    expect(made.stdout).toContain('MRN 1d');
    const roster = join(folder, 'roster.txt');
    writeFileSync(roster, made.stdout);
    const own = loadOwn({ roster }, vault);
    const judge = openJudge(own);
    const draft: Draft = { from: { address: 'ana.ruiz@riverside.test' }, recipients: [{ address: 'sam.park@stmarys.test', role: 'to' }], subject: 'zeta 77PQ1', text: 'See it.', attachments: [] };
    const bytes = new TextEncoder().encode('zeta 77PQ1');
    const inPlace = await judge.judge(draft, []);
    const inWorker = await judge.judge({ ...draft, subject: '', attachments: [{ filename: 'a.txt', contentType: 'text/plain', size: bytes.length, sha256: 'a'.repeat(64) }] }, [bytes]);
    await judge.close();
    for (const result of [inPlace, inWorker]) {
      expect(result.findings.map((f) => f.rule)).toContain('mrn.roster');
      expect(JSON.stringify(result)).not.toMatch(/77|pq1/i);
      for (const hash of readFileSync(roster, 'utf8').split('\n').slice(1, -1)) expect(JSON.stringify(result)).not.toContain(hash);
    }
    const noKeys = spawnSync(process.execPath, [join(ROOT, 'service', 'roster', 'make.ts')], { env: { ...env, KEYS_DIR: join(folder, 'none'), MASTER_KEY_FILE: join(folder, 'no.key') }, input: 'x', encoding: 'utf8' });
    expect([noKeys.status, noKeys.stdout]).toEqual([1, '']);
    const unset = spawnSync(process.execPath, [join(ROOT, 'service', 'roster', 'make.ts')], { env: {}, input: 'x', encoding: 'utf8' });
    expect([unset.status, unset.stdout, unset.stderr]).toEqual([3, '', expect.stringContaining('set MASTER_KEY_FILE')]);
    expect(Buffer.from(rosterKey(vault)).toString('hex')).toHaveLength(64);
  });
});
