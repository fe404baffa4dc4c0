/** What signs for us: exchanged with the reason that is published, certificates of single addresses withdrawn. What widens nothing takes one person and a fresh sign-in. */
import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, Field, Input, Radio, RadioGroup, makeStyles } from '@fluentui/react-components';
import { useMemo, useState } from 'react';
import { useAnswer, useConsole } from '../frame/console.ts';
import { Card, Page, Refusal, Return, Shown } from '../frame/view.tsx';
import { Table, type Column } from '../table/table.tsx';
import { isRefused, type Refused, type Value } from '../wire/call.ts';
import { SAY } from './own.words.ts';

const useStyles = makeStyles({
  line: { display: 'flex', flexWrap: 'wrap', gap: '6px 12px', alignItems: 'center' },
  foot: { display: 'flex', flexWrap: 'wrap', gap: '6px 12px', alignItems: 'flex-end' },
  grow: { flexGrow: 1, minWidth: 'min(240px, 100%)' },
  name: { fontWeight: 600, minWidth: '140px' },
  mono: { fontFamily: 'ui-monospace, monospace', overflowWrap: 'anywhere', userSelect: 'all', flexGrow: 1, minWidth: 0 },
});

type Own = Value<'identity'>;
type Certificate = Value<'ownCertificates'>['data'][number];
type Earlier = Own['earlier'][number];
type Asked = { readonly what: 'exchange'; readonly kind: 'smime' | 'pgp' } | { readonly what: 'withdraw'; readonly of: Certificate } | { readonly what: 'depart'; readonly address: string };
const spaced = (hex: string) => hex.toUpperCase().replace(/(.{4})(?=.)/g, '$1 ');
const day = (iso: string) => new Date(iso).toLocaleDateString(undefined, { dateStyle: 'medium' });

function Question({ asked, onDone }: { asked: Asked; onDone: (changed: boolean) => void }) {
  const styles = useStyles();
  const { wire, tell } = useConsole();
  const [why, setWhy] = useState<'superseded' | 'compromised'>('superseded');
  const [refused, setRefused] = useState<Refused | null>(null);
  const [title, button, told] = asked.what === 'exchange' ? [SAY.exchangeTitle(SAY[asked.kind]), SAY.exchange, SAY.exchanged] : asked.what === 'withdraw' ? [SAY.withdrawTitle, SAY.withdraw, SAY.withdrawn] : [SAY.departTitle, SAY.departDo, SAY.departed];
  async function go() {
    const done = asked.what === 'exchange' ? await wire.call('rotateIdentity', { body: { kind: asked.kind, why } })
      : await wire.call('withdrawIdentity', { body: asked.what === 'withdraw' ? { address: asked.of.address } : { address: asked.address, what: 'vouching' } });
    if (isRefused(done)) return setRefused(done);
    tell(told);
    return onDone(true);
  }
  return (
    <Dialog open onOpenChange={(_, { open }) => { if (!open) onDone(false); }}>
      <DialogSurface><Return /><DialogBody>
        <DialogTitle>{title}</DialogTitle>
        <DialogContent>
          {asked.what === 'exchange' ? (
            <>
              <Field label={SAY.why}><RadioGroup value={why} onChange={(_, { value }) => setWhy(value === 'compromised' ? value : 'superseded')}>{(['superseded', 'compromised'] as const).map((w) => <Radio key={w} value={w} label={SAY.whys[w]} />)}</RadioGroup></Field>
              <p>{SAY.exchangeMore[asked.kind][why]}</p>
            </>
          ) : asked.what === 'depart' ? <><p>{SAY.departMore}</p><p>{asked.address}</p></> : <><p>{SAY.withdrawMore}</p><p>{asked.of.address}</p><p className={styles.mono}>{spaced(asked.of.fingerprint)}</p></>}
          {refused === null ? null : <Refusal refused={refused} />}
        </DialogContent>
        <DialogActions><Button onClick={() => onDone(false)}>{SAY.cancel}</Button><Button appearance="primary" onClick={() => void go()}>{button}</Button></DialogActions>
      </DialogBody></DialogSurface>
    </Dialog>
  );
}

