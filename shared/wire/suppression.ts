/** Addresses that are not to be written to as if nothing had happened: why, since when, until when. */
import * as z from 'zod/mini';

export const SuppressionId = z.string().check(z.regex(/^sup_[0-9a-f-]{36}$/));

export const SuppressionState = z.object({
  id: SuppressionId,
  address: z.string(),
  /** `bounced`: mail came back for good · `complained`: called abuse by somebody there · `asked`: does not want to be written to by mail */
  reason: z.enum(['bounced', 'complained', 'asked']),
  /** what was said, as a code; empty when a person recorded it */
  code: z.string(),
  since: z.string(),
  /** null: until it is lifted */
  until: z.nullable(z.string()),
  by: z.string(),
});
export type SuppressionState = z.infer<typeof SuppressionState>;

export const SuppressionList = z.object({ data: z.array(SuppressionState), next: z.nullable(z.string()) });

/** POST /suppressions. The newer of two reasons counts, but nothing replaces `asked`. */
export const SuppressionRequest = z.object({
  address: z.string().check(z.minLength(3), z.maxLength(254)),
  reason: z.enum(['bounced', 'complained', 'asked']),
  /** null: until it is lifted; absent: 30 for `bounced`, 90 for `complained`, null for `asked` */
  days: z.optional(z.nullable(z.int().check(z.gte(1), z.lte(3650)))),
});
export type SuppressionRequest = z.infer<typeof SuppressionRequest>;
