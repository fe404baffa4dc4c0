/**
 * The calendar's clock: staff are told of what was raised, by mail and by webhook. The mail names no person, no address and nothing of a message: it
 * says what happened and where to look. What cannot be handed over is tried again for a day; the alert itself stays until somebody acknowledges it.
 */
import type { AlertRow } from '../../alert/alert.sql.ts';
import { saidOf } from '../../alert/rule.table.ts';
import type { Deliver } from '../../deliver/deliver.ts';
import type { Seal } from '../../seal/seal.ts';
import { post, type Hook } from '../../webhook/webhook.ts';
import type { House } from '../house.ts';

const BATCH = 20;
const TRIES = 12;
/** ms until the next try: doubling from two minutes, at most three hours */
const after = (tries: number): number => Math.min(120_000 * 2 ** tries, 3 * 3_600_000);
const WORD = { notice: 'Notice', warning: 'Warning', urgent: 'Urgent' } as const;

export interface Desk {
  /** who hears of every alert */
  readonly mail: readonly string[];
  readonly hook: Hook | null;
}

export function openTell(house: House, { seal, deliver, desk }: { readonly seal: Pick<Seal, 'plain'>; readonly deliver: Pick<Deliver, 'send'>; readonly desk: Desk }) {
  const { world, alerts, audit } = house;
  const { read, write } = alerts.room;

  async function mail(row: AlertRow, address: string, n: number, detail: string | undefined): Promise<boolean> {
    const { text, advice } = saidOf(row.kind);
    const made = await seal.plain({
      // The same at every try: who has it already keeps one.
      messageId: `<${row.id}.${n}@${house.returnDomain}>`, date: row.raised, from: { address: house.serviceAddress, name: house.organisation.name }, recipient: { address },
      subject: `${WORD[row.severity]}: Send Secure asks you to look at something`, headers: { 'Auto-Submitted': 'auto-generated' },
      text: `${text}${row.count > 1 ? ` (${row.count} times)` : ''}${detail === undefined ? '' : `\n${detail}`}\n\n${advice}\n\n${row.about === '' ? '' : `About: ${row.about}\n`}Alert: ${row.id}\nRaised: ${new Date(row.raised).toISOString()}\nSee ${house.publicUrl}/console/alerts\n`,
    });
    return (await deliver.send({ returnPath: '', recipient: address, bytes: made.bytes, floor: 'B', envid: row.id })).kind === 'relayed';
  }

  return async function tell(): Promise<number> {
    await alerts.watch();
    let told = 0;
    for (const row of await read.due({ now: world.now(), limit: BATCH })) {
      if (!(await write.claim({ id: row.id, now: world.now(), next: world.now() + after(row.tries) }))) continue;
      const { to, detail } = await alerts.telling(row);
      const addresses = to.length > 0 ? to : desk.mail;
      const sent = await Promise.all(addresses.map((address, n) => mail(row, address, n, detail).catch(() => false)));
      const hooked = desk.hook === null ? null : await post(desk.hook, row.id, { type: 'alert.raised', id: row.id, kind: row.kind, severity: row.severity, raised: new Date(row.raised).toISOString(), count: row.count, about: row.about, text: saidOf(row.kind).text });
      const done = sent.every(Boolean) && hooked !== 'busy';
      if (!done && row.tries + 1 < TRIES) continue;
      const facts = { alert: row.id, kind: row.kind, addresses: sent.filter(Boolean).length, webhook: hooked, tries: row.tries + 1 };
      if (await write.told({ id: row.id, now: world.now(), events: [await audit.prepared({ type: 'alert.told', outcome: done && hooked !== 'refused' ? 'ok' : 'failed', actor: { kind: 'service', id: 'alert' }, facts })] })) told += 1;
    }
    await alerts.forget();
    return told;
  };
}