const EARLIER: readonly Column<Earlier>[] = [
  { key: 'kind', title: SAY.kind, width: '160px', cell: (e) => SAY[e.kind], sort: (e) => e.kind },
  { key: 'ended', title: SAY.ended, width: '130px', cell: (e) => day(e.ended), sort: (e) => e.ended },
  { key: 'said', title: SAY.said, width: '120px', cell: (e) => (e.revoked !== undefined ? SAY.saying[e.revoked] : e.expired ? SAY.saying.expired : SAY.silent) },
  { key: 'fingerprint', title: SAY.fingerprint, width: 'minmax(160px, 1fr)', cell: (e) => <span title={spaced(e.fingerprint)}>{spaced(e.fingerprint)}</span> },
];

export default function OwnKeys() {
  const styles = useStyles();
  const identity = useAnswer('identity');
  const certificates = useAnswer('ownCertificates');
  const [asked, setAsked] = useState<Asked | null>(null);
  const [left, setLeft] = useState('');
  const columns = useMemo<readonly Column<Certificate>[]>(() => [
    { key: 'address', title: SAY.address, width: 'minmax(220px, 2fr)', cell: (c) => c.address, sort: (c) => c.address },
    { key: 'ends', title: SAY.ends, width: '130px', cell: (c) => day(c.expires), sort: (c) => c.expires },
    { key: 'fingerprint', title: SAY.fingerprint, width: 'minmax(160px, 1fr)', cell: (c) => <span title={spaced(c.fingerprint)}>{spaced(c.fingerprint)}</span> },
    { key: 'do', title: SAY.actions, width: '140px', cell: (c) => <Button size="small" aria-label={`${SAY.withdraw}: ${c.address}`} onClick={() => setAsked({ what: 'withdraw', of: c })}>{SAY.withdraw}</Button> },
  ], []);
  return (
    <Page title={SAY.title} lead={SAY.lead}>
      <Shown loaded={identity.loaded} again={identity.again}>{(own) => (
        <>
          <Card title={SAY.standing}>
            {(['smime', 'pgp'] as const).map((kind) => (
              <div key={kind} className={styles.line}>
                <span className={styles.name}>{SAY[kind]}</span><span className={styles.mono}>{spaced(own[kind].fingerprint)}</span>
                <Button size="small" aria-label={`${SAY.exchange}: ${SAY[kind]}`} onClick={() => setAsked({ what: 'exchange', kind })}>{SAY.exchange}</Button>
              </div>
            ))}
          </Card>
          {own.earlier.length === 0 ? null : <Card title={SAY.earlier}><Table label={SAY.earlier} columns={EARLIER} rows={own.earlier} whole keyOf={(e) => e.fingerprint} filter={(e) => e.fingerprint} empty={{ what: '', more: '' }} /></Card>}
        </>
      )}</Shown>
      <Card title={SAY.certificates}>
        <Shown loaded={certificates.loaded} again={certificates.again}>{({ data }) => <Table label={SAY.certificates} columns={columns} rows={data} whole keyOf={(c) => c.address} filter={(c) => c.address} empty={{ what: SAY.none, more: SAY.noneMore }} />}</Shown>
      </Card>
      <Card title={SAY.depart}>
        <p>{SAY.departLead}</p>
        <div className={styles.foot}>
          <Field className={styles.grow} label={SAY.address}><Input type="email" value={left} onChange={(_, { value }) => setLeft(value)} /></Field>
          <Button disabled={!left.includes('@')} onClick={() => setAsked({ what: 'depart', address: left.trim() })}>{SAY.departDo}</Button>
        </div>
      </Card>
      {asked === null ? null : <Question asked={asked} onDone={(changed) => { setAsked(null); if (changed) { setLeft(''); identity.again(); certificates.again(); } }} />}
    </Page>
  );
}
