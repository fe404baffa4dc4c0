/** Ids: a prefix and a UUIDv7 (RFC 9562 §5.7), so that they sort by time. Opaque to everybody else. */
import type { World } from './world.ts';

export function newId(prefix: 'bgl' | 'chc' | 'exp' | 'kse' | 'inc' | 'rev' | 'sch' | 'msg' | 'rat' | 'sup' | 'rpt' | 'item' | 'evt' | 'key' | 'crt' | 'wsh', world: Pick<World, 'now' | 'random'>): string {
  const bytes = new Uint8Array(16);
  bytes.set(world.random(16));
  const now = world.now();
  for (let i = 0; i < 6; i += 1) bytes[i] = Math.floor(now / 2 ** (8 * (5 - i))) % 256;
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = Buffer.from(bytes).toString('hex');
  return `${prefix}_${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** When it was made, ms. */
export const timeOf = (id: string): number => Number.parseInt(id.slice(id.indexOf('_') + 1).replaceAll('-', '').slice(0, 12), 16);
