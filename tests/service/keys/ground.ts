/** A keys room on a store of its own, with a vault and a log whose entries can be counted. */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import type { EventDraft, PreparedEvent } from '../../../service/audit/audit.ts';
import { openKeys } from '../../../service/keys/keys.ts';
import type { KeysParts } from '../../../service/keys/keys.ts';
import type { DataKey, Vault } from '../../../service/vault/vault.ts';
import type { Ground } from '../store/engines.ts';

export const rooms = { audit: new URL('../../../service/audit/audit.sql.ts', import.meta.url), keys: new URL('../../../service/keys/keys.sql.ts', import.meta.url) };
export const NOW = Date.parse('2026-11-21T10:00:00Z');
export const BY = { kind: 'staff', id: 'u_ivy' } as const;

/** The vault's cryptography without its files. */
export function vaultInMemory(): Vault {
  const master: DataKey = { id: 'master', bytes: randomBytes(32) };
  const index = randomBytes(32);
  const seal = (key: DataKey, aad: string, plain: Uint8Array): Uint8Array => {
    const nonce = randomBytes(12);
    const gcm = createCipheriv('aes-256-gcm', key.bytes, nonce).setAAD(Buffer.from(aad));
    return new Uint8Array(Buffer.concat([nonce, gcm.update(plain), gcm.final(), gcm.getAuthTag()]));
  };
  const open = (key: DataKey, aad: string, sealed: Uint8Array): Uint8Array => {
    const gcm = createDecipheriv('aes-256-gcm', key.bytes, sealed.subarray(0, 12)).setAAD(Buffer.from(aad)).setAuthTag(sealed.subarray(-16));
    return new Uint8Array(Buffer.concat([gcm.update(sealed.subarray(12, -16)), gcm.final()]));
  };
  const key = (id: string, bytes: Uint8Array): DataKey => ({ id, bytes });
  return {
    seal,
    open,
    async issue(message: string, epochs: { readonly content: string; readonly evidence: string }) {
      const [content, evidence] = [randomBytes(32), randomBytes(32)];
      return {
        keys: { content: key('c', content), evidence: key('e', evidence) },
        wrapped: { contentEpoch: epochs.content, content: seal(master, `${message}/content`, content), evidenceEpoch: epochs.evidence, evidence: seal(master, `${message}/evidence`, evidence) },
      };
    },
    async unwrap(message: string, wrapped: { readonly content: Uint8Array; readonly evidence: Uint8Array }) {
      return { content: key('c', open(master, `${message}/content`, wrapped.content)), evidence: key('e', open(master, `${message}/evidence`, wrapped.evidence)) };
    },
    async monthly() {
      return key('month', master.bytes);
    },
    index: (field: string, value: string) => createHmac('sha256', index).update(`${field}\0${value}`).digest('hex'),
  } as unknown as Vault;
}

export async function keysOn(ground: Ground, parts: Partial<KeysParts> = {}) {
  const world = { clock: NOW, now: () => world.clock, random: (n: number) => new Uint8Array(randomBytes(n)) };
  const store = await ground.open(rooms, { now: world.now });
  const drafts: EventDraft[] = [];
  let serial = 0;
  const audit = {
    prepare(draft: EventDraft): PreparedEvent {
      drafts.push(draft);
      serial += 1;
      return { id: `evt_${serial}`, time: world.clock, type: draft.type, outcome: draft.outcome, actor: draft.actor.id, message: 'msg_none', item: null, leaf: '{}', sealed: null, kid: 'month' };
    },
  };
  const noted = async (): Promise<number> => (await store.room<typeof import('../../../service/audit/audit.sql.ts')>('audit').read.ofMessage({ message: 'msg_none' })).length;
  const vault = vaultInMemory();
  const open = (more: Partial<KeysParts> = {}) => openKeys({ store, world, vault, audit: audit as never, anchors: [], ownDomains: ['riverside.test'], threshold: 'autocrypt', ...parts, ...more });
  return { keys: open(), open, store, world, vault, drafts, noted };
}
