/** SPF as a receiver evaluates it (RFC 7208 §4), with our own way to ask for names. */
import { createRequire } from 'node:module';
import type { Dns } from '../world.ts';

type Resolve = (name: string, type: string) => Promise<unknown>;
// Its type declarations name another export than the module has.
const { spf } = createRequire(import.meta.url)('mailauth/lib/spf/index.js') as { spf: (ask: { ip: string; sender: string; helo: string; mta: string; resolver: Resolve }) => Promise<{ status: { result: string } }> };

export async function spfResult(dns: Dns, { ip, domain, hostname }: { readonly ip: string; readonly domain: string; readonly hostname: string }): Promise<string> {
  const resolver: Resolve = async (name, type) => {
    const found = await ask(dns, name.toLowerCase().replace(/\.$/, ''), type);
    // As the resolver of Node says that there is nothing.
    if (found.length === 0) throw Object.assign(new Error('nothing there'), { code: 'ENODATA' });
    return found;
  };
  return (await spf({ ip, sender: `postmaster@${domain}`, helo: hostname, mta: hostname, resolver })).status.result;
}

async function ask(dns: Dns, name: string, type: string): Promise<readonly unknown[]> {
  if (type === 'TXT') return (await dns.txt(name)).records.map((text) => [text]);
  if (type === 'MX') return (await dns.mx(name)).records.map(({ exchange, preference }) => ({ exchange, priority: preference }));
  const addresses = (await dns.addresses(name)).records;
  return type === 'A' ? addresses.filter((a) => !a.includes(':')) : type === 'AAAA' ? addresses.filter((a) => a.includes(':')) : [];
}
