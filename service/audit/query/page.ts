/**
 * Queries, page by page. A cursor is signed, holds for one query of one reader only, and pins the tree size of the first page: entries that come
 * later do not shift what is being read.
 */
import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { AuditPage } from '../../../shared/wire/audit.ts';
import { Fault, refuse, type Refusal } from '../../refusal.ts';
import type { RoomStore } from '../../store/store.ts';
import type { Entry, EventQuery } from '../audit.ts';
import type { CheckpointRow } from '../audit.sql.ts';
import { entryOf } from '../entry.ts';
import type { LogKeys } from '../tree/keys.ts';
import type { PageArgs } from './way.ts';

const MOST = 500;
const END = Number.MAX_SAFE_INTEGER;

interface Place {
  readonly size: number;
  readonly time: number;
  readonly seq: number;
}

export function openPages({ room, keys }: { readonly room: RoomStore<typeof import('../audit.sql.ts')>; readonly keys: LogKeys }) {
  // Derived, so that every process of this service reads the cursors of the others and nobody else writes any.
  const secret = (): ArrayBuffer => hkdfSync('sha256', keys.current().private.export({ format: 'der', type: 'pkcs8' }), '', 'audit cursor', 32);
  const mac = (query: string, place: string): Buffer => createHmac('sha256', Buffer.from(secret())).update(query).update('\n').update(place).digest();

  function write(query: string, { size, time, seq }: Place): string {
    const place = [size, time, seq].join('.');
    return `${place}.${mac(query, place).toString('base64url')}`;
  }

  /** null for whatever is not ours, changed, or of another query; attacker-controlled */
  function read(query: string, cursor: string): Place | null {
    const [, place, signed] = /^(\d{1,16}\.\d{1,16}\.\d{1,16})\.([\w-]{43})$/.exec(cursor) ?? [];
    if (place === undefined || signed === undefined) return null;
    const given = Buffer.from(signed, 'base64url');
    if (given.length !== 32 || !timingSafeEqual(given, mac(query, place))) return null;
    const [size, time, seq] = place.split('.').map(Number);
    return size === undefined || time === undefined || seq === undefined ? null : { size, time, seq };
  }

  async function signedAt(size: number | null): Promise<CheckpointRow | null> {
    return size === null ? room.read.newest(undefined) : room.read.checkpoint({ size });
  }

  return {
    async events(query: EventQuery): Promise<AuditPage | Refusal<'bad-cursor'>> {
      const asked: Omit<PageArgs, 'size' | 'after' | 'limit'> = {
        from: query.from ?? 0, to: query.to ?? END, types: [...new Set(query.types ?? [])].sort(), messages: query.messages ?? (query.message ? [query.message] : []), items: query.items ?? (query.item ? [query.item] : []),
        actor: query.actor ?? '', outcome: query.outcome ?? '', order: query.order ?? 'asc',
      };
      const limit = Math.max(1, Math.min(MOST, query.limit ?? 100));
      const question = query.key === undefined ? JSON.stringify(asked) : JSON.stringify([query.key, { ...asked, messages: [], items: [] }]);
      const fingerprint = createHash('sha256').update(query.reader === undefined ? question : JSON.stringify([query.reader, question])).digest('hex');
      const place = query.cursor === undefined ? null : read(fingerprint, query.cursor);
      if (query.cursor !== undefined && place === null) return refuse('bad-cursor');

      const signed = await signedAt(place?.size ?? null);
      if (signed === null) {
        const empty = createHash('sha256').digest('base64');
        return { data: [], page: { next: null, has_more: false }, snapshot: { tree_size: 0, root: empty, checkpoint_time: null } };
      }
      const head = keys.open(signed.note);
      if (head === null || head.size !== signed.size) throw new Fault('log-checkpoint-broken', 'A checkpoint of the log is not signed by it.');

      const rows = await room.read.page({ ...asked, size: signed.size, after: place, limit: limit + 1 });
      const shown = rows.slice(0, limit);
      const last = shown.at(-1);
      const more = rows.length > limit && last !== undefined && last.seq !== null;
      return {
        data: shown.map(entryOf).map(public_),
        page: { next: more ? write(fingerprint, { size: signed.size, time: last.time, seq: last.seq ?? 0 }) : null, has_more: more },
        snapshot: { tree_size: signed.size, root: Buffer.from(head.root).toString('base64'), checkpoint_time: new Date(signed.time).toISOString() },
      };
    },
  };
}

/** What every reader of the log may see. */
function public_({ at: _at, kid: _kid, text: _text, row: _row, ...event }: Entry): AuditPage['data'][number] {
  return event;
}
