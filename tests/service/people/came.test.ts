/** From where somebody comes: kinds of programs, networks and never an address. */
import { expect, it } from 'vitest';
import { agentOf, cameFacts, networkOf } from '../../../service/people/came.ts';
import { clientOf } from '../../../service/http/throttle.ts';

const WINDOWS = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)';
it.each([
  [`${WINDOWS} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0`, 'edge-windows'], [`${WINDOWS} Chrome/143.0.0.0 Safari/537.36`, 'chrome-windows'], [`${WINDOWS} Chrome/120.0 Safari/537.36 OneOutlook/1.2026`, 'outlook-windows'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Safari/605.1.15', 'safari-mac'], ['Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0', 'firefox-linux'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/142.0 Mobile/15E148 Safari/604.1', 'chrome-ios'], ['Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36', 'chrome-android'],
  ['curl/8.9.1', 'program-other'], ['', 'other-other'], ['jane@x.test 10.0.0.1 <script>', 'other-other'], ['x'.repeat(100_000), 'other-other'],
])('%s', (agent, kind) => expect(agentOf(agent)).toBe(kind));

it.each([
  ['10.1.2.3', '10.1.2.250', true], ['10.1.2.3', '10.1.3.3', false], ['2001:db8:1:2::3', '2001:db8:1:99::4', true], ['2001:db8:1::1', '2001:db8:2::1', false], ['::ffff:10.1.2.3', '10.1.2.9', true], ['nonsense', 'nonsense', true],
])('%s and %s are one network: %s', (a, b, same) => {
  const [one, other] = [a, b].map((peer) => networkOf(clientOf(peer, undefined, [])));
  expect(one === other).toBe(same);
});

it('says neither address nor program by name', () => {
  const facts = cameFacts({ index: (field, value) => Buffer.from(`${field}/${value}`).toString('hex').padEnd(64, '0') }, { client: clientOf('10.1.2.3', undefined, []), agent: 'curl/8.9.1 jane@x.test' });
  expect(Object.keys(facts).sort()).toEqual(['agent', 'network']);
  expect(facts['network']).toMatch(/^[0-9a-f]{16}$/);
  expect(cameFacts({ index: () => '' }, undefined)).toEqual({});
});
