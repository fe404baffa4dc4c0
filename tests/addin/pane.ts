/** The production pane in a real browser: its built files, Microsoft's script answered by a pretend Outlook, the service by a script. No network. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import type { MailboxSettings } from '../../lab/outlook/mailbox.ts';
import type { ItemStart } from '../../lab/outlook/item.ts';
import { DIST, OFFICE_JS, buildAddin } from '../../addin/build.ts';
import { axe, type Violation } from '../browser.ts';
import { ScriptedService } from './service.ts';

const ROOT = join(import.meta.dirname, '..', '..');
export const ORIGIN = 'https://send.riverside.test';
const TYPES: { readonly [extension: string]: string } = { js: 'text/javascript', html: 'text/html', png: 'image/png', json: 'application/json', svg: 'image/svg+xml' };
/** What the service sends with these pages: nothing inline but Fluent's empty style elements (by the hash of the empty string). */
const CSP = "default-src 'none'; script-src 'self' https://appsforoffice.microsoft.com; style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' https://login.microsoftonline.com; frame-src 'self' blob:; base-uri 'none'; form-action 'none'";

let shim = '';
export async function prepare(): Promise<void> {
  await buildAddin();
  shim ||= buildSync({ entryPoints: [join(ROOT, 'tests/addin/pane.page.ts')], bundle: true, write: false, format: 'iife', target: 'es2022', logLevel: 'error' }).outputFiles[0]?.text ?? '';
}

const CONFIG = { clientId: 'client', authority: 'https://login.microsoftonline.com/common', scope: 'api://send/Mail.SendSecure', organisation: 'Riverside Clinic', ownDomains: ['riverside.test'] };

export interface Opened {
  readonly page: Page;
  readonly service: ScriptedService;
  /** what the page asked of anybody else */
  readonly strangers: string[];
  readonly faults: string[];
  axe(): Promise<Violation[]>;
}

export async function openPane(browser: Browser, start: ItemStart | null, { settings = {}, width = 360, height = 760, dark = false, outside = false, service = new ScriptedService() }:
  { settings?: MailboxSettings; width?: number; height?: number; dark?: boolean; outside?: boolean; service?: ScriptedService } = {}): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce' });
  const page = await context.newPage();
  const strangers: string[] = [];
  const faults: string[] = [];
  page.on('pageerror', (cause) => faults.push(String(cause)));
  page.on('console', (message) => { if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) faults.push(message.text()); });
  const scene = { start, settings: { ...settings, ...(dark ? { theme: { isDarkTheme: true } } : {}) } };
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
  return { page, service, strangers, faults, axe: () => axe(page) };
}
