/** One recipient line: chips, a type-ahead over known people, and entries that do not resolve. */
import { isMailbox } from '../../shared/draft/address.ts';
import { avatar, h } from '../page/dom.ts';
import type { ItemPerson } from '../outlook/item.ts';

export interface Known {
  readonly name: string;
  readonly address: string;
  readonly says: string;
  readonly list?: true;
}

interface Line {
  readonly element: HTMLElement;
  show(people: readonly ItemPerson[]): void;
  focus(): void;
}

let lines = 0;
const resolved = ({ name, address, list }: Known): ItemPerson => ({ name, address, resolved: true, ...(list ? { list } : {}) });

export function recipientLine({ label, known, changed }: { readonly label: string; readonly known: readonly Known[]; readonly changed: (people: readonly ItemPerson[]) => void }): Line {
  let people: readonly ItemPerson[] = [];
  let offered: readonly Known[] = [];
  let picked = -1;
  const id = `line-${(lines += 1)}`;
  const list = h('ul', { class: 'suggestions', role: 'listbox', id: `${id}-list`, hidden: true, 'aria-label': `Suggestions for ${label}` });
  const input = h('input', { type: 'text', id, autocomplete: 'off', spellcheck: 'false', role: 'combobox', 'aria-label': label, 'aria-expanded': 'false', 'aria-controls': `${id}-list`, 'aria-autocomplete': 'list' });
  const chips = h('span', { class: 'chips' });
  const element = h('div', { class: 'line' }, h('label', { for: id, class: 'line-label' }, label), h('div', { class: 'line-field' }, chips, input, list));

  function set(next: readonly ItemPerson[]): void {
    changed(next);
    input.focus();
  }

  function suggest(): void {
    const typed = input.value.trim().toLowerCase();
    offered = typed === '' ? [] : known.filter((k) => !people.some((p) => p.address === k.address) && (k.name.toLowerCase().includes(typed) || k.address.includes(typed))).slice(0, 6);
    picked = offered.length > 0 ? 0 : -1;
    draw();
  }

  function draw(): void {
    if (offered.length === 0) picked = -1;
    list.hidden = offered.length === 0;
    input.setAttribute('aria-expanded', String(offered.length > 0));
    if (picked >= 0) input.setAttribute('aria-activedescendant', `${id}-${picked}`);
    else input.removeAttribute('aria-activedescendant');
    list.replaceChildren(...offered.map((k, i) => h('li', {
      role: 'option', id: `${id}-${i}`, 'aria-selected': String(i === picked), class: i === picked ? 'picked' : '',
      onmousedown: (event: MouseEvent) => {
        event.preventDefault();
        choose(k);
      },
    }, avatar(k.name), h('span', {}, h('b', {}, k.name), h('small', {}, `${k.address} · ${k.says}`)))));
  }

  function choose(k: Known): void {
    input.value = '';
    offered = [];
    draw();
    set([...people, resolved(k)]);
  }

  /** What was typed becomes a chip: a person, an address, or an entry that does not resolve. */
  function commit(): void {
    const typed = input.value.trim().replace(/[,;]+$/, '');
    input.value = '';
    offered = [];
    draw();
    if (typed === '') return;
    const entries = typed.split(/[,;]\s*/).filter((e) => e !== '').map((entry): ItemPerson => {
      const who = known.find((k) => k.address === entry.toLowerCase() || k.name.toLowerCase() === entry.toLowerCase());
      if (who !== undefined) return resolved(who);
      return { name: entry, address: entry, resolved: isMailbox(entry) };
    });
    changed([...people, ...entries]);
  }

  input.addEventListener('input', () => {
    if (/[,;]$/.test(input.value)) commit();
    else suggest();
  });
  input.addEventListener('blur', commit);
  input.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      if (offered.length === 0) return;
      event.preventDefault();
      picked = (picked + (event.key === 'ArrowDown' ? 1 : offered.length - 1)) % offered.length;
      draw();
    } else if (event.key === 'Enter' || (event.key === 'Tab' && input.value !== '')) {
      event.preventDefault();
      const k = offered[picked];
      if (k !== undefined) choose(k);
      else {
        commit();
        input.focus();
      }
    } else if (event.key === 'Escape') {
      offered = [];
      draw();
    } else if (event.key === 'Backspace' && input.value === '' && people.length > 0) set(people.slice(0, -1));
  });

  return {
    element,
    focus: () => input.focus(),
    show(now) {
      people = now;
      chips.replaceChildren(...now.map((p) => h('span', { class: p.resolved ? 'chip' : 'chip unresolved', title: p.resolved ? p.address : 'This entry could not be resolved' },
        h('span', {}, p.name),
        h('button', { type: 'button', 'aria-label': `Remove ${p.name}`, onclick: () => set(people.filter((q) => q !== p)) }, '×'))));
    },
  };
}
