/** The report builder: what of the log, in which form, once or again and again; what was made; and the accounting of disclosures. */
import { Button, Dropdown, Field, Input, MessageBar, MessageBarBody, Option, makeStyles } from '@fluentui/react-components';
import { useState, type FormEvent } from 'react';
import type { Accounting, Why } from '../../shared/wire/compliance.ts';
import type { ExportRequest, ExportState } from '../../shared/wire/export.ts';
import { useAnswer, useConsole } from '../frame/console.ts';
import { Card, Chip, Empty, Page, Refusal, Shown } from '../frame/view.tsx';
import { WhyField } from '../log/reveal.tsx';
import { isRefused, type Refused } from '../wire/call.ts';
import { save } from '../wire/save.ts';
import { EVERY, FORMATS, REPORTS, SAY, STATES } from './words.ts';
import { when } from '../words.ts';

const useStyles = makeStyles({
  form: { display: 'grid', gridTemplateColumns: 'repeat(auto-fill, minmax(min(200px, 100%), 1fr))', gap: '10px 14px', alignItems: 'end', '& > *': { minWidth: 0 } },
  row: { display: 'flex', flexWrap: 'wrap', gap: '8px' },
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: '8px' },
  line: { display: 'flex', flexWrap: 'wrap', gap: '4px 10px', alignItems: 'center', overflowWrap: 'anywhere' },
  soft: { color: 'var(--colorNeutralForeground3)', fontSize: '12px', margin: 0 },
});
const named = (names: { readonly [name: string]: string }, name: string | undefined): string => names[name ?? ''] ?? name ?? '';

function Choice({ label, names, value, onChange }: { label: string; names: { readonly [name: string]: string }; value: string; onChange: (value: string) => void }) {
  return (
    <Field label={label}>
      <Dropdown style={{ minWidth: 0 }} value={named(names, value)} selectedOptions={[value]} onOptionSelect={(_, { optionValue }) => onChange(optionValue ?? '')}>
        {Object.entries(names).map(([name, text]) => <Option key={name} value={name}>{text}</Option>)}
      </Dropdown>
    </Field>
  );
}

function Builder({ onMade }: { onMade: () => void }) {
  const styles = useStyles();
  const { wire, tell } = useConsole();
  const [report, setReport] = useState('encryption');
  const [format, setFormat] = useState('pdf');
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const [every, setEvery] = useState<keyof typeof EVERY>('month');
  const [refused, setRefused] = useState<Refused | 'report' | null>(null);
  const request = (): ExportRequest => ({
    format: format as ExportRequest['format'], ...(report === '' ? {} : { report: report as NonNullable<ExportRequest['report']> }),
    filter: { order: 'asc', limit: 500, ...(from === '' ? {} : { from: new Date(`${from}T00:00:00`).toISOString() }), ...(to === '' ? {} : { to: new Date(new Date(`${to}T00:00:00`).getTime() + 86_400_000).toISOString() }) },
  });
  const make = async (scheduled: boolean) => {
    if (format === 'pdf' && report === '') return setRefused('report');
    const answer = scheduled ? await wire.call('createSchedule', { body: { every, request: request() } }) : await wire.call('createExport', { body: request() });
    if (isRefused(answer)) return setRefused(answer);
    setRefused(null);
    tell(scheduled ? SAY.scheduled : SAY.asked);
    return onMade();
  };
  return (
    <Card title={SAY.build}>
      <form onSubmit={(e: FormEvent) => { e.preventDefault(); void make(false); }}>
        <div className={styles.form}>
          <Choice label={SAY.report} names={REPORTS} value={report} onChange={setReport} />
          <Choice label={SAY.format} names={FORMATS} value={format} onChange={setFormat} />
          <Field label={SAY.from}><Input type="date" value={from} onChange={(_, { value }) => setFrom(value)} /></Field>
          <Field label={SAY.to}><Input type="date" value={to} onChange={(_, { value }) => setTo(value)} /></Field>
        </div>
        <div className={styles.row} style={{ marginTop: 12, alignItems: 'end' }}>
          <Button type="submit" appearance="primary">{SAY.make}</Button>
          <Choice label={SAY.often} names={EVERY} value={every} onChange={(value) => setEvery(value as keyof typeof EVERY)} />
          <Button onClick={() => void make(true)}>{SAY.schedule}</Button>
        </div>
      </form>
      {refused === null ? null : refused === 'report' ? <MessageBar intent="warning"><MessageBarBody>{SAY.needsReport}</MessageBarBody></MessageBar> : <Refusal refused={refused} />}
    </Card>
  );
}

