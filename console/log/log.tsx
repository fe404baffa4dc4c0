/** The log, searched: by what its entries say, and by exact values where the role allows it. Searches can be kept; values of people are not. */
import { Button, Checkbox, Dropdown, Field, Input, MessageBar, MessageBarBody, Option, makeStyles } from '@fluentui/react-components';
import { useCallback, useEffect, useRef, useState, type FormEvent } from 'react';
import type { AuditEvent, AuditPage } from '../../shared/wire/audit.ts';
import type { Found, KeepSearch, KeptSearch, SearchRequest, Why } from '../../shared/wire/compliance.ts';
import { useAnswer, useConsole } from '../frame/console.ts';
import { go, usePlace } from '../frame/place.ts';
import { Card, Chip, Page, Refusal } from '../frame/view.tsx';
import { Table, type Column } from '../table/table.tsx';
import { isRefused, type Refused } from '../wire/call.ts';
import { Message } from './message.tsx';
import { Reveal, WhyField } from './reveal.tsx';
import { OUTCOMES, PURPOSES, SAY, WHO, typed } from './words.ts';
import { named } from '../words.ts';

const useStyles = makeStyles({
  form: { display: 'grid', gridTemplateColumns: 'repeat(auto-fill, minmax(min(200px, 100%), 1fr))', gap: '10px 14px', alignItems: 'start', '& > *': { minWidth: 0 } },
  row: { display: 'flex', flexWrap: 'wrap', gap: '8px', alignItems: 'end' },
  soft: { color: 'var(--colorNeutralForeground3)', margin: 0, fontSize: '13px' },
  facts: { display: 'grid', gridTemplateColumns: 'auto minmax(0, 1fr)', gap: '3px 14px', margin: 0, '& dt': { color: 'var(--colorNeutralForeground3)' }, '& dd': { margin: 0, overflowWrap: 'anywhere' } },
  line: { display: 'flex', flexWrap: 'wrap', gap: '6px 10px', alignItems: 'center' },
});

/** as it stands in the form; only the first line of fields is ever kept */
interface Wanted { readonly from: string; readonly to: string; readonly type: string; readonly outcome: string; readonly actor: string; readonly message: string }
interface Exact { readonly recipient: string; readonly patient: string; readonly sentFor: string; readonly policy: string }
const EMPTY: Wanted = { from: '', to: '', type: '', outcome: '', actor: '', message: '' };
const NO_VALUE: Exact = { recipient: '', patient: '', sentFor: '', policy: '' };

const day = (date: string, more = 0): string => new Date(new Date(`${date}T00:00:00`).getTime() + more * 86_400_000).toISOString();
function keptOf(w: Wanted): KeepSearch['filter'] {
  return {
    ...(w.from === '' ? {} : { from: day(w.from) }), ...(w.to === '' ? {} : { to: day(w.to, 1) }), ...(w.outcome === '' ? {} : { outcome: w.outcome as 'ok' }), ...(w.actor.trim() === '' ? {} : { actor: w.actor.trim() }), ...(w.message.trim() === '' ? {} : { message: w.message.trim() }),
    ...(w.type.trim() === '' ? {} : { type: w.type.split(',').map((t) => t.trim()).filter((t) => t !== '') }),
  };
}
const filterOf = (w: Wanted, cursor?: string) => ({ ...keptOf(w), order: 'desc' as const, limit: 200, ...(cursor === undefined ? {} : { cursor }) });

/** back into the form: its days are those of this place */
function wantedOf({ from, to, type, outcome, actor, message }: KeepSearch['filter']): Wanted {
  const date = (iso: string | undefined, less = 0): string => {
    if (iso === undefined) return '';
    const d = new Date(Date.parse(iso) - less);
    return [d.getFullYear(), String(d.getMonth() + 1).padStart(2, '0'), String(d.getDate()).padStart(2, '0')].join('-');
  };
  return { from: date(from), to: date(to, 1), type: (type ?? []).join(', '), outcome: outcome ?? '', actor: actor ?? '', message: message ?? '' };
}

