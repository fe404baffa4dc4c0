import fc from 'fast-check';
import { chmodSync, copyFileSync, existsSync, linkSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mac } from '../../../service/vault/aead.ts';
import { fileMaster, type MasterKey } from '../../../service/vault/master.ts';
import { openRing } from '../../../service/vault/ring.ts';
import { openVault, type DataKey, type Vault } from '../../../service/vault/vault.ts';
import { notRun } from '../../tools.ts';

const NOW = Date.UTC(2026, 10, 21);
const world = { now: () => NOW };
const code = (name: string) => expect.objectContaining({ code: name });
let root: string;
let folder: string;
let master: string;
let vault: Vault;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'send-secure-vault-'));
  folder = join(root, 'keys');
  master = join(root, 'secrets', 'master.key');
  vault = await again();
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const again = (create = true) => openVault({ folder, masterKey: { file: master, create }, world });
const key = (): DataKey => ({ id: 'k', bytes: randomBytes(32) });
const both = { content: '2033-01', evidence: '2035-02' };

async function bytesOf(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

describe('seal', () => {
  test('opens what was sealed, and only under its key and name', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), fc.string(), fc.string(), (plain, aad, other) => {
      const k = key();
      const sealed = vault.seal(k, aad, plain);
      expect(sealed.length).toBe(plain.length + 28);
      expect(vault.open(k, aad, sealed)).toStrictEqual(new Uint8Array(plain));
      expect(() => vault.open(key(), aad, sealed)).toThrow(code('sealed-broken'));
      if (Buffer.compare(Buffer.from(aad), Buffer.from(other)) !== 0) expect(() => vault.open(k, other, sealed)).toThrow(code('sealed-broken'));
    }));
  });

  test('any flipped bit and any missing or added byte is found', () => {
    const k = key();
    const sealed = vault.seal(k, 'row', Buffer.from('a subject nobody may read'));
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const bent = Uint8Array.from(sealed);
      bent[bit >> 3] = (bent[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => vault.open(k, 'row', bent)).toThrow(code('sealed-broken'));
    }
    for (let cut = 0; cut < sealed.length; cut++) expect(() => vault.open(k, 'row', sealed.subarray(0, cut))).toThrow(code('sealed-broken'));
    expect(() => vault.open(k, 'row', Buffer.concat([sealed, Buffer.alloc(1)]))).toThrow(code('sealed-broken'));
  });

  test('two sealings of one text differ', () => {
    const k = key();
    expect(new Set(Array.from({ length: 200 }, () => Buffer.from(vault.seal(k, '', Buffer.from('same'))).toString('hex'))).size).toBe(200);
  });

  test('opens the GCM paper\'s test case 14 (McGrew, Viega 2005)', () => {
    const sealed = Buffer.from(`${'00'.repeat(12)}cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919`, 'hex');
    expect(Buffer.from(vault.open({ id: '', bytes: new Uint8Array(32) }, '', sealed)).toString('hex')).toBe('00'.repeat(16));
  });
});

