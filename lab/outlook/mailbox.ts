/**
 * A mailbox without Outlook: items in folders, the events Outlook raises when they change, and faults on demand.
 * The same class stands behind the add-in's tests and behind the pretend Outlook in the browser. It knows no DOM and no network.
 *
 *   const mailbox = new FakeMailbox();
 *   const item = mailbox.create({ subject: 'Labs', to: ['sam.park@stmarys.test'], html: '<p>…</p>' });
 *   const office = mailbox.office(item);                         // what the add-in sees as `Office`
 *   mailbox.fault('item.body.getAsync', { kind: 'error', code: 9020 }, 1);
 *   const verdict = await mailbox.fire(office, 'onMessageSendHandler');
 */
import type { OutlookFault } from './call.ts';
import { attachment, newItem, person, type AttachmentStart, type Folder, type Item, type ItemAttachment, type ItemPerson, type ItemStart, type Line, type PersonStart } from './item.ts';
import { buildOffice, type Surface } from './office.ts';

export interface MailboxSettings {
  readonly name?: string;
  readonly address?: string;
  /** the highest Mailbox requirement set this client knows */
  readonly mailboxSet?: string;
  readonly nestedAppAuth?: boolean;
  /** ms every call takes; 0 answers in a microtask */
  readonly latency?: number;
  readonly theme?: Partial<Office.OfficeTheme>;
}

/** What an event handler said with `event.completed(…)`. */
export interface Completed {
  readonly allowEvent?: boolean;
  readonly errorMessage?: string;
  readonly errorMessageMarkdown?: string;
  readonly cancelLabel?: string;
  readonly commandId?: string;
  readonly contextData?: string;
  readonly sendModeOverride?: string;
}

export type Change =
  | { readonly kind: 'item'; readonly item: Item; readonly what: 'subject' | 'body' | 'recipients' | 'attachments' | 'from' | 'notifications' | 'saved' | 'closed' | 'headers' | 'when' }
  | { readonly kind: 'folders' }
  | { readonly kind: 'form'; readonly item: Item };

export const LIGHT: Office.OfficeTheme = { bodyBackgroundColor: '#ffffff', bodyForegroundColor: '#242424', controlBackgroundColor: '#f5f5f5', controlForegroundColor: '#242424', isDarkTheme: false } as Office.OfficeTheme;
export const DARK: Office.OfficeTheme = { bodyBackgroundColor: '#1f1f1f', bodyForegroundColor: '#ffffff', controlBackgroundColor: '#292929', controlForegroundColor: '#ffffff', isDarkTheme: true } as Office.OfficeTheme;

export class FakeMailbox {
  readonly settings: Required<MailboxSettings>;
  items: readonly Item[] = [];
  current: Item | null = null;
  theme: Office.OfficeTheme;
  readonly roaming = new Map<string, unknown>();
  readonly #surfaces = new Map<unknown, Surface>();
  readonly #watchers = new Set<(change: Change) => void>();
  #faults: { readonly call: string; readonly fault: OutlookFault; left: number }[] = [];
  #count = 0;

  constructor(settings: MailboxSettings = {}) {
    this.settings = { name: 'Dr. Ana Ruiz', address: 'ana.ruiz@riverside.test', mailboxSet: '1.14', nestedAppAuth: true, latency: 0, theme: LIGHT, ...settings };
    this.theme = { ...LIGHT, ...this.settings.theme };
  }

  // ---- items

