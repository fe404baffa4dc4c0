/** Who lives in the lab: the staff of a made-up clinic, and the people it writes to. Nobody here exists. */
import type { StaffRole } from '../shared/wire/wire.ts';

export interface Staff {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly roles: readonly StaffRole[];
  /** what to try as this person */
  readonly says: string;
}

/** How a person receives, or in which way their next hop misbehaves. */
type Receives =
  | 'tls' | 'smime' | 'pgp' | 'portal'
  | 'no-tls' | 'expired' | 'self-signed' | 'wrong-name' | 'tls10' | 'greylist' | 'rejects' | 'drops' | 'null-mx' | 'forged-mx' | 'reports' | 'returns'
  | 'stripped' | 'dane' | 'dane-bad' | 'sts' | 'sts-bad' | 'slow' | 'silent' | 'huge' | 'requiretls' | 'others-later' | 'later'
  /** keys nobody handed over: they are found */
  | 'wkd' | 'dane-key' | 'directory';

export interface RecipientPerson {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly receives: Receives;
  readonly says: string;
  /** E.164: the clinic has it on file for one-time codes */
  readonly phone?: string;
}

export const ORGANISATION = {
  name: 'Riverside Clinic',
  domain: 'riverside.test',
  phone: '+1 555 0100',
  address: '12 Quay Street, Riverside',
  privacy: 'privacy@riverside.test',
} as const;

/** What access tokens are for; an identifier, not an address. */
export const AUDIENCE = 'https://send-secure.riverside.test';
export const PANE_CLIENT = 'send-secure-pane';
export const SCOPE = 'Mail.SendSecure';
export const CONSOLE_CLIENT = 'send-secure-console';
/** The lab's stronger sign-in (OpenID Connect Core §2, `acr`), and the ordinary one. */
export const STRONG = 'urn:riverside:security-key';
export const ORDINARY = 'urn:riverside:password';

export const STAFF: readonly Staff[] = [
  { id: 'ana', name: 'Dr. Ana Ruiz', address: 'ana.ruiz@riverside.test', roles: ['clinician'], says: 'writes to patients and colleagues' },
  { id: 'noor', name: 'Noor Haddad, RN', address: 'noor.haddad@riverside.test', roles: ['clinician'], says: 'another clinician: sees nothing of Ana\'s' },
  { id: 'ben', name: 'Ben Okafor', address: 'ben.okafor@riverside.test', roles: ['compliance', 'privacy-officer', 'auditor'], says: 'asks the audit log' },
  { id: 'ivy', name: 'Ivy Chen', address: 'ivy.chen@riverside.test', roles: ['system-admin', 'policy-author'], says: 'sets keys and rules' },
  { id: 'leo', name: 'Leo Marsh', address: 'leo.marsh@riverside.test', roles: ['policy-approver', 'legal'], says: 'approves rules, places holds' },
  { id: 'hub', name: 'Lab Results Hub', address: 'results@riverside.test', roles: ['api-client'], says: 'a system that sends without Outlook' },
];

export interface List {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  /** addresses, other lists among them; empty: worked out at delivery, so that nobody can say who is in */
  readonly members: readonly string[];
  readonly says: string;
}

/** Distribution lists of the clinic's directory. The first two are within each other, as grown directories have it. */
export const LISTS: readonly List[] = [
  { id: 'care', name: 'Care team', address: 'care-team@riverside.test', members: ['ana.ruiz@riverside.test', 'tess.lane@lakeside.test', 'on-call@riverside.test'], says: 'a list: colleagues and somebody outside' },
  { id: 'on-call', name: 'On call', address: 'on-call@riverside.test', members: ['noor.haddad@riverside.test', 'ben.okafor@riverside.test', 'care-team@riverside.test'], says: 'a list within a list' },
  { id: 'everyone', name: 'Everyone', address: 'everyone@riverside.test', members: [], says: 'a list nobody can take apart' },
];

