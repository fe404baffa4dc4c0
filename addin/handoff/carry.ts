/**
 * Carries hand-overs: does what the machine of `handoff.ts` says is next and tells it what happened. One draft each; a hand-over stays with the
 * item it began on, whatever a pinned pane shows meanwhile. Bytes of attachments live here, in memory, until the receipt.
 */
import type { Accepted, HandoffRequest, Wishes } from '../../shared/wire/handoff.ts';
import type * as z from 'zod/mini';
import type { Companion } from '../companion/companion.ts';
import type { DraftItem, Notice } from '../outlook/outlook.ts';
import { isRefused, type Refused } from '../refusal.ts';
import { advance, type Facts, type Handoff, type Happened, type Todo } from './handoff.ts';
import { takeSnapshot, type Clock, type Shot } from './snapshot.ts';

export type Wish = z.infer<typeof Wishes>;

interface Job {
  state: Handoff;
  item: DraftItem;
  wishes: Wish;
  shot: Shot | null;
}

interface Handoffs {
  of(id: string): Handoff;
  send(id: string, item: DraftItem, plan: string, wishes: Wish): void;
  /** a committed hand-over was found on this draft; `finish` when it began in this very window */
  found(id: string, item: DraftItem, accepted: Accepted, finish: boolean): Promise<void>;
  /** the window shows this draft again: the same hand-over, reached anew */
  rejoin(id: string, item: DraftItem): void;
  agree(id: string, wishes: Wish): void;
  say(event: Happened): void;
}

/** How long to wait before asking again what became of a commit. */
const ASK_AGAIN = [700, 1500, 3000, 6000, 10_000];

const CLOSE_AFTER = 4_000;

function factsOf(shot: Shot): Facts {
  return {
    digest: shot.digest,
    parts: shot.draft.attachments.map((a) => ({ sha256: a.sha256, filename: a.filename, size: a.size, sent: 0, there: false })),
  };
}

/** These say that the draft no longer is what was read; any other refusal, that Outlook did not let us look. */
const DIFFERENT = ['recipient-unresolved', 'no-recipients', 'draft-unsettled', 'attachment-cloud', 'too-many-recipients', 'too-many-attachments',
  'subject-too-long', 'body-too-long', 'too-large', 'attachment-too-large'];

