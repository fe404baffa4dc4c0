/** The rules, to be written: each a sentence, arranged by dragging or by keys, checked and tried as one types, saved as a draft of a new version. */
import { Button, Dropdown, Field, Input, MessageBar, MessageBarBody, Option, Textarea, makeStyles, mergeClasses } from '@fluentui/react-components';
import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { TEMPLATES, type TemplateName } from '../../shared/plan/template.ts';
import { SignedPolicy, type PolicyDocument } from '../../shared/wire/policy.ts';
import { useConsole } from '../frame/console.ts';
import { go, usePlace } from '../frame/place.ts';
import { Card, Chip, Page, Refusal } from '../frame/view.tsx';
import { isRefused, type Refused, type Wire } from '../wire/call.ts';
import { wrongIn } from './check.ts';
import { Exceptions } from './exceptions.tsx';
import { RuleForm, asRule, type DraftRule } from './rule.tsx';
import { sentenceOf } from './sentence.ts';
import { Trial } from './trial.tsx';
import { SAY } from './words.ts';

const useStyles = makeStyles({
  columns: { display: 'grid', gap: '16px', gridTemplateColumns: 'minmax(0, 3fr) minmax(0, 2fr)', alignItems: 'start', '@media (max-width: 1000px)': { gridTemplateColumns: 'minmax(0, 1fr)' } },
  stack: { display: 'grid', gap: '16px', minWidth: 0 },
  // What a change does is in sight while it is made.
  beside: { position: 'sticky', top: '65px', maxHeight: 'calc(100vh - 81px)', overflowY: 'auto', minWidth: 0, '@media (max-width: 1000px)': { position: 'static', maxHeight: 'none' } },
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'grid', gap: '8px' },
  rule: { display: 'grid', gap: '6px', border: '1px solid var(--colorNeutralStroke2)', borderRadius: '8px', padding: '10px 12px', backgroundColor: 'var(--colorNeutralBackground1)', minWidth: 0 },
  held: { borderLeft: '4px solid var(--colorBrandStroke1)' },
  over: { outline: '2px dashed var(--colorBrandStroke1)' },
  head: { display: 'flex', flexWrap: 'wrap', gap: '4px 8px', alignItems: 'center' },
  name: { fontWeight: 600, flexGrow: 1, margin: 0, fontSize: '14px', overflowWrap: 'anywhere' },
  handle: { cursor: 'grab', color: 'var(--colorNeutralForeground3)', userSelect: 'none', padding: '0 4px' },
  sentence: { margin: 0, overflowWrap: 'anywhere' },
  bad: { margin: 0, color: 'var(--colorPaletteRedForeground1)' },
  foot: { display: 'flex', flexWrap: 'wrap', gap: '10px', alignItems: 'flex-end' },
  grow: { flexGrow: 1, minWidth: 'min(240px, 100%)' },
  spoken: { position: 'absolute', width: '1px', height: '1px', overflow: 'hidden', clipPath: 'inset(50%)' },
});

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

