import { expect, test } from 'vitest';
import { DAY, dayOf, openTally, reportOf, sessionOf } from '../../../service/tally/tally.ts';
import type { Attempt, Delivery } from '../../../service/deliver/deliver.ts';
import { onEveryEngine, type Ground } from '../store/engines.ts';

const room = (path: string) => new URL(path, import.meta.url);
const rooms = { audit: room('../../../service/audit/audit.sql.ts'), tally: room('../../../service/tally/tally.sql.ts') };
const attempt = (code: string, facts: object = {}): Attempt => ({ host: 'MX.a.test', ip: '192.0.2.1', assurance: { grade: 'B', code }, facts: { dane: 'none', sts: 'none', reused: false, ...facts }, held: { lines: ['version: STSv1', 'mx: *.a.test'], from: '198.51.100.7' } });

test.each<[string | null, string]>([[null, ''], ['10.1.2.3', ''], ['192.168.0.9', ''], ['172.16.0.1', ''], ['172.15.0.1', '172.15.0.1'], ['100.64.0.1', ''], ['::ffff:10.0.0.1', ''], ['fd00::1', ''], ['fe80::1', ''], ['2001:db8::5', '2001:db8::5'], ['198.51.100.7', '198.51.100.7']])('called from %s: %s is told', (from, told) => {
  expect(sessionOf({ ...attempt('pkix'), held: { lines: [], from } })?.caller).toBe(told);
});

test('what a domain publishes is kept to a size', () => {
  const lines = JSON.parse(sessionOf({ ...attempt('mta-sts', { sts: 'enforce' }), held: { lines: Array.from({ length: 9_000 }, () => `mx: ${'a'.repeat(60_000)}`), from: null } })?.lines ?? '[]') as string[];
  expect(JSON.stringify(lines).length).toBeLessThan(12_000);
  expect(lines).not.toEqual([]);
});

test.each<[string, Attempt, unknown]>([
  ['a session that proved itself', attempt('pkix'), { policy: 'no-policy-found', lines: '[]', result: '', host: 'mx.a.test', ip: '192.0.2.1', caller: '198.51.100.7' }],
  ['one over a connection counted before', attempt('pkix', { reused: true }), null],
  ['a host that was not reached', attempt('not-reached'), null],
  ['no STARTTLS', attempt('starttls-missing'), { result: 'starttls-not-supported' }],
  ['an expired certificate', attempt('certificate-expired'), { result: 'certificate-expired' }],
  ['another name', attempt('certificate-name'), { result: 'certificate-host-mismatch' }],
  ['an unknown authority', attempt('certificate-untrusted'), { result: 'certificate-not-trusted' }],
  ['DANE that fits', attempt('dane', { dane: 'records' }), { policy: 'tlsa', result: '' }],
  ['DANE that does not', attempt('dane-failed', { dane: 'records' }), { policy: 'tlsa', result: 'validation-failure' }],
  ['DANE that cannot be looked up', attempt('dane-unknown', { dane: 'unknown' }), { policy: 'tlsa', result: 'dnssec-invalid' }],
  ['MTA-STS kept', attempt('mta-sts', { sts: 'enforce' }), { policy: 'sts', lines: '["version: STSv1","mx: *.a.test"]', result: '' }],
  ['MTA-STS broken', attempt('sts-failed', { sts: 'enforce' }), { policy: 'sts', result: 'validation-failure' }],
  ['a code by the name of a method', attempt('constructor'), null],
])('%s', (_what, tried, expected) => (expected === null ? expect(sessionOf(tried)).toBeNull() : expect(sessionOf(tried)).toMatchObject(expected as object)));

async function open(ground: Ground) {
  const world = { clock: Date.UTC(2026, 10, 20, 23, 59), now: () => world.clock };
  const store = await ground.open(rooms, { now: world.now });
  return { world, store, tally: openTally({ store, world }) };
}
const sent = (...attempts: Attempt[]): Delivery => ({ kind: 'relayed', attempts });

