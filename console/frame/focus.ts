/**
 * Where the focus goes when what had it goes away, as a button does whose work is done: to the heading of what it stood in. Without that whoever works with
 * keys or a screen reader begins at the top of the page again (WCAG 2.2 §2.4.3).
 */
import { useEffect, type RefObject } from 'react';

const able = (e: Element) => e.isConnected && !e.matches(':disabled');

export function useFocusKept(within: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const place = within.current;
    if (place === null) return undefined;
    let held: { readonly element: HTMLElement; readonly around: readonly HTMLElement[] } | null = null;
    const came = ({ target }: FocusEvent) => {
      if (!(target instanceof HTMLElement)) return;
      const around: HTMLElement[] = [];
      for (let up = target.parentElement; up !== null && up !== place.parentElement; up = up.parentElement) around.push(up);
      held = { element: target, around };
    };
    // Left on purpose: nothing is to be brought back.
    const left = ({ target, relatedTarget }: FocusEvent) => { if (relatedTarget !== null || (target instanceof Element && able(target) && document.hasFocus())) held = null; };
    const look = () => {
      if (held === null || (document.activeElement !== document.body && document.activeElement !== null)) return;
      const { element, around } = held;
      if (able(element)) return element.focus({ preventScroll: true });
      if (element.isConnected) return undefined;
      const heading = around.filter((e) => e.isConnected).map((e) => e.querySelector<HTMLElement>('h1, h2, h3')).find((e) => e !== null) ?? place;
      held = null;
      if (!heading.hasAttribute('tabindex')) heading.tabIndex = -1;
      return heading.focus({ preventScroll: true });
    };
    const watch = new MutationObserver(look);
    watch.observe(place, { childList: true, subtree: true, attributes: true, attributeFilter: ['disabled'] });
    place.addEventListener('focusin', came);
    place.addEventListener('focusout', left);
    return () => {
      watch.disconnect();
      place.removeEventListener('focusin', came);
      place.removeEventListener('focusout', left);
    };
  }, [within]);
}