function Made({ made, again }: { made: readonly ExportState[]; again: () => void }) {
  const styles = useStyles();
  const { wire } = useConsole();
  const [refused, setRefused] = useState<Refused | null>(null);
  const fetched = async (one: ExportState) => {
    const answer = await wire.file('exportFile', { params: { id: one.id } });
    if (isRefused(answer)) return setRefused(answer);
    return save(answer.bytes, answer.name);
  };
  const proof = async (one: ExportState) => {
    const answer = await wire.call('exportProof', { params: { id: one.id } });
    if (isRefused(answer)) return setRefused(answer);
    return save(new Blob([JSON.stringify(answer)], { type: 'application/json' }), `${one.id}.proof.json`);
  };
  return (
    <Card title={SAY.made} actions={<Button size="small" onClick={again}>{SAY.again}</Button>}>
      {made.length === 0 ? <Empty what={SAY.madeNone} /> : (
        <ul className={styles.list}>{made.map((e) => (
          <li key={e.id} className={styles.line}>
            <strong>{named(REPORTS, e.report)}</strong><span>{named(FORMATS, e.format)}</span>
            <Chip tone={e.state === 'done' ? 'good' : e.state === 'failed' ? 'bad' : 'care'}>{named(STATES, e.state)}</Chip>
            <span className={styles.soft}>{`${e.rows.toLocaleString()} ${SAY.rows.toLowerCase()} · ${when(e.created)} · ${SAY.expires.toLowerCase()} ${when(e.expires)}`}</span>
            {e.state === 'done' ? <><Button size="small" onClick={() => void fetched(e)}>{SAY.fetch}</Button><Button size="small" appearance="subtle" onClick={() => void proof(e)}>{SAY.proof}</Button></> : null}
          </li>
        ))}</ul>
      )}
      {refused === null ? null : <Refusal refused={refused} />}
    </Card>
  );
}

function Schedules() {
  const styles = useStyles();
  const { wire } = useConsole();
  const { loaded, again } = useAnswer('schedules');
  return (
    <Card title={SAY.schedules}>
      <Shown loaded={loaded} again={again}>{({ data }) => data.length === 0 ? <Empty what={SAY.schedulesNone} /> : (
        <ul className={styles.list}>{data.map((s) => <li key={s.id} className={styles.line}><strong>{named(REPORTS, s.report)}</strong><span>{`${named(FORMATS, s.format)}, ${EVERY[s.every].toLowerCase()}`}</span><span className={styles.soft}>{SAY.next(when(s.due))}</span><Button size="small" onClick={() => void wire.call('removeSchedule', { params: { id: s.id } }).then(again)}>{SAY.remove}</Button></li>)}</ul>
      )}</Shown>
    </Card>
  );
}

function Account() {
  const styles = useStyles();
  const { wire } = useConsole();
  const [patient, setPatient] = useState('');
  const [why, setWhy] = useState<Why | ''>('');
  const [asked, setAsked] = useState<object>({});
  const [found, setFound] = useState<Accounting | null>(null);
  const [refused, setRefused] = useState<Refused | null>(null);
  const ask = async () => {
    if (why === '') return;
    const question = { patient: patient.trim(), why };
    const answer = await wire.call('accounting', { body: question });
    if (isRefused(answer)) { setFound(null); setRefused(answer); } else { setAsked(question); setFound(answer); setRefused(null); }
  };
  const file = async (format: 'pdf' | 'csv') => {
    // Of what is shown, whatever stands in the fields by now.
    const answer = await wire.file('accountingFile', { body: { ...asked, format } as never });
    if (isRefused(answer)) return setRefused(answer);
    save(answer.bytes, answer.name);
  };
  return (
    <Card title={SAY.accounting}>
      <p className={styles.soft}>{SAY.accountingMore}</p>
      <form className={styles.form} onSubmit={(e: FormEvent) => { e.preventDefault(); void ask(); }}>
        <Field label={SAY.patient}><Input value={patient} autoComplete="off" spellCheck={false} onChange={(_, { value }) => setPatient(value)} /></Field>
        <WhyField value={why} onChange={setWhy} />
        <Button type="submit" disabled={patient.trim() === '' || why === ''}>{SAY.account}</Button>
      </form>
      {refused === null ? null : <Refusal refused={refused} />}
      {found === null ? null : (
        <div role="status">
          <div className={styles.row}><Button size="small" onClick={() => void file('pdf')}>{SAY.pdf}</Button><Button size="small" onClick={() => void file('csv')}>{SAY.csv}</Button></div>
          {found.disclosures.length === 0 ? <Empty what={SAY.none} /> : (
            <ul className={styles.list}>{found.disclosures.map((d) => <li key={`${d.recipient.address}${d.purpose}`} className={styles.line}><span>{when(d.date)}</span><strong>{`${d.recipient.name ?? ''} ${d.recipient.address}`.trim()}</strong><span>{d.description}</span><Chip>{d.purpose}</Chip><span className={styles.soft}>{SAY.times(d.times, when(d.last))}</span></li>)}</ul>
          )}
          {Object.entries(found.excluded).map(([reason, n]) => <p key={reason} className={styles.soft}>{SAY.excluded(n, reason)}</p>)}
          <h3 style={{ fontSize: 14, margin: '8px 0 2px' }}>{SAY.gaps}</h3>
          <ul style={{ margin: 0, paddingLeft: 18 }}>{found.gaps.map((gap) => <li key={gap} className={styles.soft}>{gap}</li>)}</ul>
        </div>
      )}
    </Card>
  );
}

export default function Reports() {
  const { has } = useConsole();
  const { loaded, again } = useAnswer('exports');
  const [round, setRound] = useState(0);
  return (
    <Page title={SAY.title} lead={SAY.lead}>
      <Builder onMade={() => { again(); setRound((n) => n + 1); }} />
      <Shown loaded={loaded} again={again}>{({ data }) => <Made made={data} again={again} />}</Shown>
      <Schedules key={round} />
      {has('privacy-officer') ? <Account /> : null}
    </Page>
  );
}
