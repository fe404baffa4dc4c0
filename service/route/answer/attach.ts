/**
 * Files that a recipient puts beside an answer or a new message: taken in as parts of the message on whose page that is, so that they are sealed
 * and disposed of with it. What was found clean goes along; of the rest its reader sees name, kind and words, and never the file.
 */
import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { TimelineRecipient } from '../../../shared/wire/timeline.ts';
import type { FullMessage } from '../../handoff/content.ts';
import { decode, encode } from '../../handoff/content.ts';
import type { Handoff } from '../../handoff/handoff.ts';
import type { Judge } from '../../handoff/judge.ts';
import { blobName, keepStream, partName } from '../../handoff/part.ts';
import { LIMITS, takeIn, type Arrived, type Scanner } from '../../pickup/upload/upload.ts';
import type { UploadRow } from '../../pickup/upload/upload.sql.ts';
import type { Session } from '../../pickup/pickup.ts';
import { isRefusal, refuse } from '../../refusal.ts';
import type { Open } from '../recipient.ts';
import type { House } from '../house.ts';

type Fact = Omit<Arrived, 'verdict'> & { readonly preview?: string };
/** `letter`: beside a new message, apart from an answer to this copy */
interface Place { readonly copy: Session; readonly full: FullMessage; readonly letter?: boolean }
export interface File extends Omit<Fact, 'preview'> { readonly bytes: Uint8Array }
export type Kept = Omit<Fact, 'sha256'>;

/** in the place of a reader: no identity is called so */
const LETTER = 'new';

/** characters of a document that its reader may see without opening it */
const PREVIEW = 1500;

const uploadAad = (item: string, id: string): string => `upload/${item}/${id}`;
const openFact = (house: Pick<House, 'vault'>, keys: FullMessage['keys'], row: UploadRow): Fact => decode<Fact>(house.vault.open(keys.content, uploadAad(row.item, row.id), row.sealed));

/** What stayed of the answers to a copy, for its author; a new message may have gone to somebody else. */
export async function keptOf(house: Pick<House, 'vault' | 'store'>, keys: FullMessage['keys'], item: string): Promise<NonNullable<TimelineRecipient['kept']>> {
  const { read } = house.store.room<typeof import('../../pickup/upload/upload.sql.ts')>('upload');
  return (await read.ofItem({ item })).filter((row) => row.reader !== LETTER && row.answer !== '' && row.verdict !== 'clean').map((row) => {
    const { filename, contentType, size, preview = '' } = openFact(house, keys, row);
    return { filename, contentType, size, time: new Date(row.time).toISOString(), preview };
  });
}

export function openAttach(house: House, { handoff, judge, scanner }: { readonly handoff: Handoff; readonly judge: Pick<Judge, 'read'>; readonly scanner: Scanner }) {
  const { read, write } = house.store.room<typeof import('../../pickup/upload/upload.sql.ts')>('upload');
  const route = house.store.room<typeof import('../route.sql.ts')>('route');
  const whose = ({ copy, letter }: Place) => ({ item: copy.item, reader: letter ? LETTER : copy.reader });
  const about = ({ copy, full, letter }: Place) => ({ actor: { kind: 'recipient' as const, id: copy.reader || copy.item }, message: full.id, item: copy.item, facts: { ...(copy.reader ? { reader: copy.reader } : {}), ...(letter ? { letter } : {}) } });

  async function forget(message: string, name: string): Promise<void> {
    await handoff.room.write.dropPart({ message, part: partName(house.vault, message, name) });
    await house.blobs.delete(blobName(message, partName(house.vault, message, name)));
  }

  /** looked into, away from the event loop */
  async function looked(place: Place, row: UploadRow): Promise<Fact> {
    const fact = openFact(house, place.full.keys, row);
    if (fact.preview !== undefined) return fact;
    return { ...fact, preview: (await judge.read(fact, await buffer(await handoff.part(place.full.id, place.full.keys, row.part)))).slice(0, PREVIEW) };
  }

  return {
    /** not yet sent, in the order they came */
    async files(place: Place): Promise<{ readonly id: string; readonly filename: string; readonly contentType: string; readonly size: number }[]> {
      return (await read.open(whose(place))).toSorted((a, b) => a.time - b.time).map((row) => ({ id: row.id, ...openFact(house, place.full.keys, row) }));
    },

    async attach(place: Place, given: { readonly filename: string; readonly bytes: Readable }): ReturnType<Open['attach']> {
      const { copy, full } = place;
      const open = await read.open(whose(place));
      if (open.length >= LIMITS.files) return refuse('upload-many');
      const [id, name] = [randomBytes(12).toString('hex'), randomBytes(32).toString('hex')];
      const arrived = await takeIn(scanner, given, (bytes) => keepStream(house, full.id, full.keys.content, name, bytes));
      if (isRefusal(arrived)) {
        await route.write.note({ events: [house.audit.prepare({ ...about(place), type: 'portal.upload_refused', outcome: 'denied', facts: { code: arrived.code, ...about(place).facts } }, full.keys.evidence)] });
        return arrived;
      }
      const { verdict, ...fact } = arrived;
      await handoff.room.write.part({ message: full.id, part: partName(house.vault, full.id, name), size: fact.size, inline: null });
      const added = await write.add({ ...whose(place), id, part: name, size: fact.size, verdict, time: house.world.now(), sealed: house.vault.seal(full.keys.content, uploadAad(copy.item, id), encode(fact satisfies Fact)) });
      if (added) return { kind: 'attached' };
      await forget(full.id, name);
      return refuse('upload-many');
    },

    async detach(place: Place, id: string): Promise<void> {
      const gone = await write.drop({ ...whose(place), id });
      if (gone !== null) await forget(place.full.id, gone.part);
    },

    /** what goes with this form, the same when the form is sent twice; of what stays, what its reader may see of it */
    async claimed(place: Place, key: string): Promise<{ readonly files: File[]; readonly kept: readonly Kept[] }> {
      await write.claim({ ...whose(place), key });
      const rows = (await read.ofItem({ item: place.copy.item })).filter((row) => row.reader === whose(place).reader && row.claim === key).toSorted((a, b) => a.time - b.time || (a.id < b.id ? -1 : 1));
      const files: File[] = [];
      const kept: Kept[] = [];
      for (const row of rows) {
        if (row.verdict === 'clean') files.push({ ...openFact(house, place.full.keys, row), bytes: await buffer(await handoff.part(place.full.id, place.full.keys, row.part)) });
        else kept.push(await looked(place, row));
      }
      return { files, kept };
    },

    unclaim: (place: Place, key: string) => write.unclaim({ ...whose(place), key }),

    /** sent: what stayed keeps the words that its reader may see */
    async answered(place: Place, key: string, answer: string): Promise<void> {
      const rows = (await read.open(whose(place))).filter((row) => row.claim === key);
      if (rows.length === 0) return;
      const sealed: { [id: string]: Uint8Array } = {};
      for (const row of rows) {
        if (row.verdict === 'clean') continue;
        sealed[row.id] = house.vault.seal(place.full.keys.content, uploadAad(row.item, row.id), encode(await looked(place, row)));
      }
      await write.answered({ ...whose(place), key, answer, sealed, events: [house.audit.prepare({
        ...about(place), type: 'portal.files_sent', outcome: 'ok', facts: { answer, attachments: rows.filter((row) => row.verdict === 'clean').length, kept: Object.keys(sealed).length, ...about(place).facts },
      }, place.full.keys.evidence)] });
    },
  };
}
