/** The first screen: what became of messages, and what needs somebody. Each part is asked for only by roles that may. */
import { Dropdown, MessageBar, MessageBarBody, Option, makeStyles } from '@fluentui/react-components';
import type { Overview as Counted } from '../../shared/wire/console.ts';
import { Bars, Days, type Series } from '../chart/chart.tsx';
import { useAll, useAnswer, useConsole, type All, type Loaded } from '../frame/console.ts';
import { go, usePlace } from '../frame/place.ts';
import { Card, Chip, Empty, Go, Page, Shown } from '../frame/view.tsx';
import { SEVERITIES } from '../alerts/words.ts';
import { Waits } from './waits.tsx';
import { DECISIONS, PROTECTIONS, SAY, STATES, VERDICTS } from './words.ts';
import { when, named } from '../words.ts';

const useStyles = makeStyles({
  grid: { display: 'grid', gridTemplateColumns: 'repeat(auto-fill, minmax(min(440px, 100%), 1fr))', gap: '16px', alignItems: 'start' },
  facts: { display: 'grid', gridTemplateColumns: 'auto 1fr', gap: '4px 14px', margin: 0, alignItems: 'baseline', '& dt': { color: 'var(--colorNeutralForeground3)' }, '& dd': { margin: 0, fontWeight: 600, fontVariantNumeric: 'tabular-nums' } },
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: '6px' },
  line: { display: 'flex', flexWrap: 'wrap', gap: '4px 8px', alignItems: 'baseline', overflowWrap: 'anywhere' },
  soft: { color: 'var(--colorNeutralForeground3)', fontSize: '12px' },
  range: { minWidth: '140px' },
});

const RANGES = [7, 30, 90];
const DAY = 86_400_000;
/** Keys that end soon, the soonest first; the rest is counted. */
const SOON = 8;
const counted = (names: { readonly [name: string]: string }, counts: { readonly [name: string]: number }) => Object.entries(counts).map(([name, n]) => ({ name: named(names, name), n }));

function Messages({ overview }: { overview: Counted }) {
  const styles = useStyles();
  const days = overview.byDay.map((d) => d.day);
  const used = Object.keys(PROTECTIONS).filter((p) => overview.byDay.some((d) => (d.protections[p] ?? 0) > 0));
  const sent: Series[] = used.map((p) => ({ name: named(PROTECTIONS, p), values: overview.byDay.map((d) => d.protections[p] ?? 0) }));
  return (
    <>
      {overview.whole ? null : <MessageBar intent="info"><MessageBarBody>{SAY.partly(overview.from)}</MessageBarBody></MessageBar>}
      <div className={styles.grid}>
        <Days title={SAY.sent} days={days} series={sent} empty={SAY.sentEmpty} />
        <Days title={SAY.blocked} days={days} series={[{ name: SAY.accepted, values: overview.byDay.map((d) => d.accepted) }, { name: SAY.refused, values: overview.byDay.map((d) => d.refused) }]} empty={SAY.sentEmpty} />
        <Bars title={SAY.verdicts} rows={counted(VERDICTS, overview.verdicts)} unit={SAY.messages} empty={SAY.verdictsEmpty} />
        <Bars title={SAY.decisions} rows={counted(DECISIONS, overview.decisions)} unit={SAY.messages} empty={SAY.verdictsEmpty} />
        <Bars title={SAY.refusals} rows={counted({}, overview.refusals)} unit={SAY.messages} empty={SAY.refusalsEmpty} />
        <Card title={SAY.overrides}>
          <dl className={styles.facts}>
            <dt>{SAY.justified}</dt><dd>{overview.overrides.justified.toLocaleString()}</dd>
            <dt>{SAY.released}</dt><dd>{overview.overrides.released.toLocaleString()}</dd>
          </dl>
        </Card>
      </div>
    </>
  );
}

function AlertsCard() {
  const styles = useStyles();
  const { loaded, again } = useAnswer('alerts', { query: { state: 'open', limit: 5 } });
  return (
    <Card title={SAY.alerts} actions={<Go to="alerts">{SAY.allAlerts}</Go>}>
      <Shown loaded={loaded} again={again}>{({ data, open }) => (data.length === 0 ? <Empty what={SAY.alertsEmpty} /> : (
        <>
          <ul className={styles.list}>{data.map((a) => <li key={a.id} className={styles.line}><Chip tone={SEVERITIES[a.severity]?.[1] ?? 'plain'}>{SEVERITIES[a.severity]?.[0] ?? a.severity}</Chip><span>{a.text}</span></li>)}</ul>
          {open > data.length ? <span className={styles.soft}>{SAY.moreAlerts(open - data.length)}</span> : null}
        </>
      ))}</Shown>
    </Card>
  );
}

