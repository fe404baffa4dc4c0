/**
 * One hand-over of one draft, as a machine without I/O: state + what happened → state + what to do next.
 *
 *   idle → saving → stamping → reading → staging → uploading → committing → comparing → scrubbing → closing → sent
 *
 * Up to the receipt nothing the author wrote is changed. `scrub` comes only after a receipt whose digest is the snapshot's, and after the draft
 * was read again and found the same, or its author decided. An answer that got lost is asked for, never guessed: `asking`.
 * What is wrong with a draft is `stopped`, with a code; the draft is then untouched.
 */
import { SPOKEN_CODE_ASKS } from '../../shared/plan/protection.ts';
import type { Accepted, HandoffState, Plan } from '../../shared/wire/handoff.ts';

interface Part {
  readonly sha256: string;
  readonly filename: string;
  readonly size: number;
  /** bytes that left this computer */
  readonly sent: number;
  readonly there: boolean;
}

/** The snapshot without its bytes. */
export interface Facts {
  readonly digest: string;
  readonly parts: readonly Part[];
}

interface Begun { readonly id: string; readonly plan: string }
interface Read extends Begun {
  readonly shot: Facts;
  /** staged once more after the service had lost it; a second loss stops */
  readonly again?: true;
}
type Uploading = { readonly at: 'uploading' } & Read;
interface Receipted { readonly id: string; readonly shot: Facts; readonly accepted: Accepted }

export type Handoff =
  | { readonly at: 'idle' }
  | ({ readonly at: 'saving' | 'stamping' | 'reading' } & Begun)
  | ({ readonly at: 'staging' | 'committing' } & Read)
  | Uploading
  /** no answer to commit: the service is asked what became of it */
  | ({ readonly at: 'asking'; readonly turn: number } & Read)
  | ({ readonly at: 'replanned'; readonly shown: Plan } & Read)
  | { readonly at: 'stopped'; readonly id: string; readonly code: string; readonly index?: number }
  | ({ readonly at: 'comparing' | 'scrubbing' | 'closing' } & Receipted)
  /** the draft changed after it was read: the author decides */
  | ({ readonly at: 'changed' } & Receipted)
  /** `left` says what became of the draft */
  | { readonly at: 'sent'; readonly id: string; readonly accepted: Accepted; readonly left: Left }
  /** this draft bears the id of a message that is already sent */
  | { readonly at: 'spent'; readonly id: string; readonly accepted: Accepted };

/** `closed` the window is gone · `open` cleared and left open on purpose · `manual` cleared, Outlook lets only the author close it · `kept` the author keeps what they wrote · else a code: not cleared, why. */
export type Left = 'closed' | 'open' | 'manual' | 'kept' | 'item-gone' | 'receipt-mismatch' | (string & {});

export type Happened =
  | { readonly is: 'send'; readonly id: string; readonly plan: string }
  | { readonly is: 'saved' | 'stamped'; readonly id: string }
  | { readonly is: 'read'; readonly id: string; readonly shot: Facts }
  | { readonly is: 'answered'; readonly id: string; readonly state: HandoffState }
  | { readonly is: 'progress'; readonly id: string; readonly sha256: string; readonly sent: number }
  | { readonly is: 'arrived'; readonly id: string; readonly sha256: string }
  | { readonly is: 'uploaded'; readonly id: string }
  | { readonly is: 'accepted'; readonly id: string; readonly accepted: Accepted }
  | { readonly is: 'plan-changed'; readonly id: string; readonly plan: Plan }
  /** the request may or may not have arrived */
  | { readonly is: 'no-answer'; readonly id: string }
  | { readonly is: 'refused'; readonly id: string; readonly code: string; readonly index?: number }
  /** the draft was read again: equal to the snapshot, or not */
  | { readonly is: 'compared'; readonly id: string; readonly same: boolean }
  | { readonly is: 'scrubbed' | 'closed'; readonly id: string }
  | { readonly is: 'author-agrees'; readonly id: string }
  | { readonly is: 'author-clears' | 'author-keeps' | 'author-closes'; readonly id: string }
  /** found on a draft when the pane opened */
  | { readonly is: 'found'; readonly id: string; readonly accepted: Accepted; readonly finish: Facts | null }
  | { readonly is: 'dismiss'; readonly id: string };

