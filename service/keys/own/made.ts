/** Signing keys made here: an authority with the authors' key, an OpenPGP key that only signs. Keeps none. RFC 8550, RFC 9580. */
import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { generateKey, readKey } from 'openpgp';
import type { World } from '../../world.ts';
import { USAGE, certify } from '../trust.certificate.ts';
import type { Kept } from './signer.ts';

export interface Makes {
  readonly world: Pick<World, 'now' | 'random'>;
  readonly organisation: { readonly name: string; readonly address: string };
}

const YEAR = 365 * 86_400_000;
/** An hour of grace for readers whose clocks are slow. */
const GRACE = 3_600_000;

const newPair = promisify(generateKeyPair);
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

export async function madeAuthority({ world, organisation }: Makes): Promise<Pick<Kept, 'made' | 'authority' | 'authorityKey' | 'authorKey'>> {
  const made = world.now() - GRACE;
  const [root, author] = await Promise.all([newPair('rsa', { modulusLength: 3072 }), newPair('rsa', { modulusLength: 2048 })]);
  const authority = certify({
    serial: Uint8Array.of(0x53, ...world.random(15)),
    subject: { commonName: `${organisation.name} Secure Mail`, organisation: organisation.name },
    publicKey: root.publicKey,
    signingKey: root.privateKey,
    notBefore: made,
    notAfter: made + 20 * YEAR,
    ca: true,
    usage: USAGE.keyCertSign | USAGE.cRLSign,
    purposes: [],
  });
  return {
    made,
    authority: base64(authority),
    authorityKey: base64(root.privateKey.export({ type: 'pkcs8', format: 'der' })),
    authorKey: base64(author.privateKey.export({ type: 'pkcs8', format: 'der' })),
  };
}

export async function madePgp({ world, organisation }: Makes): Promise<Pick<Kept, 'pgpMade' | 'pgp' | 'pgpPublic' | 'pgpFingerprint'>> {
  const pgpMade = world.now() - GRACE;
  // GnuPG 2.2 knows the curve by its older identifier only.
  const pgp = await generateKey({ type: 'ecc', curve: 'ed25519Legacy', userIDs: [{ name: organisation.name, email: organisation.address }], subkeys: [], date: new Date(pgpMade), format: 'binary' });
  return { pgpMade, pgp: base64(pgp.privateKey), pgpPublic: base64(pgp.publicKey), pgpFingerprint: (await readKey({ binaryKey: pgp.publicKey })).getFingerprint() };
}