describe('sealStream', () => {
  const SIZES = [0, 1, 15, 65_535, 65_536, 65_537, 131_071, 131_072, 131_073, 1_000_003];

  test.each(SIZES)('%i bytes open again, however they are cut into pieces', async (size) => {
    const plain = randomBytes(size);
    const k = key();
    const cut = (bytes: Buffer, piece: number) => Readable.from((function* () {
      for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
    })());
    const sealed = await bytesOf(vault.sealStream(k, 'part', cut(plain, 50_001)));
    expect(sealed.length).toBe(33 + size + 16 * Math.max(1, Math.ceil(size / 65_536)));
    for (const piece of [65_552, 7_919, 200_000]) expect((await bytesOf(vault.openStream(k, 'part', cut(sealed, piece)))).equals(plain)).toBe(true);
    await expect(bytesOf(vault.openStream(k, 'other part', Readable.from([sealed])))).rejects.toEqual(code('sealed-broken'));
    await expect(bytesOf(vault.openStream(key(), 'part', Readable.from([sealed])))).rejects.toEqual(code('sealed-broken'));
  });

  test('a cut, a swap, a doubled, an added, a dropped or a foreign segment, a bent bit: found', async () => {
    const k = key();
    const plain = randomBytes(65_536 * 3 + 10);
    const make = async () => await bytesOf(vault.sealStream(k, 'part', Readable.from([plain])));
    const sealed = await make();
    const other = await make();
    const size = 65_552;
    const header = sealed.subarray(0, 33);
    const segment = (from: Buffer, n: number) => from.subarray(33 + n * size, 33 + (n + 1) * size);
    const s = [0, 1, 2, 3].map((n) => segment(sealed, n)) as [Buffer, Buffer, Buffer, Buffer];
    const bent = (at: number) => {
      const copy = Buffer.from(sealed);
      copy[at] = (copy[at] ?? 0) ^ 1;
      return copy;
    };
    const attacks: Record<string, Buffer> = {
      'nothing': Buffer.alloc(0), 'header only': header, 'half a header': header.subarray(0, 20),
      'cut after one segment': Buffer.concat([header, s[0]]), 'cut after three': Buffer.concat([header, s[0], s[1], s[2]]), 'cut inside': sealed.subarray(0, 100_000),
      'last byte missing': sealed.subarray(0, -1), 'swapped': Buffer.concat([header, s[1], s[0], s[2], s[3]]), 'doubled': Buffer.concat([header, s[0], s[0], s[1], s[2], s[3]]),
      'dropped': Buffer.concat([header, s[0], s[2], s[3]]), 'first dropped': Buffer.concat([header, s[1], s[2], s[3]]), 'last alone': Buffer.concat([header, s[3]]), 'added': Buffer.concat([sealed, s[3]]), 'added zeros': Buffer.concat([sealed, Buffer.alloc(size)]),
      'foreign segment': Buffer.concat([header, s[0], segment(other, 1), s[2], s[3]]), 'foreign header': Buffer.concat([other.subarray(0, 33), sealed.subarray(33)]),
      'bent version': bent(0), 'bent salt': bent(5), 'bent body': bent(40), 'bent tag': bent(33 + size - 1), 'bent last tag': bent(sealed.length - 1),
    };
    for (const [name, bytes] of Object.entries(attacks)) await expect(bytesOf(vault.openStream(k, 'part', Readable.from([bytes], { objectMode: false }))), name).rejects.toEqual(code('sealed-broken'));
    expect((await bytesOf(vault.openStream(k, 'part', Readable.from([sealed])))).equals(plain)).toBe(true);
  });

  test('every prefix of a short stream is refused', async () => {
    const k = key();
    const sealed = await bytesOf(vault.sealStream(k, '', Readable.from([Buffer.from('short')])));
    for (let cut = 0; cut < sealed.length; cut++) await expect(bytesOf(vault.openStream(k, '', Readable.from([sealed.subarray(0, cut)], { objectMode: false })))).rejects.toEqual(code('sealed-broken'));
  });

  test('an error of the source comes through, and giving up early closes the source', async () => {
    const breaking = Readable.from((function* () {
      yield randomBytes(100_000);
      throw new Error('hung up');
    })());
    await expect(bytesOf(vault.sealStream(key(), '', breaking))).rejects.toThrow('hung up');
    const endless = new Readable({ read() {
      this.push(randomBytes(70_000));
    } });
    const closed = new Promise((resolve) => endless.once('close', resolve));
    for await (const _chunk of vault.sealStream(key(), '', endless)) break;
    await closed;
    const early = new Readable({ read() {} });
    const unread = vault.sealStream(key(), '', early);
    const failed = new Promise((resolve) => unread.once('error', resolve));
    early.destroy(new Error('gone before the first read'));
    expect(await failed).toMatchObject({ message: 'gone before the first read' });
  });
});

