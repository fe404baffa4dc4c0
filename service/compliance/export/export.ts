/**
 * Exports of the log: as tables, as rows with proofs, for other systems, on paper. Made piece by piece, so that a crash costs one piece;
 * the pieces lie sealed until they expire. Asking, making, fetching and expiring are entries of the log themselves. No sealed value leaves this way.
 */
import { createHash } from 'node:crypto';
import type { ExportRequest, ExportState, ScheduleRequest, ScheduleState } from '../../../shared/wire/export.ts';
import type { Alerts } from '../../alert/alert.ts';
import { sentence, type AuditLog } from '../../audit/audit.ts';
import { jcs } from '../../audit/entry.ts';
import { REPORT } from '../../audit/verify/format.ts';
import { newId } from '../../identity.ts';
import { sealFor } from '../../keys/keys.ts';
import { print } from '../../paper/paper.ts';
import type { Person } from '../../people/people.ts';
import { isRefusal, refuse, type WireRefusal } from '../../refusal.ts';
import type { Store } from '../../store/store.ts';
import type { Vault } from '../../vault/vault.ts';
import type { World } from '../../world.ts';
import type { AuditEvent } from '../../../shared/wire/audit.ts';
import { queryOf, staff } from '../search.ts';
import * as csv from './csv.ts';
import type { ExportRow, ScheduleRow } from './export.sql.ts';
import { auditEvent } from './fhir.ts';
import { ocsf } from './ocsf.ts';
import { belongs, paperOf, REPORTS, type ReportName } from './reports.ts';

/** An entry with its sentence. */
export type Told = AuditEvent & { readonly text: string };

const PAGE = 500;
const PAGES_A_PIECE = 4;
/** This much is made while the requester waits; the rest behind them. */
const AT_ONCE = 5;
const AT_A_TIME = 3;
const DAY = 86_400_000;
/** What is made again and again lies longer than until the next. */
const KEEP_MS = { once: 7 * DAY, day: 7 * DAY, week: 21 * DAY, month: 62 * DAY } as const;
/** Of what a schedule made and nobody has fetched, its owner is told so long before it goes. */
const WARN_MS = 3 * DAY;
const LEASE_MS = 60_000;
const TRIED_MS = 3_600_000;
const PAPER_ROWS = 50_000;
/** number of the piece that closes an export */
const LAST = 1_000_000;
const FILES: { readonly [format in ExportRequest['format']]: { readonly ext: string; readonly type: string } } = {
  csv: { ext: 'csv', type: 'text/csv; charset=utf-8' }, ndjson: { ext: 'ndjson', type: 'application/x-ndjson' }, fhir: { ext: 'fhir.ndjson', type: 'application/fhir+ndjson' },
  ocsf: { ext: 'ocsf.ndjson', type: 'application/x-ndjson' }, pdf: { ext: 'pdf', type: 'application/pdf' },
};

/** Piece by piece: a file may be larger than memory. */
interface ExportFile { readonly name: string; readonly type: string; readonly pieces: AsyncIterable<Uint8Array> }

export interface Exports {
  create(reader: Person, request: ExportRequest): Promise<ExportState | WireRefusal>;
  exports(reader: Person): Promise<{ readonly data: readonly ExportState[] }>;
  export(reader: Person, id: string): Promise<ExportState | WireRefusal>;
  file(reader: Person, id: string): Promise<ExportFile | WireRefusal>;
  /** what was exported, of which tree, signed: for the verifier */
  fileProof(reader: Person, id: string): Promise<object | WireRefusal>;
  schedule(reader: Person, request: ScheduleRequest): Promise<ScheduleState | WireRefusal>;
  schedules(reader: Person): Promise<{ readonly data: readonly ScheduleState[] }>;
  unschedule(reader: Person, id: string): Promise<null | WireRefusal>;
}

interface ExportHouse {
  readonly audit: AuditLog; readonly store: Store; readonly vault: Pick<Vault, 'seal' | 'open' | 'monthly' | 'monthlyById'>; readonly world: Pick<World, 'now' | 'random'>; readonly organisation: string; readonly alerts: Pick<Alerts, 'prepare'>;
}

/** What was asked for; of a schedule also whom to tell, and how often it is made. */
type Asked = ExportRequest & { readonly tell?: readonly string[]; readonly every?: ScheduleRow['every'] };

