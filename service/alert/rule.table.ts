/**
 * Which entries of the log somebody should hear of: the types, how many within which time about whom, and what is said. Sentences carry no address
 * and no name; who it is about stands beside as an opaque id.
 */
import type { Facts } from '../audit/audit.ts';

export type Severity = 'notice' | 'warning' | 'urgent';

export interface AlertRule {
  readonly severity: Severity;
  readonly on: readonly string[];
  readonly when?: (facts: Facts, outcome: string) => boolean;
  readonly per: 'actor' | 'message' | 'all';
  /** within `hours`, at least so often; `new`: what they never did, or as `of` says never did so, before; `back`: again after so many days without */
  readonly least: number | 'new' | { readonly back: number };
  readonly hours: number;
  /** what is new about it; empty: nothing that can be told */
  readonly of?: (facts: Facts, at: number) => string;
  /** nothing is raised before they have been known for so many days: until then everything is new. With `of`, 0 when absent: the first of all is no news */
  readonly settled?: number;
  readonly text: string;
  readonly advice: string;
}

const word = (facts: Facts, name: string): string => { const value = facts[name]; return typeof value === 'string' ? value : ''; };
/** Clinicians change wards, shifts and machines all the time; who may change rules or read the log does not. A program shows its key. */
const trusted = (facts: Facts): boolean => word(facts, 'key') !== '' || word(facts, 'roles').split(' ').some((role) => role !== '' && role !== 'clinician');
/** of a day, by the organization's clock */
const QUARTERS = ['night', 'morning', 'afternoon', 'evening'];

/** What a rule of the policy asks to be told; raised with the decision itself. */
export const TOLD = 'policy-notify';

