/**
 * Copies that could not be protected as shown wait for their author: what could be done today is shown as a plan is, and only what was
 * shown is done. Every way offered is strong enough for the message; none is taken without the author's word.
 */
import { NEEDS, PROTECTIONS, type Protection } from '../../../shared/plan/protection.ts';
import { objection, waysFor, type PlannedRecipient } from '../../../shared/plan/plan.ts';
import { cause } from '../../../shared/track/cause.ts';
import type { Held } from '../../../shared/wire/timeline.ts';
import type { Message } from '../../handoff/content.ts';
import { sha256, type Handoff } from '../../handoff/handoff.ts';
import type { MessageRow } from '../../handoff/handoff.sql.ts';
import type { ItemRow } from '../../queue/queue.sql.ts';
import type { Queue } from '../../queue/queue.ts';
import type { Person } from '../../people/people.ts';
import { refuse } from '../../refusal.ts';
import type { Accept } from '../author.ts';
import { endOfCopy } from '../carry/carry.ts';
import { standsFor, type House } from '../house.ts';

const strength = (protection: Protection): number => NEEDS.indexOf(PROTECTIONS[protection].satisfies);

export function openHeld(house: House, tools: { readonly handoff: Handoff; readonly queue: Queue }): Pick<Accept, 'held' | 'release'> {
  const { world, audit } = house;
  const { handoff, queue } = tools;

  /** A page whose days are over cannot be opened; a proved connection is offered only where it was to be used anyway. */
  const offered = (item: ItemRow, ends: number, way: PlannedRecipient): boolean =>
    way.protection === 'portal' ? ends > world.now() : way.protection !== 'tls' || item.protection === 'tls';

  async function look(row: MessageRow): Promise<{ readonly message: Message; readonly items: ItemRow[]; readonly held: Held }> {
    const message = await handoff.evidenceOf(row);
    const items = (await queue.room.read.ofMessage({ message: row.id })).filter((i) => i.state === 'held');
    const { recipients, plan } = message.evidence;
    const capabilities = await handoff.capabilities(items.map((i) => recipients[i.n]?.address ?? ''));
    const copies = items.map((item, i) => {
      const recipient = recipients[item.n] ?? { address: '', role: 'to' as const };
      const capability = capabilities[i];
      const planned = plan.recipients[item.n];
      // Who asked not to be written to is not written to: nothing is offered but to take it back.
      const ways = capability && capability.suppressed !== 'asked' ? waysFor({ address: recipient.address, role: recipient.role }, capability, planned?.need ?? plan.need, planned?.portal, plan.divided === undefined ? 'no' : plan.divided ? 'yes' : 'impossible').filter((w) => objection(capability, w.protection, planned, plan.need) === null) : [];
      return {
        n: item.n, address: recipient.address, protection: item.protection, reason: { code: item.code, text: cause(item.code) },
        ways: ways.filter((way) => offered(item, endOfCopy(row.accepted, plan), way)).map((way) => ({ ...way, weaker: strength(way.protection) < strength(item.planned) })),
      };
    });
    const shown = copies.map((c) => [c.n, c.protection, c.ways.map((w) => [w.protection, w.otherwise ?? '', w.asks, w.weaker])]);
    return { message, items, held: { id: row.id, copies, digest: sha256(JSON.stringify(['send-secure-held-1', row.id, shown])) } as unknown as Held };
  }

  async function own(author: Person, id: string): Promise<MessageRow | null> {
    const row = await handoff.room.read.message({ id });
    return row && (await standsFor(house, author, row)) ? row : null;
  }

  return {
    async held(author, id) {
      const row = await own(author, id);
      return row ? (await look(row)).held : refuse('not-found');
    },

    async release(author, id, request) {
      const row = await own(author, id);
      if (!row) return refuse('not-found');
      const { message, items, held } = await look(row);
      if (request.copies.some(({ n }) => !items.some((i) => i.n === n))) return refuse('not-held');
      if (request.plan !== held.digest) return { kind: 'plan-changed', held };
      const key = await handoff.evidenceKey(row);
      // All that is asked for is judged before any of it is done.
      const chosen = request.copies.map(({ n, protection }) => ({ item: items.find((i) => i.n === n), way: held.copies.find((c) => c.n === n)?.ways.find((w) => w.protection === protection) }));
      const without = chosen.findIndex(({ way }) => !way);
      if (without >= 0) return { ...refuse('no-protection'), pointer: `/copies/${without}` };
      const released: { n: number; address: string; protection: Protection }[] = [];
      for (const { item, way } of chosen) {
        if (!item || !way) continue;
        const now = world.now();
        const event = audit.prepare({
          type: 'delivery.released', outcome: 'ok', actor: { kind: 'author', id: author.id }, message: id, item: item.id,
          facts: { from: item.protection, to: way.protection, code: way.protection === item.protection ? item.code : 'author-chose' },
        }, key);
        const done = await queue.room.write.release({ item: item.id, destination: item.destination, now, deadline: now + house.fallbackMs, protection: way.protection, otherwise: way.otherwise ?? null, events: [event] });
        if (done) released.push({ n: item.n, address: message.evidence.recipients[item.n]?.address ?? '', protection: way.protection });
      }
      if (released.length === 0) return refuse('not-held');
      queue.wake();
      return { kind: 'released', released: { copies: released } };
    },
  };
}
