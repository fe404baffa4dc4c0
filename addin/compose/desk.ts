/**
 * The author's desk: watches the draft, has it scanned, asks for a plan, carries the hand-over, and keeps one `Screen` for the view to show.
 * No React, no DOM: the same desk runs under the tests' pretend mailbox. It stores nothing outside memory.
 */
import { isAnswer } from '../../shared/draft/draft.ts';
import type { PlanRequest } from '../../shared/wire/handoff.ts';
import { factsOf } from '../../shared/plan/facts.ts';
import type { Finding, ScanInput, ScanResult } from '../../shared/scan/scan.ts';
import type { Companion } from '../companion/companion.ts';
import { openHandoffs, type Wish } from '../handoff/carry.ts';
import { busy, idOf, type Handoff, type Happened } from '../handoff/handoff.ts';
import type { Extract } from '../extract/extract.ts';
import type { DraftItem, Outlook, Reading } from '../outlook/outlook.ts';
import { isRefused } from '../refusal.ts';
import { notice } from '../words.ts';
import { openFiles, type Files } from './files.ts';
import { START, readiness, see, type Screen, type Seen } from './screen.ts';

interface DeskWorld {
  wait(ms: number): Promise<void>;
  uuid(): string;
  /** the pane is on the screen */
  visible(): boolean;
}

type Decision = 'author-clears' | 'author-keeps' | 'author-closes' | 'dismiss';

export interface Desk {
  screen(): Screen;
  subscribe(listen: () => void): () => void;
  say(event: Seen): void;
  wish(wishes: Wish): void;
  send(): void;
  /** the new plan is fine */
  agree(): void;
  /** this draft once more, as a new message */
  sendAsNew(): void;
  decide(event: Decision): void;
  /** the author asks again after a refusal of the plan */
  again(): void;
  signIn(): Promise<void>;
  /** a sent message was put back into this window: from here on it is a draft of its own */
  restored(): void;
  /** other rules are in force: what is written is scanned anew */
  rescan(): void;
  /** the author calls a finding wrong: whether the service took note of it */
  dispute(finding: Finding): Promise<boolean>;
  /** the draft shown now; null when there is none */
  draft(): DraftItem | null;
  close(): void;
}

/** Faster than a person looks up, slow enough for Outlook (office-js#5847). */
const GLANCE = 1_700;
const DEBOUNCE = 500;
const TIMELINE = 3_000;
/** A key that is being looked for is found within seconds, or not while somebody waits. */
const LOOKING = 1_500;
const LOOKS = 6;

type TraitsIn = (html: string, recipients: Reading['recipients'], author: Reading['from'], answering: boolean) => NonNullable<PlanRequest['traits']>;

