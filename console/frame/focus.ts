/**
 * Where the focus goes when what had it goes away, as a button does whose work is done: to the heading of what it stood in. Without that whoever works with
 * keys or a screen reader begins at the top of the page again (WCAG 2.2 §2.4.3).
 */
import { useEffect, type RefObject } from 'react';

const able = (e: Element) => e.isConnected && !e.matches(':disabled');

/** A notice draws the focus to itself when what had it goes away; nobody went there. */
const isNotice = (e: Element): boolean => e.closest('[data-toaster-position]') !== null;

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
      if (!(target instanceof HTMLElement)) return undefined;
      if (isNotice(target)) return look();
      held = { element: target, around: aroundOf(target, place.parentElement) };
    };
    // Left on purpose: nothing is to be brought back. What is being taken out of the page stands in it for as long as it is told that it lost the focus.
    const left = ({ target, relatedTarget }: FocusEvent) => {
      if (relatedTarget !== null && !(relatedTarget instanceof Element && isNotice(relatedTarget))) held = null;
      else if (document.hasFocus()) setTimeout(() => { if (held?.element === target && able(held.element)) held = null; });
    };
    const look = (): void => {
      if (held === null) return;
      const { element, around } = held;
      const at = document.activeElement;
      if (at !== null && at !== document.body && (element.isConnected || !isNotice(at))) return;
      if (able(element)) return element.focus({ preventScroll: true });
      if (element.isConnected) return;
      held = null;
      toHeading(around, place);
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
