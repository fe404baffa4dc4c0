import { expect, test } from 'vitest';
import { openLog, type Fields } from '../../service/log.ts';
import { openMetrics } from '../../service/metrics.ts';
import { Fault } from '../../service/refusal.ts';

function lines(): { readonly log: ReturnType<typeof openLog>; readonly said: () => Record<string, unknown>[] } {
  const written: string[] = [];
  return { log: openLog({ now: () => 0, write: (line) => { written.push(line); } }), said: () => written.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

test('only listed fields, and only values that look like ids, codes and patterns', () => {
  const { log, said } = lines();
  log.info('request', { id: 'req_1', route: '/m/:token', status: 200, ms: 3 });
  log.warn('odd', { code: 'jane.roe@hidden.test', id: 'two words', route: '/x?y=1', at: 'line\nbreak', cause: 'x'.repeat(121), status: Number.NaN, subject: 'secret' } as Fields);
  expect(said()).toEqual([
    { time: '1970-01-01T00:00:00.000Z', level: 'info', what: 'request', id: 'req_1', route: '/m/:token', status: 200, ms: 3 },
    { time: '1970-01-01T00:00:00.000Z', level: 'warn', what: 'odd' },
  ]);
});

test('a fault by its code, its causes\' codes and its place; never by its message', () => {
  const { log, said } = lines();
  log.broken('queue', new Fault('disk-broken', 'The disk is broken.', Object.assign(new Error('secret'), { code: 'ENOSPC' })), { id: 'item_1' });
  log.broken('queue', new TypeError('secret'));
  log.broken('queue', 'secret');
  expect(said().map(({ code, cause, id }) => [code, cause, id])).toEqual([['disk-broken', 'ENOSPC', 'item_1'], ['TypeError', undefined, undefined], ['unknown', undefined, undefined]]);
  expect(JSON.stringify(said())).not.toContain('secret');
});

test('figures are in seconds and bytes, and keep their last value', async () => {
  let n = 0;
  const metrics = openMetrics({ read: () => (n++ === 0 ? { oldestReadyMs: 1500, walBytes: 7 } : {}) });
  metrics.accepted(3, 'accepted');
  metrics.attempt('relayed', 'smime');
  for (const text of [await metrics.text(), await metrics.text()]) {
    for (const line of ['sendsecure_queue_oldest_ready_seconds 1.5', 'sendsecure_store_wal_bytes 7', 'sendsecure_delivery_attempts_total{outcome="relayed",protection="smime"} 1', 'sendsecure_accept_seconds_count{outcome="accepted"} 1', 'process_resident_memory_bytes']) expect(text).toContain(line);
  }
});
