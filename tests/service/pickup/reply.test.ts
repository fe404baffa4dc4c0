/** Answers of a day: ten, however many come at once, and one however often it is sent. */
import { expect, test } from 'vitest';
import { LIMITS } from '../../../service/pickup/reply/reply.sql.ts';
import { onEveryEngine } from '../store/engines.ts';

const room = (path: string) => new URL(`../../../service/${path}`, import.meta.url);

onEveryEngine((ground) => test('thirty at once have ten places; a place that came to nothing is free again, one that became a message is taken for a day', async () => {
  const clock = { now: 1_700_000_000_000 };
  const store = await ground.open({ audit: room('audit/audit.sql.ts'), reply: room('pickup/reply/reply.sql.ts') }, { now: () => clock.now });
  const { write } = store.room<typeof import('../../../service/pickup/reply/reply.sql.ts')>('reply');
  const whose = { item: 'item_1', reader: '' };
  const reserve = (n: number) => write.reserve({ ...whose, place: `place_${n}`, time: clock.now });
  const first = await Promise.all(Array.from({ length: 30 }, (_, n) => reserve(n)));
  expect(first.filter(Boolean)).toHaveLength(LIMITS.perDay);
  const had = first.indexOf(true);
  expect(await reserve(had), 'its own place').toBe(true);
  await write.release({ place: `place_${had}` });
  expect([await reserve(31), await reserve(32)]).toEqual([true, false]);
  expect(await write.add({ ...whose, place: 'place_31', message: 'msg_1', time: clock.now, events: [{ id: 'evt_1', time: 1, type: 'portal.replied', outcome: 'ok', actor: 'recipient', message: 'msg_0', item: 'item_1', leaf: '{}', sealed: null, kid: 'key_1' }] })).toBe(true);
  expect(await reserve(33)).toBe(false);
  expect(await write.reserve({ item: 'item_1', reader: 'rdr_1', place: 'other', time: clock.now }), 'another reader').toBe(true);
  clock.now += LIMITS.day;
  expect(await reserve(33)).toBe(true);
}));
