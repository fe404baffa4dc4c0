/** The power goes at any moment: what was acknowledged is in every image a disk could be found with, and no image is broken. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, it } from 'vitest';
import { tool } from '../../tools.ts';
import { powerCut, record, seeded, type Image } from './powerloss.ts';

const CHILD = join(import.meta.dirname, 'powerloss.child.ts');
const folder = mkdtempSync(join(tmpdir(), 'send-secure-power-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function traced(mode: 'full' | 'normal', rows: number) {
  const place = join(folder, mode);
  mkdirSync(place);
  const ops = record(place, join(folder, `${mode}.trace`), [process.execPath, CHILD, place, mode, String(rows)]);
  if (ops === null) throw new Error('strace gave no record');
  return ops;
}

let opened = 0;
/**
 * What the database holds that was found: acknowledged rows and begun tries that are missing, rows without their event, tries that were begun and whose
 * lease before them is missing, leases that were forgotten, and what SQLite says of it.
 */
function look({ files, acked }: Image): { readonly missing: number; readonly halves: number; readonly forgotten: number; readonly says: string } {
  const place = join(folder, `image-${opened += 1}`);
  mkdirSync(place);
  for (const [name, bytes] of files) writeFileSync(join(place, name), bytes);
  try {
    const db = new DatabaseSync(join(place, 'store.db'));
    try {
      const says = String(Object.values(db.prepare('PRAGMA integrity_check').get() ?? {})[0]);
      const made = db.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name IN ('entry', 'event')").get()?.['n'] === 2;
      const present = new Map(made ? db.prepare('SELECT id, n FROM entry').all().map((row) => [String(row['id']), Number(row['n'])]) : []);
      const begun = made ? db.prepare("SELECT about FROM event WHERE id LIKE 'begun_%'").all().map((row) => String(row['about'])) : [];
      const gone = acked.filter((id) => (id.startsWith('begun ') ? !begun.includes(id.slice(6)) : !id.startsWith('leased ') && !present.has(id)));
      const unleased = begun.filter((id) => present.get(id) !== 12);
      const halves = made ? Number(db.prepare("SELECT (SELECT count(*) FROM entry LEFT JOIN event ON event.id = 'evt_' || entry.id WHERE event.id IS NULL) + (SELECT count(*) FROM event LEFT JOIN entry ON entry.id = event.about WHERE entry.id IS NULL) AS n").get()?.['n']) : 0;
      return { missing: gone.length, halves: halves + unleased.length, forgotten: acked.filter((id) => id.startsWith('leased ') && present.get(id.slice(7)) === 1).length, says };
    } finally {
      db.close();
    }
  } catch (error) {
    return { missing: acked.length, halves: 0, forgotten: 0, says: (error as Error).message };
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

describe.skipIf(!tool('strace', 'whether a power loss loses anything'))('the power goes', () => {
  it('at any of two hundred moments: nothing acknowledged is missing but leases, which are taken anew; nothing is half, nothing is broken', () => {
    const ops = traced('full', 240);
    const acks = ops.filter((op) => op.kind === 'ack' && op.id.startsWith('row-')).length;
    expect(acks).toBe(240);
    expect(ops.filter((op) => op.kind === 'truncate').length, 'the log was folded back at least once').toBeGreaterThan(0);
    const wrong: string[] = [];
    let forgotten = 0;
    for (let seed = 1; seed <= 200; seed += 1) {
      const chance = seeded(seed);
      // Half of the moments right behind an acknowledgement, where a late sync would show.
      const any = 1 + Math.floor(chance() * ops.length);
      const cut = seed % 2 === 0 ? any : ops.findIndex((op, n) => n >= any && op.kind === 'ack') + 1 || ops.length;
      const found = look(powerCut(ops, cut, chance));
      forgotten += found.forgotten;
      if (found.missing > 0 || found.halves > 0 || found.says !== 'ok') wrong.push(`seed ${seed}, record ${cut}: ${found.missing} missing, ${found.halves} halves, ${found.says}`);
    }
    expect(wrong).toEqual([]);
    expect(forgotten, 'a lease is not waited for').toBeGreaterThan(0);
  });

  it('the same disk does lose what synchronous=NORMAL acknowledges: the simulation can fail', () => {
    const ops = traced('normal', 240);
    let losing = 0;
    for (let seed = 1; seed <= 40; seed += 1) {
      const chance = seeded(seed);
      if (look(powerCut(ops, Math.floor(ops.length * (0.3 + 0.7 * chance())), chance)).missing > 0) losing += 1;
    }
    expect(losing).toBeGreaterThan(10);
  });
});
