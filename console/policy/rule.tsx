/** One rule: read as a sentence, changed as fields. What it asks and what it demands are added one by one. */
import { Dropdown, Field, Input, Option, makeStyles } from '@fluentui/react-components';
import { useEffect, useRef, useState } from 'react';
import type { Effects, PolicyRule } from '../../shared/plan/policy.ts';
import type { PolicyDocument } from '../../shared/wire/policy.ts';
import { UNSAID, unsaid } from './check.ts';
import { Part, beginning } from './field.tsx';
import { CONDITION, EFFECT, SAY, SCOPE } from './words.ts';

export type DraftRule = PolicyDocument['rules'][number];
/** by condition: whether it is true of the text that is tried */
export type Fits = { readonly [condition: string]: boolean };
export const asRule = (rule: DraftRule): PolicyRule => rule as unknown as PolicyRule;

const useStyles = makeStyles({
  form: { display: 'grid', gap: '14px' },
  two: { display: 'grid', gap: '12px', alignItems: 'start', gridTemplateColumns: 'repeat(auto-fit, minmax(min(220px, 100%), 1fr))' },
  part: { display: 'flex', flexDirection: 'column', gap: '10px', border: '1px solid var(--colorNeutralStroke2)', borderRadius: '8px', padding: '10px 12px', margin: 0, minWidth: 0 },
  legend: { fontWeight: 600, padding: '0 4px' },
  drop: { minWidth: 0, width: '100%', maxWidth: '320px' },
});

const WHOLE = 'whole';

export function Parts({ legend, names, values, empty, add, whole, fits, onChange }: { legend: string; names: { readonly [name: string]: string }; values: { readonly [name: string]: unknown }; empty: string; add: string; /** the choice of none of these */ whole?: string; fits?: Fits; onChange: (values: { [name: string]: unknown }) => void }) {
  const styles = useStyles();
  const place = useRef<HTMLFieldSetElement>(null);
  // Whoever works with keys goes on in what was added, or where the next is added.
  const [next, setNext] = useState<{ readonly part: string | null } | null>(null);
  useEffect(() => {
    if (next === null) return;
    const within = next.part === null ? null : place.current?.querySelector<HTMLElement>(`[data-part="${next.part}"] :is(input, textarea, button)`);
    (within ?? [...(place.current?.querySelectorAll<HTMLElement>('[role="combobox"]') ?? [])].at(-1))?.focus();
  }, [next]);
  const used = Object.keys(names).filter((n) => values[n] !== undefined);
  const without = (name: string) => Object.fromEntries(Object.entries(values).filter(([n]) => n !== name));
  return (
    <fieldset ref={place} className={styles.part}>
      <legend className={styles.legend}>{legend}</legend>
      {used.length === 0 ? <span>{empty}</span> : null}
      {used.map((n) => <Part key={n} name={n} label={names[n] ?? n} value={values[n]} fits={fits?.[n]} onChange={(value) => onChange({ ...values, [n]: value })} onRemove={() => { onChange(without(n)); setNext({ part: null }); }} />)}
      {/* A list of its own each time: with options gone, Fluent's search by letters misses */}
      <Dropdown key={used.join()} className={styles.drop} aria-label={add} placeholder={add} selectedOptions={[]} value="" onOptionSelect={(_, { optionValue }) => {
        if (optionValue === WHOLE) onChange({});
        else if (optionValue) { onChange({ ...values, [optionValue]: beginning(optionValue) }); setNext({ part: optionValue }); }
      }}>
        {whole === undefined ? null : <Option key={WHOLE} value={WHOLE}>{whole}</Option>}
        {Object.entries(names).filter(([n]) => values[n] === undefined).map(([n, word]) => <Option key={n} value={n}>{word}</Option>)}
      </Dropdown>
    </fieldset>
  );
}

export const slug = (name: string) => name.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^[^a-z]+|-+$/g, '').slice(0, 40).replace(/-$/, '');

/** `fresh`: nobody knows it by its name for machines yet, so that it may follow the name */
export function RuleForm({ rule, fresh, fits, onChange }: { rule: DraftRule; fresh: boolean; fits?: Fits; onChange: (rule: DraftRule) => void }) {
  const styles = useStyles();
  const text = (key: 'name' | 'says', value: string) => {
    const { [key]: _, ...rest } = rule;
    const follows = key === 'name' && fresh && slug(value) !== '' && (rule.id === slug(rule.name ?? '') || /^rule-\d+$/.test(rule.id));
    onChange({ ...rest, ...(value === '' ? {} : { [key]: value }), ...(follows ? { id: slug(value) } : {}) } as DraftRule);
  };
  return (
    <div className={styles.form}>
      <div className={styles.two}>
        <Field label={SAY.name}><Input value={rule.name ?? ''} onChange={(_, d) => text('name', d.value)} /></Field>
        <Field label={SAY.id} hint={SAY.idMore}><Input value={rule.id} onChange={(_, d) => onChange({ ...rule, id: d.value })} /></Field>
      </div>
      {/* With its last condition gone a rule would hold always: that, too, is said and not come to. */}
      <Parts legend={SAY.when} names={CONDITION} values={unsaid(rule) ? {} : rule.when} empty={unsaid(rule) ? SAY.sayWhen : SAY.always} add={SAY.addCondition} {...(unsaid(rule) ? { whole: SAY.everyMessage } : {})} {...(fits ? { fits } : {})} onChange={(when) => onChange({ ...rule, when: Object.keys(when).length > 0 || unsaid(rule) ? when as DraftRule['when'] : UNSAID })} />
      <Parts legend={SAY.then} names={EFFECT} values={rule.then as Effects as { [name: string]: unknown }} empty={SAY.empty} add={SAY.addEffect} onChange={(then) => onChange({ ...rule, then: then as DraftRule['then'] })} />
      <Parts legend={SAY.scope} names={SCOPE} values={rule.scope ?? {}} empty={SAY.everybody} add={SAY.addScope} onChange={(scope) => { const { scope: _, ...bare } = rule; onChange(Object.keys(scope).length === 0 ? bare : { ...bare, scope: scope as NonNullable<DraftRule['scope']> }); }} />
      <Field label={SAY.says}><Input value={rule.says ?? ''} onChange={(_, d) => text('says', d.value)} /></Field>
    </div>
  );
}
