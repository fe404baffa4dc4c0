/**
 * The contract of a store, over every engine.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Ground } from './engines.ts';
import type * as Ledger from './ledger.sql.ts';

const rooms = { ledger: new URL('./ledger.sql.ts', import.meta.url) };
const silent = (code: string) => expect.objectContaining({ code });

export function storeContract(ground: Ground): void {
  const open = async () => (await ground.open(rooms)).room<typeof Ledger>('ledger');

  test('what was acknowledged is read; rows are plain objects', async () => {
    const { write, read } = await open();
    await write.put({ id: 'a', n: 1 });
    const row = await read.get({ id: 'a' });
    expect(row).toStrictEqual({ id: 'a', n: 1, body: null, parent: null });
    expect(await read.get({ id: 'b' })).toBeNull();
  });

  test('an operation that throws takes only itself back', async () => {
    const { write, read } = await open();
    const outcomes = await Promise.allSettled([
      write.put({ id: 'a', n: 1 }), write.throws({ id: 'b' }), write.put({ id: 'c', n: 3 }), write.putTwice({ id: 'd' }), write.put({ id: 'e', n: 5, parent: 'nobody' }), write.put({ id: 'f', n: 6 }),
    ]);
    expect(outcomes.map((outcome) => (outcome.status === 'fulfilled' ? 'ok' : (outcome.reason as { code: string }).code)))
      .toEqual(['ok', 'operation-failed', 'ok', 'store-duplicate', 'store-reference', 'ok']);
    expect((await read.between({ from: 0, to: 100 })).map((row) => row.id)).toEqual(['a', 'c', 'f']);
  });

  test('no value of an operation is in its fault', async () => {
    const { write } = await open();
    const fault = await write.throws({ id: 'very-secret' }).catch((error: unknown) => error);
    expect(JSON.stringify([String(fault), (fault as Error).cause, (fault as Error).stack])).not.toContain('very-secret');
    const wrong = await write.put({ id: 'x', n: 'very-secret' as unknown as number }).catch((error: unknown) => error);
    expect(wrong).toEqual(silent(ground.engine === 'sqlite' ? 'store-constraint' : 'store-statement'));
    expect(JSON.stringify([String(wrong), (wrong as Error).cause, (wrong as Error).stack])).not.toContain('very-secret');
  });

  test('a wrong number or kind of arguments is a fault, never NULL', async () => {
    const { write, read } = await open();
    for (const wrong of [write.tooFew, write.tooMany, write.undefinedArgument, write.nul]) await expect(wrong()).rejects.toEqual(silent('statement-arguments'));
    await write.put({ id: 'a', n: 1 });
    expect(await read.twice({ id: 'a' })).toEqual([{ id: 'a' }]);
  });

  test('bytes and integers come back as they went', async () => {
    const { write, read } = await open();
    let id = 0;
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.maxSafeInteger(), async (body, n) => {
      const key = `p${++id}`;
      await write.put({ id: key, n, body });
      expect(await read.get({ id: key })).toStrictEqual({ id: key, n, body, parent: null });
    }), { numRuns: 60 });
    await write.put({ id: 'all', n: Number.MAX_SAFE_INTEGER, body: Uint8Array.from({ length: 256 }, (_, byte) => byte) });
    const row = await read.get({ id: 'all' });
    expect(row?.body?.constructor).toBe(Uint8Array);
    await expect(write.put({ id: 'half', n: 1.5 })).rejects.toMatchObject({ code: expect.stringMatching(/^store-/) });
    await expect(write.put({ id: 'over', n: 2 ** 53 })).rejects.toEqual(silent('statement-arguments'));
  });

  test('text compares by code point, so cursors agree', async () => {
    const { write, read } = await open();
    for (const id of ['b', 'A', 'ä', 'Z', 'a_', 'a-', '_']) await write.put({ id, n: 1 });
    expect(await read.after({ id: 'A' })).toEqual(['Z', '_', 'a-', 'a_', 'b', 'ä']);
  });

  test('counts and sums are numbers', async () => {
    const { write, read } = await open();
    expect(await read.count()).toEqual({ entries: 0, total: null });
    await write.several({ ids: ['a', 'b', 'c'] });
    expect(await read.count()).toEqual({ entries: 3, total: 15 });
  });

  test('concurrent read-modify-write loses nothing', async () => {
    const store = await ground.open(rooms);
    const { write, read } = store.room<typeof Ledger>('ledger');
    await write.put({ id: 'a', n: 0 });
    const seen = await Promise.all(Array.from({ length: 24 }, (_, n) => write.readModifyWrite({ id: 'a', event: `e${n}` })));
    expect(new Set(seen).size).toBe(24);
    expect((await read.get({ id: 'a' }))?.n).toBe(24);
  });

  test('one of many with the same id wins', async () => {
    const { write } = await open();
    const won = await Promise.all(Array.from({ length: 20 }, (_, n) => write.putOnce({ id: 'same', n, event: `e${n}` })));
    expect(won.filter((changed) => changed === 1)).toHaveLength(1);
  });

  test('a reader sees committed rows only, and cannot write', async () => {
    const { write, read } = await open();
    const writing = Array.from({ length: 200 }, (_, n) => write.several({ ids: [`a${n}`, `b${n}`] }));
    const counts: number[] = [];
    for (let n = 0; n < 40; n++) counts.push((await read.count())?.entries ?? -1);
    await Promise.all(writing);
    expect(counts.every((count) => count % 2 === 0)).toBe(true);
    expect((await read.count())?.entries).toBe(400);
    await expect(read.writing()).rejects.toMatchObject({ code: expect.stringMatching(/^store-/) });
  });

  test('a change without an event fails, unless the room says it needs none', async () => {
    const { write, read } = await open();
    await write.put({ id: 'a', n: 1 });
    await expect(write.silent({ id: 'a', n: 5 })).rejects.toEqual(silent('silent-change'));
    await expect(write.silentReturning({ id: 'a', n: 5 })).rejects.toEqual(silent('silent-change'));
    expect(await write.silent({ id: 'absent', n: 5 })).toBe(0);
    expect((await read.get({ id: 'a' }))?.n).toBe(1);
    expect(await write.lease({ id: 'a', n: 5 })).toBe(1);
    expect((await read.get({ id: 'a' }))?.n).toBe(6);
    const lax = (await ground.open(rooms, { strictEvents: false })).room<typeof Ledger>('ledger');
    await lax.write.put({ id: 'a', n: 1 });
    expect(await lax.write.silent({ id: 'a', n: 5 })).toBe(1);
  });

  test('rooms and operations that are not there are faults', async () => {
    const store = await ground.open(rooms);
    expect(() => store.room('other')).toThrow(silent('room-unknown'));
    const { write } = store.room<typeof Ledger>('ledger');
    await expect((write as unknown as { gone(args: unknown): Promise<void> }).gone({})).rejects.toEqual(silent('operation-unknown'));
  });

  test('close lets what was asked finish, and refuses what comes later', async () => {
    const at = await ground.place();
    const store = await ground.open(rooms, { at });
    const { write } = store.room<typeof Ledger>('ledger');
    const asked = Array.from({ length: 50 }, (_, n) => write.put({ id: `a${n}`, n }));
    await Promise.all([...asked, store.close()]);
    await expect(write.put({ id: 'late', n: 1 })).rejects.toEqual(silent('store-closed'));
    expect(store.ready()).toEqual({ ok: false, code: 'store-closed' });
    const again = (await ground.open(rooms, { at })).room<typeof Ledger>('ledger');
    expect((await again.read.count())?.entries).toBe(50);
  });

  test('an older data folder moves forward and keeps its rows', async () => {
    const at = await ground.place();
    const generation = (name: string) => ({ ledger: new URL(`./fixtures/${name}.sql.ts`, import.meta.url) });
    const first = await ground.open(generation('first'), { at });
    await first.room<typeof import('./fixtures/first.sql.ts')>('ledger').write.put({ id: 'old' });
    await first.close();
    const second = await ground.open(generation('second'), { at });
    const { write, read } = second.room<typeof import('./fixtures/second.sql.ts')>('ledger');
    await write.put({ id: 'new', colour: 'red' });
    expect(await read.all()).toEqual([{ id: 'new', colour: 'red' }, { id: 'old', colour: 'grey' }]);
    await second.close();
    // once more: nothing left to do
    await (await ground.open(generation('second'), { at })).close();
    await expect(ground.open(generation('first'), { at })).rejects.toEqual(silent('schema-newer'));
    await expect(ground.open(generation('edited'), { at })).rejects.toEqual(silent('migration-changed'));
    await expect(ground.open(generation('inserted'), { at })).rejects.toEqual(silent('migration-order'));
    const kept = await ground.open(generation('second'), { at });
    expect(await kept.room<typeof import('./fixtures/second.sql.ts')>('ledger').read.all()).toHaveLength(2);
  });

  test('a migration that was cut short goes on where it stopped', async () => {
    const at = await ground.place();
    const broken = { ledger: new URL('./fixtures/broken.sql.ts', import.meta.url) };
    await expect(ground.open(broken, { at })).rejects.toMatchObject({ code: expect.any(String) });
    const mended = await ground.open({ helper: new URL('./fixtures/absent.sql.ts', import.meta.url), ledger: broken.ledger }, { at });
    const { read } = mended.room<typeof import('./fixtures/broken.sql.ts')>('ledger');
    expect(await read.all()).toEqual([]);
  });
}
