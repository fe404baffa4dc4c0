/** Ground for a room that writes to the log: a clock the test moves, a store with the rooms' tables, a vault, and the log itself. */
import { join } from 'node:path';
import { openAudit } from '../../../service/audit/audit.ts';
import { openVault } from '../../../service/vault/vault.ts';
import type { Ground } from '../store/engines.ts';

const room = (path: string) => new URL(path, import.meta.url);

/** `rooms`: name to module of its tables, the log's own beside them. */
export async function openLogged(ground: Ground, rooms: Readonly<Record<string, URL>>) {
  const world = { clock: Date.UTC(2026, 10, 21, 9), now: () => world.clock, random: (n: number) => crypto.getRandomValues(new Uint8Array(n)) };
  const store = await ground.open({ audit: room('../../../service/audit/audit.sql.ts'), ...rooms }, { now: world.now });
  const { folder } = await ground.place();
  const vault = await openVault({ folder: join(folder, 'keys'), masterKey: { file: join(folder, 'master'), create: true }, world });
  const audit = await openAudit({ store, vault, world, origin: 'audit.test/v1', folder: join(folder, 'keys') });
  return { world, store, vault, audit };
}
