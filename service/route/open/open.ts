/**
 * The recipient knocks: look, code, enter, read. Every answer about a link that does not exist is the one an ordinary link gets.
 * Content is decrypted for a verified session only, and leaves as a stream.
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { EventDraft, PreparedEvent } from '../../audit/audit.ts';
import { bodyOf, type Evidence, type FullMessage } from '../../handoff/content.ts';
import type { Handoff } from '../../handoff/handoff.ts';
import { partBytes } from '../../handoff/part.ts';
import type { Passkeys } from '../../pickup/passkey/passkey.ts';
import { enough, hashOf, rankOf, sentWay, signInCounts, wayOf, waysUpTo, type Found, type Pickup, type Session } from '../../pickup/pickup.ts';
import type { SignIn } from '../../pickup/signin/signin.ts';
import type { Queue } from '../../queue/queue.ts';
import { isRefusal, refuse, type Refusal } from '../../refusal.ts';
import type { Keeping, Open } from '../recipient.ts';
import type { Divide } from '../divide.ts';
import { ownerOf, type House } from '../house.ts';
import type { Asks } from './question.ts';
import { codeMail, codeText } from '../mail/mail.ts';
import { ordinaryMail } from '../mail/news.ts';

const BEGUN_AT_MOST = 10_000;
/** A person needs longer from the mail's arrival to the tap. */
const SOON_MS = 3_000;

/** A rule that only prefers a divided key leaves the choice to the author. */
const ordinary = ({ plan, trace }: Evidence): boolean => plan.divided === true && trace !== undefined && !trace.some(({ effects, waived }) => effects.divided === 'required' && !waived?.some((w) => w.effect === 'divided'));

interface PortalTools {
  readonly handoff: Handoff;
  readonly pickup: Pickup;
  readonly passkeys: Passkeys;
  readonly signIn: SignIn;
  readonly queue: Queue;
  readonly divide: Pick<Divide, 'released' | 'has'>;
  readonly asks: Asks;
}

/** What has a file of its own beside this one. */
type Elsewhere =
  | 'requestAsOther' | 'enterAsOther' | 'startSignIn' | 'enterBySignIn'
  | 'answering' | 'thread' | 'answer' | 'begin' | 'attach' | 'detach'
  | 'preferences' | 'prefer' | 'writing' | 'write' | 'beginLetter';

