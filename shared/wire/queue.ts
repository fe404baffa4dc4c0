/** The queue and the domains it delivers to, as an administrator sees and steers them. Nothing of a message, and no address. */
import * as z from 'zod/mini';

const LABEL = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?';
const Domain = z.string().check(z.maxLength(253), z.regex(new RegExp(`^${LABEL}(?:\\.${LABEL})+$`, 'i')));

/** POST /domains/level, POST /queue/try */
export const LevelRequest = z.object({ domain: Domain });
export type LevelRequest = z.infer<typeof LevelRequest>;

/** POST /queue/pause; without a domain all of it. */
export const PauseRequest = z.object({ domain: z.optional(Domain), paused: z.boolean() });
export type PauseRequest = z.infer<typeof PauseRequest>;

/** GET /queue */
export const QueueState = z.object({
  /** copies that could go now, and those that wait for a later time; counted to a hundred thousand */
  ready: z.number(),
  waiting: z.number(),
  /** since when the oldest of the former could go */
  oldest: z.nullable(z.string()),
  paused: z.boolean(),
  /** paused, or resting because no try reached them lately; a hundred at most */
  domains: z.array(z.object({ domain: z.string(), paused: z.boolean(), failures: z.number(), until: z.nullable(z.string()) })),
});
export type QueueState = z.infer<typeof QueueState>;
