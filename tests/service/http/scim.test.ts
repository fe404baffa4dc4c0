/** The directory's road in, against what Entra ID and Okta really send; and that whoever left is out with the next call. */
import { join } from 'node:path';
import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { openAudit } from '../../../service/audit/audit.ts';
import { scim } from '../../../service/http/scim.ts';
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
  scim(app, { directory, token, throttle: { take: () => 0 } as never });
  const call = async (method: string, path: string, body?: object, bearer = TOKEN) => {
    const answer = await app.request(`/scim/v2/${path}`, { method, headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/scim+json' }, ...(body ? { body: JSON.stringify(body) } : {}) });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? null : JSON.parse(text) };
  };
  const who = async (claims: Record<string, unknown> = {}) => { const found = await sessions.who(`Bearer ${await issuer.sign(claims)}`); return 'kind' in found ? found.code : found; };
  return { issuer, audit, call, who };
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
    const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
    const boss = (await call('POST', 'Users', { schemas: [USER], userName: 'max@riverside.test' })).body.id;
    const managed = async (value: unknown) => (await call('PATCH', `Users/${made.body.id}`, { schemas: [PATCH], Operations: [{ op: 'Add', path: `${ENTERPRISE}:manager`, value }] })).body[ENTERPRISE]?.manager?.value;
    expect([await managed(boss), await managed({ value: boss }), await managed([{ value: boss }]), await managed(null)]).toEqual([boss, boss, boss, undefined]);
    // The very next call, with a token that is good for another quarter of an hour, and with a new one.
    expect([await who(), await who({ auth_time: 1 })]).toEqual(['session-ended', 'session-ended']);
    expect((await call('DELETE', `Users/${made.body.id}`)).status).toBe(204);
    expect((await call('GET', `Users/${made.body.id}`)).body.active).toBe(false);
    await call('PATCH', `Users/${made.body.id}`, { schemas: [PATCH], Operations: [{ op: 'replace', path: 'active', value: true }] });
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

  test('a token that leaves groups out lets nobody in, until the directory says them; by their name and by their id', async () => {
    const { call, who, audit } = await open(ground);
    const overage = { sid: 'many', _claim_names: { groups: 'src1' } };
    expect(await who(overage)).toBe('token-groups');
    const { id } = (await call('POST', 'Users', { schemas: [USER], userName: 'ana.ruiz@riverside.test', externalId: 'ana', active: true })).body;
    // People alone, as where groups are not provisioned: nobody knows hers.
    expect(await who(overage)).toBe('token-groups');
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

  test('a directory of more than a page finds each by its own id', async () => {
    const { call, audit } = await open(ground);
    for (let n = 0; n < 102; n += 1) await call('POST', 'Users', { schemas: [USER], userName: `p${n}@riverside.test`, externalId: `x${n}` });
    const all = Array.from({ length: 102 }, (_, n) => n);
    const found = await Promise.all(all.map(async (n) => (await call('GET', `Users?filter=externalId+eq+%22x${n}%22`)).body.Resources.map((r: { userName: string }) => r.userName)));
    expect(found).toEqual(all.map((n) => [`p${n}@riverside.test`]));
    await audit.close();
  });

  test('Okta: a value without a path, a whole PUT, and groups whose members carry their name into the token\'s person', async () => {
    const { call, who, audit } = await open(ground);
    const made = (await call('POST', 'Users', { schemas: [USER], userName: 'ana.ruiz@riverside.test', name: { givenName: 'Ana', familyName: 'Ruiz' }, emails: [{ primary: true, value: 'ana.ruiz@riverside.test', type: 'work' }], displayName: 'Ana Ruiz', locale: 'en-US', externalId: '00ujl29u0le5T6Aj10h7', groups: [], password: '1mz050nq', active: true })).body;
    const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
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
    const claims = { sid: 's-1' };
    expect(typeof await who(claims)).toBe('object');
    issuer.world.clock += 900_000;
    expect(typeof await who(claims)).toBe('object');
    issuer.world.clock += 900_001;
    expect([await who(claims), typeof await who({ sid: 's-2' })]).toEqual(['session-ended', 'object']);
    for (let n = 0; n < 48; n += 1) { issuer.world.clock += 899_000; await who({ sid: 's-2' }); }
    expect(typeof await who({ sid: 's-2' })).toBe('object');
    issuer.world.clock += 100_000;
    expect([await who({ sid: 's-2' }), await who({ sid: 's-2' })]).toEqual(['session-ended', 'session-ended']);
    // Another person's token cannot stand on it.
    expect([typeof await who({ sid: 's-3' }), await who({ sid: 's-3', sub: 'eve' })]).toEqual(['object', 'session-ended']);
    await audit.close();
  });

  test('without the token nothing is said, and bad input is told without its content', async () => {
    const { call, audit } = await open(ground);
    for (const bearer of ['y'.repeat(40), 'x'.repeat(39)]) expect((await call('GET', 'Users', undefined, bearer)).status).toBe(401);
    for (const [method, path, body] of [['POST', 'Users', {}], ['POST', 'Users', { userName: 7 }], ['PATCH', 'Users/usr_1', { Operations: [{ op: 'zap' }] }], ['PATCH', 'Users/usr_1', { Operations: [{ op: 'replace', value: 'evil@x.test' }] }], ['GET', 'Users?filter=userName+co+%22evil%22']] as const) {
      const answer = await call(method, path, body);
      expect([400, 404]).toContain(answer.status);
      expect(JSON.stringify(answer.body)).not.toMatch(/evil|zap/);
    }
    expect((await call('GET', 'ServiceProviderConfig')).body.patch.supported).toBe(true);
    expect((await call('GET', 'Bulk')).status).toBe(404);
    await audit.close();
  });
});
