import { X509Certificate, randomBytes } from 'node:crypto';
import { UserAttributePacket, generateKey, readKey, readPrivateKey, reformatKey, revokeKey, type PublicKey } from 'openpgp';
import { beforeAll, expect, test } from 'vitest';
import { pgpPerson, smimeAuthority } from '../../../lab/people.keys.ts';
import type { PgpPair } from '../../../lab/people.keys.ts';
import type { KeyTrust } from '../../../shared/plan/capability.ts';
import type { KeyEntry } from '../../../service/keys/keys.ts';
import { isRefusal } from '../../../service/refusal.ts';
import { onEveryEngine } from '../store/engines.ts';
import { BY, NOW, keysOn } from './ground.ts';

const SAM = 'sam.park@stmarys.test';
const GINA = 'gina.holt@keyring.test';
const DAY = 86_400_000;
const ca = smimeAuthority('Lab Mail Authority', NOW);
const anchors = [Buffer.from(ca.certificate)];
const sam = ca.person('Sam Park', SAM).certificate;
const renewed = ca.person('Sam Park', SAM, 'p256').certificate;
let gina: PgpPair;

beforeAll(async () => {
  gina = await pgpPerson('Gina Holt', GINA, 'ecc', NOW);
});

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const upload = (address: string, text: string, trust: KeyTrust = 'admin-verified') => ({ address, bytes: bytes(text), trust, by: BY });
function taken(entry: KeyEntry | { kind: 'refused' }): KeyEntry {
  if (isRefusal(entry)) throw new Error(`refused: ${entry.code}`);
  return entry as KeyEntry;
}

const REFUSED: readonly (readonly [string, () => Promise<{ address: string; text: string | Uint8Array }>, string])[] = [
  ['no key', async () => ({ address: SAM, text: 'hello' }), 'key-malformed'],
  ['nothing', async () => ({ address: SAM, text: '' }), 'key-malformed'],
  ['noise', async () => ({ address: SAM, text: new Uint8Array(randomBytes(4000)) }), 'key-malformed'],
  ['half a megabyte of noise', async () => ({ address: SAM, text: new Uint8Array(randomBytes(600_000)) }), 'key-malformed'],
  ['an address that is none', async () => ({ address: 'sam', text: sam }), 'address-malformed'],
  ['an address with a line break', async () => ({ address: `${SAM}\r\nx`, text: sam }), 'address-malformed'],
  ['another\'s certificate', async () => ({ address: 'eve@stmarys.test', text: sam }), 'key-other-address'],
  ['a certificate of nobody we trust', async () => ({ address: SAM, text: smimeAuthority('Strange', NOW).person('Sam', SAM).certificate }), 'key-not-trusted'],
  ['an expired certificate', async () => ({ address: SAM, text: ca.person('Sam', SAM, 'rsa', { notAfter: NOW - 1000 }).certificate }), 'key-expired'],
  ['the authority itself', async () => ({ address: SAM, text: ca.certificate }), 'key-other-address'],
  ['a certificate with its private key, the certificate wrong', async () => { const p = smimeAuthority('Strange', NOW).person('Sam', SAM); return { address: SAM, text: p.certificate + p.key }; }, 'key-not-trusted'],
  ['a secret OpenPGP key', async () => ({ address: GINA, text: gina.privateKey }), 'key-is-secret'],
  ['a secret OpenPGP key in binary', async () => ({ address: GINA, text: (await readPrivateKey({ armoredKey: gina.privateKey })).write() }), 'key-is-secret'],
  ['another\'s OpenPGP key', async () => ({ address: SAM, text: gina.publicKey }), 'key-other-address'],
  ['an OpenPGP key that only signs', async () => ({ address: GINA, text: (await generateKey({ type: 'ecc', curve: 'ed25519Legacy', userIDs: [{ email: GINA }], subkeys: [], date: new Date(NOW - DAY), format: 'armored' })).publicKey }), 'key-cannot-encrypt'],
];

