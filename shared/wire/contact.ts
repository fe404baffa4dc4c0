/** How a recipient is reached besides mail, as staff record it: language of what we write to them, mobile phone for one-time codes. */
import * as z from 'zod/mini';

export const Language = z.enum(['en', 'es']);
export type Language = z.infer<typeof Language>;

/** ITU-T E.164 §6.2: a plus sign, a country code, at most fifteen digits. */
export const Phone = z.string().check(z.regex(/^\+[1-9]\d{6,14}$/));

/** POST /contacts: what is absent stays as it was, null takes it back. */
export const ContactRequest = z.object({
  address: z.string().check(z.minLength(3), z.maxLength(254)),
  language: z.optional(z.nullable(Language)),
  phone: z.optional(z.nullable(Phone)),
});
export type ContactRequest = z.infer<typeof ContactRequest>;

/** POST /stand-ins: who may read in a recipient's place, verified by a code of their own and logged apart. Null: no more. */
export const StandInRequest = z.object({
  address: z.string().check(z.minLength(3), z.maxLength(254)),
  reader: z.string().check(z.minLength(3), z.maxLength(254)),
  as: z.nullable(z.enum(['member', 'parent', 'guardian', 'carer', 'representative'])),
});
export type StandInRequest = z.infer<typeof StandInRequest>;
export const StandIn = z.object({ changed: z.boolean() });

/** The same words as `TOPICS` of the plan. */
export const Topic = z.enum(['appointments', 'billing', 'general']);

/** POST /contacts/choice: staff record what somebody chose whom they have warned in these words (`GET /contacts/choice/warning`); no topics: taken back. */
export const ChoiceRequest = z.object({
  address: z.string().check(z.minLength(3), z.maxLength(254)),
  topics: z.array(Topic).check(z.maxLength(3)),
  /** language of the warning that was read to them */
  language: Language,
  /** its version: another than today's is refused, because other words were read */
  version: z.string().check(z.maxLength(40)),
});
export type ChoiceRequest = z.infer<typeof ChoiceRequest>;
export const ChoiceState = z.object({ topics: z.array(Topic), version: z.nullable(z.string()), since: z.nullable(z.string()) });
export type ChoiceState = z.infer<typeof ChoiceState>;
export const ChoiceWarning = z.object({ version: z.string(), en: z.string(), es: z.string() });

/** POST /contacts/reset: every passkey of this person is forgotten, and what they have open on any device closes. */
export const ResetRequest = z.object({ address: z.string().check(z.minLength(3), z.maxLength(254)) });
export type ResetRequest = z.infer<typeof ResetRequest>;
export const Reset = z.object({ passkeys: z.int(), sessions: z.int() });
export type Reset = z.infer<typeof Reset>;

/** POST /recipients/look-up: what is known of one recipient. */
export const RecipientRequest = z.object({ address: z.string().check(z.minLength(3), z.maxLength(254)) });
export type RecipientRequest = z.infer<typeof RecipientRequest>;
const Usable = z.object({ trust: z.string(), /** why it cannot be used now, as a code */ unusable: z.nullable(z.string()) });
export const RecipientState = z.object({
  address: z.string(),
  internal: z.boolean(),
  prefers: z.nullable(z.enum(['smime', 'pgp', 'portal'])),
  /** the least they, or everybody at their domain, are written to with */
  need: z.nullable(z.enum(['at-rest', 'e2e-only'])),
  language: z.nullable(Language),
  /** a number for one-time codes is on file, and text messages can be sent */
  phone: z.boolean(),
  /** what their domain's mail servers proved */
  channel: z.enum(['proved-before', 'unknown', 'failed-before', 'first-hop-only', 'relay-declared', 'relay-asked']),
  smime: z.nullable(Usable), pgp: z.nullable(Usable),
  /** why they are not to be written to as if nothing had happened */
  suppressed: z.nullable(z.enum(['bounced', 'complained', 'asked'])),
  /** who may read in their place, since when, and who recorded it; null: recorded when these were not kept */
  standIns: z.array(z.object({ reader: z.nullable(z.string()), by: z.nullable(z.string()), as: z.string(), since: z.string() })),
  /** of the staff among them, by id */
  names: z.optional(z.record(z.string(), z.string())),
});
export type RecipientState = z.infer<typeof RecipientState>;

/** What is on file now. The number itself is not shown again. */
export const ContactState = z.object({
  language: z.nullable(Language),
  /** last two digits */
  phoneEnds: z.nullable(z.string()),
});
export type ContactState = z.infer<typeof ContactState>;
