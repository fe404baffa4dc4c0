/**
 * One job at a time, beside the event loop: MIME, protection, DKIM last (RFC 6376), SHA-256 of what will travel.
 * Libraries are loaded by the first job that needs them. What goes wrong leaves as a code, never with words of a library.
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { parentPort, workerData } from 'node:worker_threads';
import type { PgpSigner, SmimeSigner } from '../keys/identity.ts';
import type { PgpKey, SmimeKey } from '../keys/keys.ts';
import type { Facts } from '../audit/audit.ts';
import { Fault } from '../refusal.ts';
import { letGo } from '../memory.ts';
import { base64Lines, joined, spill } from './flow.ts';
import type { Flow } from './flow.ts';
import { headers, messageMime, open, outerFields, payload } from './mime.ts';
import type { Field } from './mime.ts';
import type { Below } from './notice.ts';
import type { Dkim, SealInput, Sealed } from './seal.ts';

interface Common {
  readonly input: SealInput;
  readonly dkim: Dkim | null;
  readonly now: number;
}
export type Job =
  | (Common & { readonly kind: 'tls' })
  | (Common & { readonly kind: 'smime'; readonly key: SmimeKey; readonly signer: SmimeSigner; readonly subject: string; readonly below?: Below | undefined })
  | (Common & { readonly kind: 'pgp'; readonly key: PgpKey; readonly signer: PgpSigner; readonly subject: string; readonly below?: Below | undefined });

export type Answer = { readonly sealed: Sealed } | { readonly code: string };

async function run(job: Job): Promise<Sealed> {
  if (job.kind === 'tls') return finished(open(await messageMime(job.input)), job, { protection: 'tls' });
  return job.kind === 'smime' ? smime(job) : pgp(job);
}

async function smime(job: Job & { readonly kind: 'smime' }): Promise<Sealed> {
  // The readers of S/MIME that people use show the outer subject only; those of OpenPGP show the protected one.
  const mime = await messageMime(job.input, { display: true, below: job.below });
  const outer = outerFields(mime, job.subject);
  const { enveloped, signedEntity } = await import('./smime.ts');
  const cms = enveloped(signedEntity(payload(mime, outer), job.signer, job.now), job.key);
  const type = cms.gcm ? 'authEnveloped-data' : 'enveloped-data';
  // RFC 8551 §3.2
  const structural = [
    'MIME-Version: 1.0',
    `Content-Type: application/pkcs7-mime; smime-type=${type};\r\n name="smime.p7m"`,
    'Content-Transfer-Encoding: base64',
    'Content-Disposition: attachment; filename="smime.p7m"',
  ];
  const signingCertificate = createHash('sha256').update(job.signer.certificate).digest('hex');
  return finished(joined(topped(outer, structural), base64Lines(cms.content)), job, { protection: 'smime', ...cms.facts, signingCertificate });
}

async function pgp(job: Job & { readonly kind: 'pgp' }): Promise<Sealed> {
  const { pgpEntity, pgpMessage, pgpPublicKey } = await import('./pgp.ts');
  const mime = await messageMime(job.input, { publicKey: pgpPublicKey(job.signer), below: job.below });
  const outer = outerFields(mime, job.subject);
  const message = await pgpMessage(payload(mime, outer), job.key, job.signer, job.now);
  const entity = pgpEntity(message.armored);
  return finished(joined(topped(outer, ['MIME-Version: 1.0', `Content-Type: ${entity.contentType}`]), entity.body), job, { protection: 'pgp', ...message.facts });
}

function topped(outer: readonly Field[], structural: readonly string[]): string {
  return `${headers(...outer)}${structural.map((line) => `${line}\r\n`).join('')}\r\n`;
}

/** Signatures are known only after the whole message is, and stand before it: room is left for them, so that nothing is copied. */
const ROOM = 8192;

export async function finished(message: Flow, job: { readonly dkim: Dkim | null; readonly now: number }, facts: Facts): Promise<Sealed> {
  const room = job.dkim === null ? 0 : ROOM;
  const whole = new Uint8Array(room + message.length);
  const end = spill(message, whole, room);
  let bytes = whole.subarray(room, end);
  let signed: Facts = {};
  if (job.dkim !== null) {
    const signatures = Buffer.from(await dkimSignatures(bytes, job.dkim, job.now), 'latin1');
    if (signatures.length > ROOM) throw new Fault('dkim-failed', 'DKIM signatures are longer than the room left for them');
    whole.set(signatures, room - signatures.length);
    bytes = whole.subarray(room - signatures.length, end);
    signed = { dkimDomain: job.dkim.domain, dkimSelectors: job.dkim.keys.map((k) => k.selector).join(' ') };
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { bytes, sha256, facts: { ...facts, ...signed, size: bytes.length } };
}

async function dkimSignatures(bytes: Uint8Array, dkim: Dkim, now: number): Promise<string> {
  const { dkimSign } = await import('mailauth');
  const pieces = function* (): Iterable<Buffer> {
    for (let i = 0; i < bytes.length; i += 65536) yield Buffer.from(bytes.buffer, bytes.byteOffset + i, Math.min(65536, bytes.length - i));
  };
  const { signatures, errors } = await dkimSign(Readable.from(pieces()), {
    canonicalization: 'relaxed/relaxed',
    signTime: new Date(now),
    strict: true,
    signingDomain: dkim.domain,
    selector: dkim.keys[0]!.selector,
    privateKey: dkim.keys[0]!.privateKey,
    signatureData: dkim.keys.map((key) => ({ signingDomain: dkim.domain, selector: key.selector, privateKey: key.privateKey })),
  });
  // A message that should be signed never leaves unsigned.
  if (errors.length > 0 || signatures === '') throw new Fault('dkim-failed', 'a DKIM signature could not be made');
  return signatures;
}

// The door imports this file for its own small mails; only as a worker does it listen.
if (workerData === 'seal') parentPort?.on('message', async (job: Job) => {
  try {
    const sealed = await run(job);
    const answer: Answer = { sealed };
    parentPort!.postMessage(answer, [sealed.bytes.buffer as ArrayBuffer]);
  } catch (error) {
    const answer: Answer = { code: error instanceof Fault ? error.code : 'seal-failed' };
    parentPort!.postMessage(answer);
  }
  for (const content of job.input.contents) letGo(content);
});
