/** One message that was sent: its timeline, the whole of it to read, its files to save, back to a draft, recall. */
import { Button, Spinner, makeStyles } from '@fluentui/react-components';
import { ArrowLeft20Regular } from '@fluentui/react-icons/svg/arrow-left';
import { useEffect, useRef, useState } from 'react';
import type * as z from 'zod/mini';
import type { MessageContent, MessageTimeline, Recalled } from '../../shared/wire/timeline.ts';
import type { Companion } from '../companion/companion.ts';
import type { DraftItem, Outlook } from '../outlook/outlook.ts';
import { isRefused } from '../refusal.ts';
import { Note, Section, Told, dayOf, sizeOf, timeOf } from '../view/view.tsx';
import { SAY, notice, saying, type Saying } from '../words.ts';
import { Copy, Stayed } from './copy.tsx';
import { restore, withPictures } from './restore.ts';
import { Held } from './held.tsx';
import { Proof } from './proof.tsx';
import { Timeline } from './timeline.tsx';
import { Waits } from './waits.tsx';
import { COPY, SENT } from './words.ts';

const useStyles = makeStyles({
  head: { display: 'flex', alignItems: 'flex-start', gap: '4px' },
  subject: { margin: '4px 0 0', fontSize: '16px', lineHeight: '22px', fontWeight: 600, overflowWrap: 'anywhere', outlineStyle: 'none' },
  facts: { margin: 0, fontSize: '12px', lineHeight: '17px', color: 'var(--colorNeutralForeground2)', overflowWrap: 'anywhere' },
  row: { display: 'flex', gap: '8px', flexWrap: 'wrap' },
  page: { width: '100%', minHeight: '320px', border: '1px solid var(--colorNeutralStroke2)', borderRadius: '6px', backgroundColor: '#fff' },
  files: { margin: 0, padding: 0, listStyle: 'none', display: 'flex', flexDirection: 'column', gap: '6px', fontSize: '13px', '& li': { display: 'flex', justifyContent: 'space-between', alignItems: 'center', gap: '8px' }, '& span': { overflowWrap: 'anywhere' } },
  list: { margin: 0, paddingLeft: '18px', fontSize: '12px', lineHeight: '17px' },
});

export interface Tools {
  readonly companion: Companion;
  readonly outlook: Outlook;
  readonly draft: () => DraftItem | null;
  /** a message was put back into the window that is shown */
  readonly restored: () => void;
}

type Content = z.infer<typeof MessageContent>;

