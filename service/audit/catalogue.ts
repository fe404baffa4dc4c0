/**
 * Every type of event there is, the facts each may carry, and its sentence for a person. A type or fact that is not here is a fault:
 * what is not foreseen cannot slip into a log that is kept for years. Facts are open to every reader of the log, so they are codes,
 * counts, algorithms and host names; names, addresses, subjects, reply texts and IPs are sealed (45 CFR 164.312(b), 164.514(b)(2)).
 */
import { cause } from '../../shared/track/cause.ts';
import { Fault } from '../refusal.ts';
import { FACTS, FACTS_OF, PLAIN, STRANGERS } from './fact/fact.table.ts';
import { STAFF_EVENTS } from './fact/staff.ts';
import type { EventDraft, Facts } from './audit.ts';

export interface EventType {
  readonly facts: readonly string[];
  /** about one recipient's copy: the item must be named */
  readonly item: boolean;
  readonly say: (f: Facts, outcome: EventDraft['outcome']) => string;
}

/** Values that may be committed to and kept beside, sealed. */
const SEALED: readonly string[] = [
  'address', 'recipient', 'from', 'name', 'subject', 'filename', 'reply', 'text', 'host', 'ip', 'reason', 'justification', 'patient', 'patientRef', 'purpose', 'messageId',
  'digest', 'sha256', 'query', 'domain', 'phone', 'agent', 'diagnostic',
];

/** Entries may stand this far out of the order of time: made before, committed after. Beyond it a `clock.skew` says so. */
export const ORDER_TOLERANCE = 60_000;

/** What `seal/` says of the bytes it made. */
const SEAL_FACTS = [
  'protection', 'cipher', 'keyEncryption', 'recipientCertificate', 'recipientKey', 'recipientSubkey', 'signingKey', 'signingCertificate', 'dkimDomain', 'dkimSelectors', 'size', 'bytes', 'trust', 'key', 'revocation', 'revocationBy', 'revocationAt', 'revocationWhy',
];
/** What `deliver/` says of one try at one next hop. */
const ATTEMPT_FACTS = [
  'kind', 'port', 'starttls', 'protocol', 'cipher', 'group', 'certificate', 'issuer', 'notAfter', 'bound', 'dane', 'sts', 'stsId', 'keywords', 'reused', 'requiretls', 'stage', 'began', 'ended', 'bytes', 'replyCode', 'enhanced', 'queueId',
  'protection', 'outcome', 'grade', 'code', 'reply', 'n', 'attempt', 'floor', 'host', 'size', 'mail',
];

const PROTECTIONS: { readonly [name: string]: string } = {
  'tls': 'an encrypted connection that proves itself',
  'smime': 'S/MIME',
  'pgp': 'OpenPGP',
  'portal': 'a secure page',
  'plain-by-choice': 'ordinary mail, as the patient chose',
};

const FEEDBACK: { readonly [kind: string]: string } = { abuse: 'unwanted', fraud: 'a fraud', virus: 'harmful', 'not-spam': 'wanted after all' };
const CODES: { readonly [way: string]: string } = { 'passkey': 'a passkey of their device', 'spoken-code': 'the code you told them', 'sms-code': 'a one-time code from a text message', 'sign-in': 'a sign-in at their own provider' };

const text = (f: Facts, name: string): string => (f[name] === undefined || f[name] === null ? '' : String(f[name]));
const has = (f: Facts, name: string): boolean => text(f, name) !== '';
/** a delivery's reason has a sentence of its own; other codes are read as words */
const why = (f: Facts): string => (has(f, 'code') ? ` ${cause(text(f, 'code'))}` : '');
const because = (f: Facts): string => (has(f, 'code') ? `: ${text(f, 'code').replaceAll('-', ' ')}` : '');
const by = (f: Facts, name = 'protection'): string => (name === 'protection' && f['divided'] === true && text(f, name) === 'portal' ? 'a secure page with a divided key' : PROTECTIONS[text(f, name)] ?? 'no protection');

