/**
 * Keyed hashes of sealed values, so that an exact value can be looked up and nothing else. One random key a month, kept in KEYS_DIR,
 * and from it one for each field (RFC 5869): hashes of two fields or two months never match. Such hashes are as guessable as the values
 * behind them, so they lie in no leaf, look-ups are limited and say why, and a month's hashes die with its key.
 */
import { createHmac, hkdfSync } from 'node:crypto';
import type { DataKey, Vault } from '../../vault/vault.ts';

const FIELDS = ['recipient', 'patient', 'purpose', 'policy'] as const;
export type Field = (typeof FIELDS)[number];

/** Sealed names (or facts) of an event under which its value is found. */
const OF: { readonly [name: string]: Field } = { recipient: 'recipient', address: 'recipient', patient: 'patient', patientRef: 'patient', purpose: 'purpose' };
const OF_FACT: { readonly [name: string]: Field } = { policy: 'policy' };
/** What begins a story is found; the rest of it hangs on its message and item. */
const FOUND_BY = new Set(['message.accepted', 'message.refused', 'encryption.decided', 'preference.recorded', 'contact.recorded', 'recipient.told', 'incident.opened']);

export interface Blind {
  /** hashes of what this event may be found by */
  of(draft: { readonly type: string; readonly facts?: { readonly [name: string]: unknown }; readonly sealed?: { readonly [name: string]: string } }): string[];
  /** the hashes this value has had, month by month */
  all(field: Field, value: string): Promise<string[]>;
  /** before a month begins, its key is made */
  refresh(): Promise<void>;
  /** destroys the keys of months that are over and of which nothing can be found any more */
  tidy(left: (from: number, to: number) => Promise<boolean>): Promise<void>;
}

const month = (at: number): string => new Date(at).toISOString().slice(0, 7);
const NEXT = 32 * 86_400_000;

export async function openBlind({ vault, now }: { readonly vault: Pick<Vault, 'blindKey' | 'blindEpochs' | 'destroyBlind'>; readonly now: () => number }): Promise<Blind> {
  const keys = new Map<string, DataKey>();
  const fields = new Map<string, Uint8Array>();

  async function refresh(): Promise<void> {
    for (const epoch of [month(now()), month(now() + NEXT)]) if (!keys.has(epoch)) keys.set(epoch, await vault.blindKey(epoch));
  }

  function hash(key: DataKey, field: Field, value: string): string {
    const name = `${key.id}/${field}`;
    let derived = fields.get(name);
    if (derived === undefined) fields.set(name, (derived = new Uint8Array(hkdfSync('sha256', key.bytes, '', `send-secure blind index ${field}`, 32))));
    return createHmac('sha256', derived).update(normal(field, value)).digest('base64url');
  }

  await refresh();
  return {
    refresh,
    async tidy(left) {
      for (const epoch of await vault.blindEpochs()) {
        const from = Date.parse(`${epoch}-01T00:00:00Z`);
        const to = Date.UTC(new Date(from).getUTCFullYear(), new Date(from).getUTCMonth() + 1, 1);
        // A clock may have been ahead: a day's grace before a month counts as over.
        if (now() < to + 86_400_000 || (await left(from, to))) continue;
        await vault.destroyBlind(epoch);
        keys.delete(epoch);
      }
    },
    of({ type, facts = {}, sealed = {} }) {
      if (!FOUND_BY.has(type)) return [];
      // A clock that jumped past the months at hand: the newest key serves; look-ups ask every month's.
      const key = keys.get(month(now())) ?? [...keys.values()].at(-1);
      if (key === undefined) return [];
      const named = [
        ...Object.entries(sealed).map(([name, value]) => [OF[name], value] as const),
        ...Object.entries(facts).map(([name, value]) => [OF_FACT[name], value] as const),
      ];
      return [...new Set(named.flatMap(([field, value]) => (field !== undefined && typeof value === 'string' && value !== '' ? [hash(key, field, value)] : [])))];
    },
    async all(field, value) {
      return Promise.all((await vault.blindEpochs()).map(async (epoch) => hash(keys.get(epoch) ?? (await vault.blindKey(epoch)), field, value)));
    },
  };
}

/** Two spellings of one value are one value. */
function normal(field: Field, value: string): string {
  const plain = value.normalize('NFC').trim().toLowerCase();
  return field === 'patient' ? plain.replace(/[\s-]+/g, '') : plain;
}
