/** How the log stands, what others hold of it, and a verification that this browser does by itself. */
import { Button, MessageBar, MessageBarBody, makeStyles } from '@fluentui/react-components';
import { useState } from 'react';
import type { Integrity } from '../../shared/wire/compliance.ts';
import { useAnswer, useConsole } from '../frame/console.ts';
import { Card, Chip, Empty, Page, Shown } from '../frame/view.tsx';
import { isRefused, type Wire } from '../wire/call.ts';
import { bytesOf, goesOn, included, leafHash, openCheckpoint } from './prove.ts';
import { SAY } from './words.ts';

const useStyles = makeStyles({
  grid: { display: 'grid', gridTemplateColumns: 'repeat(auto-fill, minmax(min(400px, 100%), 1fr))', gap: '16px', alignItems: 'start' },
  facts: { display: 'grid', gridTemplateColumns: 'auto minmax(0, 1fr)', gap: '4px 14px', margin: 0, '& dt': { color: 'var(--colorNeutralForeground3)' }, '& dd': { margin: 0, fontWeight: 600, overflowWrap: 'anywhere', fontVariantNumeric: 'tabular-nums' } },
  code: { fontFamily: 'Consolas, Menlo, monospace', fontSize: '12px', overflowWrap: 'anywhere', margin: 0 },
  soft: { color: 'var(--colorNeutralForeground3)', fontSize: '13px', margin: 0, maxWidth: '72ch' },
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: '8px' },
  line: { display: 'flex', flexWrap: 'wrap', gap: '4px 8px', alignItems: 'baseline' },
});

/** Picked by chance, so that nobody can know beforehand which will be looked at; and the newest. */
const PICKED = 16;
const NEWEST = 4;
const SEEN = 'send-secure-log-seen';
const when = (iso: string | number) => new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

interface Seen { readonly note: string; readonly vkey: string; readonly at: number }
interface Step { readonly good: boolean | null; readonly says: string }

function remembered(): Seen | null {
  try { return JSON.parse(localStorage.getItem(SEEN) ?? 'null') as Seen | null; } catch { return null; }
}

async function verify(wire: Wire): Promise<readonly Step[]> {
  const log = await wire.call('integrity');
  if (isRefused(log) || log.checkpoint === null) return [{ good: null, says: SAY.unanswered }];
  const head = await openCheckpoint(log.checkpoint, log.vkey);
  if (head === 'unsupported') return [{ good: null, says: SAY.unsupported }];
  if (head === null) return [{ good: false, says: SAY.unsigned }];
  const steps: Step[] = [{ good: true, says: SAY.signed(head.size) }];

  const picked = crypto.getRandomValues(new Uint32Array(PICKED));
  const wanted = [...new Set([...[...picked].map((n) => n % head.size), ...Array.from({ length: Math.min(NEWEST, head.size) }, (_, i) => head.size - 1 - i)])];
  for (const seq of wanted) {
    const answer = await wire.call('proof', { params: { seq }, query: { size: head.size } });
    if (isRefused(answer)) return [...steps, { good: null, says: SAY.unanswered }];
    if (answer.seq !== seq || !(await included(await leafHash(answer.leaf), seq, head.size, answer.proof.map(bytesOf), head.root))) return [...steps, { good: false, says: SAY.notIncluded(seq) }];
  }
  steps.push({ good: true, says: SAY.included(wanted.length) });

  const before = remembered();
  const then = before === null ? null : await openCheckpoint(before.note, before.vkey);
  if (before !== null && then !== null && then !== 'unsupported' && then.origin === head.origin) {
    if (before.vkey !== log.vkey) steps.push({ good: null, says: SAY.otherKey });
    const between = await wire.call('consistency', { query: { from: then.size, to: head.size } });
    if (isRefused(between)) return [...steps, { good: then.size > head.size || between.code === 'not-found' ? false : null, says: then.size > head.size || between.code === 'not-found' ? SAY.forked(then.size) : SAY.unanswered }];
    if (!(await goesOn(then, head, between.proof.map(bytesOf)))) return [...steps, { good: false, says: SAY.forked(then.size) }];
    steps.push({ good: true, says: SAY.goesOn(then.size, when(before.at)) });
  } else steps.push({ good: true, says: SAY.first });
  try { localStorage.setItem(SEEN, JSON.stringify({ note: log.checkpoint, vkey: log.vkey, at: Date.now() } satisfies Seen)); } catch { /* a browser that keeps nothing has no memory to compare with */ }
  return steps;
}

