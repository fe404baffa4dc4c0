/** The organisation's own rules of the scanner, as written in a file and given to the pane. What they do is in `shared/rules`. */
import * as z from 'zod/mini';

const word = z.string().check(z.minLength(2), z.maxLength(40));
const words = z.array(word).check(z.minLength(1), z.maxLength(20));
const within = z.int().check(z.minimum(1), z.maximum(200));
const Confidence = z.enum(['low', 'medium', 'high']);

export const OwnKind = z.enum([
  'NAME', 'GEO', 'DATE', 'AGE90', 'PHONE', 'FAX', 'EMAIL', 'SSN', 'MRN', 'HEALTH_PLAN', 'ACCOUNT',
  'LICENSE', 'VEHICLE', 'DEVICE', 'URL', 'IP', 'BIOMETRIC', 'PHOTO', 'OTHER_ID',
]);

const OwnRule = z.strictObject({
  /** stands in findings: `mrn.own-<name>` */
  name: z.string().check(z.regex(/^[a-z][a-z0-9-]{0,39}$/)),
  kind: OwnKind,
  /** RE2 syntax; matched within a line, apart from other letters and digits */
  pattern: z.string().check(z.minLength(1), z.maxLength(200)),
  confidence: z._default(Confidence, 'medium'),
  near: z.optional(z.strictObject({ words, within: z._default(within, 40), confidence: z._default(Confidence, 'high') })),
  notNear: z.optional(z.strictObject({ words, within: z._default(within, 40) })),
  checksum: z.optional(z.enum(['luhn', 'mod-97', 'npi', 'aba', 'dea', 'vin'])),
});

export const OwnRuleSet = z.strictObject({
  rules: z._default(z.array(OwnRule).check(z.maxLength(50)), []),
  /** # a digit, @ a letter, ? either, all else itself; at least three of the first or last */
  mrn: z._default(z.array(z.string().check(z.minLength(4), z.maxLength(30), z.regex(/^[ -~]*$/), z.regex(/(?:[#?][^#?]*){3}/))).check(z.maxLength(20)), []),
  thresholds: z._default(z.strictObject({
    people: z.optional(z.int().check(z.minimum(2), z.maximum(1000))),
    rows: z.optional(z.int().check(z.minimum(2), z.maximum(1000))),
  }), {}),
});
export type OwnRuleSet = z.infer<typeof OwnRuleSet>;

/** GET /rules: the rules in force, for the author's own scanner; `rules` is null where there are none. */
export const OwnRulesAnswer = z.object({
  hash: z.string().check(z.regex(/^[0-9a-f]{0,64}$/)),
  rules: z.nullable(OwnRuleSet),
});
export type OwnRulesAnswer = z.infer<typeof OwnRulesAnswer>;
