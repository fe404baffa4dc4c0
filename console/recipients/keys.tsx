/** Recipients' keys: listed, added by dropping files, confirmed by a second person, removed. */
import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, Dropdown, Field, Input, Option, makeStyles, mergeClasses } from '@fluentui/react-components';
import { useMemo, useRef, useState } from 'react';
import type { RecipientKey } from '../../shared/wire/keys.ts';
import { useAll, useConsole } from '../frame/console.ts';
import { go, usePlace } from '../frame/place.ts';
import { Card, Chip, Page, Refusal, Return, Shown } from '../frame/view.tsx';
import { Table, type Column } from '../table/table.tsx';
import { isRefused, type Refused } from '../wire/call.ts';
import { named } from '../words.ts';
import { KIND, SAY, STATE, TRUST } from './words.ts';

const useStyles = makeStyles({
  drop: { display: 'flex', flexWrap: 'wrap', gap: '6px 10px', alignItems: 'center', border: '2px dashed var(--colorNeutralStroke1)', borderRadius: '10px', padding: '16px' },
  over: { border: '2px dashed var(--colorBrandStroke1)', backgroundColor: 'var(--colorBrandBackground2)' },
  soft: { color: 'var(--colorNeutralForeground3)' },
  line: { display: 'flex', flexWrap: 'wrap', gap: '8px', alignItems: 'flex-end' },
  grow: { flexGrow: 1, minWidth: 'min(240px, 100%)' },
  mono: { fontFamily: 'ui-monospace, monospace', overflowWrap: 'anywhere', userSelect: 'all' },
});

interface Dropped { readonly id: number; readonly name: string; readonly key: string; readonly address: string; readonly refused?: Refused }
const MOST = 500_000;
const ADDRESS = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/;
const when = (iso: string | undefined) => (iso === undefined ? '' : new Date(iso).toLocaleDateString(undefined, { dateStyle: 'medium' }));
const spaced = (hex: string) => hex.toUpperCase().replace(/(.{4})(?=.)/g, '$1 ');

/** Text as it is; bytes as base64. */
async function keyIn(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const text = new TextDecoder().decode(bytes);
  return text.includes('-----BEGIN') ? text : btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(''));
}

function Add({ added }: { added: () => void }) {
  const styles = useStyles();
  const { wire, tell } = useConsole();
  const [over, setOver] = useState(false);
  const [waiting, setWaiting] = useState<readonly Dropped[]>([]);
  const file = useRef<HTMLInputElement>(null);
  const next = useRef(0);
  async function take(files: FileList | null) {
    for (const f of files ?? []) {
      if (f.size > MOST) tell(SAY.tooLarge, { bad: true });
      else {
        const key = await keyIn(f);
        next.current += 1;
        const id = next.current;
        setWaiting((before) => [...before, { id, name: f.name, key, address: ADDRESS.exec(f.name.replace(/\.(?:pem|crt|cer|asc|gpg|der|p7b|p7c)$/i, ''))?.[0] ?? '' }]);
      }
    }
  }
  const change = (id: number, part: Partial<Dropped>) => setWaiting((before) => before.map((d) => (d.id === id ? { ...d, ...part } : d)));
  async function add(d: Dropped) {
    const done = await wire.call('importKey', { body: { address: d.address.trim(), key: d.key } });
    if (isRefused(done)) return change(d.id, { refused: done });
    setWaiting((before) => before.filter((x) => x.id !== d.id));
    tell(SAY.added(done.address));
    return added();
  }
  return (
    <>
      <div className={mergeClasses(styles.drop, over && styles.over)} onDragOver={(e) => { e.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)} onDrop={(e) => { e.preventDefault(); setOver(false); void take(e.dataTransfer.files); }}>
        <span>{SAY.drop}</span><Button onClick={() => file.current?.click()}>{SAY.choose}</Button><span className={styles.soft}>{SAY.kinds}</span>
        <input ref={file} type="file" multiple hidden aria-hidden="true" tabIndex={-1} onChange={(e) => { void take(e.target.files); e.target.value = ''; }} />
      </div>
      {waiting.length === 0 ? null : (
        <Card title={SAY.waiting}>
          {waiting.map((d) => (
            <div key={d.id} role="group" aria-label={d.name}>
              <div className={styles.line}>
                <Field className={styles.grow} label={`${SAY.whose} (${d.name})`}><Input type="email" value={d.address} onChange={(_, x) => change(d.id, { address: x.value })} /></Field>
                <Button appearance="primary" disabled={!ADDRESS.test(d.address)} onClick={() => void add(d)}>{SAY.add}</Button>
                <Button appearance="subtle" onClick={() => setWaiting((before) => before.filter((x) => x.id !== d.id))}>{SAY.drop_}</Button>
              </div>
              {d.refused === undefined ? null : <Refusal refused={d.refused} />}
            </div>
          ))}
        </Card>
      )}
    </>
  );
}