function Editor({ start }: { start: PolicyDocument }) {
  const styles = useStyles();
  const { wire, tell } = useConsole();
  const [document, setDocument] = useState(start);
  const [open, setOpen] = useState<number | null>(null);
  const [dragged, setDragged] = useState<number | null>(null);
  const [over, setOver] = useState<number | null>(null);
  const [held, setHeld] = useState<readonly string[]>([]);
  const [note, setNote] = useState('');
  const [spoken, setSpoken] = useState('');
  const [refused, setRefused] = useState<Refused | null>(null);
  const [saving, setSaving] = useState(false);
  const list = useRef<HTMLOListElement>(null);
  const wrong = useMemo(() => wrongIn(document), [document]);
  const { rules } = document;
  const set = (next: readonly DraftRule[]) => setDocument({ ...document, rules: [...next] });

  function move(from: number, to: number, focus = true) {
    if (to < 0 || to >= rules.length || from === to) return;
    const next = [...rules];
    const [rule] = next.splice(from, 1);
    if (rule === undefined) return;
    next.splice(to, 0, rule);
    set(next);
    setOpen(null);
    setSpoken(SAY.moved(rule.name ?? rule.id, to + 1, rules.length));
    if (focus) requestAnimationFrame(() => list.current?.querySelector<HTMLElement>(`[data-rule="${to}"] [data-handle]`)?.focus());
  }
  const keys = (i: number) => (e: KeyboardEvent) => {
    if (e.key !== 'ArrowUp' && e.key !== 'ArrowDown') return;
    e.preventDefault();
    move(i, e.key === 'ArrowUp' ? i - 1 : i + 1);
  };
  function remove(i: number) {
    const before = document;
    const name = rules[i]?.name ?? rules[i]?.id ?? '';
    set(rules.filter((_, n) => n !== i));
    setOpen(null);
    tell(SAY.removed(name), { undo: () => { setDocument(before); setSpoken(SAY.kept); } });
  }
  function add() {
    let n = rules.length + 1;
    while (rules.some((r) => r.id === `rule-${n}`)) n += 1;
    set([...rules, { id: `rule-${n}`, name: `Rule ${n}`, when: { level: ['high'] }, then: { act: 'warn' } }]);
    setOpen(rules.length);
    // It stands below all others: whoever added it goes on there.
    requestAnimationFrame(() => {
      const name = list.current?.querySelector<HTMLInputElement>(`[data-rule="${rules.length}"] input`);
      name?.focus();
      name?.select();
    });
  }
  async function save() {
    setSaving(true);
    const made = await wire.call('draftPolicy', { body: { document, ...(note.trim() === '' ? {} : { note: note.trim() }) } });
    setSaving(false);
    if (isRefused(made)) return setRefused(made);
    tell(SAY.saved);
    return go(`policy/${made.version}`);
  }
  return (
    <div className={styles.columns}>
      <div className={styles.stack}>
        <Card title={`${SAY.rules} (${rules.length})`} actions={<Button onClick={add}>{SAY.add}</Button>}>
          <span role="status" className={styles.spoken}>{spoken}</span>
          <ol ref={list} className={styles.list}>
            {rules.map((rule, i) => {
              const name = rule.name ?? rule.id;
              const here = wrong.filter((w) => w.rule === i);
              return (
                // oxlint-disable-next-line no-array-index-key
                <li key={`${i}`} data-rule={i} className={mergeClasses(styles.rule, held.includes(rule.id) && styles.held, over === i && styles.over)}
                  onDragOver={(e) => { if (dragged !== null) { e.preventDefault(); setOver(i); } }} onDragLeave={() => setOver(null)} onDrop={(e) => { e.preventDefault(); if (dragged !== null) move(dragged, i, false); setDragged(null); setOver(null); }}>
                  <div className={styles.head}>
                    <span draggable title={SAY.drag} className={styles.handle} aria-hidden="true" onDragStart={(e) => { e.dataTransfer.setData('text/plain', rule.id); e.dataTransfer.effectAllowed = 'move'; setDragged(i); }} onDragEnd={() => { setDragged(null); setOver(null); }}>⠿</span>
                    <h3 className={styles.name}>{name}</h3>
                    {held.includes(rule.id) ? <Chip tone="brand">holds</Chip> : null}
                    <Button size="small" appearance="subtle" data-handle aria-label={`${SAY.up} / ${SAY.down}: ${name}`} title={`${SAY.up} ↑  ${SAY.down} ↓`} onKeyDown={keys(i)} onClick={() => move(i, i - 1)} disabledFocusable={rules.length < 2}>↕</Button>
                    <Button size="small" aria-expanded={open === i} onClick={() => setOpen(open === i ? null : i)}>{open === i ? SAY.close : SAY.change}</Button>
                    <Button size="small" appearance="subtle" aria-label={`${SAY.remove}: ${name}`} onClick={() => remove(i)}>{SAY.remove}</Button>
                  </div>
                  <p className={styles.sentence}>{sentenceOf(asRule(rule))}</p>
                  {here.map((w) => <p key={w.says} className={styles.bad}>{w.says}</p>)}
                  {open === i ? <RuleForm rule={rule} onChange={(next) => set(rules.map((r, n) => (n === i ? next : r)))} /> : null}
                </li>
              );
            })}
          </ol>
        </Card>
        <Exceptions document={document} wrong={wrong} onChange={setDocument} onRemoved={(name) => { const before = document; tell(SAY.removed(name), { undo: () => setDocument(before) }); }} />
        <Card title={SAY.domains}>
          <Field label={SAY.partners} hint={SAY.comma}>
            <Textarea defaultValue={(document.partners ?? []).join(', ')} onChange={(_, d) => { const { partners: _p, ...rest } = document; const named = d.value.split(/[\s,]+/).filter((x) => x !== ''); setDocument(named.length === 0 ? rest : { ...rest, partners: named }); }} />
          </Field>
          <Field label={SAY.consumers} hint={SAY.comma}>
            <Textarea defaultValue={(document.consumers ?? []).join(', ')} onChange={(_, d) => { const { consumers: _c, ...rest } = document; const named = d.value.split(/[\s,]+/).filter((x) => x !== ''); setDocument(named.length === 0 ? rest : { ...rest, consumers: named }); }} />
          </Field>
          {wrong.length === 0 ? <Chip tone="good">{SAY.fine}</Chip> : <MessageBar intent="warning" layout="multiline"><MessageBarBody>{SAY.wrong} {wrong.map((w) => `${w.exception !== undefined ? `${SAY.exception(w.exception + 1)}: ` : w.rule === null ? '' : `${rules[w.rule]?.name ?? rules[w.rule]?.id}: `}${w.says}`).join(' · ')}</MessageBarBody></MessageBar>}
          {refused === null ? null : <Refusal refused={refused} />}
          <div className={styles.foot}>
            <Field className={styles.grow} label={SAY.noteLabel}><Input value={note} onChange={(_, d) => setNote(d.value)} /></Field>
            <Button appearance="primary" disabled={wrong.length > 0 || saving} onClick={() => void save()}>{SAY.save}</Button>
          </div>
        </Card>
      </div>
      <div className={styles.beside}><Trial document={document} onHeld={useCallback((ids: readonly string[]) => setHeld((before) => (before.join() === ids.join() ? before : ids)), [])} /></div>
    </div>
  );
}

export default function Rules() {
  const { wire } = useConsole();
  const from = usePlace().query.get('from') ?? '';
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
      {start === null || start.from !== from ? null : isRefused(start.document) ? <Refusal refused={start.document} /> : <Editor key={from} start={start.document} />}
    </Page>
  );
}
