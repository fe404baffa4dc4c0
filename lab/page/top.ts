/** The bar over everything: which world one looks at, who is signed in, theme and network. */
import type { Staff } from '../people.ts';
import { avatar, button, h, icon } from './dom.ts';

export type View = 'mail' | 'recipients';

interface Top {
  readonly element: HTMLElement;
  draw(state: { readonly view: View; readonly person: Staff; readonly dark: boolean; readonly offline: boolean; readonly arrived: number }): void;
}

export function topBar({ staff, onView, onPerson, onTheme, onNetwork }: {
  readonly staff: readonly Staff[];
  readonly onView: (view: View) => void;
  readonly onPerson: (id: string) => void;
  readonly onTheme: () => void;
  readonly onNetwork: () => void;
}): Top {
  const tab = (view: View, name: 'mail' | 'people', label: string) => h('button', { type: 'button', class: 'view', 'data-view': view, 'aria-label': label, onclick: () => onView(view) }, icon(name), h('span', {}, label), h('span', { class: 'count', hidden: true }));
  const mail = tab('mail', 'mail', 'Mail');
  const recipients = tab('recipients', 'people', 'Recipients');
  const console = h('a', { class: 'view', href: '/console', target: '_blank', rel: 'noopener', 'aria-label': 'Console, in a window of its own', title: 'Rules, people and the log. Sign in as Ivy, Leo or Ben.' }, icon('shield'), h('span', {}, 'Console'));
  const theme = button('moon', 'Dark theme', onTheme, { bare: true });
  const network = button('online', 'Go offline', onNetwork, { bare: true });
  const face = h('span', { class: 'face' });
  const person = h('select', { 'aria-label': 'Signed in as', onchange: () => onPerson(person.value) }, ...staff.map((s) => h('option', { value: s.id }, `${s.name} · ${s.roles.join(', ')}`)));
  const element = h('header', { class: 'top' },
    h('div', { class: 'brand' }, icon('mail'), h('strong', {}, 'Riverside Mail'), h('small', {}, 'a pretend Outlook, for trying Send Secure')),
    h('nav', { class: 'views', 'aria-label': 'Views' }, mail, recipients, console),
    h('div', { class: 'switches' }, network, theme, h('label', { class: 'who' }, face, person)));

  return {
    element,
    draw({ view, person: who, dark, offline, arrived }) {
      mail.setAttribute('aria-pressed', String(view === 'mail'));
      recipients.setAttribute('aria-pressed', String(view === 'recipients'));
      const badge = recipients.querySelector<HTMLElement>('.count');
      if (badge !== null) {
        badge.hidden = arrived === 0;
        badge.textContent = String(arrived);
      }
      face.replaceChildren(avatar(who.name));
      person.value = who.id;
      theme.replaceChildren(icon(dark ? 'sun' : 'moon'));
      theme.title = dark ? 'Light theme' : 'Dark theme';
      theme.setAttribute('aria-label', theme.title);
      network.replaceChildren(icon(offline ? 'offline' : 'online'));
      network.classList.toggle('on', offline);
      network.title = offline ? 'Go online' : 'Go offline: the add-in loses its network';
      network.setAttribute('aria-label', offline ? 'Go online' : 'Go offline');
    },
  };
}
