/** One incident: copies and what is true of each, the four factors from evidence, the decision of a person, what was done since, the last days. */
import { Button, Dropdown, Field, Input, Option, Textarea, makeStyles } from '@fluentui/react-components';
import { useState } from 'react';
import type { AssessRequest, Incident as File_, IncidentStep } from '../../shared/wire/case.ts';
import { nameOf, useAnswer, useConsole } from '../frame/console.ts';
import { Card, Chip, Empty, Go, Page, Refusal, Shown } from '../frame/view.tsx';
import { isRefused, type Refused } from '../wire/call.ts';
import { DECISIONS, FACTORS, KINDS, NOTIFIED, RATINGS, SAY, STATES, STEPS } from './words.ts';
import { when } from '../words.ts';

const useStyles = makeStyles({
  grid: { display: 'grid', gridTemplateColumns: 'repeat(auto-fill, minmax(min(420px, 100%), 1fr))', gap: '16px', alignItems: 'start' },
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: '8px' },
  line: { display: 'flex', flexWrap: 'wrap', gap: '4px 10px', alignItems: 'center', overflowWrap: 'anywhere' },
  facts: { display: 'grid', gridTemplateColumns: 'auto minmax(0, 1fr)', gap: '4px 14px', margin: 0, '& dt': { color: 'var(--colorNeutralForeground3)' }, '& dd': { margin: 0, fontWeight: 600 } },
  soft: { color: 'var(--colorNeutralForeground3)', fontSize: '13px', margin: 0 },
  name: { fontWeight: 600, margin: 0 },
});
type Rating = keyof typeof RATINGS;

function Choice({ label, names, value, onChange }: { label: string; names: { readonly [name: string]: string }; value: string; onChange: (value: string) => void }) {
  return (
    <Field label={label}>
      <Dropdown style={{ minWidth: 0 }} value={names[value] ?? value} selectedOptions={[value]} onOptionSelect={(_, { optionValue }) => onChange(optionValue ?? '')}>
        {Object.entries(names).map(([name, text]) => <Option key={name} value={name}>{text}</Option>)}
      </Dropdown>
    </Field>
  );
}

function Assessment({ file, onDone }: { file: File_; onDone: () => void }) {
  const styles = useStyles();
  const { wire, has } = useConsole();
  const [ratings, setRatings] = useState<{ readonly [factor: string]: Rating }>({ nature: 'low', recipient: 'low', acquired: 'low', mitigated: 'low', ...file.assessment?.ratings });
  const [decision, setDecision] = useState<string>(file.assessment?.decision ?? 'low-probability');
  const [people, setPeople] = useState(file.assessment?.people === undefined ? '' : String(file.assessment.people));
  const [reason, setReason] = useState('');
  const [refused, setRefused] = useState<Refused | null>(null);
  const may = has('privacy-officer') && file.state !== 'closed';
  const decide = async () => {
    const answer = await wire.call('assessIncident', { params: { id: file.id }, body: { version: file.version, ratings, decision, reason: reason.trim(), ...(/^\d+$/.test(people) ? { people: Number(people) } : {}) } as unknown as AssessRequest });
    if (isRefused(answer)) setRefused(answer);
    else onDone();
  };
  return (
    <>
      <p className={styles.soft}>{SAY.factorsMore}</p>
      <ul className={styles.list}>{Object.entries(file.factors).map(([factor, says]) => (
        <li key={factor}>
          <p className={styles.name}>{FACTORS[factor]}</p>
          <p className={styles.soft}>{says}</p>
          {may ? <Choice label={`${SAY.weight}: ${(FACTORS[factor] ?? factor).slice(3)}`} names={RATINGS} value={ratings[factor] ?? 'low'} onChange={(value) => setRatings({ ...ratings, [factor]: value as Rating })} /> : null}
        </li>
      ))}</ul>
      {file.assessment === null ? null : <div className={styles.line}><Chip tone={file.assessment.decision === 'breach' ? 'bad' : 'good'}>{DECISIONS[file.assessment.decision] ?? file.assessment.decision}</Chip><span className={styles.soft}>{SAY.decided(nameOf(file.names, file.assessment.by), when(file.assessment.at))}</span><span>{file.assessment.reason}</span></div>}
      {may ? (
        <>
          <Choice label={SAY.decision} names={DECISIONS} value={decision} onChange={setDecision} />
          <Field label={SAY.people}><Input type="number" min={0} value={people} onChange={(_, { value }) => setPeople(value)} /></Field>
          <Field label={SAY.reason} required><Textarea value={reason} onChange={(_, { value }) => setReason(value)} /></Field>
          <Button appearance="primary" style={{ alignSelf: 'flex-start' }} disabled={reason.trim() === ''} onClick={() => void decide()}>{SAY.decide}</Button>
        </>
      ) : null}
      {refused === null ? null : <Refusal refused={refused} />}
    </>
  );
}