describe('message keys', () => {
  test('unwrap gives back what was issued, also after a restart', async () => {
    const { keys, wrapped } = await vault.issue('msg_1', both);
    expect(wrapped).toMatchObject({ contentEpoch: '2033-01', evidenceEpoch: '2035-02' });
    for (const v of [vault, await again(false)]) {
      const opened = await v.unwrap('msg_1', wrapped);
      expect(Buffer.from(opened.content.bytes)).toEqual(Buffer.from(keys.content.bytes));
      expect(Buffer.from(opened.evidence.bytes)).toEqual(Buffer.from(keys.evidence.bytes));
      expect([opened.content.id, opened.evidence.id]).toEqual([keys.content.id, keys.evidence.id]);
      expect((await v.unwrapEvidence('msg_1', wrapped)).bytes).toEqual(opened.evidence.bytes);
    }
  });

  test('wrapped keys belong to one message, one kind, one epoch', async () => {
    const { wrapped } = await vault.issue('msg_1', { content: '2033-01', evidence: '2033-01' });
    await vault.issue('msg_2', { content: '2033-02', evidence: '2033-02' });
    for (const wrong of [vault.unwrap('msg_2', wrapped), vault.unwrap('msg_1', { ...wrapped, content: wrapped.evidence }), vault.unwrap('msg_1', { ...wrapped, contentEpoch: '2033-02' }), vault.unwrap('msg_1', { ...wrapped, content: wrapped.content.subarray(1) })]) {
      await expect(wrong).rejects.toEqual(code('sealed-broken'));
    }
    for (const epoch of ['2033', '2033-13', '../../x', '2033-00']) await expect(vault.issue('m', { content: epoch, evidence: '2033-01' })).rejects.toEqual(code('epoch-wrong'));
  });

  test('rewrap moves the same keys to other epochs', async () => {
    const { keys, wrapped } = await vault.issue('msg_1', both);
    const moved = await vault.rewrap('msg_1', wrapped, { content: '2040-06', evidence: '2041-06' });
    await vault.destroyEpoch('2033-01');
    await vault.destroyEpoch('2035-02');
    expect((await vault.unwrap('msg_1', moved)).content.bytes).toEqual(new Uint8Array(keys.content.bytes));
    await expect(vault.unwrap('msg_1', wrapped)).rejects.toEqual(code('key-destroyed'));
  });

  test('a destroyed epoch is gone for good, here, in another process and after a restart; its neighbours stay', async () => {
    const other = await again(false);
    const { wrapped } = await vault.issue('msg_1', both);
    await other.unwrap('msg_1', wrapped);
    const before = readFileSync(join(folder, 'epoch-2033-01.wrapped'));
    // What is left of a process that was killed before it put it in place.
    copyFileSync(join(folder, 'epoch-2033-01.wrapped'), join(folder, 'epoch-2033-01.wrapped.0b0e'));
    await vault.destroyEpoch('2033-01');
    for (const v of [vault, other, await again(false)]) {
      await expect(v.unwrap('msg_1', wrapped)).rejects.toEqual(code('key-destroyed'));
      await expect(v.issue('msg_2', both)).rejects.toEqual(code('key-destroyed'));
      await expect(v.unwrapEvidence('msg_1', wrapped)).resolves.toBeDefined();
    }
    await vault.destroyEpoch('2033-01');
    for (const file of readdirSync(folder)) expect(readFileSync(join(folder, file)).includes(JSON.parse(String(before)).wrapped)).toBe(false);
  });

  test.each(['epoch-2033-01.wrapped', 'epoch-2033-01.wrapped.0b0e'])('destroyed by a process that was killed before %s went: it goes at the next start', async (file) => {
    await vault.issue('msg_1', both);
    const [whole, others] = [readFileSync(join(folder, 'epoch-2033-01.wrapped')), readFileSync(join(folder, 'epoch-2035-02.wrapped'))];
    await vault.destroyEpoch('2033-01');
    writeFileSync(join(folder, file), whole, { mode: 0o600 });
    await again(false);
    expect(readdirSync(folder).sort()).toEqual(['epoch-2033-01.destroyed', 'epoch-2035-02.wrapped', 'index.wrapped']);
    expect(readFileSync(join(folder, 'epoch-2035-02.wrapped')).equals(others)).toBe(true);
  });

  test('a key that is lost is not taken for one that was destroyed, and is not made anew by reading', async () => {
    const { wrapped } = await vault.issue('msg_1', both);
    rmSync(join(folder, 'epoch-2033-01.wrapped'));
    await expect((await again(false)).unwrap('msg_1', wrapped)).rejects.toEqual(code('key-missing'));
    expect(existsSync(join(folder, 'epoch-2033-01.wrapped'))).toBe(false);
    writeFileSync(join(folder, 'epoch-2033-01.wrapped'), '{"format":1', { mode: 0o600 });
    await expect((await again(false)).unwrap('msg_1', wrapped)).rejects.toEqual(code('key-unreadable'));
  });

  test('many at once make one key of an epoch', async () => {
    const vaults = [vault, await again(false), await again(false)];
    const issued = await Promise.all(Array.from({ length: 30 }, (_, n) => (vaults[n % 3] ?? vault).issue(`msg_${n}`, both)));
    for (const [n, { wrapped }] of issued.entries()) await vaults[(n + 1) % 3]?.unwrap(`msg_${n}`, wrapped);
    expect(readdirSync(folder).sort()).toEqual(['epoch-2033-01.wrapped', 'epoch-2035-02.wrapped', 'index.wrapped']);
  });
});