export function openDesk({ outlook, companion, loadScan, loadTraits, extract, world }: {
  outlook: Outlook; companion: Companion; loadScan: () => Promise<(input: ScanInput) => ScanResult>; loadTraits?: () => Promise<TraitsIn>; extract: Extract; world: DeskWorld;
}): Desk {
  let screen = START;
  const life = { open: true };
  let id: string | null = null;
  let item: DraftItem | null = null;
  let request = 0;
  let texts: Files | null = null;
  const listeners = new Set<() => void>();

  const say = (event: Seen): void => {
    const next = see(screen, event);
    if (next === screen) return;
    screen = next;
    for (const listen of listeners) listen();
  };

  const handoffs = openHandoffs({ companion, clock: world, notice, changed(which) {
    const handoff = handoffs.of(which);
    if (which === id) moved(handoff);
    else say({ is: 'other', id: which, at: handoff.at });
  } });

  function moved(handoff: Handoff): void {
    const before = screen.handoff.at;
    say({ is: 'handoff', handoff });
    // Followed once, from the first screen that shows it.
    const shows = (at: Handoff['at']) => at === 'closing' || at === 'sent' || at === 'changed';
    if ('accepted' in handoff && shows(handoff.at) && !shows(before)) void follow(screen.seat, handoff.accepted.id);
    if (handoff.at === 'stopped' && (handoff.code === 'sign-in-needed' || handoff.code === 'unauthenticated')) say({ is: 'sign-in', why: 'sign-in-needed' });
  }

  /** The timeline, as long as this window shows the message. */
  async function follow(seat: number, message: string): Promise<void> {
    for (let turn = 0; life.open && seat === screen.seat && screen.handoff.at !== 'idle'; turn += 1) {
      const timeline = await companion.message(message);
      if (!isRefused(timeline) && seat === screen.seat) say({ is: 'timeline', timeline });
      await world.wait(Math.min(TIMELINE * (1 + turn / 10), 15_000));
    }
  }

  async function planRequest(reading: Reading, result: ScanResult): Promise<PlanRequest> {
    // The answer leaves the pane once, with the commit.
    const { question: _, ...wishes } = screen.wishes;
    const facts = factsOf(result);
    const answering = isAnswer(reading.subject);
    const traitsIn = loadTraits && await loadTraits();
    return {
      from: reading.from, recipients: [...reading.recipients],
      verdict: { level: facts.level, sensitive: [...facts.sensitive], people: facts.people },
      kinds: Object.fromEntries(Object.entries(facts.kinds)), subjectIdentifier: facts.subjectIdentifier, unscannable: facts.unscannable,
      ...(facts.health === undefined ? {} : { health: facts.health }), ...(facts.matches ? { matches: [...facts.matches] } : {}), attachments: reading.files.length, size: reading.files.reduce((sum, f) => sum + f.size, 0), answering,
      ...(traitsIn ? { traits: traitsIn(reading.html, reading.recipients, reading.from, answering) } : {}),
      ...(reading.labels === undefined ? {} : { labels: reading.labels && [...reading.labels] }), wishes,
    };
  }

  /** `turn`: how often it was asked again because a key was being looked for; the plan stays on the screen meanwhile. */
  async function plan(turn = 0): Promise<void> {
    const { seat } = screen;
    const mine = (request += 1);
    if (!screen.reading || screen.reading.recipients.length === 0 || !screen.scan || busy(screen.handoff)) return;
    if (turn === 0) say({ is: 'planning', seat });
    await world.wait(turn === 0 ? DEBOUNCE : LOOKING);
    // Whatever is asked later knows more.
    if (mine !== request || seat !== screen.seat || !screen.reading || !screen.scan) return;
    const answer = await companion.plan(await planRequest(screen.reading, screen.scan));
    if (mine !== request || (turn > 0 && (isRefused(answer) || busy(screen.handoff)))) return;
    if (!isRefused(answer)) {
      say({ is: 'planned', seat, plan: answer });
      if (turn < LOOKS && answer.recipients.some((r) => r.passedOver.some((p) => p.reason.code === 'looking-up'))) void plan(turn + 1);
    } else say({ is: 'unplanned', seat, code: answer.code, ...(answer.index === undefined ? {} : { index: answer.index }) });
  }

  const planKey = (s: Screen) => JSON.stringify([s.reading?.from, s.reading?.recipients, s.reading?.labels, s.scan && factsOf(s.scan)]);

  async function judge(seat: number, draft: DraftItem, reading: Reading): Promise<void> {
    const before = planKey(screen);
    const known = texts ?? openFiles(draft, extract);
    say({ is: 'read', seat, reading });
    const scan = await loadScan();
    const run = () => {
      if (seat !== screen.seat || screen.reading !== reading) return;
      const files = known.of(reading.files);
      const result = scan({ subject: reading.subject, html: reading.html, from: reading.from, recipients: reading.recipients, attachments: files });
      say({ is: 'scanned', seat, result, files, complete: known.complete(reading.files) });
      if (planKey(screen) !== before || screen.plan.at === 'none') void plan();
    };
    run();
    if (!screen.scanning) return;
    await known.read(reading);
    run();
  }

  /** Reads the draft whole; says so only when something changed. */
  async function look(seat: number, draft: DraftItem): Promise<void> {
    const reading = await draft.read();
    if (seat !== screen.seat || busy(screen.handoff)) return;
    if (isRefused(reading)) say({ is: 'unread', seat, code: reading.code });
    else if (JSON.stringify(reading) !== JSON.stringify(screen.reading)) await judge(seat, draft, reading);
  }

  async function watch(seat: number, draft: DraftItem): Promise<void> {
    const stop = draft.changed(() => void look(seat, draft));
    await look(seat, draft);
    while (life.open && seat === screen.seat && draft.here()) {
      await world.wait(GLANCE);
      if (!world.visible() || screen.handoff.at !== 'idle') continue;
      const seen = await draft.glance();
      const { reading } = screen;
      if (!isRefused(seen) && (!reading || seen.html !== reading.html || seen.subject.trim() !== reading.subject)) await look(seat, draft);
    }
    stop();
  }

  /** What became of a hand-over that this draft bears the mark of. */
  async function recover(seat: number, draft: DraftItem): Promise<void> {
    const stamp = await draft.stamped();
    if (!stamp || seat !== screen.seat) return;
    id = stamp.id;
    const running = handoffs.of(stamp.id);
    if (running.at !== 'idle' && stamp.here) {
      handoffs.rejoin(stamp.id, draft);
      say({ is: 'other-dismissed', id: stamp.id });
      // Sent while another item was shown: what is left to do, is done below.
      const unfinished = running.at === 'stopped' || running.at === 'sent' && running.left === 'item-gone';
      if (!unfinished) return moved(running);
    }
    const answer = await companion.handoff(stamp.id);
    if (seat !== screen.seat || answer === null || isRefused(answer)) return;
    if (answer.state === 'staged') say({ is: 'resumable', seat });
    // Only this very window's own mark is proof enough to finish alone; a copy or a second device is asked about.
    else if (answer.receipt) await handoffs.found(stamp.id, draft, answer.receipt, stamp.here);
  }

  function sit(): void {
    const shown = outlook.shown();
    if (id && busy(screen.handoff)) say({ is: 'other', id, at: screen.handoff.at });
    id = null;
    item = shown === 'read' ? null : shown;
    texts = item && openFiles(item, extract);
    say({ is: 'placed', place: shown === null ? 'nothing' : shown === 'read' ? 'read' : 'draft' });
    if (!item) return;
    void recover(screen.seat, item);
    void watch(screen.seat, item);
    void outlook.sentHere().then((said) => { if (said && said !== '{}') say({ is: 'led' }); });
  }

  function send(fresh: boolean): void {
    if (!item || screen.plan.at !== 'shown' || !readiness(screen).ready) return;
    if (fresh || id === null || screen.handoff.at === 'sent' || screen.handoff.at === 'spent') id = `ho_${world.uuid()}`;
    handoffs.send(id, item, screen.plan.plan.digest, screen.wishes);
  }

  function decide(event: Decision): void {
    const { handoff } = screen;
    const which = idOf(handoff);
    if (which) handoffs.say({ is: event, id: which } as Happened);
    // A spent id is never used again: what is written from here on is another message.
    if (event === 'dismiss' && (handoff.at === 'sent' || handoff.at === 'spent')) {
      id = null;
      say({ is: 'earlier', acceptedAt: handoff.accepted.receipt.acceptedAt });
    }
    if (item && screen.handoff.at === 'idle') void look(screen.seat, item);
  }

  /** What stopped for want of a connection or a sign-in may go on: same draft, same id. */
  function freed(): void {
    const { handoff } = screen;
    if (handoff.at === 'stopped' && ['offline', 'sign-in-needed', 'unauthenticated'].includes(handoff.code)) decide('dismiss');
  }

  companion.reach((reached) => {
    say({ is: 'reached', reached });
    if (reached) freed();
    if (reached && (screen.plan.at !== 'shown' || screen.signIn)) void plan();
  });
  outlook.moved(sit);
  sit();

  return {
    screen: () => screen,
    subscribe(listen) {
      listeners.add(listen);
      return () => listeners.delete(listen);
    },
    say(event) {
      // Whoever looks around does not want the window closed.
      if (event.is === 'tab' && screen.handoff.at === 'closing') decide('author-keeps');
      say(event);
    },
    wish(wishes) {
      const chosen = ({ need, retentionClass, purpose, patientRef, topic, undivided }: Wish) => JSON.stringify([need, retentionClass, purpose, patientRef, topic, undivided]);
      const planned = chosen(wishes) !== chosen(screen.wishes);
      say({ is: 'wished', wishes });
      if (planned) void plan();
    },
    send: () => send(false),
    agree: () => { if (id) handoffs.agree(id, screen.wishes); },
    sendAsNew: () => send(true),
    decide,
    restored() {
      decide('dismiss');
      say({ is: 'earlier', acceptedAt: null });
      id = `ho_${world.uuid()}`;
      void item?.stamp(id);
    },
    rescan: () => { if (item && screen.reading && !busy(screen.handoff)) void judge(screen.seat, item, screen.reading); },
    again: () => { void plan(); },
    async signIn() {
      const answer = await companion.signIn();
      if (isRefused(answer)) say({ is: 'sign-in', why: 'sign-in-failed' });
      else {
        say({ is: 'signed-in' });
        freed();
        if (item) void recover(screen.seat, item);
        void plan();
      }
    },
    dispute: async ({ rule, kind, confidence, part }) => !isRefused(await companion.dispute({ rule, kind, confidence, part, ruleset: screen.scan?.ruleset ?? '' })),
    draft: () => item,
    close: () => { life.open = false; },
  };
}