export function openPortal(house: House, tools: PortalTools): Omit<Open, Elsewhere> {
  const { handoff, pickup, passkeys, queue } = tools;
  const route = house.store.room<typeof import('../route.sql.ts')>('route');

  // A film is fetched in a hundred ranges: one download. After a restart it is noted again, never not at all.
  const begun = new Set<string>();
  function begin(once: string): void {
    if (begun.size >= BEGUN_AT_MOST) begun.clear();
    begun.add(once);
  }

  async function event(copy: Pick<Session, 'message' | 'item'> & { readonly reader?: string }, type: string, outcome: EventDraft['outcome'], facts: EventDraft['facts'] = {}): Promise<PreparedEvent[]> {
    const row = await handoff.room.read.message({ id: copy.message });
    if (!row) return [];
    return [house.audit.prepare({ type, outcome, // Whoever reads under an identity of their own is named by it.
      actor: { kind: 'recipient', id: copy.reader || copy.item }, message: copy.message, item: copy.item, facts: copy.reader ? { ...facts, reader: copy.reader } : facts }, await handoff.evidenceKey(row))];
  }

  async function reading(session: string): Promise<{ readonly copy: Session; readonly full: FullMessage } | Exclude<Awaited<ReturnType<Open['read']>>, { readonly acceptedAt: number }>> {
    const copy = await pickup.session(session);
    if (isRefusal(copy)) return copy;
    if (copy.purpose === 'answer') return refuse('answer-only');
    const loaded = await handoff.load(copy.message);
    return loaded?.full ? { copy, full: loaded.full } : refuse('expired');
  }

  async function whose(copy: Found): Promise<string> {
    const row = await handoff.room.read.message({ id: copy.message });
    const to = row ? (await handoff.evidenceOf(row)).evidence.recipients[copy.n] : undefined;
    return to === undefined ? '' : ownerOf(house, to.address);
  }
  /** `passkey/mail-code` counts as mail-code. */
  const enrolledBy = (way: string) => way.replace(/^passkey\//, '');
  const purposeOf = (copy: Found | null) => (copy?.purpose === 'answer' ? { purpose: 'answer' } : {});
  const wayFacts = (way: string) => (way.startsWith('passkey/') ? { way: 'passkey', enrolled: enrolledBy(way) } : { way });

  async function keepingOf(address: string, way: string): Promise<Keeping> {
    const owner = ownerOf(house, address);
    // One that was enrolled by less is worth keeping anew.
    const known = (await passkeys.of(owner)).filter(({ enrolled }) => rankOf(enrolled) >= rankOf(way)).map(({ id }) => id);
    return { person: createHash('sha256').update(`passkey/${owner}`).digest('base64url'), address, known, more: rankOf(way) > 0 };
  }

  /** Nobody can have it yet, or had it long enough to find and tap it: what stands before a mailbox looks first. */
  async function early(copy: Found): Promise<boolean> {
    if (copy.notified !== null) return house.world.now() - copy.notified < SOON_MS;
    const item = await queue.room.read.item({ id: copy.item });
    return item?.state === 'leased' && item.attempts <= 1;
  }

  async function met(full: FullMessage, n: number): Promise<void> {
    const to = full.evidence.recipients[n];
    if (to !== undefined) await house.store.room<typeof import('../../pickup/reply/reply.sql.ts')>('reply').write.met({ owner: ownerOf(house, to.address), author: ownerOf(house, full.evidence.from.address), message: full.id, time: full.accepted });
  }

  async function opened(session: string, { copy, full }: { readonly copy: Session; readonly full: FullMessage }, facts: EventDraft['facts']): Promise<void> {
    const events = await event(copy, 'portal.message_opened', 'ok', { ...wayFacts(copy.way), ...facts });
    // Whoever reads beside the recipient is told of apart, also when somebody was first.
    const once = hashOf(`${session}/read`);
    const first = await pickup.opened(copy.item, events);
    if (first) await met(full, copy.n);
    if (!first && copy.reader !== '' && !begun.has(once)) await route.write.note({ events });
    if (copy.reader !== '') begin(once);
  }

  /** What a page says of text messages before it offers one: null, that it may. */
  async function textsOf(copy: Found | null): Promise<'sent' | 'none' | null> {
    if (copy === null || copy.state !== 'open' || sentWay(copy.ways) !== 'sms-code') return null;
    const row = await handoff.room.read.message({ id: copy.message });
    const to = row ? (await handoff.evidenceOf(row)).evidence.recipients[copy.n] : undefined;
    const [[reached], { full, good, again }] = [await house.contact.of(to === undefined ? [] : [to.address]), await pickup.texts(copy.item)];
    // A number that was taken back gets none.
    if (reached?.phone !== undefined && !full && (await house.contact.affords(reached.phone, again))) return null;
    return good ? 'sent' : 'none';
  }

  return {
    question: tools.asks.question, answerQuestion: tools.asks.answerQuestion,

    async look(token) {
      const copy = await pickup.find(token);
      const { ways, ...plain } = await pickup.look(token);
      const known = { ...plain, ways: (await tools.asks.offered(copy)) ? [...ways, 'shared-question' as const] : ways };
      const { providers } = tools.signIn;
      const divided = copy !== null && copy.state === 'open' && copy.purpose === 'read' && (await tools.divide.has(copy.item));
      const texts = await textsOf(copy);
      const look = providers.length > 0 && (copy === null || signInCounts(copy)) ? { ...known, ...(divided ? { divided } : {}), signIn: providers } : { ...known, ...(divided ? { divided } : {}) };
      // A gateway that was switched off since: what cannot be kept is not offered.
      return house.contact.gateway === null ? { ...look, ways: look.ways.filter((way) => way !== 'sms-code') } : { ...look, ...(texts === null ? {} : { texts }) };
    },

    async visited(token, sign) {
      const copy = await pickup.find(token);
      if (!copy) return;
      const told = sign ?? (await early(copy) ? 'early' : null);
      const kind = told === null ? 'browser' : 'program';
      if (pickup.fresh(copy, kind)) await pickup.visited(copy, kind, await event(copy, 'portal.visited', 'ok', { by: kind, ...(told === null ? {} : { sign: told }) }));
    },

    async requestCode(token, browser, language) {
      const copy = await pickup.find(token);
      if (!copy || copy.state !== 'open') return;
      const way = sentWay(copy.ways);
      const row = copy.ways.includes(way) ? await handoff.room.read.message({ id: copy.message }) : undefined;
      if (!row) return;
      const { evidence } = await handoff.evidenceOf(row);
      const to = evidence.recipients[copy.n];
      if (!to) return;
      const [reached] = await house.contact.of([to.address]);
      const about = { message: copy.message, evidence: await handoff.evidenceKey(row) };
      const { code, longer, args } = pickup.makeCode(token, browser, way);
      const spoken = reached?.language ?? language;
      // A number that was taken back is not written to, although the copy once allowed it.
      if (way === 'sms-code' && reached?.phone === undefined) return;
      const phone = way === 'sms-code' ? (reached?.phone ?? '') : null;
      const carrier = (sent: string) => (phone === null ? codeMail(house, { ...about, to }, sent, spoken) : codeText(house, { ...about, phone, copy: copy.item }, sent, spoken));
      const issued = await route.write.code({
        ...args, events: await event(copy, 'portal.code_sent', 'ok', { way }), spending: phone === null ? null : house.contact.spending(phone),
        mails: { short: carrier(code), long: carrier(longer) },
      });
      if (issued === 'short' || issued === 'long') queue.wake();
    },

    async enter(token, code, browser) {
      const copy = await pickup.find(token);
      const way = wayOf(code, copy?.ways);
      const facts = { way, ...purposeOf(copy) };
      const none: PreparedEvent[] = [];
      const judged = await pickup.checkCode(token, code, browser, {
        entered: copy ? await event(copy, 'portal.authenticated', 'ok', facts) : none,
        wrong: copy ? await event(copy, 'portal.code_wrong', 'denied', { way: facts.way }) : none,
        locked: copy ? await event(copy, 'portal.locked', 'denied', { way: facts.way }) : none,
      }, way, copy ? await whose(copy) : '');
      return isRefusal(judged) ? judged : { kind: 'entered', session: judged.session };
    },

    async enterByPasskey(token, answer, place) {
      const copy = await pickup.find(token);
      const passkey = await passkeys.judge(answer, place);
      if (isRefusal(passkey) || copy === null) return refuse('passkey-wrong');
      if ((await whose(copy)) !== passkey.owner) return refuse('passkey-wrong');
      const facts = { way: 'passkey', enrolled: passkey.enrolled, ...purposeOf(copy) };
      if (!enough(passkey.enrolled, copy.ways)) {
        await route.write.note({ events: await event(copy, 'portal.access_denied', 'denied', { code: 'passkey-weak', ...facts }) });
        return refuse('passkey-weak');
      }
      const { session, args } = pickup.makeEntry(copy, `passkey/${passkey.enrolled}`, passkey.owner);
      const entered = await route.write.enterByPasskey({ entry: args, passkey, spending: passkey.spending, events: await event(copy, 'portal.authenticated', 'ok', facts) });
      return entered ? { kind: 'entered', session, passkey: passkey.id } : refuse('passkey-wrong');
    },

    async keepPasskey(session, answer, place) {
      const found = await reading(session);
      if (isRefusal(found)) return found as Refusal<'session-ended'>;
      const { copy, full } = found;
      const to = full.evidence.recipients[copy.n];
      if (to === undefined || copy.reader !== '' || rankOf(copy.way) === 0) return refuse('passkey-wrong');
      const row = await handoff.room.read.message({ id: copy.message });
      const key = row ? await handoff.evidenceKey(row) : full.keys.evidence;
      const kept = await passkeys.keep(answer, place, { owner: ownerOf(house, to.address), enrolled: copy.way, session }, (facts) =>
        [house.audit.prepare({ type: 'portal.passkey_kept', outcome: 'ok', actor: { kind: 'recipient', id: copy.item }, message: copy.message, item: copy.item, facts: { enrolled: copy.way, ...facts } }, key)]);
      return isRefusal(kept) ? kept : { passkey: kept.id };
    },

    async dropPasskeys(session) {
      const found = await reading(session);
      if (isRefusal(found) || found.copy.reader !== '') return false;
      const to = found.full.evidence.recipients[found.copy.n];
      if (to === undefined) return false;
      // What was set up by more than this session was entered by stays: a weaker way never undoes a stronger.
      const owner = ownerOf(house, to.address);
      await passkeys.drop(owner, waysUpTo(enrolledBy(found.copy.way)), session, await event(found.copy, 'portal.passkeys_dropped', 'ok', { source: 'recipient' }));
      return (await passkeys.of(owner)).length === 0;
    },

    async read(session) {
      const found = await reading(session);
      if (isRefusal(found)) return found;
      const { copy, full } = found;
      const to = full.evidence.recipients[copy.n];
      const own = to !== undefined && copy.reader === '';
      if (full.evidence.plan.divided) {
        return { from: full.draft.from, organisation: house.organisation.name, to: [], subject: '', attachments: [], acceptedAt: full.accepted, expires: copy.expires, divided: true, ...(ordinary(full.evidence) ? { ordinary: true } : {}), ...(own ? { keeping: await keepingOf(to.address, copy.way) } : {}) };
      }
      await opened(session, found, {});
      const visible = full.draft.recipients.filter((r) => r.role !== 'bcc').map((r) => r.address);
      return {
        from: full.draft.from, organisation: house.organisation.name, to: visible, subject: full.draft.subject,
        ...(full.draft.html === undefined ? {} : { html: full.draft.html }), ...(full.draft.text === undefined ? {} : { text: full.draft.text }),
        attachments: full.draft.attachments, acceptedAt: full.accepted, expires: copy.expires,
        ...(own ? { keeping: await keepingOf(to.address, copy.way) } : {}),
      };
    },

    async halves(session, proof) {
      const found = await reading(session);
      if (isRefusal(found)) return found as Refusal<'session-ended'>;
      const { copy, full } = found;
      const [released, row] = await Promise.all([tools.divide.released(full, copy.item, proof), handoff.room.read.message({ id: full.id })]);
      if (isRefusal(released)) return released;
      if (!row?.reading) return refuse('not-found');
      // Noted before it is given.
      await opened(session, found, { divided: true });
      return { message: full.id, item: copy.item, ...released, reading: row.reading };
    },

    async askOrdinary(session) {
      const found = await reading(session);
      if (isRefusal(found) || !ordinary(found.full.evidence)) return;
      const { copy, full } = found;
      const asked = await route.write.ordinary({ item: copy.item, mail: ordinaryMail(house, { message: full.id, evidence: full.keys.evidence, to: full.evidence.from }), events: await event(copy, 'portal.ordinary_asked', 'ok') });
      if (asked) queue.wake();
    },

    async sealed(session, name) {
      const found = await reading(session);
      if (isRefusal(found)) return found as Refusal<'session-ended'>;
      const { copy, full } = found;
      const row = full.evidence.plan.divided ? await handoff.room.read.inline({ message: full.id, part: name }) : undefined;
      if (!row) return refuse('not-found');
      const once = hashOf(`${session}/${name}`);
      if (!begun.has(once)) await route.write.note({ events: await event(copy, 'portal.attachment_downloaded', 'ok', { size: row.size }) });
      begin(once);
      return { bytes: await partBytes(house, full.id, name, row) };
    },

    async attachment(session, n, wanted) {
      const found = await reading(session);
      if (isRefusal(found)) return found;
      const fact = found.full.draft.attachments[n];
      if (!fact) return refuse('not-found');
      const span = wanted?.(fact);
      if (span && span.end <= span.start) return { fact, span, bytes: Readable.from([]) };
      const once = hashOf(`${session}/${n}`);
      if (span === undefined || !begun.has(once)) await route.write.note({ events: await event(found.copy, 'portal.attachment_downloaded', 'ok', { n, size: fact.size }) });
      begin(once);
      const bytes = await handoff.part(found.full.id, bodyOf(found.full), fact.sha256, span);
      return span === undefined ? { fact, bytes } : { fact, bytes, span };
    },

    async leave(session) {
      const copy = await pickup.session(session);
      await pickup.leave(session, isRefusal(copy) ? [] : await event(copy, 'portal.left', 'ok'));
    },
  };
}
