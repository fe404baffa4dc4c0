/** One recipient, looked up by address: wishes and requirements to be read and recorded; and the list of addresses not to be written to. */
import { Button, Field, Input, makeStyles } from '@fluentui/react-components';
import { useCallback, useMemo, useState, type FormEvent } from 'react';
import type { RecipientState } from '../../shared/wire/contact.ts';
import type { SuppressionState } from '../../shared/wire/suppression.ts';
import { useAll, useConsole } from '../frame/console.ts';
import { Card, Chip, Page, Refusal, Shown } from '../frame/view.tsx';
import { Table, type Column } from '../table/table.tsx';
import { isRefused, type Refused } from '../wire/call.ts';
import { Choice } from './choice.tsx';
import { SecurePage } from './secure.tsx';
import { CHANNELS, LANGUAGES, NEEDS, PREFERS, REASONS, SAY } from './wishes.words.ts';

const useStyles = makeStyles({
  line: { display: 'flex', flexWrap: 'wrap', gap: '8px', alignItems: 'flex-end' },
  grow: { flexGrow: 1, minWidth: 'min(240px, 100%)' },
  facts: { display: 'grid', gridTemplateColumns: 'auto 1fr', gap: '4px 14px', margin: 0, '& dt': { color: 'var(--colorNeutralForeground3)' }, '& dd': { margin: 0, overflowWrap: 'anywhere' } },
  soft: { margin: 0, color: 'var(--colorNeutralForeground3)' },
});
const day = (iso: string | null): string => (iso === null ? SAY.lifted : new Date(iso).toLocaleDateString(undefined, { dateStyle: 'medium' }));
type Wish = { readonly prefers: string } | { readonly need: string };

function Known({ state, changed, suppressed }: { state: RecipientState; changed: () => void; suppressed: () => void }) {
  const styles = useStyles();
  const { wire, tell } = useConsole();
  const [refused, setRefused] = useState<Refused | null>(null);
  const { address } = state;
  const key = (k: RecipientState['smime']) => (k === null ? SAY.noKey : `${k.trust}${k.unusable === null ? '' : `, ${SAY.unusable}`}`);
  async function record(wish: Wish, before: Wish | null): Promise<void> {
    setRefused(null);
    const done = await ('prefers' in wish ? wire.call('prefer', { body: { address, prefers: (wish.prefers || null) as RecipientState['prefers'] } }) : wire.call('require', { body: { address, need: (wish.need || null) as RecipientState['need'] } }));
    if (isRefused(done)) return setRefused(done);
    tell(before === null ? SAY.undone : SAY.saved, before === null ? {} : { undo: () => void record(before, null) });
    return changed();
  }
  async function put(): Promise<void> {
    const done = await wire.call('suppress', { body: { address, reason: 'asked' } });
    if (isRefused(done)) return setRefused(done);
    tell(SAY.putDone(address));
    changed();
    return suppressed();
  }
  return (
    <Card title={SAY.known(address)}>
      <dl className={styles.facts}>
        {state.internal ? <><dt>{SAY.internal}</dt><dd>✓</dd></> : null}
        <dt>{SAY.language}</dt><dd>{state.language === null ? SAY.none : LANGUAGES[state.language]}</dd>
        <dt>{SAY.phone}</dt><dd>{state.phone ? SAY.yes : SAY.no}</dd>
        <dt>{SAY.channel}</dt><dd>{CHANNELS[state.channel]}</dd>
        <dt>{SAY.smime}</dt><dd>{key(state.smime)}</dd>
        <dt>{SAY.pgp}</dt><dd>{key(state.pgp)}</dd>
        <dt>{SAY.suppressed}</dt><dd>{state.suppressed === null ? SAY.no : <Chip tone="care">{REASONS[state.suppressed]}</Chip>}</dd>
      </dl>
      <div className={styles.line}>
        <Choice label={SAY.prefers} of={PREFERS} value={state.prefers ?? ''} onChange={(prefers) => void record({ prefers }, { prefers: state.prefers ?? '' })} />
        <Choice label={SAY.need} of={NEEDS} value={state.need ?? ''} onChange={(need) => void record({ need }, { need: state.need ?? '' })} />
        {state.suppressed === null ? <Button onClick={() => void put()}>{SAY.put}</Button> : null}
      </div>
      {refused === null ? null : <Refusal refused={refused} />}
    </Card>
  );
}

