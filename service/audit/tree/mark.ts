/**
 * A mark on every event as it is noted, by a key that lies in KEYS_DIR and not in the database: whoever can write rows but has no key cannot have
 * the sequencer sign for an event that never was, nor for one that was changed while it waited.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../../refusal.ts';
import type { Pending } from '../audit.sql.ts';
import { createOnce } from './checkpoint.ts';

const FILE = 'audit-note.key';
/** Processes of a version without marks may still end their work beside the first with them; and where this key is new because older keys were restored, nobody can check the marks of what waits. */
const GRACE = 600_000;
const WRITTEN = /^([0-9a-f]{64}) (\d{13,15})\n$/;

type Marked = Omit<Pending, 'mark'>;

export interface Marks {
  of(event: Marked): string;
  /** whether one of us noted it */
  fits(event: Pending, now: number): boolean;
}

export function openMarks(folder: string, now: number): Marks {
  const path = join(folder, FILE);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!existsSync(path)) createOnce(path, `${randomBytes(32).toString('hex')} ${now}\n`);
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) throw new Fault('log-key-exposed', 'The log\'s key for noting can be read by others; set its mode to 0600.');
  const [, hex, began] = WRITTEN.exec(readFileSync(path, 'latin1')) ?? [];
  if (hex === undefined) throw new Fault('log-key-broken', 'The log\'s key for noting cannot be read.');
  const key = Buffer.from(hex, 'hex');
  const mark = ({ id, time, type, outcome, leaf }: Marked): Buffer => createHmac('sha256', key).update(`${id}|${time}|${type}|${outcome}\n${leaf}`).digest();
  return {
    of: (event) => mark(event).toString('base64url'),
    fits(event, at) {
      if (at < Number(began) + GRACE) return true;
      const given = Buffer.from(event.mark, 'base64url');
      return given.length === 32 && timingSafeEqual(given, mark(event));
    },
  };
}
