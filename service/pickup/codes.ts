/**
 * Links and codes of a portal copy. What must be told again (the link of a repeated notice, the code an author says on the phone) is
 * derived from the message's content key, so that nothing at rest opens anything, and it ends with that key.
 */
import { createHash, createHmac } from 'node:crypto';
import type { PickupWay } from '../route.ts';
import type { DataKey } from '../vault/vault.ts';
import type { World } from '../world.ts';

function derived(key: DataKey, purpose: string, item: string, generation: number): Buffer {
  return createHmac('sha256', key.bytes).update(JSON.stringify([purpose, item, generation])).digest();
}

/** 256 bits, base64url: the secret of the link. A new generation makes the older links of this copy worthless. */
export function tokenOf(content: DataKey, item: string, generation = 0): string {
  return derived(content, 'pickup', item, generation).toString('base64url');
}

/** Eight digits, grouped for saying: `4821-0937`. */
export function spokenCodeOf(content: DataKey, item: string, generation = 0): string {
  // 64 bits modulo 10^8: the bias is below 10^-11.
  const digits = String(derived(content, 'spoken-code', item, generation).readBigUInt64BE() % 100_000_000n).padStart(8, '0');
  return `${digits.slice(0, 4)}-${digits.slice(4)}`;
}

/** Six digits, each of the million equally likely. */
export function randomCode(world: Pick<World, 'random'>): string {
  for (;;) {
    const n = Buffer.from(world.random(4)).readUInt32BE();
    if (n < 4_294_000_000) return String(n % 1_000_000).padStart(6, '0');
  }
}

/** The two kinds never meet: eight digits are spoken, six are sent, by the one road this copy allows. */
export function wayOf(code: string, ways: readonly PickupWay[] = []): PickupWay {
  return bare(code).length === 8 ? 'spoken-code' : sentWay(ways);
}

/** The road of a fresh code: never both, so that the evidence says which. */
export function sentWay(ways: readonly PickupWay[]): 'mail-code' | 'sms-code' {
  return ways.includes('sms-code') && !ways.includes('mail-code') ? 'sms-code' : 'mail-code';
}

export function bare(code: string): string {
  return code.replace(/\D/g, '');
}

/** As kept: the token has 256 bits of its own, a plain hash gives nothing back. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
