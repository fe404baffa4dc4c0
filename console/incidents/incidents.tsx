/** Incidents: the list, and a door to open one. */
import { Button, Dropdown, Field, Input, Option, Textarea, makeStyles } from '@fluentui/react-components';
import { useState, type FormEvent } from 'react';
import type { Incident as File_, IncidentRequest } from '../../shared/wire/case.ts';
import { useAnswer, useConsole } from '../frame/console.ts';
import { go, usePlace } from '../frame/place.ts';
import { Card, Chip, Page, Refusal, Shown } from '../frame/view.tsx';
import { Table, type Column } from '../table/table.tsx';
import { isRefused, type Refused } from '../wire/call.ts';
import { Incident } from './incident.tsx';
import { KINDS, SAY, STATES } from './words.ts';
import { when } from '../words.ts';

const useStyles = makeStyles({
  form: { display: 'grid', gridTemplateColumns: 'repeat(auto-fill, minmax(min(220px, 100%), 1fr))', gap: '10px 14px', alignItems: 'end', '& > *': { minWidth: 0 } },
  soft: { color: 'var(--colorNeutralForeground3)', fontSize: '12px', margin: 0 },
});

function Opening({ message }: { message: string }) {
  const styles = useStyles();
  const { wire } = useConsole();
  const [about, setAbout] = useState(message);
  const [kind, setKind] = useState<IncidentRequest['kind']>('wrong-recipient');
  const [discovered, setDiscovered] = useState('');
  const [note, setNote] = useState('');
  const [refused, setRefused] = useState<Refused | null>(null);
  const open = async () => {
    const answer = await wire.call('openIncident', { body: { message: about.trim(), kind, ...(discovered === '' ? {} : { discovered: new Date(discovered).toISOString() }), ...(note.trim() === '' ? {} : { note: note.trim() }) } as IncidentRequest });
    if (isRefused(answer)) setRefused(answer);
    else go(`incidents/${answer.id}`);
  };
  return (
    <Card title={SAY.open}>
      <p className={styles.soft}>{SAY.openMore}</p>
      <form onSubmit={(e: FormEvent) => { e.preventDefault(); void open(); }}>
        <div className={styles.form}>
          <Field label={SAY.message} required><Input value={about} onChange={(_, { value }) => setAbout(value)} /></Field>
          <Field label={SAY.kind}>
            <Dropdown style={{ minWidth: 0 }} value={KINDS[kind] ?? kind} selectedOptions={[kind]} onOptionSelect={(_, { optionValue }) => setKind(optionValue as IncidentRequest['kind'])}>
              {Object.entries(KINDS).map(([name, text]) => <Option key={name} value={name}>{text}</Option>)}
            </Dropdown>
          </Field>
          <Field label={SAY.discovered}><Input type="datetime-local" value={discovered} onChange={(_, { value }) => setDiscovered(value)} /></Field>
        </div>
        <Field label={SAY.note} style={{ margin: '10px 0' }}><Textarea value={note} onChange={(_, { value }) => setNote(value)} /></Field>
        <Button type="submit" appearance="primary" disabled={about.trim() === ''}>{SAY.open}</Button>
      </form>
      {refused === null ? null : <Refusal refused={refused} />}
    </Card>
  );
}

const COLUMNS: readonly Column<File_>[] = [
  { key: 'kind', title: SAY.kind, width: 'minmax(200px, 2fr)', cell: (i) => KINDS[i.kind] ?? i.kind, sort: (i) => KINDS[i.kind] ?? i.kind },
  { key: 'state', title: SAY.state, width: '120px', cell: (i) => { const [word, tone] = STATES[i.state] ?? [i.state, 'plain']; return <Chip tone={tone}>{word}</Chip>; }, sort: (i) => i.state },
  { key: 'secured', title: SAY.protection, width: '160px', cell: (i) => <Chip tone={i.secured ? 'good' : 'bad'}>{i.secured ? SAY.secured : SAY.unsecured}</Chip>, sort: (i) => Number(i.secured) },
  { key: 'opened', title: SAY.opened, width: '180px', cell: (i) => when(i.opened), sort: (i) => i.opened },
];

function All() {
  const { has } = useConsole();
  const { query } = usePlace();
  const { loaded, again } = useAnswer('incidents');
  return (
    <Page title={SAY.title} lead={SAY.lead}>
      {has('compliance', 'privacy-officer') ? <Opening message={query.get('message') ?? ''} /> : null}
      <Card title={SAY.list}>
        <Shown loaded={loaded} again={again}>{({ data }) => <Table label={SAY.list} columns={COLUMNS} rows={data} keyOf={(i) => i.id} onOpen={(i) => go(`incidents/${i.id}`)} height={360} empty={{ what: SAY.none }} />}</Shown>
      </Card>
    </Page>
  );
}

export default function Incidents() {
  const { rest } = usePlace();
  const [id] = rest;
  return id === undefined ? <All /> : <Incident key={id} id={id} />;
}
