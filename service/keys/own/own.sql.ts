/** What is remembered of keys of our own: which changes and endings were told, what our authority issued, how many lists it wrote. */
import { note } from '../../audit/audit.sql.ts';
import type { Tx } from '../../store/store.ts';
import type { Noted } from '../admission/row.ts';

export const statements = {
  warn: 'INSERT INTO own_key_warning (fingerprint, expires, days) VALUES ($1, $2, $3) ON CONFLICT (fingerprint, expires, days) DO NOTHING',
  change: 'INSERT INTO own_key_change (id) VALUES ($1) ON CONFLICT (id) DO NOTHING',
  issue: 'INSERT INTO own_certificate (authority, owner, serial, expires) VALUES ($1, $2, $3, $4) ON CONFLICT (authority, owner, serial) DO NOTHING',
  issued: 'SELECT owner, serial FROM own_certificate WHERE authority = $1 AND expires > $2 ORDER BY owner, serial',
  // Later than every one before, by whatever clock and whichever process; begun at the second, so that an older copy of the store is not behind what was told.
  count: 'INSERT INTO own_list (authority, number) VALUES ($1, $2) ON CONFLICT (authority) DO UPDATE SET number = CASE WHEN own_list.number >= excluded.number THEN own_list.number + 1 ELSE excluded.number END RETURNING number',
} as const;

export const writes = {
  /** of one of our own */
  async warnOwn(tx: Tx, { fingerprint, expires, days, events }: { readonly fingerprint: string; readonly expires: number; readonly days: number } & Noted): Promise<boolean> {
    const fresh = (await tx.run(statements.warn, fingerprint, expires, days)) > 0;
    if (fresh) await note(tx, events);
    return fresh;
  },

  /** of our own signing keys; false when it was noted before */
  async changeOwn(tx: Tx, { id, events }: { readonly id: string } & Noted): Promise<boolean> {
    const fresh = (await tx.run(statements.change, id)) > 0;
    if (fresh) await note(tx, events);
    return fresh;
  },

  /** by our own authority; false when it was known */
  async issue(tx: Tx, { authority, owner, serial, expires, events }: { readonly authority: string; readonly owner: string; readonly serial: string; readonly expires: number } & Noted): Promise<boolean> {
    const fresh = (await tx.run(statements.issue, authority, owner, serial, expires)) > 0;
    if (fresh) await note(tx, events);
    return fresh;
  },

  /** of this authority's next list (RFC 5280 §5.2.3) */
  async count(tx: Tx, { authority, now }: { readonly authority: string; readonly now: number }): Promise<number> {
    return (await tx.get<{ number: number }>(statements.count, authority, Math.floor(now / 1000)))!.number;
  },
};

export const reads = {
  /** by this authority of ours, and not ended yet */
  async issued(tx: Tx, { authority, now }: { readonly authority: string; readonly now: number }): Promise<{ owner: string; serial: string }[]> {
    return tx.all<{ owner: string; serial: string }>(statements.issued, authority, now);
  },
};
