/** Everybody who has signed in with their roles and where these come from; giving one is a proposal, taking one away holds at once. Shared mailboxes beneath. */
import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, Dropdown, Field, Input, Option, makeStyles } from '@fluentui/react-components';
import { useState } from 'react';
import { ASSIGNABLE, FORBIDDEN, type KnownPerson } from '../../shared/wire/people.ts';
import { useAll, useConsole } from '../frame/console.ts';
import { go, usePlace } from '../frame/place.ts';
import { Chip, Page, Refusal, Return, Shown } from '../frame/view.tsx';
import { Table, type Column } from '../table/table.tsx';
import { isRefused, type Refused } from '../wire/call.ts';
import { Mailboxes } from './mailboxes.tsx';
import { roleOf, SAY as ALL } from './words.ts';

const SAY = ALL.people;
const useStyles = makeStyles({
  line: { display: 'flex', flexWrap: 'wrap', gap: '8px', alignItems: 'flex-end' },
  list: { listStyleType: 'none', margin: '0 0 12px', padding: 0, display: 'flex', flexDirection: 'column', gap: '8px' },
  item: { display: 'flex', flexWrap: 'wrap', gap: '8px', alignItems: 'center' },
  grow: { flexGrow: 1, minWidth: 'min(220px, 100%)' },
  soft: { color: 'var(--colorNeutralForeground3)', fontSize: '12px', flexGrow: 1 },
});
const day = (iso: string) => new Date(iso).toLocaleDateString(undefined, { dateStyle: 'medium' });
const rolesOf = (p: KnownPerson) => p.roles.map(roleOf).join(', ');

function Roles({ of: shown, onDone }: { of: KnownPerson; onDone: (changed: boolean) => void }) {
  const styles = useStyles();
  const { wire, tell, has, session } = useConsole();
  const [refused, setRefused] = useState<Refused | null>(null);
  const [role, setRole] = useState('');
  const [cover, setCover] = useState(shown.cover ?? '');
  const [admin, privacy] = [has('system-admin'), has('privacy-officer')];
  const has_ = [...shown.roles, ...shown.conflict];
  const free = ASSIGNABLE.filter((r) => !has_.includes(r) && !FORBIDDEN.some(([a, b]) => (r === a && has_.includes(b)) || (r === b && has_.includes(a))));
  async function act(call: Promise<unknown>, sentence: string) {
    const done = await call;
    if (isRefused(done)) return setRefused(done);
    tell(sentence);
    return onDone(true);
  }
  return (
    <Dialog open onOpenChange={(_, { open }) => { if (!open) onDone(false); }}>
      <DialogSurface><Return /><DialogBody>
        <DialogTitle>{shown.name || shown.address || shown.id}</DialogTitle>
        <DialogContent>
          <ul className={styles.list}>
            {[...has_, ...shown.taken.filter((r) => !has_.includes(r))].map((r) => (
              <li key={r} className={styles.item}>
                <strong>{roleOf(r)}</strong>{shown.conflict.includes(r) ? <Chip tone="bad">{SAY.conflict}</Chip> : null}
                <span className={styles.soft}>{shown.taken.includes(r) ? SAY.removed : shown.assigned.includes(r) ? SAY.assigned : SAY.claimed}</span>
                {(admin || privacy) && !shown.taken.includes(r) && r !== 'api-client' ? <Button size="small" disabledFocusable={shown.id === session.person.id} title={shown.id === session.person.id ? SAY.self : undefined} aria-label={`${SAY.take}: ${roleOf(r)}`} onClick={() => void act(wire.call('takeRole', { params: { person: shown.id, role: r } }), SAY.taken)}>{SAY.take}</Button> : null}
              </li>
            ))}
          </ul>
          {admin && shown.active ? (
            <div className={styles.line}>
              <Field className={styles.grow} label={SAY.give}><Dropdown value={role === '' ? '' : roleOf(role)} selectedOptions={[role]} onOptionSelect={(_, { optionValue }) => setRole(optionValue ?? '')}>{free.map((r) => <Option key={r} value={r}>{roleOf(r)}</Option>)}</Dropdown></Field>
              <Button appearance="primary" disabled={role === ''} onClick={() => void act(wire.call('assignRole', { params: { person: shown.id }, body: { role: role as (typeof ASSIGNABLE)[number] } }), ALL.proposed)}>{SAY.propose}</Button>
            </div>
          ) : null}
          {privacy ? (
            <div className={styles.line}>
              <Field className={styles.grow} label={SAY.cover} hint={SAY.coverMore}><Input type="email" value={cover} onChange={(_, { value }) => setCover(value)} /></Field>
              <Button disabled={cover.trim() === (shown.cover ?? '')} onClick={() => void act(wire.call('cover', { params: { person: shown.id }, body: { address: cover.trim() === '' ? null : cover.trim() } }), SAY.saved)}>{SAY.save}</Button>
            </div>
          ) : null}
          {refused === null ? null : <Refusal refused={refused} />}
        </DialogContent>
        <DialogActions><Button onClick={() => onDone(false)}>{SAY.close}</Button></DialogActions>
      </DialogBody></DialogSurface>
    </Dialog>
  );
}

export default function People() {
  const { loaded, again } = useAll('people');
  const [shown] = usePlace().rest;
  const columns: readonly Column<KnownPerson>[] = [
    { key: 'name', title: SAY.name, width: 'minmax(180px, 1fr)', cell: (p) => p.name || p.id, sort: (p) => p.name },
    { key: 'address', title: SAY.address, width: 'minmax(200px, 1fr)', cell: (p) => p.address, sort: (p) => p.address },
    { key: 'roles', title: SAY.roles, width: 'minmax(260px, 2fr)', cell: (p) => (!p.active ? <Chip>{SAY.left}</Chip> : p.conflict.length > 0 ? <Chip tone="bad">{SAY.conflict}</Chip> : <span title={rolesOf(p)}>{rolesOf(p) || SAY.noRoles}</span>), sort: rolesOf },
    { key: 'seen', title: SAY.seen, width: '140px', cell: (p) => day(p.seen), sort: (p) => p.seen },
    { key: 'do', acts: true, title: SAY.more, width: '110px', cell: (p) => <Button size="small" aria-label={`${SAY.open}: ${p.name}`} onClick={() => go(`people/${p.id}`)}>{SAY.open}</Button> },
  ];
  return (
    <Page title={SAY.title} lead={SAY.lead}>
      <Shown loaded={loaded} again={again}>{({ data: everybody, whole }) => {
        const open = everybody.find((p) => p.id === shown);
        return (
          <>
            <Table label={SAY.title} columns={columns} rows={everybody} whole={whole} keyOf={(p) => p.id} filter={(p) => `${p.name} ${p.address} ${p.id} ${rolesOf(p)}`} empty={{ what: ALL.none }} />
            <Mailboxes everybody={everybody} />
            {open === undefined ? null : <Roles key={open.id} of={open} onDone={(changed) => { go('people'); if (changed) again(); }} />}
          </>
        );
      }}</Shown>
    </Page>
  );
}
