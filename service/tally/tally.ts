/**
 * The tally: how sessions with mail hosts went and what became of copies, counted by day and destination. Kept in memory for a minute, then
 * written; a crash loses that minute of statistics and nothing else. Makes the daily TLS report of a domain (RFC 8460); never sends one.
 */
import { domainOf } from '../../shared/draft/address.ts';
import type { Attempt, Deliver, Delivery } from '../deliver/deliver.ts';
import type { Store } from '../store/store.ts';
import type { World } from '../world.ts';
import type { OutcomeRow, SessionRow } from './tally.sql.ts';

type Came = Delivery['kind'] | 'bounced' | 'complained' | 'delivered';

export interface Tally {
  tried(domain: string, result: Delivery): void;
  came(domain: string, outcome: Came): void;
  flush(): Promise<void>;
  /** by destination, of the last `days` */
  outcomes(days: number): Promise<{ readonly domain: string; readonly outcomes: { readonly [outcome: string]: number } }[]>;
  /** domains spoken to on that day whose report is still to be made */
  due(day: number, limit: number): Promise<string[]>;
  sessions(day: number, domain: string): Promise<SessionRow[]>;
  forget(): Promise<void>;
}

export const DAY = 86_400_000;
export const dayOf = (ms: number): number => Math.floor(ms / DAY);
const FLUSH_MS = 60_000;
const MOST = 5_000;
/** what a stranger publishes is theirs to make long */
const LINES_AT_MOST = 32;
const LINE_AT_MOST = 300;
const SESSIONS_KEPT = 7;
const OUTCOMES_KEPT = 400;

