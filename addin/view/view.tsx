/**
 * The pieces both screens are made of: a card with a heading and its "?", a banner, a note, times as a person says them.
 * Colours and sizes come from Fluent's CSS variables, so that light, dark and high contrast need nothing else.
 */
import { Button, MessageBar, MessageBarActions, MessageBarBody, MessageBarTitle, makeStyles, mergeClasses } from '@fluentui/react-components';
import { QuestionCircle16Regular } from '@fluentui/react-icons/svg/question-circle';
import { useId, useState, type ReactNode } from 'react';
import { SAY, saying, type Saying } from '../words.ts';

/** Where little more than the button would fit (WCAG 2.2 §1.4.10, at 200 % and more), the pane scrolls as a whole. */
export const SHORT = '@media (max-height: 420px)';

const useStyles = makeStyles({
  card: {
    backgroundColor: 'var(--colorNeutralBackground1)', border: '1px solid var(--colorNeutralStroke2)', borderRadius: '10px',
    padding: '12px 14px', display: 'flex', flexDirection: 'column', gap: '8px',
  },
  head: { display: 'flex', alignItems: 'center', gap: '4px', minHeight: '24px' },
  title: { margin: 0, fontSize: '14px', lineHeight: '20px', fontWeight: 600, flexGrow: 1 },
  aside: { fontSize: '12px', color: 'var(--colorNeutralForeground3)' },
  help: { minWidth: '24px', maxWidth: '24px', height: '24px', padding: 0, color: 'var(--colorNeutralForeground3)' },
  explanation: {
    margin: 0, fontSize: '12px', lineHeight: '17px', color: 'var(--colorNeutralForeground2)', backgroundColor: 'var(--colorNeutralBackground3)',
    borderRadius: '6px', padding: '8px 10px',
  },
  // The border is there for forced colours, which take the background away.
  banner: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '4px 12px', padding: '13px', border: '1px solid transparent', borderRadius: '12px' },
  text: { flex: '1 1 120px', minWidth: 0 },
  disc: { width: '40px', height: '40px', borderRadius: '50%', display: 'flex', alignItems: 'center', justifyContent: 'center', flexShrink: 0, fontSize: '22px' },
  what: { margin: 0, fontSize: '16px', lineHeight: '22px', fontWeight: 600, outlineStyle: 'none' },
  // As if it were not there: what is within stands in the column around it, and is not pressed together.
  told: { display: 'contents', '& > *': { flexShrink: 0 } },
  titled: { display: 'block' },
  alone: { fontWeight: 400 },
  next: { margin: 0, fontSize: '13px', lineHeight: '18px', color: 'var(--colorNeutralForeground2)' },
  calm: { backgroundColor: 'var(--colorNeutralBackground1)', border: '1px solid var(--colorNeutralStroke2)' },
  brand: { backgroundColor: 'var(--colorBrandBackground2)' },
  good: { backgroundColor: 'var(--colorPaletteGreenBackground1)' },
  bad: { backgroundColor: 'var(--colorPaletteRedBackground1)' },
  care: { backgroundColor: 'var(--colorPaletteYellowBackground1)' },
  calmDisc: { backgroundColor: 'var(--colorNeutralBackground3)', color: 'var(--colorNeutralForeground2)' },
  brandDisc: { backgroundColor: 'var(--colorBrandBackground)', color: '#fff' },
  goodDisc: { backgroundColor: 'var(--colorPaletteGreenBackground3)', color: '#fff' },
  badDisc: { backgroundColor: 'var(--colorPaletteRedBackground3)', color: '#fff' },
  careDisc: { backgroundColor: 'var(--colorPaletteMarigoldBackground3)', color: '#1b1a19' },
});

const useChip = makeStyles({
  chip: { display: 'inline-block', flexShrink: 0, fontSize: '12px', lineHeight: '18px', fontWeight: 600, padding: '0 8px', borderRadius: '10px' },
  strong: { backgroundColor: 'var(--colorBrandBackground2)', color: 'var(--colorBrandForeground2)' },
  soft: { backgroundColor: 'var(--colorNeutralBackground3)', color: 'var(--colorNeutralForeground2)' },
});

export function Chip({ strong = false, children }: { strong?: boolean; children: ReactNode }) {
  const styles = useChip();
  return <span className={mergeClasses(styles.chip, strong ? styles.strong : styles.soft)}>{children}</span>;
}

export type Tone = 'calm' | 'brand' | 'good' | 'bad' | 'care';

export function Section({ title, help, aside, children }: { title: string; help?: string; aside?: string; children: ReactNode }) {
  const styles = useStyles();
  const id = useId();
  const [open, setOpen] = useState(false);
  return (
    <section className={styles.card} aria-labelledby={id}>
      <div className={styles.head}>
        <h2 id={id} className={styles.title}>{title}</h2>
        {aside ? <span className={styles.aside}>{aside}</span> : null}
        {help ? (
          <Button appearance="transparent" className={styles.help} icon={<QuestionCircle16Regular />} aria-label={`${SAY.help}: ${title}`} aria-expanded={open}
            aria-controls={`${id}-help`} onClick={() => setOpen(!open)} />
        ) : null}
      </div>
      {help ? <p id={`${id}-help`} className={styles.explanation} hidden={!open}>{help}</p> : null}
      {children}
    </section>
  );
}

/** The one thing the pane has to say now. `focused` moves the reader there when the whole screen has changed. */
export function Banner({ tone, icon, saying, focused = false, children }: { tone: Tone; icon: ReactNode; saying: Saying; focused?: boolean; children?: ReactNode }) {
  const styles = useStyles();
  return (
    <div className={mergeClasses(styles.banner, styles[tone])}>
      <div className={mergeClasses(styles.disc, styles[`${tone}Disc`])} aria-hidden="true">{icon}</div>
      <div className={styles.text}>
        <h1 className={styles.what} tabIndex={-1} ref={(it) => { if (focused && it && document.activeElement !== it && !it.dataset['met']) { it.dataset['met'] = '1'; it.focus(); } }}>{saying.what}</h1>
        {saying.next ? <p className={styles.next}>{saying.next}</p> : null}
        {children}
      </div>
    </div>
  );
}

/** What comes and goes within is said by a screen reader as it comes. Stands before what it will hold, or nothing is said. */
export function Told({ children }: { children: ReactNode }) {
  return <div aria-live="polite" className={useStyles().told}>{children}</div>;
}

export function Note({ intent, saying, children }: { intent: 'info' | 'success' | 'warning' | 'error'; saying: Saying; children?: ReactNode }) {
  const styles = useStyles();
  return (
    <MessageBar intent={intent} layout="multiline">
      <MessageBarBody><MessageBarTitle className={saying.next ? styles.titled : styles.alone}>{saying.what}</MessageBarTitle> {saying.next}</MessageBarBody>
      {children ? <MessageBarActions>{children}</MessageBarActions> : null}
    </MessageBar>
  );
}

/** In place of a part of the pane that could not be fetched. */
export function Unloaded() {
  return <Note intent="warning" saying={saying('offline')} />;
}

/** RFC 3339 → the author's own clock; today's times without the day. */
export function timeOf(written: string): string {
  const time = new Date(written);
  const clock = time.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  return time.toDateString() === new Date().toDateString() ? clock : `${time.toLocaleDateString([], { day: 'numeric', month: 'short' })}, ${clock}`;
}

/** A date without a time: the last day, in UTC as the service counts. */
export function dayOf(written: string): string {
  return new Date(written).toLocaleDateString([], { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
}

export function sizeOf(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
