/**
 * The screen beside a draft: what was found, how each recipient gets it, how long it is kept, one button. It shows a `Screen` and passes on what the
 * author does; it decides nothing, and never calls Outlook or the service itself.
 */
import { Button, Spinner, makeStyles } from '@fluentui/react-components';
import { MailRead24Regular } from '@fluentui/react-icons/svg/mail-read';
import { PlugDisconnected24Regular } from '@fluentui/react-icons/svg/plug-disconnected';
import { ShieldCheckmark24Regular } from '@fluentui/react-icons/svg/shield-checkmark';
import { Warning24Regular } from '@fluentui/react-icons/svg/warning';
import { Suspense, lazy, useEffect, useRef, useState, type ReactNode } from 'react';
import type { VerdictLevel } from '../../shared/scan/scan.ts';
import type { Companion } from '../companion/companion.ts';
import { busy } from '../handoff/handoff.ts';
import type { Wish } from '../handoff/carry.ts';
import type { Reading } from '../outlook/outlook.ts';
import { Banner, Note, SHORT, Told, Unloaded, timeOf, type Tone } from '../view/view.tsx';
import { LEVELS, SAY, SENSITIVE, saying } from '../words.ts';
import type { Desk } from './desk.ts';
import { Findings, type Excerpts } from './findings.tsx';
import { Recipients, Retention } from './recipients.tsx';
import { about, decisionOf, empty, readiness, type Screen } from './screen.ts';

const useStyles = makeStyles({
  scroll: { flexGrow: 1, overflowY: 'auto', padding: '12px', display: 'flex', flexDirection: 'column', gap: '12px', minHeight: 0, outlineStyle: 'none', '& > *': { flexShrink: 0 }, [SHORT]: { overflowY: 'visible' } },
  foot: { padding: '12px', borderTop: '1px solid var(--colorNeutralStroke2)', backgroundColor: 'var(--colorNeutralBackground1)', display: 'flex', flexDirection: 'column', gap: '8px' },
  // Not yet is no reason to be hard to read.
  send: { width: '100%', minHeight: '40px', fontSize: '15px', '@media (forced-colors: none)': { '&[aria-disabled="true"], &[aria-disabled="true"]:hover': { color: 'var(--colorNeutralForeground3)' } } },
  // As high with words as without: nothing moves under the pointer.
  why: { margin: 0, minHeight: '17px', fontSize: '12px', lineHeight: '17px', color: 'var(--colorNeutralForeground2)', textAlign: 'center' },
  more: {
    '& summary': { cursor: 'pointer', fontSize: '13px', fontWeight: 600, padding: '2px 4px', color: 'var(--colorNeutralForeground2)', width: 'fit-content', borderRadius: '4px' },
    '& summary:focus-visible': { outline: '2px solid var(--colorStrokeFocus2)' },
    '& > div': { marginTop: '8px', display: 'flex', flexDirection: 'column', gap: '12px' },
  },
});

/** What follows the click is fetched once the pane stands, so that it is there by then. */
const progress = () => import(/* webpackChunkName: "progress" */ './progress.tsx');
const Sending = lazy(() => progress().then(({ Sending: view }) => ({ default: view }), () => ({ default: Unloaded })));
const Ended = lazy(() => progress().then(({ Ended: view }) => ({ default: view }), () => ({ default: Unloaded })));
const Wishes = lazy(() => import(/* webpackChunkName: "wishes" */ '../wishes/wishes.tsx').catch(() => ({ default: Unloaded })));

const TONES: { readonly [L in VerdictLevel]: Tone } = { none: 'good', pii: 'calm', medium: 'brand', high: 'brand', bulk: 'care', unscannable: 'care' };

