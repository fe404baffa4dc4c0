/** Messages that wait for a second person: kinds, counts and reasons; the message itself only when asked for. */
import { Button, Field, Input, Textarea, makeStyles } from '@fluentui/react-components';
import { useState } from 'react';
import { reason, REASONS, type ReasonCodeKnown } from '../../shared/plan/reason.ts';
import type { Waiting } from '../../shared/wire/approval.ts';
import { useAll, useConsole } from '../frame/console.ts';
import { go, usePlace } from '../frame/place.ts';
import { Card, Chip, Empty, Go, Page, Refusal, Shown } from '../frame/view.tsx';
import { Table, type Column } from '../table/table.tsx';
import { KIND, LEVEL } from '../policy/words.ts';
import { isRefused, type Refused, type Value } from '../wire/call.ts';
import { Away } from './away.tsx';
import { Letter } from './letter.tsx';
import { SAY } from './words.ts';
import { when } from '../words.ts';

const useStyles = makeStyles({
  facts: { display: 'grid', gridTemplateColumns: 'auto 1fr', gap: '4px 14px', margin: 0, '& dt': { color: 'var(--colorNeutralForeground3)' }, '& dd': { margin: 0, overflowWrap: 'anywhere' } },
  row: { display: 'flex', flexWrap: 'wrap', gap: '8px' },
});
const sayingOf = (code: string) => (Object.hasOwn(REASONS, code) ? reason(code as ReasonCodeKnown).text : code);

const COLUMNS: readonly Column<Waiting>[] = [
  { key: 'deadline', title: SAY.deadline, width: '190px', cell: (w) => when(w.deadline), sort: (w) => w.deadline },
  { key: 'rating', title: SAY.rating, width: '200px', cell: (w) => w.about.left === true ? SAY.left : (LEVEL[w.about.level] ?? w.about.level), sort: (w) => w.about.level },
  { key: 'recipients', title: SAY.recipients, width: '150px', cell: (w) => SAY.outside(w.about.outside, w.about.recipients), sort: (w) => w.about.recipients },
  { key: 'reasons', title: SAY.reasons, width: 'minmax(240px, 2fr)', cell: (w) => w.about.reasons.map(sayingOf).join(' ') },
];

function One({ waiting, done }: { waiting: Waiting; done: () => void }) {
  const styles = useStyles();
  const { wire, tell } = useConsole();
  const [message, setMessage] = useState<Value<'approvalContent'> | null>(null);
  const [because, setBecause] = useState('');
  const [to, setTo] = useState('');
  const [refused, setRefused] = useState<Refused | null>(null);
  const { about } = waiting;
  async function read() {
    const content = await wire.call('approvalContent', { params: { id: waiting.id } });
    if (isRefused(content)) setRefused(content);
    else setMessage(content);
  }
  async function decide(call: 'approveMessage' | 'denyMessage') {
    const decided = await wire.call(call, { params: { id: waiting.id }, body: because.trim() === '' ? {} : { because: because.trim() } });
    if (isRefused(decided)) return setRefused(decided);
    tell(call === 'approveMessage' ? SAY.approved : SAY.denied);
    done();
    return go('approvals', { replace: true });
  }
  async function pass() {
    const passed = await wire.call('passMessage', { params: { id: waiting.id }, body: { address: to.trim() } });
    if (isRefused(passed)) return setRefused(passed);
    tell(SAY.passed);
    done();
    return go('approvals', { replace: true });
  }
  return (
    <>
      <Card title={SAY.reasons}>
        <dl className={styles.facts}>
          <dt>{SAY.reasons}</dt><dd>{about.reasons.map(sayingOf).join(' ')}</dd>
          <dt>{SAY.rating}</dt><dd>{about.left === true ? SAY.left : (LEVEL[about.level] ?? about.level)}{about.sensitive.length === 0 ? '' : `, ${about.sensitive.join(', ')}`}</dd>
          {about.left === true ? null : <><dt>{SAY.kinds}</dt><dd>{Object.entries(about.kinds).map(([kind, n]) => `${n} × ${KIND[kind] ?? kind}`).join(', ')}; {SAY.people(about.people)}; {SAY.attachments(about.attachments)}</dd></>}
          <dt>{SAY.recipients}</dt><dd>{SAY.outside(about.outside, about.recipients)}</dd>
          <dt>{SAY.rules}</dt><dd>{about.rules.join(', ')} ({about.policy})</dd>
          <dt>{SAY.deadline}</dt><dd>{when(waiting.deadline)}</dd>
        </dl>
        {refused === null ? null : <Refusal refused={refused} />}
        {waiting.own ? <Chip tone="care">{SAY.own}</Chip> : (
          <>
            <Field label={SAY.because}><Textarea value={because} maxLength={500} onChange={(_, d) => setBecause(d.value)} /></Field>
            <div className={styles.row}><Button appearance="primary" onClick={() => void decide('approveMessage')}>{SAY.approve}</Button><Button onClick={() => void decide('denyMessage')}>{SAY.deny}</Button></div>
            {about.left === true ? <div className={styles.row}><Field label={SAY.passTo}><Input type="email" value={to} maxLength={254} onChange={(_, d) => setTo(d.value)} /></Field><Button style={{ alignSelf: 'flex-end' }} disabled={to.trim() === ''} onClick={() => void pass()}>{SAY.pass}</Button></div> : null}
          </>
        )}
      </Card>
      {waiting.own ? null : message === null ? <Card title={SAY.read}><span>{SAY.readMore}</span><Button style={{ alignSelf: 'flex-start' }} onClick={() => void read()}>{SAY.read}</Button></Card> : <Letter message={message} />}
    </>
  );
}

export default function Approvals() {
  const [id] = usePlace().rest;
  const { has } = useConsole();
  const { loaded, again } = useAll('approvals');
  return (
    <Page title={SAY.title} {...(id === undefined ? { lead: SAY.lead } : { actions: <Go to="approvals">{SAY.back}</Go> })}>
      <Shown loaded={loaded} again={again}>{({ data, whole }) => {
        const one = data.find((w) => w.id === id);
        if (id === undefined) return <><Table label={SAY.title} columns={COLUMNS} rows={data} whole={whole} keyOf={(w) => w.id} onOpen={(w) => go(`approvals/${w.id}`)} empty={{ what: SAY.none, more: SAY.noneMore }} />{has('privacy-officer', 'compliance', 'policy-approver') ? <Away /> : null}</>;
        return one === undefined ? (whole ? <Empty what={SAY.gone} /> : null) : <One waiting={one} done={again} />;
      }}</Shown>
    </Page>
  );
}
