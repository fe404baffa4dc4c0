/** Shared mailboxes and who use them: a group of the directory, or people by name. To share is a proposal; to end it holds at once. */
import { Button, Combobox, Field, Input, Option, Radio, RadioGroup, makeStyles } from '@fluentui/react-components';
import { useState } from 'react';
import type { KnownPerson } from '../../shared/wire/people.ts';
import { useAnswer, useConsole } from '../frame/console.ts';
import { Card, Empty, Refusal, Shown } from '../frame/view.tsx';
import { isRefused, type Refused } from '../wire/call.ts';
import { SAY as ALL } from './words.ts';

const SAY = ALL.mailboxes;
const useStyles = makeStyles({
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: '8px' },
  item: { display: 'flex', flexWrap: 'wrap', gap: '4px 12px', alignItems: 'center' },
  chosen: { listStyleType: 'none', margin: 0, padding: 0, display: 'flex', flexWrap: 'wrap', gap: '6px' },
  soft: { color: 'var(--colorNeutralForeground3)', fontSize: '12px', flexGrow: 1, overflowWrap: 'anywhere' },
  form: { display: 'grid', gap: '10px', maxWidth: '640px', borderTop: '1px solid var(--colorNeutralStroke3)', paddingTop: '12px' },
  pick: { minWidth: 0, width: '100%' },
  end: { justifySelf: 'start' },
});
/** More than one looks through; whoever is not among them is found by typing on. */
const OFFERED = 50;
const nameOf = (p: KnownPerson) => p.name || p.address || p.id;

function Pick({ people, chosen, onChange }: { people: readonly KnownPerson[]; chosen: readonly string[]; onChange: (chosen: readonly string[]) => void }) {
  const styles = useStyles();
  const [typed, setTyped] = useState('');
  const wanted = typed.trim().toLowerCase();
  const found = people.filter((p) => p.active && !chosen.includes(p.id) && `${p.name} ${p.address}`.toLowerCase().includes(wanted)).slice(0, OFFERED);
  return (
    <>
      <Field label={SAY.named} hint={SAY.namedMore}>
        <Combobox className={styles.pick} freeform value={typed} selectedOptions={[]} onChange={(e) => setTyped(e.target.value)} onOptionSelect={(_, { optionValue }) => { if (optionValue && people.some((p) => p.id === optionValue)) onChange([...chosen, optionValue]); setTyped(''); }}>
          {found.map((p) => <Option key={p.id} value={p.id} text={nameOf(p)}>{p.address === '' ? nameOf(p) : `${nameOf(p)} · ${p.address}`}</Option>)}
        </Combobox>
      </Field>
      {chosen.length === 0 ? null : (
        <ul className={styles.chosen} aria-label={SAY.chosen}>
          {chosen.map((id) => { const p = people.find((one) => one.id === id); const name = p ? nameOf(p) : id; return <li key={id}><Button size="small" shape="circular" aria-label={`${SAY.leaveOut}: ${name}`} title={SAY.leaveOut} onClick={() => onChange(chosen.filter((one) => one !== id))}>{`${name} ✕`}</Button></li>; })}
        </ul>
      )}
    </>
  );
}

export function Mailboxes({ everybody }: { everybody: readonly KnownPerson[] }) {
  const styles = useStyles();
  const { wire, tell, has } = useConsole();
  const { loaded, again } = useAnswer('mailboxes');
  const [address, setAddress] = useState('');
  const [by, setBy] = useState<'group' | 'people'>('group');
  const [group, setGroup] = useState('');
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [refused, setRefused] = useState<Refused | null>(null);
  const admin = has('system-admin');
  async function share() {
    const done = await wire.call('shareMailbox', { body: { address: address.trim(), ...(by === 'group' ? { group: group.trim() } : { people: [...chosen] }) } });
    if (isRefused(done)) return setRefused(done);
    setRefused(null); setAddress(''); setGroup(''); setChosen([]);
    return tell(ALL.proposed);
  }
  async function unshare(mailbox: string) {
    const done = await wire.call('unshareMailbox', { params: { mailbox } });
    if (isRefused(done)) return setRefused(done);
    tell(SAY.unshared);
    return again();
  }
  const members = (ids: readonly string[]) => ids.map((id) => { const p = everybody.find((one) => one.id === id); return p ? nameOf(p) : id; }).sort((a, b) => a.localeCompare(b)).join(', ');
  return (
    <Card title={SAY.title}>
      <Shown loaded={loaded} again={again}>{({ data }) => (data.length === 0 ? <Empty what={SAY.none} more={SAY.more} /> : (
        <ul className={styles.list}>{data.map((m) => (
          <li key={m.id} className={styles.item}><strong>{m.address}</strong><span className={styles.soft}>{m.group === null ? members(m.people) : `${SAY.group}: ${m.group}`}</span>{admin || has('privacy-officer') ? <Button size="small" aria-label={`${SAY.unshare}: ${m.address}`} onClick={() => void unshare(m.id)}>{SAY.unshare}</Button> : null}</li>
        ))}</ul>
      ))}</Shown>
      {admin ? (
        <div className={styles.form} role="group" aria-label={SAY.share}>
          <Field label={SAY.address}><Input type="email" value={address} onChange={(_, { value }) => setAddress(value)} /></Field>
          <Field label={SAY.who}><RadioGroup layout="horizontal" value={by} onChange={(_, { value }) => setBy(value as typeof by)}><Radio value="group" label={SAY.group} /><Radio value="people" label={SAY.people} /></RadioGroup></Field>
          {by === 'group' ? <Field label={SAY.groupName}><Input value={group} maxLength={120} onChange={(_, { value }) => setGroup(value)} /></Field> : <Pick people={everybody} chosen={chosen} onChange={setChosen} />}
          {refused === null ? null : <Refusal refused={refused} />}
          <Button className={styles.end} appearance="primary" disabled={address.trim() === '' || (by === 'group' ? group.trim() === '' : chosen.length === 0)} onClick={() => void share()}>{SAY.share}</Button>
        </div>
      ) : refused === null ? null : <Refusal refused={refused} />}
    </Card>
  );
}
