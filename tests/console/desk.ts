/** The console in a real browser over the real service, signed in at the lab's issuer: what the tests of its screens begin with. */
import { mkdirSync } from 'node:fs';
import type { Browser, BrowserContext, Locator, Page, Request } from 'playwright-core';
import { expect } from 'vitest';
import { buildConsole } from '../../console/build.ts';
import { staffMember } from '../../lab/people.ts';
import { axe, openBrowser, SETTLED, type Violation } from '../browser.ts';
import { openStage, type Stage } from '../journeys/stage.ts';
import { PATIENCE, until } from '../until.ts';

interface Desk {
  readonly page: Page;
  readonly context: BrowserContext;
  /** what the page threw or the browser complained of */
  readonly faults: string[];
  /** waits until nothing is asked for and nothing moves */
  calm(): Promise<void>;
  /** what axe finds, once the page is calm */
  axe(): Promise<Violation[]>;
  /** what reaches beyond the window's edge although the page itself is not to be scrolled sideways */
  cut(): Promise<string[]>;
  /** goes to a place of the console, by its link as a person would, and looks whether it is sound */
  visit(path: string): Promise<void>;
  /** in one window, turned dark and made narrow: axe finds nothing, nothing is cut off, and nothing broke so far */
  sound(name: string): Promise<void>;
  /** picks from a list, which may close once by itself when a word with the focus in it goes away */
  choose(list: Locator, option: string | RegExp): Promise<void>;
  /** presses Tab until the focus is on what is called so (role and name); fails with what it passed. The focus is never nowhere on the way */
  tab(what: RegExp, key?: 'Tab' | 'Shift+Tab'): Promise<void>;
  /** what has the focus: role and name; waits until the page rests */
  focused(): Promise<string>;
  /** for a person to look at, when SCREENSHOTS names a folder */
  shot(name: string): Promise<void>;
  /** picks a name at the issuer's page, wherever it is shown */
  pick(person: string, page?: Page): Promise<void>;
}

export interface Hall {
  readonly stage: Stage;
  readonly browser: Browser;
  open(look?: Look): Promise<Desk>;
  /** signed in, at this place of the console */
  enter(person: string, to?: string, look?: Look): Promise<Desk>;
  close(): Promise<void>;
}

interface Look { readonly width?: number; readonly height?: number; readonly dark?: boolean }

const LOOKS: { readonly [name: string]: Look } = { wide: {}, 'wide-dark': { dark: true }, 'narrow-dark': { width: 320, height: 640, dark: true }, narrow: { width: 320, height: 640 } };

/** in the page */
function FOCUSED(): string {
  const e = document.activeElement as HTMLInputElement | null;
  if (e === null || e === document.body) return 'nothing';
  const by = (e.getAttribute('aria-labelledby') ?? '').split(' ').map((id) => document.getElementById(id)?.textContent ?? '').join(' ').trim();
  return `${e.getAttribute('role') ?? e.tagName.toLowerCase()} ${e.getAttribute('aria-label') ?? (by || e.labels?.[0]?.textContent || e.textContent)}`.trim();
}

async function openDesk(browser: Browser, { width = 1280, height = 860, dark = false }: Look = {}): Promise<Desk> {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce', locale: 'en-US' });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (cause) => faults.push(String(cause)));
  page.on('console', (message) => { if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) faults.push(message.text()); });
  const asked = new Set<Request>();
  page.on('request', (r) => asked.add(r));
  page.on('requestfinished', (r) => asked.delete(r));
  page.on('requestfailed', (r) => asked.delete(r));
  const desk: Desk = {
    page, context, faults,
    async calm() {
      // Twice in a row: what has just come is drawn, and may ask for more.
      let rests = 0;
      await until('the page to rest', async () => {
        rests = asked.size > 0 || (await page.locator('.fui-Spinner').count()) > 0 ? 0 : rests + 1;
        await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))');
        return rests === 2;
      });
      await page.evaluate(SETTLED);
    },
    async axe() {
      await desk.calm();
      // Fluent's focus guards hand the focus on at once; they are no stops.
      return axe(page, { exclude: ['[data-tabster-dummy]'] });
    },
    cut: () => page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      return scrollWidth <= clientWidth ? [] : [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > clientWidth + 0.5).map((e) => `${Math.round(e.getBoundingClientRect().right)} ${e.outerHTML.slice(0, 140)}`);
    }),
    async sound(name) {
      for (const [look, how] of Object.entries(LOOKS)) {
        await page.emulateMedia({ colorScheme: how.dark ? 'dark' : 'light' });
        await page.setViewportSize({ width: how.width ?? 1280, height: how.height ?? 860 });
        expect(await desk.axe(), look).toEqual([]);
        expect(await desk.cut(), look).toEqual([]);
        await desk.shot(`${name}-${look}`);
      }
      expect(faults).toEqual([]);
    },
    async visit(path) {
      await page.locator(`nav#places a[href="/console/${path}"]`).click();
      await page.waitForURL(`**/console/${path}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await desk.sound(path);
      await page.setViewportSize({ width, height });
    },
    choose: (list, option) => until(`a list to offer ${option}`, async () => {
      if ((await list.getAttribute('aria-expanded')) !== 'true') await list.click();
      return page.getByRole('option', { name: option }).click({ timeout: PATIENCE / 12 }).then(() => true, () => false);
    }).then(() => undefined),
    async tab(what, key = 'Tab') {
      const passed: string[] = [];
      for (let n = 0; n < 200; n += 1) {
        await page.keyboard.press(key);
        const now = await page.evaluate(FOCUSED);
        if (what.test(now)) return;
        passed.push(now);
      }
      throw new Error(`Tab never comes to ${what}, only to: ${[...new Set(passed)].join(' | ')}`);
    },
    async focused() {
      await desk.calm();
      return page.evaluate(FOCUSED);
    },
    async shot(name) {
      const folder = process.env['SCREENSHOTS'];
      if (!folder) return;
      mkdirSync(folder, { recursive: true });
      await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
    },
    async pick(person, at = page) {
      await at.getByRole('button', { name: staffMember(person)?.name ?? '' }).click();
    },
  };
  return desk;
}

/** A desk whose person has just signed in, at this place of the console of the service at `url`. */
export async function enter(browser: Browser, url: string, person: string, to = '', look: Look = {}): Promise<Desk> {
  const desk = await openDesk(browser, look);
  await desk.page.goto(`${url}/console/sign-in?to=/console${to === '' ? '' : `/${to}`}`);
  await desk.pick(person);
  await desk.page.locator('nav#places').waitFor({ state: 'attached' });
  return desk;
}

export async function openHall(settings: Record<string, string> = {}): Promise<Hall> {
  await buildConsole();
  const [stage, browser] = await Promise.all([openStage({ settings }), openBrowser()]);
  return {
    stage, browser,
    open: (look) => openDesk(browser, look),
    enter: (person, to, look) => enter(browser, stage.url, person, to, look),
    async close() {
      await browser.close();
      await stage.close();
    },
  };
}
