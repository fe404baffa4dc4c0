/**
 * Outlook's callbacks as promises that always settle. A call that never calls back is `outlook-silent`, a failed one `outlook-failed`;
 * Outlook's own message is dropped, because it may quote the draft. ES2016 library only.
 */
import { isRefused, refused, type Refused } from '../refusal.ts';

/** Both runtimes have timers, and neither `lib` nor `types` of the event bundle says so. */
declare function setTimeout(run: () => void, ms: number): number;
declare function clearTimeout(timer: number): void;

/** Long enough for a slow Exchange, short enough that a pane never spins for ever. */
const PATIENCE = 12_000;

/** 9030 after the item changed (office-js#6806); 5001 for a file still being attached. 9020 says nothing in particular. */
const CODES: { readonly [code: number]: string } = { 9030: 'item-gone', 5001: 'outlook-busy' };

/** The values of `Office.EventType`, which office.js before 2022 does not have in full. */
export const EVENTS = {
  moved: 'olkItemSelectedChanged' as unknown as Office.EventType,
  recipients: 'olkRecipientsChanged' as unknown as Office.EventType,
  attachments: 'olkAttachmentsChanged' as unknown as Office.EventType,
  theme: 'officeThemeChanged' as unknown as Office.EventType,
};

export function call<T>(start: (done: (result: Office.AsyncResult<T>) => void) => void, patience: number = PATIENCE): Promise<T | Refused> {
  return new Promise((resolve) => {
    // A runtime without timers still gets its answers, only not this guard.
    const timer = typeof setTimeout === 'function' ? setTimeout(() => resolve(refused('outlook-silent')), patience) : 0;
    const settle = (value: T | Refused): void => {
      if (timer) clearTimeout(timer);
      resolve(value);
    };
    try {
      start((result) => {
        if (result.status === ('succeeded' as unknown)) settle(result.value);
        else settle(refused(CODES[result.error ? result.error.code : 0] || 'outlook-failed'));
      });
    } catch {
      settle(refused('outlook-failed'));
    }
  });
}

/** The steps in turn; the first refusal ends the row. */
export async function inTurn(...steps: readonly (() => Promise<unknown>)[]): Promise<null | Refused> {
  for (const step of steps) {
    const answer = await step();
    if (isRefused(answer)) return answer;
  }
  return null;
}
