/**
 * What I sent and where it is now: my messages, newest first, and one of them in full. It keeps nothing: leaving the tab forgets everything.
 */
import { Button, Spinner, makeStyles } from '@fluentui/react-components';
import { History24Regular } from '@fluentui/react-icons/svg/history';
import { useEffect, useRef, useState } from 'react';
import type * as z from 'zod/mini';
import type { MessageSummary } from '../../shared/wire/timeline.ts';
import { isRefused } from '../refusal.ts';
import { StatusMark } from '../view/mark.tsx';
import { Banner, Note, SHORT, timeOf } from '../view/view.tsx';
import { SAY, STATUSES, saying } from '../words.ts';
import { Message, type Tools } from './message.tsx';
import { SENT, WAITS } from './words.ts';

type Summary = z.infer<typeof MessageSummary>;

const useStyles = makeStyles({
  scroll: { flexGrow: 1, overflowY: 'auto', padding: '12px', display: 'flex', flexDirection: 'column', gap: '12px', minHeight: 0, outlineStyle: 'none', '& > *': { flexShrink: 0 }, [SHORT]: { overflowY: 'visible' } },
  title: { margin: 0, fontSize: '16px', lineHeight: '22px', fontWeight: 600 },
  list: { margin: 0, padding: 0, listStyle: 'none', display: 'flex', flexDirection: 'column', gap: '8px' },
  one: {
    display: 'block', width: '100%', textAlign: 'left', font: 'inherit', cursor: 'pointer', padding: '10px 12px', borderRadius: '10px', color: 'var(--colorNeutralForeground1)',
    backgroundColor: 'var(--colorNeutralBackground1)', border: '1px solid var(--colorNeutralStroke2)',
    ':hover': { backgroundColor: 'var(--colorNeutralBackground1Hover)' },
    ':focus-visible': { outline: '2px solid var(--colorStrokeFocus2)' },
  },
  top: { display: 'flex', justifyContent: 'space-between', gap: '8px', fontSize: '14px', lineHeight: '20px' },
  subject: { fontWeight: 600, overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  time: { fontSize: '12px', color: 'var(--colorNeutralForeground3)', whiteSpace: 'nowrap' },
  who: { display: 'flex', alignItems: 'flex-start', gap: '6px', marginTop: '4px', fontSize: '12px', lineHeight: '17px', color: 'var(--colorNeutralForeground2)', overflowWrap: 'anywhere' },
});

function Row({ message, open, met }: { message: Summary; open: () => void; met: (row: HTMLButtonElement | null) => void }) {
  const styles = useStyles();
  return (
    <li>
      <button type="button" ref={met} className={styles.one} onClick={open}>
        <span className={styles.top}><span className={styles.subject}>{message.subject || SAY.product}</span><time className={styles.time} dateTime={message.acceptedAt}>{timeOf(message.acceptedAt)}</time></span>
        {[...new Set(message.recipients.map((r) => r.status))].map((status) => {
          const [first, ...others] = message.recipients.filter((r) => r.status === status);
          return <span key={status} className={styles.who}><StatusMark status={status} /><span>{message.waits ? WAITS.heading[message.waits.for] : STATUSES[status]} · {first?.address}{others.length > 0 ? ` ${SAY.andMore(others.length)}` : ''}</span></span>;
        })}
      </button>
    </li>
  );
}

export function SentView({ tools }: { tools: Tools }) {
  const styles = useStyles();
  const { companion } = tools;
  const [messages, setMessages] = useState<readonly Summary[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [code, setCode] = useState<string | null>(null);
  const [open, setOpen] = useState<string | null>(null);
  /** back from it, the keyboard is where it was */
  const last = useRef<string | null>(null);

  const load = async (cursor: string | null) => {
    const got = await companion.messages(cursor);
    if (isRefused(got)) return setCode(got.code);
    setCode(null);
    setMessages((before) => (cursor && before ? [...before, ...got.data] : got.data));
    setNext(got.next);
  };
  useEffect(() => { void load(null); }, [companion, open === null]);

  if (open) return <main className={styles.scroll}><Message id={open} tools={tools} back={() => setOpen(null)} /></main>;
  return (
    <main className={styles.scroll} tabIndex={-1}>
      {messages?.length === 0 ? null : <h1 className={styles.title}>{SAY.tabSent}</h1>}
      {code ? (
        <Note intent="error" saying={saying(code)}>
          {code === 'sign-in-needed' || code === 'unauthenticated'
            ? <Button size="small" onClick={() => void companion.signIn().then(() => load(null))}>{SAY.signIn}</Button>
            : <Button size="small" onClick={() => void load(null)}>{SAY.retry}</Button>}
        </Note>
      ) : null}
      {!messages && !code ? <Spinner size="small" label={SAY.starting} /> : null}
      {messages?.length === 0 ? <Banner tone="calm" icon={<History24Regular />} saying={SENT.noSent} /> : null}
      {messages && messages.length > 0 ? <ul className={styles.list}>{messages.map((m) => <Row key={m.id} message={m} open={() => { last.current = m.id; setOpen(m.id); }} met={(row) => { if (row && last.current === m.id) { last.current = null; row.focus(); } }} />)}</ul> : null}
      {next ? <Button onClick={() => void load(next)}>{SENT.older}</Button> : null}
    </main>
  );
}
