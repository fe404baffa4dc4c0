/**
 * The organisation's LDAP directory, asked and never written to (RFC 4511): one connection a question, dialled where our own resolver says, judged by name,
 * bounded in time and answers. What comes back was written by others. Which questions are asked stands in the rooms that ask.
 */
import { Client, type Filter } from 'ldapts';
import { Fault } from '../refusal.ts';
import type { World } from '../world.ts';

export interface LdapSettings {
  /** `ldaps://host[:port]/base` */
  readonly url: string;
  readonly name?: string | undefined;
  readonly password?: string | undefined;
  /** our own resolver, and the roots we trust elsewhere too */
  readonly world: Pick<World, 'located' | 'trust'>;
}

export type LdapEntry = Awaited<ReturnType<Client['search']>>['searchEntries'][number];

interface Ask {
  /** where to look; default the whole directory */
  readonly at?: string;
  readonly filter: Filter | string;
  readonly attributes: readonly string[];
  readonly binary?: readonly string[];
  /** more entries than these are a fault: what was cut off might be the one */
  readonly most: number;
}

interface Ldap {
  search(ask: Ask): Promise<LdapEntry[]>;
}

const TIMEOUT = 5_000;
/** RFC 4511 Appendix A: there is no such entry */
const NO_SUCH_OBJECT = 32;

/** Opens, asks and closes. Rejects with `lookup-failed` when it could not be asked, or knows too much. */
export async function askLdap<T>({ url, name, password, world }: LdapSettings, questions: (ldap: Ldap) => Promise<T>): Promise<T> {
  const { protocol, host, port, base } = placeOf(url);
  // Dialled by address, judged by name: only our own resolver says where it is.
  const ip = await world.located(host).catch((cause: unknown) => { throw new Fault('lookup-failed', 'the directory could not be asked', cause); });
  const client = new Client({
    url: `${protocol}//${ip.includes(':') ? `[${ip}]` : ip}${port}`, timeout: TIMEOUT, connectTimeout: TIMEOUT,
    ...(protocol === 'ldaps:' ? { tlsOptions: { secureContext: world.trust(), rejectUnauthorized: true, ...(ip === host ? {} : { servername: host }) } } : {}),
  });
  try {
    if (name !== undefined) await client.bind(name, password ?? '');
    return await questions({
      async search({ at, filter, attributes, binary = [], most }) {
        const { searchEntries } = await client.search(at ?? base, { scope: at === undefined ? 'sub' : 'base', filter, attributes: [...attributes], explicitBufferAttributes: [...binary], sizeLimit: most + 1, timeLimit: TIMEOUT / 1000 })
          .catch((cause: unknown) => { if (at !== undefined && (cause as { code?: unknown }).code === NO_SUCH_OBJECT) return { searchEntries: [] }; throw cause; });
        // The library takes a cut answer for a whole one.
        if (searchEntries.length > most) throw new Fault('lookup-failed', 'the directory knows an address too often');
        return searchEntries;
      },
    });
  } catch (cause) {
    throw new Fault('lookup-failed', 'the directory could not be asked', cause);
  } finally {
    await client.unbind().catch(() => undefined);
  }
}

function placeOf(url: string): { readonly protocol: string; readonly host: string; readonly port: string; readonly base: string } {
  const { protocol, hostname, port, pathname } = new URL(url);
  return { protocol, host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? '' : `:${port}`, base: decodeURIComponent(pathname.slice(1)) };
}