function QueueCard() {
  const styles = useStyles();
  const { loaded, again } = useAnswer('queue');
  return (
    <Card title={SAY.queue}>
      <Shown loaded={loaded} again={again}>{(queue) => (
        <>
          {queue.paused ? <MessageBar intent="warning"><MessageBarBody>{SAY.stopped}</MessageBarBody></MessageBar> : null}
          <dl className={styles.facts}>
            <dt>{SAY.ready}</dt><dd>{queue.ready.toLocaleString()}</dd>
            <dt>{SAY.waiting}</dt><dd>{queue.waiting.toLocaleString()}</dd>
            {queue.oldest === null ? null : <><dt>{SAY.oldest}</dt><dd>{when(queue.oldest)}</dd></>}
          </dl>
          {queue.domains.length === 0 ? <span className={styles.soft}>{SAY.restingEmpty}</span> : (
            <ul className={styles.list} aria-label={SAY.resting}>
              {queue.domains.map((d) => <li key={d.domain} className={styles.line}><span>{d.domain}</span><Chip tone={d.paused ? 'care' : 'bad'}>{d.paused ? SAY.paused : SAY.failures(d.failures)}</Chip></li>)}
            </ul>
          )}
        </>
      )}</Shown>
    </Card>
  );
}

function DomainsCard() {
  const styles = useStyles();
  const { loaded, again } = useAnswer('doctor');
  return (
    <Card title={SAY.domains} actions={<Go to="domains">{SAY.allDomains}</Go>}>
      <Shown loaded={loaded} again={again}>{({ data }) => data.length === 0 ? <Empty what={SAY.domainsEmpty} /> : (
        <ul className={styles.list}>
          {data.map((f) => {
            const [word, tone] = STATES[f.state] ?? [f.state, 'plain'];
            return <li key={`${f.domain}${f.check}`} className={styles.line}><span>{`${f.domain} ${f.check.toUpperCase()}`}</span><Chip tone={tone}>{word}</Chip><span className={styles.soft}>{f.says}</span></li>;
          })}
        </ul>
      )}</Shown>
    </Card>
  );
}

function KeysCard({ loaded, again }: { loaded: Loaded<All<'keys'>>; again: () => void }) {
  const styles = useStyles();
  return (
    <Card title={SAY.keys} actions={<Go to="keys">{SAY.allKeys}</Go>}>
      <Shown loaded={loaded} again={again}>{({ data }) => {
        const soon = data.filter((k) => k.expires !== undefined && Date.parse(k.expires) - Date.now() < 60 * DAY).sort((a, b) => ((a.expires ?? '') < (b.expires ?? '') ? -1 : 1));
        return soon.length === 0 ? <Empty what={SAY.keysEmpty} /> : (
          <>
            <ul className={styles.list}>{soon.slice(0, SOON).map((k) => <li key={k.id} className={styles.line}><span>{k.address}</span><span className={styles.soft}>{`${k.kind === 'smime' ? 'S/MIME' : 'OpenPGP'}, ${SAY.ends} ${when(k.expires ?? '')}`}</span></li>)}</ul>
            {soon.length > SOON ? <span className={styles.soft}>{SAY.moreKeys(soon.length - SOON)}</span> : null}
          </>
        );
      }}</Shown>
    </Card>
  );
}

function LogCard() {
  const styles = useStyles();
  const { loaded, again } = useAnswer('integrity');
  return (
    <Card title={SAY.log}>
      <Shown loaded={loaded} again={again}>{(log) => (
        <>
          {log.broken ? <MessageBar intent="error"><MessageBarBody>{SAY.logBroken}</MessageBarBody></MessageBar> : <Chip tone="good">{SAY.logFine}</Chip>}
          <span className={styles.soft}>{`${log.tree_size.toLocaleString()} ${SAY.logEntries} ${log.checkpoint_time === null ? '–' : when(log.checkpoint_time)}`}</span>
        </>
      )}</Shown>
    </Card>
  );
}

export default function Overview() {
  const styles = useStyles();
  const { has } = useConsole();
  const { query } = usePlace();
  const asked = Number(query.get('days') ?? 30);
  const days = RANGES.includes(asked) ? asked : 30;
  const { loaded, again } = useAnswer('overview', { query: { days } });
  const holdsKeys = has('system-admin', 'policy-approver');
  const keys = useAll(holdsKeys ? 'keys' : null);
  const range = (
    <Dropdown className={styles.range} aria-label={SAY.range} value={SAY.last(days)} selectedOptions={[String(days)]} onOptionSelect={(_, { optionValue }) => go(`?days=${optionValue ?? 30}`, { replace: true })}>
      {RANGES.map((n) => <Option key={n} value={String(n)}>{SAY.last(n)}</Option>)}
    </Dropdown>
  );
  return (
    <Page title={SAY.title} actions={range}>
      <Waits keys={keys.loaded} />
      <Shown loaded={loaded} again={again}>{(overview) => <Messages overview={overview} />}</Shown>
      <div className={styles.grid}>
        {has('compliance', 'privacy-officer', 'auditor', 'system-admin') ? <AlertsCard /> : null}
        {has('system-admin') ? <QueueCard /> : null}
        {has('system-admin', 'compliance') ? <DomainsCard /> : null}
        {holdsKeys ? <KeysCard {...keys} /> : null}
        {has('compliance', 'privacy-officer', 'auditor', 'system-admin') ? <LogCard /> : null}
      </div>
    </Page>
  );
}
