/** What a directory looks for (RFC 7644 §3.4.2): filters of equalities, pages by number, and which attributes it wants to see. Null: it is not supported. */
import type { Shown } from './resource.ts';

/** Names in lower case, values as they came. */
export type Terms = ReadonlyMap<string, string>;
const TERM = /^\s*([A-Za-z][\w.:-]*(?:\[type eq "work"\]\.value)?)\s+eq\s+(?:"((?:[^"\\]|\\["\\/]){1,320})"|(true|false|[\w-]{1,80}))\s*$/i;

/** `a eq "x" and b eq "y"`; nobody's directory asks for more, and what is not understood is refused, never taken for everything */
export function termsOf(filter: string): Terms | null {
  const terms = new Map<string, string>();
  if (filter.length > 2000) return null;
  for (const part of filter.split(/\sand\s(?=(?:[^"]*"[^"]*")*[^"]*$)/i)) {
    const found = TERM.exec(part);
    if (found === null || terms.has((found[1] ?? '').toLowerCase())) return null;
    terms.set((found[1] ?? '').toLowerCase(), found[3] ?? (found[2] ?? '').replace(/\\(.)/g, '$1'));
  }
  return terms;
}

const listed = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]).map((v) => (typeof v === 'object' && v !== null && 'value' in v ? v.value : v));
const EXACT: readonly string[] = ['id', 'externalid'];
/** The rest of a filter, on what the first term found. */
export function holds(resource: Shown, terms: Terms): boolean {
  const extension = Object.values(resource).find((v) => typeof v === 'object' && v !== null && 'manager' in v) as { readonly manager?: unknown } | undefined;
  const flat: ReadonlyMap<string, unknown> = new Map([...Object.entries(resource), ['manager', extension?.manager]].map(([name, value]) => [String(name).toLowerCase(), value]));
  return [...terms].every(([name, wanted]) => listed(flat.get(name.replace(/^urn:ietf:[^ ]*:/, '').replace(/(?:\[type eq "work"\])?\.value$/, ''))).some((v) => v !== undefined && (EXACT.includes(name) ? String(v) === wanted : String(v).toLowerCase() === wanted.toLowerCase())));
}

/** §3.4.2.4: the first is 1; less than 1 is 1, and a count below 0 is 0; at most `most` */
export function pageOf(startIndex: string | undefined, count: string | undefined, most: number): { readonly skip: number; readonly limit: number } | null {
  if (![startIndex, count].every((n) => n === undefined || /^-?\d{1,9}$/.test(n))) return null;
  return { skip: Math.max(Number(startIndex ?? 1), 1) - 1, limit: Math.min(Math.max(Number(count ?? most), 0), most) };
}

const ALWAYS: readonly string[] = ['id', 'schemas'];
const namesOf = (all: string): readonly string[] => all.toLowerCase().split(',').map((name) => name.trim().replace(/^urn:ietf:params:scim:schemas:core:2\.0:(?:user|group):/, '').replace(/\..*$/, ''));
/** §3.9 */
export function projected(resource: Shown, wanted: string | undefined, unwanted: string | undefined): object {
  if (wanted === undefined && unwanted === undefined) return resource;
  const only = wanted === undefined ? null : namesOf(wanted);
  const without = only === null ? namesOf(unwanted ?? '') : [];
  return Object.fromEntries(Object.entries(resource).filter(([name]) => ALWAYS.includes(name) || (only === null ? !without.includes(name.toLowerCase()) : only.some((o) => o === name.toLowerCase() || o.startsWith(`${name.toLowerCase()}:`)))));
}
