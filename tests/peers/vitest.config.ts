import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** One peer at a time: they are large programs, some with a fixed port of their own. */
export default defineConfig({
  root: join(import.meta.dirname, '..', '..'),
  test: {
    include: ['tests/peers/*.peer.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 60_000,
    hookTimeout: 300_000,
    reporters: ['verbose'],
  },
});
