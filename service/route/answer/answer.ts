/**
 * A recipient answers on the secure page: the answer is a message like any other, judged, kept and carried to the author by the author's own
 * best protection, in the thread of what it answers. Plain text alone: nothing a stranger has formed is shown to a clinician.
 */
import { createHash } from 'node:crypto';
import type { FullMessage } from '../../handoff/content.ts';
import type { Handoff } from '../../handoff/handoff.ts';
import type { Pickup, Session } from '../../pickup/pickup.ts';
import type { Readers } from '../../pickup/reader/reader.ts';
import { isRefusal, refuse, type Refusal } from '../../refusal.ts';
import type { Accept } from '../author.ts';
import type { Open, Thread } from '../recipient.ts';
import type { openAttach } from './attach.ts';
import type { House } from '../house.ts';

const TEXT_AT_MOST = 20_000;

/** For whoever works here: a file that nobody has looked at is not sent on to them. */
const stayed = (n: number): string => (n === 0 ? '' : `\n\n[${n === 1 ? 'One file was' : `${n} files were`} put beside this answer and not checked for malware, so ${n === 1 ? 'it was' : 'they were'} not sent on. Open Send Secure in Outlook and choose "Sent securely": what can be read of ${n === 1 ? 'it' : 'them'} without opening ${n === 1 ? 'it' : 'them'} stands beside the message that was answered.]`);

