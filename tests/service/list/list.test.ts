/** Who would read what goes to a list: nested, looped, doubled, moved, unreachable. Over lists in memory, and over a real LDAP server's answers. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLdap, type Directory, type Entry } from '../../../lab/ldap.ts';
import { ldapLists } from '../../../service/list/ldap.ts';
import { openLists, type Expansion, type ListSource, type Member } from '../../../service/list/list.ts';

const person = (address: string): Member => ({ kind: 'person', address });
const list = (id: string): Member => ({ kind: 'list', id });
const OWN = ['riverside.test'];

/** `lists`: by local part; null: its members are not written down */
function made(lists: { readonly [id: string]: readonly Member[] | null }) {
  const state = { now: 1_000_000, down: false, asked: 0 };
  const source: ListSource = {
    async find(address) {
      state.asked += 1;
      if (state.down) throw new Error('away');
      const id = address.slice(0, address.indexOf('@'));
      return Object.hasOwn(lists, id) ? id : null;
    },
    members: async (id) => lists[id] ?? null,
  };
  const room = openLists({ sources: [source], ownDomains: OWN, world: { now: () => state.now } });
  const expand = async (address: string, said = false) => (await room.expand([{ address, said }]))[0];
  return { state, expand };
}
const names = (found: Expansion | undefined): unknown => (found?.kind === 'members' ? found.members.map((m) => m.address) : found?.kind);

const CASES: readonly (readonly [what: string, lists: { readonly [id: string]: readonly Member[] | null }, address: string, said: boolean, expected: unknown])[] = [
  ['an ordinary colleague', {}, 'ana@riverside.test', false, 'no-list'],
  ['two members', { team: [person('ana@riverside.test'), person('tess@lakeside.test')] }, 'team@riverside.test', false, ['ana@riverside.test', 'tess@lakeside.test']],
  ['any spelling of its address', { team: [person('ana@riverside.test')] }, 'TEAM@Riverside.Test', false, ['ana@riverside.test']],
  ['a list in a list', { team: [person('a@riverside.test'), list('night')], night: [person('b@riverside.test')] }, 'team@riverside.test', false, ['a@riverside.test', 'b@riverside.test']],
  ['a list within itself', { team: [list('team'), person('a@riverside.test')] }, 'team@riverside.test', false, ['a@riverside.test']],
  ['two within each other', { team: [list('night'), person('a@riverside.test')], night: [list('team'), person('b@riverside.test')] }, 'team@riverside.test', false, ['a@riverside.test', 'b@riverside.test']],
  ['nobody but each other', { team: [list('night')], night: [list('team')] }, 'team@riverside.test', false, 'unexpanded'],
  ['one person by two ways, in two spellings', { team: [person('A@Riverside.test'), list('night')], night: [person('a@riverside.test')] }, 'team@riverside.test', false, ['A@Riverside.test']],
  ['empty', { team: [] }, 'team@riverside.test', false, 'unexpanded'],
  ['worked out at delivery', { team: null }, 'team@riverside.test', false, 'unexpanded'],
  ['one in it is worked out at delivery', { team: [person('a@riverside.test'), list('night')], night: null }, 'team@riverside.test', false, 'unexpanded'],
  ['somebody in it has no address', { team: [person('a@riverside.test'), { kind: 'nobody' }] }, 'team@riverside.test', false, 'unexpanded'],
  ['somebody\'s address is none', { team: [person('a@riverside.test'), person('nobody\r\nBcc: x@y.test')] }, 'team@riverside.test', false, 'unexpanded'],
  ['Outlook calls it a list, the directory does not know it', {}, 'team@riverside.test', true, 'unexpanded'],
  ['a list of somebody else', { team: [person('a@riverside.test')] }, 'team@lakeside.test', true, 'unexpanded'],
  ['an outsider is not asked for', { tess: [person('a@riverside.test')] }, 'tess@lakeside.test', false, 'no-list'],
];

describe('expanding', () => {
  it.each(CASES)('%s', async (_what, lists, address, said, expected) => expect(names(await made(lists).expand(address, said))).toEqual(expected));

  it('more members than a message may have recipients are still too many, and endless nesting ends', async () => {
    const many = made({ team: Array.from({ length: 3000 }, (_, n) => person(`p${n}@riverside.test`)) });
    expect(names(await many.expand('team@riverside.test'))).toHaveLength(501);
    const deep = made(Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`l${n}`, [list(`l${n + 1}`), person(`p${n}@riverside.test`)]])));
    expect(names(await deep.expand('l0@riverside.test'))).toBe('unexpanded');
  });

  it('is asked anew after half a minute; what was no list is believed longer, and a day while the directory is away', async () => {
    const lists: { [id: string]: Member[] } = { team: [person('a@riverside.test')] };
    const { state, expand } = made(lists);
    await expand('team@riverside.test');
    lists['team'] = [person('b@riverside.test')];
    expect(names(await expand('team@riverside.test'))).toEqual(['a@riverside.test']);
    state.now += 30_000;
    expect(names(await expand('team@riverside.test'))).toEqual(['b@riverside.test']);

    expect(names(await expand('ana@riverside.test'))).toBe('no-list');
    const asked = state.asked;
    state.now += 9 * 60_000;
    expect([names(await expand('ana@riverside.test')), state.asked]).toEqual(['no-list', asked]);
    state.down = true;
    state.now += 60 * 60_000;
    expect([await expand('ana@riverside.test'), await expand('noor@riverside.test'), await expand('team@riverside.test'), await expand('ana@riverside.test', true)].map(names)).toEqual(['no-list', 'unasked', 'unasked', 'unexpanded']);
    state.now += 24 * 3_600_000;
    expect(names(await expand('ana@riverside.test'))).toBe('unasked');
    // Somebody outside is nobody's affair here.
    expect(names(await expand('tess@lakeside.test'))).toBe('no-list');
  });

  it('any tangle of lists: everybody who is reachable, once, or not expanded', async () => {
    const ids = ['l0', 'l1', 'l2', 'l3', 'l4'];
    const member = fc.oneof(fc.nat(12).map((n) => person(`p${n}@riverside.test`)), fc.constantFrom(...ids).map(list));
    await fc.assert(fc.asyncProperty(fc.record(Object.fromEntries(ids.map((id) => [id, fc.option(fc.array(member, { maxLength: 5 }), { freq: 8 })]))), async (lists) => {
      const found = await made(lists as never).expand('l0@riverside.test');
      const reach = (id: string, seen: Set<string>): Set<string> => { if (!seen.has(id)) { seen.add(id); for (const m of (lists[id] as Member[] | null) ?? []) if (m.kind === 'list') reach(m.id, seen); } return seen; };
      const reached = [...reach('l0', new Set())];
      const people = new Set(reached.flatMap((id) => ((lists[id] as Member[] | null) ?? []).flatMap((m) => (m.kind === 'person' ? [m.address] : []))));
      const broken = reached.some((id) => lists[id] === null) || people.size === 0;
      expect(found?.kind === 'members' ? found.members.map((m) => m.address).sort() : found?.kind).toEqual(broken ? 'unexpanded' : [...people].sort());
    }), { numRuns: 500 });
  });
});

