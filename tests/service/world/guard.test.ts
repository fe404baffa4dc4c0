/** Addresses a stranger may choose for us, and addresses he may not. */
import { describe, expect, test } from 'vitest';
import { openWorld } from '../../../service/world.ts';
import { openGuard } from '../../../service/world/guard.ts';

const PUBLIC = [
  '1.1.1.1', '8.8.8.8', '9.255.255.255', '11.0.0.1', '100.63.255.255', '100.128.0.1', '126.255.255.255', '128.0.0.1', '169.253.0.1', '172.15.255.255', '172.32.0.1',
  '192.0.1.1', '192.167.0.1', '192.169.0.1', '198.17.0.1', '198.20.0.1', '203.0.112.1', '223.255.255.255',
  '2606:4700:4700::1111', '2001:4860:4860::8888', '2400:cb00::1', '2a00:1450:4001::1a', '2001:200::1', '3ffe::1', '::ffff:8.8.8.8', '::ffff:808:808',
];

const REFUSED = [
  '0.0.0.0', '0.1.2.3', '10.0.0.1', '10.255.255.255', '100.64.0.1', '100.127.255.255', '127.0.0.1', '127.1.2.3', '169.254.169.254', '172.16.0.1', '172.31.255.255', '192.0.0.8', '192.0.2.1',
  '192.88.99.1', '192.168.1.1', '198.18.0.1', '198.19.255.255', '198.51.100.7', '203.0.113.9', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255',
  '::', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.0.0.1', '0:0:0:0:0:ffff:a9fe:a9fe', '::127.0.0.1', '64:ff9b::7f00:1', '64:ff9b:1::1', '100::1', '2001::1', '2001:db8::1', '2002:7f00:1::',
  '3fff::1', '5f00::1', 'fc00::1', 'fd12:3456::1', 'fe80::1', 'fe80::1%eth0', 'fec0::1', 'ff02::1',
  '', 'localhost', '127.1', '0177.0.0.1', '2130706433', '0x7f.1', '127.0.0.1 ', '[::1]', '1.2.3.4/32', '::1::',
];

describe('addresses', () => {
  const guard = openGuard([]);
  test.each(PUBLIC)('%s may be dialled', (address) => expect(guard(address)).toBe(true));
  test.each(REFUSED)('%s may not', (address) => expect(guard(address)).toBe(false));
});

describe('allowed networks', () => {
  const guard = openGuard(['10.1.0.0/16', '192.168.7.7', 'fd00:1::/32', '10.9.8.0/23']);
  test.each([
    ['10.1.0.1', true], ['10.1.255.255', true], ['10.2.0.1', false], ['192.168.7.7', true], ['192.168.7.8', false], ['fd00:1::5', true], ['fd00:2::5', false], ['::ffff:10.1.2.3', true], ['::ffff:10.2.2.3', false],
    ['10.9.9.255', true], ['10.9.10.0', false], ['10.9.7.255', false],
  ])('%s: %s', (address, allowed) => expect(guard(address)).toBe(allowed));

  test.each(['10.0.0.0/33', '10.0.0.0/x', '10.0.0.0/-1', 'fd00::/129', 'anything', '/8', '10.0.0/8', '10.0.0.0/'])('%s is not a network', (text) => expect(() => openGuard([text])).toThrow('address/bits'));
});

test('a refused address is not dialled', async () => {
  const world = openWorld({ resolver: '127.0.0.1:1', resolverTrusted: false, allowedNetworks: [] });
  await expect(world.dial({ address: '127.0.0.1', port: 9, timeout: 1000 })).rejects.toMatchObject({ code: 'address-refused' });
  await expect(world.dial({ address: 'localhost', port: 9, timeout: 1000 })).rejects.toMatchObject({ code: 'address-refused' });
});
