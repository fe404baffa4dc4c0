/** Programs with keys: what they may be given, how keys begin, overlap and end, and that nothing of a key is kept but its hash. */
import { expect, it, test } from 'vitest';
import { grantable } from '../../../service/people/client/client.ts';
import { ClientRequest, IssueRequest } from '../../../shared/wire/people.ts';
import { ENDPOINTS, type Endpoint } from '../../../shared/wire/wire.ts';
import { onEveryEngine } from '../store/engines.ts';
import { ofSubject, openPeopleHouse } from './house.ts';

const DAY = 86_400_000;
const ASK = ClientRequest.parse({ name: 'Lab hub', role: 'api-client', scopes: ['send', 'message'], addresses: ['Results@riverside.test'] });

it('a program is given no route that is public, needs a fresh sign-in, or is not of its role', () => {
  for (const [name, endpoint] of Object.entries<Endpoint>(ENDPOINTS)) {
    for (const role of ['api-client', 'auditor'] as const) expect([name, role, grantable(name, role)]).toEqual([name, role, endpoint.who !== 'public' && endpoint.stepUp !== true && endpoint.who.includes(role)]);
  }
  expect([grantable('send', 'api-client'), grantable('events', 'auditor'), grantable('reveal', 'auditor'), grantable('createExport', 'auditor'), grantable('toString', 'auditor')]).toEqual([true, true, false, false, false]);
});

