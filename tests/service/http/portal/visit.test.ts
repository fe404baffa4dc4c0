import { describe, expect, it, test } from 'vitest';
import { openCrowd, signOf } from '../../../../service/http/portal/visit.ts';

const CHROME = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';
const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0';
const SAFARI = 'Mozilla/5.0 (iPhone; CPU iPhone OS 15_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.6 Mobile/15E148 Safari/604.1';
const OLD = 'Mozilla/5.0 (Windows NT 6.1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/49.0.2623.112 Safari/537.36';
const TAPPED = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'sec-fetch-site': 'none', 'sec-fetch-user': '?1' };

describe('what a visit says of itself', () => {
  test.each<[string, string, { [name: string]: string }, string | null]>([
    ['a tap in Chrome', 'GET', { 'user-agent': CHROME, ...TAPPED }, null],
    ['a tap in Firefox', 'GET', { 'user-agent': FIREFOX, ...TAPPED }, null],
    ['a tap in an iPhone without Fetch Metadata', 'GET', { 'user-agent': SAFARI }, null],
    ['a tap in a browser older than Fetch Metadata', 'GET', { 'user-agent': OLD }, null],
    ['a tap inside an app that frames the page', 'GET', { 'user-agent': CHROME, 'sec-fetch-mode': 'navigate' }, null],
    ['asking for the head', 'HEAD', { 'user-agent': CHROME, ...TAPPED }, 'head'],
    ['loading ahead', 'GET', { 'user-agent': CHROME, ...TAPPED, 'sec-purpose': 'prefetch;prerender' }, 'prefetch'],
    ['loading ahead, the old way', 'GET', { 'user-agent': FIREFOX, 'x-moz': 'prefetch' }, 'prefetch'],
    ['a preview', 'GET', { 'user-agent': SAFARI, 'x-purpose': 'preview' }, 'prefetch'],
    ['no name at all', 'GET', {}, 'agent'],
    ['curl', 'GET', { 'user-agent': 'curl/8.5.0' }, 'agent'],
    ['a gateway that says so', 'GET', { 'user-agent': 'Mozilla/5.0 (compatible; Proofpoint URL Defense)', ...TAPPED }, 'agent'],
    ['a bot', 'GET', { 'user-agent': 'Mozilla/5.0 (compatible; bingbot/2.0)' }, 'agent'],
    ['a browser without a screen', 'GET', { 'user-agent': CHROME.replace('Chrome', 'HeadlessChrome'), ...TAPPED }, 'agent'],
    ['the name of Chrome without what Chrome says', 'GET', { 'user-agent': CHROME }, 'headers'],
    ['the name of Firefox without what Firefox says', 'GET', { 'user-agent': FIREFOX }, 'headers'],
    ['fetched by a script', 'GET', { 'user-agent': CHROME, 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }, 'headers'],
    ['loaded as a picture', 'GET', { 'user-agent': CHROME, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'image' }, 'headers'],
  ])('%s', (_what, method, headers, sign) => expect(signOf(method, (name) => headers[name])).toBe(sign));

  it('has no trouble with what is endless', () => expect(signOf('GET', () => `Mozilla/5.0 ${'Chrome/'.repeat(2_000)}`)).toBe('headers'));
});

it('several links within a second are a gateway; the same one again, or one after another, are not', () => {
  let now = 0;
  const crowd = openCrowd(() => now);
  expect(['a', 'a', 'a', 'b', 'b'].map((token) => crowd('198.51.100.7', token))).toEqual([false, false, false, false, false]);
  expect([crowd('203.0.113.9', 'c'), crowd('198.51.100.7', 'c'), crowd('198.51.100.7', 'd')]).toEqual([false, true, true]);
  now = 1_001;
  expect(crowd('198.51.100.7', 'e')).toBe(false);
  for (let n = 0; n < 20_000; n += 1) crowd(`client ${n}`, 'x');
  expect(crowd('client 19999', 'y')).toBe(false);
});
