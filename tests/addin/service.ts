/**
 * A service with a script, for tests of the add-in alone: keeps hand-overs in memory, answers as the wire says, and loses, refuses or delays what it is told to.
 * The whole-program journeys use the real one.
 */
import { createHash } from 'node:crypto';
import type { Protection } from '../../shared/plan/protection.ts';
import { PROTECTIONS } from '../../shared/plan/protection.ts';
import { reason } from '../../shared/plan/reason.ts';
import { planDigestInput } from '../../shared/plan/digest.ts';
import type { Plan } from '../../shared/plan/plan.ts';
import type { Accepted, CommitRequest, HandoffRequest, PlanRequest } from '../../shared/wire/handoff.ts';
import { PROBLEMS, type ProblemCode } from '../../shared/wire/problem.ts';
import type { Send } from '../../addin/companion/call.ts';
import type { ReleaseRequest } from '../../shared/wire/timeline.ts';

type Wire<T> = { [K in keyof T]: T[K] };
interface Reply { readonly status: number; readonly body?: unknown; readonly bytes?: Uint8Array }
type Fault = { readonly kind: 'lost-before' } | { readonly kind: 'lost-after' } | { readonly kind: 'problem'; readonly code: ProblemCode; readonly pointer?: string } | { readonly kind: 'status'; readonly status: number };

interface Held { request: HandoffRequest; parts: Map<string, Uint8Array>; accepted: Accepted | null }

const WAYS: { readonly [domain: string]: readonly [Protection, Protection?] } = {
  'stmarys.test': ['smime'], 'keyring.test': ['pgp'], 'lakeside.test': ['tls', 'portal'], 'brightmail.test': ['portal'], 'riverside.test': ['tls'],
};
const REASON = { tls: 'tls-proved-before', smime: 'smime-certificate', pgp: 'pgp-key', portal: 'portal-last', 'plain-by-choice': 'recipient-prefers' } as const;
const sha = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Who is in every distribution list here. */
const MEMBERS = [{ address: 'noor.haddad@riverside.test', name: 'Noor Haddad, RN' }, { address: 'ben.okafor@riverside.test', name: 'Ben Okafor' }, { address: 'tess.lane@lakeside.test', name: 'Tess Lane' }];

export class ScriptedService {
  readonly handoffs = new Map<string, Held>();
  /** every request, in order: method and path */
  readonly seen: string[] = [];
  readonly plans: PlanRequest[] = [];
  readonly commits: CommitRequest[] = [];
  /** what was asked of copies on the secure page */
  readonly asked: string[] = [];
  /** findings called wrong, as they came */
  readonly disputed: unknown[] = [];
  /** another address that asks to read such a copy */
  asks = false;
  /** the link of a portal copy was fetched: the service's own sentence of it */
  visit: string | null = null;
  offline = false;
  decision: Plan['decision'] = 'allow';
  /** minutes the policy asks for before anything leaves */
  hold = 0;
  #recalled = false;
  /** the plan at commit differs from the one shown */
  changes = false;
  /** so many plans still say that a key is being looked for */
  looking = 0;
  statuses: { [address: string]: 'queued' | 'relayed' | 'opened' | 'failed' | 'held' } = {};
  /** what the author let go, and by which way */
  readonly released: { readonly n: number; readonly protection: string }[] = [];
  #faults: { readonly call: string; readonly fault: Fault; left: number }[] = [];
  #count = 0;
  /** awaited before each answer; tests hold it to look at a state */
  gate: (call: string) => Promise<void> = () => Promise.resolve();

  fault(call: string, fault: Fault, times = 1): void {
    this.#faults.push({ call, fault, left: times });
  }

