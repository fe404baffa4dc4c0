/**
 * Looks for recipients' keys while the author writes: in the background, each address at most once at a time, every answer kept and noted. What is
 * found is one more key on file, never a confirmed one; another key than the one on file is held until a person has looked at it. Never asks for our own people.
 */
import { KEY_TRUST, type Capability, type KeyTrust } from '../../../shared/plan/capability.ts';
import type { EventDraft, PreparedEvent } from '../../audit/audit.ts';
import type { Store } from '../../store/store.ts';
import type { World } from '../../world.ts';
import { findKey, type Found, type ImportRefusal } from '../admission/admission.ts';
import { factsOf, type Standing } from '../admission/standing.ts';
import type { Taught } from '../admission/revoked.ts';
import type { KeyRow, Known, LookupRow, Step } from '../admission/row.ts';
import { judgePgp, mergedPgp, pgpKeysIn, revokedBy } from '../pgp.ts';
import type { CertificateFacts } from '../trust.read.ts';
import type { Unusable } from '../trust.ts';
import type { Hit, Source } from './source.ts';

interface Discovery {
  /** Starts what is due and returns at once; true: never heard of before, and under way now. */
  look(address: string, owner: string, heard: readonly LookupRow[]): boolean;
  /** until the look-ups of these owners have ended, or `patience` ms */
  settled(owners: readonly string[], patience: number): Promise<void>;
  /** what somebody hands over: the key in it, or why there is none to be taken. What it adds to a key on file is kept, and what it says was revoked, whether it is taken or not. */
  brought(address: string, owner: string, bytes: Uint8Array, by: EventDraft['actor']): Promise<Found | { readonly refused: ImportRefusal }>;
  /** a key that came with mail, which `by` handed over */
  arrived(address: string, owner: string, source: Pick<Source, 'name' | 'trust'>, hits: readonly Hit[], by: EventDraft['actor']): Promise<number>;
}

const HOUR = 3_600_000;
const KEPT = { found: 24 * HOUR, none: 12 * HOUR, failed: HOUR / 4 } as const;
const AT_ONCE = 8;
/** A list of five hundred strangers is looked up; the next one waits for another plan. */
const WAITING = 1000;
const FINDER = { kind: 'service', id: 'discovery' } as const;

interface Answer { readonly source: Pick<Source, 'name' | 'trust' | 'kinds'>; readonly found: readonly Found[]; readonly hits: readonly Hit[]; readonly outcome: string; readonly by?: EventDraft['actor'] }

