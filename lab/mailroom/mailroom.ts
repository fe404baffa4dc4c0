/** The other side: everybody's mailbox, what came over the wire, under which TLS, and what its owner sees after opening it with their own key. */
import type { RecipientPerson, Staff } from '../people.ts';
import { avatar, h, icon, shortTime } from '../page/dom.ts';
import { lab, type Opened } from '../page/wire.ts';
import type { Received } from '../post/post.ts';
import { messageView } from './message.ts';
import { openPhone } from './phone.ts';

interface Mailroom {
  readonly element: HTMLElement;
  /** messages by address, as last counted */
  counts(now: { readonly [address: string]: number }): void;
  /** it comes into view */
  enter(): void;
}

const WAYS: { readonly [receives: string]: string } = {
  tls: 'TLS', smime: 'S/MIME', pgp: 'OpenPGP', portal: 'Portal', 'no-tls': 'no TLS', expired: 'expired', 'self-signed': 'self-signed', 'wrong-name': 'wrong name',
  tls10: 'TLS 1.0', greylist: 'greylist', rejects: '550', drops: 'drops', 'null-mx': 'null MX', 'forged-mx': 'forged MX', reports: 'reports', returns: 'returned', stripped: 'stripped', dane: 'DANE', 'dane-bad': 'DANE broken', sts: 'MTA-STS', 'sts-bad': 'MTA-STS broken',
  slow: 'slow', silent: 'silent', huge: 'huge replies', requiretls: 'REQUIRETLS', 'others-later': 'TLS', later: '4xx', wkd: 'OpenPGP, found', 'dane-key': 'OpenPGP, found', directory: 'S/MIME, found',
};
const GOOD = new Set(['tls', 'smime', 'pgp', 'portal', 'reports', 'dane', 'sts', 'requiretls', 'others-later', 'wkd', 'dane-key', 'directory']);

interface Resident {
  readonly name: string;
  readonly address: string;
  readonly says: string;
  readonly way: string | null;
  readonly good: boolean;
  /** has one, with text messages */
  readonly phone: boolean;
}

export function openMailroom({ staff, recipients }: { readonly staff: readonly Staff[]; readonly recipients: readonly RecipientPerson[] }): Mailroom {
  const residents: readonly Resident[] = [
    ...recipients.map((r) => ({ name: r.name, address: r.address, says: r.says, way: WAYS[r.receives] ?? r.receives, good: GOOD.has(r.receives), phone: r.phone !== undefined })),
    ...staff.map((s) => ({ name: s.name, address: s.address, says: 'staff: receipts and reports', way: null, good: true, phone: false })),
  ];
  let totals: { readonly [address: string]: number } = {};
  let current = residents[0];
  let picked: number | null = null;
  let messages: readonly Received[] = [];

  const list = h('ul', { class: 'residents' });
  const inbox = h('ul', { class: 'letters', 'aria-label': 'Messages' });
  const head = h('header', { class: 'letters-head' });
  const phone = openPhone();
  const view = h('main', { class: 'letter' });
  const element = h('div', { class: 'mailroom' }, h('nav', { class: 'left', 'aria-label': 'Mailboxes' }, list), h('section', { class: 'letters-column', 'aria-label': 'Mailbox' }, head, phone.element, inbox), view);

  function drawPeople(): void {
    const row = (r: Resident) => h('li', {}, h('button', { type: 'button', class: 'row resident', 'data-address': r.address, 'aria-current': r === current ? 'true' : null, onclick: () => choose(r) },
      avatar(r.name), h('span', {}, h('b', {}, r.name), h('small', {}, r.says)),
      r.way === null ? null : h('span', { class: r.good ? 'tag' : 'tag bad' }, r.way),
      h('span', { class: 'count', hidden: (totals[r.address] ?? 0) === 0 }, String(totals[r.address] ?? 0))));
    const group = (title: string | HTMLElement, some: readonly Resident[]) => [h('li', { class: 'group' }, title), ...some.map(row)];
    list.replaceChildren(
      ...group('Recipients', residents.filter((r) => r.way !== null && r.good)),
      ...group(h('a', { href: '/lab/hops', target: '_blank' }, 'Mail hosts that misbehave'), residents.filter((r) => !r.good)),
      ...group('Riverside Clinic', residents.filter((r) => r.way === null)));
  }

  function choose(r: Resident): void {
    current = r;
    picked = null;
    void load();
    drawPeople();
  }

  async function load(): Promise<void> {
    const asked = current;
    if (asked === undefined) return;
    void phone.show(asked);
    const found = (await lab.mailbox(asked.address)).messages;
    if (asked !== current) return;
    messages = found;
    head.replaceChildren(avatar(asked.name), h('div', {}, h('b', {}, asked.name), h('small', {}, asked.address)));
    drawLetters();
    if (picked === null && messages.length > 0) await open(messages.length - 1);
    else if (messages.length === 0) view.replaceChildren(h('p', { class: 'nothing' }, icon('inbox'), h('span', {}, `Nothing has arrived for ${asked.name} yet.`)));
  }

  function drawLetters(): void {
    inbox.replaceChildren(...messages.map((m, n) => h('li', {}, h('button', { type: 'button', class: 'row', 'aria-current': n === picked ? 'true' : null, onclick: () => void open(n) },
      h('b', {}, outerSubject(m.raw)), h('small', {}, icon(m.tls === null ? 'open' : 'lock'), m.tls === null ? 'no TLS' : m.tls.protocol, ' · ', shortTime(m.receivedAt))))).toReversed());
  }

  async function open(n: number): Promise<void> {
    const asked = current;
    const received = messages[n];
    if (asked === undefined || received === undefined) return;
    picked = n;
    drawLetters();
    const opened: Opened = await lab.opened(asked.address, n);
    if (asked === current && picked === n) view.replaceChildren(messageView({ name: asked.name, received, opened }));
  }

  drawPeople();
  return {
    element,
    counts(now) {
      if (JSON.stringify(now) === JSON.stringify(totals)) return;
      const grown = current !== undefined && now[current.address] !== totals[current.address];
      totals = now;
      drawPeople();
      if (grown && !element.hidden) {
        picked = null;
        void load();
      }
    },
    enter() {
      picked = null;
      void load();
    },
  };
}

/** The subject as it stood on the road: what a postman could read. */
function outerSubject(raw: string): string {
  const found = /^subject:[ \t]*(.*(?:\r?\n[ \t].*)*)/im.exec(raw.slice(0, raw.search(/\r?\n\r?\n/) + 1));
  return (found?.[1] ?? '').replace(/\r?\n[ \t]/g, ' ') || '(no subject)';
}
