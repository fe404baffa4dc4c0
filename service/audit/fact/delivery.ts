/** Events of copies on their way: how each is protected, every try, what the other side said, what was recalled. */
import type { EventDraft, Facts } from '../audit.ts';
import { by, has, ofItem, plain, text, why, type EventTypes } from './event.ts';

/** What `seal/` says of the bytes it made. */
const SEAL_FACTS = [
  'protection', 'cipher', 'keyEncryption', 'recipientCertificate', 'recipientKey', 'recipientSubkey', 'signingKey', 'signingCertificate', 'dkimDomain', 'dkimSelectors', 'size', 'bytes', 'trust', 'key', 'revocation', 'revocationBy', 'revocationAt', 'revocationWhy',
];
/** What `deliver/` says of one try at one next hop. */
const ATTEMPT_FACTS = [
  'kind', 'port', 'starttls', 'protocol', 'cipher', 'group', 'certificate', 'issuer', 'notAfter', 'bound', 'dane', 'sts', 'stsId', 'keywords', 'reused', 'requiretls', 'stage', 'began', 'ended', 'bytes', 'replyCode', 'enhanced', 'queueId',
  'protection', 'outcome', 'grade', 'code', 'reply', 'n', 'attempt', 'floor', 'host', 'size', 'mail',
];

const FEEDBACK: { readonly [kind: string]: string } = { abuse: 'unwanted', fraud: 'a fraud', virus: 'harmful', 'not-spam': 'wanted after all' };

/** Codes that say how the channel was proved, not what was wrong with it. */
const GOOD: readonly string[] = ['pkix', 'dane', 'mta-sts', 'pinned'];

function attempted(f: Facts, outcome: EventDraft['outcome']): string {
  const channel = has(f, 'protocol') ? ` over ${[text(f, 'protocol'), text(f, 'cipher')].filter((s) => s !== '').join(', ')}${has(f, 'grade') ? ` (grade ${text(f, 'grade')})` : ''}` : '';
  const code = text(f, 'reply') || text(f, 'replyCode');
  const reply = code === '' ? '' : ` It answered ${[code, text(f, 'enhanced')].join(' ').trim()}.`;
  if (outcome === 'unknown') return `Handed over${channel}, and their mail server never said whether it took it.`;
  return outcome === 'ok' ? `${f['kind'] === 'smart-host' ? 'The smart host' : 'Their mail server'}${has(f, 'host') ? ` (${text(f, 'host')})` : ''} was reached${channel}.${reply}` : `A try${channel} ended without delivery.${has(f, 'code') && GOOD.includes(text(f, 'code')) ? '' : why(f)}${reply}`;
}

export const DELIVERY_EVENTS: EventTypes = {
  'encryption.decided': { facts: ['protection', 'otherwise', 'reason', 'need', 'policy', 'trust', 'key', 'role', 'divided'], item: false, say: (f) => `To be protected by ${by(f)}${text(f, 'otherwise') === '' ? '' : `; if that cannot be proved, by ${by(f, 'otherwise')}`}.` },
  'encryption.applied': ofItem(SEAL_FACTS, (f) => `Protected by ${by(f)}${has(f, 'cipher') ? ` (${text(f, 'cipher')})` : ''}.`),
  'encryption.changed': ofItem(['from', 'to', 'code', 'policy', 'grade', 'sent'], (f) => `Changed from ${by(f, 'from')} to ${by(f, 'to')}.${why(f)}${f['sent'] === 'nothing' ? ' Nothing had been sent.' : ''}`),
  'encryption.downgrade_blocked': ofItem(['code', 'grade', 'floor', 'protection', 'protocol'], (f) => `Nothing was sent.${why(f)}`),
  'domain.fault': plain('A record of one of our own domains has become wrong, or is gone.', ['domain', 'check', 'state']),
  'domain.unseen': plain('For a day nothing of our own domains could be looked at: nobody knows whether their records are right.', ['hours']),
  'domain.mended': plain('A record of one of our own domains is right again.', ['domain', 'check', 'state']),
  'channel.level_accepted': plain('An administrator took what a domain\'s mail servers prove now for the new level.'),
  'queue.paused': { facts: ['all'], item: false, say: (f) => `An administrator paused delivery${f['all'] === true ? '' : ' to one domain'}.` },
  'queue.resumed': { facts: ['all'], item: false, say: (f) => `An administrator let delivery${f['all'] === true ? '' : ' to one domain'} go on.` },
  'queue.tried': plain('An administrator had a domain that did not answer tried again at once.', ['all']),
  'delivery.queued': ofItem(['protection', 'otherwise', 'kind', 'n'], () => 'Waiting to be delivered.'),
  'delivery.attempt.started': ofItem(['protection', 'n', 'attempt', 'bytes', 'size', 'floor', 'kind'], (f) => `Trying to deliver${has(f, 'attempt') ? `, try ${text(f, 'attempt')}` : ''}.`),
  'delivery.attempt.finished': ofItem(ATTEMPT_FACTS, attempted),
  'delivery.deferred': ofItem([...ATTEMPT_FACTS, 'next'], (f) => `Put off.${why(f)} It will be tried again.`),
  'delivery.relayed': ofItem([...new Set([...ATTEMPT_FACTS, ...SEAL_FACTS, 'divided'])], (f) => `Taken over by ${f['kind'] === 'smart-host' ? 'the smart host' : 'their mail server'}${has(f, 'protection') ? `, protected by ${by(f)}` : ''}.`),
  'delivery.failed': ofItem(ATTEMPT_FACTS, (f, outcome) => `${outcome === 'unknown' ? 'It is not sent again.' : 'Could not be delivered.'}${why(f)}`),
  'delivery.unknown': ofItem(['protection', 'n', 'attempt', 'code'], () => 'A try was interrupted before its end was known: it may have arrived. What is tried again goes under the same Message-ID.'),
  'delivery.held': ofItem(['code', 'protection', 'n', 'attempt', 'until'], (f) => `Held back; nothing was sent.${why(f)}`),
  'delivery.dsn_received': ofItem(['action', 'status', 'code', 'envid', 'notice'], (f) => `Their side says: ${text(f, 'action') || 'nothing more'}${has(f, 'status') ? ` (${text(f, 'status')})` : ''}.${why(f)}`),
  'delivery.released': ofItem(['from', 'to', 'code', 'n'], (f) => `Let go by its author${text(f, 'from') === text(f, 'to') ? ', to be tried again' : ''}, protected by ${by(f, 'to')}.`),
  'delivery.mdn_received': ofItem(['disposition', 'machine', 'notice'], (f) => `Their mail program says that it was ${text(f, 'disposition') || 'displayed'}${f['machine'] === true ? ', of its own accord' : ''}.`),
  'delivery.complaint_received': ofItem(['feedback', 'notice'], (f) => `Their provider says that somebody there called it ${FEEDBACK[text(f, 'feedback')] ?? 'unwanted'}.`),
  'delivery.answered': ofItem(['how', 'notice'], () => 'Their side answered by itself, as with an absence note. It was not read and not answered.'),
  'recall.requested': plain('Its author asked to recall it.', ['recipients']),
  'recall.done': ofItem(['code', 'protection', 'state'], (f, outcome) => (outcome === 'ok' ? text(f, 'state') === 'unknown' ? 'Recalled: it is not sent again; a try that was cut off may have arrived.' : 'Recalled: this copy can no longer be read.' : `Could not be recalled.${why(f)}`)),
  'tlsrpt.sent': plain('A domain that asked for it was told how encryption to its mail hosts went.', ['id', 'count']),
};
