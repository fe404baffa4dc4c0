/**
 * What a fact of an event may look like, by its name: with the names each type may carry (`catalogue.ts`) the schema of every type. A value of ours that
 * does not fit is a fault where tests run and nothing in the log elsewhere; of what next hops and other strangers say, nothing is kept that does not fit.
 */
type Shape = (value: unknown) => boolean;

const text = (pattern: RegExp): Shape => (value) => typeof value === 'string' && pattern.test(value);
/** Numbers are whole: RFC 8785 spells others by ECMAScript's rules. */
const whole: Shape = (value) => Number.isSafeInteger(value);
const count: Shape = (value) => whole(value) && (value as number) >= 0;
const flag: Shape = (value) => typeof value === 'boolean';
/** one word of a closed list of ours, an algorithm, a version */
const CODE = '[A-Za-z0-9][A-Za-z0-9_.:+/-]{0,79}';
const code = text(new RegExp(`^(?:${CODE})?$`));
const codes = text(new RegExp(`^(?:${CODE}(?: ${CODE}){0,199})?$`));
/** a prefix of ours and no more than letters and digits behind it */
const id = text(/^[A-Za-z][A-Za-z0-9]{0,15}[_-][A-Za-z0-9_.-]{1,80}$/);
const hex = text(/^[0-9A-Fa-f]{8,128}$/);
const base64 = text(/^[A-Za-z0-9+/_-]{16,172}={0,2}$/);
const vkey = text(/^[^\s@+]{1,255}\+[0-9a-f]{8}\+[A-Za-z0-9+/=]{40,60}$/);
const day = text(/^\d{4}-\d\d-\d\d$/);
const time = text(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z$/);
const month = text(/^\d{4}-\d\d$/);
const host = text(/^[A-Za-z0-9](?:[A-Za-z0-9_.:-]{0,253}[A-Za-z0-9.])?(?:\/[\w.-]{1,20})?$/);
/** a path of the wire as it is declared, never as it was asked for */
const path = text(/^\/[A-Za-z0-9/:._-]{0,120}$/);
/** printable, without what an address needs */
const words = text(/^[^@\p{Cc}\p{Cs}]{0,512}$/u);
const any = (...shapes: readonly Shape[]): Shape => (value) => shapes.some((shape) => shape(value));
const moment = any(day, time, count);

const each = (shape: Shape, ...names: readonly string[]): { readonly [name: string]: Shape } => Object.fromEntries(names.map((name) => [name, shape]));

export const FACTS: { readonly [name: string]: Shape } = {
  ...each(count,
    'addresses', 'attachments', 'attempt', 'blocked', 'bytes', 'copies', 'count', 'days', 'exceptions', 'excluded', 'files', 'findings', 'hold', 'hours', 'kept', 'members', 'messages', 'minutes', 'n', 'newDomains', 'outside', 'parts', 'port', 'reads', 'recalled',
    'recipients', 'recovered', 'released', 'removed', 'replyCode', 'roster', 'rules', 'seen', 'sensitive', 'size', 'tries', 'unscannable', 'uptime', 'weakened', 'window', 'people', 'secured'),
  ...each(whole, 'behind', 'measured'),
  ...each(flag, 'active', 'all', 'backed', 'clean', 'divided', 'emergency', 'own', 'justified', 'letter', 'machine', 'narrow', 'requiretls', 'reused', 'scheduled', 'shared'),
  ...each(code,
    'acquired', 'action', 'agent', 'through', 'topic', 'bound', 'by', 'cause', 'check', 'cipher', 'class', 'code', 'control', 'dane', 'decision', 'directory', 'disposition', 'engine', 'enrolled', 'every', 'feedback', 'floor', 'grade', 'group', 'holds', 'how', 'rule', 'confidence', 'sign', 'what', 'keyEncryption', 'kind', 'language',
    'level', 'legalReview', 'method', 'mitigated', 'nature', 'need', 'node', 'nprm', 'of', 'otherwise', 'outcome', 'policy', 'prefers', 'profile', 'protection', 'protocol', 'reason', 'recipient', 'report', 'result', 'revocation', 'revocationWhy', 'role', 'ruleset',
    'sent', 'severity', 'signal', 'source', 'stage', 'stands', 'starttls', 'state', 'status', 'sts', 'stsId', 'trust', 'verdict', 'version', 'vks', 'webhook', 'way', 'why', 'wkd', 'enhanced', 'base', 'provider', 'mail', 'plan'),
  ...each(codes, 'dkimSelectors', 'field', 'fields', 'filter', 'roles', 'keywords', 'purpose', 'selector', 'topics', 'trace', 'waived'),
  ...each(id, 'alert', 'change', 'client', 'mailbox', 'person', 'rationale', 'answer', 'consent', 'event', 'export', 'grant', 'incident', 'notice', 'reader', 'review', 'schedule', 'session'),
  ...each(any(id, code), 'account', 'certificate', 'deputy', 'deputyFor', 'handoff', 'id', 'key'),
  ...each(any(hex, base64), 'digest', 'network', 'fingerprint', 'hash', 'manifest', 'recipientCertificate', 'recipientKey', 'recipientSubkey', 'serial', 'sha256', 'signature', 'signingCertificate', 'signingKey'),
  ...each(moment, 'at', 'began', 'deadline', 'discovered', 'due', 'expires', 'next', 'notAfter', 'reverts', 'revocationAt', 'time', 'until'),
  ...each(any(month, day), 'epoch', 'evidenceEpoch'),
  ...each(any(count, flag), 'envid', 'phone'),
  ...each(any(count, hex, code), 'roster', 'rules'),
  ...each(any(count, code), 'reply', 'format', 'part'),
  ...each(any(moment, flag), 'ended'),
  ...each(any(codes, flag, count), 'changed'),
  ...each(any(code, moment), 'from', 'to'),
  ...each(host, 'dkimDomain', 'domain', 'host', 'origin', 'witness', 'revocationBy'),
  ...each(words, 'authority', 'issuer', 'queueId'),
  after: vkey, path, aaguid: any(id, hex, code),
};

/** A name that has no shape of its own yet: short, printable, no address. The tests ask for a shape. */
export const PLAIN: Shape = any(words, whole, flag);

/** Where the same name says something else. */
export const FACTS_OF: { readonly [type: string]: { readonly [name: string]: Shape } } = {
  'log.initialised': { key: vkey }, 'log.key_rotated': { key: vkey },
  'auth.failed': { count }, 'session.ended': { cause: code },
};

/** What next hops, authorities and other strangers say: kept if it fits, and no fault of ours if it does not. */
export const STRANGERS: ReadonlySet<string> = new Set(['authority', 'certificate', 'enhanced', 'group', 'host', 'issuer', 'keywords', 'protocol', 'cipher', 'queueId', 'reply', 'replyCode', 'stsId', 'status', 'action', 'disposition', 'envid', 'notAfter', 'aaguid']);
