/**
 * Writes for a while and says each acknowledged id by one write to the file `acks`, in order with the store's own writes.
 * `full`: the store as it is. `normal`: the same rows over a connection with synchronous=NORMAL, which must be seen to lose.
 */
import { openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from '../../../service/store/sqlite/connection.ts';
import { openStore } from '../../../service/store/store.ts';
import { until as look } from '../../until.ts';
import * as ledger from './ledger.sql.ts';

const [folder = '', mode = 'full', rows = '200'] = process.argv.slice(2);
const acks = openSync(join(folder, 'acks'), 'a');
const acked = (id: string): void => void writeSync(acks, `${id}\n`);
const count = Number(rows);
const body = new Uint8Array(700).fill(7);

if (mode === 'full') {
  const store = await openStore({ folder, rooms: { ledger: new URL('./ledger.sql.ts', import.meta.url) }, world: { now: Date.now }, strictEvents: true });
  const { write } = store.room<typeof ledger>('ledger');
  let n = 0;
  // Twice, with a rest between: an idle store folds its log back into the database and shortens it.
  for (const until of [count / 2, count]) {
    await Promise.all(Array.from({ length: 4 }, async () => {
      while (n < until) {
        const id = `row-${n++}`;
        await write.put({ id, n: 1, body });
        acked(id);
        if (n % 3 > 0) continue;
        // As a copy is leased, which nothing waits for, and its try begun, which is durable before anybody is called.
        await write.lease({ id, n: 10 });
        acked(`leased ${id}`);
        if (n % 2 > 0) continue;
        await write.readModifyWrite({ id, event: `begun_${id}` });
        acked(`begun ${id}`);
      }
    }));
    await look('the log folded back', () => statSync(join(folder, 'store.db-wal')).size === 0);
  }
} else {
  const { db, begin } = connect(join(folder, 'store.db'), 'write');
  db.exec('PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=100');
  for (const { ddl } of ledger.migrations) for (const step of ddl) db.exec(step.replaceAll('{int}', 'INTEGER').replaceAll('{bytes}', 'BLOB'));
  for (let n = 0; n < count; n += 1) {
    const { tx, end } = begin();
    db.exec('BEGIN IMMEDIATE');
    await ledger.writes.put(tx, { id: `row-${n}`, n: 1, body });
    db.exec('COMMIT');
    end();
    acked(`row-${n}`);
  }
}
// No farewell: the power goes while it runs.
process.kill(process.pid, 'SIGKILL');
