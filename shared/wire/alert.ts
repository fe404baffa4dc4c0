/** What somebody should look into: raised by rules over the log, or by a rule of the policy; acknowledged by a person. */
import * as z from 'zod/mini';
import type { Endpoint } from './wire.ts';

export const AlertId = z.string().check(z.regex(/^alr_[0-9a-f]{32}$/));

export const Alert = z.object({
  id: AlertId,
  /** which rule raised it, of the closed table of `service/alert` */
  kind: z.string(),
  severity: z.enum(['notice', 'warning', 'urgent']),
  raised: z.string(),
  /** how often it happened within the rule's time */
  count: z.int(),
  /** opaque id of a person or a message; empty when it is about neither */
  about: z.string(),
  /** what happened, and what to do */
  text: z.string(),
  advice: z.string(),
  acknowledged: z.nullable(z.object({ by: z.string(), at: z.string() })),
});
export type Alert = z.infer<typeof Alert>;

export const AlertList = z.object({ data: z.array(Alert), next: z.nullable(z.string()), open: z.int(), /** of people they are about, or who have seen to them, where they are known */ names: z.optional(z.record(z.string(), z.string())) });
export type AlertList = z.infer<typeof AlertList>;

const watchers = ['system-admin', 'compliance', 'privacy-officer'] as const;

export const ALERTS = {
  alerts: { method: 'get', path: '/alerts', summary: 'What somebody should look into, newest first; `state=open` for what nobody has acknowledged', who: [...watchers, 'auditor'], answers: { 200: AlertList } },
  acknowledge: { method: 'post', path: '/alerts/:id/acknowledge', summary: 'Say that one has seen to it', who: watchers, answers: { 200: Alert } },
} as const satisfies { readonly [name: string]: Endpoint };
