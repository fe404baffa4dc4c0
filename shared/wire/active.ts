/** The policy in force as it travels: opaque to whoever only carries it. Its content is `SignedPolicy` in `policy.ts`. */
import * as z from 'zod/mini';

/** GET /policy. Ed25519 over the UTF-8 of `signed`, base64; `key` is the raw public key, base64, the log's own. */
export const ActivePolicy = z.object({ signed: z.string(), signature: z.string(), key: z.string() });
export type ActivePolicy = z.infer<typeof ActivePolicy>;
