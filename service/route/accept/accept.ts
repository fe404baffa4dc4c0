/**
 * The author knocks: stage, parts, commit, one-shot. Judged twice (own scan, own plan); then one transaction keeps the message,
 * queues its copies and notes the events. Nothing is acknowledged before that transaction is durable.
 */
import { domainOf, normalAddress } from '../../../shared/draft/address.ts';
import type { Draft } from '../../../shared/draft/draft.ts';
import { factsOf } from '../../../shared/plan/facts.ts';
import type { Plan } from '../../../shared/plan/plan.ts';
import { hintsOf } from '../../../shared/plan/trait.ts';
import type { ScanResult } from '../../../shared/scan/scan.ts';
import { endOf, epochs } from '../../../shared/retention/retention.ts';
import { LIMITS, type Accepted, type HandoffState, type Plan as WirePlan } from '../../../shared/wire/handoff.ts';
import { contentAad, encode, evidenceAad, stagedAad, type Evidence, type Wishes } from '../../handoff/content.ts';
import { draftDigest, planDigest, sha256, type Handoff, type Staged } from '../../handoff/handoff.ts';
import type { Judge } from '../../handoff/judge.ts';
import { blobName, keepBytes, keepPart, partName, type KeptPart } from '../../handoff/part.ts';
import { recognitionPhrase } from '../../handoff/recognition.ts';
import { draftOf, tidyDraft, tidyWishes, validateDraft } from '../../handoff/validate.ts';
import { newId } from '../../identity.ts';
import type { HandoffRow } from '../../handoff/handoff.sql.ts';
import { mailboxOf } from '../../people/access/access.ts';
import type { Person } from '../../people/people.ts';
import { isRefusal, refuse } from '../../refusal.ts';
import type { Accept, WireRefusal } from '../../route.ts';
import type { MessageKeys, WrappedKeys } from '../../vault/vault.ts';
import { aheadOf } from '../../queue/queue.ts';
import type { File } from '../open/attach.ts';
import { threadOf, type Divide } from '../divide.ts';
import type { House } from '../house.ts';
import { aboutOf, authorOf, filesOf, placeOf, saidOf, toldOf, withNotices, refusal, traceOf } from './decided.ts';
import { receiptMail } from '../mail.ts';

/** Staged hand-overs are sealed for a month at most. */
const STAGED_DAYS = 31;
const REMEMBERED = 100;
/** What a program that sends without a pane waits at most for keys that are looked for. */
const LOOK_MS = 1_500;
const DAY = 86_400_000;
const refused = (code: WireRefusal['code'], pointer?: string): WireRefusal => ({ ...refuse(code), ...(pointer === undefined ? {} : { pointer }) });
const month = (ms: number): string => new Date(ms).toISOString().slice(0, 7);
const onWire = (shown: Plan): WirePlan => ({ ...(shown as unknown as WirePlan), digest: planDigest(shown) });

const withFiles = ({ draft, contents }: { readonly draft: Draft; readonly contents: readonly Uint8Array[] }, files: readonly File[]) => ({
  draft: files.length === 0 ? draft : { ...draft, attachments: [...draft.attachments, ...files.map(({ filename, contentType, size, sha256: hash }) => ({ filename, contentType, size, sha256: hash }))] },
  contents: [...contents, ...files.map((f) => f.bytes)],
});

interface Work {
  readonly author: Person;
  readonly message: string;
  readonly draft: Draft;
  readonly digest: string;
  readonly wishes: Wishes;
  /** bytes of the attachments, read only if they must be judged */
  readonly contents: () => Promise<readonly Uint8Array[]>;
  readonly keys: MessageKeys;
  readonly wrapped: WrappedKeys;
  /** parts kept with the acceptance; those of a hand-over lie there already */
  readonly parts: readonly KeptPart[];
  /** no receipt by mail */
  readonly silent?: boolean;
  readonly shown?: string;
  readonly handoff?: { readonly id: string; readonly digest: string };
  readonly idempotency?: { readonly key: string; readonly request: string };
}

type Kept = { readonly kind: 'accepted'; readonly accepted: Accepted } | { readonly kind: 'plan-changed'; readonly plan: WirePlan } | { readonly kind: 'lost-race' } | WireRefusal;

