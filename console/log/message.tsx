/** One message as the log tells it: a story a person can read, copy by copy how it was protected and what became of it, who saw it, the certificate. No content. */
import { Button, Spinner, makeStyles } from '@fluentui/react-components';
import { useState } from 'react';
import type { Story } from '../../shared/wire/compliance.ts';
import { useAnswer, useConsole } from '../frame/console.ts';
import { go } from '../frame/place.ts';
import { save } from '../wire/save.ts';
import { Card, Chip, Empty, Go, Page, Refusal, Shown } from '../frame/view.tsx';
import { isRefused, type Refused } from '../wire/call.ts';
import { Reveal } from './reveal.tsx';
import { OUTCOMES, SAY, WHO } from './words.ts';
import { named } from '../words.ts';

const useStyles = makeStyles({
  grid: { display: 'grid', gridTemplateColumns: 'minmax(0, 3fr) minmax(0, 2fr)', gap: '16px', alignItems: 'start', '@media (max-width: 900px)': { gridTemplateColumns: 'minmax(0, 1fr)' } },
  side: { display: 'flex', flexDirection: 'column', gap: '16px', minWidth: 0 },
  day: { margin: '10px 0 4px', fontSize: '14px', fontWeight: 600 },
  list: { listStyleType: 'none', margin: 0, padding: 0 },
  entry: { display: 'grid', gridTemplateColumns: '84px minmax(0, 1fr)', gap: '2px 12px', padding: '6px 0', borderBottom: '1px solid var(--colorNeutralStroke3)', '@media (max-width: 480px)': { gridTemplateColumns: 'minmax(0, 1fr)' } },
  time: { color: 'var(--colorNeutralForeground3)', fontVariantNumeric: 'tabular-nums' },
  says: { margin: 0, overflowWrap: 'anywhere' },
  meta: { display: 'flex', flexWrap: 'wrap', gap: '2px 10px', alignItems: 'center', color: 'var(--colorNeutralForeground3)', fontSize: '12px', marginTop: '2px' },
  soft: { color: 'var(--colorNeutralForeground3)', margin: 0, fontSize: '13px' },
  copies: { listStyleType: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: '6px' },
  line: { display: 'flex', flexWrap: 'wrap', gap: '2px 8px', alignItems: 'baseline' },
});

type Entry = Story['data'][number];
const clock = (iso: string) => new Date(iso).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const dayOf = (iso: string) => new Date(iso).toLocaleDateString(undefined, { dateStyle: 'full' });
/** what moves a copy on, rather than tells of it */
const MOVES = /^(?:encryption\.decided|encryption\.changed|delivery\.(?:relayed|failed|held|deferred|dsn_received)|portal\.(?:notified|message_opened|expired)|recall\.done)$/;
/** mail of our own is told by its tries alone */
const TRIED = /^delivery\.(?:attempt\.finished|failed|deferred)$/;

function Timeline({ entries, copies, officer }: { entries: readonly Entry[]; copies: readonly string[]; officer: boolean }) {
  const styles = useStyles();
  const days = [...new Set(entries.map((e) => dayOf(e.time)))];
  return (
    <>
      {days.map((day) => (
        <section key={day} aria-label={day}>
          <h3 className={styles.day}>{day}</h3>
          <ol className={styles.list}>
            {entries.filter((e) => dayOf(e.time) === day).map((e) => {
              const [word, tone] = OUTCOMES[e.outcome] ?? [e.outcome, 'plain'];
              return (
                <li key={e.id} className={styles.entry}>
                  <time className={styles.time} dateTime={e.time} title={e.time}>{clock(e.time)}</time>
                  <div>
                    <p className={styles.says}>{e.text}</p>
                    <div className={styles.meta}>
                      {e.outcome === 'ok' ? null : <Chip tone={tone}>{word}</Chip>}
                      <span>{named(WHO, e.actor.kind)}</span>
                      {e.item === undefined ? null : <span>{copies.includes(e.item) ? SAY.copy(copies.indexOf(e.item) + 1) : SAY.own}</span>}
                      <span>{SAY.entry(e.seq)}</span>
                      {e.seq === null || e.sealed.length === 0 ? null : officer ? <Reveal seq={e.seq} sealed={e.sealed} /> : <span>{`${SAY.sealed}: ${e.sealed.join(', ')}`}</span>}
                    </div>
                  </div>
                </li>
              );
            })}
          </ol>
        </section>
      ))}
    </>
  );
}

