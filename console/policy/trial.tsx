/** A text, what is found in it, and which rules hold for it, as one types. */
import { Button, Checkbox, Dropdown, Field, Input, Link, Option, Textarea, makeStyles } from '@fluentui/react-components';
import { useDeferredValue, useEffect, useMemo, useState, type ReactNode } from 'react';
import type { Trait } from '../../shared/plan/policy.ts';
import type { PolicyDocument } from '../../shared/wire/policy.ts';
import { Card, Chip } from '../frame/view.tsx';
import { Many, Words } from './field.tsx';
import type { Fits } from './rule.tsx';
import type { About, Tried, tried as try_ } from './trial.ts';
import { ACT, LEVEL, NEED, PURPOSE, SAMPLES, SAY, TRAIT } from './words.ts';

const useStyles = makeStyles({
  row: { display: 'flex', flexWrap: 'wrap', gap: '6px', alignItems: 'center' },
  text: { whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', margin: 0, padding: '10px', borderRadius: '6px', backgroundColor: 'var(--colorNeutralBackground3)', maxHeight: '180px', overflowY: 'auto', fontFamily: 'inherit' },
  mark: { backgroundColor: 'var(--colorPaletteYellowBackground2)', color: 'var(--colorNeutralForeground1)', borderRadius: '2px' },
  // In sight while the rules beside it are written.
  stays: { minWidth: 0, '@media (min-width: 1001px)': { position: 'sticky', top: '60px', maxHeight: 'calc(100vh - 76px)', overflowY: 'auto' } },
  summary: { cursor: 'pointer', fontWeight: 600, ':focus-visible': { outline: '2px solid var(--colorStrokeFocus2)' } },
  about: { display: 'grid', gap: '12px', marginTop: '10px' },
  fields: { display: 'grid', gap: '10px', alignItems: 'start', gridTemplateColumns: 'repeat(auto-fit, minmax(min(150px, 100%), 1fr))' },
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

const BEGIN: About = { traits: ['external'], to: '', recipients: 1, attachments: 0, labels: [], author: '', groups: [], shared: false, purpose: '', clock: '' };
/** whoever is one of these is outside as well */
const OUTSIDE: readonly string[] = ['external', 'consumer', 'partner', 'look-alike', 'personal'];
const whole = (text: string) => (/^\d{1,3}$/.test(text) ? Number(text) : 0);

/** `rule`: the one that is being written, whose conditions are told one by one */
export function Trial({ document, rule, onTried, onShow }: { document: PolicyDocument; rule: string | null; onTried: (held: readonly string[], fits: Fits) => void; onShow: (rule: string) => void }) {
  const styles = useStyles();
  const [run, setRun] = useState<typeof try_ | null>(null);
  const [subject, setSubject] = useState<string>(SAMPLES[0]?.subject ?? '');
  const [text, setText] = useState<string>(SAMPLES[0]?.text ?? '');
  const [about, setAbout] = useState(BEGIN);
  useEffect(() => { void import(/* webpackChunkName: "trial" */ './trial.ts').then((chunk) => setRun(() => chunk.tried), () => undefined); }, []);
  const [lateText, lateSubject] = [useDeferredValue(text), useDeferredValue(subject)];
  const tried = useMemo(() => run?.(document, { subject: lateSubject, text: lateText, about, rule, now: new Date() }) ?? null, [run, document, lateSubject, lateText, about, rule]);
  useEffect(() => { onTried(tried?.outcome.trace.map((t) => t.rule) ?? [], tried?.fits ?? {}); }, [tried, onTried]);
  const set = (change: Partial<About>) => setAbout((before) => ({ ...before, ...change }));
  // Of the two, what was chosen last.
  const whoIs = (chosen: readonly string[]) => {
    const fresh = chosen.find((t) => !about.traits.includes(t as Trait));
    const against = fresh === 'internal' ? 'external' : fresh !== undefined && OUTSIDE.includes(fresh) ? 'internal' : null;
    set({ traits: [...new Set([...chosen.filter((t) => t !== against), ...(fresh !== undefined && OUTSIDE.includes(fresh) ? ['external'] : [])])] as Trait[] });
  };
  return (
    <div className={styles.stays}>
      <Card title={SAY.trial}>
        <span>{SAY.trialLead}</span>
        <div className={styles.row}><span>{SAY.samples_}:</span>{SAMPLES.map((s) => <Button key={s.name} size="small" aria-label={`${SAY.samples_}: ${s.name}`} onClick={() => { setSubject(s.subject); setText(s.text); }}>{s.name}</Button>)}</div>
        <Field label={SAY.subject}><Input value={subject} onChange={(_, d) => setSubject(d.value)} /></Field>
        <Field label={SAY.recipients}><Many label={SAY.recipients} of={TRAIT} value={about.traits} onChange={whoIs} /></Field>
        <Field label={SAY.sample}><Textarea rows={5} resize="vertical" value={text} onChange={(_, d) => setText(d.value)} /></Field>
        {tried === null ? null : (
          <>
            <div className={styles.row} role="status">
              <span>{SAY.result}:</span><Chip tone="brand">{LEVEL[tried.verdict.level]}</Chip>
              <Chip tone={tried.outcome.joined.act === 'block' ? 'bad' : ['allow', 'observe'].includes(tried.outcome.joined.act) ? 'good' : 'care'}>{ACT[tried.outcome.joined.act]}</Chip><Chip>{NEED[tried.outcome.joined.need]}</Chip>
            </div>
            {tried.outcome.trace.length === 0 ? <span>{SAY.noneHold}</span> : (
              <><span>{SAY.held}:</span><ol className={styles.list}>{tried.outcome.trace.map((t) => { const name = document.rules.find((r) => r.id === t.rule)?.name ?? t.rule; return <li key={t.rule}><Link as="button" aria-label={`${SAY.show}: ${name}`} onClick={() => onShow(t.rule)}>{name}</Link></li>; })}</ol></>
            )}
            <Marked text={lateText} tried={tried} />
          </>
        )}
        <details>
          <summary className={styles.summary}>{SAY.about}</summary>
          <div className={styles.about}>
            <div className={styles.fields}>
              <Field label={SAY.toAddress}><Input value={about.to} placeholder="somebody@elsewhere.example" onChange={(_, d) => set({ to: d.value })} /></Field>
              <Field label={SAY.toMore}><Input inputMode="numeric" value={String(about.recipients)} onChange={(_, d) => set({ recipients: whole(d.value) })} /></Field>
              <Field label={SAY.files}><Input inputMode="numeric" value={String(about.attachments)} onChange={(_, d) => set({ attachments: whole(d.value) })} /></Field>
              <Field label={SAY.labels} hint={SAY.comma}><Words value={about.labels} label={SAY.labels} onChange={(labels) => set({ labels })} /></Field>
              <Field label={SAY.authorAddress}><Input value={about.author} onChange={(_, d) => set({ author: d.value })} /></Field>
              <Field label={SAY.groups} hint={SAY.comma}><Words value={about.groups} label={SAY.groups} onChange={(groups) => set({ groups })} /></Field>
              <Field label={SAY.clock}><Input type="time" value={about.clock} onChange={(_, d) => set({ clock: d.value })} /></Field>
              <Field label={SAY.forPurpose}><Dropdown style={{ minWidth: 0 }} selectedOptions={[about.purpose]} value={PURPOSE[about.purpose] ?? SAY.noPurpose} onOptionSelect={(_, { optionValue }) => set({ purpose: optionValue ?? '' })}>{['', ...Object.keys(PURPOSE)].map((p) => <Option key={p} value={p}>{PURPOSE[p] ?? SAY.noPurpose}</Option>)}</Dropdown></Field>
            </div>
            <Checkbox label={SAY.fromShared} checked={about.shared} onChange={(_, d) => set({ shared: d.checked === true })} />
          </div>
        </details>
      </Card>
    </div>
  );
}
