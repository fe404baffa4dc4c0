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
