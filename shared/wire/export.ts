/** Exports and reports over the wire. */
import * as z from 'zod/mini';
import { AuditFilter } from './audit.ts';
import type { Endpoint } from './wire.ts';

const readers = ['compliance', 'privacy-officer', 'auditor'] as const;

const Format = z.enum(['csv', 'ndjson', 'fhir', 'ocsf', 'pdf']);
const ReportName = z.enum(['disclosures', 'encryption', 'dlp', 'delivery', 'sign-in', 'break-glass', 'policy', 'overrides']);

export const ExportRequest = z.strictObject({
  /** `ndjson`: rows with proofs; `pdf` needs a report */
  format: Format,
  report: z.optional(ReportName),
  filter: z._default(AuditFilter, { order: 'asc', limit: 500 }),
  /** names of the CSV's columns */
  profile: z.optional(z.enum(['plain', 'purview'])),
  /** OpenPGP key (armored) to encrypt the file to */
  key: z.optional(z.string().check(z.maxLength(50_000))),
});
export type ExportRequest = z.infer<typeof ExportRequest>;

export const ExportState = z.object({
  id: z.string(),
  state: z.enum(['running', 'done', 'failed']),
  format: Format,
  report: z.optional(ReportName),
  /** made so far */
  rows: z.int(),
  tree_size: z.int(),
  created: z.string(),
  expires: z.string(),
  downloads: z.int(),
  /** of the file before it is encrypted to a key */
  sha256: z.optional(z.string()),
  bytes: z.optional(z.int()),
});
export type ExportState = z.infer<typeof ExportState>;

export const ScheduleRequest = z.strictObject({ every: z.enum(['day', 'week', 'month']), request: ExportRequest });
export type ScheduleRequest = z.infer<typeof ScheduleRequest>;

export const ScheduleState = z.object({ id: z.string(), every: z.enum(['day', 'week', 'month']), due: z.string(), format: Format, report: z.optional(ReportName) });
export type ScheduleState = z.infer<typeof ScheduleState>;

export const EXPORTS = {
  createExport: { method: 'post', path: '/audit/exports', summary: 'Export the log or a report: CSV, NDJSON with proofs, FHIR AuditEvent, OCSF, PDF', who: readers, stepUp: true, body: ExportRequest, answers: { 200: ExportState, 202: ExportState } },
  exports: { method: 'get', path: '/audit/exports', summary: 'One\'s own exports', who: readers, answers: { 200: z.object({ data: z.array(ExportState) }) } },
  export: { method: 'get', path: '/audit/exports/:id', summary: 'How far an export is', who: readers, answers: { 200: ExportState } },
  exportFile: { method: 'get', path: '/audit/exports/:id/file', summary: 'The file; every fetch is counted and noted', who: readers, stepUp: true, raw: 'out', answers: { 200: null } },
  exportProof: { method: 'get', path: '/audit/exports/:id/proof', summary: 'What was exported, of which tree, signed', who: readers, answers: { 200: z.looseObject({ sha256: z.string(), signature: z.string() }) } },
  createSchedule: { method: 'post', path: '/audit/schedules', summary: 'Make an export every day, week or month', who: readers, stepUp: true, body: ScheduleRequest, answers: { 200: ScheduleState } },
  schedules: { method: 'get', path: '/audit/schedules', summary: 'One\'s own scheduled exports', who: readers, answers: { 200: z.object({ data: z.array(ScheduleState) }) } },
  removeSchedule: { method: 'delete', path: '/audit/schedules/:id', summary: 'Make it no more', who: readers, answers: { 204: null } },
} as const satisfies { [name: string]: Endpoint };