export type Todo =
  | { readonly do: 'save' | 'stamp' | 'read' | 'stage' | 'commit' | 'compare' | 'scrub' | 'close'; readonly id: string }
  /** `now`: the author does not want to look any longer */
  | { readonly do: 'close'; readonly id: string; readonly now: true }
  | { readonly do: 'upload'; readonly id: string; readonly missing: readonly string[] }
  | { readonly do: 'ask'; readonly id: string; readonly turn: number };

type Step = readonly [Handoff, readonly Todo[]];
const stay = (state: Handoff): Step => [state, []];

export function idOf(state: Handoff): string | null {
  return state.at === 'idle' ? null : state.id;
}

/** While true the draft's author should leave the window open. */
export function busy(state: Handoff): boolean {
  return ['saving', 'stamping', 'reading', 'staging', 'uploading', 'committing', 'asking', 'comparing', 'scrubbing', 'closing'].includes(state.at);
}

function received(state: Read, accepted: Accepted): Step {
  const { id, shot } = state;
  // The receipt must speak of exactly what was read here; anything else leaves the draft alone.
  if (accepted.receipt.digest !== shot.digest) return stay({ at: 'sent', id, accepted, left: 'receipt-mismatch' });
  return [{ at: 'comparing', id, shot, accepted }, [{ do: 'compare', id }]];
}

function answered({ id, plan, shot, again }: Read, answer: HandoffState): Step {
  const state: Read = again ? { id, plan, shot, again } : { id, plan, shot };
  if (answer.state === 'committed') {
    if (!answer.receipt) return stay({ at: 'stopped', id, code: 'unknown-answer' });
    return answer.receipt.receipt.digest === shot.digest ? received(state, answer.receipt) : stay({ at: 'spent', id, accepted: answer.receipt });
  }
  if (answer.digest !== shot.digest) return [{ at: 'staging', ...state }, [{ do: 'stage', id }]];
  const parts = shot.parts.map((p) => (answer.missing.includes(p.sha256) ? { ...p, sent: 0, there: false } : { ...p, sent: p.size, there: true }));
  const next: Read = { ...state, shot: { ...shot, parts } };
  if (answer.missing.length > 0) return [{ at: 'uploading', ...next }, [{ do: 'upload', id, missing: answer.missing }]];
  return [{ at: 'committing', ...next }, [{ do: 'commit', id }]];
}

function upload(state: Uploading, event: Happened): Step {
  const change = (sha256: string, next: Partial<Part>) => ({ ...state.shot, parts: state.shot.parts.map((p) => (p.sha256 === sha256 ? { ...p, ...next } : p)) });
  if (event.is === 'progress') return stay({ ...state, shot: change(event.sha256, { sent: event.sent }) });
  if (event.is === 'arrived') {
    const size = state.shot.parts.find((p) => p.sha256 === event.sha256)?.size ?? 0;
    return stay({ ...state, shot: change(event.sha256, { sent: size, there: true }) });
  }
  if (event.is !== 'uploaded') return stay(state);
  return state.shot.parts.every((p) => p.there) ? [{ ...state, at: 'committing' }, [{ do: 'commit', id: state.id }]] : stay(state);
}

function begin(id: string, plan: string): Step {
  return [{ at: 'saving', id, plan }, [{ do: 'save', id }]];
}

/** Codes of a commit that did not happen for want of something the staged draft lacks: begin again from the parts. */
const RESTAGE = ['parts-missing', 'not-found'];

