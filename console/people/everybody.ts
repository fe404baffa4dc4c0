/** Everybody who has signed in, page by page: what has come is shown while the rest comes, so that a filter finds each of them. */
import { useCallback, useEffect, useState } from 'react';
import type { KnownPerson, People } from '../../shared/wire/people.ts';
import { useConsole, type Loaded } from '../frame/console.ts';
import { isRefused, type Refused } from '../wire/call.ts';

const PAGE = 200;
/** 10,000 people: beyond that a directory is asked, not a list */
const PAGES = 50;

export function useEverybody(): { readonly loaded: Loaded<readonly KnownPerson[]>; readonly again: () => void } {
  const { wire } = useConsole();
  const [loaded, setLoaded] = useState<Loaded<readonly KnownPerson[]>>({ at: 'loading' });
  const [round, setRound] = useState(0);
  useEffect(() => {
    const life = { wanted: true };
    void (async () => {
      const all: KnownPerson[] = [];
      let cursor: string | null = '';
      for (let page = 0; page < PAGES && cursor !== null; page += 1) {
        const answer: People | Refused = await wire.call('people', { query: { limit: PAGE, ...(cursor === '' ? {} : { cursor }) } });
        if (!life.wanted) return;
        if (isRefused(answer)) return setLoaded({ at: 'refused', refused: answer });
        all.push(...answer.data);
        cursor = answer.next;
        setLoaded({ at: 'shown', value: [...all] });
      }
    })();
    return () => { life.wanted = false; };
  }, [wire, round]);
  return { loaded, again: useCallback(() => setRound((n) => n + 1), []) };
}
