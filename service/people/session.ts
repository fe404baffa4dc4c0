/**
 * Every call stands on a session row: bound by the token's `sid`, else by issuer, subject and time of sign-in. Idle and absolute limits and
 * revocation are looked up on each call, and so is whether the directory still knows the person (45 CFR 164.312(a)(2)(iii), 164.308(a)(3)(ii)(C)).
 * And who could not sign in, for the log (164.308(a)(5)(ii)(C)).
 */
import { createHash } from 'node:crypto';
import { domainOf, within } from '../../shared/draft/address.ts';
import type { AuditLog } from '../audit/audit.ts';
import { isRefusal, refuse, type Refusal } from '../refusal.ts';
import type { Store } from '../store/store.ts';
import type { Vault } from '../vault/vault.ts';
import type { World } from '../world.ts';
import { openGrants } from './access/grant.ts';
import { cameFacts, type Came } from './came.ts';
import { mailOf, profileOf } from './directory.ts';
import type { People, Person } from './people.ts';
import type { UserRow } from './people.sql.ts';

const TOUCH_MS = 30_000;
/** How far the issuer's clock may be behind ours when it says that somebody has signed in since. */
const BEHIND_MS = 60_000;
const KEPT_MS = 30 * 86_400_000;

/** What one browser carries: sessions of the console, by the secret in its cookie. Only the secret's hash is kept. */
export interface ConsoleSessions {
  /** a new session, by its secret; the one before, of the same browser, ends */
  enter(person: Person, before: string | null, came?: Came): Promise<{ readonly secret: string } | Refusal<'session-ended' | 'token-groups'>>;
  who(secret: string): Promise<Person | Refusal<'session-ended' | 'token-groups'>>;
  leave(secret: string): Promise<void>;
}

const SECRET = /^[A-Za-z0-9_-]{43}$/;
const idOf = (secret: string): string => createHash('sha256').update(`console/${secret}`).digest('hex');

/** How sessions are limited, and where that did not hold: for the safeguards. */
export interface Standing {
  /** minutes */
  readonly idle: number;
  readonly whole: number;
  readonly beyond: number;
  readonly ofLeavers: number;
  /** leavers of more than an hour ago whom nobody has seen to */
  readonly leaversOpen: number;
}