export function advance(state: Handoff, event: Happened): Step {
  if (event.is === 'send') return busy(state) || state.at === 'replanned' || state.at === 'changed' ? stay(state) : begin(event.id, event.plan);
  if (event.is === 'found') {
    if (state.at !== 'idle') return stay(state);
    const { id, accepted, finish } = event;
    return finish && finish.digest === accepted.receipt.digest
      ? [{ at: 'comparing', id, shot: finish, accepted }, [{ do: 'compare', id }]]
      : stay({ at: 'spent', id, accepted });
  }
  if (state.at === 'idle' || event.id !== state.id) return stay(state);
  const { id } = state;
  switch (state.at) {
    case 'saving':
      if (event.is === 'saved') return [{ ...state, at: 'stamping' }, [{ do: 'stamp', id }]];
      break;
    case 'stamping':
      if (event.is === 'stamped') return [{ ...state, at: 'reading' }, [{ do: 'read', id }]];
      break;
    case 'reading':
      if (event.is === 'read') return [{ ...state, at: 'staging', shot: event.shot }, [{ do: 'stage', id }]];
      break;
    case 'staging':
      if (event.is === 'answered') return answered(state, event.state);
      break;
    case 'uploading':
      if (event.is === 'progress' || event.is === 'arrived' || event.is === 'uploaded') return upload(state, event);
      break;
    case 'committing':
    case 'asking':
      if (event.is === 'accepted') return received(state, event.accepted);
      if (event.is === 'answered') return answered(state, event.state);
      if (event.is === 'plan-changed') return stay({ at: 'replanned', id, plan: event.plan.digest, shot: state.shot, shown: event.plan });
      if (event.is === 'no-answer' || (event.is === 'refused' && event.code === 'already-sent')) {
        const turn = state.at === 'asking' ? state.turn + 1 : 0;
        return [{ at: 'asking', id, plan: state.plan, shot: state.shot, turn }, [{ do: 'ask', id, turn }]];
      }
      if (event.is === 'refused' && RESTAGE.includes(event.code) && !state.again) {
        return [{ at: 'staging', id, plan: state.plan, shot: state.shot, again: true }, [{ do: 'stage', id }]];
      }
      break;
    case 'replanned':
      if (event.is === 'author-agrees') return [{ at: 'committing', id, plan: state.plan, shot: state.shot }, [{ do: 'commit', id }]];
      if (event.is === 'author-keeps') return stay({ at: 'idle' });
      return stay(state);
    case 'comparing':
      if (event.is === 'compared') return event.same ? [{ ...state, at: 'scrubbing' }, [{ do: 'scrub', id }]] : stay({ ...state, at: 'changed' });
      if (event.is === 'refused') return stay({ at: 'sent', id, accepted: state.accepted, left: event.code });
      return stay(state);
    case 'changed':
      if (event.is === 'author-clears') return [{ ...state, at: 'scrubbing' }, [{ do: 'scrub', id }]];
      if (event.is === 'author-keeps') return stay({ at: 'sent', id, accepted: state.accepted, left: 'kept' });
      return stay(state);
    case 'scrubbing':
      // Whoever must say a code on the phone needs to see it first: the window stays.
      if (event.is === 'scrubbed' && state.accepted.recipients.some((r) => r.asks === SPOKEN_CODE_ASKS)) return stay({ at: 'sent', id, accepted: state.accepted, left: 'open' });
      if (event.is === 'scrubbed') return [{ ...state, at: 'closing' }, [{ do: 'close', id }]];
      if (event.is === 'refused') return stay({ at: 'sent', id, accepted: state.accepted, left: event.code });
      return stay(state);
    case 'closing':
      if (event.is === 'closed') return stay({ at: 'sent', id, accepted: state.accepted, left: 'closed' });
      if (event.is === 'author-closes') return [state, [{ do: 'close', id, now: true }]];
      if (event.is === 'refused') return stay({ at: 'sent', id, accepted: state.accepted, left: 'manual' });
      if (event.is === 'author-keeps') return stay({ at: 'sent', id, accepted: state.accepted, left: 'open' });
      return stay(state);
    case 'sent':
      if (event.is === 'author-closes' && state.left === 'open') return [state, [{ do: 'close', id, now: true }]];
      if (event.is === 'closed') return stay({ ...state, left: 'closed' });
      if (event.is === 'refused' && state.left === 'open') return stay({ ...state, left: 'manual' });
      return event.is === 'dismiss' ? stay({ at: 'idle' }) : stay(state);
    case 'stopped':
    case 'spent':
      return event.is === 'dismiss' ? stay({ at: 'idle' }) : stay(state);
  }
  if (event.is === 'no-answer') return stay({ at: 'stopped', id, code: 'offline' });
  if (event.is !== 'refused') return stay(state);
  return stay({ at: 'stopped', id, code: event.code, ...(event.index === undefined ? {} : { index: event.index }) });
}
