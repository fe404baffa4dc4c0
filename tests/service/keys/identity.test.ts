import { X509Certificate, createHash, createHmac, createPrivateKey, createPublicKey, pbkdf2Sync, randomBytes } from 'node:crypto';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { Constructed, Integer, Null, ObjectIdentifier, OctetString, Sequence, fromBER, type BaseBlock } from 'asn1js';
import { createMessage, generateKey, readKey, readKeys, readMessage, readPrivateKey, readSignature, reformatKey, sign, verify, type SecretKeyPacket } from 'openpgp';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { smimeAuthority, type PemPair } from '../../../lab/people.keys.ts';
import type { EventDraft, PreparedEvent } from '../../../service/audit/audit.ts';
import { wkdHash } from '../../../service/keys/discovery/source.ts';
import { openIdentity } from '../../../service/keys/identity.ts';
import { openBook } from '../../../service/keys/own/book.ts';
import { noting, type Change } from '../../../service/keys/own/noted.ts';
import { openShelf, safeOf } from '../../../service/keys/own/shelf.ts';
import { openRevocation } from '../../../service/keys/trust/revocation.ts';
import { readCertificate } from '../../../service/keys/trust.read.ts';
import { judgeCertificate } from '../../../service/keys/trust.ts';
import { USAGE } from '../../../service/keys/trust.certificate.ts';
import { openStore } from '../../../service/store/store.ts';
import { tool } from '../../tools.ts';
import { PATIENCE } from '../../until.ts';
import { NOW, rooms, vaultIn } from './ground.ts';

const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((f) => rmSync(f, { recursive: true, force: true })));

const IVY = 'u_ivy';
const YEAR = 365 * 86_400_000;
const ANA = { address: 'Ana.Ruiz@riverside.test', name: 'Dr. Ana Ruiz' };
const organisation = { name: 'Riverside Clinic', address: 'secure@riverside.test' };

/** Made once: keys take their time. */
let made: Uint8Array | undefined;

async function ground() {
  const folder = mkdtempSync(join(tmpdir(), 'ss-identity-'));
  folders.push(folder);
  const world = { clock: NOW, now: () => world.clock, random: (n: number) => new Uint8Array(randomBytes(n)) };
  const vault = await vaultIn(world);
  const log: Change[] = [];
  const at = join(folder, 'identity');
  const safe = await safeOf(vault, at);
  const shelf = await openShelf({ folder: at, safe, world });
  if (made !== undefined) await shelf.replace(-1, made);
  const open = async (noted = async (change: Change): Promise<void> => { log.push(change); }) => {
    const identity = await openIdentity({ world, safe: await safeOf(vault, at), folder: at, organisation, ownDomains: ['riverside.test'], noted });
    made ??= (await shelf.latest())!.bytes;
    return identity;
  };
  return { folder: at, world, open, log };
}

it('vouches for each author\'s own address, for signing only', async () => {
  const identity = await (await ground()).open();
  const signer = await identity.smime(ANA);
  const leaf = readCertificate(signer.certificate)!;
  const authority = readCertificate(identity.published().authority)!;
  expect(leaf.addresses).toEqual(['ana.ruiz@riverside.test']);
  expect(leaf.usage).toBe(USAGE.digitalSignature | USAGE.nonRepudiation);
  expect(leaf.x509.subject).toContain('Dr. Ana Ruiz');
  expect(leaf.x509.checkPrivateKey(createPrivateKey({ key: Buffer.from(signer.key), format: 'der', type: 'pkcs8' }))).toBe(true);
  expect(leaf.x509.verify(authority.x509.publicKey)).toBe(true);
  // Nobody may be led to encrypt to us: what came back could not be read in Outlook.
  expect(judgeCertificate(leaf, [], [authority], ANA.address, NOW)).toMatchObject({ unusable: 'key-cannot-encrypt' });
  const pgp = await readKey({ binaryKey: identity.published().pgp });
  await expect(pgp.getEncryptionKey(undefined, new Date(NOW))).rejects.toThrow();
  expect(pgp.isPrivate()).toBe(false);
  expect((await readPrivateKey({ binaryKey: (await identity.pgp(ANA)).key })).getFingerprint()).toBe(pgp.getFingerprint());
});

it('names the author on the one OpenPGP key, which still only signs', async () => {
  const identity = await (await ground()).open();
  const { published, fingerprint } = await identity.pgp({ ...ANA, name: 'Dr. <Ana>\r\n(Ruiz)' });
  const key = await readKey({ binaryKey: published });
  expect([key.getFingerprint(), key.isPrivate()]).toEqual([fingerprint, false]);
  expect(key.users.map((u) => u.userID?.email)).toEqual(['secure@riverside.test', 'ana.ruiz@riverside.test']);
  expect((await key.getPrimaryUser(new Date(NOW))).user.userID?.email).toBe('secure@riverside.test');
  expect(key.users.every((u) => !/[\r\n]/.test(u.userID?.userID ?? ''))).toBe(true);
  await expect(key.getEncryptionKey(undefined, new Date(NOW))).rejects.toThrow();
  await expect(key.verifyPrimaryKey(new Date(NOW))).resolves.toBeUndefined();
});

it('is the same after a restart, to the byte', async () => {
  const { open } = await ground();
  const [before, after] = [await open(), await open()];
  expect(after.published()).toEqual(before.published());
  expect(await after.smime(ANA)).toEqual(await before.smime(ANA));
  const [old, young] = [await before.pgp(ANA), await after.pgp(ANA)];
  // Signatures over names carry a salt; the key under them is the same.
  expect([young.key, young.fingerprint]).toEqual([old.key, old.fingerprint]);
});

it('is one, however many processes start at once', async () => {
  const { open, folder, log } = await ground();
  await open();
  rmSync(join(folder, 'signing.sealed'));
  log.length = 0;
  const all = await Promise.all([open(), open(), open()]);
  expect(new Set(all.map((i) => Buffer.from(i.published().authority).toString('hex'))).size).toBe(1);
  expect(new Set(log.map((change) => change.id)).size).toBe(1);
  expect(readdirSync(folder).sort()).toEqual(['signing.sealed', 'signing.wrapped']);
});

it('what seals it lies there whole or not at all: who starts beside the first, or after it was killed, reads no half of it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ss-identity-'));
  folders.push(folder);
  const vault = await vaultIn({ now: () => NOW });
  const file = join(folder, 'signing.wrapped');
  let done = false;
  const making = safeOf(vault, folder).finally(() => { done = true; });
  const seen = new Set<number>();
  while (!done) {
    if (existsSync(file)) seen.add(readFileSync(file).length);
    await new Promise((resolve) => { setImmediate(resolve); });
  }
  const made = await making;
  expect([...seen].filter((length) => length !== readFileSync(file).length)).toEqual([]);
  const sealed = made.seal(Buffer.from('x'));
  for (const safe of await Promise.all([safeOf(vault, folder), safeOf(vault, folder)])) expect(Buffer.from(safe.open(sealed)).toString()).toBe('x');
  expect(readdirSync(folder)).toEqual(['signing.wrapped']);
});

it('keeps its keys from everybody else', async () => {
  const { open, folder } = await ground();
  const identity = await open();
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  const signer = await identity.smime(ANA);
  for (const name of readdirSync(folder)) {
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    const bytes = readFileSync(join(folder, name));
    for (const secret of [signer.key.subarray(100, 130), (await identity.pgp(ANA)).key.subarray(60, 90)]) {
      expect(bytes.includes(secret)).toBe(false);
      expect(bytes.includes(Buffer.from(secret).toString('base64').slice(0, 30))).toBe(false);
    }
    expect(bytes.toString('latin1')).not.toMatch(/riverside|Ana Ruiz/i);
  }
});