function Question({ what, of, onDone }: { what: 'confirm' | 'remove'; of: RecipientKey; onDone: (changed: boolean) => void }) {
  const styles = useStyles();
  const { wire, tell } = useConsole();
  const [refused, setRefused] = useState<Refused | null>(null);
  async function go_() {
    const done = await wire.call(what === 'confirm' ? 'confirmKey' : 'removeKey', { params: { id: of.id } });
    if (isRefused(done)) return setRefused(done);
    tell(what === 'confirm' ? SAY.confirmed : SAY.removed);
    return onDone(true);
  }
  return (
    <Dialog open onOpenChange={(_, { open }) => { if (!open) onDone(false); }}>
      <DialogSurface><Return /><DialogBody>
        <DialogTitle>{what === 'confirm' ? SAY.confirmTitle : SAY.removeTitle}</DialogTitle>
        <DialogContent>
          <p>{what === 'confirm' ? SAY.confirmMore : SAY.removeMore}</p>
          <p>{of.address}, {KIND[of.kind]}</p>
          <p className={styles.mono}>{spaced(of.fingerprint)}</p>
          {refused === null ? null : <Refusal refused={refused} />}
        </DialogContent>
        <DialogActions><Button onClick={() => onDone(false)}>{SAY.cancel}</Button><Button appearance="primary" onClick={() => void go_()}>{what === 'confirm' ? SAY.confirm : SAY.remove}</Button></DialogActions>
      </DialogBody></DialogSurface>
    </Dialog>
  );
}

export default function Keys() {
  const { has, session } = useConsole();
  const { query } = usePlace();
  const state = (['active', 'replaced', 'removed'] as const).find((s) => s === query.get('state')) ?? 'active';
  const { loaded, again } = useAll('keys', { state });
  const [asked, setAsked] = useState<{ readonly what: 'confirm' | 'remove'; readonly of: RecipientKey } | null>(null);
  const admin = has('system-admin');
  const columns = useMemo<readonly Column<RecipientKey>[]>(() => [
    { key: 'address', title: SAY.address, width: 'minmax(180px, 2fr)', cell: (k) => k.address, sort: (k) => k.address },
    { key: 'kind', title: SAY.kind, width: '90px', cell: (k) => KIND[k.kind], sort: (k) => k.kind },
    { key: 'state', title: SAY.state, width: '130px', cell: (k) => { const [word, tone] = STATE[k.state] ?? [k.state, 'plain']; return k.unusable === undefined ? <Chip tone={tone}>{word}</Chip> : <Chip tone="bad">{SAY.unusable}</Chip>; }, sort: (k) => k.state },
    { key: 'trust', title: SAY.trust, width: '120px', cell: (k) => named(TRUST, k.trust), sort: (k) => k.trust },
    { key: 'ends', title: SAY.ends, width: '115px', cell: (k) => when(k.expires), sort: (k) => k.expires ?? '' },
    { key: 'fingerprint', title: SAY.fingerprint, width: 'minmax(110px, 1fr)', cell: (k) => <span title={spaced(k.fingerprint)}>{spaced(k.fingerprint)}</span> },
    { key: 'do', acts: true, title: SAY.actions, width: '210px', cell: (k) => (k.state === 'active' || k.state === 'held' ? (
      <>
        {k.confirmed ? null : <Button size="small" disabledFocusable={k.importedBy === session.person.id} title={k.importedBy === session.person.id ? SAY.own : undefined} onClick={() => setAsked({ what: 'confirm', of: k })}>{SAY.confirm}</Button>}
        {admin ? <Button size="small" appearance="subtle" onClick={() => setAsked({ what: 'remove', of: k })}>{SAY.remove}</Button> : null}
      </>
    ) : null) },
  ], [admin, session.person.id]);
  return (
    <Page title={SAY.title} lead={SAY.lead} actions={(
      <Dropdown aria-label={SAY.showing} style={{ minWidth: 0, width: 140 }} value={SAY.states[state]} selectedOptions={[state]} onOptionSelect={(_, { optionValue }) => go(`keys?state=${optionValue ?? 'active'}`, { replace: true })}>
        {(['active', 'replaced', 'removed'] as const).map((s) => <Option key={s} value={s}>{SAY.states[s]}</Option>)}
      </Dropdown>
    )}>
      {admin ? <Add added={again} /> : null}
      <Shown loaded={loaded} again={again}>{({ data, whole }) => <Table label={SAY.showing} columns={columns} rows={data} whole={whole} keyOf={(k) => k.id} filter={(k) => `${k.address} ${k.fingerprint}`} empty={{ what: SAY.none, more: SAY.noneMore }} />}</Shown>
      {asked === null ? null : <Question what={asked.what} of={asked.of} onDone={(changed) => { setAsked(null); if (changed) again(); }} />}
    </Page>
  );
}
