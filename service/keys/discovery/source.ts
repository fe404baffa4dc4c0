/**
 * The places where recipients' keys are looked for: their own domain's web (WKD) and signed DNS (DANE), a directory the organisation has configured,
 * and, only where somebody switched it on, a public key server. What comes back is attacker-controlled and not judged here.
 */
import { createHash } from 'node:crypto';
import { domainOf } from '../../../shared/draft/address.ts';
import type { KeyTrust } from '../../../shared/plan/capability.ts';
import { Fault } from '../../refusal.ts';
import type { World } from '../../world.ts';

export interface Hit {
  readonly bytes: Uint8Array;
  /** the domain's signed zone vouches for this very certificate; no authority needs to (RFC 6698 §2.1.1, usage 3) */
  readonly pinned?: boolean;
  /** what its owner's mail program said it reads */
  readonly announces?: { readonly gcm: boolean; readonly oaep: boolean };
}

export interface Source {
  readonly name: string;
  readonly trust: KeyTrust;
  /** of which kinds it could know one */
  readonly kinds: readonly ('smime' | 'pgp')[];
  /** empty: it says there is none. Rejects when it could not be asked. */
  find(address: string): Promise<readonly Hit[]>;
}

const KEY_BYTES = 256 * 1024;
const TIMEOUT = 5_000;
const BASE32 = 'ybndrfg8ejkmcpqxot1uwisza345h769';

const localOf = (address: string): string => address.slice(0, address.lastIndexOf('@'));

/** draft-koch-openpgp-webkey-service §3.1: z-base-32 of SHA-1 of the local part in lower case; 32 characters. */
export function wkdHash(local: string): string {
  const bits = [...createHash('sha1').update(local.toLowerCase()).digest()].map((b) => b.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{5}/g) ?? []).map((five) => BASE32[Number.parseInt(five, 2)]).join('');
}

/** Advanced method first; the direct one only where the subdomain does not exist (§3.1). `port`: the lab has no 443. */
export function wkd({ world, port = 443 }: { readonly world: Pick<World, 'dns' | 'fetch'>; readonly port?: number }): Source {
  const at = port === 443 ? '' : `:${port}`;
  return {
    name: 'wkd', trust: 'wkd', kinds: ['pgp'],
    async find(address) {
      const domain = domainOf(address);
      const local = localOf(address);
      const exists = async (name: string) => (await world.dns.addresses(name)).records.length > 0;
      const query = `hu/${wkdHash(local)}?l=${encodeURIComponent(local)}`;
      const advanced = await exists(`openpgpkey.${domain}`);
      if (!advanced && !(await exists(domain))) return [];
      const url = advanced ? `https://openpgpkey.${domain}${at}/.well-known/openpgpkey/${domain}/${query}` : `https://${domain}${at}/.well-known/openpgpkey/${query}`;
      return fetched(world, url);
    },
  };
}

/** A server that stands for all domains and hears of everybody we write to: never asked unless configured. */
export function keyServer({ world, url }: { readonly world: Pick<World, 'fetch'>; readonly url: string }): Source {
  return { name: 'vks', trust: 'vks', kinds: ['pgp'], find: (address) => fetched(world, `${url.replace(/\/+$/, '')}/vks/v1/by-email/${encodeURIComponent(address)}`) };
}

async function fetched(world: Pick<World, 'fetch'>, url: string): Promise<Hit[]> {
  const { status, body } = await world.fetch(url, { maxBytes: KEY_BYTES, timeout: TIMEOUT, redirects: 1 });
  if (status === 200) return [{ bytes: body }];
  if (status === 404 || status === 410) return [];
  throw new Fault('lookup-failed', 'the key could not be fetched');
}

/**
 * OPENPGPKEY (RFC 7929 §3) and SMIMEA (RFC 8162 §3), only where the resolver that we trust says that the answer is authentic; unsigned, anybody
 * could have written it. The local part is hashed as it is written, and in lower case where that finds nothing.
 */
export function dane({ world }: { readonly world: Pick<World, 'dns'> }): Source {
  async function ask(address: string, label: string, type: 53 | 61): Promise<readonly Uint8Array[]> {
    for (const local of new Set([localOf(address), localOf(address).toLowerCase()])) {
      const name = createHash('sha256').update(local).digest().subarray(0, 28).toString('hex');
      const { records, authentic } = await world.dns.raw(`${name}.${label}.${domainOf(address)}`, type);
      if (authentic && records.length > 0) return records.slice(0, 10);
    }
    return [];
  }
  return {
    name: 'dane', trust: 'dane', kinds: ['smime', 'pgp'],
    async find(address) {
      const [keys, certificates] = await Promise.all([ask(address, '_openpgpkey', 61), ask(address, '_smimecert', 53)]);
      // RFC 6698 §2.1: usage, selector, matching type. Only a whole certificate (selector 0, type 0) can be encrypted to; 1 and 3 name the person's own.
      const whole = certificates.filter((r) => r.length > 3 && (r[0] === 1 || r[0] === 3) && r[1] === 0 && r[2] === 0);
      return [...keys.map((bytes) => ({ bytes })), ...whole.map((r) => ({ bytes: r.subarray(3), pinned: r[0] === 3 }))];
    },
  };
}
