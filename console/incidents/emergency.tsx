/** Emergency access: asked for with a reason, one message for at most an hour, read here; and another person's word on it afterwards. Nothing read is kept by this page. */
import { Button, Dropdown, Field, Input, Option, Textarea, makeStyles } from '@fluentui/react-components';
import { useState, type FormEvent } from 'react';
import type { BreakGlass, BreakGlassRequest } from '../../shared/wire/case.ts';
import { Letter } from '../approvals/letter.tsx';
import { nameOf, useAnswer, useConsole } from '../frame/console.ts';
import { usePlace } from '../frame/place.ts';
import { Card, Chip, Empty, Go, Page, Refusal, Shown } from '../frame/view.tsx';
import { isRefused, type Refused, type Value } from '../wire/call.ts';
import { CODES, GLASS as SAY } from './words.ts';
import { when } from '../words.ts';

const useStyles = makeStyles({
  form: { display: 'grid', gridTemplateColumns: 'repeat(auto-fill, minmax(min(220px, 100%), 1fr))', gap: '10px 14px', alignItems: 'start', '& > *': { minWidth: 0 } },
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: '14px' },
  line: { display: 'flex', flexWrap: 'wrap', gap: '4px 10px', alignItems: 'center', overflowWrap: 'anywhere' },
  soft: { color: 'var(--colorNeutralForeground3)', fontSize: '13px', margin: 0, overflowWrap: 'anywhere' },
  grow: { flexGrow: 1, minWidth: 'min(220px, 100%)' },
});
const MINUTES = [15, 30, 60] as const;

function Asking({ message, onDone }: { message: string; onDone: () => void }) {
  const styles = useStyles();
  const { wire, session, tell } = useConsole();
  const [about, setAbout] = useState(message);
  const [code, setCode] = useState<BreakGlassRequest['code'] | ''>('');
  const [reason, setReason] = useState('');
  const [minutes, setMinutes] = useState(30);
  const [refused, setRefused] = useState<Refused | null>(null);
  async function ask() {
    if (code === '') return;
    const granted = await wire.call('breakGlass', { body: { message: about.trim(), code, reason: reason.trim(), minutes } });
    if (isRefused(granted)) return setRefused(granted);
    setRefused(null);
    setAbout('');
    setCode('');
    setReason('');
    tell(SAY.granted(when(granted.until)));
    return onDone();
  }
  return (
    <Card title={SAY.ask}>
      <p className={styles.soft}>{SAY.askMore(session.person.name)}</p>
      <form onSubmit={(e: FormEvent) => { e.preventDefault(); void ask(); }}>
        <div className={styles.form}>
          <Field label={SAY.message} hint={SAY.messageMore} required><Input value={about} onChange={(_, { value }) => setAbout(value)} /></Field>
          <Field label={SAY.code} required>
            <Dropdown style={{ minWidth: 0 }} placeholder={SAY.choose} value={code === '' ? '' : CODES[code] ?? code} selectedOptions={code === '' ? [] : [code]} onOptionSelect={(_, { optionValue }) => setCode(optionValue as BreakGlassRequest['code'])}>
              {Object.entries(CODES).map(([name, text]) => <Option key={name} value={name}>{text}</Option>)}
            </Dropdown>
          </Field>
          <Field label={SAY.howLong}>
            <Dropdown style={{ minWidth: 0 }} value={SAY.minutes(minutes)} selectedOptions={[String(minutes)]} onOptionSelect={(_, { optionValue }) => setMinutes(Number(optionValue))}>
              {MINUTES.map((n) => <Option key={n} value={String(n)}>{SAY.minutes(n)}</Option>)}
            </Dropdown>
          </Field>
        </div>
        <Field label={SAY.reason} hint={SAY.reasonMore} required style={{ margin: '10px 0' }}><Textarea value={reason} maxLength={4000} onChange={(_, { value }) => setReason(value)} /></Field>
        <Button type="submit" appearance="primary" disabled={about.trim() === '' || code === '' || reason.trim() === ''}>{SAY.open(minutes)}</Button>
      </form>
      {refused === null ? null : <Refusal refused={refused} />}
    </Card>
  );
}

