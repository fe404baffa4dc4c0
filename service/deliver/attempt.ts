/**
 * One try at one address of one next hop: converse, judge the channel, and only then name anybody or send anything.
 * The judgement is made anew for every message, on a fresh conversation and on a kept one alike.
 */
import type { Facts } from '../audit/audit.ts';
import type { World } from '../world.ts';
import { assure, inspect, meets, plain, type Judgement } from './assurance.ts';
import { matchDane, recordsIn } from './dane.ts';
import type { Attempt, Floor } from './deliver.ts';
import { linesOf, lists, type StsPolicy } from './mtasts.ts';
import type { NextHop } from './nexthop.ts';
import { decide, positive, queueId, type Reply, type Stage, type Verdict } from './reply.ts';
import { Snag, type Content } from './smtp/dialogue.ts';
import type { Pool } from './smtp/pool.ts';
import { isAscii, openSession, type Patience, type Place, type Session } from './smtp/session.ts';

export interface Target {
  readonly domain: string;
  /** where the domain's own name led to */
  readonly alias?: string | undefined;
  readonly hop: NextHop;
  readonly ip: string;
  readonly sts: StsPolicy | null;
  /** the least that this domain has proved before; less than it is a reason to wait */
  readonly before: Before;
}

/** What a domain has proved before, that never goes down without a word. */
export type Before = 'A' | 'B' | null;

export interface Mailing {
  readonly returnPath: string;
  /** its domain in A-labels, which every server knows (RFC 5891) */
  readonly recipient: string;
  readonly content: Content;
  readonly envid: string;
  readonly floor: Floor;
  readonly requireTls: RequireTls;
  readonly signal?: AbortSignal | undefined;
}

/** RFC 8689: `offered`: asked of hosts that offer it and have proved themselves well enough; `must`: without it nothing goes */
export type RequireTls = 'no' | 'offered' | 'must';

interface Means {
  readonly world: World;
  readonly hostname: string;
  readonly patience: Patience;
  readonly pool: Pool;
}

export interface Tried {
  readonly kind: Verdict['kind'] | 'refused';
  readonly code: string;
  /** nothing else may be tried now: the recipient was judged, or nobody knows whether the message arrived */
  readonly final: boolean;
  /** no recipient was named: what was found out is true of every message for this host */
  readonly whole: boolean;
  /** it has proved more before */
  readonly lowered: boolean;
  readonly attempt: Attempt;
}

const UNREACHED: Judgement = { grade: 'D', code: 'not-reached', hold: false };

type Ending = Pick<Tried, 'kind' | 'code' | 'final'> & { readonly reply?: Reply | undefined; readonly stage?: Stage | 'dial' | undefined; readonly lowered?: boolean; readonly asked?: boolean };

export async function attempt(means: Means, target: Target, mailing: Mailing): Promise<Tried> {
  const { world, pool } = means;
  const { dane } = target.hop;
  // RFC 7672 §8.1: who publishes records is asked for the certificate by the name they stand under
  const place: Place = { host: target.hop.host, ip: target.ip, port: target.hop.port, ...(dane.kind === 'records' ? { servername: dane.base } : {}), ...(target.hop.login ? { as: target.hop.login.username } : {}) };
  const began = world.now();
  let session: Session | null = null;
  let judgement = UNREACHED;
  const tell = (ending: Ending, reused: boolean): Tried => {
    const { reply } = ending;
    const { standing, lines } = describe(target, session);
    const facts: Facts = { ...standing, reused, requiretls: ending.asked ?? false, stage: ending.stage ?? null, began, ended: world.now(), bytes: mailing.content.size, replyCode: reply?.code ?? null, enhanced: reply?.enhanced ?? null, queueId: reply && ending.kind === 'relayed' ? queueId(reply) : null };
    const assurance = { grade: judgement.grade, code: judgement.code };
    const whole = ending.stage === undefined || !['mail', 'rcpt', 'data', 'content'].includes(ending.stage) || ending.reply?.code === 421;
    return { kind: ending.kind, code: ending.code, final: ending.final, whole: whole && ending.code !== 'aborted' && (judgement.hold || ending.lowered !== true), lowered: ending.lowered ?? false, attempt: { host: place.host, ip: place.ip, assurance, facts, held: { lines, from: session?.from ?? null }, ...(reply ? { reply: { code: reply.code, ...(reply.enhanced ? { enhanced: reply.enhanced } : {}), text: reply.text } } : {}) } };
  };

  // what the domain said already rules this host out: it is not even called
  const unlisted = stsOf(target) === 'unlisted';
  if (dane.kind === 'unknown' || unlisted) {
    judgement = assure(proofOf(target, null, world.now()));
    return tell({ kind: 'delayed', code: judgement.code, final: false, lowered: unlisted && target.before !== null }, false);
  }

  const kept = pool.take(place);
  for (const reused of kept ? [true, false] : [false]) {
    const listen = (): void => session?.drop();
    // What the kept one had proved says nothing of a call that may never come to a conversation.
    [session, judgement] = [null, UNREACHED];
    try {
      session = reused ? kept : await openSession({ ...means, signal: mailing.signal }, place, true);
      if (!session) continue;
      judgement = assure(proofOf(target, session, world.now()));
      const verdict = weigh(judgement, mailing, target);
      if (verdict) {
        if (reused) {
          pool.park(session);
          continue;
        }
        session.quit();
        return tell(verdict, reused);
      }
      // best TLS there is, else none: only for content that needs no protection from the channel (RFC 7435)
      if (!session.alive && session.starttls !== 'done') session = await openSession({ ...means, signal: mailing.signal }, place, false);
      mailing.signal?.addEventListener('abort', listen, { once: true });
      const ending = await transact(session, target, mailing, judgement);
      pool.park(session);
      // some hosts take only so many messages by one conversation (RFC 5321 §3.8): nothing was handed over, so ask afresh
      if (reused && ending.reply?.code === 421 && ending.stage !== 'content') continue;
      return tell(ending, reused);
    } catch (cause) {
      if (!(cause instanceof Snag)) {
        session?.drop();
        throw cause;
      }
      session?.drop();
      // a kept conversation may have ended while nobody looked; nothing was handed over, so ask afresh
      if (reused && !cause.unknown && (cause.stage === 'mail' || cause.stage === 'hello') && !mailing.signal?.aborted) continue;
      return tell(broken(cause, judgement, mailing), reused);
    } finally {
      mailing.signal?.removeEventListener('abort', listen);
    }
  }
  return tell({ kind: 'delayed', code: 'connection-lost', final: false }, true);
}

