/**
 * Two thousand pieces of broken input: certificates, bundles, OpenPGP keys, CMS and OpenPGP messages, each changed somewhere by a seeded die. Nothing may
 * crash or hang, and nothing changed may be taken for good. A failure names its seed.
 */
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readKey, readPrivateKey } from 'openpgp';
import { describe, expect, it } from 'vitest';
import { openCms } from '../../../lab/post/cms.ts';
import { openMessage } from '../../../lab/post/opened.ts';
import { pgpPerson, smimeAuthority } from '../../../lab/people.keys.ts';
import { judgePgp, pgpKeysIn } from '../../../service/keys/pgp.ts';
import { certificatesIn, readCertificate } from '../../../service/keys/trust.read.ts';
import { judgeCertificate } from '../../../service/keys/trust.ts';
import { collect, flat } from '../../../service/seal/flow.ts';
import { pgpEntity, pgpMessage } from '../../../service/seal/pgp.ts';
import { enveloped } from '../../../service/seal/smime.ts';
import { tool } from '../../tools.ts';
import { NOW } from './ground.ts';

const SAM = 'sam.park@stmarys.test';
const GINA = 'gina.holt@keyring.test';
const EACH = 400;

/** Numbers of a small generator (mulberry32), so that a seed is a case. */
function dice(seed: number): (below: number) => number {
  let state = (seed * 2_654_435_761) >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

function mutated(bytes: Uint8Array, seed: number): Uint8Array {
  const roll = dice(seed);
  const at = roll(bytes.length);
  const some = 1 + roll(40);
  const before = bytes.subarray(0, at);
  switch (roll(6)) {
    case 0: return Buffer.concat([before, Uint8Array.of(bytes[at]! ^ (1 << roll(8))), bytes.subarray(at + 1)]);
    case 1: return Buffer.concat([before, Uint8Array.of((bytes[at]! + 1 + roll(255)) & 255), bytes.subarray(at + 1)]);
    case 2: return Buffer.concat([before, bytes.subarray(Math.min(bytes.length, at + some))]);
    case 3: return Buffer.concat([before, Uint8Array.from({ length: some }, () => roll(256)), bytes.subarray(at)]);
    case 4: return Buffer.from(before);
    // a length that lies: the high bytes of what may be one
    default: return Buffer.concat([before, Uint8Array.of(0x84, 0x7f, 0xff, roll(256), roll(256)), bytes.subarray(at)]);
  }
}

const each = (bytes: Uint8Array): [number, Uint8Array][] => Array.from({ length: EACH }, (_, seed) => [seed, mutated(bytes, seed)]);
const der = (pem: string): Uint8Array => new Uint8Array(new X509Certificate(pem).raw);

describe(`${5 * EACH} mutations`, () => {
  const ca = smimeAuthority('Lab Mail Authority', NOW);
  const anchors = certificatesIn(Buffer.from(ca.certificate)).map((c) => readCertificate(c)!);
  const sam = ca.person('Sam Park', SAM);

  it('certificates', () => {
    const whole = der(sam.certificate);
    expect(judgeCertificate(readCertificate(whole)!, [], anchors, SAM, NOW).detail).toBe('trusted');
    for (const [seed, bytes] of each(whole)) {
      for (const found of certificatesIn(bytes)) {
        const leaf = readCertificate(found);
        if (leaf !== null && !Buffer.from(leaf.x509.raw).equals(Buffer.from(whole))) expect(judgeCertificate(leaf, [], anchors, SAM, NOW).unusable, `seed ${seed}`).toBeDefined();
      }
    }
  });

  it.skipIf(!tool('openssl', 'whether broken PKCS#7 is refused'))('bundles of certificates', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ss-fuzz-'));
    writeFileSync(join(folder, 'pem'), sam.certificate + ca.certificate);
    const bundle = new Uint8Array(spawnSync('openssl', ['crl2pkcs7', '-nocrl', '-certfile', join(folder, 'pem'), '-outform', 'DER']).stdout);
    rmSync(folder, { recursive: true });
    const whole = der(sam.certificate);
    expect(certificatesIn(bundle).length).toBe(2);
    for (const [seed, bytes] of each(bundle)) {
      for (const found of certificatesIn(bytes)) {
        const leaf = readCertificate(found);
        if (leaf !== null && !Buffer.from(leaf.x509.raw).equals(Buffer.from(whole))) expect(judgeCertificate(leaf, [], anchors, SAM, NOW).unusable, `seed ${seed}`).toBeDefined();
      }
    }
  });

  it('OpenPGP keys', async () => {
    const whole = await readKey({ armoredKey: (await pgpPerson('Gina Holt', GINA, 'ecc', NOW)).publicKey });
    const genuine = (await whole.getEncryptionKey(undefined, new Date(NOW))).getFingerprint();
    let readable = 0;
    for (const [seed, bytes] of each(whole.write())) {
      for (const read of await pgpKeysIn(bytes)) {
        readable += 1;
        if ((await judgePgp(read.key, GINA, NOW)).unusable !== undefined) continue;
        // What no signature covers may change (RFC 9580 §5.2.3.7); the key that is encrypted to may not.
        expect((await read.key.getEncryptionKey(undefined, new Date(NOW))).getFingerprint(), `seed ${seed}`).toBe(genuine);
      }
    }
    expect(readable).toBeGreaterThan(EACH / 10);
  });

  it('CMS messages', () => {
    const words = Buffer.from('Content-Type: text/plain\r\n\r\nPotassium 5.9.\r\n'.repeat(20));
    const whole = collect(enveloped(flat(words), { id: 'k', certificate: der(sam.certificate), gcm: true, oaep: false }).content);
    const key = createPrivateKey(sam.key);
    expect(openCms(whole, key).content.equals(words)).toBe(true);
    for (const [seed, bytes] of each(whole)) {
      let opened: Buffer | null = null;
      try {
        opened = openCms(bytes, key).content;
      } catch {
        // refused, as it should be
      }
      // What lies behind or beside the sealed content may have changed; the words may not.
      if (opened !== null) expect(opened.equals(words), `seed ${seed}`).toBe(true);
    }
  });

  it('OpenPGP messages', async () => {
    const [gina, clinic] = [await pgpPerson('Gina Holt', GINA, 'ecc', NOW), await pgpPerson('Clinic', 'secure@riverside.test', 'ecc', NOW)];
    const signer = { key: (await readPrivateKey({ armoredKey: clinic.privateKey })).write(), fingerprint: '', published: new Uint8Array() };
    const words = 'Content-Type: text/plain; hp="cipher"\r\n\r\nPotassium 5.9.\r\n';
    const message = await pgpMessage(flat(Buffer.from(words)), { id: 'k', key: (await readKey({ armoredKey: gina.publicKey })).write() }, signer, NOW);
    const entity = pgpEntity(message.armored);
    const whole = Buffer.concat([Buffer.from(`From: a@b.test\r\nMIME-Version: 1.0\r\nContent-Type: ${entity.contentType}\r\n\r\n`), collect(entity.body)]);
    expect(await openMessage(whole, { pgp: gina.privateKey })).toMatchObject({ trouble: null, text: 'Potassium 5.9.\n' });
    for (const [seed, bytes] of each(whole)) {
      const { trouble, text } = await openMessage(bytes, { pgp: gina.privateKey });
      if (trouble === null && text.includes('Potassium')) expect(text, `seed ${seed}`).toBe('Potassium 5.9.\n');
    }
  });
});
