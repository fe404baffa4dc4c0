/** What became of a message, recipient by recipient, newest first; each step in the service's own sentence. */
import { makeStyles } from '@fluentui/react-components';
import type { ReactNode } from 'react';
import type * as z from 'zod/mini';
import type { MessageTimeline, TimelineRecipient } from '../../shared/wire/timeline.ts';
import { StatusMark } from '../view/mark.tsx';
import { timeOf } from '../view/view.tsx';
import { nameOf, STATUSES } from '../words.ts';
import { TRY, SENT, WAITS } from './words.ts';

const useStyles = makeStyles({
  list: { margin: 0, padding: 0, listStyle: 'none', display: 'flex', flexDirection: 'column', gap: '14px' },
  name: { margin: 0, fontSize: '14px', lineHeight: '18px', fontWeight: 600, overflowWrap: 'anywhere' },
  status: { margin: '3px 0 0', display: 'flex', alignItems: 'center', gap: '0 6px', fontSize: '13px', lineHeight: '18px', flexWrap: 'wrap' },
  way: { color: 'var(--colorNeutralForeground3)', fontSize: '12px' },
  line: { margin: '3px 0 0', fontSize: '12px', lineHeight: '17px', color: 'var(--colorNeutralForeground2)' },
  code: {
    margin: '6px 0 0', padding: '8px 10px', borderRadius: '6px', backgroundColor: 'var(--colorBrandBackground2)', fontSize: '13px', lineHeight: '18px',
    '& b': { fontSize: '18px', letterSpacing: '2px', fontFamily: 'var(--fontFamilyMonospace)', display: 'block' },
  },
  facts: {
    margin: '4px 0 0', fontSize: '11px', lineHeight: '16px', '& div': { display: 'flex', gap: '6px' },
    '& dt': { flexShrink: 0, width: '72px', color: 'var(--colorNeutralForeground3)' }, '& dd': { margin: 0, minWidth: 0, overflowWrap: 'anywhere', fontFamily: 'var(--fontFamilyMonospace)' },
  },
  events: {
    marginTop: '5px', fontSize: '12px', lineHeight: '17px',
    '& summary': { cursor: 'pointer', color: 'var(--colorBrandForegroundLink)', width: 'fit-content' },
    '& ol': { margin: '6px 0 0', padding: '0 0 0 12px', listStyle: 'none', borderLeft: '2px solid var(--colorNeutralStroke2)', display: 'flex', flexDirection: 'column', gap: '6px' },
    '& time': { color: 'var(--colorNeutralForeground3)', marginRight: '6px', fontVariantNumeric: 'tabular-nums' },
  },
});

type Event = z.infer<typeof TimelineRecipient>['events'][number];

/** How one try went, as the log has it; the server's own words are text and nothing else. */
function Try({ event: { facts = {}, server = {} } }: { event: Event }) {
  const styles = useStyles();
  const word = (name: string): string => (facts[name] === undefined || facts[name] === null ? '' : String(facts[name]));
  const took = Number(word('ended')) - Number(word('began'));
  const rows = [
    [TRY.host, server.host], [TRY.ip, server.ip], [TRY.connection, [word('protocol'), word('cipher')].filter((s) => s !== '').join(', ') || TRY.none], [TRY.grade, TRY.grades[word('grade')]],
    [TRY.certificate, word('certificate')], [TRY.reply, server.reply ? `${word('reply')} ${server.reply}` : word('reply')], [TRY.queueId, word('queueId')], [TRY.took, word('ended') !== '' && took >= 0 ? `${took} ms` : ''],
  ];
  return (
    <dl className={styles.facts}>
      {rows.map(([label, value]) => (value ? <div key={label}><dt>{label}</dt><dd>{value}</dd></div> : null))}
    </dl>
  );
}

/** Steps that status and way above them tell already. */
const TOLD: readonly string[] = ['encryption.decided', 'delivery.queued', 'delivery.attempt.started', 'delivery.relayed', 'portal.notified', 'portal.message_opened'];

function One({ recipient, hands, waits }: { recipient: z.infer<typeof TimelineRecipient>; hands: Hands; waits: boolean }) {
  const styles = useStyles();
  const events = [...recipient.events].reverse();
  const latest = events[0];
  return (
    <li>
      <p className={styles.name}>{recipient.name ?? recipient.address}</p>
      <p className={styles.status}>
        <StatusMark status={recipient.status} />
        <span>{waits && (recipient.status === 'queued' || recipient.status === 'held') ? WAITS.status : STATUSES[recipient.status]}</span>
        <span className={styles.way}>{nameOf(recipient.protection, recipient.events.some((e) => e.facts?.['divided'] === true))}</span>
      </p>
      {recipient.changed ? <p className={styles.line}>{recipient.changed.text}</p> : null}
      {recipient.spokenCode ? <p className={styles.code}>{recipient.portal === undefined ? SENT.answering : recipient.status === 'opened' ? SENT.openedSpoken : recipient.portal.ways.includes('sms-code') ? SENT.texted : SENT.spoken}<b>{recipient.spokenCode}</b></p> : null}
      {hands?.(recipient)}
      {latest && !TOLD.includes(latest.type) ? <p className={styles.line}>{latest.text}</p> : null}
      {latest ? (
        <details className={styles.events}>
          <summary>{SENT.everyStep} · <time dateTime={latest.time}>{timeOf(latest.time)}</time></summary>
          <ol>{events.map((e) => <li key={e.id}><time dateTime={e.time}>{timeOf(e.time)}</time>{e.text}{e.type === 'delivery.attempt.finished' && e.facts ? <Try event={e} /> : null}</li>)}</ol>
        </details>
      ) : null}
    </li>
  );
}

/** What its author may do with one recipient's copy, below its status. */
type Hands = ((recipient: TimelineRecipient) => ReactNode) | undefined;

export function Timeline({ timeline, hands }: { timeline: MessageTimeline; hands?: Hands }) {
  const styles = useStyles();
  return <ul className={styles.list}>{timeline.recipients.map((r) => <One key={`${r.role}:${r.address}`} recipient={r} hands={hands} waits={timeline.waits !== undefined} />)}</ul>;
}
