/** Copies that wait for their author: why, what could be done today, and nothing is done that was not shown. */
import { Button, makeStyles } from '@fluentui/react-components';
import { useEffect, useState } from 'react';
import type { Held as HeldCopies } from '../../shared/wire/timeline.ts';
import type { Companion } from '../companion/companion.ts';
import { isRefused } from '../refusal.ts';
import { Note, Section } from '../view/view.tsx';
import { SAY, WAYS, saying, type Saying } from '../words.ts';
import { HELD, SENT } from './words.ts';

const useStyles = makeStyles({
  list: { margin: 0, padding: 0, listStyle: 'none', display: 'flex', flexDirection: 'column', gap: '14px' },
  name: { margin: 0, fontSize: '14px', lineHeight: '18px', fontWeight: 600, overflowWrap: 'anywhere' },
  line: { margin: '3px 0 0', fontSize: '12px', lineHeight: '17px', color: 'var(--colorNeutralForeground2)' },
  ways: { margin: '8px 0 0', padding: 0, listStyle: 'none', display: 'flex', flexDirection: 'column', gap: '8px', alignItems: 'flex-start', '& button': { maxWidth: '100%', whiteSpace: 'normal' } },
});

type Told = { readonly intent: 'success' | 'info' | 'error'; readonly saying: Saying };

/** `held` of the timeline: how many copies wait; looked at again whenever that changes. */
export function Held({ id, held, companion, recall }: { id: string; held: number; companion: Companion; recall: () => Promise<void> }) {
  const styles = useStyles();
  const [shown, setShown] = useState<HeldCopies | null>(null);
  const [told, setTold] = useState<Told | null>(null);
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);

  const look = async () => {
    const got = await companion.held(id);
    if (isRefused(got)) setTold({ intent: 'error', saying: saying(got.code) });
    else setShown(got);
  };
  useEffect(() => { if (held > 0) void look(); else setShown(null); }, [id, held]);

  const release = async (n: number, protection: HeldCopies['copies'][number]['protection']) => {
    if (!shown || busy) return;
    setBusy(true);
    const got = await companion.release(id, { plan: shown.digest, copies: [{ n, protection }] });
    setBusy(false);
    if (!isRefused(got)) setTold({ intent: 'success', saying: { what: HELD.released, next: '' } });
    else setTold(got.code === 'plan-changed' ? { intent: 'info', saying: { what: HELD.changed, next: '' } } : { intent: 'error', saying: saying(got.code) });
    await look();
  };

  if (held === 0 && !told) return null;
  return (
    <>
      <div role="status">{told ? <Note intent={told.intent} saying={told.saying} /> : null}</div>
      {shown && shown.copies.length > 0 ? (
        <Section title={HELD.title} help={HELD.help}>
          <ul className={styles.list}>
            {shown.copies.map((copy) => (
              <li key={copy.n}>
                <p className={styles.name}>{copy.address}</p>
                <p className={styles.line}>{copy.reason.text}</p>
                {copy.ways.length === 0 ? <p className={styles.line}>{HELD.none}</p> : null}
                <ul className={styles.ways}>
                  {copy.ways.map((way) => (
                    <li key={way.protection}>
                      <Button size="small" appearance={way === copy.ways[0] && !way.weaker ? 'primary' : 'secondary'} disabledFocusable={busy} aria-label={`${way.protection === copy.protection ? HELD.again : `${HELD.by}${WAYS[way.protection].name}`}, ${copy.address}`} onClick={() => void release(copy.n, way.protection)}>
                        {way.protection === copy.protection ? HELD.again : `${HELD.by}${WAYS[way.protection].name}`}
                      </Button>
                      <p className={styles.line}>{way.asks}{way.weaker ? ` ${HELD.weaker}` : ''}</p>
                    </li>
                  ))}
                  <li><Button size="small" appearance="subtle" aria-label={`${HELD.takeBack}, ${copy.address}`} onClick={() => setAsking(true)}>{HELD.takeBack}</Button></li>
                </ul>
              </li>
            ))}
          </ul>
          {asking ? (
            <Note intent="info" saying={{ what: SENT.recallAsk, next: HELD.takeBackAsk }}>
              <Button size="small" onClick={() => { setAsking(false); void recall(); }}>{HELD.takeBack}</Button>
              <Button size="small" onClick={() => setAsking(false)}>{SAY.notNow}</Button>
            </Note>
          ) : null}
        </Section>
      ) : null}
    </>
  );
}
