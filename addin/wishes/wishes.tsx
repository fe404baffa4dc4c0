/** What an author may add: purpose, patient reference, a stronger need, a reason where the policy asks for one. All optional but the last. A chunk of its own. */
import { Field, Input, Select, Switch, makeStyles } from '@fluentui/react-components';
import { useMemo } from 'react';
import { told, worthless } from '../../shared/draft/question.ts';
import { textOfHtml } from '../../shared/draft/text.ts';
import type { Wish } from '../handoff/carry.ts';
import type { Reading } from '../outlook/outlook.ts';
import { Section } from '../view/view.tsx';
import { withWish } from '../compose/screen.ts';
import { ASIDE, PURPOSES, TOPIC_NAMES, WISH } from './words.ts';

const useStyles = makeStyles({
  hint: { margin: 0, fontSize: '12px', lineHeight: '17px', color: 'var(--colorNeutralForeground2)' },
});

interface WishProps {
  readonly wishes: Wish;
  readonly wish: (next: Wish) => void;
  readonly reading: Reading | null;
}

/** Kept with the message, asked on the secure page. What makes it worth nothing is said while it is typed. */
function Ask({ wishes, wish, reading }: WishProps) {
  const message = useMemo(() => (reading === null ? '' : `${reading.subject} ${textOfHtml(reading.html).text}`), [reading]);
  const { ask, answer } = wishes.question ?? { ask: '', answer: '' };
  const set = (next: { readonly ask: string; readonly answer: string }) => wish(withWish(wishes, { question: next.ask === '' && next.answer === '' ? undefined : next }));
  const wrong = ask !== '' && answer !== '' ? worthless({ ask, answer }) : null;
  const doubt = wrong !== null ? WISH.question[wrong] : told({ ask, answer }, message) ? WISH.question.told : null;
  return (
    <>
      <Field label={WISH.question.ask} hint={WISH.question.askHint}>
        <Input value={ask} maxLength={200} autoComplete="off" onChange={(_, { value }) => set({ ask: value, answer })} />
      </Field>
      <Field label={WISH.question.answer} hint={WISH.question.answerHint} {...(doubt === null ? {} : { validationState: 'warning', validationMessage: doubt })}>
        <Input value={answer} maxLength={100} autoComplete="off" onChange={(_, { value }) => set({ ask, answer: value })} />
      </Field>
    </>
  );
}

function More({ wishes, wish, reading }: WishProps) {
  const styles = useStyles();
  return (
    <Section title={WISH.optional} help={ASIDE.more}>
      <Field label={WISH.purpose}>
        <Select value={wishes.purpose ?? ''} onChange={(_, { value }) => wish(withWish(wishes, { purpose: value as Wish['purpose'] }))}>
          <option value="">{WISH.purposeNone}</option>
          {PURPOSES.map(([code, name]) => <option key={code} value={code}>{name}</option>)}
        </Select>
      </Field>
      <Field label={WISH.patient} hint={WISH.patientHint}>
        <Input value={wishes.patientRef ?? ''} maxLength={100} onChange={(_, { value }) => wish(withWish(wishes, { patientRef: value }))} />
      </Field>
      <Field label={WISH.topic} hint={WISH.topicHint}>
        <Select value={wishes.topic ?? ''} onChange={(_, { value }) => wish(withWish(wishes, { topic: value === '' ? undefined : value as Wish['topic'] }))}>
          <option value="">{WISH.purposeNone}</option>
          {TOPIC_NAMES.map(([code, name]) => <option key={code} value={code}>{name}</option>)}
        </Select>
      </Field>
      <Ask wishes={wishes} wish={wish} reading={reading} />
      <Switch label={WISH.undivided} checked={wishes.undivided === true} onChange={(_, { checked }) => wish(withWish(wishes, { undivided: checked ? true : undefined }))} />
      <Switch label={WISH.need} checked={wishes.need === 'e2e-only'} onChange={(_, { checked }) => wish(withWish(wishes, { need: checked ? 'e2e-only' : undefined }))} />
      <p className={styles.hint}>{ASIDE.need}</p>
    </Section>
  );
}

function Justification({ wishes, wish }: WishProps) {
  return (
    <Field label={WISH.justification} hint={WISH.justificationHint} required>
      <Input value={wishes.justification ?? ''} maxLength={500} onChange={(_, { value }) => wish(withWish(wishes, { justification: value }))} />
    </Field>
  );
}

export default function Wishes({ only, ...rest }: WishProps & { only: 'more' | 'justification' }) {
  return only === 'more' ? <More {...rest} /> : <Justification {...rest} />;
}
