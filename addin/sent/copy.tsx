/** One copy on the secure page in its author's hands: what became of it, longer, once more, a stronger way, and who else asks to read it. */
import { Button, makeStyles } from '@fluentui/react-components';
import { useState } from 'react';
import type { PortalCopy, TimelineRecipient } from '../../shared/wire/timeline.ts';
import type { Companion } from '../companion/companion.ts';
import { isRefused, type Refused } from '../refusal.ts';
import { Note, Told, dayOf, timeOf } from '../view/view.tsx';
import { saying, type Saying } from '../words.ts';
import { COPY } from './words.ts';

const useStyles = makeStyles({
  line: { margin: '3px 0 0', fontSize: '12px', lineHeight: '17px', color: 'var(--colorNeutralForeground2)', overflowWrap: 'anywhere' },
  row: { display: 'flex', gap: '6px', flexWrap: 'wrap', marginTop: '6px' },
  words: { margin: '3px 0 0', whiteSpace: 'pre-wrap' },
  asks: { marginTop: '8px', padding: '8px 10px', borderRadius: '6px', backgroundColor: 'var(--colorPaletteYellowBackground1)', fontSize: '13px', lineHeight: '18px', overflowWrap: 'anywhere' },
});

const DAYS = 14;

/** Opened when, which way, and what was saved of it; null while nobody has. */
export function readOf({ events, portal }: Pick<TimelineRecipient, 'events' | 'portal'>): string | null {
  if (!portal?.opened) return null;
  const way = String(events.find((e) => e.type === 'portal.message_opened')?.facts?.['way'] ?? '');
  const saved = new Set(events.filter((e) => e.type === 'portal.attachment_downloaded').map((e) => Number(e.facts?.['n'] ?? 0) + 1));
  return COPY.opened(timeOf(portal.opened), COPY.ways[way] ?? '', [...saved].sort((a, b) => a - b));
}

/** Files that came with an answer and were not passed on: what they are, and what can be read of them. */
export function Stayed({ files }: { files: NonNullable<TimelineRecipient['kept']> }) {
  const styles = useStyles();
  return files.map((f, i) => (
    <div key={i} className={styles.line}>
      {COPY.kept(f.filename, f.size)}
      {f.preview ? <details><summary>{COPY.preview}</summary><p className={styles.words}>{f.preview}</p></details> : null}
    </div>
  ));
}

export function Copy({ id, recipient, companion }: { id: string; recipient: TimelineRecipient; companion: Companion }) {
  const styles = useStyles();
  const [done, setDone] = useState<{ intent: 'success' | 'error'; saying: Saying } | null>(null);
  const [busy, setBusy] = useState(false);
  const { portal, n } = recipient;
  if (!portal || n === undefined || recipient.status === 'recalled') return null;
  const act = (ask: () => Promise<PortalCopy | Refused>, said: (copy: PortalCopy) => string) => async () => {
    setBusy(true);
    const got = await ask();
    setBusy(false);
    setDone(isRefused(got) ? { intent: 'error', saying: saying(got.code) } : { intent: 'success', saying: { what: said(got), next: '' } });
  };
  const name = recipient.name ?? recipient.address;
  const read = readOf(recipient);
  return (
    <>
      <p className={styles.line}>{read ?? COPY.unread} {COPY.until(dayOf(portal.expires))}</p>
      {portal.question === undefined || portal.opened ? null : <p className={styles.line}>{COPY.question[portal.question]}</p>}
      {(recipient.readers ?? []).map((r) => (
        <div key={r.id} className={styles.asks} role="group" aria-label={r.address}>
          <b>{r.address}</b>: {COPY.readers[r.state]}
          <div className={styles.row}>
            {r.state === 'allowed' ? null : <Button size="small" disabledFocusable={busy} aria-label={`${COPY.allow} ${r.address}`} onClick={act(() => companion.decide(id, n, r.id, true), () => COPY.allowed)}>{COPY.allow}</Button>}
            {r.state === 'refused' ? null : <Button size="small" disabledFocusable={busy} aria-label={`${COPY.refuse} ${r.address}`} onClick={act(() => companion.decide(id, n, r.id, false), () => COPY.refused)}>{COPY.refuse}</Button>}
          </div>
        </div>
      ))}
      <div className={styles.row}>
        <Button size="small" disabledFocusable={busy} aria-label={`${COPY.extend} (${name})`} onClick={act(() => companion.copy(id, n, 'extend', { days: DAYS }), (copy) => COPY.extended(dayOf(copy.expires)))}>{COPY.extend}</Button>
        <Button size="small" disabledFocusable={busy} aria-label={`${COPY.resend} (${name})`} onClick={act(() => companion.copy(id, n, 'resend'), () => COPY.resent)}>{COPY.resend}</Button>
        {portal.ways.includes('mail-code') ? <Button size="small" disabledFocusable={busy} aria-label={`${COPY.stronger} (${name})`} onClick={act(() => companion.copy(id, n, 'stronger'), () => COPY.raised)}>{COPY.stronger}</Button> : null}
        {portal.opened ? null : <Button size="small" disabledFocusable={busy} aria-label={`${COPY.posted} (${name})`} onClick={act(() => companion.copy(id, n, 'posted'), () => COPY.noted)}>{COPY.posted}</Button>}
      </div>
      <Told>{done ? <div className={styles.row}><Note intent={done.intent} saying={done.saying} /></div> : null}</Told>
    </>
  );
}
