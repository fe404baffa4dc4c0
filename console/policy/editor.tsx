/** The rules, to be written: each a sentence, arranged by dragging or by keys, checked and tried as one types, saved as a draft of a new version. */
import { Button, Dropdown, Field, Input, Menu, MenuItem, MenuList, MenuPopover, MenuTrigger, MessageBar, MessageBarActions, MessageBarBody, Option, makeStyles, mergeClasses } from '@fluentui/react-components';
import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { TEMPLATES, type TemplateName } from '../../shared/plan/template.ts';
import { SignedPolicy, type PolicyDocument } from '../../shared/wire/policy.ts';
import { useConsole } from '../frame/console.ts';
import { go, usePlace } from '../frame/place.ts';
import { Card, Chip, Page, Refusal } from '../frame/view.tsx';
import { isRefused, type Refused, type Wire } from '../wire/call.ts';
import { UNSAID, wrongIn } from './check.ts';
import { Exceptions } from './exceptions.tsx';
import { Words } from './field.tsx';
import { RuleForm, asRule, slug, type DraftRule, type Fits } from './rule.tsx';
import { sentenceOf } from './sentence.ts';
import { Trial } from './trial.tsx';
import { EXAMPLES, SAY } from './words.ts';

const useStyles = makeStyles({
  columns: { display: 'grid', gap: '16px', gridTemplateColumns: 'minmax(0, 3fr) minmax(0, 2fr)', alignItems: 'start', '@media (max-width: 1000px)': { gridTemplateColumns: 'minmax(0, 1fr)' } },
  stack: { display: 'grid', gap: '16px', minWidth: 0 },
  tools: { display: 'flex', flexWrap: 'wrap', gap: '8px' },
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'grid', gap: '8px' },
  rule: { display: 'grid', gap: '6px', border: '1px solid var(--colorNeutralStroke2)', borderRadius: '8px', padding: '10px 12px', backgroundColor: 'var(--colorNeutralBackground1)', minWidth: 0 },
  held: { borderLeft: '4px solid var(--colorBrandStroke1)' },
  over: { outline: '2px dashed var(--colorBrandStroke1)' },
  head: { display: 'flex', flexWrap: 'wrap', gap: '4px 8px', alignItems: 'center', '& > span': { alignSelf: 'center' } },
  arrow: { minWidth: '28px', paddingLeft: 0, paddingRight: 0 },
  name: { fontWeight: 600, flexGrow: 1, flexBasis: '120px', minWidth: 0, margin: 0, fontSize: '14px', overflowWrap: 'anywhere' },
  handle: { cursor: 'grab', color: 'var(--colorNeutralForeground3)', userSelect: 'none', padding: '0 4px' },
  sentence: { margin: 0, overflowWrap: 'anywhere' },
  bad: { margin: 0, color: 'var(--colorPaletteRedForeground1)' },
  foot: { display: 'flex', flexWrap: 'wrap', gap: '10px', alignItems: 'flex-end' },
  grow: { flexGrow: 1, minWidth: 'min(240px, 100%)' },
  spoken: { position: 'absolute', width: '1px', height: '1px', overflow: 'hidden', clipPath: 'inset(50%)' },
});

/** ms between two presses that are one thing */
const A_BREATH = 800;
const skeleton = ({ rules, exceptions = [] }: PolicyDocument) => JSON.stringify([rules.map((r) => [r.id, Object.keys(r.when), Object.keys(r.then)]), exceptions.map((e) => e.id)]);
const bare = ({ rules, exceptions, partners, consumers }: PolicyDocument): PolicyDocument => ({ rules, ...(exceptions ? { exceptions } : {}), ...(partners ? { partners } : {}), ...(consumers ? { consumers } : {}) });

async function begin(wire: Wire, from: string): Promise<PolicyDocument | Refused> {
  if (from in TEMPLATES) return bare(structuredClone(TEMPLATES[from as TemplateName]) as unknown as PolicyDocument);
  if (from !== '') {
    const version = await wire.call('policyVersion', { params: { version: from } });
    return isRefused(version) ? version : version.document ?? { kind: 'refused', code: 'not-found' };
  }
  const active = await wire.call('policy');
  if (isRefused(active)) return active;
  const read = SignedPolicy.safeParse(JSON.parse(active.signed));
  return read.success ? bare(read.data.policy) : { kind: 'refused', code: 'unknown-answer' };
}