it('renews the authors\' certificates every year, from the same authority', async () => {
  const { open, world } = await ground();
  const identity = await open();
  const first = new X509Certificate((await identity.smime(ANA)).certificate);
  world.clock += YEAR;
  const second = new X509Certificate((await identity.smime(ANA)).certificate);
  expect(second.serialNumber).not.toBe(first.serialNumber);
  for (const c of [first, second]) expect(c.verify(new X509Certificate(identity.published().authority).publicKey)).toBe(true);
  expect(Date.parse(second.validTo) - world.clock).toBeGreaterThan(YEAR / 2);
});

it('rotates: new keys sign from then on, in every process, and the old ones stay published', async () => {
  const { open, folder } = await ground();
  const [identity, other] = [await open(), await open()];
  const before = (await identity.readable());
  const [leaf, key] = [await identity.smime(ANA), await identity.pgp(ANA)];
  expect(await identity.rotate('pgp', IVY)).toMatchObject({ kind: 'pgp', fingerprint: (await other.pgp(ANA)).fingerprint });
  expect(await identity.rotate('smime', IVY)).toMatchObject({ kind: 'authority' });
  for (const who of [identity, other, await open()]) {
    const [now, pgp] = [await who.smime(ANA), await who.pgp(ANA)];
    expect([now.key, pgp.fingerprint]).not.toEqual([leaf.key, key.fingerprint]);
    expect(new X509Certificate(now.certificate).verify(new X509Certificate(who.published().authority).publicKey)).toBe(true);
    expect((await readKey({ binaryKey: pgp.published })).getFingerprint()).toBe(pgp.fingerprint);
    expect((await who.readable()).earlier.map((e) => [e.kind, e.fingerprint])).toEqual([['smime', before.smime.fingerprint], ['pgp', before.pgp.fingerprint]]);
  }
  const [authority, pgp] = (await identity.readable()).earlier;
  expect(authority!.text).toBe(before.smime.authority);
  expect(pgp).toMatchObject({ expired: true });
  // What signs no more lies nowhere any more.
  expect(readdirSync(folder).sort()).toEqual(['signing.2.sealed', 'signing.wrapped']);
});

describe('the crash table of an exchange', () => {
  /** rows of the crash table: what becomes of the write into the log, once it is asked for */
  const ROWS: readonly (readonly [string, (note: () => Promise<void>) => Promise<void>])[] = [
    ['failed, not stored', async () => { throw new Error('gone'); }],
    ['failed, but stored', async (note) => { await note(); throw new Error('gone'); }],
    ['never answered: the process is gone', () => new Promise(() => undefined)],
  ];
  it.each(ROWS)('its entry in the log %s: it stands there once after the next start, and before the next exchange', async (_, ends) => {
    const { open, folder } = await ground();
    const store = await openStore({ folder: join(folder, 'data'), rooms, world: { now: () => NOW }, strictEvents: true });
    onTestFinished(() => store.close());
    const noted = async () => (await store.room<typeof import('../../../service/audit/audit.sql.ts')>('audit').read.ofMessage({ message: 'msg_none' })).length;
    const types: string[] = [];
    const audit = { prepared: async (draft: EventDraft): Promise<PreparedEvent> => {
      types.push(draft.type);
      return { id: `evt_${randomBytes(8).toString('hex')}`, time: NOW, type: draft.type, outcome: draft.outcome, actor: draft.actor.id, message: 'msg_none', item: null, leaf: '{}', sealed: null, kid: 'month' };
    } };
    const note = noting({ store, audit });
    let ill = false;
    const identity = await open((change) => (ill ? ends(() => note(change)) : note(change)));
    expect(await noted()).toBe(1);
    ill = true;
    const before = (await identity.readable()).pgp.fingerprint;
    identity.rotate('pgp', IVY).catch(() => undefined);
    await vi.waitFor(async () => expect((await (await open(async () => undefined)).readable()).pgp.fingerprint).not.toBe(before), { timeout: PATIENCE });
    // The same process goes on, or another begins: the log has it before anything else takes its place.
    for (const start of [() => open(note), () => open(note)]) await start();
    expect(await noted()).toBe(2);
    ill = false;
    await identity.rotate('smime', IVY);
    expect(await noted()).toBe(3);
    expect(new Set(types)).toEqual(new Set(['key.generated', 'key.exchanged']));
  });
});

it('nothing takes the place of an exchange that is not in the log', async () => {
  const { open, log } = await ground();
  let ill = false;
  const identity = await open(async (change) => { if (ill) throw new Error('gone'); log.push(change); });
  ill = true;
  await expect(identity.rotate('pgp', IVY)).rejects.toThrow('gone');
  const { pgp } = await identity.readable();
  await expect(identity.rotate('pgp', IVY)).rejects.toThrow('gone');
  expect((await identity.readable()).pgp.fingerprint).toBe(pgp.fingerprint);
  ill = false;
  await identity.rotate('pgp', IVY);
  expect([...new Map(log.map(({ id, event }) => [id, [event.actor.id, event.facts?.['fingerprint']]])).values()].slice(1)).toEqual([[IVY, pgp.fingerprint], [IVY, (await identity.readable()).pgp.fingerprint]]);
});

it('no two certificates of one issuer have one number, whatever was exchanged between them', async () => {
  const { open, world } = await ground();
  const identity = await open();
  const seen = new Map<string, string>();
  for (let n = 0; n < 4; n += 1) {
    const { certificate } = await identity.smime(ANA);
    const { issuer, serialNumber, fingerprint256 } = new X509Certificate(certificate);
    expect(seen.get(`${issuer} ${serialNumber}`) ?? fingerprint256).toBe(fingerprint256);
    seen.set(`${issuer} ${serialNumber}`, fingerprint256);
    world.clock += YEAR / 3;
    await identity.rotate('smime', IVY);
  }
  expect(seen.size).toBe(4);
});

