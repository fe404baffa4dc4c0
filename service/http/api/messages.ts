/** Messages: handed over at once, listed, followed, read again by their author, recalled. */
import { LIMITS, MessageId, type MessageRequest } from '../../../shared/wire/handoff.ts';
import type { ReaderDecision, ExtendRequest, ReleaseRequest } from '../../../shared/wire/timeline.ts';
import { isRefusal, refuse } from '../../refusal.ts';
import { download, outgoing } from '../body.ts';
import { problem } from '../problem.ts';
import type { Call, Desk, Register } from './api.ts';

const CURSOR = /^[A-Za-z0-9_.~=-]{1,512}$/;
const KEY = /^[\x21-\x7e]{1,255}$/;
const PAGE = 50;
const PAGE_AT_MOST = 200;

export function messages(register: Register, { accept, archive, report, ready, metrics, world, log }: Desk): void {
  register<MessageRequest>('send', async ({ c, person, body }) => {
    const key = c.req.header('idempotency-key') ?? '';
    if (!KEY.test(key)) return problem(c, refuse('idempotency-key-missing'));
    if (!ready().ok) return problem(c, refuse('not-ready'));
    if (body.to.length + (body.cc?.length ?? 0) + (body.bcc?.length ?? 0) > LIMITS.recipients) return problem(c, refuse('too-many-recipients'));
    const began = world.now();
    const accepted = await accept.send(person, body, key).catch((error: unknown) => {
      metrics?.accepted(world.now() - began, 'fault');
      throw error;
    });
    metrics?.accepted(world.now() - began, isRefusal(accepted) ? 'refused' : 'accepted');
    return isRefusal(accepted) ? problem(c, accepted) : c.json(accepted, 202);
  });

  register('messages', async ({ c, person }) => {
    const cursor = c.req.query('cursor') ?? null;
    if (cursor !== null && !CURSOR.test(cursor)) return problem(c, refuse('bad-cursor'));
    const limit = Number(c.req.query('limit') ?? PAGE);
    if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_AT_MOST) return problem(c, refuse('bad-request'));
    const list = await report.messages(person, cursor, limit);
    return isRefusal(list) ? problem(c, list) : c.json(list);
  });

  const known = (call: Call<unknown>): string | null => {
    const id = call.c.req.param('id') ?? '';
    return MessageId.safeParse(id).success ? id : null;
  };

  register('message', async (call) => {
    const id = known(call);
    const timeline = id === null ? refuse('not-found') : await report.message(call.person, id);
    return isRefusal(timeline) ? problem(call.c, timeline as never) : call.c.json(timeline);
  });

  register('content', async (call) => {
    const id = known(call);
    const content = id === null ? refuse('not-found') : await report.content(call.person, id);
    return isRefusal(content) ? problem(call.c, content as never) : call.c.json(content);
  });

  register('attachment', async (call) => {
    const id = known(call);
    const n = call.c.req.param('n') ?? '';
    if (id === null || !/^\d{1,4}$/.test(n)) return problem(call.c, refuse('not-found'));
    const found = await report.attachment(call.person, id, Number(n));
    return isRefusal(found) ? problem(call.c, found) : download(call.c, found, log);
  });

  const numbered = (call: Call<unknown>): { readonly id: string; readonly n: number } | null => {
    const [id, n] = [known(call), call.c.req.param('n') ?? ''];
    return id === null || !/^\d{1,4}$/.test(n) ? null : { id, n: Number(n) };
  };

  register<ExtendRequest>('extend', async (call) => {
    const copy = numbered(call);
    const extended = copy === null ? refuse('not-found') : await accept.extend(call.person, copy.id, copy.n, call.body.days);
    return isRefusal(extended) ? problem(call.c, extended as never) : call.c.json(extended);
  });

  register('resend', async (call) => {
    const copy = numbered(call);
    const resent = copy === null ? refuse('not-found') : await accept.resend(call.person, copy.id, copy.n);
    return isRefusal(resent) ? problem(call.c, resent as never) : call.c.json(resent, 202);
  });

  register<ReaderDecision>('decide', async (call) => {
    const [copy, reader] = [numbered(call), call.c.req.param('reader') ?? ''];
    const decided = copy === null || !/^rdr_[0-9a-f]{24}$/.test(reader) ? refuse('not-found') : await accept.decide(call.person, copy.id, copy.n, reader, call.body.allowed);
    return isRefusal(decided) ? problem(call.c, decided as never) : call.c.json(decided);
  });

  register('posted', async (call) => {
    const copy = numbered(call);
    const posted = copy === null ? refuse('not-found') : await accept.posted(call.person, copy.id, copy.n);
    return isRefusal(posted) ? problem(call.c, posted as never) : call.c.json(posted);
  });

  register('stronger', async (call) => {
    const copy = numbered(call);
    const raised = copy === null ? refuse('not-found') : await accept.stronger(call.person, copy.id, copy.n);
    return isRefusal(raised) ? problem(call.c, raised as never) : call.c.json(raised);
  });

  register('held', async (call) => {
    const id = known(call);
    const held = id === null ? refuse('not-found') : await accept.held(call.person, id);
    return isRefusal(held) ? problem(call.c, held as never) : call.c.json(held);
  });

  register<ReleaseRequest>('release', async (call) => {
    const id = known(call);
    if (id === null) return problem(call.c, refuse('not-found'));
    if (!ready().ok) return problem(call.c, refuse('not-ready'));
    const released = await accept.release(call.person, id, call.body);
    if (isRefusal(released)) return problem(call.c, released);
    return released.kind === 'plan-changed' ? problem(call.c, refuse('plan-changed'), { held: released.held }) : call.c.json(released.released);
  });

  register('archive', async (call) => {
    const id = known(call);
    const found = id === null ? refuse('not-found') : await archive(call.person, id);
    if (isRefusal(found)) return problem(call.c, found as never);
    return new Response(outgoing(call.c, (found as Exclude<typeof found, { readonly kind: 'refused' }>).bytes, log), { headers: { 'content-type': 'application/x-ndjson', 'content-disposition': 'attachment; filename="archive.ndjson"', 'cache-control': 'no-store' } });
  });

  register('recall', async (call) => {
    const id = known(call);
    const recalled = id === null ? refuse('not-found') : await accept.recall(call.person, id);
    return isRefusal(recalled) ? problem(call.c, recalled as never) : call.c.json(recalled);
  });
}
