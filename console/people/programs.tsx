/** Programs that call with a key: proposed with the routes they need, given keys that are shown once, ended. */
import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, Dropdown, Field, Input, Option, makeStyles } from '@fluentui/react-components';
import { useState } from 'react';
import type { Client } from '../../shared/wire/people.ts';
import { ENDPOINTS, type Endpoint, type StaffRole } from '../../shared/wire/wire.ts';
import { useAnswer, useConsole } from '../frame/console.ts';
import { Card, Chip, Page, Refusal, Return, Shown } from '../frame/view.tsx';
import { Table, type Column } from '../table/table.tsx';
import { isRefused, type Refused } from '../wire/call.ts';
import { roleOf, SAY as ALL } from './words.ts';

const SAY = ALL.programs;
const PROGRAM_ROLES = ['api-client', 'auditor'] as const;
const useStyles = makeStyles({
  line: { display: 'flex', flexWrap: 'wrap', gap: '8px', alignItems: 'flex-end' },
  grow: { flexGrow: 1, minWidth: 'min(200px, 100%)' },
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: '8px' },
  item: { display: 'flex', flexWrap: 'wrap', gap: '4px 12px', alignItems: 'center', justifyContent: 'space-between' },
  mono: { fontFamily: 'ui-monospace, monospace', overflowWrap: 'anywhere', userSelect: 'all' },
});
const day = (iso: string | null | undefined) => (iso ? new Date(iso).toLocaleDateString(undefined, { dateStyle: 'medium' }) : SAY.never);
const exposed = (c: Client) => running(c).some((k) => k.exposed !== null);
const routesOf = (role: StaffRole) => Object.entries<Endpoint>(ENDPOINTS).filter(([, { who, stepUp }]) => who !== 'public' && stepUp !== true && who.includes(role));
const lastUse = (c: Client) => c.keys.reduce((last, k) => ((k.used ?? '') > last ? k.used ?? '' : last), '');
const running = (c: Client) => c.keys.filter((k) => k.ended === null && Date.parse(k.expires) > Date.now());

function Propose({ done: proposed }: { done: () => void }) {
  const styles = useStyles();
  const { wire, tell } = useConsole();
  const [name, setName] = useState('');
  const [role, setRole] = useState<(typeof PROGRAM_ROLES)[number]>('api-client');
  const [scopes, setScopes] = useState<readonly string[]>(['send', 'message']);
  const [addresses, setAddresses] = useState('');
  const [refused, setRefused] = useState<Refused | null>(null);
  async function propose() {
    const done = await wire.call('createClient', { body: { name: name.trim(), role, scopes: [...scopes], addresses: addresses.split(/[\s,;]+/).filter((a) => a !== '') } });
    if (isRefused(done)) return setRefused(done);
    setRefused(null); setName(''); setAddresses('');
    tell(ALL.proposed);
    return proposed();
  }
  return (
    <Card title={SAY.add}>
      <div className={styles.line}>
        <Field className={styles.grow} label={SAY.name}><Input value={name} maxLength={80} onChange={(_, { value }) => setName(value)} /></Field>
        <Field label={SAY.role}><Dropdown style={{ minWidth: 0, width: 160 }} value={roleOf(role)} selectedOptions={[role]} onOptionSelect={(_, { optionValue }) => { setRole(optionValue as typeof role); setScopes([]); }}>{PROGRAM_ROLES.map((r) => <Option key={r} value={r}>{roleOf(r)}</Option>)}</Dropdown></Field>
        <Field className={styles.grow} label={SAY.routes}><Dropdown multiselect style={{ minWidth: 0 }} placeholder={SAY.pick} value={scopes.join(', ')} selectedOptions={[...scopes]} onOptionSelect={(_, { selectedOptions }) => setScopes(selectedOptions)}>{routesOf(role).map(([route, { summary }]) => <Option key={route} value={route} text={route}>{`${route}: ${summary}`}</Option>)}</Dropdown></Field>
        {role === 'api-client' ? <Field className={styles.grow} label={SAY.addresses}><Input value={addresses} onChange={(_, { value }) => setAddresses(value)} /></Field> : null}
        <Button appearance="primary" disabled={name.trim() === '' || scopes.length === 0} onClick={() => void propose()}>{SAY.propose}</Button>
      </div>
      {refused === null ? null : <Refusal refused={refused} />}
    </Card>
  );
}

/** One that was copied is ended without the others. */
function Keys({ of: shown, onClose, onEnded }: { of: Client; onClose: () => void; onEnded: () => void }) {
  const styles = useStyles();
  const { wire, tell } = useConsole();
  const [refused, setRefused] = useState<Refused | null>(null);
  async function end(key: string) {
    const done = await wire.call('endKey', { params: { client: shown.id, key } });
    if (isRefused(done)) return setRefused(done);
    tell(SAY.keyEnded);
    return onEnded();
  }
  return (
    <Dialog open onOpenChange={(_, { open }) => { if (!open) onClose(); }}><DialogSurface><Return /><DialogBody>
      <DialogTitle>{`${SAY.keys}: ${shown.name}`}</DialogTitle>
      <DialogContent>
        {running(shown).length === 0 ? <p>{SAY.noKeys}</p> : (
          <ul className={styles.list}>
            {running(shown).map((k) => (
              <li key={k.id} className={styles.item}>
                <span><span className={styles.mono}>{k.id}</span><br />{`${SAY.until} ${day(k.expires)} · ${SAY.used} ${day(k.used)}`}</span>
                <Button size="small" aria-label={`${SAY.end}: ${k.id}`} onClick={() => void end(k.id)}>{SAY.end}</Button>
              </li>
            ))}
          </ul>
        )}
        {refused === null ? null : <Refusal refused={refused} />}
      </DialogContent>
      <DialogActions><Button onClick={onClose}>{ALL.people.close}</Button></DialogActions>
    </DialogBody></DialogSurface></Dialog>
  );
}

