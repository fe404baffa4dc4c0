/** Cases: incidents, emergency access, activity reviews, reasons for addressable safeguards. What people wrote lies sealed; kind, state and dates do not, so that nothing is forgotten. */
import { note, type PreparedEvent } from '../../audit/audit.sql.ts';
import type { Migration, Tx } from '../../store/store.ts';

export const migrations: readonly Migration[] = [
  {
    id: 'case-1',
    ddl: [
      `CREATE TABLE case_file (
        id TEXT PRIMARY KEY, kind TEXT NOT NULL, owner TEXT NOT NULL, message TEXT NOT NULL, state TEXT NOT NULL, version {int} NOT NULL, created {int} NOT NULL, due {int} NOT NULL,
        told {int} NOT NULL, sealed {bytes} NOT NULL, kid TEXT NOT NULL)`,
      'CREATE INDEX case_kind ON case_file (kind, created, id)',
      'CREATE INDEX case_due ON case_file (told, due)',
    ],
  },
];

const COLUMNS = 'id, kind, owner, message, state, version, created, due, told, sealed, kid';

export const statements = {
  insert: `INSERT INTO case_file (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, 1, $6, $7, 0, $8, $9) ON CONFLICT (id) DO NOTHING`,
  one: `SELECT ${COLUMNS} FROM case_file WHERE id = $1`,
  ofKind: `SELECT ${COLUMNS} FROM case_file WHERE kind = $1 ORDER BY created DESC, id DESC LIMIT $2`,
  change: 'UPDATE case_file SET state = $3, due = $4, told = $5, sealed = $6, kid = $7, version = version + 1 WHERE id = $1 AND version = $2',
  due: `SELECT ${COLUMNS} FROM case_file WHERE told = 0 AND due > 0 AND due < $1 ORDER BY due LIMIT $2`,
} as const;

export interface CaseRow {
  readonly id: string; readonly kind: 'incident' | 'breakglass' | 'review' | 'rationale'; readonly owner: string; readonly message: string; readonly state: string; readonly version: number;
  readonly created: number;
  /** 0: nothing is waited for */
  readonly due: number;
  /** 1 when it was said that its time is over */
  readonly told: number;
  readonly sealed: Uint8Array; readonly kid: string;
}

type Events = readonly PreparedEvent[];

export const writes = {
  open: async (tx: Tx, a: Pick<CaseRow, 'id' | 'kind' | 'owner' | 'message' | 'state' | 'created' | 'due' | 'sealed' | 'kid'> & { events: Events }): Promise<boolean> => {
    if ((await tx.run(statements.insert, a.id, a.kind, a.owner, a.message, a.state, a.created, a.due, a.sealed, a.kid)) !== 1) return false;
    await note(tx, a.events);
    return true;
  },
  /** only from the version that was read: of two people at once one is told to look again */
  change: async (tx: Tx, a: Pick<CaseRow, 'id' | 'version' | 'state' | 'due' | 'told' | 'sealed' | 'kid'> & { events: Events }): Promise<boolean> => {
    if ((await tx.run(statements.change, a.id, a.version, a.state, a.due, a.told, a.sealed, a.kid)) !== 1) return false;
    await note(tx, a.events);
    return true;
  },
};

export const reads = {
  one: (tx: Tx, a: { id: string }): Promise<CaseRow | undefined> => tx.get<CaseRow>(statements.one, a.id),
  ofKind: (tx: Tx, a: { kind: CaseRow['kind']; limit: number }): Promise<CaseRow[]> => tx.all<CaseRow>(statements.ofKind, a.kind, a.limit),
  due: (tx: Tx, a: { now: number; limit: number }): Promise<CaseRow[]> => tx.all<CaseRow>(statements.due, a.now, a.limit),
};