const plain = (sentence: string, facts: readonly string[] = []): EventType => ({ facts, item: false, say: () => sentence });
const ofItem = (facts: readonly string[], say: EventType['say']): EventType => ({ facts, item: true, say });

function attempted(f: Facts, outcome: EventDraft['outcome']): string {
  const channel = has(f, 'protocol') ? ` over ${[text(f, 'protocol'), text(f, 'cipher')].filter((s) => s !== '').join(', ')}${has(f, 'grade') ? ` (grade ${text(f, 'grade')})` : ''}` : '';
  const code = text(f, 'reply') || text(f, 'replyCode');
  const reply = code === '' ? '' : ` It answered ${[code, text(f, 'enhanced')].join(' ').trim()}.`;
  if (outcome === 'unknown') return `Handed over${channel}, and their mail server never said whether it took it.`;
  return outcome === 'ok' ? `${f['kind'] === 'smart-host' ? 'The smart host' : 'Their mail server'}${has(f, 'host') ? ` (${text(f, 'host')})` : ''} was reached${channel}.${reply}` : `A try${channel} ended without delivery.${has(f, 'code') && GOOD.includes(text(f, 'code')) ? '' : why(f)}${reply}`;
}

/** Codes that say how the channel was proved, not what was wrong with it. */
const GOOD: readonly string[] = ['pkix', 'dane', 'mta-sts', 'pinned'];

/** By what a program was told from a person. */
const SIGNS: { readonly [sign: string]: string } = {
  head: 'it asked for the head only', prefetch: 'it says that it loads ahead', agent: 'it says so by its name', headers: 'it is not the browser it says it is', many: 'it fetched several links within a second', early: 'before anybody could have read the mail',
};