  /** A new item; a draft becomes the current one if there is none. */
  create(start: ItemStart = {}): Item {
    const owner: ItemPerson = { name: this.settings.name, address: this.settings.address, resolved: true };
    const item = newItem(String((this.#count += 1)), start, owner, this.nextId);
    this.items = [...this.items, item];
    this.current ??= item;
    this.tell({ kind: 'folders' });
    return item;
  }

  /** What "copy this draft", a resend or another device gives: another id, the same content, stamps included. */
  copy(item: Item): Item {
    const twin = this.create({ ...item, attachments: item.attachments, headers: Object.fromEntries(item.headers), mode: 'compose', folder: 'drafts' });
    twin.custom = { ...item.custom };
    twin.itemId = `AAMk${twin.key}`;
    return twin;
  }

  /** Shows another item in every surface that is pinned (made without an item of its own). */
  open(item: Item | null): void {
    this.current = item;
    for (const surface of this.#surfaces.values()) if (!surface.bound) surface.emit('olkItemSelectedChanged', { type: 'olkItemSelectedChanged' });
  }

  move(item: Item, folder: Folder): void {
    item.folder = folder;
    this.tell({ kind: 'folders' });
  }

  remove(item: Item): void {
    item.closed = true;
    this.items = this.items.filter((i) => i !== item);
    this.tell({ kind: 'folders' });
  }

  save(item: Item): string {
    item.itemId ??= `AAMk${item.key}`;
    for (const [name, value] of item.stagedHeaders) item.headers.set(name, value);
    item.stagedHeaders.clear();
    if (item.folder === 'compose') item.folder = 'drafts';
    this.tell({ kind: 'item', item, what: 'saved' });
    return item.itemId;
  }

  /** A saved draft that is discarded lands in Deleted Items, as new Outlook does it (office-js#5696). */
  close(item: Item, discard: boolean): void {
    item.closed = true;
    if (discard) item.folder = 'deleted';
    if (this.current === item) this.current = null;
    this.tell({ kind: 'item', item, what: 'closed' });
  }

  /** A draft taken up again from whatever folder it lies in. */
  reopen(item: Item): void {
    item.closed = false;
    this.open(item);
  }

  // ---- what the author (or the add-in) does to an item

  write(item: Item, change: { readonly subject?: string; readonly html?: string; readonly from?: PersonStart; readonly start?: number; readonly end?: number; readonly location?: string }): void {
    if (change.html !== undefined && change.html !== item.html) {
      item.formerHtml = item.html;
      item.html = change.html;
      this.tell({ kind: 'item', item, what: 'body' });
    }
    if (change.subject !== undefined && change.subject !== item.subject) {
      item.subject = change.subject;
      this.tell({ kind: 'item', item, what: 'subject' });
    }
    if (change.from !== undefined) {
      item.from = person(change.from);
      this.tell({ kind: 'item', item, what: 'from' });
      this.#emit(item, 'olkFromChanged', { type: 'olkFromChanged' });
    }
    if (change.start !== undefined || change.end !== undefined || change.location !== undefined) {
      item.start = change.start ?? item.start;
      item.end = change.end ?? item.end;
      item.location = change.location ?? item.location;
      this.tell({ kind: 'item', item, what: 'when' });
    }
  }

  setRecipients(item: Item, line: Line, people: readonly PersonStart[]): void {
    item[line] = people.map(person);
    this.tell({ kind: 'item', item, what: 'recipients' });
    this.#emit(item, 'olkRecipientsChanged', { type: 'olkRecipientsChanged', changedRecipientFields: { to: line === 'to', cc: line === 'cc', bcc: line === 'bcc', requiredAttendees: line === 'to', optionalAttendees: line === 'cc', resources: false } });
  }

  attach(item: Item, start: AttachmentStart): ItemAttachment {
    const added = attachment(start, this.nextId());
    item.attachments = [...item.attachments, added];
    this.#attachmentsChanged(item, added, 'add');
    return added;
  }

  /** false when there is none with this id */
  detach(item: Item, id: string): boolean {
    const gone = item.attachments.find((a) => a.id === id);
    if (gone === undefined) return false;
    item.attachments = item.attachments.filter((a) => a !== gone);
    this.#attachmentsChanged(item, gone, 'remove');
    return true;
  }

  setTheme(theme: Office.OfficeTheme): void {
    this.theme = theme;
    for (const surface of this.#surfaces.values()) surface.emit('officeThemeChanged', { type: 'officeThemeChanged', officeTheme: theme });
  }

  /** What `displayNewMessageForm` opens: another draft, which the window then shows. */
  form(start: ItemStart): Item {
    const item = this.create(start);
    this.tell({ kind: 'form', item });
    return item;
  }

  // ---- surfaces: a pane or an event runtime, each with an `Office` of its own

  /** Bound to `item`; without one it follows the current item, as a pinned pane does. */
  office(item?: Item): typeof Office {
    const { office, surface } = buildOffice(this, item ?? null);
    this.#surfaces.set(office, surface);
    return office;
  }

  /** The surface is gone: nothing it asked is answered any more. */
  drop(office: typeof Office): void {
    const surface = this.#surfaces.get(office);
    if (surface !== undefined) surface.gone = true;
    this.#surfaces.delete(office);
  }

  /** Raises a launch event; null when nothing was associated under this name. */
  fire(office: typeof Office, name: string, facts: { readonly [name: string]: unknown } = {}): Promise<Completed | null> {
    const handler = this.#surfaces.get(office)?.actions.get(name);
    if (handler === undefined) return Promise.resolve(null);
    return new Promise((resolve) => {
      handler({ ...facts, completed: (said?: Completed) => resolve(said ?? {}) });
    });
  }

  // ---- faults and watchers

  /** `call` as in `item.body.getAsync`, `item.to.getAsync`, `item.saveAsync`, `item.getAttachmentContentAsync`; strikes `times` times. */
  fault(call: string, fault: OutlookFault, times = Number.POSITIVE_INFINITY): void {
    this.#faults = [...this.#faults, { call, fault, left: times }];
  }

  mend(call?: string): void {
    this.#faults = call === undefined ? [] : this.#faults.filter((f) => f.call !== call);
  }

  struck(call: string): OutlookFault | null {
    const found = this.#faults.find((f) => f.call === call && f.left > 0);
    if (found === undefined) return null;
    found.left -= 1;
    return found.fault;
  }

  watch(see: (change: Change) => void): () => void {
    this.#watchers.add(see);
    return () => this.#watchers.delete(see);
  }

  tell(change: Change): void {
    for (const see of this.#watchers) see(change);
  }

  readonly nextId = (): string => `att-${(this.#count += 1)}`;

  #attachmentsChanged(item: Item, changed: ItemAttachment, status: 'add' | 'remove'): void {
    this.tell({ kind: 'item', item, what: 'attachments' });
    const attachmentDetails = { attachmentType: changed.format === 'url' ? 'cloud' : 'file', id: changed.id, isInline: changed.inline, name: changed.name, size: changed.size };
    this.#emit(item, 'olkAttachmentsChanged', { type: 'olkAttachmentsChanged', attachmentDetails, attachmentStatus: status });
  }

  #emit(item: Item, type: string, event: object): void {
    for (const surface of this.#surfaces.values()) if (surface.item() === item) surface.emit(type, event);
  }
}
