/**
 * The certificate of sending: what the log proves of one message, per recipient, each claim with what it does not prove. Every field comes
 * from an entry of the log, named by its `seq`; addresses and subject are salted commitments unless the author reveals them.
 */
import * as z from 'zod/mini';
import { MessageId, Protection, Sha256 } from './handoff.ts';
import { Status } from './timeline.ts';

/** L0 accepted · L1 taken over by the next mail server · L2 reported as delivered · L3 displayed · L4 opened in the portal. */
export const Level = z.enum(['L0', 'L1', 'L2', 'L3', 'L4']);
export type Level = z.infer<typeof Level>;

/** HMAC-SHA-256 of name and value under a salt, as the entry holds it; null where the entry holds none. */
const Committed = z.object({ seq: z.int(), commitment: z.nullable(z.string()) });
const fact = z.union([z.string(), z.number(), z.boolean(), z.null()]);

export const Claim = z.object({
  level: Level,
  time: z.string(),
  /** the entries it rests on */
  seq: z.array(z.int()),
  /** a notice with a link is not the message */
  about: z.enum(['message', 'notice']),
  /** `weak`: corroboration only */
  strength: z.enum(['ordinary', 'weak']),
  /** how the mail server that took it over was spoken to; `protocol` null: without encryption of the connection */
  channel: z.optional(z.object({ protocol: z.nullable(z.string()), cipher: z.nullable(z.string()), grade: z.nullable(z.string()), certificate: z.nullable(z.string()) })),
  proves: z.string(),
  doesNotProve: z.string(),
});
export type Claim = z.infer<typeof Claim>;

const CertifiedAttempt = z.object({
  seq: z.int(),
  time: z.string(),
  outcome: z.enum(['ok', 'failed', 'denied', 'unknown']),
  /** TLS version, cipher, certificate, grade and why, reply code, queue id, times … exactly as logged */
  facts: z.record(z.string(), fact),
  host: Committed,
  ip: Committed,
  reply: Committed,
});

export const CertifiedRecipient = z.object({
  item: z.string(),
  address: Committed,
  planned: Protection,
  /** that of the copy taken over; null when none was */
  protection: z.nullable(Protection),
  /** SHA-256 of the bytes handed over */
  content: z.nullable(Committed),
  status: Status,
  level: Level,
  claims: z.array(Claim),
  attempts: z.array(CertifiedAttempt),
});
export type CertifiedRecipient = z.infer<typeof CertifiedRecipient>;

export const CertifiedMessage = z.object({
  id: MessageId,
  author: z.string(),
  acceptedAt: z.string(),
  facts: z.record(z.string(), fact),
  from: Committed,
  subject: Committed,
  /** SHA-256 of the draft as the author's side computed it */
  draft: Committed,
  retention: z.nullable(z.object({ seq: z.int(), facts: z.record(z.string(), fact) })),
});
export type CertifiedMessage = z.infer<typeof CertifiedMessage>;

export const Certificate = z.object({
  type: z.literal('send-secure-certificate'),
  /** by whose rules the states of copies are derived from the entries */
  version: z.union([z.literal(1), z.literal(2)]),
  id: z.string(),
  issuedAt: z.string(),
  organisation: z.string(),
  log: z.object({ origin: z.string(), vkey: z.string(), size: z.int(), root: z.string() }),
  message: CertifiedMessage,
  recipients: z.array(CertifiedRecipient),
  /** entries of the log that come with it */
  entries: z.array(z.int()),
  /** what the author chose to reveal */
  revealed: z.array(z.string()),
  limits: z.string(),
  /** SHA-256 of `SHA256SUMS`, which lists every other file */
  manifest: Sha256,
  /** Ed25519 by the log's key over the JCS (RFC 8785) of all other fields, base64 */
  signature: z.string(),
});
export type Certificate = z.infer<typeof Certificate>;

/** What an author may reveal with a certificate. */
export const Reveal = z.enum(['recipients', 'subject', 'from', 'servers', 'content']);
export type Reveal = z.infer<typeof Reveal>;

/** POST /messages/{id}/certificate: the certificate, and beside it what it rests on, as the files of the bundle. */
export const Certified = z.object({ certificate: Certificate, files: z.record(z.string(), z.string()) });
export type Certified = z.infer<typeof Certified>;
