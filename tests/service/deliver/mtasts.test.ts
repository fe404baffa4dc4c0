/** MTA-STS: what counts as a policy, what a policy covers, and that silence does not end it. */
import { describe, expect, test } from 'vitest';
import { keepInMemory, lists, openSts, parsePolicy, type StsPolicy } from '../../../service/deliver/mtasts.ts';
import { Fault } from '../../../service/refusal.ts';
import type { Fetched } from '../../../service/world.ts';

const POLICY = 'version: STSv1\r\nmode: enforce\r\nmx: mail.example.test\r\nmx: *.example.test\r\nmax_age: 86400\r\n';

const TEXTS: readonly (readonly [what: string, text: string, expected: object | null])[] = [
  ['as in the RFC', POLICY, { mode: 'enforce', mx: ['mail.example.test', '*.example.test'], expires: 1000 + 86_400_000 }],
  ['LF alone', POLICY.replaceAll('\r', ''), { mode: 'enforce' }],
  ['no last line end', POLICY.trimEnd(), { mode: 'enforce' }],
  ['testing', POLICY.replace('enforce', 'testing'), { mode: 'testing' }],
  ['none, without MX', 'version: STSv1\nmode: none\nmax_age: 1', { mode: 'none', mx: [] }],
  ['unknown keys are passed over', `${POLICY}future: yes\r\n`, { mode: 'enforce' }],
  ['the first of a key counts', `${POLICY}mode: none\r\n`, { mode: 'enforce' }],
  ['an age beyond a year is a year', POLICY.replace('86400', '9999999999'), { expires: 1000 + 31_557_600_000 }],
  ['upper case in a host', POLICY.replace('mail.example', 'MAIL.Example'), { mx: ['mail.example.test', '*.example.test'] }],
  ['no version', POLICY.replace('version: STSv1\r\n', ''), null],
  ['another version', POLICY.replace('STSv1', 'STSv2'), null],
  ['no mode', POLICY.replace('mode: enforce\r\n', ''), null],
  ['another mode', POLICY.replace('enforce', 'maybe'), null],
  ['no age', POLICY.replace('max_age: 86400\r\n', ''), null],
  ['an age that is no number', POLICY.replace('86400', 'soon'), null],
  ['enforce without MX', 'version: STSv1\nmode: enforce\nmax_age: 1', null],
  ['a wildcard within', POLICY.replace('*.example', 'a.*.example'), null],
  // a pattern that walks over the blanks from each of them would not come to an end here
  ['two million blanks within a value', POLICY.replace('enforce', `enforce${' '.repeat(2_000_000)}or not`), null],
  ['HTML', '<!doctype html><title>Welcome</title>', null],
  ['nothing', '', null],
];

describe('policies', () => {
  test.each(TEXTS)('%s', (_what, text, expected) => {
    const policy = parsePolicy(text, 'id1', 1000);
    if (expected) expect(policy).toMatchObject(expected);
    else expect(policy).toBeNull();
  });

  test.each([
    ['mail.example.test', true], ['any.example.test', true], ['a.b.example.test', false], ['example.test', false], ['mail.example.test.evil.test', false], ['xexample.test', false], ['.example.test', false],
  ])('%s: %s', (host, covered) => expect(lists(parsePolicy(POLICY, 'id', 0) as StsPolicy, host)).toBe(covered));
});

interface Scene {
  txt: string[] | 'broken';
  page: { status?: number; type?: string; body?: string } | 'broken';
  now: number;
}

function stage(scene: Scene) {
  const asked: { url: string; redirects: number | undefined }[] = [];
  const look = openSts({
    port: 443,
    policies: keepInMemory(),
    world: {
      now: () => scene.now,
      dns: { txt: () => (scene.txt === 'broken' ? Promise.reject(new Fault('dns-failed', 'no')) : Promise.resolve({ records: scene.txt, authentic: false })) } as never,
      fetch: (url, ask): Promise<Fetched> => {
        asked.push({ url, redirects: ask?.redirects });
        if (scene.page === 'broken') return Promise.reject(new Fault('fetch-failed', 'no'));
        return Promise.resolve({ status: scene.page.status ?? 200, headers: new Headers({ 'content-type': scene.page.type ?? 'text/plain; charset=utf-8' }), body: Buffer.from(scene.page.body ?? POLICY) });
      },
    },
  });
  return { look, asked };
}

const ONE = ['v=STSv1; id=one;'];

describe('looking', () => {
  test('fetches once, from the right place, without redirects, and keeps it', async () => {
    const { look, asked } = stage({ txt: ONE, page: {}, now: 0 });
    expect((await look('example.test'))?.mode).toBe('enforce');
    expect((await look('example.test'))?.id).toBe('one');
    expect(asked).toEqual([{ url: 'https://mta-sts.example.test/.well-known/mta-sts.txt', redirects: 0 }]);
  });
  test.each<[string, Partial<Scene>]>([
    ['the record is gone', { txt: [] }], ['DNS is broken', { txt: 'broken' }], ['two records', { txt: [...ONE, ...ONE] }], ['the page is gone', { txt: ['v=STSv1; id=two;'], page: { status: 404 } }],
    ['the server is down', { txt: ['v=STSv1; id=two;'], page: 'broken' }], ['the page is no policy', { txt: ['v=STSv1; id=two;'], page: { body: 'nonsense' } }],
  ])('a promise once heard is kept while %s', async (_what, later) => {
    const scene: Scene = { txt: ONE, page: {}, now: 0 };
    const { look } = stage(scene);
    await look('example.test');
    Object.assign(scene, later, { now: 80_000_000 });
    expect((await look('example.test'))?.id).toBe('one');
    scene.now = 90_000_000;
    expect(await look('example.test')).toBeNull();
  });
  test('a new id is a new policy', async () => {
    const scene: Scene = { txt: ONE, page: {}, now: 0 };
    const { look } = stage(scene);
    await look('example.test');
    Object.assign(scene, { txt: ['v=STSv1; id=two'], page: { body: POLICY.replace('enforce', 'testing') } });
    expect(await look('example.test')).toMatchObject({ id: 'two', mode: 'testing' });
  });
  test.each<[string, Partial<Scene>]>([
    ['no record', { txt: [] }], ['another record', { txt: ['v=spf1 -all'] }], ['a record without id', { txt: ['v=STSv1;'] }], ['an id with odd characters', { txt: ['v=STSv1; id=a/b;'] }], ['a redirect', { page: { status: 301 } }], ['HTML', { page: { type: 'text/html' } }],
  ])('none with %s', async (_what, scene) => {
    const { look } = stage({ txt: ONE, page: {}, now: 0, ...scene });
    expect(await look('example.test')).toBeNull();
  });
});
