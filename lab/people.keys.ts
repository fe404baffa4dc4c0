/**
 * Certificates and keys of the lab's recipients: an S/MIME authority, leaves of every kind, OpenPGP keys that GnuPG 2.2 reads.
 * Private keys are handed out too: the lab opens its people's mail for them.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import { AccessDescription, AuthorityInfoAccessSyntax, CRLDistributionPoints, DistributionPoint, DistributionPointName, GeneralName, id_ce_cRLDistributionPoints, id_pe_authorityInfoAccess } from '@peculiar/asn1-x509';
import { generateKey } from 'openpgp';
import { USAGE, certify } from '../service/keys/trust.certificate.ts';
import type { CertificateAsk } from '../service/keys/trust.certificate.ts';

export type Kind = 'rsa' | 'rsa-1024' | 'p256' | 'p384' | 'ed25519';

export interface PemPair {
  readonly certificate: string;
  /** PKCS#8 */
  readonly key: string;
}

export interface Authority {
  /** PEM; an anchor for `service/keys` */
  readonly certificate: string;
  /** PKCS#8, for a responder or a list of the revoked */
  readonly key: string;
  person(name: string, address: string, kind?: Kind, other?: Partial<CertificateAsk>): PemPair;
  /** an authority below this one */
  below(name: string, other?: Partial<CertificateAsk>): Authority;
}

const DAY = 86_400_000;

export function smimeAuthority(name = 'Lab Mail Authority', now = Date.now(), other: Partial<CertificateAsk> = {}): Authority {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const certificate = certify({ ...authorityAsk(name, now), publicKey, signingKey: privateKey, ...other });
  return authority(certificate, privateKey, now);
}

function authorityAsk(name: string, now: number): Omit<CertificateAsk, 'publicKey' | 'signingKey'> {
  return { serial: serial(), subject: { commonName: name }, notBefore: now - DAY, notAfter: now + 3650 * DAY, ca: true, usage: USAGE.keyCertSign | USAGE.cRLSign, purposes: [] };
}

function authority(certificate: Uint8Array, signingKey: KeyObject, now: number): Authority {
  return {
    certificate: pem(certificate),
    key: signingKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    person(name, address, kind = 'rsa', other = {}) {
      const pair = newPair(kind);
      const leaf = certify({
        serial: serial(),
        subject: { commonName: name },
        publicKey: pair.publicKey,
        issuer: { certificate },
        signingKey,
        notBefore: now - DAY,
        notAfter: now + 730 * DAY,
        ca: false,
        // RFC 8550 §4.4.2: what a key may do depends on what kind of key it is.
        usage: USAGE.digitalSignature | (kind.startsWith('rsa') ? USAGE.keyEncipherment : USAGE.keyAgreement),
        addresses: [address],
        ...other,
      });
      return { certificate: pem(leaf), key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
    },
    below(name, other = {}) {
      const pair = newPair('p256');
      const lower = certify({ ...authorityAsk(name, now), publicKey: pair.publicKey, issuer: { certificate }, signingKey, ...other });
      return authority(lower, pair.privateKey, now);
    },
  };
}

function newPair(kind: Kind): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  if (kind === 'rsa') return generateKeyPairSync('rsa', { modulusLength: 2048 });
  if (kind === 'rsa-1024') return generateKeyPairSync('rsa', { modulusLength: 1024 });
  if (kind === 'ed25519') return generateKeyPairSync('ed25519');
  return generateKeyPairSync('ec', { namedCurve: kind === 'p256' ? 'prime256v1' : 'secp384r1' });
}

/** Where a certificate says that its status is told: responders (RFC 5280 §4.2.2.1) and lists (§4.2.1.13). For `more`. */
export function statusAt({ ocsp = [], crl = [] }: { readonly ocsp?: readonly string[]; readonly crl?: readonly string[] }): NonNullable<CertificateAsk['more']> {
  const uri = (text: string) => new GeneralName({ uniformResourceIdentifier: text });
  const access = new AuthorityInfoAccessSyntax(ocsp.map((text) => new AccessDescription({ accessMethod: '1.3.6.1.5.5.7.48.1', accessLocation: uri(text) })));
  const points = new CRLDistributionPoints(crl.map((text) => new DistributionPoint({ distributionPoint: new DistributionPointName({ fullName: [uri(text)] }) })));
  const value = (object: object) => new Uint8Array(AsnConvert.serialize(object));
  return [
    ...(ocsp.length > 0 ? [{ id: id_pe_authorityInfoAccess, critical: false, value: value(access) }] : []),
    ...(crl.length > 0 ? [{ id: id_ce_cRLDistributionPoints, critical: false, value: value(points) }] : []),
  ];
}

const serial = (): Uint8Array => Uint8Array.of(0x4c, ...randomBytes(15));

function pem(der: Uint8Array): string {
  return `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64').replace(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
}

export interface PgpPair {
  /** armored */
  readonly publicKey: string;
  readonly privateKey: string;
}

export async function pgpPerson(name: string, address: string, kind: 'ecc' | 'rsa' = 'ecc', now = Date.now()): Promise<PgpPair> {
  const shape = kind === 'ecc' ? ({ type: 'ecc', curve: 'ed25519Legacy' } as const) : ({ type: 'rsa', rsaBits: 3072 } as const);
  // A day old, so that a reader whose clock is behind does not call it a key from the future.
  const { publicKey, privateKey } = await generateKey({ ...shape, userIDs: [{ name, email: address }], date: new Date(now - DAY), format: 'armored' });
  return { publicKey, privateKey };
}