function Verification() {
  const styles = useStyles();
  const { wire } = useConsole();
  const [state, setState] = useState<'idle' | 'busy' | readonly Step[]>('idle');
  const steps = typeof state === 'string' ? null : state;
  const bad = steps?.some((s) => s.good === false) === true;
  const open = steps?.some((s) => s.good === null) === true;
  return (
    <Card title={SAY.verify} actions={<Button appearance="primary" disabled={state === 'busy'} onClick={() => { setState('busy'); void verify(wire).then(setState, () => setState([{ good: null, says: SAY.unanswered }])); }}>{state === 'busy' ? SAY.verifying : SAY.verify}</Button>}>
      <p className={styles.soft}>{SAY.verifyMore}</p>
      <div role="status">
        {steps === null ? null : (
          <>
            <MessageBar intent={bad ? 'error' : open ? 'warning' : 'success'} layout="multiline"><MessageBarBody>{bad ? SAY.invalid : open ? SAY.undecided : SAY.valid}</MessageBarBody></MessageBar>
            <ul className={styles.list} aria-label={SAY.result} style={{ marginTop: 10 }}>{steps.map((s) => <li key={s.says} className={styles.line}><Chip tone={s.good === null ? 'care' : s.good ? 'good' : 'bad'}>{s.good === null ? '?' : s.good ? '✓' : '✗'}</Chip><span>{s.says}</span></li>)}</ul>
          </>
        )}
      </div>
    </Card>
  );
}

function State({ log }: { log: Integrity }) {
  const styles = useStyles();
  return (
    <Card title={SAY.state}>
      {log.broken ? <MessageBar intent="error" layout="multiline"><MessageBarBody>{SAY.broken}</MessageBarBody></MessageBar> : <Chip tone="good">{SAY.fine}</Chip>}
      <dl className={styles.facts}>
        <dt>{SAY.size}</dt><dd>{log.tree_size.toLocaleString()}</dd>
        <dt>{SAY.checkpoint}</dt><dd>{log.checkpoint_time === null ? '–' : when(log.checkpoint_time)}</dd>
        <dt>{SAY.waiting}</dt><dd>{log.lag === 0 ? SAY.nothing : SAY.milliseconds(log.lag)}</dd>
        <dt>{SAY.root}</dt><dd className={styles.code}>{log.checkpoint?.split('\n')[2] ?? '–'}</dd>
      </dl>
    </Card>
  );
}

export default function IntegrityScreen() {
  const styles = useStyles();
  const { has } = useConsole();
  const { loaded, again } = useAnswer('integrity');
  return (
    <Page title={SAY.title} lead={SAY.lead}>
      {has('compliance', 'privacy-officer', 'auditor') ? <Verification /> : null}
      <Shown loaded={loaded} again={again}>{(log) => (
        <div className={styles.grid}>
          <State log={log} />
          <Card title={SAY.anchors}>
            {log.anchors.length === 0 ? <Empty what={SAY.anchorsEmpty} more={SAY.anchorsEmptyMore} /> : (
              <ul className={styles.list}>{log.anchors.map((a) => <li key={`${a.kind}${a.name}`} className={styles.line}><Chip tone="brand">{SAY.kinds[a.kind] ?? a.kind}</Chip><span>{SAY.upTo(a.size)}</span><span className={styles.soft}>{when(a.time)}</span></li>)}</ul>
            )}
          </Card>
          <Card title={SAY.key}><p className={styles.code}>{log.vkey}</p><p className={styles.soft}>{SAY.keyMore}</p></Card>
        </div>
      )}</Shown>
    </Page>
  );
}
