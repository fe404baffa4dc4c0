/** Everything about who comes in, put together from the settings: tokens, keys of programs, sessions, the console's sign-in, step-up, the directory, and who may do what. */
import { domainOf, isMailbox, within } from '../shared/draft/address.ts';
import type { Endpoint } from '../shared/wire/wire.ts';
import { places, type Settings } from './config.ts';
import type { AuditLog } from './audit/audit.ts';
import { openChanges } from './change/change.ts';
import { openAccess } from './people/access/access.ts';
import { openReviews } from './people/access/review.ts';
import { openClients } from './people/client/client.ts';
import { openSignIn, type SignIn } from './people/console/signin.ts';
import { personId } from './people/token/claims.ts';
import { openDirectory } from './people/directory.ts';
import { cameFacts, type Came } from './people/came.ts';
import { openPeople, type Person } from './people/people.ts';
import { refuse } from './refusal.ts';
import { countFailed, openSessions } from './people/session.ts';
import { openStepUp } from './people/stepup.ts';
import type { Store } from './store/store.ts';
import type { Vault } from './vault/vault.ts';
import type { World } from './world.ts';

export function openEntrance({ settings, store, world, vault, audit, applied }: { readonly settings: Settings; readonly store: Store; readonly world: World; readonly vault: Vault; readonly audit: AuditLog; /** two people have agreed */ readonly applied: () => void }) {
  const issuer = settings.OIDC_ISSUER ?? '';
  const tenant = settings.OIDC_TENANT;
  const callers = settings.OIDC_CLIENTS;
  const tokens = openPeople({
    issuer, audience: settings.OIDC_AUDIENCE ?? '', ownDomains: settings.OWN_DOMAINS, lab: settings.lab, world,
    ...(callers.length > 0 ? { clients: [...callers, settings.OIDC_CONSOLE_CLIENT_ID] } : {}), ...(tenant ? { tenant, guests: settings.OIDC_GUESTS === 'staff' } : {}), ...(settings.OIDC_SCOPE ? { scope: settings.OIDC_SCOPE } : {}),
  });
  const sessions = openSessions({ people: tokens, store, world, vault, audit, ownDomains: settings.OWN_DOMAINS, idleMs: settings.SESSION_IDLE_MINUTES * 60_000, absoluteMs: settings.SESSION_HOURS * 3_600_000 });
  const stepUp = openStepUp({ contexts: settings.STEP_UP_ACR, withinMs: settings.STEP_UP_MINUTES * 60_000, entra: tenant !== undefined, world });
  const scope = settings.OIDC_SCOPE ?? 'Mail.SendSecure';
  const clients = openClients({ store, world, vault, audit, ownDomains: settings.OWN_DOMAINS });
  const people = countFailed(clients.among(sessions), audit);
  const asked = openSignIn({
    people: tokens, stepUp, world,
    settings: {
      issuer, clientId: settings.OIDC_CONSOLE_CLIENT_ID, lab: settings.lab, publicUrl: places(settings).publicUrl,
      // Entra ID takes a bare scope for one of its own (Microsoft identity platform, "scopes and permissions").
      scope: `openid profile ${tenant ? `${settings.OIDC_AUDIENCE ?? ''}/${scope}` : scope}`,
      ...(settings.OIDC_CONSOLE_SECRET ? { clientSecret: settings.OIDC_CONSOLE_SECRET } : {}),
    },
  });
  const signIn: SignIn = { ...asked, finish: async (...came) => people.count(await asked.finish(...came)) };
  const directory = openDirectory({ store, world, vault, audit, personOf: (externalId) => personId(issuer, tenant ? `${tenant}.${externalId}` : externalId) });
  const ours = (address: string) => isMailbox(address) && settings.OWN_DOMAINS.some((own) => within(domainOf(address), own));
  const access = openAccess({
    store, world, vault, audit, ownDomains: settings.OWN_DOMAINS, active: async (person) => !(await directory.left(person)), ended: async (address) => (await directory.userNamed(address))?.active === false, reads: directory.reads,
    manager: async (person) => { const found = await directory.managerOf(person); return found !== null && ours(found.address) ? found.address : null; },
  });
  const staff = { access, clients, changes: openChanges({ store, world, vault, audit, same: directory.same, applied }), reviews: openReviews({ store, world, audit, access, clients, same: directory.same }) };
  return {
    /** a program used its key on a route */
    called: (program: Person, { method, path }: Pick<Endpoint, 'method' | 'path'>, came: Came): Promise<void> =>
      audit.record({ type: 'client.called', outcome: 'ok', actor: { kind: 'author', id: program.id }, facts: { key: program.session, method, path, ...cameFacts(vault, came) } }),
    people, sessions, stepUp, directory, staff, console: { signIn, sessions: { ...sessions.console, enter: async (...came: Parameters<typeof sessions.console.enter>) => people.count(await sessions.console.enter(...came)) } },
    /** somebody knocked at the directory's door without its token: counted with the sign-ins that failed */
    unknownDirectory: () => { people.count(refuse('scim-token')); },
    /** the calendar's turn */
    async turn(): Promise<void> {
      await people.note();
      await staff.changes.lapse();
      await clients.warn();
      await staff.reviews.turn(await access.since());
      await sessions.forget();
    },
  };
}
