/** What lies in the tables of `keys.sql.ts`, and what a look-up changes there. */
import type { PreparedEvent } from '../../audit/audit.ts';

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

export interface ChannelRow {
  readonly domain: string;
  readonly proved: number;
  readonly grade: string;
  readonly host: string;
  readonly host_since: number;
  readonly seen: number;
  readonly best: 'A' | 'B' | '';
}

export interface HostRow {
  readonly host: string;
  /** named at every look since then */
  readonly since: number;
  /** on so many days */
  readonly days: number;
  readonly seen: number;
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

export interface Observation {
  /** recipient domain, lower case */
  readonly domain: string;
  /** a grade that would carry content protected by the channel alone */
  readonly proved: boolean;
  readonly now: number;
  readonly grade?: string;
  /** MX host, lower case */
  readonly host?: string;
  /** all hosts the domain names by MX, lower case */
  readonly mx?: readonly string[];
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
