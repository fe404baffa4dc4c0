/**
 * What was ever heard to be revoked of OpenPGP keys: by the fingerprints of keys, and of subkeys with the key that said so: anybody can hang
 * somebody else's key below one of their own, and revoke it there (RFC 9580 §5.2.1.12); names by a keyed hash. It lies apart from the keys on file, which
 * are replaced and removed, so that an old copy brings nothing back, whoever hands it over for whomever. Certificates' lie with what their issuers said
 * (`trust/revocation.ts`). RFC 9580 §5.2.1.
 */
import type { Store } from '../../store/store.ts';
import type { Vault } from '../../vault/vault.ts';
import type { World } from '../../world.ts';
import { pgpKeysIn, revokedIn, type Rests, type Revoked } from '../pgp.ts';

export interface Taught extends Revoked {
  /** by which it is remembered */
  readonly as: string;
  /** not remembered yet */
  readonly fresh: boolean;
}

export function openMemory({ store, world, vault }: { readonly store: Store; readonly world: Pick<World, 'now'>; readonly vault: Pick<Vault, 'index'> }) {
  const room = store.room<typeof import('../keys.sql.ts')>('keys');
  const asName = (key: string, name: string): string => `${key} ${vault.index('user-id', name)}`;
  const asPart = (key: string, part: string): string => `${key}/${part}`;
  const asOne = ({ key, part, name }: Revoked): string => (name !== undefined ? asName(key, name) : part !== undefined ? asPart(key, part) : key);

  return {
    /** what these copies, secret ones too, say was revoked; attacker-controlled, but only who holds a key can say it of this key */
    async taughtBy(copies: readonly Uint8Array[]): Promise<Taught[]> {
      const all: Omit<Taught, 'fresh'>[] = [];
      for (const bytes of copies) {
        for (const { key } of await pgpKeysIn(bytes)) {
          for (const one of await revokedIn(key, world.now()).catch(() => [])) all.push({ ...one, as: asOne(one) });
        }
      }
      const said = all.filter((one, i) => all.findIndex((other) => other.as === one.as) === i);
      const known = said.length === 0 ? [] : await room.read.revoked({ names: said.map((one) => one.as) });
      return said.map((one) => ({ ...one, fresh: !known.includes(one.as) }));
    },

    /** whether what a key rests on was revoked: heard before, or said just now */
    async holds({ keys: [key, ...below], names }: Rests, said: readonly Taught[] = []): Promise<boolean> {
      const parts = [key!, ...below.map((part) => asPart(key!, part))];
      const ids = names.map((name) => asName(key!, name));
      const gone = new Set([...said.map((one) => one.as), ...await room.read.revoked({ names: [...parts, ...ids] })]);
      return parts.some((part) => gone.has(part)) || (ids.length > 0 && ids.every((id) => gone.has(id)));
    },
  };
}
