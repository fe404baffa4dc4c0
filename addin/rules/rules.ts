/**
 * The organisation's own rules on the author's side: asked for when the pane starts and now and then, kept in memory by their hash, compiled in a chunk
 * of its own. The draft is never kept waiting: without an answer the built-in rules scan alone, and the service judges by all. What came is kept for the event handler
 * as well (`addin/policy`).
 */
import type { OwnRules } from '../../shared/scan/scan.ts';
import type { OwnRulesAnswer } from '../../shared/wire/rules.ts';
import type { Companion } from '../companion/companion.ts';
import { isRefused } from '../refusal.ts';

interface Rules {
  /** those in force as far as is known; undefined where there are none */
  current(): OwnRules | undefined;
  /** as the service said them last; null: it has not */
  answered(): OwnRulesAnswer | null;
  /** asks again when it is time */
  due(): void;
}

export type Compile = (answer: OwnRulesAnswer) => OwnRules | undefined;

const FRESH = 600_000;
const RETRY = 15_000;

export function openRules({ companion, load, now, changed }: {
  companion: Pick<Companion, 'rules'>; load: () => Promise<Compile>; now: () => number; changed: () => void;
}): Rules {
  let rules: OwnRules | undefined;
  let hash = '';
  let last: OwnRulesAnswer | null = null;
  let next = -Infinity;
  async function ask(): Promise<void> {
    const answer = await companion.rules();
    if (isRefused(answer)) return;
    last = answer;
    const fresh = answer.hash === hash ? null : answer.rules === null ? () => undefined : await load();
    next = now() + FRESH;
    if (fresh === null) return;
    rules = fresh(answer);
    hash = answer.hash;
    changed();
  }
  return {
    current: () => rules,
    answered: () => last,
    due() {
      if (now() < next) return;
      // A chunk that did not come is asked for again, like an answer that did not.
      next = now() + RETRY;
      ask().catch(() => {});
    },
  };
}
