/** Which roles hold: what the issuer says and what two people gave, without what was taken; of two that exclude each other neither. */
import { FORBIDDEN } from '../../../shared/wire/people.ts';
import { ROLES, type StaffRole } from '../../../shared/wire/wire.ts';

export interface RoleRow { readonly role: string; readonly state: 'held' | 'taken' }
interface Held { readonly roles: readonly StaffRole[]; /** in the order of the closed list; empty: none */ readonly conflict: readonly StaffRole[] }

export function held(claimed: readonly string[], rows: readonly RoleRow[]): Held {
  const given = ROLES.filter((role) => {
    const row = rows.find((r) => r.role === role);
    return row === undefined ? claimed.includes(role) : row.state === 'held';
  });
  const both = new Set(FORBIDDEN.filter(([a, b]) => given.includes(a) && given.includes(b)).flat());
  return { roles: given.filter((role) => !both.has(role)), conflict: given.filter((role) => both.has(role)) };
}