export function openHandoffs({ companion, clock, notice, changed }: {
  companion: Pick<Companion, 'stage' | 'part' | 'commit' | 'handoff'>; clock: Clock; notice: (accepted: Accepted) => Notice; changed: (id: string) => void;
}): Handoffs {
  const jobs = new Map<string, Job>();

  function say(event: Happened): void {
    const job = jobs.get(event.id);
    if (!job) return;
    const [state, todos] = advance(job.state, event);
    const moved = state !== job.state;
    job.state = state;
    if (state.at === 'comparing' || state.at === 'sent' || state.at === 'spent') job.shot = null;
    if (moved) changed(event.id);
    for (const todo of todos) void work(todo, job);
  }

  const tell = (id: string, answer: null | Refused, done: Happened): void => {
    if (isRefused(answer)) say({ is: 'refused', id, code: answer.code, ...(answer.index === undefined ? {} : { index: answer.index }) });
    else say(done);
  };

  async function upload(id: string, missing: readonly string[], shot: Shot): Promise<void> {
    const queue = [...new Set(missing)];
    let bad: Refused | null = null;
    const carrier = async () => {
      for (let sha256 = queue.shift(); sha256 && !bad; sha256 = queue.shift()) {
        const part = sha256;
        const bytes = shot.bytes.get(part);
        if (!bytes) {
          bad = { kind: 'refused', code: 'unknown-answer' };
          break;
        }
        const answer = await companion.part(id, part, bytes, (sent) => say({ is: 'progress', id, sha256: part, sent }));
        if (isRefused(answer)) bad = answer;
        else say({ is: 'arrived', id, sha256: part });
      }
    };
    await Promise.all([carrier(), carrier()]);
    tell(id, bad, { is: 'uploaded', id });
  }

  async function commit(id: string, job: Job): Promise<void> {
    const { state } = job;
    if (state.at !== 'committing') return;
    const answer = await companion.commit(id, { digest: state.shot.digest, plan: state.plan, wishes: job.wishes });
    if (isRefused(answer) && answer.code === 'no-answer') say({ is: 'no-answer', id });
    else if (isRefused(answer)) tell(id, answer, { is: 'no-answer', id });
    else if ('kind' in answer) say({ is: 'plan-changed', id, plan: answer.plan });
    else say({ is: 'accepted', id, accepted: answer });
  }

  async function ask(id: string, turn: number): Promise<void> {
    await clock.wait(ASK_AGAIN[Math.min(turn, ASK_AGAIN.length - 1)] as number);
    const answer = await companion.handoff(id);
    if (answer === null) say({ is: 'refused', id, code: 'not-found' });
    else if (!isRefused(answer)) say({ is: 'answered', id, state: answer });
    else if (['offline', 'not-ready', 'fault', 'unknown-answer', 'too-many-requests'].includes(answer.code)) say({ is: 'no-answer', id });
    else say({ is: 'refused', id, code: answer.code });
  }

  async function compare(id: string, job: Job): Promise<void> {
    const { state, item } = job;
    if (state.at !== 'comparing') return;
    // Known to the event handler from now on; only a hint, so a failure changes nothing.
    await item.stamp(id, state.accepted.receipt.acceptedAt);
    const again = await takeSnapshot(item, clock);
    if (!isRefused(again)) say({ is: 'compared', id, same: again.digest === state.shot.digest });
    else if (DIFFERENT.includes(again.code)) say({ is: 'compared', id, same: false });
    else say({ is: 'refused', id, code: again.code });
  }

  async function work(todo: Todo, job: Job): Promise<void> {
    const { id } = todo;
    const { item } = job;
    switch (todo.do) {
      case 'save': return tell(id, await item.save(), { is: 'saved', id });
      case 'stamp': {
        const stamped = await item.stamp(id);
        return tell(id, isRefused(stamped) ? stamped : await item.save(), { is: 'stamped', id });
      }
      case 'read': {
        const shot = await takeSnapshot(item, clock);
        if (isRefused(shot)) return tell(id, shot, { is: 'saved', id });
        job.shot = shot;
        return say({ is: 'read', id, shot: factsOf(shot) });
      }
      case 'stage': {
        if (!job.shot) return say({ is: 'refused', id, code: 'draft-unsettled' });
        // A question counts with the commit: its answer does not wait in a draft.
        const { question: _, ...wishes } = job.wishes;
        const request: HandoffRequest = { id, digest: job.shot.digest, draft: wire(job.shot), wishes };
        const answer = await companion.stage(request);
        // Committed before with other content: what exactly, only the service can say.
        if (isRefused(answer) && answer.code === 'already-sent') return ask(id, 0);
        return isRefused(answer) ? tell(id, answer, { is: 'saved', id }) : say({ is: 'answered', id, state: answer });
      }
      case 'upload': return job.shot ? upload(id, todo.missing, job.shot) : say({ is: 'refused', id, code: 'draft-unsettled' });
      case 'commit': return commit(id, job);
      case 'ask': return ask(id, todo.turn);
      case 'compare': return compare(id, job);
      case 'scrub': {
        const { state } = job;
        if (state.at !== 'scrubbing') return;
        return tell(id, await item.scrub(id, notice(state.accepted)), { is: 'scrubbed', id });
      }
      case 'close': {
        // Long enough to see that it went, short enough not to wait for.
        if (!('now' in todo)) {
          await clock.wait(CLOSE_AFTER);
          if (job.state.at !== 'closing') return;
        }
        return tell(id, await item.close(), { is: 'closed', id });
      }
    }
  }

  return {
    of: (id) => jobs.get(id)?.state ?? { at: 'idle' },
    send(id, item, plan, wishes) {
      const job = jobs.get(id);
      if (job && job.item === item) job.wishes = wishes;
      else jobs.set(id, { state: { at: 'idle' }, item, wishes, shot: null });
      say({ is: 'send', id, plan });
    },
    async found(id, item, accepted, finish) {
      const shot = finish ? await takeSnapshot(item, clock) : null;
      jobs.set(id, { state: { at: 'idle' }, item, wishes: {}, shot: null });
      say({ is: 'found', id, accepted, finish: shot && !isRefused(shot) ? factsOf(shot) : null });
    },
    rejoin(id, item) {
      const job = jobs.get(id);
      if (job) job.item = item;
    },
    agree(id, wishes) {
      const job = jobs.get(id);
      if (job) job.wishes = wishes;
      say({ is: 'author-agrees', id });
    },
    say,
  };
}

function wire(shot: Shot): HandoffRequest['draft'] {
  const { recipients, attachments, references, labels, ...rest } = shot.draft;
  return { ...rest, recipients: [...recipients], attachments: [...attachments], ...(references ? { references: [...references] } : {}), ...(labels === undefined ? {} : { labels: labels && [...labels] }) };
}
