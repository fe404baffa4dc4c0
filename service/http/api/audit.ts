/** The log for those who ask it: events filtered and paged, proofs, the checkpoint and the key that verifies it. */
import { AddressedFilter, type AuditFilter } from '../../../shared/wire/audit.ts';
import { isRefusal, refuse } from '../../refusal.ts';
import { problem } from '../problem.ts';
import type { Desk, Register } from './api.ts';

const TEXT = { 'content-type': 'text/plain; charset=utf-8' };

export function audit(register: Register, desk: Pick<Desk, 'audit'>): void {
  register('events', async ({ c, person }) => {
    const query = c.req.queries();
    const once = Object.entries(query).every(([name, values]) => name === 'type' || values.length === 1);
    const asked = Object.fromEntries(Object.entries(query).map(([name, values]) => [name, name === 'type' ? values : values[0]]));
    const filter = AddressedFilter.safeParse(asked);
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

  register<AuditFilter>('find', async ({ c, person, body }) => {
    const page = await desk.audit.events(person, body);
    return isRefusal(page) ? problem(c, page) : c.json(page);
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