const RANK: { readonly [G in Judgement['grade']]: number } = { A: 2, B: 1, 'B-': 1, C: 0, D: 0 };

function weigh(judgement: Judgement, mailing: Mailing, target: Target): Ending | null {
  if (mailing.signal?.aborted) return { kind: 'delayed', code: 'aborted', final: true };
  const lowered = target.before !== null && RANK[judgement.grade] < RANK[target.before];
  if (judgement.hold) return { kind: 'delayed', code: judgement.code, final: false, lowered };
  // What is sealed itself needs no channel; for the rest, less than was proved before is what an attack looks like, and so is a mistake of theirs.
  if (lowered && mailing.floor !== 'any') return { kind: 'delayed', code: meets(judgement.grade, 'B') ? 'assurance-lowered' : judgement.code, final: false, lowered };
  if (!meets(judgement.grade, mailing.floor)) return { kind: 'refused', code: meets(judgement.grade, 'B') ? 'assurance-low' : judgement.code, final: false };
  if (mailing.requireTls === 'must' && !mayRequire(judgement, target)) return { kind: 'refused', code: 'requiretls-unproved', final: false };
  // a password goes nowhere that has not proved itself, however little the message minds
  if (target.hop.login && !meets(judgement.grade, 'B')) return { kind: 'delayed', code: 'login-unsafe', final: false };
  return null;
}

/** RFC 8689 §4.2.1: the host's name must come from where nobody could change it, and the certificate must be good. */
function mayRequire(judgement: Judgement, { hop }: Target): boolean {
  return judgement.grade === 'A' || (judgement.grade === 'B' && (hop.bound === 'signed' || hop.bound === 'configured'));
}

async function transact(session: Session, target: Target, mailing: Mailing, judgement: Judgement): Promise<Ending> {
  const offered = session.keywords.has('REQUIRETLS');
  const asked = mailing.requireTls === 'must' || (mailing.requireTls === 'offered' && offered && mayRequire(judgement, target));
  if (asked && !offered) return { kind: 'refused', code: 'requiretls-unsupported', final: false };
  const unfit = misfit(session, mailing);
  if (unfit) return { kind: 'failed', code: unfit, final: false };
  if (target.hop.login && session.uses === 0) {
    const reply = await session.login(target.hop.login.username, target.hop.login.password);
    if (!positive(reply, 'auth')) return { kind: 'delayed', code: 'login-refused', final: false, reply, stage: 'auth' };
  }
  const { stage, reply } = await session.send({ returnPath: mailing.returnPath, recipient: mailing.recipient, content: mailing.content, envid: mailing.envid, requireTls: asked });
  const verdict = decide(reply, stage);
  // It cannot promise TLS for the rest of the way (RFC 8689 §4.2.2): another way can.
  if (asked && verdict.code === 'requiretls-unsupported') return { kind: 'refused', code: verdict.code, final: true, reply, stage, asked };
  return { asked, kind: verdict.kind, code: verdict.code, final: verdict.kind === 'relayed' || (verdict.kind === 'failed' && !verdict.host), reply, stage };
}

