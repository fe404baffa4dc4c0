/**
 * Divided keys of page copies: what is kept for it at acceptance, the half that goes with each link, and the moment from which nobody here can
 * open the content: as soon as its last copy has left. Then the key lies under halves of which one is in a mailbox alone, and under the archive's
 * public key, whose private half this service never holds. Never called end-to-end: until that moment the service has read it.
 */
import { timingSafeEqual, type KeyObject } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Draft } from '../../shared/draft/draft.ts';
import type { Plan } from '../../shared/plan/plan.ts';
import { archivedAad, bodyAad, bodyOf, encode, readingAad, type Evidence, type FullMessage } from '../handoff/content.ts';
import type { Dividing } from '../handoff/handoff.sql.ts';
import type { Handoff } from '../handoff/handoff.ts';
import { INLINE_LIMIT, partBytes, partName } from '../handoff/part.ts';
import type { Person } from '../people/people.ts';
import type { NewHalf } from '../pickup/half/half.sql.ts';
import type { Queue } from '../queue/queue.ts';
import { Fault, refuse, type Refusal } from '../refusal.ts';
import type { PortalMessage } from './recipient.ts';
import type { DataKey, MessageKeys, WrappedKeys } from '../vault/vault.ts';
import { HALF_BYTES, newHalf, proofOf, wrapArchive, wrapDivided } from '../vault/divide.ts';
import type { Language } from '../words/words.ts';
import type { House } from './house.ts';

/** The message as markup of the page, in every language: it is made harmless here, while it can still be read. */
export type Draw = (message: PortalMessage) => Promise<{ readonly [L in Language]: string }>;

/** What the page opens with both halves. */
interface Drawn {
  readonly html: { readonly [L in Language]: string };
  /** in the order of the attachments; `whole`: one seal, else segments */
  readonly parts: readonly { readonly name: string; readonly sha256: string; readonly filename: string; readonly contentType: string; readonly size: number; readonly whole: boolean }[];
}

const BATCH = 100;
/** states in which a copy may still need the content */
const UNDER_WAY: readonly string[] = ['pending', 'queued', 'leased', 'held'];
const halfAad = (item: string, which: 'link' | 'kept' | 'wrapped') => `half/${item}/${which}`;

const divides = (plan: Plan): boolean => plan.divided === true;

/** What answers need of a draft that nobody here will be able to open. */
export const threadOf = (plan: Plan, { replyTo, references }: Draft): { readonly thread?: NonNullable<Evidence['thread']> } => (divides(plan) ? { thread: { ...(replyTo ? { replyTo } : {}), ...(references ? { references } : {}) } } : {});

