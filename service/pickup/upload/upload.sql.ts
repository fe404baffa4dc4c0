/**
 * Files that recipients put beside an answer or a new message on the secure page. Name and type lie sealed under the content key of the message on whose page that is,
 * the bytes as one of its parts, so that both end with it.
 */
import type { PreparedEvent } from '../../audit/audit.ts';
import { note } from '../../audit/audit.sql.ts';
import type { Migration, Tx } from '../../store/store.ts';

export const migrations: readonly Migration[] = [
  {
    id: 'upload-1',
    ddl: [
      'CREATE TABLE upload (id TEXT PRIMARY KEY, item TEXT NOT NULL, reader TEXT NOT NULL, part TEXT NOT NULL, size {int} NOT NULL, verdict TEXT NOT NULL, sealed {bytes} NOT NULL, claim TEXT NOT NULL, answer TEXT NOT NULL, time {int} NOT NULL)',
      'CREATE INDEX upload_item ON upload (item, reader, answer)',
    ],
  },
];

/** beside one answer */
export const LIMITS = { files: 10, bytes: 35 * 1024 * 1024, file: 25 * 1024 * 1024 } as const;

const COLUMNS = 'id, item, reader, part, size, verdict, sealed, claim, answer, time';
export const statements = {
  open: `SELECT ${COLUMNS} FROM upload WHERE item = $1 AND reader = $2 AND answer = '' ORDER BY item, reader, answer`,
  ofItem: `SELECT ${COLUMNS} FROM upload WHERE item = $1 ORDER BY item, reader, answer`,
  insert: `INSERT INTO upload (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, '', '', $8)`,
  drop: "DELETE FROM upload WHERE id = $1 AND item = $2 AND reader = $3 AND answer = ''",
  claim: "UPDATE upload SET claim = $3 WHERE item = $1 AND reader = $2 AND answer = ''",
  unclaim: "UPDATE upload SET claim = '' WHERE item = $1 AND reader = $2 AND answer = '' AND claim = $3",
  reseal: 'UPDATE upload SET sealed = $2 WHERE id = $1',
  answered: "UPDATE upload SET answer = $4 WHERE item = $1 AND reader = $2 AND claim = $3 AND answer = ''",
} as const;

export interface UploadRow {
  readonly id: string; readonly item: string; readonly reader: string;
  /** under which the bytes lie in the message's parts */
  readonly part: string;
  readonly size: number;
  readonly verdict: 'clean' | 'unknown';
  readonly sealed: Uint8Array;
  /** the form that sends it; empty: none yet */
  readonly claim: string;
  /** the answer it went or stayed with; empty: none yet */
  readonly answer: string;
  readonly time: number;
}
interface Whose { readonly item: string; readonly reader: string }
type Row = UploadRow & Record<string, never>;

export const writes = {
  /** false: the answer would hold more than it may */
  async add(tx: Tx, a: Omit<UploadRow, 'claim' | 'answer'>): Promise<boolean> {
    const open = await tx.all<Row>(statements.open, a.item, a.reader);
    if (open.some(({ id }) => id === a.id)) return true;
    if (open.length >= LIMITS.files || open.reduce((sum, { size }) => sum + size, a.size) > LIMITS.bytes) return false;
    await tx.run(statements.insert, a.id, a.item, a.reader, a.part, a.size, a.verdict, a.sealed, a.time);
    return true;
  },
  /** the one taken away, whose part goes with it */
  async drop(tx: Tx, a: Whose & { readonly id: string }): Promise<{ readonly part: string } | null> {
    const row = (await tx.all<Row>(statements.open, a.item, a.reader)).find(({ id }) => id === a.id);
    return row !== undefined && (await tx.run(statements.drop, a.id, a.item, a.reader)) === 1 ? { part: row.part } : null;
  },
  /** all that lie there go with the form that sends, also those of one that was cut off before it was done */
  async claim(tx: Tx, a: Whose & { readonly key: string }): Promise<void> {
    await tx.run(statements.claim, a.item, a.reader, a.key);
  },
  async unclaim(tx: Tx, a: Whose & { readonly key: string }): Promise<void> {
    await tx.run(statements.unclaim, a.item, a.reader, a.key);
  },
  async answered(tx: Tx, a: Whose & { readonly key: string; readonly answer: string; /** new words about those that stay, by id */ readonly sealed: { readonly [id: string]: Uint8Array }; readonly events: readonly PreparedEvent[] }): Promise<boolean> {
    for (const [id, sealed] of Object.entries(a.sealed)) await tx.run(statements.reseal, id, sealed);
    const gone = await tx.run(statements.answered, a.item, a.reader, a.key, a.answer);
    if (gone > 0) await note(tx, a.events);
    return gone > 0;
  },
};

/** What somebody has begun is nobody's fact yet. */
export const unaudited = ['add', 'drop', 'claim', 'unclaim'];

export const reads = {
  open: (tx: Tx, a: Whose): Promise<UploadRow[]> => tx.all<Row>(statements.open, a.item, a.reader),
  ofItem: (tx: Tx, a: { readonly item: string }): Promise<UploadRow[]> => tx.all<Row>(statements.ofItem, a.item),
};
