/**
 * SCIM 2.0 (RFC 7643, 7644) for the organisation's directory: Users and Groups under `/scim/v2`, behind one bearer token. Speaks what Entra ID and Okta
 * really send. Errors are SCIM's own and echo nothing. Never answers without the token, and not at all where none is set.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context, Hono } from 'hono';
import * as z from 'zod/mini';
import type { Change, Directory, Group, Profile, User } from '../people/directory.ts';
import { isRefusal } from '../refusal.ts';
import type { Edge } from './guard.ts';
import type { Throttle } from './throttle.ts';

const BASE = '/scim/v2';
const CORE = 'urn:ietf:params:scim:schemas:core:2.0';
const MESSAGES = 'urn:ietf:params:scim:api:messages:2.0';
const LARGEST = 256 * 1024;
const PAGE = 100;

const text = z.string().check(z.minLength(1), z.maxLength(320));
/** Entra ID sends truth as text. */
const flag = z.union([z.boolean(), z.pipe(z.string().check(z.regex(/^(?:true|false)$/i)), z.transform((s: string) => s.toLowerCase() === 'true'))]);
const members = z.array(z.object({ value: text })).check(z.maxLength(5000));
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
/** Entra ID sends the id alone, Okta an object, a list of one is seen too; null takes it away. */
const manager = z.optional(z.nullable(z.union([z.string().check(z.maxLength(80)), z.object({ value: z.optional(z.nullable(z.string().check(z.maxLength(80)))) }), z.array(z.object({ value: z.string().check(z.maxLength(80)) })).check(z.maxLength(1))])));
const emails = z.array(z.object({ value: z.optional(text), type: z.optional(z.string()), primary: z.optional(flag) })).check(z.maxLength(20));
const UserBody = z.object({ manager, [ENTERPRISE]: z.optional(z.object({ manager })), mail: z.optional(text), emails: z.optional(emails), userName: text, externalId: z.optional(text), displayName: z.optional(z.nullable(z.string().check(z.maxLength(320)))), active: z.optional(flag) });
/** Groups that are distribution lists carry their address under a schema of ours; a directory maps its own attribute to it. */
const LIST = 'urn:send-secure:scim:schemas:1.0:List';
const GroupBody = z.object({ [LIST]: z.optional(z.object({ mail: z.optional(z.nullable(text)) })), displayName: text, externalId: z.optional(text), members: z._default(z.optional(members), []) });
const Patch = z.object({ Operations: z.array(z.object({ op: z.string(), path: z.optional(z.string().check(z.maxLength(200))), value: z.optional(z.unknown()) })).check(z.minLength(1), z.maxLength(100)) });
const FILTER = /^\s*(userName|displayName|externalId)\s+eq\s+"([^"\\]{1,320})"\s*$/i;

