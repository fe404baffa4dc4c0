/** SCIM's resources as directories send and read them (RFC 7643): what is understood of them, what is kept, and how they are shown. */
import * as z from 'zod/mini';
import type { Change, Group, Profile, User } from '../../people/directory.ts';

export const BASE = '/scim/v2';
export const CORE = 'urn:ietf:params:scim:schemas:core:2.0';
export const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
/** Groups that are distribution lists carry their address under a schema of ours; a directory maps its own attribute to it. */
export const LIST = 'urn:send-secure:scim:schemas:1.0:List';
/** Members of one group that come in one request. */
const MOST = 20_000;

export const text = z.string().check(z.minLength(1), z.maxLength(320));
/** Null and nothing between quotes are how directories say that there is none (RFC 7643 §2.5), of leavers above all. */
const perhaps = z.optional(z.nullable(z.string().check(z.maxLength(320))));
const id = z.string().check(z.minLength(1), z.maxLength(80));
/** Entra ID sends truth as text. */
const flag = z.union([z.boolean(), z.pipe(z.string().check(z.regex(/^(?:true|false)$/i)), z.transform((s: string) => s.toLowerCase() === 'true'))]);
export const members = z.array(z.object({ value: id })).check(z.maxLength(MOST));
/** Entra ID sends the id alone, Okta an object, a list of one is seen too; null takes it away. */
const manager = z.optional(z.nullable(z.union([z.string().check(z.maxLength(80)), z.object({ value: z.optional(z.nullable(z.string().check(z.maxLength(80)))) }), z.array(z.object({ value: id })).check(z.maxLength(1))])));
const emails = z.nullable(z.array(z.object({ value: perhaps, type: perhaps, primary: z.optional(z.nullable(flag)) })).check(z.maxLength(20)));

export const UserBody = z.object({ manager, [ENTERPRISE]: z.optional(z.nullable(z.object({ manager }))), mail: perhaps, emails: z.optional(emails), userName: text, externalId: perhaps, displayName: perhaps, active: z.optional(flag) });
export const GroupBody = z.object({ [LIST]: z.optional(z.object({ mail: z.optional(z.nullable(text)) })), displayName: text, externalId: z.optional(text), members: z._default(z.optional(members), []) });
export const Patch = z.object({ Operations: z.array(z.object({ op: z.string(), path: z.optional(z.nullable(z.string().check(z.maxLength(400)))), value: z.optional(z.unknown()) })).check(z.minLength(1), z.maxLength(1000)) });
export type UserBody = z.infer<typeof UserBody>;

function mailOf({ mail, emails }: Pick<UserBody, 'mail' | 'emails'>): string | undefined {
  const said = (emails ?? []).filter(({ value }) => value);
  return mail || (said.find((e) => e.primary === true) ?? said.find((e) => e.type === 'work') ?? said[0])?.value || undefined;
}
function managerOf(given: z.infer<typeof manager>): string | undefined {
  const value = typeof given === 'string' ? given : Array.isArray(given) ? given[0]?.value : given?.value;
  return value ?? undefined;
}
export const profileOf = ({ userName, externalId, displayName, mail, manager: boss }: { readonly [K in keyof Profile]?: Profile[K] | null | undefined } & Pick<Profile, 'userName'>): Profile =>
  ({ userName, ...(externalId ? { externalId } : {}), ...(displayName ? { displayName } : {}), ...(mail ? { mail } : {}), ...(boss ? { manager: boss } : {}) });
/** Who left does not come back by not being spoken of. */
export const changeOf = (given: UserBody, otherwise = true): Change => ({ active: given.active ?? otherwise, profile: profileOf({ ...given, mail: mailOf(given), manager: managerOf(given[ENTERPRISE]?.manager ?? given.manager) }) });

const meta = (type: 'User' | 'Group', r: User | Group) => ({ resourceType: type, created: new Date(r.created).toISOString(), lastModified: new Date(r.changed).toISOString(), location: `${BASE}/${type}s/${r.id}` });
export interface Shown { readonly id: string; readonly [attribute: string]: unknown }
export const userShown = (u: User): Shown => ({
  schemas: [`${CORE}:User`, ...(u.manager ? [ENTERPRISE] : [])], id: u.id, userName: u.userName, ...(u.externalId ? { externalId: u.externalId } : {}), ...(u.displayName ? { displayName: u.displayName } : {}), active: u.active,
  ...(u.mail ? { emails: [{ value: u.mail, type: 'work', primary: true }] } : {}), ...(u.manager ? { [ENTERPRISE]: { manager: { value: u.manager } } } : {}), meta: meta('User', u),
});
export const groupShown = (g: Group): Shown => ({ schemas: [`${CORE}:Group`, ...(g.listed ? [LIST] : [])], id: g.id, displayName: g.displayName, ...(g.externalId ? { externalId: g.externalId } : {}), members: g.members.map((value) => ({ value })), meta: meta('Group', g) });

const attributes = (all: readonly (readonly [name: string, type: string, more?: object])[]) => all.map(([name, type, more]) => ({ name, type, multiValued: false, required: false, caseExact: false, mutability: 'readWrite', returned: 'default', uniqueness: 'none', ...more }));
export const SCHEMAS: readonly Shown[] = [
  { id: `${CORE}:User`, name: 'User', attributes: attributes([['userName', 'string', { required: true, uniqueness: 'server' }], ['externalId', 'string', { caseExact: true }], ['displayName', 'string'], ['active', 'boolean'], ['emails', 'complex', { multiValued: true, subAttributes: attributes([['value', 'string'], ['type', 'string'], ['primary', 'boolean']]) }]]) },
  { id: ENTERPRISE, name: 'EnterpriseUser', attributes: attributes([['manager', 'complex', { subAttributes: attributes([['value', 'string']]) }]]) },
  { id: `${CORE}:Group`, name: 'Group', attributes: attributes([['displayName', 'string', { required: true, uniqueness: 'server' }], ['externalId', 'string', { caseExact: true }], ['members', 'complex', { multiValued: true, subAttributes: attributes([['value', 'string', { mutability: 'immutable' }]]) }]]) },
  { id: LIST, name: 'List', description: 'The address of a group that is a distribution list.', attributes: attributes([['mail', 'string', { mutability: 'writeOnly', returned: 'never' }]]) },
].map((s) => ({ schemas: [`${CORE}:Schema`], ...s, meta: { resourceType: 'Schema', location: `${BASE}/Schemas/${s.id}` } }));
export const TYPES: readonly Shown[] = ([['User', ENTERPRISE], ['Group', LIST]] as const).map(([name, extension]) => ({
  schemas: [`${CORE}:ResourceType`], id: name, name, endpoint: `/${name}s`, schema: `${CORE}:${name}`, schemaExtensions: [{ schema: extension, required: false }], meta: { resourceType: 'ResourceType', location: `${BASE}/ResourceTypes/${name}` },
}));
