/**
 * What a certificate calls the state of a copy, by the rules of its version. A certificate is judged by the rules it was made by, for as long as
 * it is kept: what is here is never edited, and other rules are another version.
 */
import { fold, statusOf, type Status, type TrackEvent } from '../../../shared/track/track.ts';

type Version = 1 | 2;
export type Rule = (mine: readonly TrackEvent[]) => Status;

export const LATEST = 2 as const satisfies Version;

const LASTING: readonly Status[] = ['relayed', 'failed', 'delivered', 'opened', 'recalled'];

/** A report counted whenever it came, and a failure for good. */
function ever(mine: readonly TrackEvent[]): Status {
  let passing: Status = 'queued';
  let lasting = -1;
  for (const event of mine) {
    const status = statusOf(event);
    if (status === null) continue;
    const rank = LASTING.indexOf(status);
    if (rank > lasting) lasting = rank;
    else if (rank < 0 && !(event.type === 'delivery.attempt.started' && passing === 'delayed')) passing = status;
  }
  return LASTING[lasting] ?? passing;
}

/** The rules that went by each number; the last certificates of version 1 were made by those of version 2 already. */
export const RULES: { readonly [V in Version]: readonly [Rule, ...Rule[]] } = { 1: [ever, fold], 2: [fold] };
