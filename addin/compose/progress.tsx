/** A hand-over under way, and how it ended. The current step is spoken politely; a screen that changed as a whole takes the focus to its heading. */
import { Button, ProgressBar, Spinner, makeStyles, mergeClasses } from '@fluentui/react-components';
import { CheckmarkCircle16Filled } from '@fluentui/react-icons/svg/checkmark-circle';
import { ShieldCheckmark24Regular } from '@fluentui/react-icons/svg/shield-checkmark';
import { Warning24Regular } from '@fluentui/react-icons/svg/warning';
import { useEffect } from 'react';
import type { Accepted } from '../../shared/wire/handoff.ts';
import type { MessageTimeline } from '../../shared/wire/timeline.ts';
import type { Companion } from '../companion/companion.ts';
import type { Handoff, Left } from '../handoff/handoff.ts';
import { GOING } from '../handoff/words.ts';
import { Timeline } from '../sent/timeline.tsx';
import { Waits, type Waiting } from '../sent/waits.tsx';
import { WAITS } from '../sent/words.ts';
import { Banner, Note, Section, dayOf, sizeOf, timeOf } from '../view/view.tsx';
import { SAY, saying } from '../words.ts';
import type { Desk } from './desk.ts';
import { Recipients } from './recipients.tsx';
import type { Screen } from './screen.ts';

const useStyles = makeStyles({
  steps: { margin: 0, padding: 0, listStyle: 'none', display: 'flex', flexDirection: 'column', gap: '10px', fontSize: '13px', lineHeight: '18px' },
  step: { display: 'flex', alignItems: 'center', gap: '10px', color: 'var(--colorNeutralForeground3)' },
  now: { color: 'var(--colorNeutralForeground1)', fontWeight: 600 },
  past: { color: 'var(--colorNeutralForeground1)' },
  dot: { width: '18px', display: 'flex', justifyContent: 'center', flexShrink: 0 },
  tick: { color: 'var(--colorPaletteGreenForeground1)', display: 'inline-flex' },
  small: { width: '6px', height: '6px', borderRadius: '50%', backgroundColor: 'var(--colorNeutralStroke1)' },
  files: { margin: '8px 0 2px', padding: '0 0 0 28px', listStyle: 'none', display: 'flex', flexDirection: 'column', gap: '8px', fontSize: '12px', lineHeight: '16px' },
  file: { display: 'flex', justifyContent: 'space-between', gap: '8px', marginBottom: '3px', '& span:first-child': { overflowWrap: 'anywhere' }, '& span:last-child': { color: 'var(--colorNeutralForeground3)', whiteSpace: 'nowrap' } },
  facts: { margin: '6px 0 0', fontSize: '12px', lineHeight: '17px', color: 'var(--colorNeutralForeground2)', overflowWrap: 'anywhere', userSelect: 'text' },
  row: { display: 'flex', gap: '8px', flexWrap: 'wrap' },
});

const STEPS = ['saving', 'reading', 'uploading', 'committing', 'closing'] as const;
type StepName = (typeof STEPS)[number];

function stepOf(at: Handoff['at']): StepName {
  if (at === 'stamping') return 'saving';
  if (at === 'staging') return 'uploading';
  if (at === 'asking') return 'committing';
  if (at === 'comparing' || at === 'scrubbing') return 'closing';
  return at as StepName;
}

function Files({ handoff }: { handoff: Extract<Handoff, { shot: unknown }> }) {
  const styles = useStyles();
  const seen = new Set<string>();
  const parts = handoff.shot.parts.filter((p) => !seen.has(p.sha256) && seen.add(p.sha256));
  return (
    <ul className={styles.files} aria-label={SAY.attachments}>
      {parts.map((part) => {
        const sent = part.there ? part.size : Math.min(part.sent, part.size);
        return (
          <li key={part.sha256}>
            <div className={styles.file}><span>{part.filename}</span><span>{part.there ? sizeOf(part.size) : `${sizeOf(sent)} ${GOING.bytes} ${sizeOf(part.size)}`}</span></div>
            <ProgressBar aria-label={part.filename} value={part.size === 0 ? 1 : sent / part.size} color={part.there ? 'success' : 'brand'} thickness="medium" />
          </li>
        );
      })}
    </ul>
  );
}

export function Sending({ handoff }: { handoff: Handoff }) {
  const styles = useStyles();
  const now = STEPS.indexOf(stepOf(handoff.at));
  const checking = handoff.at === 'asking';
  const committed = now === STEPS.indexOf('closing');
  return (
    <>
      <Banner focused tone="brand" icon={<Spinner size="extra-small" appearance="inverted" />} saying={checking ? SAY.checking : { what: committed ? SAY.handed : SAY.sending, next: GOING.leave }} />
      <Section title={GOING.progress}>
        <ol className={styles.steps}>
          {STEPS.map((step, i) => (
            <li key={step}>
              <div className={mergeClasses(styles.step, i === now && styles.now, i < now && styles.past)} aria-current={i === now ? 'step' : undefined}>
                <span className={styles.dot} aria-hidden="true">
                  {i < now ? <span className={styles.tick}><CheckmarkCircle16Filled /></span> : i === now ? <Spinner size="extra-tiny" /> : <span className={styles.small} />}
                </span>
                {checking && i === now ? SAY.steps.asking : SAY.steps[step]}
              </div>
              {step === 'uploading' && 'shot' in handoff && handoff.shot.parts.length > 0 && !committed ? <Files handoff={handoff} /> : null}
            </li>
          ))}
        </ol>
      </Section>
    </>
  );
}

