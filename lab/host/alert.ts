/** Dialogs over the compose window, as Smart Alerts show them: a sentence and at most three buttons. Modal, with Escape for the safe choice. */
import { h } from '../page/dom.ts';

interface Choice<T extends string> {
  readonly id: T;
  readonly label: string;
  readonly primary?: boolean;
}

export function askAlert<T extends string>(title: string, message: string, choices: readonly Choice<T>[], escape: T): Promise<T> {
  return new Promise((resolve) => {
    const dialog = h('dialog', { class: 'alert', 'aria-labelledby': 'alert-title', 'aria-describedby': 'alert-text' });
    const done = (id: T) => {
      dialog.close();
      dialog.remove();
      resolve(id);
    };
    dialog.append(
      h('h2', { id: 'alert-title' }, title),
      h('p', { id: 'alert-text' }, message),
      h('div', { class: 'alert-buttons' }, ...choices.map((c) => h('button', { type: 'button', class: c.primary === true ? 'button primary' : 'button outline', autofocus: c.primary === true, onclick: () => done(c.id) }, c.label))),
    );
    dialog.addEventListener('cancel', (event) => {
      event.preventDefault();
      done(escape);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
