/** Exceptions: the only thing that takes an effect away, and only a named one, for as long as it says, with somebody who answers for it. */
import { Button, Dropdown, Field, Input, Option, makeStyles } from '@fluentui/react-components';
import type { PolicyDocument } from '../../shared/wire/policy.ts';
import { Card, Chip } from '../frame/view.tsx';
import { Parts } from './rule.tsx';
import { waiver } from './sentence.ts';
import type { Wrong } from './check.ts';
import { EFFECT, SAY, SCOPE } from './words.ts';

type Exception = NonNullable<PolicyDocument['exceptions']>[number];

const useStyles = makeStyles({
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'grid', gap: '8px' },
  one: { display: 'grid', gap: '10px', border: '1px solid var(--colorNeutralStroke2)', borderRadius: '8px', padding: '10px 12px', minWidth: 0 },
  fields: { display: 'grid', gap: '12px', alignItems: 'start', gridTemplateColumns: 'repeat(auto-fit, minmax(min(200px, 100%), 1fr))' },
  drop: { minWidth: 0, width: '100%' },
  sentence: { margin: 0, overflowWrap: 'anywhere' },
  bad: { margin: 0, color: 'var(--colorPaletteRedForeground1)' },
  end: { justifySelf: 'end' },
});
const MONTH = 30 * 86_400_000;

function Choice({ label, value, of, onChange }: { label: string; value: string; of: readonly (readonly [string, string])[]; onChange: (value: string) => void }) {
  const styles = useStyles();
  return (
    <Field label={label}>
      <Dropdown className={styles.drop} aria-label={label} selectedOptions={[value]} value={of.find(([v]) => v === value)?.[1] ?? value} onOptionSelect={(_, { optionValue }) => { if (optionValue) onChange(optionValue); }}>
        {of.map(([v, word]) => <Option key={v} value={v}>{word}</Option>)}
      </Dropdown>
    </Field>
  );
}

export function Exceptions({ document, wrong, onChange, onRemoved }: { document: PolicyDocument; wrong: readonly Wrong[]; onChange: (document: PolicyDocument) => void; onRemoved: (id: string) => void }) {
  const styles = useStyles();
  const { rules, exceptions = [], ...rest } = document;
  const set = (next: readonly Exception[]) => onChange({ rules, ...rest, ...(next.length === 0 ? {} : { exceptions: [...next] }) });
  const effectsOf = (id: string) => Object.keys(rules.find((r) => r.id === id)?.then ?? {}).map((e) => [e, EFFECT[e] ?? e] as const);
  function add() {
    const rule = rules.find((r) => Object.keys(r.then).length > 0);
    if (rule === undefined) return;
    let n = exceptions.length + 1;
    while (exceptions.some((e) => e.id === `exception-${n}`)) n += 1;
    set([...exceptions, { id: `exception-${n}`, rule: rule.id, effect: Object.keys(rule.then)[0] as Exception['effect'], owner: '', why: '', until: new Date(Date.now() + MONTH).toISOString().slice(0, 10) }]);
  }
  return (
    <Card title={`${SAY.exceptions} (${exceptions.length})`} actions={<Button onClick={add} disabled={rules.length === 0}>{SAY.addException}</Button>}>
      <p className={styles.sentence}>{SAY.exceptionsLead}</p>
      <ul className={styles.list}>
        {exceptions.map((e, i) => {
          const change = (next: Partial<Exception>) => set(exceptions.map((old, n) => (n === i ? { ...old, ...next } : old)));
          const name = SAY.exception(i + 1);
          return (
            // oxlint-disable-next-line no-array-index-key
            <li key={`${i}`} className={styles.one} data-exception={i}>
              <p className={styles.sentence}>{waiver(e, rules)}</p>
              {e.until !== '' && e.until < new Date().toISOString().slice(0, 10) ? <p className={styles.sentence}><Chip>{SAY.past}</Chip></p> : null}
              {wrong.filter((w) => w.exception === i).map((w) => <p key={w.says} className={styles.bad}>{w.says}</p>)}
              <div className={styles.fields} role="group" aria-label={name}>
                <Choice label={SAY.ofRule} value={e.rule} of={rules.filter((r) => Object.keys(r.then).length > 0).map((r) => [r.id, r.name ?? r.id] as const)} onChange={(rule) => change({ rule, effect: (effectsOf(rule).find(([v]) => v === e.effect) ?? effectsOf(rule)[0])?.[0] as Exception['effect'] })} />
                <Choice label={SAY.takesAway} value={e.effect} of={effectsOf(e.rule)} onChange={(effect) => change({ effect: effect as Exception['effect'] })} />
                <Field label={SAY.until}><Input type="date" value={e.until} onChange={(_, d) => change({ until: d.value })} /></Field>
                <Field label={SAY.owner} hint={SAY.ownerMore}><Input value={e.owner} onChange={(_, d) => change({ owner: d.value })} /></Field>
                <Field label={SAY.why}><Input value={e.why} onChange={(_, d) => change({ why: d.value })} /></Field>
              </div>
              <Parts legend={SAY.scope} names={SCOPE} values={e.scope ?? {}} empty={SAY.everybody} add={SAY.addScope} onChange={(scope) => { const { scope: _, ...bare } = e; set(exceptions.map((old, n) => (n === i ? { ...bare, ...(Object.keys(scope).length === 0 ? {} : { scope: scope as NonNullable<Exception['scope']> }) } : old))); }} />
              <Button className={styles.end} appearance="subtle" aria-label={`${SAY.remove}: ${name}`} onClick={() => { set(exceptions.filter((_, n) => n !== i)); onRemoved(name); }}>{SAY.remove}</Button>
            </li>
          );
        })}
      </ul>
    </Card>
  );
}
