/** The console: finds out who is signed in, then draws the frame. Screens come as chunks of their own. */
import { Button, FluentProvider, Spinner, makeStyles } from '@fluentui/react-components';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { createRoot } from 'react-dom/client';
import type { ConsoleSession } from '../shared/wire/console.ts';
import { Frame, type Scheme } from './frame/frame.tsx';
import { Mark } from './frame/mark.tsx';
import { addressOf, go, place } from './frame/place.ts';
import { DARK, LIGHT } from './frame/theme.ts';
import { Refusal } from './frame/view.tsx';
import { CHANNEL, VouchDialog, openVouch } from './frame/vouch.tsx';
import { isRefused, openWire, type Refused } from './wire/call.ts';
import { SAY, failedSignIn } from './words.ts';

const useStyles = makeStyles({
  door: { minHeight: '100vh', display: 'grid', placeItems: 'center', padding: '24px', boxSizing: 'border-box', backgroundColor: 'var(--colorNeutralBackground2)', color: 'var(--colorNeutralForeground1)' },
  card: { display: 'flex', flexDirection: 'column', alignItems: 'flex-start', gap: '12px', width: 'min(440px, 100%)', boxSizing: 'border-box', padding: '28px', borderRadius: '12px', backgroundColor: 'var(--colorNeutralBackground1)', border: '1px solid var(--colorNeutralStroke2)' },
  title: { margin: 0, fontSize: '22px', lineHeight: '28px', fontWeight: 600, outlineStyle: 'none' },
  soft: { margin: 0, color: 'var(--colorNeutralForeground2)' },
  row: { display: 'flex', flexWrap: 'wrap', gap: '8px' },
});

type State = { readonly at: 'asking' } | { readonly at: 'out'; readonly why: string | null } | { readonly at: 'refused'; readonly refused: Refused } | { readonly at: 'in'; readonly session: ConsoleSession };

const SCHEME = 'send-secure-scheme';
function kept(): Scheme {
  try {
    const value = localStorage.getItem(SCHEME);
    return value === 'light' || value === 'dark' ? value : 'system';
  } catch {
    return 'system';
  }
}

function Door({ why, onRetry, refused }: { why: string | null; refused?: Refused; onRetry: () => void }) {
  const styles = useStyles();
  const here = place();
  const to = ['sign-in-failed', 'signed-out', 'confirmed'].includes(here.screen) ? addressOf('') : location.pathname + location.search;
  const signIn = (how: 'plain' | 'again') => { location.assign(`/console/sign-in?how=${how}&to=${encodeURIComponent(to)}`); };
  return (
    <main className={styles.door}>
      <div className={styles.card}>
        <Mark size={40} />
        <h1 className={styles.title}>{`${SAY.product} · ${SAY.console}`}</h1>
        {refused === undefined ? null : <Refusal refused={refused} again={onRetry} />}
        <p className={styles.soft} role="status">{why ?? SAY.welcome}</p>
        {why === null ? <p className={styles.soft}>{SAY.welcomeMore}</p> : null}
        <div className={styles.row}>
          <Button appearance="primary" onClick={() => signIn(here.screen === 'signed-out' ? 'again' : 'plain')}>{why === null ? SAY.signIn : SAY.signInAgain}</Button>
          {why === null ? null : <Button onClick={() => signIn('again')}>{SAY.another}</Button>}
        </div>
      </div>
    </main>
  );
}

function Root() {
  const styles = useStyles();
  const [state, setState] = useState<State>({ at: 'asking' });
  const [scheme, setScheme] = useState<Scheme>(kept);
  const device = useMemo(() => matchMedia('(prefers-color-scheme: dark)'), []);
  const [dark, setDark] = useState(device.matches);
  const vouching = useMemo(openVouch, []);
  const wire = useMemo(() => openWire({ vouch: vouching.vouch, fetch: window.fetch.bind(window) }), [vouching]);
  useEffect(() => {
    const turn = () => setDark(device.matches);
    device.addEventListener('change', turn);
    return () => device.removeEventListener('change', turn);
  }, [device]);

  const ask = useCallback(async () => {
    const here = place();
    if (here.screen === 'sign-in-failed') return setState({ at: 'out', why: failedSignIn(here.query.get('code')) });
    const session = await wire.session();
    if (!isRefused(session)) return setState({ at: 'in', session });
    return setState(session.code === 'unauthenticated' ? { at: 'out', why: here.screen === 'signed-out' ? SAY.signedOut : null } : { at: 'refused', refused: session });
  }, [wire]);
  useEffect(() => { void ask(); }, [ask]);

  const night = scheme === 'system' ? dark : scheme === 'dark';
  const choose = (next: Scheme) => {
    setScheme(next);
    try { localStorage.setItem(SCHEME, next); } catch { /* a browser that keeps nothing: as the device, next time */ }
  };
  const signOut = async () => {
    await wire.signOut();
    go('signed-out', { replace: true });
    setState({ at: 'out', why: SAY.signedOut });
  };
  return (
    <FluentProvider theme={night ? DARK : LIGHT} style={{ colorScheme: night ? 'dark' : 'light' }}>
      {state.at === 'in' ? <Frame session={state.session} wire={wire} night={night} scheme={scheme} onScheme={choose} onSignOut={() => void signOut()} />
        : state.at === 'asking' ? <div className={styles.door}><Spinner label={SAY.loading} /></div>
          : <Door why={state.at === 'out' ? state.why : null} {...(state.at === 'refused' ? { refused: state.refused } : {})} onRetry={() => void ask()} />}
      <VouchDialog watch={vouching.watch} />
    </FluentProvider>
  );
}

function Confirmed() {
  const styles = useStyles();
  useEffect(() => {
    const channel = new BroadcastChannel(CHANNEL);
    channel.postMessage('signed-in');
    channel.close();
    window.close();
  }, []);
  return <FluentProvider theme={LIGHT}><main className={styles.door}><h1 className={styles.title}>{SAY.confirmed}</h1></main></FluentProvider>;
}

const root = document.getElementById('console');
if (root) {
  document.body.style.margin = '0';
  createRoot(root).render(place().screen === 'confirmed' ? <Confirmed /> : <Root />);
}
