/**
 * A compose window: one draft or invitation, bound both ways to its item in the mailbox. It knows the add-in only as a button,
 * a notification bar and the question whether it may send.
 */
import { button, h, icon } from '../page/dom.ts';
import { askAlert } from '../host/alert.ts';
import type { Item, ItemPerson, Line as LineName } from '../outlook/item.ts';
import type { FakeMailbox } from '../outlook/mailbox.ts';
import type { Known } from './chips.ts';
import { recipientLine } from './chips.ts';
import { richEditor } from './editor.ts';
import { fileStrip } from './files.ts';
import { noticeBar } from './notices.ts';

export interface Compose {
  readonly element: HTMLElement;
  readonly item: Item;
  /** draws what changed from outside */
  refresh(): void;
  say(text: string | null): void;
  focus(): void;
}

interface ComposeTies {
  readonly mailbox: FakeMailbox;
  readonly item: Item;
  readonly known: readonly Known[];
  readonly addinLabel: string;
  readonly addinIcon: string | null;
  readonly openPane: (commandId?: string, contextData?: string) => void;
  readonly maySend: () => Promise<boolean>;
  readonly send: () => Promise<void>;
  readonly discard: () => void;
  /** launch events of the add-in: the author changed something */
  readonly raised: (type: string, facts?: { readonly [name: string]: unknown }) => void;
}

export function openCompose(ties: ComposeTies): Compose {
  const { mailbox, item, known } = ties;
  const meeting = item.kind === 'appointment';
  const status = h('p', { class: 'compose-status', role: 'status', hidden: true });
  const notices = noticeBar({ remove: (key) => { item.notifications = new Map([...item.notifications].filter(([k]) => k !== key)); refresh(); }, act: ties.openPane });

  const setLine = (line: LineName) => (people: readonly ItemPerson[]) => {
    mailbox.setRecipients(item, line, people);
    if (item.kind === 'message') ties.raised('OnMessageRecipientsChanged', { changedRecipientFields: { to: line === 'to', cc: line === 'cc', bcc: line === 'bcc' } });
  };
  const lines: { readonly [L in LineName]: ReturnType<typeof recipientLine> } = {
    to: recipientLine({ label: meeting ? 'Invite' : 'To', known, changed: setLine('to') }),
    cc: recipientLine({ label: meeting ? 'Optional' : 'Cc', known, changed: setLine('cc') }),
    bcc: recipientLine({ label: 'Bcc', known, changed: setLine('bcc') }),
  };
  const subject = h('input', { class: 'subject', type: 'text', maxlength: '255', placeholder: meeting ? 'Add a title' : 'Add a subject', 'aria-label': meeting ? 'Title' : 'Subject', oninput: () => mailbox.write(item, { subject: subject.value }) });
  const editor = richEditor((html) => mailbox.write(item, { html }));
  const files = fileStrip({
    add: (file) => {
      mailbox.attach(item, file);
      if (!meeting) ties.raised('OnMessageAttachmentsChanged');
    },
    remove: (id) => {
      mailbox.detach(item, id);
      if (!meeting) ties.raised('OnMessageAttachmentsChanged');
    },
  });

  let busy = false;
  async function send(): Promise<void> {
    if (busy) return;
    const all = [...item.to, ...item.cc, ...item.bcc];
    const stray = all.find((p) => !p.resolved);
    if (stray !== undefined || all.length === 0) {
      await askAlert('Cannot send yet', stray === undefined ? 'Add at least one recipient.' : `“${stray.name}” could not be resolved. Correct it or remove it.`, [{ id: 'ok', label: 'OK', primary: true }], 'ok');
      return;
    }
    busy = true;
    sendButton.disabled = true;
    try {
      if (await ties.maySend()) await ties.send();
    } finally {
      busy = false;
      sendButton.disabled = false;
    }
  }

  const sendButton = button('send', 'Send', () => void send(), { class: 'primary', title: 'Outlook\'s own Send (Ctrl+Enter)' });
  const face = ties.addinIcon === null ? icon('shield') : h('img', { src: ties.addinIcon, alt: '', width: 20, height: 20 });
  const addin = h('button', { type: 'button', class: 'button addin', 'data-test': 'send-secure', onclick: () => ties.openPane() }, face, h('span', {}, ties.addinLabel));
  const when = meeting ? h('div', { class: 'line' }, h('span', { class: 'line-label' }, 'When'), h('div', { class: 'line-field plain' }, new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' }).format(item.start))) : null;
  const from = h('span', {});

  const element = h('section', { class: 'compose', 'aria-label': meeting ? 'New event' : 'Compose' },
    h('h1', { class: 'visually-hidden' }, meeting ? 'New event' : 'Message'),
    h('div', { class: 'ribbon', role: 'toolbar', 'aria-label': 'Message' },
      sendButton,
      // Only messages have the button; invitations are guarded by the event handler.
      meeting ? null : addin,
      h('span', { class: 'gap' }), ...files.tools, editor.tools,
      h('span', { class: 'ribbon-group' }, button('trash', 'Discard', ties.discard, { bare: true, class: 'small' }))),
    status,
    notices.element,
    h('div', { class: 'lines' },
      h('div', { class: 'line' }, h('span', { class: 'line-label' }, 'From'), h('div', { class: 'line-field plain' }, from)),
      lines.to.element, lines.cc.element, meeting ? null : lines.bcc.element, when),
    subject,
    files.element,
    editor.element);
  element.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void send();
    }
  });

  function refresh(): void {
    from.textContent = `${item.from.name} <${item.from.address}>`;
    for (const line of ['to', 'cc', 'bcc'] as const) lines[line].show(item[line]);
    if (subject.value !== item.subject) subject.value = item.subject;
    editor.show(item.html, item.attachments);
    files.show(item.attachments);
    notices.show(item.notifications);
  }
  refresh();

  return {
    element, item, refresh,
    focus: () => (item.to.length === 0 ? lines.to.focus() : editor.focus()),
    say(text) {
      status.hidden = text === null;
      status.textContent = text;
    },
  };
}
