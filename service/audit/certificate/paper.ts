/** A certificate as paper: the same claims in the same words, for who reads and files rather than computes. What it rests on is attached to it. */
import type { CertifiedRecipient, Certificate } from '../../../shared/wire/certificate.ts';
import type { Block, Paper } from '../../paper/paper.ts';
import { sha256, type Files } from './bundle.ts';
import { beside, type Disclosure } from './claim.ts';

const WAYS: { readonly [way: string]: string } = {
  tls: 'an encrypted connection that proved itself', smime: 'S/MIME', pgp: 'OpenPGP', portal: 'the secure page', 'plain-by-choice': 'ordinary mail, as the patient chose',
};
const STATUSES: { readonly [status: string]: string } = {
  queued: 'waiting to be delivered', relayed: 'taken over by the next mail server (relayed)', delayed: 'delayed, still being tried', failed: 'failed', delivered: 'reported as delivered', opened: 'opened on the secure page', held: 'held for its author', recalled: 'recalled',
};
const GRADES: { readonly [grade: string]: string } = { A: 'A: proved by the domain itself', B: 'B: proved by a trusted authority', 'B-': 'B-: pinned', C: 'C: encrypted, not proved', D: 'D: not encrypted' };

const clock = (time: string): string => `${time.slice(0, 19).replace('T', ' ')} UTC`;
/** 64 letters break where they may. */
const grouped = (hex: string): string => hex.replace(/(.{8})(?=.)/g, '$1 ');

export function paperOf({ certificate: c, files, bundle }: { readonly certificate: Certificate; readonly files: Files; readonly bundle: Uint8Array }): Paper {
  const told = files['disclosures.json'] === undefined ? [] : (JSON.parse(Buffer.from(files['disclosures.json']).toString()) as Disclosure[]);
  const value = (seq: number, name: string): string | undefined => told.find((d) => d.seq === seq && d.name === name)?.value;
  const json = files['certificate.json'] ?? new Uint8Array();
  /** what the entries themselves say of a page copy's key */
  const divided = (item: string): boolean => c.entries.some((seq) => {
    const e = JSON.parse(Buffer.from(files[`events/${seq}.json`] ?? '{}').toString()) as { item?: string; facts?: { divided?: boolean } };
    return e.item === item && e.facts?.divided === true;
  });
  const line = (label: string, text: string | undefined): { label: string; value: string }[] => (text === undefined ? [] : [{ label, value: text }]);
  return {
    title: 'Certificate of sending', about: `${c.organisation} · ${c.id}`, issuer: `${c.organisation} · ${c.id}`, made: Date.parse(c.issuedAt),
    blocks: [
      {
        kind: 'facts',
        rows: [
          { label: 'Message', value: c.message.id, exact: true }, { label: 'Accepted', value: clock(c.message.acceptedAt) }, ...line('From', value(c.message.from.seq, 'from')), ...line('Subject', value(c.message.subject.seq, 'subject')),
          { label: 'Recipients', value: String(c.recipients.length) }, { label: 'Issued', value: clock(c.issuedAt) },
          ...(c.message.retention === null ? [] : line('Kept', `until ${String(c.message.retention.facts['until'])} (${String(c.message.retention.facts['class'])})`)),
        ],
      },
      { kind: 'text', tone: 'mark', text: c.limits },
      ...c.recipients.flatMap((r, n) => recipient(r, n, value(r.address.seq, 'recipient'), value, divided(r.item))),
      { kind: 'heading', text: 'Checking this without us' },
      {
        kind: 'text',
        text: 'Attached to this paper are certificate.json, which is what is signed, and bundle.zip with every entry it rests on, the proofs, the key and a program that checks them (verify.mjs; README.txt has the same steps in sha256sum and openssl). '
          + 'The paper is a rendering: where it and certificate.json differ, certificate.json counts. Compare the key below with the one you were given.',
      },
      {
        kind: 'facts',
        rows: [
          { label: 'Log', value: c.log.origin, exact: true }, { label: 'Key of the log', value: c.log.vkey, exact: true }, { label: 'Size of the log', value: String(c.log.size) }, { label: 'Root of the log', value: c.log.root, exact: true },
          { label: 'Entries', value: c.entries.join(', '), exact: true }, { label: 'SHA-256 of certificate.json', value: grouped(sha256(json)), exact: true },
        ],
      },
      ...(c.revealed.length === 0 ? [{ kind: 'text', tone: 'quiet', text: 'Addresses, subject and servers are in the certificate as salted commitments only; its author may reveal them.' } as const] : []),
    ],
    files: [
      { name: 'certificate.json', about: 'The certificate, exactly the bytes that are signed', bytes: json },
      { name: 'bundle.zip', about: 'The certificate and all it rests on', bytes: bundle },
    ],
  };
}

