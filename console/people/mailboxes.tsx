/** Shared mailboxes and who use them: a group of the directory, or people by name. To share is a proposal; to end it holds at once. */
import { Button, Combobox, Field, Input, Option, Radio, RadioGroup, makeStyles } from '@fluentui/react-components';
import { useState } from 'react';
import type { KnownPerson, Mailbox } from '../../shared/wire/people.ts';
import { useAnswer, useConsole } from '../frame/console.ts';
import { Card, Refusal, Shown } from '../frame/view.tsx';
import { Table, type Column } from '../table/table.tsx';
import { isRefused, type Refused } from '../wire/call.ts';
import { SAY as ALL } from './words.ts';

const SAY = ALL.mailboxes;
const useStyles = makeStyles({
  chosen: { listStyleType: 'none', margin: 0, padding: 0, display: 'flex', flexWrap: 'wrap', gap: '6px' },
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
  const members = (m: Mailbox) => (m.group === null ? m.people.map((id) => { const p = everybody.find((one) => one.id === id); return p ? nameOf(p) : id; }).sort((a, b) => a.localeCompare(b)).join(', ') : `${SAY.group}: ${m.group}`);
  const columns: readonly Column<Mailbox>[] = [
    { key: 'address', title: SAY.address, width: 'minmax(200px, 1fr)', cell: (m) => m.address, sort: (m) => m.address },
    { key: 'who', title: SAY.who, width: 'minmax(220px, 2fr)', cell: (m) => <span title={members(m)}>{members(m)}</span>, sort: members },
    ...(admin || has('privacy-officer') ? [{ key: 'do', acts: true, title: SAY.end, width: '150px', cell: (m: Mailbox) => <Button size="small" aria-label={`${SAY.unshare}: ${m.address}`} onClick={() => void unshare(m.id)}>{SAY.unshare}</Button> }] : []),
  ];
  return (
    <Card title={SAY.title}>
      <Shown loaded={loaded} again={again}>{({ data }) => <Table label={SAY.title} columns={columns} rows={data} keyOf={(m) => m.id} filter={(m) => `${m.address} ${members(m)}`} height={320} empty={{ what: SAY.none, more: SAY.more }} />}</Shown>
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
