/** A recipient's phone: the text messages that rang there, newest first. Looked at while it is in view, because a code comes after a tap elsewhere. */
import { h, shortTime } from '../page/dom.ts';
import { lab } from '../page/wire.ts';

const LOOK = 2_000;

interface Phone {
  readonly element: HTMLElement;
  show(of: { readonly address: string; readonly name: string; readonly phone: boolean }): Promise<void>;
}

export function openPhone(): Phone {
  const texts = h('ul', { 'aria-live': 'polite' });
  const title = h('b', {});
  const element = h('section', { class: 'phone', 'aria-label': 'Phone', hidden: true }, title, texts);
  let address = '';
  let shown = '';

  async function look(): Promise<void> {
    const asked = address;
    if (asked === '') return;
    const { phone, messages } = await lab.phone(asked);
    if (asked !== address || JSON.stringify(messages) === shown) return;
    shown = JSON.stringify(messages);
    title.textContent = `Phone ${phone}`;
    texts.replaceChildren(...(messages.length === 0 ? [h('li', { class: 'none' }, 'No text messages yet.')] : messages.toReversed().map((m) => h('li', {}, h('span', {}, m.text), h('small', {}, shortTime(m.receivedAt))))));
  }

  setInterval(() => { if (element.offsetParent !== null) look().catch(() => undefined); }, LOOK);
  return {
    element,
    async show(of) {
      address = of.phone ? of.address : '';
      shown = '';
      element.hidden = !of.phone;
      await look();
    },
  };
}
