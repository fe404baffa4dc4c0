/** The policy in force as it travels: opaque to whoever only carries it. Its content is `SignedPolicy` in `policy.ts`. */
import * as z from 'zod/mini';

/** One key signs for its successor: Ed25519, base64, over the JCS of the other three; keys as C2SP verifier keys. */
export const Succession = z.object({ after: z.string(), key: z.string(), origin: z.string(), signature: z.string() });
export type Succession = z.infer<typeof Succession>;

/**
 * GET /policy. Ed25519 over the UTF-8 of `signed`, base64; `key` is the raw public key, base64, the log's own; `succession` leads to it from the keys before, oldest first.
 * `you`: whoever asks, as far as rules can ask about them: their groups, and the shared mailboxes they may write from.
 */
export const ActivePolicy = z.object({
  signed: z.string(), signature: z.string(), key: z.string(), succession: z.optional(z.array(Succession)), you: z.optional(z.object({ groups: z.array(z.string()), shared: z.array(z.string()) })),
});
export type ActivePolicy = z.infer<typeof ActivePolicy>;
