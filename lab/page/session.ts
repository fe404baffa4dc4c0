/** One signed-in person: their mailbox, the item in the window, the pane beside it, the add-in's event runtime behind it. */
import { openCompose, type Compose } from '../compose/compose.ts';
import type { Known } from '../compose/chips.ts';

import { openEvents, type Events } from '../host/events.ts';
import type { Host } from '../host/host.ts';
import type { Manifest } from '../host/manifest.ts';
import { openPane } from '../host/pane.ts';
import { FakeMailbox, type Change } from '../outlook/mailbox.ts';
import type { Item, ItemStart } from '../outlook/item.ts';
import type { Staff } from '../people.ts';
import { h } from './dom.ts';
import { readView } from './reader.ts';
import { lab } from './wire.ts';

export interface Session {
  readonly person: Staff;
  readonly mailbox: FakeMailbox;
  readonly shown: Item | null;
  readonly stage: HTMLElement;
  start(draft: ItemStart): void;
  show(item: Item | null): void;
  /** brings what arrived since; true when something did */
  pull(count: number): Promise<boolean>;
  leave(): void;
}

export function openSession({ person, host, manifest, known, theme, welcome, changed, toast }: {
  readonly person: Staff;
  readonly host: Host;
  readonly manifest: Manifest;
  readonly known: readonly Known[];
  readonly theme: () => Office.OfficeTheme;
  readonly welcome: () => HTMLElement;
  /** folders or the shown item are other than before */
  readonly changed: () => void;
  /** `recipients`: with a way to what arrived */
  readonly toast: (text: string, recipients?: boolean) => void;
}): Session {
  const mailbox = new FakeMailbox({ name: person.name, address: person.address, theme: theme(), mailboxSet: '1.14', latency: 8 });
  const center = h('main', { class: 'center', id: 'center', tabindex: '-1' });
  let paneWanted = true;
  const pane = openPane({ host, manifest, mailbox, onClosed: () => { if (shown !== null && !shown.closed && shown.mode === 'compose') paneWanted = false; } });
  const stage = h('div', { class: 'stage' }, center, pane.element);
  const runtimes = new Map<Item, Events>();
  let shown: Item | null = null;
  let compose: Compose | null = null;
  let pulled = 0;
  let pulling = false;

  function events(item: Item): Events {
    const there = runtimes.get(item);
    if (there !== undefined) return there;
    const made = openEvents({ host, manifest, mailbox, item, openPane: (id, context) => command(item, id, context), say: (text) => { if (compose?.item === item) compose.say(text); } });
    runtimes.set(item, made);
    return made;
  }

  function command(item: Item, commandId?: string, contextData?: string): void {
    item.initialContext = contextData ?? '';
    paneWanted = true;
    pane.open(item, commandId === undefined ? undefined : manifest.commands[commandId]);
  }

  function show(item: Item | null): void {
    shown = item;
    compose = null;
    if (item === null) {
      mailbox.open(null);
      center.replaceChildren(welcome());
    } else {
      if (item.closed) mailbox.reopen(item);
      else mailbox.open(item);
      if (item.mode === 'read') center.replaceChildren(readView(item, { addinLabel: manifest.label, openPane: () => command(item), reply: () => start(answer(item)) }));
      else {
        compose = openCompose({
          mailbox, item, known, addinLabel: manifest.label, addinIcon: manifest.icon,
          openPane: (id, context) => command(item, id, context),
          maySend: () => events(item).maySend(),
          send: () => send(item),
          discard: () => {
            drop(item);
            mailbox.remove(item);
            show(null);
          },
          raised: (type, facts) => events(item).raise(type, facts),
        });
        center.replaceChildren(compose.element);
        compose.focus();
      }
    }
    pane.follow(item);
    if (item !== null && item.mode === 'compose' && item.kind === 'message' && paneWanted && !pane.showing) pane.open(item);
    changed();
  }

  function start(draft: ItemStart): void {
    // The sample drafts are Ana's; whoever takes one up signs it.
    const item = mailbox.create({ ...draft, html: (draft.html ?? '').replaceAll('<br>Dr. Ana Ruiz<br>', `<br>${escape(person.name)}<br>`) });
    show(item);
    if (item.kind === 'message') events(item).raise('OnNewMessageCompose');
  }

  function drop(item: Item): void {
    runtimes.get(item)?.drop();
    runtimes.delete(item);
  }

  async function send(item: Item): Promise<void> {
    const people = (list: Item['to']) => list.filter((p) => p.address !== '').map((p) => ({ name: p.name, address: p.address }));
    const { lost } = await lab.ordinary({
      from: item.from, to: people(item.to), cc: people(item.cc), bcc: people(item.bcc), subject: item.subject,
      html: item.kind === 'appointment' ? `<p><b>Invitation</b> for ${new Date(item.start).toUTCString()}</p>${item.html}` : item.html,
      ...(item.inReplyTo === '' ? {} : { inReplyTo: item.inReplyTo }),
      attachments: item.attachments.filter((a) => a.format === 'base64').map((a) => ({ name: a.name, contentType: a.contentType, content: a.content, ...(a.contentId === undefined ? {} : { contentId: a.contentId }) })),
    });
    drop(item);
    mailbox.remove(item);
    mailbox.create({ mode: 'read', folder: 'sent', kind: item.kind, from: item.from, to: item.to, cc: item.cc, subject: item.subject, html: item.html, attachments: item.attachments });
    show(null);
    toast(lost.length === 0 ? 'Sent by Outlook, as ordinary mail.' : `Sent by Outlook as ordinary mail. Not accepted for: ${lost.join(', ')}`, true);
  }

  mailbox.watch((change: Change) => {
    // The add-in is still inside its call: the window reacts when that is over.
    setTimeout(() => {
      if (change.kind === 'form') show(change.item);
      else if (change.kind === 'item' && change.what === 'closed') {
        drop(change.item);
        if (shown === change.item) {
          pane.close();
          show(null);
          toast(`${manifest.label} has taken the message and closed it. What is left of the draft, without its content, lies in Deleted Items.`, true);
        }
      } else if (change.kind === 'item' && compose?.item === change.item) compose.refresh();
      changed();
    }, 0);
  });

  return {
    person, mailbox, stage, show, start,
    get shown() { return shown; },
    async pull(count) {
      if (pulling || count <= pulled) return false;
      pulling = true;
      try {
        for (; pulled < count; pulled += 1) {
          const mail = await lab.opened(person.address, pulled);
          mailbox.create({
            mode: 'read', folder: 'inbox', subject: mail.subject, html: mail.html === '' ? `<pre>${escape(mail.text)}</pre>` : mail.html, from: parse(mail.from), to: [parse(mail.to)], rawHeaders: `${mail.headers}\r\n`,
            internetMessageId: mail.messageId, at: Date.parse(mail.receivedAt), attachments: mail.attachments.map((a) => ({ name: a.filename, contentType: a.contentType, content: a.content })),
          });
        }
      } finally {
        pulling = false;
      }
      return true;
    },
    leave() {
      pane.close();
      for (const item of [...runtimes.keys()]) drop(item);
    },
  };
}

const escape = (text: string) => text.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`);

function parse(shown: string): { name: string; address: string } {
  const found = /^(.*?)\s*<([^<>]+)>/.exec(shown);
  return found === null ? { name: shown, address: shown } : { name: found[1] ?? '', address: found[2] ?? '' };
}

/** As Outlook writes them into the draft (RFC 5322 §3.6.4). */
function threadOf(item: Item): Pick<ItemStart, 'inReplyTo' | 'headers'> {
  const before = /^references:(.*(?:\r?\n[ \t].*)*)/im.exec(item.rawHeaders)?.[1] ?? '';
  return { inReplyTo: item.internetMessageId, headers: { references: `${before.trim()} ${item.internetMessageId}`.trim().replace(/\s+/g, ' ') } };
}

function answer(item: Item): ItemStart {
  return {
    composeType: 'reply', to: [item.from], subject: /^re:/i.test(item.subject) ? item.subject : `Re: ${item.subject}`, ...threadOf(item),
    html: `<p><br></p><hr><div><b>From:</b> ${escape(item.from.name)}<br><b>Subject:</b> ${escape(item.subject)}</div>${item.html}`,
  };
}

