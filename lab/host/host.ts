/**
 * What stands between the window and the add-in's frames: gives each frame its `Office`, mints tokens for the signed-in person,
 * knows whether the network is "on". Frames reach it through `parent.outlookHost` (see `shim.ts`).
 */
import type { Item } from '../outlook/item.ts';
import type { FakeMailbox } from '../outlook/mailbox.ts';
import type { Staff } from '../people.ts';
import type { Token } from '../world/issuer.ts';

export interface OutlookHost {
  /** called once by the shim inside a frame; null for a frame nobody announced */
  attach(frame: Element | null): typeof Office | null;
  readonly person: Staff;
  mint(): Promise<Token>;
  readonly offline: boolean;
  onNetwork(listen: (offline: boolean) => void): void;
}

declare global {
  interface Window {
    outlookHost?: OutlookHost;
  }
}

export interface Frame {
  readonly element: HTMLIFrameElement;
  readonly office: typeof Office;
  /** settles when the page has loaded; false if it could not */
  readonly loaded: Promise<boolean>;
  drop(): void;
}

export interface Host extends OutlookHost {
  /** a frame whose `Office` shows `item`, or follows the current item when null */
  frame(mailbox: FakeMailbox, item: Item | null, url: string, title: string): Frame;
  setOffline(offline: boolean): void;
}

export function openHost({ person, mint }: { readonly person: () => Staff; readonly mint: (id: string) => Promise<Token> }): Host {
  const offices = new WeakMap<Element, typeof Office>();
  const listeners = new Set<(offline: boolean) => void>();
  let offline = false;
  const host: Host = {
    attach: (frame) => (frame === null ? null : (offices.get(frame) ?? null)),
    get person() { return person(); },
    mint: () => mint(person().id),
    get offline() { return offline; },
    onNetwork: (listen) => { listeners.add(listen); },
    setOffline(now) {
      offline = now;
      for (const listen of listeners) {
        // A frame that is gone can no longer be told.
        try { listen(now); } catch { listeners.delete(listen); }
      }
    },
    frame(mailbox, item, url, title) {
      const element = document.createElement('iframe');
      element.title = title;
      const office = item === null ? mailbox.office() : mailbox.office(item);
      offices.set(element, office);
      const loaded = new Promise<boolean>((resolve) => {
        element.addEventListener('load', () => resolve(element.contentDocument?.contentType === 'text/html' && element.contentDocument.title !== 'Not built'), { once: true });
      });
      element.src = url;
      return {
        element, office, loaded,
        drop() {
          mailbox.drop(office);
          offices.delete(element);
          element.remove();
        },
      };
    },
  };
  window.outlookHost = host;
  return host;
}
