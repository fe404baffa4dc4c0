/**
 * The policy's versions and which of them is in force: draft → simulate → submit → approve by another → activate at a time → retire. A version is
 * written once, hashed, and signed when it comes into force; to roll back is to write a new version. Never judges a message itself (`shared/plan`).
 * 45 CFR 164.316(b)(2): versions and their times stay.
 */
import { createHash } from 'node:crypto';
import type { Situation } from '../../shared/plan/evaluate.ts';
import type { Policy } from '../../shared/plan/policy.ts';
import { TEMPLATES, US_HEALTHCARE } from '../../shared/plan/template.ts';
import { Succession, type ActivePolicy } from '../../shared/wire/active.ts';
import { PolicyDocument, policyOf, type ActivateRequest, type DraftRequest, type PolicyVersion, type SignedPolicy, type Simulation } from '../../shared/wire/policy.ts';
import type { AuditLog, EventDraft, Facts } from '../audit/audit.ts';
import { refuse, type Refusal } from '../refusal.ts';
import type { Store } from '../store/store.ts';
import type { Vault } from '../vault/vault.ts';
import type { World } from '../world.ts';
import { openConsents } from './consent.ts';
import { openMet } from './met.ts';
import type { Vector, VersionRow } from './policy.sql.ts';
import { faultIn, unknownIn, type Names } from './examine.ts';
import { simulated } from './simulate.ts';

type PolicyRefusal = Refusal<'not-found' | 'policy-malformed' | 'policy-unknown-name' | 'policy-state' | 'simulation-needed' | 'simulation-outdated' | 'second-person-needed'> & { readonly pointer?: string };
type Actor = EventDraft['actor'];

interface Standing {
  readonly policy: Policy;
  readonly serial: number;
  readonly answer: ActivePolicy;
}

const DAY = 86_400_000;
const EMERGENCY = DAY;
/** Whose emergency change went back makes no other for so long: a day after a day would be no day. */
const AGAIN = 7 * DAY;
const VECTOR_DAYS = 90;
/** Longer than any copy is under way, its approval and its way out of the suppression list included. */
const WAITING_DAYS = 60;
const PAGE = 500;
/** what is still to be decided, or to come into force */
const AHEAD: readonly VersionRow['state'][] = ['draft', 'submitted', 'approved'];
const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
const nameOf = (n: number): string => `pv_${n}`;
const versionOf = (active: Pick<VersionRow, 'n'> | null): string => (active === null ? US_HEALTHCARE.version : nameOf(active.n));
const numberOf = (version: string): number => Number(version.slice(3));
const hashOf = (document: string): string => createHash('sha256').update(document).digest('hex');
const vectorAad = (message: string): string => `vector/${message}`;

export type PolicyRoom = ReturnType<typeof openPolicy>;

