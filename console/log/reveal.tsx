/** Sealed values of one entry, uncovered for a reason. The service notes it before it answers; nothing is kept by this page when it is closed. */
import { Button, Checkbox, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, DialogTrigger, Dropdown, Field, Input, Option } from '@fluentui/react-components';
import { useState } from 'react';
import type { Why } from '../../shared/wire/compliance.ts';
import { useConsole } from '../frame/console.ts';
import { Refusal } from '../frame/view.tsx';
import { isRefused, type Refused } from '../wire/call.ts';
import { SAY, WHYS } from './words.ts';
import { named } from '../words.ts';

export function WhyField({ value, onChange }: { value: Why | ''; onChange: (why: Why) => void }) {
  return (
    <Field label={SAY.why} required>
      <Dropdown style={{ minWidth: 0 }} value={value === '' ? '' : named(WHYS, value)} selectedOptions={value === '' ? [] : [value]} onOptionSelect={(_, { optionValue }) => onChange(optionValue as Why)}>
        {Object.entries(WHYS).map(([why, text]) => <Option key={why} value={why}>{text}</Option>)}
      </Dropdown>
    </Field>
  );
}

export function Reveal({ seq, sealed }: { seq: number; sealed: readonly string[] }) {
  const { wire } = useConsole();
  const [fields, setFields] = useState<readonly string[]>([]);
  const [why, setWhy] = useState<Why | ''>('');
  const [reason, setReason] = useState('');
  const [shown, setShown] = useState<{ readonly [name: string]: string } | null>(null);
  const [refused, setRefused] = useState<Refused | null>(null);
  const ask = async () => {
    if (why === '') return;
    const answer = await wire.call('reveal', { params: { seq }, body: { fields: [...fields], why, ...(reason.trim() === '' ? {} : { reason: reason.trim() }) } });
    if (isRefused(answer)) setRefused(answer);
    else setShown(answer.values);
  };
  if (shown !== null) {
    return (
      <div>
        <h3 style={{ fontSize: 14, margin: '4px 0' }}>{SAY.revealed}</h3>
        <dl style={{ margin: 0 }}>{Object.entries(shown).map(([name, value]) => <div key={name} style={{ display: 'flex', flexWrap: 'wrap', gap: '2px 10px' }}><dt style={{ color: 'var(--colorNeutralForeground3)' }}>{name}</dt><dd style={{ margin: 0, fontWeight: 600, overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>{value}</dd></div>)}</dl>
        <Button size="small" onClick={() => setShown(null)} style={{ marginTop: 6 }}>{SAY.hide}</Button>
      </div>
    );
  }
  return (
    <Dialog onOpenChange={(_, { open }) => { if (open) { setRefused(null); setFields(sealed.length === 1 ? sealed : []); } }}>
      <DialogTrigger disableButtonEnhancement><Button size="small">{SAY.reveal}</Button></DialogTrigger>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{SAY.reveal}</DialogTitle>
          <DialogContent>
            <p>{SAY.revealMore}</p>
            <div role="group" aria-label={SAY.revealFields} style={{ display: 'flex', flexWrap: 'wrap' }}>
              {sealed.map((name) => <Checkbox key={name} label={name} checked={fields.includes(name)} onChange={(_, { checked }) => setFields(checked === true ? [...fields, name] : fields.filter((f) => f !== name))} />)}
            </div>
            <WhyField value={why} onChange={setWhy} />
            <Field label={SAY.revealReason}><Input value={reason} maxLength={500} onChange={(_, { value }) => setReason(value)} /></Field>
            {refused === null ? null : <Refusal refused={refused} />}
          </DialogContent>
          <DialogActions>
            <DialogTrigger disableButtonEnhancement><Button>{SAY.cancel}</Button></DialogTrigger>
            <Button appearance="primary" disabled={why === '' || fields.length === 0} onClick={() => void ask()}>{SAY.reveal}</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
