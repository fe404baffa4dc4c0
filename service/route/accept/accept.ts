/**
 * The author knocks: plan, stage, parts, commit, or all in one call. What is said twice is done once and answered alike; nothing is acknowledged
 * before it is durable. What is accepted, and how it is kept, is `keep.ts`; what is done about copies afterwards, `../copy/`.
 */
import type { Draft } from '../../../shared/draft/draft.ts';
import { hintsOf } from '../../../shared/plan/trait.ts';
import { LIMITS, type Accepted, type HandoffState } from '../../../shared/wire/handoff.ts';
import { encode, stagedAad } from '../../handoff/content.ts';
import type { HandoffRow } from '../../handoff/handoff.sql.ts';
import { draftDigest, sha256, type Handoff, type Staged } from '../../handoff/handoff.ts';
import { blobName, keepBytes, keepPart, partName, type KeptPart } from '../../handoff/part.ts';
import { draftOf, tidyDraft, tidyWishes, validateDraft } from '../../handoff/validate.ts';
import { newId } from '../../identity.ts';
import { isRefusal, refuseAt, type WireRefusal } from '../../refusal.ts';
import type { MessageKeys } from '../../vault/vault.ts';
import type { Accept } from '../author.ts';
import type { House } from '../house.ts';
import type { File } from '../answer/attach.ts';
import { authorOf, placeOf } from './decided.ts';
import { onWire, openKeep } from './keep.ts';

/** Staged hand-overs are sealed for a month at most. */
const STAGED_DAYS = 31;
const DAY = 86_400_000;
const month = (ms: number): string => new Date(ms).toISOString().slice(0, 7);

const withFiles = ({ draft, contents }: { readonly draft: Draft; readonly contents: readonly Uint8Array[] }, files: readonly File[]) => ({
  draft: files.length === 0 ? draft : { ...draft, attachments: [...draft.attachments, ...files.map(({ filename, contentType, size, sha256: hash }) => ({ filename, contentType, size, sha256: hash }))] },
  contents: [...contents, ...files.map((f) => f.bytes)],
});

