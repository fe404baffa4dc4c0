/**
 * An evidence pack for one range of dates, in the forms auditors ask for: every report as PDF and CSV, the map of safeguards, the
 * reviews, the incidents, the checkpoint all of it rests on, and the sums of all files. Sealed values are not in it, but for what people wrote in incidents and reasons.
 */
import { createHash } from 'node:crypto';
import { zipSync } from 'fflate';
import type { Incident } from '../../../shared/wire/case.ts';
import type { ControlMap, PackRequest, Review } from '../../../shared/wire/control.ts';
import { sentence, type AuditLog } from '../../audit/audit.ts';
import { print } from '../../paper/paper.ts';
import type { Person } from '../../people/people.ts';
import { isRefusal } from '../../refusal.ts';
import { noticesCsv, registerCsv, registerPaper, within } from '../case/register.ts';
import * as csv from '../export/csv.ts';
import type { Told } from '../export/export.ts';
import { belongs, paperOf, REPORTS, type ReportName } from '../export/reports.ts';
import { staff } from '../search.ts';
import type { Profile } from './control.table.ts';
import { readMe, reviewsCsv, safeguardsCsv, safeguardsPaper } from './pack.paper.ts';

const MOST = 10_000;
const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

interface PackHouse {
  readonly audit: AuditLog;
  readonly organisation: string;
  readonly now: () => number;
  readonly controls: (reader: Person, profile: Profile) => Promise<ControlMap>;
  readonly reviews: (reader: Person) => Promise<{ readonly data: readonly Review[] }>;
  readonly incidents: (reader: Person) => Promise<{ readonly data: readonly Incident[] }>;
  /** rows of a table, for tests */
  readonly most?: number;
}

export function openPack({ audit, organisation, now, controls, reviews, incidents, most = MOST }: PackHouse) {
  async function rowsOf(name: ReportName, from: number, to: number): Promise<{ readonly rows: Told[]; readonly size: number; readonly cut: boolean }> {
    const rows: Told[] = [];
    let size = 0;
    for (let cursor: string | undefined; rows.length <= most;) {
      const page = await audit.events({ types: REPORTS[name].types, from, to, order: 'asc', limit: 500, ...(cursor === undefined ? {} : { cursor }) });
      if (isRefusal(page)) break;
      size = page.snapshot.tree_size;
      rows.push(...page.data.map((e) => ({ ...e, text: sentence(e.type, e.outcome, e.facts) })).filter((e) => belongs(name, e)));
      if (page.page.next === null && rows.length <= most) return { rows, size, cut: false };
      cursor = page.page.next ?? undefined;
    }
    return { rows: rows.slice(0, most), size, cut: true };
  }

  return async function pack(reader: Person, request: PackRequest): Promise<{ readonly name: string; readonly bytes: Uint8Array }> {
    const [from, to] = [Date.parse(request.from), Date.parse(request.to)];
    const made = now();
    const files: { [name: string]: Uint8Array } = {};
    const short: string[] = [];
    const text = (name: string, content: string): void => { files[name] = new TextEncoder().encode(content); };
    for (const name of Object.keys(REPORTS) as ReportName[]) {
      const { rows, size, cut } = await rowsOf(name, from, to);
      // A table has no place for a note that a spreadsheet would not count: its name says it.
      const file = cut ? `${name}.first-${most}` : name;
      if (cut) short.push(file);
      text(`reports/${file}.csv`, csv.heading('plain') + rows.map((e) => csv.row(e, 'plain')).join(''));
      files[`reports/${file}.pdf`] = await print(paperOf(name, { rows, from: request.from, to: request.to, size, organisation, made, notes: cut ? [`The pack holds the first ${most} entries; an export holds all.`] : [] }));
    }
    const map = await controls(reader, request.profile);
    text('controls.csv', safeguardsCsv(map));
    files['controls.pdf'] = await print(safeguardsPaper(map, request.profile, organisation, made));
    text('reviews.csv', reviewsCsv((await reviews(reader)).data));
    const told = within((await incidents(reader)).data, from, to);
    text('incidents.csv', registerCsv(told));
    text('notices.csv', noticesCsv(told));
    files['incidents.pdf'] = await print(registerPaper(told, { from: request.from, to: request.to, organisation, made }));
    const checkpoint = (await audit.checkpoint()) ?? '';
    text('checkpoint.txt', checkpoint);
    text('vkey.txt', `${audit.vkey()}\n`);
    text('README.txt', readMe({ organisation, from: request.from, to: request.to, short }));
    const sums = Object.keys(files).sort().map((name) => `${sha256(files[name] ?? '')}  ${name}\n`).join('');
    text('SHA256SUMS', sums);
    text('SHA256SUMS.sig', `${JSON.stringify(audit.sign({ sums: sha256(sums) }))}\n`);
    const bytes = zipSync(files, { mtime: new Date(1980, 0, 1) });
    await audit.record({ type: 'evidence.pack_made', outcome: 'ok', actor: staff(reader), facts: { from: request.from, to: request.to, profile: request.profile, size: Number(checkpoint.split('\n')[1] ?? 0), sha256: sha256(bytes) } });
    return { name: `evidence-${request.from.slice(0, 10)}-${request.to.slice(0, 10)}.zip`, bytes };
  };
}
