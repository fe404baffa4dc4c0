/** Where the lab's people let their keys be found: on the web, in signed DNS, in a directory. */
import { X509Certificate, createHash } from 'node:crypto';
import { readKey } from 'openpgp';
import type { Row } from '../dns.ts';
import type { Published } from '../hops.ts';
import type { Entry } from '../ldap.ts';
import { LISTS, RECIPIENTS, STAFF } from '../people.ts';
import type { PublicKey, Where } from '../post/secrets.ts';

const local = (address: string): string => address.slice(0, address.lastIndexOf('@'));
const domain = (address: string): string => address.slice(address.lastIndexOf('@') + 1);

/** RFC 7929 §3, RFC 8162 §3 */
export function daneName(address: string, label: '_openpgpkey' | '_smimecert'): string {
  return `${createHash('sha256').update(local(address)).digest('hex').slice(0, 56)}.${label}.${domain(address)}`;
}

export async function publishedOf(keys: readonly (PublicKey & { readonly where: Where })[]): Promise<Published> {
  const binary = async ({ text }: PublicKey) => (await readKey({ armoredKey: text })).write();
  const web = await Promise.all(keys.filter((k) => k.where === 'wkd').map(async (k) => ({ address: k.address, key: await binary(k) })));
  const rows = await Promise.all(keys.filter((k) => k.where === 'dane-key').map(async (k): Promise<Row> => ({ name: daneName(k.address, '_openpgpkey'), type: 'UNKNOWN_61', data: Buffer.from(await binary(k)) })));
  return { web, rows, signed: rows.map((row) => row.name) };
}

const BASE = 'ou=people,dc=lab,dc=test';
const dnOf = (address: string): string => `uid=${local(address)},${BASE}`;

/** The clinic's own people and lists. */
export function clinicEntries(): Entry[] {
  const people = [...STAFF, ...RECIPIENTS.filter((r) => LISTS.some((l) => l.members.includes(r.address)))];
  return [
    ...people.map(({ name, address }): Entry => ({ dn: dnOf(address), mail: address, certificates: [], says: { objectclass: ['inetOrgPerson'], displayName: [name] } })),
    ...LISTS.map(({ name, address, members }): Entry => ({ dn: dnOf(address), mail: address, certificates: [], says: members.length === 0 ? { objectclass: ['groupOfURLs'], displayName: [name] } : { objectclass: ['groupOfNames'], displayName: [name], member: members.map(dnOf) } })),
  ];
}

export function entryOf({ address, text }: PublicKey): Entry {
  return { dn: dnOf(address), mail: address, certificates: [new Uint8Array(new X509Certificate(text).raw)] };
}
