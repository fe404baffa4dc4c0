/**
 * The pane: starts Outlook, the companion and the desk, and draws what the desk knows. The scanner and MSAL come as chunks of their own,
 * after the pane stands.
 */
import { Button, FluentProvider, makeStyles, mergeClasses, type Theme } from '@fluentui/react-components';
import { Suspense, lazy, useEffect, useState, useSyncExternalStore } from 'react';
import { createRoot } from 'react-dom/client';
import { openCompanion, type Companion } from './companion/companion.ts';
import { loadConfig, type Config } from './companion/config.ts';
import { openTokens } from './companion/token.ts';
import { sendFromPane } from './companion/upload.ts';
import { Compose } from './compose/compose.tsx';
import { openDesk, type Desk } from './compose/desk.ts';
import type { Excerpts } from './compose/findings.tsx';
import { START, decisionOf, empty, type Screen } from './compose/screen.ts';
import { openExtract } from './extract/extract.ts';
import { busy } from './handoff/handoff.ts';
import { startOutlook, type Outlook } from './outlook/outlook.ts';
import { isRefused, type Refused } from './refusal.ts';
import { openRules } from './rules/rules.ts';
import { ProductMark } from './view/mark.tsx';
import { Note, SHORT, Unloaded } from './view/view.tsx';
import { LEVELS, SAY, saying } from './words.ts';

const useStyles = makeStyles({
  pane: { height: '100vh', display: 'flex', flexDirection: 'column', backgroundColor: 'var(--colorNeutralBackground2)', color: 'var(--colorNeutralForeground1)', overflow: 'hidden', overflowWrap: 'break-word', [SHORT]: { height: 'auto', minHeight: '100vh', overflow: 'visible' }, '& input[type="text"], & select': { width: '100%' } },
  head: { display: 'flex', alignItems: 'center', gap: '10px', padding: '8px 12px', backgroundColor: 'var(--colorNeutralBackground1)', borderBottom: '1px solid var(--colorNeutralStroke2)', '& svg': { flexShrink: 0 } },
  tabs: { display: 'flex', flexWrap: 'wrap', flexGrow: 1, minWidth: 0, gap: '2px', justifyContent: 'flex-end' },
  tab: {
    font: 'inherit', fontSize: '13px', lineHeight: '18px', padding: '5px 10px', border: 'none', borderRadius: '6px', cursor: 'pointer', backgroundColor: 'transparent', color: 'var(--colorNeutralForeground2)',
    ':hover': { backgroundColor: 'var(--colorNeutralBackground1Hover)' }, ':focus-visible': { outline: '2px solid var(--colorStrokeFocus2)' },
  },
  chosen: { backgroundColor: 'var(--colorBrandBackground2)', color: 'var(--colorBrandForeground2)', fontWeight: 600, '@media (forced-colors: active)': { textDecorationLine: 'underline' } },
  strips: { display: 'flex', flexDirection: 'column', gap: '4px', padding: '8px 12px 0' },
  spoken: { position: 'absolute', width: '1px', height: '1px', overflow: 'hidden', clipPath: 'inset(50%)', whiteSpace: 'nowrap' },
});

const scanner = () => import(/* webpackChunkName: "scanner" */ './compose/scanner.ts');
const SentView = lazy(() => import(/* webpackChunkName: "sent" */ './sent/sent.tsx').then((chunk) => ({ default: chunk.SentView }), () => ({ default: Unloaded })));
const wait = (ms: number) => new Promise<void>((resolve) => { setTimeout(resolve, ms); });

/** What a screen reader hears when it changes: one sentence for the state, never the draft. Notes say themselves. */
function spoken(screen: Screen): string {
  const { handoff } = screen;
  if (handoff.at === 'uploading') return SAY.steps.uploading;
  if (handoff.at === 'closing' || handoff.at === 'sent') return decisionOf(screen) === 'approve' ? SAY.needsApproval : SAY.handed;
  if (busy(handoff)) return handoff.at === 'asking' ? SAY.checking.what : SAY.sending;
  if (handoff.at === 'stopped') return SAY.stopped;
  if (decisionOf(screen) === 'justify') return saying('justification-needed').what;
  return screen.scan && !empty(screen) ? LEVELS[screen.scan.verdict.level].what : '';
}

function Others({ screen, desk }: { screen: Screen; desk: Desk }) {
  const styles = useStyles();
  if (screen.others.length === 0) return null;
  return (
    <section className={styles.strips} aria-label={SAY.others} aria-live="polite">
      {screen.others.map(({ id, at }) => {
        const done = at === 'sent' || at === 'spent' || at === 'changed';
        const stopped = at === 'stopped' || at === 'replanned';
        return (
          <Note key={id} intent={done ? 'success' : stopped ? 'warning' : 'info'} saying={{ what: done ? SAY.otherSent : stopped ? SAY.otherStopped : SAY.other, next: '' }}>
            {done || stopped ? <Button size="small" onClick={() => desk.say({ is: 'other-dismissed', id })}>{SAY.done}</Button> : null}
          </Note>
        );
      })}
    </section>
  );
}