export function openAccept(house: House, tools: { readonly handoff: Handoff; readonly judge: Judge; readonly wake: () => void; readonly divide: Pick<Divide, 'keysFor'> } & Pick<Accept, 'recall' | 'held' | 'release' | 'extend' | 'resend' | 'stronger' | 'decide' | 'posted' | 'standIn' | 'reset'>): Accept {
  const { vault, blobs, world, audit, store } = house;
  const { handoff, judge } = tools;
  const rows = handoff.room;
  const route = store.room<typeof import('../route.sql.ts')>('route');

  // The same draft is committed again after its plan was shown anew: it is not read twice. Holds kinds and places, never values.
  const verdicts = new Map<string, { readonly digest: string; readonly scanned: ScanResult }>();
  async function judged({ message, digest, draft, contents }: Work): Promise<ScanResult> {
    const known = verdicts.get(message);
    if (known?.digest === digest) return known.scanned;
    const scanned = await judge.judge(draft, await contents());
    const oldest = verdicts.keys().next();
    if (verdicts.size >= REMEMBERED && !oldest.done) verdicts.delete(oldest.value);
    verdicts.set(message, { digest, scanned });
    return scanned;
  }

  /** Judge, then keep: the heart of acceptance. */
  async function keep(work: Work): Promise<Kept> {
    const { author, draft, digest, wishes } = work;
    const began = world.now();
    const scanned = await judged(work);
    // Nobody was shown a plan that could be overtaken: what is being looked for is waited for.
    const planned = await handoff.planFor(draft.recipients, { ...factsOf(scanned), ...filesOf(draft) }, wishes, { author: authorOf(author, draft.from.address), said: saidOf(draft), ...(draft.labels ? { labels: draft.labels } : {}) }, work.shown === undefined ? LOOK_MS : 0);
    if (planned.recipients.length > LIMITS.recipients) return refused('too-many-recipients', '/recipients');
    if (!planned.plan) return refused('no-protection', placeOf(draft.recipients, planned, planned.unprotected));
    const vector = await house.policy.vector(work.message, planned.situation);
    if (planned.plan.decision === 'block') {
      const code = planned.plan.reasons.some((r) => r.code === 'block-list') ? 'list-not-expanded' : 'policy-blocked';
      await house.policy.judged({ vector, alerts: await toldOf(house, work.message, planned, 'refused'), events: [await refusal(house, work, planned, scanned, code)] });
      return refused(code, code === 'policy-blocked' ? undefined : placeOf(draft.recipients, planned, planned.unexpanded));
    }
    if (work.shown !== undefined && work.shown !== planDigest(planned.plan)) return { kind: 'plan-changed', plan: onWire(planned.plan) };
    if (planned.plan.decision === 'justify' && !wishes.justification) return refused('justification-needed');

    const accepted = world.now();
    const receipt = audit.sign({ id: work.message, ...(work.handoff ? { handoff: work.handoff.id } : {}), digest, plan: planDigest(planned.plan), acceptedAt: new Date(accepted).toISOString() });
    const evidence: Evidence = {
      from: draft.from, recipients: planned.recipients, subject: draft.subject, plan: planned.plan, retention: planned.retention, receipt, wishes,
      sensitive: scanned.verdict.sensitive, recognition: recognitionPhrase(world.random(2)), policy: planned.policy, trace: planned.outcome.trace, ruleset: scanned.ruleset,
      messageId: `<${work.message.slice(4)}@${house.returnDomain}>`, ...threadOf(planned.plan, draft),
    };
    const months = epochs(accepted, planned.retention.until);
    const body = withNotices(draft, planned.plan.notices ?? [], planned.scopes);
    const { wrapped, dividing } = await tools.divide.keysFor(work, planned.plan, body, accepted, months);
    const note = (type: string, facts: { [name: string]: string | number | boolean | null }, item?: string, sealed?: { [name: string]: string }) => audit.prepare({
      type, outcome: 'ok', actor: { kind: 'author', id: author.id }, message: work.message, facts, ...(item ? { item } : {}), ...(sealed ? { sealed } : {}),
    }, work.keys.evidence);
    const waits = planned.plan.decision === 'approve';
    const asked = waits ? { message: work.message, author: author.id, requested: accepted, deadline: accepted + house.approvalMs, about: aboutOf(planned, draft) } : null;
    // Until then it can be taken back unseen.
    const goes = accepted + (planned.plan.hold ?? 0) * 60_000;
    const ahead = aheadOf(planned.plan.recipients.length, goes > accepted);
    const items = planned.plan.recipients.map((r, n) => ({
      id: newId('item', world), message: work.message, n, destination: domainOf(r.address), kind: 'message' as const, protection: r.protection,
      // What is held goes no sooner for being a letter.
      ahead, otherwise: r.otherwise ?? null, planned: r.protection, created: goes, deadline: goes + house.fallbackMs, sealed: null, ...(waits ? { pending: true as const } : {}),
    }));
    const receipts = work.silent ? [] : [receiptMail(house, { message: work.message, evidence: work.keys.evidence, to: draft.from, accepted, plan: planned.plan })];
    const events = [
      note('message.accepted', { verdict: scanned.verdict.level, findings: scanned.findings.length, recipients: items.length, attachments: draft.attachments.length, policy: planned.policy, ruleset: scanned.ruleset, decision: planned.plan.decision, need: planned.plan.need }, undefined, {
        digest, subject: draft.subject, from: draft.from.address, ...(wishes.purpose ? { purpose: wishes.purpose } : {}), ...(wishes.patientRef ? { patient: wishes.patientRef } : {}), ...(wishes.justification ? { justification: wishes.justification } : {}),
      }),
      note('policy.decided', { policy: planned.policy, decision: planned.plan.decision, need: planned.plan.need, ...traceOf(planned.outcome) }),
      ...(planned.plan.lists ?? []).map((l) => note('list.expanded', { members: l.members, outside: l.outside }, undefined, { address: l.address })), ...(planned.plan.notices ?? []).map((n) => note(`${n}.notice_attached`, {})),
      ...(asked ? [note('approval.requested', { policy: planned.policy, rules: planned.outcome.trace.length, deadline: new Date(asked.deadline).toISOString() }), ...items.map((i) => note('delivery.held', { code: 'approval-waits', protection: i.protection }, i.id))] : []),
      note('retention.assigned', { class: planned.retention.class, until: planned.retention.until }),
      ...planned.plan.recipients.map((r, i) => note('encryption.decided', { protection: r.protection, otherwise: r.otherwise ?? null, ...(r.divided ? { divided: true } : {}), need: planned.plan?.need ?? 'transport', reason: r.reasons[0]?.code ?? '' }, items[i]?.id, { recipient: r.address })), ...planned.plan.recipients.flatMap((r, i) => (r.choice ? [note('preference.plain_followed', { topic: r.choice.topic, version: r.choice.version }, items[i]?.id)] : [])),
    ];
    const done = await route.write.accept({
      message: {
        id: work.message, author: author.id, mailbox: author.shared.includes(normalAddress(draft.from.address)) ? mailboxOf(vault, draft.from.address) : null, accepted, keyEpoch: wrapped.contentEpoch, keyContent: wrapped.content, evidenceEpoch: wrapped.evidenceEpoch, keyEvidence: wrapped.evidence,
        sealed: vault.seal(work.keys.content, contentAad(work.message), encode(body)), dividing, evidence: vault.seal(work.keys.evidence, evidenceAad(work.message), encode(evidence)),
      },
      parts: work.parts, items: [...items, ...receipts], events,
      retention: { message: work.message, class: planned.retention.class, until: endOf(planned.retention.until), epoch: months.content }, vector, approval: asked, alerts: await toldOf(house, work.message, planned, 'accepted'), pairs: house.policy.pairs(draft.from.address, planned.recipients.map((r) => r.address)),
      ...(work.handoff ? { handoff: { id: work.handoff.id, digest: vault.index('digest', work.handoff.digest) } } : {}), ...(work.idempotency ? { idempotency: work.idempotency } : {}),
    });
    if (!done.kept) return { kind: 'lost-race' };
    verdicts.delete(work.message);
    house.metrics.accepted(world.now() - began, 'accepted');
    tools.wake();
    return { kind: 'accepted', accepted: { id: work.message, receipt, recipients: onWire(planned.plan).recipients, retention: planned.retention } };
  }

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
    if (!accepted) return refused('not-found');
    return row.digest === vault.index('digest', digest) ? ({ kind: 'accepted', fresh: false, accepted } as const) : ({ kind: 'already-sent', accepted } as const);
  }

  async function replay(before: { readonly request: string; readonly message: string }, request: string): Promise<Accepted | WireRefusal> {
    if (before.request !== request) return refused('idempotency-mismatch');
    return (await acceptedOf(before.message)) ?? refused('not-found');
  }

  return {
    async plan(author, request) {
      const wrong = validateDraft({ from: request.from as Draft['from'], recipients: request.recipients as Draft['recipients'], subject: '', attachments: [] }, author);
      if (wrong) return wrong;
      const { verdict, kinds, subjectIdentifier, unscannable, health, matches, attachments, size } = request;
      const facts = { ...verdict, kinds, subjectIdentifier, unscannable, health, matches, attachments, size } as Parameters<Handoff['planFor']>[1];
      const planned = await handoff.planFor(request.recipients as Draft['recipients'], facts, tidyWishes(request.wishes), { author: authorOf(author, request.from.address), ...(request.traits ? { said: { traits: request.traits } } : {}), ...(request.labels ? { labels: request.labels } : {}) });
      if (planned.recipients.length > LIMITS.recipients) return refused('too-many-recipients', '/recipients');
      const judged = planned.situation.recipients.map((r, i) => ({ ...r, memberOf: planned.recipients[i]?.memberOf }));
      if (planned.plan) return { ...onWire(planned.plan), traits: judged.map((r) => [...r.traits]), hints: hintsOf(judged, request.answering === true) };
      return refused('no-protection', placeOf(request.recipients as Draft['recipients'], planned, planned.unprotected));
    },

    async stage(author, request) {
      const draft = tidyDraft(request.draft as Draft);
      const wrong = validateDraft(request.draft as Draft, author);
      if (wrong) return wrong;
      if (draftDigest(request.draft as Draft) !== request.digest) return refused('digest-mismatch', '/digest');
      const before = await rows.read.handoff({ author: author.id, id: request.id });
      const sealed = (key: MessageKeys, message: string) => vault.seal(key.content, stagedAad(message), encode({ draft, wishes: tidyWishes(request.wishes), digest: request.digest } satisfies Staged));
      const digest = vault.index('digest', request.digest);
      if (before?.state === 'committed') {
        const accepted = await acceptedOf(before.message);
        return accepted && before.digest === digest ? { created: false, state: committed(request.id, accepted) } : refused('already-sent');
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
      if (!row) return refused('not-found');
      return { created: !before, state: await handoff.stateOf(row) };
    },

    async part(author, id, hash, bytes) {
      const row = await rows.read.handoff({ author: author.id, id });
      if (!row || row.state !== 'staged') return refused('not-found');
      const staged = await handoff.openStaged(row);
      const fact = staged.draft.attachments.find((a) => a.sha256 === hash);
      if (!fact) return refused('not-found');
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
      if (!row) return refused('not-found');
      if (row.state === 'committed') return settled(row, request.digest);
      const staged = await handoff.openStaged(row);
      if (row.digest !== vault.index('digest', request.digest)) return refused('digest-mismatch', '/digest');
      if ((await handoff.stateOf(row)).missing.length > 0) return refused('parts-missing');
      const wrong = validateDraft(staged.draft, author);
      if (wrong) return wrong;
      const kept = await keep({
        author, message: row.message, draft: staged.draft, digest: staged.digest, wishes: request.wishes ? tidyWishes(request.wishes) : staged.wishes, keys: staged.keys, wrapped: staged.wrapped, parts: [],
        contents: () => handoff.contents(row.message, staged.keys, staged.draft), shown: request.plan, handoff: { id, digest: request.digest },
      });
      if (isRefusal(kept) || kept.kind === 'plan-changed') return kept;
      if (kept.kind === 'accepted') return { kind: 'accepted', fresh: true, accepted: kept.accepted };
      const now = await rows.read.handoff({ author: author.id, id });
      if (!now) return refused('not-found');
      return now.state === 'committed' ? settled(now, request.digest) : refused('digest-mismatch', '/digest');
    },

    async handoff(author, id) {
      const row = await rows.read.handoff({ author: author.id, id });
      if (!row) return refused('not-found');
      if (row.state === 'staged') return handoff.stateOf(row);
      const accepted = await acceptedOf(row.message);
      return accepted ? committed(id, accepted) : refused('not-found');
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
        if (isRefusal(kept)) return refused('too-large', `/attachments/${i}`);
        parts.push(kept as KeptPart);
      }
      const kept = await keep({ author, message, draft, digest, wishes: tidyWishes(request), contents: async () => contents, keys, wrapped, parts, idempotency, silent: as !== undefined });
      if (!isRefusal(kept) && kept.kind === 'accepted') return kept.accepted;
      for (const { part } of parts) await blobs.delete(blobName(message, part));
      if (isRefusal(kept)) return kept;
      const now = await rows.read.idempotency({ author: author.id, key: idempotency.key });
      return now ? replay(now, idempotency.request) : refused('fault');
    },

    recall: tools.recall, held: tools.held, release: tools.release, extend: tools.extend, stronger: tools.stronger, decide: tools.decide, posted: tools.posted, standIn: tools.standIn, reset: tools.reset, resend: tools.resend,
  };
}
