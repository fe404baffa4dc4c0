/**
 * Which settings are other than at the last start, for the log: an administrator with the machine alone must not change what two people agreed on
 * unseen. Values are compared by keyed hashes, so that neither the log nor the file beside the keys tells one.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditLog } from './audit/audit.ts';
import type { Changes } from './change/change.ts';
import { readSettings, SETTINGS, type Settings } from './config.ts';
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

/** What decides how mail is trusted and carried, and who is let in. Left out: secrets alone, which are exchanged often, and what only moves the service. */
export const GUARDED = [
  'SMIME_ANCHORS_FILE', 'CA_FILE', 'KEY_TRUST', 'KEY_SOURCES', 'KEY_SERVER', 'DIRECTORY_URL', 'REVOCATION', 'PARTNERS', 'SMART_HOST', 'SMART_HOST_ATTESTS', 'CONNECTOR', 'CONNECTOR_FINGERPRINT', 'REQUIRETLS', 'MX_PROVIDERS', 'SMTP_PORT',
  'RESOLVER', 'RESOLVER_TRUSTED', 'ALLOWED_NETWORKS', 'OWN_DOMAINS', 'OIDC_ISSUER', 'OIDC_AUDIENCE', 'OIDC_CLIENTS', 'OIDC_TENANT', 'OIDC_GUESTS', 'OIDC_SCOPE', 'STEP_UP_ACR', 'STEP_UP_MINUTES', 'SIGN_IN', 'SMS_WEBHOOK_URL', 'SCAN_RULES_FILE', 'ROSTER_FILE', 'CLAMAV', 'APPROVAL_HOURS', 'PUBLIC_URL', 'PORTAL_URL', 'ARCHIVE_KEY_FILE',
] as const satisfies readonly (keyof Settings)[];
/** Whoever changes these says who two people are. */
const WHO: readonly string[] = GUARDED.filter((name) => name.startsWith('OIDC_') || name.startsWith('STEP_UP_') || name === 'OWN_DOMAINS');
const LOOK_MS = 5_000;

interface Gate {
  /** when nothing waits any more, at once or later; never after `close` */
  whenOpen(then: () => Promise<void>): Promise<void>;
  /** something waits */
  waits(): boolean;
  /** two people have not agreed to this one yet: what is made with it at once, before anything is delivered, must not be */
  waitsFor(name: (typeof GUARDED)[number]): boolean;
  /** nobody is let in but to agree */
  narrowed(): boolean;
  /** somebody may have agreed */
  look(): Promise<void>;
  close(): void;
}

/**
 * Settings stand in files, so a changed one is in force as soon as the service runs; what it governs waits instead: nothing is delivered, and where it
 * says who people are nobody is let in but to agree, until two people have (`service/change`). What is accepted meanwhile is kept.
 */
export async function openGate({ settings, vault, changes, broken }: {
  readonly settings: Settings; readonly vault: Pick<Vault, 'index'>; readonly changes: Pick<Changes, 'settings' | 'disagreed'>; readonly broken: (fault: unknown) => void;
}): Promise<Gate> {
  // A secret that is exchanged is no other provider; a default that comes with another program has been changed by nobody.
  const defaults = readSettings({}, true);
  const usual = (name: keyof Settings) => JSON.stringify(settings[name]) === JSON.stringify(defaults[name]);
  const value = (name: keyof Settings) => (usual(name) ? null : name === 'SIGN_IN' ? settings.SIGN_IN.map((provider) => ({ ...provider, clientSecret: '' })) : settings[name]);
  const hashes = Object.fromEntries(GUARDED.map((name) => [name, hashOf(vault, name, value(name))]));
  let waiting = await changes.settings(hashes);
  let then: (() => Promise<void>) | null = null;
  let timer: NodeJS.Timeout | undefined;
  const close = () => { clearInterval(timer); then = null; };

  async function look(): Promise<void> {
    if (waiting.length > 0) waiting = await changes.disagreed(hashes);
    const go = waiting.length === 0 ? then : null;
    if (go) {
      close();
      await go();
    }
  }
  return {
    look, close,
    waits: () => waiting.length > 0,
    waitsFor: (name) => waiting.includes(name),
    narrowed: () => waiting.some((name) => WHO.includes(name)),
    async whenOpen(start) {
      then = start;
      await look();
      if (then !== null) (timer = setInterval(() => { look().catch(broken); }, LOOK_MS)).unref();
    },
  };
}
