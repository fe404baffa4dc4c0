/**
 * Whether a certificate or one above it was revoked: OCSP first, the issuer's list second, asked through the world's guard because the
 * certificate itself names the places. What nobody answers is *unknown*, which is recorded and never taken for good. RFC 5280 §6.3, RFC 6960.
 */
import { createHash } from 'node:crypto';
import { Fault } from '../../refusal.ts';
import type { World } from '../../world.ts';
import type { CertificateFacts } from '../trust.read.ts';
import { changed, listed } from './crl.ts';
import { answer, question, type Told } from './ocsp.ts';
import { piecesOf, type Pieces } from './pieces.ts';

export interface Status {
  /** `unnamed`: the certificate names no place to ask */
  readonly status: 'good' | 'revoked' | 'unknown' | 'unnamed';
  readonly by: 'ocsp' | 'crl' | null;
  /** when somebody was asked, ms */
  readonly at: number;
  /** why nothing was heard, as a code: of the last that was asked */
  readonly why?: string;
}

/** `from`: since when whoever was asked says so, ms */
type Heard = Status & { readonly until: number; readonly from?: number };

/** What was heard of one certificate; survives a restart, so that a silenced responder does not make us forget. */
export interface StatusCache {
  /** by the first of these names under which something was kept */
  get(...names: readonly string[]): Promise<(Status & { readonly until: number }) | null>;
  set(name: string, status: Status & { readonly until: number }): Promise<void>;
}

interface Revocation {
  /** of the leaf and every authority below the anchor; the worst of them. Never rejects; answers within `patience` ms whatever the others do. */
  check(leaf: CertificateFacts, path: readonly CertificateFacts[], patience: number): Promise<Status>;
  /** whether one of them was ever called revoked, and not taken back since; asks nobody */
  heard(leaf: CertificateFacts, path: readonly CertificateFacts[]): Promise<boolean>;
}

/**
 * By issuer and number, as OCSP names it (RFC 6960 §4.1.1), and not by its bytes: who holds a certificate that was revoked could write it anew so that its signature
 * stands all the same (of two numbers an ECDSA signature has, the other one does as well). The bytes' own name is what it was kept by before.
 */
function namesOf(leaf: CertificateFacts, issuer: CertificateFacts): [string, string] {
  const { serial } = piecesOf(leaf.der);
  const { subject, key } = piecesOf(issuer.der);
  return [createHash('sha256').update(JSON.stringify([subject, key, serial].map((part) => Buffer.from(part).toString('base64')))).digest('hex'), leaf.fingerprint];
}

/** Good answers are asked for again twice a day at least, silence every ten minutes. */
const GOOD_FOR = 12 * 3_600_000;
const UNKNOWN_FOR = 10 * 60_000;
const TIMEOUT = 5_000;
const OCSP_BYTES = 64 * 1024;
const CRL_BYTES = 16 * 1024 * 1024;
/** the worst first */
const ORDER: readonly Status['status'][] = ['revoked', 'unknown', 'unnamed', 'good'];

