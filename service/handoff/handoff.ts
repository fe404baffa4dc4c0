/**
 * From draft to message: stages hand-overs, keeps their parts sealed, judges them with the service's own scan and plan,
 * and opens what was kept. It never writes a message: acceptance is one transaction of several rooms (`route/route.sql.ts`).
 * Plan as in `shared/plan`; 45 CFR 164.312(a)(2)(iv), (c).
 */
import { createHash } from 'node:crypto';
import { traitsOf } from '../../shared/plan/trait.ts';
import type { Policy, Trait } from '../../shared/plan/policy.ts';
import { domainOf, normalAddress, within } from '../../shared/draft/address.ts';
import { digestInput, type Draft, type Recipient } from '../../shared/draft/draft.ts';
import type { Capability } from '../../shared/plan/capability.ts';
import { planDigestInput } from '../../shared/plan/digest.ts';
import { plan, type Plan, type PlanFacts, type PlannedList, type PlannedRetention } from '../../shared/plan/plan.ts';
import { evaluate, type Author, type Outcome, type Situation } from '../../shared/plan/evaluate.ts';
import { assign, longer } from '../../shared/retention/retention.ts';
import type { HandoffState } from '../../shared/wire/handoff.ts';
import type { Choices } from '../contact/choice.ts';
import type { Contact } from '../contact/contact.ts';
import type { Keys } from '../keys/keys.ts';
import type { Lists } from '../list/list.ts';
import type { Suppression } from '../suppression/suppression.ts';
import { Fault } from '../refusal.ts';
import type { Blobs } from '../store/blobs.ts';
import type { PolicyRoom } from '../policy/policy.ts';
import type { Store } from '../store/store.ts';
import type { DataKey, MessageKeys, Span, Vault, WrappedKeys } from '../vault/vault.ts';
import type { World } from '../world.ts';
import { bodyAad, contentAad, decode, evidenceAad, stagedAad, type Evidence, type FullMessage, type Message, type Wishes } from './content.ts';
import { DIVIDED, type HandoffRow, type MessageRow, type MessageSkeleton } from './handoff.sql.ts';
import { blobName, openPart, partName } from './part.ts';

export const sha256 = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex');
export const draftDigest = (draft: Draft): string => sha256(digestInput(draft));
export const planDigest = (shown: Plan): string => sha256(planDigestInput(shown));

export interface Staged {
  /** tidied: what will be sent */
  readonly draft: Draft;
  readonly wishes: Wishes;
  /** of the draft as the author's side hashed it */
  readonly digest: string;
}

export interface Planned {
  readonly plan: Plan | null;
  readonly retention: PlannedRetention;
  readonly policy: string;
  readonly unprotected: readonly string[];
  readonly situation: Situation;
  /** one by one, lists expanded: in the order of plan and situation */
  readonly recipients: readonly Recipient[];
  /** lists whose members nobody can name */
  readonly unexpanded: readonly string[];
  readonly outcome: Outcome;
  /** of the consents that cover it */
  readonly scopes: readonly string[];
}

/** Who asks, and what of the draft only whoever holds its text can say. */
interface Asking {
  readonly author?: Author;
  readonly labels?: readonly string[] | null;
  readonly said?: { readonly greeted?: readonly string[]; readonly thread?: readonly string[]; /** of each recipient, as the author's side saw them */ readonly traits?: readonly (readonly Trait[])[] };
}

const ROLES: readonly Recipient['role'][] = ['to', 'cc', 'bcc'];

/** What the author's side may say of a recipient; the rest the service knows better. */
const TOLD: readonly Trait[] = ['unlike-thread', 'unlike-salutation', 'personal'];

/** ISO 8601 weekday and minute where the service runs, which is where the organisation is. */
function moment(ms: number): NonNullable<Situation['at']> {
  const at = new Date(ms);
  return { date: at.toISOString().slice(0, 10), day: at.getDay() || 7, minute: at.getHours() * 60 + at.getMinutes() };
}

export type Handoff = ReturnType<typeof openHandoff>;

