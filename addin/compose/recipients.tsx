/** Everyone who gets it: by which protection, why, what happens if that cannot be proved, and what it asks of them. And how long it is kept. */
import { Button, Spinner, makeStyles, mergeClasses } from '@fluentui/react-components';
import { useState } from 'react';
import type * as z from 'zod/mini';
import type { Plan, PlannedRecipient } from '../../shared/wire/handoff.ts';
import type { Reading } from '../outlook/outlook.ts';
import { WayMark } from '../view/mark.tsx';
import { Chip, Section, dayOf } from '../view/view.tsx';
import { HELP, LIST, nameOf, SAY, WAYS, TOGETHER_HINTS, TRAIT_HINTS } from '../words.ts';

type Planned = z.infer<typeof PlannedRecipient>;

const useStyles = makeStyles({
  list: { margin: 0, padding: 0, listStyle: 'none', display: 'flex', flexDirection: 'column', gap: '14px' },
  one: { display: 'grid', gridTemplateColumns: '36px 1fr', columnGap: '10px' },
  tile: {
    width: '36px', height: '36px', borderRadius: '9px', display: 'flex', alignItems: 'center', justifyContent: 'center',
    backgroundColor: 'var(--colorBrandBackground2)', color: 'var(--colorBrandForeground2)',
  },
  none: { backgroundColor: 'var(--colorNeutralBackground3)', color: 'var(--colorNeutralForeground3)' },
  name: { margin: 0, fontSize: '14px', lineHeight: '18px', fontWeight: 600, overflowWrap: 'anywhere' },
  address: { margin: 0, fontSize: '12px', lineHeight: '16px', color: 'var(--colorNeutralForeground3)', overflowWrap: 'anywhere' },
  way: { margin: '5px 0 0', fontSize: '13px', lineHeight: '18px' },
  strong: { fontWeight: 600, color: 'var(--colorBrandForeground2)' },
  line: { margin: '2px 0 0', fontSize: '12px', lineHeight: '17px', color: 'var(--colorNeutralForeground2)' },
  look: { margin: '4px 0 0', padding: '3px 8px', fontSize: '12px', lineHeight: '17px', borderLeft: '3px solid var(--colorPaletteMarigoldBackground3)', backgroundColor: 'var(--colorPaletteYellowBackground1)' },
  why: {
    marginTop: '3px', fontSize: '12px', lineHeight: '17px', color: 'var(--colorNeutralForeground2)',
    '& summary': { cursor: 'pointer', color: 'var(--colorBrandForegroundLink)', width: 'fit-content', borderRadius: '3px' },
    '& summary:focus-visible': { outline: '2px solid var(--colorStrokeFocus2)' },
    '& ul': { margin: '4px 0 0', paddingLeft: '16px' },
  },
  members: { margin: '10px 0 0', padding: '0 0 0 10px', listStyle: 'none', display: 'flex', flexDirection: 'column', gap: '12px', borderLeft: '2px solid var(--colorNeutralStroke2)' },
  until: { margin: 0, fontSize: '13px', lineHeight: '18px' },
  quiet: { margin: 0, fontSize: '13px', color: 'var(--colorNeutralForeground2)' },
});

/** They say only why the ordinary is as it is, and wait behind "Why this way?". Whatever else is said of a recipient is shown at once. */
const ORDINARY: readonly string[] = ['tls-expected', 'tls-proved-before', 'tls-relay-declared', 'tls-relay-asked', 'internal-connector', 'smime-certificate', 'pgp-key', 'recipient-prefers', 'portal-last', 'need-always'];

const ROLE = { to: '', cc: 'Cc', bcc: 'Bcc' } as const;

function Person({ name, address, role, planned, traits, waiting }: { traits: readonly string[]; name: string; address: string; role: 'to' | 'cc' | 'bcc'; planned: Planned | undefined; waiting: boolean }) {
  const styles = useStyles();
  return (
    <li className={styles.one} aria-busy={waiting}>
      <div className={mergeClasses(styles.tile, !planned && styles.none)}>{planned ? <WayMark way={planned.protection} /> : <span aria-hidden="true">{waiting ? '…' : '–'}</span>}</div>
      <div>
        <p className={styles.name}>{name || address} {ROLE[role] ? <Chip>{ROLE[role]}</Chip> : null} {traits.includes('new') ? <Chip>{SAY.first}</Chip> : null}</p>
        {name ? <p className={styles.address}>{address}</p> : null}
        {traits.map((t) => (Object.hasOwn(TRAIT_HINTS, t) ? <p key={t} className={styles.look}><b>{SAY.look}</b> · {TRAIT_HINTS[t]}</p> : null))}
        {planned ? (
          <>
            <p className={styles.way}>
              <span className={styles.strong}>{nameOf(planned.protection, planned.divided)}</span>
              {planned.otherwise ? <> {planned.protection === 'plain-by-choice' ? SAY.ifRevoked : SAY.ifProved} <span className={styles.strong}>{nameOf(planned.otherwise, planned.divided)}</span></> : null}
            </p>
            {planned.reasons.filter((r) => !ORDINARY.includes(r.code)).map((r) => <p key={r.code} className={styles.line}>{r.text}</p>)}
            <p className={styles.line}><b>{SAY.they}</b> · {planned.asks}</p>
            <details className={styles.why}>
              <summary>{SAY.why}</summary>
              <ul>
                {planned.reasons.filter((r) => ORDINARY.includes(r.code)).map((r) => <li key={r.code}><b>{nameOf(planned.protection, planned.divided)}:</b> {r.text}</li>)}
                {planned.otherwise ? <li><b>{SAY.ifNot}, {nameOf(planned.otherwise, planned.divided)}:</b> {WAYS[planned.otherwise].means}</li> : null}
                {planned.passedOver.filter((p) => p.protection !== planned.otherwise).map((p) => <li key={p.protection}><b>{SAY.not} {WAYS[p.protection].name}:</b> {p.reason.text}</li>)}
              </ul>
            </details>
          </>
        ) : null}
      </div>
    </li>
  );
}