test('the monthly key is one per month, found again by its id', async () => {
  const first = await vault.monthly(NOW);
  expect(await vault.monthly(NOW + 1000)).toEqual(first);
  const next = await vault.monthly(NOW + 31 * 86_400_000);
  expect(next.id).not.toBe(first.id);
  expect(next.bytes).not.toEqual(first.bytes);
  expect(await (await again(false)).monthlyById(first.id)).toEqual(first);
  await expect(vault.monthlyById('month-2020-01')).rejects.toEqual(code('key-missing'));
  await expect(vault.monthlyById('epoch-2033-01')).rejects.toEqual(code('key-missing'));
  await expect(vault.monthlyById('month-../index')).rejects.toMatchObject({ code: expect.any(String) });
});

test('index finds equal values of one field and nothing else', async () => {
  expect(vault.index('address', 'tess.lane@lakeside.test')).toBe((await again(false)).index('address', 'tess.lane@lakeside.test'));
  expect(vault.index('address', 'tess.lane@lakeside.test')).toMatch(/^[0-9a-f]{64}$/);
  expect(new Set([vault.index('address', 'a'), vault.index('subject', 'a'), vault.index('address', 'b'), mac(new Uint8Array(32), 'a')]).size).toBe(4);
  // RFC 4231 §4.3
  expect(mac(Buffer.from('Jefe'), 'what do ya want for nothing?')).toBe('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843');
});