/** It comes above the list it was chosen from: the focus goes there, and back when it is closed. */
function Entry({ entry, officer, onClose }: { entry: AuditEvent; officer: boolean; onClose: () => void }) {
  const styles = useStyles();
  const place = useRef<HTMLDivElement>(null);
  const [before] = useState(() => document.activeElement);
  useEffect(() => {
    place.current?.scrollIntoView({ block: 'nearest' });
    place.current?.focus({ preventScroll: true });
  }, [entry.id]);
  useEffect(() => () => { if (before instanceof HTMLElement) setTimeout(() => { if (before.isConnected) before.focus(); }); }, [before]);
  return (
    <div ref={place} tabIndex={-1} style={{ outlineStyle: 'none' }} role="group" aria-label={SAY.entry(entry.seq)}><Card title={SAY.entry(entry.seq)} actions={<Button size="small" onClick={onClose}>{SAY.close}</Button>}>
      <div className={styles.line}><strong>{typed(entry.type)}</strong><Chip tone={OUTCOMES[entry.outcome]?.[1] ?? 'plain'}>{OUTCOMES[entry.outcome]?.[0] ?? entry.outcome}</Chip></div>
      <dl className={styles.facts}>
        <dt>{SAY.time}</dt><dd><time dateTime={entry.time}>{`${new Date(entry.time).toLocaleString()} (${entry.time})`}</time></dd>
        <dt>{SAY.who}</dt><dd>{`${named(WHO, entry.actor.kind)} ${entry.actor.id}`}</dd>
        {Object.entries(entry.facts).filter(([, value]) => value !== null && value !== '').map(([name, value]) => [<dt key={`${name}t`}>{name}</dt>, <dd key={name}>{String(value)}</dd>])}
        {entry.sealed.length === 0 ? null : <><dt>{SAY.sealed}</dt><dd>{entry.sealed.join(', ')}</dd></>}
      </dl>
      <div className={styles.line}>
        {entry.message === undefined ? null : <Button size="small" appearance="primary" onClick={() => go(`log/${entry.message}`)}>{SAY.open}</Button>}
        {officer && entry.seq !== null && entry.sealed.length > 0 ? <Reveal key={entry.id} seq={entry.seq} sealed={entry.sealed} /> : null}
      </div>
    </Card></div>
  );
}

