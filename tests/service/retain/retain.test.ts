import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openEntries } from '../../../service/audit/entry.ts';
import { openDispose } from '../../../service/dispose/dispose.ts';
import { openRetain } from '../../../service/retain/retain.ts';
import { endOf } from '../../../shared/retention/retention.ts';
import { keyring } from '../audit/vault.ts';
import { onEveryEngine } from '../store/engines.ts';

const room = (name: string): URL => new URL(`../../../service/${name}/${name}.sql.ts`, import.meta.url);
const rooms = { audit: room('audit'), retain: room('retain'), dispose: room('dispose'), route: new URL('./retain.sql.ts', import.meta.url) };
const key = { id: 'ev', bytes: randomBytes(32) };

onEveryEngine((ground) => {
  async function begin() {
    let now = Date.parse('2026-11-21T10:00:00Z');
    const world = { now: () => now, random: (n: number) => randomBytes(n) };
    const store = await ground.open(rooms);
    const route = store.room<typeof import('./retain.sql.ts')>('route');
    const log = store.room<typeof import('../../../service/audit/audit.sql.ts')>('audit');
    const { prepare } = openEntries({ vault: keyring(), world });
    const event = (type: string, message: string, facts = {}) => prepare({ type, outcome: 'ok', actor: { kind: 'service', id: 'sweep' }, message, facts }, key);
    const accept = (message: string, until: string) => route.write.accept({
      row: { message, class: 'transitory', until: endOf(until), epoch: until.slice(0, 7) }, wrapped: randomBytes(40), events: [event('retention.assigned', message, { class: 'transitory', until })],
    });
    const files = new Set<string>();
    const steps = {
      erase: (message: string, at: number) => route.write.erase({ message, now: at, events: [event('disposal.executed', message, { class: 'transitory', method: 'cryptographic-erase' })] }),
      sweep: async (message: string) => {
        files.delete(message);
      },
    };
    return {
      route, log, event, accept, files, steps, retain: openRetain({ store, world }), dispose: openDispose({ store, world }),
      at: (date: string) => {
        now = Date.parse(date);
      },
      types: async (message: string) => (await log.read.ofMessage({ message })).map((r) => (JSON.parse(r.leaf) as { type: string }).type),
    };
  }
  const ids = (rows: readonly { readonly message: string }[]): string[] => rows.map((r) => r.message);

  describe('retain', () => {
    it('is due when the UTC day has ended, oldest first', async () => {
      const t = await begin();
      await t.accept('msg_b', '2027-02-19');
      await t.accept('msg_a', '2027-02-18');
      await t.accept('msg_c', '2036-11-21');
      expect(await t.retain.due()).toEqual([]);
      t.at('2027-02-18T23:59:59.999Z');
      expect(await t.retain.due()).toEqual([]);
      t.at('2027-02-19T00:00:00.000Z');
      expect(ids(await t.retain.due())).toEqual(['msg_a']);
      t.at('2027-02-20T00:00:00.000Z');
      expect(ids(await t.retain.due())).toEqual(['msg_a', 'msg_b']);
      expect(ids(await t.retain.due(1))).toEqual(['msg_a']);
    });

    it('is not due while it is held, and is again afterwards', async () => {
      const t = await begin();
      await t.accept('msg_a', '2027-02-18');
      t.at('2028-01-01T00:00:00Z');
      expect(await t.retain.hold('msg_a', true, [t.event('settings.loaded', 'msg_a')])).toBe(true);
      expect(await t.retain.hold('msg_a', true, [t.event('settings.loaded', 'msg_a')])).toBe(false);
      expect(await t.retain.due()).toEqual([]);
      expect(await t.retain.hold('msg_a', false, [t.event('settings.loaded', 'msg_a')])).toBe(true);
      expect(ids(await t.retain.due())).toEqual(['msg_a']);
      expect(await t.types('msg_a')).toEqual(['retention.assigned', 'settings.loaded', 'settings.loaded']);
    });

    it('is lengthened, never shortened', async () => {
      const t = await begin();
      await t.accept('msg_a', '2027-02-18');
      const to = (until: string) => t.retain.extend({ message: 'msg_a', class: 'billing', until: endOf(until), epoch: until.slice(0, 7) }, [t.event('retention.assigned', 'msg_a')]);
      expect(await to('2027-02-17')).toBe(false);
      expect(await to('2033-11-21')).toBe(true);
      expect(await to('2033-11-20')).toBe(false);
      expect(await t.retain.of('msg_a')).toMatchObject({ class: 'billing', until: endOf('2033-11-21'), epoch: '2033-11', state: 'kept', held: 0 });
      expect(await t.types('msg_a')).toEqual(['retention.assigned', 'retention.assigned']);
    });
  });

  describe('dispose', () => {
    it('destroys key and files, tells of it once, and never twice', async () => {
      const t = await begin();
      await t.accept('msg_a', '2027-02-18');
      t.files.add('msg_a');
      expect(await t.dispose.execute('msg_a', t.steps)).toBe(false);
      expect(await t.route.read.key({ message: 'msg_a' })).toBe(true);
      t.at('2027-02-19T00:00:00Z');
      expect(await t.dispose.execute('msg_a', t.steps)).toBe(true);
      expect(await t.route.read.key({ message: 'msg_a' })).toBe(false);
      expect(t.files.size).toBe(0);
      expect(await t.dispose.execute('msg_a', t.steps)).toBe(false);
      expect(await t.types('msg_a')).toEqual(['retention.assigned', 'disposal.executed']);
      expect(await t.retain.due()).toEqual([]);
      expect(await t.dispose.finish(t.steps)).toBe(0);
    });

    it('stops at a hold placed after it was found due', async () => {
      const t = await begin();
      await t.accept('msg_a', '2027-02-18');
      t.at('2027-03-01T00:00:00Z');
      const [due] = await t.retain.due();
      await t.retain.hold('msg_a', true, [t.event('settings.loaded', 'msg_a')]);
      expect(await t.dispose.execute(due?.message ?? '', t.steps)).toBe(false);
      expect(await t.route.read.key({ message: 'msg_a' })).toBe(true);
      expect(await t.types('msg_a')).not.toContain('disposal.executed');
    });

    // The two ways to die: before the transaction, nothing has happened; behind it, only files are left, and they are found again.
    it.each([['before', 'kept'], ['behind', 'swept later']])('dies %s the transaction: %s', async (when) => {
      const t = await begin();
      await t.accept('msg_a', '2027-02-18');
      t.files.add('msg_a');
      t.at('2027-02-19T00:00:00Z');
      const killed = async (): Promise<never> => {
        throw new Error('killed');
      };
      await expect(t.dispose.execute('msg_a', when === 'before' ? { ...t.steps, erase: killed } : { ...t.steps, sweep: killed })).rejects.toThrow('killed');
      expect(await t.route.read.key({ message: 'msg_a' })).toBe(when === 'before');
      expect(await t.dispose.finish(t.steps)).toBe(when === 'before' ? 0 : 1);
      expect(t.files.has('msg_a')).toBe(when === 'before');
      expect(await t.dispose.finish(t.steps)).toBe(0);
    });
  });

  it('an epoch is spent when its month is over and nothing of it, or before it, is kept', async () => {
    const t = await begin();
    await t.accept('msg_a', '2027-02-18');
    await t.accept('msg_b', '2027-02-20');
    await t.accept('msg_c', '2027-03-02');
    const shred = (epoch: string) => t.retain.shredded(epoch, [t.event('disposal.epoch_destroyed', 'msg_a', { epoch })]);
    t.at('2027-02-19T00:00:00Z');
    await t.dispose.execute('msg_a', t.steps);
    t.at('2027-03-10T00:00:00Z');
    expect(await t.retain.spent()).toEqual([]);
    await t.dispose.execute('msg_c', t.steps);
    t.at('2027-04-01T00:00:00Z');
    // msg_b of February is still there: its evidence may lie under any later epoch.
    expect(await t.retain.spent()).toEqual([]);
    expect(await shred('2027-03')).toBe(false);
    await t.dispose.execute('msg_b', t.steps);
    expect(await t.retain.spent()).toEqual([{ epoch: '2027-02', messages: 2 }, { epoch: '2027-03', messages: 1 }]);
    expect(await shred('2027-02')).toBe(true);
    expect(await shred('2027-02')).toBe(false);
    expect(await t.retain.spent()).toEqual([{ epoch: '2027-03', messages: 1 }]);
  });
});
