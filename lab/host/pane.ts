/** The pane beside an item: a frame with the add-in's own page, a header with pin, width and close. */
import type { Item } from '../outlook/item.ts';
import type { FakeMailbox } from '../outlook/mailbox.ts';
import { button, h, icon } from '../page/dom.ts';
import type { Frame, Host } from './host.ts';
import type { Manifest } from './manifest.ts';

interface Pane {
  readonly element: HTMLElement;
  readonly showing: boolean;
  /** opens (or re-opens) the page for `item`; `url` from a command, else the manifest's */
  open(item: Item, url?: string): void;
  /** the window shows another item: a pinned compose pane follows, any other closes */
  follow(item: Item | null): void;
  close(): void;
}

const WIDTHS = [320, 380, 450];

export function openPane({ host, manifest, mailbox, onClosed }: { readonly host: Host; readonly manifest: Manifest; readonly mailbox: FakeMailbox; readonly onClosed: () => void }): Pane {
  let frame: Frame | null = null;
  let shown: Item | null = null;
  let url = '';
  let pinned = true;
  let width = 1;
  const body = h('div', { class: 'pane-body' });
  const pin = button('pin', 'Keep open for the next item', () => {
    pinned = !pinned;
    pin.setAttribute('aria-pressed', String(pinned));
    if (shown !== null && frame !== null) load(shown, url);
  }, { bare: true, class: 'small' });
  pin.setAttribute('aria-pressed', 'true');
  const size = button('narrow', 'Pane width', () => {
    width = (width + 1) % WIDTHS.length;
    resize();
  }, { bare: true, class: 'small' });
  const element = h('aside', { class: 'pane', 'aria-label': manifest.label, hidden: true },
    h('header', { class: 'pane-head' }, icon('shield'), h('strong', {}, manifest.label), size, pin, button('close', 'Close pane', () => close(), { bare: true, class: 'small' })),
    body);

  function resize(): void {
    const px = WIDTHS[width] ?? 380;
    element.style.setProperty('--pane', `${px}px`);
    size.title = `Pane width: ${px} px`;
  }
  resize();

  function load(item: Item, at: string): void {
    frame?.drop();
    shown = item;
    url = at;
    // A pinned compose pane follows the window; a read pane belongs to its message.
    frame = host.frame(mailbox, pinned && item.mode === 'compose' ? null : item, at, manifest.label);
    body.replaceChildren(frame.element);
    element.hidden = false;
    const { loaded } = frame;
    void loaded.then((ok) => {
      if (!ok) body.append(h('p', { class: 'pane-missing' }, 'The add-in\'s page could not be loaded. Build it with: npm run build'));
    });
  }

  function close(): void {
    frame?.drop();
    frame = null;
    shown = null;
    element.hidden = true;
    onClosed();
  }

  return {
    element,
    get showing() { return frame !== null; },
    open(item, command) {
      load(item, command ?? (item.mode === 'compose' ? manifest.composePane : manifest.readPane));
    },
    follow(item) {
      if (frame === null || item === shown) return;
      if (item !== null && pinned && shown?.mode === 'compose' && item.mode === 'compose' && item.kind === 'message') shown = item;
      else close();
    },
    close,
  };
}
