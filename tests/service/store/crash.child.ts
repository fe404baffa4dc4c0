/** Writes without end and says each acknowledged id; killed by its parent. */
import { openStore } from '../../../service/store/store.ts';
import type * as Ledger from './ledger.sql.ts';

// The pipe closes when the parent is done.
process.stdout.on('error', () => process.exit(1));
const [folder = '', prefix = ''] = process.argv.slice(2);
try {
  const store = await openStore({ folder, rooms: { ledger: new URL('./ledger.sql.ts', import.meta.url) }, world: { now: Date.now }, strictEvents: true });
  const { write } = store.room<typeof Ledger>('ledger');
  let n = 0;
  const lane = async (): Promise<void> => {
    for (;;) {
      const id = `${prefix}-${n++}`;
      await write.put({ id, n: 1, body: new Uint8Array(2000) });
      process.stdout.write(`${id}\n`);
    }
  };
  await Promise.all(Array.from({ length: 16 }, lane));
} catch (error) {
  process.stdout.write(`refused ${(error as { code: string }).code}\n`);
}
