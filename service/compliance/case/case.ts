/** One file for each case: opened, changed from the version that was read, its words sealed under the month's evidence key, every step an entry of the log. */
import type { AuditLog, EventDraft } from '../../audit/audit.ts';
import { refuse, type Refusal } from '../../refusal.ts';
import type { Store } from '../../store/store.ts';
import type { Vault } from '../../vault/vault.ts';
import type { World } from '../../world.ts';
import type { CaseRow } from './case.sql.ts';

export interface CaseHouse {
  readonly audit: AuditLog; readonly store: Store; readonly vault: Pick<Vault, 'seal' | 'open' | 'monthly' | 'monthlyById'>; readonly world: Pick<World, 'now' | 'random'>;
}

interface Cases<T> {
  open(row: Pick<CaseRow, 'id' | 'owner' | 'message' | 'state' | 'due'>, content: T, events: readonly EventDraft[]): Promise<boolean>;
  get(id: string): Promise<{ readonly row: CaseRow; readonly content: T } | null>;
  all(limit?: number): Promise<readonly { readonly row: CaseRow; readonly content: T }[]>;
  change(row: CaseRow, next: Partial<Pick<CaseRow, 'state' | 'due' | 'told'>>, content: T, events: readonly EventDraft[]): Promise<true | Refusal<'changed-meanwhile'>>;
}

export function openCases<T>({ audit, store, vault, world }: CaseHouse, kind: CaseRow['kind']): Cases<T> {
  const room = store.room<typeof import('./case.sql.ts')>('case');
  const aad = (id: string): string => `case/${id}`;
  const opened = async (row: CaseRow) => ({ row, content: JSON.parse(Buffer.from(vault.open(await vault.monthlyById(row.kid), aad(row.id), row.sealed)).toString('utf8')) as T });
  const sealed = async (id: string, content: T) => {
    const key = await vault.monthly(world.now());
    return { sealed: vault.seal(key, aad(id), Buffer.from(JSON.stringify(content))), kid: key.id };
  };
  const prepared = (events: readonly EventDraft[]) => Promise.all(events.map((draft) => audit.prepared(draft)));
  return {
    open: async (row, content, events) => room.write.open({ ...row, kind, created: world.now(), ...(await sealed(row.id, content)), events: await prepared(events) }),
    async get(id) {
      const row = await room.read.one({ id });
      return row?.kind === kind ? opened(row) : null;
    },
    all: async (limit = 200) => Promise.all((await room.read.ofKind({ kind, limit })).map(opened)),
    async change(row, next, content, events) {
      const done = await room.write.change({ id: row.id, version: row.version, state: next.state ?? row.state, due: next.due ?? row.due, told: next.told ?? row.told, ...(await sealed(row.id, content)), events: await prepared(events) });
      return done ? true : refuse('changed-meanwhile');
    },
  };
}