onEveryEngine((ground) => {
  test('counts by day and destination add up over flushes and midnight; old days go', async () => {
    const { world, tally } = await open(ground);
    const day = dayOf(world.clock);
    for (let n = 0; n < 3; n += 1) tally.tried('a.test', sent(attempt('pkix')));
    await tally.flush();
    tally.tried('a.test', { kind: 'refused', code: 'certificate-expired', attempts: [attempt('certificate-expired'), attempt('pkix')] });
    tally.came('a.test', 'bounced');
    world.clock += 120_000;
    tally.tried('b.test', sent(attempt('pkix')));
    await tally.flush();
    expect(await tally.sessions(day, 'a.test')).toMatchObject([{ result: '', sessions: 4 }, { result: 'certificate-expired', sessions: 1 }]);
    expect(await tally.sessions(day, 'b.test')).toEqual([]);
    expect(await tally.outcomes(30)).toEqual([{ domain: 'a.test', outcomes: { bounced: 1, refused: 1, relayed: 3 } }, { domain: 'b.test', outcomes: { relayed: 1 } }]);
    expect(await tally.outcomes(1)).toEqual([{ domain: 'b.test', outcomes: { relayed: 1 } }]);
    world.clock += 10 * DAY;
    await tally.forget();
    expect([await tally.sessions(day, 'a.test'), (await tally.outcomes(30)).length]).toEqual([[], 2]);
  });

  test('a report is due once, is claimed by one, comes again when it failed, and ends', async () => {
    const { world, store, tally } = await open(ground);
    const { write } = store.room<typeof import('../../../service/tally/tally.sql.ts')>('tally');
    const day = dayOf(world.clock);
    tally.tried('a.test', sent(attempt('pkix')));
    await tally.flush();
    world.clock += DAY;
    const claim = () => write.claim({ day, domain: 'a.test', now: world.clock, next: world.clock + 3_600_000 });
    expect([await tally.due(day, 10), await claim(), await claim(), await tally.due(day, 10)]).toEqual([['a.test'], true, false, []]);
    world.clock += 3_600_001;
    expect([await tally.due(day, 10), await claim()]).toEqual([['a.test'], true]);
    expect([await write.giveUp({ day, domain: 'a.test', tries: 6 }), await write.end({ day, domain: 'a.test', state: 'none', events: [] })]).toEqual([false, true]);
    world.clock += 3_600_001;
    expect([await tally.due(day, 10), await claim()]).toEqual([[], false]);
  });
});

test('the report says what RFC 8460 §4.4 asks for, apart for each policy there was', () => {
  const day = dayOf(Date.UTC(2026, 10, 20));
  const sts = ['version: STSv1', 'mode: enforce', 'mx: *.a.test', 'mx: mx.b.test', 'max_age: 604800'];
  const tlsa = ['_25._tcp.mx.a.test. IN TLSA 3 1 1 0707'];
  const row = { domain: 'a.test', host: 'mx.a.test', ip: '192.0.2.1', caller: '198.51.100.7', policy: 'sts', lines: JSON.stringify(sts), result: '', sessions: 7 } as const;
  const report = reportOf({
    day, domain: 'a.test', organisation: 'Riverside Clinic', contact: 'secure@riverside.test', id: 'rpt_1',
    rows: [row, { ...row, result: 'certificate-expired', sessions: 2 }, { ...row, policy: 'tlsa', lines: JSON.stringify(tlsa), caller: '', result: 'validation-failure', sessions: 1 }, { ...row, policy: 'no-policy-found', lines: '[]' }],
  });
  const failed = { 'receiving-mx-hostname': 'mx.a.test', 'receiving-ip': '192.0.2.1' };
  expect(report).toEqual({
    'organization-name': 'Riverside Clinic', 'date-range': { 'start-datetime': '2026-11-20T00:00:00Z', 'end-datetime': '2026-11-20T23:59:59Z' }, 'contact-info': 'secure@riverside.test', 'report-id': 'rpt_1',
    policies: [
      {
        policy: { 'policy-type': 'sts', 'policy-string': sts, 'policy-domain': 'a.test', 'mx-host': ['*.a.test', 'mx.b.test'] }, summary: { 'total-successful-session-count': 7, 'total-failure-session-count': 2 },
        'failure-details': [{ 'result-type': 'certificate-expired', 'sending-mta-ip': '198.51.100.7', ...failed, 'failed-session-count': 2 }],
      },
      {
        policy: { 'policy-type': 'tlsa', 'policy-string': tlsa, 'policy-domain': 'mx.a.test' }, summary: { 'total-successful-session-count': 0, 'total-failure-session-count': 1 },
        'failure-details': [{ 'result-type': 'validation-failure', ...failed, 'failed-session-count': 1 }],
      },
      { policy: { 'policy-type': 'no-policy-found', 'policy-domain': 'a.test' }, summary: { 'total-successful-session-count': 7, 'total-failure-session-count': 0 } },
    ],
  });
});
