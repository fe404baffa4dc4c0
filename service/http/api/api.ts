/**
 * The wire's side of the edge: registers exactly the endpoints of `shared/wire` and nothing else. Each request passes the same doors
 * in the same order: brake → token → role → step-up → body → room. Never decides anything about a message.
 */
import type { Context, Hono } from 'hono';
import { LIMITS } from '../../../shared/wire/handoff.ts';
import type { Permissions } from '../../../shared/wire/console.ts';
import type { Finding } from '../../../shared/wire/doctor.ts';
import type { OwnRulesAnswer } from '../../../shared/wire/rules.ts';
import { FORBIDDEN } from '../../../shared/wire/people.ts';
import { ENDPOINTS, ROLES, type Endpoint, type EndpointName } from '../../../shared/wire/wire.ts';
import type { Approval } from '../../approval/approval.ts';
import type { AuditRead, ComplianceDesk } from '../../compliance.ts';
import type { OverviewDesk } from '../../compliance/overview.ts';
import type { Choices } from '../../contact/choice.ts';
import type { Known } from '../../route/staff/known.ts';
import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics.ts';
import type { Came } from '../../people/came.ts';
import type { People, Person } from '../../people/people.ts';
import type { StepUp } from '../../people/stepup.ts';
import { isRefusal, refuse, type WireRefusal } from '../../refusal.ts';
import type { Report } from '../../report.ts';
import type { Accept, Route } from '../../route.ts';
import type { Approve } from '../../route/staff/approve.ts';
import type { Certify } from '../../route/copy/certify.ts';
import type { Tally } from '../../tally/tally.ts';
import type { World } from '../../world.ts';
import { mediaType, readForm, readJson } from '../body.ts';
import type { ConsoleDoor } from '../console/door.ts';
import { cameOf, type Edge } from '../guard.ts';
import { problem, wait } from '../problem.ts';
import { openShares, type Throttle } from '../throttle.ts';
import { approvals } from './approvals.ts';
import { audit } from './audit.ts';
import { cases } from './cases.ts';
import { certificates } from './certificates.ts';
import { compliance } from './compliance.ts';
import { contacts } from './contacts.ts';
import { steering } from './steer.ts';
import type { Steer } from '../../route/staff/steer.ts';
import { exports_ } from './exports.ts';
import { handoffs } from './handoffs.ts';
import { keys, type KeyDesk } from './keys.ts';
import { messages } from './messages.ts';
import { plans } from './plan.ts';
import { falsePositives, type FalsePositiveDesk } from './falsepositives.ts';
import { alerts, type AlertDesk } from './alerts.ts';
import { suppressions, type SuppressionDesk } from './suppressions.ts';
import { people, type StaffDesk } from './people.ts';
import { policies, type PolicyDesk } from './policy.ts';

export const BASE = '/api/v1';

export interface Desk {
  readonly accept: Accept;
  readonly archive: Route['archive'];
  /** without the roster, which stays here */
  readonly rules: OwnRulesAnswer;
  readonly report: Report;
  readonly audit: AuditRead;
  readonly compliance: ComplianceDesk;
  readonly keyring: KeyDesk;
  readonly certify: Certify;
  readonly choices: Pick<Choices, 'warning'>;
  readonly known: Known;
  readonly suppression: SuppressionDesk;
  readonly alerts: AlertDesk;
  readonly falsePositives: FalsePositiveDesk;
  readonly policy: PolicyDesk;
  readonly steer: Steer;
  readonly tally: Pick<Tally, 'outcomes'>;
  readonly overview: OverviewDesk;
  readonly doctor: { readonly look: () => Promise<Finding[]> };
  readonly approval: Pick<Approval, 'appoint' | 'deputies' | 'dismiss'>;
  readonly approve: Approve;
  readonly people: People;
  readonly staff: StaffDesk;
  readonly stepUp: Pick<StepUp, 'lacks' | 'challenge'>;
  /** sessions of the console; absent: bearer tokens only */
  readonly door?: Pick<ConsoleDoor, 'who'> | undefined;
  readonly log: Log;
  readonly world: Pick<World, 'now' | 'random'>;
  readonly metrics?: Metrics | undefined;
  /** false: nothing may be accepted now */
  readonly ready: () => { readonly ok: boolean };
  readonly perPerson: Throttle;
  readonly perClient: Throttle;
  /** changes of what is kept of one recipient */
  readonly perRecipient: Throttle;
  /** nobody is let in but to agree to what says who people are */
  readonly narrowed?: (() => boolean) | undefined;
  /** a program calls: durable before it is answered */
  readonly called?: ((program: Person, endpoint: EndpointName, came: Came) => Promise<void>) | undefined;
  /** a person met a door that is not for their role, or, with a code, not for them: for the audit log */
  readonly denied?: ((person: Person, endpoint: EndpointName, code?: string) => void) | undefined;
}

export interface Call<Body> {
  readonly c: Context<Edge>;
  readonly person: Person;
  readonly body: Body;
}

/** JSON bodies other than a whole message: the envelope of a draft with 2 MB of HTML escaped in JSON. */
const ENVELOPE = 6 * 1024 * 1024;
const NOBODY: Person = { id: 'u_public', name: '', roles: [], addresses: [], groups: [], shared: [], session: '', proof: { at: null, contexts: [] } };

export type Register = <Body>(name: EndpointName, answer: (call: Call<Body>) => Promise<Response>) => void;

