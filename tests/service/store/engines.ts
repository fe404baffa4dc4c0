/**
 * Runs the same cases over SQLite and PostgreSQL, each store in a place of its own, all of it gone afterwards.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, onTestFinished } from 'vitest';
import { openStore, type Store, type StoreOptions } from '../../../service/store/store.ts';
import { startPostgres, type Postgres } from './postgres.ts';

export interface Place {
  readonly folder: string;
  readonly url?: string;
}

export interface Ground {
  readonly engine: 'sqlite' | 'postgres';
  /** an empty folder, and on PostgreSQL an empty database */
  place(): Promise<Place>;
  /** opens a store in a fresh place, or again in a given one; closed after the test */
  open(rooms: StoreOptions['rooms'], options?: { readonly at?: Place; readonly strictEvents?: boolean; readonly now?: () => number }): Promise<Store>;
}

export function onEveryEngine(define: (ground: Ground) => void): void {
  for (const engine of ['sqlite', 'postgres'] as const) {
    describe(engine, () => {
      const stores: Store[] = [];
      const folders: string[] = [];
      let postgres: Postgres | undefined;
      if (engine === 'postgres') {
        beforeAll(async () => {
          postgres = await startPostgres();
        });
        // Absence is a skipped test with its reason, never a test that passes.
        beforeEach(({ skip }) => {
          if (postgres !== undefined && 'reason' in postgres) skip(`POSTGRESQL HALF DID NOT RUN: ${postgres.reason}`);
        });
      }
      afterAll(async () => {
        for (const store of stores) await store.close();
        for (const folder of folders) rmSync(folder, { recursive: true, force: true });
        if (engine === 'postgres' && postgres !== undefined && 'stop' in postgres) await postgres.stop();
      });
      const place = async (): Promise<Place> => {
        const folder = mkdtempSync(join(tmpdir(), 'send-secure-store-'));
        folders.push(folder);
        if (engine === 'sqlite') return { folder };
        if (postgres === undefined || 'reason' in postgres) throw new Error('no PostgreSQL');
        return { folder, url: await postgres.fresh() };
      };
      define({
        engine,
        place,
        async open(rooms, { at, strictEvents = true, now = Date.now } = {}) {
          const store = await openStore({ ...(at ?? (await place())), rooms, strictEvents, world: { now } });
          stores.push(store);
          try {
            onTestFinished(() => store.close());
          } catch {
            // opened for a whole file: closed after its last test
          }
          return store;
        },
      });
    });
  }
}
