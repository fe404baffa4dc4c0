/** Rules and a roster of one's own, in the whole program: the pane gets the rules, the service alone the roster, and nothing written says what was found. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../shared/wire/audit.ts';
import { openStage, type Stage } from './stage.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'send-secure-rules-'));
const keys = { KEYS_DIR: join(folder, 'keys'), MASTER_KEY_FILE: join(folder, 'master.key') };
const PATIENT = 'Quoll Zanthree';
let stage: Stage;
let hashes: string[] = [];

beforeAll(async () => {
  const rules = join(folder, 'rules.json');
  writeFileSync(rules, JSON.stringify({ rules: [{ name: 'badge', kind: 'HEALTH_PLAN', pattern: 'EMP-\\d{6}', confidence: 'high' }] }));
  // The vault first, so that the list counts under its key; then the service over the same keys.
  const { openVault } = await import('../../service/vault/vault.ts');
  await openVault({ folder: keys.KEYS_DIR, masterKey: { file: keys.MASTER_KEY_FILE, create: true }, world: { now: Date.now } });
  const made = spawnSync(process.execPath, [join(ROOT, 'service', 'roster', 'make.ts')], { env: { ...process.env, ...keys }, input: `${PATIENT}\n`, encoding: 'utf8' });
  expect(made.status).toBe(0);
  hashes = made.stdout.split('\n').slice(1).filter(Boolean);
  writeFileSync(join(folder, 'roster.txt'), made.stdout);
  stage = await openStage({ settings: { ...keys, SCAN_RULES_FILE: rules, ROSTER_FILE: join(folder, 'roster.txt') } });
});
afterAll(async () => {
  await stage?.close();
  rmSync(folder, { recursive: true, force: true });
});

const files = (path: string): string[] => readdirSync(path, { recursive: true, withFileTypes: true }).filter((f) => f.isFile()).map((f) => join(f.parentPath, f.name));
async function events(type: string, fits: (e: AuditEvent) => boolean): Promise<AuditEvent[]> {
  return ((await stage.events(type)) as AuditEvent[]).filter(fits);
}
const verdictOf = async (text: string) => {
  const sent = await stage.send('ana', { to: [{ address: 'tess.lane@lakeside.test' }], subject: 'Monday', text });
  expect(sent.status).toBe(202);
  return (await events('message.accepted', (e) => e.message === sent.body.id))[0]?.facts;
};

describe('rules of one\'s own', () => {
  it('are given to authors with their hash, to nobody else, and without the roster', async () => {
    const { status, text, body } = await stage.call('ana', 'GET', 'rules');
    expect([status, body.hash, body.rules.rules[0].name]).toEqual([200, expect.stringMatching(/^[0-9a-f]{64}$/), 'badge']);
    expect(text).not.toMatch(new RegExp(`roster|${hashes.join('|')}`));
    expect((await stage.call('ben', 'GET', 'rules')).status).toBe(403);
    expect((await fetch(`${stage.url}/api/v1/rules`)).status).toBe(401);
  });

  it('were noted at the start by their hash, the roster by its size', async () => {
    const { hash } = (await stage.call('ana', 'GET', 'rules')).body;
    expect((await events('settings.loaded', () => true)).map((e) => e.facts)).toEqual([expect.objectContaining({ rules: hash, roster: 2 })]);
  });

  it.each<[string, string, string]>([
    ['a rule decides', 'Please see EMP-123456 about the diabetes.', 'high'],
    ['the roster decides', `please see ${PATIENT.toLowerCase()} about diabetes and metformin since 3/4/2024.`, 'high'],
    ['without either, nothing', 'please see quoll zanthroo about the garden.', 'none'],
  ])('%s', async (_, text, level) => {
    const facts = await verdictOf(text);
    expect([facts?.['verdict'], facts?.['ruleset']]).toEqual([level, expect.stringMatching(/^\d{4}\.\d+\.\d+\+[0-9a-f]{12}$/)]);
  });

  it('nothing written for operators or auditors holds value or hash of the roster', async () => {
    const log = (await stage.call('ben', 'GET', 'audit/events?limit=200')).text;
    for (const word of [PATIENT, 'quoll', ...hashes]) {
      expect(log.toLowerCase()).not.toContain(word.toLowerCase());
      for (const file of files(join(stage.folder, 'data'))) expect(existsSync(file) && readFileSync(file).includes(word), file).toBe(false);
    }
  });
});
