import { X509Certificate, createPrivateKey, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readKey, readPrivateKey } from 'openpgp';
import { afterEach, expect, it } from 'vitest';
import { openIdentity, safeOf } from '../../../service/keys/identity.ts';
import { readCertificate } from '../../../service/keys/trust.read.ts';
import { judgeCertificate } from '../../../service/keys/trust.ts';
import { USAGE } from '../../../service/keys/trust.certificate.ts';
import { NOW, vaultIn } from './ground.ts';

const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((f) => rmSync(f, { recursive: true, force: true })));

const YEAR = 365 * 86_400_000;
const ANA = { address: 'Ana.Ruiz@riverside.test', name: 'Dr. Ana Ruiz' };
const organisation = { name: 'Riverside Clinic', address: 'secure@riverside.test' };

async function ground() {
  const folder = mkdtempSync(join(tmpdir(), 'ss-identity-'));
  folders.push(folder);
  const world = { clock: NOW, now: () => world.clock, random: (n: number) => new Uint8Array(randomBytes(n)) };
  const vault = await vaultIn(world);
  const open = async () => openIdentity({ world, safe: await safeOf(vault, join(folder, 'identity')), folder: join(folder, 'identity'), organisation });
  return { folder: join(folder, 'identity'), world, open };
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
  expect([before.fresh, after.fresh]).toEqual([true, false]);
  expect(after.published()).toEqual(before.published());
  expect(await after.smime(ANA)).toEqual(await before.smime(ANA));
  const [old, young] = [await before.pgp(ANA), await after.pgp(ANA)];
  // Signatures over names carry a salt; the key under them is the same.
  expect([young.key, young.fingerprint]).toEqual([old.key, old.fingerprint]);
});

it('is one, however many processes start at once', async () => {
  const { open, folder } = await ground();
  await open().then((first) => first);
  rmSync(join(folder, 'signing.sealed'));
  const all = await Promise.all([open(), open(), open()]);
  expect(new Set(all.map((i) => Buffer.from(i.published().authority).toString('hex'))).size).toBe(1);
  expect(all.filter((i) => i.fresh)).toHaveLength(1);
  expect(readdirSync(folder).sort()).toEqual(['signing.sealed', 'signing.wrapped']);
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
    expect(bytes.toString('latin1')).not.toMatch(/riverside|Ana/i);
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