function Verdict({ screen }: { screen: Screen }) {
  if (!screen.reading) return <Banner tone="calm" icon={<Spinner size="extra-small" />} saying={screen.unread ? saying(screen.unread) : { what: SAY.starting, next: SAY.scanning.next }} />;
  if (empty(screen)) return <Banner tone="calm" icon={<MailRead24Regular />} saying={SAY.empty} />;
  if (!screen.scan) return <Banner tone="calm" icon={<Spinner size="extra-small" />} saying={SAY.scanning} />;
  const { level, sensitive } = screen.scan.verdict;
  // No promise beside a refusal.
  const words = screen.plan.at === 'refused' || screen.handoff.at === 'stopped' || decisionOf(screen) === 'block' ? { what: LEVELS[level].what, next: '' } : LEVELS[level];
  // Which file it is, or which kind of care, stands before the sentence.
  const unread = level === 'unscannable' ? screen.files.filter((file) => file.unscannable !== undefined).map((file) => file.filename) : [];
  const lead = [...unread.slice(0, 2), ...(unread.length > 2 ? [SAY.andMore(unread.length - 2)] : []), ...sensitive.map((s) => SENSITIVE[s])].join(', ');
  const next = lead && words.next ? `${lead}: ${words.next.charAt(0).toLowerCase()}${words.next.slice(1)}` : lead || words.next;
  const tone = TONES[level];
  return <Banner tone={tone} icon={tone === 'care' ? <Warning24Regular /> : <ShieldCheckmark24Regular />} saying={{ what: words.what, next: unread.length > 0 ? next : next.charAt(0).toUpperCase() + next.slice(1) }} />;
}

function More({ reading, ...rest }: { wishes: Wish; wish: (next: Wish) => void; reading: Reading }) {
  const styles = useStyles();
  const [open, setOpen] = useState(false);
  return (
    <details className={styles.more} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{SAY.more}</summary>
      {open ? <div><Suspense fallback={<Spinner size="tiny" />}><Wishes only="more" reading={reading} {...rest} /></Suspense></div> : null}
    </details>
  );
}

/** By the verdict above, and beside the recipient's name. */
const SAID: readonly string[] = ['warn-unscannable', 'hint-new'];

/** What stands in the way, or must be known, before the draft itself. */
function Notes({ screen, desk }: { screen: Screen; desk: Desk }) {
  const { handoff, plan } = screen;
  const decision = plan.at === 'shown' ? plan.plan.decision : 'allow';
  const bad = handoff.at === 'stopped' ? handoff : plan.at === 'refused' && plan.code !== 'offline' ? plan : null;
  const code = bad?.code ?? null;
  const name = bad ? about(screen, bad.code, bad.index) : null;
  const hollow = (screen.reading?.files ?? []).filter((file) => file.kind !== 'cloud' && file.size === 0).map((file) => file.filename);
  const why = plan.at === 'shown' && decision !== 'allow' ? plan.plan.reasons.filter((r) => !r.code.startsWith('need-') && !SAID.includes(r.code) && !r.code.startsWith('notice-')).map((r) => r.text).join(' ') : '';
  return (
    <Told>
      {screen.setup ? <Note intent="error" saying={saying(screen.setup)} /> : null}
      {!screen.reached ? <Note intent="warning" saying={screen.scan && !screen.scanning && ['none', 'pii'].includes(screen.scan.verdict.level) ? { what: saying('offline').what, next: SAY.cleanOffline } : saying('offline')} /> : null}
      {screen.stale ? <Note intent="warning" saying={SAY.stale} /> : null}
      {screen.signIn ? <Note intent="info" saying={saying(screen.signIn)}><Button size="small" onClick={() => void desk.signIn()}>{SAY.signIn}</Button></Note> : null}
      {code && code !== screen.signIn && !(code === 'offline' && !screen.reached) ? (
        <Note intent="error" saying={name ? { what: saying(code).what, next: `${SAY.thatIs} ${name}. ${saying(code).next}` } : saying(code)}>{plan.at === 'refused' ? <Button size="small" onClick={() => desk.again()}>{SAY.retry}</Button> : null}</Note>
      ) : null}
      {handoff.at === 'replanned' ? <Note intent="warning" saying={SAY.changedPlan} /> : null}
      {screen.led && handoff.at === 'idle' ? <Note intent="info" saying={{ what: SAY.led, next: '' }} /> : null}
      {screen.earlier && handoff.at === 'idle' ? <Note intent="warning" saying={{ what: SAY.spent(timeOf(screen.earlier)), next: SAY.earlier }} /> : null}
      {hollow.length > 0 ? <Note intent="warning" saying={{ what: SAY.hollow(hollow), next: SAY.hollowThen }} /> : null}
      {screen.resume ? <Note intent="info" saying={{ what: SAY.resume, next: SAY.resumeHint }} /> : null}
      {why ? <Note intent={decision === 'block' ? 'error' : decision === 'hint' ? 'info' : 'warning'} saying={{ what: decision === 'block' ? SAY.blocked : decision === 'hint' ? SAY.hint : decision === 'approve' ? SAY.needsApproval : SAY.warning, next: why }} /> : null}
      {plan.at === 'shown' && plan.plan.hold && decision !== 'block' ? <Note intent="info" saying={{ what: SAY.hold(plan.plan.hold), next: '' }} /> : null}
    </Told>
  );
}

