/** The console's frame over the real service: signing in and out, who is shown what, a fresh sign-in when one is needed, light, dark, narrow, by keyboard. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONSOLE_DIST } from '../../console/build.ts';
import { shownTo } from '../../console/screens.ts';
import { STAFF, STRONG } from '../../lab/people.ts';
import type { Weight } from '../../webpack.build.ts';
import { PATIENCE } from '../until.ts';
import { openHall, type Hall } from './desk.ts';

let hall: Hall;
beforeAll(async () => {
  hall = await openHall({ STEP_UP_ACR: STRONG });
  const sent = [
    await hall.stage.send('ana', { to: [{ address: 'tess.lane@lakeside.test' }, { address: 'rosa.delgado@brightmail.test' }] }),
    await hall.stage.send('ana', { to: [{ address: 'sam.park@stmarys.test' }], subject: 'Results', text: 'Jane Roe, MRN 00482913, has diabetes mellitus type 2. DOB 03/04/1961.' }),
  ];
  for (const { body } of sent) await hall.stage.until('ana', body.id, ['relayed', 'opened']);
  await hall.stage.service.audit.flush();
});
afterAll(async () => { await hall?.close(); });

describe('signing in', () => {
  it('leads to the issuer and back to where one wanted to go; the cookie is no script\'s; signing out ends it at the service', async () => {
    const desk = await hall.open();
    await desk.page.goto(`${hall.stage.url}/console?days=7`);
    await desk.page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await desk.pick('ivy');
    await desk.page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    await desk.page.waitForURL(`${hall.stage.url}/console?days=7`);
    expect(await desk.page.evaluate(() => document.cookie)).toBe('');
    const cookie = (await desk.context.cookies()).find((c) => c.name === 'console');
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/' });
    const asIvy = (csrf: Record<string, string> = {}) => fetch(`${hall.stage.url}/console/session`, { headers: { cookie: `console=${cookie?.value}`, ...csrf } });
    expect((await asIvy()).status).toBe(200);
    await desk.page.getByRole('button', { name: 'Ivy Chen' }).click();
    await desk.page.getByRole('menuitem', { name: 'Sign out' }).click();
    await desk.page.getByText('You have signed out.').waitFor();
    expect((await asIvy()).status).toBe(401);
    expect((await fetch(`${hall.stage.url}/api/v1/queue`, { headers: { cookie: `console=${cookie?.value}` } })).status).toBe(401);
    // The next sign-in asks for the person again, although the issuer remembers one.
    await desk.page.getByRole('button', { name: 'Sign in again' }).click();
    await desk.pick('ben');
    await desk.page.getByRole('button', { name: 'Ben Okafor' }).waitFor();
    expect(desk.faults).toEqual([]);
    await desk.context.close();
  });

  it('refuses what was begun elsewhere, was cancelled, or would lead elsewhere', async () => {
    const go = async (path: string, cookie = '') => { const a = await fetch(`${hall.stage.url}${path}`, { redirect: 'manual', headers: cookie === '' ? {} : { cookie } }); return { status: a.status, to: a.headers.get('location') ?? '', cookies: a.headers.getSetCookie() }; };
    expect((await go('/console/signed-in?code=x&state=y')).to).toBe('/console/sign-in-failed?code=stale');
    const begun = await go('/console/sign-in?to=https://evil.test/');
    const cookie = begun.cookies.find((c) => c.startsWith('console-sign-in='))?.split(';')[0] ?? '';
    expect(JSON.parse(Buffer.from(cookie.split('=')[1] ?? '', 'base64url').toString())).toMatchObject({ to: '/console' });
    const state = new URL(begun.to).searchParams.get('state') ?? '';
    expect(new URL(begun.to).searchParams.get('code_challenge_method')).toBe('S256');
    expect((await go(`/console/signed-in?code=x&state=${state}x`, cookie)).to).toBe('/console/sign-in-failed?code=stale');
    expect((await go(`/console/signed-in?error=access_denied&state=${state}`, cookie)).to).toBe('/console/sign-in-failed?code=cancelled');
    expect((await go(`/console/signed-in?code=made-up&state=${state}`, cookie)).to).toBe('/console/sign-in-failed?code=stale');
    expect((await go(`/console/signed-in?code=x&state=${state}`, 'console-sign-in=bm9uc2Vuc2U')).to).toBe('/console/sign-in-failed?code=stale');
    // Counted as failed tokens are, but not what its person broke off; noted by the calendar's turn.
    await hall.stage.service.note();
    await hall.stage.service.audit.flush();
    const failed = await hall.stage.service.audit.events({ types: ['auth.failed'], limit: 10 });
    // Its own clock may have come by meanwhile: then they stand in two entries.
    const told = 'kind' in failed ? [] : failed.data.map((e) => e.facts);
    expect([new Set(told.map((f) => f['code'])), told.reduce((sum, f) => sum + Number(f['count']), 0)]).toEqual([new Set(['sign-in-stale']), 4]);
    for (const to of ['//evil.test', '/console/../lab', '/console/\\evil.test', '/lab']) expect(JSON.parse(Buffer.from((await go(`/console/sign-in?to=${encodeURIComponent(to)}`)).cookies[0]?.split(';')[0]?.split('=')[1] ?? '', 'base64url').toString()).to).toMatch(/^\/console(?:$|\/\.\.)/);
  });

  it('a change needs the token of the page and our own origin; reading does not', async () => {
    const desk = await hall.enter('ivy');
    const value = (await desk.context.cookies()).find((c) => c.name === 'console')?.value;
    const { csrf } = await desk.page.evaluate(async () => (await fetch('/console/session')).json()) as { csrf: string };
    const pause = async (headers: Record<string, string>) => (await fetch(`${hall.stage.url}/api/v1/queue/pause`, { method: 'POST', headers: { cookie: `console=${value}`, 'content-type': 'application/json', ...headers }, body: '{"domain":"lakeside.test","paused":false}' })).status;
    expect(await pause({})).toBe(403);
    expect(await pause({ 'x-csrf-token': `${csrf}x` })).toBe(403);
    expect(await pause({ 'x-csrf-token': csrf, 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await pause({ 'x-csrf-token': csrf, 'sec-fetch-site': 'same-origin' })).toBe(204);
    const read = async (site: string) => (await fetch(`${hall.stage.url}/api/v1/queue`, { headers: { cookie: `console=${value}`, 'sec-fetch-site': site } })).status;
    expect([await read('same-origin'), await read('same-site'), await read('cross-site')]).toEqual([200, 403, 403]);
    await desk.context.close();
  });
});

describe('each role', () => {
  it.each(STAFF.map((s) => [s.id, s.roles] as const))('%s is shown the screens of their roles and no others', async (person, roles) => {
    const desk = await hall.enter(person);
    const links = await desk.page.getByRole('navigation', { name: 'Screens' }).getByRole('link').allTextContents();
    expect([...links].sort()).toEqual(shownTo(roles).map((s) => s.title).sort());
    if (links.length === 0) await desk.page.getByRole('heading', { name: 'Nothing is set up for you here' }).waitFor();
    await desk.context.close();
  });
});

describe('the overview', () => {
  it('light and dark, wide and narrow: axe finds nothing, nothing is cut off, nothing broke', async () => {
    const desk = await hall.enter('ivy');
    await desk.page.getByText('Proved TLS: ').waitFor();
    await desk.page.getByText('Continues; nothing waits').waitFor();
    await desk.sound('overview');
    await desk.context.close();
  });

  it('says in numbers what was sent, and as a table', async () => {
    const desk = await hall.enter('ivy');
    await desk.page.getByText('Proved TLS: 1').waitFor();
    await desk.page.getByText('S/MIME: 1').waitFor();
    const card = desk.page.getByRole('region', { name: 'Copies by protection' });
    await card.getByRole('button', { name: 'As table' }).click();
    expect(await card.getByRole('columnheader').allTextContents()).toEqual(['Day (UTC)', 'Proved TLS', 'S/MIME', 'Secure page']);
    expect(await card.getByRole('row').count()).toBe(31);
    await desk.context.close();
  });
});

/** A list of a thousand, as the service gives it: at most as many as are asked for, and where to go on. */
const paged = (page: Page, list: string, row: (i: number) => object) => page.route((url) => url.pathname === `/api/v1/${list}`, async (route) => {
  const { searchParams } = new URL(route.request().url());
  const from = Number(searchParams.get('cursor') ?? 0);
  const limit = Number(searchParams.get('limit') ?? 1000);
  await route.fulfill({ json: { data: Array.from({ length: Math.min(limit, 1000 - from) }, (_, i) => row(from + i + 1)), next: from + limit < 1000 ? String(from + limit) : null } });
});

