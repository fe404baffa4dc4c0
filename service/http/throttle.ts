/**
 * How often one may knock, and who it is behind a proxy. Token buckets per person and per client address, in this process only:
 * a brake, not a proof. What must hold exactly (codes of the portal) is counted in the store.
 */
import type { World } from '../world.ts';

export interface Rate {
  /** per second; 0 switches the brake off */
  readonly rate: number;
  readonly burst: number;
}

export interface Throttle {
  /** takes `cost` if there is enough; otherwise the seconds to wait */
  take(key: string, cost?: number): number;
}

const AT_MOST = 20_000;

export function openThrottle({ rate, burst }: Rate, world: Pick<World, 'now'>): Throttle {
  const buckets = new Map<string, { left: number; at: number }>();
  return {
    take(key, cost = 1) {
      if (rate === 0) return 0;
      const now = world.now();
      const bucket = buckets.get(key) ?? { left: burst, at: now };
      // A clock that was set back takes nothing away: else everybody would be refused for as long as it went back.
      const left = Math.min(burst, bucket.left + (Math.max(0, now - bucket.at) / 1000) * rate);
      // Re-inserted at the end: the map's first key is the one longest unseen, and goes when there are too many.
      buckets.delete(key);
      if (buckets.size >= AT_MOST) buckets.delete(buckets.keys().next().value ?? '');
      const enough = left >= cost;
      buckets.set(key, { left: enough ? left - cost : left, at: now });
      return enough ? 0 : Math.max(1, Math.ceil((cost - left) / rate));
    },
  };
}

/** A share of its own for whoever has one: so many calls a minute, a tenth of them at once. */
export function openShares(world: Pick<World, 'now'>): { take(key: string, perMinute: number): number } {
  const throttles = new Map<number, Throttle>();
  return {
    take(key, perMinute) {
      let throttle = throttles.get(perMinute);
      if (throttle === undefined) throttles.set(perMinute, throttle = openThrottle({ rate: perMinute / 60, burst: Math.max(1, Math.ceil(perMinute / 10)) }, world));
      return throttle.take(key);
    },
  };
}

/** An IP address as a number with its width; IPv4-mapped IPv6 (RFC 4291 §2.5.5.2) counts as IPv4. Null when it is none. */
function parse(address: string): { readonly bits: bigint; readonly width: 32 | 128 } | null {
  const text = address.toLowerCase().replace(/^::ffff:(?=\d+\.)/, '');
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) {
    const parts = text.split('.').map(Number);
    return parts.some((p) => p > 255) ? null : { bits: parts.reduce((sum, p) => sum * 256n + BigInt(p), 0n), width: 32 };
  }
  if (!/^[0-9a-f:]{2,39}$/.test(text) || text.split('::').length > 2) return null;
  const [head = '', tail] = text.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const gap = 8 - before.length - after.length;
  if (tail === undefined ? gap !== 0 : gap < 1) return null;
  const groups = [...before, ...Array<string>(gap).fill('0'), ...after];
  if (groups.some((g) => !/^[0-9a-f]{1,4}$/.test(g))) return null;
  return { bits: groups.reduce((sum, g) => sum * 65536n + BigInt(`0x${g}`), 0n), width: 128 };
}

export function inNetwork(address: string, network: string): boolean {
  const [base = '', length] = network.split('/');
  const a = parse(address);
  const b = parse(base);
  if (a === null || b === null || a.width !== b.width) return false;
  const shift = BigInt(a.width - Number(length ?? a.width));
  return a.bits >> shift === b.bits >> shift;
}

/**
 * The client's address: the connection's, or, while it is a trusted proxy's, the next one it names from the right of X-Forwarded-For.
 * What stands further left may be invented. For IPv6 the /64, which is what one client has.
 */
export function clientOf(peer: string, forwarded: string | undefined, proxies: readonly string[]): string {
  const named = (forwarded ?? '').split(',').map((part) => part.trim()).filter((part) => part !== '');
  let client = peer;
  while (proxies.some((network) => inNetwork(client, network))) {
    const next = named.pop();
    if (next === undefined || parse(next) === null) break;
    client = next;
  }
  const ip = parse(client);
  return ip === null ? client : ip.width === 32 ? `4:${ip.bits}` : `6:${ip.bits >> 64n}`;
}

export function isLoopback(address: string): boolean {
  return inNetwork(address, '127.0.0.0/8') || inNetwork(address, '::1');
}
