/** PATCH as it is sent (RFC 7644 §3.5.2, and beside it): `op` in any case, values without a path, a value in a list of one. Null: it is not understood. */
import type { GroupChange } from '../../people/directory.ts';
import { ENTERPRISE, LIST, members, text } from './resource.ts';

interface Operation { readonly op: string; readonly path?: string | null | undefined; readonly value?: unknown }
type Verb = 'add' | 'remove' | 'replace';
type Step = GroupChange['steps'][number];

const VERBS: readonly string[] = ['add', 'remove', 'replace'];
const plain = (value: unknown): value is { readonly [name: string]: unknown } => typeof value === 'object' && value !== null && !Array.isArray(value);
/** Entra ID's older form: `[{"value": …}]` for what has one value. */
const single = (value: unknown): unknown => (Array.isArray(value) && value.length === 1 && plain(value[0]) && 'value' in value[0] ? value[0]['value'] : value);

/** without its schema, and in lower case but for what stands in quotes */
const nameOf = (path: string): string => path.replace(/"[^"]*"|[^"]+/g, (part) => (part.startsWith('"') ? part : part.toLowerCase())).replace(/^urn:ietf:[^ ]*:/, '');

/** each operation as what it does to one attribute */
function assignments(operations: readonly Operation[]): { readonly verb: Verb; readonly name: string; readonly value: unknown }[] | null {
  const all: { verb: Verb; name: string; value: unknown }[] = [];
  for (const { op, path, value } of operations) {
    const verb = op.toLowerCase();
    const given = path ? [[path, value] as const] : plain(value) ? Object.entries(value) : null;
    if (!VERBS.includes(verb) || given === null) return null;
    // A whole extension as one value (§3.5.2.1).
    for (const [name, held] of given.flatMap(([key, to]) => (key.toLowerCase() === ENTERPRISE.toLowerCase() && plain(to) ? Object.entries(to) : key.toLowerCase() === LIST.toLowerCase() && plain(to) ? Object.entries(to).map(([k, v]) => [`${LIST}:${k}`, v] as const) : [[key, to] as const]))) {
      all.push({ verb: verb as Verb, name: nameOf(name), value: held });
    }
  }
  return all;
}

const USER: { readonly [path: string]: string } = {
  'emails[type eq "work"].value': 'mail', 'emails[primary eq true].value': 'mail', 'emails[type eq "work"]': 'mail', mail: 'mail', emails: 'emails', username: 'userName', externalid: 'externalId', displayname: 'displayName', active: 'active', manager: 'manager', 'manager.value': 'manager',
};
/** Attributes we do not keep are nodded to, as a server may. */
export function userPatch(operations: readonly Operation[]): { readonly [name: string]: unknown } | null {
  const all = assignments(operations);
  if (all === null) return null;
  const sets: { [name: string]: unknown } = {};
  for (const { verb, name, value } of all) {
    const known = USER[name];
    if (known === undefined) continue;
    sets[known] = verb === 'remove' ? undefined : known === 'emails' && plain(value) ? [value] : known === 'emails' || known === 'manager' ? value : single(value);
    // One word replaces the other: the list's first is the mail that is kept.
    if (known === 'emails') sets['mail'] = undefined;
  }
  return sets;
}

const ONE = /^members\[value eq "([^"\\]{1,80})"\]$/;
/** As one change, so that it is done as a whole or not at all. */
export function groupPatch(operations: readonly Operation[]): GroupChange | null {
  const all = assignments(operations);
  if (all === null) return null;
  let change: GroupChange = { steps: [] };
  for (const { verb, name, value } of all) {
    if (name === 'displayname' || name === 'externalid') {
      const said = text.safeParse(single(value)).data;
      if (verb === 'remove' || said === undefined) return null;
      change = { ...change, [name === 'displayname' ? 'displayName' : 'externalId']: said };
    } else if (name === `${LIST}:mail`.toLowerCase()) {
      const said = verb === 'remove' || value === null ? null : text.safeParse(single(value)).data;
      if (said === undefined) return null;
      change = { ...change, mail: said };
    } else if (name.startsWith('members')) {
      const step = stepOf(verb, ONE.exec(name)?.[1] ?? (name === 'members' ? null : undefined), value);
      if (step === null) return null;
      change = { ...change, steps: [...change.steps, step] };
    }
  }
  return change;
}

/** `one`: the member a path's filter names; null: the path names none; undefined: it cannot be read */
function stepOf(verb: Verb, one: string | null | undefined, value: unknown): Step | null {
  if (one === undefined || (one !== null && verb !== 'remove')) return null;
  if (one !== null) return { remove: [one] };
  if (value === undefined || value === null) return verb === 'remove' ? { only: [] } : null;
  const said = members.safeParse(Array.isArray(value) ? value : [value]).data;
  if (said === undefined) return null;
  const ids = said.map((m) => m.value);
  return verb === 'add' ? { add: ids } : verb === 'remove' ? { remove: ids } : { only: ids };
}