function NotToBeWrittenTo({ loaded, again, changed }: ReturnType<typeof useAll<'suppressions'>> & { readonly changed: () => void }) {
  const styles = useStyles();
  const { wire, tell } = useConsole();
  const [refused, setRefused] = useState<Refused | null>(null);
  const off = useCallback(async (one: SuppressionState) => {
    const done = await wire.call('unsuppress', { params: { id: one.id } });
    if (isRefused(done)) return setRefused(done);
    const back = async () => { await wire.call('suppress', { body: { address: one.address, reason: one.reason } }); again(); changed(); };
    tell(SAY.taken(one.address), { undo: () => void back() });
    again();
    return changed();
  }, [wire, tell, again, changed]);
  const columns = useMemo<readonly Column<SuppressionState>[]>(() => [
    { key: 'address', title: SAY.address, width: 'minmax(220px, 2fr)', cell: (s) => s.address, sort: (s) => s.address },
    { key: 'reason', title: SAY.reason, width: '150px', cell: (s) => REASONS[s.reason] ?? s.reason, sort: (s) => s.reason },
    { key: 'since', title: SAY.since, width: '140px', cell: (s) => day(s.since), sort: (s) => s.since },
    { key: 'until', title: SAY.until, width: '160px', cell: (s) => day(s.until), sort: (s) => s.until ?? '9' },
    { key: 'do', acts: true, title: SAY.actions, width: '170px', cell: (s) => <Button size="small" onClick={() => void off(s)}>{SAY.off}</Button> },
  ], [off]);
  return (
    <Card title={SAY.list}>
      <p className={styles.soft}>{SAY.listMore}</p>
      {refused === null ? null : <Refusal refused={refused} />}
      <Shown loaded={loaded} again={again}>{({ data, whole }) => <Table label={SAY.list} columns={columns} rows={data} whole={whole} keyOf={(s) => s.id} filter={(s) => s.address} empty={{ what: SAY.empty }} />}</Shown>
    </Card>
  );
}

export default function Wishes() {
  const styles = useStyles();
  const { wire } = useConsole();
  const [address, setAddress] = useState('');
  const [state, setState] = useState<RecipientState | Refused | null>(null);
  const list = useAll('suppressions');
  // In the body, never in the address: a link would carry whose it is.
  const look = useCallback(async (whose: string) => { setState(await wire.call('recipient', { body: { address: whose } })); }, [wire]);
  const fits = /^\S+@\S+\.\S+$/.test(address.trim());
  const shown = state !== null && !isRefused(state) ? state : null;
  return (
    <Page title={SAY.title} lead={SAY.lead}>
      <form className={styles.line} onSubmit={(e: FormEvent) => { e.preventDefault(); if (fits) void look(address.trim()); }}>
        <Field className={styles.grow} label={SAY.address} {...(address.trim() !== '' && !fits ? { validationMessage: SAY.bad, validationState: 'none' as const } : {})}><Input type="text" inputMode="email" autoComplete="off" value={address} onChange={(_, d) => setAddress(d.value)} /></Field>
        <Button type="submit" appearance="primary" disabled={!fits}>{SAY.look}</Button>
      </form>
      {state !== null && isRefused(state) ? <Refusal refused={state} /> : null}
      {shown === null ? null : <Known state={shown} changed={() => void look(shown.address)} suppressed={list.again} />}
      {shown === null ? null : <SecurePage key={shown.address} state={shown} changed={() => void look(shown.address)} />}
      <NotToBeWrittenTo {...list} changed={() => { if (shown !== null) void look(shown.address); }} />
    </Page>
  );
}
