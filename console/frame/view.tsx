/** The pieces that screens are made of: a page with its heading, a card, states that are empty, loading or refused, links inside the console. */
import { Button, Link, MessageBar, MessageBarActions, MessageBarBody, Spinner, makeStyles, mergeClasses } from '@fluentui/react-components';
import { useEffect, useId, useRef, useState, type MouseEvent, type ReactNode } from 'react';
import type { Refused } from '../wire/call.ts';
import { SAY, saying } from '../words.ts';
import type { Loaded } from './console.ts';
import { aroundOf, toHeading } from './focus.ts';
import { addressOf, go } from './place.ts';

const useStyles = makeStyles({
  page: { display: 'flex', flexDirection: 'column', gap: '16px', padding: '20px 24px 40px', maxWidth: '1280px', '@media (max-width: 640px)': { padding: '14px 12px 32px' }, minWidth: 0 },
  head: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '8px 12px' },
  title: { margin: 0, fontSize: '24px', lineHeight: '32px', fontWeight: 600, flexGrow: 1, outlineStyle: 'none', overflowWrap: 'anywhere' },
  lead: { margin: 0, color: 'var(--colorNeutralForeground2)', maxWidth: '72ch' },
  card: { backgroundColor: 'var(--colorNeutralBackground1)', border: '1px solid var(--colorNeutralStroke2)', borderRadius: '10px', padding: '14px 16px', display: 'flex', flexDirection: 'column', gap: '10px', minWidth: 0 },
  cardHead: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '8px' },
  cardTitle: { margin: 0, fontSize: '16px', lineHeight: '22px', fontWeight: 600, flexGrow: 1 },
  state: { display: 'flex', flexDirection: 'column', alignItems: 'flex-start', gap: '6px', padding: '18px 0', color: 'var(--colorNeutralForeground2)' },
  what: { margin: 0, fontWeight: 600, color: 'var(--colorNeutralForeground1)' },
  more: { margin: 0 },
  chip: { display: 'inline-block', alignSelf: 'flex-start', maxWidth: '100%', boxSizing: 'border-box', fontSize: '12px', lineHeight: '18px', fontWeight: 600, padding: '0 8px', borderRadius: '10px', backgroundColor: 'var(--colorNeutralBackground3)', color: 'var(--colorNeutralForeground2)' },
  good: { backgroundColor: 'var(--colorPaletteGreenBackground1)', color: 'var(--colorPaletteGreenForeground1)' },
  care: { backgroundColor: 'var(--colorPaletteYellowBackground1)', color: 'var(--colorNeutralForeground1)' },
  bad: { backgroundColor: 'var(--colorPaletteRedBackground1)', color: 'var(--colorPaletteRedForeground1)' },
  brand: { backgroundColor: 'var(--colorBrandBackground2)', color: 'var(--colorBrandForeground2)' },
});

/** A screen: its heading takes the focus when one comes here from another, so that a screen reader begins with it. */
export function Page({ title, lead, actions, children }: { title: string; lead?: string; actions?: ReactNode; children: ReactNode }) {
  const styles = useStyles();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · ${SAY.product}`;
    if (document.activeElement === null || document.activeElement === document.body || document.activeElement.closest('nav') !== null) heading.current?.focus({ preventScroll: true });
  }, [title]);
  return (
    <div className={styles.page}>
      <div className={styles.head}><h1 ref={heading} tabIndex={-1} className={styles.title}>{title}</h1>{actions}</div>
      {lead === undefined ? null : <p className={styles.lead}>{lead}</p>}
      {children}
    </div>
  );
}

export function Card({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  const styles = useStyles();
  const id = useId();
  return (
    <section className={styles.card} aria-labelledby={id}>
      <div className={styles.cardHead}><h2 id={id} className={styles.cardTitle}>{title}</h2>{actions}</div>
      {children}
    </section>
  );
}

export function Empty({ what, more, children }: { what: string; more?: string; children?: ReactNode }) {
  const styles = useStyles();
  return <div className={styles.state}><p className={styles.what}>{what}</p>{more === undefined ? null : <p className={styles.more}>{more}</p>}{children}</div>;
}

export function Refusal({ refused, again }: { refused: Refused; again?: () => void }) {
  return (
    <MessageBar intent="error" layout="multiline">
      <MessageBarBody>{saying(refused)}</MessageBarBody>
      {again === undefined ? null : <MessageBarActions><Button size="small" onClick={again}>{SAY.tryAgain}</Button></MessageBarActions>}
    </MessageBar>
  );
}

/** What was asked for, or why it is not here. While it is asked for again, what was there stays. */
export function Shown<T>({ loaded, again, children }: { loaded: Loaded<T>; again?: () => void; children: (value: T) => ReactNode }) {
  if (loaded.at === 'refused') return <Refusal refused={loaded.refused} {...(again === undefined ? {} : { again })} />;
  if (loaded.at === 'shown') return <>{children(loaded.value)}</>;
  return loaded.before === undefined ? <Spinner size="small" label={SAY.loading} style={{ alignSelf: 'flex-start' }} /> : <>{children(loaded.before)}</>;
}

/** In a dialog that comes and goes as a whole: what had the focus before has it again after, or, where that went away with what was done, the heading it stood under, so that whoever uses keys goes on where they were. */
export function Return() {
  const [{ before, around }] = useState(() => ({ before: document.activeElement, around: document.activeElement === null ? [] : aroundOf(document.activeElement) }));
  useEffect(() => () => {
    setTimeout(() => {
      if (!(before instanceof HTMLElement) || before === document.body || document.activeElement !== document.body) return;
      if (before.isConnected) before.focus();
      else toHeading(around);
    });
  }, [before, around]);
  return null;
}

export type Tone = 'plain' | 'good' | 'care' | 'bad' | 'brand';
export function Chip({ tone = 'plain', children }: { tone?: Tone; children: ReactNode }) {
  const styles = useStyles();
  return <span className={mergeClasses(styles.chip, tone !== 'plain' && styles[tone])}>{children}</span>;
}

/** A click that is meant for this page; with a modifier the browser opens its own. */
export const plain = (e: MouseEvent): boolean => e.button === 0 && !e.metaKey && !e.ctrlKey && !e.shiftKey && !e.altKey;

export function Go({ to, children }: { to: string; children: ReactNode }) {
  return <Link href={addressOf(to)} onClick={(e: MouseEvent) => { if (plain(e)) { e.preventDefault(); go(to); } }}>{children}</Link>;
}
