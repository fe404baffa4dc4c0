/** What the settings mean for single rooms: certificate, key sources, who hears of alerts, folders. Every complaint names the setting and nothing else. */
import { accessSync, constants, mkdirSync, readFileSync } from 'node:fs';
import type { Settings } from './config.ts';
import { directory } from './keys/discovery/directory.ts';
import { dane, keyServer, wkd, type Source } from './keys/discovery/source.ts';
import { ldapLists } from './list/ldap.ts';
import type { ListSource } from './list/list.ts';
import { Fault } from './refusal.ts';
import type { Desk } from './route/sweep/tell.ts';
import type { World } from './world.ts';

export function tlsOf(settings: Settings): { tls?: { cert: Buffer; key: Buffer } } {
  if (!settings.TLS_CERT_FILE || !settings.TLS_KEY_FILE) return {};
  return { tls: { cert: readNamed('TLS_CERT_FILE', settings.TLS_CERT_FILE), key: readNamed('TLS_KEY_FILE', settings.TLS_KEY_FILE) } };
}

export function alertDesk({ ALERT_MAIL: mail, ALERT_WEBHOOK_URL: url, ALERT_WEBHOOK_SECRET: secret }: Settings, world: World): Desk {
  return { mail, hook: url && secret ? { url, secret, world } : null };
}

/** The lab serves strangers' web pages at one port for all. */
export function sourcesOf(s: Settings, world: World, port: number | undefined): Source[] {
  const wanted = (name: (typeof s.KEY_SOURCES)[number]): boolean => s.KEY_SOURCES.includes(name);
  return [
    ...(wanted('directory') && s.DIRECTORY_URL ? [directory({ url: s.DIRECTORY_URL, name: s.DIRECTORY_NAME, password: s.DIRECTORY_PASSWORD, world })] : []),
    ...(wanted('dane') ? [dane({ world })] : []),
    ...(wanted('wkd') ? [wkd({ world, ...(port === undefined ? {} : { port }) })] : []),
    ...(wanted('server') && s.KEY_SERVER ? [keyServer({ world, url: s.KEY_SERVER })] : []),
  ];
}

/** What LDAP says of a list goes before SCIM, which names only those it provisions. */
export function listsOf(s: Settings, world: World, { lists }: { readonly lists: ListSource }): ListSource[] {
  return [...(s.DIRECTORY_URL ? [ldapLists({ url: s.DIRECTORY_URL, name: s.DIRECTORY_NAME, password: s.DIRECTORY_PASSWORD, world })] : []), lists];
}

export function prepareFolder(name: string, folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new Fault('setting-wrong', `Setting ${name} names a folder that cannot be made or written`, cause);
  }
}

/** What the system says about the place to listen at, in the words of the settings. */
export function unheard(cause: unknown): unknown {
  const code = (cause as { code?: unknown }).code;
  if (code === 'EADDRINUSE' || code === 'EACCES') return new Fault('setting-wrong', 'Setting PORT is taken by another program, or not open to this user', cause);
  return code === 'ENOTFOUND' || code === 'EADDRNOTAVAIL' ? new Fault('setting-wrong', 'Setting HOST is no address of this machine', cause) : cause;
}

export function readNamed(name: string, file: string): Buffer {
  try { return readFileSync(file); } catch (cause) { throw new Fault('setting-wrong', `Setting ${name} names a file that cannot be read`, cause); }
}
