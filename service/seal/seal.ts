/**
 * Makes the bytes that travel: MIME built once, correctly, then protected (signed inside encrypted), DKIM last.
 * One door for the four protections. Never decides which; never sends.
 */
import type { Address, Draft } from '../../shared/draft/draft.ts';
import type { Facts } from '../audit/audit.ts';
import type { PgpKey, SmimeKey } from '../keys/keys.ts';

export interface SealInput {
  /** RFC 5322 Message-ID with brackets; the same at every retry */
  readonly messageId: string;
  /** ms */
  readonly date: number;
  readonly draft: Draft;
  /** decoded bytes of the draft's attachments, same order */
  readonly contents: readonly Uint8Array[];
  readonly recipient: Address;
}

export interface Notice {
  readonly messageId: string;
  readonly date: number;
  readonly from: Address;
  readonly recipient: Address;
  /** portal address of this copy */
  readonly link: string;
  /** short word pair the author sees too: "tell them to look for …" */
  readonly recognition: string;
  readonly expires: number;
  /** sensitive classes: no author's name in the notice */
  readonly discreet: boolean;
}

/** A small mail of our own without PHI: one-time code, receipt to the author, refusal notice. */
export interface Plain {
  readonly messageId: string;
  readonly date: number;
  readonly from: Address;
  readonly recipient: Address;
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  readonly headers?: { readonly [name: string]: string };
}

export interface Sealed {
  /** complete RFC 5322 message, CRLF, DKIM-signed when configured */
  readonly bytes: Uint8Array;
  /** hex SHA-256 of `bytes` */
  readonly sha256: string;
  /** non-PHI facts for the timeline: algorithm, key fingerprint, certificate SHA-256, dkim selectors */
  readonly facts: Facts;
}

export interface Seal {
  tls(input: SealInput): Promise<Sealed>;
  smime(input: SealInput, key: SmimeKey): Promise<Sealed>;
  pgp(input: SealInput, key: PgpKey): Promise<Sealed>;
  notice(notice: Notice): Promise<Sealed>;
  plain(mail: Plain): Promise<Sealed>;
  close(): Promise<void>;
}
