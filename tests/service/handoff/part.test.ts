import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepPart, openPart } from '../../../service/handoff/part.ts';
import { openBlobs, type Blobs } from '../../../service/store/blobs.ts';
import { openVault, type DataKey, type Vault } from '../../../service/vault/vault.ts';

const factOf = (bytes: Buffer) => ({ sha256: createHash('sha256').update(bytes).digest('hex'), size: bytes.length });

describe.each([['in a row', 1_000], ['in a file', 400_000]])('a part kept %s', (_, size) => {
  const folder = mkdtempSync(join(tmpdir(), 'send-secure-part-'));
  const good = randomBytes(size);
  const other = randomBytes(size);
  let tools: { vault: Vault; blobs: Blobs };
  let key: DataKey;
  beforeAll(async () => {
    const vault = await openVault({ folder: join(folder, 'keys'), masterKey: { file: join(folder, 'master.key'), create: true }, world: { now: Date.now, random: randomBytes } as never });
    tools = { vault, blobs: await openBlobs({ folder: join(folder, 'blobs') }) };
    key = (await vault.issue('msg_1', { content: '2040-01', evidence: '2040-01' })).keys.content;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const keep = (bytes: Readable) => keepPart(tools, 'msg_1', key, factOf(good), bytes);
  const kept = async (row: unknown) => Buffer.concat(await (await openPart(tools, 'msg_1', key, factOf(good).sha256, row as { inline: Uint8Array | null; size: number })).toArray());

  it('stays whole while other uploads of it are wrong, too long, too short or break off', async () => {
    const row = await keep(Readable.from([good]));
    expect(await kept(row)).toEqual(good);
    expect(await keep(Readable.from([other]))).toMatchObject({ code: 'digest-mismatch' });
    expect(await keep(Readable.from([good.subarray(1)]))).toMatchObject({ code: 'digest-mismatch' });
    expect(await keep(Readable.from([good, Buffer.from('x')]))).toMatchObject({ code: 'too-large' });
    const broken = new PassThrough();
    broken.write(good.subarray(0, 500));
    const uploading = keep(broken);
    setImmediate(() => broken.destroy(new Error('The client went away.')));
    await expect(uploading).rejects.toThrow('went away');
    expect(await kept(row)).toEqual(good);
  });
});
