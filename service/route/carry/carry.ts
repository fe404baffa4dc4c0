/**
 * The queue's clock: one item, sealed, delivered, tracked. "Attempting" is noted before dialling, so that a crash in between is known
 * as unknown and retried under the same Message-ID. What cannot be proved moves to the stronger way that was shown, or waits; never in clear.
 */
import type { Address } from '../../../shared/draft/draft.ts';
import type { Need } from '../../../shared/plan/protection.ts';
import { needOf, objection } from '../../../shared/plan/plan.ts';
import type { Facts, PreparedEvent } from '../../audit/audit.ts';
import type { Attempt, Delivery } from '../../deliver/deliver.ts';
import { bodyOf, type FullMessage } from '../../handoff/content.ts';
import type { SmimeKey } from '../../keys/keys.ts';
import type { Item } from '../../queue/queue.ts';
import { Fault, isRefusal, refuse, type Refusal } from '../../refusal.ts';
import { letGo } from '../../memory.ts';
import type { Sealed } from '../../seal/seal.ts';
import { lasting } from '../../suppression/suppression.ts';
import type { DataKey } from '../../vault/vault.ts';
import type { Language } from '../../words/words.ts';
import type { House } from '../house.ts';
import type { Divide } from '../divide.ts';
import { seen, type Seen } from './seen.ts';
import { linkOf } from '../mail/mail.ts';
import { codesOf, newsToAuthor, SPOKEN } from '../mail/news.ts';
import { openLeave } from './leave.ts';
import { openOwn, type Tools } from './own.ts';
import { MOVES, openSteps } from './steps.ts';

/** A portal copy may be opened for this long; then the author is asked to send again. */
const PICKUP_DAYS = 30;
const DAY = 86_400_000;
/** The rules may give it less. */
export const endOfCopy = (accepted: number, { expires }: { readonly expires?: number }): number => accepted + Math.min(PICKUP_DAYS, expires ?? PICKUP_DAYS) * DAY;
/** Word of a certificate's revocation is waited for this long; then the silence itself is recorded. */
const STATUS_MS = 8_000;
const heard = (status: SmimeKey['status']): Facts => (status ? { revocation: status.status, revocationBy: status.by, revocationAt: status.at, ...(status.why === undefined ? {} : { revocationWhy: status.why }) } : { revocation: 'unasked' });
/** Faults of the content, not of the hour. */
const UNWRITABLE: readonly string[] = ['message-id-malformed', 'address-malformed', 'contents-missing'];
const GRADE_FOR_CODES: readonly string[] = ['A', 'B', 'B-'];