/** A distribution list as it was expanded: outsiders by name, colleagues behind one click. */
function List({ name, list, members, traits, waiting }: { name: string; list: NonNullable<Plan['lists']>[number]; members: readonly Planned[]; traits: (address: string, role: string) => readonly string[]; waiting: boolean }) {
  const styles = useStyles();
  const outside = members.filter((m) => !m.reasons.some((r) => r.code === 'internal-connector'));
  const inside = members.filter((m) => !outside.includes(m));
  const people = (shown: readonly Planned[]) => <ul className={styles.members}>{shown.map((m) => <Person key={m.address} name={m.name ?? ''} address={m.address} role="to" planned={m} traits={traits(m.address, m.role)} waiting={waiting} />)}</ul>;
  return (
    <li aria-busy={waiting}>
      <p className={styles.name}>{name || list.address} <Chip>{SAY.list}</Chip> {ROLE[list.role] ? <Chip>{ROLE[list.role]}</Chip> : null}</p>
      {name ? <p className={styles.address}>{list.address}</p> : null}
      <p className={styles.line}>{LIST.members(list.members, list.outside)}{members.length < list.members ? ` ${LIST.besides(list.members - members.length)}` : ''}</p>
      {outside.length > 0 ? <><p className={styles.line}><b>{SAY.look}</b> · {LIST.outside(outside.length)}</p>{people(outside)}</> : null}
      {inside.length > 0 ? <details className={styles.why}><summary>{LIST.inside(inside.length)}</summary>{people(inside)}</details> : null}
    </li>
  );
}

/** Private mailboxes that would see each other are written to one by one, if the author likes. Moved back in Outlook it is undone. */
function Apart({ addresses, apart }: { addresses: readonly string[]; apart: (addresses: readonly string[]) => Promise<boolean> }) {
  const [failed, setFailed] = useState(false);
  return <>{failed ? SAY.notApart : <Button size="small" onClick={() => { void apart(addresses).then((done) => setFailed(!done)); }}>{SAY.apart}</Button>}</>;
}

export function Recipients({ reading, plan, waiting, apart }: { reading: Reading; plan: Plan | null; waiting: boolean; /** absent where nothing can be moved any more */ apart?: (addresses: readonly string[]) => Promise<boolean> }) {
  const styles = useStyles();
  const traits = (address: string, role: string) => plan?.traits?.[plan.recipients.findIndex((p) => p.role === role && p.address.toLowerCase() === address.toLowerCase())] ?? [];
  const planned = (address: string, role: string) => plan?.recipients.find((p) => p.role === role && p.address.toLowerCase() === address.toLowerCase());
  return (
    <Section title={SAY.recipients} help={HELP.recipients} aside={reading.recipients.length > 1 ? String(reading.recipients.length) : ''}>
      {reading.recipients.length === 0 ? <p className={styles.quiet}>{SAY.noRecipients}</p> : null}
      <ul className={styles.list}>
        {reading.recipients.map((r) => {
          const list = plan?.lists?.find((l) => l.role === r.role && l.address.toLowerCase() === r.address.toLowerCase());
          if (list) return <List key={`${r.role}:${r.address}`} name={r.name ?? ''} list={list} members={plan?.recipients.filter((p) => p.memberOf === list.address) ?? []} traits={traits} waiting={waiting} />;
          return <Person key={`${r.role}:${r.address}`} name={r.name ?? ''} address={r.address} role={r.role} planned={planned(r.address, r.role)} traits={traits(r.address, r.role)} waiting={waiting} />;
        })}
      </ul>
      {(plan?.hints ?? []).map((h) => (Object.hasOwn(TOGETHER_HINTS, h) ? <p key={h} className={styles.look}><b>{SAY.look}</b> · {TOGETHER_HINTS[h]} {h === 'many-consumers' && apart ? <Apart apart={apart} addresses={reading.recipients.filter((r) => r.role !== 'bcc' && traits(r.address, r.role).includes('consumer')).map((r) => r.address)} /> : null}</p> : null))}
      {waiting ? <Spinner size="extra-tiny" labelPosition="after" label={SAY.planning} style={{ justifyContent: 'flex-start' }} /> : null}
    </Section>
  );
}

export function Retention({ retention }: { retention: Plan['retention'] }) {
  const styles = useStyles();
  // The service's sentence is "Kept … from … to …, because …. Basis: …"; the dates stand above, the law is there for who wants it.
  const [kept = '', law] = retention.basis.split(' Basis: ');
  const reason = kept.replace(/ from \S+ to the end of \S+ \(UTC\)/, '');
  return (
    <Section title={SAY.retention} help={HELP.retention}>
      <p className={styles.until}><span className={styles.strong}>{retention.name}</span> · {SAY.until} {dayOf(retention.until)}</p>
      <p className={styles.line}>{reason}</p>
      {law ? <details className={styles.why}><summary>{SAY.law}</summary><p className={styles.line}>{law}</p></details> : null}
    </Section>
  );
}
