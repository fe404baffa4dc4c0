/**
 * Is this certificate what it says? From the files alone: signature, sums, checkpoint, inclusion of every entry, and that the claims are
 * the ones the entries support, no more and no less. The order matters: nothing is believed before the signature over it.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import type { Certificate } from '../../../shared/wire/certificate.ts';
import { openCheckpoint, parseVkey, verifyDetached, type VerifierKey } from '../tree/checkpoint.ts';
import { Broken, Undecided } from '../tree/broken.ts';
import { leafHash, same, verifyInclusion } from '../tree/merkle.ts';
import { fits, parseProof, pemOf, proofText, sha256, sums, type Files } from './bundle.ts';
import { canonical, commitment } from '../tree/canonical.ts';
import { beside, derive, REVEALS, type Disclosure, type Leaf } from './claim.ts';
import { RULES } from './version.ts';

interface Judged {
  readonly certificate: Certificate;
  readonly key: VerifierKey;
  readonly disclosures: readonly Disclosure[];
  /** the state of each copy by the rules of today */
  readonly today: readonly string[];
}

export function readFolder(path: string): Files {
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).map((name) => name.split(sep).join('/')).filter((name) => statSync(join(path, name)).isFile());
  const strange = names.find((name) => !fits(name));
  if (strange !== undefined) throw new Broken('the folder', 'holds a file that no bundle has');
  return Object.fromEntries(names.map((name) => [name, new Uint8Array(readFileSync(join(path, name)))]));
}

export function judgeBundle(files: Files, { pinned, kept }: { readonly pinned?: string | undefined; readonly kept?: readonly string[] }): Judged {
  const key = keyOf(files, pinned);
  const said = text(files, 'certificate.json');
  const signature = Buffer.from(files['certificate.sig'] ?? new Uint8Array());
  if (signature.length !== 64 || !verifyDetached(said, signature.toString('base64'), key)) throw new Broken('certificate.json', 'is not signed by the log\'s key');
  const signed = parse(said, 'certificate.json') as Omit<Certificate, 'signature'>;
  if (signed.type !== 'send-secure-certificate') throw new Broken('certificate.json', 'is signed, but is no certificate');
  const rules = Object.hasOwn(RULES, signed.version) ? RULES[signed.version] : null;
  if (rules === null) throw new Undecided('The certificate was made by a newer version of this program.');

  const list = text(files, 'SHA256SUMS');
  if (sha256(files['SHA256SUMS'] ?? new Uint8Array()) !== signed.manifest) throw new Broken('SHA256SUMS', 'is not the list that was signed');
  const actual = sums(files);
  if (actual !== list) throw new Broken(different(list, actual), 'is not the file that was signed for');
  if (text(files, 'key.pem') !== pemOf(key) || signed.log.vkey !== text(files, 'vkey.txt').slice(0, -1)) throw new Broken('the key', 'is not one and the same everywhere');

  const note = text(files, 'checkpoint.txt');
  const head = openCheckpoint(note, key);
  if (head === null) throw new Broken('checkpoint.txt', 'is not signed by the log\'s key');
  if (head.size !== signed.log.size || head.origin !== signed.log.origin || Buffer.from(head.root).toString('base64') !== signed.log.root) throw new Broken('checkpoint.txt', 'is not the one the certificate names');
  compareKept(kept ?? [], key, head);

  const leaves = signed.entries.map((seq) => entry(files, seq, head));
  const claimed = { message: signed.message, recipients: signed.recipients };
  if (!rules.some((status) => canonical(derive(leaves, status)) === canonical(claimed))) throw new Broken('certificate.json', 'claims other than what the entries say');
  return { certificate: { ...signed, signature: signature.toString('base64') }, key, disclosures: disclosed(files, signed, leaves), today: derive(leaves).recipients.map((r) => r.status) };
}

function keyOf(files: Files, pinned: string | undefined): VerifierKey {
  const beside = text(files, 'vkey.txt');
  const given = pinned ?? beside;
  const key = given.endsWith('\n') ? parseVkey(given.slice(0, -1)) : null;
  if (key === null && pinned !== undefined) throw new Undecided('The verifier key that you gave is broken.');
  if (key === null) throw new Broken('vkey.txt', 'is no verifier key');
  if (pinned !== undefined && pinned !== beside) throw new Broken('the key', 'in the bundle is not the one you gave');
  return key;
}

function text(files: Files, name: string): string {
  const bytes = files[name];
  if (bytes === undefined) throw new Broken(name, 'is missing');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Broken(name, 'is not UTF-8');
  }
}

