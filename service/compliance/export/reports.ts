/** The reports compliance staff hand in: which entries each is made of, what its chart counts, what it says of itself. */
import type { Paper } from '../../paper/paper.ts';
import type { Told } from './export.ts';

interface Report {
  readonly title: string;
  readonly says: string;
  readonly types: readonly string[];
  /** what is counted beside the days */
  readonly by: (e: Told) => string;
  readonly share: string;
}

const fact = (name: string, otherwise: string) => (e: Told): string => String(e.facts[name] ?? otherwise);

export const REPORTS = {
  disclosures: { title: 'Disclosures', says: 'Copies that left this service, and copies opened on the secure page.', types: ['delivery.relayed', 'portal.message_opened', 'portal.attachment_downloaded'], by: (e) => e.type, share: 'How' },
  encryption: { title: 'How every message was secured', says: 'What was decided for each copy, and every change of it before anything was sent.', types: ['encryption.decided', 'encryption.changed', 'encryption.downgrade_blocked'], by: (e) => String(e.facts['protection'] ?? e.facts['to'] ?? 'none'), share: 'Protection' },
  dlp: { title: 'Data loss prevention', says: 'What the scanner found in accepted messages, as counts and kinds, and what was refused.', types: ['message.accepted', 'message.refused', 'policy.decided'], by: fact('verdict', 'refused'), share: 'Verdict' },
  delivery: { title: 'Delivery', says: 'What became of every copy.', types: ['delivery.relayed', 'delivery.failed', 'delivery.held', 'delivery.dsn_received', 'delivery.unknown'], by: (e) => e.type, share: 'Outcome' },
  'sign-in': { title: 'Sign-in and codes', says: 'Who proved who they are, and who could not.', types: ['auth.failed', 'session.started', 'session.ended', 'authz.denied', 'portal.authenticated', 'portal.code_wrong', 'portal.locked'], by: (e) => String(e.facts['way'] ?? e.facts['code'] ?? e.type), share: 'Way or reason' },
  'break-glass': { title: 'Break-glass access', says: 'Emergency access: why it was taken, what was seen, and its review.', types: ['breakglass.granted', 'breakglass.used', 'breakglass.ended', 'breakglass.reviewed', 'breakglass.overdue'], by: (e) => e.type, share: 'Step' },
  policy: { title: 'Policy changes', says: 'Versions of the policy, who wrote and who approved them, and settings as they were read.', types: ['policy.drafted', 'policy.submitted', 'policy.approved', 'policy.rejected', 'policy.activated', 'policy.reverted', 'settings.loaded'], by: (e) => e.type, share: 'Step' },
  overrides: { title: 'Overrides', says: 'Where a person decided otherwise than the policy first said: justified messages, released copies.', types: ['message.accepted', 'delivery.released'], by: (e) => (e.type === 'delivery.released' ? 'released by the author' : String(e.facts['decision'] ?? '')), share: 'Decision' },
} as const satisfies { [name: string]: Report };
export type ReportName = keyof typeof REPORTS;

/** Only those of a report that belong in it. */
export const belongs = (name: ReportName, e: Told): boolean => name !== 'overrides' || e.type !== 'message.accepted' || e.facts['decision'] === 'justify';

const SHOWN = 2_000;
const top = (counts: ReadonlyMap<string, number>, sort: 'key' | 'n'): { readonly label: string; readonly n: number }[] =>
  [...counts].map(([label, n]) => ({ label, n })).sort((a, b) => (sort === 'n' ? b.n - a.n : a.label < b.label ? -1 : 1));

/** A report as paper; the rows are counted in full and shown up to a limit, beyond which the CSV says the rest. */
export function paperOf(name: ReportName, { rows, from, to, size, organisation, made, notes }: { readonly rows: readonly Told[]; readonly from: string; readonly to: string; readonly size: number; readonly organisation: string; readonly made: number; readonly notes: readonly string[] }): Paper {
  const report: Report = REPORTS[name];
  const days = new Map<string, number>();
  const shares = new Map<string, number>();
  for (const e of rows) {
    days.set(e.time.slice(0, 10), (days.get(e.time.slice(0, 10)) ?? 0) + 1);
    shares.set(report.by(e), (shares.get(report.by(e)) ?? 0) + 1);
  }
  // More days than a chart can show: by month.
  const months = new Map<string, number>();
  for (const [day, n] of days) months.set(day.slice(0, 7), (months.get(day.slice(0, 7)) ?? 0) + n);
  const shown = rows.slice(0, SHOWN);
  return {
    title: report.title, about: report.says, issuer: organisation, made,
    blocks: [
      { kind: 'facts', rows: [{ label: 'From', value: from }, { label: 'To', value: to }, { label: 'Entries', value: String(rows.length) }, { label: 'Log size', value: `${size} entries` }] },
      ...notes.map((text) => ({ kind: 'text' as const, text, tone: 'quiet' as const })),
      { kind: 'heading', text: days.size > 31 ? 'By month' : 'By day' },
      { kind: 'bars', rows: top(days.size > 31 ? months : days, 'key') },
      { kind: 'heading', text: report.share },
      { kind: 'bars', rows: top(shares, 'n').slice(0, 20) },
      { kind: 'heading', text: 'Entries' },
      ...(rows.length > SHOWN ? [{ kind: 'text' as const, text: `The first ${SHOWN} of ${rows.length}; the same report as CSV holds all of them.`, tone: 'quiet' as const }] : []),
      { kind: 'table', columns: [{ title: 'Entry', share: 1.1, right: true }, { title: 'Time (UTC)', share: 2.6 }, { title: 'Message', share: 3 }, { title: 'What happened', share: 7 }], rows: shown.map((e) => [String(e.seq ?? ''), e.time.slice(0, 19).replace('T', ' '), e.message ?? '', e.text]) },
    ],
  };
}