export const CATALOGUE: { readonly [type: string]: EventType } = {
  'message.accepted': plain('Accepted: stored durably and encrypted.', ['level', 'verdict', 'findings', 'recipients', 'attachments', 'size', 'policy', 'ruleset', 'need', 'decision', 'plan', 'handoff', 'source', 'sensitive', 'unscannable', 'people', 'justified']),
  'message.refused': { facts: ['trace', 'waived', 'code', 'policy', 'ruleset', 'level', 'recipients', 'handoff'], item: false, say: (f) => `Not accepted${because(f)}.` },
  'message.recalled': { facts: ['recalled', 'recipients'], item: false, say: (f) => `Recalled by its author: ${text(f, 'recalled') || '0'} of ${text(f, 'recipients') || '0'} copies.` },
  'message.restored': plain('Restored as a draft by its author.'),
  'handoff.staged': plain('The hand-over began.', ['parts', 'recipients', 'handoff', 'digest']),
  'handoff.expired': plain('A hand-over that was never committed was discarded.', ['handoff', 'parts']),
  'list.expanded': plain('A distribution list was expanded into its members.', ['members', 'outside']),
  'policy.decided': plain('The policy was applied.', ['trace', 'waived', 'hold', 'policy', 'ruleset', 'decision', 'need', 'level', 'findings', 'sensitive', 'unscannable', 'people', 'justified', 'plan']),

  'policy.drafted': plain('A version of the policy was written.', ['hash', 'base', 'rules', 'exceptions']),
  'policy.simulated': { facts: ['version', 'hash', 'days', 'messages', 'blocked', 'released', 'weakened'], item: false, say: (f) => `A version of the policy was tried: it would newly block ${text(f, 'blocked') || '0'} and release ${text(f, 'released') || '0'} of ${text(f, 'messages') || '0'} messages.` },
  'policy.submitted': plain('A version of the policy was submitted for approval.', ['version', 'hash']),
  'policy.approved': plain('A second person approved a version of the policy.', ['version', 'hash']),
  'policy.rejected': plain('A second person rejected a version of the policy.', ['version', 'hash']),
  'policy.scheduled': plain('A version of the policy was given a time to come into force.', ['version', 'hash', 'at']),
  'policy.activated': { facts: ['version', 'hash', 'scheduled', 'emergency', 'reverts'], item: false, say: (f) => `${text(f, 'version') || 'A version'} of the policy came into force${f['emergency'] === true ? ' as an emergency change: it goes back unless a second person approves it' : ''}.` },
  'policy.reverted': plain('An emergency change that nobody approved within its time went back.', ['version', 'hash']),

  'part2.notice_attached': plain('The notice of 42 CFR 2.32 was put under the text, with the scope of the consent.'),
  'approval.requested': { facts: ['policy', 'rules', 'deadline'], item: false, say: (f) => `A second person was asked to agree${has(f, 'deadline') ? ` until ${text(f, 'deadline')}` : ''}.` },
  'approval.approved': plain('A second person agreed, and it went.', ['deputyFor']),
  'approval.denied': plain('A second person did not agree. It was not sent.', ['deputyFor']),
  'approval.expired': plain('Nobody decided in time. It was not sent.'),
  'approval.deputy': { facts: ['deputy', 'until', 'ended'], item: false, say: (f) => (f['ended'] === true ? 'A deputy was dismissed.' : 'An approver named a deputy.') },
  'consent.recorded': plain('A patient\'s consent was recorded.', ['consent', 'until', 'narrow']),
  'consent.revoked': plain('A patient\'s consent was taken back.', ['consent']),

  'encryption.decided': { facts: ['protection', 'otherwise', 'reason', 'need', 'policy', 'trust', 'key', 'role', 'divided'], item: false, say: (f) => `To be protected by ${by(f)}${text(f, 'otherwise') === '' ? '' : `; if that cannot be proved, by ${by(f, 'otherwise')}`}.` },
  'encryption.applied': ofItem(SEAL_FACTS, (f) => `Protected by ${by(f)}${has(f, 'cipher') ? ` (${text(f, 'cipher')})` : ''}.`),
  'encryption.changed': ofItem(['from', 'to', 'code', 'policy', 'grade', 'sent'], (f) => `Changed from ${by(f, 'from')} to ${by(f, 'to')}.${why(f)}${f['sent'] === 'nothing' ? ' Nothing had been sent.' : ''}`),
  'encryption.downgrade_blocked': ofItem(['code', 'grade', 'floor', 'protection', 'protocol'], (f) => `Nothing was sent.${why(f)}`),

  'domain.fault': plain('A record of one of our own domains has become wrong, or is gone.', ['domain', 'check', 'state']),
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

  'portal.notified': ofItem(['way', 'expires', 'grade', 'notice'], () => 'The notice with the link was taken over by their mail server.'),
  'portal.visited': ofItem(['by', 'sign'], (f) => (text(f, 'by') === 'program' ? `The link was fetched, probably by a mail scanner or a preview (${SIGNS[text(f, 'sign')] ?? 'by what it says of itself'}); not opened.` : 'The link was visited in a browser, by a person or by a scanner that looks like one; not opened.')),
  'portal.code_sent': ofItem(['expires', 'way', 'n'], (f) => `A one-time code was asked for and sent${text(f, 'way') === 'sms-code' ? ' by text message' : ''}.`),
  'portal.code_texted': ofItem(['code', 'n'], (f, outcome) => (outcome === 'ok' ? 'The text message with the code was handed to the gateway.' : `The text message with the code could not be handed to the gateway${because(f)}.`)),
  'portal.code_wrong': ofItem(['tries', 'way', 'reader'], () => 'A wrong code was typed.'),
  'portal.locked': ofItem(['until', 'tries', 'way'], () => 'Locked for a while after too many wrong codes.'),
  'portal.authenticated': ofItem(['way', 'session', 'enrolled', 'reader', 'stands', 'provider', 'purpose'], (f) => `${has(f, 'reader') ? 'A reader beside the recipient' : 'The recipient'} proved with ${CODES[text(f, 'way')] ?? 'a one-time code'}${has(f, 'enrolled') ? `, which was kept after ${CODES[text(f, 'enrolled')] ?? 'a one-time code by mail'},` : ''} that they may ${text(f, 'purpose') === 'answer' ? 'answer' : 'read'} it.`),
  'portal.passkey_kept': ofItem(['enrolled', 'backed', 'aaguid'], () => 'Their device keeps a passkey for later messages.'),
  'portal.passkeys_dropped': ofItem(['source'], () => 'Their passkeys count no more.'),
  'portal.message_opened': ofItem(['way', 'session', 'n', 'enrolled', 'reader', 'divided'], (f) => `Opened on the secure page${has(f, 'reader') ? ' by a reader beside the recipient' : ''}${f['divided'] === true ? ': our half of its key was released to their browser' : ''}.`),
  'portal.attachment_downloaded': ofItem(['n', 'size', 'session', 'reader'], (f) => `Attachment ${text(f, 'n') || 'of the message'} was downloaded.`),
  'portal.notice_failed': ofItem(['code', 'notice'], (f) => `The notice that was sent again did not arrive.${why(f)}`),
  'portal.extended': ofItem(['expires'], (f) => `Its author gave it longer${has(f, 'expires') ? `: it can be read until ${text(f, 'expires')}` : ''}.`),
  'portal.resend_requested': ofItem(['notice'], () => 'Its author asked for the notice to be sent again.'),
  'portal.reader_code': ofItem(['reader', 'stands', 'way'], (f) => `Another address asked to read it${has(f, 'stands') ? ', known as standing in for the recipient' : ''}; a code went there.`),
  'portal.reader_asked': ofItem(['reader'], () => 'Another address was proved. It waits for the author to allow it; nothing was shown.'),
  'portal.reader_allowed': ofItem(['reader'], () => 'Its author allowed another address to read it.'),
  'portal.reader_refused': ofItem(['reader'], () => 'Its author refused another address.'),
  'portal.replied': ofItem(['answer', 'recipients', 'reader'], () => 'Answered on the secure page; the answer is delivered as a message of its own.'),
  'portal.files_sent': ofItem(['answer', 'attachments', 'kept', 'reader', 'letter'], (f) => `Files came with ${f['letter'] === true ? 'a new message' : 'an answer'}${has(f, 'kept') ? `: ${text(f, 'attachments')} found clean and sent on, ${text(f, 'kept')} kept here because nobody has checked them` : ''}.`),
  'portal.upload_refused': ofItem(['code', 'reader', 'letter'], (f) => `A file for ${f['letter'] === true ? 'a new message' : 'an answer'} was not taken${because(f)}.`),
  'portal.preference_changed': ofItem(['what', 'way'], (f) => `The recipient changed what they prefer${has(f, 'what') ? `: ${({ language: 'the language', way: 'the way', phone: 'the mobile number', key: 'a key of their own', plain: 'their choice of ordinary mail' } as { readonly [w: string]: string })[text(f, 'what')] ?? 'something'}` : ''}.`),
  'portal.wrote': ofItem(['answer', 'to'], (f) => `The recipient wrote a new message${has(f, 'to') ? ` to ${text(f, 'to') === 'department' ? 'a department' : 'somebody who had written to them'}` : ''}; it is delivered as a message of its own.`),
  'portal.posted': ofItem([], () => 'Printed and sent by post, as its author says.'),
  'portal.strengthened': ofItem(['way'], (f) => `Its author asks for more than a code by mail: it opens with ${CODES[text(f, 'way')] ?? 'another code'} only.`),
  'portal.unread': ofItem(['hours'], (f) => `Not opened${has(f, 'hours') ? ` within ${text(f, 'hours')} hours` : ' so far'}; its author was told.`),
  'portal.expired': ofItem(['purpose'], (f) => `The time to ${text(f, 'purpose') === 'answer' ? 'answer' : 'open'} it on the secure page is over.`),
  'portal.left': ofItem(['way', 'reader'], () => 'The recipient signed out.'),
  'portal.access_denied': { facts: ['code', 'way', 'enrolled', 'provider'], item: false, say: (f) => `The secure page did not open it${because(f)}.` },

  'recall.requested': plain('Its author asked to recall it.', ['recipients']),
  'recall.done': ofItem(['code', 'protection', 'state'], (f, outcome) => (outcome === 'ok' ? text(f, 'state') === 'unknown' ? 'Recalled: it is not sent again; a try that was cut off may have arrived.' : 'Recalled: this copy can no longer be read.' : `Could not be recalled.${why(f)}`)),

  'evidence.certificate_issued': plain('A certificate of sending was issued.', ['certificate', 'manifest', 'size', 'count', 'fields']),
  'content.divided': { facts: ['copies'], item: false, say: (f) => `Its key was divided among ${text(f, 'copies') || '0'} ${text(f, 'copies') === '1' ? 'link' : 'links'} and the archive: nobody here can open the content any more.` },
  'content.archive_taken': plain('The archive\'s copy was handed out, encrypted to the archive key.', ['size']),
  'content.revealed': plain('Read by its author.', ['part', 'n', 'purpose']),
  'receipt.sent': plain('A receipt without PHI was sent to the author.', ['kind', 'code', 'state', 'protocol', 'grade']),
  'retention.assigned': { facts: ['class', 'until', 'epoch', 'evidenceEpoch', 'legalReview'], item: false, say: (f) => `Kept until the end of ${text(f, 'until') || 'its period'} (${text(f, 'class') || 'no class'}).` },
  'disposal.executed': { facts: ['class', 'until', 'method', 'parts', 'epoch'], item: false, say: (f) => `Destroyed at the end of its retention (${text(f, 'class') || 'no class'}): its key and its content are gone.` },
  'disposal.epoch_destroyed': { facts: ['epoch', 'messages'], item: false, say: (f) => `The key of ${text(f, 'epoch') || 'an epoch'} was destroyed; every copy and backup sealed under it is unreadable.` },

  'auth.failed': { facts: ['code', 'count', 'from', 'to'], item: false, say: (f) => `${Number(f['count']) > 1 ? `${text(f, 'count')} sign-ins were` : 'A sign-in was'} refused${because(f)}.` },
  'session.started': plain('A session began.'),
  'session.ended': { facts: ['cause'], item: false, say: (f) => `A session ended (${text(f, 'cause') || 'signed out'}).` },
  'account.provisioned': plain('The directory added a person.', ['account', 'active']),
  'account.updated': plain('The directory changed a person.', ['account', 'active']),
  'account.deprovisioned': plain('The directory ended a person\'s account; sessions and tokens of theirs count no more.', ['account', 'active']),
  'group.changed': plain('The directory changed a group.', ['group', 'members', 'removed']),
  'authz.denied': { facts: ['code', 'path', 'method'], item: false, say: (f) => `Access refused${because(f)}.` },
  'audit.queried': plain('The log was queried.', ['filter', 'count', 'size', 'kind']),
  'search.kept': { facts: ['id', 'shared'], item: false, say: (f) => `A search of the log was kept${f['shared'] === true ? ' and shown to the team' : ''}.` },
  'search.removed': plain('A kept search of the log was removed.', ['id']),
  'audit.looked_up': plain('The log was searched for an exact value.', ['field', 'count', 'purpose', 'size']),
  'audit.counted': plain('Entries of the log were counted.', ['by', 'size']),
  'incident.opened': { facts: ['incident', 'kind', 'discovered', 'copies', 'secured', 'due'], item: false, say: (f) => `An incident was opened (${text(f, 'kind').replaceAll('-', ' ') || 'unknown'}): ${text(f, 'secured') || '0'} of ${text(f, 'copies') || '0'} copies can be opened by nobody.` },
  'incident.action': plain('A corrective action was recorded.', ['incident', 'to', 'count']),
  'incident.remarked': plain('A remark was added to an incident.', ['incident', 'to', 'count']),
  'incident.closed': plain('An incident was closed.', ['incident', 'to', 'count']),
  'incident.overdue': plain('An incident\'s outer limit has passed.', ['incident']),
  'breach.assessed': { facts: ['incident', 'decision', 'people', 'nature', 'recipient', 'acquired', 'mitigated'], item: false, say: (f) => `A person assessed the incident by the four factors: ${text(f, 'decision').replaceAll('-', ' ') || 'undecided'}.` },
  'breach.notice_sent': { facts: ['incident', 'to', 'count'], item: false, say: (f) => `A notice of the breach was sent${has(f, 'to') ? ` (${text(f, 'to')})` : ''}.` },
  'breakglass.granted': { facts: ['grant', 'code', 'minutes', 'purpose', 'due'], item: false, say: (f) => `Emergency access was taken${because(f)}.` },
  'breakglass.used': plain('Read by emergency access.', ['grant', 'n', 'purpose']),
  'breakglass.reviewed': { facts: ['grant', 'justified', 'reads'], item: false, say: (_f, outcome) => (outcome === 'ok' ? 'Another person reviewed the emergency access and found it justified.' : 'Another person reviewed the emergency access and found it not justified.') },
  'breakglass.overdue': plain('An emergency access was not reviewed in time.', ['grant']),
  'review.scheduled': plain('A review of the log\'s activity is due.', ['review', 'from', 'to', 'due']),
  'review.completed': plain('The log\'s activity was reviewed and signed off.', ['review', 'from', 'to', 'size', 'findings', 'filter']),
  'review.overdue': plain('A review of the log\'s activity was not done in time.', ['review']),
  'control.evaluated': { facts: ['control', 'result', 'nprm', 'window', 'size', 'measured'], item: false, say: (f) => `Safeguard ${text(f, 'control') || 'unknown'} was evaluated: ${text(f, 'result').replaceAll('-', ' ') || 'unknown'}.` },
  'evidence.pack_made': plain('An evidence pack was made.', ['from', 'to', 'size', 'profile', 'sha256']),
  'export.requested': plain('An export of the log was asked for.', ['export', 'format', 'report', 'filter']),
  'export.created': { facts: ['export', 'format', 'report', 'count', 'size', 'sha256'], item: false, say: (f) => `An export of ${text(f, 'count') || '0'} entries was made${has(f, 'format') ? ` (${text(f, 'format')})` : ''}.` },
  'export.failed': plain('An export could not be made.', ['export', 'code']),
  'export.downloaded': plain('An export was fetched.', ['export', 'n']),
  'export.expired': plain('An export expired and was dropped.', ['export']),
  'export.scheduled': plain('An export was scheduled.', ['schedule', 'every', 'format', 'report']),
  'export.unscheduled': plain('A scheduled export was ended.', ['schedule']),
  'accounting.generated': plain('An accounting of disclosures was made for a patient.', ['count', 'excluded', 'purpose', 'from', 'to']),
  'audit.exported': plain('The log was exported.', ['count', 'size', 'format']),
  'audit.revealed': plain('Sealed values of the log were shown.', ['event', 'fields', 'purpose']),
  'key.imported': plain('A recipient\'s key was added.', ['key', 'kind', 'trust', 'source', 'fingerprint', 'expires']),
  'key.confirmed': plain('A second person confirmed a recipient\'s key.', ['key', 'kind', 'trust', 'source', 'fingerprint']),
  'key.looked_up': plain('A recipient\'s key was looked for.', ['wkd', 'dane', 'directory', 'vks']),
  'key.changed': plain('Another key than the one on file was found for a recipient; it is held until a person has looked at it.', ['key', 'kind', 'trust', 'source', 'fingerprint']),
  'key.refreshed': plain('A recipient\'s key was brought up to date with what its owner publishes.', ['key', 'kind', 'trust', 'source', 'fingerprint']),
  'key.withdrawn': plain('A recipient\'s key is no longer published; it is not used any more.', ['key', 'kind', 'trust', 'source', 'fingerprint']),
  'key.expiring': { facts: ['key', 'kind', 'trust', 'source', 'fingerprint', 'days', 'expires', 'own'], item: false, say: (f) => `${f['own'] === true ? 'A signing key of our own' : 'A recipient\'s key'} ends within ${text(f, 'days') || '30'} ${text(f, 'days') === '1' ? 'day' : 'days'}.` },
  'key.listed': plain('Recipients\' keys were listed with their addresses.', ['count']),
  'key.removed': plain('A recipient\'s key was removed.', ['key', 'kind', 'trust', 'source', 'fingerprint']),
  'key.used': plain('A recipient\'s key was used.', ['key', 'kind', 'trust', 'source', 'fingerprint']),
  'key.generated': plain('A key of our own was made.', ['key', 'kind', 'fingerprint', 'purpose', 'expires', 'domain', 'selector']),
  'key.exchanged': plain('Signing keys of our own were exchanged; the old ones stay published.', ['kind', 'fingerprint', 'source']),
  'preference.plain_chosen': { facts: ['topics', 'version', 'language', 'way'], item: false, say: (f) => `A recipient chose ordinary mail after a warning (${text(f, 'topics').replaceAll(' ', ', ') || 'no topic'})${text(f, 'way') === 'staff' ? ', as staff recorded it' : ''}.` },
  'preference.plain_revoked': plain('A recipient\'s choice of ordinary mail was taken back.', ['way']),
  'preference.plain_followed': ofItem(['topic', 'version'], (f) => `It goes as ordinary mail by the recipient's choice${has(f, 'topic') ? ` (${text(f, 'topic')})` : ''}, as its author was shown.`),
  'preference.recorded': plain('A recipient\'s preference was recorded.', ['prefers', 'source']),
  'tlsrpt.sent': plain('A domain that asked for it was told how encryption to its mail hosts went.', ['id', 'count']),
  'suppression.added': plain('An address was put on the list of those not to be written to as if nothing had happened.', ['id', 'reason', 'code', 'until']),
  'suppression.removed': plain('An address was taken off the list of those not to be written to.', ['id']),
  'recipient.viewed': plain('What is known of a recipient was shown.'),
  'suppression.listed': plain('The addresses on that list were shown.', ['count']),
  'contact.stand_in': plain('Who may read in a recipient\'s place was recorded.', ['stands']),
  'contact.reset': plain('A recipient\'s devices were forgotten by staff, so that they begin anew.'),
  'requirement.recorded': plain('The least that a recipient or a domain is written to with was recorded.', ['need', 'of']),
  'contact.recorded': plain('How a recipient is reached (language, mobile number) was recorded.', ['language', 'phone', 'changed']),
  'finding.disputed': plain('An author called a finding wrong; the message stayed as it was planned.', ['rule', 'confidence', 'part', 'kind', 'ruleset']),
  'finding.reviewed': plain('What authors call wrong about a rule of the scanner was reviewed.', ['rule', 'confidence']),
  'alert.raised': { facts: ['alert', 'kind', 'severity', 'count'], item: false, say: (f) => `An alert was raised (${text(f, 'kind').replaceAll('-', ' ') || 'unknown'}).` },
  'alert.acknowledged': plain('A person has seen to an alert.', ['alert', 'kind']),
  'alert.told': { facts: ['alert', 'kind', 'addresses', 'webhook', 'tries'], item: false, say: (f, outcome) => (outcome === 'ok' ? `Staff were told of an alert${has(f, 'addresses') ? ` (${text(f, 'addresses')} by mail)` : ''}.` : 'Staff could not be told of an alert.') },
  'settings.loaded': { item: false, say: (f) => `The settings were read.${has(f, 'changed') ? ` Changed since the last start: ${text(f, 'changed').split(' ').join(', ')}.` : ''}`, facts: ['digest', 'changed', 'profile', 'policy', 'rules', 'roster'] },
  ...STAFF_EVENTS,
  'service.started': plain('The service started.', ['version', 'node', 'engine', 'recovered', 'profile']),
  'service.stopped': plain('The service stopped.', ['signal', 'clean', 'uptime']),
  'backup.completed': plain('A backup was made.', ['at', 'files', 'bytes', 'holds']),
  'clock.skew': { facts: ['behind'], item: false, say: (f) => `The clock went back, or an entry came late, by ${Math.round((Number(f['behind']) || 0) / 1000)} s.` },
  'log.key_rotated': plain('The log goes on under a new key, for which the old key signed.', ['after', 'key', 'origin', 'signature']),
  'log.witnessed': { facts: ['witness', 'size', 'seen'], item: false, say: (f) => `A witness${has(f, 'witness') ? ` (${text(f, 'witness')})` : ''} saw the log at size ${text(f, 'size') || '0'} and signed for it.` },
  'log.timestamped': { facts: ['size', 'time', 'authority'], item: false, say: (f) => `A time-stamp authority stamped the log at size ${text(f, 'size') || '0'}.` },
  'log.copied': { facts: ['size', 'until'], item: false, say: (f) => `The checkpoint of size ${text(f, 'size') || '0'} was copied to a place that is written once${has(f, 'until') ? `, and locked there until ${text(f, 'until').slice(0, 10)}` : ''}.` },
  'log.anchor_failed': { facts: ['kind', 'code', 'size'], item: false, say: (f) => `An anchor of the log could not be set${because(f)}.` },
  'log.initialised': plain('The log began.', ['origin', 'key', 'format']),
};

