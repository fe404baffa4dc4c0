/** The policy in force as it travels: opaque to whoever only carries it. Its content is `SignedPolicy` in `policy.ts`. */
import * as z from 'zod/mini';

/** One key signs for its successor: Ed25519, base64, over the JCS of the other three; keys as C2SP verifier keys. */
export const Succession = z.object({ after: z.string(), key: z.string(), origin: z.string(), signature: z.string() });
export type Succession = z.infer<typeof Succession>;

/**
 * Whoever asks, as far as rules can ask about them: their groups, the shared mailboxes they may write from, addresses that are theirs alone, the
 * organisation's clock in minutes east of UTC, and, asked for with `?met=1`, whom they wrote to before (`shared/plan/met.ts`).
 */
const You = z.object({
  groups: z.array(z.string()), shared: z.array(z.string()), own: z.optional(z.array(z.string())), zone: z.optional(z.int()),
  met: z.optional(z.array(z.object({ from: z.string(), key: z.string(), marks: z.string(), all: z.boolean() }))),
});
export type You = z.infer<typeof You>;

/** GET /policy. Ed25519 over the UTF-8 of `signed`, base64; `key` is the raw public key, base64, the log's own; `succession` leads to it from the keys before, oldest first. */
export const ActivePolicy = z.object({
  signed: z.string(), signature: z.string(), key: z.string(), succession: z.optional(z.array(Succession)), you: z.optional(You),
});
export type ActivePolicy = z.infer<typeof ActivePolicy>;
