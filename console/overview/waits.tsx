/** What waits for the word of whoever looks at it: messages, versions of the rules, changes, keys. Each is decided on its own screen. */
import { makeStyles } from '@fluentui/react-components';
import { useAll, useAnswer, useConsole, type All, type Loaded } from '../frame/console.ts';
import { Card, Go } from '../frame/view.tsx';
import { SAY } from './words.ts';

const useStyles = makeStyles({
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: '6px' },
  soft: { margin: 0, color: 'var(--colorNeutralForeground3)' },
});

const counted = <T,>(loaded: Loaded<T>, count: (value: T) => number): number => (loaded.at === 'shown' ? count(loaded.value) : 0);

export function Waits({ keys }: { keys: Loaded<All<'keys'>> }) {
  const styles = useStyles();
  const { session: { person }, has } = useConsole();
  const messages = useAll('approvals').loaded;
  const versions = useAll(has('policy-approver') ? 'policies' : null).loaded;
  const changes = useAnswer(has('system-admin', 'policy-approver', 'privacy-officer') ? 'changes' : null).loaded;
  const waiting = ([
    ['approvals', SAY.waitMessages, counted(messages, ({ data }) => data.filter((m) => !m.own).length)],
    ['policy', SAY.waitVersions, counted(versions, ({ data }) => data.filter((v) => v.state === 'submitted' && v.author !== person.id).length)],
    ['changes', SAY.waitChanges, counted(changes, ({ data }) => data.filter((c) => c.state === 'waiting' && !c.own).length)],
    // A key that was found counts as it is; one that somebody handed in, and another than the one on file, ask for a word.
    ['keys', SAY.waitKeys, counted(keys, ({ data }) => data.filter((k) => !k.confirmed && k.importedBy !== person.id && (k.state === 'held' || (k.state === 'active' && k.importedBy !== undefined))).length)],
  ] as const).filter(([, , n]) => n > 0);
  return (
    <Card title={SAY.waits}>
      {waiting.length === 0 ? <p className={styles.soft}>{[messages, versions, changes, keys].some(({ at }) => at === 'refused') ? SAY.waitsUnknown : SAY.alertsEmpty}</p> : (
        <ul className={styles.list}>{waiting.map(([to, words, n]) => <li key={to}><Go to={to}>{words(n)}</Go></li>)}</ul>
      )}
    </Card>
  );
}
