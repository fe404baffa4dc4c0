/** RFC 4180, for a spreadsheet that runs what it opens: no cell may be a formula, and the file says that it is UTF-8. */
import type { Told } from './export.ts';

/** What spreadsheets take for the beginning of a formula, full-width forms of East Asian keyboards included (OWASP, CSV injection). */
const FORMULA = /^[\s\u0000-\u001f\u00a0\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20|%]/u;

/** Where a semicolon parts cells, another one begins behind each of them and, as quotes inside a cell mean nothing then, behind each line break. */
const WITHIN = /(?<=[^])([;\r\n])(?=[^\S\r\n]*[=+\-@\uff1d\uff0b\uff0d\uff20|%])/gu;

export function cell(value: string | number | null): string {
  if (typeof value === 'number') return String(value);
  const text = (value ?? '').replace(/\u0000/g, '').toWellFormed().replace(WITHIN, "$1'");
  const safe = FORMULA.test(text) || /^[\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n\t;]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export const line = (cells: readonly (string | number | null)[]): string => `${cells.map(cell).join(',')}\r\n`;

const PLAIN = ['seq', 'time', 'type', 'outcome', 'actor kind', 'actor', 'message', 'item', 'what happened', 'facts', 'sealed fields', 'id'];
/** Column names of the Office 365 Management Activity API's common schema, for tools that read that. */
const PURVIEW = ['Id', 'RecordType', 'CreationTime', 'Operation', 'OrganizationId', 'UserType', 'UserKey', 'Workload', 'ResultStatus', 'ObjectId', 'UserId', 'AuditData'];
const RESULT: { readonly [outcome: string]: string } = { ok: 'Succeeded', denied: 'Failed', failed: 'Failed', unknown: 'PartiallySucceeded' };

export const heading = (profile: 'plain' | 'purview'): string => `\ufeff${line(profile === 'plain' ? PLAIN : PURVIEW)}`;

export function row(e: Told, profile: 'plain' | 'purview'): string {
  const facts = JSON.stringify(e.facts);
  return profile === 'plain'
    ? line([e.seq, e.time, e.type, e.outcome, e.actor.kind, e.actor.id, e.message ?? '', e.item ?? '', e.text, facts, e.sealed.join(' '), e.id])
    : line([e.id, 'SendSecure', e.time, e.type, '', e.actor.kind, e.actor.id, 'SendSecure', RESULT[e.outcome] ?? '', e.message ?? '', e.actor.id, facts]);
}
