import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clientOf, inNetwork, isLoopback, openThrottle } from '../../../service/http/throttle.ts';

describe('an address in a network', () => {
  test.each([
    ['10.1.2.3', '10.0.0.0/8', true], ['11.1.2.3', '10.0.0.0/8', false], ['10.1.2.3', '10.1.2.3', true], ['10.1.2.4', '10.1.2.3', false],
    ['::ffff:10.1.2.3', '10.0.0.0/8', true], ['192.168.1.1', '0.0.0.0/0', true], ['fd00::1', '0.0.0.0/0', false],
    ['fd00::1', 'fd00::/8', true], ['fe80::1', 'fd00::/8', false], ['::1', '::1', true], ['2001:db8:0:0:1::', '2001:db8::/32', true],
    ['10.1.2.256', '10.0.0.0/8', false], ['::1::', '::/0', false], ['evil', '0.0.0.0/0', false], ['', '::/0', false], ['1:2:3:4:5:6:7', '::/0', false], ['10.1.2.3', 'nonsense', false],
  ])('%s in %s: %s', (address, network, expected) => expect(inNetwork(address, network)).toBe(expected));
  test('loopback', () => expect(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', '128.0.0.1', '', '::2'].map(isLoopback)).toEqual([true, true, true, true, false, false, false]));
});

describe('the client behind proxies', () => {
  const proxies = ['10.0.0.0/8', 'fd00::/8'];
  test.each([
    ['203.0.113.1', undefined, '203.0.113.1'],
    ['203.0.113.1', '198.51.100.7', '203.0.113.1'],
    ['10.0.0.1', '198.51.100.7', '198.51.100.7'],
    ['10.0.0.1', '1.1.1.1, 198.51.100.7', '198.51.100.7'],
    ['10.0.0.1', '1.1.1.1, 198.51.100.7, 10.0.0.2', '198.51.100.7'],
    ['10.0.0.1', 'unknown, 10.0.0.2', '10.0.0.2'],
    ['10.0.0.1', '', '10.0.0.1'],
  ])('%s with %j is %s', (peer, forwarded, client) => expect(clientOf(peer, forwarded, proxies)).toBe(clientOf(client, undefined, [])));
  test('an IPv6 client counts by its /64', () => {
    expect(clientOf('2001:db8:1:2::1', undefined, [])).toBe(clientOf('2001:db8:1:2:ffff::9', undefined, []));
    expect(clientOf('2001:db8:1:2::1', undefined, [])).not.toBe(clientOf('2001:db8:1:3::1', undefined, []));
  });
  test('who is not a proxy cannot choose its address', () => fc.assert(fc.property(fc.ipV4(), fc.string(), (peer, forwarded) => clientOf(peer, forwarded, []) === clientOf(peer, undefined, []))));
});

test('a bucket gives at most its burst and then its rate, whatever the order', () => {
  fc.assert(fc.property(fc.array(fc.nat(500), { minLength: 1, maxLength: 100 }), (waits) => {
    const world = { clock: 0, now: () => world.clock };
    const throttle = openThrottle({ rate: 5, burst: 10 }, world);
    let taken = 0;
    for (const wait of waits) {
      world.clock += wait;
      if (throttle.take('k') === 0) taken += 1;
      expect(taken).toBeLessThanOrEqual(10 + (world.clock / 1000) * 5 + 1e-6);
    }
  }));
});

test('the seconds to wait are enough', () => {
  const world = { clock: 0, now: () => world.clock };
  for (const rate of [0.3, 0.5, 0.7, 3]) {
    const throttle = openThrottle({ rate, burst: 1 }, world);
    throttle.take('k');
    world.clock += throttle.take('k') * 1000;
    expect(throttle.take('k'), `${rate} a second`).toBe(0);
  }
});