export function openExports({ audit, store, vault, world, organisation, alerts }: ExportHouse): Exports & { work(): Promise<void> } {
  const room = store.room<typeof import('./export.sql.ts')>('export');
  const origin = (): string => audit.vkey().split('+')[0] ?? '';
  const aad = (id: string, what: string): string => `export/${id}/${what}`;
  const askedOf = async (row: Pick<ExportRow, 'id' | 'asked' | 'kid'>): Promise<Asked> => JSON.parse(Buffer.from(vault.open(await vault.monthlyById(row.kid), aad(row.id, 'asked'), row.asked)).toString('utf8')) as Asked;
  const event = (type: string, owner: string, facts: { [name: string]: string | number | boolean | null }) => audit.prepared({ type, outcome: 'ok', actor: staff({ id: owner }), facts });

  async function stateOf(row: ExportRow): Promise<ExportState> {
    const { format, report } = await askedOf(row);
    return { id: row.id, state: row.state, format, ...(report ? { report } : {}), rows: row.made_rows, tree_size: row.size, created: new Date(row.created).toISOString(), expires: new Date(row.expires).toISOString(), downloads: row.downloads, ...(row.state === 'done' ? { sha256: row.sha256, bytes: row.bytes } : {}) };
  }

  async function* content(row: Pick<ExportRow, 'id' | 'kid'>, from: number): AsyncGenerator<Uint8Array> {
    const key = await vault.monthlyById(row.kid);
    for (let n = from; ;) {
      const parts = await room.read.parts({ id: row.id, from: n, limit: 8 });
      for (const part of parts) yield vault.open(key, aad(row.id, String(part.n)), part.sealed);
      if (parts.length < 8) return;
      n = (parts.at(-1)?.n ?? n) + 1;
    }
  }

  function textOf(request: ExportRequest, entries: readonly Told[], proved: ReadonlyMap<number | null, object>): string {
    switch (request.format) {
      case 'csv': return entries.map((e) => csv.row(e, request.profile ?? 'plain')).join('');
      case 'ndjson': return entries.map((e) => `${jcs(proved.get(e.seq))}\n`).join('');
      case 'fhir': return entries.map((e) => `${JSON.stringify(auditEvent(e, origin()))}\n`).join('');
      case 'ocsf': return entries.map((e) => `${JSON.stringify(ocsf(e, origin()))}\n`).join('');
      case 'pdf': return entries.map((e) => `${JSON.stringify(e)}\n`).join('');
    }
  }

  /** One piece more; false when there is nothing left to do. Leased, so that two processes do not make the same. */
  async function step(id: string): Promise<boolean> {
    if (!(await room.write.lease({ id, now: world.now(), until: world.now() + LEASE_MS }))) return false;
    const row = await room.read.one({ id });
    if (row === undefined || row.state !== 'running') return false;
    const request = await askedOf(row);
    const types = request.report === undefined ? undefined : REPORTS[request.report].types;
    const entries: Told[] = [];
    let [size, cursor, more] = [row.size, row.cursor === '' ? undefined : row.cursor, true];
    for (let n = 0; n < PAGES_A_PIECE && more; n += 1) {
      const page = await audit.events({ ...queryOf({ ...request.filter, limit: PAGE }), ...(types === undefined ? {} : { types }), order: 'asc', limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
      if (isRefusal(page)) {
        // The log's key, and with it its cursors, changed under way.
        await room.write.finish({ id, state: 'failed', sha256: '', bytes: 0, events: [await event('export.failed', row.owner, { export: id, code: 'cursor' })] });
        return false;
      }
      entries.push(...page.data.map((e) => ({ ...e, text: sentence(e.type, e.outcome, e.facts) })).filter((e) => request.report === undefined || belongs(request.report, e)));
      [size, cursor, more] = [page.snapshot.tree_size, page.page.next ?? undefined, page.page.has_more];
    }
    const proofs = request.format === 'ndjson' ? await audit.proofs(size, entries.flatMap((e) => (e.seq === null ? [] : [e.seq]))) : null;
    const head = row.parts > 0 ? '' : request.format === 'csv' ? csv.heading(request.profile ?? 'plain') : request.format === 'ndjson' ? `${jcs({ checkpoint: proofs?.checkpoint ?? '', format: REPORT, size, vkey: audit.vkey() })}\n` : '';
    const text = head + textOf(request, entries, new Map((proofs?.entries ?? []).map((e) => [e.seq, e])));
    const key = await vault.monthlyById(row.kid);
    const rows = row.made_rows + entries.length;
    const done = { id, n: row.parts, sealed: vault.seal(key, aad(id, String(row.parts)), Buffer.from(text)), rows, cursor: cursor ?? '', size };
    if (!(await room.write.progress(done))) return false;
    if (more && rows < (request.format === 'pdf' ? PAPER_ROWS : Number.MAX_SAFE_INTEGER)) return true;
    await close({ ...row, made_rows: rows, parts: row.parts + 1, size }, request);
    return false;
  }

  async function close(row: ExportRow, request: ExportRequest): Promise<void> {
    const key = await vault.monthlyById(row.kid);
    const hash = createHash('sha256');
    let bytes = 0;
    let last: Uint8Array | null = null;
    if (request.format === 'pdf') {
      const rows: Told[] = [];
      for await (const piece of content(row, 0)) for (const text of Buffer.from(piece).toString('utf8').split('\n')) if (text !== '') rows.push(JSON.parse(text) as Told);
      last = await print(paperOf(request.report as ReportName, {
        rows, from: request.filter.from ?? 'the beginning', to: request.filter.to ?? new Date(row.created).toISOString(), size: row.size, organisation, made: row.created,
        notes: row.made_rows >= PAPER_ROWS ? [`Paper holds the first ${PAPER_ROWS} entries.`] : [],
      }));
    } else for await (const piece of content(row, 0)) { hash.update(piece); bytes += piece.length; }
    if (request.format === 'ndjson') last = Buffer.from(`${jcs(audit.sign({ count: row.made_rows, sha256: hash.copy().digest('hex') }))}\n`);
    if (last !== null) {
      hash.update(last);
      bytes += last.length;
      await room.write.close({ id: row.id, n: LAST, sealed: vault.seal(key, aad(row.id, String(LAST)), last) });
    }
    const sha256 = hash.digest('hex');
    await room.write.finish({ id: row.id, state: 'done', sha256, bytes, events: [await event('export.created', row.owner, { export: row.id, format: request.format, report: request.report ?? null, count: row.made_rows, size: row.size, sha256 })] });
  }

  async function begun(owner: string, request: Asked) {
    const id = newId('exp', world);
    const key = await vault.monthly(world.now());
    return {
      row: { id, owner, asked: vault.seal(key, aad(id, 'asked'), Buffer.from(JSON.stringify(request))), kid: key.id, created: world.now(), expires: world.now() + KEEP_MS[request.every ?? 'once'] },
      event: await event('export.requested', owner, { export: id, format: request.format, report: request.report ?? null, filter: createHash('sha256').update(jcs(request.filter)).digest('hex') }),
    };
  }

  async function ending(row: ExportRow) {
    const { tell, report } = await askedOf(row);
    if (tell === undefined || row.state !== 'done' || row.downloads > 0 || row.expires <= world.now()) return [];
    return [await alerts.prepare({ kind: 'export-ending', severity: 'notice', once: `export-ending/${row.id}`, about: row.id, to: tell, detail: `Report: ${report ?? 'the whole log'}, of ${new Date(row.created).toISOString().slice(0, 10)}. It goes on ${new Date(row.expires).toISOString().slice(0, 10)}.` })];
  }

  const mine = async (reader: Person, id: string): Promise<ExportRow | null> => {
    const row = await room.read.one({ id });
    return row?.owner === reader.id && row.expires > world.now() ? row : null;
  };

  const scheduled = async (row: ScheduleRow): Promise<ScheduleState> => {
    const { format, report } = await askedOf(row);
    return { id: row.id, every: row.every, due: new Date(row.due).toISOString(), format, ...(report ? { report } : {}) };
  };

  return {
    async create(reader, request) {
      if (request.format === 'pdf' && request.report === undefined) return refuse('bad-request');
      if (request.key !== undefined && (await sealFor(request.key, nothing())) === null) return refuse('key-malformed');
      if ((await room.read.ofOwner({ owner: reader.id, limit: 50 })).filter((row) => row.state === 'running').length >= AT_A_TIME) return refuse('too-many-requests');
      const { row, event: noted } = await begun(reader.id, request);
      await room.write.create({ ...row, events: [noted] });
      for (let n = 0; n < AT_ONCE && (await step(row.id)); n += 1);
      const now = await room.read.one({ id: row.id });
      return now === undefined ? refuse('not-found') : stateOf(now);
    },
    async exports(reader) {
      const rows = await room.read.ofOwner({ owner: reader.id, limit: 100 });
      return { data: await Promise.all(rows.map(stateOf)) };
    },
    async export(reader, id) {
      const row = await mine(reader, id);
      return row === null ? refuse('not-found') : stateOf(row);
    },
    async file(reader, id) {
      const row = await mine(reader, id);
      if (row === null) return refuse('not-found');
      if (row.state !== 'done') return refuse('not-ready');
      const request = await askedOf(row);
      const first = request.format === 'pdf' ? LAST : 0;
      // Read through once before the first byte leaves: what is not what was made is not given out.
      const hash = createHash('sha256');
      for await (const piece of content(row, first)) hash.update(piece);
      if (hash.digest('hex') !== row.sha256) return refuse('fault');
      const sealed = request.key === undefined ? null : await sealFor(request.key, content(row, first));
      if (request.key !== undefined && sealed === null) return refuse('key-malformed');
      await room.write.downloaded({ id, events: [await event('export.downloaded', reader.id, { export: id, n: row.downloads + 1 })] });
      const { ext, type } = FILES[request.format];
      const name = `${request.report ?? 'audit'}-${new Date(row.created).toISOString().slice(0, 10)}-${id.slice(-6)}.${ext}`;
      return sealed === null ? { name, type, pieces: content(row, first) } : { name: `${name}.pgp`, type: 'application/pgp-encrypted', pieces: sealed };
    },
    async fileProof(reader, id) {
      const row = await mine(reader, id);
      if (row === null) return refuse('not-found');
      if (row.state !== 'done') return refuse('not-ready');
      const { format, report, filter } = await askedOf(row);
      return audit.sign({ type: 'send-secure-report', version: 1, id, format, report: report ?? null, filter, count: row.made_rows, sha256: row.sha256, tree_size: row.size, checkpoint: (await audit.proofs(row.size, []))?.checkpoint ?? '', vkey: audit.vkey(), made: new Date(row.created).toISOString() });
    },
    async schedule(reader, { every, request }) {
      if (request.format === 'pdf' && request.report === undefined) return refuse('bad-request');
      if (request.key !== undefined && (await sealFor(request.key, nothing())) === null) return refuse('key-malformed');
      const id = newId('sch', world);
      const key = await vault.monthly(world.now());
      const row: ScheduleRow = { id, owner: reader.id, asked: vault.seal(key, aad(id, 'asked'), Buffer.from(JSON.stringify({ ...request, every, tell: reader.addresses.slice(0, 1) } satisfies Asked))), kid: key.id, every, due: nextOf(every, world.now()) };
      await room.write.schedule({ ...row, events: [await event('export.scheduled', reader.id, { schedule: id, every, format: request.format, report: request.report ?? null })] });
      return scheduled(row);
    },
    async schedules(reader) {
      return { data: await Promise.all((await room.read.schedules({ owner: reader.id })).map(scheduled)) };
    },
    async unschedule(reader, id) {
      return (await room.write.unschedule({ id, owner: reader.id, events: [await event('export.unscheduled', reader.id, { schedule: id })] })) ? null : refuse('not-found');
    },
    async work() {
      const now = world.now();
      for (const schedule of await room.read.dueSchedules({ now, limit: 20 })) {
        const request = await askedOf(schedule);
        // What the period held, up to the moment it was due. Periods that passed while nothing ran have their turns one after the other.
        const filter = { ...request.filter, from: new Date(before(schedule.every, schedule.due)).toISOString(), to: new Date(schedule.due).toISOString() };
        const { row, event: noted } = await begun(schedule.owner, { ...request, filter });
        await room.write.turn({ schedule: schedule.id, due: schedule.due, next: nextOf(schedule.every, schedule.due), export: row, events: [noted] });
      }
      // One that cannot be made keeps no other waiting; it is tried again for an hour, and is then said to have failed.
      const broken: unknown[] = [];
      for (const row of await room.read.running({ now, limit: 10 })) {
        try {
          while (await step(row.id));
        } catch (cause) {
          if (now - row.created > TRIED_MS) await room.write.finish({ id: row.id, state: 'failed', sha256: '', bytes: 0, events: [await event('export.failed', row.owner, { export: row.id, code: 'fault' })] });
          broken.push(cause);
        }
      }
      for (const row of await room.read.ending({ before: now + WARN_MS, limit: 100 })) await room.write.warn({ id: row.id, alerts: await ending(row) });
      for (const { id } of await room.read.due({ now, limit: 100 })) await room.write.drop({ id, events: [await event('export.expired', 'exports', { export: id })] });
      if (broken.length > 0) throw broken[0];
    },
  };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** The next midnight (UTC) of the day, of Monday, of the first. */
export function nextOf(every: ScheduleRow['every'], now: number): number {
  const d = new Date(now);
  const [y, m, day] = [d.getUTCFullYear(), d.getUTCMonth(), d.getUTCDate()];
  if (every === 'month') return Date.UTC(y, m + 1, 1);
  return Date.UTC(y, m, day + (every === 'day' ? 1 : ((8 - d.getUTCDay()) % 7) || 7));
}

function before(every: ScheduleRow['every'], due: number): number {
  const d = new Date(due);
  return every === 'month' ? Date.UTC(d.getUTCFullYear(), d.getUTCMonth() - 1, 1) : due - (every === 'day' ? 1 : 7) * 86_400_000;
}
