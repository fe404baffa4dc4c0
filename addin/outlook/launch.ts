/**
 * Outlook's events, for the runtime without a window (classic Windows runs it as bare JavaScript): registers the handlers, reads what they need, says
 * what they decided. A handler that is late is answered by the watchdog, and never twice. No network, no token, no change to the draft.
 * ES2016 library only.
 */
import type { Address, Recipient } from '../../shared/draft/draft.ts';
import type { Cached } from '../../shared/plan/guard.ts';
import { isRefused, refused, type Refused } from '../refusal.ts';
import { call } from './call.ts';
import { readLabels } from './label.ts';
import { readFile, readFiles, readFrom, readHtml, readRecipients, readSubject, type FileContent, type FileFact, type MessageItem } from './read.ts';
import { HINT, leftWords, readStamp, type Words } from './stamp.ts';

declare function setTimeout(run: () => void, ms: number): number;

/** What a handler may look at. */
export interface Glimpse {
  readonly from: Address;
  readonly recipients: readonly Recipient[];
  readonly subject: string;
  readonly html: string;
  readonly files: readonly FileFact[];
  /** null: they could not be read */
  readonly labels: readonly string[] | null;
  /** our domains, as the pane last learned them */
  readonly ownDomains: readonly string[];
  /** the policy as the pane last verified it */
  readonly policy: Cached | null;
  /** when this draft was already handed over */
  readonly committed: string | null;
}

/** One attachment as Outlook hands it out, in what is left of the handler's time. */
export type HandOut = (file: FileFact, patience: number) => Promise<FileContent | Refused>;

export interface Said {
  readonly allow: boolean;
  readonly message?: string;
  /** the button that opens the pane, and what it is told */
  readonly button?: { readonly label: string; readonly command: string; readonly context: string };
}

export interface Hint {
  readonly message: string;
  readonly action: string;
  readonly command: string;
}

/** Before Outlook's own "taking longer than expected" at 5 s. */
const WATCHDOG = 4_000;
/** for one call of Outlook inside a handler */
const PATIENCE = 3_500;

type Invitation = Office.AppointmentCompose;
type Completed = { completed(options?: object): void };

function own(): Address {
  return { address: Office.context.mailbox.userProfile.emailAddress };
}

function ownDomains(): string[] {
  const settings = Office.context.roamingSettings;
  const known: unknown = settings ? settings.get('ownDomains') : null;
  return Array.isArray(known) ? known.filter((d): d is string => typeof d === 'string') : [];
}

function policy(): Cached | null {
  const settings = Office.context.roamingSettings;
  const known = (settings ? settings.get('policy') : null) as Partial<Cached> | null;
  return known && typeof known.serial === 'number' && typeof known.at === 'number' ? (known as Cached) : null;
}

async function attendees(item: Invitation): Promise<{ recipients: Recipient[] } | Refused> {
  const lists = await Promise.all([item.requiredAttendees, item.optionalAttendees].map((field) =>
    call<Office.EmailAddressDetails[]>((done) => field.getAsync(done), PATIENCE)));
  const recipients: Recipient[] = [];
  for (const list of lists) {
    if (isRefused(list)) return list;
    for (const entry of list) recipients.push({ role: 'to', address: entry.emailAddress || '', name: entry.displayName, ...((entry.recipientType as unknown) === 'distributionList' ? { list: true as const } : {}) });
  }
  return { recipients };
}

