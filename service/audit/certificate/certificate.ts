/**
 * The certificate of sending: entries of the log, what they prove, and the log's signature under both. Says nothing that no entry
 * says, and never reads a message. The same composition is what the verifier compares against.
 */
import type { Certificate, Reveal } from '../../../shared/wire/certificate.ts';
import type { AuditLog } from '../audit.ts';
import { jcs } from '../entry.ts';
import { openCheckpoint, parseVkey } from '../tree/checkpoint.ts';
import { Fault } from '../../refusal.ts';
import { pemOf, proofText, sha256, sums, utf8, type Files } from './bundle.ts';
import { derive, LIMITS, type Disclosure } from './claim.ts';
import { scriptOf } from './script.ts';
import { LATEST } from './version.ts';
import { readme } from './readme.ts';

/** Entries with their proofs to one checkpoint. */
export interface Proved {
  readonly checkpoint: string;
  readonly entries: readonly { readonly seq: number; readonly leaf: string; readonly proof: readonly string[] }[];
}

const VERIFIER = new URL('./verifier.ts', import.meta.url);

export function compose({ proved, vkey, sign, id, issuedAt, organisation, revealed, disclosures }: {
  readonly proved: Proved; readonly vkey: string; readonly sign: AuditLog['sign']; readonly id: string; readonly issuedAt: string; readonly organisation: string;
  readonly revealed: readonly Reveal[]; readonly disclosures: readonly Disclosure[];
}): { readonly certificate: Certificate; readonly files: Files } {
  const key = parseVkey(vkey);
  const head = key === null ? null : openCheckpoint(proved.checkpoint, key);
  if (key === null || head === null) throw new Fault('log-checkpoint-broken', 'A checkpoint of the log is not signed by it.');
  const claims = derive(proved.entries);
  const about = {
    type: 'send-secure-certificate' as const, version: LATEST, id, issuedAt, organisation, log: { origin: head.origin, vkey, size: head.size, root: Buffer.from(head.root).toString('base64') },
    ...claims, entries: proved.entries.map((e) => e.seq), revealed: [...revealed] as string[], limits: LIMITS,
  };
  const listed: Files = {
    'README.txt': utf8(readme(about)), 'verify.mjs': utf8(scriptOf(VERIFIER)), 'checkpoint.txt': utf8(proved.checkpoint), 'vkey.txt': utf8(`${vkey}\n`), 'key.pem': utf8(pemOf(key)),
    ...(revealed.length === 0 ? {} : { 'disclosures.json': utf8(jcs(disclosures)) }),
    ...Object.fromEntries(proved.entries.flatMap((e) => [[`events/${e.seq}.json`, utf8(e.leaf)], [`proofs/${e.seq}.txt`, utf8(proofText(e.seq, head.size, e.proof))]])),
  };
  const list = utf8(sums(listed));
  const certificate: Certificate = sign({ ...about, manifest: sha256(list) });
  const { signature, ...signed } = certificate;
  return { certificate, files: { ...listed, 'SHA256SUMS': list, 'certificate.json': utf8(jcs(signed)), 'certificate.sig': new Uint8Array(Buffer.from(signature, 'base64')) } };
}
