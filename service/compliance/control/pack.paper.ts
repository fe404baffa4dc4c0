/** What an evidence pack says beside the reports: the map of safeguards and the reviews as tables, the map as paper, and what lies where. */
import type { ControlMap, Review } from '../../../shared/wire/control.ts';
import type { Paper } from '../../paper/paper.ts';
import * as csv from '../export/csv.ts';
import type { Profile } from './control.table.ts';

/** A spreadsheet takes UTF-8 for what it is when it begins so. */
const table = (heads: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string => `\ufeff${csv.line(heads)}${rows.map((row) => csv.line(row)).join('')}`;

export function safeguardsCsv({ data }: ControlMap): string {
  const months = data[0]?.months.map((m) => m.month) ?? [];
  return table(
    ['id', 'citation', 'title', 'question', 'latest', 'measured', 'entry', 'reason', 'done instead', 'reason holds until', ...months],
    data.map(({ id, citation, title, question, latest, rationale, ...c }) => [
      id, citation, title, question,
      latest?.result ?? 'not evaluated', latest?.measured ?? '', latest?.seq ?? '',
      rationale?.text ?? '', rationale?.instead ?? '', rationale?.until ?? '',
      ...c.months.map((m) => `${m.result} (${m.days} days)`),
    ]),
  );
}

export function reviewsCsv(reviews: readonly Review[]): string {
  return table(
    ['review', 'from', 'to', 'due', 'done', 'by', 'tree size', 'findings'],
    reviews.map(({ id, from, to, due, done }) => [id, from, to, due, done?.at ?? '', done?.by ?? '', done?.treeSize ?? '', done?.findings ?? '']),
  );
}

export function safeguardsPaper({ data }: ControlMap, profile: Profile, organisation: string, made: number): Paper {
  return {
    title: 'Safeguards', about: `As evaluated every night, profile ${profile}. The citations are not reviewed by counsel.`, issuer: organisation, made,
    blocks: [
      {
        kind: 'table',
        columns: [{ title: '', share: 0.8 }, { title: 'Safeguard', share: 4 }, { title: 'Citation', share: 3 }, { title: 'Now', share: 2 }, { title: 'Months met', share: 1.4, right: true }],
        rows: data.map(({ id, title, citation, latest, months }) => [id, title, citation, (latest?.result ?? 'not evaluated').replaceAll('-', ' '), String(months.filter((m) => m.result === 'met').length)]),
      },
      ...data.flatMap(({ id, title, rationale: said }) => (said === null ? [] : [
        { kind: 'heading' as const, text: `${id} ${title}: why it is not met as it is written` },
        { kind: 'facts' as const, rows: [
          { label: 'Reason', value: said.text },
          ...(said.instead === '' ? [] : [{ label: 'Done instead', value: said.instead }]),
          { label: 'Written', value: `${said.at.slice(0, 10)} by ${said.by}, holds until ${said.until}${said.lapsed ? ' (lapsed)' : ''}` },
        ] },
      ])),
    ],
  };
}

export function readMe({ organisation, from, to, short }: { readonly organisation: string; readonly from: string; readonly to: string; /** tables that are cut */ readonly short: readonly string[] }): string {
  const cut = short.length === 0 ? [] : [`NOT WHOLE: ${short.join(', ')}: there are more entries than a pack holds; an export holds all.`, ''];
  return [
    `Evidence of ${organisation}, ${from} to ${to}`,
    '',
    ...cut,
    "reports/     what the log says, as PDF to read and CSV to count (UTF-8; cells that a spreadsheet would take for formulas begin with ')",
    'controls.*   safeguards, evaluated every night from the log, twelve months, and the reasons given for addressable ones',
    'incidents.*, notices.csv   the register of incidents: factors, decisions, whom to tell by when and who was told (45 CFR 164.402-414); in the words of those who wrote it',
    'reviews.csv  reviews of activity (45 CFR 164.308(a)(1)(ii)(D))',
    "checkpoint.txt, vkey.txt   the log's signed state when this was made; SHA256SUMS.sig signs the sums with the same key",
    '',
    'To check the sums: sha256sum -c SHA256SUMS',
    'Rows with their proofs come from an NDJSON export and verify with verify.mjs.',
    '',
  ].join('\n');
}