function parse(said: string, name: string): unknown {
  try {
    const value: unknown = JSON.parse(said);
    if (typeof value === 'object' && value !== null && canonical(value) === said) return value;
  } catch {
    // told below
  }
  throw new Broken(name, 'is not in canonical form (RFC 8785)');
}

/** The first file whose line is in one list only. */
function different(listed: string, actual: string): string {
  const [a, b] = [listed.split('\n'), actual.split('\n')];
  const line = a.find((l) => !b.includes(l)) ?? b.find((l) => !a.includes(l)) ?? '';
  return line.slice(66) || 'SHA256SUMS';
}

function entry(files: Files, seq: number, head: { readonly size: number; readonly root: Uint8Array }): Leaf {
  const leaf = text(files, `events/${seq}.json`);
  parse(leaf, `events/${seq}.json`);
  const said = text(files, `proofs/${seq}.txt`);
  const proof = parseProof(said);
  if (proof === null || proofText(seq, head.size, proof.map((hash) => Buffer.from(hash).toString('base64'))) !== said) throw new Broken(`proofs/${seq}.txt`, 'is no proof for this place');
  if (!verifyInclusion(leafHash(Buffer.from(leaf)), seq, head.size, proof, head.root)) throw new Broken(`entry ${seq}`, 'is not in the log that the checkpoint signs');
  return { seq, leaf };
}

function disclosed(files: Files, signed: Omit<Certificate, 'signature'>, leaves: readonly Leaf[]): Disclosure[] {
  // Taken out before it was passed on: the commitments remain.
  if (files['disclosures.json'] === undefined) return [];
  const values = parse(text(files, 'disclosures.json'), 'disclosures.json') as Disclosure[];
  const given = new Set<string>();
  const allowed = signed.revealed.flatMap((what) => REVEALS[what as keyof typeof REVEALS] ?? []);
  for (const { seq, name, salt, value } of values) {
    if (given.has(`${seq} ${name}`)) throw new Broken(`the revealed value of entry ${seq}`, 'is given twice');
    given.add(`${seq} ${name}`);
    const leaf = leaves.find((l) => l.seq === seq);
    const promised = leaf === undefined ? undefined : (JSON.parse(leaf.leaf) as { _sd?: { [name: string]: string } })._sd?.[name];
    const bytes = Buffer.from(salt, 'base64url');
    // One spelling of a salt only, or a changed byte could pass.
    if (!allowed.includes(name) || promised === undefined || bytes.length !== 32 || bytes.toString('base64url') !== salt || promised !== commitment(name, bytes, value)) throw new Broken(`the revealed value of entry ${seq}`, 'is not the one the log committed to');
  }
  return values;
}

function compareKept(kept: readonly string[], key: VerifierKey, head: { readonly size: number; readonly root: Uint8Array }): void {
  for (const note of kept) {
    const other = openCheckpoint(note, key);
    if (other === null) throw new Broken('the checkpoint that you kept', 'is not signed by the log\'s key');
    if (other.size !== head.size) throw new Undecided('The checkpoint that you kept is of another size; whether both are of one log, only the log itself can show.');
    if (!same(other.root, head.root)) throw new Broken(`checkpoint ${head.size} that you kept`, 'is of another log: it was forked or rewritten');
  }
}

/** What a person reads: recipient by recipient, what is proved and what is not. */
export function said({ certificate: c, key, disclosures, today }: Judged, pinned: boolean): string[] {
  const value = (seq: number, name: string): string | undefined => disclosures.find((d) => d.seq === seq && d.name === name)?.value;
  return [
    `Valid: certificate ${c.id} of message ${c.message.id}, ${c.entries.length} entries, all in the log of ${c.log.size}`,
    `Log ${key.name}${pinned ? ', key as you gave it' : ', key found in the bundle: compare it with the one you were given'}`,
    `Accepted ${c.message.acceptedAt}${value(c.message.subject.seq, 'subject') === undefined ? '' : `, subject: ${value(c.message.subject.seq, 'subject')}`}`,
    ...c.recipients.flatMap((r, n) => [
      `Recipient ${n + 1}${value(r.address.seq, 'recipient') === undefined ? '' : ` (${value(r.address.seq, 'recipient')})`}: ${r.level}, ${r.status}${today[n] === r.status ? '' : ` by the rules of version ${c.version}; by today's: ${today[n]}`}`,
      ...r.claims.map((claim) => `  ${claim.level} ${claim.time}${beside(claim)}. ${claim.proves} Does not prove: ${claim.doesNotProve}`),
    ]),
    c.limits,
  ];
}
