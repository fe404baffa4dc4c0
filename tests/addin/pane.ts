/** The production pane in a real browser: its built files, Microsoft's script answered by a pretend Outlook, the service by a script. No network. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { MailboxSettings } from '../../lab/outlook/mailbox.ts';
import type { ItemStart } from '../../lab/outlook/item.ts';
import { DIST, OFFICE_JS, buildAddin } from '../../addin/build.ts';
import { axe, type Violation } from '../browser.ts';
import { until } from '../until.ts';
import { ScriptedService } from './service.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const ORIGIN = 'https://send.riverside.test';
const TYPES: { readonly [extension: string]: string } = { js: 'text/javascript', html: 'text/html', png: 'image/png', json: 'application/json', svg: 'image/svg+xml' };
/** What the service sends with these pages: nothing inline but Fluent's empty style elements (by the hash of the empty string). */
const CSP = "default-src 'none'; script-src 'self' https://appsforoffice.microsoft.com; style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' https://login.microsoftonline.com; frame-src 'self' blob:; base-uri 'none'; form-action 'none'";

let shim = '';
export async function prepare(): Promise<void> {
  await buildAddin();
  shim ||= buildSync({ entryPoints: [join(ROOT, 'tests/addin/pane.page.ts')], bundle: true, write: false, format: 'iife', target: 'es2022', logLevel: 'error' }).outputFiles[0]?.text ?? '';
}

export type Look = 'light' | 'dark' | '320' | '320 dark' | 'twice as large';
const HEIGHT = 760;
const LOOKS: { readonly [look in Look]: { readonly dark: boolean; readonly width: number; readonly height?: number } } = { 'twice as large': { dark: false, width: 180, height: HEIGHT / 2 }, light: { dark: false, width: 360 }, dark: { dark: true, width: 360 }, '320': { dark: false, width: 320 }, '320 dark': { dark: true, width: 320 } };

const CONFIG = { clientId: 'client', authority: 'https://login.microsoftonline.com/common', scope: 'api://send/Mail.SendSecure', organisation: 'Riverside Clinic', ownDomains: ['riverside.test'] };

export interface Opened {
  readonly page: Page;
  readonly service: ScriptedService;
  /** what the page asked of anybody else */
  readonly strangers: string[];
  readonly faults: string[];
  axe(): Promise<Violation[]>;
  /** in this window, turned dark and made narrow as asked: nothing reaches beyond it, and axe finds nothing serious. A picture of each goes where SCREENSHOTS says. */
  sound(name: string, looks?: readonly Look[]): Promise<void>;
}

export async function openPane(browser: Browser, start: ItemStart | null, { settings = {}, outside = false, service = new ScriptedService() }:
  { settings?: MailboxSettings; outside?: boolean; service?: ScriptedService } = {}): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: LOOKS.light.width, height: HEIGHT }, colorScheme: 'light', reducedMotion: 'reduce' });
  const page = await context.newPage();
  const strangers: string[] = [];
  const faults: string[] = [];
  page.on('pageerror', (cause) => faults.push(String(cause)));
  page.on('console', (message) => { if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) faults.push(message.text()); });
  const scene = { start, settings };
  await page.addInitScript(`window.scene = ${JSON.stringify(scene)}`);
  await context.route('**/*', async (route) => {
    const request = route.request();
    const url = new URL(request.url());
    if (request.url() === OFFICE_JS) return route.fulfill({ contentType: 'text/javascript', body: outside ? 'window.Office = { onReady: () => Promise.resolve({ host: null, platform: null }) };' : shim });
    if (url.protocol === 'blob:' || url.protocol === 'data:') return route.continue();
    if (url.origin !== ORIGIN) {
      strangers.push(url.origin);
      return route.abort();
    }
    if (url.pathname === '/addin/config.json') return route.fulfill({ json: CONFIG });
    if (url.pathname.startsWith('/addin/')) {
      const file = join(DIST, url.pathname.slice('/addin/'.length));
      try {
        return await route.fulfill({ contentType: TYPES[file.slice(file.lastIndexOf('.') + 1)] ?? 'application/octet-stream', headers: { 'content-security-policy': CSP }, body: readFileSync(file) });
      } catch {
        return route.fulfill({ status: 404 });
      }
    }
    try {
      const reply = await service.answer(request.method(), url.pathname.replace('/api/v1', '') + url.search, request.postDataBuffer());
      return await route.fulfill({ status: reply.status, ...(reply.bytes ? { body: Buffer.from(reply.bytes) } : { json: reply.body ?? {} }) });
    } catch {
      return route.abort('connectionfailed');
    }
  });
  await page.goto(`${ORIGIN}/addin/taskpane.html`);
  const shade = () => page.evaluate(() => { const provider = document.querySelector('.fui-FluentProvider'); return provider === null ? '' : getComputedStyle(provider).getPropertyValue('--colorNeutralBackground1'); });
  return {
    page, service, strangers, faults, axe: () => axe(page),
    async sound(name, looks = ['light']) {
      for (const look of looks) {
        const { dark: night, width: wide, height = HEIGHT } = LOOKS[look];
        await page.setViewportSize({ width: wide, height });
        await page.emulateMedia({ colorScheme: night ? 'dark' : 'light' });
        if (!outside) {
          await page.evaluate(`window.mailbox.setTheme({ ...window.mailbox.theme, isDarkTheme: ${night} })`);
          await until(`the pane to turn ${look}`, async () => (await shade()).startsWith('#fff') !== night);
        }
        await until(`nothing of ${name} to reach beyond the window, ${look}`, () => page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
        if (process.env['SCREENSHOTS']) {
          mkdirSync(process.env['SCREENSHOTS'], { recursive: true });
          await page.screenshot({ path: join(process.env['SCREENSHOTS'], `${name}-${look}.png`) });
        }
        expect((await axe(page)).filter((v) => v.impact === 'serious' || v.impact === 'critical'), `${name}, ${look}`).toEqual([]);
      }
    },
  };
}