export function openRevocation({ world, cache }: { readonly world: Pick<World, 'now' | 'random' | 'fetch'>; readonly cache: StatusCache }): Revocation {
  const under = new Map<string, Promise<Status>>();

  async function byOcsp(place: string, leaf: CertificateFacts, issuer: CertificateFacts): Promise<Told> {
    const nonce = world.random(16);
    const fetched = await world.fetch(place, { method: 'POST', headers: { 'content-type': 'application/ocsp-request', accept: 'application/ocsp-response' }, body: question(leaf.der, issuer.der, nonce), plain: true, maxBytes: OCSP_BYTES, timeout: TIMEOUT, redirects: 1 });
    return fetched.status === 200 ? answer(fetched.body, leaf, issuer, nonce, world.now()) : { status: 'unknown', why: 'status' };
  }

  async function byList(place: string, leaf: CertificateFacts, issuer: CertificateFacts, pieces: Pieces): Promise<Told> {
    const get = (from: string) => world.fetch(from, { plain: true, maxBytes: CRL_BYTES, timeout: TIMEOUT, redirects: 1 });
    const fetched = await get(place);
    if (fetched.status !== 200) return { status: 'unknown', why: 'status' };
    const told = listed(fetched.body, leaf, issuer, place, world.now());
    const [fresh] = [...pieces.freshest, ...(told.freshest ?? [])];
    if (told.status !== 'good' || told.base === undefined || fresh === undefined) return told;
    // What a whole list says holds without its changes as well (RFC 5280 §6.3.3): they can only be silent, or say more.
    const delta = await get(fresh).catch(() => null);
    return (delta?.status === 200 ? changed(delta.body, told.base, leaf, issuer, place, world.now()) : null) ?? told;
  }

  async function ask(leaf: CertificateFacts, issuer: CertificateFacts, pieces: Pieces): Promise<Heard> {
    const now = world.now();
    if (!pieces.named) return { status: 'unnamed', by: null, at: now, until: now + GOOD_FOR };
    // Only places of which another authority tells, or that are not on the web.
    let why = 'place';
    for (const [by, places, asked] of [['ocsp', pieces.ocsp, byOcsp], ['crl', pieces.crl, byList]] as const) {
      for (const place of places) {
        const told: Told = await asked(place, leaf, issuer, pieces).catch((fault: unknown) => ({ status: 'unknown', why: fault instanceof Fault && fault.code === 'address-refused' ? 'inside' : 'unreachable' }));
        if (told.status !== 'unknown') return { status: told.status, by, at: now, until: Math.min(told.until, now + GOOD_FOR), from: told.from };
        why = told.why;
      }
    }
    return { status: 'unknown', by: null, at: now, until: now + UNKNOWN_FOR, why };
  }

  async function one(leaf: CertificateFacts, issuer: CertificateFacts): Promise<Status> {
    const names = namesOf(leaf, issuer);
    const [name] = names;
    const known = await cache.get(...names);
    if (known !== null && world.now() < known.until) return known;
    const running = under.get(name);
    if (running) return running;
    const fresh = ask(leaf, issuer, piecesOf(leaf.der)).then(async ({ from, ...status }) => {
      // Silence after "revoked" changes nothing of that, nor does what was said before it: a list of last week, an answer played once more.
      const older = status.status === 'unknown' || (status.status === 'good' && (from ?? 0) <= (known?.at ?? 0));
      const kept = older && known?.status === 'revoked' ? { ...known, until: status.until } : status;
      await cache.set(name, kept);
      return kept;
    }).finally(() => under.delete(name));
    under.set(name, fresh);
    return fresh;
  }

  return {
    async heard(leaf, path) {
      const chain = [leaf, ...path];
      const known = await Promise.all(chain.slice(0, -1).map((c, i) => cache.get(...namesOf(c, chain[i + 1]!))));
      return known.some((k) => k?.status === 'revoked');
    },
    async check(leaf, path, patience) {
      const chain = [leaf, ...path];
      const at = world.now();
      const worst = (each: readonly (Status | null)[]): Status =>
        each.map((s) => s ?? { status: 'unknown' as const, by: null, at, why: 'silent' }).sort((a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status))[0] ?? { status: 'unnamed', by: null, at };
      const asked = chain.slice(0, -1).map((c, i) => one(c, chain[i + 1]!).catch(() => null));
      // What was good once says nothing of today: whoever keeps the responder from answering would have it count for ever.
      const standing = (known: (Status & { readonly until: number }) | null): Status | null => (known === null || (at >= known.until && known.status !== 'revoked') ? null : known);
      const heard = worst(await Promise.all(chain.slice(0, -1).map((c, i) => cache.get(...namesOf(c, chain[i + 1]!)).then(standing, () => null))));
      let timer: NodeJS.Timeout | undefined;
      const over = new Promise<Status>((done) => { timer = setTimeout(() => done(heard), patience); });
      return Promise.race([Promise.all(asked).then(worst), over]).finally(() => clearTimeout(timer));
    },
  };
}
