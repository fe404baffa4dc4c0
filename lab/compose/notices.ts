/** The bar above a draft where an add-in may speak: information, errors, progress, and an insight with one action. */
import { button, h, icon } from '../page/dom.ts';

type Notification = Office.NotificationMessageDetails;

interface Notices {
  readonly element: HTMLElement;
  show(messages: ReadonlyMap<string, Notification>): void;
}

export function noticeBar({ remove, act }: { readonly remove: (key: string) => void; readonly act: (commandId: string, contextData: string) => void }): Notices {
  const element = h('div', { class: 'notices', role: 'status', 'aria-live': 'polite' });

  function one(key: string, message: Notification): HTMLElement {
    const type = String(message.type);
    const action = (message.actions ?? [])[0] as { actionText?: string; commandId?: string; contextData?: unknown } | undefined;
    const context = typeof action?.contextData === 'string' ? action.contextData : JSON.stringify(action?.contextData ?? '');
    return h('div', { class: `notice ${type}`, 'data-key': key },
      icon(type === 'errorMessage' ? 'warn' : 'shield'),
      h('span', {}, message.message),
      action === undefined ? null : h('button', { type: 'button', class: 'link', onclick: () => act(action.commandId ?? '', context) }, action.actionText ?? 'Open'),
      button('close', 'Dismiss', () => remove(key), { bare: true, class: 'tiny' }));
  }

  return {
    element,
    show: (messages) => element.replaceChildren(...[...messages].map(([key, message]) => one(key, message))),
  };
}
