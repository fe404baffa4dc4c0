/** Who may do what: roles from the issuer and from two people, pairs that exclude each other, shared mailboxes. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { held, type RoleRow } from '../../../service/people/access/role.ts';
import { FORBIDDEN } from '../../../shared/wire/people.ts';
import { ROLES } from '../../../shared/wire/wire.ts';
import { onEveryEngine } from '../store/engines.ts';
import { openPeopleHouse, ofSubject } from './house.ts';

describe('which roles hold', () => {
  it.each<[string, readonly string[], readonly RoleRow[], readonly string[], readonly string[]]>([
    ['the issuer\'s', ['clinician', 'legal'], [], ['clinician', 'legal'], []],
    ['nothing of nothing', [], [], [], []],
    ['one that two people gave', ['clinician'], [{ role: 'compliance', state: 'held' }], ['clinician', 'compliance'], []],
    ['one that was taken, although the issuer gives it', ['clinician', 'legal'], [{ role: 'legal', state: 'taken' }], ['clinician'], []],
    ['none of a pair from the issuer', ['clinician', 'system-admin', 'auditor'], [], ['clinician'], ['auditor', 'system-admin']],
    ['none of a pair, one of which two people gave', ['system-admin'], [{ role: 'privacy-officer', state: 'held' }], [], ['privacy-officer', 'system-admin']],
    ['the other, once one of a pair was taken', ['system-admin', 'auditor'], [{ role: 'auditor', state: 'taken' }], ['system-admin'], []],
    ['none of three of which two exclude the third', ['system-admin', 'auditor', 'privacy-officer', 'legal'], [], ['legal'], ['privacy-officer', 'auditor', 'system-admin']],
    ['a word that is no role', ['root'], [{ role: 'owner', state: 'held' }], [], []],
  ])('%s', (_, claimed, rows, roles, conflict) => expect(held(claimed, rows)).toEqual({ roles, conflict }));

  it('never both of a pair, whatever comes, and nothing that nobody gave', () => {
    const role = fc.constantFrom(...ROLES);
    fc.assert(fc.property(fc.uniqueArray(role), fc.uniqueArray(fc.record({ role, state: fc.constantFrom('held' as const, 'taken' as const) }), { selector: (r) => r.role }), (claimed, rows) => {
      const { roles } = held(claimed, rows);
      for (const [a, b] of FORBIDDEN) expect(roles.includes(a) && roles.includes(b)).toBe(false);
      for (const one of roles) expect(rows.find((r) => r.role === one)?.state ?? (claimed.includes(one) ? 'held' : 'taken')).toBe('held');
    }));
  });
});

onEveryEngine((ground) => {
  test('a role holds once another person agreed, with the very next call, and ends at once when it is taken', async () => {
    const { enter, changes, access, logged, audit } = await openPeopleHouse(ground);
    const [ivy, leo, ana] = [await enter('ivy', ['system-admin']), await enter('leo', ['policy-approver']), await enter('ana', ['clinician'])];
    const asked = await changes.propose(ivy, { kind: 'role', person: ana.id, role: 'compliance', name: 'ana' });
    expect([asked.state, asked.what, (await enter('ana', ['clinician'])).roles]).toEqual(['waiting', { person: ana.id, name: 'ana', role: 'compliance' }, ['clinician']]);
    // Not by who proposed it, nor by who gains by it.
    expect([await changes.approve(ivy, asked.id), await changes.approve(ana, asked.id), await changes.approve(leo, `chg_${'0'.repeat(24)}`)]).toMatchObject([{ code: 'second-person-needed' }, { code: 'second-person-needed' }, { code: 'not-found' }]);
    expect((await enter('ana', ['clinician'])).roles).toEqual(['clinician']);
    expect(await changes.approve(leo, asked.id)).toMatchObject({ state: 'applied', decidedBy: leo.id });
    expect((await enter('ana', ['clinician'])).roles).toEqual(['clinician', 'compliance']);
    expect(await changes.approve(leo, asked.id)).toMatchObject({ code: 'changed-meanwhile' });
    expect([await access.take(ivy, ana.id, 'compliance'), await access.take(ivy, ana.id, 'compliance')]).toEqual([true, false]);
    expect((await enter('ana', ['clinician', 'compliance'])).roles).toEqual(['clinician']);
    expect((await logged()).filter((t) => /^(?:role|change)\./.test(t))).toEqual(['change.proposed', 'change.applied', 'role.assigned', 'role.removed']);
    await audit.close();
  });

  test('what nobody agreed to in a week lapses, and what was rejected stays so', async () => {
    const { enter, changes, logged, audit, issuer } = await openPeopleHouse(ground);
    const [ivy, leo] = [await enter('ivy', ['system-admin']), await enter('leo', ['policy-approver'])];
    const [late, no] = [await changes.propose(ivy, { kind: 'role', person: leo.id, role: 'legal', name: 'leo' }), await changes.propose(ivy, { kind: 'role', person: leo.id, role: 'compliance', name: 'leo' })];
    expect(await changes.reject(leo, no.id)).toMatchObject({ state: 'rejected', decidedBy: leo.id });
    issuer.world.clock += 7 * 86_400_000;
    expect([await changes.approve({ id: ofSubject('eve'), roles: ['policy-approver'] }, late.id), await changes.approve({ id: ofSubject('eve'), roles: ['policy-approver'] }, no.id)]).toMatchObject([{ code: 'changed-meanwhile' }, { code: 'changed-meanwhile' }]);
    await changes.lapse();
    expect((await changes.list(ivy)).map(({ id, state, own }) => [id, state, own])).toEqual(expect.arrayContaining([[late.id, 'lapsed', true], [no.id, 'rejected', true]]));
    expect((await logged()).slice(-2)).toEqual(['change.rejected', 'change.lapsed']);
    await audit.close();
  });

  test('what two people gave ends with the account, and coming back takes two people again; what the issuer says stands', async () => {
    const { enter, access, changes, directory, logged, audit, issuer } = await openPeopleHouse(ground);
    const [ivy, leo, noor, eve] = [await enter('ivy', ['system-admin']), await enter('leo', ['policy-approver']), await enter('noor', ['clinician']), await enter('eve', ['clinician', 'legal'])];
    const user = await directory.addUser({ profile: { userName: 'eve@riverside.test', externalId: 'eve' }, active: true });
    if ('kind' in user) throw new Error(user.code);
    const give = async () => { expect(await changes.approve(leo, (await changes.propose(ivy, { kind: 'role', person: eve.id, role: 'compliance', name: 'eve' })).id)).toMatchObject({ state: 'applied' }); };
    await give();
    await access.take(ivy, eve.id, 'legal');
    const row = await access.mailbox({ address: 'ward@riverside.test', people: [eve.id, noor.id] });
    if ('kind' in row) throw new Error(row.code);
    await changes.approve(leo, (await changes.propose(ivy, { kind: 'mailbox', address: 'ward@riverside.test', row: { ...row, sealed: Buffer.from(row.sealed).toString('base64') } })).id);
    const again = async (sid: string) => { const { roles, shared } = await enter('eve', ['clinician', 'legal'], { sid, auth_time: Math.floor(issuer.world.clock / 1000) }); return [[...roles].sort(), shared]; };
    expect(await again('eve-2')).toEqual([['clinician', 'compliance'], ['ward@riverside.test']]);
    const set = (active: boolean) => directory.setUser(user.id, ({ userName, externalId }) => ({ profile: { userName, ...(externalId ? { externalId } : {}) }, active }));
    const begun = (await logged()).length;
    await set(false);
    await set(false);
    expect((await logged()).slice(begun).sort()).toEqual(['account.deprovisioned', 'account.updated', 'mailbox.left', 'role.removed']);
    issuer.world.clock += 61_000;
    await set(true);
    // The role that one person took stays taken: coming back is no way around that.
    expect(await again('eve-3')).toEqual([['clinician'], []]);
    expect((await access.people(ivy, '', 10)).data.find((p) => p.id === eve.id)).toMatchObject({ assigned: [], taken: ['legal'] });
    await give();
    expect(await again('eve-4')).toEqual([['clinician', 'compliance'], []]);
    // Nobody else lost anything.
    expect((await enter('noor', ['clinician'], { sid: 'noor-2' })).shared).toEqual(['ward@riverside.test']);
    await audit.close();
  });

  test('what waited for a second person while its person left is given to nobody, and does not wait for their return', async () => {
    const { enter, access, changes, directory, audit, issuer } = await openPeopleHouse(ground);
    const [ivy, leo, eve, noor] = [await enter('ivy', ['system-admin']), await enter('leo', ['policy-approver']), await enter('eve', ['clinician']), await enter('noor', ['clinician'])];
    const user = await directory.addUser({ profile: { userName: 'eve@riverside.test', externalId: 'eve' }, active: true });
    const row = await access.mailbox({ address: 'ward@riverside.test', people: [noor.id, eve.id] });
    if ('kind' in user || 'kind' in row) throw new Error('refused');
    const role = await changes.propose(ivy, { kind: 'role', person: eve.id, role: 'compliance', name: 'eve' });
    const mailbox = await changes.propose(ivy, { kind: 'mailbox', address: 'ward@riverside.test', row: { ...row, sealed: Buffer.from(row.sealed).toString('base64') } });
    const set = (active: boolean) => directory.setUser(user.id, () => ({ profile: { userName: 'eve@riverside.test', externalId: 'eve' }, active }));
    await set(false);
    for (const { id } of [role, mailbox]) expect(await changes.approve(leo, id)).toMatchObject({ code: 'changed-meanwhile' });
    expect((await changes.list(ivy)).map(({ state }) => state)).toEqual(['waiting', 'waiting']);
    issuer.world.clock += 61_000;
    await set(true);
    expect(await enter('eve', ['clinician'], { sid: 'eve-2', auth_time: Math.floor(issuer.world.clock / 1000) })).toMatchObject({ roles: ['clinician'], shared: [] });
    await audit.close();
  });

  test('a role that is given while the account is being ended does not slip through', async () => {
    const { enter, changes, directory, store, audit } = await openPeopleHouse(ground);
    const [ivy, leo, eve] = [await enter('ivy', ['system-admin']), await enter('leo', ['policy-approver']), await enter('eve', ['clinician'])];
    const user = await directory.addUser({ profile: { userName: 'eve@riverside.test', externalId: 'eve' }, active: true });
    if ('kind' in user) throw new Error(user.code);
    const room = store.room<typeof import('../../../service/people/people.sql.ts')>('people');
    const before = await room.read.user({ id: user.id });
    if (!before) throw new Error('nobody');
    const { id } = await changes.propose(ivy, { kind: 'role', person: eve.id, role: 'compliance', name: 'eve' });
    await changes.approve(leo, id);
    const { created: _created, ...row } = before;
    expect(await room.write.setUser({ row: { ...row, active: 0 }, was: before, persons: [eve.id], given: [], events: [] })).toBe('met');
    expect(await room.read.user({ id: user.id })).toMatchObject({ active: 1 });
    await audit.close();
  });

  test('claims that exclude each other give neither, say so once, and the list shows why', async () => {
    const { enter, access, logged, audit, issuer } = await openPeopleHouse(ground);
    const both = ['clinician', 'system-admin', 'auditor'];
    expect((await enter('eve', both)).roles).toEqual(['clinician']);
    issuer.world.clock += 120_000;
    expect((await enter('eve', both, { sid: 'eve-2' })).roles).toEqual(['clinician']);
    const { data } = await access.people({ id: 'u_reader' }, '', 10);
    expect(data).toEqual([{ id: ofSubject('eve'), name: 'eve', address: 'eve@riverside.test', active: true, roles: ['clinician'], claimed: ['clinician', 'auditor', 'system-admin'], assigned: [], taken: [], conflict: ['auditor', 'system-admin'], seen: new Date(issuer.world.clock).toISOString(), cover: null }]);
    expect((await logged()).filter((t) => t === 'role.conflict')).toHaveLength(1);
    expect((await enter('eve', ['system-admin'])).roles).toEqual(['system-admin']);
    await audit.close();
  });

  test('a shared mailbox is a From address of its members alone: by the directory\'s group, or by name', async () => {
    const { enter, access, changes, directory, audit } = await openPeopleHouse(ground);
    const [ivy, leo, ana, noor] = [await enter('ivy', ['system-admin']), await enter('leo', ['policy-approver']), await enter('ana', ['clinician']), await enter('noor', ['clinician'])];
    const max = await enter('max', ['system-admin']);
    const share = async (ask: { address: string; group?: string; people?: string[] }) => {
      const row = await access.mailbox(ask);
      if ('kind' in row) return row.code;
      const { id } = await changes.propose(ivy, { kind: 'mailbox', address: ask.address, row: { ...row, sealed: Buffer.from(row.sealed).toString('base64') } });
      // Two administrators alone do not decide who reads mail.
      expect(await changes.approve(max, id)).toMatchObject({ code: 'forbidden' });
      // Nor does anybody who would read it themselves.
      expect(await changes.approve({ id: noor.id, roles: ['privacy-officer'], groups: ['ward-3'] }, id)).toMatchObject({ code: 'second-person-needed' });
      return (await changes.approve(leo, id) as { state: string }).state;
    };
    expect([await share({ address: 'team@elsewhere.test', group: 'ward-3' }), await share({ address: 'nobody@riverside.test' })]).toEqual(['bad-address', 'bad-request']);
    expect([await share({ address: 'Ward3@riverside.test', group: 'ward-3' }), await share({ address: 'lab@riverside.test', people: [noor.id] })]).toEqual(['applied', 'applied']);
    expect([ana.shared, (await enter('noor', ['clinician'])).shared, (await enter('noor', ['clinician'])).addresses]).toEqual([[], ['lab@riverside.test'], ['noor@riverside.test', 'lab@riverside.test']]);
    const user = await directory.addUser({ active: true, profile: { userName: 'ana@riverside.test', externalId: 'ana' } });
    await directory.addGroup({ displayName: 'ward-3', members: ['kind' in user ? '' : user.id] });
    expect((await enter('ana', ['clinician'])).shared).toEqual(['ward3@riverside.test']);
    const lab = (await access.mailboxes()).find((m) => m.address === 'lab@riverside.test');
    expect([await access.unshare(ivy, lab?.id ?? ''), (await enter('noor', ['clinician'])).addresses]).toEqual([true, ['noor@riverside.test']]);
    await audit.close();
  });

  test('where answers go when somebody has left: nowhere else before, and only within our own domains', async () => {
    const { enter, access, directory, audit } = await openPeopleHouse(ground);
    const [ana, ivy] = [await enter('ana', ['clinician']), await enter('ivy', ['privacy-officer'])];
    const made = await directory.addUser({ active: true, profile: { userName: 'ana@riverside.test' } });
    expect([await access.cover(ivy, ana.id, 'spy@elsewhere.test'), await access.cover(ivy, ofSubject('none'), 'ward@riverside.test'), await access.cover(ivy, ana.id, 'Ward@riverside.test')]).toEqual([expect.objectContaining({ code: 'bad-address' }), expect.objectContaining({ code: 'not-found' }), null]);
    expect(await access.coverOf(ana.id)).toBeNull();
    // Known to the directory by the address alone, as Entra ID does without a mapping of the object id.
    await directory.setUser('kind' in made ? '' : made.id, ({ userName }) => ({ active: false, profile: { userName } }));
    expect(await access.coverOf(ana.id)).toBe('ward@riverside.test');
    expect((await access.person(ana.id))).toMatchObject({ active: false, roles: [] });
    // Whoever was named leaves too: nobody reads what goes there, so it is the manager's; and who has left is not named.
    const boss = await directory.addUser({ active: true, profile: { userName: 'noor@riverside.test' } });
    const ward = await directory.addUser({ active: false, profile: { userName: 'ward@riverside.test' } });
    expect(['id' in ward, await access.coverOf(ana.id)]).toEqual([true, null]);
    await directory.setUser('kind' in made ? '' : made.id, ({ userName, active }) => ({ active, profile: { userName, manager: 'kind' in boss ? '' : boss.id } }));
    expect(await access.coverOf(ana.id)).toBe('noor@riverside.test');
    for (const gone of ['ward@riverside.test', 'Ana@riverside.test']) expect(await access.cover(ivy, ana.id, gone)).toMatchObject({ code: 'bad-address' });
    await audit.close();
  });

  test('one human under two subjects is one person: by the address they came with, by the directory, by the keys they were shown', async () => {
    const { enter, directory, changes, access, clients, audit } = await openPeopleHouse(ground);
    const [ivy, twin, leo, max] = [await enter('ivy', ['system-admin']), await enter('ivy-2', ['policy-approver'], { addresses: ['ivy@riverside.test'] }), await enter('leo', ['policy-approver']), await enter('max', ['policy-approver'])];
    // The directory's row: one subject by its id, the other by the address.
    await directory.addUser({ active: true, profile: { userName: 'leo@riverside.test', externalId: 'leo-admin' } });
    const admin = await enter('leo-admin', ['system-admin'], { addresses: ['leo.admin@riverside.test'] });
    const ask = { name: 'Lab hub', role: 'api-client', scopes: ['send'], addresses: ['results@riverside.test'], perMinute: 600 } as const;
    const row = await clients.asked({ ...ask, scopes: [...ask.scopes], addresses: [...ask.addresses] });
    if ('kind' in row) throw new Error(row.code);
    const program = await changes.propose(ivy, { kind: 'client', ask: { ...ask, scopes: [...ask.scopes], addresses: [...ask.addresses] }, row });
    expect(await changes.approve(twin, program.id)).toMatchObject({ code: 'second-person-needed' });
    expect(await changes.approve(leo, program.id)).toMatchObject({ state: 'applied' });
    await clients.issue(admin, row.id, { days: 90, overlap: 24 });
    const pairs = [[ivy.id, twin.id], [leo.id, admin.id], [row.id, admin.id], [row.id, leo.id], [ivy.id, leo.id], [ivy.id, row.id], [max.id, leo.id], [max.id, row.id], ['u_nobody', 'u_nobody'], ['u_nobody', max.id]] as const;
    const both = async (a: string, b: string) => [await directory.same(a, b), await directory.same(b, a)];
    expect(await Promise.all(pairs.map(([a, b]) => both(a, b)))).toEqual([true, true, true, true, false, false, false, false, true, false].map((same) => [same, same]));
    // Nor is what one gains agreed to under the other name, or what somebody left behind taken over by the own word.
    const role = await changes.propose(ivy, { kind: 'role', person: admin.id, role: 'compliance', name: 'leo' });
    expect([await changes.approve(leo, role.id), await changes.approve(max, role.id)]).toMatchObject([{ code: 'second-person-needed' }, { state: 'applied' }]);
    expect([await access.cover(leo, max.id, 'leo@riverside.test'), await access.cover(leo, max.id, 'Leo.Admin@riverside.test'), await access.cover(twin, max.id, 'ivy@riverside.test'), await access.cover(leo, max.id, 'ivy@riverside.test')]).toMatchObject([{ code: 'second-person-needed' }, { code: 'second-person-needed' }, { code: 'second-person-needed' }, null]);
    await audit.close();
  });
});