export function openDivide(house: House, { handoff, queue, draw }: { readonly handoff: Handoff; readonly queue: Queue; readonly draw: Draw }) {
  const { vault, audit } = house;
  const route = house.store.room<typeof import('./route.sql.ts')>('route');
  const halves = house.store.room<typeof import('../pickup/half/half.sql.ts')>('half');

  const archive = (): KeyObject => {
    if (house.archiveKey === null) throw new Fault('archive-key-missing', 'A key was to be divided, and there is no archive key.');
    return house.archiveKey;
  };

  async function finish(message: string): Promise<boolean> {
    const items = await queue.room.read.ofMessage({ message });
    if (items.some((i) => UNDER_WAY.includes(i.state))) return false;
    const row = await handoff.room.read.message({ id: message });
    if (!row || row.divide !== 1) return false;
    // None went to the page after all: it stays as it was.
    const copies = items.filter((i) => i.protection === 'portal').map((i) => i.id);
    const event = audit.prepare({ type: 'content.divided', outcome: 'ok', actor: { kind: 'service', id: 'queue' }, message, facts: { copies: copies.length } }, await handoff.evidenceKey(row));
    return route.write.divide({ message, items: copies, events: [event] });
  }

  /** `content`: of what lies beside the message; `body`: the key of the draft and its parts, which is to be divided */
  async function prepare(message: string, { content, body }: { readonly content: DataKey; readonly body: DataKey }, draft: Draft, accepted: number): Promise<Dividing> {
    const html = await draw({
      from: draft.from, organisation: house.organisation.name, to: draft.recipients.filter((r) => r.role !== 'bcc').map((r) => r.address), subject: draft.subject, acceptedAt: accepted, expires: 0, attachments: draft.attachments,
      ...(draft.html === undefined ? {} : { html: draft.html }), ...(draft.text === undefined ? {} : { text: draft.text }),
    });
    const parts = draft.attachments.map(({ sha256, filename, contentType, size }) => ({ name: partName(vault, message, sha256), sha256, filename, contentType, size, whole: size <= INLINE_LIMIT }));
    return {
      body: vault.seal(content, bodyAad(message), body.bytes), archive: vault.seal(content, archivedAad(message), wrapArchive(archive(), message, body.bytes)),
      reading: vault.seal(body, readingAad(message), encode({ html, parts } satisfies Drawn)),
    };
  }

  return {
    /** At acceptance. Where a key is to be divided, the draft and its parts keep theirs, and what lies beside them gets another: `beside`. */
    async keysFor(work: { readonly message: string; readonly keys: MessageKeys; readonly wrapped: WrappedKeys }, plan: Plan, draft: Draft, accepted: number, months: { readonly content: string; readonly evidence: string }): Promise<{ readonly wrapped: WrappedKeys; readonly beside: DataKey; readonly dividing: Dividing | null }> {
      const own = await vault.rewrap(work.message, work.wrapped, months);
      if (!divides(plan)) return { wrapped: own, beside: work.keys.content, dividing: null };
      const { keys, wrapped } = await vault.issue(work.message, months);
      return { wrapped: { ...own, contentEpoch: wrapped.contentEpoch, content: wrapped.content }, beside: keys.content, dividing: await prepare(work.message, { content: keys.content, body: work.keys.content }, draft, accepted) };
    },

    /** Of one copy: what is kept of it, and what goes behind its link. The same again for a try that is repeated. */
    async half(full: FullMessage, item: string): Promise<{ readonly row: NewHalf; readonly link: string }> {
      const { content } = full.keys;
      const before = await halves.read.of({ item });
      if (before?.link) return { row: { ...before, link: before.link }, link: Buffer.from(vault.open(content, halfAad(item, 'link'), before.link)).toString('base64url') };
      if (before) throw new Fault('half-gone', 'The half of a key that went with a link is not here any more.');
      const [link, own] = [newHalf(), newHalf()];
      // Ours is released to who shows that they hold the other one.
      const kept = Buffer.concat([own, proofOf(link)]);
      const wrapped = wrapDivided(full.id, item, { link, kept: own }, bodyOf(full).content.bytes);
      return {
        row: { item, link: vault.seal(content, halfAad(item, 'link'), link), kept: vault.seal(content, halfAad(item, 'kept'), kept), wrapped: vault.seal(content, halfAad(item, 'wrapped'), wrapped) },
        link: Buffer.from(link).toString('base64url'),
      };
    },

    /** For a verified session that holds the half of the link: ours, and what both open. */
    async released(full: FullMessage, item: string, proof: Uint8Array): Promise<{ readonly half: Uint8Array; readonly wrapped: Uint8Array } | Refusal<'half-wrong' | 'not-found'>> {
      const row = await halves.read.of({ item });
      if (row === null) return refuse('not-found');
      const kept = vault.open(full.keys.content, halfAad(item, 'kept'), row.kept);
      const expected = kept.subarray(HALF_BYTES);
      // A half that was kept before there were proofs has none beside it.
      if (expected.length > 0 && (proof.length !== expected.length || !timingSafeEqual(proof, expected))) return refuse('half-wrong');
      return { half: kept.subarray(0, HALF_BYTES), wrapped: vault.open(full.keys.content, halfAad(item, 'wrapped'), row.wrapped) };
    },

    has: async (item: string): Promise<boolean> => (await halves.read.of({ item })) !== null,

    /** Noted before it is given. */
    async archived(by: Pick<Person, 'id'>, message: string): Promise<{ readonly bytes: Readable } | Refusal<'not-found'>> {
      const row = await handoff.room.read.message({ id: message });
      if (!row?.archive || !row.sealed || !row.reading || !row.key_content || !row.key_epoch) return refuse('not-found');
      const { content, evidence } = await vault.unwrap(message, { contentEpoch: row.key_epoch, content: row.key_content, evidenceEpoch: row.evidence_epoch, evidence: row.key_evidence });
      const parts = await handoff.room.read.parts({ message });
      await route.write.note({ events: [audit.prepare({ type: 'content.archive_taken', outcome: 'ok', actor: { kind: 'staff', id: by.id }, message, facts: { size: parts.reduce((sum, p) => sum + p.size, 0) } }, evidence)] });
      const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
      const head = { format: 'send-secure-archive-1', message, archive: base64(vault.open(content, archivedAad(message), row.archive)), content: base64(row.sealed), reading: base64(row.reading) };
      return {
        bytes: Readable.from((async function* () {
          yield Buffer.from(`${JSON.stringify(head)}\n`);
          for (const { part } of parts) {
            const kept = await handoff.room.read.inline({ message, part });
            if (kept) for await (const chunk of await partBytes(house, message, part, kept)) yield Buffer.from(`${JSON.stringify({ part, data: base64(chunk as Uint8Array) })}\n`);
          }
        })(), { objectMode: false }),
      };
    },

    finish,

    /** What a crash, a recall or a second person's no has left undone. */
    async sweep(): Promise<void> {
      for (let after = { accepted: 0, id: '' }; ;) {
        const messages = await handoff.room.read.dividing({ after, limit: BATCH });
        for (const message of messages) await finish(message);
        const last = messages.length < BATCH ? undefined : await handoff.room.read.message({ id: messages.at(-1) ?? '' });
        if (last === undefined) return;
        after = { accepted: last.accepted, id: last.id };
      }
    },
  };
}

export type Divide = ReturnType<typeof openDivide>;
