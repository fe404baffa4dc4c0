/**
 * What others hold of our checkpoints, so that we cannot rewrite them: a witness's signature, a time-stamp authority's token, a file in
 * a folder or bucket that is written once. Each is independent and optional; one that fails is told in the log and tried again, and never holds
 * up anything else. Only hashes leave: a checkpoint is origin, size and root.
 */
import { constants, existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { Fault } from '../../refusal.ts';
import type { Store } from '../../store/store.ts';
import type { World } from '../../world.ts';
import type { AuditLog } from '../audit.ts';
import type { AnchorRow } from '../audit.sql.ts';
import { cosigned, parseVkey } from '../tree/checkpoint.ts';
import { openBucket, type BucketSettings } from './bucket.ts';
import { openStamp, stampRequest, tokenOf } from './timestamp.ts';

export interface AnchorSettings {
  readonly witness?: { readonly url: string; readonly vkey: string };
  /** where RFC 3161 requests go */
  readonly tsa?: string;
  /** a folder of a medium that keeps what was written once */
  readonly folder?: string;
  readonly bucket?: BucketSettings;
  /** http may be spoken: try-out and tests */
  readonly plain?: boolean;
}

interface Anchors {
  /** sets what is configured and due; answers how many were set */
  run(): Promise<number>;
  /** the newest of each kind */
  newest(): Promise<readonly AnchorRow[]>;
}

/** An idle log is anchored again before a day has passed, so that "nothing since" is attested too. */
const IDLE_MS = 20 * 3_600_000;

export function openAnchors({ audit, store, world, settings }: { readonly audit: AuditLog; readonly store: Store; readonly world: Pick<World, 'now' | 'random' | 'fetch'>; readonly settings: AnchorSettings }): Anchors {
  const room = store.room<typeof import('../audit.sql.ts')>('audit');
  const names: { readonly kind: AnchorRow['kind']; readonly name: string; readonly set: (note: string, size: number, before: AnchorRow | null) => Promise<{ readonly proof: Uint8Array; readonly time: number; readonly facts: { [name: string]: string | number } }> }[] = [];
  const TYPE = { witness: 'log.witnessed', timestamp: 'log.timestamped', copy: 'log.copied' } as const;
  const more = settings.plain === true ? { plain: true } : {};

  const key = settings.witness === undefined ? null : parseVkey(settings.witness.vkey, 'witness');
  if (settings.witness !== undefined) {
    if (key === null) throw new Fault('setting-wrong', 'Setting WITNESS_KEY is no witness\'s verifier key');
    const { url } = settings.witness;
    names.push({
      kind: 'witness', name: key.name,
      async set(note, size, before) {
        const text = note.slice(0, note.lastIndexOf('\n\n') + 1);
        let old = before?.size ?? 0;
        for (let n = 0; n < 3; n += 1) {
          const proof = await audit.consistency(old, size);
          // It saw a size we never signed: it was shown another log under our name, or we lost one.
          if (proof === null) throw new Fault('witness-conflict', 'The witness has seen another log.');
          const body = Buffer.from(`old ${old}\n${proof.map((hash) => `${hash}\n`).join('')}\n${note}`);
          const answer = await world.fetch(`${url.replace(/\/$/, '')}/add-checkpoint`, { method: 'POST', body, headers: { 'content-type': 'text/plain; charset=utf-8' }, maxBytes: 16_384, ...more });
          const said = Buffer.from(answer.body).toString('utf8');
          if (answer.status === 409 && /^\d{1,16}\n$/.test(said) && Number(said) !== old) {
            old = Number(said);
            continue;
          }
          const seen = answer.status === 200 ? cosigned(text, said, key) : null;
          if (seen === null) throw new Fault(answer.status === 409 || answer.status === 422 ? 'witness-conflict' : 'witness-refused', 'The witness did not sign.');
          return { proof: Buffer.from(said), time: seen * 1000, facts: { witness: key.name, size, seen } };
        }
        throw new Fault('witness-conflict', 'The witness does not agree about what it saw.');
      },
    });
  }
  const { tsa, folder, bucket } = settings;
  if (tsa !== undefined) {
    names.push({
      kind: 'timestamp', name: 'tsa',
      async set(note, size) {
        const bytes = Buffer.from(note);
        const answer = await world.fetch(tsa, { method: 'POST', body: stampRequest(bytes, world.random(8)), headers: { 'content-type': 'application/timestamp-query' }, maxBytes: 65_536, ...more });
        const token = answer.status === 200 ? tokenOf(answer.body) : null;
        const stamped = token === null ? null : openStamp(token, bytes);
        if (token === null || stamped === null) throw new Fault('timestamp-refused', 'The time-stamp authority gave no token for the checkpoint.');
        return { proof: token, time: stamped.time, facts: { size, time: new Date(stamped.time).toISOString(), authority: stamped.authority.replace(/[@\p{Cc}]/gu, ' ').slice(0, 200) } };
      },
    });
  }
  if (folder !== undefined) {
    names.push({
      kind: 'copy', name: createHash('sha256').update(folder).digest('hex').slice(0, 16),
      async set(note, size) {
        await mkdir(folder, { recursive: true });
        const path = join(folder, nameOf(size));
        if (existsSync(path)) {
          if (readFileSync(path, 'utf8') !== note && !sameText(readFileSync(path, 'utf8'), note)) throw new Fault('copy-conflict', 'The write-once folder holds another checkpoint of that size.');
        } else {
          const file = await open(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o444);
          try {
            await file.writeFile(note);
            await file.sync();
          } finally {
            await file.close();
          }
          await chmod(path, 0o444);
        }
        return { proof: Buffer.from(path.slice(folder.length + 1)), time: world.now(), facts: { size } };
      },
    });
  }

  if (bucket !== undefined) {
    const { keep } = openBucket(bucket, world, settings.plain);
    names.push({
      kind: 'copy', name: createHash('sha256').update(bucket.url).digest('hex').slice(0, 16),
      async set(note, size) {
        const kept = await keep(nameOf(size), note);
        if (kept.text !== note && !sameText(kept.text, note)) throw new Fault('copy-conflict', 'The bucket holds another checkpoint of that size.');
        return { proof: Buffer.from(nameOf(size)), time: world.now(), facts: { size, until: new Date(kept.until).toISOString() } };
      },
    });
  }

  return {
    async newest() {
      const rows = await Promise.all(names.map(({ kind, name }) => room.read.lastAnchor({ kind, name })));
      return rows.filter((row) => row !== null);
    },
    async run() {
      const note = await audit.checkpoint();
      const size = Number(note?.split('\n')[1] ?? 0);
      if (note === null || size === 0) return 0;
      let done = 0;
      for (const { kind, name, set } of names) {
        const before = await room.read.lastAnchor({ kind, name });
        // Anchors tell of themselves in the log; that alone is no news.
        if (before !== null && size - before.size <= names.length + 1 && world.now() - before.time < IDLE_MS) continue;
        try {
          const { proof, time, facts } = await set(note, size, before);
          const event = await audit.prepared({ type: TYPE[kind], outcome: 'ok', actor: { kind: 'service', id: 'anchor' }, facts });
          if (await room.write.anchor({ kind, name, size, time, proof, events: [event] })) done += 1;
        } catch (error) {
          const code = (error as { code?: unknown }).code;
          await audit.record({ type: 'log.anchor_failed', outcome: 'failed', actor: { kind: 'service', id: 'anchor' }, facts: { kind, size, code: typeof code === 'string' ? code.slice(0, 60) : 'fault' } });
        }
      }
      return done;
    },
  };
}

const nameOf = (size: number): string => `checkpoint-${String(size).padStart(16, '0')}.txt`;
const sameText = (a: string, b: string): boolean => a.slice(0, a.lastIndexOf('\n\n')) === b.slice(0, b.lastIndexOf('\n\n'));
