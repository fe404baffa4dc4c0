/** Settings compared from start to start: names of what changed, files by what they hold, and no value anywhere. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHmac } from 'node:crypto';
import { afterAll, expect, it } from 'vitest';
import type { EventDraft } from '../../service/audit/audit.ts';
import { noteSettings } from '../../service/changed.ts';
import { readSettings } from '../../service/config.ts';

const folder = mkdtempSync(join(tmpdir(), 'send-secure-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));
const vault = { index: (name: string, value: string) => createHmac('sha256', `key/${name}`).update(value).digest('hex') };
const noted: EventDraft[] = [];
const start = async (env: { readonly [name: string]: string }) => {
  await noteSettings({ settings: readSettings(env, true), folder, vault, audit: { record: async (draft) => { noted.push(draft); } }, facts: { rules: '' } });
  return noted.at(-1)?.facts?.['changed'];
};

it('the first start changes nothing; later each changed setting is named, a file by what it holds', async () => {
  const rules = join(folder, 'rules.json');
  writeFileSync(rules, '{}');
  const env = { UNREAD_HOURS: '72', SMTP_PORT: '25', SCAN_RULES_FILE: rules, METRICS_TOKEN: 'a-token-of-sixteen-characters' };
  expect(await start(env)).toBe('');
  expect(await start(env)).toBe('');
  expect(await start({ ...env, UNREAD_HOURS: '24', METRICS_TOKEN: 'another-token-of-sixteen' })).toBe('UNREAD_HOURS METRICS_TOKEN');
  writeFileSync(rules, '{"patterns":[]}');
  expect(await start({ ...env, UNREAD_HOURS: '24', METRICS_TOKEN: 'another-token-of-sixteen' })).toBe('SCAN_RULES_FILE');
  expect(JSON.stringify(noted) + readFileSync(join(folder, 'settings.seen'), 'utf8')).not.toMatch(/token-of|patterns/);
});

it('a setting that only a newer program knows was changed by nobody; a file that cannot be read is no reason to stop', async () => {
  writeFileSync(join(folder, 'settings.seen'), JSON.stringify({ SMTP_PORT: 'other' }));
  expect(await start({ UNREAD_HOURS: '1' })).toBe('SMTP_PORT');
  writeFileSync(join(folder, 'settings.seen'), '{');
  expect(await start({ UNREAD_HOURS: '1' })).toBe('');
});
