/**
 * Certificates from an LDAP directory that the organisation configured (RFC 4511, RFC 4523): `userCertificate` and `userSMIMECertificate` of the
 * entry with this mail address. Asks for nothing else and writes nothing. Its answer is a found key like any other: two persons stand behind none of it.
 */
import { Client, EqualityFilter } from 'ldapts';
import { Fault } from '../../refusal.ts';
import type { World } from '../../world.ts';
import type { Hit, Source } from './source.ts';

export interface DirectorySettings {
  /** `ldaps://host[:port]/base` */
  readonly url: string;
  readonly name?: string | undefined;
  readonly password?: string | undefined;
  /** our own resolver, and the roots we trust elsewhere too */
  readonly world: Pick<World, 'located' | 'trust'>;
}

const ATTRIBUTES = ['userCertificate;binary', 'userSMIMECertificate;binary', 'userCertificate', 'userSMIMECertificate'];
const TIMEOUT = 5_000;
/** An address of one person; a directory that knows it fifty times is misconfigured. */
const ENTRIES = 5;
/** Former certificates stay in entries for years. */
const CERTIFICATES = 20;

export function directory({ url, name, password, world }: DirectorySettings): Source {
  const { protocol, host, port, base } = placeOf(url);
  return {
    name: 'directory', trust: 'directory', kinds: ['smime'],
    async find(address) {
      // Dialled by address, judged by name: only our own resolver says where it is.
      const ip = await world.located(host).catch((cause: unknown) => { throw new Fault('lookup-failed', 'the directory could not be asked', cause); });
      const client = new Client({
        url: `${protocol}//${ip.includes(':') ? `[${ip}]` : ip}${port}`, timeout: TIMEOUT, connectTimeout: TIMEOUT,
        ...(protocol === 'ldaps:' ? { tlsOptions: { secureContext: world.trust(), rejectUnauthorized: true, ...(ip === host ? {} : { servername: host }) } } : {}),
      });
      try {
        if (name !== undefined) await client.bind(name, password ?? '');
        const { searchEntries } = await client.search(base, { scope: 'sub', filter: new EqualityFilter({ attribute: 'mail', value: address }), attributes: ATTRIBUTES, explicitBufferAttributes: ATTRIBUTES, sizeLimit: ENTRIES + 1, timeLimit: TIMEOUT / 1000 });
        // The library takes a cut answer for a whole one: what was cut off might be the one.
        if (searchEntries.length > ENTRIES) throw new Fault('lookup-failed', 'the directory knows an address too often');
        return searchEntries.flatMap((entry) => ATTRIBUTES.flatMap((attribute) => [entry[attribute] ?? []].flat().filter((v) => Buffer.isBuffer(v)))).slice(-CERTIFICATES).map((bytes): Hit => ({ bytes: new Uint8Array(bytes) }));
      } catch (cause) {
        throw new Fault('lookup-failed', 'the directory could not be asked', cause);
      } finally {
        await client.unbind().catch(() => undefined);
      }
    },
  };
}

function placeOf(url: string): { readonly protocol: string; readonly host: string; readonly port: string; readonly base: string } {
  const { protocol, hostname, port, pathname } = new URL(url);
  return { protocol, host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? '' : `:${port}`, base: decodeURIComponent(pathname.slice(1)) };
}
