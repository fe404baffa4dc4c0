/** The policy's versions: read, written, tried, decided, brought into force. Who may do what stands in `shared/wire`; that nobody approves the own change, in the room. */
import { Version, type PolicyVersion, type ActivateRequest, type DraftRequest, type SimulateRequest } from '../../../shared/wire/policy.ts';
import type { PolicyRoom } from '../../policy/policy.ts';
import { ownOf } from '../../people/people.ts';
import { isRefusal, refuse, type WireRefusal } from '../../refusal.ts';
import { problem } from '../problem.ts';
import type { Call, Desk, Register } from './api.ts';

const PAGE = 50;
const PAGE_AT_MOST = 200;

export type PolicyDesk = Pick<PolicyRoom, 'answer' | 'met' | 'versions' | 'version' | 'draft' | 'simulate' | 'submit' | 'decide' | 'activate' | 'recordConsent' | 'revokeConsent'>;

export function policies(register: Register, { policy, denied, world, staff: { access } }: Pick<Desk, 'policy' | 'denied' | 'world' | 'staff'>): void {
  const staff = ({ person }: Call<unknown>) => ({ kind: 'staff', id: person.id }) as const;
  const named = ({ c }: Call<unknown>): string | null => Version.safeParse(c.req.param('version')).data ?? null;

  register('policy', async ({ c, person }) => {
    const own = ownOf(person);
    const [answer, met] = await Promise.all([policy.answer(), c.req.query('met') === '1' ? policy.met([...own, ...person.shared]) : null]);
    return c.json({ ...answer, you: { groups: person.groups, shared: person.shared, own, zone: -new Date(world.now()).getTimezoneOffset(), ...(met === null ? {} : { met }) } });
  });

  register('policies', async ({ c }) => {
    const cursor = c.req.query('cursor') ?? null;
    if (cursor !== null && !/^[1-9]\d{0,8}$/.test(cursor)) return problem(c, refuse('bad-cursor'));
    const limit = Number(c.req.query('limit') ?? PAGE);
    if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_AT_MOST) return problem(c, refuse('bad-request'));
    return c.json(await policy.versions(cursor === null ? null : Number(cursor), limit));
  });

  register<DraftRequest>('draftPolicy', async (call) => {
    const made = await policy.draft(staff(call), call.body);
    return isRefusal(made) ? problem(call.c, made as WireRefusal) : call.c.json((made as { version: object }).version, (made as { fresh: boolean }).fresh ? 201 : 200);
  });

  /** one version by its name; what it refuses is the room's word */
  const onVersion = <Body>(name: 'policyVersion' | 'simulatePolicy' | 'submitPolicy' | 'approvePolicy' | 'rejectPolicy' | 'activatePolicy' | 'emergencyPolicy', act: (version: string, call: Call<Body>) => Promise<object>): void => {
    register<Body>(name, async (call) => {
      const version = named(call);
      const done = version === null ? refuse('not-found') : await act(version, call);
      if (!isRefusal(done)) return call.c.json(done);
      if (done.code === 'second-person-needed') denied?.(call.person, name, done.code);
      return problem(call.c, done as WireRefusal);
    });
  };
  onVersion('policyVersion', async (version) => {
    const found = await policy.version(version);
    return isRefusal(found) ? found : { ...found, names: await access.names([(found as PolicyVersion).author, (found as PolicyVersion).decidedBy]) };
  });
  onVersion<SimulateRequest>('simulatePolicy', (version, call) => policy.simulate(staff(call), version, call.body.days));
  onVersion('submitPolicy', (version, call) => policy.submit(staff(call), version));
  onVersion('approvePolicy', (version, call) => policy.decide(staff(call), version, 'approved'));
  onVersion('rejectPolicy', (version, call) => policy.decide(staff(call), version, 'rejected'));
  onVersion<ActivateRequest>('activatePolicy', async (version, call) => policy.activate(staff(call), version, call.body));
  onVersion('emergencyPolicy', (version, call) => policy.activate(staff(call), version, { emergency: true }));
}
