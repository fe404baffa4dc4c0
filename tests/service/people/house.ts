/** The rooms of people over a real store, with an issuer whose tokens are real and a clock that the test moves. */
import { join } from 'node:path';
import { openAudit } from '../../../service/audit/audit.ts';
import { openChanges } from '../../../service/change/change.ts';
import { openAccess } from '../../../service/people/access/access.ts';
import { openReviews } from '../../../service/people/access/review.ts';
import { openClients } from '../../../service/people/client/client.ts';
import { personId } from '../../../service/people/token/claims.ts';
import { openDirectory } from '../../../service/people/directory.ts';
import { openPeople, type Person } from '../../../service/people/people.ts';
import { openSessions } from '../../../service/people/session.ts';
import { openVault } from '../../../service/vault/vault.ts';
import type { Ground, Place } from '../store/engines.ts';
import { AUDIENCE, ISSUER, openIssuer } from './issuer.ts';

const room = (path: string) => new URL(`../../../service/${path}`, import.meta.url);
const ROOMS = {
  audit: room('audit/audit.sql.ts'), people: room('people/people.sql.ts'), access: room('people/access/access.sql.ts'), client: room('people/client/client.sql.ts'), review: room('people/access/review.sql.ts'), change: room('change/change.sql.ts'),
};
const OWN = ['riverside.test'];
export const ofSubject = (subject: string): string => personId(ISSUER, subject);

export async function openPeopleHouse(ground: Ground, { at }: { readonly at?: Place } = {}) {
  const issuer = await openIssuer();
  const world = { ...issuer.world, now: () => issuer.world.clock, random: (n: number) => crypto.getRandomValues(new Uint8Array(n)) };
  const store = await ground.open(ROOMS, { now: world.now, ...(at ? { at } : {}) });
  const { folder } = at ?? await ground.place();
  const vault = await openVault({ folder: join(folder, 'keys'), masterKey: { file: join(folder, 'master'), create: true }, world });
  const audit = await openAudit({ store, vault, world, origin: 'audit.test/v1', folder: join(folder, 'keys'), strict: true });
  const sessions = openSessions({ people: openPeople({ issuer: ISSUER, audience: AUDIENCE, ownDomains: OWN, world: issuer.world }), store, world, vault, audit, ownDomains: OWN, idleMs: 900_000, absoluteMs: 12 * 3_600_000 });
  const directory = openDirectory({ store, world, vault, audit, personOf: ofSubject });
  const access = openAccess({ store, world, vault, audit, ownDomains: OWN, active: async (person) => !(await directory.left(person)), ended: async (address) => (await directory.userNamed(address))?.active === false, reads: directory.reads, manager: async (person) => (await directory.managerOf(person))?.address ?? null });
  const clients = openClients({ store, world, vault, audit, ownDomains: OWN });
  const applied: string[] = [];
  const changes = openChanges({ store, world, vault, audit, same: directory.same, applied: (kind) => applied.push(kind) });
  const reviews = openReviews({ store, world, audit, access, clients, same: directory.same });
  const people = clients.among(sessions);
  return {
    issuer, world, store, vault, audit, sessions, directory, access, clients, changes, reviews, people, applied,
    /** who this token's person is, or the code they were refused with */
    async enter(sub: string, roles: readonly string[], more: Record<string, unknown> = {}): Promise<Person> {
      const found = await people.who(`Bearer ${await issuer.sign({ sub, roles, name: sub, addresses: [`${sub}@riverside.test`], sid: sub, ...more })}`);
      if ('kind' in found) throw new Error(found.code);
      return found;
    },
    /** types of what the log says, oldest first, without sessions coming and going */
    async logged(): Promise<string[]> {
      await audit.flush();
      const page = await audit.events({ limit: 500, order: 'asc' });
      return ('kind' in page ? [] : page.data).map((e) => e.type).filter((type) => !type.startsWith('session.') && !type.startsWith('log.'));
    },
  };
}
