/**
 * SCIM 2.0 (RFC 7643, 7644) for the organisation's directory: Users and Groups under `/scim/v2`, behind one bearer token. Speaks what Entra ID and Okta
 * really send. Errors are SCIM's own and echo nothing. Never answers without the token, and not at all where none is set.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context, Hono } from 'hono';
import type * as z from 'zod/mini';
import type { Directory, Group, User } from '../../people/directory.ts';
import { isRefusal } from '../../refusal.ts';
import { readBytes } from '../body.ts';
import type { Edge } from '../guard.ts';
import type { Throttle } from '../throttle.ts';
import { groupPatch, userPatch } from './patch.ts';
import { holds, pageOf, projected, termsOf, type Terms } from './query.ts';
import { BASE, changeOf, CORE, GroupBody, groupShown, LIST, Patch, profileOf, SCHEMAS, TYPES, UserBody, userShown, type Shown } from './resource.ts';

const MESSAGES = 'urn:ietf:params:scim:api:messages:2.0';
/** A group of twenty thousand with what directories write beside each. */
const LARGEST = 8 * 1024 * 1024;
const PAGE = 100;
type Status = 400 | 401 | 404 | 409 | 413 | 429;

export function scim(app: Hono<Edge>, { directory, token, throttle, refused }: { readonly directory: Directory; readonly token: string | undefined; readonly throttle: Throttle; /** somebody came without the directory's token */ readonly refused: () => void }): void {
  const answer = (c: Context<Edge>, body: object, status: 200 | 201 = 200) => c.body(JSON.stringify(body), status, { 'content-type': 'application/scim+json' });
  const wrong = (c: Context<Edge>, status: Status, detail: string, scimType?: string) =>
    c.body(JSON.stringify({ schemas: [`${MESSAGES}:Error`], status: String(status), detail, ...(scimType ? { scimType } : {}) }), status, { 'content-type': 'application/scim+json', ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}) });
  const hash = (value: string) => createHash('sha256').update(value).digest();
  const malformed = (c: Context<Edge>) => wrong(c, 400, 'The request is not understood.', 'invalidValue');
  const missing = (c: Context<Edge>) => wrong(c, 404, 'There is no such resource.');
  const taken = (c: Context<Edge>) => wrong(c, 409, 'That name exists.', 'uniqueness');
  const shown = (c: Context<Edge>, resource: Shown, status: 200 | 201 = 200) => {
    if (status === 201) c.header('location', `${BASE}/${'userName' in resource ? 'Users' : 'Groups'}/${resource.id}`);
    return answer(c, projected(resource, c.req.query('attributes'), c.req.query('excludedAttributes')), status);
  };

  app.use(`${BASE}/*`, async (c, next) => {
    const given = /^Bearer (\S{16,512})$/i.exec(c.req.header('authorization') ?? '')?.[1];
    if (token !== undefined && given !== undefined && timingSafeEqual(hash(given), hash(token))) return /%00/.test(c.req.url) ? malformed(c) : next();
    if (token !== undefined) refused();
    return throttle.take(c.get('client')) > 0 ? wrong(c, 429, 'Too many requests.') : wrong(c, 401, 'A valid token is required.');
  });

  /** what was sent, or the answer that it will not do */
  async function sent<T>(c: Context<Edge>, schema: z.ZodMiniType<T>): Promise<{ readonly given: T } | Response> {
    const bytes = await readBytes(c, LARGEST, 'too-large');
    if (isRefusal(bytes)) return bytes.code === 'too-large' ? wrong(c, 413, 'That is too large.') : malformed(c);
    let value: unknown;
    // No store holds it.
    if (bytes.includes('\\u0000')) return malformed(c);
    try { value = JSON.parse(bytes.toString()); } catch { return wrong(c, 400, 'The body is not valid JSON.', 'invalidSyntax'); }
    const { data } = schema.safeParse(value);
    return data === undefined ? malformed(c) : { given: data };
  }

  /** `find`: by the terms a row is found by at once; null: by none of these */
  async function list(c: Context<Edge>, find: (terms: Terms) => Promise<Shown | null> | null, all: (skip: number, limit: number) => Promise<{ readonly total: number; readonly page: readonly Shown[] }>): Promise<Response> {
    const page = pageOf(c.req.query('startIndex'), c.req.query('count'), PAGE);
    if (page === null) return malformed(c);
    const filter = c.req.query('filter');
    const terms = filter === undefined ? undefined : termsOf(filter);
    const finding = terms ? find(terms) : null;
    if (filter !== undefined && (!terms || finding === null)) return wrong(c, 400, 'This filter is not supported.', 'invalidFilter');
    const found = await finding;
    const one = terms && found && holds(found, terms) ? [found] : [];
    const { total, page: some } = filter === undefined ? await all(page.skip, page.limit) : { total: one.length, page: one.slice(page.skip, page.skip + page.limit) };
    return answer(c, { schemas: [`${MESSAGES}:ListResponse`], totalResults: total, startIndex: page.skip + 1, itemsPerPage: some.length, Resources: some.map((r) => projected(r, c.req.query('attributes'), c.req.query('excludedAttributes'))) });
  }

  /** Whom the directory has removed is not there for it (RFC 7644 §3.6). */
  const userAt = async (id: string): Promise<User | null> => { const user = await directory.user(id); return isRefusal(user) || (user as User).gone ? null : user as User; };
  const present = async (user: Promise<User | null>): Promise<Shown | null> => { const found = await user; return found === null || found.gone ? null : userShown(found); };
  app.get(`${BASE}/Users`, (c) => list(c, (terms) => {
    const [id, userName, externalId] = ['id', 'username', 'externalid'].map((name) => terms.get(name));
    return id !== undefined ? present(userAt(id)) : externalId !== undefined ? present(directory.userExternal(externalId)) : userName !== undefined ? present(directory.userNamed(userName)) : null;
  }, async (skip, limit) => { const { total, page } = await directory.users(skip, limit); return { total, page: page.map(userShown) }; }));
  app.post(`${BASE}/Users`, async (c) => {
    const body = await sent(c, UserBody);
    if (body instanceof Response) return body;
    const made = await directory.addUser(changeOf(body.given));
    return isRefusal(made) ? taken(c) : shown(c, userShown(made as User), 201);
  });
  app.get(`${BASE}/Users/:id`, async (c) => {
    const user = await userAt(c.req.param('id'));
    return user === null ? missing(c) : shown(c, userShown(user));
  });
  const put = async (c: Context<Edge>, id: string, change: Parameters<Directory['setUser']>[1]) => {
    const done = await directory.setUser(id, (before) => (before.gone ? null : change(before)));
    if (isRefusal(done)) return done.code === 'taken' ? taken(c) : missing(c);
    return shown(c, userShown(done as User));
  };
  app.put(`${BASE}/Users/:id`, async (c) => {
    const body = await sent(c, UserBody);
    return body instanceof Response ? body : put(c, c.req.param('id'), ({ active }) => changeOf(body.given, active));
  });
  app.patch(`${BASE}/Users/:id`, async (c) => {
    const body = await sent(c, Patch);
    if (body instanceof Response) return body;
    const sets = userPatch(body.given.Operations);
    if (sets === null) return malformed(c);
    const before = await userAt(c.req.param('id'));
    if (before === null) return missing(c);
    const merged = ({ userName, externalId, displayName, active, mail, manager }: User) => UserBody.safeParse({ userName, externalId, displayName, active, mail, manager, ...sets }).data;
    const next = merged(before);
    // Of what the row holds when it is written: another word may have come meanwhile.
    return next ? put(c, c.req.param('id'), (now) => changeOf(merged(now) ?? next, now.active)) : malformed(c);
  });
  // Kept as an inactive row, because the log speaks of the person.
  app.delete(`${BASE}/Users/:id`, async (c) => {
    const done = await directory.setUser(c.req.param('id'), (before) => (before.gone ? null : { active: false, gone: true, profile: profileOf(before) }));
    return isRefusal(done) ? missing(c) : c.body(null, 204);
  });

  const groupAt = async (id: string): Promise<Shown | null> => { const group = await directory.group(id); return isRefusal(group) ? null : groupShown(group as Group); };
  const known = async (group: Promise<Group | null>): Promise<Shown | null> => { const found = await group; return found && groupShown(found); };
  app.get(`${BASE}/Groups`, (c) => list(c, (terms) => {
    const [id, displayName, externalId] = ['id', 'displayname', 'externalid'].map((name) => terms.get(name));
    return id !== undefined ? groupAt(id) : externalId !== undefined ? known(directory.groupExternal(externalId)) : displayName !== undefined ? known(directory.groupNamed(displayName)) : null;
  }, async (skip, limit) => { const { total, page } = await directory.groups(skip, limit); return { total, page: page.map(groupShown) }; }));
  app.post(`${BASE}/Groups`, async (c) => {
    const body = await sent(c, GroupBody);
    if (body instanceof Response) return body;
    const { displayName, externalId, members = [], [LIST]: listed } = body.given;
    const made = await directory.addGroup({ displayName, ...(listed?.mail ? { mail: listed.mail } : {}), ...(externalId ? { externalId } : {}), members: members.map((m) => m.value) });
    return isRefusal(made) ? taken(c) : shown(c, groupShown(made as Group), 201);
  });
  app.get(`${BASE}/Groups/:id`, async (c) => {
    const group = await groupAt(c.req.param('id'));
    return group === null ? missing(c) : shown(c, group);
  });
  app.put(`${BASE}/Groups/:id`, async (c) => {
    const body = await sent(c, GroupBody);
    if (body instanceof Response) return body;
    const { displayName, externalId, members = [], [LIST]: listed } = body.given;
    const done = await directory.setGroup(c.req.param('id'), { displayName, ...(externalId ? { externalId } : {}), mail: listed?.mail ?? null, steps: [{ only: members.map((m) => m.value) }] });
    if (isRefusal(done)) return done.code === 'taken' ? taken(c) : missing(c);
    return shown(c, groupShown(done as Group));
  });
  app.patch(`${BASE}/Groups/:id`, async (c) => {
    const body = await sent(c, Patch);
    if (body instanceof Response) return body;
    const change = groupPatch(body.given.Operations);
    if (change === null) return malformed(c);
    const done = await directory.setGroup(c.req.param('id'), change);
    if (isRefusal(done)) return done.code === 'taken' ? taken(c) : missing(c);
    return c.body(null, 204);
  });
  app.delete(`${BASE}/Groups/:id`, async (c) => ((await directory.dropGroup(c.req.param('id'))) ? c.body(null, 204) : missing(c)));

  app.get(`${BASE}/ServiceProviderConfig`, (c) => answer(c, {
    schemas: [`${CORE}:ServiceProviderConfig`], patch: { supported: true }, bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 }, filter: { supported: true, maxResults: PAGE },
    changePassword: { supported: false }, sort: { supported: false }, etag: { supported: false }, authenticationSchemes: [{ type: 'oauthbearertoken', name: 'Bearer token', description: 'The token of SCIM_TOKEN.' }],
    meta: { resourceType: 'ServiceProviderConfig', location: `${BASE}/ServiceProviderConfig` },
  }));
  for (const [path, all] of [['ResourceTypes', TYPES], ['Schemas', SCHEMAS]] as const) {
    app.get(`${BASE}/${path}`, (c) => answer(c, { schemas: [`${MESSAGES}:ListResponse`], totalResults: all.length, startIndex: 1, itemsPerPage: all.length, Resources: all }));
    app.get(`${BASE}/${path}/:id`, (c) => { const one = all.find(({ id }) => id === c.req.param('id')); return one === undefined ? missing(c) : answer(c, one); });
  }
  app.all(`${BASE}/*`, (c) => missing(c));
}