function broken(snag: Snag, judgement: Judgement, mailing: Mailing): Ending {
  const told = { reply: snag.reply, stage: snag.stage };
  if (snag.unknown) return { kind: 'delayed', code: 'reply-unknown', final: true, ...told };
  if (mailing.signal?.aborted) return { kind: 'delayed', code: 'aborted', final: true, ...told };
  if (snag.code === 'address-refused') return { kind: 'failed', code: snag.code, final: false, ...told };
  const permanent = snag.reply && snag.stage !== 'dial' && decide(snag.reply, snag.stage).kind === 'failed';
  // a host that stops answering once TLS was refused has not been judged worse than it was
  return { kind: permanent ? 'failed' : 'delayed', code: snag.code === 'closed' ? judgement.code : snag.code, final: false, ...told };
}

/** What the server cannot take is not worth trying: SIZE (RFC 1870 §6), 8BITMIME (RFC 6152 §3), SMTPUTF8 (RFC 6531 §3.2). */
function misfit(session: Session, mailing: Mailing): string | null {
  const limit = Number(session.keywords.get('SIZE') ?? 0);
  if (limit > 0 && mailing.content.size > limit) return 'too-large';
  if (!mailing.content.ascii && !session.keywords.has('8BITMIME')) return 'eightbit-unsupported';
  if (!session.keywords.has('SMTPUTF8') && !isAscii(mailing.returnPath + mailing.recipient)) return 'address-unsupported';
  return null;
}

const stsOf = ({ sts, hop }: Target): 'none' | 'listed' | 'unlisted' => (sts?.mode !== 'enforce' ? 'none' : lists(sts, hop.host) ? 'listed' : 'unlisted');

function proofOf(target: Target, session: Session | null, now: number): Parameters<typeof assure>[0] {
  const { hop, domain, alias } = target;
  const seen = session?.tls ? inspect(session.tls, hop.host) : null;
  const chain = session?.tls?.chain ?? [];
  return {
    starttls: session?.starttls ?? 'missing',
    modern: session?.tls?.modern ?? false,
    chain: seen ? seen.chain : 'certificate-missing',
    named: seen?.named ?? false,
    bound: hop.bound,
    dane: hop.dane.kind === 'records' ? matchDane(hop.dane.records, chain, [hop.dane.base, hop.host, domain, ...(alias === undefined ? [] : [alias])], now) : hop.dane.kind,
    sts: stsOf(target),
    pin: hop.fingerprint === undefined ? 'none' : seen?.fingerprint === plain(hop.fingerprint) ? 'matched' : 'mismatched',
  };
}

function publishedBy({ hop, sts }: Target): string[] {
  if (hop.dane.kind === 'records') return recordsIn(hop.dane, hop.port);
  return sts === null || sts.mode === 'none' ? [] : linesOf(sts);
}

interface Described {
  readonly hop: NextHop;
  readonly sts: StsPolicy | null;
  readonly standing: Facts;
  readonly lines: readonly string[];
}

const DESCRIBED = new WeakMap<Session, Described>();

/** What stays the same while a conversation and the names behind it do, written down once for all messages it carries. */
function describe(target: Target, session: Session | null): Pick<Described, 'standing' | 'lines'> {
  const { hop, sts } = target;
  const known = session === null ? undefined : DESCRIBED.get(session);
  if (known?.hop === hop && known.sts === sts) return known;
  const made = { hop, sts, standing: standingOf(target, session), lines: publishedBy(target) };
  if (session !== null) DESCRIBED.set(session, made);
  return made;
}

/** What a stranger wrote into a certificate or a greeting is kept short and printable. */
function standingOf(target: Target, session: Session | null): Facts {
  const seen = session?.tls ? inspect(session.tls, target.hop.host) : null;
  return {
    kind: target.hop.kind,
    port: target.hop.port,
    starttls: session?.starttls ?? null,
    protocol: session?.tls?.protocol ?? null,
    cipher: session?.tls?.cipher ?? null,
    group: session?.tls?.group ?? null,
    certificate: seen?.fingerprint ?? null,
    issuer: seen?.issuer ?? null,
    notAfter: seen?.notAfter ?? null,
    bound: target.hop.bound,
    dane: target.hop.dane.kind,
    sts: target.sts?.mode ?? 'none',
    stsId: target.sts?.id ?? null,
    keywords: session?.offers ?? null,
  };
}
