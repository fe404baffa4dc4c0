/** The certificate of sending, in its author's hands: what it may say, and as what it is saved. */
import { Button, Checkbox, makeStyles } from '@fluentui/react-components';
import { useState } from 'react';
import type { Reveal } from '../../shared/wire/certificate.ts';
import type { Companion } from '../companion/companion.ts';
import { isRefused } from '../refusal.ts';
import { Note, Section } from '../view/view.tsx';
import { saying, type Saying } from '../words.ts';
import { PROOF } from './words.ts';

const useStyles = makeStyles({
  row: { display: 'flex', gap: '8px', flexWrap: 'wrap' },
  choose: { margin: 0, padding: 0, border: 'none', minWidth: 0, '& legend': { padding: 0, fontSize: '12px', lineHeight: '17px', color: 'var(--colorNeutralForeground2)' } },
  boxes: { display: 'flex', flexWrap: 'wrap', columnGap: '8px' },
});
const CHOICES: readonly Reveal[] = ['recipients', 'subject', 'from', 'servers'];

export function Proof({ id, companion, save }: { id: string; companion: Companion; save: (blob: Blob, filename: string) => void }) {
  const styles = useStyles();
  const [chosen, setChosen] = useState<readonly Reveal[]>(['recipients']);
  const [told, setTold] = useState<{ readonly intent: 'info' | 'success' | 'error'; readonly saying: Saying } | null>(null);

  const get = async (form: 'paper' | 'bundle') => {
    setTold({ intent: 'info', saying: { what: PROOF.making, next: '' } });
    const got = await companion.certificate(id, form, CHOICES.filter((c) => chosen.includes(c)));
    if (isRefused(got)) return setTold({ intent: 'error', saying: saying(got.code) });
    save(got, `certificate-${id.slice(-8)}.${form === 'paper' ? 'pdf' : 'zip'}`);
    return setTold({ intent: 'success', saying: { what: PROOF.saved, next: '' } });
  };

  return (
    <Section title={PROOF.title} help={PROOF.help}>
      <fieldset className={styles.choose}>
        <legend>{PROOF.show}</legend>
        <div className={styles.boxes}>
          {CHOICES.map((what) => <Checkbox key={what} label={PROOF.names[what]} checked={chosen.includes(what)} onChange={(_event, { checked }) => setChosen(checked === true ? [...chosen, what] : chosen.filter((c) => c !== what))} />)}
        </div>
      </fieldset>
      <div className={styles.row}>
        <Button size="small" onClick={() => void get('paper')}>{PROOF.paper}</Button>
        <Button size="small" onClick={() => void get('bundle')}>{PROOF.bundle}</Button>
      </div>
      <div role="status">{told ? <Note intent={told.intent} saying={told.saying} /> : null}</div>
    </Section>
  );
}
