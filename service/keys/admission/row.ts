/** What lies in the tables of `keys.sql.ts`, and what a look-up changes there. */
import type { PreparedEvent } from '../../audit/audit.ts';
import type { ChannelRow } from '../channel/channel.sql.ts';

export interface KeyRow {
  readonly id: string;
  readonly owner: string;
  readonly kind: 'smime' | 'pgp';
  readonly trust: string;
  readonly source: string;
  readonly fingerprint: string;
  readonly expires: number | null;
  readonly created: number;
  /** `held`: found beside another one, and used by nobody before a person has looked at it */
  readonly state: 'active' | 'held' | 'replaced' | 'removed' | 'withdrawn';
  readonly ended: number | null;
  readonly epoch: string;
  readonly content_key: Uint8Array;
  readonly evidence_key: Uint8Array;
  readonly material: Uint8Array;
  /** null for keys older than the column */
  readonly imported_by: string | null;
  readonly confirmed_by: string | null;
}

export interface LookupRow {
  readonly source: string;
  /** `found`, `none`, `failed`, or why what was found was not taken */
  readonly outcome: string;
  /** ms; asked again after it */
  readonly until: number;
}

/** What was heard of a certificate's revocation. */
export interface StatusRow {
  readonly status: string;
  readonly teller: string | null;
  readonly time: number;
  readonly until: number;
  readonly why: string | null;
}

export interface Known {
  readonly keys: readonly KeyRow[];
  /** found beside those, not to be used yet */
  readonly held: readonly KeyRow[];
  readonly lookups: readonly LookupRow[];
  /** rules of the recipient and of their domain */
  readonly needs: readonly string[];
  readonly prefers: string | null;
  readonly channel: ChannelRow | null;
}

export interface Noted {
  readonly events: readonly PreparedEvent[];
}

export type NewKey = Omit<KeyRow, 'state' | 'ended' | 'confirmed_by'>;

/** What a look-up changes, with the event of each. */
export type Step = Noted & (
  | { readonly do: 'insert'; readonly row: NewKey; readonly replaces: readonly string[] }
  | { readonly do: 'hold'; readonly row: NewKey }
  | { readonly do: 'refresh'; readonly id: string; readonly material: Uint8Array; readonly expires: number | null }
  | { readonly do: 'raise'; readonly id: string; readonly trust: string; readonly source: string; readonly from: string }
  | { readonly do: 'bring'; readonly owner: string; readonly fingerprint: string; readonly by: string }
  | { readonly do: 'withdraw' | 'revive'; readonly id: string }
  | { readonly do: 'remember'; readonly revoked: string }
);
