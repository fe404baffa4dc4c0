/** One received message, twice: as its owner sees it, and as it crossed the wire. */
import { h, icon } from '../page/dom.ts';
import { sandbox } from '../page/reader.ts';
import type { Opened } from '../page/wire.ts';
import type { Received } from '../post/post.ts';
import { sizeWords } from '../compose/files.ts';

const dateWords = (at: string) => (Number.isNaN(Date.parse(at)) ? at : new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' }).format(new Date(at)));

/** A portal link of the service, wherever it stands in the text. */
const PORTAL = /https?:\/\/[^\s"'<>]+\/m\/[\w.~-]+/;

export function messageView({ name, received, opened }: { readonly name: string; readonly received: Received; readonly opened: Opened }): HTMLElement {
  const body = h('div', { class: 'letter-body' });
  const tabs = h('div', { class: 'tabs', role: 'tablist' });
  const show = (which: 'seen' | 'raw') => {
    tabs.replaceChildren(tab('seen', `What ${name} sees`), tab('raw', 'What crossed the wire'));
    body.replaceChildren(which === 'seen' ? seen() : h('pre', { class: 'raw', tabindex: '0' }, received.raw));
    function tab(id: 'seen' | 'raw', label: string): HTMLElement {
      return h('button', { type: 'button', role: 'tab', 'aria-selected': String(id === which), 'data-tab': id, onclick: () => show(id) }, label);
    }
  };

  function seen(): HTMLElement {
    if (opened.trouble !== null) return h('p', { class: 'trouble', role: 'alert' }, icon('warn'), opened.trouble);
    const link = PORTAL.exec(`${opened.text}\n${opened.html}`)?.[0]?.replaceAll('&amp;', '&');
    const field = (label: string, value: string) => (value === '' ? null : h('div', {}, h('dt', {}, label), h('dd', {}, value)));
    return h('div', { class: 'seen' },
      h('h1', {}, opened.subject === '' ? '(no subject)' : opened.subject),
      h('dl', {}, field('From', opened.from), field('To', opened.to), field('Cc', opened.cc), field('Date', dateWords(opened.date))),
      link === undefined ? null : h('a', { class: 'button primary portal', href: link, target: '_blank', rel: 'noopener' }, icon('lock'), h('span', {}, 'Open the portal')),
      opened.attachments.length === 0 ? null : h('ul', { class: 'files' }, ...opened.attachments.map((a) => h('li', {}, h('a', { href: `data:application/octet-stream;base64,${a.content}`, download: a.filename }, icon('file'), h('span', {}, h('b', {}, a.filename), h('small', {}, sizeWords(a.size))))))),
      sandbox(opened.html === '' ? `<pre>${opened.text.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`)}</pre>` : opened.html, 'Message'));
  }

  const tls = received.tls === null
    ? h('li', { class: 'bad' }, icon('open'), 'The last hop was not encrypted')
    : h('li', {}, icon('lock'), `${received.tls.protocol} · ${received.tls.cipher}`);
  const element = h('article', { class: 'opened' }, h('ul', { class: 'facts' }, tls, ...opened.layers.map((layer) => h('li', {}, icon('shield'), layer))), tabs, body);
  show('seen');
  return element;
}
