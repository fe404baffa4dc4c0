/**
 * The heart of acceptance: judge, compare with what its author was shown, then keep message, copies and events in one transaction. Refuses what
 * cannot be protected, or what the rules forbid; never keeps anything of what it refuses but the event.
 */
import { domainOf, normalAddress } from '../../../shared/draft/address.ts';
import type { Draft } from '../../../shared/draft/draft.ts';
import { factsOf } from '../../../shared/plan/facts.ts';
import type { Plan } from '../../../shared/plan/plan.ts';
import { endOf, epochs } from '../../../shared/retention/retention.ts';
import type { ScanResult } from '../../../shared/scan/scan.ts';
import { LIMITS, type Accepted, type Plan as WirePlan } from '../../../shared/wire/handoff.ts';
import { encode, contentAad, evidenceAad, type Evidence, type Wishes } from '../../handoff/content.ts';
import { planDigest, type Handoff } from '../../handoff/handoff.ts';
import type { Judge } from '../../handoff/judge.ts';
import type { KeptPart } from '../../handoff/part.ts';
import { recognitionPhrase } from '../../handoff/recognition.ts';
import { newId } from '../../identity.ts';
import { mailboxOf } from '../../people/access/access.ts';
import type { Person } from '../../people/people.ts';
import { aheadOf } from '../../queue/queue.ts';
import type { Questions } from '../../pickup/question/question.ts';
import { refuseAt, type WireRefusal } from '../../refusal.ts';
import type { MessageKeys, WrappedKeys } from '../../vault/vault.ts';
import { threadOf, type Divide } from '../divide.ts';
import type { House } from '../house.ts';
import { receiptMail } from '../mail/news.ts';
import { unfit } from './unfit.ts';
import { aboutOf, acceptance, authorOf, filesOf, metIn, placeOf, refusal, saidOf, toldOf, withNotices } from './decided.ts';

const REMEMBERED = 100;
/** What a program that sends without a pane waits at most for keys that are looked for. */
const LOOK_MS = 1_500;

/** What is to be accepted: a hand-over with its parts, or a message in one call. */
export interface Work {
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
  /** digest of the plan that its author was shown */
  readonly shown?: string;
  readonly handoff?: { readonly id: string; readonly digest: string };
  readonly idempotency?: { readonly key: string; readonly request: string };
}

/** `lost-race`: another call has kept the same hand-over, or the same idempotency key, meanwhile */
type Kept = { readonly kind: 'accepted'; readonly accepted: Accepted } | { readonly kind: 'plan-changed'; readonly plan: WirePlan } | { readonly kind: 'lost-race' } | WireRefusal;

/** The plan as its author sees it, with the digest that their word is given for. */
export const onWire = (shown: Plan): WirePlan => ({ ...(shown as unknown as WirePlan), digest: planDigest(shown) });

export function openKeep(house: House, tools: { readonly handoff: Handoff; readonly judge: Judge; readonly questions: Questions; readonly wake: () => void; readonly divide: Pick<Divide, 'keysFor'> }) {
  const { vault, world, audit, store } = house;
  const { handoff, judge } = tools;
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

  return async function keep(work: Work): Promise<Kept> {
    const { author, draft, digest } = work;
    const { question, ...wishes } = work.wishes;
    const began = world.now();
    const scanned = await judged(work);
    // Nobody was shown a plan that could be overtaken: what is being looked for is waited for.
    const planned = await handoff.planFor(draft.recipients, { ...factsOf(scanned), ...filesOf(draft) }, wishes, { author: authorOf(author, draft.from.address), said: saidOf(draft), ...(draft.labels === undefined ? {} : { labels: draft.labels }) }, work.shown === undefined ? LOOK_MS : 0);
    if (planned.recipients.length > LIMITS.recipients) return refuseAt('too-many-recipients', '/recipients');
    if (!planned.plan) return refuseAt('no-protection', placeOf(draft.recipients, planned, planned.unprotected));
    const vector = await house.policy.vector(work.message, planned.situation);
    if (planned.plan.decision === 'block') {
      const code = planned.plan.reasons.some((r) => r.code === 'block-list') ? 'list-not-expanded' : 'policy-blocked';
      await house.policy.judged({ vector, alerts: await toldOf(house, work.message, planned, 'refused'), events: [await refusal(house, work, planned, scanned, code)] });
      return refuseAt(code, code === 'policy-blocked' ? undefined : placeOf(draft.recipients, planned, planned.unexpanded));
    }
    if (work.shown !== undefined && work.shown !== planDigest(planned.plan)) return { kind: 'plan-changed', plan: onWire(planned.plan) };
    if (planned.plan.decision === 'justify' && !wishes.justification) return refuseAt('justification-needed');

    const unasked = await unfit(judge, question, planned.plan);
    if (unasked) return unasked;

    const accepted = world.now();
    const receipt = audit.sign({ id: work.message, ...(work.handoff ? { handoff: work.handoff.id } : {}), digest, plan: planDigest(planned.plan), acceptedAt: new Date(accepted).toISOString() });
    const evidence: Evidence = {
      from: draft.from, recipients: planned.recipients, subject: draft.subject, plan: planned.plan, retention: planned.retention, receipt, wishes,
      sensitive: scanned.verdict.sensitive, recognition: recognitionPhrase(world.random(4)), policy: planned.policy, trace: planned.outcome.trace, ruleset: scanned.ruleset,
      messageId: `<${work.message.slice(4)}@${house.returnDomain}>`, ...threadOf(planned.plan, draft),
    };
    const months = epochs(accepted, planned.retention.until);
    const body = withNotices(draft, planned.plan.notices ?? [], planned.scopes);
    const { wrapped, beside, dividing } = await tools.divide.keysFor(work, planned.plan, body, accepted, months);
    const met = await metIn(house, planned, scanned.verdict.level);
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
    const done = await route.write.accept({
      message: {
        id: work.message, author: author.id, mailbox: author.shared.includes(normalAddress(draft.from.address)) ? mailboxOf(vault, draft.from.address) : null, accepted, keyEpoch: wrapped.contentEpoch, keyContent: wrapped.content, evidenceEpoch: wrapped.evidenceEpoch, keyEvidence: wrapped.evidence,
        sealed: vault.seal(work.keys.content, contentAad(work.message), encode(body)), dividing, evidence: vault.seal(work.keys.evidence, evidenceAad(work.message), encode(evidence)),
      },
      parts: work.parts, items: [...items, ...receipts], events: acceptance(house, work, planned, planned.plan, scanned, items, asked, met.fresh),
      retention: { message: work.message, class: planned.retention.class, until: endOf(planned.retention.until), epoch: months.content }, vector, approval: asked, alerts: await toldOf(house, work.message, planned, 'accepted'), pairs: house.policy.meeting(draft.from.address, planned.plan.recipients.map((r, n) => ({ id: items[n]?.id ?? '', to: r.address })), met.domains),
      questions: question ? await tools.questions.prepare(question, { message: work.message, items: items.map((i) => i.id), content: beside }) : [],
      ...(work.handoff ? { handoff: { id: work.handoff.id, digest: vault.index('digest', work.handoff.digest) } } : {}), ...(work.idempotency ? { idempotency: work.idempotency } : {}),
    });
    if (!done.kept) return { kind: 'lost-race' };
    verdicts.delete(work.message);
    house.metrics.accepted(world.now() - began, 'accepted');
    tools.wake();
    return { kind: 'accepted', accepted: { id: work.message, receipt, recipients: onWire(planned.plan).recipients, retention: planned.retention } };
  };
}