describe('in LDAP', () => {
  let server: Directory;
  const at = 'ou=people,dc=lab,dc=test';
  const entry = (uid: string, mail: string, says: Entry['says'] = { objectclass: ['inetOrgPerson'], cn: [uid] }): Entry => ({ dn: `uid=${uid},${at}`, mail, certificates: [], says });
  const group = (uid: string, members: readonly string[], more: Entry['says'] = {}): Entry => entry(uid, `${uid}@riverside.test`, { objectclass: ['groupOfNames'], member: members.map((m) => `uid=${m},${at}`), ...more });
  beforeAll(async () => { server = await startLdap([]); });
  afterAll(() => server.close());
  const expand = async (address: string, entries: readonly Entry[]) => {
    server.entries.splice(0, Number.POSITIVE_INFINITY, ...entries);
    const source = ldapLists({ url: server.url, world: { located: async (host: string) => host, trust: () => undefined } as never });
    return (await openLists({ sources: [source], ownDomains: OWN, world: { now: Date.now } }).expand([{ address, said: false }]))[0];
  };
  const people = [entry('ana', 'ana@riverside.test'), entry('noor', 'noor@riverside.test'), entry('tess', 'tess@lakeside.test', { objectclass: ['inetOrgPerson'], displayName: ['Tess Lane'], cn: ['tess'] }), entry('blank', '')];

  it.each([
    ['somebody', [...people], 'ana@riverside.test', 'no-list'],
    ['nobody', [...people], 'no.body@riverside.test', 'no-list'],
    ['a group of names', [...people, group('team', ['ana', 'tess'])], 'team@riverside.test', ['ana@riverside.test', 'tess@lakeside.test']],
    ['in any case', [...people, group('team', ['ana'])], 'Team@riverside.test', ['ana@riverside.test']],
    ['unique names', [...people, group('team', [], { objectclass: ['groupOfUniqueNames'], uniqueMember: [`uid=ana,${at}`] })], 'team@riverside.test', ['ana@riverside.test']],
    ['Active Directory, by a further address, with a contact that points elsewhere', [...people, entry('con', 'con@riverside.test', { objectclass: ['contact'], targetAddress: ['SMTP:con@lakeside.test'] }), entry('grp', 'grp@riverside.test', { objectclass: ['top', 'group'], proxyaddresses: ['smtp:old-name@riverside.test'], member: [`uid=con,${at}`] })], 'old-name@riverside.test', ['con@lakeside.test']],
    ['piece by piece', [...people, entry('grp', 'grp@riverside.test', { objectclass: ['group'], 'member;range=0-*': [`uid=ana,${at}`, `uid=noor,${at}`] })], 'grp@riverside.test', ['ana@riverside.test', 'noor@riverside.test']],
    ['nested and looped', [...people, group('team', ['ana', 'night']), group('night', ['noor', 'team'])], 'team@riverside.test', ['ana@riverside.test', 'noor@riverside.test']],
    ['a member without an address', [...people, group('team', ['ana', 'blank'])], 'team@riverside.test', 'unexpanded'],
    ['a member that is gone', [...people, group('team', ['ana', 'gone'])], 'team@riverside.test', 'unexpanded'],
    ['by a rule', [...people, group('team', [], { objectclass: ['groupOfURLs'] })], 'team@riverside.test', 'unexpanded'],
    ['an address that would be a filter', [...people, group('team', ['ana'])], '*@riverside.test', 'no-list'],
    ['two with one address', [...people, group('team', ['ana']), { ...group('other', ['noor']), mail: 'team@riverside.test' }], 'team@riverside.test', 'unasked'],
  ] as const)('%s', async (_what, entries, address, expected) => expect(names(await expand(address, entries))).toEqual(expected));

  it('brings their names, and cannot be asked when it is silent', async () => {
    expect(await expand('team@riverside.test', [...people, group('team', ['tess'])])).toEqual({ kind: 'members', members: [{ address: 'tess@lakeside.test', name: 'Tess Lane' }] });
  });
});
