/**
 * The author's access token. In Outlook the host vouches for the author (nested app authentication); elsewhere MSAL opens a window.
 * Loaded on first need. The cache is sessionStorage: a cached token outlived its page in localStorage. A token never leaves this folder.
 */
import type { IPublicClientApplication } from '@azure/msal-browser';
import { isRefused, refused, type Refused } from '../refusal.ts';
import type { Config } from './config.ts';

export interface Tokens {
  /** without asking the author anything, or `sign-in-needed` */
  quiet(): Promise<string | Refused>;
  /** after the author pressed *Sign in* */
  ask(): Promise<string | Refused>;
  /** the service did not accept the last one */
  stale(): void;
}

/** MSAL's words for "no network"; a chunk that did not load says the same. */
const UNREACHABLE = ['no_network_connectivity', 'get_request_failed', 'post_request_failed', 'network_error', 'endpoints_resolution_error'];

function reason(cause: unknown): Refused {
  if (isRefused(cause)) return cause;
  // A host without network says what it likes; nobody can sign in then anyhow.
  if (!navigator.onLine) return refused('offline');
  const { errorCode, name } = cause as { errorCode?: string; name?: string };
  return refused(name === 'ChunkLoadError' || UNREACHABLE.includes(errorCode ?? '') ? 'offline' : 'sign-in-needed');
}

/** `config` is asked for again until it is there: the pane opens offline too. */
export function openTokens(config: () => Promise<Config | Refused>, wait: (ms: number) => Promise<void>): Tokens {
  let app: Promise<IPublicClientApplication> | null = null;
  let fresh = false;
  let scope = '';
  const start = async (): Promise<IPublicClientApplication> => {
    const known = await config();
    if (isRefused(known)) throw known;
    scope = known.scope;
    const { createNestablePublicClientApplication } = await import(/* webpackChunkName: "msal" */ '@azure/msal-browser');
    return createNestablePublicClientApplication({
      auth: { clientId: known.clientId, authority: known.authority },
      cache: { cacheLocation: 'sessionStorage' },
      // MSAL's own log lines may carry account names.
      system: { loggerOptions: { loggerCallback: () => {}, piiLoggingEnabled: false } },
    });
  };
  const client = async (): Promise<IPublicClientApplication> => {
    app ??= start();
    try {
      return await app;
    } catch (cause) {
      app = null;
      throw cause;
    }
  };
  const request = () => ({ scopes: [scope], ...(fresh ? { forceRefresh: true } : {}) });
  return {
    async quiet() {
      for (let turn = 0; ; turn += 1) {
        try {
          const pca = await client();
          const account = pca.getActiveAccount() ?? pca.getAllAccounts()[0];
          const got = await pca.acquireTokenSilent({ ...request(), ...(account ? { account } : {}) });
          fresh = false;
          return got.accessToken;
        } catch (cause) {
          const passing = (cause as { name?: string }).name === 'ServerError';
          if (!passing || turn > 0) return reason(cause);
          // A hiccup of the host or the provider asks nothing of the author; a second one may.
          await wait(1_000);
        }
      }
    },
    async ask() {
      try {
        const pca = await client();
        // What the service still refuses is a sign-in that it counts as ended: the same once more, which the provider remembers, would be no other.
        const got = await pca.acquireTokenPopup({ scopes: [scope], ...(fresh ? { prompt: 'login', extraQueryParameters: { prompt: 'login' } } : {}) });
        if (got.account) pca.setActiveAccount(got.account);
        fresh = false;
        return got.accessToken;
      } catch (cause) {
        const why = reason(cause);
        return why.code === 'sign-in-needed' ? refused('sign-in-failed') : why;
      }
    },
    stale() {
      fresh = true;
    },
  };
}
