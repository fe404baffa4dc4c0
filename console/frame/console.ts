/** What every screen is given: who is signed in, the wire, and a way to say what happened. */
import { createContext, useCallback, useContext, useEffect, useRef, useState } from 'react';
import type { ConsoleSession } from '../../shared/wire/console.ts';
import type { EndpointName, StaffRole } from '../../shared/wire/wire.ts';
import { isRefused, type Refused, type Value, type Wire, type With } from '../wire/call.ts';

export interface Console {
  readonly session: ConsoleSession;
  readonly wire: Wire;
  readonly night: boolean;
  /** a short sentence, seen and spoken; `undo` is offered with it */
  tell(sentence: string, how?: { readonly bad?: boolean; readonly undo?: () => void }): void;
}

export const ConsoleContext = createContext<Console | null>(null);

export function useConsole(): Console & { has(...roles: StaffRole[]): boolean } {
  const known = useContext(ConsoleContext);
  if (known === null) throw new Error('A screen stands outside of the console.');
  return { ...known, has: (...roles) => roles.some((role) => known.session.person.roles.includes(role)) };
}

/** By name where the service knows it. */
export const nameOf = (names: { readonly [id: string]: string } | undefined, id: string): string => names?.[id] ?? id;

export type Loaded<T> = { readonly at: 'loading'; readonly before?: T } | { readonly at: 'refused'; readonly refused: Refused } | { readonly at: 'shown'; readonly value: T };

/** The answer of one call, asked again by `again`. `null` as name: not asked. An answer that came too late is dropped. */
export function useAnswer<N extends EndpointName>(name: N | null, given?: With<N>): { readonly loaded: Loaded<Value<N>>; readonly again: () => void } {
  const { wire } = useConsole();
  const [loaded, setLoaded] = useState<Loaded<Value<N>>>({ at: 'loading' });
  const [round, setRound] = useState(0);
  const asked = JSON.stringify([name, given]);
  const latest = useRef(given);
  latest.current = given;
  useEffect(() => {
    if (name === null) return undefined;
    let wanted = true;
    setLoaded((before) => ({ at: 'loading', ...(before.at === 'shown' ? { before: before.value } : {}) }));
    void wire.call(name, latest.current).then((answer) => {
      if (wanted) setLoaded(isRefused(answer) ? { at: 'refused', refused: answer } : { at: 'shown', value: answer });
    });
    return () => { wanted = false; };
  }, [wire, name, asked, round]);
  return { loaded, again: useCallback(() => setRound((n) => n + 1), []) };
}

/** Lists that come in pages. */
type Paged = { readonly [N in EndpointName]: Value<N> extends { readonly data: readonly unknown[]; readonly next: string | null } ? N : never }[EndpointName];
type Rows<N extends EndpointName> = Value<N> extends { readonly data: infer Held } ? Held : never;
export interface All<N extends Paged> {
  readonly data: Rows<N>;
  /** false: more are kept than a table is for, or the rest is still on its way */
  readonly whole: boolean;
}
const PAGE = 200;
/** 10,000 rows: beyond that one searches, and does not scroll */
const PAGES = 50;

/** A whole list, page by page: what has come is shown while the rest comes, so that a filter finds each of them. Asked again, what was there stays until all of it is here anew. `null` as name: not asked. */
export function useAll<N extends Paged>(name: N | null, query: With<N>['query'] = {}): { readonly loaded: Loaded<All<N>>; readonly again: () => void } {
  const { wire } = useConsole();
  const [loaded, setLoaded] = useState<Loaded<All<N>>>({ at: 'loading' });
  const [round, setRound] = useState(0);
  const asked = JSON.stringify([name, query]);
  const latest = useRef(query);
  latest.current = query;
  const shown = useRef('');
  useEffect(() => {
    if (name === null) return undefined;
    const life = { wanted: true };
    const anew = shown.current === asked;
    if (!anew) setLoaded((before) => ({ at: 'loading', ...(before.at === 'shown' ? { before: before.value } : {}) }));
    void (async () => {
      const data: unknown[] = [];
      for (let [page, cursor]: [number, string | null] = [0, '']; page < PAGES && cursor !== null; page += 1) {
        const answer: Value<Paged> | Refused = await wire.call<Paged>(name, { query: { ...latest.current, limit: PAGE, ...(cursor === '' ? {} : { cursor }) } });
        if (!life.wanted) return;
        if (isRefused(answer)) return setLoaded({ at: 'refused', refused: answer });
        data.push(...answer.data);
        cursor = answer.next;
        const last = cursor === null || page === PAGES - 1;
        if (!anew || last) setLoaded({ at: 'shown', value: { data: [...data] as Rows<N>, whole: cursor === null } });
        shown.current = asked;
      }
    })();
    return () => { life.wanted = false; };
  }, [wire, name, asked, round]);
  return { loaded, again: useCallback(() => setRound((n) => n + 1), []) };
}