function leftSaying(left: Left): { intent: 'info' | 'warning'; what: string; next: string } | null {
  if (left === 'closed') return null;
  if (left === 'open') return { intent: 'info', what: GOING.openStill, next: '' };
  if (left === 'manual') return { intent: 'info', what: GOING.closeIt, next: '' };
  if (left === 'kept') return { intent: 'info', what: GOING.keptIt, next: '' };
  if (left === 'item-gone') return { intent: 'warning', what: GOING.leftIt, next: '' };
  return { intent: 'warning', ...saying(left) };
}

function Receipt({ accepted, waits, back }: { accepted: Accepted; waits: Waiting | undefined; back: boolean }) {
  const styles = useStyles();
  return (
    <Banner focused tone={waits || back ? 'brand' : 'good'} icon={<ShieldCheckmark24Regular />} saying={{ what: back ? WAITS.back : waits ? WAITS.heading[waits.for] : SAY.sent, next: `${timeOf(accepted.receipt.acceptedAt)} · ${SAY.kept} ${dayOf(accepted.retention.until)} (${accepted.retention.name})` }}>
      <p className={styles.facts}>{SAY.receipt} {accepted.id}</p>
    </Banner>
  );
}

/** What it waits for; until the service's first word of it, what the plan said. */
function waitingOf({ timeline, plan }: Screen, { id, receipt }: Accepted): Waiting | undefined {
  if (timeline?.id === id) return timeline.waits;
  if (plan.at !== 'shown') return undefined;
  const { decision, hold } = plan.plan;
  if (decision === 'approve') return { for: 'approval', until: '' };
  return hold ? { for: 'time', until: new Date(Date.parse(receipt.acceptedAt) + hold * 60_000).toISOString() } : undefined;
}

export function Ended({ screen, desk, companion }: { screen: Screen; desk: Desk; companion: Companion }) {
  const styles = useStyles();
  const { handoff, timeline, reading } = screen;
  const closing = handoff.at === 'closing';
  useEffect(() => {
    const stop = (event: KeyboardEvent) => { if (closing && event.key === 'Escape') desk.decide('author-keeps'); };
    addEventListener('keydown', stop);
    return () => removeEventListener('keydown', stop);
  }, [closing, desk]);
  // Time to think again is none where the window goes first.
  const thinks = handoff.at === 'closing' && waitingOf(screen, handoff.accepted)?.for === 'time';
  useEffect(() => { if (thinks) desk.decide('author-keeps'); }, [thinks, desk]);
  if (handoff.at === 'spent') {
    return (
      <>
        <Banner focused tone="care" icon={<Warning24Regular />} saying={{ what: SAY.spent(timeOf(handoff.accepted.receipt.acceptedAt)), next: GOING.spentThen }} />
        <div className={styles.row}>
          <Button appearance="primary" onClick={() => desk.sendAsNew()}>{SAY.asNew}</Button>
          <Button onClick={() => desk.decide('dismiss')}>{SAY.notNow}</Button>
        </div>
        {reading && screen.plan.at === 'shown' ? <Recipients reading={reading} plan={screen.plan.plan} waiting={false} /> : null}
      </>
    );
  }
  if (handoff.at !== 'closing' && handoff.at !== 'sent' && handoff.at !== 'changed') return null;
  const left = handoff.at === 'sent' ? leftSaying(handoff.left) : null;
  const { accepted } = handoff;
  const waits = waitingOf(screen, accepted);
  return (
    <>
      <Receipt accepted={accepted} waits={waits} back={timeline?.id === accepted.id && timeline.recipients.every((r) => r.status === 'recalled')} />
      <Waits id={accepted.id} waits={waits} companion={companion} stay={() => { if (closing) desk.decide('author-keeps'); }} />
      {handoff.at === 'changed' ? (
        <>
          <Note intent="warning" saying={GOING.changed} />
          <div className={styles.row}>
            <Button appearance="primary" onClick={() => desk.decide('author-keeps')}>{GOING.keep}</Button>
            <Button onClick={() => desk.decide('author-clears')}>{GOING.clear}</Button>
          </div>
        </>
      ) : null}
      {handoff.at === 'closing' ? <Note intent="info" saying={{ what: GOING.closing, next: '' }}><Button size="small" onClick={() => desk.decide('author-keeps')}>{GOING.stay}</Button><Button size="small" onClick={() => desk.decide('author-closes')}>{GOING.closeNow}</Button></Note> : null}
      {left && handoff.at === 'sent' ? <Note intent={left.intent} saying={left}>{handoff.left === 'open' ? <Button size="small" onClick={() => desk.decide('author-closes')}>{GOING.closeNow}</Button> : null}</Note> : null}
      <Section title={SAY.timeline}><Timeline timeline={timeline ?? promised(accepted, waits)} /></Section>
      {handoff.at === 'sent' && !['open', 'manual', 'closed'].includes(handoff.left) ? <div className={styles.row}><Button onClick={() => desk.decide('dismiss')}>{SAY.done}</Button></div> : null}
    </>
  );
}

/** Until the service's first word: what it promised. */
function promised(accepted: Accepted, waits: Waiting | undefined): MessageTimeline {
  const recipients = accepted.recipients.map((r) => ({ address: r.address, role: r.role, protection: r.protection, planned: r.protection, status: 'queued' as const, events: [] }));
  return { id: accepted.id, subject: '', from: '', acceptedAt: accepted.receipt.acceptedAt, receipt: accepted.receipt, retention: accepted.retention, ...(waits ? { waits } : {}), recipients };
}
