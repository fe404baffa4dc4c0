/**
 * The policy in force, on the author's side: asked for twice a minute, its signature verified against the key that was seen first, kept for the event
 * handler. An older version is never taken for a newer one; what does not verify is not obeyed. A chunk of its own.
 */
import { ActivePolicy } from '../../shared/wire/active.ts';
import { SignedPolicy, type PolicyDocument } from '../../shared/wire/policy.ts';
import { stale, type Cached } from '../../shared/plan/guard.ts';
import type { OwnRulesAnswer } from '../../shared/wire/rules.ts';
import type { Companion } from '../companion/companion.ts';
import { isRefused, type Refused } from '../refusal.ts';

export interface Kept extends Cached {
  /** the verifying key, base64, pinned at the first sight */
  readonly key: string;
}

interface PolicyHouse {
  readonly companion: Pick<Companion, 'policy'>;
  /** the organisation's own scanner rules as they came last; null: they have not */
  readonly rules: () => OwnRulesAnswer | null;
  /** roaming settings: 32 KB for everything an add-in keeps there */
  readonly kept: () => unknown;
  readonly keep: (kept: Kept) => Promise<null | Refused>;
  readonly now: () => number;
  /** another version is in force */
  readonly changed: (version: string) => void;
  /** told after each look: what is kept is so old that ordinary Send obeys the strict template beside it */
  readonly aged: (stale: boolean) => void;
  readonly wait: (ms: number) => Promise<void>;
}

/** Well within a minute, so that a new version is obeyed within one. */
const EVERY = 20_000;
/** The time of the last word is written no more often than this. */
const REWRITE = 3_600_000;
const LARGEST = 30 * 1024;
/** Whom the author wrote to is asked for with each so many-eth look: some ten minutes. */
const MET_EVERY = 30;

const bytes = (base64: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

/** RFC 8032, `key` raw. False also where this browser knows no Ed25519. */
async function signedBy(key: string, json: string, signature: string): Promise<boolean> {
  try {
    const imported = await crypto.subtle.importKey('raw', bytes(key), { name: 'Ed25519' }, false, ['verify']);
    return await crypto.subtle.verify({ name: 'Ed25519' }, imported, bytes(signature), new TextEncoder().encode(json));
  } catch {
    return false;
  }
}

/** C2SP signed-note: `<name>+<key id>+<base64 of type ‖ key>` → the key, base64 */
const rawOf = (vkey: string): string => btoa(atob(vkey.split('+').slice(2).join('+')).slice(1));

/** Does the key that was pinned lead, each key signing for the next, to the one of the answer? JCS: RFC 8785. */
async function succeeded(pinned: string, { key, succession = [] }: ActivePolicy): Promise<boolean> {
  let at = pinned;
  for (const { after, key: next, origin, signature } of succession) {
    if (rawOf(after) !== at || !(await signedBy(at, JSON.stringify({ after, key: next, origin }), signature))) continue;
    at = rawOf(next);
  }
  return at === key;
}

function readKept(given: unknown): Kept | null {
  const k = given as Partial<Kept> | null;
  return k && typeof k.key === 'string' && typeof k.serial === 'number' && typeof k.at === 'number' ? (k as Kept) : null;
}

/** Groups that any rule or exception asks about: the author's others are nothing to keep. */
const groupsIn = ({ rules, exceptions = [] }: PolicyDocument): ReadonlySet<string> => new Set([...rules.flatMap((r) => [...(r.when.group ?? []), ...(r.scope?.group ?? [])]), ...exceptions.flatMap((e) => e.scope?.group ?? [])]);

/**
 * What becomes of an answer: what to keep, and whether a newer version came; null when it is not to be believed. What does not fit is left out, first
 * what the event handler can do without: what it then does not know counts as a rule asks (`shared/plan/guard.ts`).
 */
export async function taken(before: Kept | null, answer: ActivePolicy, now: number, own: OwnRulesAnswer | null = null): Promise<{ readonly kept: Kept; readonly version: string } | null> {
  if (before && !(await succeeded(before.key, answer).catch(() => false))) return null;
  if (!(await signedBy(answer.key, `{"signed":${JSON.stringify(answer.signed)}}`, answer.signature))) return null;
  const read = SignedPolicy.safeParse(JSON.parse(answer.signed));
  if (!read.success || (before && read.data.serial < before.serial)) return null;
  const asked = groupsIn(read.data.policy);
  const { you } = answer;
  const bare = {
    key: answer.key, serial: read.data.serial, at: now, groups: (you?.groups ?? []).filter((g) => asked.has(g)), shared: you?.shared ?? [], own: you?.own ?? [], ...(you?.zone === undefined ? {} : { zone: you.zone }),
  };
  // Each of these comes at its own time; what came before stays.
  const [met, rules] = [you?.met ?? before?.met, own === null ? before?.rules : own.rules];
  const parts: readonly Partial<Kept>[] = [{ signed: answer.signed }, ...(met === undefined ? [] : [{ met }]), ...(rules === undefined ? [] : [{ rules }])];
  let kept: Kept = bare;
  for (const part of parts) if (weight({ ...kept, ...part }) <= LARGEST) kept = { ...kept, ...part };
  return { version: read.data.version, kept };
}

/** Bytes as it is written: JSON inside JSON, in UTF-8. */
const weight = (kept: Kept): number => new TextEncoder().encode(JSON.stringify(kept)).length;

export function watchPolicy({ companion, rules, kept, keep, now, changed, aged, wait }: PolicyHouse): { close(): void } {
  const life = { open: true };
  let last = readKept(kept());
  let written = last;
  let version: string | null = null;
  let looks = 0;
  async function look(): Promise<void> {
    const answer = await companion.policy(ActivePolicy, looks % MET_EVERY === 0);
    if (isRefused(answer)) return;
    looks += 1;
    const next = await taken(last, answer, now(), rules());
    if (!next) return;
    last = next.kept;
    // What Outlook did not take is tried again with the next answer.
    const worth = !written || last.at - written.at > REWRITE || JSON.stringify({ ...written, at: 0 }) !== JSON.stringify({ ...last, at: 0 });
    if (worth && !isRefused(await keep(last))) written = last;
    if (version !== null && version !== next.version) changed(next.version);
    version = next.version;
  }
  void (async () => {
    while (life.open) {
      await look().catch(() => undefined);
      aged(last !== null && stale(last.at, now()));
      await wait(EVERY);
    }
  })();
  return { close: () => { life.open = false; } };
}
