/** A write-once bucket: the signature against AWS's published examples, the lock against a storage that enforces it. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLabBucket, type Bucket } from '../../../../lab/bucket.ts';
import { openAnchors } from '../../../../service/audit/anchor/anchor.ts';
import { openBucket, signRequest, type BucketSettings } from '../../../../service/audit/anchor/bucket.ts';
import { openAudit, type AuditLog } from '../../../../service/audit/audit.ts';
import { openStore, type Store } from '../../../../service/store/store.ts';
import { openWorld } from '../../../../service/world.ts';
import { keyring } from '../vault.ts';

// The worked examples of the Amazon S3 API reference, "Signature Calculations for the Authorization Header".
describe('Signature Version 4', () => {
  const keys = { region: 'us-east-1', id: 'AKIAIOSFODNN7EXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' };
  const at = Date.UTC(2013, 4, 24);
  const host = 'https://examplebucket.s3.amazonaws.com';
  it.each([
    ['get a part of an object', { method: 'GET', url: `${host}/test.txt`, headers: { Range: 'bytes=0-9' }, body: '' }, 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41'],
    ['put an object', { method: 'PUT', url: `${host}/test$file.text`, headers: { Date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' }, body: 'Welcome to Amazon S3.' }, '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd'],
    ['a query without a value', { method: 'GET', url: `${host}/?lifecycle`, headers: {}, body: '' }, 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543'],
    ['a query of two', { method: 'GET', url: `${host}/?prefix=J&max-keys=2`, headers: {}, body: '' }, '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7'],
  ])('%s', (_, request, signature) => {
    expect(signRequest({ ...request, body: Buffer.from(request.body) }, keys, at)['authorization']).toMatch(new RegExp(`Signature=${signature}$`));
  });
});

describe('the bucket', () => {
  const base = mkdtempSync(join(tmpdir(), 'bucket-'));
  const KEYS = { id: 'AKLABLABLABLAB', secret: 'a secret that stays here', region: 'eu-central-1' };
  let now = Date.now();
  const real = openWorld({ resolver: '', resolverTrusted: false, allowedNetworks: ['127.0.0.0/8'] });
  const world = { ...real, now: () => now };
  const opened: Bucket[] = [];
  let bucket: Bucket;
  let store: Store;
  let log: AuditLog;

  const open = async (more: object = {}): Promise<Bucket> => {
    const one = await openLabBucket({ ...KEYS, now: () => now, ...more });
    opened.push(one);
    return one;
  };
  const settings = (more: Partial<BucketSettings> = {}): BucketSettings => ({ url: `${bucket.url}/audit`, ...KEYS, years: 7, ...more });
  const anchors = (more: Partial<BucketSettings> = {}) => openAnchors({ audit: log, store, world, settings: { bucket: settings(more), plain: true } });
  const grow = async (): Promise<number> => {
    for (let i = 0; i < 5; i += 1) await log.record({ type: 'service.started', outcome: 'ok', actor: { kind: 'service', id: 'main' } });
    await log.flush();
    return Number((await log.checkpoint())?.split('\n')[1]);
  };
  const name = (size: number): string => `checkpoint-${String(size).padStart(16, '0')}.txt`;
  const failure = async (): Promise<unknown> => {
    await log.flush();
    const page = await log.events({ types: ['log.anchor_failed'], order: 'desc', limit: 1 });
    return 'kind' in page ? page : page.data[0]?.facts;
  };

  beforeAll(async () => {
    store = await openStore({ folder: join(base, 'data'), rooms: { audit: new URL('../../../../service/audit/audit.sql.ts', import.meta.url) }, world: { now: () => now }, strictEvents: true });
    log = await openAudit({ store, vault: keyring(), world: { now: () => now, random: (n) => randomBytes(n) }, origin: 'audit.riverside.test/v1', folder: join(base, 'keys'), strict: true });
    bucket = await open();
  });
  afterAll(async () => {
    await log.close();
    await store.close();
    for (const one of opened) await one.close();
    rmSync(base, { recursive: true, force: true });
  });

  it('takes a checkpoint once, locked for as long as was said, and the log says until when', async () => {
    const size = await grow();
    expect(await anchors().run()).toBe(1);
    expect(bucket.versions(`audit/${name(size)}`)).toEqual([await log.checkpoint()]);
    await log.flush();
    const until = new Date(now);
    until.setUTCFullYear(until.getUTCFullYear() + 7);
    expect(await log.events({ types: ['log.copied'] })).toMatchObject({ data: [{ facts: { size, until: expect.stringContaining(until.toISOString().slice(0, 10)) } }] });
    expect(bucket.surprises).toEqual([]);
  });

  it('is not written twice: what lies there already counts when it is the same checkpoint', async () => {
    const size = await grow();
    const note = (await log.checkpoint()) ?? '';
    const { keep } = openBucket(settings(), world, true);
    expect((await keep(name(size), note)).text).toBe(note);
    now += 3_600_000;
    expect(await anchors().run()).toBe(1);
    expect(bucket.versions(`audit/${name(size)}`)).toEqual([note]);
    expect(bucket.surprises).toEqual([]);
  });

  it('that holds another checkpoint of that size is a conflict, which is an entry of the log', async () => {
    const size = await grow();
    await openBucket(settings(), world, true).keep(name(size), 'audit.riverside.test/v1\n1\nanother\n\n— x y\n');
    expect(await anchors().run()).toBe(0);
    expect(await failure()).toMatchObject({ kind: 'copy', code: 'copy-conflict' });
  });

  it('that keeps no lock is none', async () => {
    const forgetful = await open({ forgetful: true });
    await grow();
    expect(await anchors({ url: `${forgetful.url}/audit` }).run()).toBe(0);
    expect(await failure()).toMatchObject({ kind: 'copy', code: 'bucket-unlocked' });
  });

  it.each([
    ['another secret', () => anchors({ secret: 'another secret' })],
    ['another key', () => anchors({ id: 'AKOTHEROTHER' })],
    ['another region', () => anchors({ region: 'us-east-1' })],
    ['a clock that is wrong', () => openAnchors({ audit: log, store, world: { ...world, now: () => now - 16 * 60_000 }, settings: { bucket: settings(), plain: true } })],
  ])('refuses %s, and neither secret nor address is in the log', async (_, made) => {
    now += 24 * 3_600_000;
    await grow();
    expect(await made().run()).toBe(0);
    const said = await failure();
    expect(said).toMatchObject({ kind: 'copy', code: 'bucket-refused' });
    expect(JSON.stringify(said)).not.toMatch(/secret|127\.0|AK/);
  });

  it('goes on when the storage is back', async () => {
    await grow();
    expect(await anchors().run()).toBe(1);
  });
});