describe('the master key', () => {
  test('is made once, for its owner alone, and never beside keys that another wraps', async () => {
    expect(statSync(master).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(readFileSync(master, 'latin1')).toMatch(/^[A-Za-z0-9+/]{43}=\n$/);
    rmSync(master);
    await expect(again(true)).rejects.toEqual(code('master-key-missing'));
    expect(existsSync(master)).toBe(false);
  });

  test('is not made when that is not allowed', async () => {
    await expect(openVault({ folder: join(root, 'k2'), masterKey: { file: join(root, 'm2'), create: false }, world })).rejects.toEqual(code('master-key-missing'));
  });

  test.each([0o640, 0o604, 0o644, 0o660])('with mode %o is refused by the name of its setting', async (mode) => {
    chmodSync(master, mode);
    await expect(again()).rejects.toMatchObject({ code: 'setting-wrong', message: expect.stringContaining('MASTER_KEY_FILE') });
  });

  test.each(['', 'short', `${'A'.repeat(43)}`, `${Buffer.alloc(31).toString('base64')}`, `${Buffer.alloc(32).toString('hex')}`])('holding %j is refused', async (text) => {
    writeFileSync(master, text);
    await expect(again()).rejects.toEqual(code('setting-wrong'));
  });

  test('of somebody else opens nothing', async () => {
    writeFileSync(master, `${randomBytes(32).toString('base64')}\n`);
    await expect(again()).rejects.toEqual(code('master-key-wrong'));
  });

  test('no wrapped key is readable without it, none lies in the clear', async () => {
    const { keys } = await vault.issue('msg_1', both);
    for (const file of readdirSync(folder)) {
      expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
      const text = readFileSync(join(folder, file));
      for (const secret of [keys.content.bytes, keys.evidence.bytes]) for (const form of ['base64', 'hex', 'latin1'] as const) expect(text.includes(Buffer.from(secret).toString(form))).toBe(false);
    }
  });

  test('is rotated while keys are in use; the old one then opens nothing', async () => {
    const { keys, wrapped } = await vault.issue('msg_1', both);
    const indexed = vault.index('address', 'a');
    const old = readFileSync(master);
    linkSync(master, join(root, 'old'));
    await vault.rotateMaster();
    expect([readFileSync(master).equals(old), readFileSync(join(root, 'old')).equals(old)], 'another key, and nothing left of the old one').toEqual([false, false]);
    expect(existsSync(`${master}.next`)).toBe(false);
    const { wrapped: later } = await vault.issue('msg_2', { content: '2050-01', evidence: '2050-01' });
    const fresh = await again(false);
    expect((await fresh.unwrap('msg_1', wrapped)).content.bytes).toEqual(new Uint8Array(keys.content.bytes));
    await fresh.unwrap('msg_2', later);
    expect(fresh.index('address', 'a')).toBe(indexed);
    writeFileSync(master, old);
    await expect(again(false)).rejects.toEqual(code('master-key-wrong'));
  });

  /** before anything was wrapped anew */
  const cutShort = async (): Promise<void> => expect(fileMaster(master).exchange(async () => undefined, async () => Promise.reject(new Error('cut short')))).rejects.toThrow('cut short');

  test.each(['before any key', 'between two keys', 'after the last key', 'after the old one was overwritten'])('a rotation cut short %s is finished at the next start', async (when) => {
    const { keys, wrapped } = await vault.issue('msg_1', both);
    const old = readFileSync(master);
    const kept = join(root, 'kept');
    mkdirSync(kept);
    for (const file of readdirSync(folder)) copyFileSync(join(folder, file), join(kept, file));
    await cutShort();
    const next = await fileMaster(master).current();
    const coming = readFileSync(`${master}.next`);
    if (when !== 'before any key') {
      await vault.rotateMaster();
      expect(readFileSync(master).equals(coming)).toBe(true);
      writeFileSync(`${master}.next`, coming, { mode: 0o600 });
      writeFileSync(master, when === 'after the old one was overwritten' ? randomBytes(old.length) : old);
      if (when === 'between two keys') copyFileSync(join(kept, 'epoch-2033-01.wrapped'), join(folder, 'epoch-2033-01.wrapped'));
    }
    const fresh = await again(false);
    expect((await fresh.unwrap('msg_1', wrapped)).content.bytes).toEqual(new Uint8Array(keys.content.bytes));
    expect(existsSync(`${master}.next`)).toBe(false);
    expect((await fileMaster(master).current()).id).toBe(next.id);
    for (const file of readdirSync(folder)) expect(JSON.parse(readFileSync(join(folder, file), 'utf8'))).toMatchObject({ master: next.id });
  });

  test('rotated by several instances at once while they make keys, nothing is lost', async () => {
    const houses = await Promise.all([vault, again(false), again(false)]);
    const issued: { id: string; content: Uint8Array; wrapped: Awaited<ReturnType<Vault['issue']>>['wrapped'] }[] = [];
    await Promise.all(houses.flatMap((house, h) => Array.from({ length: 8 }, async (_, n) => {
      if (n % 3 === 0) await house.rotateMaster();
      const [id, epoch] = [`msg_${h}_${n}`, `20${40 + n}-0${h + 1}`];
      const { keys, wrapped } = await house.issue(id, { content: epoch, evidence: epoch });
      issued.push({ id, content: Uint8Array.from(keys.content.bytes), wrapped });
    })));
    const fresh = await again(false);
    for (const { id, content, wrapped } of issued) expect(new Uint8Array((await fresh.unwrap(id, wrapped)).content.bytes)).toEqual(content);
    expect(existsSync(`${master}.next`)).toBe(false);
  });

  test('a key that another instance was making while a rotation began and ended is wrapped by the new one too', async () => {
    const file = fileMaster(master);
    let passed = false;
    const masters = { ...file, async current() {
      const current = await file.current();
      if (!passed) { passed = true; await vault.rotateMaster(); }
      return current;
    } };
    await (await openRing({ folder, masters, world })).key('epoch-2041-01', true);
    await (await again(false)).issue('msg_1', { content: '2041-01', evidence: '2041-01' });
  });

  test('a rotation whose lock was taken from it ends nothing', async () => {
    const before = readFileSync(master);
    await expect(fileMaster(master).exchange(async () => undefined, async () => writeFileSync(`${master}.lock`, 'another'))).rejects.toEqual(code('rotation-under-way'));
    expect([readFileSync(master).equals(before), existsSync(`${master}.next`), readFileSync(`${master}.lock`, 'latin1')]).toEqual([true, true, 'another']);
  });

  test('behind a link it is not exchanged: nothing has changed, and nobody is told that it was', async () => {
    const { wrapped } = await vault.issue('msg_1', both);
    const place = join(root, 'elsewhere.key');
    renameSync(master, place);
    symlinkSync(place, master);
    const before = readFileSync(place);
    let begun = 0;
    await expect(vault.rotateMaster(undefined, async () => { begun += 1; })).rejects.toMatchObject({ code: 'master-key-fixed', message: expect.stringContaining('MASTER_KEY_FILE') });
    expect([begun, readdirSync(join(root, 'secrets')), readFileSync(place).equals(before)]).toEqual([0, ['master.key'], true]);
    await (await again(false)).unwrap('msg_1', wrapped);
    rmSync(master);
    renameSync(place, master);
    await vault.rotateMaster(undefined, async () => { begun += 1; });
    expect(begun).toBe(1);
  });

  const mounts = spawnSync('unshare', ['-m', 'mount', '--bind', tmpdir(), tmpdir()]).status === 0;
  if (!mounts) notRun('DID NOT RUN, nothing may be mounted here: a master key that is mounted by itself is not exchanged');
  test.skipIf(!mounts)('mounted by itself it is not exchanged, or every key would hang on a file that lies beside the mount', () => {
    const place = join(root, 'elsewhere.key');
    copyFileSync(master, place);
    const script = `const { openVault } = await import(${JSON.stringify(new URL('../../../service/vault/vault.ts', import.meta.url).href)});
      const vault = await openVault({ folder: ${JSON.stringify(folder)}, masterKey: { file: ${JSON.stringify(master)}, create: false }, world: { now: () => ${NOW} } });
      await vault.rotateMaster().then(() => console.log('exchanged'), (fault) => console.log(fault.code));`;
    const { stdout } = spawnSync('unshare', ['-m', 'sh', '-c', 'mount --bind "$1" "$2" && exec "$3" --input-type=module -e "$4"', 'sh', place, master, process.execPath, script], { encoding: 'utf8' });
    expect([stdout.trim(), readdirSync(join(root, 'secrets'))]).toEqual(['master-key-fixed', ['master.key']]);
  });

  test('one that was begun is ended once: who comes later and only ends, begins no other', async () => {
    await cutShort();
    await fileMaster(master).exchange(null, async () => undefined);
    const after = readFileSync(master);
    await fileMaster(master).exchange(null, async () => undefined);
    expect(readFileSync(master).equals(after)).toBe(true);
  });

  test.each([['eleven seconds ago', -11_000], ['by a clock that was ahead', 3_600_000]])('the lock of a process that died %s is taken away', async (_, when) => {
    writeFileSync(`${master}.lock`, 'dead');
    utimesSync(`${master}.lock`, new Date(Date.now() + when), new Date(Date.now() + when));
    const before = readFileSync(master);
    await vault.rotateMaster();
    expect([readFileSync(master).equals(before), existsSync(`${master}.lock`)]).toEqual([false, false]);
  });

  test('a key that is destroyed while it is wrapped anew does not come back', async () => {
    await vault.issue('msg_1', both);
    await cutShort();
    const next = await fileMaster(master).current();
    const slow: MasterKey = { ...next, async wrap(plain, name) {
      if (name === 'epoch-2033-01') await vault.destroyEpoch('2033-01');
      return next.wrap(plain, name);
    } };
    await (await openRing({ folder, masters: fileMaster(master), world })).rewrapAll(slow);
    expect(readdirSync(folder).filter((name) => name.startsWith('epoch-2033-01'))).toEqual(['epoch-2033-01.destroyed']);
  });

  test('may be an external one behind the same three words', async () => {
    const kms = (id: string): MasterKey => {
      const k = key();
      return { id, wrap: async (plain, context) => vault.seal(k, context, plain), unwrap: async (wrapped, context) => vault.open(k, context, wrapped) };
    };
    const [one, two] = [kms('one'), kms('two')];
    const outside = await openVault({ folder: join(root, 'k2'), masterKey: { current: one }, world });
    const { wrapped } = await outside.issue('msg_1', both);
    await outside.rotateMaster(two);
    await (await openVault({ folder: join(root, 'k2'), masterKey: { current: two, before: one }, world })).unwrap('msg_1', wrapped);
    await (await openVault({ folder: join(root, 'k2'), masterKey: { current: two }, world })).unwrap('msg_1', wrapped);
    await expect(openVault({ folder: join(root, 'k2'), masterKey: { current: one }, world })).rejects.toEqual(code('master-key-wrong'));
    await expect(outside.rotateMaster()).rejects.toEqual(code('master-key-kind'));
    await expect(vault.rotateMaster(one)).rejects.toEqual(code('master-key-kind'));
  });
});