function Pane({ desk, companion, outlook }: { desk: Desk | null; companion: Companion; outlook: Outlook | null }) {
  const styles = useStyles();
  const screen = useSyncExternalStore(desk?.subscribe ?? (() => () => {}), desk?.screen ?? (() => OUTSIDE));
  const [excerpt, setExcerpt] = useState<Excerpts | null>(null);
  useEffect(() => { void scanner().then((chunk) => setExcerpt(() => chunk.excerptOf)); }, []);
  const tab = (name: Screen['tab'], label: string) => (
    <button type="button" className={mergeClasses(styles.tab, screen.tab === name && styles.chosen)} aria-current={screen.tab === name ? 'page' : undefined} onClick={() => desk?.say({ is: 'tab', tab: name })}>{label}</button>
  );
  return (
    <div className={styles.pane}>
      <header className={styles.head}>
        <ProductMark />
        {desk ? <nav className={styles.tabs} aria-label={SAY.product}>{tab('draft', SAY.tabDraft)}{tab('sent', SAY.tabSent)}</nav> : null}
      </header>
      <div role="status" aria-live="polite" className={styles.spoken}>{spoken(screen)}</div>
      {desk ? <Others screen={screen} desk={desk} /> : null}
      {screen.tab === 'sent' && desk && outlook ? <Suspense><SentView tools={{ companion, outlook, draft: desk.draft, restored: desk.restored }} /></Suspense> : <Compose screen={screen} desk={desk as Desk} companion={companion} excerpt={excerpt} />}
    </div>
  );
}

const OUTSIDE: Screen = { ...START, place: 'outside' };

interface Themes { readonly LIGHT: Theme; readonly DARK: Theme }

function Root({ desk, companion, outlook, themes }: { desk: Desk | null; companion: Companion; outlook: Outlook | null; themes: Themes }) {
  const night = matchMedia('(prefers-color-scheme: dark)');
  const [dark, setDark] = useState(outlook?.dark() ?? night.matches);
  useEffect(() => {
    outlook?.themed(setDark);
    const turn = () => { if (outlook?.dark() === undefined || outlook?.dark() === null) setDark(night.matches); };
    night.addEventListener('change', turn);
    return () => night.removeEventListener('change', turn);
  }, [outlook]);
  return (
    <FluentProvider theme={dark ? themes.DARK : themes.LIGHT}>
      <Pane desk={desk} companion={companion} outlook={outlook} />
    </FluentProvider>
  );
}

async function start(): Promise<void> {
  const [outlook, themes] = await Promise.all([startOutlook(), import(/* webpackChunkName: "theme" */ './view/theme.ts')]);
  let known: Config | null = null;
  let desk: Desk | null = null;
  const config = async (): Promise<Config | Refused> => {
    if (known) return known;
    const loaded = await loadConfig(fetch.bind(window));
    if (isRefused(loaded)) {
      if (loaded.code !== 'offline') desk?.say({ is: 'setup-failed', code: loaded.code });
      return loaded;
    }
    known = loaded;
    desk?.say({ is: 'configured', organisation: loaded.organisation });
    // The event handler asks nobody; what it must know of us, the pane tells it beforehand.
    void outlook?.remember(loaded.ownDomains);
    return loaded;
  };
  const uuid = () => crypto.randomUUID();
  const companion = openCompanion({ origin: location.origin, send: sendFromPane, tokens: openTokens(config, wait), wait, uuid });
  if (outlook) {
    const rules = openRules({
      companion, now: Date.now, changed: () => opened.rescan(),
      load: async () => (await import(/* webpackChunkName: "rules" */ './rules/compile.ts')).compile,
    });
    const opened = openDesk({
      outlook, companion, extract: openExtract(),
      loadScan: async () => {
        const { scan } = await scanner();
        return (input) => scan(input, rules.current());
      },
      loadTraits: async () => (await scanner()).loadTraits(),
      world: { wait, uuid, visible: () => document.visibilityState === 'visible' },
    });
    desk = opened;
    // Whoever was shown a plan is signed in.
    opened.subscribe(() => { if (opened.screen().plan.at === 'shown') rules.due(); });
    rules.due();
    // The rules of the organisation, verified and kept for the event handler; a change is shown without a reload.
    void import(/* webpackChunkName: "policy" */ './policy/policy.ts').then(({ watchPolicy }) => watchPolicy({
      companion, rules: rules.answered, wait, now: Date.now, kept: () => outlook.kept('policy'), keep: (kept) => outlook.keep('policy', kept), changed: () => opened.again(), aged: (stale) => opened.say({ is: 'aged', stale }),
    }), () => undefined);
    void config();
    for (const way of ['online', 'offline']) addEventListener(way, () => companion.network(way === 'online'));
  }
  const place = document.getElementById('pane');
  if (!place) return;
  document.body.style.margin = '0';
  createRoot(place).render(<Root desk={desk} companion={companion} outlook={outlook} themes={themes} />);
}

void start();