export const RECIPIENTS: readonly RecipientPerson[] = [
  { id: 'tess', name: 'Tess Lane', address: 'tess.lane@lakeside.test', receives: 'tls', says: 'proved TLS: opens like any mail' },
  { id: 'sam', name: 'Sam Park', address: 'sam.park@stmarys.test', receives: 'smime', says: 'has an S/MIME certificate' },
  { id: 'gina', name: 'Gina Holt', address: 'gina.holt@keyring.test', receives: 'pgp', says: 'has an OpenPGP key' },
  { id: 'rosa', name: 'Rosa Delgado', address: 'rosa.delgado@brightmail.test', receives: 'portal', says: 'prefers a link and a code' },
  { id: 'walt', name: 'Walt Finch', address: 'walt.finch@oldpost.test', receives: 'no-tls', says: 'mail host without STARTTLS; has a phone', phone: '+15550117' },
  { id: 'eve', name: 'Eve Stone', address: 'eve.stone@expired.test', receives: 'expired', says: 'certificate expired' },
  { id: 'sid', name: 'Sid Quinn', address: 'sid.quinn@selfsigned.test', receives: 'self-signed', says: 'certificate of its own making' },
  { id: 'wren', name: 'Wren Hale', address: 'wren.hale@wrongname.test', receives: 'wrong-name', says: 'certificate for another host' },
  { id: 'tom', name: 'Tom Byrd', address: 'tom.byrd@tls10.test', receives: 'tls10', says: 'nothing newer than TLS 1.0' },
  { id: 'greta', name: 'Greta Lowe', address: 'greta.lowe@grey.test', receives: 'greylist', says: 'refused once, taken later' },
  { id: 'rick', name: 'Rick Voss', address: 'rick.voss@reject.test', receives: 'rejects', says: 'no such mailbox (550)' },
  { id: 'dora', name: 'Dora Finn', address: 'dora.finn@drop.test', receives: 'drops', says: 'hangs up after the content' },
  { id: 'nell', name: 'Nell Ash', address: 'nell.ash@nullmx.test', receives: 'null-mx', says: 'domain takes no mail' },
  { id: 'finn', name: 'Finn Cole', address: 'finn.cole@forged.test', receives: 'forged-mx', says: 'mail host of an impostor' },
  { id: 'ann', name: 'Ann Strode', address: 'ann.strode@strip.test', receives: 'stripped', says: 'somebody on the way cuts STARTTLS out' },
  { id: 'dan', name: 'Dan Eriksen', address: 'dan.eriksen@dane.test', receives: 'dane', says: 'no authority vouches, but DANE does' },
  { id: 'bad', name: 'Bea Adler', address: 'bea.adler@danebad.test', receives: 'dane-bad', says: 'DANE says another key: somebody stands between' },
  { id: 'stan', name: 'Stan Pool', address: 'stan.pool@sts.test', receives: 'sts', says: 'MTA-STS enforced, hosted elsewhere' },
  { id: 'steb', name: 'Steb Moor', address: 'steb.moor@stsbad.test', receives: 'sts-bad', says: 'MTA-STS names another mail host' },
  { id: 'lou', name: 'Lou Later', address: 'later.lou@partial.test', receives: 'later', says: 'mailbox full twice, then taken' },
  { id: 'nora', name: 'Nora Kent', address: 'nora.kent@partial.test', receives: 'others-later', says: 'same host as Lou, taken at once' },
  { id: 'sloan', name: 'Sloan Teal', address: 'sloan.teal@slow.test', receives: 'slow', says: 'mail host takes its time' },
  { id: 'mum', name: 'Mum Grey', address: 'mum.grey@silent.test', receives: 'silent', says: 'picks up and says nothing' },
  { id: 'hugo', name: 'Hugo Large', address: 'hugo.large@huge.test', receives: 'huge', says: 'answers with far too many words' },
  { id: 'prue', name: 'Prue Miss', address: 'prue.miss@promise.test', receives: 'requiretls', says: 'promises TLS for the rest of the way' },
  { id: 'dina', name: 'Dina Marsh', address: 'dina.marsh@reports.test', receives: 'reports', says: 'mail host reports what it delivered' },
  { id: 'otto', name: 'Otto Byrne', address: 'otto.byrne@returns.test', receives: 'returns', says: 'taken over, then returned' },
  { id: 'wanda', name: 'Wanda Fox', address: 'wanda.fox@webkey.test', receives: 'wkd', says: 'publishes an OpenPGP key on the web' },
  { id: 'dean', name: 'Dean Cole', address: 'dean.cole@signedkeys.test', receives: 'dane-key', says: 'publishes an OpenPGP key in signed DNS' },
  { id: 'lydia', name: 'Lydia Gray', address: 'lydia.gray@staffdir.test', receives: 'directory', says: 'her certificate stands in a directory' },
];

export function staffMember(id: string): Staff | null {
  return STAFF.find((s) => s.id === id) ?? null;
}
