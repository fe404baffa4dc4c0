/**
 * The register of incidents on paper and as tables: what an authority asks to see of each (45 CFR 164.414(b), 164.530(j)): the facts, the four factors, the
 * decision with its reason, whom to tell by when and who was told, what was done. In the words of those who wrote it; addresses are not in it.
 */
import type { Incident } from '../../../shared/wire/case.ts';
import type { Block, Paper } from '../../paper/paper.ts';
import { line } from '../export/csv.ts';

const KINDS: { readonly [kind: string]: string } = { 'wrong-recipient': 'Wrong recipient', 'wrong-content': 'Wrong content', 'lost-device': 'Lost device', 'unauthorised-access': 'Access without a right', 'other': 'Other' };
const DECISIONS: { readonly [decision: string]: string } = {
  'low-probability': 'Low probability that it was compromised: no breach', 'breach': 'Breach', 'exception-workforce': 'Exception: unintentional, within the workforce (164.402(1)(i))', 'exception-inadvertent': 'Exception: inadvertent, between those with access (164.402(1)(ii))', 'exception-not-retained': 'Exception: could not have been kept (164.402(1)(iii))',
};
const TOLD: { readonly [to: string]: string } = { 'individuals': 'Individuals (164.404)', 'media': 'Media (164.406)', 'hhs': 'HHS (164.408)', 'covered-entity': 'Covered entity (164.410)', 'state': 'State authority' };
const FACTORS = { nature: '1. Nature and extent', recipient: '2. Who got it', acquired: '3. Acquired or viewed', mitigated: '4. How far mitigated' } as const;
const NAMES = Object.keys(FACTORS) as (keyof typeof FACTORS)[];

/** Whom a breach must be told to and by when, with what was sent; and whoever was told beyond that. */
function noticesOf(incident: Incident): { readonly to: string; readonly due: string | null; readonly sent: string | null; readonly count: number | null; readonly text: string }[] {
  const { clock, assessment, steps } = incident;
  const due = assessment?.decision === 'breach' ? [['individuals', clock.individuals], ['hhs', clock.hhs], ...(clock.media === null ? [] : [['media', clock.media]])] as [string, string][] : [];
  const sent = steps.filter((s) => s.kind === 'notice').map((s) => ({ to: s.to ?? '', sent: s.at, count: s.count ?? null, text: s.text }));
  return [
    ...due.filter(([to]) => !sent.some((s) => s.to === to)).map(([to, by]) => ({ to, due: by, sent: null, count: null, text: '' })),
    ...sent.map((s) => ({ ...s, due: due.find(([to]) => to === s.to)?.[1] ?? null })),
  ];
}

const day = (iso: string): string => iso.slice(0, 10);

/** One row an incident. */
export function registerCsv(incidents: readonly Incident[]): string {
  return `\ufeff${line(['incident', 'message', 'kind', 'discovered', 'opened', 'opened by', 'state', 'copies', 'copies nobody can open', ...NAMES.flatMap((n) => [`${FACTORS[n]}: evidence`, `${FACTORS[n]}: risk`]), 'decision', 'people', 'reason', 'decided', 'decided by', 'note', 'could not be taken back', 'steps'])}${incidents.map((i) => line([
    i.id, i.message, i.kind, i.discovered, i.opened, i.openedBy, i.state, i.copies.length, i.copies.filter((c) => c.secured).length, ...NAMES.flatMap((n) => [i.factors[n], i.assessment?.ratings[n] ?? '']),
    i.assessment?.decision ?? '', i.assessment?.people ?? '', i.assessment?.reason ?? '', i.assessment?.at ?? '', i.assessment?.by ?? '', i.note, i.cannot.join('\n'), i.steps.map((s) => `${s.at} ${s.kind}: ${s.text}`).join('\n'),
  ])).join('')}`;
}

/** One row a notice: sent, or still to be. */
export function noticesCsv(incidents: readonly Incident[]): string {
  return `\ufeff${line(['incident', 'to', 'last day', 'sent', 'how many', 'in words'])}${incidents.flatMap((i) => noticesOf(i).map((n) => line([i.id, n.to, n.due ?? '', n.sent ?? 'not yet', n.count ?? '', n.text]))).join('')}`;
}

function blocksOf(i: Incident): Block[] {
  const notices = noticesOf(i);
  return [
    { kind: 'heading', text: `${KINDS[i.kind] ?? i.kind}, known since ${day(i.discovered)}` },
    { kind: 'facts', rows: [
      { label: 'Incident', value: i.id, exact: true }, { label: 'Message', value: i.message, exact: true }, { label: 'Opened', value: `${day(i.opened)} by ${i.openedBy}` }, { label: 'State', value: i.state },
      { label: 'Copies', value: i.copies.map((c) => `${c.n + 1}: ${c.why}`).join('\n') }, ...(i.note === '' ? [] : [{ label: 'Note', value: i.note }]),
    ] },
    { kind: 'table', columns: [{ title: 'Factor (164.402(2))', share: 2.4 }, { title: 'Evidence', share: 6 }, { title: 'Risk', share: 1.2 }], rows: NAMES.map((n) => [FACTORS[n], i.factors[n], i.assessment?.ratings[n] ?? '']) },
    { kind: 'facts', rows: i.assessment === null ? [{ label: 'Decision', value: 'not decided yet' }] : [
      { label: 'Decision', value: DECISIONS[i.assessment.decision] ?? i.assessment.decision }, { label: 'Decided', value: `${day(i.assessment.at)} by ${i.assessment.by}` }, ...(i.assessment.people === undefined ? [] : [{ label: 'People', value: String(i.assessment.people) }]), { label: 'Reason', value: i.assessment.reason },
    ] },
    ...(notices.length === 0 ? [] : [{ kind: 'table' as const, columns: [{ title: 'To be told', share: 3 }, { title: 'Last day', share: 1.6 }, { title: 'Told', share: 1.6 }, { title: 'How many', share: 1.2, right: true }, { title: 'In words', share: 4 }], rows: notices.map((n) => [TOLD[n.to] ?? n.to, n.due ?? '', n.sent === null ? 'not yet' : day(n.sent), n.count === null ? '' : String(n.count), n.text]) }]),
    ...(i.steps.some((s) => s.kind !== 'notice') ? [{ kind: 'table' as const, columns: [{ title: 'Done', share: 1.6 }, { title: 'What', share: 2 }, { title: 'In words', share: 6 }], rows: i.steps.filter((s) => s.kind !== 'notice').map((s) => [day(s.at), s.kind, s.text]) }] : []),
  ];
}

export function registerPaper(incidents: readonly Incident[], { from, to, organisation, made }: { readonly from: string; readonly to: string; readonly organisation: string; readonly made: number }): Paper {
  return {
    title: 'Incidents', about: `Known, open or worked on between ${day(from)} and ${day(to)}. Evidence is from the log; ratings, decisions and words are those of the people named.`, issuer: organisation, made,
    blocks: incidents.length === 0 ? [{ kind: 'text', text: 'None.' }] : incidents.flatMap(blocksOf),
  };
}

/** Of this time: opened in it or before, and not over before it began. */
export function within(incidents: readonly Incident[], from: number, to: number): Incident[] {
  return incidents.filter((i) => Date.parse(i.opened) < to && (i.state !== 'closed' || Math.max(Date.parse(i.opened), ...i.steps.map((s) => Date.parse(s.at))) >= from));
}
