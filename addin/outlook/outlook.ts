/**
 * Outlook, as the pane needs it: this folder is the only one that says `Office`. Every callback becomes a promise that settles with a value
 * or a refusal. It never decides anything, never sends anything anywhere, and keeps nothing.
 * Written against Mailbox 1.8 with newer calls behind feature tests (Microsoft's requirement sets).
 */
import type { Address } from '../../shared/draft/draft.ts';
import { isRefused, type Refused } from '../refusal.ts';
import { EVENTS, call } from './call.ts';
import { openDraft, type DraftItem, type Restored } from './draft.ts';
import type { MessageItem } from './read.ts';

export type { DraftItem, Notice, Restored } from './draft.ts';
export type { FileContent, FileFact, Reading } from './read.ts';

export interface Outlook {
  readonly own: Address;
  /** what the window shows now: a draft, something only to read, or nothing */
  shown(): DraftItem | 'read' | null;
  /** a pinned pane moved to another item */
  moved(listen: () => void): void;
  /** what the event handler said when it sent the author here: `{"v":1,"reason","kinds"}` */
  sentHere(): Promise<string | null>;
  dark(): boolean | null;
  themed(listen: (dark: boolean) => void): void;
  /** whether Outlook itself can vouch for the author (nested app authentication) */
  vouches(): boolean;
  /** tells the event handler what it cannot ask for itself; carries no PHI */
  remember(ownDomains: readonly string[]): Promise<null | Refused>;
  /** what was kept for the event handler, and keeping it: at most 32 KB in all */
  kept(name: 'policy'): unknown;
  keep(name: 'policy', value: object): Promise<null | Refused>;
  /** opens a new window with a message put back; without its attachments, which Outlook takes only by URL */
  compose(message: Restored): Promise<null | Refused>;
}

type Host = Pick<typeof Office, 'context'>;

function isCompose(item: unknown): item is MessageItem {
  return typeof item === 'object' && item !== null && typeof (item as { subject?: unknown }).subject === 'object';
}

/** Null outside Outlook: a browser tab, another Office program. */
export async function startOutlook(): Promise<Outlook | null> {
  if (typeof Office === 'undefined') return null;
  const info = await Office.onReady();
  if (String(info.host) !== 'Outlook' || !Office.context.mailbox) return null;
  return openOutlook(Office);
}

export function openOutlook(office: Host): Outlook {
  const { mailbox, requirements, roamingSettings } = office.context;
  const profile = mailbox.userProfile;
  const own: Address = { address: profile.emailAddress, ...(profile.displayName ? { name: profile.displayName } : {}) };
  const can = (set: string) => requirements.isSetSupported('Mailbox', set);
  let draft: (DraftItem & { leave(): void }) | null = null;
  const look = () => {
    draft?.leave();
    draft = isCompose(mailbox.item) ? openDraft(mailbox.item, own, can, office.context.sensitivityLabelsCatalog) : null;
  };
  look();
  const listeners: (() => void)[] = [];
  // Registered whether or not anybody listens: a draft must know at once that its window has moved on.
  void call<void>((done) => mailbox.addHandlerAsync(EVENTS.moved, () => {
    look();
    for (const listen of listeners) listen();
  }, done));
  const theme = () => (office.context as { officeTheme?: Office.OfficeTheme }).officeTheme;
  return {
    own,
    shown: () => draft ?? (mailbox.item ? 'read' : null),
    moved: (listen) => { listeners.push(listen); },
    async sentHere() {
      const item = mailbox.item as { getInitializationContextAsync?(done: (r: Office.AsyncResult<string>) => void): void } | null;
      if (!item?.getInitializationContextAsync) return null;
      const said = await call<string>((done) => item.getInitializationContextAsync?.(done), 3_000);
      return isRefused(said) || typeof said !== 'string' || said === '' ? null : said;
    },
    dark: () => theme()?.isDarkTheme ?? null,
    themed(listen) {
      if (!can('1.14')) return;
      void call<void>((done) => mailbox.addHandlerAsync(EVENTS.theme,
        (event: Office.OfficeThemeChangedEventArgs) => listen(event.officeTheme.isDarkTheme), done));
    },
    vouches: () => requirements.isSetSupported('NestedAppAuth', '1.1'),
    async remember(ownDomains) {
      const known = roamingSettings.get('ownDomains') as unknown;
      if (JSON.stringify(known) === JSON.stringify(ownDomains)) return null;
      roamingSettings.set('ownDomains', ownDomains);
      const saved = await call<void>((done) => roamingSettings.saveAsync(done));
      return isRefused(saved) ? saved : null;
    },
    kept: (name) => roamingSettings.get(name) as unknown,
    async keep(name, value) {
      roamingSettings.set(name, value);
      const saved = await call<void>((done) => roamingSettings.saveAsync(done));
      return isRefused(saved) ? saved : null;
    },
    async compose(message) {
      const names = (list: readonly Address[]) => list.map((a) => a.address);
      const opened = await call<void>((done) => mailbox.displayNewMessageFormAsync({
        toRecipients: names(message.to), ccRecipients: names(message.cc), bccRecipients: names(message.bcc),
        subject: message.subject, htmlBody: message.html,
      }, done));
      return isRefused(opened) ? opened : null;
    },
  };
}
