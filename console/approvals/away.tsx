/** Whoever may decide and is away names who decides in their place, for a time; and ends it. */
import { Button, Field, Input, makeStyles } from '@fluentui/react-components';
import { useState, type FormEvent } from 'react';
import { useAnswer, useConsole } from '../frame/console.ts';
import { Card, Empty, Refusal, Shown } from '../frame/view.tsx';
import { isRefused, type Refused, type Value } from '../wire/call.ts';
import { SAY } from './words.ts';
import { when } from '../words.ts';

const useStyles = makeStyles({
  form: { display: 'grid', gridTemplateColumns: 'repeat(auto-fill, minmax(min(220px, 100%), 1fr))', gap: '10px 14px', alignItems: 'end', '& > *': { minWidth: 0 } },
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: '6px' },
  line: { display: 'flex', flexWrap: 'wrap', gap: '4px 10px', alignItems: 'center', overflowWrap: 'anywhere' },
});
type Deputy = Value<'deputies'>['data'][number];

export function Away() {
  const styles = useStyles();
  const { wire, tell } = useConsole();
  const { loaded, again } = useAnswer('deputies');
  const [address, setAddress] = useState('');
  const [from, setFrom] = useState('');
  const [until, setUntil] = useState('');
  const [refused, setRefused] = useState<Refused | null>(null);
  async function name() {
    const named = await wire.call('appoint', { body: { address: address.trim(), ...(from === '' ? {} : { from: new Date(from).toISOString() }), until: new Date(until).toISOString() } });
    if (isRefused(named)) return setRefused(named);
    setRefused(null);
    setAddress('');
    tell(SAY.named(when(named.until)));
    return again();
  }
  async function end({ id }: Deputy) {
    const ended = await wire.call('dismiss', { params: { deputy: id } });
    if (isRefused(ended)) return setRefused(ended);
    tell(SAY.ended);
    return again();
  }
  return (
    <Card title={SAY.away}>
      <span>{SAY.awayMore}</span>
      <Shown loaded={loaded} again={again}>{({ data }) => (data.length === 0 ? <Empty what={SAY.nobody} /> : (
        <ul className={styles.list}>
          {data.map((d) => <li key={d.id} className={styles.line}><strong>{d.address ?? SAY.somebody}</strong><span>{SAY.span(when(d.from), when(d.until))}</span><Button size="small" aria-label={`${SAY.end}: ${d.address ?? SAY.somebody}`} onClick={() => void end(d)}>{SAY.end}</Button></li>)}
        </ul>
      ))}</Shown>
      <form onSubmit={(e: FormEvent) => { e.preventDefault(); void name(); }}>
        <div className={styles.form}>
          <Field label={SAY.deputy} required><Input type="email" value={address} maxLength={254} onChange={(_, { value }) => setAddress(value)} /></Field>
          <Field label={SAY.since}><Input type="datetime-local" value={from} onChange={(_, { value }) => setFrom(value)} /></Field>
          <Field label={SAY.till} required><Input type="datetime-local" value={until} onChange={(_, { value }) => setUntil(value)} /></Field>
          <Button type="submit" disabled={address.trim() === '' || Number.isNaN(Date.parse(until))}>{SAY.name}</Button>
        </div>
      </form>
      {refused === null ? null : <Refusal refused={refused} />}
    </Card>
  );
}
