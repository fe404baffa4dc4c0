/** A text, what is found in it, and which rules hold for it, as one types. */
import { Button, Checkbox, Field, Input, Textarea, makeStyles } from '@fluentui/react-components';
import { useDeferredValue, useEffect, useMemo, useState, type ReactNode } from 'react';
import { TRAITS, type Trait } from '../../shared/plan/policy.ts';
import type { PolicyDocument } from '../../shared/wire/policy.ts';
import { Card, Chip } from '../frame/view.tsx';
import type { Tried, tried as try_ } from './trial.ts';
import { ACT, LEVEL, NEED, SAMPLES, SAY, TRAIT } from './words.ts';

const useStyles = makeStyles({
  row: { display: 'flex', flexWrap: 'wrap', gap: '6px', alignItems: 'center' },
  text: { whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', margin: 0, padding: '10px', borderRadius: '6px', backgroundColor: 'var(--colorNeutralBackground3)', maxHeight: '240px', overflowY: 'auto', fontFamily: 'inherit' },
  mark: { backgroundColor: 'var(--colorPaletteYellowBackground2)', color: 'var(--colorNeutralForeground1)', borderRadius: '2px' },
  list: { margin: 0, paddingLeft: '20px', display: 'grid', gap: '4px' },
});

function Marked({ text, tried }: { text: string; tried: Tried }) {
  const styles = useStyles();
  const parts: ReactNode[] = [];
  let at = 0;
  for (const f of tried.findings.filter((x) => x.part === 'body').sort((a, b) => a.start - b.start)) {
    if (f.start < at) continue;
    parts.push(text.slice(at, f.start), <mark key={f.start} className={styles.mark} title={`${f.kind}: ${f.reasons.join(', ')}`}>{text.slice(f.start, f.end)}</mark>);
    at = f.end;
  }
  // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
  return <pre className={styles.text} tabIndex={0} aria-label={SAY.found}>{parts}{text.slice(at)}</pre>;
}

export function Trial({ document, onHeld }: { document: PolicyDocument; onHeld: (rules: readonly string[]) => void }) {
  const styles = useStyles();
  const [run, setRun] = useState<typeof try_ | null>(null);
  const [subject, setSubject] = useState<string>(SAMPLES[0]?.subject ?? '');
  const [text, setText] = useState<string>(SAMPLES[0]?.text ?? '');
  const [traits, setTraits] = useState<readonly Trait[]>(['external']);
  useEffect(() => { void import(/* webpackChunkName: "trial" */ './trial.ts').then((chunk) => setRun(() => chunk.tried), () => undefined); }, []);
  const [lateText, lateSubject] = [useDeferredValue(text), useDeferredValue(subject)];
  const tried = useMemo(() => run?.(document, { subject: lateSubject, text: lateText, traits, now: new Date() }) ?? null, [run, document, lateSubject, lateText, traits]);
  useEffect(() => { onHeld(tried?.outcome.trace.map((t) => t.rule) ?? []); }, [tried, onHeld]);
  const turn = (trait: Trait, on: boolean) => {
    const other = trait === 'internal' ? 'external' : trait === 'external' ? 'internal' : null;
    setTraits((before) => (on ? [...before.filter((t) => t !== other), trait] : before.filter((t) => t !== trait)));
  };
  return (
    <Card title={SAY.trial}>
      <span>{SAY.trialLead}</span>
      <div className={styles.row}>{SAMPLES.map((s) => <Button key={s.name} size="small" onClick={() => { setSubject(s.subject); setText(s.text); }}>{`${SAY.samples_}: ${s.name}`}</Button>)}</div>
      <Field label={SAY.subject}><Input value={subject} onChange={(_, d) => setSubject(d.value)} /></Field>
      <Field label={SAY.sample}><Textarea rows={6} resize="vertical" value={text} onChange={(_, d) => setText(d.value)} /></Field>
      <div className={styles.row} role="group" aria-label={SAY.recipients}>{SAY.recipients}{TRAITS.map((t) => <Checkbox key={t} label={TRAIT[t] ?? t} checked={traits.includes(t)} onChange={(_, d) => turn(t, d.checked === true)} />)}</div>
      {tried === null ? null : (
        <>
          <Marked text={lateText} tried={tried} />
          <div className={styles.row} role="status">
            <span>{SAY.result}:</span><Chip tone="brand">{LEVEL[tried.verdict.level]}</Chip>
            <Chip tone={tried.outcome.joined.act === 'block' ? 'bad' : ['allow', 'observe'].includes(tried.outcome.joined.act) ? 'good' : 'care'}>{ACT[tried.outcome.joined.act]}</Chip><Chip>{NEED[tried.outcome.joined.need]}</Chip>
          </div>
          {tried.outcome.trace.length === 0 ? <span>{SAY.noneHold}</span> : (
            <><span>{SAY.held}:</span><ol className={styles.list}>{tried.outcome.trace.map((t) => <li key={t.rule}>{document.rules.find((r) => r.id === t.rule)?.name ?? t.rule}</li>)}</ol></>
          )}
        </>
      )}
    </Card>
  );
}