/** Everything at once: the handler has a second, and each call may take a fifth of it. */
export async function glimpse(kind: 'message' | 'invitation'): Promise<Glimpse | Refused> {
  const item = Office.context.mailbox.item as unknown as (MessageItem & Invitation) | null;
  if (!item) return refused('item-gone');
  const [from, listed, subject, html, files, labels, stamp] = await Promise.all([
    kind === 'message' ? readFrom(item, own(), PATIENCE) : own(),
    kind === 'message' ? readRecipients(item, PATIENCE) : attendees(item),
    readSubject(item, PATIENCE),
    readHtml(item, PATIENCE),
    readFiles(item, PATIENCE),
    readLabels(item, Office.context.sensitivityLabelsCatalog, PATIENCE),
    kind === 'message' ? readStamp(item, PATIENCE) : null,
  ]);
  for (const answer of [from, listed, subject, html, files]) if (isRefused(answer)) return answer;
  const { recipients, unresolved = 0 } = listed as { recipients: Recipient[]; unresolved?: number };
  // Nobody knows who is in a contact list: it stands for someone outside.
  const people: Recipient[] = unresolved > 0 ? [...recipients, { role: 'to', address: '' }] : recipients;
  return {
    from: from as Address, recipients: people, subject: subject as string, html: html as string,
    files: files as FileFact[], labels,
    ownDomains: ownDomains(), policy: policy(), committed: (stamp && stamp.committed) || null,
  };
}

export const handOut: HandOut = (file, patience) => {
  const item = Office.context.mailbox.item as unknown as MessageItem | null;
  return item ? readFile(item, file, patience) : Promise.resolve(refused('item-gone'));
};

/** What the pane read in this draft's files, where it was open. */
export const told = (patience: number): Promise<Words> => {
  const item = Office.context.mailbox.item as unknown as MessageItem | null;
  return item ? leftWords(item, patience) : Promise.resolve({});
};

function complete(event: Completed, said: Said): void {
  if (said.allow) event.completed({ allowEvent: true });
  else if (!said.button) event.completed({ allowEvent: false, errorMessage: said.message });
  else {
    const { label, command, context } = said.button;
    event.completed({ allowEvent: false, errorMessage: said.message, cancelLabel: label, commandId: command, contextData: context });
  }
}

/** A handler that must say yes or no. What throws, or is late, is answered with `unread`. */
export function onSend(name: string, decide: () => Promise<Said>, unread: Said): void {
  associate(name, (event) => {
    let open = true;
    const say = (said: Said): void => {
      if (!open) return;
      open = false;
      complete(event, said);
    };
    if (typeof setTimeout === 'function') setTimeout(() => say(unread), WATCHDOG);
    decide().then(say, () => say(unread));
  });
}

/** A handler that only shows, or takes back, a line above the draft. */
export function onChange(name: string, look: () => Promise<Hint | null>): void {
  associate(name, (event) => {
    void answer(look, event);
  });
}

async function answer(look: () => Promise<Hint | null>, event: Completed): Promise<void> {
  try {
    const hint = await look();
    await (hint ? show(hint) : hide());
  } catch {
    // A hint is only a hint: the draft is judged again when it is sent.
  }
  event.completed();
}

async function show(hint: Hint): Promise<void> {
  const { notificationMessages } = Office.context.mailbox.item as unknown as MessageItem;
  const insight = {
    type: 'insightMessage', message: hint.message, icon: 'Icon.16',
    actions: [{ actionType: 'showTaskPane', actionText: hint.action, commandId: hint.command, contextData: '{}' }],
  } as unknown as Office.NotificationMessageDetails;
  const shown = await call<void>((done) => notificationMessages.replaceAsync(HINT, insight, done), PATIENCE);
  // Only Outlook on the web and the new one show a button in a draft's line; elsewhere the line alone.
  if (!isRefused(shown)) return;
  const plain = { type: 'informationalMessage', message: hint.message, icon: 'Icon.16', persistent: true } as unknown as Office.NotificationMessageDetails;
  await call<void>((done) => notificationMessages.replaceAsync(HINT, plain, done), PATIENCE);
}

async function hide(): Promise<void> {
  const { notificationMessages } = Office.context.mailbox.item as unknown as MessageItem;
  await call<void>((done) => notificationMessages.removeAsync(HINT, done), PATIENCE);
}

function associate(name: string, run: (event: Completed) => void): void {
  if (typeof Office === 'undefined') return;
  Office.actions.associate(name, run as (...args: unknown[]) => unknown);
}

/** Web views want `onReady` called before they dispatch; classic Windows never runs its body. */
export function ready(): void {
  if (typeof Office !== 'undefined' && typeof Office.onReady === 'function') void Office.onReady(() => {});
}
