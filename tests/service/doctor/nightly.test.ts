/** The nightly look on both engines: what becomes wrong is told once, what is mended is noted, and a night without answers says nothing. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openAlerts } from '../../../service/alert/alert.ts';
import { openAudit } from '../../../service/audit/audit.ts';
import { openNightly } from '../../../service/doctor/nightly.ts';
import { openVault } from '../../../service/vault/vault.ts';
import type { Finding } from '../../../shared/wire/doctor.ts';
import { onEveryEngine, type Ground } from '../store/engines.ts';

const room = (path: string) => new URL(path, import.meta.url);
const rooms = { audit: room('../../../service/audit/audit.sql.ts'), alert: room('../../../service/alert/alert.sql.ts'), doctor: room('../../../service/doctor/doctor.sql.ts') };
const NIGHT = 24 * 3_600_000;

/** night after night: how SPF is found, what is noted of it, how often it has been alerted of */
const NIGHTS: readonly (readonly [state: Finding['state'], noted: 'fault' | 'mended' | null, alerts: number])[] = [
  ['missing', null, 0], ['missing', null, 0], ['good', null, 0], ['missing', 'fault', 1], ['broken', null, 1], ['unknown', null, 1], ['missing', null, 1],
  ['weak', 'mended', 1], ['unknown', null, 1], ['good', null, 1], ['broken', 'fault', 2], ['broken', null, 2], ['good', 'mended', 2],
];

async function open(ground: Ground) {
  const world = { clock: Date.UTC(2026, 10, 21, 3), now: () => world.clock, random: (n: number) => crypto.getRandomValues(new Uint8Array(n)) };
  const store = await ground.open(rooms, { now: world.now });
  const { folder } = await ground.place();
  const vault = await openVault({ folder: join(folder, 'keys'), masterKey: { file: join(folder, 'master'), create: true }, world });
  const audit = await openAudit({ store, vault, world, origin: 'audit.test/v1', folder: join(folder, 'keys') });
  const alerts = openAlerts({ store, audit, world, vault });
  await alerts.watch();
  return { world, store, audit, alerts };
}

onEveryEngine((ground) => {
  test('a fault is told once, until it was mended', async () => {
    const { world, store, audit, alerts } = await open(ground);
    let state: Finding['state'] = 'good';
    let looks = 0;
    const look = async (): Promise<Finding[]> => { looks += 1; return [{ domain: 'clinic.test', check: 'spf', state, says: '' }, { domain: 'clinic.test', check: 'mx', state: 'good', says: '' }]; };
    // another process over the same database, and the same one started anew
    const [one, other] = [openNightly({ store, world, audit, look }), openNightly({ store, world, audit, look })];
    const noted = async () => {
      await audit.flush();
      const found = await audit.events({ limit: 100, order: 'asc' });
      return 'kind' in found ? [] : found.data.filter((e) => e.type.startsWith('domain.')).map((e) => e.type.slice(7));
    };
    let before = 0;
    for (const [n, [found, wanted, told]] of NIGHTS.entries()) {
      state = found;
      await one();
      await other();
      await one();
      const all = await noted();
      expect([n, ...all.slice(before)]).toEqual([n, ...(wanted === null ? [] : [wanted])]);
      before = all.length;
      await alerts.watch();
      const page = await alerts.list({ open: false, cursor: '', limit: 50 });
      expect('kind' in page ? page.code : page.data.filter((a) => a.kind === 'own-domain').length).toBe(told);
      world.clock += NIGHT;
    }
    expect(looks).toBe(2 * NIGHTS.length);
    await audit.close();
  });

  test('a look that breaks or sees nothing is taken again soon; a day without any is told once', async () => {
    const { world, store, audit, alerts } = await open(ground);
    const looks: number[] = [];
    let how: 'breaks' | 'unknown' | 'good' = 'breaks';
    const night = openNightly({ store, world, audit, look: async () => { looks.push(world.clock); if (how === 'breaks') throw new Error('no resolver'); return [{ domain: 'clinic.test', check: 'mx', state: how, says: '' }]; } });
    /** the calendar's turns, every ten minutes; the minutes between looks */
    async function turns(hours: number): Promise<number[]> {
      const from = looks.length;
      for (const end = world.clock + hours * 3_600_000; world.clock < end; world.clock += 600_000) await night().catch(() => 0);
      return looks.slice(from).map((at, n) => (n === 0 ? 0 : (at - (looks[from + n - 1] ?? 0)) / 60_000));
    }
    expect(await turns(8)).toEqual([0, 10, 20, 40, 80, 160]);
    how = 'unknown';
    expect((await turns(15)).slice(1).every((minutes) => minutes === 180)).toBe(true);
    const unseen = async () => { await audit.flush(); const found = await audit.events({ limit: 100, order: 'asc' }); return 'kind' in found ? [] : found.data.filter((e) => e.type === 'domain.unseen').map((e) => e.facts['hours']); };
    expect(await unseen()).toEqual([]);
    await turns(6);
    expect(await unseen()).toHaveLength(1);
    await alerts.watch();
    const page = await alerts.list({ open: false, cursor: '', limit: 50 });
    expect('kind' in page ? [page.code] : page.data.map((a) => a.kind)).toContain('own-domain-unseen');
    how = 'good';
    await turns(4);
    expect(await turns(30)).toHaveLength(1);
    expect(await unseen()).toHaveLength(1);
    await audit.close();
  });
});
