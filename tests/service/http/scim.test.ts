/** The directory's road in, against what Entra ID and Okta really send; and that whoever left is out with the next call. */
import { join } from 'node:path';
import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { openAudit } from '../../../service/audit/audit.ts';
import { scim } from '../../../service/http/scim/scim.ts';
import type { Edge } from '../../../service/http/guard.ts';
import { personId } from '../../../service/people/token/claims.ts';
import { openDirectory } from '../../../service/people/directory.ts';
import { openPeople } from '../../../service/people/people.ts';
import { openSessions } from '../../../service/people/session.ts';
import { openVault } from '../../../service/vault/vault.ts';
import { AUDIENCE, ISSUER, openIssuer } from '../people/issuer.ts';
import { onEveryEngine, type Ground } from '../store/engines.ts';

const room = (path: string) => new URL(path, import.meta.url);
const rooms = { audit: room('../../../service/audit/audit.sql.ts'), people: room('../../../service/people/people.sql.ts'), access: room('../../../service/people/access/access.sql.ts') };
const TOKEN = 'x'.repeat(40);
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const LIST = 'urn:send-secure:scim:schemas:1.0:List';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

async function open(ground: Ground, token: string | undefined = TOKEN) {
  const issuer = await openIssuer();
  const world = { ...issuer.world, now: () => issuer.world.clock, random: (n: number) => crypto.getRandomValues(new Uint8Array(n)) };
  const store = await ground.open(rooms, { now: world.now });
  const { folder } = await ground.place();
  const vault = await openVault({ folder: join(folder, 'keys'), masterKey: { file: join(folder, 'master'), create: true }, world });
  const audit = await openAudit({ store, vault, world, origin: 'audit.test/v1', folder: join(folder, 'keys') });
  const directory = openDirectory({ store, world, vault, audit, personOf: (id) => personId(ISSUER, id) });
  const sessions = openSessions({ people: openPeople({ issuer: ISSUER, audience: AUDIENCE, ownDomains: ['riverside.test'], world: issuer.world }), store, world, vault, audit, ownDomains: ['riverside.test'], idleMs: 900_000, absoluteMs: 12 * 3_600_000 });
  const app = new Hono<Edge>();
  let strangers = 0;
  scim(app, { directory, token, throttle: { take: () => 0 } as never, refused: () => { strangers += 1; } });
  const call = async (method: string, path: string, body?: object, bearer = TOKEN) => {
    const answer = await app.request(`/scim/v2/${path}`, { method, headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/scim+json' }, ...(body ? { body: JSON.stringify(body) } : {}) });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? null : JSON.parse(text) };
  };
  const who = async (claims: Record<string, unknown> = {}) => { const found = await sessions.who(`Bearer ${await issuer.sign(claims)}`); return 'kind' in found ? found.code : found; };
  return { issuer, audit, call, who, strangers: () => strangers };
}

onEveryEngine((ground) => {
  test('Entra ID: looks, makes, changes with capitals and text, ends with active "False", and never deletes', async () => {
    const { call, who, audit } = await open(ground);
    expect((await call('GET', 'Users?filter=userName+eq+%22b6f8a9c0-none%22')).body).toMatchObject({ totalResults: 0, Resources: [] });
    const made = await call('POST', 'Users', { schemas: [USER, 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'], externalId: 'ana', userName: 'Ana.Ruiz@riverside.test', active: true, displayName: 'Ana', emails: [{ primary: true, type: 'work', value: 'ana.ruiz@riverside.test' }], meta: { resourceType: 'User' }, name: { formatted: 'Ana Ruiz' }, roles: [] });
    expect([made.status, made.body.active]).toEqual([201, true]);
    expect((await call('POST', 'Users', { userName: 'ana.ruiz@RIVERSIDE.test' })).status).toBe(409);
    expect((await call('GET', 'Users?filter=username+eq+%22ana.ruiz%40riverside.test%22')).body.Resources[0].id).toBe(made.body.id);
    expect(await who()).toHaveProperty('id');
    expect((await call('PATCH', `Users/${made.body.id}`, { schemas: [PATCH], Operations: [{ op: 'Replace', path: 'displayName', value: 'Ana R.' }, { op: 'Add', path: 'emails[type eq "work"].value', value: 'x@riverside.test' }] })).body.displayName).toBe('Ana R.');
    expect((await call('PATCH', `Users/${made.body.id}`, { schemas: [PATCH], Operations: [{ op: 'Replace', path: 'active', value: 'False' }] })).body.active).toBe(false);
    // Whom she works for: the id alone, as Entra ID sends it, and taken away again with null.
    const boss = (await call('POST', 'Users', { schemas: [USER], userName: 'max@riverside.test' })).body.id;
    const managed = async (value: unknown) => (await call('PATCH', `Users/${made.body.id}`, { schemas: [PATCH], Operations: [{ op: 'Add', path: `${ENTERPRISE}:manager`, value }] })).body[ENTERPRISE]?.manager?.value;
    expect([await managed(boss), await managed({ value: boss }), await managed([{ value: boss }]), await managed(null)]).toEqual([boss, boss, boss, undefined]);
    // The very next call, with a token that is good for another quarter of an hour, and with a new one.
    expect([await who(), await who({ auth_time: 1 })]).toEqual(['session-ended', 'session-ended']);
    expect((await call('DELETE', `Users/${made.body.id}`)).status).toBe(204);
    // Removed: not there any more for the directory, in no list, and nothing of it can be changed (RFC 7644 §3.6); made anew it is who it was.
    const patch = { schemas: [PATCH], Operations: [{ op: 'replace', path: 'active', value: true }] };
    expect([(await call('GET', `Users/${made.body.id}`)).status, (await call('PATCH', `Users/${made.body.id}`, patch)).status, (await call('DELETE', `Users/${made.body.id}`)).status, (await call('GET', 'Users')).body.totalResults, (await call('GET', 'Users?filter=externalId+eq+%22ana%22')).body.totalResults, await who({ auth_time: 1 })]).toEqual([404, 404, 404, 1, 0, 'session-ended']);
    expect((await call('POST', 'Users', { schemas: [USER], userName: 'ana.ruiz@riverside.test', externalId: 'ana', active: true })).body).toMatchObject({ id: made.body.id, active: true });
    // Back again: by a new sign-in, not by the session that was ended.
    expect([await who(), typeof await who({ auth_time: 2 })]).toEqual(['session-ended', 'object']);
    await audit.close();
  });

  test('somebody who left stays out, whatever else is said of them at the same moment, or not said', async () => {
    const { call, who, audit } = await open(ground);
    const made = (await call('POST', 'Users', { schemas: [USER], userName: 'ana.ruiz@riverside.test', externalId: 'ana', active: true })).body;
    const patch = (...Operations: object[]) => call('PATCH', `Users/${made.id}`, { schemas: [PATCH], Operations });
    const rename = (n: number) => patch({ op: 'replace', path: 'displayName', value: `Ana ${n}` });
    const both = await Promise.all([rename(1), rename(2), patch({ op: 'replace', path: 'active', value: false }), rename(3)]);
    expect(both.map((b) => b.status)).toEqual([200, 200, 200, 200]);
    expect([(await call('GET', `Users/${made.id}`)).body.active, await who({ auth_time: 3 })]).toEqual([false, 'session-ended']);
    await call('PUT', `Users/${made.id}`, { schemas: [USER], userName: 'ana.ruiz@riverside.test', externalId: 'ana' });
    await patch({ op: 'remove', path: 'active' });
    expect((await call('GET', `Users/${made.id}`)).body.active).toBe(false);
    await audit.close();
  });

  test('a leaver of whom the directory has nothing more to say is ended all the same, and found by what it said before', async () => {
    const { call, who, audit } = await open(ground);
    const made = (await call('POST', 'Users', { schemas: [USER], userName: 'ana.ruiz@riverside.test', externalId: 'ana', active: true, emails: [{ value: 'ana.ruiz@riverside.test', type: 'work' }] })).body;
    const end = { op: 'Replace', path: 'active', value: 'False' };
    // Null, and nothing between quotes, are no attribute (RFC 7643 §2.5).
    for (const [path, value] of [['emails[type eq "work"].value', null], ['emails[type eq "work"].value', ''], ['emails', null], ['emails', [{ value: null, type: 'work', primary: null }]], ['externalId', ''], ['externalId', null]] as const) {
      expect((await call('PUT', `Users/${made.id}`, { schemas: [USER], userName: 'ana.ruiz@riverside.test', externalId: 'ana', active: true, emails: [{ value: 'ana.ruiz@riverside.test' }] })).body).toMatchObject({ active: true, emails: [{ value: 'ana.ruiz@riverside.test' }] });
      expect((await call('PATCH', `Users/${made.id}`, { schemas: [PATCH], Operations: [{ op: 'Replace', path, value }, end] })).body, path).toMatchObject({ active: false, externalId: 'ana' });
    }
    // Under another name and without their id, before they were ever here.
    for (const more of [{}, { externalId: null, emails: null, [ENTERPRISE]: null }, { externalId: '', emails: [{ value: '', primary: 'True' }] }]) {
      expect((await call('PUT', `Users/${made.id}`, { schemas: [USER], userName: 'gone-ana@riverside.test', active: false, ...more })).body).toMatchObject({ active: false });
      expect(await who()).toBe('session-ended');
    }
    await audit.close();
  });

  test('who is known by name alone is out as well when the directory gives them another as it ends them, and not back by the session that was ended', async () => {
    const { call, who, audit } = await open(ground);
    // Entra ID's `externalId` is mailNickname unless it was mapped otherwise, which is no token's subject; a removed account's name gets letters in front.
    const { id } = (await call('POST', 'Users', { schemas: [USER], userName: 'ana.ruiz@riverside.test', externalId: 'ana.ruiz', active: true })).body;
    const patch = (value: object) => call('PATCH', `Users/${id}`, { schemas: [PATCH], Operations: [{ op: 'replace', value }] });
    expect(await who({ sid: 'a' })).toHaveProperty('id');
    await patch({ userName: '0a1bana.ruiz@riverside.test', active: false });
    expect([await who({ sid: 'a' }), await who({ sid: 'b' })]).toEqual(['session-ended', 'session-ended']);
    await patch({ userName: 'ana.ruiz@riverside.test', active: true });
    expect([await who({ sid: 'a' }), typeof await who({ sid: 'c' })]).toEqual(['session-ended', 'object']);
    await audit.close();
  });

  test('whom the directory removed is in no group when they are made anew', async () => {
    const { call, who, audit } = await open(ground);
    const made = async () => (await call('POST', 'Users', { schemas: [USER], userName: 'ana.ruiz@riverside.test', externalId: 'ana', active: true })).body.id as string;
    const id = await made();
    const group = (await call('POST', 'Groups', { displayName: 'oncology', members: [{ value: id }] })).body.id as string;
    expect(await who({ sid: 'a' })).toMatchObject({ groups: ['oncology'] });
    await call('DELETE', `Users/${id}`);
    expect((await call('GET', `Groups/${group}`)).body.members).toEqual([]);
    expect(await made()).toBe(id);
    expect(await who({ sid: 'b' })).toMatchObject({ groups: [] });
    await audit.close();
  });

  test('of two who are to have one name at the same moment one gets it, and the other a clear answer; and what no store holds is refused', async () => {
    const { call, audit } = await open(ground);
    const ids = await Promise.all(['a', 'b', 'c'].map(async (n) => (await call('POST', 'Users', { schemas: [USER], userName: `${n}@riverside.test` })).body.id as string));
    const both = await Promise.all(ids.map((id) => call('PUT', `Users/${id}`, { schemas: [USER], userName: 'one@riverside.test' })));
    expect(both.map((b) => b.status).sort()).toEqual([200, 409, 409]);
    const bad = await Promise.all([call('POST', 'Groups', { displayName: 'a\0b' }), call('POST', 'Groups', { displayName: 'g', members: [{ value: '\0' }] }), call('GET', 'Users/%00'), call('GET', `Groups?filter=${encodeURIComponent('displayName eq "\0"')}`)]);
    expect(bad.map((b) => [b.status, b.body.scimType])).toEqual(bad.map(() => [400, 'invalidValue']));
    await audit.close();
  });

  test('a token that leaves groups out lets nobody in, until the directory says them; by their name and by their id', async () => {
    const { call, who, audit } = await open(ground);
    const overage = { sid: 'many', _claim_names: { groups: 'src1' } };
    expect(await who(overage)).toBe('token-groups');
    const { id } = (await call('POST', 'Users', { schemas: [USER], userName: 'ana.ruiz@riverside.test', externalId: 'ana', active: true })).body;
    expect(await who(overage)).toBe('token-groups'); // people alone, as where groups are not provisioned: nobody knows hers
    await call('POST', 'Groups', { displayName: 'oncology', externalId: '6f1c', members: [{ value: id }] });
    expect(await who(overage)).toMatchObject({ groups: ['oncology', '6f1c'] });
    expect(await who({ ...overage, sid: 'stranger', sub: 'eve', addresses: [] })).toBe('token-groups');
    await audit.close();
  });

  test('whom the issuer vouches for no address has that of the directory; an address nobody vouches for keeps out a leaver and lets nobody in', async () => {
    const { call, who, audit } = await open(ground);
    const add = async (userName: string, more: object = {}) => (await call('POST', 'Users', { schemas: [USER], userName, active: true, ...more })).body.id as string;
    await add('ana@elsewhere.test', { externalId: 'ana', emails: [{ primary: true, value: 'Ana.Ruiz@riverside.test' }] });
    const ben = await add('ben@riverside.test');
    await call('POST', 'Groups', { displayName: 'oncology', members: [{ value: ben }] });
    const bare = { addresses: undefined };
    expect(await who({ ...bare, sid: 'a' })).toMatchObject({ addresses: ['ana.ruiz@riverside.test'] });
    const claimed = { ...bare, sub: 'b', email: 'ben@riverside.test' };
    expect(await who({ ...claimed, sid: 'b' })).toMatchObject({ addresses: [], groups: [] });
    expect(await who({ ...claimed, sid: 'c', email_verified: true })).toMatchObject({ addresses: ['ben@riverside.test'], groups: ['oncology'] });
    await call('PATCH', `Users/${ben}`, { schemas: [PATCH], Operations: [{ op: 'replace', path: 'active', value: 'False' }] });
    expect([await who({ ...claimed, sub: 'd', sid: 'd' }), await who({ ...claimed, sid: 'e', email_verified: true })]).toEqual(['session-ended', 'session-ended']);
    await audit.close();
  });

  test('lists come in pages, each once, with the whole number; and each is found by its own id', async () => {
    const { call, audit } = await open(ground);
    const all = Array.from({ length: 102 }, (_, n) => n);
    for (const n of all) await call('POST', 'Users', { schemas: [USER], userName: `p${n}@riverside.test`, externalId: `x${n}` });
    for (const n of all.slice(0, 3)) await call('POST', 'Groups', { displayName: `g${n}`, externalId: `y${n}` });
    const page = async (kind: string, query: string) => { const { totalResults, startIndex, itemsPerPage, Resources } = (await call('GET', `${kind}?${query}`)).body; return { told: [totalResults, startIndex, itemsPerPage, Resources.length], ids: Resources.map((r: { id: string }) => r.id) as string[] }; };
    expect((await page('Users', '')).told).toEqual([102, 1, 100, 100]);
    const pages = [await page('Users', 'startIndex=1&count=40'), await page('Users', 'startIndex=41&count=40'), await page('Users', 'startIndex=81&count=40'), await page('Users', 'startIndex=103&count=40')];
    expect(pages.map((p) => p.told)).toEqual([[102, 1, 40, 40], [102, 41, 40, 40], [102, 81, 22, 22], [102, 103, 0, 0]]);
    expect(new Set(pages.flatMap((p) => p.ids)).size).toBe(102);
    // §3.4.2.4: below 1 is 1, below 0 is 0, and none is a way to ask how many.
    expect([(await page('Users', 'startIndex=0&count=-3')).told, (await page('Users', 'count=0')).told, (await page('Users', 'count=5000')).told, (await call('GET', 'Users?count=many')).status]).toEqual([[102, 1, 0, 0], [102, 1, 0, 0], [102, 1, 100, 100], 400]);
    expect([(await page('Groups', 'count=2')).told, (await page('Groups', 'startIndex=3')).told]).toEqual([[3, 1, 2, 2], [3, 3, 1, 1]]);
    const found = await Promise.all(all.map(async (n) => (await call('GET', `Users?filter=externalId+eq+%22x${n}%22`)).body.Resources.map((r: { userName: string }) => r.userName)));
    expect(found).toEqual(all.map((n) => [`p${n}@riverside.test`]));
    await audit.close();
  });

  test('filters: what directories ask, each with its answer; what is not understood is refused, never taken for everybody', async () => {
    const { call, audit } = await open(ground);
    const boss = (await call('POST', 'Users', { schemas: [USER], userName: 'max@riverside.test' })).body.id as string;
    const ana = (await call('POST', 'Users', { schemas: [USER], userName: 'Ana@riverside.test', externalId: 'Ana-1', emails: [{ value: 'a.ruiz@riverside.test', type: 'work' }], [ENTERPRISE]: { manager: { value: boss } } })).body.id as string;
    const group = (await call('POST', 'Groups', { displayName: 'Ward 3', externalId: '6f1c', members: [{ value: ana }] })).body.id as string;
    const asked = async (kind: string, filter: string, more = '') => { const { status, body } = await call('GET', `${kind}?filter=${encodeURIComponent(filter)}${more}`); return status === 200 ? body.Resources.map((r: { id: string }) => r.id).join() : body.scimType; };
    for (const [kind, filter, expected] of [
      ['Users', 'userName eq "ana@riverside.test"', ana], ['Users', 'USERNAME Eq "ANA@riverside.test"', ana], ['Users', 'externalId eq "Ana-1"', ana], ['Users', 'externalId eq "ana-1"', ''], ['Users', `id eq "${ana}"`, ana],
      // Entra ID, before it sets whom somebody works for, and whether somebody is in a group.
      ['Users', `id eq "${ana}" and manager eq "${boss}"`, ana], ['Users', `id eq ${ana} and manager eq ${boss}`, ana], ['Users', `id eq "${ana}" and manager eq "usr_other"`, ''], ['Users', 'userName eq "ana@riverside.test" and active eq true', ana],
      ['Users', 'userName eq "ana@riverside.test" and active eq "False"', ''], ['Users', 'userName eq "ana@riverside.test" and emails[type eq "work"].value eq "A.Ruiz@riverside.test"', ana], ['Users', 'userName eq "a and b eq c"', ''],
      ['Groups', 'displayName eq "Ward 3"', group], ['Groups', 'externalId eq "6f1c"', group], ['Groups', `id eq "${group}" and members eq "${ana}"`, group], ['Groups', `id eq "${group}" and members.value eq "${boss}"`, ''], ['Groups', 'displayName eq "Ward 4"', ''],
      ['Users', 'active eq true', 'invalidFilter'], ['Users', 'userName co "a"', 'invalidFilter'], ['Users', 'userName eq "a" or userName eq "b"', 'invalidFilter'], ['Users', '', 'invalidFilter'], ['Users', 'userName pr', 'invalidFilter'], ['Groups', 'members eq "x"', 'invalidFilter'], ['Groups', 'displayName sw "W"', 'invalidFilter'],
    ] as const) expect([filter, await asked(kind, filter)]).toEqual([filter, expected]);
    const keys = async (path: string) => Object.keys((await call('GET', path)).body).sort().join();
    expect(await keys(`Groups/${group}?excludedAttributes=members`)).toBe('displayName,externalId,id,meta,schemas');
    expect(await keys(`Users/${ana}?attributes=userName,emails.value`)).toBe('emails,id,schemas,userName');
    expect(Object.keys((await call('GET', `Groups?filter=${encodeURIComponent('displayName eq "Ward 3"')}&excludedAttributes=members`)).body.Resources[0])).not.toContain('members');
    await audit.close();
  });

  test('groups as they are changed: each operation in its order, all or nothing, and no two with one name', async () => {
    const { call, audit } = await open(ground);
    const group = (await call('POST', 'Groups', { displayName: 'Ward 3', members: [] })).body.id as string;
    const other = (await call('POST', 'Groups', { displayName: 'Ward 4' })).body.id as string;
    const held = async () => (await call('GET', `Groups/${group}`)).body.members.map((m: { value: string }) => m.value).join();
    const patch = async (...Operations: object[]) => [(await call('PATCH', `Groups/${group}`, { schemas: [PATCH], Operations })).status, await held()];
    const members = (...ids: string[]) => ids.map((value) => ({ value, display: value, $ref: null }));
    for (const [operations, expected] of [
      [[{ op: 'Add', path: 'members', value: members('a', 'b', 'c') }], [204, 'a,b,c']],
      [[{ op: 'Remove', path: 'members', value: members('a') }], [204, 'b,c']],
      [[{ op: 'remove', path: 'members[value eq "b"]' }], [204, 'c']],
      [[{ op: 'add', value: { members: members('d') } }], [204, 'c,d']],
      [[{ op: 'add', path: 'members', value: { value: 'e' } }], [204, 'c,d,e']],
      [[{ op: 'add', path: 'members', value: members('e') }], [204, 'c,d,e']],
      [[{ op: 'replace', path: 'members', value: members('x', 'y') }], [204, 'x,y']],
      [[{ op: 'replace', value: { displayName: 'Ward 3', members: members('Case') } }], [204, 'Case']],
      [[{ op: 'remove', path: 'members[value eq "Case"]' }, { op: 'add', path: 'members', value: members('Case', 'z') }], [204, 'Case,z']],
      [[{ op: 'add', path: 'members', value: members('lost') }, { op: 'zap', path: 'members' }], [400, 'Case,z']],
      [[{ op: 'add', path: 'members', value: members('lost') }, { op: 'replace', path: 'displayName', value: 'Ward 4' }], [409, 'Case,z']],
      [[{ op: 'remove', path: 'members[display sw "C"]' }], [400, 'Case,z']],
      [[{ op: 'add', path: 'members', value: 'Case' }], [400, 'Case,z']],
      [[{ op: 'remove', path: 'displayName' }], [400, 'Case,z']],
      [[{ op: 'remove', path: 'members' }], [204, '']],
    ] as const) expect([operations, await patch(...operations)]).toEqual([operations, expected]);
    expect((await call('PUT', `Groups/${other}`, { displayName: 'Ward 3', members: [] })).body).toMatchObject({ status: '409', scimType: 'uniqueness' });
    expect((await call('POST', 'Groups', { displayName: 'Ward 3' })).body).toMatchObject({ status: '409', scimType: 'uniqueness' });
    await patch({ op: 'Replace', path: 'externalId', value: '6f1c' }, { op: 'replace', path: `${LIST}:mail`, value: 'ward3@riverside.test' });
    expect((await call('GET', `Groups/${group}`)).body).toMatchObject({ displayName: 'Ward 3', externalId: '6f1c', schemas: expect.arrayContaining([LIST]) });
    // What is said at one moment does not undo what is said of another attribute.
    await Promise.all([patch({ op: 'replace', path: 'displayName', value: 'Ward 5' }), patch({ op: 'replace', path: 'externalId', value: '7a' }), patch({ op: 'add', path: 'members', value: members('p') }), patch({ op: 'add', path: 'members', value: members('q') })]);
    expect((await call('GET', `Groups/${group}`)).body).toMatchObject({ displayName: 'Ward 5', externalId: '7a', members: [{ value: 'p' }, { value: 'q' }] });
    // A whole hospital in one group, with all that Okta writes beside each.
    const many = Array.from({ length: 5_000 }, (_, n) => ({ value: `usr_${String(n).padStart(24, '0')}`, display: `person.number.${n}@riverside.test` }));
    expect((await call('PUT', `Groups/${group}`, { displayName: 'Everybody', members: many })).status).toBe(200);
    expect((await call('GET', `Groups/${group}`)).body.members).toHaveLength(5_000);
    expect((await call('PUT', `Groups/${group}`, { displayName: 'x'.repeat(8 * 1024 * 1024), members: [] })).status).toBe(413);
    await audit.close();
  });

  test('users as Entra ID and Okta change them', async () => {
    const { call, audit } = await open(ground);
    const id = (await call('POST', 'Users', { schemas: [USER], userName: 'ana@riverside.test', externalId: 'o-1', active: 'True', displayName: 'Ana' })).body.id as string;
    await call('POST', 'Users', { schemas: [USER], userName: 'ben@riverside.test' });
    const patch = async (...Operations: object[]) => { const { status, body } = await call('PATCH', `Users/${id}`, { schemas: [PATCH], Operations }); return status === 200 ? [body.userName, body.externalId, body.displayName, body.active, body.emails?.[0]?.value].join(' ') : `${status} ${body.scimType}`; };
    for (const [operations, expected] of [
      [[{ op: 'Replace', path: 'active', value: 'False' }], 'ana@riverside.test o-1 Ana false '],
      [[{ op: 'Replace', path: 'active', value: 'True' }], 'ana@riverside.test o-1 Ana true '],
      [[{ op: 'Replace', path: 'displayName', value: [{ $ref: null, value: 'Ana R.' }] }], 'ana@riverside.test o-1 Ana R. true '],
      [[{ op: 'Add', path: 'emails[type eq "work"].value', value: 'A@riverside.test' }], 'ana@riverside.test o-1 Ana R. true A@riverside.test'],
      [[{ op: 'replace', value: { emails: [{ value: 'b@riverside.test', primary: true, type: 'work' }], 'name.givenName': 'Ana', title: 'MD' } }], 'ana@riverside.test o-1 Ana R. true b@riverside.test'],
      [[{ op: 'Remove', path: 'emails[type eq "work"].value' }, { op: 'add', path: 'roles', value: [] }], 'ana@riverside.test o-1 Ana R. true '],
      [[{ op: 'replace', path: 'urn:ietf:params:scim:schemas:core:2.0:User:userName', value: 'ana.ruiz@riverside.test' }], 'ana.ruiz@riverside.test o-1 Ana R. true '],
      [[{ op: 'Replace', path: 'userName', value: 'BEN@riverside.test' }], '409 uniqueness'],
      [[{ op: 'Replace', path: 'active', value: 'maybe' }], '400 invalidValue'],
      [[{ op: 'remove', path: 'userName' }], '400 invalidValue'],
      [[{ op: 'remove', path: 'externalId' }], 'ana.ruiz@riverside.test  Ana R. true '],
      [[{ op: 'add', path: 'externalId', value: 'o-2' }], 'ana.ruiz@riverside.test o-2 Ana R. true '],
      // Of whoever is ended the id stays: their token goes on with it.
      [[{ op: 'remove', path: 'externalId' }, { op: 'replace', value: { active: false } }], 'ana.ruiz@riverside.test o-2 Ana R. false '],
    ] as const) expect([operations, await patch(...operations)]).toEqual([operations, expected]);
    await audit.close();
  });

  test('Okta: a value without a path, a whole PUT, and groups whose members carry their name into the token\'s person', async () => {
    const { call, who, audit } = await open(ground);
    const made = (await call('POST', 'Users', { schemas: [USER], userName: 'ana.ruiz@riverside.test', name: { givenName: 'Ana', familyName: 'Ruiz' }, emails: [{ primary: true, value: 'ana.ruiz@riverside.test', type: 'work' }], displayName: 'Ana Ruiz', locale: 'en-US', externalId: '00ujl29u0le5T6Aj10h7', groups: [], password: '1mz050nq', active: true })).body;
    expect((await call('PUT', `Users/${made.id}`, { schemas: [USER, ENTERPRISE], userName: 'ana.ruiz@riverside.test', active: true, [ENTERPRISE]: { department: 'Ward 3', manager: { value: 'usr_max', displayName: 'Max' } } })).body[ENTERPRISE]).toEqual({ manager: { value: 'usr_max' } });
    expect((await call('PATCH', `Users/${made.id}`, { schemas: [PATCH], Operations: [{ op: 'replace', value: { [ENTERPRISE]: { manager: { value: 'usr_lea' } } } }] })).body[ENTERPRISE]).toEqual({ manager: { value: 'usr_lea' } });
    const group = await call('POST', 'Groups', { schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'], displayName: 'oncology', members: [] });
    expect((await call('PATCH', `Groups/${group.body.id}`, { schemas: [PATCH], Operations: [{ op: 'add', path: 'members', value: [{ value: made.id, display: 'ana' }] }] })).status).toBe(204);
    expect(await who()).toMatchObject({ groups: ['oncology'] });
    await call('PATCH', `Groups/${group.body.id}`, { Operations: [{ op: 'Remove', path: `members[value eq "${made.id}"]` }] });
    expect(await who()).toMatchObject({ groups: [] });
    await call('PATCH', `Groups/${group.body.id}`, { Operations: [{ op: 'replace', value: { id: group.body.id, displayName: 'haematology' } }, { op: 'add', path: 'members', value: [{ value: made.id }] }] });
    expect(await who()).toMatchObject({ groups: ['haematology'] });
    expect((await call('PATCH', `Users/${made.id}`, { schemas: [PATCH], Operations: [{ op: 'replace', value: { active: false } }] })).body.active).toBe(false);
    expect(await who()).toBe('session-ended');
    expect((await call('PUT', `Users/${made.id}`, { schemas: [USER], id: made.id, userName: 'ana.ruiz@riverside.test', externalId: '00ujl29u0le5T6Aj10h7', active: true })).body.active).toBe(true);
    await audit.close();
  });

  test('limits of a session: idle, absolute, and a call now and then keeps it up no longer than that', async () => {
    const { issuer, who, audit } = await open(ground);
    const [seconds, begun] = [() => Math.floor(issuer.world.clock / 1000), Math.floor(issuer.world.clock / 1000)];
    const kind = async (sid: string, auth_time = begun, sub = 'ana') => { const found = await who({ sid, auth_time, sub }); return typeof found === 'string' ? found : 'in'; };
    expect(await kind('s-1')).toBe('in');
    issuer.world.clock += 900_000; expect(await kind('s-1')).toBe('in');
    issuer.world.clock += 900_001;
    expect([await kind('s-1'), await kind('s-2')]).toEqual(['session-ended', 'in']);
    for (let n = 0; n < 48; n += 1) { issuer.world.clock += 899_000; await kind('s-2'); }
    expect(await kind('s-2')).toBe('in');
    issuer.world.clock += 100_000; expect([await kind('s-2'), await kind('s-2')]).toEqual(['session-ended', 'session-ended']);
    // Signed in since, the issuer's `sid` being the same: another session under it, with both limits anew; by the sign-in before, never.
    const again = seconds();
    expect([await kind('s-2', again - 90), await kind('s-2', again, 'eve'), await kind('s-2', again), await kind('s-2', begun)]).toEqual(['session-ended', 'session-ended', 'in', 'in']);
    issuer.world.clock += 900_001;
    expect([await kind('s-2', again), await kind('s-2', again), await kind('s-2', seconds())]).toEqual(['session-ended', 'session-ended', 'in']);
    // Another person's token cannot stand on it.
    expect([await kind('s-3', seconds()), await kind('s-3', seconds(), 'eve')]).toEqual(['in', 'session-ended']);
    await audit.close();
  });

  test('without the token nothing is said, and bad input is told without its content', async () => {
    const { call, audit, strangers } = await open(ground);
    for (const bearer of ['y'.repeat(40), 'x'.repeat(39)]) expect((await call('GET', 'Users', undefined, bearer)).status).toBe(401);
    expect(strangers()).toBe(2);
    for (const [method, path, body] of [['POST', 'Users', {}], ['POST', 'Users', { userName: 7 }], ['PATCH', 'Users/usr_1', { Operations: [{ op: 'zap' }] }], ['PATCH', 'Users/usr_1', { Operations: [{ op: 'replace', value: 'evil@x.test' }] }], ['GET', 'Users?filter=userName+co+%22evil%22']] as const) {
      const answer = await call(method, path, body);
      expect([400, 404]).toContain(answer.status);
      expect(JSON.stringify(answer.body)).not.toMatch(/evil|zap/);
    }
    expect((await call('GET', 'ServiceProviderConfig')).body.patch.supported).toBe(true);
    for (const kind of ['Schemas', 'ResourceTypes']) for (const one of (await call('GET', kind)).body.Resources) expect((await call('GET', `${kind}/${one.id}`)).body).toEqual(one);
    expect((await call('GET', 'Bulk')).status).toBe(404);
    // Whoever had the token is nobody to count.
    expect(strangers()).toBe(2);
    await audit.close();
  });
});
