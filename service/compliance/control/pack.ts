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

const MOST = 10_000;

interface PackHouse { /** rows of a table, for tests */ readonly most?: number; readonly audit: AuditLog; readonly organisation: string; readonly now: () => number; readonly controls: (reader: Person, profile: Profile) => Promise<ControlMap>; readonly reviews: (reader: Person) => Promise<{ readonly data: readonly Review[] }>; readonly incidents: (reader: Person) => Promise<{ readonly data: readonly Incident[] }> }

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
    text('controls.csv', `\ufeff${csv.line(['id', 'citation', 'title', 'question', 'latest', 'measured', 'entry', 'reason', 'done instead', 'reason holds until', ...(map.data[0]?.months.map((m) => m.month) ?? [])])}${map.data.map((c) => csv.line([c.id, c.citation, c.title, c.question, c.latest?.result ?? 'not evaluated', c.latest?.measured ?? '', c.latest?.seq ?? '', c.rationale?.text ?? '', c.rationale?.instead ?? '', c.rationale?.until ?? '', ...c.months.map((m) => `${m.result} (${m.days} days)`)])).join('')}`);
    files['controls.pdf'] = await print({
      title: 'Safeguards', about: `As evaluated every night, profile ${request.profile}. The citations are not reviewed by counsel.`, issuer: organisation, made,
      blocks: [{ kind: 'table', columns: [{ title: '', share: 0.8 }, { title: 'Safeguard', share: 4 }, { title: 'Citation', share: 3 }, { title: 'Now', share: 2 }, { title: 'Months met', share: 1.4, right: true }], rows: map.data.map((c) => [c.id, c.title, c.citation, (c.latest?.result ?? 'not evaluated').replaceAll('-', ' '), String(c.months.filter((m) => m.result === 'met').length)]) },
        ...map.data.flatMap(({ id, title, rationale: said }) => (said === null ? [] : [
          { kind: 'heading' as const, text: `${id} ${title}: why it is not met as it is written` },
          { kind: 'facts' as const, rows: [{ label: 'Reason', value: said.text }, ...(said.instead === '' ? [] : [{ label: 'Done instead', value: said.instead }]), { label: 'Written', value: `${said.at.slice(0, 10)} by ${said.by}, holds until ${said.until}${said.lapsed ? ' (lapsed)' : ''}` }] },
        ]))],
    });
    text('reviews.csv', `\ufeff${csv.line(['review', 'from', 'to', 'due', 'done', 'by', 'tree size', 'findings'])}${(await reviews(reader)).data.map((r) => csv.line([r.id, r.from, r.to, r.due, r.done?.at ?? '', r.done?.by ?? '', r.done?.treeSize ?? '', r.done?.findings ?? ''])).join('')}`);
    const told = within((await incidents(reader)).data, from, to);
    text('incidents.csv', registerCsv(told));
    text('notices.csv', noticesCsv(told));
    files['incidents.pdf'] = await print(registerPaper(told, { from: request.from, to: request.to, organisation, made }));
    text('checkpoint.txt', (await audit.checkpoint()) ?? '');
    text('vkey.txt', `${audit.vkey()}\n`);
    text('README.txt', `Evidence of ${organisation}, ${request.from} to ${request.to}\n\n${short.length === 0 ? '' : `NOT WHOLE: ${short.join(', ')}: there are more entries than a pack holds; an export holds all.\n\n`}reports/     what the log says, as PDF to read and CSV to count (UTF-8; cells that a spreadsheet would take for formulas begin with ')\ncontrols.*   safeguards, evaluated every night from the log, twelve months, and the reasons given for addressable ones\nincidents.*, notices.csv   the register of incidents: factors, decisions, whom to tell by when and who was told (45 CFR 164.402-414); in the words of those who wrote it\nreviews.csv  reviews of activity (45 CFR 164.308(a)(1)(ii)(D))\ncheckpoint.txt, vkey.txt   the log's signed state when this was made; SHA256SUMS.sig signs the sums with the same key\n\nTo check the sums: sha256sum -c SHA256SUMS\nRows with their proofs come from an NDJSON export and verify with verify.mjs.\n`);
    const sums = Object.keys(files).sort().map((name) => `${createHash('sha256').update(files[name] ?? '').digest('hex')}  ${name}\n`).join('');
    text('SHA256SUMS', sums);
    text('SHA256SUMS.sig', `${JSON.stringify(audit.sign({ sums: createHash('sha256').update(sums).digest('hex') }))}\n`);
    const bytes = zipSync(files, { mtime: new Date(1980, 0, 1) });
    await audit.record({ type: 'evidence.pack_made', outcome: 'ok', actor: staff(reader), facts: { from: request.from, to: request.to, profile: request.profile, size: Number(((await audit.checkpoint()) ?? '').split('\n')[1] ?? 0), sha256: createHash('sha256').update(bytes).digest('hex') } });
    return { name: `evidence-${request.from.slice(0, 10)}-${request.to.slice(0, 10)}.zip`, bytes };
  };
}