export default function Programs() {
  const styles = useStyles();
  const { wire, tell, has } = useConsole();
  const { loaded, again } = useAnswer('clients');
  const [secret, setSecret] = useState<{ readonly secret: string; readonly expires: string; readonly soon: boolean } | null>(null);
  const [ending, setEnding] = useState<Client | null>(null);
  const [keysOf, setKeysOf] = useState<Client | null>(null);
  const [refused, setRefused] = useState<Refused | null>(null);
  const [admin, ends] = [has('system-admin'), has('system-admin', 'privacy-officer')];
  async function issue(c: Client) {
    const key = await wire.call('issueKey', { params: { client: c.id }, body: exposed(c) ? { overlap: 1 } : {} });
    if (isRefused(key)) return setRefused(key);
    setRefused(null);
    return setSecret({ ...key, soon: exposed(c) });
  }
  async function end(c: Client) {
    setEnding(null);
    const done = await wire.call('endClient', { params: { client: c.id } });
    if (isRefused(done)) return setRefused(done);
    tell(SAY.endDone);
    return again();
  }
  const columns: readonly Column<Client>[] = [
    { key: 'name', title: SAY.name, width: 'minmax(140px, 1fr)', cell: (c) => c.name, sort: (c) => c.name },
    { key: 'role', title: SAY.role, width: '120px', cell: (c) => roleOf(c.role), sort: (c) => c.role },
    { key: 'routes', title: SAY.routes, width: 'minmax(160px, 2fr)', cell: (c) => <span title={c.scopes.join(', ')}>{c.scopes.join(', ')}</span> },
    { key: 'keys', title: SAY.keys, width: 'minmax(150px, 1fr)', cell: (c) => (c.ended !== null ? <Chip>{SAY.ended}</Chip> : <>{exposed(c) ? <Chip tone="care">{SAY.exposed}</Chip> : null} {running(c).map((k) => `${SAY.until} ${day(k.expires)}`).join(', ')}</>), sort: (c) => running(c).length },
    { key: 'used', title: SAY.used, width: '130px', cell: (c) => day(lastUse(c)), sort: lastUse },
    { key: 'do', acts: true, title: ALL.people.more, width: '240px', cell: (c) => (c.ended !== null ? null : (
      <>
        {admin ? <Button size="small" aria-label={`${SAY.issue}: ${c.name}`} onClick={() => void issue(c)}>{SAY.issue}</Button> : null}
        {ends ? <Button size="small" appearance="subtle" aria-label={`${SAY.keys}: ${c.name}`} onClick={() => setKeysOf(c)}>{SAY.keys}</Button> : null}
        {ends ? <Button size="small" appearance="subtle" aria-label={`${SAY.end}: ${c.name}`} onClick={() => setEnding(c)}>{SAY.end}</Button> : null}
      </>
    )) },
  ];
  return (
    <Page title={SAY.title} lead={SAY.lead}>
      {refused === null ? null : <Refusal refused={refused} />}
      <Shown loaded={loaded} again={again}>{({ data }) => <Table label={SAY.title} columns={columns} rows={data} keyOf={(c) => c.id} filter={(c) => `${c.name} ${c.scopes.join(' ')}`} empty={{ what: SAY.none, more: SAY.noneMore }} />}</Shown>
      {admin ? <Propose done={again} /> : null}
      {secret === null ? null : (
        <Dialog open modalType="alert"><DialogSurface><Return /><DialogBody>
          <DialogTitle>{SAY.once}</DialogTitle>
          <DialogContent><p>{secret.soon ? SAY.onceSoon : SAY.onceMore}</p><p className={styles.mono}>{secret.secret}</p><p>{`${SAY.until} ${day(secret.expires)}`}</p></DialogContent>
          <DialogActions><Button onClick={() => { void navigator.clipboard.writeText(secret.secret).then(() => tell(SAY.copied)); }}>{SAY.copy}</Button><Button appearance="primary" onClick={() => { setSecret(null); again(); }}>{SAY.close}</Button></DialogActions>
        </DialogBody></DialogSurface></Dialog>
      )}
      {keysOf === null ? null : <Keys of={keysOf} onClose={() => setKeysOf(null)} onEnded={() => { setKeysOf(null); again(); }} />}
      {ending === null ? null : (
        <Dialog open onOpenChange={(_, { open }) => { if (!open) setEnding(null); }}><DialogSurface><Return /><DialogBody>
          <DialogTitle>{SAY.endAll}</DialogTitle>
          <DialogContent><p>{ending.name}</p><p>{SAY.endMore}</p></DialogContent>
          <DialogActions><Button onClick={() => setEnding(null)}>{ALL.cancel}</Button><Button appearance="primary" onClick={() => void end(ending)}>{SAY.end}</Button></DialogActions>
        </DialogBody></DialogSurface></Dialog>
      )}
    </Page>
  );
}
