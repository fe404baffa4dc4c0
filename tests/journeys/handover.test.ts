/** The two-phase hand-over as the pane does it: parts, plan that changed, answers that got lost, ids that are not one's own. */
import { createHash, randomBytes } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestInput, type Draft } from '../../shared/draft/draft.ts';
import { openStage, type Stage } from './stage.ts';

const hash = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');
const ANA = { address: 'ana.ruiz@riverside.test', name: 'Dr. Ana Ruiz' };

function draftOf(text: string, parts: readonly Uint8Array[] = [], to = 'tess.lane@lakeside.test'): Draft {
  return {
    from: ANA, recipients: [{ address: to, role: 'to' }], subject: 'Results', text,
    attachments: parts.map((p, i) => ({ filename: `part${i}.bin`, contentType: 'application/octet-stream', size: p.length, sha256: hash(p) })),
  };
}

describe('a hand-over', () => {
  let stage: Stage;
  beforeAll(async () => { stage = await openStage(); });
  afterAll(() => stage?.close());

  const id = () => `ho_${crypto.randomUUID()}`;
  const stageDraft = (ho: string, draft: Draft, who = 'ana') => stage.call(who, 'POST', 'handoffs', { id: ho, digest: hash(digestInput(draft)), draft });
  const commit = (ho: string, draft: Draft, plan: string, who = 'ana') => stage.call(who, 'POST', `handoffs/${ho}/commit`, { digest: hash(digestInput(draft)), plan });
  /** What the pane would show: asked for with what its own scan found. */
  async function shownPlan(draft: Draft, level = 'high'): Promise<string> {
    const answer = await stage.call('ana', 'POST', 'plan', { from: draft.from, recipients: draft.recipients, verdict: { level, sensitive: [], people: 1 }, kinds: { MRN: 1 }, subjectIdentifier: false, unscannable: 0 });
    expect(answer.status).toBe(200);
    return answer.body.digest;
  }

  it('takes parts, says what is missing, accepts once and answers the same receipt again', async () => {
    const parts = [randomBytes(700_000), Buffer.from('name,mrn\nMaria Alvarez,4471902\n')];
    const draft = draftOf('Maria Alvarez, MRN 4471902: potassium 6.1.', parts);
    const ho = id();
    const staged = await stageDraft(ho, draft);
    expect(staged.status).toBe(201);
    expect(staged.body.missing).toEqual(draft.attachments.map((a) => a.sha256));
    expect((await stageDraft(ho, draft)).status, 'the same again').toBe(200);
    expect((await commit(ho, draft, '0'.repeat(64))).body.code).toBe('parts-missing');

    const put = (bytes: Uint8Array, sha256 = hash(bytes)) => stage.call('ana', 'PUT', `handoffs/${ho}/parts/${sha256}`, bytes);
    expect((await put(parts[0]!)).status).toBe(204);
    expect((await put(Buffer.from('something else'), hash(parts[1]!))).body.code).toBe('digest-mismatch');
    expect((await put(Buffer.alloc(40, 1), hash(parts[1]!))).body.code).toMatch(/too-large|digest-mismatch/);
    expect((await put(Buffer.from('never named'))).status).toBe(404);
    expect((await put(parts[1]!)).status).toBe(204);
    expect((await stage.call('ana', 'GET', `handoffs/${ho}`)).body.missing).toEqual([]);

    const old = await commit(ho, draft, '0'.repeat(64));
    expect(old.status).toBe(409);
    expect(old.body).toMatchObject({ code: 'plan-changed', plan: { recipients: [{ protection: 'tls' }] } });
    const accepted = await commit(ho, draft, old.body.plan.digest);
    expect(accepted.status).toBe(202);
    expect(accepted.body.receipt).toMatchObject({ handoff: ho, digest: hash(digestInput(draft)) });
    const again = await commit(ho, draft, old.body.plan.digest);
    expect([200, 202]).toContain(again.status);
    expect(again.body.receipt).toEqual(accepted.body.receipt);
    expect((await stage.call('ana', 'GET', `handoffs/${ho}`)).body).toMatchObject({ state: 'committed', receipt: { receipt: accepted.body.receipt } });

    const other = draftOf('A different text.');
    const differs = await commit(ho, other, await shownPlan(other));
    expect(differs.status).toBe(409);
    expect(differs.body.code).toBe('already-sent');
    await stage.until('ana', accepted.body.id, ['relayed']);
    const opened = await stage.opened('tess.lane@lakeside.test', 0);
    expect(opened.attachments.map((a: { size: number }) => a.size)).toEqual(parts.map((p) => p.length));
  });

  it('answers only its author', async () => {
    const draft = draftOf('Ordinary text.');
    const ho = id();
    await stageDraft(ho, draft);
    for (const [method, path, body] of [['GET', `handoffs/${ho}`], ['POST', `handoffs/${ho}/commit`, { digest: hash(digestInput(draft)), plan: '0'.repeat(64) }], ['PUT', `handoffs/${ho}/parts/${'0'.repeat(64)}`, Buffer.from('x')]] as const) {
      expect((await stage.call('noor', method, path, body)).status).toBe(404);
    }
  });

  it('two commits at once make one message', async () => {
    const draft = draftOf('Twice clicked.');
    const ho = id();
    await stageDraft(ho, draft);
    const plan = await shownPlan(draft, 'none');
    const answers = await Promise.all(Array.from({ length: 8 }, () => commit(ho, draft, plan)));
    expect(new Set(answers.map((a) => a.body.id ?? a.body.code)).size, JSON.stringify(answers.map((a) => a.body))).toBe(1);
    const list = await stage.call('ana', 'GET', 'messages?limit=100');
    expect(list.body.data.filter((m: { id: string }) => m.id === answers[0]?.body.id)).toHaveLength(1);
  });

  it('the same Idempotency-Key at once makes one message, another body under it is refused', async () => {
    const key = crypto.randomUUID();
    const answers = await Promise.all(Array.from({ length: 8 }, () => stage.send('ana', { to: [{ address: 'tess.lane@lakeside.test' }] }, key)));
    expect(new Set(answers.map((a) => a.body.id)).size).toBe(1);
    expect((await stage.send('ana', { to: [{ address: 'tess.lane@lakeside.test' }], text: 'Other.' }, key)).body.code).toBe('idempotency-mismatch');
  });

  it('25 MB go through by parts while the event loop stays free', async () => {
    const part = randomBytes(25 * 1024 * 1024);
    const draft = draftOf('One large file.', [part]);
    const ho = id();
    await stageDraft(ho, draft);
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const put = await stage.call('ana', 'PUT', `handoffs/${ho}/parts/${hash(part)}`, part);
    expect(put.status).toBe(204);
    const first = await commit(ho, draft, '0'.repeat(64));
    const accepted = await commit(ho, draft, first.body.plan.digest);
    delay.disable();
    expect(accepted.status, JSON.stringify(accepted.body)).toBe(202);
    console.info(`event loop during a 25 MB hand-over: longest pause ${Math.round(delay.max / 1e6)} ms (client and server share it)`);
    await stage.until('ana', accepted.body.id, ['relayed']);
  });

  it('that another window replaces while it is committed says so, and does not deny that it exists', async () => {
    for (let n = 0; n < 5; n += 1) {
      const [ho, one, other] = [id(), draftOf('Maria Alvarez, MRN 4471902: one.'), draftOf('Maria Alvarez, MRN 4471902: other.')];
      await stageDraft(ho, one);
      const plan = await shownPlan(one);
      const [committed] = await Promise.all([commit(ho, one, plan), stageDraft(ho, other)]);
      expect([200, 202, 409, 422]).toContain(committed?.status);
    }
  });
});