export function openAnswer(house: House, tools: { readonly handoff: Handoff; readonly pickup: Pickup; readonly readers: Readers; readonly send: Accept['send']; readonly uploads: ReturnType<typeof openAttach> }): Pick<Open, 'answering' | 'thread' | 'answer' | 'begin' | 'attach' | 'detach'> {
  const { handoff, pickup, readers, send, uploads } = tools;
  const { read, write } = house.store.room<typeof import('../../pickup/reply/reply.sql.ts')>('reply');
  const aad = (copy: Session) => `answer/${copy.item}/${copy.reader}`;

  async function reading(session: string, going = pickup.session): Promise<{ readonly copy: Session; readonly full: FullMessage } | Refusal<'session-ended' | 'expired' | 'recalled'>> {
    const copy = await going(session);
    if (isRefusal(copy)) return copy;
    const loaded = await handoff.load(copy.message);
    return loaded?.full ? { copy, full: loaded.full } : refuse('expired');
  }

  async function whoWrites({ copy, full }: { readonly copy: Session; readonly full: FullMessage }) {
    const other = copy.reader === '' ? null : await readers.byId(copy.reader, full.keys.evidence);
    const to = full.evidence.recipients[copy.n];
    return other === null ? { address: to?.address ?? '', name: to?.name ?? to?.address ?? '' } : { address: other.address, name: other.address };
  }

  /** An answer to an answer goes to who wrote it, not to the address it was sent from for them. */
  const answeredTo = (full: FullMessage) => full.draft.replyTo ?? full.evidence.from;
  /** Who has left reads nothing any more: their cover does. */
  async function reaching(full: FullMessage) {
    const cover = full.draft.replyTo === undefined && full.mailbox === null ? await house.gone.cover(full.author) : null;
    return cover === null ? answeredTo(full) : { ...answeredTo(full), address: cover };
  }

  /** Who was written to unseen answers the author alone: an answer to all would show them. */
  const others = ({ copy, full }: { readonly copy: Session; readonly full: FullMessage }, own: string) =>
    (full.evidence.recipients[copy.n]?.role === 'bcc' ? [] : full.draft.recipients.filter((r) => r.role !== 'bcc' && r.address !== own));

  /** Nobody but the addressed person writes anew. */
  const placeOf = (found: { readonly copy: Session; readonly full: FullMessage }, beside: 'answer' | 'letter') =>
    (beside === 'answer' ? found : found.copy.reader === '' ? { ...found, letter: true } : null);

  return {
    async answering(session) {
      const found = await reading(session);
      if (isRefusal(found) || found.copy.purpose !== 'answer') return null;
      const { copy, full } = found;
      return { from: answeredTo(full), organisation: house.organisation.name, acceptedAt: full.accepted, expires: copy.expires };
    },

    async thread(session): Promise<Thread> {
      const found = await reading(session);
      if (isRefusal(found)) return { answers: [], begun: '', others: 0, files: [] };
      const { copy, full } = found;
      const answers: { time: number; text: string }[] = [];
      for (const { message, time } of await read.of(copy)) {
        const kept = (await handoff.load(message))?.full;
        if (kept) answers.push({ time, text: kept.draft.text ?? '' });
      }
      const sealed = await read.begun(copy);
      const begun = sealed === null ? '' : Buffer.from(house.vault.open(full.keys.content, aad(copy), sealed)).toString();
      return { answers, begun, others: others(found, (await whoWrites(found)).address).length, files: await uploads.files(found) };
    },

    async begin(session, text) {
      const now = await reading(session);
      const found = isRefusal(now) ? await reading(session, pickup.rested) : now;
      const late = found !== now;
      if (isRefusal(found)) return found as Refusal<'session-ended'>;
      if (late && text.trim() === '') return refuse('session-ended');
      const { copy, full } = found;
      await write.begin({ item: copy.item, reader: copy.reader, sealed: text.trim() === '' ? null : house.vault.seal(full.keys.content, aad(copy), Buffer.from(text.slice(0, TEXT_AT_MOST))) });
      return late ? 'late' : 'kept';
    },

    async attach(session, file, beside) {
      const found = await reading(session);
      const place = isRefusal(found) ? null : placeOf(found, beside);
      return place === null ? refuse('session-ended') : uploads.attach(place, file);
    },

    async detach(session, id, beside) {
      const found = await reading(session);
      const place = isRefusal(found) ? null : placeOf(found, beside);
      if (place !== null) await uploads.detach(place, id);
    },

    async answer(session, { text, all, key }) {
      const found = await reading(session);
      if (isRefusal(found)) return refuse('session-ended');
      if (text.trim() === '') return refuse('answer-empty');
      if (text.length > TEXT_AT_MOST) return refuse('answer-too-long');
      const { copy, full } = found;
      const now = house.world.now();
      const spot = { item: copy.item, reader: copy.reader, place: createHash('sha256').update(`${copy.item}/${copy.reader}/${key}`).digest('hex'), time: now };
      if (!(await write.reserve(spot))) return refuse('answer-too-many');
      const { files, kept } = await uploads.claimed(found, key);
      const writer = await whoWrites(found);
      const subject = /^re:/i.test(full.draft.subject) ? full.draft.subject : `Re: ${full.draft.subject}`;
      const id = `r_${createHash('sha256').update(`${copy.item}/${copy.reader}`).digest('hex').slice(0, 32)}`;
      const thread = [...(full.draft.references ?? []), full.evidence.messageId];
      const person = (a: { readonly address: string; readonly name?: string }) => ({ address: a.address, ...(a.name === undefined ? {} : { name: a.name }) });
      const sent = await send({ id, name: writer.name, roles: [], groups: [], shared: [], session: '', proof: { at: null, contexts: [] }, addresses: [house.serviceAddress] }, {
        from: { address: house.serviceAddress, name: writer.name }, to: [person(await reaching(full))], ...(all ? { cc: others(found, writer.address).map(person) } : {}),
        subject: subject.slice(0, 900), text: text.replace(/\r\n?/g, '\n') + stayed(kept.length), inReplyTo: full.evidence.messageId, references: thread.slice(-20),
        justification: 'Answer of a recipient on the secure page',
      }, key, { replyTo: writer, files });
      if (isRefusal(sent)) {
        await uploads.unclaim(found, key);
        await write.release(spot);
        return refuse('answer-refused');
      }
      const added = await write.add({
        ...spot, message: sent.id,
        events: [house.audit.prepare({
          type: 'portal.replied', outcome: 'ok', actor: { kind: 'recipient', id: copy.reader || copy.item }, message: copy.message, item: copy.item,
          facts: { answer: sent.id, recipients: sent.recipients.length, ...(copy.reader ? { reader: copy.reader } : {}) },
        }, full.keys.evidence)],
      });
      if (!added) await write.release(spot);
      await uploads.answered(found, key, sent.id);
      return { kind: 'answered' };
    },
  };
}
