/** What staff do for somebody who reads on the secure page: language, number for codes, who reads for them, a lost device, a warned choice of ordinary mail. Each is noted. */
import { Button, Checkbox, Field, Input, makeStyles } from '@fluentui/react-components';
import { useState, type ReactNode } from 'react';
import type { ChoiceRequest, RecipientState, StandInRequest } from '../../shared/wire/contact.ts';
import { nameOf, useAnswer, useConsole } from '../frame/console.ts';
import { Card, Refusal, Shown } from '../frame/view.tsx';
import { isRefused, type Refused } from '../wire/call.ts';
import { Choice } from './choice.tsx';
import { LANGUAGES, SECURE, STANDS, TOPICS } from './wishes.words.ts';

const useStyles = makeStyles({
  line: { display: 'flex', flexWrap: 'wrap', gap: '8px', alignItems: 'flex-end' },
  grow: { flexGrow: 1, minWidth: 'min(240px, 100%)' },
  soft: { margin: 0, color: 'var(--colorNeutralForeground3)' },
  part: { display: 'grid', gap: '8px', '& + &': { marginTop: '18px' } },
  name: { margin: 0, fontSize: '1em', fontWeight: 600 },
  warning: { margin: 0, padding: '8px 12px', borderLeft: '3px solid var(--colorBrandStroke1)', maxWidth: '70ch' },
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'grid', gap: '8px', maxWidth: '70ch' },
  stands: { display: 'flex', flexWrap: 'wrap', gap: '4px 12px', alignItems: 'center', justifyContent: 'space-between' },
  whose: { overflowWrap: 'anywhere' },
  checks: { display: 'flex', flexDirection: 'column' },
});
const MAILBOX = /^\S+@\S+\.\S+$/;
const PHONE = /^\+[1-9]\d{6,14}$/;
const bare = (phone: string): string => phone.replaceAll(/[\s().-]/g, '');

interface Whose { readonly state: RecipientState; readonly changed: () => void }

function Part({ name, more, children }: { name: string; more: string; children: ReactNode }) {
  const styles = useStyles();
  return <section className={styles.part} aria-label={name}><h3 className={styles.name}>{name}</h3><p className={styles.soft}>{more}</p>{children}</section>;
}

function Reached({ state, changed }: Whose) {
  const styles = useStyles();
  const { wire, tell } = useConsole();
  const [phone, setPhone] = useState('');
  const [refused, setRefused] = useState<Refused | null>(null);
  async function record(what: { readonly language?: RecipientState['language']; readonly phone?: string | null }): Promise<void> {
    const done = await wire.call('contact', { body: { address: state.address, ...what } });
    setRefused(isRefused(done) ? done : null);
    if (isRefused(done)) return;
    setPhone('');
    tell(what.phone === undefined ? SECURE.recorded : done.phoneEnds === null ? SECURE.phoneGone : SECURE.phoneSet(done.phoneEnds));
    changed();
  }
  const fits = PHONE.test(bare(phone));
  return (
    <Part name={SECURE.reached} more={SECURE.reachedMore}>
      <div className={styles.line}>
        <Choice label={SECURE.language} of={{ '': SECURE.unset, ...LANGUAGES }} value={state.language ?? ''} onChange={(language) => void record({ language: (language || null) as RecipientState['language'] })} />
        <Field className={styles.grow} label={SECURE.phone} {...(phone.trim() !== '' && !fits ? { validationMessage: SECURE.phoneShape, validationState: 'none' as const } : {})}><Input type="tel" autoComplete="off" value={phone} onChange={(_, d) => setPhone(d.value)} /></Field>
        <Button disabled={!fits} onClick={() => void record({ phone: bare(phone) })}>{SECURE.phoneRecord}</Button>
        {state.phone ? <Button onClick={() => void record({ phone: null })}>{SECURE.phoneBack}</Button> : null}
      </div>
      {refused === null ? null : <Refusal refused={refused} />}
    </Part>
  );
}

