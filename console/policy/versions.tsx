/** The policy's versions, and one of them: where it stands, what it changes, what it would do, and what may be done with it now. */
import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, Field, Input, MessageBar, MessageBarBody, Spinner, makeStyles } from '@fluentui/react-components';
import { useState } from 'react';
import { US_HEALTHCARE } from '../../shared/plan/template.ts';
import { SignedPolicy, type PolicyDocument, type PolicyVersion, type Simulation } from '../../shared/wire/policy.ts';
import { nameOf, useAll, useAnswer, useConsole } from '../frame/console.ts';
import { go, usePlace } from '../frame/place.ts';
import { Card, Chip, Go, Page, Refusal, Return, Shown } from '../frame/view.tsx';
import { Table, type Column } from '../table/table.tsx';
import { isRefused, type Refused } from '../wire/call.ts';
import { asRule } from './rule.tsx';
import { differences, sentenceOf, waiver } from './sentence.ts';
import { CHANGE, SAY, STATE } from './words.ts';

const useStyles = makeStyles({
  row: { display: 'flex', flexWrap: 'wrap', gap: '8px', alignItems: 'flex-end' },
  list: { margin: 0, padding: 0, listStyleType: 'none', display: 'grid', gap: '10px' },
  item: { display: 'grid', gap: '2px', overflowWrap: 'anywhere' },
  head: { display: 'flex', flexWrap: 'wrap', gap: '8px', fontWeight: 600 },
  title: { margin: 0, fontSize: '14px', fontWeight: 600 },
  before: { color: 'var(--colorNeutralForeground3)', textDecorationLine: 'line-through', margin: 0 },
  after: { margin: 0 },
  facts: { display: 'grid', gridTemplateColumns: 'auto 1fr', gap: '4px 14px', margin: 0, '& dt': { color: 'var(--colorNeutralForeground3)' }, '& dd': { margin: 0, overflowWrap: 'anywhere' } },
});
/** Not decided or not in force yet: shown beside what it would replace now, which others may have changed since it was written. */
const AHEAD: readonly PolicyVersion['state'][] = ['draft', 'submitted', 'approved'];
/** What is in force before there is a first version. */
const BUILT_IN = { rules: US_HEALTHCARE.rules } as unknown as PolicyDocument;
const when = (iso: string | null) => (iso === null ? '' : new Date(iso).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' }));
const stateOf = (v: PolicyVersion) => { const [word, tone] = STATE[v.state] ?? [v.state, 'plain']; return <Chip tone={tone}>{word}</Chip>; };
const overdue = (day: string) => day < new Date().toISOString().slice(0, 10);
const number = (version: string) => Number(version.slice(3));

/** What stands at a place of a version's document (RFC 6901), and the rule or exception it stands in. */
function namedAt({ document }: PolicyVersion, at: string): [name: string, rule: string] {
  const [kind, n, ...path] = at.split('/').slice(1);
  const within = kind === 'rules' ? document?.rules[Number(n)] : document?.exceptions?.[Number(n)];
  const found = path.reduce<unknown>((of, key) => (of as { readonly [key: string]: unknown } | undefined)?.[key], within);
  return [String(found ?? ''), (within && 'name' in within ? within.name : undefined) ?? within?.id ?? ''];
}

function Simulated({ simulation, document }: { simulation: Simulation; document: PolicyDocument | undefined }) {
  const styles = useStyles();
  const nameOfRule = (id: string) => document?.rules.find((r) => r.id === id)?.name ?? id;
  const told = (compared: Simulation['history']) => (Object.keys(SAY.compared) as (keyof typeof SAY.compared)[]).flatMap((key) => {
    const { count, rules } = compared[key];
    return count === 0 ? [] : [`${count.toLocaleString()} ${SAY.compared[key]}${rules.length === 0 ? '' : ` (${SAY.answerable} ${rules.map((r) => `“${nameOfRule(r.rule)}”: ${r.count.toLocaleString()}`).join(', ')})`}`];
  });
  const rules = (ids: readonly string[]) => ids.map((id) => `“${nameOfRule(id)}”`).join(', ');
  const { against, time, days } = simulation;
  return (
    <>
      <span>{SAY.triedAt(when(time), against.startsWith('pv_') ? against : SAY.builtIn, days)}</span>
      {simulation.outdated ? <MessageBar intent="warning" layout="multiline"><MessageBarBody>{SAY.outdated}</MessageBarBody></MessageBar> : null}
      <MessageBar intent={simulation.relaxes ? 'warning' : 'success'}><MessageBarBody>{simulation.relaxes ? SAY.relaxes : SAY.stricter}</MessageBarBody></MessageBar>
      <dl className={styles.facts}>
        {([[SAY.history(simulation.history.messages), simulation.history], [SAY.corpus(simulation.corpus.messages), simulation.corpus], [SAY.samples(simulation.samples.messages), simulation.samples]] as const).map(([title, compared]) => (
          <div key={title} style={{ display: 'contents' }}><dt>{title}</dt><dd>{told(compared).join('; ') || SAY.noChange}</dd></div>
        ))}
      </dl>
      {simulation.unmet.length === 0 ? null : <MessageBar intent="warning" layout="multiline"><MessageBarBody>{SAY.unmet(rules(simulation.unmet))}</MessageBarBody></MessageBar>}
      {simulation.onlyMade.length === 0 ? null : <span>{SAY.onlyMade(rules(simulation.onlyMade))}</span>}
      {simulation.labels.length === 0 ? null : <MessageBar intent="warning" layout="multiline"><MessageBarBody>{SAY.unseen(simulation.labels.map((label) => `“${label}”`).join(', '))}</MessageBarBody></MessageBar>}
    </>
  );
}

/** What it did when it was submitted, and when it was tried last, where that is another time. */
function Tried({ version: { simulation, submission, document } }: { version: PolicyVersion }) {
  const styles = useStyles();
  if (simulation === undefined) return <span>{SAY.tryLead}</span>;
  if (submission === undefined || submission.time === simulation.time) return <>{submission === undefined ? null : <h3 className={styles.title}>{SAY.atSubmission}</h3>}<Simulated simulation={simulation} document={document} /></>;
  return <><h3 className={styles.title}>{SAY.triedSince}</h3><Simulated simulation={simulation} document={document} /><h3 className={styles.title}>{SAY.atSubmission}</h3><Simulated simulation={submission} document={document} /></>;
}

type Act = 'submit' | 'approve' | 'reject' | 'activate' | 'schedule' | 'emergency';
const CALLS = { submit: 'submitPolicy', approve: 'approvePolicy', reject: 'rejectPolicy', activate: 'activatePolicy', schedule: 'activatePolicy', emergency: 'emergencyPolicy' } as const;

function Life({ version, again }: { version: PolicyVersion; again: () => void }) {
  const styles = useStyles();
  const { wire, tell, has, session } = useConsole();
  const [refused, setRefused] = useState<Refused | null>(null);
  const [busy, setBusy] = useState(false);
  const [trying, setTrying] = useState(false);
  const [at, setAt] = useState('');
  const [hurry, setHurry] = useState(false);
  const params = { version: version.version };
  const own = version.author === session.person.id;
  const { state } = version;

  async function act(which: Act) {
    setBusy(true);
    setRefused(null);
    const done = await wire.call(CALLS[which], { params, body: which === 'schedule' ? { at: new Date(at).toISOString() } : {} });
    setBusy(false);
    if (isRefused(done)) return setRefused(done);
    tell(which === 'reject' && state === 'active' ? SAY.wentBack : SAY.done[which]);
    return again();
  }
  async function tryIt() {
    setBusy(true);
    setTrying(true);
    setRefused(null);
    const done = await wire.call('simulatePolicy', { params, body: {} });
    setBusy(false);
    setTrying(false);
    if (isRefused(done)) return setRefused(done);
    return again();
  }
  const [author, approver] = [has('policy-author'), has('policy-approver')];
  const triable = (author || approver) && AHEAD.includes(state);
  const decidable = state === 'submitted' || (state === 'active' && version.reverts !== null);
  // What is decided was tried beside the rules of today.
  const untried = AHEAD.includes(state) && (version.simulation === undefined || version.simulation.outdated);
  const next = (state === 'draft' && author) || (state !== 'draft' && approver);
  return (
    <>
      <Card title={SAY.life}>
        <dl className={styles.facts}>
          <dt>{SAY.state}</dt><dd>{stateOf(version)}</dd>
          <dt>{SAY.author}</dt><dd>{own ? SAY.you : nameOf(version.names, version.author)}</dd>
          <dt>{SAY.created}</dt><dd>{when(version.created)}</dd>
          {version.decidedBy === null ? null : <><dt>{SAY.decided}</dt><dd>{`${version.decidedBy === session.person.id ? SAY.you : nameOf(version.names, version.decidedBy)}, ${when(version.decided)}`}</dd></>}
          {version.note === '' ? null : <><dt>{SAY.note}</dt><dd>{version.note}</dd></>}
        </dl>
        {version.reverts === null || state !== 'active' ? null : <MessageBar intent="warning"><MessageBarBody>{SAY.reverts(when(version.reverts))}</MessageBarBody></MessageBar>}
        {version.activates === null || state !== 'approved' ? null : <MessageBar intent="info"><MessageBarBody>{SAY.activates(when(version.activates))}</MessageBarBody></MessageBar>}
        {(version.unknown ?? []).map(({ at, what }) => <MessageBar key={at} intent="warning" layout="multiline"><MessageBarBody>{SAY.unknown(what, ...namedAt(version, at))}</MessageBarBody></MessageBar>)}
        {refused === null ? null : <Refusal refused={refused} />}
        <div className={styles.row}>
          {author && state === 'draft' ? <Button appearance={untried ? 'secondary' : 'primary'} disabled={busy || untried} onClick={() => void act('submit')}>{(version.unknown ?? []).length === 0 ? SAY.submit : SAY.submitAnyway}</Button> : null}
          {approver && decidable ? <Button appearance={untried ? 'secondary' : 'primary'} disabled={busy || own || untried} onClick={() => void act('approve')}>{SAY.approve}</Button> : null}
          {approver && (decidable || state === 'approved') ? <Button disabled={busy || own} onClick={() => void act('reject')}>{SAY.reject}</Button> : null}
          {approver && state === 'approved' ? <Button appearance={untried ? 'secondary' : 'primary'} disabled={busy || untried} onClick={() => void act('activate')}>{SAY.activate}</Button> : null}
          {author ? <Button disabled={busy} onClick={() => go(`rules?from=${version.version}`)}>{state === 'draft' ? SAY.edit : SAY.restore}</Button> : null}
          {author && own && (state === 'draft' || state === 'submitted') ? <Button disabled={busy} title={SAY.emergencyMore} onClick={() => setHurry(true)}>{SAY.emergency}</Button> : null}
        </div>
        {approver && state === 'approved' ? <div className={styles.row}><Field label={SAY.at}><Input type="datetime-local" value={at} onChange={(_, d) => setAt(d.value)} /></Field><Button disabled={busy || untried || Number.isNaN(Date.parse(at))} onClick={() => void act('schedule')}>{SAY.schedule}</Button></div> : null}
        {untried && next ? <span>{version.simulation === undefined ? SAY.tryFirst : SAY.tryAnew}</span> : null}
        {approver && decidable && own ? <span>{SAY.own}</span> : null}
        {author && own && (state === 'draft' || state === 'submitted') ? <span>{SAY.emergencyMore}</span> : null}
      </Card>
      {hurry ? (
        <Dialog open onOpenChange={(_, { open }) => { if (!open) setHurry(false); }}>
          <DialogSurface><Return /><DialogBody>
            <DialogTitle>{SAY.emergencyAsk}</DialogTitle>
            <DialogContent>{SAY.emergencyMore}</DialogContent>
            <DialogActions><Button onClick={() => setHurry(false)}>{SAY.cancel}</Button><Button appearance="primary" onClick={() => { setHurry(false); void act('emergency'); }}>{SAY.emergencyDo}</Button></DialogActions>
          </DialogBody></DialogSurface>
        </Dialog>
      ) : null}
      {triable || version.simulation !== undefined ? (
        <Card title={SAY.tried} actions={triable ? <Button appearance={untried && next ? 'primary' : 'secondary'} disabled={busy} onClick={() => void tryIt()}>{version.simulation === undefined ? SAY.try : SAY.tryAgain}</Button> : undefined}>
          {trying ? <Spinner size="tiny" label={SAY.trying} style={{ alignSelf: 'flex-start' }} /> : null}
          <Tried version={version} />
        </Card>
      ) : null}
    </>
  );
}

function Differences({ base, name, document }: { base: PolicyDocument; name: string; document: PolicyDocument }) {
  const styles = useStyles();
  const found = differences(base, document);
  if (found.length === 0) return <span>{`${SAY.unchanged} ${name}.`}</span>;
  return (
    <>
      <span>{SAY.against(name)}</span>
      <ul className={styles.list}>
        {found.map((d) => {
          const [word, tone] = CHANGE[d.kind] ?? [d.kind, 'plain'];
          return (
            <li key={`${d.kind}${d.what}`} className={styles.item}>
              <span className={styles.head}><Chip tone={tone}>{word}</Chip>{d.what}</span>
              {d.before === undefined ? null : <p className={styles.before}><del>{d.before}</del></p>}
              {d.after === undefined ? null : <p className={styles.after}>{d.after}</p>}
            </li>
          );
        })}
      </ul>
    </>
  );
}

function Since({ document }: { document: PolicyDocument }) {
  const { loaded, again } = useAnswer('policy');
  return (
    <Shown loaded={loaded} again={again}>{({ signed }) => {
      const read = SignedPolicy.safeParse(JSON.parse(signed));
      if (!read.success) return <Refusal refused={{ kind: 'refused', code: 'unknown-answer' }} />;
      const { version, policy } = read.data;
      return <Differences base={policy} name={version.startsWith('pv_') ? version : SAY.builtIn} document={document} />;
    }}</Shown>
  );
}

function Before({ version, document }: { version: string; document: PolicyDocument }) {
  const { loaded, again } = useAnswer('policyVersion', { params: { version } });
  return <Shown loaded={loaded} again={again}>{(base) => (base.document === undefined ? null : <Differences base={base.document} name={base.version} document={document} />)}</Shown>;
}

function Changes({ version }: { version: PolicyVersion }) {
  const styles = useStyles();
  const { document } = version;
  if (document === undefined) return null;
  return (
    <>
      <Card title={SAY.changes}>
        {AHEAD.includes(version.state) ? <Since document={document} /> : version.base === null ? <Differences base={BUILT_IN} name={SAY.builtIn} document={document} /> : <Before version={version.base} document={document} />}
      </Card>
      <Card title={`${SAY.rules} (${document.rules.length})`}>
        <ul className={styles.list}>{document.rules.map((r) => <li key={r.id} className={styles.item}><span className={styles.head}>{r.name ?? r.id}</span><span>{sentenceOf(asRule(r))}</span>{r.says === undefined ? null : <span>{SAY.itSays(r.says)}</span>}</li>)}</ul>
      </Card>
      {(document.exceptions ?? []).length === 0 ? null : (
        <Card title={`${SAY.exceptions} (${document.exceptions?.length})`}>
          <ul className={styles.list}>{document.exceptions?.map((e) => <li key={e.id} className={styles.item}><span>{waiver(e, document.rules)}</span>{overdue(e.until) ? <Chip>{SAY.past}</Chip> : null}</li>)}</ul>
        </Card>
      )}
      {document.partners === undefined && document.consumers === undefined ? null : (
        <Card title={SAY.domains}>
          <dl className={styles.facts}>{([[SAY.partners, document.partners], [SAY.consumers, document.consumers]] as const).map(([title, named]) => (named === undefined ? null : <div key={title} style={{ display: 'contents' }}><dt>{title}</dt><dd>{named.join(', ')}</dd></div>))}</dl>
        </Card>
      )}
    </>
  );
}

function One({ name }: { name: string }) {
  const { loaded, again } = useAnswer('policyVersion', { params: { version: name } });
  return (
    <Page title={`${SAY.version} ${name}`} actions={<Go to="policy">{SAY.versions}</Go>}>
      <Shown loaded={loaded} again={again}>{(version) => <><Life version={version} again={again} /><Changes version={version} /></>}</Shown>
    </Page>
  );
}

const COLUMNS: readonly Column<PolicyVersion>[] = [
  { key: 'version', title: SAY.version, width: '110px', cell: (v) => v.version, sort: (v) => number(v.version) },
  { key: 'state', title: SAY.state, width: '170px', cell: stateOf, sort: (v) => v.state },
  { key: 'note', title: SAY.note, width: 'minmax(200px, 2fr)', cell: (v) => v.note, sort: (v) => v.note },
  { key: 'created', title: SAY.created, width: '190px', cell: (v) => when(v.created), sort: (v) => v.created },
  { key: 'since', title: SAY.since, width: '190px', cell: (v) => when(v.activated), sort: (v) => v.activated ?? '' },
];

export default function Policy() {
  const { has } = useConsole();
  const [name] = usePlace().rest;
  const { loaded, again } = useAll(name === undefined ? 'policies' : null);
  if (name !== undefined) return <One key={name} name={name} />;
  return (
    <Page title={SAY.versions} lead={SAY.versionsLead} actions={has('policy-author') ? <Button appearance="primary" onClick={() => go('rules')}>{SAY.write}</Button> : undefined}>
      <Shown loaded={loaded} again={again}>{({ data, whole }) => (
        <Table label={SAY.versions} columns={COLUMNS} rows={data} whole={whole} keyOf={(v) => v.version} onOpen={(v) => go(`policy/${v.version}`)} filter={(v) => `${v.version} ${v.note} ${v.state}`} empty={{ what: SAY.none, more: SAY.noneMore }} />
      )}</Shown>
    </Page>
  );
}