onEveryEngine((ground) => {
  test('nothing is known of strangers, and our own people are ours', async () => {
    const { keys } = await keysOn(ground, { anchors });
    expect(await keys.capabilities(['tess.lane@lakeside.test', 'noor.haddad@Riverside.test', 'x@mail.riverside.test', 'x@notriverside.test'])).toEqual([
      { address: 'tess.lane@lakeside.test', internal: false, tls: 'unknown' },
      { address: 'noor.haddad@Riverside.test', internal: true, tls: 'unknown' },
      { address: 'x@mail.riverside.test', internal: true, tls: 'unknown' },
      { address: 'x@notriverside.test', internal: false, tls: 'unknown' },
    ]);
    expect(await keys.capabilities([])).toEqual([]);
    expect(await keys.smime('key_none')).toBeNull();
    expect(await keys.pgp('key_none')).toBeNull();
  });

  test('a certificate and a key are taken, answered and handed out as they came', async () => {
    const { keys, drafts, noted } = await keysOn(ground, { anchors });
    const cert = taken(await keys.importKey(upload('Sam.Park@STMARYS.test', sam)));
    const pgp = taken(await keys.importKey(upload(GINA, gina.publicKey)));
    expect(cert).toMatchObject({ address: SAM, kind: 'smime', trust: 'admin-verified', source: 'upload', state: 'active', created: NOW });
    const [a, b] = await keys.capabilities([GINA, 'SAM.PARK@stmarys.test']);
    expect(a).toEqual({ address: GINA, internal: false, tls: 'unknown', pgp: { id: pgp.id, trust: 'admin-verified' } });
    expect(b).toEqual({ address: 'SAM.PARK@stmarys.test', internal: false, tls: 'unknown', smime: { id: cert.id, trust: 'admin-verified', expires: cert.expires } });
    expect(await keys.smime(cert.id)).toEqual({ id: cert.id, certificate: new Uint8Array(new X509Certificate(sam).raw), gcm: false, oaep: false });
    expect((await readKey({ binaryKey: (await keys.pgp(pgp.id))!.key })).getFingerprint()).toBe(pgp.fingerprint);
    expect([await keys.smime(pgp.id), await keys.pgp(cert.id)]).toEqual([null, null]);
    expect(drafts.map((d) => d.type)).toEqual(['key.imported', 'key.imported']);
    expect(drafts[0]!.sealed).toEqual({ address: SAM });
    expect(JSON.stringify(drafts[0]!.facts)).not.toContain('park');
    expect(await noted()).toBe(2);
  });

  test('the same key twice is one entry; a new one replaces it and the old stays as history', async () => {
    const { keys, noted } = await keysOn(ground, { anchors });
    const first = taken(await keys.importKey(upload(SAM, sam)));
    expect(taken(await keys.importKey(upload(SAM, sam))).id).toBe(first.id);
    expect(await noted()).toBe(1);
    const second = taken(await keys.importKey(upload(SAM, renewed)));
    expect((await keys.capabilities([SAM]))[0]!.smime!.id).toBe(second.id);
    expect((await keys.entries('replaced', '', 10)).map((e) => e.id)).toEqual([first.id]);
    expect((await keys.entries('active', '', 10)).map((e) => e.id)).toEqual([second.id]);
    expect(await keys.smime(first.id)).toBeNull();
    // what was replaced may come back
    expect(taken(await keys.importKey(upload(SAM, sam))).id).not.toBe(first.id);
  });

  test('a key trusted less never displaces one trusted more', async () => {
    const { keys } = await keysOn(ground, { anchors });
    const verified = taken(await keys.importKey(upload(SAM, sam)));
    taken(await keys.importKey(upload(SAM, renewed, 'wkd')));
    expect((await keys.capabilities([SAM]))[0]!.smime).toMatchObject({ id: verified.id, trust: 'admin-verified' });
    expect(await keys.entries('active', '', 10)).toHaveLength(2);
  });

  test('the administrator\'s threshold', async () => {
    const { keys, open } = await keysOn(ground, { anchors, threshold: 'directory' });
    taken(await keys.importKey(upload(SAM, sam, 'wkd')));
    expect((await keys.capabilities([SAM]))[0]!.smime).toMatchObject({ trust: 'wkd', unusable: 'key-not-trusted' });
    expect((await open({ threshold: 'wkd' }).capabilities([SAM]))[0]!.smime!.unusable).toBeUndefined();
    taken(await keys.importKey(upload(SAM, renewed, 'directory')));
    expect((await keys.capabilities([SAM]))[0]!.smime).toMatchObject({ trust: 'directory' });
  });

  test('a key that was good is judged again at every answer', async () => {
    const { keys, open, world } = await keysOn(ground, { anchors });
    const short = ca.person('Sam Park', SAM, 'rsa', { notAfter: NOW + 60_000 }).certificate;
    taken(await keys.importKey(upload(SAM, short)));
    expect((await keys.capabilities([SAM]))[0]!.smime!.unusable).toBeUndefined();
    world.clock = NOW + 61_000;
    expect((await keys.capabilities([SAM]))[0]!.smime!.unusable).toBe('key-expired');
    world.clock = NOW;
    // the anchor was taken away
    expect((await open({ anchors: [] }).capabilities([SAM]))[0]!.smime!.unusable).toBe('key-not-trusted');
    const monthly = await generateKey({ type: 'ecc', curve: 'ed25519Legacy', userIDs: [{ email: GINA }], date: new Date(NOW - DAY), keyExpirationTime: 86_400 * 2, format: 'armored' });
    const known = taken(await keys.importKey(upload(GINA, monthly.publicKey)));
    expect(known.expires).toBe(NOW + DAY);
    world.clock = NOW + DAY + 1000;
    expect((await keys.capabilities([GINA]))[0]!.pgp!.unusable).toBe('key-expired');
  });

  test('another copy of a key on file brings it up to date: a longer life, and a revocation although the copy itself is refused', async () => {
    const { keys, world, drafts } = await keysOn(ground);
    const whole = await readPrivateKey({ armoredKey: gina.privateKey });
    const lasting = async (days: number): Promise<string> => (await reformatKey({ privateKey: whole, userIDs: [{ email: GINA }], keyExpirationTime: 86_400 * days, date: new Date(NOW - DAY + days * 1000), format: 'armored' })).publicKey;
    const first = taken(await keys.importKey(upload(GINA, await lasting(2), 'uploaded')));
    world.clock = NOW + 3 * DAY;
    expect((await keys.capabilities([GINA]))[0]!.pgp!.unusable).toBe('key-expired');
    expect(taken(await keys.importKey(upload(GINA, await lasting(400), 'uploaded')))).toMatchObject({ id: first.id });
    expect((await keys.capabilities([GINA]))[0]!.pgp).toMatchObject({ id: first.id });
    expect((await keys.capabilities([GINA]))[0]!.pgp!.unusable).toBeUndefined();
    const { publicKey: revoked } = await revokeKey({ key: whole, date: new Date(NOW), format: 'armored' });
    expect(await keys.importKey(upload(GINA, revoked, 'uploaded'))).toMatchObject({ code: 'key-revoked' });
    expect((await keys.capabilities([GINA]))[0]!.pgp!.unusable).toBe('key-revoked');
    expect(drafts.filter((d) => d.type === 'key.refreshed')).toHaveLength(2);
  });

  test('nobody hangs so much on a key on file that it is read no more, nor that its revocation finds no room', async () => {
    const { keys, open } = await keysOn(ground);
    const { id } = taken(await keys.importKey(upload(GINA, gina.publicKey)));
    const whole = await readPrivateKey({ armoredKey: gina.privateKey });
    const { publicKey: revoked } = await revokeKey({ key: whole, date: new Date(NOW), format: 'object' });
    // Nobody asks a user attribute who put it there.
    const heavy = (key: PublicKey, n: number): Uint8Array => {
      const packets = key.toPacketList();
      packets.splice(1, 0, Object.assign(new UserAttributePacket(), { attributes: [String.fromCharCode(n).repeat(100_000)] }));
      return packets.write();
    };
    for (const n of [1, 2, 3, 4]) await keys.importKey({ ...upload(GINA, ''), bytes: heavy(whole.toPublic(), n) });
    expect((await open().capabilities([GINA]))[0]!.pgp).toEqual({ id, trust: 'admin-verified' });
    await keys.importKey({ ...upload(GINA, ''), bytes: heavy(revoked, 5) });
    expect((await open().capabilities([GINA]))[0]!.pgp).toMatchObject({ id, unusable: 'key-revoked' });
  });

  test('preferences and what a domain has proved', async () => {
    const { keys, open, store, world, noted } = await keysOn(ground, { anchors });
    const room = store.room<typeof import('../../../service/keys/keys.sql.ts')>('keys');
    expect(await keys.prefer({ address: 'Rosa@brightmail.test', prefers: 'portal', source: 'recipient', by: BY })).toBe(true);
    expect(await keys.prefer({ address: 'rosa@brightmail.test', prefers: 'portal', source: 'recipient', by: BY })).toBe(false);
    expect(await noted()).toBe(1);
    expect(await room.write.observe({ domain: 'brightmail.test', proved: true, grade: 'B', host: 'mx.brightmail.test', now: NOW })).toBe(true);
    expect(await room.write.observe({ domain: 'brightmail.test', proved: true, grade: 'B', host: 'mx.brightmail.test', now: NOW + 1000 })).toBe(false);
    expect((await keys.capabilities(['rosa@brightmail.test']))[0]).toMatchObject({ tls: 'proved-before', prefers: 'portal' });
    expect(await room.write.observe({ domain: 'brightmail.test', proved: false, grade: 'C', host: 'mx.brightmail.test', now: NOW + DAY })).toBe(true);
    expect(await room.read.channel({ domain: 'brightmail.test' })).toMatchObject({ host_since: NOW, seen: NOW + DAY, grade: 'C' });
    world.clock = NOW + DAY;
    expect((await keys.capabilities(['rosa@brightmail.test']))[0]!.tls).toBe('failed-before');
    // servers are mended: a day later it is worth another try
    world.clock = NOW + 2 * DAY;
    expect((await keys.capabilities(['rosa@brightmail.test']))[0]!.tls).toBe('unknown');
    for (const [relay, tls] of [['first-hop', 'first-hop-only'], ['declared', 'relay-declared'], ['requiretls', 'relay-asked']] as const) expect((await open({ relay }).capabilities(['rosa@brightmail.test']))[0]!.tls).toBe(tls);
    expect((await open({ relay: 'first-hop', direct: ['brightmail.test'] }).capabilities(['rosa@brightmail.test']))[0]!.tls).toBe('unknown');
    await room.write.observe({ domain: 'brightmail.test', proved: true, grade: 'A', host: 'mx2.brightmail.test', now: NOW + 2 * DAY });
    expect(await room.read.channel({ domain: 'brightmail.test' })).toMatchObject({ host_since: NOW + 2 * DAY });
    expect(await keys.prefer({ address: 'rosa@brightmail.test', prefers: null, source: 'staff', by: BY })).toBe(true);
    expect((await keys.capabilities(['rosa@brightmail.test']))[0]!.prefers).toBeUndefined();
  });

  test('a mail host has served a domain when it was named on three days and more, over thirty, and never missing', async () => {
    const { keys, store, world } = await keysOn(ground, { anchors });
    const room = store.room<typeof import('../../../service/keys/keys.sql.ts')>('keys');
    const look = (day: number, ...mx: string[]) => room.write.observe({ domain: 'brightmail.test', proved: false, grade: 'C', host: mx[0] ?? '', mx, now: NOW + day * DAY });
    const served = async (day: number, host = 'MX.elsewhere.test'): Promise<boolean> => {
      world.clock = NOW + day * DAY;
      return keys.served('Brightmail.test', host);
    };
    await look(0, 'mx.elsewhere.test', 'mx2.elsewhere.test');
    expect(await served(31), 'one look long ago is no record of thirty days').toBe(false);
    await look(0.1, 'mx.elsewhere.test', 'mx2.elsewhere.test');
    await look(10, 'mx2.elsewhere.test', 'mx.elsewhere.test');
    await look(20, 'mx.elsewhere.test', 'mx2.elsewhere.test');
    expect([await served(29), await served(30), await served(30, 'mx2.elsewhere.test'), await served(30, 'mx3.elsewhere.test'), await keys.served('never.test', 'mx.elsewhere.test')]).toEqual([false, true, true, false, false]);
    // a new host beside them begins its own days
    await look(31, 'mx.elsewhere.test', 'mx2.elsewhere.test', 'mx3.elsewhere.test');
    expect([await served(32), await served(32, 'mx3.elsewhere.test')]).toEqual([true, false]);
    // forged for a moment: neither the forged host nor those that were missing have stood there unchanged
    await look(33, 'mx.evil.test');
    await look(34, 'mx.elsewhere.test', 'mx2.elsewhere.test');
    expect([await served(70, 'mx.evil.test'), await served(35), await served(35, 'mx2.elsewhere.test')]).toEqual([false, false, false]);
  });

  test('the best that was proved is kept, and only an administrator takes less for the new level', async () => {
    const { keys, store, noted } = await keysOn(ground, { anchors });
    const room = store.room<typeof import('../../../service/keys/keys.sql.ts')>('keys');
    const look = (grade: string, proved: boolean, day: number) => room.write.observe({ domain: 'brightmail.test', proved, grade, host: 'mx.brightmail.test', now: NOW + day * DAY });
    const tls = async () => (await keys.capabilities(['rosa@brightmail.test']))[0]!.tls;
    expect(await keys.provedBefore('brightmail.test')).toBeNull();
    const seen: (string | null)[] = [];
    for (const [grade, proved] of [['C', false], ['B-', true], ['B', true], ['C', false], ['A', true], ['B', true], ['D', false]] as const) {
      await look(grade, proved, 0);
      seen.push(`${await keys.provedBefore('Brightmail.test')} ${await tls()}`);
    }
    expect(seen).toEqual(['null failed-before', 'B proved-before', 'B proved-before', 'B failed-before', 'A proved-before', 'A failed-before', 'A failed-before']);
    expect([await keys.lower({ domain: 'brightmail.test', by: BY }), await keys.lower({ domain: 'brightmail.test', by: BY }), await keys.lower({ domain: 'never.test', by: BY })]).toEqual([true, false, false]);
    expect([await keys.provedBefore('brightmail.test'), await tls(), await noted()]).toEqual([null, 'proved-before', 1]);
    await look('B', true, 1);
    expect(await keys.provedBefore('brightmail.test')).toBe('B');
  });

  test('removed is removed, once, and noted', async () => {
    const { keys, noted } = await keysOn(ground, { anchors });
    const { id } = taken(await keys.importKey(upload(SAM, sam)));
    expect([await keys.removeKey(id, BY), await keys.removeKey(id, BY), await keys.removeKey('key_none', BY)]).toEqual([true, false, false]);
    expect((await keys.capabilities([SAM]))[0]!.smime).toBeUndefined();
    expect(await keys.smime(id)).toBeNull();
    expect(await noted()).toBe(2);
    expect(await keys.entries('removed', '', 10)).toMatchObject([{ id, address: SAM }]);
  });

  test('what an administrator may say of a recipient\'s program', async () => {
    const { keys } = await keysOn(ground, { anchors });
    const { id } = taken(await keys.importKey({ ...upload(SAM, sam), gcm: true, oaep: true }));
    expect(await keys.smime(id)).toMatchObject({ gcm: true, oaep: true });
  });

  test('the store holds nobody\'s address', async () => {
    const { keys, store } = await keysOn(ground, { anchors });
    taken(await keys.importKey(upload(SAM, sam)));
    await keys.prefer({ address: SAM, prefers: 'smime', source: 'staff', by: BY });
    const rows = await store.room<typeof import('../../../service/keys/keys.sql.ts')>('keys').read.page({ state: 'active', after: '', limit: 10 });
    const everything = rows.map((row) => Object.values(row).map((v) => (v instanceof Uint8Array ? Buffer.from(v).toString('latin1') : String(v))).join('\n')).join('\n');
    expect(rows).toHaveLength(1);
    expect(everything).not.toMatch(/park|stmarys/i);
  });

  test('what is refused leaves nothing behind', async () => {
    const { keys, noted } = await keysOn(ground, { anchors });
    for (const [what, given, code] of REFUSED) {
      const { address, text } = await given();
      expect(await keys.importKey({ address, bytes: typeof text === 'string' ? bytes(text) : text, trust: 'admin-verified', by: BY }), what).toEqual({ kind: 'refused', code });
    }
    expect(await noted()).toBe(0);
    expect(await keys.entries('active', '', 10)).toEqual([]);
  });
});
