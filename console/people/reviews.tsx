/** Access reviews: those that were, and one opened: everybody's roles with their last use, kept or removed one by one, then signed. */
import { Button, makeStyles } from '@fluentui/react-components';
import { useState } from 'react';
import type { Review, ReviewSheet } from '../../shared/wire/people.ts';
import { useAnswer, useConsole } from '../frame/console.ts';
import { go, usePlace } from '../frame/place.ts';
import { Chip, Go, Page, Refusal, Shown } from '../frame/view.tsx';
import { Table, type Column } from '../table/table.tsx';
import { isRefused, type Refused } from '../wire/call.ts';
import { roleOf, SAY as ALL, STATE } from './words.ts';

const SAY = ALL.reviews;
const useStyles = makeStyles({ pair: { display: 'inline-flex', gap: '6px' } });
type Row = ReviewSheet['rows'][number];
const day = (iso: string) => (Date.parse(iso) === 0 ? SAY.never : new Date(iso).toLocaleDateString(undefined, { dateStyle: 'medium' }));
const stateOf = (r: Review) => { const [word, tone] = STATE[r.overdue ? 'overdue' : r.state] ?? [r.state, 'plain']; return <Chip tone={tone}>{word}</Chip>; };

function Sheet({ id }: { id: string }) {
  const styles = useStyles();
  const { wire, tell, has, session } = useConsole();
  const { loaded, again } = useAnswer('accessReview', { params: { review: id } });
  const [refused, setRefused] = useState<Refused | null>(null);
  const decides = has('privacy-officer', 'compliance');
  async function act(call: Promise<unknown>, sentence?: string) {
    const done = await call;
    if (isRefused(done)) return setRefused(done);
    setRefused(null);
    if (sentence !== undefined) tell(sentence);
    return again();
  }
  const columns = (open: boolean): readonly Column<Row>[] => [
    { key: 'who', title: SAY.person, width: 'minmax(180px, 1fr)', cell: (r) => r.name || r.person, sort: (r) => r.name },
    { key: 'role', title: SAY.role, width: 'minmax(150px, 1fr)', cell: (r) => roleOf(r.role), sort: (r) => r.role },
    { key: 'source', title: SAY.source, width: '130px', cell: (r) => <>{SAY.sources[r.source]} {r.exposed ? <Chip tone="care">{ALL.programs.exposed}</Chip> : null}</>, sort: (r) => r.source },
    { key: 'seen', title: SAY.seen, width: '130px', cell: (r) => day(r.seen), sort: (r) => r.seen },
    { key: 'decision', ...(open && decides ? { acts: true } : {}), title: SAY.decision, width: '220px', sort: (r) => r.decision ?? '', cell: (r) => (open && decides ? (
      <span className={styles.pair}>{(['keep', 'remove'] as const).map((decision) => (
        <Button key={decision} size="small" appearance={r.decision === decision ? 'primary' : 'secondary'} aria-pressed={r.decision === decision} disabledFocusable={r.person === session.person.id} title={r.person === session.person.id ? SAY.own : undefined} aria-label={`${SAY[decision]}: ${r.name}, ${roleOf(r.role)}`} onClick={() => void act(wire.call('decideAccess', { params: { review: id }, body: { person: r.person, role: r.role, decision } }))}>{SAY[decision]}</Button>
      ))}</span>
    ) : r.decision === null ? '' : SAY[r.decision]) },
  ];
  return (
    <Shown loaded={loaded} again={again}>{(sheet) => (
      <>
        <p style={{ margin: 0 }}><Go to="access-reviews">{SAY.back}</Go></p>
        <Table label={SAY.sheet} columns={columns(sheet.state === 'open')} rows={sheet.rows} keyOf={(r) => `${r.person}/${r.role}`} filter={(r) => `${r.name} ${roleOf(r.role)}`} height={560} empty={{ what: ALL.none }} actions={(
          <>
            {stateOf(sheet)}
            <span>{sheet.signedBy === null ? `${SAY.left}: ${sheet.left}` : `${SAY.signedBy} ${sheet.rows.find((r) => r.person === sheet.signedBy)?.name || sheet.signedBy}`}</span>
            {sheet.state === 'open' && decides ? <Button appearance="primary" disabled={sheet.left > 0} onClick={() => void act(wire.call('signAccessReview', { params: { review: id }, body: {} }), SAY.signed)}>{SAY.sign}</Button> : null}
          </>
        )} />
        {refused === null ? null : <Refusal refused={refused} />}
      </>
    )}</Shown>
  );
}

function List() {
  const { wire, has } = useConsole();
  const { loaded, again } = useAnswer('accessReviews');
  const [refused, setRefused] = useState<Refused | null>(null);
  const columns: readonly Column<Review>[] = [
    { key: 'opened', title: SAY.opened, cell: (r) => <Go to={`access-reviews?id=${r.id}`}>{day(r.opened)}</Go>, sort: (r) => r.opened },
    { key: 'due', title: SAY.due, cell: (r) => day(r.due), sort: (r) => r.due },
    { key: 'left', title: SAY.left, cell: (r) => `${r.left} ${ALL.of} ${r.size}`, sort: (r) => r.left },
    { key: 'state', title: SAY.state, cell: stateOf, sort: (r) => r.state },
  ];
  async function begin() {
    const review = await wire.call('openAccessReview', { body: {} });
    if (isRefused(review)) setRefused(review);
    else go(`access-reviews?id=${review.id}`);
  }
  return (
    <>
      {refused === null ? null : <Refusal refused={refused} />}
      <Shown loaded={loaded} again={again}>{({ data }) => <Table label={SAY.title} columns={columns} rows={data} keyOf={(r) => r.id} empty={{ what: SAY.none, more: SAY.noneMore }} actions={has('privacy-officer', 'compliance') && !data.some((r) => r.state === 'open') ? <Button onClick={() => void begin()}>{SAY.begin}</Button> : null} />}</Shown>
    </>
  );
}

export default function Reviews() {
  const { query } = usePlace();
  const id = query.get('id');
  return <Page title={SAY.title} lead={SAY.lead}>{id === null ? <List /> : <Sheet key={id} id={id} />}</Page>;
}