  plan(recipients: PlanRequest['recipients'], need: PlanRequest['wishes'] = {}): Plan & { digest: string } {
    const strict = need.need === 'e2e-only' || this.changes;
    const shown: Plan = {
      need: strict ? 'e2e-only' : 'transport', decision: this.decision, ...(this.hold > 0 ? { hold: this.hold } : {}), reasons: this.decision === 'allow' ? [] : [reason('warn-bulk')],
      ...(recipients.some((r) => r.list) ? { lists: recipients.filter((r) => r.list).map(({ address, role }) => ({ address, role, members: MEMBERS.length, outside: 1 })) } : {}),
      recipients: recipients.flatMap((r): { readonly address: string; readonly role: typeof r.role; readonly name?: string | undefined; readonly memberOf?: string }[] => (r.list ? MEMBERS.map((m) => ({ ...m, role: r.role, memberOf: r.address })) : [r])).map((r) => {
        const [protection, otherwise] = WAYS[r.address.slice(r.address.indexOf('@') + 1)] ?? ['tls', 'portal'];
        const first = this.changes && protection === 'tls' ? 'portal' : protection;
        return {
          address: r.address, role: r.role, ...(r.memberOf !== undefined ? { memberOf: r.memberOf, name: r.name ?? '' } : {}), protection: first, ...(otherwise && first === protection ? { otherwise } : {}), reasons: [reason(r.address.endsWith('@riverside.test') ? 'internal-connector' : REASON[first])],
          passedOver: first === 'smime' ? [{ protection: 'portal' as const, reason: reason('preferred-first') }] : [{ protection: 'smime' as const, reason: reason(this.looking > 0 ? 'looking-up' : 'no-certificate') }],
          asks: PROTECTIONS[first].asks,
        };
      }),
      retention: { class: 'clinical-adult', name: 'Clinical record, adult', until: '2036-11-21', basis: 'Kept 10 years because it concerns a patient\'s care (42 CFR 482.24(b)(1)).' },
    };
    const consumer = (r: { address: string }) => r.address.endsWith('@gmail.com');
    const together = recipients.filter((r) => r.role !== 'bcc' && consumer(r)).length > 5 ? { hints: ['many-consumers'] } : {};
    return { ...shown, digest: sha(planDigestInput(shown)), traits: recipients.map((r) => (consumer(r) ? ['external', 'consumer'] : ['external'])), ...together } as unknown as Plan & { digest: string };
  }

  async answer(method: string, path: string, body: Uint8Array | string | null): Promise<Reply> {
    const call = `${method} ${path.replace(/ho_[\w-]+/, ':id').replace(/msg_[\w-]+/, ':id').replace(/[0-9a-f]{64}/, ':part').replace(/\?.*/, '')}`;
    this.seen.push(call);
    await this.gate(call);
    if (this.offline) throw new Error('No connection.');
    const struck = this.#faults.find((f) => f.call === call && f.left > 0);
    if (struck) {
      struck.left -= 1;
      const { fault } = struck;
      if (fault.kind === 'lost-before') throw new Error('No connection.');
      if (fault.kind === 'problem') return problem(fault.code, fault.pointer);
      if (fault.kind === 'status') return { status: fault.status };
      await this.#work(method, path, body);
      throw new Error('The answer got lost.');
    }
    return this.#work(method, path, body);
  }

