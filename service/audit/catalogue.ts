/**
 * Every type of event there is, the facts each may carry, and its sentence for a person. A type or fact that is not here is a fault:
 * what is not foreseen cannot slip into a log that is kept for years. Facts are open to every reader of the log, so they are codes,
 * counts, algorithms and host names; names, addresses, subjects, reply texts and IPs are sealed (45 CFR 164.312(b), 164.514(b)(2)).
 */
import { Fault } from '../refusal.ts';
import type { EventDraft, Facts } from './audit.ts';

export interface EventType {
  readonly facts: readonly string[];
  /** about one recipient's copy: the item must be named */
  readonly item: boolean;
  readonly say: (f: Facts, outcome: EventDraft['outcome']) => string;
}

/** Values that may be committed to and kept beside, sealed. */
const SEALED: readonly string[] = [
  'address', 'recipient', 'from', 'name', 'subject', 'filename', 'reply', 'ip', 'reason', 'justification', 'patient', 'purpose', 'messageId', 'query', 'agent', 'diagnostic', 'digest', 'sha256',
];

/** Entries may stand this far out of the order of time: made before, committed after. Beyond it a `clock.skew` says so. */
export const ORDER_TOLERANCE = 60_000;

const SEAL_FACTS = [
  'protection', 'cipher', 'keyEncryption', 'recipientCertificate', 'recipientKey', 'recipientSubkey', 'signingKey', 'signingCertificate', 'dkimDomain', 'dkimSelectors', 'size', 'sha256', 'trust', 'key',
];
const ATTEMPT_FACTS = [
  'attempt', 'host', 'port', 'grade', 'code', 'tls', 'cipher', 'group', 'certificate', 'notAfter', 'issuer', 'ehlo', 'started', 'finished', 'ms', 'size', 'sha256', 'protection', 'floor', 'reply', 'enhanced',
  'sts', 'dane', 'requireTls', 'dsn', 'kind', 'server', 'route', 'pinned', 'hosts', 'mail',
];

const CODES: { readonly [code: string]: string } = {
  'starttls-missing': 'the recipient\'s mail server offers no encryption',
  'starttls-refused': 'the recipient\'s mail server refused encryption',
  'certificate-expired': 'the certificate of the recipient\'s mail server has expired',
  'certificate-self-signed': 'the certificate of the recipient\'s mail server is signed by nobody we trust',
  'certificate-untrusted': 'the certificate of the recipient\'s mail server is signed by nobody we trust',
  'certificate-name': 'the certificate of the recipient\'s mail server is for another name',
  'tls-too-old': 'the recipient\'s mail server only speaks outdated encryption',
  'tls-failed': 'no encrypted connection could be made',
  'mx-not-bound': 'the domain\'s mail server is not proved to be theirs',
  'mx-null': 'the domain accepts no mail',
  'null-mx': 'the domain accepts no mail',
  'dns-failed': 'the domain\'s mail servers could not be looked up',
  'connection-failed': 'the recipient\'s mail server could not be reached',
  'connection-lost': 'the connection was lost before an answer came',
  'timeout': 'the recipient\'s mail server did not answer in time',
};

const PROTECTIONS: { readonly [name: string]: string } = {
  'tls': 'an encrypted connection that is proved while delivering',
  'smime': 'S/MIME',
  'pgp': 'OpenPGP',
  'portal': 'the secure portal',
  'plain-by-choice': 'ordinary mail, as the patient chose',
};

const text = (f: Facts, name: string): string => (f[name] === undefined || f[name] === null ? '' : String(f[name]));
const spoken = (code: string): string => CODES[code] ?? code.replaceAll('-', ' ');
const because = (f: Facts): string => (text(f, 'code') === '' ? '' : `: ${spoken(text(f, 'code'))}`);
const by = (f: Facts, name = 'protection'): string => PROTECTIONS[text(f, name)] ?? 'no protection';
const reply = (f: Facts): string => (text(f, 'reply') === '' ? '' : ` (reply ${[text(f, 'reply'), text(f, 'enhanced')].join(' ').trim()})`);
const hop = (f: Facts): string => text(f, 'host') || 'the recipient\'s mail server';

