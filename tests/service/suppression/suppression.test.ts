import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { PreparedEvent } from '../../../service/audit/audit.ts';
import { lasting, openSuppression } from '../../../service/suppression/suppression.ts';
import { openVault } from '../../../service/vault/vault.ts';
import { CAUSES } from '../../../shared/track/cause.ts';
import { onEveryEngine, type Ground } from '../store/engines.ts';

const room = (path: string) => new URL(path, import.meta.url);
const rooms = { audit: room('../../../service/audit/audit.sql.ts'), suppression: room('../../../service/suppression/suppression.sql.ts') };
const WALT = 'Walt.Finch@oldpost.test';
const DAY = 86_400_000;
const by = { kind: 'staff', id: 'ivy' } as const;
let serial = 0;

async function open(ground: Ground) {
  const world = { clock: Date.UTC(2026, 10, 21), now: () => (world.clock += 1), random: (n: number) => crypto.getRandomValues(new Uint8Array(n)) };
  const store = await ground.open(rooms, { now: world.now });
  const { folder } = await ground.place();
  const vault = await openVault({ folder: join(folder, 'keys'), masterKey: { file: join(folder, 'master'), create: true }, world });
  const drafts: { readonly type: string; readonly facts?: unknown }[] = [];
  const prepare = (draft: { readonly type: string; readonly facts?: unknown }): PreparedEvent => {
    drafts.push(draft);
    return { id: `evt_${++serial}`, time: 1, type: draft.type, outcome: 'ok', actor: 'ivy', message: 'msg_1', item: null as never, leaf: '{}', sealed: null, kid: 'k' };
  };
  const noted = async () => (await store.room<typeof import('../../../service/audit/audit.sql.ts')>('audit').read.ofMessage({ message: 'msg_1' })).length;
  return { suppression: openSuppression({ store, vault, world, audit: { prepare } as never }), store, world, drafts, noted };
}

onEveryEngine((ground) => {
  test('is found whatever the case of the address, until its time is over; who asked is heard until lifted', async () => {
    const { suppression, world, noted } = await open(ground);
    expect(await suppression.of([WALT])).toEqual([null]);
    await suppression.record({ address: WALT, reason: 'bounced', code: 'mailbox-unknown', by });
    await suppression.record({ address: 'asked@oldpost.test', reason: 'asked', code: '', by });
    expect(await suppression.of(['eve@x.test', WALT.toLowerCase(), 'asked@oldpost.test'])).toMatchObject([null, { reason: 'bounced', code: 'mailbox-unknown' }, { reason: 'asked', until: null }]);
    world.clock += 31 * DAY;
    expect(await suppression.of([WALT, 'asked@oldpost.test'])).toMatchObject([null, { reason: 'asked' }]);
    await suppression.forget();
    const [left, ...others] = await suppression.entries('', 10);
    expect([left, others]).toMatchObject([{ address: 'asked@oldpost.test', by: 'ivy' }, []]);
    expect(await suppression.lift(left?.id ?? '', by)).toBe(true);
    expect(await suppression.lift(left?.id ?? '', by)).toBe(false);
    expect([await suppression.entries('', 10), await noted()]).toEqual([[], 3]);
  });

  test('the newer counts, but nothing replaces what a person asked for', async () => {
    const { suppression, noted } = await open(ground);
    await suppression.record({ address: WALT, reason: 'bounced', code: 'mailbox-unknown', by });
    await suppression.record({ address: WALT, reason: 'complained', code: 'abuse', by });
    expect(await suppression.of([WALT])).toMatchObject([{ reason: 'complained' }]);
    await suppression.record({ address: WALT, reason: 'asked', code: '', by });
    const kept = await suppression.record({ address: WALT, reason: 'bounced', code: 'mailbox-unknown', by });
    expect([kept, await suppression.of([WALT]), await noted()]).toMatchObject([{ reason: 'asked' }, [{ reason: 'asked' }], 3]);
  });

  test('no address is in its facts, in its table, or taken where there is none', async () => {
    const { suppression, store, drafts } = await open(ground);
    await suppression.record({ address: WALT, reason: 'complained', code: 'abuse', by });
    expect(JSON.stringify(drafts.map((d) => d.facts))).not.toMatch(/walt|finch|oldpost/i);
    const rows = await store.room<typeof import('../../../service/suppression/suppression.sql.ts')>('suppression').read.page({ after: '', now: 0, limit: 10 });
    expect(rows).toHaveLength(1);
    expect(Buffer.concat(rows.flatMap((r) => Object.values(r).map((v) => Buffer.from(v instanceof Uint8Array ? v : String(v))))).toString('latin1')).not.toMatch(/walt|finch|oldpost/i);
    for (const address of ['nobody', 'x@b\u00fccher.test']) expect(await suppression.record({ address, reason: 'asked', code: '', by })).toEqual({ kind: 'refused', code: 'bad-address' });
  });
});

test.each(['mailbox-unknown', 'mailbox-disabled', 'mailbox-moved'])('%s says something of the mailbox', (code) => expect([lasting(code), code in CAUSES]).toEqual([true, true]));
test.each(['mailbox-full', 'content-refused', 'policy-refused', 'given-up', 'domain-unknown', 'try-later'])('%s does not', (code) => expect([lasting(code), code in CAUSES]).toEqual([false, true]));
