/** The frame around every screen: mark, organization, who is signed in, the screens for their roles, and a line that says what happened. */
import { Button, Menu, MenuItem, MenuItemRadio, MenuList, MenuPopover, MenuTrigger, Toast, ToastTitle, ToastTrigger, Toaster, Link, makeStyles, mergeClasses, useToastController } from '@fluentui/react-components';
import { Suspense, createContext, lazy, useCallback, useContext, useMemo, useRef, useState, type ComponentType, type LazyExoticComponent, type MouseEvent } from 'react';
import type { ConsoleSession } from '../../shared/wire/console.ts';
import { shownTo, type Screen } from '../screens.ts';
import type { Wire } from '../wire/call.ts';
import { SAY } from '../words.ts';
import { ConsoleContext, type Console } from './console.ts';
import { useFocusKept } from './focus.ts';
import { Mark } from './mark.tsx';
import { addressOf, go, usePlace } from './place.ts';
import { Empty, Page, Refusal, plain } from './view.tsx';

const WIDE = '@media (min-width: 901px)';
const useStyles = makeStyles({
  // What lies under one is pressed through it: it stays as long as a pointer rests on it, and would cover what is wanted for as long.
  toasts: { '& div': { pointerEvents: 'none' }, '& a, & button': { pointerEvents: 'auto' } },
  all: { minHeight: '100vh', display: 'flex', flexDirection: 'column', backgroundColor: 'var(--colorNeutralBackground2)', color: 'var(--colorNeutralForeground1)' },
  skip: { position: 'absolute', left: '-999px', ':focus': { left: '8px', top: '8px', zIndex: 10, padding: '8px 12px', backgroundColor: 'var(--colorNeutralBackground1)', color: 'var(--colorNeutralForeground1)' } },
  top: { display: 'flex', alignItems: 'center', gap: '10px', padding: '8px 16px', backgroundColor: 'var(--colorNeutralBackground1)', borderBottom: '1px solid var(--colorNeutralStroke2)', position: 'sticky', top: 0, zIndex: 3, '@media (max-width: 640px)': { padding: '6px 8px' } },
  name: { fontWeight: 600, whiteSpace: 'nowrap', '@media (max-width: 480px)': { display: 'none' } },
  organisation: { color: 'var(--colorNeutralForeground3)', overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap', flexGrow: 1, minWidth: 0 },
  burger: { minWidth: 'auto', paddingLeft: '8px', paddingRight: '8px', [WIDE]: { display: 'none' } },
  body: { display: 'flex', flexGrow: 1, minWidth: 0 },
  side: { display: 'none', width: '216px', flexShrink: 0, padding: '12px 8px', borderRight: '1px solid var(--colorNeutralStroke2)', backgroundColor: 'var(--colorNeutralBackground1)', [WIDE]: { display: 'block', position: 'sticky', top: '49px', alignSelf: 'flex-start', height: 'calc(100vh - 49px)', boxSizing: 'border-box', overflowY: 'auto' } },
  sideOpen: { display: 'block', position: 'fixed', top: '49px', bottom: 0, left: 0, zIndex: 2, overflowY: 'auto', boxShadow: 'var(--shadow16)', [WIDE]: { position: 'sticky', boxShadow: 'none' } },
  group: { margin: '12px 8px 4px', fontSize: '12px', lineHeight: '16px', fontWeight: 600, color: 'var(--colorNeutralForeground3)' },
  list: { listStyleType: 'none', margin: 0, padding: 0 },
  item: { display: 'block', padding: '6px 10px', borderRadius: '6px', color: 'var(--colorNeutralForeground1)', textDecorationLine: 'none', ':hover': { backgroundColor: 'var(--colorNeutralBackground1Hover)' }, ':focus-visible': { outline: '2px solid var(--colorStrokeFocus2)' } },
  here: { backgroundColor: 'var(--colorBrandBackground2)', color: 'var(--colorBrandForeground2)', fontWeight: 600 },
  main: { flexGrow: 1, minWidth: 0, outlineStyle: 'none' },
  person: { maxWidth: '220px', '@media (max-width: 640px)': { maxWidth: '110px', minWidth: 0 } },
  cut: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
});

export type Scheme = 'system' | 'light' | 'dark';

const chunks = new Map<Screen, LazyExoticComponent<ComponentType>>();
function chunkOf(screen: Screen): LazyExoticComponent<ComponentType> {
  const known = chunks.get(screen) ?? lazy(() => screen.load().catch(() => {
    // The next look asks for it anew.
    chunks.delete(screen);
    return { default: () => <Unloaded title={screen.title} /> };
  }));
  chunks.set(screen, known);
  return known;
}

const Again = createContext(() => {});
function Unloaded({ title }: { title: string }) {
  return <Page title={title}><Refusal refused={{ kind: 'refused', code: 'offline' }} again={useContext(Again)} /></Page>;
}

function Places({ screens, here, onGo }: { screens: readonly Screen[]; here: string; onGo: () => void }) {
  const styles = useStyles();
  const groups = [...new Set(screens.map((s) => s.group))];
  return groups.map((group) => (
    <div key={group}>
      <h2 className={styles.group}>{group}</h2>
      <ul className={styles.list}>
        {screens.filter((s) => s.group === group).map(({ path, title }) => (
          <li key={path}>
            <a href={addressOf(path)} className={mergeClasses(styles.item, path === here && styles.here)} aria-current={path === here ? 'page' : undefined}
              onClick={(e: MouseEvent) => { if (plain(e)) { e.preventDefault(); onGo(); go(path); } }}>{title}</a>
          </li>
        ))}
      </ul>
    </div>
  ));
}

export function Frame({ session, wire, night, scheme, onScheme, onSignOut }: { session: ConsoleSession; wire: Wire; night: boolean; scheme: Scheme; onScheme: (scheme: Scheme) => void; onSignOut: () => void }) {
  const styles = useStyles();
  const place = usePlace();
  const [open, setOpen] = useState(false);
  const { dispatchToast } = useToastController('console');
  const content = useRef<HTMLElement>(null);
  const [round, setRound] = useState(0);
  const again = useCallback(() => setRound((n) => n + 1), []);
  useFocusKept(content);
  const screens = useMemo(() => shownTo(session.person.roles), [session]);
  // Whoever has no overview begins with what they have.
  const screen = screens.find((s) => s.path === place.screen) ?? (place.screen === '' ? screens[0] : undefined);
  const Shown = screen === undefined ? null : chunkOf(screen);
  const known = useMemo<Console>(() => ({
    session, wire, night,
    tell: (sentence, { bad = false, undo } = {}) => dispatchToast(
      <Toast><ToastTitle {...(undo === undefined ? {} : { action: <ToastTrigger><Link onClick={undo}>Undo</Link></ToastTrigger> })}>{sentence}</ToastTitle></Toast>,
      { intent: bad ? 'error' : 'success', timeout: undo === undefined ? 5_000 : 30_000 },
    ),
  }), [session, wire, night, dispatchToast]);
  return (
    <ConsoleContext value={known}>
      <div className={styles.all}>
        <a className={styles.skip} href="#content">{SAY.skip}</a>
        <header className={styles.top}>
          <Button className={styles.burger} appearance="subtle" aria-expanded={open} aria-controls="places" onClick={() => setOpen(!open)}>{SAY.menu}</Button>
          <Mark />
          <span className={styles.name}>{SAY.product}</span>
          <span className={styles.organisation}>{session.organisation}</span>
          <Menu checkedValues={{ scheme: [scheme] }} onCheckedValueChange={(_, { checkedItems }) => onScheme((checkedItems[0] ?? 'system') as Scheme)}>
            <MenuTrigger disableButtonEnhancement><Button appearance="subtle" className={styles.person}><span className={styles.cut}>{session.person.name}</span></Button></MenuTrigger>
            <MenuPopover>
              <MenuList>
                {(['system', 'light', 'dark'] as const).map((s) => <MenuItemRadio key={s} name="scheme" value={s}>{`${SAY.theme}: ${SAY.themes[s]}`}</MenuItemRadio>)}
                <MenuItem onClick={onSignOut}>{SAY.signOut}</MenuItem>
              </MenuList>
            </MenuPopover>
          </Menu>
        </header>
        <div className={styles.body}>
          {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
          <nav id="places" aria-label={SAY.places} className={mergeClasses(styles.side, open && styles.sideOpen)} onKeyDown={(e) => { if (e.key === 'Escape') setOpen(false); }}>
            <Places screens={screens} here={screen?.path ?? ''} onGo={() => setOpen(false)} />
          </nav>
          <main ref={content} id="content" tabIndex={-1} className={styles.main}>
            {Shown === null
              ? <Page title={screens.length === 0 ? SAY.noRoles : SAY.nothingHere}><Empty what="" more={screens.length === 0 ? SAY.noRolesMore : SAY.nothingHereMore} /></Page>
              : <Again value={again}><Suspense><Shown key={`${screen?.path}/${round}`} /></Suspense></Again>}
            <Toaster inline toasterId="console" position="bottom-end" className={styles.toasts} />
          </main>
        </div>
      </div>
    </ConsoleContext>
  );
}