export function scim(app: Hono<Edge>, { directory, token, throttle }: { readonly directory: Directory; readonly token: string | undefined; readonly throttle: Throttle }): void {
  const answer = (c: Context<Edge>, body: object, status: 200 | 201 = 200) => c.body(JSON.stringify(body), status, { 'content-type': 'application/scim+json' });
  const wrong = (c: Context<Edge>, status: 400 | 401 | 404 | 409 | 413 | 429, detail: string, scimType?: string) =>
    c.body(JSON.stringify({ schemas: [`${MESSAGES}:Error`], status: String(status), detail, ...(scimType ? { scimType } : {}) }), status, { 'content-type': 'application/scim+json' });
  const hash = (value: string) => createHash('sha256').update(value).digest();
  const list = (c: Context<Edge>, all: readonly object[], startIndex = 1) => answer(c, { schemas: [`${MESSAGES}:ListResponse`], totalResults: all.length, startIndex, itemsPerPage: all.length, Resources: all });
  const meta = (type: 'User' | 'Group', r: User | Group) => ({ resourceType: type, created: new Date(r.created).toISOString(), lastModified: new Date(r.changed).toISOString(), location: `${BASE}/${type}s/${r.id}` });
  const userOf = (u: User) => ({ schemas: [`${CORE}:User`], id: u.id, userName: u.userName, ...(u.externalId ? { externalId: u.externalId } : {}), ...(u.displayName ? { displayName: u.displayName } : {}), active: u.active, ...(u.manager ? { [ENTERPRISE]: { manager: { value: u.manager } } } : {}), meta: meta('User', u) });
  const groupOf = (g: Group) => ({ schemas: [`${CORE}:Group`], id: g.id, displayName: g.displayName, ...(g.externalId ? { externalId: g.externalId } : {}), members: g.members.map((value) => ({ value })), meta: meta('Group', g) });

  app.use(`${BASE}/*`, async (c, next) => {
    const given = /^Bearer (\S{16,512})$/i.exec(c.req.header('authorization') ?? '')?.[1];
    if (token !== undefined && given !== undefined && timingSafeEqual(hash(given), hash(token))) return next();
    return throttle.take(c.get('client')) > 0 ? wrong(c, 429, 'Too many requests.') : wrong(c, 401, 'A valid token is required.');
  });

  async function body<T>(c: Context<Edge>, schema: z.ZodMiniType<T>): Promise<T | null> {
    const raw = await c.req.text();
    if (raw.length > LARGEST) return null;
    try { return schema.safeParse(JSON.parse(raw)).data ?? null; } catch { return null; }
  }
  const malformed = (c: Context<Edge>) => wrong(c, 400, 'The request is not understood.', 'invalidValue');
  const missing = (c: Context<Edge>) => wrong(c, 404, 'There is no such resource.');
  const mailOf = ({ mail, emails: all = [] }: Pick<z.infer<typeof UserBody>, 'mail' | 'emails'>): string | undefined => mail ?? (all.find((e) => e.primary === true) ?? all.find((e) => e.type === 'work') ?? all[0])?.value;
  const profileOf = ({ userName, externalId, displayName, mail, manager: boss }: { readonly [K in keyof Profile]?: Profile[K] | null | undefined } & Pick<Profile, 'userName'>): Profile => ({ userName, ...(externalId ? { externalId } : {}), ...(displayName ? { displayName } : {}), ...(mail ? { mail } : {}), ...(boss ? { manager: boss } : {}) });
  // Who left does not come back by not being spoken of.
  const changeOf = (given: z.infer<typeof UserBody>, otherwise = true): Change => ({ active: given.active ?? otherwise, profile: profileOf({ ...given, mail: mailOf(given), manager: managerOf(given[ENTERPRISE]?.manager ?? given.manager) }) });
  const listOf = (given: { readonly [LIST]?: { readonly mail?: string | null | undefined } | undefined }): { readonly mail?: string | null } => (given[LIST]?.mail === undefined ? {} : { mail: given[LIST].mail });

  app.get(`${BASE}/Users`, async (c) => {
    const filter = c.req.query('filter');
    if (filter === undefined) return list(c, (await directory.users('', PAGE)).map(userOf));
    const [, attribute = '', value = ''] = FILTER.exec(filter) ?? [];
    if (attribute === '') return wrong(c, 400, 'This filter is not supported.', 'invalidFilter');
    const by = attribute.toLowerCase();
    const found = by === 'username' ? await directory.userNamed(value) : by === 'externalid' ? await directory.userExternal(value) : null;
    return list(c, found ? [userOf(found)] : []);
  });
  app.post(`${BASE}/Users`, async (c) => {
    const given = await body(c, UserBody);
    if (!given) return malformed(c);
    const made = await directory.addUser(changeOf(given));
    return isRefusal(made) ? wrong(c, 409, 'This userName exists.', 'uniqueness') : answer(c, userOf(made as User), 201);
  });
  app.get(`${BASE}/Users/:id`, async (c) => {
    const user = await directory.user(c.req.param('id'));
    return isRefusal(user) ? missing(c) : answer(c, userOf(user as User));
  });
  const put = async (c: Context<Edge>, id: string, change: (before: User) => Change) => {
    const done = await directory.setUser(id, change);
    if (isRefusal(done)) return done.code === 'taken' ? wrong(c, 409, 'This userName exists.', 'uniqueness') : missing(c);
    return answer(c, userOf(done as User));
  };
  app.put(`${BASE}/Users/:id`, async (c) => {
    const given = await body(c, UserBody);
    return given ? put(c, c.req.param('id'), ({ active }) => changeOf(given, active)) : malformed(c);
  });
  app.patch(`${BASE}/Users/:id`, async (c) => {
    const given = await body(c, Patch);
    const sets = given && patched(given.Operations);
    if (!sets) return malformed(c);
    const before = await directory.user(c.req.param('id'));
    if (isRefusal(before)) return missing(c);
    const merged = ({ userName, externalId, displayName, active, mail, manager: boss }: User) => UserBody.safeParse({ userName, externalId, displayName, active, mail, manager: boss, ...sets }).data;
    const next = merged(before as User);
    // Of what the row holds when it is written: another word may have come meanwhile.
    return next ? put(c, c.req.param('id'), (now) => changeOf(merged(now) ?? next, now.active)) : malformed(c);
  });
  // RFC 7644 §3.6; kept as an inactive row, because the log speaks of the person.
  app.delete(`${BASE}/Users/:id`, async (c) => {
    const done = await directory.setUser(c.req.param('id'), (before) => ({ active: false, profile: profileOf(before) }));
    return isRefusal(done) ? missing(c) : c.body(null, 204);
  });

  app.get(`${BASE}/Groups`, async (c) => {
    const [, attribute = '', value = ''] = FILTER.exec(c.req.query('filter') ?? '') ?? [];
    const found = attribute.toLowerCase() === 'displayname' ? await directory.groupNamed(value).then((g) => (g ? [g] : [])) : await directory.groups('', PAGE);
    return list(c, found.filter((g) => attribute.toLowerCase() !== 'externalid' || g.externalId === value).map((g) => { const { members: all, ...bare } = groupOf(g); return c.req.query('excludedAttributes') === 'members' ? bare : { ...bare, members: all }; }));
  });
  app.post(`${BASE}/Groups`, async (c) => {
    const given = await body(c, GroupBody);
    if (!given) return malformed(c);
    const { mail } = listOf(given);
    const made = await directory.addGroup({ displayName: given.displayName, ...(mail ? { mail } : {}), ...(given.externalId ? { externalId: given.externalId } : {}), members: (given.members ?? []).map((m) => m.value) });
    return isRefusal(made) ? wrong(c, 409, 'This displayName exists.', 'uniqueness') : answer(c, groupOf(made as Group), 201);
  });
  app.get(`${BASE}/Groups/:id`, async (c) => {
    const group = await directory.group(c.req.param('id'));
    return isRefusal(group) ? missing(c) : answer(c, groupOf(group as Group));
  });
  app.put(`${BASE}/Groups/:id`, async (c) => {
    const given = await body(c, GroupBody);
    if (!given) return malformed(c);
    const done = await directory.setGroup(c.req.param('id'), { displayName: given.displayName, mail: listOf(given).mail ?? null, only: (given.members ?? []).map((m) => m.value) });
    return isRefusal(done) ? missing(c) : answer(c, groupOf(done as Group));
  });
  app.patch(`${BASE}/Groups/:id`, async (c) => {
    const given = await body(c, Patch);
    if (!given) return malformed(c);
    for (const { op, path = '', value } of given.Operations) {
      const verb = op.toLowerCase();
      const one = /^members\[value eq "([^"]{1,80})"\]$/i.exec(path)?.[1];
      const listMail = path.toLowerCase() === `${LIST}:mail`.toLowerCase() ? (verb === 'remove' ? null : value) : path === '' ? listOf((value ?? {}) as object).mail : undefined;
      if (listMail !== undefined && listMail !== null && !text.safeParse(listMail).success) return malformed(c);
      const listed = path !== '' && listMail !== undefined ? [] : one === undefined ? members.safeParse(Array.isArray(value) ? value : (value as { members?: unknown } | null)?.members ?? []).data : [{ value: one }];
      if (!listed || !['add', 'remove', 'replace'].includes(verb)) return malformed(c);
      const ids = listed.map((m) => m.value);
      const named = path.toLowerCase() === 'displayname' ? value : path === '' ? (value as { displayName?: unknown } | null)?.displayName : undefined;
      const done = await directory.setGroup(c.req.param('id'), {
        ...(listMail === undefined ? {} : { mail: listMail as string | null }),
        ...(typeof named === 'string' && named !== '' ? { displayName: named } : {}),
        ...(verb === 'add' ? { add: ids } : verb === 'remove' ? { remove: ids } : path.toLowerCase() === 'members' ? { only: ids } : {}),
      });
      if (isRefusal(done)) return missing(c);
    }
    return c.body(null, 204);
  });
  app.delete(`${BASE}/Groups/:id`, async (c) => ((await directory.dropGroup(c.req.param('id'))) ? c.body(null, 204) : missing(c)));

  app.get(`${BASE}/ServiceProviderConfig`, (c) => answer(c, {
    schemas: [`${CORE}:ServiceProviderConfig`], patch: { supported: true }, bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 }, filter: { supported: true, maxResults: PAGE },
    changePassword: { supported: false }, sort: { supported: false }, etag: { supported: false }, authenticationSchemes: [{ type: 'oauthbearertoken', name: 'Bearer token', description: 'The token of SCIM_TOKEN.' }],
  }));
  app.get(`${BASE}/ResourceTypes`, (c) => list(c, (['User', 'Group'] as const).map((name) => ({ schemas: [`${CORE}:ResourceType`], id: name, name, endpoint: `/${name}s`, schema: `${CORE}:${name}` }))));
  app.get(`${BASE}/Schemas`, (c) => list(c, [
    { id: `${CORE}:User`, name: 'User', attributes: [['userName', 'string'], ['externalId', 'string'], ['displayName', 'string'], ['active', 'boolean'], ['manager', 'string']].map(([name, type]) => ({ name, type, multiValued: false })) },
    { id: LIST, name: 'List', description: 'The address of a group that is a distribution list.', attributes: [{ name: 'mail', type: 'string', multiValued: false }] },
    { id: `${CORE}:Group`, name: 'Group', attributes: [{ name: 'displayName', type: 'string', multiValued: false }, { name: 'members', type: 'complex', multiValued: true }] },
  ]));
  app.all(`${BASE}/*`, (c) => missing(c));
}

