/** Messages that wait for a second person. Who may not decide finds nothing here, as if nothing waited. */
import { isMailbox } from '../../../shared/draft/address.ts';
import type { ConsentRequest, Decision, DeputyRequest, PassRequest } from '../../../shared/wire/approval.ts';
import { MessageId } from '../../../shared/wire/handoff.ts';
import { isRefusal, refuse, type WireRefusal } from '../../refusal.ts';
import { problem } from '../problem.ts';
import type { Call, Desk, Register } from './api.ts';

const PAGE = 50;
const PAGE_AT_MOST = 200;
const CURSOR = /^(\d{1,16})~(msg_[0-9a-f-]{36})$/;

export function approvals(register: Register, { approve, approval, policy, denied }: Pick<Desk, 'approve' | 'approval' | 'policy' | 'denied'>): void {
  register<ConsentRequest>('recordConsent', async ({ c, person, body }) => (body.recipient !== undefined && !isMailbox(body.recipient)
    ? problem(c, { ...refuse('bad-address'), pointer: '/recipient' }) : c.json(await policy.recordConsent({ kind: 'staff', id: person.id }, body), 201)));

  register('revokeConsent', async ({ c, person }) => {
    const id = c.req.param('consent') ?? '';
    return /^con_[0-9a-f]{24}$/.test(id) && (await policy.revokeConsent({ kind: 'staff', id: person.id }, id)) ? c.body(null, 204) : problem(c, refuse('not-found'));
  });

  const known = ({ c }: Call<unknown>): string | null => MessageId.safeParse(c.req.param('id')).data ?? null;

  register('approvals', async ({ c, person }) => {
    const cursor = c.req.query('cursor');
    const from = CURSOR.exec(cursor ?? '0~msg_000000000000000000000000000000000000');
    if (!from) return problem(c, refuse('bad-cursor'));
    const limit = Number(c.req.query('limit') ?? PAGE);
    if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_AT_MOST) return problem(c, refuse('bad-request'));
    const rows = await approve.waiting(person, { deadline: Number(from[1]), message: cursor === undefined ? '' : (from[2] ?? '') }, limit + 1);
    const last = rows[limit - 1];
    return c.json({ data: rows.slice(0, limit), next: rows.length > limit && last ? `${Date.parse(last.deadline)}~${last.id}` : null });
  });

  register('approvalContent', async (call) => {
    const id = known(call);
    const content = id === null ? refuse('not-found') : await approve.content(call.person, id);
    return isRefusal(content) ? problem(call.c, content as WireRefusal) : call.c.json(content);
  });

  for (const [name, to] of [['approveMessage', 'approved'], ['denyMessage', 'denied']] as const) {
    register<Decision>(name, async (call) => {
      const id = known(call);
      const done = id === null ? refuse('not-found') : await approve.decide(call.person, id, to, call.body);
      if (!isRefusal(done)) return call.c.json(done);
      if (done.code === 'second-person-needed') denied?.(call.person, name, done.code);
      return problem(call.c, done as WireRefusal);
    });
  }

  register<PassRequest>('passMessage', async (call) => {
    const id = known(call);
    const done = id === null ? refuse('not-found') : await approve.pass(call.person, id, call.body.address);
    if (!isRefusal(done)) return call.c.body(null, 204);
    if (done.code === 'second-person-needed') denied?.(call.person, 'passMessage', done.code);
    return problem(call.c, done as WireRefusal);
  });

  register<DeputyRequest>('appoint', async ({ c, person, body }) => {
    const named = await approval.appoint(person, body);
    return isRefusal(named) ? problem(c, named as WireRefusal) : c.json(named, 201);
  });

  register('deputies', async ({ c, person }) => c.json({ data: await approval.deputies(person) }));

  register('dismiss', async ({ c, person }) => {
    const id = c.req.param('deputy') ?? '';
    return /^dep_[0-9a-f]{24}$/.test(id) && (await approval.dismiss(person, id)) ? c.body(null, 204) : problem(c, refuse('not-found'));
  });
}