const plain = (sentence: string, facts: readonly string[] = []): EventType => ({ facts, item: false, say: () => sentence });
const ofItem = (facts: readonly string[], say: EventType['say']): EventType => ({ facts, item: true, say });

function attempted(f: Facts, outcome: EventDraft['outcome']): string {
  const tls = [text(f, 'tls'), text(f, 'cipher')].filter((s) => s !== '').join(', ');
  const proof = text(f, 'grade') === '' ? '' : `, grade ${text(f, 'grade')}`;
  const channel = tls === '' ? '' : ` over ${tls}${proof}`;
  if (outcome === 'ok') return `${hop(f)} was reached${channel}${reply(f)}.`;
  return `The try with ${hop(f)}${channel} ended${because(f)}${reply(f)}.`;
}

export const CATALOGUE: { readonly [type: string]: EventType } = {
  'message.accepted': plain('Accepted: stored durably and encrypted.', ['recipients', 'attachments', 'size', 'digest', 'plan', 'policy', 'ruleset', 'level', 'need', 'decision', 'retention', 'until', 'handoff', 'source', 'findings', 'sensitive', 'unscannable']),
  'message.refused': { facts: ['code', 'policy', 'ruleset', 'level', 'recipients', 'handoff'], item: false, say: (f) => `Not accepted${because(f)}.` },
  'message.recalled': { facts: ['recalled', 'recipients'], item: false, say: (f) => `Recalled by its author: ${text(f, 'recalled') || '0'} of ${text(f, 'recipients') || '0'} copies.` },
  'message.restored': plain('Restored as a draft by its author.'),
  'handoff.staged': plain('The hand-over began.', ['parts', 'recipients', 'handoff', 'digest']),
  'handoff.expired': plain('A hand-over that was never committed was discarded.', ['handoff', 'parts']),
  'policy.decided': plain('The policy was applied.', ['policy', 'ruleset', 'decision', 'need', 'level', 'findings', 'sensitive', 'unscannable', 'people', 'justified', 'plan']),

  'encryption.decided': { facts: ['protection', 'otherwise', 'reason', 'need', 'policy', 'trust', 'key', 'role'], item: false, say: (f) => `To be protected by ${by(f)}${text(f, 'otherwise') === '' ? '' : `; if that cannot be proved, by ${by(f, 'otherwise')}`}.` },
  'encryption.applied': ofItem(SEAL_FACTS, (f) => `Protected by ${by(f)}${text(f, 'cipher') === '' ? '' : ` (${text(f, 'cipher')})`}.`),
  'encryption.changed': ofItem(['from', 'to', 'protection', 'code', 'policy', 'grade', 'host'], (f) => `Changed to ${by(f, f['to'] === undefined ? 'protection' : 'to')}${because(f)}. Nothing had been sent.`),
  'encryption.downgrade_blocked': ofItem(['code', 'grade', 'floor', 'host', 'protection', 'tls'], (f) => `Nothing was sent to ${hop(f)}${because(f)}.`),

  'delivery.queued': ofItem(['protection', 'otherwise', 'kind'], () => 'Waiting to be delivered.'),
  'delivery.attempt.started': ofItem(['attempt', 'protection', 'size', 'sha256', 'floor', 'kind'], (f) => `Trying to deliver${text(f, 'attempt') === '' ? '' : `, try ${text(f, 'attempt')}`}.`),
  'delivery.attempt.finished': ofItem([...ATTEMPT_FACTS, 'attempts'], attempted),
  'delivery.deferred': ofItem([...ATTEMPT_FACTS, 'attempts', 'next'], (f) => `Put off${because(f)}${reply(f)}. It will be tried again.`),
  'delivery.relayed': ofItem([...ATTEMPT_FACTS, 'attempts'], (f) => `Taken over by ${hop(f)}${text(f, 'tls') === '' ? '' : ` over ${text(f, 'tls')}`}.`),
  'delivery.failed': ofItem([...ATTEMPT_FACTS, 'attempts'], (f) => `Could not be delivered${because(f)}${reply(f)}.`),
  'delivery.unknown': ofItem(['attempt', 'code'], () => 'The try was interrupted before its end was known. It will be repeated under the same Message-ID.'),
  'delivery.held': ofItem(['code', 'attempts', 'until'], (f) => `Held back${because(f)}.`),
  'delivery.dsn_received': ofItem(['action', 'status', 'code'], (f) => `The recipient's side says: ${text(f, 'action')}${text(f, 'status') === '' ? '' : ` (${text(f, 'status')})`}.`),
  'delivery.mdn_received': ofItem(['disposition'], () => 'The recipient\'s mail program says that it was displayed.'),

  'portal.notified': ofItem(['expires', 'way', 'sha256', ...ATTEMPT_FACTS], () => 'The notice with the link was taken over by the recipient\'s mail server.'),
  'portal.code_sent': ofItem(['expires', 'way', 'n'], () => 'A one-time code was asked for and sent.'),
  'portal.code_wrong': ofItem(['tries', 'way'], () => 'A wrong code was typed.'),
  'portal.locked': ofItem(['until', 'tries', 'way'], () => 'Locked for a while after too many wrong codes.'),
  'portal.authenticated': ofItem(['way', 'session'], (f) => `The recipient proved with ${text(f, 'way') === 'spoken-code' ? 'the code you told them' : 'a one-time code'} that they may read it.`),
  'portal.message_opened': ofItem(['way', 'session', 'n'], () => 'Opened in the portal.'),
  'portal.attachment_downloaded': ofItem(['n', 'size', 'session'], (f) => `Attachment ${text(f, 'n')} was downloaded.`),
  'portal.expired': ofItem([], () => 'The time to open it in the portal is over.'),
  'portal.left': ofItem(['way'], () => 'The recipient signed out.'),
  'portal.access_denied': { facts: ['code', 'way'], item: false, say: (f) => `The portal did not open it${because(f)}.` },

  'recall.requested': plain('Its author asked to recall it.', ['recipients']),
  'recall.done': ofItem(['code', 'protection', 'state'], (f, outcome) => (outcome === 'ok' ? 'Recalled: this copy can no longer be read.' : `Could not be recalled${because(f)}.`)),

  'content.revealed': plain('Read by its author.', ['part', 'n', 'purpose']),
  'receipt.sent': plain('A receipt without PHI was sent to the author.', ['kind', 'code', 'state', ...ATTEMPT_FACTS]),
  'retention.assigned': { facts: ['class', 'until', 'epoch', 'evidenceEpoch', 'legalReview'], item: false, say: (f) => `Kept until the end of ${text(f, 'until')} (${text(f, 'class')}).` },
  'disposal.executed': { facts: ['class', 'until', 'method', 'parts', 'epoch'], item: false, say: (f) => `Destroyed at the end of its retention (${text(f, 'class')}): its key and its content are gone.` },
  'disposal.epoch_destroyed': { facts: ['epoch', 'messages'], item: false, say: (f) => `The key of ${text(f, 'epoch')} was destroyed; every copy and backup sealed under it is unreadable.` },

  'auth.failed': { facts: ['code', 'count', 'from', 'to'], item: false, say: (f) => `Sign-in refused${because(f)}.` },
  'authz.denied': { facts: ['code', 'path', 'method'], item: false, say: (f) => `Access refused${because(f)}.` },
  'audit.queried': plain('The log was queried.', ['filter', 'count', 'size', 'kind']),
  'audit.exported': plain('The log was exported.', ['count', 'size', 'format']),
  'audit.revealed': plain('Sealed values of the log were shown.', ['event', 'fields', 'purpose']),
  'key.imported': plain('A recipient\'s key was added.', ['key', 'kind', 'trust', 'source', 'fingerprint', 'expires']),
  'key.removed': plain('A recipient\'s key was removed.', ['key', 'kind', 'trust', 'source', 'fingerprint']),
  'key.used': plain('A recipient\'s key was used.', ['key', 'kind', 'trust', 'source', 'fingerprint']),
  'key.generated': plain('A key of our own was made.', ['key', 'kind', 'fingerprint', 'purpose', 'expires', 'domain', 'selector']),
  'preference.recorded': plain('A recipient\'s preference was recorded.', ['prefers', 'source']),
  'settings.loaded': plain('The settings were read.', ['digest', 'changed', 'profile', 'policy']),
  'service.started': plain('The service started.', ['version', 'node', 'engine', 'recovered', 'profile']),
  'service.stopped': plain('The service stopped.', ['signal', 'clean', 'uptime']),
  'clock.skew': { facts: ['behind'], item: false, say: (f) => `The clock went back, or an entry came late, by ${Math.round(Number(f['behind']) / 1000)} s.` },
  'log.initialised': plain('The log began.', ['origin', 'key', 'format']),
};