function typeOf(type: string): EventType {
  const known = Object.hasOwn(CATALOGUE, type) ? CATALOGUE[type] : undefined;
  if (known === undefined) throw new Fault('event-unknown', 'The event type is not in the catalogue.');
  return known;
}

const ID = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/;
const OUTCOMES = ['ok', 'denied', 'failed', 'unknown'];

/** Throws at anything the catalogue does not foresee. */
export function check(draft: EventDraft): void {
  const type = typeOf(draft.type);
  if (!OUTCOMES.includes(draft.outcome)) throw new Fault('event-outcome', 'The event has no such outcome.');
  if (!ID.test(draft.actor.id) || !ID.test(draft.actor.kind)) throw new Fault('event-actor', 'The actor\'s id is not an opaque id.');
  for (const id of [draft.message, draft.item]) if (id !== undefined && !ID.test(id)) throw new Fault('event-id', 'A message or item id is not an opaque id.');
  if (type.item && (draft.item === undefined || draft.message === undefined)) throw new Fault('event-item', 'The event must name its message and item.');
  for (const name of Object.keys(draft.facts ?? {})) {
    if (!type.facts.includes(name)) throw new Fault('event-fact-unknown', 'The event may not carry a fact of that name.');
  }
  for (const [name, value] of Object.entries(draft.sealed ?? {})) {
    if (!SEALED.includes(name) || typeof value !== 'string') throw new Fault('event-sealed-unknown', 'The event may not seal a value of that name.');
  }
}

/** The names of the facts whose values do not fit this type. */
export function misfits(type: string, facts: Facts): string[] {
  const own = FACTS_OF[type] ?? {};
  return Object.entries(facts).flatMap(([name, value]) => (value === null || value === '' || (own[name] ?? FACTS[name] ?? PLAIN)(value) ? [] : [name]));
}

/**
 * Facts as the log may hold them. A value that does not fit is dropped, not refused: no stranger's words, and no mistake of ours, may keep an
 * event from being written. Where tests run (`strict`) a mistake of ours is a fault.
 */
export function fitting(type: string, facts: Facts, strict = false): Facts {
  const wrong = misfits(type, facts);
  if (strict && wrong.some((name) => !STRANGERS.has(name))) throw new Fault('event-fact-value', 'A fact of the event has a value that its type does not foresee.', `${type} ${wrong.join(' ')}`);
  return wrong.length === 0 ? facts : Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, wrong.includes(name) ? null : value]));
}

/** One sentence for a person, without PHI. */
export function sentence(type: string, outcome: EventDraft['outcome'], facts: Facts): string {
  const said = typeOf(type).say(facts, outcome);
  return `${said.charAt(0).toUpperCase()}${said.slice(1)}`;
}
