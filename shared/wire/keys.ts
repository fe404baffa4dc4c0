/** Recipients' certificates and keys as administrators see them, what recipients prefer, and who the organisation is to those who verify. */
import * as z from 'zod/mini';

export const KeyId = z.string().check(z.regex(/^key_[0-9a-f-]{36}$/));

export const RecipientKey = z.object({
  id: KeyId,
  address: z.string(),
  kind: z.enum(['smime', 'pgp']),
  /** `uploaded`, `dane`, `wkd` …: enough for what needs no more than a proved channel, until a second person confirms it */
  trust: z.enum(['admin-verified', 'directory', 'dane', 'uploaded', 'wkd', 'harvested', 'autocrypt', 'vks']),
  /** counts for end-to-end protection */
  confirmed: z.boolean(),
  source: z.string(),
  /** SHA-256 of the certificate, or the OpenPGP fingerprint; hex */
  fingerprint: z.string(),
  created: z.string(),
  expires: z.optional(z.string()),
  /** `held`: another key than the one on file, found since; confirm it or remove it */
  state: z.enum(['active', 'held', 'replaced', 'removed', 'withdrawn']),
  /** why it would not be used now; absent when it would */
  unusable: z.optional(z.string()),
  importedBy: z.optional(z.string()),
  confirmedBy: z.optional(z.string()),
});
export type RecipientKey = z.infer<typeof RecipientKey>;

export const KeyList = z.object({ data: z.array(RecipientKey), next: z.nullable(z.string()) });
export type KeyList = z.infer<typeof KeyList>;

/** POST /keys. The same key again is the same entry, so no Idempotency-Key is needed. */
export const KeyRequest = z.object({
  address: z.string().check(z.maxLength(320)),
  /** certificate or key as PEM, ASCII armor, or base64 of DER, PKCS#7 or binary OpenPGP */
  key: z.string().check(z.maxLength(700_000)),
  /** set when it is known that the recipient's program reads AES-GCM or RSA-OAEP */
  gcm: z.optional(z.boolean()),
  oaep: z.optional(z.boolean()),
});
export type KeyRequest = z.infer<typeof KeyRequest>;

/** POST /preferences; null takes it back. */
export const PreferenceRequest = z.object({
  address: z.string().check(z.maxLength(320)),
  prefers: z.nullable(z.enum(['smime', 'pgp', 'portal'])),
});
export type PreferenceRequest = z.infer<typeof PreferenceRequest>;
export const Preference = z.object({ address: z.string(), prefers: z.nullable(z.enum(['smime', 'pgp', 'portal'])), changed: z.boolean() });

/** POST /keys/harvest: how many entries the mail changed. */
export const Harvested = z.object({ changed: z.number() });

/** POST /requirements: the least this recipient, or everybody at this domain, is written to with; null takes it back. */
export const RequirementRequest = z.object({
  address: z.optional(z.string().check(z.maxLength(320))),
  domain: z.optional(z.string().check(z.maxLength(253), z.regex(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/i))),
  need: z.nullable(z.enum(['at-rest', 'e2e-only'])),
});
export type RequirementRequest = z.infer<typeof RequirementRequest>;
export const Requirement = z.object({ changed: z.boolean() });

/** GET /identity: what recipients and administrators elsewhere need to verify our signatures. Sign-only: nothing can be encrypted to it. */
export const OwnIdentity = z.object({
  organisation: z.string(),
  smime: z.object({ authority: z.string(), fingerprint: z.string() }),
  pgp: z.object({ key: z.string(), fingerprint: z.string() }),
  /** what signed before: mail that it signed lies in mailboxes */
  earlier: z.array(z.object({ kind: z.enum(['smime', 'pgp']), text: z.string(), fingerprint: z.string(), ended: z.string(), /** why the key says that it is revoked */ revoked: z.optional(z.enum(['superseded', 'compromised'])), /** the key says itself that it ended then */ expired: z.optional(z.boolean()) })),
});

/** POST /identity/rotate. `compromised`: somebody else may have the key; nothing that it signed is to be believed any more. */
export const RotateRequest = z.object({ kind: z.enum(['smime', 'pgp']), why: z.optional(z.enum(['superseded', 'compromised'])) });
export type RotateRequest = z.infer<typeof RotateRequest>;

/** GET /identity/certificates: those brought along for single addresses. */
export const OwnCertificates = z.object({ data: z.array(z.object({ address: z.string(), fingerprint: z.string(), expires: z.string() })) });
export type OwnCertificates = z.infer<typeof OwnCertificates>;

/** POST /identity/withdraw: the certificate brought along for this address signs no more; or our authority vouches for it no more. */
export const WithdrawRequest = z.object({ address: z.string().check(z.maxLength(320)), what: z.optional(z.enum(['certificate', 'vouching'])) });
export type WithdrawRequest = z.infer<typeof WithdrawRequest>;

/** POST /identity/import: one of the two. */
export const IdentityImport = z.object({
  /** base64 of PKCS#12: an authority for all authors, or one author's own certificate */
  pkcs12: z.optional(z.string().check(z.maxLength(400_000))),
  /** ASCII armor of an OpenPGP secret key */
  pgp: z.optional(z.string().check(z.maxLength(200_000))),
  passphrase: z.string().check(z.maxLength(500)),
});
export type IdentityImport = z.infer<typeof IdentityImport>;
export type OwnIdentity = z.infer<typeof OwnIdentity>;
