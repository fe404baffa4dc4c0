/** A message of which nothing has left yet: until when, what for, and the button that takes it back. The time is said aloud, not the seconds. */
import { Button, makeStyles } from '@fluentui/react-components';
import { useEffect, useState } from 'react';
import type { MessageTimeline, Recalled } from '../../shared/wire/timeline.ts';
import type { Companion } from '../companion/companion.ts';
import { isRefused, type Refused } from '../refusal.ts';
import { Note, Told, timeOf } from '../view/view.tsx';
import { saying } from '../words.ts';
import { HELD, WAITS } from './words.ts';

const useStyles = makeStyles({
  left: { alignSelf: 'center', marginRight: '4px', fontSize: '13px', fontVariantNumeric: 'tabular-nums' },
});

/** `until` is empty before the service's first word. */
export type Waiting = NonNullable<MessageTimeline['waits']>;

/** RFC 3339 → what is left of it, minutes and seconds */
function leftUntil(until: string): string {
  const seconds = Math.max(0, Math.ceil((Date.parse(until) - Date.now()) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

function Clock({ until }: { until: string }) {
  const styles = useStyles();
  const [left, setLeft] = useState(leftUntil(until));
  useEffect(() => {
    const timer = setInterval(() => setLeft(leftUntil(until)), 1_000);
    return () => clearInterval(timer);
  }, [until]);
  return <span className={styles.left} aria-hidden="true">{left}</span>;
}

export function Waits({ id, waits, companion, stay }: { id: string; waits: Waiting | undefined; companion: Pick<Companion, 'recall'>; /** the window is needed longer */ stay?: () => void }) {
  const [got, setGot] = useState<Recalled | Refused | null>(null);
  const takeBack = async () => {
    stay?.();
    setGot(await companion.recall(id));
    document.querySelector<HTMLElement>('main h1')?.focus();
  };
  return (
    <Told>
      {got === null ? null
        : isRefused(got) ? <Note intent="error" saying={saying(got.code)} />
          : got.recipients.every((r) => r.reason.code === 'recalled') ? <Note intent="success" saying={WAITS.taken} />
            : <Note intent="info" saying={{ what: got.recipients.map((r) => `${r.address}: ${r.reason.text}`).join(' '), next: '' }} />}
      {waits && (got === null || isRefused(got)) ? (
        <Note intent="info" saying={WAITS[waits.for](waits.until && timeOf(waits.until))}>
          {waits.for === 'time' ? <Clock until={waits.until} /> : null}
          <Button size="small" onClick={() => void takeBack()}>{HELD.takeBack}</Button>
        </Note>
      ) : null}
    </Told>
  );
}