function typeOf(type: string): EventType {
  const known = Object.hasOwn(CATALOGUE, type) ? CATALOGUE[type] : undefined;
  if (known === undefined) throw new Fault('event-unknown', 'The event type is not in the catalogue.');
  return known;
}

const ID = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/;
const OUTCOMES = ['ok', 'denied', 'failed', 'unknown'];

/** A fact is short, printable, and cannot hold an address. Numbers are whole: RFC 8785 spells others by ECMAScript's rules. */
function fit(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= 512 && !/[@\p{Cc}\p{Cs}]/u.test(value);
  return typeof value === 'number' ? Number.isSafeInteger(value) : typeof value === 'boolean' || value === null;
}

/** Throws at anything the catalogue does not foresee. */
export function check(draft: EventDraft): void {
  const type = typeOf(draft.type);
  if (!OUTCOMES.includes(draft.outcome)) throw new Fault('event-outcome', 'The event has no such outcome.');
  if (!ID.test(draft.actor.id) || !ID.test(draft.actor.kind)) throw new Fault('event-actor', 'The actor\'s id is not an opaque id.');
  for (const id of [draft.message, draft.item]) if (id !== undefined && !ID.test(id)) throw new Fault('event-id', 'A message or item id is not an opaque id.');
  if (type.item && (draft.item === undefined || draft.message === undefined)) throw new Fault('event-item', 'The event must name its message and item.');
  for (const [name, value] of Object.entries(draft.facts ?? {})) {
    if (!type.facts.includes(name)) throw new Fault('event-fact-unknown', 'The event may not carry a fact of that name.');
    if (!fit(value)) throw new Fault('event-fact-unfit', 'A fact has a value the log may not hold.');
  }
  for (const [name, value] of Object.entries(draft.sealed ?? {})) {
    if (!SEALED.includes(name) || typeof value !== 'string') throw new Fault('event-sealed-unknown', 'The event may not seal a value of that name.');
  }
}

/** Of facts that came from a next hop or another room: those this type may carry and the log may hold. */
export function fitting(type: string, facts: Facts): Facts {
  const known = typeOf(type);
  return Object.fromEntries(Object.entries(facts).filter(([name, value]) => known.facts.includes(name) && fit(value)));
}

/** One sentence for a person, without PHI. */
export function sentence(type: string, outcome: EventDraft['outcome'], facts: Facts): string {
  const said = typeOf(type).say(facts, outcome);
  return `${said.charAt(0).toUpperCase()}${said.slice(1)}`;
}
