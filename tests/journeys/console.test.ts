/**
 * The life of a rule from the console to the pane: an administrator drafts and tries, a second person approves with a fresh sign-in and brings it into force,
 * and the clinician's pane, open all the while, obeys within a minute without being reloaded.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildAddin } from '../../addin/build.ts';
import { buildConsole } from '../../console/build.ts';
import { openBrowser } from '../browser.ts';
import { enter } from '../console/desk.ts';
import { until } from '../until.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'send-secure-console-'));
let lab: ChildProcess;
let url = '';
let browser: Browser;

beforeAll(async () => {
  await buildAddin();
  await buildConsole();
  let said = '';
  lab = spawn(process.execPath, [join(ROOT, 'lab', 'main.ts')], { cwd: folder, env: { PATH: process.env['PATH'] ?? '', HOME: folder, PORT: '0', LAB_DIR: join(folder, 'lab') }, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [lab.stdout, lab.stderr]) stream?.on('data', (chunk: Buffer) => { said += chunk.toString(); });
  url = await until('the lab', () => { if (lab.exitCode !== null) throw new Error(said); return /http:\/\/localhost:\d+(?=\/lab)/.exec(said)?.[0]; }, { every: 100 });
  browser = await openBrowser();
}, 600_000);

afterAll(async () => {
  await browser?.close();
  if (lab && lab.exitCode === null) await new Promise<void>((gone) => { lab.once('exit', () => gone()); lab.kill('SIGTERM'); });
  rmSync(folder, { recursive: true, force: true });
});

it('an administrator drafts and tries, a second approves, the clinician\'s pane obeys within a minute without reload', async () => {
  const outlook = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  await outlook.goto(`${url}/lab`);
  await outlook.getByText('Referral: one patient, four kinds of mailbox').first().click();
  await outlook.getByRole('button', { name: 'Send Secure' }).first().click();
  const pane = outlook.frameLocator('iframe[src*="taskpane"]');
  await pane.getByText('if proved, otherwise').waitFor();
  expect(await pane.getByLabel('Why must this be sent?').count()).toBe(0);
  // A page that is loaded anew would have lost this.
  await outlook.evaluate(() => { (globalThis as { notReloaded?: boolean }).notReloaded = true; });

  const ivy = await enter(browser, url, 'ivy', 'rules');
  await ivy.page.getByRole('button', { name: 'Add a rule' }).click();
  await expect.poll(() => ivy.page.evaluate(() => (document.activeElement as HTMLInputElement).value), { message: 'the new rule is gone to' }).toMatch(/^Rule \d+$/);
  await ivy.choose(ivy.page.getByRole('combobox', { name: 'Add a condition…' }), 'Every message, whatever it says');
  await ivy.page.getByRole('combobox', { name: 'What happens' }).click();
  await ivy.page.getByRole('option', { name: 'the author gives a reason' }).click();
  await ivy.page.getByRole('button', { name: 'Save as a draft' }).click();
  await ivy.page.getByRole('button', { name: 'Try it' }).click();
  await ivy.page.getByText('It is nowhere weaker').waitFor();
  await ivy.page.getByRole('button', { name: 'Ask for approval' }).click();
  await ivy.page.getByText('Waits for approval').waitFor();
  const version = new URL(ivy.page.url()).pathname.split('/').at(-1) ?? '';

  // Whoever is to decide is told on the first screen.
  const leo = await enter(browser, url, 'leo', '');
  await leo.page.getByRole('region', { name: 'Waits for your word' }).getByRole('link', { name: 'A version of the rules waits for approval' }).click();
  await leo.page.getByText(version, { exact: true }).click();
  await leo.page.getByRole('button', { name: 'Approve' }).click();
  const [popup] = await Promise.all([leo.context.waitForEvent('page'), leo.page.getByRole('alertdialog').getByRole('button', { name: 'Continue' }).click()]);
  await Promise.all([popup.waitForEvent('close'), leo.pick('leo', popup)]);
  await leo.page.getByRole('button', { name: 'Bring into force now' }).click();
  await leo.page.getByText('In force. Open panes obey within a minute.').first().waitFor();

  await pane.getByLabel('Why must this be sent?').waitFor();
  expect(await outlook.evaluate(() => (globalThis as { notReloaded?: boolean }).notReloaded)).toBe(true);
  expect([...ivy.faults, ...leo.faults]).toEqual([]);
});
