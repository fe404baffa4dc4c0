/** The log for those who ask it: events filtered and paged, proofs, the checkpoint and the key that verifies it. */
import * as z from 'zod/mini';
import type { AuditPage, AuditProof } from '../../../shared/wire/audit.ts';
import type { Person } from '../../people/people.ts';
import { isRefusal, refuse } from '../../refusal.ts';
import type { WireRefusal } from '../../route.ts';
import { problem } from '../problem.ts';
import type { Desk, Register } from './api.ts';

const word = z.string().check(z.regex(/^[A-Za-z0-9_.:-]{1,100}$/));
const time = z.iso.datetime({ offset: true });

/**
 * Filters of `GET /audit/events`. Strict: a filter that is misspelt must fail, not answer a wider question. Addresses are no filter
 * here, because queries end up in the access logs of proxies.
 */
export const AuditFilter = z.strictObject({
  from: z.optional(time),
  to: z.optional(time),
  type: z.optional(z.array(word).check(z.maxLength(20))),
  outcome: z.optional(z.enum(['ok', 'denied', 'failed', 'unknown'])),
  actor: z.optional(word),
  message: z.optional(word),
  item: z.optional(word),
  order: z._default(z.enum(['asc', 'desc']), 'desc'),
  limit: z._default(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(500)), 100),
  cursor: z.optional(z.string().check(z.regex(/^[A-Za-z0-9_.~=-]{1,1024}$/))),
});
export type AuditFilter = z.infer<typeof AuditFilter>;

/** What the edge asks of the log. `reader` is given so that asking is itself noted. */
export interface AuditRead {
  events(reader: Person, filter: AuditFilter): Promise<AuditPage | WireRefusal>;
  /** `size`: tree size to prove against; null for the newest checkpoint's */
  proof(reader: Person, seq: number, size: number | null): Promise<AuditProof | WireRefusal>;
  /** C2SP signed note; null before the first */
  checkpoint(): Promise<string | null>;
  /** C2SP verifier key */
  vkey(): Promise<string>;
}

const TEXT = { 'content-type': 'text/plain; charset=utf-8' };

export function audit(register: Register, desk: Pick<Desk, 'audit'>): void {
  register('events', async ({ c, person }) => {
    const query = c.req.queries();
    const once = Object.entries(query).every(([name, values]) => name === 'type' || values.length === 1);
    const asked = Object.fromEntries(Object.entries(query).map(([name, values]) => [name, name === 'type' ? values : values[0]]));
    const filter = AuditFilter.safeParse(asked);
    if (!once || !filter.success) {
      return problem(c, refuse(!filter.success && filter.error.issues[0]?.path[0] === 'cursor' ? 'bad-cursor' : 'bad-request'));
    }
    const page = await desk.audit.events(person, filter.data);
    if (isRefusal(page)) return problem(c, page);
    if (page.page.next !== null) {
      // RFC 8288; relative, so that no proxy's idea of our name matters
      const next = new URL(c.req.url).searchParams;
      next.set('cursor', page.page.next);
      c.header('link', `<?${next.toString()}>; rel="next"`);
    }
    return c.json(page);
  });

  register('proof', async ({ c, person }) => {
    const seq = c.req.param('seq') ?? '';
    const size = c.req.query('size');
    if (!/^\d{1,15}$/.test(seq)) return problem(c, refuse('not-found'));
    if (size !== undefined && !/^\d{1,15}$/.test(size)) return problem(c, refuse('bad-request'));
    const proof = await desk.audit.proof(person, Number(seq), size === undefined ? null : Number(size));
    return isRefusal(proof) ? problem(c, proof) : c.json(proof);
  });

  register('checkpoint', async ({ c }) => {
    const note = await desk.audit.checkpoint();
    return note === null ? problem(c, refuse('not-found')) : c.body(note, 200, TEXT);
  });

  register('vkey', async ({ c }) => c.body(await desk.audit.vkey(), 200, TEXT));
}
