/**
 * What the pane knows, as one value, and how each event changes it. Pure: no Outlook, no service, no clock. What the author may do now is derived
 * from it (`readiness`), never stored beside it.
 */
import type { Plan } from '../../shared/wire/handoff.ts';
import type { MessageTimeline } from '../../shared/wire/timeline.ts';
import type { ScanResult } from '../../shared/scan/scan.ts';
import { busy, type Handoff } from '../handoff/handoff.ts';
import type { Wish } from '../handoff/carry.ts';
import type { Reading } from '../outlook/outlook.ts';

type Place = 'starting' | 'outside' | 'nothing' | 'read' | 'draft';

type Shown =
  | { readonly at: 'none' }
  /** `former` stays on the screen, dimmed, while the next one is asked for */
  | { readonly at: 'asking'; readonly former: Plan | null }
  | { readonly at: 'shown'; readonly plan: Plan }
  | { readonly at: 'refused'; readonly code: string; readonly index?: number };

export interface Screen {
  readonly place: Place;
  readonly tab: 'draft' | 'sent';
  readonly organisation: string;
  /** rises with every item the window shows; what belongs to an earlier one is dropped */
  readonly seat: number;
  readonly reached: boolean;
  /** the rules kept for ordinary Send are too old: strict ones apply beside them */
  readonly stale: boolean;
  /** why the author is not signed in */
  readonly signIn: 'sign-in-needed' | 'sign-in-failed' | null;
  /** nothing can be sent until an administrator acts */
  readonly setup: string | null;
  readonly reading: Reading | null;
  /** why the draft could not be read */
  readonly unread: string | null;
  readonly scan: ScanResult | null;
  /** attachments as the scanner read them, for excerpts */
  readonly files: readonly { readonly filename: string; readonly text?: string; readonly unscannable?: string }[];
  readonly scanning: boolean;
  readonly plan: Shown;
  readonly wishes: Wish;
  readonly handoff: Handoff;
  /** a hand-over of this draft was begun before and not finished */
  readonly resume: boolean;
  /** hand-overs of other drafts, still under way or just done */
  readonly others: readonly { readonly id: string; readonly at: Handoff['at'] }[];
  /** the message after it was sent, as the service tells it */
  readonly timeline: MessageTimeline | null;
  /** Outlook's own Send was stopped and led here */
  readonly led: boolean;
  /** when what stands in this draft was sent already; its author looked at that and put it away */
  readonly earlier: string | null;
}

export const START: Screen = {
  place: 'starting', tab: 'draft', organisation: '', seat: 0, reached: true, stale: false, signIn: null, setup: null, reading: null, unread: null, scan: null, files: [], scanning: false,
  plan: { at: 'none' }, wishes: {}, handoff: { at: 'idle' }, resume: false, others: [], timeline: null, led: false, earlier: null,
};

export type Seen =
  | { readonly is: 'placed'; readonly place: Place }
  | { readonly is: 'configured'; readonly organisation: string }
  | { readonly is: 'setup-failed'; readonly code: string }
  | { readonly is: 'led' }
  | { readonly is: 'earlier'; readonly acceptedAt: string | null }
  | { readonly is: 'reached'; readonly reached: boolean }
  | { readonly is: 'aged'; readonly stale: boolean }
  | { readonly is: 'signed-in' }
  | { readonly is: 'sign-in'; readonly why: 'sign-in-needed' | 'sign-in-failed' }
  | { readonly is: 'read'; readonly seat: number; readonly reading: Reading }
  | { readonly is: 'unread'; readonly seat: number; readonly code: string }
  | { readonly is: 'scanned'; readonly seat: number; readonly result: ScanResult; readonly files: Screen['files']; readonly complete: boolean }
  | { readonly is: 'planning'; readonly seat: number }
  | { readonly is: 'planned'; readonly seat: number; readonly plan: Plan }
  | { readonly is: 'unplanned'; readonly seat: number; readonly code: string; readonly index?: number }
  | { readonly is: 'wished'; readonly wishes: Wish }
  | { readonly is: 'tab'; readonly tab: Screen['tab'] }
  | { readonly is: 'resumable'; readonly seat: number }
  | { readonly is: 'handoff'; readonly handoff: Handoff }
  | { readonly is: 'other'; readonly id: string; readonly at: Handoff['at'] }
  | { readonly is: 'other-dismissed'; readonly id: string }
  | { readonly is: 'timeline'; readonly timeline: MessageTimeline };

/** A wish is set to undefined to take it back; absent and undefined are not the same on the wire. */
export function withWish(wishes: Wish, change: { readonly [K in keyof Wish]?: Wish[K] | undefined }): Wish {
  const next: { [name: string]: unknown } = { ...wishes, ...change };
  for (const name of Object.keys(next)) if (next[name] === undefined || next[name] === '') delete next[name];
  return next as Wish;
}

function planOf(plan: Shown): Plan | null {
  return plan.at === 'shown' ? plan.plan : plan.at === 'asking' ? plan.former : null;
}