function ReadsForThem({ state: { address, standIns, names = {} }, changed }: Whose) {
  const styles = useStyles();
  const { wire, tell } = useConsole();
  const [reader, setReader] = useState('');
  const [as, setAs] = useState('parent');
  const [refused, setRefused] = useState<Refused | null>(null);
  const fits = MAILBOX.test(reader.trim());
  async function stand(whose: string, how: StandInRequest['as']): Promise<void> {
    const done = await wire.call('standIn', { body: { address, reader: whose, as: how } });
    setRefused(isRefused(done) ? done : null);
    if (isRefused(done)) return;
    tell(!done.changed ? SECURE.standsAlready : how === null ? SECURE.standsNoMore(whose) : SECURE.stands(whose, address));
    setReader('');
    changed();
  }
  const unnamed = standIns.some((one) => one.reader === null);
  return (
    <Part name={SECURE.forThem} more={SECURE.forThemMore}>
      {standIns.length === 0 ? <p className={styles.soft}>{SECURE.noneStand}</p> : (
        <ul className={styles.list} aria-label={SECURE.standing}>
          {standIns.map(({ reader: whose, by, as: how, since }) => (
            <li key={`${whose ?? ''}${since}`} className={styles.stands}>
              <div><div className={styles.whose}>{whose ?? SECURE.unnamed}</div><div className={styles.soft}>{SECURE.since(STANDS[how] ?? how, new Date(since).toLocaleDateString(undefined, { dateStyle: 'medium' }), by === null ? null : nameOf(names, by))}</div></div>
              {whose === null ? null : <Button aria-label={SECURE.endOf(whose)} onClick={() => void stand(whose, null)}>{SECURE.noMore}</Button>}
            </li>
          ))}
        </ul>
      )}
      <div className={styles.line}>
        <Field className={styles.grow} label={SECURE.reader}><Input type="text" inputMode="email" autoComplete="off" value={reader} onChange={(_, d) => setReader(d.value)} /></Field>
        <Choice label={SECURE.as} of={STANDS} value={as} onChange={setAs} />
        <Button disabled={!fits} onClick={() => void stand(reader.trim(), as as StandInRequest['as'])}>{SECURE.letRead}</Button>
        {unnamed ? <Button disabled={!fits} onClick={() => void stand(reader.trim(), null)}>{SECURE.noMore}</Button> : null}
      </div>
      {refused === null ? null : <Refusal refused={refused} />}
    </Part>
  );
}

function Devices({ state: { address } }: Whose) {
  const styles = useStyles();
  const { wire, tell } = useConsole();
  const [sure, setSure] = useState(false);
  const [refused, setRefused] = useState<Refused | null>(null);
  async function forget(): Promise<void> {
    const done = await wire.call('reset', { body: { address } });
    setRefused(isRefused(done) ? done : null);
    setSure(false);
    if (!isRefused(done)) tell(SECURE.forgotten(done.passkeys, done.sessions));
  }
  return (
    <Part name={SECURE.devices} more={SECURE.devicesMore}>
      <div className={styles.line}>
        {sure ? <><Button appearance="primary" onClick={() => void forget()}>{SECURE.forgetSure}</Button><Button onClick={() => setSure(false)}>{SECURE.leave}</Button></> : <Button onClick={() => setSure(true)}>{SECURE.forget}</Button>}
      </div>
      {refused === null ? null : <Refusal refused={refused} />}
    </Part>
  );
}

function Ordinary({ state: { address, language } }: Whose) {
  const styles = useStyles();
  const { wire, tell } = useConsole();
  const warning = useAnswer('choiceWarning');
  const [spoken, setSpoken] = useState<'en' | 'es'>(language ?? 'en');
  const [topics, setTopics] = useState<ChoiceRequest['topics']>([]);
  const [read, setRead] = useState(false);
  const [refused, setRefused] = useState<Refused | null>(null);
  async function choose(chosen: ChoiceRequest['topics'], version: string): Promise<void> {
    const done = await wire.call('choose', { body: { address, topics: chosen, language: spoken, version } });
    setRefused(isRefused(done) ? done : null);
    if (isRefused(done)) return;
    setTopics([]);
    setRead(false);
    tell(chosen.length === 0 ? SECURE.protectedAgain : SECURE.chosen);
  }
  return (
    <Part name={SECURE.ordinary} more={SECURE.ordinaryMore}>
      <Shown loaded={warning.loaded} again={warning.again}>{({ version, ...said }) => (
        <>
          <div className={styles.line}><Choice label={SECURE.warningIn} of={LANGUAGES} value={spoken} onChange={(tongue) => { setRead(false); setSpoken(tongue as 'en' | 'es'); }} /></div>
          <p className={styles.warning} lang={spoken}>{said[spoken]}</p>
          <div className={styles.checks}>
            {(Object.keys(TOPICS) as (keyof typeof TOPICS)[]).map((topic) => <Checkbox key={topic} label={TOPICS[topic]} checked={topics.includes(topic)} onChange={(_, d) => setTopics(d.checked === true ? [...topics, topic] : topics.filter((one) => one !== topic))} />)}
            <Checkbox label={SECURE.wasRead} checked={read} onChange={(_, d) => setRead(d.checked === true)} />
          </div>
          <div className={styles.line}>
            <Button disabled={!read || topics.length === 0} onClick={() => void choose(topics, version)}>{SECURE.choose}</Button>
            <Button onClick={() => void choose([], version)}>{SECURE.takeBack}</Button>
          </div>
        </>
      )}</Shown>
      {refused === null ? null : <Refusal refused={refused} />}
    </Part>
  );
}

export function SecurePage(whose: Whose) {
  const { has } = useConsole();
  return (
    <Card title={SECURE.title}>
      {has('system-admin') ? <Reached {...whose} /> : null}
      <ReadsForThem {...whose} />
      <Devices {...whose} />
      <Ordinary {...whose} />
    </Card>
  );
}
