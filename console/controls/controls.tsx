/** The safeguards as a map of twelve months, the reviews of activity, and the evidence pack. */
import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, DialogTrigger, Dropdown, Field, Input, Option, Spinner, Textarea, makeStyles } from '@fluentui/react-components';
import { useState } from 'react';
import type { ControlMap, Review } from '../../shared/wire/control.ts';
import { nameOf, useAnswer, useConsole } from '../frame/console.ts';
import { go, usePlace } from '../frame/place.ts';
import { Card, Chip, Empty, Page, Refusal, Return, Shown } from '../frame/view.tsx';
import { isRefused, type Refused } from '../wire/call.ts';
import { save } from '../wire/save.ts';
import { PROFILES, RESULTS, SAY } from './words.ts';

const useStyles = makeStyles({
  scroll: { overflowX: 'auto', maxWidth: '100%', position: 'relative' },
  map: { borderCollapse: 'collapse', fontSize: '13px', '& th, & td': { textAlign: 'left', padding: '5px 6px', borderBottom: '1px solid var(--colorNeutralStroke3)', verticalAlign: 'top', fontWeight: 400 }, '& thead th': { fontWeight: 600, whiteSpace: 'nowrap' } },
  name: { minWidth: '240px', '@media (max-width: 640px)': { minWidth: '230px' } },
  // Where the window is narrow, the result stands with the safeguard; in a column of its own it would be out of sight.
  beside: { '@media (max-width: 640px)': { display: 'none' } },
  within: { display: 'none', '@media (max-width: 640px)': { display: 'block', margin: '2px 0' } },
  cell: { textAlign: 'center' },
  soft: { color: 'var(--colorNeutralForeground3)', fontSize: '12px', margin: 0 },
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: '8px' },
  line: { display: 'flex', flexWrap: 'wrap', gap: '6px 10px', alignItems: 'center' },
  row: { display: 'flex', flexWrap: 'wrap', gap: '10px', alignItems: 'end' },
});
const result = (name: string) => RESULTS[name] ?? [name, '?', 'plain'] as const;

type Control = ControlMap['data'][number];

/** Why an addressable one is not met as it is written: read by all, written by the privacy officer. */
function Reason({ control, names, onDone }: { control: Control; names: ControlMap['names']; onDone: () => void }) {
  const styles = useStyles();
  const { wire, has, tell } = useConsole();
  const { rationale: said } = control;
  const [text, setText] = useState(said?.text ?? '');
  const [instead, setInstead] = useState(said?.instead ?? '');
  const [until, setUntil] = useState(new Date(Date.now() + 365 * 86_400_000).toISOString().slice(0, 10));
  const [refused, setRefused] = useState<Refused | null>(null);
  const [open, setOpen] = useState(false);
  const write = async () => {
    const answer = await wire.call('rationale', { params: { id: control.id }, body: { text: text.trim(), instead: instead.trim(), until } });
    if (isRefused(answer)) return setRefused(answer);
    tell(SAY.reasonDone);
    setOpen(false);
    return onDone();
  };
  const mayWrite = has('privacy-officer') && control.addressable && ['addressable-not-met', 'addressable-documented'].includes(control.latest?.result ?? '');
  return (
    <>
      {said === null ? null : <p className={styles.soft}>{[said.text, said.instead, SAY.reasonSaid(nameOf(names, said.by), said.at.slice(0, 10), said.until, said.lapsed)].filter((s) => s !== '').join(' · ')}</p>}
      {!mayWrite ? null : (
        <Dialog open={open} onOpenChange={(_, asked) => setOpen(asked.open)}>
          <DialogTrigger disableButtonEnhancement><Button size="small" aria-label={`${said === null ? SAY.reason : SAY.reasonAgain}: ${control.title}`}>{said === null ? SAY.reason : SAY.reasonAgain}</Button></DialogTrigger>
          <DialogSurface><Return />
            <DialogBody>
              <DialogTitle>{control.title}</DialogTitle>
              <DialogContent>
                <p>{SAY.reasonMore}</p>
                <Field label={SAY.reasonText} required><Textarea value={text} rows={4} onChange={(_, { value }) => setText(value)} /></Field>
                <Field label={SAY.reasonInstead}><Textarea value={instead} rows={3} onChange={(_, { value }) => setInstead(value)} /></Field>
                <Field label={SAY.reasonUntil}><Input type="date" value={until} onChange={(_, { value }) => setUntil(value)} /></Field>
                {refused === null ? null : <Refusal refused={refused} />}
              </DialogContent>
              <DialogActions>
                <DialogTrigger disableButtonEnhancement><Button>{SAY.cancel}</Button></DialogTrigger>
                <Button appearance="primary" disabled={text.trim() === '' || until === ''} onClick={() => void write()}>{SAY.save}</Button>
              </DialogActions>
            </DialogBody>
          </DialogSurface>
        </Dialog>
      )}
    </>
  );
}