export function openAccept(house: House, tools: Parameters<typeof openKeep>[1]): Pick<Accept, 'plan' | 'stage' | 'part' | 'commit' | 'handoff' | 'send'> {
  const { vault, blobs, world } = house;
  const { handoff } = tools;
  const rows = handoff.room;
  const keep = openKeep(house, tools);

  async function acceptedOf(id: string): Promise<Accepted | null> {
    const row = await rows.read.message({ id });
    if (!row) return null;
    const { evidence } = await handoff.evidenceOf(row);
    return { id, receipt: evidence.receipt, recipients: onWire(evidence.plan).recipients, retention: evidence.retention };
  }

  const committed = (id: string, accepted: Accepted): HandoffState => ({ id, state: 'committed', digest: accepted.receipt.digest, missing: [], receipt: accepted });

  /** A hand-over that is closed already: the same digest gets the same receipt, another one is told what was sent. */
  async function settled(row: HandoffRow, digest: string) {
    const accepted = await acceptedOf(row.message);
    if (!accepted) return refuseAt('not-found');
    return row.digest === vault.index('digest', digest) ? ({ kind: 'accepted', fresh: false, accepted } as const) : ({ kind: 'already-sent', accepted } as const);
  }

  async function replay(before: { readonly request: string; readonly message: string }, request: string): Promise<Accepted | WireRefusal> {
    if (before.request !== request) return refuseAt('idempotency-mismatch');
    return (await acceptedOf(before.message)) ?? refuseAt('not-found');
  }

  return {
    async plan(author, request) {
      const wrong = validateDraft({ from: request.from as Draft['from'], recipients: request.recipients as Draft['recipients'], subject: '', attachments: [] }, author);
      if (wrong) return wrong;
      const { verdict, kinds, subjectIdentifier, unscannable, health, matches, attachments, size } = request;
      const facts = { ...verdict, kinds, subjectIdentifier, unscannable, health, matches, attachments, size } as Parameters<Handoff['planFor']>[1];
      const planned = await handoff.planFor(request.recipients as Draft['recipients'], facts, tidyWishes(request.wishes), { author: authorOf(author, request.from.address), ...(request.traits ? { said: { traits: request.traits } } : {}), ...(request.labels === undefined ? {} : { labels: request.labels }) });
      if (planned.recipients.length > LIMITS.recipients) return refuseAt('too-many-recipients', '/recipients');
      const judged = planned.situation.recipients.map((r, i) => ({ ...r, memberOf: planned.recipients[i]?.memberOf }));
      if (planned.plan) return { ...onWire(planned.plan), traits: judged.map((r) => [...r.traits]), hints: hintsOf(judged, request.answering === true) };
      return refuseAt('no-protection', placeOf(request.recipients as Draft['recipients'], planned, planned.unprotected));
    },

    async stage(author, request) {
      const draft = tidyDraft(request.draft as Draft);
      const wrong = validateDraft(request.draft as Draft, author);
      if (wrong) return wrong;
      if (draftDigest(request.draft as Draft) !== request.digest) return refuseAt('digest-mismatch', '/digest');
      const before = await rows.read.handoff({ author: author.id, id: request.id });
      const sealed = (key: MessageKeys, message: string) => vault.seal(key.content, stagedAad(message), encode({ draft, wishes: tidyWishes(request.wishes), digest: request.digest } satisfies Staged));
      const digest = vault.index('digest', request.digest);
      if (before?.state === 'committed') {
        const accepted = await acceptedOf(before.message);
        return accepted && before.digest === digest ? { created: false, state: committed(request.id, accepted) } : refuseAt('already-sent');
      }
      if (before) {
        const opened = await handoff.openStaged(before);
        await rows.write.restage({ author: author.id, id: request.id, digest, sealed: sealed(opened.keys, before.message), created: world.now() });
      } else {
        const message = newId('msg', world);
        const epoch = month(world.now() + STAGED_DAYS * DAY);
        const { keys, wrapped } = await vault.issue(message, { content: epoch, evidence: epoch });
        await rows.write.stage({ author: author.id, id: request.id, digest, message, keyEpoch: wrapped.contentEpoch, keyContent: wrapped.content, evidenceEpoch: wrapped.evidenceEpoch, keyEvidence: wrapped.evidence, sealed: sealed(keys, message), created: world.now() });
      }
      const row = await rows.read.handoff({ author: author.id, id: request.id });
      if (!row) return refuseAt('not-found');
      return { created: !before, state: await handoff.stateOf(row) };
    },

    async part(author, id, hash, bytes) {
      const row = await rows.read.handoff({ author: author.id, id });
      if (!row || row.state !== 'staged') return refuseAt('not-found');
      const staged = await handoff.openStaged(row);
      const fact = staged.draft.attachments.find((a) => a.sha256 === hash);
      if (!fact) return refuseAt('not-found');
      if (await rows.read.inline({ message: row.message, part: partName(vault, row.message, hash) })) {
        bytes.resume();
        return null;
      }
      const kept = await keepPart({ vault, blobs }, row.message, staged.keys.content, fact, bytes);
      if (isRefusal(kept)) return kept as WireRefusal;
      await rows.write.part({ message: row.message, ...kept });
      return null;
    },

    async commit(author, id, request) {
      const row = await rows.read.handoff({ author: author.id, id });
      if (!row) return refuseAt('not-found');
      if (row.state === 'committed') return settled(row, request.digest);
      const staged = await handoff.openStaged(row);
      if (row.digest !== vault.index('digest', request.digest)) return refuseAt('digest-mismatch', '/digest');
      if ((await handoff.stateOf(row)).missing.length > 0) return refuseAt('parts-missing');
      const wrong = validateDraft(staged.draft, author);
      if (wrong) return wrong;
      const kept = await keep({
        author, message: row.message, draft: staged.draft, digest: staged.digest, wishes: request.wishes ? tidyWishes(request.wishes) : staged.wishes, keys: staged.keys, wrapped: staged.wrapped, parts: [],
        contents: () => handoff.contents(row.message, staged.keys, staged.draft), shown: request.plan, handoff: { id, digest: request.digest },
      });
      if (isRefusal(kept) || kept.kind === 'plan-changed') return kept;
      if (kept.kind === 'accepted') return { kind: 'accepted', fresh: true, accepted: kept.accepted };
      const now = await rows.read.handoff({ author: author.id, id });
      if (!now) return refuseAt('not-found');
      return now.state === 'committed' ? settled(now, request.digest) : refuseAt('digest-mismatch', '/digest');
    },

    async handoff(author, id) {
      const row = await rows.read.handoff({ author: author.id, id });
      if (!row) return refuseAt('not-found');
      if (row.state === 'staged') return handoff.stateOf(row);
      const accepted = await acceptedOf(row.message);
      return accepted ? committed(id, accepted) : refuseAt('not-found');
    },

    async send(author, request, key, as) {
      const made = draftOf(request);
      if (isRefusal(made)) return made;
      const { draft: asked, contents } = withFiles(made, as?.files ?? []);
      const wrong = validateDraft(asked, author);
      if (wrong) return wrong;
      const draft: Draft = { ...tidyDraft(asked), ...(as === undefined ? {} : { replyTo: as.replyTo }) };
      const digest = draftDigest(asked);
      const idempotency = { key: vault.index('idempotency', `${author.id}/${key}`), request: vault.index('digest', sha256(JSON.stringify([digest, tidyWishes(request)]))) };
      const before = await rows.read.idempotency({ author: author.id, key: idempotency.key });
      if (before) return replay(before, idempotency.request);
      const message = newId('msg', world);
      const epoch = month(world.now() + STAGED_DAYS * DAY);
      const { keys, wrapped } = await vault.issue(message, { content: epoch, evidence: epoch });
      const parts: KeptPart[] = [];
      const seen = new Set<string>();
      for (const [i, fact] of draft.attachments.entries()) {
        if (seen.has(fact.sha256)) continue;
        seen.add(fact.sha256);
        const kept = await keepBytes({ vault, blobs }, message, keys.content, fact, contents[i] ?? new Uint8Array());
        if (isRefusal(kept)) return refuseAt('too-large', `/attachments/${i}`);
        parts.push(kept as KeptPart);
      }
      const kept = await keep({ author, message, draft, digest, wishes: tidyWishes(request), contents: async () => contents, keys, wrapped, parts, idempotency, silent: as !== undefined });
      if (!isRefusal(kept) && kept.kind === 'accepted') return kept.accepted;
      for (const { part } of parts) await blobs.delete(blobName(message, part));
      if (isRefusal(kept)) return kept;
      const now = await rows.read.idempotency({ author: author.id, key: idempotency.key });
      return now ? replay(now, idempotency.request) : refuseAt('fault');
    },
  };
}