function recipient(r: CertifiedRecipient, n: number, address: string | undefined, value: (seq: number, name: string) => string | undefined, divided: boolean): Block[] {
  const way = (name: string): string => (divided && name === 'portal' ? `${WAYS['portal']}, divided key` : WAYS[name] ?? name);
  // A try of which nobody knows the end may have been one that arrived.
  const unsure = r.protection === null && r.attempts.some((a) => a.outcome === 'unknown');
  const differs = r.protection !== null && r.protection !== r.planned;
  return [
    { kind: 'heading', text: `Recipient ${n + 1}${address === undefined ? '' : `: ${address}`}` },
    {
      kind: 'facts',
      rows: [
        { label: 'Status', value: unsure && r.status === 'failed' ? 'not sent again; it may have arrived' : (STATUSES[r.status] ?? r.status) }, { label: 'Shown to the author', value: way(r.planned) },
        { label: 'Done', value: unsure ? 'not known: their server never said whether it took it' : r.protection === null ? 'nothing was taken over' : `${way(r.protection)}${differs ? ' (not what was shown first; the log says why)' : ''}` },
        { label: 'Highest level', value: r.level },
      ],
    },
    {
      kind: 'table', columns: [{ title: 'Level', share: 8 }, { title: 'Time', share: 17 }, { title: 'What it proves', share: 38 }, { title: 'What it does not prove', share: 37 }],
      rows: r.claims.map((claim) => [`${claim.level}${claim.strength === 'weak' ? ' weak' : ''}`, clock(claim.time), `${claim.proves}${channelOf(beside(claim))}`, claim.doesNotProve]),
    },
    ...(r.attempts.length === 0 ? [] : [{
      kind: 'table', columns: [{ title: 'Tried', share: 17 }, { title: 'Next hop', share: 24 }, { title: 'Connection', share: 36 }, { title: 'Answer', share: 23 }], rows: r.attempts.map((a) => tried(a, value)),
    } as const]),
  ];
}

const channelOf = (said: string): string => (said.includes(' over ') ? ` (${said.slice(said.indexOf('over '))})` : '');

function tried({ seq, time, facts, outcome }: CertifiedRecipient['attempts'][number], value: (seq: number, name: string) => string | undefined): string[] {
  const word = (name: string): string => (facts[name] === undefined || facts[name] === null ? '' : String(facts[name]));
  const grade = word('grade');
  return [
    clock(time),
    [value(seq, 'host') ?? 'not revealed', value(seq, 'ip') ?? ''].filter((s) => s !== '').join('\n'),
    [[word('protocol'), word('cipher')].filter((s) => s !== '').join(', ') || 'not encrypted', `${GRADES[grade] ?? 'no grade'} (${word('code') || 'not judged'})`, word('certificate') === '' ? '' : `certificate ${grouped(word('certificate'))}`].filter((s) => s !== '').join('\n'),
    [outcome === 'unknown' ? 'unknown: cut off' : [word('reply'), word('enhanced')].filter((s) => s !== '').join(' ') || 'none', value(seq, 'text') ?? '', word('queueId') === '' ? '' : `queue id ${word('queueId')}`].filter((s) => s !== '').join('\n'),
  ];
}