onEveryEngine((ground) => {
  async function opened() {
    const house = await openPeopleHouse(ground);
    const row = await house.clients.asked(ASK);
    if ('kind' in row) throw new Error(row.code);
    const { id } = await house.changes.propose({ id: 'u_ivy' }, { kind: 'client', ask: ASK, row });
    const who = async (secret: string) => { const found = await house.people.who(`Bearer ${secret}`); return 'kind' in found ? found.code : found; };
    const issue = async (ask: object = {}) => { const key = await house.clients.issue({ id: 'u_ivy' }, row.id, IssueRequest.parse(ask)); if ('kind' in key) throw new Error(key.code); return key; };
    return { ...house, client: row.id, change: id, who, issue };
  }

  test('two people make it; its key is shown once and calls under its own name until it ends', async () => {
    const { client, change, changes, clients, issue, who, issuer, logged, audit, store } = await opened();
    expect(await clients.issue({ id: 'u_ivy' }, client, IssueRequest.parse({}))).toMatchObject({ code: 'not-found' });
    expect([await changes.approve({ id: 'u_ivy', roles: ['system-admin'] }, change), (await changes.approve({ id: 'u_leo', roles: ['policy-approver'] }, change))]).toMatchObject([{ code: 'second-person-needed' }, { state: 'applied' }]);
    const key = await issue();
    expect(await who(key.secret)).toMatchObject({ id: client, name: 'Lab hub', roles: ['api-client'], addresses: ['results@riverside.test'], shared: [], session: key.id, proof: { at: null }, program: { scopes: ['message', 'send'], perMinute: 600 } });
    for (const wrong of [`${key.secret.slice(0, -1)}${key.secret.endsWith('A') ? 'B' : 'A'}`, key.secret.slice(0, -1), `${key.secret}A`, 'ssk_', `ssk_${'0'.repeat(16)}_${'A'.repeat(43)}`]) expect(await who(wrong)).toBe('key-unknown');
    const [shown] = await clients.list();
    expect(shown).toMatchObject({ id: client, keys: [{ id: key.id, used: new Date(issuer.world.clock).toISOString(), ended: null }] });
    const kept = await store.room<typeof import('../../../service/people/client/client.sql.ts')>('client').read.key({ id: key.id });
    expect(JSON.stringify([shown, kept, await logged()])).not.toContain(key.secret.slice(-43));
    issuer.world.clock += 90 * DAY - 1;
    expect(await who(key.secret)).toHaveProperty('id');
    issuer.world.clock += 1;
    expect(await who(key.secret)).toBe('key-ended');
    await audit.close();
  });

  test('a key that somebody was shown who has left is told of once, stands out in the list and in a review, and goes on until the next is made', async () => {
    const { client, change, changes, clients, directory, reviews, issue, who, issuer, logged, audit } = await opened();
    await changes.approve({ id: 'u_leo', roles: ['policy-approver'] }, change);
    const user = await directory.addUser({ profile: { userName: 'ivy@riverside.test', externalId: 'ivy' }, active: true });
    if ('kind' in user) throw new Error(user.code);
    const shown = await clients.issue({ id: ofSubject('ivy') }, client, IssueRequest.parse({ days: 30 }));
    if ('kind' in shown) throw new Error(shown.code);
    const leave = async () => { await directory.settle(clients.exposed); };
    await leave();
    expect((await logged()).includes('client.key_exposed')).toBe(false);
    await directory.setUser(user.id, ({ userName, externalId }) => ({ profile: { userName, ...(externalId ? { externalId } : {}) }, active: false }));
    await leave();
    await leave();
    await clients.exposed([ofSubject('ivy')]);
    expect((await logged()).filter((t) => t === 'client.key_exposed')).toHaveLength(1);
    const since = new Date(issuer.world.clock).toISOString();
    expect([typeof await who(shown.secret), (await clients.list())[0]?.keys.map((k) => [k.id, k.exposed])]).toEqual(['object', [[shown.id, since]]]);
    const review = await reviews.open({ id: 'u_pia' });
    const sheet = async () => { const found = await reviews.sheet(review.id); return 'rows' in found ? found.rows.filter((r) => r.source === 'client').map((r) => r.exposed) : found.code; };
    expect(await sheet()).toEqual([true]);
    const next = await issue({ overlap: 1 });
    expect(typeof await who(shown.secret)).toBe('object');
    issuer.world.clock += 3_600_000;
    expect([await who(shown.secret), typeof await who(next.secret), await sheet()]).toEqual(['key-ended', 'object', [false]]);
    await audit.close();
  });

  test('the next key overlaps the one before; a revoked key, and a program that was ended, call no more', async () => {
    const { client, change, changes, clients, issue, who, issuer, logged, audit } = await opened();
    await changes.approve({ id: 'u_leo', roles: ['policy-approver'] }, change);
    const first = await issue();
    const second = await issue({ overlap: 24 });
    expect([typeof await who(first.secret), typeof await who(second.secret)]).toEqual(['object', 'object']);
    issuer.world.clock += DAY;
    expect([await who(first.secret), typeof await who(second.secret)]).toEqual(['key-ended', 'object']);
    const third = await issue({ overlap: 0, days: 7 });
    expect([await who(second.secret), typeof await who(third.secret)]).toEqual(['key-ended', 'object']);
    await clients.warn();
    await clients.warn();
    expect([await clients.endKey({ id: 'u_ivy' }, `cli_${'0'.repeat(24)}`, third.id), await clients.endKey({ id: 'u_ivy' }, client, third.id), await clients.endKey({ id: 'u_ivy' }, client, third.id), await who(third.secret)]).toEqual([false, true, false, 'key-ended']);
    const last = await issue();
    expect([await clients.end({ id: 'u_ivy' }, client), await who(last.secret), await clients.end({ id: 'u_ivy' }, client)]).toEqual([true, 'key-ended', false]);
    expect(await clients.issue({ id: 'u_ivy' }, client, IssueRequest.parse({}))).toMatchObject({ code: 'not-found' });
    expect((await logged()).filter((t) => t.startsWith('client.'))).toEqual(['client.created', 'client.key_issued', 'client.key_issued', 'client.key_issued', 'client.key_expiring', 'client.key_ended', 'client.key_issued', 'client.ended']);
    await audit.close();
  });

  test('what it may not be given is refused before anybody is asked', async () => {
    const { clients, audit } = await openPeopleHouse(ground);
    for (const scopes of [['reveal'], ['send', 'approvePolicy'], ['identity'], ['nothing'], ['constructor']]) expect(await clients.asked({ ...ASK, scopes })).toMatchObject({ code: 'bad-request' });
    expect(await clients.asked({ ...ASK, addresses: ['results@elsewhere.test'] })).toMatchObject({ code: 'bad-address' });
    await audit.close();
  });
});