function save(blob: Blob, filename: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = filename;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Other people's HTML: in a frame that may run nothing, load nothing and reach nothing (HTML §4.8.5, sandbox). */
function Whole({ content, html, companion }: { content: Content; html: string; companion: Companion }) {
  const styles = useStyles();
  const files = content.attachments.filter((f) => !f.contentId);
  return (
    <Section title={SENT.content}>
      <iframe className={styles.page} sandbox="" title={SENT.content} srcDoc={html} />
      {files.length > 0 ? (
        <ul className={styles.files} aria-label={SAY.attachments}>
          {files.map((file) => (
            <li key={file.n}>
              <span>{file.filename} ({sizeOf(file.size)})</span>
              <Button size="small" aria-label={`${SENT.save} ${file.filename}`} onClick={() => void companion.attachment(content.id, file.n).then((got) => { if (!isRefused(got)) save(got, file.filename); })}>{SENT.save}</Button>
            </li>
          ))}
        </ul>
      ) : null}
    </Section>
  );
}

export function Message({ id, tools, back }: { id: string; tools: Tools; back: () => void }) {
  const styles = useStyles();
  const { companion } = tools;
  const [timeline, setTimeline] = useState<MessageTimeline | null>(null);
  const [whole, setWhole] = useState<{ content: Content; html: string } | null>(null);
  const [note, setNote] = useState<{ intent: 'info' | 'success' | 'error'; saying: Saying } | null>(null);
  const [recalled, setRecalled] = useState<Recalled | null>(null);
  const [asking, setAsking] = useState(false);
  /** where the keyboard goes on when the question is answered */
  const hands = useRef<HTMLDivElement>(null);
  const answered = () => {
    setAsking(false);
    (hands.current?.lastElementChild as HTMLElement | null)?.focus();
  };

  useEffect(() => {
    const life = { open: true };
    const follow = async () => {
      while (life.open) {
        const got = await companion.message(id);
        if (!life.open) return;
        if (isRefused(got)) setNote({ intent: 'error', saying: saying(got.code) });
        else setTimeline(got);
        await new Promise((resolve) => { setTimeout(resolve, 4_000); });
      }
    };
    void follow();
    return () => { life.open = false; };
  }, [companion, id]);

  const fetchWhole = async (): Promise<Content | null> => {
    const got = await companion.content(id);
    if (!isRefused(got)) return got;
    setNote({ intent: 'error', saying: saying(got.code) });
    return null;
  };
  const read = async () => {
    if (whole) return setWhole(null);
    const content = await fetchWhole();
    if (content) setWhole({ content, html: await withPictures(content, companion) });
  };
  const putBack = async () => {
    const content = await fetchWhole();
    if (!content || !timeline) return;
    const done = await restore(content, { ...tools, draft: tools.draft(), over: notice({ id, receipt: timeline.receipt }) });
    if (isRefused(done)) setNote({ intent: 'error', saying: saying(done.code) });
    else {
      if (done === 'here') tools.restored();
      setNote({ intent: 'success', saying: { what: done === 'here' ? SENT.restored : SENT.restoredElsewhere, next: '' } });
    }
  };
  const recall = async () => {
    answered();
    const got = await companion.recall(id);
    if (isRefused(got)) setNote({ intent: 'error', saying: saying(got.code) });
    else setRecalled(got);
  };

  return (
    <>
      <div className={styles.head}>
        <Button appearance="subtle" icon={<ArrowLeft20Regular />} aria-label={SAY.back} onClick={back} />
        <h1 className={styles.subject} tabIndex={-1} ref={(it) => { if (it && !it.dataset['met']) { it.dataset['met'] = '1'; it.focus(); } }}>{timeline?.subject || SAY.tabSent}</h1>
      </div>
      <Told>{note ? <Note intent={note.intent} saying={note.saying} /> : null}</Told>
      {timeline ? (
        <>
          <Waits id={id} waits={timeline.waits} companion={companion} />
          <p className={styles.facts}>{timeOf(timeline.acceptedAt)} · {SAY.kept} {dayOf(timeline.retention.until)} ({timeline.retention.name}) · {SAY.receipt} {timeline.id}</p>
          {timeline.recognition && timeline.recipients.some((r) => r.portal) ? <p className={styles.facts}>{COPY.recognition} <b>{timeline.recognition}</b></p> : null}
          <div ref={hands} className={styles.row}>
            <Button onClick={() => void read()} aria-expanded={whole !== null}>{whole ? SENT.hide : SENT.read}</Button>
            <Button onClick={() => void putBack()}>{SENT.restore}</Button>
            <Button onClick={() => setAsking(true)}>{SENT.recall}</Button>
          </div>
          <Told>{asking ? <Note intent="info" saying={{ what: SENT.recallAsk, next: '' }}><Button size="small" onClick={() => void recall()}>{SENT.recall}</Button><Button size="small" onClick={answered}>{SAY.notNow}</Button></Note> : null}
          {recalled ? <Section title={SENT.recall}><ul className={styles.list}>{recalled.recipients.map((r) => <li key={r.address}><b>{r.address}</b>: {r.reason.text}</li>)}</ul></Section> : null}</Told>
          <Held id={id} held={timeline.recipients.filter((r) => r.status === 'held').length} companion={companion} recall={recall} />
          {whole ? <Whole content={whole.content} html={whole.html} companion={companion} /> : null}
          <Section title={SAY.timeline}><Timeline timeline={timeline} hands={(recipient) => <><Stayed files={recipient.kept ?? []} /><Copy id={id} recipient={recipient} companion={companion} /></>} /></Section>
          <Proof id={id} companion={companion} save={save} />
        </>
      ) : note ? null : <Spinner size="small" label={SAY.starting} />}
    </>
  );
}
