/** How our own domains look to receivers: one finding a check, with the records to publish. */
import * as z from 'zod/mini';

export const Finding = z.object({
  domain: z.string(),
  check: z.enum(['mx', 'spf', 'dkim', 'dmarc', 'mta-sts', 'tls-rpt']),
  /** `weak`: works, could be better · `unknown`: could not be looked up */
  state: z.enum(['good', 'weak', 'missing', 'broken', 'unknown']),
  says: z.string(),
  publish: z.optional(z.array(z.object({ name: z.string(), type: z.enum(['TXT', 'FILE']), value: z.string() }))),
});
export type Finding = z.infer<typeof Finding>;

export const Findings = z.object({ data: z.array(Finding) });

/** GET /deliverability?days=30: tries and notices counted by day, UTC. `relayed` taken over · `delayed`, `refused`, `failed` tries · `bounced`, `complained`, `delivered` what their side said later. */
export const Deliverability = z.object({
  days: z.int(),
  data: z.array(z.object({ domain: z.string(), outcomes: z.record(z.string(), z.int()) })),
});
