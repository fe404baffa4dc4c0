/** One condition or consequence of a rule as a control, by what kind of value it takes. */
import { Button, Dropdown, Field, Input, Option, Switch, Textarea, makeStyles } from '@fluentui/react-components';
import { useState } from 'react';
import { CLASSES } from '../../shared/retention/retention.ts';
import { Chip } from '../frame/view.tsx';
import { ACT, DAY, KIND, LEVEL, NEED, PURPOSE, SAY, SENSITIVE, TRAIT } from './words.ts';

type Names = { readonly [name: string]: string };
/** `many` of these names · `one` of these · `count` a number · `flag` yes · `words` separated by commas */
type Takes = { readonly is: 'many' | 'one'; readonly of: Names } | { readonly is: 'count' | 'flag' | 'words' | 'kinds' | 'time' };

const TAKES: { readonly [name: string]: Takes } = {
  level: { is: 'many', of: LEVEL }, sensitive: { is: 'many', of: SENSITIVE }, health: { is: 'count' }, kinds: { is: 'kinds' }, people: { is: 'count' }, matches: { is: 'words' }, subjectIdentifier: { is: 'flag' }, unscannable: { is: 'flag' },
  attachments: { is: 'count' }, size: { is: 'count' }, recipient: { is: 'many', of: TRAIT }, recipientNot: { is: 'many', of: TRAIT }, recipientDomain: { is: 'words' }, recipients: { is: 'count' }, visible: { is: 'count' }, group: { is: 'words' },
  sharedMailbox: { is: 'flag' }, time: { is: 'time' }, label: { is: 'words' }, purpose: { is: 'many', of: PURPOSE },
  domain: { is: 'words' }, person: { is: 'words' },
  act: { is: 'one', of: ACT }, need: { is: 'one', of: NEED }, portal: { is: 'flag' }, divided: { is: 'one', of: { preferred: 'unless its author chooses otherwise', required: 'always' } }, insist: { is: 'flag' }, retention: { is: 'one', of: Object.fromEntries(CLASSES.map((c) => [c.id, c.name])) }, expires: { is: 'count' }, hold: { is: 'count' }, notify: { is: 'words' }, consent: { is: 'flag' },
  notice: { is: 'many', of: { part2: '42 CFR 2.32' } },
};

/** What a condition begins with when it is added. */
export function beginning(name: string): unknown {
  const takes = TAKES[name];
  if (takes === undefined) return undefined;
  switch (takes.is) {
    // Nobody meant the first of a list: it is chosen, or cannot be saved.
    case 'many': return [];
    case 'one': return name === 'act' ? 'warn' : name === 'need' ? 'at-rest' : Object.keys(takes.of)[0];
    case 'count': return name === 'expires' ? 14 : 2;
    case 'flag': return true;
    case 'words': return [];
    case 'kinds': return { of: [], least: 1 };
    case 'time': return { from: '18:00', to: '07:00' };
  }
}

const useStyles = makeStyles({
  line: { display: 'flex', flexWrap: 'wrap', alignItems: 'flex-end', gap: '8px' },
  grow: { flexGrow: 1, minWidth: 'min(220px, 100%)' },
  fits: { flexBasis: '100%' },
  drop: { minWidth: 0, width: '100%' },
  count: { width: '120px' },
});

export function Many({ label, of, value, onChange }: { label: string; of: Names; value: readonly string[]; onChange: (value: string[]) => void }) {
  const styles = useStyles();
  return (
    <Dropdown className={styles.drop} aria-label={label} placeholder={SAY.choose} multiselect selectedOptions={[...value]} value={value.map((v) => of[v] ?? v).join(', ')} onOptionSelect={(_, { selectedOptions }) => onChange(selectedOptions)}>
      {Object.entries(of).map(([name, word]) => <Option key={name} value={name}>{word}</Option>)}
    </Dropdown>
  );
}

/** Words separated by commas. What is typed stays as typed while it means the value; another value, as after an undo, is shown anew. */
export function Words({ value, label, lines, split = /,/, onChange }: { value: readonly string[]; label?: string; lines?: number; split?: RegExp; onChange: (value: string[]) => void }) {
  const [typed, setTyped] = useState(value.join(', '));
  const read = (text: string) => text.split(split).map((w) => w.trim()).filter((w) => w !== '');
  const given = { 'aria-label': label, value: read(typed).join('\n') === value.join('\n') ? typed : value.join(', '), onChange: (_: unknown, d: { readonly value: string }) => { setTyped(d.value); onChange(read(d.value)); } };
  return lines === undefined ? <Input {...given} /> : <Textarea rows={lines} {...given} />;
}

const count = (text: string) => (/^\d{1,9}$/.test(text) ? Number(text) : text);

/** `fits`: whether the text that is tried has it; absent: nothing is tried */
export function Part({ name, label, value, fits, onChange, onRemove }: { name: string; label: string; value: unknown; fits?: boolean | undefined; onChange: (value: unknown) => void; onRemove: () => void }) {
  const styles = useStyles();
  const takes = TAKES[name];
  const kinds = value as { of: string[]; least?: number };
  const time = value as { from: string; to: string; days?: number[] };
  return (
    <div className={styles.line} role="group" aria-label={label} data-part={name}>
      <Field className={styles.grow} label={label} {...(takes?.is === 'words' ? { hint: SAY.comma } : {})}>
        {takes?.is === 'many' ? <Many label={label} of={takes.of} value={value as string[]} onChange={onChange} />
          : takes?.is === 'one' ? (
            <Dropdown className={styles.drop} aria-label={label} selectedOptions={[String(value)]} value={takes.of[String(value)] ?? String(value)} onOptionSelect={(_, { optionValue }) => onChange(optionValue)}>
              {Object.entries(takes.of).map(([option, word]) => <Option key={option} value={option}>{word}</Option>)}
            </Dropdown>
          ) : takes?.is === 'count' ? <Input className={styles.count} inputMode="numeric" value={String(value)} onChange={(_, d) => onChange(count(d.value))} />
            : takes?.is === 'words' ? <Words value={value as string[]} label={label} onChange={onChange} />
              : takes?.is === 'kinds' ? <Many label={label} of={KIND} value={kinds.of} onChange={(of) => onChange({ ...kinds, of })} />
                : takes?.is === 'time' ? <Many label={SAY.days} of={DAY} value={(time.days ?? []).map(String)} onChange={(days) => onChange({ from: time.from, to: time.to, ...(days.length === 0 ? {} : { days: days.map(Number).sort() }) })} />
                  : <Switch checked={value === true} onChange={(_, d) => { if (!d.checked) onRemove(); }} aria-label={label} />}
      </Field>
      {takes?.is === 'kinds' ? <Field label={SAY.least}><Input className={styles.count} inputMode="numeric" value={String(kinds.least ?? 1)} onChange={(_, d) => onChange({ ...kinds, least: count(d.value) })} /></Field> : null}
      {takes?.is === 'time' ? <><Field label={SAY.from}><Input className={styles.count} value={time.from} onChange={(_, d) => onChange({ ...time, from: d.value })} /></Field><Field label={SAY.to}><Input className={styles.count} value={time.to} onChange={(_, d) => onChange({ ...time, to: d.value })} /></Field></> : null}
      <Button appearance="subtle" aria-label={`${SAY.remove}: ${label}`} onClick={onRemove}>{SAY.remove}</Button>
      {fits === undefined ? null : <span className={styles.fits}><Chip tone={fits ? 'good' : 'plain'}>{fits ? `✓ ${SAY.fits}` : `✗ ${SAY.fitsNot}`}</Chip></span>}
    </div>
  );
}
