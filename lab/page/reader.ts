/** A message that came, read; and the sandbox every foreign HTML is shown in. */
import type { Item } from '../outlook/item.ts';
import { avatar, button, h, icon, shortTime } from './dom.ts';
import { sizeWords } from '../compose/files.ts';

/** No script, no form, no network of its own; links open in a tab of their own. */
export function sandbox(html: string, title: string): HTMLIFrameElement {
  const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";
  const style = 'body{font:15px/1.5 "Segoe UI",system-ui,sans-serif;color:#242424;background:#fff;margin:16px;overflow-wrap:anywhere}img{max-width:100%}pre{white-space:pre-wrap;font:inherit}a{color:#0f6cbd}';
  const frame = h('iframe', { class: 'mail-html', title, sandbox: 'allow-popups allow-popups-to-escape-sandbox' });
  frame.srcdoc = `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><base target="_blank"><style>${style}</style>${html}`;
  return frame;
}

export function readView(item: Item, { addinLabel, openPane, reply }: { readonly addinLabel: string; readonly openPane: () => void; readonly reply: () => void }): HTMLElement {
  const addin = h('button', { type: 'button', class: 'button addin', 'data-test': 'read-pane', onclick: openPane }, icon('shield'), h('span', {}, addinLabel));
  return h('article', { class: 'reader' },
    h('div', { class: 'ribbon', role: 'toolbar', 'aria-label': 'Message' }, button('reply', 'Reply', reply, { class: 'quiet' }), h('span', { class: 'ribbon-group' }, addin)),
    h('h1', {}, item.subject === '' ? '(no subject)' : item.subject),
    h('header', { class: 'reader-head' }, avatar(item.from.name), h('div', {}, h('b', {}, item.from.name === '' ? item.from.address : item.from.name), h('small', {}, `To: ${item.to.map((p) => p.name).join('; ')} · ${shortTime(item.at)}`))),
    item.attachments.length === 0 ? null : h('ul', { class: 'files' }, ...item.attachments.filter((f) => !f.inline).map((f) => h('li', {}, icon('file'), h('span', {}, h('b', {}, f.name), h('small', {}, sizeWords(f.size)))))),
    sandbox(item.html, 'Message'));
}
