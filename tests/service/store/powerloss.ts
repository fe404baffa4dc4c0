/**
 * A disk that loses its power: from strace's record of what a process asked of its files, rebuilds what could be found afterwards at
 * any moment. What was synced is there; of what was not, any part may be: whole writes, single sectors of 512 bytes, or nothing;
 * a new or removed name counts for certain only once its folder was synced (fsync(2)).
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

type Op =
  | { readonly kind: 'create' | 'unlink'; readonly name: string }
  | { readonly kind: 'write'; readonly name: string; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly name: string; readonly to: number }
  /** `since`: index of the record at which it began; only what came before it is covered */
  | { readonly kind: 'sync'; readonly name: string; readonly since: number }
  | { readonly kind: 'ack'; readonly id: string };

const CALLS = 'openat,pwrite64,write,fsync,fdatasync,ftruncate,unlink,rename';
const SECTOR = 512;

/** Runs a command under strace over one folder and returns its record; null when there is no strace. */
export function record(folder: string, trace: string, command: readonly string[]): readonly Op[] | null {
  const files = ['', 'store.db', 'store.db-wal', 'store.db-journal', 'acks'].flatMap((name) => ['-P', name === '' ? folder : join(folder, name)]);
  const run = spawnSync('strace', ['-f', '-qq', '-y', '-xx', '-s', '100000', '--seccomp-bpf', '-e', `trace=${CALLS}`, ...files, '-o', trace, ...command], { encoding: 'utf8' });
  if (run.error) return null;
  return parse(readFileSync(trace, 'latin1'), folder);
}

const plain = (hex: string): Buffer => Buffer.from(hex.replaceAll('\\x', ''), 'hex');

function parse(text: string, folder: string): Op[] {
  const ops: Op[] = [];
  const open = new Map<string, { readonly call: string; readonly since: number }>();
  const names = new Set<string>();
  const nameOf = (path: string): string => (path === folder ? '' : basename(path));

  function done(call: string, args: string, since: number): void {
    const fd = /^\d+<((?:\\x[0-9a-f]{2})*)>/.exec(args);
    const name = fd ? nameOf(plain(fd[1] ?? '').toString()) : '';
    const data = /"((?:\\x[0-9a-f]{2})*)"/.exec(args);
    const rest = args.slice((data?.index ?? 0) + (data?.[0].length ?? 0));
    if (call === 'openat') {
      const path = nameOf(plain(data?.[1] ?? '').toString());
      if (rest.includes('O_CREAT') && !names.has(path)) {
        names.add(path);
        ops.push({ kind: 'create', name: path });
      }
    } else if (call === 'unlink') {
      const path = nameOf(plain(data?.[1] ?? '').toString());
      names.delete(path);
      ops.push({ kind: 'unlink', name: path });
    } else if (call === 'write' && name === 'acks') ops.push({ kind: 'ack', id: plain(data?.[1] ?? '').toString().trim() });
    else if (call === 'pwrite64') ops.push({ kind: 'write', name, bytes: plain(data?.[1] ?? ''), at: Number(/, \d+, (\d+)\)?/.exec(rest)?.[1]) });
    else if (call === 'ftruncate') ops.push({ kind: 'truncate', name, to: Number(/^\d+<[^>]*>, (\d+)/.exec(args)?.[1]) });
    else if (call === 'fsync' || call === 'fdatasync') ops.push({ kind: 'sync', name, since });
    else throw new Error(`the simulator does not know ${call} of ${name}`);
  }

  for (const line of text.split('\n')) {
    const [, pid = '', resumed, call = '', rest = ''] = /^(\d+) +(?:<\.\.\. (\w+) resumed>|(\w+)\()(.*)$/s.exec(line) ?? [];
    if (pid === '') continue;
    if (resumed !== undefined) {
      const began = open.get(pid);
      open.delete(pid);
      // Only a sync counts from its end; a write may be on the disk as soon as it was asked for.
      if (began && /^(?:fsync|fdatasync)\(/.test(began.call)) done(resumed, began.call.slice(began.call.indexOf('(') + 1), began.since);
    } else if (rest.endsWith('<unfinished ...>')) {
      open.set(pid, { call: `${call}(${rest}`, since: ops.length });
      if (call !== 'fsync' && call !== 'fdatasync') done(call, rest, ops.length);
    } else if (!/= -1 /.test(rest)) done(call, rest, ops.length);
  }
  return ops;
}

interface Disk { bytes: Buffer; length: number }
interface File { readonly synced: Disk; pending: { readonly op: Op; readonly n: number }[] }
export interface Image { readonly files: ReadonlyMap<string, Buffer>; readonly acked: readonly string[] }

/** What is found after the power went just before record `cut`. */
export function powerCut(ops: readonly Op[], cut: number, chance: () => number): Image {
  const live = new Map<string, File>();
  let durable = new Map<string, File>();
  const acked: string[] = [];
  for (const [n, op] of ops.slice(0, cut).entries()) {
    if (op.kind === 'ack') acked.push(op.id);
    else if (op.kind === 'create') live.set(op.name, { synced: { bytes: Buffer.alloc(0), length: 0 }, pending: [] });
    else if (op.kind === 'unlink') live.delete(op.name);
    else if (op.kind === 'sync' && op.name === '') durable = new Map(live);
    else if (op.kind === 'sync') {
      const file = live.get(op.name);
      if (!file) continue;
      for (const { op: kept } of file.pending.filter((p) => p.n < op.since)) apply(file.synced, kept);
      file.pending = file.pending.filter((p) => p.n >= op.since);
    } else live.get(op.name)?.pending.push({ op, n });
  }
  // Four tempers of a disk: nothing more, all of it, whole writes by chance, single sectors by chance.
  const temper = Math.floor(chance() * 4);
  const files = new Map<string, Buffer>();
  for (const name of new Set([...live.keys(), ...durable.keys()])) {
    const [now, before] = [live.get(name), durable.get(name)];
    const file = now === before ? now : chance() < 0.5 ? now : before;
    if (!file) continue;
    const disk: Disk = { bytes: Buffer.from(file.synced.bytes.subarray(0, file.synced.length)), length: file.synced.length };
    for (const { op } of file.pending) {
      if (temper === 1 || (temper > 1 && (op.kind !== 'write' || temper === 2) && chance() < 0.5)) apply(disk, op);
      else if (temper === 3 && op.kind === 'write') {
        for (let i = 0; i < op.bytes.length; i += SECTOR) if (chance() < 0.5) apply(disk, { ...op, at: op.at + i, bytes: op.bytes.subarray(i, i + SECTOR) });
      }
    }
    files.set(name, disk.bytes.subarray(0, disk.length));
  }
  return { files, acked };
}

/** Changes in place and grows by doubling: a log of megabytes is built from thousands of writes. */
function apply(disk: Disk, op: Op): void {
  const room = (length: number): void => {
    if (length > disk.bytes.length) disk.bytes = Buffer.concat([disk.bytes.subarray(0, disk.length), Buffer.alloc(2 * length - disk.length)]);
    if (length > disk.length) disk.bytes.fill(0, disk.length, length);
    disk.length = Math.max(disk.length, length);
  };
  if (op.kind === 'truncate') {
    room(op.to);
    disk.length = op.to;
  } else if (op.kind === 'write') {
    room(op.at + op.bytes.length);
    op.bytes.copy(disk.bytes, op.at);
  }
}

/** A small generator with a seed, so that an image that shows a loss can be made again. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
