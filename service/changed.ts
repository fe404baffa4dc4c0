/**
 * Which settings are other than at the last start, for the log: an administrator with the machine alone must not change what two people agreed on
 * unseen. Values are compared by keyed hashes, so that neither the log nor the file beside the keys tells one. compliance.md A33.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditLog } from './audit/audit.ts';
import { SETTINGS, type Settings } from './config.ts';
import type { Vault } from './vault/vault.ts';

const FILE = 'settings.seen';
/** A fact is 512 characters at most. */
const FACT = 500;

/** Of the value, and of what a file holds that the setting names. */
function hashOf(vault: Pick<Vault, 'index'>, name: string, value: unknown): string {
  let held = '';
  if (name.endsWith('_FILE') && typeof value === 'string') try { held = readFileSync(value, 'base64'); } catch { held = 'unreadable'; }
  return vault.index(`setting/${name}`, JSON.stringify([value ?? null, held]));
}

/** Notes the settings of this start, and the names of those that changed. */
export async function noteSettings({ settings, folder, vault, audit, facts }: {
  readonly settings: Settings; readonly folder: string; readonly vault: Pick<Vault, 'index'>; readonly audit: Pick<AuditLog, 'record'>; readonly facts: { readonly [name: string]: string | number };
}): Promise<void> {
  const now = Object.fromEntries((Object.keys(SETTINGS) as (keyof typeof SETTINGS)[]).map((name) => [name, hashOf(vault, name, settings[name])]));
  const path = join(folder, FILE);
  let before: { readonly [name: string]: string } | null = null;
  try { before = JSON.parse(readFileSync(path, 'utf8')) as { readonly [name: string]: string }; } catch { /* the first start, or a file nobody can read: everything is new */ }
  // A setting that a newer program brought has not been changed by anybody.
  const changed = before === null ? [] : Object.keys(now).filter((name) => before[name] !== undefined && before[name] !== now[name]);
  await audit.record({ type: 'settings.loaded', outcome: 'ok', actor: { kind: 'service', id: 'service' }, facts: { ...facts, digest: vault.index('settings', JSON.stringify(now)), changed: changed.join(' ').slice(0, FACT) } });
  // After the entry: who is stopped between the two is told twice, not never.
  writeFileSync(`${path}.new`, JSON.stringify(now), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
