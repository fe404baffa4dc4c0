/** A keys room on a store of its own, with a vault and a log whose entries can be counted. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { EventDraft, PreparedEvent } from '../../../service/audit/audit.ts';
import { openKeys } from '../../../service/keys/keys.ts';
import type { KeysParts } from '../../../service/keys/keys.ts';
import type { Store } from '../../../service/store/store.ts';
import { openVault } from '../../../service/vault/vault.ts';
import type { Vault } from '../../../service/vault/vault.ts';
import type { Ground } from '../store/engines.ts';

export const rooms = { audit: new URL('../../../service/audit/audit.sql.ts', import.meta.url), keys: new URL('../../../service/keys/keys.sql.ts', import.meta.url) };
export const NOW = Date.parse('2026-11-21T10:00:00Z');
export const BY = { kind: 'staff', id: 'u_ivy' } as const;

/** The real vault, in a folder that is gone when the test is. */
export async function vaultIn(world: { readonly now: () => number }): Promise<Vault> {
  const folder = mkdtempSync(join(tmpdir(), 'ss-vault-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return openVault({ folder: join(folder, 'keys'), masterKey: { file: join(folder, 'master.key'), create: true }, world });
}

export async function keysOn(ground: Ground, parts: Partial<KeysParts> = {}, on?: Store, under?: Vault) {
  const world = { clock: NOW, now: () => world.clock, random: (n: number) => new Uint8Array(randomBytes(n)) };
  const store = on ?? (await ground.open(rooms, { now: world.now }));
  const drafts: EventDraft[] = [];
  const audit = {
    prepare(draft: EventDraft): PreparedEvent {
      drafts.push(draft);
      return { id: `evt_${randomBytes(8).toString('hex')}`, time: world.clock, type: draft.type, outcome: draft.outcome, actor: draft.actor.id, message: 'msg_none', item: null, leaf: '{}', sealed: null, kid: 'month' };
    },
  };
  const noted = async (): Promise<number> => (await store.room<typeof import('../../../service/audit/audit.sql.ts')>('audit').read.ofMessage({ message: 'msg_none' })).length;
  const vault = under ?? (await vaultIn(world));
  const open = (more: Partial<KeysParts> = {}) => openKeys({ store, world, vault, audit: audit as never, anchors: [], ownDomains: ['riverside.test'], threshold: 'autocrypt', ...parts, ...more });
  return { keys: open(), open, store, world, vault, drafts, noted };
}
