/** The short form of `npm run soak`: two thousand copies, one try in ten goes wrong, `kill -9` every few hundred. */
import { expect, it } from 'vitest';
import { complaints, soak } from '../../bench/soak.ts';

it('loses none, and none comes twice untold', async () => {
  const outcome = await soak({ items: 2_000, destinations: 200, each: 100, faults: 0.1, killEvery: 800, say: () => undefined });
  expect(complaints(outcome)).toEqual([]);
  expect(outcome.kills).toBeGreaterThan(1);
  // Faults that were drawn must have been met, or the run shows nothing.
  expect(outcome.failed).toBeGreaterThan(0);
  expect(outcome.twice).toBeGreaterThan(0);
});
