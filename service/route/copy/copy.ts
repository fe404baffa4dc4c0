/** One portal copy in its author's hands: read for longer, told of again. Never the link, never a code; another author's copy is not found. */
import { endOf } from '../../../shared/retention/retention.ts';
import type { PortalCopy } from '../../../shared/wire/timeline.ts';
import type { FullMessage } from '../../handoff/content.ts';
import type { Handoff } from '../../handoff/handoff.ts';
import type { Person } from '../../people/people.ts';
import type { Found, Pickup } from '../../pickup/pickup.ts';
import type { Readers } from '../../pickup/reader/reader.ts';
import type { Queue } from '../../queue/queue.ts';
import { isRefusal, refuse, type WireRefusal } from '../../refusal.ts';
import type { Accept } from '../author.ts';
import type { PickupWay } from '../recipient.ts';
import { standsFor, type House } from '../house.ts';
import { allowedMail, sealMail } from '../mail/mail.ts';

const DAY = 86_400_000;

const onWire = (copy: Pick<Found, 'expires' | 'opened' | 'ways'>): PortalCopy => ({
  expires: new Date(copy.expires).toISOString(), opened: copy.opened === null ? null : new Date(copy.opened).toISOString(), ways: [...copy.ways],
});

export function openCopy(house: House, tools: { readonly handoff: Handoff; readonly queue: Queue; readonly pickup: Pickup; readonly readers: Readers }): Pick<Accept, 'extend' | 'resend' | 'stronger' | 'decide' | 'posted'> {
  const { handoff, queue, pickup } = tools;
  const { audit, world } = house;
  const route = house.store.room<typeof import('../route.sql.ts')>('route');

  async function copyOf(author: Person, id: string, n: number): Promise<{ readonly full: FullMessage; readonly copy: Found } | WireRefusal> {
    const loaded = await handoff.load(id);
    if (!loaded || !(await standsFor(house, author, loaded.row)) || n >= (loaded.full?.evidence.recipients.length ?? n + 1)) return refuse('not-found');
    const copy = (await pickup.ofMessage(id)).find((c) => c.n === n && c.purpose === 'read');
    return loaded.full && copy && copy.state !== 'recalled' ? { full: loaded.full, copy } : refuse('no-portal-copy');
  }
  const event = (author: Person, { full, copy }: { readonly full: FullMessage; readonly copy: Found }, type: string, facts: { [name: string]: string }) =>
    [audit.prepare({ type, outcome: 'ok', actor: { kind: 'author', id: author.id }, message: full.id, item: copy.item, facts }, full.keys.evidence)];

  return {
    async extend(author, id, n, days) {
      const found = await copyOf(author, id, n);
      if (isRefusal(found)) return found;
      const { full, copy } = found;
      // Never longer than the message itself is kept, never shorter than it was.
      const expires = Math.min(world.now() + days * DAY, endOf(full.evidence.retention.until));
      const later = await pickup.extend(copy.item, expires, event(author, found, 'portal.extended', { expires: new Date(expires).toISOString().slice(0, 10) }));
      return onWire(later ? { ...copy, expires } : copy);
    },

    async stronger(author, id, n) {
      const found = await copyOf(author, id, n);
      if (isRefusal(found)) return found;
      const { full, copy } = found;
      const [reached] = await house.contact.of([full.evidence.recipients[n]?.address ?? '']);
      const ways: readonly PickupWay[] = reached?.phone === undefined ? ['spoken-code'] : ['sms-code', 'spoken-code'];
      const raised = await pickup.stronger(copy.item, ways, event(author, found, 'portal.strengthened', { way: ways[0] ?? '' }));
      return onWire(raised ? { ...copy, ways } : copy);
    },

    async decide(author, id, n, reader, allowed) {
      const found = await copyOf(author, id, n);
      if (isRefusal(found)) return found;
      const { full, copy } = found;
      const other = await tools.readers.byId(reader, full.keys.evidence).catch(() => null);
      if (other === null || other.item !== copy.item || other.state === 'new') return refuse('not-found');
      const state = allowed ? 'allowed' : 'refused';
      const [reached] = await house.contact.of([other.address]);
      const decided = await route.write.decideReader({
        id: other.id, item: copy.item, state, events: event(author, found, `portal.reader_${state}`, { reader: other.id }),
        mail: allowed ? allowedMail(house, { message: id, evidence: full.keys.evidence, to: { address: other.address } }, reached?.language ?? 'en') : null,
      });
      if (decided) queue.wake();
      return onWire(copy);
    },

    async posted(author, id, n) {
      const found = await copyOf(author, id, n);
      if (isRefusal(found)) return found;
      await route.write.note({ events: event(author, found, 'portal.posted', {}) });
      return onWire(found.copy);
    },

    async resend(author, id, n) {
      const found = await copyOf(author, id, n);
      if (isRefusal(found)) return found;
      const { full, copy } = found;
      const to = full.evidence.recipients[n];
      if (!to) return refuse('not-found');
      // Half of the key went with the first one, and is nowhere else.
      if (full.evidence.plan.divided) return refuse('content-divided');
      const mail = sealMail(house, id, full.keys.evidence, { to: { address: to.address, ...(to.name === undefined ? {} : { name: to.name }) }, notice: copy.item });
      // What their side says of it comes back under its own id: by this event it is known whose it is.
      const resent = await route.write.resend({ item: copy.item, now: world.now(), events: event(author, found, 'portal.resend_requested', { notice: mail.id }), mail });
      if (resent !== 'resent') return refuse(resent === 'ended' ? 'no-portal-copy' : 'too-many-requests');
      queue.wake();
      return onWire(copy);
    },
  };
}