/** What our network looks like inside is nobody's business: RFC 1918, 6598, 3927, 4193, loopback. */
const INSIDE = /^(?:10|127|192\.168|169\.254|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\.|^f[cde]|^::/i;

/** RFC 8460 §4.3; what is not here says nothing of TLS, such as a host that was not reached. */
const RESULTS: { readonly [code: string]: string } = {
  'pkix': '', 'dane': '', 'mta-sts': '', 'pinned': '', 'mx-not-bound': '', 'starttls-missing': 'starttls-not-supported', 'starttls-refused': 'starttls-not-supported', 'certificate-name': 'certificate-host-mismatch',
  'certificate-expired': 'certificate-expired', 'certificate-not-yet-valid': 'certificate-not-trusted', 'certificate-self-signed': 'certificate-not-trusted', 'certificate-untrusted': 'certificate-not-trusted', 'certificate-missing': 'certificate-not-trusted',
  'certificate-revoked': 'certificate-not-trusted', 'tls-failed': 'validation-failure', 'tls-too-old': 'validation-failure', 'cipher-weak': 'validation-failure', 'dane-failed': 'validation-failure', 'dane-unknown': 'dnssec-invalid', 'sts-failed': 'validation-failure',
};

/** Null for a try that came to no session. A connection that is used again was counted when it was made. */
export function sessionOf({ assurance, facts, host, ip, held }: Attempt): Omit<SessionRow, 'domain' | 'sessions'> | null {
  const result = Object.hasOwn(RESULTS, assurance.code) ? RESULTS[assurance.code] : undefined;
  if (result === undefined || facts['reused'] === true) return null;
  const dane = facts['dane'];
  const policy = typeof dane === 'string' && dane !== 'none' && dane !== 'unknown' || assurance.code.startsWith('dane') ? 'tlsa' : (facts['sts'] ?? 'none') !== 'none' || assurance.code.includes('sts') ? 'sts' : 'no-policy-found';
  return { policy, lines: JSON.stringify(policy === 'no-policy-found' ? [] : held.lines.slice(0, LINES_AT_MOST).map((line) => line.slice(0, LINE_AT_MOST))), result, host: host.toLowerCase(), ip, caller: held.from === null || INSIDE.test(held.from) ? '' : held.from };
}

export function openTally({ store, world }: { readonly store: Pick<Store, 'room'>; readonly world: Pick<World, 'now'> }): Tally {
  const { read, write } = store.room<typeof import('./tally.sql.ts')>('tally');
  let day = dayOf(world.now());
  let sessions = new Map<string, SessionRow>();
  let outcomes = new Map<string, OutcomeRow>();
  let written = world.now();
  let writing: Promise<void> = Promise.resolve();

  function turn(): void {
    const now = world.now();
    if (dayOf(now) !== day || now - written > FLUSH_MS || sessions.size + outcomes.size > MOST) void flush().catch(() => undefined);
  }

  function flush(): Promise<void> {
    const batch = { day, sessions: [...sessions.values()], outcomes: [...outcomes.values()] };
    [day, written, sessions, outcomes] = [dayOf(world.now()), world.now(), new Map(), new Map()];
    if (batch.sessions.length + batch.outcomes.length > 0) writing = writing.then(() => write.count(batch), () => write.count(batch));
    return writing;
  }

  function came(domain: string, outcome: Came): void {
    turn();
    const key = `${domain} ${outcome}`;
    outcomes.set(key, { domain, outcome, copies: (outcomes.get(key)?.copies ?? 0) + 1 });
  }

  return {
    came,
    flush,
    tried(domain, result) {
      came(domain, result.kind);
      for (const attempt of result.attempts) {
        const found = sessionOf(attempt);
        if (found === null) continue;
        const key = [domain, ...Object.values(found)].join(' ');
        sessions.set(key, { ...found, domain, sessions: (sessions.get(key)?.sessions ?? 0) + 1 });
      }
    },
    async outcomes(days) {
      await flush();
      const by = new Map<string, { [outcome: string]: number }>();
      for (const row of await read.outcomes({ since: dayOf(world.now()) - days + 1 })) by.set(row.domain, { ...by.get(row.domain), [row.outcome]: Number(row.copies) });
      return [...by].map(([domain, counts]) => ({ domain, outcomes: counts }));
    },
    due: (of, limit) => read.due({ day: of, now: world.now(), limit }),
    sessions: (of, domain) => read.sessions({ day: of, domain }),
    async forget() {
      await flush();
      await write.forget({ sessionsBefore: dayOf(world.now()) - SESSIONS_KEPT, outcomesBefore: dayOf(world.now()) - OUTCOMES_KEPT });
    },
  };
}

/** The same road out, with every try counted. */
export function counted(deliver: Deliver, tally: Pick<Tally, 'tried'>): Deliver {
  return {
    ...deliver,
    async send(dispatch) {
      const result = await deliver.send(dispatch);
      tally.tried(domainOf(dispatch.recipient), result);
      return result;
    },
  };
}

/** RFC 8460 §4.4 */
export function reportOf({ day, domain, rows, organisation, contact, id }: { readonly day: number; readonly domain: string; readonly rows: readonly SessionRow[]; readonly organisation: string; readonly contact: string; readonly id: string }): object {
  // RFC 8460 §1.1: what DANE says, it says of the host
  const about = (r: SessionRow): string => JSON.stringify([r.policy, r.policy === 'tlsa' ? r.host : domain, r.lines]);
  const policies = [...new Set(rows.map(about))].map((one) => {
    const of = rows.filter((r) => about(r) === one);
    const [type, where, said] = JSON.parse(one) as [SessionRow['policy'], string, string];
    const lines = JSON.parse(said) as string[];
    const mx = lines.filter((line) => line.startsWith('mx: ')).map((line) => line.slice(4));
    const failed = of.filter((r) => r.result !== '');
    const sum = (some: readonly SessionRow[]): number => some.reduce((n, r) => n + Number(r.sessions), 0);
    return {
      policy: { 'policy-type': type, ...(lines.length === 0 ? {} : { 'policy-string': lines }), 'policy-domain': where, ...(mx.length === 0 ? {} : { 'mx-host': mx }) },
      summary: { 'total-successful-session-count': sum(of) - sum(failed), 'total-failure-session-count': sum(failed) },
      ...(failed.length === 0 ? {} : { 'failure-details': failed.map((r) => ({ 'result-type': r.result, ...(r.caller === '' ? {} : { 'sending-mta-ip': r.caller }), 'receiving-mx-hostname': r.host, 'receiving-ip': r.ip, 'failed-session-count': Number(r.sessions) })) }),
    };
  });
  return {
    'organization-name': organisation, 'date-range': { 'start-datetime': new Date(day * DAY).toISOString().replace('.000', ''), 'end-datetime': new Date((day + 1) * DAY - 1000).toISOString().replace('.000', '') },
    'contact-info': contact, 'report-id': id, policies,
  };
}