export const RULES: { readonly [kind: string]: AlertRule } = {
  'assurance-lowered': {
    severity: 'warning', on: ['encryption.downgrade_blocked'], per: 'all', least: 1, hours: 24,
    text: 'A domain\'s mail servers prove less than they did before. Copies to it were held; nothing was sent.', advice: 'Ask the other side, then take the new level or wait.',
  },
  'new-network': {
    severity: 'notice', on: ['session.started', 'client.called'], when: trusted, of: (f) => word(f, 'network'), per: 'actor', least: 'new', hours: 24,
    text: 'Somebody with more than a clinician\'s role, or a program with its key, came from a network they had not come from before.', advice: 'If it is far from where they work, ask them; a key that was copied is ended under Programs.',
  },
  'new-device': {
    severity: 'notice', on: ['session.started', 'client.called'], when: trusted, of: (f) => word(f, 'agent'), per: 'actor', least: 'new', hours: 24,
    text: 'Somebody with more than a clinician\'s role, or a program with its key, came with a kind of browser or system they had not used before.', advice: 'Ask them, if they did not just get another machine.',
  },
  'new-program': {
    severity: 'warning', on: ['session.started'], of: (f) => word(f, 'through'), per: 'actor', least: 'new', hours: 24, settled: 1,
    text: 'A sign-in was made for a program that this person had not used before.', advice: 'See at the issuer whether that program is ours.',
  },
  'back-after-absence': {
    severity: 'warning', on: ['session.started'], per: 'actor', least: { back: 45 }, hours: 24,
    text: 'An account was used that had not been for more than six weeks.', advice: 'Make sure that it is its owner, and that they still need it.',
  },
  'unusual-hour': {
    severity: 'notice', on: ['session.started'], when: trusted, of: (_f, at) => QUARTERS[Math.floor(new Date(at).getHours() / 6)] ?? '', per: 'actor', least: 'new', hours: 24, settled: 14,
    text: 'Somebody with more than a clinician\'s role signed in at a time of day at which they never had, in two weeks or more.', advice: 'Ask them, unless their shifts have changed.',
  },
  'new-destination': {
    severity: 'notice', on: ['message.accepted'], when: (f) => Number(f['newDomains'] ?? 0) > 0, per: 'all', least: 1, hours: 24, settled: 14,
    text: 'Much patient data went to a domain that nobody here had written to before.', advice: 'The log names the messages: entries of acceptance that count new domains. Were they meant?',
  },
  'many-messages': {
    severity: 'warning', on: ['message.accepted'], per: 'actor', least: 100, hours: 1,
    text: 'One person, or one program, sent a hundred messages within an hour.', advice: 'If that is not their work, end their sessions at the issuer: an account may be in other hands.',
  },
  'many-blocks': {
    severity: 'warning', on: ['message.refused'], per: 'actor', least: 5, hours: 1,
    text: 'The policy stopped several messages of one person within an hour.', advice: 'Help them, or look at the rule: it may stop work that is right.',
  },
  'access-refused': {
    severity: 'warning', on: ['authz.denied'], per: 'actor', least: 10, hours: 1,
    text: 'One person was refused again and again.', advice: 'See what they tried, and whether their roles fit their work.',
  },
  'sign-in-refused': {
    severity: 'warning', on: ['auth.failed'], when: (f) => Number(f['count'] ?? 1) >= 20, per: 'all', least: 1, hours: 1,
    text: 'Many calls came with tokens that were not accepted.', advice: 'See whether a program\'s sign-in has ended, or a stranger tries.',
  },
  'directory-refused': {
    severity: 'warning', on: ['auth.failed'], when: (f) => word(f, 'code') === 'scim-token', per: 'all', least: 1, hours: 24,
    text: 'Somebody called as the directory without its token: a stranger, or the directory itself with an old one, and then nobody who leaves is ended here.', advice: 'See in the directory whether its last run went through, and give it the token of SCIM_TOKEN if not.',
  },
  'codes-guessed': {
    severity: 'warning', on: ['portal.locked'], per: 'all', least: 5, hours: 1,
    text: 'Several portal copies were locked after wrong codes.', advice: 'See whether the calls come from one place.',
  },
  'first-export': {
    severity: 'notice', on: ['export.requested'], per: 'actor', least: 'new', hours: 24,
    text: 'A person exported from the log who had not done so before.', advice: 'Make sure that it is part of their work.',
  },
  'first-reveal': {
    severity: 'notice', on: ['audit.revealed'], per: 'actor', least: 'new', hours: 24,
    text: 'A person uncovered sealed values of the log who had not done so before.', advice: 'Make sure that it is part of their work.',
  },
  'many-reveals': {
    severity: 'urgent', on: ['audit.revealed'], per: 'actor', least: 20, hours: 24,
    text: 'One person uncovered many sealed values of the log.', advice: 'Ask for the purpose; every one is in the log.',
  },
  'break-glass': {
    severity: 'urgent', on: ['breakglass.granted'], per: 'message', least: 1, hours: 1,
    text: 'Emergency access to a message was taken.', advice: 'Review it within one business day.',
  },
  'log-forged': {
    severity: 'urgent', on: ['log.forged'], per: 'all', least: 1, hours: 1,
    text: 'Somebody wrote an event into the database that the service had not noted, or changed one. It was not taken into the log.', advice: 'Find out who can write to the database, and verify the log.',
  },
  'emergency-policy': {
    severity: 'urgent', on: ['policy.activated'], when: (f) => f['emergency'] === true, per: 'all', least: 1, hours: 1,
    text: 'The policy was changed without a second person. It goes back after 24 hours unless one approves it.', advice: 'Read the difference, then approve or let it lapse.',
  },
  'key-changed': {
    severity: 'warning', on: ['key.changed'], per: 'all', least: 1, hours: 24,
    text: 'Another key than the one on file was found for a recipient; it is held.', advice: 'Ask the recipient by another way, then confirm or remove it.',
  },
  'key-expiring': {
    severity: 'notice', on: ['key.expiring'], when: (f) => f['own'] !== true, per: 'all', least: 1, hours: 24,
    text: 'Keys of recipients end soon.', advice: 'Ask for new ones: the list of keys says when each ends. What has ended is not used: such mail takes another way that is strong enough, or waits.',
  },
  'own-key-expiring': {
    severity: 'warning', on: ['key.expiring'], when: (f) => f['own'] === true, per: 'all', least: 1, hours: 24,
    text: 'A signing key or certificate of our own ends soon.', advice: 'Make or bring the next one in time; what has ended signs nothing that recipients accept.',
  },
  'own-keys': {
    severity: 'notice', on: ['key.exchanged', 'key.own_withdrawn', 'key.master_rotated', 'log.key_rotated'], per: 'all', least: 1, hours: 1,
    text: 'A signing key or certificate of our own was exchanged or taken away, or the master key was.', advice: 'Make sure that it was planned.',
  },
  'unread': {
    severity: 'notice', on: ['portal.unread'], per: 'all', least: 10, hours: 24,
    text: 'Many portal copies were not opened in time; their authors were told.', advice: 'See whether the notices arrive.',
  },
  'complaints': {
    severity: 'warning', on: ['delivery.complaint_received'], per: 'all', least: 3, hours: 24,
    text: 'Several recipients\' providers reported our mail as unwanted.', advice: 'See who wrote to whom; a provider may refuse all our mail. `npm run doctor` says how our domains look to them.',
  },
  'own-domain': {
    severity: 'warning', on: ['domain.fault'], per: 'all', least: 1, hours: 24,
    text: 'What one of our own domains says to receivers (MX, SPF, DKIM, DMARC, MTA-STS, TLS-RPT) has become wrong or is gone.', advice: '`npm run doctor` says which, and the record to publish.',
  },
  'own-domain-unseen': {
    severity: 'warning', on: ['domain.unseen'], per: 'all', least: 1, hours: 24,
    text: 'For a day nothing could be looked up of what our own domains say to receivers.', advice: 'See to the resolver (RESOLVER), then run `npm run doctor`.',
  },
  'anchor-failed': {
    severity: 'warning', on: ['log.anchor_failed'], per: 'all', least: 3, hours: 24,
    text: 'The log could not be anchored outside, several times.', advice: 'See to the witness, the time-stamp authority or the folder.',
  },
  'settings-changed': {
    severity: 'warning', on: ['settings.loaded'], when: (f) => typeof f['changed'] === 'string' && f['changed'] !== '', per: 'all', least: 1, hours: 1,
    text: 'The service started with other settings than before.', advice: 'The entry in the log names them. Make sure that two people know why.',
  },
  'settings-wait': {
    severity: 'urgent', on: ['change.proposed'], when: (f) => f['what'] === 'settings', per: 'all', least: 1, hours: 1,
    text: 'Settings that mail is trusted by are others than two people agreed to. Nothing is delivered until they do.', advice: 'Two people agree under Changes, or the settings are put back.',
  },
  'policy-unmatched': {
    severity: 'warning', on: ['policy.unmatched'], per: 'all', least: 1, hours: 24,
    text: 'Rules in force ask for a pattern, a list or a group that nobody here knows any more; they never hold.', advice: 'The version under Rules says which. Put back what was removed, or change the rule.',
  },
  'policy-postponed': {
    severity: 'warning', on: ['policy.postponed'], per: 'all', least: 1, hours: 1,
    text: 'A version of the policy did not come into force at its time: other rules have come into force since it was tried.', advice: 'Try it again under Rules, look at what it changes now, and set its time anew.',
  },
  'role-conflict': {
    severity: 'warning', on: ['role.conflict'], per: 'actor', least: 1, hours: 24,
    text: 'A person was given roles that exclude each other; none of them holds.', advice: 'Take one of them from them, where they are given: at the issuer, or under People and roles.',
  },
  'client-key-exposed': {
    severity: 'warning', on: ['client.key_exposed'], per: 'actor', least: 1, hours: 24,
    text: 'Somebody who was shown the key of a program has left, and the key goes on.', advice: 'Give the program a new key under Programs; those before it end within the hour.',
  },
  'client-key-expiring': {
    severity: 'notice', on: ['client.key_expiring'], per: 'all', least: 1, hours: 24,
    text: 'A key of a program ends within two weeks.', advice: 'Issue the next one and give it to the program while both still work.',
  },
  'clock': {
    severity: 'warning', on: ['clock.skew'], per: 'all', least: 1, hours: 24,
    text: 'The clock went back.', advice: 'See to the time service of this machine.',
  },
  'overdue': {
    severity: 'warning', on: ['incident.overdue', 'breakglass.overdue', 'review.overdue', 'access.overdue'], per: 'all', least: 1, hours: 24,
    text: 'An incident or a review is overdue.', advice: 'Open it and end it.',
  },
};

const SAID: { readonly [kind: string]: Pick<AlertRule, 'text' | 'advice'> } = {
  'export-ending': { text: 'A report that you had scheduled was made, nobody has fetched it, and it goes soon.', advice: 'Fetch it in the console under Reports, or have it made again for the same time.' },
  [TOLD]: { text: 'A rule of the policy asks that you are told of a message.', advice: 'Its entries in the log say what was decided, and why.' },
};

export const saidOf = (kind: string): Pick<AlertRule, 'text' | 'advice'> => RULES[kind] ?? SAID[kind] ?? { text: 'Something happened that a former version watched for.', advice: 'See the log.' };

const BY_TYPE = new Map<string, [string, AlertRule][]>();
for (const [kind, rule] of Object.entries(RULES)) for (const type of rule.on) BY_TYPE.set(type, [...(BY_TYPE.get(type) ?? []), [kind, rule]]);

export const rulesFor = (type: string): readonly (readonly [string, AlertRule])[] => BY_TYPE.get(type) ?? [];
