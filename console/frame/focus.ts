/**
 * Where the focus goes when what had it goes away, as a button does whose work is done: to the heading of what it stood in. Without that whoever works with
 * keys or a screen reader begins at the top of the page again (WCAG 2.2 §2.4.3).
 */
import { useEffect, type RefObject } from 'react';

const able = (e: Element) => e.isConnected && !e.matches(':disabled');

/** What it stands in, innermost first. */
export function aroundOf(e: Element, up: Element | null = null): HTMLElement[] {
  const around: HTMLElement[] = [];
  for (let next = e.parentElement; next !== null && next !== up; next = next.parentElement) around.push(next);
  return around;
}

/** The heading of the innermost that is still there has the focus, else `otherwise`. */
export function toHeading(around: readonly HTMLElement[], otherwise: HTMLElement | null = null): void {
  const heading = around.filter((e) => e.isConnected).map((e) => e.querySelector<HTMLElement>('h1, h2, h3')).find((e) => e !== null) ?? otherwise;
  if (heading?.hasAttribute('tabindex') === false) heading.tabIndex = -1;
  heading?.focus({ preventScroll: true });
}

export function useFocusKept(within: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const place = within.current;
    if (place === null) return undefined;
    let held: { readonly element: HTMLElement; readonly around: readonly HTMLElement[] } | null = null;
    const came = ({ target }: FocusEvent) => {
      if (!(target instanceof HTMLElement)) return;
      held = { element: target, around: aroundOf(target, place.parentElement) };
    };
    // Left on purpose: nothing is to be brought back. What is being taken out of the page stands in it for as long as it is told that it lost the focus.
    const left = ({ target, relatedTarget }: FocusEvent) => {
      if (relatedTarget !== null) held = null;
      else if (document.hasFocus()) setTimeout(() => { if (held?.element === target && able(held.element)) held = null; });
    };
    const look = () => {
      if (held === null || (document.activeElement !== document.body && document.activeElement !== null)) return;
      const { element, around } = held;
      if (able(element)) return element.focus({ preventScroll: true });
      if (element.isConnected) return undefined;
      held = null;
      return toHeading(around, place);
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
