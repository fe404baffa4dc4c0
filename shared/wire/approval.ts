/** Messages that wait for a second person, as that person sees them: kinds, counts and reasons; the content only when asked for, and noted. */
import * as z from 'zod/mini';
import { MessageId } from './handoff.ts';

export const Waiting = z.object({
  id: MessageId,
  author: z.string(),
  requested: z.string(),
  /** after this it is never sent */
  deadline: z.string(),
  own: z.boolean(),
  about: z.object({
    level: z.string(), kinds: z.record(z.string(), z.int()), sensitive: z.array(z.string()), people: z.int(), recipients: z.int(), outside: z.int(), attachments: z.int(),
    /** its author has left: it had been on its way */
    left: z.optional(z.boolean()),
    policy: z.string(), rules: z.array(z.string()), reasons: z.array(z.string()),
  }),
});
export type Waiting = z.infer<typeof Waiting>;
export const WaitingList = z.object({ data: z.array(Waiting), next: z.nullable(z.string()) });

/** `because` is kept sealed beside the event. */
export const Decision = z.strictObject({ because: z.optional(z.string().check(z.maxLength(500))) });
export type Decision = z.infer<typeof Decision>;
export const Decided = z.object({ id: MessageId, state: z.enum(['approved', 'denied']) });

/** Whose it is now: an address of ours. */
export const PassRequest = z.strictObject({ address: z.string().check(z.maxLength(254)) });
export type PassRequest = z.infer<typeof PassRequest>;

export const DeputyRequest = z.strictObject({ address: z.string().check(z.maxLength(254)), from: z.optional(z.iso.datetime()), until: z.iso.datetime() });
export type DeputyRequest = z.infer<typeof DeputyRequest>;
/** `address`: absent for one named before addresses were kept, or whose key is gone */
export const Deputy = z.object({ id: z.string(), address: z.optional(z.string()), from: z.string(), until: z.string() });
export type Deputy = z.infer<typeof Deputy>;
export const DeputyList = z.object({ data: z.array(Deputy) });

/** A patient's consent to disclosures under 42 CFR Part 2, as staff record it; the reference is found by a keyed hash. */
export const ConsentRequest = z.strictObject({
  patientRef: z.string().check(z.minLength(1), z.maxLength(100)),
  /** the one recipient it covers; absent: treatment, payment and operations as 2.33(b) lets a single consent say */
  recipient: z.optional(z.string().check(z.maxLength(254))),
  until: z.iso.datetime(),
  /** its scope in words, for the explanation 2.32 asks to send along */
  scope: z.string().check(z.minLength(1), z.maxLength(500)),
});
export type ConsentRequest = z.infer<typeof ConsentRequest>;
export const Consent = z.object({ id: z.string(), until: z.string() });
export type Consent = z.infer<typeof Consent>;
