/**
 * For which names an authority may vouch (RFC 5280 §4.2.1.10): mailboxes, subjects and hosts are compared; a form that is constrained and that we do
 * not compare counts as forbidden, as does a name that cannot be read. Everything here is attacker-controlled.
 */
import { AsnConvert } from '@peculiar/asn1-schema';
import { NameConstraints, type GeneralName, type GeneralSubtrees, type Name, type TBSCertificate } from '@peculiar/asn1-x509';

type Form = keyof GeneralName & string;

/** What a certificate calls itself, by form. */
export interface Names {
  readonly rfc822Name: readonly string[];
  readonly dNSName: readonly string[];
  /** each a list of relative names, made comparable */
  readonly directoryName: readonly (readonly string[])[];
  readonly other: ReadonlySet<Form>;
}

interface Subtrees {
  readonly rfc822Name: readonly string[];
  readonly dNSName: readonly string[];
  readonly directoryName: readonly (readonly string[])[];
  readonly other: ReadonlySet<Form>;
}

export interface Constraints {
  readonly permitted: Subtrees;
  readonly excluded: Subtrees;
}

const EMAIL = '1.2.840.113549.1.9.1';

const said = (name: GeneralName): Form[] => (Object.keys(name) as Form[]).filter((form) => name[form] !== undefined);

/** RFC 5280 §7.1, roughly: letters, width and spaces make no difference. */
const rdns = (name: Name): string[] => name.map((rdn) => rdn.map(({ type, value }) => `${type}=${value.toString().normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim()}`).sort().join('+'));

function sorted(names: readonly GeneralName[]): Subtrees {
  return {
    rfc822Name: names.flatMap((n) => n.rfc822Name ?? []),
    dNSName: names.flatMap((n) => n.dNSName ?? []),
    directoryName: names.flatMap((n) => (n.directoryName === undefined ? [] : [rdns(n.directoryName)])),
    other: new Set(names.flatMap(said).filter((form) => form !== 'rfc822Name' && form !== 'dNSName' && form !== 'directoryName')),
  };
}

export function namesOf({ subject }: TBSCertificate, alternative: readonly GeneralName[]): Names {
  const names = sorted(alternative);
  const addresses = subject.flatMap((rdn) => [...rdn]).filter((a) => a.type === EMAIL).map((a) => a.value.toString());
  return { ...names, rfc822Name: [...names.rfc822Name, ...addresses], directoryName: [...names.directoryName, ...(subject.length === 0 ? [] : [rdns(subject)])] };
}

/** Null where they say nothing, or what nobody says: distances other than zero (RFC 5280 §4.2.1.10). */
export function constraintsIn(der: ArrayBuffer): Constraints | null {
  const { permittedSubtrees, excludedSubtrees } = AsnConvert.parse(der, NameConstraints);
  const all = [...(permittedSubtrees ?? []), ...(excludedSubtrees ?? [])];
  if (all.length === 0 || all.some((s) => Number(s.minimum) !== 0 || s.maximum !== undefined)) return null;
  const bases = (trees: GeneralSubtrees | undefined): Subtrees => sorted((trees ?? []).map((s) => s.base));
  return { permitted: bases(permittedSubtrees), excluded: bases(excludedSubtrees) };
}

export function allows({ permitted, excluded }: Constraints, names: Names): boolean {
  const stands = <T>(all: readonly T[], inside: readonly T[], outside: readonly T[], within: (name: T, base: T) => boolean, readable: (name: T) => boolean, permits = within): boolean =>
    (inside.length === 0 && outside.length === 0) || all.every((name) => readable(name) && !outside.some((base) => within(name, base)) && (inside.length === 0 || inside.some((base) => permits(name, base))));
  return stands(names.rfc822Name, permitted.rfc822Name, excluded.rfc822Name.map(whole), mailboxWithin, (name) => MAILBOX.test(name), mailboxPermitted)
    && stands(names.dNSName, permitted.dNSName, excluded.dNSName, hostWithin, (name) => HOST.test(name))
    && stands(names.directoryName, permitted.directoryName, excluded.directoryName, (name, base) => base.every((rdn, i) => name[i] === rdn), () => true)
    && ![...permitted.other, ...excluded.other].some((form) => names.other.has(form));
}

/** Nothing excluded is everything excluded, and nothing permitted is nothing. */
const whole = (base: string): string => (base === '' ? '*' : base);
/** What can be read in two ways is not read. */
const MAILBOX = /^[!#-'*+\-/-9=?^-~A-Z.]+@[a-z0-9-]+(?:\.[a-z0-9-]+)*$/i;
const HOST = /^(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/i;

/** A base with an `@` is one mailbox, with a dot before it every host below, else the mailboxes of one host, as some write with an `@` before it. */
function mailboxWithin(name: string, base: string): boolean {
  const [mailbox, wanted] = [name.toLowerCase(), base.toLowerCase().replace(/^@/, '')];
  if (wanted === '*') return true;
  if (wanted.includes('@')) return mailbox === wanted;
  const host = mailbox.slice(mailbox.lastIndexOf('@') + 1);
  return wanted.startsWith('.') ? host.endsWith(wanted) : host === wanted;
}

/** What stands before the `@` may mean another mailbox in other letters (RFC 5280 §7.5): all of them can be excluded by one, one alone is permitted. */
function mailboxPermitted(name: string, base: string): boolean {
  const local = base.slice(0, Math.max(0, base.lastIndexOf('@')));
  return mailboxWithin(name, base) && (local === '' || name.startsWith(`${local}@`));
}

function hostWithin(name: string, base: string): boolean {
  const [host, wanted] = [name.toLowerCase(), base.toLowerCase()];
  return wanted === '' || (wanted.startsWith('.') ? host.endsWith(wanted) : host === wanted || host.endsWith(`.${wanted}`));
}
