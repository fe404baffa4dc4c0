/** In whose right somebody decides, on both engines: the own role, or that of one person who named a deputy, is still there, and did not write the message. */
import { expect, test } from 'vitest';
import { openApproval } from '../../../service/approval/approval.ts';
import type { Person } from '../../../service/people/people.ts';
import { openLogged } from '../audit/logged.ts';
import { onEveryEngine } from '../store/engines.ts';

const rooms = { approval: new URL('../../../service/approval/approval.sql.ts', import.meta.url) };
const person = (id: string, roles: readonly string[] = []) => ({ id, roles, addresses: [`${id.slice(2)}@riverside.test`] }) as unknown as Person;
const [LEO, IDA, NOOR] = [person('u_leo', ['policy-approver']), person('u_ida', ['compliance']), person('u_noor')];
const HOUR = 3_600_000;

onEveryEngine((ground) => {
  test('a deputy decides for the time named, not on the message of whom they represent, and not for somebody who left', async () => {
    const gone = new Set<string>();
    const roles: { [id: string]: string[] } = { u_leo: ['policy-approver'], u_ida: ['compliance'] };
    const { world, store, vault, audit } = await openLogged(ground, rooms);
    const approval = openApproval({ store, world, vault, audit, left: async (id) => gone.has(id), roles: async (id) => roles[id] ?? [], bosses: async (id) => (id === 'u_ana' ? ['u_max'] : []), cover: async (id) => (id === 'u_ana' ? 'kim@riverside.test' : null), same: async (one, other) => one === other, reads: async (person, address) => person.addresses.includes(address) });
    const until = (hours: number) => new Date(world.clock + hours * HOUR).toISOString();
    expect(await approval.right(LEO)).toEqual({ deputyFor: null });
    expect(await approval.right(NOOR)).toBeNull();
    // What somebody left behind is their manager's too; while they are here it is not, and nobody else's is.
    const max = person('u_max');
    expect(await approval.right(max, 'u_ana', true)).toBeNull();
    gone.add('u_ana').add('u_eve');
    expect([await approval.right(max, 'u_ana', true), await approval.right(max, 'u_eve', true), await approval.right(NOOR, 'u_ana', true), await approval.right(max)]).toEqual([{ deputyFor: null }, null, null, null]);
    // So is it of whom it was passed on to.
    expect([await approval.right(person('u_kim'), 'u_ana', true), await approval.right(person('u_kim'), 'u_eve', true)]).toEqual([{ deputyFor: null }, null]);
    // What a rule sent to an approver stays an approver's, although its author has left since.
    expect([await approval.right(max, 'u_ana'), await approval.right(person('u_kim'), 'u_ana'), await approval.right(LEO, 'u_ana')]).toEqual([null, null, { deputyFor: null }]);
    gone.clear();
    expect(await approval.right(person('u_kim'), 'u_ana', true)).toBeNull();
    await approval.appoint(LEO, { address: 'Noor@riverside.test', until: until(2) });
    expect(await approval.right(NOOR, 'u_ana')).toEqual({ deputyFor: 'u_leo' });
    expect(await approval.right(NOOR, 'u_leo')).toBeNull();
    await approval.appoint(IDA, { address: 'noor@riverside.test', until: until(4) });
    // Each sees whom they named themselves, as long as it is not over.
    const [mine] = await approval.deputies(LEO);
    expect([mine, (await approval.deputies(IDA)).length, await approval.deputies(NOOR)]).toEqual([{ id: expect.stringMatching(/^dep_/), address: 'noor@riverside.test', from: until(0), until: until(2) }, 1, []]);
    expect([await approval.dismiss(IDA, mine?.id ?? ''), (await approval.deputies(LEO)).length]).toEqual([false, 1]);
    expect(await approval.right(NOOR, 'u_leo')).toEqual({ deputyFor: 'u_ida' });
    gone.add('u_ida');
    expect(await approval.right(NOOR, 'u_leo')).toBeNull();
    gone.delete('u_ida');
    // Nor does anybody stand in for who may not decide any more.
    roles['u_ida'] = ['clinician'];
    expect(await approval.right(NOOR, 'u_leo')).toBeNull();
    roles['u_ida'] = ['compliance'];
    world.clock += 3 * HOUR;
    expect(await approval.deputies(LEO)).toEqual([]);
    expect(await approval.right(NOOR, 'u_ana')).toEqual({ deputyFor: 'u_ida' });
    world.clock += 2 * HOUR;
    expect(await approval.right(NOOR, 'u_ana')).toBeNull();
  });
});
