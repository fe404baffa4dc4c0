/** The doctor and the world as the settings have them, for the service and for commands that run beside it. */
import { places, type Settings } from './config.ts';
import { isAddress } from './deliver/assurance.ts';
import { lists, parsePolicy } from './deliver/mtasts.ts';
import { openDoctor } from './doctor/doctor.ts';
import { openWorld, type World, type WorldSettings } from './world.ts';

/** For the service and for the command. */
export function doctorOf(settings: Settings, world: World = openWorld(worldOf(settings)), stsPort = 443): ReturnType<typeof openDoctor> {
  const [first = ''] = settings.OWN_DOMAINS;
  const hostname = settings.SMTP_HOSTNAME ?? new URL(places(settings).publicUrl).hostname;
  // Whoever hands our mail to receivers is who SPF must name.
  const outside = settings.SMART_HOST.length > 0 ? settings.SMART_HOST.map((host) => host.slice(0, host.lastIndexOf(':'))) : [hostname];
  return openDoctor(world, {
    ownDomains: settings.OWN_DOMAINS, returnDomain: settings.RETURN_DOMAIN ?? first, hostname, reportsTo: `reports@${first}`,
    sources: async () => (settings.SOURCE_ADDRESS && settings.SMART_HOST.length === 0 ? [settings.SOURCE_ADDRESS]
      : (await Promise.all(outside.map(async (host) => (isAddress(host) ? [host] : (await world.dns.addresses(host)).records)))).flat()),
    sts: { read: (text) => parsePolicy(text, '', world.now()), lists: (mx, host) => lists({ mx }, host), port: stsPort },
    dkim: dkimOf(settings),
  });
}

/** What all our mail is signed with: RSA first, Ed25519 beside it for those who know it. */
export function dkimOf(s: Settings): { readonly domain: string; readonly keys: readonly { readonly selector: string; readonly privateKey: string }[] } | undefined {
  if (!s.DKIM_KEY || !s.DKIM_SELECTOR) return undefined;
  const second = s.DKIM_ED25519_KEY && s.DKIM_ED25519_SELECTOR ? [{ selector: s.DKIM_ED25519_SELECTOR, privateKey: s.DKIM_ED25519_KEY }] : [];
  return { domain: s.DKIM_DOMAIN ?? s.OWN_DOMAINS[0] ?? '', keys: [{ selector: s.DKIM_SELECTOR, privateKey: s.DKIM_KEY }, ...second] };
}

/** The roads out that the settings allow. */
export function worldOf(settings: Settings): WorldSettings {
  return {
    resolver: settings.RESOLVER ?? '', resolverTrusted: settings.RESOLVER_TRUSTED, allowedNetworks: settings.ALLOWED_NETWORKS,
    ...(settings.CA_FILE ? { caFile: settings.CA_FILE } : {}), ...(settings.SOURCE_ADDRESS ? { sourceAddress: settings.SOURCE_ADDRESS } : {}),
  };
}
