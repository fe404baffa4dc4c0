/** What compliance staff and auditors ask for over the wire: the log's integrity, look-ups, reports, exports, controls, incidents. compliance.md §5. */
import * as z from 'zod/mini';
import type { Endpoint } from './wire.ts';

const readers = ['compliance', 'privacy-officer', 'auditor'] as const;

export const Consistency = z.object({
  from: z.int(),
  to: z.int(),
  /** base64 node hashes (RFC 6962 §2.1.2) */
  proof: z.array(z.string()),
});
export type Consistency = z.infer<typeof Consistency>;

export const Integrity = z.object({
  origin: z.string(),
  vkey: z.string(),
  tree_size: z.int(),
  checkpoint: z.nullable(z.string()),
  checkpoint_time: z.nullable(z.string()),
  /** ms the oldest event waits for its place */
  lag: z.int(),
  /** true while the log cannot be continued */
  broken: z.boolean(),
  anchors: z.array(z.object({ kind: z.enum(['witness', 'timestamp', 'copy']), name: z.string(), size: z.int(), time: z.string(), /** base64 */ proof: z.string() })),
});
export type Integrity = z.infer<typeof Integrity>;

export const Rotated = z.object({ vkey: z.string() });
export type Rotated = z.infer<typeof Rotated>;

export const COMPLIANCE = {
  consistency: { method: 'get', path: '/log/consistency', summary: 'Proof that one signed tree is the beginning of another (?from=&to=)', who: 'public', answers: { 200: Consistency } },
  integrity: { method: 'get', path: '/log/integrity', summary: 'The log\'s size, newest checkpoint and what others hold of it', who: [...readers, 'system-admin'], answers: { 200: Integrity } },
  rotateLogKey: { method: 'post', path: '/log/key', summary: 'Let the log go on under a new key, by the word of the old one', who: ['system-admin'], answers: { 200: Rotated } },
} as const satisfies { [name: string]: Endpoint };
