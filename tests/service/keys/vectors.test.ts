/** Certificates and keys that others made: RFC 9216's identities, RFC 9788's mail that one of them signed, and the OpenPGP keys of go-crypto. Source and licence stand in the files. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findKey } from '../../../service/keys/admission/admission.ts';
import { keysInMail } from '../../../service/keys/discovery/mail.ts';
import { judgePgp, pgpKeysIn } from '../../../service/keys/pgp.ts';
import { certificatesIn, readCertificate } from '../../../service/keys/trust.read.ts';
import { judgeCertificate } from '../../../service/keys/trust.ts';
import { NOW } from './ground.ts';

const vectors = (name: string) => JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'vectors', name), 'utf8'));
const { identities } = vectors('rfc9216.json') as { readonly identities: { readonly [name: string]: string } };
const { keys } = vectors('openpgp.json') as { readonly keys: { readonly [name: string]: string } };

const certificate = (name: string) => readCertificate(certificatesIn(Buffer.from(identities[name]!))[0]!)!;

describe('RFC 9216', () => {
  it.each([
    ['aliceEncrypt', 'alice@smime.example', 'rsaAuthority', [], 'trusted'],
    ['bobEncrypt', 'bob@smime.example', 'rsaAuthority', [], 'trusted'],
    ['bobEncrypt', 'bob@smime.example', 'ed25519Authority', ['rsaAuthorityCrossSigned'], 'trusted'],
    ['bobEncrypt', 'bob@smime.example', 'ed25519Authority', [], 'no-path'],
    ['bobEncrypt', 'alice@smime.example', 'rsaAuthority', [], 'address'],
    ['aliceSign', 'alice@smime.example', 'rsaAuthority', [], 'usage'],
    ['bobSign', 'bob@smime.example', 'rsaAuthority', [], 'usage'],
    // Neither Thunderbird 153 nor OpenSSL 3.0 opens CMS for curve 25519.
    ['carlosEncrypt', 'carlos@smime.example', 'ed25519Authority', [], 'algorithm'],
    ['danaEncrypt', 'dana@smime.example', 'ed25519Authority', [], 'algorithm'],
    ['danaSign', 'dana@smime.example', 'ed25519Authority', [], 'algorithm'],
  ] as const)('%s for %s under %s with %j: %s', (name, address, anchor, others, detail) => {
    expect(judgeCertificate(certificate(name), others.map(certificate), [certificate(anchor)], address, NOW).detail).toBe(detail);
  });
});

describe('RFC 9788, appendix C.2', () => {
  const { messages } = vectors('rfc9788.json') as { readonly messages: { readonly [name: string]: string } };
  const ALICE = 'alice@smime.example';
  const roots = [certificate('rsaAuthority')];
  const harvested = (mail: string) => keysInMail(Buffer.from(mail, 'latin1'), roots, NOW);
  /** the first From of the mail stands outside */
  const sentOnBy = (mail: string, who: string) => mail.replace(/^From: .*$/m, `From: ${who}`);
  it.each(['smime-one-part-hp', 'smime-multipart-hp'])('%s brings the certificate that Alice is written to with, from her alone', async (name) => {
    const mail = messages[name]!;
    const [arrival, ...more] = harvested(mail);
    expect([arrival?.address, arrival?.source.trust, more]).toEqual([ALICE, 'harvested', []]);
    expect(await findKey(arrival!.hits[0]!.bytes, ALICE, roots, NOW)).toMatchObject({ kind: 'smime', fingerprint: certificate('aliceEncrypt').fingerprint });
    for (const who of ['Bob <bob@smime.example>', 'Alice <eve@smime.example>', `${ALICE}, bob@smime.example`]) expect(harvested(sentOnBy(mail, who))).toEqual([]);
    expect(harvested(sentOnBy(mail, `"A. L." <${ALICE.toUpperCase()}>`))).toHaveLength(1);
  });
  it('a protected field that was changed spoils the signature', () => {
    const mail = messages['smime-multipart-hp']!;
    const at = mail.indexOf('Subject:', mail.indexOf('--54f'));
    expect(harvested(`${mail.slice(0, at)}Subject: smime-multipart-hq${mail.slice(mail.indexOf('\r\n', at))}`)).toEqual([]);
  });
});

describe('OpenPGP keys of go-crypto', () => {
  it.each([
    ['rsa2048PrivateKey', 'golang@example.org', 'usable'],
    ['curve25519PrivateKey', 'golang@example.org', 'usable'],
    ['rsa2048PrivateKey', 'other@example.org', 'address'],
    ['expiringKeyHex', '', 'expired'],
    ['revokedKeyHex', '', 'revoked'],
    ['revokedSubkeyHex', 'alice@bmbarista.co.au', 'primary'],
    ['missingCrossSignatureKey', '', 'address'],
    ['invalidCrossSignatureKey', '', 'address'],
    ['revokedUserIDKey', 'revoked@golang.com', 'address'],
    ['keyWithFirstUserIDRevoked', 'revoked@golang.com', 'address'],
    ['keyWithFirstUserIDRevoked', 'no-reply@golang.com', 'expired'],
    ['keyWithOnlyUserIDRevoked', 'revoked@key.com', 'revoked'],
    ['keyWithSubKey', 'no-reply@golang.com', 'primary'],
    ['dsaPrivateKeyWithElGamalSubkey', 'elgamal@dsa.com', 'primary'],
  ])('%s for %s: %s', async (name, address, detail) => {
    const [read] = await pgpKeysIn(name.endsWith('Hex') ? Buffer.from(keys[name]!, 'hex') : Buffer.from(keys[name]!));
    const verdict = await judgePgp(read!.key, address, NOW);
    expect(verdict.detail).toBe(detail);
    expect(verdict.unusable === undefined).toBe(detail === 'usable');
    expect(read!.secret).toBe(name.includes('PrivateKey'));
    expect(read!.key.isPrivate()).toBe(false);
  });
});

describe('RFC 9580, appendix A.3', () => {
  it('the version 6 certificate is read, is who the appendix says, and without a name is nobody\'s', async () => {
    const sample = vectors('rfc9580.json') as { readonly primary: string; readonly certificate: string; readonly secret: string };
    const [read] = await pgpKeysIn(Buffer.from(sample.certificate));
    expect([read!.fingerprint, read!.secret]).toEqual([sample.primary, false]);
    expect((await judgePgp(read!.key, 'alice@example.org', NOW)).unusable).toBe('key-other-address');
    expect((await pgpKeysIn(Buffer.from(sample.secret)))[0]?.secret).toBe(true);
  });
});