interface HandoffHouse {
  readonly store: Store;
  readonly vault: Vault;
  readonly blobs: Blobs;
  readonly keys: Keys;
  readonly contact: Pick<Contact, 'of'>;
  readonly choices: Pick<Choices, 'of'>;
  readonly suppression: Pick<Suppression, 'of'>;
  readonly policy: Pick<PolicyRoom, 'current' | 'known' | 'pairs' | 'consented'>;
  readonly lists: Lists;
  readonly ownDomains: readonly string[];
  /** certain that a domain takes no mail */
  readonly mailless: (domain: string) => Promise<boolean>;
  /** a key could be divided: there is somebody to keep the archive's copy */
  readonly archive: boolean;
  readonly world: Pick<World, 'now'>;
}

export function openHandoff(house: HandoffHouse) {
  const { vault, blobs, keys, contact, suppression, world } = house;
  const room = house.store.room<typeof import('./handoff.sql.ts')>('handoff');

  const wrappedOf = (row: HandoffRow): WrappedKeys => {
    if (!row.key_epoch || !row.key_content || !row.evidence_epoch || !row.key_evidence) throw new Fault('handoff-closed', 'The hand-over is already closed.');
    return { contentEpoch: row.key_epoch, content: row.key_content, evidenceEpoch: row.evidence_epoch, evidence: row.key_evidence };
  };

  /** What is known of recipients for a plan: keys and channels, whether a code can go to a phone, what is known against the address. */
  async function capabilities(addresses: readonly string[], look?: number): Promise<Capability[]> {
    const [known, reached, against, chosen] = await Promise.all([keys.capabilities(addresses, look === undefined ? {} : { look }), contact.of(addresses), suppression.of(addresses), house.choices.of(addresses)]);
    return known.map((c, i) => {
      const suppressed = against[i]?.reason;
      return { ...c, ...(reached[i]?.phone === undefined ? {} : { sms: true }), ...(suppressed === undefined ? {} : { suppressed }), ...(chosen[i] ? { plain: chosen[i] } : {}) };
    });
  }

  /** What each recipient is, with what a draft's own words say of them, and whether they were written to before. */
  async function traits(recipients: readonly Recipient[], known: readonly Capability[], policy: Policy, { author, said }: Asking): Promise<Trait[][]> {
    const people = [...(author ? [{ address: author.address }] : []), ...recipients.filter((_, i) => known[i]?.internal)];
    const found = traitsOf(recipients, { own: house.ownDomains, partners: policy.partners, consumers: policy.consumers, people, ...said });
    const none = await Promise.all(recipients.map((r, i) => (known[i]?.internal ? false : house.mailless(domainOf(r.address)))));
    const met = author ? await house.policy.known(house.policy.pairs(author.address, recipients.map((r) => r.address))) : [];
    return found.map((own, i) => {
      const place: Trait = known[i]?.internal ? 'internal' : 'external';
      const told = (said?.traits?.[i] ?? []).filter((t) => TOLD.includes(t));
      return [...new Set<Trait>([place, ...own.filter((t) => t !== 'internal' && t !== 'external'), ...told, ...(none[i] ? ['no-mail' as const] : []), ...(known[i]?.list === undefined ? [] : ['list' as const]), ...(place === 'external' && met[i] === false ? ['new' as const] : [])])];
    });
  }

  /** Lists become their members, each once; who is named beside the list stays as named, in the most visible place. */
  async function expanded(given: readonly Recipient[], asking: Asking): Promise<{ readonly people: readonly Recipient[]; readonly told: readonly (readonly Trait[])[]; readonly lists: readonly PlannedList[]; readonly unknown: ReadonlyMap<string, NonNullable<Capability['list']>> }> {
    const said = given.map((r, i) => r.list === true || asking.said?.traits?.[i]?.includes('list') === true);
    const found = await house.lists.expand(given.map(({ address }, i) => ({ address, said: said[i] === true })));
    const unknown = new Map<string, NonNullable<Capability['list']>>();
    const named = new Set(given.filter((_, i) => found[i]?.kind !== 'members').map((r) => normalAddress(r.address)));
    const [people, told, lists]: [Recipient[], (readonly Trait[])[], PlannedList[]] = [[], [], []];
    const inside = (address: string) => house.ownDomains.some((d) => within(domainOf(address), d));
    const order = [...given.keys()].sort((a, b) => ROLES.indexOf(given[a]?.role ?? 'to') - ROLES.indexOf(given[b]?.role ?? 'to') || a - b);
    for (const i of order) {
      const [r, answer] = [given[i], found[i]];
      if (!r) continue;
      if (answer?.kind !== 'members') {
        people.push(r);
        told.push(asking.said?.traits?.[i] ?? []);
        if (answer?.kind === 'unexpanded' || answer?.kind === 'unasked') unknown.set(r.address, answer.kind);
        continue;
      }
      lists.push({ address: r.address, role: r.role, members: answer.members.length, outside: answer.members.filter((m) => !inside(m.address)).length });
      for (const member of answer.members) {
        const key = normalAddress(member.address);
        if (named.has(key)) continue;
        named.add(key);
        people.push({ ...member, role: r.role, memberOf: r.address });
        told.push([]);
      }
    }
    return { people, told, lists, unknown };
  }

  /** The judgement of the plan: capabilities now, retention now, the policy in force. Keys that are not on file are looked for; `patience`: ms to wait for them. `situation` and `outcome` are what was judged, and how. */
  async function planFor(given: readonly Recipient[], facts: PlanFacts, wishes: Wishes, from: Asking = {}, patience = 0): Promise<Planned> {
    const { people: recipients, told, lists, unknown } = await expanded(given, from);
    const asking: Asking = { ...from, ...(from.said ? { said: { ...from.said, traits: told } } : {}) };
    const [{ policy }, found] = await Promise.all([house.policy.current(), capabilities(recipients.map((r) => r.address), patience)]);
    const known = found.map((c, i) => { const list = unknown.get(recipients[i]?.address ?? ''); return list === undefined ? c : { ...c, list }; });
    const now = world.now();
    const each = await traits(recipients, known, policy, asking);
    const situation: Situation = {
      facts, at: moment(now), recipients: recipients.map((r, i) => ({ address: r.address, role: r.role, traits: each[i] ?? [] })),
      ...(asking.author ? { author: asking.author } : {}), ...(wishes.purpose === undefined ? {} : { purpose: wishes.purpose }), ...(asking.labels === undefined ? {} : { labels: asking.labels }),
    };
    const asked = assign({ facts, acceptedAt: now, ...(wishes.retentionClass === undefined ? {} : { wish: wishes.retentionClass }) });
    const { joined } = evaluate(policy, situation);
    const retention = longer(asked, joined.retention, now);
    const scopes = joined.consent ? await house.policy.consented(wishes.patientRef, recipients.filter((_, i) => !known[i]?.internal).map((r) => r.address)) : null;
    const { at, author, purpose, labels } = situation;
    const result = plan({
      facts, recipients, lists, retention, policy, capabilities: known, traits: each, consent: scopes !== null, ...(at ? { at } : {}), ...(author ? { author } : {}), ...(purpose === undefined ? {} : { purpose }), ...(labels === undefined ? {} : { labels }),
      ...(wishes.need === undefined ? {} : { wish: wishes.need }), ...(wishes.undivided ? { undivided: true } : {}), ...(wishes.topic ? { topic: wishes.topic } : {}), archive: house.archive,
    });
    const common = { retention, policy: policy.version, situation, scopes: scopes ?? [], recipients, unexpanded: [...unknown.keys()] };
    if ('kind' in result) return { ...common, plan: null, unprotected: result.addresses, outcome: evaluate(policy, situation) };
    const { outcome, ...shown } = result;
    return { ...common, plan: shown, unprotected: [], outcome };
  }

  async function stateOf(row: HandoffRow): Promise<Omit<HandoffState, 'receipt'>> {
    if (row.state === 'committed') return { id: row.id, state: 'committed', digest: '', missing: [] };
    const staged = await openStaged(row);
    const have = new Set((await room.read.parts({ message: row.message })).map((p) => p.part));
    const missing = [...new Set(staged.draft.attachments.map((a) => a.sha256))].filter((s) => !have.has(partName(vault, row.message, s)));
    return { id: row.id, state: 'staged', digest: staged.digest, missing };
  }

  async function openStaged(row: HandoffRow): Promise<Staged & { readonly keys: MessageKeys; readonly wrapped: WrappedKeys }> {
    const wrapped = wrappedOf(row);
    const opened = await vault.unwrap(row.message, wrapped);
    return { ...decode<Staged>(vault.open(opened.content, stagedAad(row.message), row.sealed ?? new Uint8Array())), keys: opened, wrapped };
  }

  /** Bytes of the draft's attachments, in order. Rejects with `part-missing` when one never arrived. */
  async function contents(message: string, opened: Pick<MessageKeys, 'content'>, draft: Draft): Promise<Uint8Array[]> {
    const all: Uint8Array[] = [];
    for (const fact of draft.attachments) {
      // Filled in place: collecting chunks first would need the memory twice.
      const whole = Buffer.allocUnsafeSlow(fact.size);
      let at = 0;
      for await (const chunk of await part(message, opened, fact.sha256)) at += (chunk as Buffer).copy(whole, at);
      if (at !== fact.size) throw new Fault('part-short', 'A part of a message is shorter than it was.');
      all.push(whole);
    }
    return all;
  }

  async function part(message: string, opened: Pick<MessageKeys, 'content'>, hash: string, span?: Span) {
    const row = await room.read.inline({ message, part: partName(vault, message, hash) });
    if (!row) throw new Fault('part-missing', 'A part of a message is missing.');
    return openPart({ vault, blobs }, message, opened.content, hash, row, span);
  }

  // Evidence alone: the content key may be gone.
  const evidenceKey = (row: Pick<MessageRow, 'id' | 'evidence_epoch' | 'key_evidence'>): Promise<DataKey> =>
    vault.unwrapEvidence(row.id, { evidenceEpoch: row.evidence_epoch, evidence: row.key_evidence });

  async function evidenceOf(row: MessageSkeleton): Promise<Message> {
    const key = await evidenceKey(row);
    return { id: row.id, author: row.author, mailbox: row.mailbox, accepted: row.accepted, evidence: decode<Evidence>(vault.open(key, evidenceAad(row.id), row.evidence)) };
  }

  function bodyKey(row: MessageRow, content: DataKey): DataKey | null {
    if (row.divide === DIVIDED) return null;
    return row.body === null ? content : { id: `${row.id}/body`, bytes: vault.open(content, bodyAad(row.id), row.body) };
  }

  async function fullOf(row: MessageRow): Promise<FullMessage | null> {
    if (!row.sealed || !row.key_epoch || !row.key_content) return null;
    const opened = await vault.unwrap(row.id, { contentEpoch: row.key_epoch, content: row.key_content, evidenceEpoch: row.evidence_epoch, evidence: row.key_evidence });
    const evidence = decode<Evidence>(vault.open(opened.evidence, evidenceAad(row.id), row.evidence));
    const body = bodyKey(row, opened.content);
    const { from, recipients, subject, thread } = evidence;
    return {
      id: row.id, author: row.author, mailbox: row.mailbox, accepted: row.accepted, keys: opened, evidence, body,
      draft: body === null ? { from, recipients, subject, attachments: [], ...thread } : decode<Draft>(vault.open(body, contentAad(row.id), row.sealed)),
    };
  }

  return {
    room, planFor, capabilities, stateOf, openStaged, contents, part, evidenceKey, evidenceOf,
    /** null when unknown; `full` is null when the content was disposed of */
    async load(id: string): Promise<{ readonly row: MessageRow; readonly full: FullMessage | null } | null> {
      const row = await room.read.message({ id });
      return row ? { row, full: await fullOf(row) } : null;
    },
    /** Hand-overs nobody finished: rows, parts and blobs go. */
    async dropStale(before: number): Promise<number> {
      const gone = await room.write.dropStale({ before });
      for (const { message, part: name } of gone) await blobs.delete(blobName(message, name));
      return gone.length;
    },
  };
}