/** What the policy says of the plan that is shown, the former one while the next is asked for. */
export function decisionOf({ plan }: Screen): Plan['decision'] {
  return planOf(plan)?.decision ?? 'allow';
}

function placed(screen: Screen, place: Place): Screen {
  // Wishes belong to a draft: the next one begins without.
  const kept = { organisation: screen.organisation, reached: screen.reached, stale: screen.stale, signIn: screen.signIn, setup: screen.setup, others: screen.others };
  return { ...START, ...kept, place, tab: place === 'read' ? 'sent' : 'draft', seat: screen.seat + 1 };
}

export function see(screen: Screen, event: Seen): Screen {
  if ('seat' in event && event.seat !== screen.seat) return screen;
  switch (event.is) {
    case 'placed': return placed(screen, event.place);
    case 'configured': return { ...screen, organisation: event.organisation, setup: null };
    case 'setup-failed': return { ...screen, setup: event.code };
    case 'led': return { ...screen, led: true };
    case 'earlier': return { ...screen, earlier: event.acceptedAt };
    case 'aged': return screen.stale === event.stale ? screen : { ...screen, stale: event.stale };
    case 'reached': return { ...screen, reached: event.reached };
    case 'signed-in': return { ...screen, signIn: null };
    case 'sign-in': return { ...screen, signIn: event.why };
    case 'read': return { ...screen, reading: event.reading, unread: null, scanning: true };
    case 'unread': return { ...screen, unread: event.code };
    case 'scanned': return { ...screen, scan: event.result, files: event.files, scanning: !event.complete };
    case 'planning': return { ...screen, plan: { at: 'asking', former: planOf(screen.plan) } };
    case 'planned': return { ...screen, plan: { at: 'shown', plan: event.plan }, signIn: null };
    case 'unplanned': return unplanned(screen, event.code, event.index);
    case 'wished': return { ...screen, wishes: event.wishes };
    case 'tab': return { ...screen, tab: event.tab };
    case 'resumable': return { ...screen, resume: true };
    case 'handoff': return { ...screen, handoff: event.handoff, resume: event.handoff.at === 'idle' ? screen.resume : false,
      // The service's newer plan is what the author has now been shown.
      plan: event.handoff.at === 'replanned' ? { at: 'shown', plan: event.handoff.shown } : screen.plan };
    case 'other': return { ...screen, others: [...screen.others.filter((o) => o.id !== event.id), { id: event.id, at: event.at }] };
    case 'other-dismissed': return { ...screen, others: screen.others.filter((o) => o.id !== event.id) };
    case 'timeline': return { ...screen, timeline: event.timeline };
  }
}

function unplanned(screen: Screen, code: string, index: number | undefined): Screen {
  if (code === 'sign-in-needed' || code === 'sign-in-failed') return { ...screen, plan: { at: 'none' }, signIn: code };
  if (code === 'unauthenticated') return { ...screen, plan: { at: 'none' }, signIn: 'sign-in-needed' };
  return { ...screen, plan: index === undefined ? { at: 'refused', code } : { at: 'refused', code, index } };
}

/** Nothing written, attached or addressed yet. */
export function empty({ reading }: Screen): boolean {
  if (!reading) return false;
  const words = `${reading.subject}${reading.html.replace(/<style[\s\S]*?<\/style>|<[^>]*>|&nbsp;/gi, '')}`.trim();
  return words === '' && reading.recipients.length === 0 && reading.files.length === 0 && reading.unresolved === 0;
}

interface Readiness {
  readonly ready: boolean;
  /** why not; the sentence is in `words.ts` */
  readonly why: string | null;
}

export function readiness(screen: Screen): Readiness {
  const not = (why: string): Readiness => ({ ready: false, why });
  const { reading, plan, handoff } = screen;
  if (screen.setup) return not(screen.setup);
  if (busy(handoff)) return not('busy');
  if (!reading) return not(screen.unread ?? 'reading');
  if (reading.unresolved > 0) return not('recipient-unresolved');
  if (reading.recipients.length === 0) return not('no-recipients');
  if (reading.files.some((f) => f.kind === 'cloud')) return not('attachment-cloud');
  if (!screen.reached) return not('offline');
  if (screen.signIn) return not(screen.signIn);
  if (plan.at === 'refused') return not(plan.code);
  if (plan.at !== 'shown' || screen.scanning) return not('plan-missing');
  if (plan.plan.decision === 'block') return not(plan.plan.reasons.some((r) => r.code === 'block-list') ? 'list-not-expanded' : 'policy-blocked');
  if (plan.plan.decision === 'justify' && !screen.wishes.justification?.trim()) return not('justification-needed');
  return { ready: true, why: null };
}

/** The recipient or file a refusal is about, in the author's own words; null when it is about the whole. */
export function about(screen: Screen, code: string, index: number | undefined): string | null {
  if (index === undefined || !screen.reading) return null;
  if (code.startsWith('attachment')) return screen.reading.files[index]?.filename ?? null;
  const recipient = screen.reading.recipients[index];
  return recipient && (code === 'no-protection' || code === 'list-not-expanded' || code === 'bad-address') ? recipient.name ?? recipient.address : null;
}
