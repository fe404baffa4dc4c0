/** Access reviews: everybody's roles with their last use, decided by others, signed, and late when they are not. */
import { expect, test } from 'vitest';
import { ClientRequest } from '../../../shared/wire/people.ts';
import { onEveryEngine } from '../store/engines.ts';
import { openPeopleHouse, ofSubject } from './house.ts';

const DAY = 86_400_000;

onEveryEngine((ground) => {
  test('keep or remove, nobody on themselves, signed only when all is decided; what is removed is gone with the signature', async () => {
    const { enter, reviews, clients, changes, logged, audit, issuer } = await openPeopleHouse(ground);
    const [ivy, pia, ben] = [await enter('ivy', ['system-admin']), await enter('pia', ['privacy-officer']), await enter('ben', ['compliance', 'clinician'])];
    await enter('ana', ['clinician']);
    const ask = ClientRequest.parse({ name: 'Lab hub', role: 'api-client', scopes: ['send'] });
    const row = await clients.asked(ask);
    if ('kind' in row) throw new Error(row.code);
    await changes.approve(pia, (await changes.propose(ivy, { kind: 'client', ask, row })).id);
    const review = await reviews.open(pia);
    // One runs at a time.
    expect([(await reviews.open(ben)).id, review.size, review.left, review.overdue]).toEqual([review.id, 4, 4, false]);
    const sheet = await reviews.sheet(review.id);
    expect('kind' in sheet ? [] : sheet.rows.map(({ name, role, source, decision }) => [name, role, source, decision]).sort()).toEqual([['Lab hub', 'api-client', 'client', null], ['ben', 'compliance', 'claimed', null], ['ivy', 'system-admin', 'claimed', null], ['pia', 'privacy-officer', 'claimed', null]]);
    expect([await reviews.decide(pia, review.id, { person: pia.id, role: 'privacy-officer', decision: 'keep' }), await reviews.decide(pia, review.id, { person: ofSubject('none'), role: 'legal', decision: 'keep' })]).toMatchObject([{ code: 'second-person-needed' }, { code: 'not-found' }]);
    await reviews.decide(pia, review.id, { person: ben.id, role: 'compliance', decision: 'remove' });
    await reviews.decide(pia, review.id, { person: ivy.id, role: 'system-admin', decision: 'keep' });
    await reviews.decide(pia, review.id, { person: row.id, role: 'api-client', decision: 'remove' });
    expect(await reviews.sign(pia, review.id)).toMatchObject({ code: 'changed-meanwhile' });
    expect((await enter('ben', ['compliance', 'clinician'])).roles).toEqual(['clinician', 'compliance']);
    expect(await reviews.decide(ben, review.id, { person: pia.id, role: 'privacy-officer', decision: 'keep' })).toMatchObject({ left: 0 });
    expect(await reviews.sign(pia, review.id)).toMatchObject({ state: 'signed', signedBy: pia.id, overdue: false });
    expect([(await enter('ben', ['compliance', 'clinician'])).roles, (await clients.list())[0]?.ended]).toEqual([['clinician'], new Date(issuer.world.clock).toISOString()]);
    expect([await reviews.sign(pia, review.id), await reviews.decide(pia, review.id, { person: ivy.id, role: 'system-admin', decision: 'remove' })]).toMatchObject([{ code: 'changed-meanwhile' }, { code: 'not-found' }]);
    expect((await logged()).filter((t) => /^(?:access|role|client)\./.test(t)).slice(-3).sort()).toEqual(['access.signed', 'client.ended', 'role.removed']);
    await audit.close();
  });

  test('the first begins a quarter after somebody was first here, each next a quarter after the last; a late one is said once', async () => {
    const { enter, reviews, access, logged, audit, issuer } = await openPeopleHouse(ground);
    await reviews.turn(await access.since());
    const pia = await enter('pia', ['privacy-officer', 'clinician']);
    issuer.world.clock += 90 * DAY;
    await reviews.turn(await access.since());
    expect(await reviews.list()).toEqual([]);
    issuer.world.clock += DAY;
    await reviews.turn(await access.since());
    await reviews.turn(await access.since());
    const [first] = await reviews.list();
    expect([(await reviews.list()).length, first?.size]).toEqual([1, 1]);
    issuer.world.clock += 31 * DAY;
    await reviews.turn(await access.since());
    await reviews.turn(await access.since());
    expect((await reviews.list())[0]?.overdue).toBe(true);
    await reviews.decide({ id: ofSubject('ben') }, first?.id ?? '', { person: pia.id, role: 'privacy-officer', decision: 'keep' });
    await reviews.sign({ id: ofSubject('ben') }, first?.id ?? '');
    issuer.world.clock += 60 * DAY;
    await reviews.turn(await access.since());
    expect((await reviews.list()).map((r) => r.state)).toEqual(['open', 'signed']);
    expect((await logged()).filter((t) => t.startsWith('access.'))).toEqual(['access.opened', 'access.overdue', 'access.decided', 'access.signed', 'access.opened']);
    await audit.close();
  });
});