export function openDiscovery({ store, world, sources, anchors, standing, events, broken }: {
  readonly store: Store; readonly world: Pick<World, 'now'>; readonly sources: readonly Source[]; readonly anchors: readonly CertificateFacts[]; readonly standing: Standing;
  readonly events: (draft: EventDraft) => Promise<PreparedEvent[]>; readonly broken: (fault: unknown) => void;
}): Discovery {
  const room = store.room<typeof import('../keys.sql.ts')>('keys');
  const under = new Map<string, Promise<void>>();
  const turns: (() => void)[] = [];
  let busy = 0;

  async function inTurn(work: () => Promise<void>): Promise<void> {
    if (busy >= AT_ONCE) await new Promise<void>((go) => turns.push(go));
    busy += 1;
    try { await work(); } finally {
      busy -= 1;
      turns.shift()?.();
    }
  }

  async function ask(source: Source, address: string): Promise<Answer> {
    try {
      return judged(source, address, await source.find(address));
    } catch {
      return { source, found: [], hits: [], outcome: 'failed' };
    }
  }

  async function judged(source: Answer['source'], address: string, hits: readonly Hit[]): Promise<Answer> {
    const found: Found[] = [];
    let refused = 'none';
    for (const { bytes, pinned, announces } of hits) {
      const key = await findKey(bytes, address, anchors, world.now(), pinned);
      if ('refused' in key) refused = key.refused;
      else if (!found.some((f) => f.fingerprint === key.fingerprint)) found.push({ ...key, gcm: key.gcm || announces?.gcm === true, oaep: key.oaep || announces?.oaep === true });
    }
    return { source, found: found.sort((a, b) => b.since - a.since), hits, outcome: found.length > 0 ? 'found' : refused };
  }

  const rank = (trust: string): number => KEY_TRUST.indexOf(trust as KeyTrust);
  const noting = (actor: EventDraft['actor']) => (type: string, row: Parameters<typeof factsOf>[0], address: string) => events({ type, outcome: 'ok', actor, facts: factsOf(row), sealed: { address } });

  /** What one source's answer changes, beside what the sources before it have. */
  async function stepsOf(address: string, { source, found, hits, outcome, by = FINDER }: Answer, kind: 'smime' | 'pgp', rows: { readonly active: KeyRow[]; readonly held: readonly KeyRow[]; readonly removed: readonly KeyRow[]; readonly withdrawn: KeyRow[] }): Promise<Step[]> {
    const steps: Step[] = [];
    const note = noting(by);
    const active = rows.active.filter((r) => r.kind === kind);
    if (kind === 'pgp') steps.push(...await refreshes([...active, ...rows.held, ...rows.withdrawn], address, hits, note));
    const mine = found.filter((f) => f.kind === kind);
    if (outcome === 'none') {
      // Its owner has taken it back; what two persons vouched for is theirs to take back.
      for (const row of active.filter((r) => r.source === source.name && r.trust === source.trust)) {
        steps.push({ do: 'withdraw', id: row.id, events: await note('key.withdrawn', row, address) });
        rows.withdrawn.push(...rows.active.splice(rows.active.indexOf(row), 1));
      }
      return steps;
    }
    for (const f of mine) {
      const same = active.find((r) => r.fingerprint === f.fingerprint);
      if (same && rank(source.trust) < rank(same.trust)) steps.push({ do: 'raise', id: same.id, trust: source.trust, source: source.name, from: same.trust, events: await note('key.imported', { ...same, trust: source.trust, source: source.name }, address) });
    }
    // What a lesser source had held, a better one may let in.
    const held = rows.held.filter((r) => rank(r.trust) <= rank(source.trust));
    const fresh = mine.find((f) => ![...active, ...held, ...rows.removed].some((r) => r.kind === kind && r.fingerprint === f.fingerprint));
    if (fresh === undefined) return steps;
    const back = active.length === 0 ? rows.withdrawn.find((r) => r.kind === kind && r.fingerprint === fresh.fingerprint) : undefined;
    if (back !== undefined) {
      rows.withdrawn.splice(rows.withdrawn.indexOf(back), 1);
      rows.active.push({ ...back, state: 'active', ended: null });
      return [...steps, { do: 'revive', id: back.id, events: await note('key.imported', back, address) }];
    }
    const row = await standing.rowOf({ address, trust: source.trust, source: source.name, by: by.id }, fresh);
    // Who could take a key away could put another in its place: taken back first, it is a change all the same. Only what is trusted less gives way unasked.
    if ([...active, ...rows.withdrawn].some((r) => r.kind === kind && r.fingerprint !== fresh.fingerprint && rank(r.trust) <= rank(source.trust))) steps.push({ do: 'hold', row, events: await note('key.changed', row, address) });
    else {
      steps.push({ do: 'insert', row, replaces: KEY_TRUST.slice(rank(source.trust) + 1), events: await note('key.imported', row, address) });
      for (const gone of active) rows.active.splice(rows.active.indexOf(gone), 1);
      rows.active.push({ ...row, state: 'active', ended: null, confirmed_by: null });
    }
    return steps;
  }

  /** A revocation without its key, as its owner keeps it in a drawer. */
  async function revokedAmong(rows: readonly KeyRow[], bytes: Uint8Array): Promise<Hit[]> {
    const copies = await Promise.all(rows.filter((r) => r.kind === 'pgp').map(async (row) => revokedBy((await standing.opened(row)).parts[0]!, bytes, world.now())));
    return copies.filter((c) => c !== null).map((copy) => ({ bytes: copy }));
  }

  async function withoutRevoked(answer: Answer, said: readonly Taught[]): Promise<Answer> {
    const gone = await Promise.all(answer.found.map((f) => standing.revoked(f, said)));
    const found = answer.found.filter((_, i) => gone[i] === false);
    return found.length === answer.found.length ? answer : { ...answer, found, outcome: found.length > 0 ? 'found' : 'key-revoked' };
  }

  /** What waits for a person or was taken back hears of its revocation, too: it may come to be used. */
  async function refreshes(known: readonly KeyRow[], address: string, hits: readonly Hit[], note: ReturnType<typeof noting>): Promise<Step[]> {
    const steps: Step[] = [];
    for (const row of known.filter((r) => r.kind === 'pgp')) {
      const refreshed = await renewed(row, address, hits);
      if (refreshed !== null) steps.push({ do: 'refresh', id: row.id, ...refreshed, events: await note('key.refreshed', row, address) });
    }
    return steps;
  }

  /** The key on file as it is published now: never without what was known before, so that an old copy hides no revocation. */
  async function renewed(row: KeyRow, address: string, hits: readonly Hit[]): Promise<{ material: Uint8Array; expires: number | null } | null> {
    const before = (await standing.opened(row)).parts[0]!;
    for (const { bytes } of hits) {
      for (const { key, fingerprint, secret } of await pgpKeysIn(bytes)) {
        if (secret || fingerprint !== row.fingerprint) continue;
        const merged = await mergedPgp(before, key);
        if (merged === null) continue;
        const { expires } = await judgePgp(merged, address, world.now());
        return { material: await standing.resealed(row, merged.write()), expires: expires ?? null };
      }
    }
    return null;
  }

  async function keptFor(owner: string) {
    const [active = [], held = [], withdrawn = [], removed = [], replaced = []] = await Promise.all(['active', 'held', 'withdrawn', 'removed', 'replaced'].map((state) => room.read.ofOwner({ owner, state })));
    return { active, held, withdrawn, removed, replaced };
  }

  /** What was revoked, by the copies that came and by those that were ever kept: remembered apart from both. */
  async function taught(address: string, rows: readonly KeyRow[], hits: readonly Hit[], by: EventDraft['actor']): Promise<{ readonly said: readonly Taught[]; readonly steps: Step[] }> {
    const kept = await Promise.all(rows.filter((r) => r.kind === 'pgp').map(async (row) => (await standing.opened(row)).parts[0]!));
    const said = await standing.taughtBy([...hits.map((h) => h.bytes), ...kept]);
    return { said, steps: await Promise.all(said.filter((one) => one.fresh).map(async (one): Promise<Step> => ({ do: 'remember', revoked: one.as, events: await events({ type: 'key.revoked', outcome: 'ok', actor: by, facts: { fingerprint: one.key, of: one.of }, sealed: { address } }) }))) };
  }

  async function take(address: string, owner: string, given: readonly Answer[], looked: boolean): Promise<number> {
    const { active, held, withdrawn, removed, replaced } = await keptFor(owner);
    const rows = { active: [...active], held, removed, withdrawn: [...withdrawn] };
    const { said, steps } = await taught(address, [...active, ...held, ...removed, ...withdrawn, ...replaced], given.flatMap((a) => a.hits), given[0]?.by ?? FINDER);
    const answers = await Promise.all(given.map((answer) => withoutRevoked(answer, said)));
    // The most trusted first: of two that found the same key, that one is remembered.
    for (const answer of [...answers].sort((a, b) => rank(a.source.trust) - rank(b.source.trust))) for (const kind of answer.source.kinds) steps.push(...await stepsOf(address, answer, kind, rows));
    const now = world.now();
    const heard = looked ? answers.map((a): LookupRow => ({ source: a.source.name, outcome: a.outcome, until: now + (KEPT[a.outcome as keyof typeof KEPT] ?? KEPT.none) })) : [];
    const facts = Object.fromEntries(answers.map((a) => [a.source.name, a.outcome]));
    const changed = steps.length;
    // Who hands over what is on file already has brought it as well.
    for (const { by, found } of answers) {
      for (const row of [...active, ...held, ...withdrawn].filter((r) => found.some((f) => f.fingerprint === r.fingerprint))) {
        if (by !== undefined) steps.push({ do: 'bring', owner, fingerprint: row.fingerprint, by: by.id, events: await noting(by)('key.imported', row, address) });
      }
    }
    if (looked || steps.length > 0) await room.write.looked({ owner, heard, steps, now, events: looked ? await events({ type: 'key.looked_up', outcome: answers.every((a) => a.outcome === 'failed') ? 'failed' : 'ok', actor: FINDER, facts, sealed: { address } }) : [] });
    return changed;
  }

  return {
    look(address, owner, heard) {
      const now = world.now();
      const due = sources.filter((s) => !heard.some((h) => h.source === s.name && now < h.until));
      if (due.length === 0) return false;
      if (!under.has(owner) && under.size < WAITING) {
        under.set(owner, inTurn(async () => { await take(address, owner, await Promise.all(due.map((s) => ask(s, address))), true); }).catch(broken).finally(() => under.delete(owner)));
      }
      return under.has(owner) && heard.length === 0;
    },
    async settled(owners, patience) {
      const waiting = owners.flatMap((owner) => under.get(owner) ?? []);
      if (waiting.length === 0 || patience <= 0) return;
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([Promise.all(waiting), new Promise((done) => { timer = setTimeout(done, patience); })]);
      clearTimeout(timer);
    },
    async brought(address, owner, bytes, by) {
      const { active, held, withdrawn, removed, replaced } = await keptFor(owner);
      const kept = [...active, ...held, ...removed, ...withdrawn, ...replaced];
      const revoked = await revokedAmong(kept, bytes);
      const hits = [{ bytes }, ...revoked];
      const { said, steps } = await taught(address, kept, hits, by);
      steps.push(...await refreshes([...active, ...held, ...withdrawn], address, hits, noting(by)));
      if (steps.length > 0) await room.write.looked({ owner, heard: [], steps, now: world.now(), events: [] });
      const found = await findKey(bytes, address, anchors, world.now());
      return revoked.length > 0 || (!('refused' in found) && (await standing.revoked(found, said))) ? { refused: 'key-revoked' } : found;
    },
    async arrived(address, owner, source, hits, by) {
      // A mail that takes nothing back by bringing nothing: only a look-up can find that there is none.
      const answer = { ...(await judged({ ...source, kinds: ['smime', 'pgp'] }, address, hits)), by };
      return answer.outcome === 'none' ? 0 : take(address, owner, [answer], false);
    },
  };
}

/** Why no key of these kinds is on file, where a look-up has said more than "none". */
export function missing({ lookups }: Pick<Known, 'lookups'>, sources: readonly Source[], kinds: readonly ('smime' | 'pgp')[]): NonNullable<Capability['missing']> {
  const why = (kind: 'smime' | 'pgp'): NonNullable<Capability['missing']>['pgp'] => {
    const outcomes = lookups.filter((l) => sources.some((s) => s.name === l.source && s.kinds.includes(kind))).map((l) => l.outcome);
    const refused = outcomes.find((o) => o.startsWith('key-') && o !== 'key-malformed' && o !== 'key-is-secret');
    return refused !== undefined ? (refused as Unusable) : outcomes.includes('failed') ? 'lookup-failed' : undefined;
  };
  return Object.fromEntries(kinds.flatMap((kind) => { const code = why(kind); return code === undefined ? [] : [[kind, code]]; }));
}