export function openPolicy({ store, world, vault, audit, organisation, ownDomains, corpus, same, names }: {
  readonly store: Pick<Store, 'room'>; readonly world: Pick<World, 'now' | 'random'>; readonly vault: Pick<Vault, 'seal' | 'open' | 'index' | 'monthly' | 'monthlyById'>; readonly audit: Pick<AuditLog, 'prepare' | 'prepared' | 'record' | 'sign' | 'vkey' | 'events'>;
  readonly organisation: string; readonly ownDomains: readonly string[]; /** made-up mail of a clinic, scanned */ readonly corpus: () => Promise<readonly Situation[]>;
  /** whether two ids are one human */
  readonly same: (one: string, other: string) => Promise<boolean>;
  /** what rules may ask for by name */
  readonly names: Names;
}) {
  const { read, write } = store.room<typeof import('./policy.sql.ts')>('policy');
  const builtIn = JSON.stringify(PolicyDocument.parse(bare(US_HEALTHCARE)));
  /** what the rules in force asked for in vain, when it was last looked */
  let lostBefore = '';
  let known: (Standing & { readonly row: string }) | null = null;

  async function event(type: string, actor: Actor, facts: Facts) {
    return [audit.prepare({ type, outcome: 'ok', actor, facts }, await vault.monthly(world.now()))];
  }
  const factsOf = (row: Pick<VersionRow, 'n' | 'hash'>): Facts => ({ version: nameOf(row.n), hash: row.hash });

  /** How the log's key came to be the one it is: who knew an older one follows it to this. */
  async function succession(): Promise<Succession[]> {
    const page = await audit.events({ types: ['log.key_rotated'], order: 'asc', limit: 500 });
    return 'kind' in page ? [] : page.data.flatMap(({ facts }) => Succession.safeParse(facts).data ?? []);
  }

  /** The bytes that are signed: one string, so that who verifies need not write it anew. */
  function stand(row: VersionRow | null): Standing {
    const id = JSON.stringify([row?.n, row?.activated, audit.vkey()]);
    if (known?.row === id) return known;
    const version = row === null ? US_HEALTHCARE.version : nameOf(row.n);
    const document = JSON.parse(row?.document ?? builtIn) as PolicyDocument;
    const policy = policyOf(version, document);
    const signed = JSON.stringify({
      v: 1, organisation, serial: row?.serial ?? 0, version, hash: row?.hash ?? hashOf(builtIn), activated: new Date(row?.activated ?? 0).toISOString(), policy: policy as unknown as SignedPolicy['policy'],
    } satisfies SignedPolicy);
    const { signature } = audit.sign({ signed });
    // C2SP signed-note vkey: name+id+base64(type ‖ key)
    const key = Buffer.from(audit.vkey().split('+').slice(2).join('+'), 'base64').subarray(1).toString('base64');
    known = { row: id, policy, serial: row?.serial ?? 0, answer: { signed, signature, key } };
    return known;
  }

  /** Brings into force what is due, takes back what nobody approved. Whoever asks for the policy does it too: no clock is waited for. */
  async function turn(active: VersionRow | null, due: VersionRow | null): Promise<boolean> {
    const now = world.now();
    const by = { kind: 'service', id: 'policy' } as const;
    if (due && !(await inTurn(due, active))) return write.postpone({ n: due.n, events: await event('policy.postponed', by, { ...factsOf(due), at: iso(due.activates) }) });
    if (due) return write.activate({ n: due.n, from: 'approved', now, over: active?.n ?? null, events: await event('policy.activated', by, { ...factsOf(due), scheduled: true }) });
    return active?.reverts != null && active.reverts <= now && goBack(active, null);
  }

  /** `by`: who rejected it; null: its time is over */
  async function goBack(row: VersionRow, by: Actor | null): Promise<boolean> {
    const before = row.restores === null ? null : await read.version({ n: row.restores });
    const document = before?.document ?? builtIn;
    const events = [...(by === null ? [] : await event('policy.rejected', by, factsOf(row))), ...await event('policy.reverted', by ?? { kind: 'service', id: 'policy' }, factsOf(row))];
    return (await write.revert({ n: row.n, ...(by === null ? {} : { by: by.id }), document, hash: hashOf(document), base: row.restores, now: world.now(), events })) !== null;
  }

  async function current(): Promise<Standing> {
    for (let round = 0; ; round += 1) {
      const { active, due } = await read.standing({ now: world.now() });
      if (round > 2 || !(await turn(active, due))) return stand(active);
    }
  }

  function shown(row: VersionRow, whole = false): PolicyVersion {
    return {
      version: nameOf(row.n), state: row.state, hash: row.hash, note: row.note, base: row.base === null ? null : nameOf(row.base), author: row.author, created: iso(row.created) ?? '', submitted: iso(row.submitted),
      decidedBy: row.decider, decided: iso(row.decided), activates: iso(row.activates), activated: iso(row.activated), retired: iso(row.retired), reverts: iso(row.reverts), simulated: row.simulated !== null,
      ...(whole ? { document: JSON.parse(row.document) as PolicyDocument } : {}),
    };
  }

  /** what was found when it was tried last, and when it was submitted; out of date where it is still to be decided or to come, and stood beside rules that are in force no more */
  async function trialsOf(row: VersionRow, inForce?: string): Promise<Pick<PolicyVersion, 'simulation' | 'submission'>> {
    const [rows, beside] = [await read.trials({ n: row.n }), inForce ?? (await current()).policy.version];
    const found = (of: string): Simulation | undefined => rows.filter(({ kind }) => kind === of).map(({ result }) => JSON.parse(result) as Omit<Simulation, 'outdated'>).map((kept) => ({ ...kept, outdated: AHEAD.includes(row.state) && kept.against !== beside }))[0];
    const [simulation, submission] = [found('latest'), found('submitted')];
    return { ...(simulation ? { simulation } : {}), ...(submission ? { submission } : {}) };
  }

  /** Nobody submits, approves or brings into force what was not tried beside what is in force. */
  async function untriedBeside(row: VersionRow, inForce?: string): Promise<PolicyRefusal | null> {
    const { simulation } = await trialsOf(row, inForce);
    return simulation === undefined ? refuse('simulation-needed') : simulation.outdated ? refuse('simulation-outdated') : null;
  }

  /** Tried beside what is in force; or both were tried beside the same and given a time, one after the other. Else it would take away what came since, and nobody had looked at that. */
  async function inTurn(due: VersionRow, active: VersionRow | null): Promise<boolean> {
    const against = async (row: VersionRow) => (await trialsOf(row, versionOf(active))).simulation?.against;
    const beside = await against(due);
    return beside === versionOf(active) || (beside !== undefined && active?.activates != null && (active.activated ?? 0) >= active.activates && beside === await against(active));
  }

  const whole = async (row: VersionRow): Promise<PolicyVersion> => ({ ...shown(row, true), unknown: await unknownIn(JSON.parse(row.document) as PolicyDocument, names), ...await trialsOf(row) });

  /** what was judged in the last days */
  async function* sent(days: number): AsyncGenerator<Situation> {
    const keys = new Map<string, Awaited<ReturnType<Vault['monthly']>>>();
    for (let from = { time: world.now() - days * DAY, message: '' }; ;) {
      const rows = await read.vectors({ ...from, limit: PAGE });
      for (const v of rows) {
        const key = keys.get(v.kid) ?? await vault.monthlyById(v.kid);
        keys.set(v.kid, key);
        yield JSON.parse(Buffer.from(vault.open(key, vectorAad(v.message), v.sealed)).toString()) as Situation;
      }
      const last = rows.at(-1);
      if (rows.length < PAGE || !last) return;
      from = { time: last.time, message: last.message };
    }
  }

  const find = async (version: string): Promise<VersionRow | null> => read.version({ n: numberOf(version) });
  async function after(done: boolean, row: VersionRow, otherwise: PolicyRefusal['code'] = 'policy-state'): Promise<PolicyVersion | PolicyRefusal> {
    const now = await read.version({ n: row.n });
    return done && now ? { ...shown(now, true), ...await trialsOf(now) } : refuse(otherwise);
  }

  return {
    current,

    /** as devices ask for it */
    async answer(): Promise<ActivePolicy> {
      return { ...(await current()).answer, succession: await succession() };
    },

    async versions(before: number | null, limit: number): Promise<{ readonly data: PolicyVersion[]; readonly next: string | null }> {
      const rows = await read.page({ before: before ?? Number.MAX_SAFE_INTEGER, limit: limit + 1 });
      const page = rows.slice(0, limit);
      return { data: page.map((row) => shown(row)), next: rows.length > limit ? String(page.at(-1)?.n) : null };
    },

    async version(version: string): Promise<PolicyVersion | PolicyRefusal> {
      const row = await find(version);
      return row ? whole(row) : refuse('not-found');
    },

    async draft(by: Actor, request: DraftRequest): Promise<{ readonly fresh: boolean; readonly version: PolicyVersion } | PolicyRefusal> {
      const given = [request.document, request.template, request.from].filter((g) => g !== undefined);
      if (given.length !== 1) return { ...refuse('policy-malformed'), pointer: '/document' };
      const former = request.from === undefined ? null : await find(request.from);
      if (request.from !== undefined && former === null) return refuse('not-found');
      // Through the schema again, so that the same policy has the same bytes.
      const document = PolicyDocument.parse(former ? JSON.parse(former.document) : request.template ? bare(TEMPLATES[request.template]) : request.document);
      const pointer = faultIn(document, { now: world.now(), ownDomains });
      if (pointer !== null) return { ...refuse('policy-malformed'), pointer };
      // A former version comes back as it was, in an emergency above all; what it asks for in vain is said beside it.
      const typo = request.document && (await unknownIn(document, names)).find(({ what }) => what === 'pattern');
      if (typo) return { ...refuse('policy-unknown-name'), pointer: `/document${typo.at}` };
      const text = JSON.stringify(document);
      const { active } = await read.standing({ now: world.now() });
      const hash = hashOf(text);
      const made = await write.draft({ document: text, hash, note: request.note, base: active?.n ?? null, author: by.id, now: world.now(), events: await event('policy.drafted', by, { hash, base: active ? nameOf(active.n) : US_HEALTHCARE.version, rules: document.rules.length, exceptions: document.exceptions?.length ?? 0 }) });
      const row = await read.version({ n: made.n });
      return row ? { fresh: made.fresh, version: await whole(row) } : refuse('not-found');
    },

    async simulate(by: Actor, version: string, days: number): Promise<Simulation | PolicyRefusal> {
      const row = await find(version);
      if (!row) return refuse('not-found');
      const [standing, policy] = [await current(), policyOf(version, JSON.parse(row.document) as PolicyDocument)];
      const now = world.now();
      const found = await simulated(standing.policy, policy, { sent: sent(days), corpus: await corpus(), days, today: new Date(now).toISOString().slice(0, 10) });
      const result = { version, against: standing.policy.version, time: new Date(now).toISOString(), ...found };
      const { messages, blocked, released, weakened } = found.history;
      await write.simulated({ n: row.n, now, result: JSON.stringify(result), events: await event('policy.simulated', by, { ...factsOf(row), days, messages, blocked: blocked.count, released: released.count, weakened: weakened.count }) });
      return { ...result, outdated: false };
    },

    async submit(by: Actor, version: string): Promise<PolicyVersion | PolicyRefusal> {
      const row = await find(version);
      if (!row) return refuse('not-found');
      const untried = row.state === 'draft' ? await untriedBeside(row) : null;
      if (untried !== null) return untried;
      return after(await write.submit({ n: row.n, now: world.now(), events: await event('policy.submitted', by, factsOf(row)) }), row);
    },

    /** of a submitted version; or of an emergency change that is in force, which then stays, or goes back at once */
    async decide(by: Actor, version: string, to: 'approved' | 'rejected'): Promise<PolicyVersion | PolicyRefusal> {
      const row = await find(version);
      if (!row) return refuse('not-found');
      if (await same(row.author, by.id)) return refuse('second-person-needed');
      if (row.state === 'active' && to === 'rejected') return after(await goBack(row, by), row);
      const events = await event(`policy.${to}`, by, factsOf(row));
      if (row.state === 'active' && to === 'approved') return after(await write.uphold({ n: row.n, by: by.id, now: world.now(), events }), row);
      const untried = row.state === 'submitted' && to === 'approved' ? await untriedBeside(row) : null;
      if (untried !== null) return untried;
      return after(await write.decide({ n: row.n, to, by: by.id, now: world.now(), events }), row);
    },

    async activate(by: Actor, version: string, request: ActivateRequest & { readonly emergency?: true }): Promise<PolicyVersion | PolicyRefusal> {
      const row = await find(version);
      if (!row) return refuse('not-found');
      const now = world.now();
      if (request.emergency) {
        // Only one's own: whose change went back would hurry another's draft.
        if ((row.state !== 'draft' && row.state !== 'submitted') || !(await same(row.author, by.id))) return refuse('policy-state');
        await current();
        for (const author of await read.wentBack({ after: now - AGAIN })) if (await same(author, by.id)) return refuse('second-person-needed');
        const { active } = await read.standing({ now });
        // One over another that nobody approved either: the day runs from the first, and back goes what two people stood for.
        const unapproved = active !== null && active.reverts !== null ? active : null;
        const reverts = unapproved?.reverts ?? now + EMERGENCY;
        const emergency = { reverts, restores: unapproved ? unapproved.restores : (active?.n ?? null) };
        return after(await write.activate({ n: row.n, from: row.state, now, over: active?.n ?? null, emergency, events: await event('policy.activated', by, { ...factsOf(row), emergency: true, reverts: iso(reverts) }) }), row);
      }
      if (row.state !== 'approved') return refuse('policy-state');
      await current();
      const { active } = await read.standing({ now });
      const untried = await untriedBeside(row, versionOf(active));
      if (untried !== null) return untried;
      const at = request.at === undefined ? now : Date.parse(request.at);
      if (at > now) return after(await write.schedule({ n: row.n, at, events: await event('policy.scheduled', by, { ...factsOf(row), at: iso(at) }) }), row);
      return after(await write.activate({ n: row.n, from: 'approved', now, over: active?.n ?? null, events: await event('policy.activated', by, factsOf(row)) }), row);
    },

    /** what was judged, for replays: kinds and counts, sealed under the month's key */
    async vector(message: string, situation: Situation): Promise<Vector> {
      const time = world.now();
      const key = await vault.monthly(time);
      return { message, time, kid: key.id, sealed: vault.seal(key, vectorAad(message), Buffer.from(JSON.stringify(situation))) };
    },
    judged: write.judged,

    ...openMet({ vault, read }),

    ...openConsents({ store, world, vault, audit }),

    /** the calendar's clock */
    async tick(): Promise<void> {
      const { policy, serial } = await current();
      const lost = await unknownIn(policy as unknown as PolicyDocument, names);
      const now = JSON.stringify([serial, lost]);
      if (lost.length > 0 && now !== lostBefore) await audit.record({ type: 'policy.unmatched', outcome: 'failed', actor: { kind: 'service', id: 'policy' }, facts: { version: policy.version, count: lost.length } });
      lostBefore = now;
      await write.forget({ before: world.now() - VECTOR_DAYS * DAY, waiting: world.now() - WAITING_DAYS * DAY });
    },
  };
}

function bare({ version: _version, ...document }: Policy): Omit<Policy, 'version'> {
  return document;
}