const COLUMNS: readonly Column<AuditEvent>[] = [
  { key: 'seq', title: SAY.number, width: '80px', cell: (e) => (e.seq === null ? '–' : e.seq.toLocaleString()), sort: (e) => e.seq ?? Number.MAX_SAFE_INTEGER },
  { key: 'time', title: SAY.time, width: '215px', cell: (e) => <time dateTime={e.time}>{new Date(e.time).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' })}</time>, sort: (e) => e.time },
  { key: 'what', title: SAY.what, width: 'minmax(200px, 2fr)', cell: (e) => typed(e.type), sort: (e) => e.type },
  { key: 'outcome', title: SAY.outcome, width: '110px', cell: (e) => <Chip tone={OUTCOMES[e.outcome]?.[1] ?? 'plain'}>{OUTCOMES[e.outcome]?.[0] ?? e.outcome}</Chip>, sort: (e) => e.outcome },
  { key: 'who', title: SAY.who, width: '130px', cell: (e) => named(WHO, e.actor.kind), sort: (e) => e.actor.kind },
  { key: 'message', title: SAY.message, width: 'minmax(150px, 1fr)', cell: (e) => e.message ?? '' },
];

/** What each field may be for it to stand in this page's own address: a number, or a name, that somebody tries in the wrong field is perhaps a patient's. */
const ADDRESSED: { readonly [K in keyof Wanted]: RegExp } = {
  from: /^\d{4}-\d\d-\d\d$/, to: /^\d{4}-\d\d-\d\d$/, type: /^[a-z]+(?:[._][a-z]+)+(?:, ?[a-z]+(?:[._][a-z]+)+)*$/, outcome: /^[a-z]+$/, actor: /^(?:u_[0-9a-f]{32}|cli_[0-9a-f]{24})$/, message: /^msg_[0-9a-f-]{36}$/,
};
/** as it stands in the address, so that one comes back to it and can pass it on; values of people never do */
const addressed = (w: Wanted): string => { const given = new URLSearchParams(Object.entries(w).map(([key, value]) => [key, value.trim()]).filter(([key = '', value = '']) => ADDRESSED[key as keyof Wanted].test(value))); return given.size === 0 ? 'log' : `log?${String(given).replaceAll('+', '%20')}`; };

function Search({ onAsked }: { onAsked: (place: string) => void }) {
  const styles = useStyles();
  const { wire, has, tell } = useConsole();
  const looksUp = has('compliance', 'privacy-officer');
  const { query } = usePlace();
  const [wanted, setWanted] = useState<Wanted>(() => Object.fromEntries(Object.keys(EMPTY).map((key) => [key, query.get(key) ?? ''])) as unknown as Wanted);
  const [exact, setExact] = useState<Exact>(NO_VALUE);
  const [why, setWhy] = useState<Why | ''>('');
  const kept = useAnswer('searches');
  const [name, setName] = useState('');
  const [shared, setShared] = useState(false);
  const [answer, setAnswer] = useState<{ readonly rows: readonly AuditEvent[]; readonly page: AuditPage | Found; readonly asked: { readonly wanted: Wanted; readonly exact: Exact } } | null>(null);
  const [refused, setRefused] = useState<Refused | 'why' | null>(null);
  const [open, setOpen] = useState<AuditEvent | null>(null);

  const ask = useCallback(async (w: Wanted, x: Exact, before: readonly AuditEvent[] = [], cursor?: string) => {
    const values = Object.fromEntries(Object.entries(x).filter(([, value]) => value.trim() !== '').map(([field, value]) => [field, value.trim()]));
    const byValue = Object.keys(values).length > 0;
    if (byValue && why === '') return setRefused('why');
    const filter = filterOf(w, cursor);
    const found = byValue ? await wire.call('search', { body: { filter, ...values, why } as SearchRequest }) : await wire.call('find', { body: filter });
    if (isRefused(found)) return setRefused(found);
    setRefused(null);
    setOpen(null);
    go(addressed(w), { replace: true });
    onAsked(addressed(w));
    return setAnswer({ rows: [...before, ...found.data], page: found, asked: { wanted: w, exact: x } });
  }, [wire, why, onAsked]);
  useEffect(() => { void ask(wanted, NO_VALUE); }, []); // oxlint-disable-line react-hooks/exhaustive-deps

  const keep = async () => {
    const done = await wire.call('keepSearch', { body: { name: name.trim(), filter: keptOf(wanted), shared } });
    if (isRefused(done)) return setRefused(done);
    setName('');
    setShared(false);
    tell(SAY.kept);
    return kept.again();
  };
  const drop = async (one: KeptSearch) => {
    const done = await wire.call('dropSearch', { params: { id: one.id } });
    return isRefused(done) ? setRefused(done) : kept.again();
  };
  const searches = (kept.loaded.at === 'shown' ? kept.loaded.value : kept.loaded.at === 'loading' ? kept.loaded.before : undefined)?.data ?? [];
  const field = (key: keyof Wanted, label: string, type: 'text' | 'date' = 'text', hint?: string) => <Field label={label} {...(hint === undefined ? {} : { hint })}><Input type={type} value={wanted[key]} onChange={(_, { value }) => setWanted({ ...wanted, [key]: value })} /></Field>;
  const value = (key: 'recipient' | 'patient' | 'policy', label: string) => <Field label={label}><Input value={exact[key]} autoComplete="off" spellCheck={false} onChange={(_, { value: next }) => setExact({ ...exact, [key]: next })} /></Field>;
  const send = (e: FormEvent) => { e.preventDefault(); void ask(wanted, exact); };
  return (
    <Page title={SAY.title} lead={SAY.lead}>
      <Card title={SAY.filters}>
        <form onSubmit={send}>
          <div className={styles.form}>
            {field('from', SAY.from, 'date')}{field('to', SAY.to, 'date')}{field('type', SAY.type, 'text', SAY.typeHint)}
            <Field label={SAY.outcome}>
              <Dropdown style={{ minWidth: 0 }} value={wanted.outcome === '' ? SAY.any : OUTCOMES[wanted.outcome]?.[0] ?? ''} selectedOptions={[wanted.outcome]} onOptionSelect={(_, { optionValue }) => setWanted({ ...wanted, outcome: optionValue ?? '' })}>
                {['', ...Object.keys(OUTCOMES)].map((o) => <Option key={o} value={o} text={o === '' ? SAY.any : o}>{o === '' ? SAY.any : OUTCOMES[o]?.[0] ?? o}</Option>)}
              </Dropdown>
            </Field>
            {field('actor', SAY.actor)}{field('message', SAY.message)}
          </div>
          {looksUp ? (
            <fieldset style={{ border: 0, padding: 0, margin: '12px 0 0', minWidth: 0 }}>
              <legend style={{ fontWeight: 600, padding: 0 }}>{SAY.exact}</legend>
              <p className={styles.soft}>{SAY.exactMore}</p>
              <div className={styles.form}>
                {value('recipient', SAY.recipient)}{value('patient', SAY.patient)}
                <Field label={SAY.sentFor}>
                  <Dropdown style={{ minWidth: 0 }} value={named(PURPOSES, exact.sentFor)} selectedOptions={[exact.sentFor]} onOptionSelect={(_, { optionValue }) => setExact({ ...exact, sentFor: optionValue ?? '' })}>
                    {Object.entries(PURPOSES).map(([purpose, text]) => <Option key={purpose} value={purpose}>{text}</Option>)}
                  </Dropdown>
                </Field>
                {value('policy', SAY.policy)}
                <WhyField value={why} onChange={setWhy} />
              </div>
            </fieldset>
          ) : null}
          <div className={styles.row} style={{ marginTop: 12 }}>
            <Button type="submit" appearance="primary">{SAY.search}</Button>
            <Button onClick={() => { setWanted(EMPTY); setExact(NO_VALUE); void ask(EMPTY, NO_VALUE); }}>{SAY.clear}</Button>
            <Input aria-label={SAY.saveName} placeholder={SAY.saveName} maxLength={60} value={name} onChange={(_, { value: next }) => setName(next)} />
            <Checkbox label={SAY.share} checked={shared} onChange={(_, { checked }) => setShared(checked === true)} />
            <Button disabled={name.trim() === ''} onClick={() => void keep()}>{SAY.save}</Button>
          </div>
        </form>
        {searches.length === 0 ? null : (
          <div role="group" aria-label={SAY.saved} className={styles.line}>
            {searches.map((k) => (
              <span key={k.id} className={styles.line} style={{ gap: 2 }}>
                <Button size="small" onClick={() => { const w = wantedOf(k.filter); setWanted(w); setExact(NO_VALUE); void ask(w, NO_VALUE); }}>{k.name}</Button>
                {k.own ? <Button size="small" appearance="subtle" aria-label={`${SAY.remove}: ${k.name}`} onClick={() => void drop(k)}>×</Button> : <span className={styles.soft}>{SAY.ofTeam}</span>}
              </span>
            ))}
            <span className={styles.soft}>{SAY.savedMore}</span>
          </div>
        )}
        {refused === null ? null : refused === 'why' ? <MessageBar intent="warning"><MessageBarBody>{SAY.whyNeeded}</MessageBarBody></MessageBar> : <Refusal refused={refused} />}
      </Card>
      {open === null ? null : <Entry entry={open} officer={has('privacy-officer')} onClose={() => setOpen(null)} />}
      {answer === null ? null : (
        <>
          {('gaps' in answer.page ? answer.page.gaps ?? [] : []).map((gap) => <MessageBar key={gap} intent="warning" layout="multiline"><MessageBarBody>{gap}</MessageBarBody></MessageBar>)}
          <Table label={SAY.entries} columns={COLUMNS} rows={answer.rows} keyOf={(e) => e.id} onOpen={setOpen} height={520} empty={{ what: SAY.none, more: SAY.noneMore }} actions={(() => {
            const { next } = answer.page.page;
            return next === null ? undefined : <Button size="small" onClick={() => void ask(answer.asked.wanted, answer.asked.exact, answer.rows, next)}>{SAY.older}</Button>;
          })()} />
          <p className={styles.soft}>{SAY.of(answer.page.snapshot.tree_size, answer.page.snapshot.checkpoint_time === null ? '' : new Date(answer.page.snapshot.checkpoint_time).toLocaleString())}</p>
        </>
      )}
    </Page>
  );
}

export default function Log() {
  const { rest } = usePlace();
  const [id] = rest;
  const [asked, setAsked] = useState('log');
  return id === undefined ? <Search onAsked={setAsked} /> : <Message key={id} id={id} back={asked} />;
}
