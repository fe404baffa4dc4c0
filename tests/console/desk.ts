/** The console in a real browser over the real service, signed in at the lab's issuer: what the tests of its screens begin with. */
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { buildConsole } from '../../console/build.ts';
import { staffMember } from '../../lab/people.ts';
import { openBrowser, SETTLED } from '../browser.ts';
import { openStage, type Stage } from '../journeys/stage.ts';

export interface Desk {
  readonly page: Page;
  readonly context: BrowserContext;
  /** what the page threw or the browser complained of */
  readonly faults: string[];
  axe(): Promise<{ id: string; impact: string; nodes: string[] }[]>;
  /** what reaches beyond the window's edge although the page itself is not to be scrolled sideways */
  cut(): Promise<string[]>;
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

export interface Look { readonly width?: number; readonly height?: number; readonly dark?: boolean }

export async function openDesk(browser: Browser, { width = 1280, height = 860, dark = false }: Look = {}): Promise<Desk> {
  const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce', locale: 'en-US' });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (cause) => faults.push(String(cause)));
  page.on('console', (message) => { if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) faults.push(message.text()); });
  return {
    page, context, faults,
    async axe() {
      // Fluent's focus guards hand the focus on at once; they are no stops. As the debugger would: the page's own policy lets no such script in.
      const session = await context.newCDPSession(page);
      await session.send('Runtime.evaluate', { expression: axeSource });
      const result = await session.send('Runtime.evaluate', { expression: `${SETTLED}.then(() => axe.run({ exclude: ['[data-tabster-dummy]'] }, { resultTypes: ['violations'] }).then((r) => JSON.stringify(r.violations.map((v) => ({ id: v.id, impact: v.impact, nodes: v.nodes.map((n) => n.html.slice(0, 200)) })))))`, awaitPromise: true, returnByValue: true });
      return JSON.parse(String(result.result.value)) as { id: string; impact: string; nodes: string[] }[];
    },
    cut: () => page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      return scrollWidth <= clientWidth ? [] : [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > clientWidth + 0.5).map((e) => `${Math.round(e.getBoundingClientRect().right)} ${e.outerHTML.slice(0, 140)}`);
    }),
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
