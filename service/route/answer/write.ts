/**
 * The addressed person writes to us from the page of a message: to those who have written to them, and to departments that want to be written to.
 * What is written is a message like any other, carried by the receiver's own best protection. Nobody else can be named.
 */
import { createHash } from 'node:crypto';
import { hasControl, normalAddress } from '../../../shared/draft/address.ts';
import type { Address } from '../../../shared/draft/draft.ts';
import { decode, encode, type FullMessage } from '../../handoff/content.ts';
import type { Handoff } from '../../handoff/handoff.ts';
import type { Pickup, Session } from '../../pickup/pickup.ts';
import { isRefusal, refuse } from '../../refusal.ts';
import type { Accept } from '../author.ts';
import type { Begun, Letter, Open, Writing } from '../recipient.ts';
import type { Kept, openAttach } from './attach.ts';
import type { House } from '../house.ts';

const [TEXT_AT_MOST, SUBJECT_AT_MOST] = [20_000, 200];
const NONE: Letter = { to: '', subject: '', text: '' };

interface Place { readonly copy: Session; readonly full: FullMessage; readonly own: Address; readonly letter: true }

/** A stranger's words inside ours: each line is marked as theirs, none ends early or runs backwards. */
const quoted = (text: string): string => text.replace(/\r\n?|[\u0085\u2028\u2029\v\f]/g, '\n').replace(/[^\P{Cc}\n\t]|\p{Cf}/gu, '').toWellFormed().trim().split('\n').map((line) => `\n> ${line}`).join('');

/** Whoever gets a new message may not see the page it was written on: what may be seen of an unchecked file stands in it. */
function stayed(kept: readonly Kept[]): string {
  if (kept.length === 0) return '';
  const one = kept.length === 1;
  return `\n\n[${one ? 'One file was' : `${kept.length} files were`} put beside this message and not checked for malware, so ${one ? 'it was' : 'they were'} not sent on. What can be read without opening ${one ? 'it' : 'them'}:]${kept.map(({ filename, contentType, size, preview = '' }) => `\n\n${filename} (${contentType}, ${size} bytes)${preview.trim() === '' ? '' : quoted(preview)}`).join('')}`;
}

