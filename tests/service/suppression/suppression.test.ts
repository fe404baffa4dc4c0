import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { PreparedEvent } from '../../../service/audit/audit.ts';
import { lasting, openSuppression } from '../../../service/suppression/suppression.ts';
import { FOREVER } from '../../../service/keys/own/shelf.ts';
import { openVault } from '../../../service/vault/vault.ts';
import { CAUSES } from '../../../shared/track/cause.ts';
import { onEveryEngine, type Ground } from '../store/engines.ts';

const room = (path: string) => new URL(path, import.meta.url);
const rooms = { audit: room('../../../service/audit/audit.sql.ts'), suppression: room('../../../service/suppression/suppression.sql.ts'), before: room('./before.sql.ts') };
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
  return { suppression: openSuppression({ store, vault, world, audit: { prepare } as never }), store, vault, world, drafts, noted };
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

  test('what was kept under another spelling of its domain binds the one spelling, once', async () => {
    const { suppression, store, vault } = await open(ground);
    const room = store.room<typeof import('../../../service/suppression/suppression.sql.ts')>('suppression');
    // as it was written before a domain had one spelling
    const before = async (address: string, reason: 'asked' | 'bounced', since: number): Promise<void> => {
      const owner = vault.index('address', address);
      const { keys, wrapped } = await vault.issue(`suppression/${owner}`, { content: FOREVER, evidence: FOREVER });
      await store.room<typeof import('./before.sql.ts')>('before').write.keep({ row: { owner, id: `sup_${since}`, reason, code: '', since, until: null, actor: 'ivy', epoch: FOREVER, content_key: wrapped.content, evidence_key: wrapped.evidence, address: vault.seal(keys.content, `suppression/${owner}`, Buffer.from(address)) } });
    };
    await before('walt@b\u00fccher.test', 'asked', 1);
    await before('eve@b\u00fccher.test', 'bounced', 2);
    await before('sid@b\u00fccher.test', 'bounced', 3);
    await before('tess@lakeside.test', 'bounced', 4);
    await suppression.record({ address: 'eve@xn--bcher-kva.test', reason: 'asked', code: '', by });
    await suppression.record({ address: 'sid@xn--bcher-kva.test', reason: 'complained', code: 'abuse', by });
    const all = ['walt', 'eve', 'sid'].map((name) => `${name}@xn--bcher-kva.test`);
    expect((await suppression.of(all)).map((s) => s?.reason ?? null)).toEqual([null, 'asked', 'complained']);
    await suppression.respell();
    await suppression.respell();
    const now = [['asked', 1], ['asked', expect.any(Number)], ['complained', expect.any(Number)]];
    expect((await suppression.of(all)).map((s) => [s?.reason, s?.since])).toEqual(now);
    // whoever still spells it the other way finds the same
    expect((await suppression.of(all.map((a) => a.replace('xn--bcher-kva', 'b\u00fccher')))).map((s) => [s?.reason, s?.since])).toEqual(now);
    expect((await suppression.entries('', 10)).map((e) => e.address).sort()).toEqual(['eve@xn--bcher-kva.test', 'sid@xn--bcher-kva.test', 'tess@lakeside.test', 'walt@xn--bcher-kva.test']);
    expect(await room.read.unspelt({ limit: 10 })).toEqual([]);
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
