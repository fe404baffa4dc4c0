/** Where one is: the address itself, `/console/<screen>/<rest…>?query`, so that every place can be linked, kept and gone back from. */
import { useSyncExternalStore } from 'react';

interface Place {
  /** path of a screen, such as `policy` */
  readonly screen: string;
  /** what follows it */
  readonly rest: readonly string[];
  readonly query: URLSearchParams;
}

const ROOT = '/console';
const changed = new EventTarget();
addEventListener('popstate', () => changed.dispatchEvent(new Event('moved')));

let known: { readonly href: string; readonly place: Place } | null = null;
export function place(): Place {
  const { pathname, search, href } = location;
  if (known?.href === href) return known.place;
  const [screen = '', ...rest] = pathname.slice(ROOT.length).split('/').filter((part) => part !== '').map(decodeURIComponent);
  known = { href, place: { screen, rest, query: new URLSearchParams(search) } };
  return known.place;
}

/** `to` as after `/console/`; `replace`: not a step to go back to */
export function go(to: string, { replace = false } = {}): void {
  const address = addressOf(to);
  history[replace ? 'replaceState' : 'pushState'](null, '', address);
  changed.dispatchEvent(new Event('moved'));
}

export const addressOf = (to: string): string => (to === '' || to.startsWith('?') ? `${ROOT}${to}` : `${ROOT}/${to}`);

const subscribe = (on: () => void) => {
  changed.addEventListener('moved', on);
  return () => changed.removeEventListener('moved', on);
};
export const usePlace = (): Place => useSyncExternalStore(subscribe, place);