/** What was changed and not saved, by what it began with: looking something up elsewhere loses nothing. In this window's memory alone. */
const unsaved = new Map<string, PolicyDocument>();

function Editor({ from, start, anew }: { from: string; start: PolicyDocument; anew: () => void }) {
  const styles = useStyles();
  const { wire, tell } = useConsole();
  const [found] = useState(() => unsaved.get(from));
  const [document, show] = useState(found ?? start);
  const [past, setPast] = useState<readonly PolicyDocument[]>([]);
  const changed = useRef(0);
  const [open, setOpen] = useState<number | null>(null);
  const [dragged, setDragged] = useState<number | null>(null);
  const [over, setOver] = useState<number | null>(null);
  const [{ held, fits }, setTried] = useState<{ readonly held: readonly string[]; readonly fits: Fits }>({ held: [], fits: {} });
  const [note, setNote] = useState('');
  const [spoken, setSpoken] = useState('');
  const [refused, setRefused] = useState<Refused | null>(null);
  const [saving, setSaving] = useState(false);
  const list = useRef<HTMLOListElement>(null);
  const tools = useRef<HTMLDivElement>(null);
  const wrong = useMemo(() => wrongIn(document), [document]);
  useEffect(() => {
    // All of it undone: nothing is left that could come back.
    if (document === start) return void unsaved.delete(from);
    unsaved.set(from, document);
    const ask = (e: Event) => e.preventDefault();
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, [document, start, from]);
  const { rules } = document;
  /** What is typed in one go is one step back; what comes, goes or moves is a step of its own. */
  function setDocument(next: PolicyDocument) {
    const now = Date.now();
    if (now - changed.current > A_BREATH || skeleton(next) !== skeleton(document)) setPast([...past, document]);
    changed.current = now;
    show(next);
  }
  function undo() {
    const before = past.at(-1);
    if (before === undefined) return;
    setPast(past.slice(0, -1));
    changed.current = 0;
    setOpen(null);
    show(before);
    setSpoken(SAY.undone);
  }
  const set = (next: readonly DraftRule[]) => setDocument({ ...document, rules: [...next] });

  function move(from: number, to: number, focus: 'up' | 'down' | null) {
    if (to < 0 || to >= rules.length || from === to) return;
    const next = [...rules];
    const [rule] = next.splice(from, 1);
    if (rule === undefined) return;
    next.splice(to, 0, rule);
    set(next);
    setOpen(null);
    setSpoken(SAY.moved(rule.name ?? rule.id, to + 1, rules.length));
    if (focus !== null) requestAnimationFrame(() => list.current?.querySelector<HTMLElement>(`[data-rule="${to}"] [data-handle="${focus}"]`)?.focus());
  }
  const keys = (i: number) => (e: KeyboardEvent) => {
    if (e.key !== 'ArrowUp' && e.key !== 'ArrowDown') return;
    e.preventDefault();
    move(i, e.key === 'ArrowUp' ? i - 1 : i + 1, e.currentTarget.getAttribute('data-handle') === 'up' ? 'up' : 'down');
  };
  function remove(i: number) {
    const name = rules[i]?.name ?? rules[i]?.id ?? '';
    set(rules.filter((_, n) => n !== i));
    setOpen(null);
    tell(SAY.removed(name));
    requestAnimationFrame(() => (list.current?.querySelector<HTMLElement>(`[data-rule="${Math.min(i, rules.length - 2)}"] [data-remove]`) ?? tools.current?.querySelector('button'))?.focus());
  }
  function add(example?: (typeof EXAMPLES)[number]) {
    const base = example === undefined ? 'rule' : slug(example.name);
    let n = example === undefined ? rules.length + 1 : 1;
    const id = () => (example !== undefined && n === 1 ? base : `${base}-${n}`);
    while (rules.some((r) => r.id === id())) n += 1;
    set([...rules, { ...(example === undefined ? { name: `Rule ${n}`, when: UNSAID, then: { act: 'warn' } } : structuredClone(example)), id: id() } as DraftRule]);
    setOpen(rules.length);
    // It stands below all others: whoever added it goes on there.
    requestAnimationFrame(() => {
      const name = list.current?.querySelector<HTMLInputElement>(`[data-rule="${rules.length}"] input`);
      name?.focus();
      name?.select();
    });
  }
  /** from the trial's trace to the rule it names */
  function lookAt(id: string) {
    const at = rules.findIndex((r) => r.id === id);
    const rule = list.current?.querySelector<HTMLElement>(`[data-rule="${at}"]`);
    rule?.scrollIntoView({ block: 'center' });
    rule?.querySelector<HTMLElement>('[aria-expanded]')?.focus({ preventScroll: true });
  }
  async function save() {
    setSaving(true);
    const made = await wire.call('draftPolicy', { body: { document, ...(note.trim() === '' ? {} : { note: note.trim() }) } });
    setSaving(false);
    if (isRefused(made)) return setRefused(made);
    tell(SAY.saved);
    unsaved.delete(from);
    return go(`policy/${made.version}`);
  }
  return (
    <div className={styles.columns}>
      <div className={styles.stack}>
        {found === undefined ? null : <MessageBar intent="info" layout="multiline"><MessageBarBody>{SAY.unsaved}</MessageBarBody><MessageBarActions><Button size="small" onClick={() => { unsaved.delete(from); anew(); }}>{SAY.anew}</Button></MessageBarActions></MessageBar>}
        <Card title={`${SAY.rules} (${rules.length})`} actions={(
          <div ref={tools} className={styles.tools}>
            <Button onClick={() => add()}>{SAY.add}</Button>
            <Menu>
              <MenuTrigger disableButtonEnhancement><Button>{SAY.example}</Button></MenuTrigger>
              <MenuPopover><MenuList>{EXAMPLES.map((e) => <MenuItem key={e.name} onClick={() => add(e)}>{e.name}</MenuItem>)}</MenuList></MenuPopover>
            </Menu>
            <Button disabledFocusable={past.length === 0} onClick={undo}>{SAY.undo}</Button>
          </div>
        )}>
          <span role="status" className={styles.spoken}>{spoken}</span>
          <ol ref={list} className={styles.list}>
            {rules.map((rule, i) => {
              const name = rule.name ?? rule.id;
              const here = wrong.filter((w) => w.rule === i);
              return (
                // oxlint-disable-next-line no-array-index-key
                <li key={`${i}`} data-rule={i} className={mergeClasses(styles.rule, held.includes(rule.id) && styles.held, over === i && styles.over)}
                  onDragOver={(e) => { if (dragged !== null) { e.preventDefault(); setOver(i); } }} onDragLeave={() => setOver(null)} onDrop={(e) => { e.preventDefault(); if (dragged !== null) move(dragged, i, null); setDragged(null); setOver(null); }}>
                  <div className={styles.head}>
                    <span draggable title={SAY.drag} className={styles.handle} aria-hidden="true" onDragStart={(e) => { e.dataTransfer.setData('text/plain', rule.id); e.dataTransfer.effectAllowed = 'move'; setDragged(i); }} onDragEnd={() => { setDragged(null); setOver(null); }}>⠿</span>
                    <h3 className={styles.name}>{name}</h3>
                    {held.includes(rule.id) ? <Chip tone="brand">holds</Chip> : null}
                    {([['up', i - 1, '↑'], ['down', i + 1, '↓']] as const).map(([way, to, sign]) => <Button key={way} className={styles.arrow} size="small" appearance="subtle" data-handle={way} aria-label={`${SAY[way]}: ${name}`} title={SAY[way]} onKeyDown={keys(i)} onClick={() => move(i, to, way)} disabledFocusable={to < 0 || to >= rules.length}>{sign}</Button>)}
                    <Button size="small" aria-expanded={open === i} onClick={() => setOpen(open === i ? null : i)}>{open === i ? SAY.close : SAY.change}</Button>
                    <Button size="small" appearance="subtle" data-remove aria-label={`${SAY.remove}: ${name}`} onClick={() => remove(i)}>{SAY.remove}</Button>
                  </div>
                  <p className={styles.sentence}>{sentenceOf(asRule(rule))}</p>
                  {here.map((w) => <p key={w.says} className={styles.bad}>{w.says}</p>)}
                  {open === i ? <RuleForm rule={rule} fits={fits} fresh={!start.rules.some((r) => r.id === rule.id)} onChange={(next) => set(rules.map((r, n) => (n === i ? next : r)))} /> : null}
                </li>
              );
            })}
          </ol>
        </Card>
        <Exceptions document={document} wrong={wrong} onChange={setDocument} onRemoved={(name) => tell(SAY.removed(name))} />
        <Card title={SAY.domains}>
          <Field label={SAY.partners} hint={SAY.comma}>
            <Words lines={2} label={SAY.partners} split={/[\s,]+/} value={document.partners ?? []} onChange={(named) => { const { partners: _p, ...rest } = document; setDocument(named.length === 0 ? rest : { ...rest, partners: named }); }} />
          </Field>
          <Field label={SAY.consumers} hint={SAY.comma}>
            <Words lines={2} label={SAY.consumers} split={/[\s,]+/} value={document.consumers ?? []} onChange={(named) => { const { consumers: _c, ...rest } = document; setDocument(named.length === 0 ? rest : { ...rest, consumers: named }); }} />
          </Field>
        </Card>
        <Card title={SAY.save}>
          {wrong.length === 0 ? <Chip tone="good">{SAY.fine}</Chip> : <MessageBar intent="warning" layout="multiline"><MessageBarBody>{SAY.wrong} {wrong.map((w) => `${w.exception !== undefined ? `${SAY.exception(w.exception + 1)}: ` : w.rule === null ? '' : `${rules[w.rule]?.name ?? rules[w.rule]?.id}: `}${w.says}`).join(' · ')}</MessageBarBody></MessageBar>}
          {refused === null ? null : <Refusal refused={refused} />}
          <div className={styles.foot}>
            <Field className={styles.grow} label={SAY.noteLabel}><Input value={note} onChange={(_, d) => setNote(d.value)} /></Field>
            <Button appearance="primary" disabled={wrong.length > 0 || saving} onClick={() => void save()}>{SAY.save}</Button>
          </div>
        </Card>
      </div>
      <Trial document={document} rule={open === null ? null : rules[open]?.id ?? null} onShow={lookAt} onTried={useCallback((ids: readonly string[], now: Fits) => setTried((before) => (before.held.join() === ids.join() && JSON.stringify(before.fits) === JSON.stringify(now) ? before : { held: ids, fits: now })), [])} />
    </div>
  );
}

export default function Rules() {
  const { wire } = useConsole();
  const from = usePlace().query.get('from') ?? '';
  const [round, setRound] = useState(0);
  const [start, setStart] = useState<{ readonly from: string; readonly document: PolicyDocument | Refused } | null>(null);
  useEffect(() => {
    let wanted = true;
    void begin(wire, from).then((document) => { if (wanted) setStart({ from, document }); });
    return () => { wanted = false; };
  }, [wire, from]);
  const choices: readonly (readonly [string, string])[] = [['', SAY.inForce], ...Object.keys(TEMPLATES).map((t) => [t, `${SAY.template}: ${t}`] as const)];
  return (
    <Page title={SAY.editor} lead={SAY.editorLead} actions={(
      <Dropdown aria-label={SAY.base} style={{ minWidth: 0, width: 220 }} selectedOptions={[from]} value={choices.find(([c]) => c === from)?.[1] ?? from} onOptionSelect={(_, { optionValue }) => go(optionValue ? `rules?from=${optionValue}` : 'rules')}>
        {choices.map(([value, word]) => <Option key={value} value={value}>{word}</Option>)}
      </Dropdown>
    )}>
      {start === null || start.from !== from ? null : isRefused(start.document) ? <Refusal refused={start.document} /> : <Editor key={`${from}/${round}`} from={from} start={start.document} anew={() => setRound(round + 1)} />}
    </Page>
  );
}
