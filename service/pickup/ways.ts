/** How much each way of opening counts for. A passkey counts for what it was enrolled by, never for more. */
import type { PickupWay } from '../route.ts';

/** A code in the mailbox of the notice proves the mailbox; the others prove a second thing beside it. An answer that others may know proves nobody: it opens, and counts for nothing else. */
const RANK: { readonly [way: string]: number } = { 'mail-code': 1, 'sms-code': 2, 'sign-in': 2, 'spoken-code': 3 };

export const rankOf = (way: string): number => RANK[way] ?? 0;

/** What counts for no more than this one; nothing where it proves nobody. */
export const waysUpTo = (way: string): string[] => Object.keys(RANK).filter((other) => rankOf(other) <= rankOf(way));

/** True when what was enrolled by `enrolled` is at least as good as the least that this copy asks for. */
export function enough(enrolled: string, ways: readonly PickupWay[]): boolean {
  return ways.some((way) => rankOf(enrolled) >= rankOf(way));
}

/** A provider's word proves the account, not the hop a code would travel; who asked for more than a mailbox gets it where it is more. */
export function signInCounts({ ways, strong }: { readonly ways: readonly PickupWay[]; readonly strong: boolean }): boolean {
  return !strong || enough('sign-in', ways);
}

/** An answer counts where a code by mail does, and while nobody has guessed too often: a lock ends it, until somebody was let in by a code. */
export function asksAnswer({ ways, purpose, locks }: { readonly ways: readonly string[]; readonly purpose: 'read' | 'answer'; readonly locks: number }): boolean {
  return purpose === 'read' && locks === 0 && ways.includes('mail-code');
}
