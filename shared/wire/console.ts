/** What the console asks of the service beside the API: who is signed in. The session itself is a cookie that no script reads. */
import * as z from 'zod/mini';
import type { StaffRole } from './wire.ts';

/** GET /console/session; 401 when nobody is signed in */
export const ConsoleSession = z.object({
  person: z.object({ id: z.string(), name: z.string(), roles: z.array(z.string() as unknown as z.ZodMiniType<StaffRole>) }),
  organisation: z.string(),
  /** goes with every call that changes something, as `X-CSRF-Token` */
  csrf: z.string(),
  /** the sign-in is fresh and strong enough for what needs it */
  steppedUp: z.boolean(),
});
export type ConsoleSession = z.infer<typeof ConsoleSession>;

const counts = z.record(z.string(), z.int());

/** GET /overview?days=30: what became of messages, by day (UTC), from the log; counts and codes alone. */
export const Overview = z.object({
  days: z.int(),
  /** the first day that is counted; later than asked for where there was too much to count */
  from: z.string(),
  /** false: older entries were left out */
  whole: z.boolean(),
  byDay: z.array(z.object({ day: z.string(), /** recipients' copies by planned protection */ protections: counts, accepted: z.int(), refused: z.int() })),
  verdicts: counts,
  decisions: counts,
  /** why messages were not accepted */
  refusals: counts,
  /** messages that went with a reason given, and copies their author let go by another way */
  overrides: z.object({ justified: z.int(), released: z.int() }),
});
export type Overview = z.infer<typeof Overview>;

/** GET /permissions: every route with the roles that may call it, as it is enforced; made from the same table. */
export const Permissions = z.object({
  roles: z.array(z.string()),
  /** pairs that one person never holds together */
  forbidden: z.array(z.array(z.string())),
  routes: z.array(z.object({
    name: z.string(), method: z.string(), path: z.string(), summary: z.string(),
    /** open to anyone, without sign-in */
    public: z.boolean(),
    roles: z.array(z.string()),
    stepUp: z.boolean(),
  })),
});
export type Permissions = z.infer<typeof Permissions>;