function Glass({ glass, names, onDone }: { glass: BreakGlass; names: { readonly [id: string]: string } | undefined; onDone: () => void }) {
  const styles = useStyles();
  const { wire, session, has, tell } = useConsole();
  const [text, setText] = useState('');
  const [message, setMessage] = useState<Value<'throughGlass'> | null>(null);
  const [refused, setRefused] = useState<Refused | null>(null);
  const own = glass.person === session.person.id;
  async function read() {
    const found = await wire.call('throughGlass', { params: { id: glass.id } });
    if (isRefused(found)) return setRefused(found);
    return setMessage(found);
  }
  async function judge(justified: boolean) {
    const judged = await wire.call('reviewGlass', { params: { id: glass.id }, body: { justified, text: text.trim() } });
    if (isRefused(judged)) return setRefused(judged);
    tell(SAY.kept);
    return onDone();
  }
  return (
    <li aria-label={`${nameOf(names, glass.person)}, ${when(glass.granted)}`}>
      <div className={styles.line}>
        <strong>{CODES[glass.code] ?? glass.code}</strong><span>{own ? SAY.you : nameOf(names, glass.person)}</span><span>{SAY.lasted(when(glass.granted), when(glass.until))}</span><span>{SAY.reads(glass.reads)}</span>
        {has('compliance', 'privacy-officer', 'auditor') ? <Go to={`log/${glass.message}`}>{glass.message}</Go> : <span>{glass.message}</span>}
        {glass.review === null ? <Chip tone={glass.overdue ? 'bad' : 'care'}>{glass.overdue ? SAY.overdue : SAY.due(when(glass.reviewDue))}</Chip> : <Chip tone={glass.review.justified ? 'good' : 'bad'}>{`${SAY.reviewed(nameOf(names, glass.review.by))}: ${(glass.review.justified ? SAY.justified : SAY.notJustified).toLowerCase()}`}</Chip>}
      </div>
      <p className={styles.soft}>{glass.reason}</p>
      {glass.review === null ? null : <p className={styles.soft}>{glass.review.text}</p>}
      {own && glass.active && message === null ? <Button size="small" appearance="primary" onClick={() => void read()}>{SAY.read}</Button> : null}
      {message === null ? null : <Letter message={message} actions={<Button size="small" onClick={() => { setMessage(null); onDone(); }}>{SAY.hide}</Button>} />}
      {glass.review !== null || own || !has('compliance', 'privacy-officer') ? null : (
        <div className={styles.line}>
          <Input className={styles.grow} aria-label={SAY.review} placeholder={SAY.review} value={text} onChange={(_, { value }) => setText(value)} />
          <Button size="small" disabled={text.trim() === ''} onClick={() => void judge(true)}>{SAY.justified}</Button>
          <Button size="small" disabled={text.trim() === ''} onClick={() => void judge(false)}>{SAY.notJustified}</Button>
        </div>
      )}
      {refused === null ? null : <Refusal refused={refused} />}
    </li>
  );
}

export default function Emergency() {
  const styles = useStyles();
  const { has } = useConsole();
  const { query } = usePlace();
  const { loaded, again } = useAnswer('glasses');
  const everybodys = has('compliance', 'privacy-officer', 'auditor');
  return (
    <Page title={SAY.title} lead={SAY.lead}>
      {has('clinician', 'privacy-officer') ? <Asking message={query.get('message') ?? ''} onDone={again} /> : null}
      <Card title={everybodys ? SAY.taken : SAY.yours}>
        <Shown loaded={loaded} again={again}>{({ data, names }) => data.length === 0 ? <Empty what={everybodys ? SAY.none : SAY.noneYours} /> : <ul className={styles.list}>{data.map((g) => <Glass key={g.id} glass={g} names={names} onDone={again} />)}</ul>}</Shown>
      </Card>
    </Page>
  );
}
