/** What the scanner found, grouped by kind: how sure, where, why, and the author's own words around it. Nothing here leaves the pane. */
import { makeStyles, mergeClasses } from '@fluentui/react-components';
import { ChevronRight16Regular } from '@fluentui/react-icons/svg/chevron-right';
import { useState } from 'react';
import type { Confidence, Finding, IdentifierKind } from '../../shared/scan/scan.ts';
import type { Reading } from '../outlook/outlook.ts';
import { Chip, Section } from '../view/view.tsx';
import { HELP, KINDS, PARTS, SAY } from '../words.ts';
import type { Excerpt } from './scanner.ts';
import type { Screen } from './screen.ts';

const useStyles = makeStyles({
  group: { borderTop: '1px solid var(--colorNeutralStroke3)', ':first-of-type': { borderTop: 'none' } },
  summary: {
    display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '0 8px', padding: '7px 2px', cursor: 'pointer', fontSize: '13px', lineHeight: '18px', listStyle: 'none', borderRadius: '4px',
    '::-webkit-details-marker': { display: 'none' },
    ':focus-visible': { outline: '2px solid var(--colorStrokeFocus2)' },
    ':hover': { color: 'var(--colorBrandForeground1)' },
  },
  name: { flex: '1 1 90px', minWidth: 0 },
  chevron: { display: 'inline-flex', color: 'var(--colorNeutralForeground3)', flexShrink: 0 },
  turned: { transform: 'rotate(90deg)' },
  list: { margin: 0, padding: '0 0 8px', listStyle: 'none', display: 'flex', flexDirection: 'column', gap: '8px' },
  quote: {
    margin: 0, padding: '6px 10px', fontSize: '13px', lineHeight: '18px', backgroundColor: 'var(--colorNeutralBackground3)', borderRadius: '6px', overflowWrap: 'anywhere',
    '& mark': { backgroundColor: 'var(--colorPaletteYellowBackground2)', color: 'var(--colorNeutralForeground1)', borderRadius: '2px', padding: '0 2px', fontWeight: 600 },
  },
  where: { margin: '3px 0 0', fontSize: '12px', lineHeight: '16px', color: 'var(--colorNeutralForeground2)' },
  doubt: {
    font: 'inherit', padding: 0, border: 'none', backgroundColor: 'transparent', color: 'var(--colorBrandForegroundLink)', cursor: 'pointer', textDecorationLine: 'underline',
    ':focus-visible': { outline: '2px solid var(--colorStrokeFocus2)', borderRadius: '2px' },
  },
  quiet: { margin: 0, fontSize: '13px', color: 'var(--colorNeutralForeground2)' },
});

const SURE: readonly Confidence[] = ['low', 'medium', 'high'];

interface Group {
  readonly kind: IdentifierKind;
  readonly findings: readonly Finding[];
  readonly surest: Confidence;
  /** how many are as sure as that */
  readonly sure: number;
}

/** Surest first, then most. */
function grouped(findings: readonly Finding[]): Group[] {
  const kinds = new Map<IdentifierKind, Finding[]>();
  for (const f of findings) kinds.set(f.kind, [...(kinds.get(f.kind) ?? []), f]);
  const sure = (c: Confidence) => SURE.indexOf(c);
  return [...kinds].map(([kind, list]) => {
    const surest = list.reduce<Confidence>((most, f) => (sure(f.confidence) > sure(most) ? f.confidence : most), 'low');
    return { kind, findings: list, surest, sure: list.filter((f) => f.confidence === surest).length };
  }).sort((a, b) => sure(b.surest) - sure(a.surest) || b.findings.length - a.findings.length);
}

type Dispute = (finding: Finding) => Promise<boolean>;
export type Excerpts = (finding: Finding, draft: { subject: string; html: string; files: Screen['files'] }) => Excerpt | null;

/** Calls a finding wrong. It stays what it is: the rules are for those who keep them to change. */
function Doubt({ finding, dispute }: { finding: Finding; dispute: Dispute }) {
  const styles = useStyles();
  const [state, setState] = useState<'asked' | 'noted' | 'failed' | null>(null);
  const report = (): void => {
    if (state === 'asked') return;
    setState('asked');
    void dispute(finding).then((taken) => setState(taken ? 'noted' : 'failed'));
  };
  return (
    <p className={styles.where} role="status">
      {state === 'noted' ? SAY.disputed : <>{state === 'failed' ? `${SAY.notDisputed} ` : ''}<button type="button" className={styles.doubt} onClick={report}>{SAY.dispute}</button></>}
    </p>
  );
}

function One({ finding, reading, files, excerpt, dispute }: { finding: Finding; reading: Reading; files: Screen['files']; excerpt: Excerpts; dispute: Dispute }) {
  const styles = useStyles();
  const cut = excerpt(finding, { subject: reading.subject, html: reading.html, files });
  const file = finding.part === 'attachment' ? ` ${files[finding.attachment ?? -1]?.filename ?? ''}` : '';
  const part = PARTS[finding.part] + file + (finding.quoted ? `, ${SAY.quoted}` : '');
  return (
    <li>
      {cut ? <blockquote className={styles.quote}>{cut.before}<mark>{cut.hit}</mark>{cut.after}</blockquote> : <p className={styles.quiet}>{SAY.moved}</p>}
      <p className={styles.where}>{[part, SAY.certain[finding.confidence], ...finding.reasons].join(' · ')}</p>
      <Doubt finding={finding} dispute={dispute} />
    </li>
  );
}

function Kind({ group, reading, files, excerpt, dispute }: { group: Group; reading: Reading; files: Screen['files']; excerpt: Excerpts | null; dispute: Dispute }) {
  const styles = useStyles();
  const [open, setOpen] = useState(false);
  const quoted = group.findings.every((f) => f.quoted);
  return (
    <details className={styles.group} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className={styles.summary}>
        <span className={mergeClasses(styles.chevron, open && styles.turned)} aria-hidden="true"><ChevronRight16Regular /></span>
        <span className={styles.name}>{KINDS[group.kind]}{quoted ? `, ${SAY.quoted}` : ''}</span>
        <Chip strong={group.surest === 'high'}>{SAY.found(group.sure, group.findings.length, SAY.certain[group.surest])}</Chip>
      </summary>
      {open && excerpt ? (
        <ul className={styles.list}>{group.findings.map((f) => <One key={`${f.part}${f.attachment ?? ''}:${f.start}:${f.rule}`} finding={f} reading={reading} files={files} excerpt={excerpt} dispute={dispute} />)}</ul>
      ) : null}
    </details>
  );
}

export function Findings({ findings, reading, files, excerpt, dispute }: { findings: readonly Finding[]; reading: Reading; files: Screen['files']; excerpt: Excerpts | null; dispute: Dispute }) {
  const styles = useStyles();
  return (
    <Section title={SAY.findings} help={HELP.findings}>
      {findings.length === 0 ? <p className={styles.quiet}>{SAY.noFindings}</p> : null}
      <div>{grouped(findings).map((g) => <Kind key={g.kind} group={g} reading={reading} files={files} excerpt={excerpt} dispute={dispute} />)}</div>
    </Section>
  );
}
