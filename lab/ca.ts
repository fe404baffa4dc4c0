/**
 * A certificate authority for a make-believe Internet: issues what a good next hop shows, and what a bad one does.
 * Certificates are X.509 v3 (RFC 5280), ECDSA P-256 with SHA-256, made without a command of the machine.
 */
import { X509Certificate, createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AsnConvert } from '@peculiar/asn1-schema';
import { GeneralName, SubjectAlternativeName, id_ce_subjectAltName, id_kp_serverAuth } from '@peculiar/asn1-x509';
import { USAGE, certify } from '../service/keys/trust.certificate.ts';

export interface Identity {
  readonly cert: string;
  readonly key: string;
  /** SHA-256 of the DER, upper-case hex without colons */
  readonly fingerprint: string;
  /** SHA-256 of the public key's DER: what a TLSA record `3 1 1` holds (RFC 6698 §2.1) */
  readonly spkiSha256: Buffer;
  /** the same of the issuer, where a record names that (usage 2) */
  readonly issuerSpkiSha256?: Buffer;
}

interface Wanted {
  readonly names: readonly string[];
  readonly notBefore?: number;
  readonly notAfter?: number;
  readonly selfSigned?: boolean;
}

export interface Ca {
  /** PEM of the root, and where it lies */
  readonly cert: string;
  readonly file: string;
  readonly spkiSha256: Buffer;
  issue(wanted: Wanted): Identity;
}

const DAY = 86_400_000;

/** Opens the CA kept in `folder`, or founds it there: a restarted lab must be trusted by the service that outlived it. */
export function openCa(folder: string, now = Date.now()): Ca {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const certFile = join(folder, 'ca.pem');
  const keyFile = join(folder, 'ca.key.pem');
  if (!existsSync(certFile) || !existsSync(keyFile)) {
    const key = newKey();
    const der = certify({
      serial: serial(), subject: { commonName: 'Lab root' }, publicKey: createPublicKey(key), signingKey: key, notBefore: now - DAY, notAfter: now + 3650 * DAY,
      ca: true, usage: USAGE.keyCertSign | USAGE.cRLSign, purposes: [],
    });
    writeFileSync(keyFile, key.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    writeFileSync(certFile, new X509Certificate(der).toString());
  }
  const root = createPrivateKey(readFileSync(keyFile));
  const cert = readFileSync(certFile, 'utf8');
  const certificate = new Uint8Array(new X509Certificate(cert).raw);
  return { cert, file: certFile, spkiSha256: spkiOf(root), issue: (wanted) => issue({ root, certificate }, wanted, now) };
}

function issue({ root, certificate }: { readonly root: KeyObject; readonly certificate: Uint8Array }, { names, notBefore, notAfter, selfSigned }: Wanted, now: number): Identity {
  const key = newKey();
  const alternative = new SubjectAlternativeName(names.map((dNSName) => new GeneralName({ dNSName })));
  const der = certify({
    serial: serial(), subject: { commonName: names[0] ?? 'nobody.test' }, publicKey: createPublicKey(key),
    ...(selfSigned ? { signingKey: key } : { signingKey: root, issuer: { certificate } }),
    notBefore: notBefore ?? now - DAY, notAfter: notAfter ?? now + 365 * DAY,
    ca: false, usage: USAGE.digitalSignature, purposes: [id_kp_serverAuth],
    more: [{ id: id_ce_subjectAltName, critical: false, value: new Uint8Array(AsnConvert.serialize(alternative)) }],
  });
  return { cert: new X509Certificate(der).toString(), key: key.export({ type: 'pkcs8', format: 'pem' }).toString(), fingerprint: createHash('sha256').update(der).digest('hex').toUpperCase(), spkiSha256: spkiOf(key) };
}

const newKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const serial = (): Uint8Array => Uint8Array.of(0x4a, ...randomBytes(15));
const spkiOf = (key: KeyObject): Buffer => createHash('sha256').update(createPublicKey(key).export({ type: 'spki', format: 'der' })).digest();
