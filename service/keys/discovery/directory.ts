/**
 * Certificates from an LDAP directory that the organisation configured (RFC 4523): `userCertificate` and `userSMIMECertificate` of the
 * entry with this mail address. Asks for nothing else and writes nothing. Its answer is a found key like any other: two persons stand behind none of it.
 */
import { EqualityFilter } from 'ldapts';
import { askLdap, type LdapSettings } from '../../ldap/ldap.ts';
import type { Hit, Source } from './source.ts';

const ATTRIBUTES = ['userCertificate;binary', 'userSMIMECertificate;binary', 'userCertificate', 'userSMIMECertificate'];
/** An address of one person; a directory that knows it fifty times is misconfigured. */
const ENTRIES = 5;
/** Former certificates stay in entries for years. */
const CERTIFICATES = 20;

export function directory(settings: LdapSettings): Source {
  return {
    name: 'directory', trust: 'directory', kinds: ['smime'],
    find: (address) => askLdap(settings, async (ldap) => {
      const entries = await ldap.search({ filter: new EqualityFilter({ attribute: 'mail', value: address }), attributes: ATTRIBUTES, binary: ATTRIBUTES, most: ENTRIES });
      return entries.flatMap((entry) => ATTRIBUTES.flatMap((attribute) => [entry[attribute] ?? []].flat().filter((v) => Buffer.isBuffer(v)))).slice(-CERTIFICATES).map((bytes): Hit => ({ bytes: new Uint8Array(bytes) }));
    }),
  };
}
