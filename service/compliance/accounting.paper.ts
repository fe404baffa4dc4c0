/** An accounting of disclosures as it is handed to the individual (45 CFR 164.528(b)(2)): on paper, or as a table. It says what it leaves out and what it cannot know. */
import type { Accounting } from '../../shared/wire/compliance.ts';
import { print } from '../paper/paper.ts';
import { line } from './export/csv.ts';

interface AccountingOf { readonly accounting: Accounting; readonly patient: string; readonly organisation: string; readonly made: number }

const period = (d: Accounting['disclosures'][number]): string => (d.times === 1 ? d.date.slice(0, 10) : `${d.date.slice(0, 10)} to ${d.last.slice(0, 10)}, ${d.times} times`);

export function accountingCsv({ accounting, patient }: AccountingOf): string {
  const { disclosures, excluded, gaps } = accounting;
  const said = (what: string, text: string): string => line([what, '', '', '', '', text, '', '']);
  return `\ufeff${line(['what', 'first', 'last', 'times', 'recipient', 'address or words', 'description', 'purpose'])}${[
    ...disclosures.map((d) => line(['disclosure', d.date, d.last, d.times, d.recipient.name, d.recipient.address, d.description, d.purpose])),
    ...Object.entries(excluded).map(([why, n]) => line(['left out', '', '', n, '', why, '', ''])),
    ...gaps.map((gap) => said('cannot be known', gap)),
    said('patient reference', patient), said('from', accounting.from), said('to', accounting.to), said('entries in the log', String(accounting.tree_size)),
  ].join('')}`;
}

export function accountingPdf({ accounting, patient, organisation, made }: AccountingOf): Promise<Uint8Array> {
  const { disclosures, excluded, gaps } = accounting;
  return print({
    title: 'Accounting of disclosures', about: 'To whom information about the individual was disclosed by mail through this service, when and why (45 CFR 164.528).', issuer: organisation, made,
    blocks: [
      { kind: 'facts', rows: [{ label: 'Patient reference', value: patient }, { label: 'From', value: accounting.from.slice(0, 10) }, { label: 'Until', value: accounting.to.slice(0, 10) }, { label: 'Disclosures', value: String(disclosures.reduce((n, d) => n + d.times, 0)) }, { label: 'Log', value: `${accounting.tree_size} entries when this was made` }] },
      { kind: 'heading', text: 'Disclosures' },
      disclosures.length === 0 ? { kind: 'text', text: 'None that must be accounted for.' }
        : { kind: 'table', columns: [{ title: 'Date', share: 2.2 }, { title: 'To', share: 4 }, { title: 'What', share: 4 }, { title: 'Purpose', share: 2 }], rows: disclosures.map((d) => [period(d), [d.recipient.name ?? '', d.recipient.address].filter((s) => s !== '').join('\n'), d.description, d.purpose]) },
      ...(Object.keys(excluded).length === 0 ? [] : [{ kind: 'heading' as const, text: 'Left out' }, { kind: 'facts' as const, rows: Object.entries(excluded).map(([why, n]) => ({ label: `${n} ${n === 1 ? 'disclosure' : 'disclosures'}`, value: why })) }]),
      { kind: 'heading', text: 'What this cannot know' },
      ...gaps.map((text) => ({ kind: 'text' as const, text, tone: 'quiet' as const })),
    ],
  });
}