export function openSessions({ people, store, world, vault, audit, ownDomains, idleMs, absoluteMs }: {
  readonly people: People; readonly store: Pick<Store, 'room'>; readonly world: Pick<World, 'now' | 'random'>; readonly vault: Pick<Vault, 'index' | 'monthly' | 'monthlyById' | 'seal' | 'open'>; readonly audit: Pick<AuditLog, 'prepare'>;
  readonly ownDomains: readonly string[]; readonly idleMs: number; readonly absoluteMs: number;
}): People & { readonly console: ConsoleSessions; standing(): Promise<Standing>; forget(): Promise<void> } {
  const { read, write } = store.room<typeof import('./people.sql.ts')>('people');
  const event = async (type: string, person: Person, facts: { readonly [name: string]: string }) => [audit.prepare({ type, outcome: 'ok', actor: { kind: 'staff', id: person.id }, facts }, await vault.monthly(world.now()))];
  const factsOf = (person: Person, came: Came | undefined) => ({ roles: person.roles.join(' '), ...cameFacts(vault, came), ...(person.through === undefined ? {} : { through: person.through }) });
  const aad = (id: string) => `console/${id}`;
  const grants = openGrants({ store, world, vault, audit });

  const known = ({ id, session, addresses, names = { vouched: addresses, claimed: [] }, groups, groupsLeftOut }: Person) => {
    const hashed = (all: readonly string[]) => all.map((name) => vault.index('directory', name));
    return read.standing({ session, person: id, names: hashed(names.vouched), claimed: hashed(names.claimed), groups, leftOut: groupsLeftOut === true });
  };
  /** Where the issuer vouches for no address of ours, the directory's word for whoever it knows. */
  async function addressesOf(person: Person, user: UserRow | null): Promise<readonly string[]> {
    if (person.addresses.length > 0 || user === null) return person.addresses;
    const address = mailOf(await profileOf(user, vault));
    return ownDomains.some((own) => within(domainOf(address), own)) ? [address] : [];
  }
  /** with what the directory says, and with what two people gave them here; or why not: they have left, or nobody says which rules are for them */
  async function full(person: Person, { user, left, groups, granted }: Pick<Awaited<ReturnType<typeof known>>, 'user' | 'left' | 'groups' | 'granted'>): Promise<Person | Refusal<'session-ended' | 'token-groups'>> {
    if (left) return refuse('session-ended');
    if (groups === null) return refuse('token-groups');
    return grants({ ...person, groups, addresses: await addressesOf(person, user) }, granted, user?.name ?? null);
  }

  /** the same for both: does this session still run, and does the directory still know the person */
  async function standing(person: Person, begins: { readonly came: Came | undefined } | null): Promise<Person | Refusal<'session-ended' | 'token-groups'>> {
    const now = world.now();
    let anew = false;
    const { session, ...said } = await known(person);
    if (said.left) return refuse('session-ended');
    if (session === null && begins === null) return refuse('session-ended');
    if (session !== null) {
      if (session.person !== person.id) return refuse('session-ended');
      const cause = session.cause ?? (now - session.started > absoluteMs ? 'absolute' : now - session.seen > idleMs ? 'idle' : null);
      // The issuer's `sid` outlives our limits: whoever has signed in since begins anew under it, or nothing would ever let them in again.
      anew = begins !== null && (cause === 'idle' || cause === 'absolute') && person.proof.at !== null && person.proof.at > (session.ended ?? now) - Math.min(BEHIND_MS, idleMs / 2);
      if (cause !== null && !anew) {
        if (session.ended === null) await write.end({ id: person.session, now, cause, events: await event('session.ended', person, { cause }) });
        return refuse('session-ended');
      }
      if (!anew && now - session.seen > TOUCH_MS) await write.touch({ id: person.session, now });
    }
    const whole = await full(person, said);
    if (isRefusal(whole)) return whole;
    if (session !== null && anew) await write.renew({ id: person.session, seen: session.seen, now, events: await event('session.started', person, factsOf(whole, begins?.came)) });
    if (session === null) await write.begin({ id: person.session, person: person.id, now, events: await event('session.started', person, factsOf(whole, begins?.came)) });
    return whole;
  }

  return {
    async who(authorization, came) {
      const person = await people.who(authorization);
      return isRefusal(person) ? person : standing(person, { came });
    },
    console: {
      async enter(person, before, came) {
        const whole = await full(person, await known(person));
        if (isRefusal(whole)) return whole;
        const secret = Buffer.from(world.random(32)).toString('base64url');
        const id = idOf(secret);
        const now = world.now();
        const key = await vault.monthly(now);
        const sealed = vault.seal(key, aad(id), Buffer.from(JSON.stringify({ ...person, session: id } satisfies Person)));
        await write.enter({ id, person: person.id, now, kid: key.id, sealed, replaces: before !== null && SECRET.test(before) ? idOf(before) : null, events: await event('session.started', person, factsOf(whole, came)) });
        return { secret };
      },
      async who(secret) {
        const id = idOf(secret);
        const row = SECRET.test(secret) ? await read.console({ id }) : null;
        if (row === null) return refuse('session-ended');
        return standing(JSON.parse(Buffer.from(vault.open(await vault.monthlyById(row.kid), aad(id), row.sealed)).toString()) as Person, null);
      },
      async leave(secret) {
        const person = await this.who(secret);
        if (!isRefusal(person)) await write.leave({ id: person.session, now: world.now(), events: await event('session.ended', person, { cause: 'signed-out' }) });
      },
    },
    // A call within the half minute before its touch may stand beyond the limit without having been let in there.
    standing: async () => ({ idle: idleMs / 60_000, whole: absoluteMs / 60_000, ...(await read.lapses({ from: world.now() - KEPT_MS, wholeMs: absoluteMs + TOUCH_MS, before: world.now() - 3_600_000 })) }),
    forget: () => write.forget({ before: world.now() - KEPT_MS }),
  };
}

/** A call without any token is no sign-in, nor is one that its person broke off; and an issuer that is down is nobody's failure. */
const PASSED_OVER: readonly string[] = ['token-missing', 'issuer-unreachable', 'sign-in-cancelled'];

interface Counted extends People {
  /** of the other way in, the console's own sign-in; hands on what it is given */
  count<T extends object>(outcome: T): T;
  note(): Promise<void>;
}

/** Sign-ins that failed are counted by reason and noted once a minute: a stranger must not be able to fill a log that is kept for years. */
export function countFailed(people: People, audit: Pick<AuditLog, 'record'>): Counted {
  let counts = new Map<string, number>();
  function count<T extends object>(outcome: T): T {
    if (isRefusal(outcome) && !PASSED_OVER.includes(outcome.code)) counts.set(outcome.code, (counts.get(outcome.code) ?? 0) + 1);
    return outcome;
  }
  return {
    count,
    who: async (authorization, came) => count(await people.who(authorization, came)),
    async note() {
      const noted = counts;
      counts = new Map();
      for (const [code, count] of noted) await audit.record({ type: 'auth.failed', outcome: 'denied', actor: { kind: 'service', id: 'sign-in' }, facts: { code, count } });
    },
  };
}
