/** Domains, ours and theirs: health with the records to publish, what became of copies by destination, and deliveries that rest, to be steered. */
import { Button, Dropdown, Field, Input, Option, makeStyles } from '@fluentui/react-components';
import { useState } from 'react';
import type { Finding } from '../../shared/wire/doctor.ts';
import { LevelRequest } from '../../shared/wire/queue.ts';
import { useAnswer, useConsole } from '../frame/console.ts';
import { go, usePlace } from '../frame/place.ts';
import { Card, Chip, Empty, Page, Refusal, Shown } from '../frame/view.tsx';
import { Table, type Column } from '../table/table.tsx';
import { isRefused, type Refused, type Value } from '../wire/call.ts';
import { OUTCOMES, SAY, STATES } from './words.ts';
import { when } from '../words.ts';

const useStyles = makeStyles({
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'grid', gap: '10px' },
  one: { display: 'grid', gap: '4px', overflowWrap: 'anywhere', minWidth: 0 },
  line: { display: 'flex', flexWrap: 'wrap', gap: '4px 8px', alignItems: 'baseline' },
  name: { fontWeight: 600 },
  soft: { margin: 0, color: 'var(--colorNeutralForeground3)' },
  record: { display: 'flex', flexWrap: 'wrap', gap: '6px 8px', alignItems: 'center' },
  mono: { fontFamily: 'ui-monospace, monospace', fontSize: '12px', overflowWrap: 'anywhere', userSelect: 'all', backgroundColor: 'var(--colorNeutralBackground3)', borderRadius: '4px', padding: '2px 6px', whiteSpace: 'pre-wrap' },
  foot: { display: 'flex', flexWrap: 'wrap', gap: '8px', alignItems: 'flex-end' },
  grow: { flexGrow: 1, minWidth: 'min(220px, 100%)' },
});
const RANGES = [7, 30, 90] as const;

function Health({ finding }: { finding: Finding }) {
  const styles = useStyles();
  const { tell } = useConsole();
  const [word, tone] = STATES[finding.state] ?? [finding.state, 'plain'];
  return (
    <li className={styles.one}>
      <span className={styles.line}><span className={styles.name}>{`${finding.domain} ${finding.check.toUpperCase()}`}</span><Chip tone={tone}>{word}</Chip></span>
      <p className={styles.soft}>{finding.says}</p>
      {(finding.publish ?? []).map((r) => (
        <div key={`${r.name}${r.value}`} className={styles.one}>
          <span>{SAY.publish} {r.type === 'FILE' ? SAY.asFile : SAY.record(r.type)} <code className={styles.mono}>{r.name}</code></span>
          <span className={styles.record}><code className={styles.mono}>{r.value}</code><Button size="small" aria-label={`${SAY.copy}: ${r.name}`} onClick={() => { void navigator.clipboard.writeText(r.value).then(() => tell(SAY.copied)); }}>{SAY.copy}</Button></span>
        </div>
      ))}
    </li>
  );
}

type Destination = Value<'deliverability'>['data'][number];
const of = (d: Destination, outcome: string): number => d.outcomes[outcome] ?? 0;
const tries = (d: Destination): number => Object.values(d.outcomes).reduce((sum, n) => sum + n, 0);
/** of what was decided: taken over against refused and failed */
const share = (d: Destination): number | null => { const ended = of(d, 'relayed') + of(d, 'refused') + of(d, 'failed'); return ended === 0 ? null : of(d, 'relayed') / ended; };
const percent = (n: number | null): string => (n === null ? '' : n.toLocaleString(undefined, { style: 'percent', maximumFractionDigits: 1 }));
const COLUMNS: readonly Column<Destination>[] = [
  { key: 'domain', title: SAY.destination, width: 'minmax(160px, 2fr)', cell: (d) => d.domain, sort: (d) => d.domain },
  { key: 'share', title: SAY.share, width: '100px', cell: (d) => percent(share(d)), sort: (d) => share(d) ?? -1 },
  ...(['relayed', 'delivered', 'delayed', 'refused', 'failed', 'bounced', 'complained'] as const).map((o): Column<Destination> => ({ key: o, title: o === 'relayed' ? SAY.tries : OUTCOMES[o] ?? o, width: '100px', cell: (d) => (o === 'relayed' ? tries(d) : of(d, o)).toLocaleString(), sort: (d) => (o === 'relayed' ? tries(d) : of(d, o)) })),
];

type Steer = 'pause' | 'resume' | 'tryNow' | 'accept';