function Map_({ map, onDone }: { map: ControlMap; onDone: () => void }) {
  const styles = useStyles();
  const months = map.data[0]?.months.map((m) => m.month) ?? [];
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles.scroll} tabIndex={0} role="region" aria-label={SAY.table}>
      <table className={styles.map}>
        <thead><tr><th scope="col">{SAY.safeguard}</th><th scope="col" className={styles.beside}>{SAY.now}</th>{months.map((m) => <th scope="col" key={m}>{new Date(`${m}-01T00:00:00Z`).toLocaleDateString(undefined, { month: 'short', year: '2-digit', timeZone: 'UTC' })}</th>)}</tr></thead>
        <tbody>
          {map.data.map((c) => {
            const [word, , tone] = result(c.latest?.result ?? 'not-evaluated');
            return (
              <tr key={c.id}>
                <th scope="row" className={styles.name}><strong>{`${c.id} ${c.title}`}</strong><div className={styles.within}><Chip tone={tone}>{word}</Chip></div><p className={styles.soft}>{c.citation}</p><p className={styles.soft}>{c.latest?.result === 'not-applicable' ? c.question : `${SAY.asks}: ${c.question}`}</p><Reason control={c} names={map.names} onDone={onDone} /></th>
                <td className={styles.beside}><Chip tone={tone}>{word}</Chip></td>
                {c.months.map((m) => { const [says, mark, how] = result(m.result); return <td key={m.month} className={styles.cell}><Chip tone={how}><span aria-hidden="true">{m.continuous || m.result === 'not-evaluated' ? mark : `(${mark})`}</span><span style={{ position: 'absolute', width: 1, height: 1, overflow: 'hidden', clipPath: 'inset(50%)' }}>{SAY.month(m.month, says, m.days, m.continuous)}</span></Chip></td>; })}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function SignOff({ review, onDone }: { review: Review; onDone: () => void }) {
  const { wire, tell } = useConsole();
  const [text, setText] = useState('');
  const [findings, setFindings] = useState('0');
  const [refused, setRefused] = useState<Refused | null>(null);
  const [open, setOpen] = useState(false);
  const sign = async () => {
    const log = await wire.call('integrity');
    const answer = isRefused(log) ? log : await wire.call('signOff', { params: { id: review.id }, body: { treeSize: log.tree_size, findings: Number(findings), text: text.trim() } });
    if (isRefused(answer)) return setRefused(answer);
    tell(SAY.signed);
    setOpen(false);
    return onDone();
  };
  return (
    <Dialog open={open} onOpenChange={(_, asked) => setOpen(asked.open)}>
      <DialogTrigger disableButtonEnhancement><Button size="small">{SAY.signOff}</Button></DialogTrigger>
      <DialogSurface><Return />
        <DialogBody>
          <DialogTitle>{`${SAY.signOff}: ${SAY.from(review.from, review.to)}`}</DialogTitle>
          <DialogContent>
            <p>{SAY.signOffMore}</p>
            <Field label={SAY.findings}><Input type="number" min={0} value={findings} onChange={(_, { value }) => setFindings(value)} /></Field>
            <Field label={SAY.text} required><Textarea value={text} rows={4} onChange={(_, { value }) => setText(value)} /></Field>
            {refused === null ? null : <Refusal refused={refused} />}
          </DialogContent>
          <DialogActions>
            <DialogTrigger disableButtonEnhancement><Button>{SAY.cancel}</Button></DialogTrigger>
            <Button appearance="primary" disabled={text.trim() === '' || !/^\d{1,6}$/.test(findings)} onClick={() => void sign()}>{SAY.signOff}</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

function Reviews() {
  const styles = useStyles();
  const { has } = useConsole();
  const { loaded, again } = useAnswer('reviews');
  return (
    <Card title={SAY.reviews}>
      <p className={styles.soft}>{SAY.reviewsMore}</p>
      <Shown loaded={loaded} again={again}>{({ data }) => data.length === 0 ? <Empty what={SAY.reviewsEmpty} /> : (
        <ul className={styles.list}>{data.map((r) => (
          <li key={r.id} className={styles.line}>
            <strong>{SAY.from(r.from, r.to)}</strong>
            {r.done === null ? <Chip tone={r.overdue ? 'bad' : 'care'}>{r.overdue ? SAY.overdue : SAY.due(r.due)}</Chip> : <Chip tone="good">{SAY.done(r.done.at.slice(0, 10), r.done.findings)}</Chip>}
            {r.done === null && has('compliance', 'privacy-officer') ? <SignOff review={r} onDone={again} /> : null}
          </li>
        ))}</ul>
      )}</Shown>
    </Card>
  );
}

function Pack({ profile }: { profile: keyof typeof PROFILES }) {
  const styles = useStyles();
  const { wire } = useConsole();
  const today = new Date().toISOString().slice(0, 10);
  const [from, setFrom] = useState(`${today.slice(0, 7)}-01`);
  const [to, setTo] = useState(today);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<Refused | null>(null);
  const make = async () => {
    setBusy(true);
    const answer = await wire.file('pack', { body: { from: `${from}T00:00:00Z`, to: new Date(Date.parse(`${to}T00:00:00Z`) + 86_400_000).toISOString(), profile } as never });
    setBusy(false);
    if (isRefused(answer)) return setRefused(answer);
    setRefused(null);
    return save(answer.bytes, answer.name);
  };
  return (
    <Card title={SAY.pack}>
      <p className={styles.soft}>{SAY.packMore}</p>
      <div className={styles.row}>
        <Field label={SAY.packFrom}><Input type="date" value={from} onChange={(_, { value }) => setFrom(value)} /></Field>
        <Field label={SAY.packTo}><Input type="date" value={to} onChange={(_, { value }) => setTo(value)} /></Field>
        <Button appearance="primary" disabled={busy || from === '' || to === ''} onClick={() => void make()}>{busy ? <Spinner size="tiny" /> : SAY.make}</Button>
      </div>
      {refused === null ? null : <Refusal refused={refused} />}
    </Card>
  );
}

export default function Controls() {
  const styles = useStyles();
  const { query } = usePlace();
  const profile = query.get('profile') === 'hipaa-nprm-2025' ? 'hipaa-nprm-2025' : 'hipaa-current';
  const { loaded, again } = useAnswer('controls', { query: { profile } });
  const choice = (
    <Dropdown style={{ minWidth: 0 }} aria-label={SAY.profile} value={PROFILES[profile]} selectedOptions={[profile]} onOptionSelect={(_, { optionValue }) => go(`controls?profile=${optionValue ?? ''}`, { replace: true })}>
      {Object.entries(PROFILES).map(([name, text]) => <Option key={name} value={name}>{text}</Option>)}
    </Dropdown>
  );
  return (
    <Page title={SAY.title} lead={SAY.lead} actions={choice}>
      <Card title={SAY.map}>
        <Shown loaded={loaded} again={again}>{(map) => map.data.every((c) => c.latest === null) ? <Empty what={SAY.none} more={SAY.noneMore} /> : <Map_ map={map} onDone={again} />}</Shown>
        <p className={styles.soft}>{SAY.legend}</p>
      </Card>
      <Reviews />
      <Pack profile={profile} />
    </Page>
  );
}
