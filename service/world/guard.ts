/**
 * Which addresses a stranger may choose for us: public unicast only. MX hosts, policy servers, webhooks and key servers are all named by
 * people outside, and a name that leads inside would turn this service into their hand in our network.
 */
import { isIP } from 'node:net';
import { Fault } from '../refusal.ts';

interface Network {
  readonly base: Uint8Array;
  readonly bits: number;
}

/** RFC 6890 and the IANA special-purpose registry of IPv4 */
const SPECIAL_V4 = [
  '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.31.196.0/24',
  '192.52.193.0/24', '192.88.99.0/24', '192.168.0.0/16', '192.175.48.0/24', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4',
].map(network);

/** Global unicast of IPv6 (RFC 4291 §2.4) is all that may be dialled, except what it holds of protocol, 6to4 and documentation ranges */
const GLOBAL_V6 = network('2000::/3');
const SPECIAL_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'].map(network);

export type Guard = (address: string) => boolean;

/** True for an address that may be dialled. Whatever is not an address in its usual spelling may not. */
export function openGuard(allowedNetworks: readonly string[]): Guard {
  const allowed = allowedNetworks.map(network);
  return (address) => {
    const bytes = parse(address);
    if (bytes === null) return false;
    const plain = unmap(bytes);
    if (allowed.some((net) => holds(net, plain))) return true;
    if (plain.length === 4) return !SPECIAL_V4.some((net) => holds(net, plain));
    return holds(GLOBAL_V6, plain) && !SPECIAL_V6.some((net) => holds(net, plain));
  };
}

/** `10.0.0.0/8`, or one address. Throws on anything else: a setting that is not understood must not be ignored. */
function network(text: string): Network {
  const [address = '', length] = text.split('/');
  const parsed = parse(address);
  const base = parsed && unmap(parsed);
  const most = (base?.length ?? 0) * 8;
  const bits = length === undefined ? most : /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN;
  if (!base || !(bits >= 0 && bits <= most)) throw new Fault('network-malformed', 'a network is written as address/bits');
  return { base, bits };
}

function holds(net: Network, address: Uint8Array): boolean {
  if (net.base.length !== address.length) return false;
  for (let bit = 0; bit < net.bits; bit += 8) {
    const mask = net.bits - bit >= 8 ? 0xff : (0xff00 >> (net.bits - bit)) & 0xff;
    if (((net.base[bit / 8] ?? 0) ^ (address[bit / 8] ?? 0)) & mask) return false;
  }
  return true;
}

/** `::ffff:127.0.0.1` reaches the same socket as `127.0.0.1` (RFC 4291 §2.5.5.2) */
function unmap(address: Uint8Array): Uint8Array {
  const mapped = address.length === 16 && address.subarray(0, 10).every((byte) => byte === 0) && address[10] === 0xff && address[11] === 0xff;
  return mapped ? address.subarray(12) : address;
}

function parse(address: string): Uint8Array | null {
  const family = isIP(address);
  if (family === 4) return Uint8Array.from(address.split('.').map(Number));
  // a zone index names an interface of ours
  if (family !== 6 || address.includes('%')) return null;
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const text = dotted ? `${dotted[1]}${((Number(dotted[2]) << 8) | Number(dotted[3])).toString(16)}:${((Number(dotted[4]) << 8) | Number(dotted[5])).toString(16)}` : address;
  const [left = '', right] = text.split('::');
  const head = left === '' ? [] : left.split(':');
  const tail = right === undefined || right === '' ? [] : right.split(':');
  const groups = [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail].map((group) => Number.parseInt(group, 16));
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}