export function openCarry(house: House, tools: Tools & { readonly divide: Divide }) {
  const { audit, vault, world, keys } = house;
  const { handoff, queue, seal, deliver, pickup } = tools;
  const route = house.store.room<typeof import('../route.sql.ts')>('route');
  const leave = openLeave(house, tools);
  const steps = openSteps(house, queue);
  const { event, cutOff, takenBack, leased, tries, begin, settle, putOff, dispatch } = steps;

  /** Moves to the other way, or holds and tells the author. */
  async function moveOn(item: Item, full: FullMessage, code: string, events: PreparedEvent[], observe: Seen | undefined, tried: readonly Attempt[] = []): Promise<void> {
    const next = item.otherwise;
    const about = { message: full.id, evidence: full.keys.evidence, to: full.evidence.from };
    // An earlier try, or one that came as far as the content, may have been taken without our hearing of it.
    const sent = item.attempts === 0 && !tried.some((a) => a.facts['stage'] === 'content') ? 'nothing' : 'unknown';
    const stopped = takenBack(item, full.keys.evidence, sent === 'unknown');
    if (!next) {
      await settle(item, 'held', [...cutOff(item, full.keys.evidence), ...events, event(item, full.keys.evidence, 'delivery.held', 'failed', { code })], { code, mails: [newsToAuthor(house, about, 'held', [code])], observe, stopped });
      return;
    }
    await route.write.change({
      ...leased(item), protection: next, code, deadline: world.now() + house.fallbackMs, observe: observe ?? null,
      events: [...cutOff(item, full.keys.evidence), ...events, event(item, full.keys.evidence, 'encryption.changed', 'ok', { from: item.protection, to: next, code, sent })], stopped, mails: [],
    });
    queue.wake();
  }

  /** Why it took the other way, as the log has it: the item's own code is overwritten by whatever delayed it since. */
  async function movedBecause(item: Item): Promise<string | null> {
    const moved = (await audit.of(item.message)).findLast((e) => e.item === item.id && MOVES.includes(e.type));
    // Who chose the way need not be told of it.
    return moved?.type === 'delivery.released' ? null : String(moved?.facts['code'] ?? item.code);
  }

  /** What became known against the address after the author saw the plan; who let the copy go since then knew it. */
  async function against(item: Item, full: FullMessage, address: string): Promise<'address-suppressed' | null> {
    const [found] = await house.suppression.of([address]);
    if (!found || found.since <= full.accepted) return null;
    const released = (await audit.of(item.message)).some((e) => e.item === item.id && e.type === 'delivery.released' && e.at >= found.since);
    return released ? null : 'address-suppressed';
  }

  /** What cannot be sealed however often it is tried moves on: a key that was good a moment ago, content that is no mail, a fault that lasts. */
  const usable = (item: Item, made: Promise<Sealed>): Promise<Sealed | Refusal> =>
    made.catch((fault: unknown) => {
      if (!(fault instanceof Fault)) throw fault;
      if (fault.code === 'key-unusable') return refuse('key-cannot-encrypt');
      if (fault.code === 'signer-ended') return refuse(fault.code);
      const late = fault.code !== 'seal-closed' && world.now() > Math.max(item.deadline, item.resumed + house.fallbackMs);
      if (late || UNWRITABLE.includes(fault.code)) return refuse('content-malformed');
      throw fault;
    });

  const notice = (id: string, full: FullMessage, recipient: Address, copy: string, expires: number, language: Language | undefined, half = ''): Promise<Sealed> => seal.notice({
    messageId: `<${id.slice(5)}@${house.returnDomain}>`, date: id === copy ? full.accepted : world.now(), from: full.evidence.from, recipient, recognition: full.evidence.recognition,
    discreet: full.evidence.sensitive.length > 0, link: `${linkOf(house, full.keys.content, copy, language)}${half === '' ? '' : `#${half}`}`, expires, ...(language === undefined ? {} : { language }),
  });

  async function make(item: Item, full: FullMessage, expires: number, language?: Language, half?: string): Promise<Sealed | Refusal> {
    const recipient = full.evidence.recipients[item.n];
    if (!recipient) return refuse('recipient-unknown');
    const { messageId } = full.evidence;
    const [capability] = await keys.capabilities([recipient.address], { status: STATUS_MS });
    const [plain] = item.protection === 'plain-by-choice' ? await house.choices.of([recipient.address]) : [];
    const against = capability ? objection({ ...capability, ...(plain ? { plain } : {}) }, item.protection, full.evidence.plan.recipients[item.n], full.evidence.plan.need) : 'recipient-unknown';
    if (against !== null) return refuse(against);
    if (item.protection === 'portal') {
      return usable(item, notice(item.id, full, recipient, item.id, expires, language, half));
    }
    const input = {
      messageId, date: full.accepted, draft: full.draft, recipient, contents: await handoff.contents(full.id, bodyOf(full), full.draft), owned: true,
      answer: { link: linkOf(house, full.keys.content, item.id, language), expires, ...(language === undefined ? {} : { language }) },
    };
    if (item.protection === 'tls' || item.protection === 'plain-by-choice') return usable(item, seal.tls(input));
    const known = item.protection === 'smime' ? capability?.smime : capability?.pgp;
    if (!known) return refuse(item.protection === 'smime' ? 'no-certificate' : 'no-key');
    if (item.protection === 'smime') {
      const key = await keys.smime(known.id);
      if (!key) return refuse('no-certificate');
      const made = await usable(item, seal.smime(input, key));
      return isRefusal(made) ? made : { ...made, facts: { ...made.facts, ...heard(key.status) } };
    }
    const key = await keys.pgp(known.id);
    return key ? usable(item, seal.pgp(input, key)) : refuse('no-key');
  }

  /** What this copy needs by what is known of its recipient today: it may have been raised since the plan was shown. */
  async function needNow(item: Item, full: FullMessage, address: string): Promise<Need> {
    const asked = full.evidence.plan.recipients[item.n]?.need ?? full.evidence.plan.need;
    const [capability] = await keys.capabilities([address]);
    return capability ? needOf(capability, asked) : asked;
  }

  /** The domain proved more before: that is told at once, whatever becomes of the copy. */
  async function lowered(item: Item, evidence: DataKey, result: Delivery & { readonly kind: 'delayed' }): Promise<void> {
    const last = result.attempts.at(-1);
    const observe = seen(item, result, false);
    const told = observe !== undefined && await route.write.lowered({
      ...leased(item), observe,
      events: [event(item, evidence, 'encryption.downgrade_blocked', 'failed', { code: result.code, grade: last?.assurance.grade ?? 'D', protection: item.protection })],
    });
    if (told) house.alert('assurance-lowered', result.code);
  }

  const carryMail = openOwn(house, { ...tools, notice }, steps);

  async function carryMessage(item: Item, full: FullMessage, signal: AbortSignal): Promise<void> {
    const evidence = full.keys.evidence;
    const about = { message: full.id, evidence, to: full.evidence.from };
    const portal = item.protection === 'portal';
    const address = full.evidence.recipients[item.n]?.address ?? '';
    const known = await against(item, full, address);
    if (known !== null) {
      await settle(item, 'held', [...cutOff(item, evidence), event(item, evidence, 'delivery.held', 'failed', { code: known })], { code: known, mails: [newsToAuthor(house, about, 'held', [known])], stopped: takenBack(item, evidence, item.attempts > 0) });
      return undefined;
    }
    // What travels protected by itself is answered on the page.
    const paged = item.protection !== 'tls' && item.protection !== 'plain-by-choice';
    const [reached] = paged ? await house.contact.of([address]) : [];
    const expires = endOfCopy(full.accepted, full.evidence.plan);
    // Who was shown that the code is to be spoken gets just that, although a number was recorded since.
    const texts = reached?.phone !== undefined && !asksSpoken(full, item);
    const row = paged ? pickup.prepare({ item: item.id, message: item.message, n: item.n, ways: texts ? ['sms-code', 'spoken-code'] : ['spoken-code'], expires, content: full.keys.content, purpose: portal ? 'read' : 'answer' }) : null;
    const half = portal && full.evidence.plan.divided ? await tools.divide.half(full, item.id) : null;
    const made = await make(item, full, expires, reached?.language, half?.link);
    if (isRefusal(made)) return moveOn(item, full, made.code, [], undefined);
    if (!(await begin(item, evidence, row, half?.row ?? null))) return undefined;
    const result = await deliver.send(dispatch(item, address, made.bytes, item.protection === 'tls' ? 'B' : 'any', signal));
    const size = made.bytes.length;
    letGo(made.bytes);
    const events = tries(item, evidence, result);
    const grade = result.attempts.at(-1)?.assurance.grade ?? 'D';
    const proved = GRADE_FOR_CODES.includes(grade) && !result.firstHop;
    if (result.kind === 'relayed') {
      // Codes by mail only where the hop was proved and the need is no more than that; who answers has shown the key beside the mailbox: the link came encrypted.
      const mailCode = paged && proved && (!portal || (await needNow(item, full, address)) === 'transport');
      events.push(event(item, evidence, 'delivery.relayed', 'ok', { ...made.facts, protection: item.protection, ...(half ? { divided: true } : {}), grade, bytes: size, ...(result.firstHop ? { kind: 'smart-host' } : {}) }, { sha256: made.sha256 }));
      if (portal) events.push(event(item, evidence, 'portal.notified', 'ok', { way: mailCode ? 'mail-code' : texts ? 'sms-code' : 'spoken-code' }));
      // One mail about one copy: that it took another way, and that its code is to be spoken, are told together and once it is on its way.
      const moved = item.planned === item.protection ? null : await movedBecause(item);
      const why = [...(moved === null ? [] : [moved]), ...(portal && !mailCode && !texts && !asksSpoken(full, item) ? [SPOKEN] : [])];
      const told = why.length > 0 ? [newsToAuthor(house, about, 'changed', why)] : [];
      return settle(item, 'relayed', events, { observe: proved ? seen(item, result, true) : undefined, ways: mailCode ? 'mail-code spoken-code' : undefined, ...(portal ? { notified: item.id } : {}), mails: told, code: codesOf(why) });
    }
    if (result.kind === 'refused') return moveOn(item, full, result.code, events, result.code === 'content-malformed' ? undefined : seen(item, result, false), result.attempts);
    let { code } = result;
    if (result.kind === 'delayed') {
      if (result.lowered) await lowered(item, evidence, result);
      const other = item.protection === 'tls' && item.otherwise !== null;
      if (other && world.now() > Math.max(item.deadline, item.resumed + house.fallbackMs)) return moveOn(item, full, code, events, undefined, result.attempts);
      const over = await putOff(item, evidence, result, events);
      house.metrics.attempt('delayed', item.protection);
      if (over === null) return undefined;
      if (other && over === 'unanswered') return moveOn(item, full, code, events, undefined, result.attempts);
      code = over;
    }
    return settle(item, 'failed', [...events, event(item, evidence, 'delivery.failed', code === 'unanswered' ? 'unknown' : 'failed', { code })], {
      code, mails: [newsToAuthor(house, about, code === 'unanswered' ? 'unanswered' : 'failed', [code])],
      ...(lasting(code) ? { against: await house.suppression.prepare({ address, reason: 'bounced', code, by: { kind: 'service', id: 'queue' } }) } : {}),
    });
  }

  /** Its days went by while its domain did not answer: nobody dials for it any more, and its author hears of it. */
  async function giveUp(item: Item): Promise<void> {
    const row = await handoff.room.read.message({ id: item.message });
    const evidence = row ? await handoff.evidenceKey(row) : await vault.monthly(world.now());
    const to = row && item.kind === 'message' ? (await handoff.evidenceOf(row)).evidence.from : null;
    const code = 'given-up';
    // Its last try was cut off: it may have arrived.
    const end = item.started ? (['unknown', 'unanswered'] as const) : (['failed', 'failed'] as const);
    await settle(item, 'failed', [...cutOff(item, evidence), event(item, evidence, 'delivery.failed', end[0], { code })], { code, mails: to === null ? [] : [newsToAuthor(house, { message: item.message, evidence, to }, end[1], [code])] });
  }

  return async function carry(item: Item, signal: AbortSignal): Promise<void> {
    if (item.worn) return giveUp(item);
    if (item.kind === 'mail') return carryMail(item, signal);
    const loaded = await handoff.load(item.message);
    if (!loaded?.full) {
      const evidence = loaded ? await handoff.evidenceKey(loaded.row) : await vault.monthly(world.now());
      return settle(item, 'failed', [...cutOff(item, evidence), event(item, evidence, 'delivery.failed', 'failed', { code: 'content-disposed' })], { code: 'content-disposed' });
    }
    if (loaded.full.body === null) {
      // Nothing of it may go any more: whoever divided it saw that no copy was under way.
      return settle(item, 'failed', [...cutOff(item, loaded.full.keys.evidence), event(item, loaded.full.keys.evidence, 'delivery.failed', 'failed', { code: 'content-divided' })], { code: 'content-divided' });
    }
    if (await leave.holds(item, loaded.full)) return undefined;
    await carryMessage(item, loaded.full, signal);
    await leave.again(loaded.full);
    if (loaded.row.divide === 1) await tools.divide.finish(item.message);
  };
}

/** True when the author was shown from the start that a code is to be spoken. */
function asksSpoken(full: FullMessage, item: Item): boolean {
  return full.evidence.plan.recipients[item.n]?.reasons.some((r) => r.code === 'portal-spoken') ?? false;
}
