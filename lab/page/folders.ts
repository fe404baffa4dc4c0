/** The left column: new mail, drafts to try, and what lies in the folders. */
import type { SampleDraft } from '../drafts.ts';
import type { Folder, Item } from '../outlook/item.ts';
import { button, h, icon, shortTime, type IconName } from './dom.ts';
import type { Session } from './session.ts';

const FOLDERS: readonly (readonly [Folder, string, IconName])[] = [['inbox', 'Inbox', 'inbox'], ['drafts', 'Drafts', 'draft'], ['sent', 'Sent Items', 'send'], ['deleted', 'Deleted Items', 'trash']];

interface Folders {
  readonly element: HTMLElement;
  draw(): void;
}

export function folderList({ session, drafts }: { readonly session: () => Session; readonly drafts: readonly SampleDraft[] }): Folders {
  const lists = h('div', { class: 'folders' });
  const samples = h('ul', { class: 'samples' }, ...drafts.map((d) => h('li', {}, h('button', { type: 'button', class: 'row', 'data-draft': d.id, title: d.says, onclick: () => session().start(d.item) }, h('b', {}, d.title)))));
  const element = h('nav', { class: 'left', 'aria-label': 'Folders' },
    h('div', { class: 'new' },
      button('plus', 'New mail', () => session().start({}), { class: 'primary' }),
      button('calendar', 'New event', () => session().start({ kind: 'appointment' }), { class: 'outline', title: 'An invitation: patient data in it is stopped by the add-in\'s event handler' })),
    h('details', { open: true }, h('summary', {}, icon('draft'), 'Drafts to try'), samples),
    lists);

  function row(item: Item): HTMLElement {
    const who = item.folder === 'inbox' ? item.from.name : item.to.map((p) => p.name).join('; ') || '(no recipients)';
    return h('li', {}, h('button', { type: 'button', class: 'row', 'aria-current': session().shown === item ? 'true' : null, 'data-item': item.key, onclick: () => session().show(item) },
      h('b', {}, item.subject === '' ? '(no subject)' : item.subject), h('small', {}, who, ' · ', shortTime(item.at))));
  }

  const open = new Set<Folder>(['inbox', 'deleted']);
  return {
    element,
    draw() {
      const { items } = session().mailbox;
      lists.replaceChildren(...FOLDERS.map(([folder, name, face]) => {
        // An open, unsaved draft shows among the drafts, as Outlook on the web shows it.
        const here = items.filter((i) => i.folder === folder || (folder === 'drafts' && i.folder === 'compose')).toReversed();
        const details = h('details', { open: open.has(folder) && here.length > 0, 'data-folder': folder }, h('summary', {}, icon(face), name, here.length === 0 ? null : h('span', { class: 'count' }, String(here.length))), h('ul', {}, ...here.map(row)));
        details.addEventListener('toggle', () => { if (details.open) open.add(folder); else if (here.length > 0) open.delete(folder); });
        return details;
      }));
    },
  };
}
