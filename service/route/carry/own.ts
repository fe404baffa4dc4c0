/** Mail of our own on its way: codes by mail and by text message, news for authors, what was recorded for a recipient, a notice sent once more. */
import { cause } from '../../../shared/track/cause.ts';
import type { Facts } from '../../audit/audit.ts';
import type { Deliver } from '../../deliver/deliver.ts';
import type { FullMessage } from '../../handoff/content.ts';
import type { Handoff } from '../../handoff/handoff.ts';
import type { Pickup } from '../../pickup/pickup.ts';
import type { Item, Queue } from '../../queue/queue.ts';
import type { Seal, Sealed } from '../../seal/seal.ts';
import type { Address } from '../../../shared/draft/draft.ts';
import { lasting } from '../../suppression/suppression.ts';
import type { DataKey } from '../../vault/vault.ts';
import type { Language } from '../../words/words.ts';
import type { House } from '../house.ts';
import { openMail, wishKey, type OwnNotice, type OwnText } from '../mail/mail.ts';
import { codesOf, newsMail, noticeToAuthor, readerOf, type OwnNews } from '../mail/news.ts';
import type { Steps } from './steps.ts';

/** The rooms that a copy is carried through. */
export interface Tools {
  readonly handoff: Handoff;
  readonly queue: Queue;
  readonly seal: Seal;
  readonly deliver: Deliver;
  readonly pickup: Pickup;
}
interface OwnTools extends Tools {
  readonly notice: (id: string, full: FullMessage, recipient: Address, copy: string, expires: number, language: Language | undefined) => Promise<Sealed>;
}

export function openOwn(house: House, { handoff, queue, seal, deliver, pickup, notice }: OwnTools, { event, tries, begin, settle, putOff, dispatch }: Steps) {
  const { audit, world } = house;

  async function carryText(item: Item, evidence: DataKey, mail: OwnText): Promise<void> {
    const texted = (outcome: 'ok' | 'failed', code?: string) => audit.prepare({
      type: 'portal.code_texted', outcome, actor: { kind: 'service', id: 'queue' }, message: item.message, item: mail.copy, facts: { n: item.attempts + 1, ...(code === undefined ? {} : { code }) },
    }, evidence);
    const { gateway } = house.contact;
    const late = world.now() > item.created + mail.minutes * 60_000;
    if (gateway === null || late) return settle(item, 'failed', [texted('failed', late ? 'too-late' : 'no-gateway')], { code: late ? 'too-late' : 'no-gateway' });
    if (!(await begin(item, evidence))) return undefined;
    const outcome = await gateway.text({ id: item.id, to: mail.phone, text: mail.text });
    if (outcome === 'taken') return settle(item, 'relayed', [texted('ok')]);
    if (outcome === 'busy' && (await queue.defer(item, { code: 'gateway-busy', whole: true, events: [texted('failed', 'gateway-busy')] })) !== 'given-up') return undefined;
    return settle(item, 'failed', [texted('failed', `gateway-${outcome}`)], { code: `gateway-${outcome}` });
  }

  /** The notice once more: the same link, the words of today, its new end. */
  async function carryNotice(item: Item, mail: OwnNotice, signal: AbortSignal): Promise<void> {
    const loaded = await handoff.load(item.message);
    const copy = (await pickup.ofMessage(item.message)).find((c) => c.item === mail.notice);
    if (!loaded?.full || copy?.state !== 'open') return settle(item, 'failed', [], { code: 'content-disposed' });
    const evidence = loaded.full.keys.evidence;
    const [reached] = await house.contact.of([mail.to.address]);
    const made = await notice(item.id, loaded.full, mail.to, copy.item, copy.expires, reached?.language);
    if (!(await begin(item, evidence))) return undefined;
    const result = await deliver.send(dispatch(item, mail.to.address, made.bytes, 'any', signal));
    const of = (type: string, outcome: 'ok' | 'failed', facts: Facts) => audit.prepare({ type, outcome, actor: { kind: 'service', id: 'queue' }, message: item.message, item: copy.item, facts }, evidence);
    const events = tries(item, evidence, result);
    if (result.kind === 'relayed') return settle(item, 'relayed', [...events, of('portal.notified', 'ok', { way: copy.ways[0] ?? '', notice: item.id })], { notified: copy.item });
    const over = result.kind === 'delayed' ? await putOff(item, evidence, result, events) : result.code;
    if (over === null) return undefined;
    const news = noticeToAuthor(house, { message: item.message, evidence, to: loaded.full.evidence.from }, over === 'unanswered' ? 'unanswered' : 'again', cause(over));
    // As when it comes back later (`noticed.ts`): a copy that nobody has opened, and whose notice does not arrive, has failed, whatever became of the notice before.
    const failed = over !== 'unanswered' && copy.opened === null;
    return settle(item, 'failed', [...events, ...(failed ? [of('delivery.failed', 'failed', { code: over })] : []), of('portal.notice_failed', 'failed', { code: over, notice: item.id })], {
      code: over, mails: [news], ...(failed ? { returned: copy.item } : {}),
      ...(failed && lasting(over) ? { against: await house.suppression.prepare({ address: mail.to.address, reason: 'bounced', code: over, by: { kind: 'service', id: 'queue' } }) } : {}),
    });
  }

  /** Copies that met that end by now. */
  async function countOf(message: string, { told, codes }: OwnNews): Promise<number> {
    const state = told === 'changed' ? 'relayed' : told === 'unanswered' ? 'failed' : told;
    return (await queue.room.read.ofMessage({ message })).filter((copy) => copy.state === state && copy.code === codesOf(codes)).length;
  }

  return async function carryMail(item: Item, signal: AbortSignal): Promise<void> {
    const row = await handoff.room.read.message({ id: item.message });
    const evidence = row ? await handoff.evidenceKey(row) : await wishKey(house, item.message);
    if (evidence === null || !item.sealed) return settle(item, 'failed', []);
    const own = openMail(house, item.id, evidence, item.sealed);
    if ('phone' in own) return carryText(item, evidence, own);
    if ('notice' in own) return carryNotice(item, own, signal);
    const written = 'told' in own ? newsMail(item.message, own, await countOf(item.message, own)) : own;
    const mail = row ? await readerOf(house, row, (await handoff.evidenceOf(row)).evidence.from, written) : written;
    const made = await seal.plain({
      messageId: `<${item.id.slice(5)}@${house.returnDomain}>`, date: item.created, from: { address: house.serviceAddress, name: house.organisation.name }, recipient: mail.to, subject: mail.subject, text: mail.text, headers: mail.headers,
    });
    if (!(await begin(item, evidence))) return undefined;
    const result = await deliver.send(dispatch(item, mail.to.address, made.bytes, mail.floor, signal));
    const events = tries(item, evidence, result);
    if (result.kind === 'relayed') return settle(item, 'relayed', events);
    const over = result.kind === 'delayed' ? await putOff(item, evidence, result, events) : result.code;
    return over === null ? undefined : settle(item, 'failed', [...events, event(item, evidence, 'delivery.failed', 'failed', { code: over })], { code: over });
  };
}