describe.skipIf(!tool('openssl', 'signing keys brought along as PKCS#12, as OpenSSL exports them'))('brought along as PKCS#12', () => {
  const ca = smimeAuthority('Public Mail Authority', NOW);
  const below = ca.below('Riverside Issuing');
  const export12 = (pair: PemPair, { along = [] as string[], passphrase = 'open sesame ü', args = [] as string[] } = {}): Uint8Array => {
    const folder = mkdtempSync(join(tmpdir(), 'ss-p12-'));
    folders.push(folder);
    const file = (name: string, text: string) => { writeFileSync(join(folder, name), text); return join(folder, name); };
    execFileSync('openssl', ['pkcs12', '-export', '-inkey', file('key', pair.key), '-in', file('cert', pair.certificate), '-out', join(folder, 'out'), '-passout', `pass:${passphrase}`, ...(along.length > 0 ? ['-certfile', file('along', along.join(''))] : []), ...args], { stdio: 'pipe' });
    return new Uint8Array(readFileSync(join(folder, 'out')));
  };
  const PASS = 'open sesame ü';

  it.each<[string, string[]]>([
    ['as OpenSSL 3 does', []], ['by triple DES, as older programs do', ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1']], ['with AES-128 and a SHA-512 seal', ['-keypbe', 'AES-128-CBC', '-certpbe', 'AES-128-CBC', '-macalg', 'sha512']],
    ['the certificates unsealed', ['-certpbe', 'NONE']], ['without a seal', ['-nomac']],
  ])('%s: an author\'s own certificate signs for that author alone', async (_, args) => {
    const identity = await (await ground()).open();
    const pair = ca.person('Dr. Ana Ruiz', 'ana.ruiz@riverside.test', 'rsa', { usage: USAGE.digitalSignature });
    expect(await identity.bring({ pkcs12: export12(pair, { along: [ca.certificate], args }), passphrase: PASS }, IVY)).toMatchObject({ kind: 'certificate' });
    const signer = await identity.smime(ANA);
    expect(new X509Certificate(signer.certificate).fingerprint256).toBe(new X509Certificate(pair.certificate).fingerprint256);
    expect(new X509Certificate(signer.certificate).checkPrivateKey(createPrivateKey({ key: Buffer.from(signer.key), format: 'der', type: 'pkcs8' }))).toBe(true);
    expect(signer.chain.map((c) => new X509Certificate(c).fingerprint256)).toContain(new X509Certificate(ca.certificate).fingerprint256);
    expect(new X509Certificate((await identity.smime({ address: 'noor.haddad@riverside.test' })).certificate).verify(new X509Certificate(identity.published().authority).publicKey)).toBe(true);
  });

  /** Whatever a program may put side by side into one file, unsealed (RFC 7292 §4.2). */
  const side12 = (keys: readonly string[], certificates: readonly string[]): Uint8Array => {
    const id = (value: string) => new ObjectIdentifier({ value });
    const within = (...value: BaseBlock[]) => new Constructed({ idBlock: { tagClass: 3, tagNumber: 0 }, value });
    const octets = (bytes: ArrayBuffer | Uint8Array) => new OctetString({ valueHex: Uint8Array.from(new Uint8Array(bytes)).buffer });
    const data = (block: BaseBlock) => new Sequence({ value: [id('1.2.840.113549.1.7.1'), within(octets(block.toBER()))] });
    const bags = [
      ...keys.map((key) => new Sequence({ value: [id('1.2.840.113549.1.12.10.1.1'), within(fromBER(Uint8Array.from(createPrivateKey(key).export({ format: 'der', type: 'pkcs8' }))).result)] })),
      ...certificates.map((c) => new Sequence({ value: [id('1.2.840.113549.1.12.10.1.3'), within(new Sequence({ value: [id('1.2.840.113549.1.9.22.1'), within(octets(new X509Certificate(c).raw))] }))] })),
    ];
    return new Uint8Array(new Sequence({ value: [new Integer({ value: 3 }), data(new Sequence({ value: [data(new Sequence({ value: bags }))] }))] }).toBER());
  };
  /** RFC 9579 appendix A in form: the seal by PBMAC1, whatever salt and rounds stand beside it. */
  const sealed12 = (file: Uint8Array, { rounds = 2048, size = 32, hmac = '1.2.840.113549.2.9', passphrase = PASS } = {}): Uint8Array => {
    const pfx = fromBER(Uint8Array.from(file)).result as Sequence;
    const safe = new Uint8Array((((pfx.valueBlock.value[1] as Sequence).valueBlock.value[1] as Constructed).valueBlock.value[0] as OctetString).getValue());
    const id = (value: string) => new ObjectIdentifier({ value });
    const octets = (bytes: Uint8Array) => new OctetString({ valueHex: Uint8Array.from(bytes).buffer });
    const salt = randomBytes(8);
    const digest = createHmac('sha256', pbkdf2Sync(passphrase, salt, Math.min(rounds, 2048), size, 'sha256')).update(safe).digest();
    const prf = new Sequence({ value: [id('1.2.840.113549.2.9'), new Null()] });
    const derivation = new Sequence({ value: [id('1.2.840.113549.1.5.12'), new Sequence({ value: [octets(salt), new Integer({ value: rounds }), new Integer({ value: size }), prf] })] });
    const algorithm = new Sequence({ value: [id('1.2.840.113549.1.5.14'), new Sequence({ value: [derivation, new Sequence({ value: [id(hmac), new Null()] })] })] });
    pfx.valueBlock.value.push(new Sequence({ value: [new Sequence({ value: [algorithm, octets(digest)] }), octets(Buffer.from('NOT USED')), new Integer({ value: 1 })] }));
    return new Uint8Array(pfx.toBER());
  };
  const bare = (args: string[] = []) => export12(ca.person('Dr. Ana Ruiz', 'ana.ruiz@riverside.test', 'rsa', { usage: USAGE.digitalSignature }), { args: ['-nomac', ...args] });

  it('a seal by PBMAC1 is read as OpenSSL 3.5 reads it', async () => {
    const identity = await (await ground()).open();
    const file = sealed12(bare());
    const believed = (passphrase: string) => () => createSecureContext({ pfx: Buffer.from(file), passphrase });
    expect(believed(PASS)).not.toThrow();
    expect(believed('open sesame')).toThrow(/mac verify/);
    expect(await identity.bring({ pkcs12: file, passphrase: 'open sesame' }, IVY)).toMatchObject({ code: 'passphrase-wrong' });
    expect(await identity.bring({ pkcs12: file, passphrase: PASS }, IVY)).toMatchObject({ kind: 'certificate' });
  });

  const ana = (usage: number, other = {}) => ca.person('Dr. Ana Ruiz', 'ana.ruiz@riverside.test', 'rsa', { usage, ...other });

  it.each([['before', 0], ['after', 1]] as const)('of a pair that signs and one that encrypts, the second %s: the one signs, the other does not travel with it', async (_, at) => {
    const [signs, seals] = [ana(USAGE.digitalSignature), ana(USAGE.keyEncipherment)];
    const pairs = at === 0 ? [seals, signs] : [signs, seals];
    const identity = await (await ground()).open();
    expect(await identity.bring({ pkcs12: side12(pairs.map((p) => p.key), [...pairs.map((p) => p.certificate), ca.certificate, ca.certificate]), passphrase: '' }, IVY)).toMatchObject({ kind: 'certificate' });
    const { certificate, chain } = await identity.smime(ANA);
    expect([certificate, ...chain].map((c) => new X509Certificate(c).fingerprint256)).toEqual([signs, ca].map((c) => new X509Certificate(c.certificate).fingerprint256));
  });

  it('taken away from its person, or from a shared mailbox, it signs no more in any process, stands in the log, and is not taken again', async () => {
    const { open, log } = await ground();
    const [identity, other] = [await open(), await open()];
    const pair = ca.person('Results', 'results@riverside.test', 'p256', { usage: USAGE.digitalSignature, addresses: ['results@riverside.test', 'lab@riverside.test'] });
    const file = { pkcs12: export12(pair, { along: [ca.certificate] }), passphrase: PASS };
    await identity.bring(file, IVY);
    const fingerprint = createHash('sha256').update(new X509Certificate(pair.certificate).raw).digest('hex');
    expect((await other.certificates()).map((c) => [c.address, c.fingerprint])).toEqual([['results@riverside.test', fingerprint], ['lab@riverside.test', fingerprint]]);
    expect(await identity.withdraw('certificate', 'Results@Riverside.test', IVY)).toEqual({ kind: 'certificate', fingerprint });
    for (const who of [identity, other, await open()]) {
      for (const address of ['results@riverside.test', 'lab@riverside.test']) expect(new X509Certificate((await who.smime({ address })).certificate).verify(new X509Certificate(who.published().authority).publicKey)).toBe(true);
      expect(await who.certificates()).toEqual([]);
    }
    expect(log.at(-1)!.event).toEqual({ type: 'key.own_withdrawn', outcome: 'ok', actor: { kind: 'staff', id: IVY }, facts: { kind: 'certificate', fingerprint }, sealed: { address: 'results@riverside.test' } });
    expect(await identity.withdraw('certificate', 'results@riverside.test', IVY)).toMatchObject({ code: 'not-found' });
    expect(await other.bring(file, IVY)).toMatchObject({ code: 'key-revoked' });
    expect(await identity.bring({ pkcs12: export12(ca.person('Results', 'results@riverside.test', 'p256', { usage: USAGE.digitalSignature })), passphrase: PASS }, IVY)).toMatchObject({ kind: 'certificate' });
  });

  it('a renewed certificate is taken, though the one before it lies beside it', async () => {
    const old = ana(USAGE.digitalSignature, { notAfter: NOW - 1000 });
    const young = ana(USAGE.digitalSignature, { publicKey: createPublicKey(old.key) });
    const identity = await (await ground()).open();
    expect(await identity.bring({ pkcs12: export12({ ...old }, { along: [young.certificate] }), passphrase: PASS }, IVY)).toMatchObject({ kind: 'certificate' });
    expect(new X509Certificate((await identity.smime(ANA)).certificate).fingerprint256).toBe(new X509Certificate(young.certificate).fingerprint256);
  });

  it('an authority vouches for every author from then on, up to the root', async () => {
    const identity = await (await ground()).open();
    const before = (await identity.readable()).smime.fingerprint;
    expect(await identity.bring({ pkcs12: export12({ certificate: below.certificate, key: below.key }, { along: [ca.certificate] }), passphrase: PASS }, IVY)).toMatchObject({ kind: 'authority' });
    const { certificate, chain } = await identity.smime(ANA);
    const [leaf, ...others] = [certificate, ...chain].map((c) => readCertificate(c)!);
    expect(judgeCertificate(leaf!, others, [readCertificate(new Uint8Array(new X509Certificate(ca.certificate).raw))!], ANA.address, NOW, 'sign')).toMatchObject({ detail: 'trusted' });
    expect((await identity.readable()).earlier.map((e) => e.fingerprint)).toEqual([before]);
  });

  /** OpenSSL dates what it makes by its own clock */
  const today = async () => {
    const { open, world } = await ground();
    world.clock = Date.now() + 60_000;
    return open();
  };
  /** as an authority that is not ours makes its own certificate */
  const foreign = (subject: string, { extensions = '', mask = 'utf8only', args = [] as string[] } = {}): { readonly file: Uint8Array; readonly pem: string } => {
    const folder = mkdtempSync(join(tmpdir(), 'ss-ca-'));
    folders.push(folder);
    writeFileSync(join(folder, 'cnf'), `[req]\ndistinguished_name=dn\nstring_mask=${mask}\n[dn]\n[x]\nbasicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\n${extensions}\n`);
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-sha256', '-days', '3000', '-keyout', 'key', '-out', 'pem', '-config', 'cnf', '-extensions', 'x', '-subj', subject, ...args], { cwd: folder, stdio: 'pipe' });
    const [pem, key] = ['pem', 'key'].map((name) => readFileSync(join(folder, name), 'utf8'));
    return { file: export12({ certificate: pem!, key: key! }), pem: pem! };
  };

  it.each<[string, string, Parameters<typeof foreign>[1]]>([
    ['UTF8String', '/O=Riverside/CN=Mail Authority', {}], ['T61String', '/O=Cl\u00efnic/CN=Mail Authority', { mask: 'nombstr' }], ['BMPString', '/O=Cl\u0142nic/CN=Mail Authority', { mask: 'pkix', args: ['-utf8'] }],
    ['several values in one', '/Z=1+OU=A+L=Z/O=Riverside+CN=Mail Authority', { args: ['-multivalue-rdn'] }],
  ])('OpenSSL believes whom an authority of its making vouches for, its name in %s', async (_, subject, how) => {
    const { file, pem } = foreign(subject, how);
    const identity = await today();
    expect(await identity.bring({ pkcs12: file, passphrase: PASS }, IVY)).toMatchObject({ kind: 'authority' });
    const folder = mkdtempSync(join(tmpdir(), 'ss-leaf-'));
    folders.push(folder);
    writeFileSync(join(folder, 'ca'), pem);
    writeFileSync(join(folder, 'leaf'), new X509Certificate((await identity.smime(ANA)).certificate).toString());
    expect(execFileSync('openssl', ['verify', '-purpose', 'smimesign', '-CAfile', 'ca', 'leaf'], { cwd: folder, encoding: 'utf8' })).toBe('leaf: OK\n');
  });

  it.each([['web servers', 'extendedKeyUsage=serverAuth'], ['other domains', 'nameConstraints=critical,permitted;email:else.test']])('an authority for %s: refused, and nothing changes', async (_, extensions) => {
    const identity = await today();
    const before = (await identity.readable());
    expect(await identity.bring({ pkcs12: foreign('/CN=Mail Authority', { extensions }).file, passphrase: PASS }, IVY)).toMatchObject({ kind: 'refused', code: 'key-cannot-sign' });
    expect((await identity.readable())).toEqual(before);
  });

  it.each<[string, () => Uint8Array, string, string]>([
    ['a certificate for web servers', () => export12(ca.person('Ana', 'ana.ruiz@riverside.test', 'rsa', { usage: USAGE.digitalSignature, purposes: ['1.3.6.1.5.5.7.3.1'] })), PASS, 'key-cannot-sign'],
    ['another passphrase', () => export12(ca.person('Ana', 'ana.ruiz@riverside.test')), 'open', 'passphrase-wrong'],
    ['no PKCS#12', () => Buffer.from('hello'), PASS, 'key-malformed'],
    ['half of it', () => export12(ca.person('Ana', 'ana.ruiz@riverside.test')).subarray(0, 700), PASS, 'key-malformed'],
    ['an expired certificate', () => export12(ca.person('Ana', 'ana.ruiz@riverside.test', 'rsa', { notAfter: NOW - 1000 })), PASS, 'key-expired'],
    ['a certificate that does not sign', () => export12(ca.person('Ana', 'ana.ruiz@riverside.test', 'rsa', { usage: USAGE.keyEncipherment })), PASS, 'key-cannot-sign'],
    ['a certificate that signs and encrypts', () => export12(ca.person('Ana', 'ana.ruiz@riverside.test', 'rsa', { usage: USAGE.digitalSignature | USAGE.keyEncipherment })), PASS, 'key-cannot-sign'],
    ['a certificate that signs and agrees on keys', () => export12(ca.person('Ana', 'ana.ruiz@riverside.test', 'p256')), PASS, 'key-cannot-sign'],
    ['a certificate for anything', () => export12(ca.person('Ana', 'ana.ruiz@riverside.test', 'rsa', { usage: 0 })), PASS, 'key-cannot-sign'],
    ['a certificate for a stranger\'s address', () => export12(ca.person('Eve', 'eve@elsewhere.test', 'rsa', { usage: USAGE.digitalSignature })), PASS, 'key-other-address'],
    ['a seal by PBMAC1 that takes hours', () => sealed12(bare(), { rounds: 2_000_000_000 }), PASS, 'key-locked-too-hard'],
    ['a seal by PBMAC1 with a key of one octet', () => sealed12(bare(), { size: 1 }), PASS, 'key-lock-unknown'],
    ['a seal by PBMAC1 with MD5', () => sealed12(bare(), { hmac: '1.2.840.113549.2.6' }), PASS, 'key-lock-unknown'],
    ['a seal by MD5', () => export12(ca.person('Ana', 'ana.ruiz@riverside.test'), { args: ['-macalg', 'md5'] }), PASS, 'key-lock-unknown'],
    ['certificates locked by RC2', () => export12(ca.person('Ana', 'ana.ruiz@riverside.test'), { args: ['-legacy'] }), PASS, 'key-lock-unknown'],
    ['a key locked by RC4', () => export12(ca.person('Ana', 'ana.ruiz@riverside.test'), { args: ['-legacy', '-keypbe', 'PBE-SHA1-RC4-128', '-certpbe', 'NONE'] }), PASS, 'key-lock-unknown'],
    ['another passphrase, without a seal', () => bare(['-certpbe', 'NONE']), 'open', 'passphrase-wrong'],
    ['a weak key', () => export12(ca.person('Ana', 'ana.ruiz@riverside.test', 'rsa-1024')), PASS, 'key-too-weak'],
  ])('%s: refused, and nothing changes', async (_, file, passphrase, code) => {
    const identity = await (await ground()).open();
    const before = (await identity.readable());
    expect(await identity.bring({ pkcs12: file(), passphrase }, IVY)).toMatchObject({ kind: 'refused', code });
    expect((await identity.readable())).toEqual(before);
  });
});

describe('an OpenPGP key brought along', () => {
  const made = (ask: object, passphrase?: string) => generateKey({ type: 'ecc', curve: 'ed25519Legacy', userIDs: [{ name: 'Riverside', email: 'secure@riverside.test' }], date: new Date(NOW - 86_400_000), format: 'armored', ...(passphrase ? { passphrase } : {}), ...ask });

  it('of several at once, here and in another process, one stands and the others hear of it', async () => {
    const { open, folder } = await ground();
    const [here, there] = [await open(), await open()];
    const first = (await here.readable()).pgp.fingerprint;
    const keys = await Promise.all([made({}), made({}), made({})]);
    const asked = [here.bring({ pgp: keys[0]!.privateKey, passphrase: '' }, IVY), here.bring({ pgp: 'words', passphrase: '' }, IVY), there.bring({ pgp: keys[1]!.privateKey, passphrase: '' }, IVY), here.bring({ pgp: keys[2]!.privateKey, passphrase: '' }, IVY), there.rotate('smime', IVY)];
    const done = await Promise.all(asked);
    expect(done[1]).toMatchObject({ code: 'key-malformed' });
    const taken = done.flatMap((d) => ('fingerprint' in d ? [d] : []));
    expect(taken).toHaveLength(1);
    expect(done.filter((d) => 'code' in d && d.code === 'changed-meanwhile')).toHaveLength(3);
    for (const who of [here, there, await open()]) {
      const { pgp, smime, earlier } = await who.readable();
      expect([pgp.fingerprint, smime.fingerprint]).toContain(taken[0]!.fingerprint);
      expect(earlier).toHaveLength(1);
    }
    // Who asks again begins from what stands now.
    expect(await there.bring({ pgp: (await made({})).privateKey, passphrase: '' }, IVY)).toMatchObject({ kind: 'pgp' });
    expect((await here.readable()).earlier.map((e) => e.fingerprint)).toHaveLength(2);
    expect([(await here.readable()).pgp.fingerprint, ...(await here.readable()).earlier.map((e) => e.fingerprint)]).toContain(first);
    expect(readdirSync(folder).filter((name) => name.endsWith('.sealed'))).toEqual(['signing.2.sealed']);
  });

  it('a process that slept through two exchanges does not put its own in their place', async () => {
    const folder = join((await ground()).folder, 'apart');
    const shelf = () => openShelf({ folder, safe: { seal: (b) => b, open: (b) => b }, world: { random: (n) => new Uint8Array(randomBytes(n)) } });
    const [quick, slow] = [await shelf(), await shelf()];
    for (const n of [0, 1, 2]) expect(await quick.replace(n - 1, Uint8Array.of(n))).toBe(true);
    expect(await slow.replace(0, Uint8Array.of(9))).toBe(false);
    expect(await slow.latest()).toEqual({ version: 2, bytes: new Uint8Array([2]) });
    expect(readdirSync(folder).filter((name) => name.startsWith('signing.'))).toEqual(['signing.2.sealed']);
  });

  it('signs from then on, names the author, and cannot be encrypted to although it could before', async () => {
    const identity = await (await ground()).open();
    const { privateKey } = await made({}, 'secret');
    expect(await identity.bring({ pgp: privateKey, passphrase: 'wrong' }, IVY)).toMatchObject({ code: 'passphrase-wrong' });
    expect(await identity.bring({ pgp: privateKey, passphrase: 'secret' }, IVY)).toMatchObject({ kind: 'pgp' });
    const { key, published, fingerprint } = await identity.pgp(ANA);
    expect((await readPrivateKey({ armoredKey: privateKey })).getFingerprint()).toBe(fingerprint);
    const signed = await sign({ message: await createMessage({ text: 'hello' }), signingKeys: await readPrivateKey({ binaryKey: key }), date: new Date(NOW) });
    const verdict = await verify({ message: await readMessage({ armoredMessage: signed }), verificationKeys: await readKey({ binaryKey: published }), date: new Date(NOW) });
    expect(await verdict.signatures[0]!.verified).toBe(true);
    for (const bytes of [published, identity.published().pgp]) await expect((await readKey({ binaryKey: bytes })).getEncryptionKey(undefined, new Date(NOW))).rejects.toThrow();
    expect((await readKey({ binaryKey: published })).getUserIDs().join()).toContain('ana.ruiz@riverside.test');
  });

  it('the locked version 6 key of RFC 9580 opens by its passphrase alone, and is too new for those who read us; in the form of appendix A.5, which takes two gigabytes, it is not tried', async () => {
    const identity = await (await ground()).open();
    const { locked, lockedForConstrained, passphrase } = JSON.parse(readFileSync(join(import.meta.dirname, '../../vectors/rfc9580.json'), 'utf8')) as { readonly [name: string]: string };
    expect(await identity.bring({ pgp: locked!, passphrase: passphrase! }, IVY)).toMatchObject({ code: 'key-locked-too-hard' });
    expect(await identity.bring({ pgp: lockedForConstrained!, passphrase: 'correct horse' }, IVY)).toMatchObject({ code: 'passphrase-wrong' });
    expect(await identity.bring({ pgp: lockedForConstrained!, passphrase: passphrase! }, IVY)).toMatchObject({ code: 'key-too-new' });
  });

  it('is published under the addresses of our own domains alone', async () => {
    const identity = await (await ground()).open();
    const names = [{ name: 'Ana', email: 'ana@elsewhere.test' }, { name: 'Riverside', email: 'Post@Mail.Riverside.test' }, { name: 'Gina', email: 'gina@keyring.test' }, { email: 'secure@riverside.test' }];
    expect(await identity.bring({ pgp: (await made({ userIDs: names }, 'secret')).privateKey, passphrase: 'secret' }, IVY)).toMatchObject({ kind: 'pgp' });
    const shown = await readKey({ armoredKey: (await identity.readable()).pgp.key });
    expect(shown.users.map((u) => u.userID?.email)).toEqual(['Post@Mail.Riverside.test', 'secure@riverside.test']);
    for (const bytes of [identity.published().pgp, (await identity.pgp(ANA)).published, (await identity.pgp(ANA)).key]) expect(Buffer.from(bytes).toString('latin1')).not.toMatch(/elsewhere|gina/i);
    await expect(shown.verifyPrimaryKey(new Date(NOW))).resolves.toBeUndefined();
  });

  it('is unlocked beside everybody else\'s mail', async () => {
    const identity = await (await ground()).open();
    const { lockedForConstrained } = JSON.parse(readFileSync(join(import.meta.dirname, '../../vectors/rfc9580.json'), 'utf8')) as { readonly [name: string]: string };
    const spent = () => { const { user, system } = process.threadCpuUsage(); return user + system; };
    const whole = () => { const { user, system } = process.cpuUsage(); return user + system; };
    const from = [spent(), whole()] as const;
    await identity.bring({ pgp: lockedForConstrained!, passphrase: 'correct horse' }, IVY);
    // Most of the work was another thread's.
    expect(spent() - from[0]).toBeLessThan((whole() - from[1]) / 2);
  });

  it('ends for whoever finds it when it ends', async () => {
    const identity = await (await ground()).open();
    const { privateKey } = await made({ keyExpirationTime: 30 * 86_400 });
    await identity.bring({ pgp: privateKey, passphrase: '' }, IVY);
    const ends = await (await readPrivateKey({ armoredKey: privateKey })).getExpirationTime();
    expect(ends).toBeInstanceOf(Date);
    const onTheWeb = await identity.onTheWeb('riverside.test', wkdHash('ana.ruiz'), 'ana.ruiz');
    for (const key of [onTheWeb!, (await identity.pgp(ANA)).published, identity.published().pgp]) expect(await (await readKey({ binaryKey: key })).getExpirationTime()).toEqual(ends);
  });

  it.each<[string, () => Promise<string>, string]>([
    ['a public key', async () => (await made({})).publicKey, 'key-malformed'],
    ['words', async () => 'hello', 'key-malformed'],
    ['a key that GnuPG 2.2 verifies nothing of', async () => (await made({ type: 'curve25519', curve: undefined })).privateKey, 'key-too-new'],
    ['a key whose primary half is kept elsewhere', async () => {
      const key = await readPrivateKey({ armoredKey: (await made({})).privateKey });
      (key.keyPacket as SecretKeyPacket).makeDummy();
      return key.armor();
    }, 'key-cannot-sign'],
    ['a key of another organisation', async () => (await made({ userIDs: [{ name: 'Riverside', email: 'secure@elsewhere.test' }] })).privateKey, 'key-other-address'],
    ['a key with a name alone', async () => (await made({ userIDs: [{ name: 'secure@riverside.test', email: 'secure@elsewhere.test' }] })).privateKey, 'key-other-address'],
    ['an expired key', async () => (await made({ keyExpirationTime: 3600 })).privateKey, 'key-expired'],
    ['a key whose primary encrypts', async () => (await generateKey({ type: 'rsa', rsaBits: 2048, userIDs: [{ email: 'secure@riverside.test' }], subkeys: [], date: new Date(NOW - 86_400_000), format: 'armored' })).privateKey, 'ok'],
  ])('%s: %s', async (_, key, code) => {
    const identity = await (await ground()).open();
    const done = await identity.bring({ pgp: await key(), passphrase: '' }, IVY);
    if (code !== 'ok') expect(done).toMatchObject({ kind: 'refused', code });
    // Whatever was taken, nobody can encrypt to what we publish.
    await expect((await readKey({ binaryKey: identity.published().pgp })).getEncryptionKey(undefined, new Date(NOW))).rejects.toThrow();
  });
});

describe.skipIf(!tool('gpg', 'revocation of our own OpenPGP key as GnuPG reads it'))('an OpenPGP key of ours that ends', () => {
  const gpg = (home: string, ...args: string[]): string => {
    const { stdout, stderr } = spawnSync('gpg', ['--homedir', home, '--batch', '--no-auto-check-trustdb', '--status-fd', '1', ...args], { encoding: 'utf8' });
    return stdout + stderr;
  };
  it.each([['superseded', undefined, 'EXPKEYSIG', { expired: true }], ['compromised', 'compromised', 'REVKEYSIG', { revoked: 'compromised' }]] as const)('is published behind the one that signs, %s: who had it hears of it, and reads the new one', async (said, why, status, shown) => {
    const { open, folder, world, log } = await ground();
    const identity = await open();
    const home = join(folder, 'gpg');
    mkdirSync(home, { mode: 0o700 });
    onTestFinished(() => { spawnSync('gpgconf', ['--homedir', home, '--kill', 'all']); });
    const file = (name: string, bytes: Uint8Array | string) => { writeFileSync(join(folder, name), bytes); return join(folder, name); };
    const signed = async (name: string) => file(name, await sign({ message: await createMessage({ text: 'x' }), signingKeys: await readPrivateKey({ binaryKey: (await identity.pgp(ANA)).key }), detached: true, date: new Date(world.clock) }));
    const web = async () => file('web', (await identity.onTheWeb('riverside.test', wkdHash('ana.ruiz'), 'ana.ruiz'))!);
    const text = file('text', 'x');
    const first = (await identity.readable()).pgp.fingerprint;
    const before = await signed('before');
    gpg(home, '--import', await web());
    expect(gpg(home, '--faked-system-time', String(Math.floor(world.clock / 1000)), '--verify', before, text)).toContain('GOODSIG');
    world.clock += 60_000;
    await identity.rotate('pgp', IVY, why);
    expect(log.at(-1)!.event.facts).toMatchObject({ kind: 'pgp', why: said });
    world.clock += 60_000;
    // As GnuPG's own look-up keeps what it fetched: names of other people are left out.
    expect(gpg(home, '--import-options', 'import-clean', '--import-filter', 'keep-uid=mbox = ana.ruiz@riverside.test', '--import', await web())).toContain('IMPORTED');
    const now = ['--faked-system-time', String(Math.floor(world.clock / 1000))];
    expect(gpg(home, ...now, '--verify', before, text)).toContain(status);
    expect(gpg(home, ...now, '--verify', await signed('after'), text)).toContain('GOODSIG');
    const packets = gpg(home, '--list-packets', join(folder, 'web'));
    if (said === 'superseded') expect(packets).not.toContain('sigclass 0x20');
    else expect(packets).toMatch(/sigclass 0x20[^]*subpkt 29 len \d+ \(revocation reason 0x02/);
    expect((await identity.readable()).earlier).toEqual([{ kind: 'pgp', fingerprint: first, text: expect.any(String), ended: expect.any(String), ...shown }]);
    // Others read it alike: what was signed before it ended was signed by a key that stood.
    const [{ verified } = { verified: Promise.reject(new Error('none')) }] = (await verify({ message: await createMessage({ text: 'x' }), signature: await readSignature({ armoredSignature: readFileSync(before, 'utf8') }), verificationKeys: await readKey({ armoredKey: (await identity.readable()).earlier[0]!.text }), date: new Date(world.clock) })).signatures;
    await (said === 'superseded' ? expect(verified).resolves.toBe(true) : expect(verified).rejects.toThrow());
    expect(readdirSync(folder).filter((name) => name.endsWith('.sealed'))).toEqual(['signing.1.sealed']);
  });

  it('brought again with a longer life, it is not revoked; brought after it ended, it is not taken', async () => {
    const { open, world } = await ground();
    const identity = await open();
    const made = await generateKey({ type: 'ecc', curve: 'ed25519Legacy', userIDs: [{ email: 'secure@riverside.test' }], subkeys: [], date: new Date(NOW - YEAR), keyExpirationTime: 3 * YEAR / 1000, format: 'object' });
    const longer = (await reformatKey({ privateKey: made.privateKey, userIDs: [{ email: 'secure@riverside.test' }], keyExpirationTime: 5 * YEAR / 1000, date: new Date(NOW - 1000), format: 'armored' })).privateKey;
    expect(await identity.bring({ pgp: made.privateKey.armor(), passphrase: '' }, IVY)).toMatchObject({ kind: 'pgp' });
    expect(await identity.bring({ pgp: longer, passphrase: '' }, IVY)).toMatchObject({ kind: 'pgp' });
    expect((await identity.readable()).earlier).toHaveLength(1);
    world.clock += 60_000;
    await identity.rotate('pgp', IVY);
    expect(await identity.bring({ pgp: longer, passphrase: '' }, IVY)).toMatchObject({ code: 'key-expired' });
  });

  it('whatever its life was: it ends when it is exchanged, or when it had ended before; and what is revoked is told of first', async () => {
    const { open, world } = await ground();
    const identity = await open();
    const bring = async (days: number, seconds: number) => {
      const { privateKey } = await generateKey({ type: 'ecc', curve: 'ed25519Legacy', userIDs: [{ email: 'secure@riverside.test' }], subkeys: [], date: new Date(world.clock - seconds * 1000), keyExpirationTime: days * 86_400, format: 'armored' });
      expect(await identity.bring({ pgp: privateKey, passphrase: '' }, IVY)).toMatchObject({ kind: 'pgp' });
    };
    const lastDay = async () => ((await (await readKey({ armoredKey: (await identity.readable()).earlier[0]!.text })).getExpirationTime()) as Date).getTime();
    await identity.rotate('pgp', IVY, 'compromised');
    for (const [days, seconds, later, ends] of [[0, 60, 60_000, 60_000], [10, 60, 60_000, 60_000], [1, 60, 2 * 86_400_000, 86_400_000 - 60_000], [0, 0, 0, 1000]] as const) {
      await bring(days, seconds);
      const from = world.clock;
      world.clock += later;
      await identity.rotate('pgp', IVY);
      expect((await identity.readable()).earlier[0]).toMatchObject({ expired: true });
      expect(await lastDay()).toBe(Math.floor((from + ends) / 1000) * 1000);
    }
    const keys = await readKeys({ binaryKeys: (await identity.onTheWeb('riverside.test', wkdHash('ana'), 'ana'))! });
    expect(await Promise.all(keys.map((key) => key.isRevoked(undefined, undefined, new Date(world.clock))))).toEqual([false, true, ...keys.slice(2).map(() => false)]);
    expect(keys).toHaveLength(10);
  });
});

describe.skipIf(!tool('openssl', 'the list of what our own authority took back as OpenSSL reads it'))('our authority\'s list of what it took back', () => {
  const AT = 'http://lists.test/crl/';
  async function listing() {
    const { folder, world } = await ground();
    const store = await openStore({ folder: join(folder, 'data'), rooms, world, strictEvents: true });
    onTestFinished(() => store.close());
    const vault = await vaultIn(world);
    const drafts: EventDraft[] = [];
    const audit = { prepared: async (draft: EventDraft): Promise<PreparedEvent> => {
      drafts.push(draft);
      return { id: `evt_${randomBytes(8).toString('hex')}`, time: NOW, type: draft.type, outcome: draft.outcome, actor: draft.actor.id, message: 'msg_none', item: null, leaf: '{}', sealed: null, kid: 'month' };
    } };
    const open = async () => openIdentity({ world, safe: await safeOf(vault, join(folder, 'own')), folder: join(folder, 'own'), organisation, ownDomains: ['riverside.test'], lists: { at: AT, book: openBook({ store, vault, audit, world }) }, noted: noting({ store, audit }) });
    const file = (name: string, bytes: Uint8Array | string) => { writeFileSync(join(folder, name), bytes); return join(folder, name); };
    const pemOf = (der: Uint8Array) => `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64').match(/.{1,64}/g)!.join('\n')}\n-----END CERTIFICATE-----\n`;
    /** what OpenSSL says of a certificate at that moment, by this list alone */
    const says = (leaf: Uint8Array, authority: Uint8Array, list: Uint8Array): string => {
      const { status, stderr } = spawnSync('openssl', ['verify', '-purpose', 'smimesign', '-crl_check', '-attime', String(Math.floor(world.clock / 1000)), '-CAfile', file('ca', pemOf(authority)), '-CRLfile', file('list', `-----BEGIN X509 CRL-----\n${Buffer.from(list).toString('base64').match(/.{1,64}/g)!.join('\n')}\n-----END X509 CRL-----\n`), file('leaf', pemOf(leaf))], { encoding: 'utf8' });
      return status === 0 ? 'good' : /certificate revoked/.test(stderr) ? 'revoked' : stderr;
    };
    const words = (list: Uint8Array) => execFileSync('openssl', ['crl', '-inform', 'DER', '-in', file('der', list), '-noout', '-text'], { encoding: 'utf8' });
    /** as a recipient's service hears of it */
    const heard = async (leaf: Uint8Array, authority: Uint8Array, list: Uint8Array | null) => (await openRevocation({
      world: { now: world.now, random: world.random, fetch: async (url) => ({ status: list !== null && url.startsWith(AT) ? 200 : 404, body: list ?? new Uint8Array() }) as never }, cache: { get: async () => null, set: async () => undefined },
    }).check(readCertificate(leaf)!, [readCertificate(authority)!], 20_000)).status;
    return { open, world, drafts, says, words, heard };
  }
  const NOOR = { address: 'noor.haddad@riverside.test', name: 'Noor Haddad' };

  it('names whom it vouches for no more, for every certificate that was issued for them, and nobody else', async () => {
    const { open, world, drafts, says, words, heard } = await listing();
    const [identity, other] = [await open(), await open()];
    const { authority } = identity.published();
    const name = createHash('sha256').update(authority).digest('hex');
    const ana = [(await identity.smime(ANA)).certificate, (await other.smime({ address: ANA.address })).certificate];
    const noor = (await identity.smime(NOOR)).certificate;
    expect(drafts.filter((d) => d.type === 'key.issued').map((d) => [d.sealed?.['address'], d.facts?.['serial']])).toEqual([...ana, noor].map((c, i) => [i < 2 ? 'ana.ruiz@riverside.test' : NOOR.address, new X509Certificate(c).serialNumber.toLowerCase()]));
    for (const c of [...ana, noor]) expect([says(c, authority, (await identity.list(name))!), await heard(c, authority, await identity.list(name))]).toEqual(['good', 'good']);
    world.clock += 1000;
    expect(await identity.withdraw('vouching', 'Ana.Ruiz@riverside.test', IVY)).toMatchObject({ kind: 'authority' });
    expect(await identity.withdraw('vouching', 'ana.ruiz@riverside.test', IVY)).toMatchObject({ code: 'not-found' });
    expect(await identity.withdraw('vouching', 'eve@elsewhere.test', IVY)).toMatchObject({ code: 'not-found' });
    expect(drafts.at(-1)).toMatchObject({ type: 'key.own_withdrawn', actor: { id: IVY }, facts: { kind: 'authority' } });
    for (const who of [identity, other, await open()]) {
      await expect(who.smime(ANA)).rejects.toMatchObject({ code: 'signer-ended' });
      await expect(who.pgp(ANA)).rejects.toMatchObject({ code: 'signer-ended' });
      expect(await who.onTheWeb('riverside.test', wkdHash('ana.ruiz'), 'ana.ruiz')).toBeNull();
      expect(await who.onTheWeb('riverside.test', wkdHash('noor.haddad'), 'noor.haddad')).not.toBeNull();
      const list = (await who.list(name))!;
      for (const c of ana) expect([says(c, authority, list), await heard(c, authority, list)]).toEqual(['revoked', 'revoked']);
      expect([says(noor, authority, list), await heard(noor, authority, list)]).toEqual(['good', 'good']);
      expect(words(list)).toMatch(/Issuing Distribution Point: critical[^]*lists\.test[^]*Affiliation Changed/);
    }
    expect((await identity.smime(NOOR)).certificate).toEqual(noor);
    expect(await identity.list('0'.repeat(64))).toBeNull();
  });

  it.each([['superseded', 'good'], ['compromised', 'revoked']] as const)('an authority that is exchanged, %s, tells for the last time, as long as anything it issued lives', async (why, said) => {
    const { open, world, says, heard } = await listing();
    const identity = await open();
    const { authority } = identity.published();
    const name = createHash('sha256').update(authority).digest('hex');
    const leaf = (await identity.smime(ANA)).certificate;
    await identity.rotate('smime', IVY, why);
    world.clock += YEAR;
    const list = (await (await open()).list(name))!;
    expect([says(leaf, authority, list), await heard(leaf, authority, list)]).toEqual([said, said]);
    const now = (await identity.smime(ANA)).certificate;
    const next = identity.published().authority;
    expect(says(now, next, (await identity.list(createHash('sha256').update(next).digest('hex')))!)).toBe('good');
    expect(JSON.stringify(await identity.readable())).not.toContain('"list"');
  });

  it('each has a higher number than the one before, whoever writes it and whatever the clocks say', async () => {
    const { open, world, words } = await listing();
    const [identity, other] = [await open(), await open()];
    const name = createHash('sha256').update(identity.published().authority).digest('hex');
    const number = (list: Uint8Array | null): number => Number(/CRL Number:\s+(\d+)/.exec(words(list!))![1]);
    // However many ask at once, one is signed.
    const [first, ...same] = (await Promise.all([1, 2, 3].map(() => identity.list(name)))).map(number) as [number, ...number[]];
    expect(same).toEqual([first, first]);
    expect([first >= Math.floor(NOW / 1000), number(await identity.list(name))]).toEqual([true, first]);
    const seen = [first, number(await other.list(name))];
    await identity.withdraw('vouching', ANA.address, IVY);
    seen.push(number(await other.list(name)), number(await identity.list(name)));
    world.clock -= 86_400_000;
    await other.withdraw('vouching', NOOR.address, IVY);
    seen.push(number(await other.list(name)));
    world.clock += 3 * 86_400_000;
    seen.push(number(await identity.list(name)));
    await identity.rotate('smime', IVY);
    seen.push(number(await other.list(name)));
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
    expect(seen.at(-1)! - first).toBeGreaterThan(86_400);
  });

  it('an authority that comes back brings back nothing that it took back, nor one that somebody else may have itself', async () => {
    const { open, world, says, words } = await listing();
    const identity = await open();
    const made = smimeAuthority('Riverside Issuing', NOW);
    const name = createHash('sha256').update(new X509Certificate(made.certificate).raw).digest('hex');
    const folder = mkdtempSync(join(tmpdir(), 'ss-p12-'));
    folders.push(folder);
    writeFileSync(join(folder, 'cert'), made.certificate);
    writeFileSync(join(folder, 'key'), made.key);
    execFileSync('openssl', ['pkcs12', '-export', '-inkey', join(folder, 'key'), '-in', join(folder, 'cert'), '-out', join(folder, 'out'), '-passout', 'pass:x'], { stdio: 'pipe' });
    const bring = () => identity.bring({ pkcs12: new Uint8Array(readFileSync(join(folder, 'out'))), passphrase: 'x' }, IVY);
    expect(await bring()).toMatchObject({ kind: 'authority' });
    const { authority } = identity.published();
    const leaf = (await identity.smime(ANA)).certificate;
    world.clock += 1000;
    expect(await identity.withdraw('vouching', ANA.address, IVY)).toMatchObject({ kind: 'authority' });
    // Once more while it stands, and once more after another one.
    for (const meanwhile of [async () => undefined, () => identity.rotate('smime', IVY)]) {
      await meanwhile();
      world.clock += 1000;
      expect(await bring()).toMatchObject({ kind: 'authority' });
      expect(says(leaf, authority, (await identity.list(name))!)).toBe('revoked');
      await expect(identity.smime(ANA)).rejects.toMatchObject({ code: 'signer-ended' });
    }
    await identity.rotate('smime', IVY, 'compromised');
    expect(await bring()).toMatchObject({ kind: 'refused', code: 'key-revoked' });
    expect(words((await identity.list(name))!)).toContain('Key Compromise');
    expect(JSON.stringify(await identity.readable())).not.toContain(ANA.address);
  });

  it('one that may not sign lists names none, and nobody is told of one where none is reached', async () => {
    const { open } = await listing();
    const identity = await open();
    const made = smimeAuthority('Public Mail Authority', NOW).below('Riverside Issuing', { usage: USAGE.keyCertSign });
    const names = (der: Uint8Array) => Buffer.from(der).includes(AT);
    expect(names((await identity.smime(ANA)).certificate)).toBe(true);
    const folder = mkdtempSync(join(tmpdir(), 'ss-p12-'));
    folders.push(folder);
    writeFileSync(join(folder, 'cert'), made.certificate);
    writeFileSync(join(folder, 'key'), made.key);
    execFileSync('openssl', ['pkcs12', '-export', '-inkey', join(folder, 'key'), '-in', join(folder, 'cert'), '-out', join(folder, 'out'), '-passout', 'pass:x'], { stdio: 'pipe' });
    expect(await identity.bring({ pkcs12: new Uint8Array(readFileSync(join(folder, 'out'))), passphrase: 'x' }, IVY)).toMatchObject({ kind: 'authority' });
    expect(names((await identity.smime(ANA)).certificate)).toBe(false);
    expect(names((await (await (await ground()).open()).smime(ANA)).certificate)).toBe(false);
  });
});

it('signs nothing with what has ended: readers would call it forged', async () => {
  const { open, world } = await ground();
  const identity = await open();
  const pgp = await generateKey({ type: 'ecc', curve: 'ed25519Legacy', userIDs: [{ email: organisation.address }], subkeys: [], keyExpirationTime: 86_400, date: new Date(NOW - 1000), format: 'armored' });
  expect(await identity.bring({ pgp: pgp.privateKey, passphrase: '' }, IVY)).toMatchObject({ kind: 'pgp' });
  await identity.pgp(ANA);
  world.clock = NOW + 86_400_000;
  await expect(identity.pgp(ANA)).rejects.toMatchObject({ code: 'signer-ended' });
  // What it signed before is still looked for.
  expect(await identity.onTheWeb('riverside.test', wkdHash('ana'), 'ana')).not.toBeNull();
  await identity.smime(ANA);
  world.clock = Date.parse(new X509Certificate(identity.published().authority).validTo) + 1000;
  await expect(identity.smime(ANA)).rejects.toMatchObject({ code: 'signer-ended' });
  expect(await identity.rotate('smime', IVY)).toMatchObject({ kind: 'authority' });
  await identity.smime(ANA);
});

it('is found on the web under the addresses of our own domains only', async () => {
  const identity = await (await ground()).open();
  const uids = async (domain: string, local: string, hash = wkdHash(local), said: string | null = local) => {
    const key = await identity.onTheWeb(domain, hash, said ?? undefined);
    return key === null ? null : (await readKey({ binaryKey: key })).getUserIDs().join();
  };
  expect(await uids('riverside.test', 'Ana.Ruiz')).toContain('ana.ruiz@riverside.test');
  expect(await uids('riverside.test', 'secure', wkdHash('secure'), null)).toContain('secure@riverside.test');
  expect(await uids('elsewhere.test', 'ana')).toBeNull();
  expect(await uids('riverside.test', 'ana', wkdHash('other'))).toBeNull();
  expect(await uids('riverside.test', 'ana', wkdHash('ana'), null)).toBeNull();
  expect(await uids('riverside.test', 'a b\r\nc')).toBeNull();
});