  async #work(method: string, path: string, body: Uint8Array | string | null): Promise<Reply> {
    if (path === '/healthz') return { status: 200, body: {} };
    const json = <T>() => JSON.parse(typeof body === 'string' ? body : new TextDecoder().decode(body ?? new Uint8Array())) as T;
    const [, head, id = '', tail, last] = path.replace(/\?.*/, '').split('/');
    if (method === 'POST' && head === 'plan') {
      const request = json<PlanRequest>();
      this.plans.push(request);
      const body = this.plan(request.recipients, request.wishes);
      this.looking = Math.max(0, this.looking - 1);
      return { status: 200, body };
    }
    if (method === 'POST' && head === 'false-positives') {
      this.disputed.push(json<unknown>());
      return { status: 204 };
    }
    if (method === 'POST' && head === 'handoffs' && !id) return this.#stage(json<HandoffRequest>());
    const held = this.handoffs.get(id);
    if (head === 'handoffs') {
      if (!held) return problem('not-found');
      if (method === 'GET') return { status: 200, body: this.#state(held) };
      if (method === 'PUT' && last) {
        const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body ?? new Uint8Array();
        if (sha(bytes) !== last) return problem('digest-mismatch');
        held.parts.set(last, bytes);
        return { status: 204 };
      }
      return this.#commit(held, json<CommitRequest>());
    }
    if (head === 'messages' && method === 'GET' && !id) return { status: 200, body: { data: this.#sent().map((h) => this.#summary(h)), next: null } };
    const sent = this.#sent().find((h) => h.accepted?.id === id);
    if (!sent) return problem('not-found');
    if (tail === 'content') return { status: 200, body: this.#content(sent) };
    if (tail === 'attachments') return { status: 200, bytes: sent.parts.get(sent.request.draft.attachments[Number(last)]?.sha256 ?? '') ?? new Uint8Array() };
    if (tail === 'held') return { status: 200, body: this.#held(sent) };
    if (tail === 'release') {
      const request = json<ReleaseRequest>();
      if (request.plan !== this.#held(sent).digest) return problem('plan-changed');
      for (const copy of request.copies) {
        this.released.push(copy);
        this.statuses[sent.request.draft.recipients[copy.n]?.address ?? ''] = 'relayed';
      }
      return { status: 200, body: { copies: request.copies.map((c) => ({ ...c, address: sent.request.draft.recipients[c.n]?.address })) } };
    }
    if (tail === 'certificate') return { status: 200, bytes: new TextEncoder().encode(`${last} ${path.split('?')[1] ?? ''}`) };
    if (tail === 'recipients') {
      this.asked.push(`${path.split('/').slice(4).join('/')} ${body === null ? '' : Buffer.from(body as Uint8Array).toString()}`);
      const extra = 'extend' === path.split('/').at(-1) ? Date.UTC(2027, 0, 4) : Date.UTC(2026, 11, 21);
      return { status: 200, body: { expires: new Date(extra).toISOString(), opened: null, ways: ['mail-code', 'spoken-code'] } };
    }
    this.#recalled ||= tail === 'recall';
    if (tail === 'recall') return { status: 200, body: { recipients: sent.request.draft.recipients.map((r) => ({ address: r.address, recalled: true, reason: { code: 'recalled', text: 'Recalled before it was read.' } })) } };
    return { status: 200, body: this.#timeline(sent) };
  }

  #sent(): Held[] {
    return [...this.handoffs.values()].filter((h) => h.accepted).reverse();
  }

  #held({ request, accepted }: Held) {
    const shown = this.plan(request.draft.recipients);
    const copies = (accepted?.recipients ?? []).flatMap((r, n) => (this.statuses[r.address] !== 'held' ? [] : [{
      n, address: r.address, protection: 'tls', reason: { code: 'certificate-expired', text: 'Their mail server\'s certificate has expired.' },
      ways: [
        { ...shown.recipients[n], protection: 'portal', asks: PROTECTIONS.portal.asks, weaker: false },
        { ...shown.recipients[n], protection: 'tls', asks: PROTECTIONS.tls.asks, weaker: true },
      ],
    }]));
    return { id: accepted?.id, copies, digest: sha(JSON.stringify(copies)) };
  }

  #state(held: Held) {
    const missing = [...new Set(held.request.draft.attachments.map((a) => a.sha256))].filter((s) => !held.parts.has(s));
    return { id: held.request.id, state: held.accepted ? 'committed' : 'staged', digest: held.request.digest, missing: held.accepted ? [] : missing, ...(held.accepted ? { receipt: held.accepted } : {}) };
  }

  #stage(request: HandoffRequest): Reply {
    const before = this.handoffs.get(request.id);
    if (before?.accepted) return before.request.digest === request.digest ? { status: 200, body: this.#state(before) } : problem('already-sent');
    const held: Held = { request, parts: before?.parts ?? new Map(), accepted: null };
    this.handoffs.set(request.id, held);
    return { status: before ? 200 : 201, body: this.#state(held) };
  }

  #commit(held: Held, request: CommitRequest): Reply {
    this.commits.push(request);
    if (held.accepted) return { status: 200, body: held.accepted };
    if (request.digest !== held.request.digest) return problem('digest-mismatch');
    if (this.#state(held).missing.length > 0) return problem('parts-missing');
    const now = this.plan(held.request.draft.recipients, held.request.wishes);
    if (now.digest !== request.plan) return { status: 409, body: { ...problem('plan-changed').body as object, plan: now } };
    this.#count += 1;
    const id = `msg_01998f00-0000-7000-8000-${String(this.#count).padStart(12, '0')}`;
    held.accepted = {
      id, receipt: { id, handoff: held.request.id, digest: held.request.digest, plan: now.digest, acceptedAt: new Date(Date.UTC(2026, 10, 21, 10, 2)).toISOString(), signature: 'c2lnbmVk' },
      recipients: now.recipients as Accepted['recipients'], retention: now.retention,
    } satisfies Wire<Accepted>;
    return { status: 202, body: held.accepted };
  }

  #summary({ request, accepted }: Held) {
    return { id: accepted?.id, subject: request.draft.subject, acceptedAt: accepted?.receipt.acceptedAt, from: request.draft.from.address, ...this.#waits(),
      recipients: accepted?.recipients.map((r) => ({ address: r.address, protection: r.protection, status: this.statuses[r.address] ?? 'queued' })) };
  }

  #waits() {
    return this.#recalled ? {} : this.decision === 'approve' ? { waits: { for: 'approval', until: '2030-01-02T10:02:00.000Z' } } : this.hold > 0 ? { waits: { for: 'time', until: new Date(Date.now() + this.hold * 60_000).toISOString() } } : {};
  }

  #timeline({ request, accepted }: Held) {
    return {
      id: accepted?.id, subject: request.draft.subject, from: request.draft.from.address, acceptedAt: accepted?.receipt.acceptedAt, receipt: accepted?.receipt, retention: accepted?.retention, recognition: 'gentle cliff',
      ...this.#waits(),
      recipients: accepted?.recipients.map((r, i) => ({
        address: r.address, role: r.role, protection: r.protection, planned: r.protection, status: this.#recalled ? 'recalled' : this.statuses[r.address] ?? 'queued',
        ...(r.protection !== 'portal' ? {} : { n: i, portal: { expires: '2026-12-21T10:00:00.000Z', opened: this.statuses[r.address] === 'opened' ? '2026-11-21T11:00:00.000Z' : null, ways: ['mail-code', 'spoken-code'] } }),
        ...(r.protection === 'portal' && this.asks ? { readers: [{ id: `rdr_${'a'.repeat(24)}`, address: 'aunt@elsewhere.test', state: 'asked' }] } : {}),
        ...(r.asks.includes('phone') ? { spokenCode: '4827 1935' } : {}),
        events: [
          { id: `evt_${i}a`, seq: 1, type: 'message.accepted', time: accepted.receipt.acceptedAt, text: 'Accepted by the service.' },
          { id: `evt_${i}b`, seq: 2, type: 'delivery.attempt.finished', time: accepted.receipt.acceptedAt, text: 'Their mail server proved TLS 1.3 and took the message.', facts: { protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', grade: 'B', certificate: 'AB'.repeat(32), reply: 250, queueId: '4D9F21C0A1', began: 1000, ended: 1420 }, server: { host: 'mx.lakeside.test', ip: '192.0.2.25', reply: '2.0.0 Ok: queued as 4D9F21C0A1' } },
          ...(r.protection === 'portal' && this.visit !== null ? [{ id: `evt_${i}c`, seq: 3, type: 'portal.visited', time: accepted.receipt.acceptedAt, text: this.visit, facts: { by: 'program', sign: 'early' } }] : []),
        ],
      })),
    };
  }

  #content({ request, accepted }: Held) {
    const { draft } = request;
    return { id: accepted?.id, from: draft.from, recipients: draft.recipients, subject: draft.subject, html: draft.html, ...(draft.inReplyTo ? { inReplyTo: draft.inReplyTo } : {}),
      attachments: draft.attachments.map((a, n) => ({ n, filename: a.filename, contentType: a.contentType, size: a.size, ...(a.contentId ? { contentId: a.contentId } : {}) })) };
  }

  /** What `openCompanion` takes in place of the network. */
  readonly send: Send = async (url, { method, body }, progress) => {
    const { pathname, search } = new URL(url);
    const reply = await this.answer(method, pathname.replace('/api/v1', '') + search, body ?? null);
    if (progress && body) progress(body.length);
    return new Response(reply.status === 204 ? null : reply.bytes ? (reply.bytes as Uint8Array<ArrayBuffer>) : JSON.stringify(reply.body ?? {}), { status: reply.status });
  };
}

function problem(code: ProblemCode, pointer?: string): Reply {
  const { status, title } = PROBLEMS[code];
  return { status, body: { type: `urn:send-secure:problem:${code}`, title, status, code, ...(pointer ? { pointer } : {}) } };
}
