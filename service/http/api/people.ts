/** People and roles, programs and their keys, shared mailboxes, changes that wait for a second person, access reviews. */
import { ASSIGNABLE, ChangeId, ClientId, FORBIDDEN, KeyOfClient, MailboxId, PersonId, ReviewId, type ClientRequest, type IssueRequest, type MailboxRequest } from '../../../shared/wire/people.ts';
import type { EndpointName, StaffRole } from '../../../shared/wire/wire.ts';
import type { Changes } from '../../change/change.ts';
import type { Access } from '../../people/access/access.ts';
import type { Reviews } from '../../people/access/review.ts';
import type { Clients } from '../../people/client/client.ts';
import { isRefusal, refuse, type WireRefusal } from '../../refusal.ts';
import { problem } from '../problem.ts';
import type { Call, Desk, Register } from './api.ts';

export interface StaffDesk {
  readonly access: Pick<Access, 'people' | 'person' | 'names' | 'take' | 'cover' | 'mailboxes' | 'mailbox' | 'unshare'>;
  readonly clients: Pick<Clients, 'asked' | 'list' | 'end' | 'issue' | 'endKey'>;
  readonly changes: Pick<Changes, 'propose' | 'list' | 'approve' | 'reject'>;
  readonly reviews: Pick<Reviews, 'list' | 'open' | 'sheet' | 'decide' | 'sign'>;
}

const PAGE = 100;
const PAGE_AT_MOST = 200;

export function people(register: Register, { staff, denied }: Pick<Desk, 'staff' | 'denied'>): void {
  const { access, clients, changes, reviews } = staff;
  const param = ({ c }: Call<unknown>, name: string) => c.req.param(name) ?? '';
  const known = <T>(schema: { safeParse(value: unknown): { data?: T | undefined } }, value: string): T | null => schema.safeParse(value).data ?? null;
  const gone = (call: Call<unknown>, done: boolean) => (done ? call.c.body(null, 204) : problem(call.c, refuse('not-found')));

  /** the answer, or the refusal with who was refused */
  function answered(call: Call<unknown>, name: EndpointName, done: object, status: 200 | 201 | 202 = 200) {
    if (!isRefusal(done)) return call.c.json(done, status);
    if (done.code === 'second-person-needed') denied?.(call.person, name, done.code);
    return problem(call.c, done as WireRefusal);
  }

  register('people', async ({ c, person }) => {
    const [cursor, limit] = [c.req.query('cursor') ?? '', Number(c.req.query('limit') ?? PAGE)];
    if (cursor !== '' && known(PersonId, cursor) === null) return problem(c, refuse('bad-cursor'));
    if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_AT_MOST) return problem(c, refuse('bad-request'));
    return c.json(await access.people(person, cursor, limit));
  });

  register<{ readonly role: StaffRole }>('assignRole', async (call) => {
    const id = known(PersonId, param(call, 'person'));
    const who = id === null ? null : await access.person(id);
    if (who === null || !who.active) return problem(call.c, refuse('not-found'));
    const { role } = call.body;
    const has = [...who.roles, ...who.conflict];
    if (FORBIDDEN.some(([a, b]) => (role === a && has.includes(b)) || (role === b && has.includes(a)))) return problem(call.c, refuse('roles-conflict'));
    return call.c.json(await changes.propose(call.person, { kind: 'role', person: who.id, role, name: who.name }), 202);
  });

  register('takeRole', async (call) => {
    const [id, role] = [known(PersonId, param(call, 'person')), ASSIGNABLE.find((r) => r === param(call, 'role'))];
    const who = id === null || role === undefined ? null : await access.person(id);
    // Nobody takes the last step alone: one's own role is another's to take, so that a mistake cannot lock everybody out of it.
    if (who !== null && who.id === call.person.id) return answered(call, 'takeRole', refuse('second-person-needed'));
    const has = who !== null && role !== undefined && (who.claimed.includes(role) || who.assigned.includes(role));
    return gone(call, has && await access.take(call.person, who.id, role));
  });

  register<{ readonly address: string | null }>('cover', async (call) => {
    const id = known(PersonId, param(call, 'person'));
    const done = id === null ? refuse('not-found') : await access.cover(call.person, id, call.body.address);
    if (!isRefusal(done)) return call.c.body(null, 204);
    return answered(call, 'cover', done.code === 'bad-address' ? { ...done, pointer: '/address' } : done);
  });

  register('changes', async ({ c, person }) => {
    const data = await changes.list(person);
    return c.json({ data, names: await access.names(data.flatMap((one) => [one.by, one.decidedBy, ...(Array.isArray(one.what['people']) ? one.what['people'] : [])])) });
  });
  const decide = (name: 'approveChange' | 'rejectChange', act: (call: Call<unknown>, id: string) => Promise<object>) => register(name, async (call) => {
    const id = known(ChangeId, param(call, 'change'));
    return answered(call, name, id === null ? refuse('not-found') : await act(call, id));
  });
  decide('approveChange', ({ person }, id) => changes.approve(person, id));
  decide('rejectChange', ({ person }, id) => changes.reject(person, id));

  register('clients', async ({ c }) => c.json({ data: await clients.list() }));
  register<ClientRequest>('createClient', async (call) => {
    const row = await clients.asked(call.body);
    if (isRefusal(row)) return problem(call.c, { ...row, pointer: row.code === 'bad-address' ? '/addresses' : '/scopes' });
    return call.c.json(await changes.propose(call.person, { kind: 'client', ask: call.body, row }), 202);
  });
  register('endClient', async (call) => gone(call, known(ClientId, param(call, 'client')) !== null && await clients.end(call.person, param(call, 'client'))));
  register<IssueRequest>('issueKey', async (call) => {
    const id = known(ClientId, param(call, 'client'));
    return answered(call, 'issueKey', id === null ? refuse('not-found') : await clients.issue(call.person, id, call.body), 201);
  });
  register('endKey', async (call) => gone(call, known(ClientId, param(call, 'client')) !== null && known(KeyOfClient, param(call, 'key')) !== null && await clients.endKey(call.person, param(call, 'client'), param(call, 'key'))));

  register('mailboxes', async ({ c }) => c.json({ data: await access.mailboxes() }));
  register<MailboxRequest>('shareMailbox', async (call) => {
    const row = await access.mailbox(call.body);
    if (isRefusal(row)) return problem(call.c, { ...row, pointer: row.code === 'bad-address' ? '/address' : '/people' });
    return call.c.json(await changes.propose(call.person, { kind: 'mailbox', address: call.body.address, row: { ...row, sealed: Buffer.from(row.sealed).toString('base64') } }), 202);
  });
  register('unshareMailbox', async (call) => gone(call, known(MailboxId, param(call, 'mailbox')) !== null && await access.unshare(call.person, param(call, 'mailbox'))));

  register('accessReviews', async ({ c }) => c.json({ data: await reviews.list() }));
  register('openAccessReview', async ({ c, person }) => c.json(await reviews.open(person), 201));
  const review = <Body>(name: 'accessReview' | 'decideAccess' | 'signAccessReview', act: (call: Call<Body>, id: string) => Promise<object>) => register<Body>(name, async (call) => {
    const id = known(ReviewId, param(call, 'review'));
    return answered(call, name, id === null ? refuse('not-found') : await act(call, id));
  });
  review('accessReview', (_, id) => reviews.sheet(id));
  review<{ readonly person: string; readonly role: string; readonly decision: 'keep' | 'remove' }>('decideAccess', ({ person, body }, id) => reviews.decide(person, id, body));
  review('signAccessReview', ({ person }, id) => reviews.sign(person, id));
}