/** Open while it is not settled who people are: two of them must be able to say so. */
const AGREEING: readonly EndpointName[] = ['changes', 'approveChange', 'rejectChange'];

export function api(app: Hono<Edge>, desk: Desk): void {
  const shares = openShares(desk.world);
  const register: Register = (name, answer) => {
    const endpoint: Endpoint = ENDPOINTS[name];
    app.on(endpoint.method.toUpperCase(), BASE + endpoint.path, async (c) => {
      const person = await admit(c, name);
      if (isRefusal(person)) return problem(c, person);
      if (endpoint.body === undefined) return answer({ c, person, body: undefined as never });
      const oneShot = name === 'send';
      const take = oneShot && mediaType(c) === 'multipart/form-data' ? readForm : readJson;
      const read = await take(c, endpoint.body, oneShot ? LIMITS.oneShot : ENVELOPE, oneShot ? 'use-parts' : 'too-large');
      if (isRefusal(read)) return problem(c, read);
      return answer({ c, person, body: (read as { value: never }).value });
    });
  };

  async function admit(c: Context<Edge>, name: EndpointName): Promise<Person | WireRefusal> {
    const { who, stepUp }: Endpoint = ENDPOINTS[name];
    const client = c.get('client');
    // Failed attempts cost their client address; a good token never pays for a neighbour behind the same address.
    if (who === 'public') return wait(c, desk.perClient.take(client)) ?? NOBODY;
    const authorization = c.req.header('authorization');
    const person = (authorization === undefined ? await desk.door?.who(c) : null) ?? await desk.people.who(authorization, cameOf(c));
    if (isRefusal(person)) {
      const slow = wait(c, desk.perClient.take(client));
      if (slow !== null) return slow;
      desk.log.info('token-refused', { id: c.get('id'), code: person.code });
      if (person.code === 'issuer-unreachable') return refuse('not-ready');
      if (person.code === 'forged') return refuse('forbidden');
      // A good token of somebody who may not: signing in again would bring the same.
      if (person.code === 'token-guest') return refuse('guest-account');
      if (person.code === 'token-groups') return refuse('groups-unknown');
      // RFC 6750 §3.1
      const error = person.code === 'token-missing' ? '' : person.code === 'token-scope' ? ' error="insufficient_scope"' : ' error="invalid_token"';
      c.header('www-authenticate', `Bearer${error}`);
      return refuse(person.code === 'token-scope' ? 'forbidden' : 'unauthenticated');
    }
    const { program } = person;
    const slow = wait(c, program === undefined ? desk.perPerson.take(person.id) : shares.take(person.id, program.perMinute));
    if (slow !== null) return slow;
    if (desk.narrowed?.() === true && !AGREEING.includes(name)) return refuse('not-ready');
    if (!person.roles.some((role) => who.includes(role)) || program?.scopes.includes(name) === false) {
      desk.denied?.(person, name);
      return refuse('forbidden');
    }
    const lacks = stepUp === true ? desk.stepUp.lacks(person) : null;
    if (lacks !== null) {
      desk.log.info('step-up', { id: c.get('id'), code: lacks });
      c.header('www-authenticate', desk.stepUp.challenge);
      return refuse('step-up-required');
    }
    if (program !== undefined) await desk.called?.(person, name, cameOf(c));
    return person;
  }

  plans(register, desk);
  handoffs(register, desk);
  messages(register, desk);
  certificates(register, desk);
  contacts(register, desk);
  suppressions(register, desk);
  alerts(register, desk);
  falsePositives(register, desk);
  policies(register, desk);
  people(register, desk);
  steering(register, desk);
  const ofDays = (name: 'deliverability' | 'overview', most: number, answer: (days: number) => Promise<object>) => register(name, async ({ c }) => {
    const days = Number(c.req.query('days') ?? 30);
    if (!Number.isInteger(days) || days < 1 || days > most) return problem(c, refuse('bad-request'));
    return c.json(await answer(days));
  });
  ofDays('deliverability', 366, async (days) => ({ days, data: await desk.tally.outcomes(days) }));
  ofDays('overview', 92, desk.overview);
  register('permissions', async ({ c }) => c.json(permissions()));
  register('doctor', async ({ c }) => c.json({ data: await desk.doctor.look() }));
  approvals(register, desk);
  audit(register, desk);
  compliance(register, desk);
  exports_(register, desk);
  cases(register, desk);
  keys(register, desk);

  const paths = Object.values(ENDPOINTS).reduce((map, { method, path }) => map.set(path, [...(map.get(path) ?? []), method.toUpperCase()]), new Map<string, string[]>());
  for (const [path, methods] of paths) {
    const allow = [...methods, ...(methods.includes('GET') ? ['HEAD'] : [])].join(', ');
    app.all(BASE + path, (c) => {
      c.header('allow', allow);
      return problem(c, refuse('method-not-allowed'));
    });
  }
  app.all(`${BASE}/*`, (c) => problem(c, refuse('not-found')));
}

/** Read off the table that `admit` enforces, so that it cannot say anything else. */
function permissions(): Permissions {
  return {
    roles: [...ROLES],
    forbidden: FORBIDDEN.map((pair) => [...pair]),
    routes: Object.entries<Endpoint>(ENDPOINTS).map(([name, { method, path, summary, who, stepUp }]) => ({ name, method: method.toUpperCase(), path: BASE + path, summary, public: who === 'public', roles: who === 'public' ? [] : [...who], stepUp: stepUp === true })),
  };
}