describe('the table', () => {
  it('a thousand rows: a screenful of them is in the page, every one is reached by key and by scrolling, and sorting and filtering find them', async () => {
    const desk = await hall.enter('leo');
    const { page } = desk;
    // The screen of the real service, with an answer of ours, page by page as it gives it.
    await paged(page, 'policies', (i) => ({ version: `pv_${i}`, state: 'retired', hash: 'h', note: `Change ${i}`, base: null, author: 'u_1', created: '2026-11-21T10:00:00Z', submitted: null, decidedBy: null, decided: null, activates: null, activated: null, retired: null, reverts: null, simulated: true }));
    await page.goto(`${hall.stage.url}/console/policy`);
    const grid = page.getByRole('grid', { name: 'Policy' });
    await grid.waitFor();
    await vi.waitFor(async () => expect(await grid.getAttribute('aria-rowcount')).toBe('1001'), { timeout: PATIENCE });
    const inPage = () => grid.getByRole('row').count();
    expect(await inPage()).toBeLessThan(40);
    // one stop of the tab key, then arrows
    await page.getByRole('textbox', { name: 'Filter: Policy' }).press('Tab');
    const here = () => page.evaluate(() => (document.activeElement as HTMLElement).dataset['at'] ?? document.activeElement?.tagName);
    await expect.poll(here).toBe('0.0');
    for (const [key, at] of [['ArrowDown', '1.0'], ['ArrowRight', '1.1'], ['PageDown', '10.1'], ['Control+End', '1000.4'], ['Home', '1000.0'], ['ArrowUp', '999.0'], ['Control+Home', '1.0'], ['ArrowUp', '0.0']] as const) {
      await page.keyboard.press(key);
      await expect.poll(here).toBe(at);
    }
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await expect.poll(() => grid.getByRole('columnheader').first().getAttribute('aria-sort')).toBe('descending');
    await grid.getByText('pv_1000').waitFor();
    await page.getByRole('textbox', { name: 'Filter: Policy' }).fill('Change 77');
    await page.getByText('11 rows').waitFor();
    await grid.evaluate((e) => { e.scrollTop = 1e6; });
    await grid.getByText('Change 77', { exact: true }).click();
    await page.waitForURL('**/console/policy/pv_77');
    await desk.context.close();
  });

  it('where there is no room for its columns it is cards: nothing is scrolled sideways, all are reached and opened by key, sorted and found', async () => {
    const desk = await hall.enter('leo', 'policy', { width: 320, height: 640 });
    const { page } = desk;
    await paged(page, 'policies', (i) => ({ version: `pv_${i}`, state: 'retired', hash: 'h', note: i % 2 === 0 ? '' : `Change ${i}`, base: null, author: 'u_1', created: '2026-11-21T10:00:00Z', submitted: null, decidedBy: null, decided: null, activates: null, activated: null, retired: null, reverts: null, simulated: true }));
    await page.reload();
    const cards = page.getByRole('list', { name: 'Policy' });
    await page.getByText('1,000 rows').waitFor();
    expect(await cards.getByRole('listitem').count()).toBe(40);
    // what a row has nothing of takes no room
    expect(await cards.getByRole('listitem').nth(1).getByRole('term').allTextContents()).toEqual(['State', 'Written']);
    await page.getByRole('button', { name: 'Show 40 of 960 more' }).press('Enter');
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-card'))).toBe('40');
    await desk.choose(page.getByRole('combobox', { name: 'Sort by' }), 'Version');
    await page.getByRole('button', { name: 'Turn round: largest first' }).press('Enter');
    await cards.getByRole('listitem').first().getByText('pv_1000').waitFor();
    expect(await page.evaluate(() => [...document.querySelectorAll('main, main *')].filter((e) => e.scrollWidth > e.clientWidth + 1 && ['auto', 'scroll'].includes(getComputedStyle(e).overflowX)).map((e) => e.outerHTML.slice(0, 120)))).toEqual([]);
    expect([await desk.cut(), await desk.axe()]).toEqual([[], []]);
    await page.getByRole('textbox', { name: 'Filter: Policy' }).fill('Change 777');
    await page.getByText('1 row', { exact: true }).waitFor();
    await cards.getByRole('button', { name: 'pv_777' }).press('Enter');
    await page.waitForURL('**/console/policy/pv_777');
    expect(desk.faults).toEqual([]);
    await desk.context.close();
  });

  const uuid = (i: number) => `0190a000-0000-7000-8000-${String(i).padStart(12, '0')}`;
  const hash = (i: number) => i.toString(16).padStart(32, '0');
  it.each<[path: string, who: string, list: string, label: string, row: (i: number) => object, look: string]>([
    ['keys', 'ivy', 'keys', 'Keys', (i) => ({ id: `key_${uuid(i)}`, address: `p${i}@lakeside.test`, kind: 'smime', trust: 'directory', confirmed: false, source: 'directory', fingerprint: hash(i), created: '2026-11-21T10:00:00Z', state: 'active' }), 'p1000@lakeside.test'],
    ['people', 'ivy', 'people', 'People and roles', (i) => ({ id: `u_${hash(i)}`, name: `Person ${i}`, address: `p${i}@riverside.test`, active: true, roles: ['clinician'], claimed: ['clinician'], assigned: [], taken: [], conflict: [], seen: '2026-11-21T10:00:00Z', cover: null }), 'Person 1000'],
    ['wishes', 'ivy', 'suppressions', 'Addresses not to be written to', (i) => ({ id: `sup_${uuid(i)}`, address: `p${i}@lakeside.test`, reason: 'asked', code: '', since: '2026-11-21T10:00:00Z', until: null, by: 'u_1' }), 'p1000@lakeside.test'],
    ['approvals', 'leo', 'approvals', 'Approvals', (i) => ({ id: `msg_${uuid(i)}`, author: `Person ${i}`, requested: '2026-11-21T10:00:00Z', deadline: '2026-11-22T10:00:00Z', own: false, about: { level: 'phi', kinds: { mrn: 1 }, sensitive: [], people: 1, recipients: 1, outside: 1, attachments: 0, policy: 'pv_1', rules: [], reasons: [`because-${i}`] } }), 'because-1000'],
    ['incidents', 'ben', 'incidents', 'Incidents', (i) => ({ id: `inc_${uuid(i)}`, state: 'open', version: i, message: `msg_${uuid(i)}`, kind: 'other', opened: new Date(Date.UTC(2020, 0, i)).toISOString(), openedBy: 'u_1', discovered: '2026-11-21T10:00:00Z', note: '', recipients: [], copies: [], secured: false, cannot: [], factors: { nature: '', recipient: '', acquired: '', mitigated: '' }, assessment: null, clock: { individuals: '', hhs: '', media: null }, steps: [] }), new Date(Date.UTC(2020, 0, 1000)).toLocaleDateString('en-US', { dateStyle: 'medium' })],
  ])('a thousand rows at %s, page after page: all are there, a screenful of them in the page, and the last is reached by keys alone', async (path, who, list, label, row, look) => {
    const desk = await hall.enter(who);
    await paged(desk.page, list, row);
    await desk.page.goto(`${hall.stage.url}/console/${path}`);
    const grid = desk.page.getByRole('grid', { name: label, exact: true });
    await vi.waitFor(async () => expect(await grid.getAttribute('aria-rowcount')).toBe('1001'), { timeout: PATIENCE });
    expect(await grid.getByRole('row').count()).toBeLessThan(40);
    await grid.getByRole('columnheader').first().focus();
    await desk.page.keyboard.press('Control+End');
    await grid.getByRole('row').filter({ hasText: look }).waitFor();
    expect(await grid.getByRole('row').count()).toBeLessThan(40);
    expect(desk.faults).toEqual([]);
    await desk.context.close();
  });
});

it('bundles: the entry is at most 210 KB gzip, each screen is a chunk', () => {
  const { entry, weights } = JSON.parse(readFileSync(join(CONSOLE_DIST, 'build.json'), 'utf8')) as { entry: string[]; weights: Weight[] };
  expect(weights.filter((w) => entry.includes(w.file)).reduce((sum, w) => sum + w.gzip, 0)).toBeLessThan(210 * 1024);
  expect(weights.some((w) => w.file.startsWith('overview.'))).toBe(true);
});