function Moves({ title, entries, shown = MOVES }: { title: string; entries: readonly Entry[]; shown?: RegExp }) {
  const styles = useStyles();
  return (
    <li>
      <strong>{title}</strong>
      <ul className={styles.copies} style={{ gap: 2 }}>{entries.filter((e) => shown.test(e.type)).map((e) => <li key={e.id} className={styles.line}><span>{e.text}</span></li>)}</ul>
    </li>
  );
}

function Access({ id }: { id: string }) {
  const styles = useStyles();
  const { loaded, again } = useAnswer('access', { params: { id } });
  return (
    <Card title={SAY.access}>
      <Shown loaded={loaded} again={again}>{({ data }) => data.length === 0 ? <Empty what={SAY.accessNone} more={SAY.accessMore} /> : (
        <>
          <ul className={styles.copies}>{data.map((a) => <li key={`${a.time}${a.what}${a.seq ?? ''}`}><span>{a.text}</span><div className={styles.meta}><span>{`${named(WHO, a.who.kind)}`}</span><span>{new Date(a.time).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })}</span></div></li>)}</ul>
          <p className={styles.soft}>{SAY.accessMore}</p>
        </>
      )}</Shown>
    </Card>
  );
}

function Certificate({ id }: { id: string }) {
  const styles = useStyles();
  const { wire } = useConsole();
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<Refused | null>(null);
  const issue = async () => {
    setBusy(true);
    const answer = await wire.call('certificate', { params: { id } });
    setBusy(false);
    if (isRefused(answer)) return setRefused(answer);
    setRefused(null);
    return save(new Blob([JSON.stringify(answer)], { type: 'application/json' }), `certificate-${id}.json`);
  };
  return (
    <Card title={SAY.evidence}>
      <p className={styles.soft}>{SAY.evidenceMore}</p>
      <Button onClick={() => void issue()} disabled={busy} style={{ alignSelf: 'flex-start' }}>{busy ? <Spinner size="tiny" /> : SAY.certificate}</Button>
      {refused === null ? null : <Refusal refused={refused} />}
    </Card>
  );
}

/** `back`: the search it was found by */
export function Message({ id, back }: { id: string; back: string }) {
  const styles = useStyles();
  const { has } = useConsole();
  const { loaded, again } = useAnswer('story', { params: { id } });
  // Else it is what a recipient's mailbox was told of, about no message.
  const sent = id.startsWith('msg_');
  const actions = (
    <>
      <Button onClick={() => window.print()}>{SAY.print}</Button>
      {sent && has('privacy-officer') ? <Button onClick={() => go(`emergency?message=${id}`)}>{SAY.emergency}</Button> : null}
      {sent && has('compliance', 'privacy-officer') ? <Button onClick={() => go(`incidents?message=${id}`)}>{SAY.incident}</Button> : null}
    </>
  );
  return (
    <Page title={SAY.messageTitle} lead={id} actions={actions}>
      <Go to={back}>{SAY.back}</Go>
      <Shown loaded={loaded} again={again}>{({ data }) => {
        // A copy is what was decided about; receipts, notices and codes are mail of our own beside it.
        const items = [...new Set(data.flatMap((e) => (e.item === undefined ? [] : [e.item])))];
        const copies = items.filter((item) => data.some((e) => e.item === item && e.type === 'encryption.decided'));
        const own = items.filter((item) => !copies.includes(item));
        const kept = [...data].reverse().find((e) => e.type === 'retention.assigned');
        return (
          <div className={styles.grid}>
            <Card title={SAY.story}><Timeline entries={data} copies={copies} officer={has('privacy-officer')} /></Card>
            <div className={styles.side}>
              <Card title={SAY.protection}>
                <ul className={styles.copies}>
                  {copies.map((item, n) => <Moves key={item} title={SAY.copy(n + 1)} entries={data.filter((e) => e.item === item)} />)}
                  {own.length === 0 ? null : <Moves title={SAY.ownMany(own.length)} entries={data.filter((e) => e.item !== undefined && own.includes(e.item))} shown={TRIED} />}
                </ul>
              </Card>
              <Card title={SAY.retention}>{kept === undefined ? <Empty what={SAY.retentionNone} /> : <span>{kept.text}</span>}</Card>
              {sent ? <Certificate id={id} /> : null}
              <Access id={id} />
            </div>
          </div>
        );
      }}</Shown>
    </Page>
  );
}
