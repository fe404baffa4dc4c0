/** Waiting in tests: for what happens, never for a time. How long is only asked when it never does. */

/** A busy machine is not a fault, nor is a disk that makes everybody wait: whatever is waited for comes in well under a second on a quiet one. */
export const PATIENCE = 120_000;

/** Limits and sums are by the day, in UTC: what counts them does not begin within the last minutes of one. */
export async function clearOfMidnight(): Promise<void> {
  const DAY = 86_400_000;
  const left = DAY - (Date.now() % DAY);
  if (left < PATIENCE) await new Promise((next) => { setTimeout(next, left + 1_000); });
}

/** Looks until it is there (not null, undefined, false, 0 or ''), and answers it; throws what was waited for when it never is. */
export async function until<T>(what: string, look: () => T | Promise<T>, { every = 20, ms = PATIENCE } = {}): Promise<Exclude<T, null | undefined | false | 0 | ''>> {
  for (const end = performance.now() + ms; ;) {
    const found = await look();
    if (found) return found as Exclude<T, null | undefined | false | 0 | ''>;
    if (performance.now() > end) throw new Error(`waited ${ms} ms in vain: ${what}`);
    await new Promise((next) => { setTimeout(next, every); });
  }
}
