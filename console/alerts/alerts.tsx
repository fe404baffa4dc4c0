/** What somebody should look into: open ones first asked for, each with what happened, what to do, and a word that one has seen to it. */
import { Button, Dropdown, Option, makeStyles } from '@fluentui/react-components';
import { useEffect, useState } from 'react';
import type { Alert } from '../../shared/wire/alert.ts';
import { useAnswer, useConsole } from '../frame/console.ts';
import { go, usePlace } from '../frame/place.ts';
import { Chip, Empty, Go, Page, Refusal, Shown } from '../frame/view.tsx';
import { isRefused, type Refused } from '../wire/call.ts';
import { SAY, SEVERITIES } from './words.ts';
import { when } from '../words.ts';

const useStyles = makeStyles({
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: '10px' },
  one: { backgroundColor: 'var(--colorNeutralBackground1)', border: '1px solid var(--colorNeutralStroke2)', borderRadius: '10px', padding: '12px 16px', display: 'flex', flexWrap: 'wrap', gap: '8px 16px', alignItems: 'center' },
  words: { flexGrow: 1, flexBasis: '320px', minWidth: 0, display: 'flex', flexDirection: 'column', gap: '2px', overflowWrap: 'anywhere' },
  what: { margin: 0, fontWeight: 600 },
  advice: { margin: 0 },
  soft: { margin: 0, color: 'var(--colorNeutralForeground3)', fontSize: '12px' },
  older: { alignSelf: 'flex-start' },
  state: { minWidth: '110px' },
});


/** Whom or what it is about, and where more is to be seen of that. */
function About({ id, name }: { id: string; name: string }) {
  const { has } = useConsole();
  const to = id.startsWith('msg_') && has('auditor', 'compliance', 'privacy-officer') ? `log/${id}` : id.startsWith('u_') ? `people/${id}` : id.startsWith('cli_') ? 'programs' : null;
  return to === null ? <>{name}</> : <Go to={to}>{name}</Go>;
}

function One({ alert, nameOf, changed }: { alert: Alert; nameOf: (id: string) => string; changed: (alert: Alert) => void }) {
  const styles = useStyles();
  const { wire, tell, has } = useConsole();
  const [refused, setRefused] = useState<Refused | null>(null);
  const [word, tone] = SEVERITIES[alert.severity] ?? [alert.severity, 'plain'];
  async function seen(): Promise<void> {
    const answer = await wire.call('acknowledge', { params: { id: alert.id } });
    if (isRefused(answer)) return setRefused(answer);
    tell(SAY.acknowledged);
    changed(answer);
  }
  return (
    <li className={styles.one}>
      <Chip tone={tone}>{word}</Chip>
      <div className={styles.words}>
        <p className={styles.what}>{alert.text}</p>
        <p className={styles.advice}>{alert.advice}</p>
        <p className={styles.soft}>{[when(alert.raised), SAY.times(alert.count)].join(' · ')}{alert.about === '' ? null : <>{` · ${SAY.about} `}<About id={alert.about} name={nameOf(alert.about)} /></>}</p>
        {refused === null ? null : <Refusal refused={refused} />}
      </div>
      {alert.acknowledged === null
        ? (has('system-admin', 'compliance', 'privacy-officer') ? <Button onClick={() => void seen()}>{SAY.seen}</Button> : null)
        : <p className={styles.soft}>{SAY.seenBy(nameOf(alert.acknowledged.by), when(alert.acknowledged.at))}</p>}
    </li>
  );
}

export default function Alerts() {
  const styles = useStyles();
  const { query } = usePlace();
  const state = query.get('state') === 'all' ? 'all' : 'open';
  const [cursor, setCursor] = useState<string | undefined>();
  const { session } = useConsole();
  const [older, setOlder] = useState<readonly Alert[]>([]);
  const [names, setNames] = useState<{ readonly [id: string]: string }>({});
  const [changes, setChanges] = useState<{ readonly [id: string]: Alert }>({});
  const { loaded, again } = useAnswer('alerts', { query: { state, cursor } });
  useEffect(() => { setCursor(undefined); setOlder([]); setChanges({}); }, [state]);
  const show = (
    <Dropdown className={styles.state} aria-label={SAY.show} value={state === 'open' ? SAY.open : SAY.all} selectedOptions={[state]} onOptionSelect={(_, { optionValue }) => go(`alerts${optionValue === 'all' ? '?state=all' : ''}`, { replace: true })}>
      <Option value="open">{SAY.open}</Option>
      <Option value="all">{SAY.all}</Option>
    </Dropdown>
  );
  return (
    <Page title={SAY.title} lead={SAY.lead} actions={show}>
      <Shown loaded={loaded} again={again}>{(page) => {
        const nameOf = (id: string) => names[id] ?? page.names?.[id] ?? (id === session.person.id ? session.person.name : id);
        const data = [...older, ...page.data].map((a) => changes[a.id] ?? a);
        if (data.length === 0) return <Empty what={state === 'open' ? SAY.none : SAY.noneAtAll} more={SAY.noneMore} />;
        return (
          <>
            <ul className={styles.list}>{data.map((a) => <One key={a.id} alert={a} nameOf={nameOf} changed={(now) => setChanges((before) => ({ ...before, [now.id]: now }))} />)}</ul>
            {page.next === null ? null : <Button className={styles.older} onClick={() => { setOlder(data); setNames({ ...names, ...page.names }); setCursor(page.next ?? undefined); }}>{SAY.more}</Button>}
          </>
        );
      }}</Shown>
    </Page>
  );
}
