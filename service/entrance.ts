/** Everything about who comes in, put together from the settings: tokens, sessions, the console's sign-in, step-up, the directory. */
import { places, type Settings } from './config.ts';
import type { AuditLog } from './audit/audit.ts';
import { openSignIn, type SignIn } from './people/console/signin.ts';
import { personId } from './people/claims.ts';
import { openDirectory } from './people/directory.ts';
import { openPeople } from './people/people.ts';
import { countFailed, openSessions } from './people/session.ts';
import { openStepUp } from './people/stepup.ts';
import type { Store } from './store/store.ts';
import type { Vault } from './vault/vault.ts';
import type { World } from './world.ts';

export function openEntrance({ settings, store, world, vault, audit }: { readonly settings: Settings; readonly store: Store; readonly world: World; readonly vault: Vault; readonly audit: AuditLog }) {
  const issuer = settings.OIDC_ISSUER ?? '';
  const tenant = settings.OIDC_TENANT;
  const clients = settings.OIDC_CLIENTS;
  const tokens = openPeople({
    issuer, audience: settings.OIDC_AUDIENCE ?? '', ownDomains: settings.OWN_DOMAINS, lab: settings.lab, world,
    ...(clients.length > 0 ? { clients: [...clients, settings.OIDC_CONSOLE_CLIENT_ID] } : {}), ...(tenant ? { tenant } : {}), ...(settings.OIDC_SCOPE ? { scope: settings.OIDC_SCOPE } : {}),
  });
  const sessions = openSessions({ people: tokens, store, world, vault, audit, idleMs: settings.SESSION_IDLE_MINUTES * 60_000, absoluteMs: settings.SESSION_HOURS * 3_600_000 });
  const stepUp = openStepUp({ contexts: settings.STEP_UP_ACR, withinMs: settings.STEP_UP_MINUTES * 60_000, entra: tenant !== undefined, world });
  const scope = settings.OIDC_SCOPE ?? 'Mail.SendSecure';
  const signIn: SignIn = openSignIn({
    people: tokens, stepUp, world,
    settings: {
      issuer, clientId: settings.OIDC_CONSOLE_CLIENT_ID, lab: settings.lab, publicUrl: places(settings).publicUrl,
      // Entra ID takes a bare scope for one of its own (Microsoft identity platform, "scopes and permissions").
      scope: `openid profile ${tenant ? `${settings.OIDC_AUDIENCE ?? ''}/${scope}` : scope}`,
      ...(settings.OIDC_CONSOLE_SECRET ? { clientSecret: settings.OIDC_CONSOLE_SECRET } : {}),
    },
  });
  const directory = openDirectory({ store, world, vault, audit, personOf: (externalId) => personId(issuer, tenant ? `${tenant}.${externalId}` : externalId) });
  return { people: countFailed(sessions, audit), sessions, stepUp, directory, console: { signIn, sessions: sessions.console } };
}
