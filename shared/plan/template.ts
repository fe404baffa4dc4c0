/**
 * Policies to start from. Each is a whole policy an administrator copies into a draft and changes there. Citations are reasons, not law as code;
 * nothing here has been reviewed by counsel. Outlook's own Send obeys the first while it has none of its own, and beside whatever it has the rules of
 * `STRICT` after three days without word of the service (`guard.ts`).
 */
import type { Policy, PolicyRule } from './policy.ts';

const ALWAYS: PolicyRule = { id: 'always', name: 'Prove an encrypted connection', when: {}, then: { need: 'transport' }, reason: 'need-always' };

const BASE: readonly PolicyRule[] = [
  ALWAYS,
  { id: 'sensitive', name: 'Substance use and psychotherapy', when: { sensitive: ['substance-use', 'psychotherapy'] }, then: { need: 'at-rest' }, reason: 'need-sensitive' },
  { id: 'bulk', name: 'Many people', when: { level: ['bulk'] }, then: { act: 'warn' }, reason: 'warn-bulk' },
  { id: 'unscannable', name: 'Not readable', when: { unscannable: true }, then: { act: 'warn' }, reason: 'warn-unscannable' },
  { id: 'subject', name: 'A patient in the subject', when: { subjectIdentifier: true }, then: { act: 'warn' }, reason: 'warn-subject' },
  { id: 'look-alike', name: 'Looks like another domain', when: { level: ['medium', 'high', 'bulk', 'unscannable'], recipient: ['look-alike'] }, then: { act: 'warn', need: 'at-rest', hold: 15 }, reason: 'warn-look-alike' },
  { id: 'first-time', name: 'First mail to somebody outside', when: { level: ['high', 'bulk'], recipient: ['new'], recipientNot: ['internal', 'partner'] }, then: { act: 'hint' }, reason: 'hint-new' },
  { id: 'list', name: 'A list nobody can expand', when: { level: ['medium', 'high', 'bulk', 'unscannable'], recipient: ['list'] }, then: { act: 'block' }, reason: 'block-list' },
];

export const US_HEALTHCARE: Policy = { version: 'us-healthcare-2', rules: BASE };

const PHI = ['medium', 'high', 'bulk', 'unscannable'] as const;
/** A question about an illness, or two colleagues' names, are nobody's data. */
const OF_SOMEBODY = ['pii', ...PHI] as const;

export const STRICT: Policy = {
  version: 'strict-2',
  rules: [
    ...BASE,
    { id: 'strict-need', name: 'Patient data at rest', when: { level: PHI, recipient: ['external'] }, then: { need: 'at-rest', expires: 14 }, reason: 'need-strict' },
    { id: 'strict-justify', name: 'Say why', when: { level: ['high', 'bulk'], recipient: ['external'], recipientNot: ['partner'] }, then: { act: 'justify' }, reason: 'justify-strict' },
    { id: 'strict-first-time', name: 'Time to take back a first mail', when: { level: ['high', 'bulk'], recipient: ['new'], recipientNot: ['internal', 'partner'] }, then: { hold: 2 }, reason: 'hint-new' },
    { id: 'strict-bulk', name: 'Many people: a second look', when: { level: ['bulk'], recipient: ['external'] }, then: { act: 'approve' }, reason: 'approve-bulk' },
    { id: 'strict-unscannable', name: 'What cannot be read does not leave', when: { unscannable: true, recipient: ['external'] }, then: { act: 'approve' }, reason: 'approve-unscannable' },
    { id: 'strict-psychotherapy', name: 'Psychotherapy notes', when: { level: OF_SOMEBODY, sensitive: ['psychotherapy'], recipient: ['external'] }, then: { act: 'block' }, reason: 'block-psychotherapy' },
  ],
};

const PART2: Policy = {
  version: 'part2-1',
  rules: [
    ...BASE,
    { id: 'part2-consent', name: '42 CFR Part 2: consent', when: { sensitive: ['substance-use'], recipient: ['external'] }, then: { consent: true, need: 'at-rest', retention: 'part2' }, reason: 'consent-part2' },
    { id: 'part2-notice', name: '42 CFR 2.32: notice', when: { sensitive: ['substance-use'], recipient: ['external'] }, then: { notice: ['part2'] }, reason: 'notice-part2' },
    { id: 'part2-crowd', name: 'More than one outsider', when: { sensitive: ['substance-use'], recipient: ['external'], recipients: 2 }, then: { act: 'justify' }, reason: 'justify-strict' },
  ],
};

const BILLING: Policy = {
  version: 'billing-1',
  rules: [
    ...BASE,
    { id: 'billing-keep', name: 'Kept as billing', when: { purpose: ['payment'] }, then: { retention: 'billing' }, reason: 'retention-billing' },
    { id: 'billing-numbers', name: 'Account and plan numbers', when: { kinds: { of: ['ACCOUNT', 'HEALTH_PLAN', 'SSN'], least: 3 }, recipient: ['external'], recipientNot: ['partner'] }, then: { act: 'warn', need: 'at-rest' }, reason: 'warn-numbers' },
    { id: 'billing-consumer', name: 'Social Security numbers to consumer mailboxes', when: { kinds: { of: ['SSN'] }, recipient: ['consumer'] }, then: { portal: true }, reason: 'portal-numbers' },
    { id: 'billing-clinical', name: 'More than payment needs', when: { purpose: ['payment'], sensitive: ['psychotherapy', 'substance-use', 'hiv', 'reproductive', 'genetic'] }, then: { act: 'justify' }, reason: 'justify-minimum' },
  ],
};

const RESEARCH: Policy = {
  version: 'research-2',
  rules: [
    ...BASE,
    { id: 'research-identified', name: 'Identified data leaves by approval', when: { level: PHI, recipient: ['external'], people: 2 }, then: { act: 'approve', need: 'at-rest' }, reason: 'approve-research' },
    { id: 'research-direct', name: 'Direct identifiers', when: { level: OF_SOMEBODY, kinds: { of: ['NAME', 'SSN', 'MRN', 'PHONE', 'EMAIL', 'HEALTH_PLAN'] }, people: 2, recipient: ['external'] }, then: { act: 'justify' }, reason: 'justify-minimum' },
    { id: 'research-genetic', name: 'Genetic data', when: { sensitive: ['genetic'], recipient: ['external'] }, then: { need: 'e2e-only' }, reason: 'need-genetic' },
  ],
};

export const TEMPLATES = { 'us-healthcare': US_HEALTHCARE, strict: STRICT, part2: PART2, billing: BILLING, research: RESEARCH } as const;
export type TemplateName = keyof typeof TEMPLATES;
