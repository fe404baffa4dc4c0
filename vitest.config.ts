import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { defineConfig } from 'vitest/config';
import { PATIENCE } from './tests/until.ts';

/** What takes longest begins first, or the machine waits for it alone at the end; only a wish, and right when it is a little wrong. */
const LONG = [
  'journeys/soak', 'addin/pane', 'portal/reading.browser', 'pickup/many', 'console/policy', 'journeys/crash', 'journeys/disk', 'audit/audit', 'pickup/pickup', 'keys/discovery', 'console/', 'queue/queue', 'addin/copy', 'journeys/weakhops', 'journeys/divided', 'journeys/console', 'journeys/outlook', 'journeys/lab',
];
const place = ({ moduleId }: TestSpecification): number => {
  const found = LONG.findIndex((name) => moduleId.includes(`/tests/${name}`) || moduleId.includes(`/${name}.`));
  return found === -1 ? LONG.length : found;
};
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts', 'tests/**/*.test.tsx'],
    pool: 'forks',
    // A third of the time is waiting (clocks, browsers, servers): three keep two cores busy.
    maxWorkers: 3,
    maxConcurrency: 3,
    // A busy machine is not a fault: what is waited for comes, and what never comes is told of by name before these end (tests/until.ts).
    testTimeout: 400_000,
    hookTimeout: 400_000,
    expect: { poll: { timeout: PATIENCE } },
    reporters: ['default'],
    sequence: { sequencer: LongFirst },
  },
});