const KNOWN: { readonly [path: string]: string } = { 'emails[type eq "work"].value': 'mail', mail: 'mail', emails: 'emails', username: 'userName', externalid: 'externalId', displayname: 'displayName', active: 'active', manager: 'manager', 'manager.value': 'manager' };

function managerOf(given: z.infer<typeof manager>): string | undefined {
  const value = typeof given === 'string' ? given : Array.isArray(given) ? given[0]?.value : given?.value;
  return value ?? undefined;
}

/** What a PATCH sets of what we keep; null when an operation is none. Attributes we do not keep are nodded to (RFC 7644 §3.5.2 lets a server). */
function patched(operations: readonly { readonly op: string; readonly path?: string | undefined; readonly value?: unknown }[]): { readonly [name: string]: unknown } | null {
  const sets: { [name: string]: unknown } = {};
  for (const { op, path, value } of operations) {
    const verb = op.toLowerCase();
    if (!['add', 'replace', 'remove'].includes(verb)) return null;
    const given = path === undefined || path === '' ? (typeof value === 'object' && value !== null ? Object.entries(value) : null) : [[path, value] as const];
    if (given === null) return null;
    // A whole extension as one value (RFC 7644 §3.5.2.1).
    for (const [name, to] of given.flatMap(([key, held]) => (key.toLowerCase() === ENTERPRISE.toLowerCase() && typeof held === 'object' && held !== null ? Object.entries(held) : [[key, held] as const]))) {
      const known = KNOWN[name.toLowerCase().replace(/^urn:[^ ]*:/, '')];
      if (known !== undefined) sets[known] = verb === 'remove' ? undefined : to;
    }
  }
  return sets;
}