function Resting() {
  const styles = useStyles();
  const { wire, tell } = useConsole();
  const { loaded, again } = useAnswer('queue');
  const [domain, setDomain] = useState('');
  const [refused, setRefused] = useState<Refused | null>(null);
  const valid = LevelRequest.safeParse({ domain: domain.trim() }).success;
  async function steer(which: Steer, name: string): Promise<void> {
    setRefused(null);
    const done = await (which === 'tryNow' ? wire.call('tryNow', { body: { domain: name } }) : which === 'accept' ? wire.call('acceptLevel', { body: { domain: name } }) : wire.call('pause', { body: { domain: name, paused: which === 'pause' } }));
    if (isRefused(done)) return setRefused(done);
    const back: Steer | null = which === 'pause' ? 'resume' : which === 'resume' ? 'pause' : null;
    tell(SAY.done[which](name), back === null ? {} : { undo: () => void steer(back, name) });
    if (which === 'pause') setDomain('');
    return again();
  }
  return (
    <Card title={SAY.resting}>
      <p className={styles.soft}>{SAY.restingMore}</p>
      <Shown loaded={loaded} again={again}>{(queue) => (queue.domains.length === 0 ? <Empty what={SAY.noneRests} /> : (
        <ul className={styles.list} aria-label={SAY.resting}>
          {queue.domains.map((d) => (
            <li key={d.domain} className={styles.line}>
              <span className={styles.name}>{d.domain}</span>
              <Chip tone={d.paused ? 'care' : 'bad'}>{d.paused ? SAY.paused : SAY.failures(d.failures)}</Chip>
              {d.until === null || d.paused ? null : <span className={styles.soft}>{SAY.until(when(d.until))}</span>}
              {d.paused ? <Button size="small" aria-label={`${SAY.resume}: ${d.domain}`} onClick={() => void steer('resume', d.domain)}>{SAY.resume}</Button> : <Button size="small" aria-label={`${SAY.tryNow}: ${d.domain}`} onClick={() => void steer('tryNow', d.domain)}>{SAY.tryNow}</Button>}
              <Button size="small" appearance="subtle" title={SAY.acceptMore} aria-label={`${SAY.accept}: ${d.domain}`} onClick={() => void steer('accept', d.domain)}>{SAY.accept}</Button>
            </li>
          ))}
        </ul>
      ))}</Shown>
      {refused === null ? null : <Refusal refused={refused} />}
      <div className={styles.foot}>
        <Field className={styles.grow} label={SAY.pauseOne} {...(domain.trim() !== '' && !valid ? { validationMessage: SAY.wrong } : {})}><Input value={domain} onChange={(_, d) => setDomain(d.value)} /></Field>
        <Button disabled={!valid} onClick={() => void steer('pause', domain.trim().toLowerCase())}>{SAY.pause}</Button>
      </div>
    </Card>
  );
}

export default function Domains() {
  const styles = useStyles();
  const { has } = useConsole();
  const { query } = usePlace();
  const days = RANGES.find((n) => String(n) === query.get('days')) ?? 30;
  const health = useAnswer('doctor');
  const counted = useAnswer('deliverability', { query: { days } });
  return (
    <Page title={SAY.title} lead={SAY.lead} actions={(
      <Dropdown aria-label={SAY.days} style={{ minWidth: 0, width: 160 }} value={SAY.lastDays(days)} selectedOptions={[String(days)]} onOptionSelect={(_, { optionValue }) => go(`domains?days=${optionValue ?? 30}`, { replace: true })}>
        {RANGES.map((n) => <Option key={n} value={String(n)}>{SAY.lastDays(n)}</Option>)}
      </Dropdown>
    )}>
      <Card title={SAY.own}>
        <p className={styles.soft}>{SAY.ownMore}</p>
        <Shown loaded={health.loaded} again={health.again}>{({ data }) => (data.length === 0 ? <Empty what={SAY.none} /> : <ul className={styles.list} aria-label={SAY.own}>{data.map((f) => <Health key={`${f.domain}${f.check}`} finding={f} />)}</ul>)}</Shown>
      </Card>
      <Card title={SAY.destinations}>
        <Shown loaded={counted.loaded} again={counted.again}>{({ data }) => <Table label={SAY.destinations} columns={COLUMNS} rows={data} keyOf={(d) => d.domain} filter={(d) => d.domain} empty={{ what: SAY.noMail }} />}</Shown>
      </Card>
      {has('system-admin') ? <Resting /> : null}
    </Page>
  );
}
