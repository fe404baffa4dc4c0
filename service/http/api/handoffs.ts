/** The two-phase hand-over: stage, parts, commit, ask. A lost answer is resolved by asking again with the same id. */
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { HandoffId, LIMITS, Sha256, type CommitRequest, type HandoffRequest } from '../../../shared/wire/handoff.ts';
import { isRefusal, refuse, type WireRefusal } from '../../refusal.ts';
import { bodyStream, statedLength } from '../body.ts';
import { problem } from '../problem.ts';
import type { Desk, Register } from './api.ts';

export function handoffs(register: Register, { accept, ready, metrics, world }: Desk): void {
  register<HandoffRequest>('stage', async ({ c, person, body }) => {
    if (!ready().ok) return problem(c, refuse('not-ready'));
    if (body.draft.recipients.length > LIMITS.recipients) return problem(c, refuse('too-many-recipients'));
    const staged = await accept.stage(person, body);
    return isRefusal(staged) ? problem(c, staged) : c.json(staged.state, staged.created ? 201 : 200);
  });

  register('part', async ({ c, person }) => {
    const id = c.req.param('id') ?? '';
    const sha256 = c.req.param('sha256') ?? '';
    if (!HandoffId.safeParse(id).success || !Sha256.safeParse(sha256).success) return problem(c, refuse('not-found'));
    if ((c.req.header('content-type') ?? '').toLowerCase().startsWith('multipart/')) return problem(c, refuse('unsupported-media-type'));
    if ((statedLength(c) ?? 0) > LIMITS.attachment) return problem(c, refuse('too-large'));
    if (!ready().ok) return problem(c, refuse('not-ready'));

    // The room reads at its own pace; more than the limit, or a client that goes away, ends its stream with an error and nothing is kept.
    const bytes = new PassThrough();
    let over = false;
    const source = bodyStream(c);
    const filled = pipeline(async function* capped() {
      let size = 0;
      for await (const chunk of source.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
        size += chunk.byteLength;
        if (size > LIMITS.attachment) {
          over = true;
          throw new Error('The part is larger than allowed.');
        }
        yield chunk;
      }
    }, bytes).catch(() => undefined);
    let kept: null | WireRefusal;
    try {
      kept = await accept.part(person, id, sha256, bytes);
    } catch (error) {
      if (over) return problem(c, refuse('too-large'));
      if (source.errored !== null) return problem(c, refuse('digest-mismatch'));
      throw error;
    } finally {
      bytes.destroy();
      await filled;
    }
    if (over) return problem(c, refuse('too-large'));
    return isRefusal(kept) ? problem(c, kept) : c.body(null, 204);
  });

  register<CommitRequest>('commit', async ({ c, person, body }) => {
    const id = c.req.param('id') ?? '';
    if (!HandoffId.safeParse(id).success) return problem(c, refuse('not-found'));
    if (!ready().ok) return problem(c, refuse('not-ready'));
    const began = world.now();
    const outcome = await accept.commit(person, id, body).catch((error: unknown) => {
      metrics?.accepted(world.now() - began, 'fault');
      throw error;
    });
    metrics?.accepted(world.now() - began, outcome.kind === 'accepted' ? 'accepted' : 'refused');
    switch (outcome.kind) {
      case 'accepted': return c.json(outcome.accepted, outcome.fresh ? 202 : 200);
      case 'plan-changed': return problem(c, refuse('plan-changed'), { plan: outcome.plan });
      case 'already-sent': return problem(c, refuse('already-sent'), { accepted: outcome.accepted });
      case 'refused': return problem(c, outcome);
    }
  });

  register('handoff', async ({ c, person }) => {
    const id = c.req.param('id') ?? '';
    if (!HandoffId.safeParse(id).success) return problem(c, refuse('not-found'));
    const state = await accept.handoff(person, id);
    return isRefusal(state) ? problem(c, state) : c.json(state);
  });
}