function Foot({ screen, desk }: { screen: Screen; desk: Desk }) {
  const styles = useStyles();
  const { ready, why } = readiness(screen);
  const { plan, handoff } = screen;
  const decision = plan.at === 'shown' ? plan.plan.decision : 'allow';
  const replanned = handoff.at === 'replanned';
  const label = replanned ? SAY.agree : screen.resume ? SAY.resume : handoff.at === 'stopped' ? SAY.retry : screen.earlier ? SAY.asNew : decision === 'approve' ? SAY.approve : decision === 'warn' ? SAY.sendAnyway : SAY.send;
  // Said in full above.
  const noted = why === 'offline' || why === screen.signIn || why === screen.setup || plan.at === 'refused' || decision === 'block';
  const quiet = why === null || why === 'reading' || why === 'plan-missing' || why === 'no-recipients' && empty(screen);
  return (
    <footer className={styles.foot}>
      {decision === 'justify' ? (
        <Suspense fallback={<Spinner size="tiny" />}><Wishes only="justification" wishes={screen.wishes} wish={desk.wish} reading={screen.reading} /></Suspense>
      ) : null}
      <Button appearance="primary" size="large" className={styles.send} disabledFocusable={!ready} aria-describedby="send-why" onClick={() => { if (ready) (replanned ? desk.agree : desk.send)(); }}>{label}</Button>
      {replanned ? <Button onClick={() => desk.decide('author-keeps')}>{SAY.notNow}</Button> : null}
      <p id="send-why" className={styles.why}>{!quiet && why ? (noted ? saying(why).what : `${saying(why).what} ${saying(why).next}`) : why === 'plan-missing' ? SAY.planning : ''}</p>
    </footer>
  );
}

function Page({ children }: { children: ReactNode }) {
  const styles = useStyles();
  return <main className={styles.scroll} tabIndex={-1}>{children}</main>;
}

export function Compose({ screen, desk, companion, excerpt }: { screen: Screen; desk: Desk; companion: Companion; excerpt: Excerpts | null }) {
  const { place, handoff, reading, plan } = screen;
  useEffect(() => { progress().catch(() => undefined); }, []);
  const was = useRef(handoff.at);
  useEffect(() => {
    // A button that went away with its screen leaves the keyboard nowhere: it goes on from the top of the next one.
    if (was.current !== handoff.at && document.hasFocus() && document.activeElement === document.body) document.querySelector('main')?.focus();
    was.current = handoff.at;
  }, [handoff.at]);
  if (place === 'outside' || place === 'nothing') return <Page><Banner tone="calm" icon={<PlugDisconnected24Regular />} saying={SAY[place]} /></Page>;
  if (place === 'read') return <Page><Banner tone="calm" icon={<MailRead24Regular />} saying={SAY.onlyRead} /></Page>;
  if (busy(handoff) && handoff.at !== 'closing') return <Page><Suspense fallback={<Spinner size="small" />}><Sending handoff={handoff} /></Suspense></Page>;
  if (handoff.at === 'closing' || handoff.at === 'sent' || handoff.at === 'changed' || handoff.at === 'spent') return <Page><Suspense fallback={<Spinner size="small" />}><Ended screen={screen} desk={desk} companion={companion} /></Suspense></Page>;
  const shown = plan.at === 'shown' ? plan.plan : plan.at === 'asking' ? plan.former : null;
  const blank = empty(screen);
  // The author's own name and the signature identify no patient.
  const meant = screen.scan?.findings.filter((f) => f.whose === undefined) ?? [];
  return (
    <>
      <Page>
        <Verdict screen={screen} />
        <Notes screen={screen} desk={desk} />
        {reading && !blank ? <Recipients reading={reading} plan={shown} waiting={plan.at === 'asking'} apart={async (addresses) => (await desk.draft()?.apart(addresses)) === null} /> : null}
        {reading && meant.length > 0 && !blank ? <Findings findings={meant} reading={reading} files={screen.files} excerpt={excerpt} dispute={desk.dispute} /> : null}
        {shown && !blank ? <Retention retention={shown.retention} /> : null}
        {reading && !blank ? <More wishes={screen.wishes} wish={desk.wish} reading={reading} /> : null}
      </Page>
      <Foot screen={screen} desk={desk} />
    </>
  );
}
