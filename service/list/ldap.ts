/** Lists in an LDAP directory: groups with a mail address, as RFC 4519 (§3.5, §3.6) and Active Directory write them. */
import { AndFilter, EqualityFilter, OrFilter, PresenceFilter } from 'ldapts';
import { askLdap, type LdapEntry, type LdapSettings } from '../ldap/ldap.ts';
import type { ListSource, Member } from './list.ts';

const GROUPS = ['group', 'groupOfNames', 'groupOfUniqueNames'];
/** Worked out at delivery: nobody can say beforehand who is in. */
const RULES = ['groupOfURLs', 'msExchDynamicDistributionList'];
const READ = ['objectClass', 'mail', 'targetAddress', 'displayName', 'cn', 'member', 'uniqueMember'];
/** More names than this cannot all be recipients. */
const NAMES = 2_000;
const AT_ONCE = 25;
const is = (attribute: string, value: string) => new EqualityFilter({ attribute, value });
const ANY = new PresenceFilter({ attribute: 'objectClass' });

const texts = (entry: LdapEntry, attribute: string): string[] => {
  const name = Object.keys(entry).find((k) => k.toLowerCase() === attribute.toLowerCase());
  return name === undefined ? [] : [entry[name] ?? []].flat().map(String).filter((v) => v !== '');
};
const isOf = (entry: LdapEntry, classes: readonly string[]): boolean => texts(entry, 'objectClass').some((c) => classes.some((k) => k.toLowerCase() === c.toLowerCase()));

/** The id of a list is its distinguished name. */
export function ldapLists(settings: LdapSettings): ListSource {
  return {
    find: (address) => askLdap(settings, async (ldap) => {
      // Exchange keeps further addresses of a group in proxyAddresses.
      const named = new OrFilter({ filters: [is('mail', address), is('proxyAddresses', `smtp:${address}`)] });
      const found = await ldap.search({ filter: new AndFilter({ filters: [named, new OrFilter({ filters: [...GROUPS, ...RULES].map((c) => is('objectClass', c)) })] }), attributes: ['mail'], most: 1 });
      return found[0]?.dn ?? null;
    }),
    members: (id) => askLdap(settings, async (ldap) => {
      const entryOf = async (dn: string, attributes: readonly string[]) => (await ldap.search({ at: dn, filter: ANY, attributes, most: 1 }))[0];
      const group = await entryOf(id, READ);
      if (!group || isOf(group, RULES)) return null;
      const names = [...texts(group, 'member'), ...texts(group, 'uniqueMember')];
      // Active Directory hands out long lists piece by piece ([MS-ADTS] §3.1.1.3.1.3.3).
      for (let piece = pieceOf(group); piece !== null;) {
        names.push(...piece.values);
        if (piece.last) break;
        const more = await entryOf(id, [`member;range=${piece.next}-*`]);
        piece = more ? pieceOf(more) : null;
        if (piece === null || names.length > NAMES) return null;
      }
      if (names.length > NAMES) return null;
      const members: Member[] = [];
      for (let n = 0; n < names.length; n += AT_ONCE) members.push(...await Promise.all(names.slice(n, n + AT_ONCE).map(async (dn) => memberOf(await entryOf(dn, READ)))));
      return members;
    }),
  };
}

function memberOf(entry: LdapEntry | undefined): Member {
  if (entry === undefined) return { kind: 'nobody' };
  if (isOf(entry, [...GROUPS, ...RULES])) return { kind: 'list', id: entry.dn };
  // A contact's mail goes on to where it points.
  const [target] = texts(entry, 'targetAddress');
  const address = target !== undefined && /^smtp:/i.test(target) ? target.slice('smtp:'.length) : texts(entry, 'mail')[0];
  const name = texts(entry, 'displayName')[0] ?? texts(entry, 'cn')[0];
  return address === undefined ? { kind: 'nobody' } : { kind: 'person', address, ...(name === undefined ? {} : { name }) };
}

function pieceOf(entry: LdapEntry): { readonly values: readonly string[]; readonly next: number; readonly last: boolean } | null {
  for (const name of Object.keys(entry)) {
    const [, end] = /^member;range=\d+-(\d+|\*)$/i.exec(name) ?? [];
    if (end !== undefined) return { values: texts(entry, name), next: Number(end) + 1, last: end === '*' };
  }
  return null;
}