export function openWrite(house: House, { handoff, pickup, send, uploads }: { readonly handoff: Handoff; readonly pickup: Pickup; readonly send: Accept['send']; readonly uploads: ReturnType<typeof openAttach> }): Pick<Open, 'writing' | 'write' | 'beginLetter'> {
  const { read, write } = house.store.room<typeof import('../../pickup/reply/reply.sql.ts')>('reply');
  const aad = (copy: Session) => `letter/${copy.item}`;
  /** Apart from the answers to this copy. */
  const whose = (copy: Session) => ({ item: copy.item, reader: 'new' });
  const person = ({ address, name }: Address): Address => ({ address, ...(name === undefined ? {} : { name }) });

  async function found(session: string, going = pickup.session): Promise<Place | Exclude<Begun, string>> {
    const copy = await going(session);
    if (isRefusal(copy)) return copy;
    const loaded = copy.reader === '' ? await handoff.load(copy.message) : null;
    const own = loaded?.full?.evidence.recipients[copy.n];
    return !loaded?.full || own === undefined ? refuse('session-ended') : { copy, full: loaded.full, own, letter: true };
  }
  async function placeOf(session: string): Promise<Place | null> {
    const place = await found(session);
    return isRefusal(place) ? null : place as Place;
  }

  /** By a word that is no address; departments first, then whoever wrote last. */
  async function reachable({ own, full }: Place): Promise<{ readonly id: string; readonly who: Address; readonly department: boolean }[]> {
    const known = new Map<string, Address>([[normalAddress(full.evidence.from.address), full.evidence.from]]);
    const authors = new Map<string, string>([[normalAddress(full.evidence.from.address), full.mailbox === null ? full.author : '']]);
    for (const { message } of await read.wrote({ owner: house.vault.index('address', normalAddress(own.address)) })) {
      const row = await handoff.room.read.message({ id: message });
      const from = row ? (await handoff.evidenceOf(row)).evidence.from : undefined;
      if (row === undefined || from === undefined || known.has(normalAddress(from.address))) continue;
      known.set(normalAddress(from.address), from);
      authors.set(normalAddress(from.address), row.mailbox === null ? row.author : '');
    }
    // An answer written here went out under our own address: nobody is to be written to there.
    known.delete(normalAddress(house.serviceAddress));
    const named = (who: Address, department: boolean, reads = who.address) => ({ id: house.vault.index('portal-form', `to/${normalAddress(who.address)}`).slice(0, 24), who: { ...person(who), address: reads }, department });
    // Who has left reads nothing any more: their cover does, under their name.
    const covered = await Promise.all([...known].map(async ([address, who]) => named(who, false, (await house.gone.cover(authors.get(address) ?? '')) ?? who.address)));
    return [...house.departments.map((d) => named(d, true)), ...covered];
  }

  return {
    async writing(session): Promise<Writing | null> {
      const place = await placeOf(session);
      if (place === null) return null;
      const { copy, full } = place;
      const sent: { time: number; subject: string; text: string }[] = [];
      for (const { message, time } of await read.of(whose(copy))) {
        const kept = (await handoff.load(message))?.full;
        if (kept) sent.push({ time, subject: kept.draft.subject, text: kept.draft.text ?? '' });
      }
      const sealed = await read.begun(whose(copy));
      return { to: (await reachable(place)).map(({ id, who, department }) => ({ id, name: who.name ?? who.address, department })), sent, begun: sealed === null ? NONE : decode<Letter>(house.vault.open(full.keys.content, aad(copy), sealed)), files: await uploads.files(place) };
    },

    async beginLetter(session, letter) {
      const now = await found(session);
      const late = isRefusal(now);
      const place = late ? await found(session, pickup.rested) : now as Place;
      const { to, subject, text } = letter;
      const nothing = `${subject}${text}`.trim() === '';
      if (isRefusal(place)) return place as Exclude<Begun, string>;
      if (late && nothing) return refuse('session-ended');
      const { copy, full } = place as Place;
      await write.begin({ ...whose(copy), sealed: nothing ? null : house.vault.seal(full.keys.content, aad(copy), encode({ to, subject: subject.slice(0, SUBJECT_AT_MOST), text: text.slice(0, TEXT_AT_MOST) } satisfies Letter)) });
      return late ? 'late' : 'kept';
    },

    async write(session, { to, subject, text }, key) {
      const place = await placeOf(session);
      if (place === null) return refuse('session-ended');
      const { copy, full, own } = place;
      const chosen = (await reachable(place)).find(({ id }) => id === to);
      if (chosen === undefined) return refuse('answer-refused');
      if (text.trim() === '' || subject.trim() === '') return refuse('answer-empty');
      if (text.length > TEXT_AT_MOST || subject.length > SUBJECT_AT_MOST) return refuse('answer-too-long');
      if (hasControl(subject)) return refuse('answer-refused');
      const now = house.world.now();
      const spot = { ...whose(copy), place: createHash('sha256').update(`${copy.item}/${copy.reader}/${key}`).digest('hex'), time: now };
      if (!(await write.reserve(spot))) return refuse('answer-too-many');
      const { files, kept } = await uploads.claimed(place, key);
      const writer = { address: own.address, name: own.name ?? own.address };
      const id = `r_${createHash('sha256').update(`${copy.item}/new`).digest('hex').slice(0, 32)}`;
      const sent = await send({ id, name: writer.name, roles: [], groups: [], shared: [], session: '', proof: { at: null, contexts: [] }, addresses: [house.serviceAddress] }, {
        from: { address: house.serviceAddress, name: writer.name }, to: [person(chosen.who)], subject: subject.trim(), text: text.replace(/\r\n?/g, '\n') + stayed(kept), justification: 'Written by a recipient on the secure page',
      }, key, { replyTo: writer, files });
      if (isRefusal(sent)) {
        await uploads.unclaim(place, key);
        await write.release(spot);
        return refuse('answer-refused');
      }
      const added = await write.add({
        ...spot, message: sent.id,
        events: [house.audit.prepare({ type: 'portal.wrote', outcome: 'ok', actor: { kind: 'recipient', id: copy.item }, message: copy.message, item: copy.item, facts: { answer: sent.id, to: chosen.department ? 'department' : 'author' } }, full.keys.evidence)],
      });
      if (!added) await write.release(spot);
      await uploads.answered(place, key, sent.id);
      return { kind: 'answered' };
    },
  };
}
