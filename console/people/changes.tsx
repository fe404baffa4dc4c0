/** What waits for a second person, each said in a sentence, with the one word it needs; and what became of others. */
import { Button, makeStyles } from '@fluentui/react-components';
import { useState } from 'react';
import type { Change } from '../../shared/wire/people.ts';
import { useAnswer, useConsole } from '../frame/console.ts';
import { Card, Chip, Empty, Page, Refusal, Shown } from '../frame/view.tsx';
import { Table, type Column } from '../table/table.tsx';
import { isRefused, type Refused } from '../wire/call.ts';
import { roleOf, SAY as ALL, STATE } from './words.ts';
import { when } from '../words.ts';

const SAY = ALL.changes;
const useStyles = makeStyles({
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: '10px' },
  one: { display: 'flex', flexWrap: 'wrap', gap: '8px 16px', alignItems: 'center', borderTop: '1px solid var(--colorNeutralStroke3)', paddingTop: '10px' },
  words: { flexGrow: 1, flexBasis: '280px', minWidth: 0, overflowWrap: 'anywhere' },
  what: { margin: 0, fontWeight: 600 },
  soft: { margin: 0, color: 'var(--colorNeutralForeground3)', fontSize: '12px' },
});
const said = (value: Change['what'][string] | undefined): string => (Array.isArray(value) ? value.join(', ') : (value ?? '') as string);
const listed = (value: Change['what'][string] | undefined): readonly string[] => (Array.isArray(value) ? value : []);

function sentence({ kind, what }: Change): string {
  if (kind === 'role') return SAY.role(said(what['name']), said(what['role']));
  if (kind === 'client') return SAY.client(`${said(what['name'])} (${roleOf(said(what['role']))})`);
  return kind === 'mailbox' ? SAY.mailbox(said(what['address'])) : SAY.settings(said(what['settings']));
}

function details({ kind, what }: Change, nameOf: (id: string) => string): readonly string[] {
  const line = (title: string, value: string) => (value === '' ? [] : [`${title}: ${value}`]);
  if (kind === 'client') return [...line(SAY.routes, said(what['scopes'])), ...line(SAY.from, said(what['addresses']))];
  if (kind === 'mailbox') return line(SAY.members, what['group'] === undefined ? listed(what['people']).map(nameOf).join(', ') : `${SAY.group} ${said(what['group'])}`);
  return kind === 'settings' ? [SAY.held] : [];
}

function One({ change, nameOf, changed }: { change: Change; nameOf: (id: string | null) => string; changed: () => void }) {
  const styles = useStyles();
  const { wire, tell, has } = useConsole();
  const [refused, setRefused] = useState<Refused | null>(null);
  const vouches = change.by === null;
  async function decide(name: 'approveChange' | 'rejectChange') {
    const done = await wire.call(name, { params: { change: change.id }, body: {} });
    if (isRefused(done)) return setRefused(done);
    tell(name === 'rejectChange' ? SAY.rejected : done.state === 'applied' ? SAY.agreed : SAY.vouched);
    return changed();
  }
  return (
    <li className={styles.one} aria-label={sentence(change)}>
      <div className={styles.words}>
        <p className={styles.what}>{sentence(change)}</p>
        {details(change, nameOf).map((line) => <p key={line} className={styles.soft}>{line}</p>)}
        <p className={styles.soft}>{[when(change.proposed), ...(change.by === null ? [] : [`${ALL.by} ${nameOf(change.by)}`]), ...(change.kind === 'settings' ? [] : [`${SAY.until} ${when(change.until)}`])].join(' · ')}</p>
        {refused === null ? null : <Refusal refused={refused} />}
      </div>
      {has('system-admin', 'policy-approver', 'privacy-officer') ? (
        <>
          <Button appearance="primary" disabledFocusable={change.own} title={change.own ? SAY.own : undefined} onClick={() => void decide('approveChange')}>{vouches ? SAY.vouch : SAY.agree}</Button>
          {change.kind === 'settings' ? null : <Button onClick={() => void decide('rejectChange')}>{change.own ? SAY.back : SAY.reject}</Button>}
        </>
      ) : null}
    </li>
  );
}

const columns = (nameOf: (id: string | null) => string): readonly Column<Change>[] => [
  { key: 'what', title: SAY.kind, width: 'minmax(260px, 2fr)', cell: (c) => <span title={sentence(c)}>{sentence(c)}</span>, sort: sentence },
  { key: 'state', title: SAY.state, width: '120px', cell: (c) => { const [word, tone] = STATE[c.state] ?? [c.state, 'plain']; return <Chip tone={tone}>{word}</Chip>; }, sort: (c) => c.state },
  { key: 'who', title: SAY.who, width: 'minmax(160px, 1fr)', cell: (c) => nameOf(c.decidedBy), sort: (c) => nameOf(c.decidedBy) },
  { key: 'when', title: SAY.when, width: '190px', cell: (c) => when(c.decided ?? c.proposed), sort: (c) => c.decided ?? c.proposed },
];

export default function Changes() {
  const styles = useStyles();
  const { loaded, again } = useAnswer('changes');
  return (
    <Page title={SAY.title} lead={SAY.lead}>
      <Shown loaded={loaded} again={again}>{({ data, names }) => {
        const nameOf = (id: string | null) => (id === null ? '' : names[id] ?? id);
        const waiting = data.filter((c) => c.state === 'waiting');
        return (
          <>
            <Card title={SAY.waiting}>{waiting.length === 0 ? <Empty what={SAY.noneWaiting} /> : <ul className={styles.list}>{waiting.map((c) => <One key={c.id} change={c} nameOf={nameOf} changed={again} />)}</ul>}</Card>
            <Card title={SAY.past}><Table label={SAY.past} columns={columns(nameOf)} rows={data.filter((c) => c.state !== 'waiting')} keyOf={(c) => c.id} filter={sentence} empty={{ what: SAY.noneWhen }} /></Card>
          </>
        );
      }}</Shown>
    </Page>
  );
}