function Steps({ file, onDone }: { file: File_; onDone: () => void }) {
  const styles = useStyles();
  const { wire, has } = useConsole();
  const [kind, setKind] = useState('action');
  const [to, setTo] = useState('');
  const [text, setText] = useState('');
  const [refused, setRefused] = useState<Refused | null>(null);
  const told = file.steps.some((s) => s.kind === 'notice' && s.to === 'individuals');
  const closable = file.assessment !== null && (file.assessment.decision !== 'breach' || told);
  const add = async (as: string) => {
    const answer = await wire.call('stepIncident', { params: { id: file.id }, body: { version: file.version, kind: as, text: text.trim(), ...(as === 'notice' && to !== '' ? { to } : {}) } as IncidentStep });
    if (isRefused(answer)) return setRefused(answer);
    // Not what was typed meanwhile.
    setText((now) => (now === text ? '' : now));
    setRefused(null);
    return onDone();
  };
  return (
    <Card title={SAY.steps}>
      {file.steps.length === 0 ? <Empty what={SAY.stepsNone} /> : <ul className={styles.list}>{file.steps.map((s) => <li key={`${s.at}${s.kind}`} className={styles.line}><Chip>{STEPS[s.kind] ?? s.kind}</Chip><span>{s.text}</span>{s.to === undefined ? null : <span>{NOTIFIED[s.to] ?? s.to}</span>}<span className={styles.soft}>{`${when(s.at)}, ${nameOf(file.names, s.by)}`}</span></li>)}</ul>}
      {file.state === 'closed' || !has('compliance', 'privacy-officer') ? null : (
        <>
          <Choice label={SAY.step} names={{ action: STEPS['action'] ?? '', remark: STEPS['remark'] ?? '', notice: STEPS['notice'] ?? '' }} value={kind} onChange={setKind} />
          {kind === 'notice' ? <Choice label={SAY.to} names={NOTIFIED} value={to} onChange={setTo} /> : null}
          <Field label={SAY.text} required><Textarea value={text} onChange={(_, { value }) => setText(value)} /></Field>
          <div className={styles.line}>
            <Button disabledFocusable={text.trim() === ''} onClick={() => void add(kind)}>{SAY.add}</Button>
            <Button disabled={text.trim() === '' || !closable} onClick={() => void add('close')}>{SAY.close}</Button>
          </div>
          <p className={styles.soft}>{SAY.closeMore}</p>
        </>
      )}
      {refused === null ? null : <Refusal refused={refused} />}
    </Card>
  );
}

/** Whom the law wants told, by when, and when that was done (45 CFR 164.404, 164.406, 164.408). Only a breach has notices due. */
function Notices({ file }: { file: File_ }) {
  const styles = useStyles();
  const breach = file.assessment?.decision === 'breach';
  const today = new Date().toISOString().slice(0, 10);
  return (
    <Card title={breach ? SAY.notices : SAY.clock}>
      {file.assessment !== null && !breach ? <p className={styles.soft}>{SAY.noNotices}</p> : null}
      <ul className={styles.list}>{([['individuals', file.clock.individuals], ['hhs', file.clock.hhs], ['media', file.clock.media]] as const).map(([to, due]) => {
        const sent = file.steps.filter((s) => s.kind === 'notice' && s.to === to);
        const [word, tone] = sent.length > 0 ? [SAY.sent, 'good' as const] : due === null || !breach ? [null, 'plain' as const] : due < today ? [SAY.overdue, 'bad' as const] : [SAY.notSent, 'care' as const];
        return (
          <li key={to}>
            <div className={styles.line}><strong>{NOTIFIED[to]}</strong><span>{due === null ? SAY.notNeeded : SAY.until(due)}</span>{word === null ? null : <Chip tone={tone}>{word}</Chip>}</div>
            {sent.map((s) => <p key={s.at} className={styles.soft}>{`${when(s.at)}, ${nameOf(file.names, s.by)}${s.count === undefined ? '' : `, ${SAY.told(s.count)}`}`}</p>)}
          </li>
        );
      })}</ul>
    </Card>
  );
}

export function Incident({ id }: { id: string }) {
  const styles = useStyles();
  const { loaded, again } = useAnswer('incident', { params: { id } });
  return (
    <Page title={SAY.one} lead={id}>
      <Go to="incidents">{SAY.back}</Go>
      <Shown loaded={loaded} again={again}>{(file) => {
        const [word, tone] = STATES[file.state] ?? [file.state, 'plain'];
        return (
          <>
            <div className={styles.line}><strong>{KINDS[file.kind] ?? file.kind}</strong><Chip tone={tone}>{word}</Chip><span>{`${SAY.discovered} ${when(file.discovered)}`}</span><span>{SAY.openedBy(nameOf(file.names, file.openedBy))}</span><Go to={`log/${file.message}`}>{file.message}</Go></div>
            {file.note === '' ? null : <p style={{ margin: 0 }}>{file.note}</p>}
            <div className={styles.grid}>
              <Card title={SAY.copies}>
                <ul className={styles.list}>{file.copies.map((c) => <li key={c.n}><div className={styles.line}><strong>{SAY.copy(c.n)}</strong><span>{file.recipients.find((r) => r.n === c.n)?.address ?? ''}</span><Chip tone={c.secured ? 'good' : 'bad'}>{c.secured ? SAY.secured : SAY.unsecured}</Chip></div><p className={styles.soft}>{c.why}</p></li>)}</ul>
              </Card>
              <Notices file={file} />
              <Card title={SAY.factors}><Assessment key={`a${file.version}`} file={file} onDone={again} /></Card>
              <Steps file={file} onDone={again} />
            </div>
          </>
        );
      }}</Shown>
    </Page>
  );
}
