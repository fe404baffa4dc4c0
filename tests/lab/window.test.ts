/**
 * The pretend Outlook in a real browser, with a small add-in of its own in place of the product: what is proved here is the host,
 * so that the product's journeys may trust it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer, type ServerType } from '@hono/node-server';
import { Hono } from 'hono';
import type { Browser, FrameLocator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildLab } from '../../lab/build.ts';
import { mountLab } from '../../lab/desk/desk.ts';
import type { OrdinaryMail } from '../../lab/post/ordinary.ts';
import type { World } from '../../lab/world/ensure.ts';
import type { Edge } from '../../service/http/http.ts';
import { openBrowser } from '../browser.ts';

const OFFICE = 'https://appsforoffice.microsoft.com/lib/1/hosted/office.js';
const ADDIN: { readonly [file: string]: readonly [type: string, text: string] } = {
  'taskpane.html': ['text/html', `<!doctype html><html lang="en"><head><title>Pane</title><script src="${OFFICE}"></script><script src="pane.js" defer></script></head><body><pre id="said"></pre><button id="close">close</button><button id="ask">ask</button><button id="form">form</button></body></html>`],
  'pane.js': ['text/javascript', `
    const said = document.getElementById('said'); const say = (t) => { said.textContent += t + '\\n'; };
    const look = () => { const item = Office.context.mailbox.item; if (!item) return say('nothing'); if (typeof item.subject === 'string') return say('read ' + item.subject);
      item.subject.getAsync((r) => say('compose ' + r.value)); item.getInitializationContextAsync((r) => say('context ' + r.value));
      item.addHandlerAsync(Office.EventType.RecipientsChanged, (e) => say('recipients ' + JSON.stringify(e.changedRecipientFields))); };
    Office.onReady(({ host }) => { say('host ' + host + ' ' + Office.context.mailbox.userProfile.emailAddress); look();
      Office.context.mailbox.addHandlerAsync(Office.EventType.ItemChanged, look);
      Office.context.mailbox.addHandlerAsync(Office.EventType.OfficeThemeChanged, (e) => say('dark ' + e.officeTheme.isDarkTheme)); });
    nestedAppAuthBridge.addEventListener('message', (m) => { const a = JSON.parse(m); say('token ' + (a.success ? a.token.access_token : a.error.status)); });
    document.getElementById('ask').onclick = () => { nestedAppAuthBridge.postMessage(JSON.stringify({ method: 'GetToken', requestId: '1', tokenParams: { scope: 's' } })); fetch('/lab/people').then(() => say('online'), () => say('offline')); };
    document.getElementById('form').onclick = () => Office.context.mailbox.displayNewMessageForm({ toRecipients: ['x@y.test'], subject: 'Restored', htmlBody: '<p>again</p>' });
    document.getElementById('close').onclick = () => { const item = Office.context.mailbox.item; item.subject.setAsync('Sent securely', () => item.saveAsync(() => item.closeAsync({ discardItem: true }, () => say('never heard')))); };`],
  'commands.html': ['text/html', `<!doctype html><html lang="en"><head><title>Events</title><script src="${OFFICE}"></script><script src="onsend.js"></script></head><body></body></html>`],
  'onsend.js': ['text/javascript', `
    Office.onReady(() => {});
    const item = () => Office.context.mailbox.item;
    Office.actions.associate('composed', (e) => e.completed());
    Office.actions.associate('changed', (e) => item().notificationMessages.addAsync('hint', { type: 'insightMessage', message: 'An outside recipient', icon: 'i', actions: [{ actionType: 'showTaskPane', actionText: 'Open it', commandId: 'theButton', contextData: '{"v":1}' }] }, () => e.completed()));
    Office.actions.associate('sending', (e) => item().subject.getAsync((r) => e.completed(/PHI/.test(r.value) ? { allowEvent: false, errorMessage: 'There is PHI in it.', cancelLabel: 'Send Secure', commandId: 'theButton', contextData: '{"reason":"phi"}' } : { allowEvent: true })));
    Office.actions.associate('inviting', (e) => e.completed({ allowEvent: false, errorMessage: 'Not in an invitation.' }));`],
  'manifest.xml': ['application/xml', `<?xml version="1.0"?><OfficeApp xmlns="http://schemas.microsoft.com/office/appforoffice/1.1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:bt="http://schemas.microsoft.com/office/officeappbasictypes/1.0">
    <VersionOverrides xmlns="http://schemas.microsoft.com/office/mailappversionoverrides" xsi:type="VersionOverridesV1_0"><VersionOverrides xmlns="http://schemas.microsoft.com/office/mailappversionoverrides/1.1" xsi:type="VersionOverridesV1_1">
    <Hosts><Host xsi:type="MailHost"><Runtimes><Runtime resid="Web"/></Runtimes><DesktopFormFactor>
      <ExtensionPoint xsi:type="MessageComposeCommandSurface"><OfficeTab id="TabDefault"><Group id="g"><Label resid="Label"/><Control xsi:type="Button" id="theButton"><Label resid="Label"/><Action xsi:type="ShowTaskpane"><SourceLocation resid="Pane"/></Action></Control></Group></OfficeTab></ExtensionPoint>
      <ExtensionPoint xsi:type="MessageReadCommandSurface"><OfficeTab id="TabDefault"><Group id="r"><Label resid="Label"/><Control xsi:type="Button" id="readButton"><Label resid="Label"/><Action xsi:type="ShowTaskpane"><SourceLocation resid="Read"/></Action></Control></Group></OfficeTab></ExtensionPoint>
      <ExtensionPoint xsi:type="LaunchEvent"><LaunchEvents><LaunchEvent Type="OnNewMessageCompose" FunctionName="composed"/><LaunchEvent Type="OnMessageRecipientsChanged" FunctionName="changed"/><LaunchEvent Type="OnMessageSend" FunctionName="sending" SendMode="SoftBlock"/><LaunchEvent Type="OnAppointmentSend" FunctionName="inviting" SendMode="SoftBlock"/></LaunchEvents><SourceLocation resid="Web"/></ExtensionPoint>
    </DesktopFormFactor></Host></Hosts>
    <Resources><bt:Urls><bt:Url id="Web" DefaultValue="https://localhost:3000/addin/commands.html"/><bt:Url id="Pane" DefaultValue="https://localhost:3000/addin/taskpane.html"/><bt:Url id="Read" DefaultValue="https://localhost:3000/addin/taskpane.html?read"/></bt:Urls><bt:ShortStrings><bt:String id="Label" DefaultValue="Send Secure"/></bt:ShortStrings></Resources>
    </VersionOverrides></VersionOverrides></OfficeApp>`],
};

/** Mailboxes in memory: ordinary mail arrives at once, opened as it came. */
function fakeWorld(): World & { readonly sent: OrdinaryMail[] } {
  const sent: OrdinaryMail[] = [];
  const inbox = (address: string) => sent.filter((m) => [...m.to, ...m.cc].some((p) => p.address === address));
  const receivedAt = new Date(0).toISOString();
  return {
    sent,
    mailbox: async (address: string) => ({ messages: inbox(address).map((m) => ({ receivedAt, tls: null, returnPath: '', raw: `Subject: ${m.subject}\r\n\r\n${m.html}` })) }),
    opened: async (address: string, n: number) => {
      const m = inbox(address)[n];
      return m === undefined ? null : { layers: [], trouble: null, subject: m.subject, from: `${m.from.name} <${m.from.address}>`, to: address, cc: '', date: '', messageId: '<m@x>', headers: 'X: y', html: m.html, text: '', attachments: [], receivedAt, tls: null };
    },
    counts: async () => Object.fromEntries([...new Set(sent.flatMap((m) => [...m.to, ...m.cc].map((p) => p.address)))].map((a) => [a, inbox(a).length])),
    token: async (person: string) => (person === 'nobody' ? null : { access_token: `token-of-${person}`, id_token: 'id', token_type: 'Bearer', expires_in: 60 }),
    ordinary: async (mail: OrdinaryMail) => { sent.push(mail); return { lost: [] }; },
  } as unknown as World & { sent: OrdinaryMail[] };
}

let folder: string;
let server: ServerType;
let origin: string;
let world: ReturnType<typeof fakeWorld>;
let broken = false;
let browser: Browser;
let page: Page;
let pane: FrameLocator;
let faults: string[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lab-window-'));
  [browser] = await Promise.all([openBrowser(), buildLab(folder)]);
  const app = new Hono<Edge>();
  app.get('/addin/:file', (c) => {
    const found = broken && c.req.param('file').endsWith('.html') ? undefined : ADDIN[c.req.param('file')];
    return found === undefined ? c.text('no', 404) : c.body(found[1], 200, { 'content-type': found[0] });
  });
  // Every test has mailboxes of its own; the desk is mounted once.
  mountLab(app, { world: new Proxy({} as World, { get: (_, name) => world[name as keyof World] }), dist: folder });
  server = createAdaptorServer({ fetch: app.fetch });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await browser?.close();
  await new Promise((done) => server.close(done));
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  world = fakeWorld();
  broken = false;
  faults = [];
  const context = await browser.newContext({ viewport: { width: 1300, height: 820 }, colorScheme: 'light' });
  page = await context.newPage();
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => { if (message.type() === 'error' && !/404/.test(message.text())) faults.push(message.text()); });
  page.on('request', (request) => { if (!request.url().startsWith(origin) && !request.url().startsWith('data:')) faults.push(`outside: ${request.url()}`); });
  pane = page.frameLocator('.pane-body iframe');
  await page.goto(`${origin}/lab`);
  await page.waitForSelector('.welcome');
});
afterEach(async () => {
  await page.context().close();
  expect(faults).toEqual([]);
});

const said = (text: string) => pane.locator('#said', { hasText: text }).waitFor();
const send = () => page.getByRole('button', { name: 'Send', exact: true }).click();
const dialog = () => page.getByRole('dialog');

describe('the compose window', () => {
  test('a sample draft opens with the pane beside it, which sees the item; edits raise events', async () => {
    await page.click('[data-draft=referral]');
    await said('host Outlook ana.ruiz@riverside.test');
    await said('compose Referral for endocrinology');
    await page.getByRole('combobox', { name: 'Cc', exact: true }).fill('wal');
    await page.getByRole('option', { name: /Walt Finch/ }).waitFor();
    await page.keyboard.press('Enter');
    await said('recipients {"to":false,"cc":true,"bcc":false');
    await page.locator('.notice', { hasText: 'An outside recipient' }).waitFor();
    await page.getByRole('button', { name: 'Open it' }).click();
    await said('context {"v":1}');
  });

  test('an inline picture shows, and stays a cid reference in the body', async () => {
    await page.click('[data-draft=chart]');
    const image = page.locator('.editor img');
    expect(await image.getAttribute('src')).toMatch(/^data:image\/png;base64,/);
    await page.locator('.editor').press('End');
    await page.locator('.editor').pressSequentially('!');
    await page.locator('.subject').fill('no harm');
    await send();
    await page.locator('.toast').waitFor();
    expect(world.sent[0]?.html).toContain('src="cid:inr-chart@riverside.test"');
  });

  test('an entry that does not resolve stops Outlook\'s own Send', async () => {
    await page.getByRole('button', { name: 'New mail' }).click();
    await page.getByRole('combobox', { name: 'To' }).fill('somebody,');
    await page.locator('.chip.unresolved').waitFor();
    await send();
    expect(await dialog().innerText()).toContain('could not be resolved');
  });

  test('the add-in closes the message: its callback is never heard, the draft lies in Deleted Items', async () => {
    await page.click('[data-draft=ordinary]');
    await said('compose Parking');
    await pane.locator('#close').click();
    await page.locator('.toast', { hasText: 'closed it' }).waitFor();
    await page.locator('.pane iframe').waitFor({ state: 'detached' });
    await page.locator('[data-folder=deleted] .row', { hasText: 'Sent securely' }).click();
    await expect.poll(() => page.locator('.subject').inputValue()).toBe('Sent securely');
  });

  test('a pinned pane follows to the next item; a new form opens from the add-in', async () => {
    await page.click('[data-draft=ordinary]');
    await said('compose Parking');
    await page.click('[data-draft=billing]');
    await said('compose November claims');
    await pane.locator('#form').click();
    await said('compose Restored');
    await expect.poll(() => page.locator('.subject').inputValue()).toBe('Restored');
  });
});

describe('Smart Alerts', () => {
  test('a blocked message offers the add-in\'s button, which opens the pane with what the handler said', async () => {
    await page.getByRole('button', { name: 'New mail' }).click();
    await page.getByRole('combobox', { name: 'To' }).fill('tess.lane@lakeside.test,');
    await page.locator('.subject').fill('PHI');
    await page.getByRole('button', { name: 'Close pane' }).click();
    await send();
    expect(await dialog().innerText()).toContain('There is PHI in it.');
    expect(await dialog().getByRole('button').allInnerTexts()).toEqual(['Send Secure', 'Don\'t Send']);
    await dialog().getByRole('button', { name: 'Send Secure' }).click();
    await said('context {"reason":"phi"}');
    expect(world.sent).toEqual([]);
  });

  test('an allowed message goes by ordinary mail and arrives', async () => {
    await page.click('[data-draft=ordinary]');
    await send();
    await page.locator('.toast', { hasText: 'ordinary mail' }).waitFor();
    expect(world.sent.map((m) => m.to[0]?.address)).toEqual(['tess.lane@lakeside.test']);
    await page.getByRole('button', { name: 'See what arrived' }).click();
    await page.locator('[data-address="tess.lane@lakeside.test"]').click();
    await page.frameLocator('.mail-html').getByText('Mill Lane').waitFor();
    await page.click('[data-tab=raw]');
    expect(await page.locator('.raw').innerText()).toContain('Subject: Parking');
  });

  test('an invitation is refused without a button to open', async () => {
    await page.getByRole('button', { name: 'New event' }).click();
    await page.getByRole('combobox', { name: 'Invite' }).fill('tess.lane@lakeside.test,');
    await send();
    expect(await dialog().innerText()).toContain('Not in an invitation.');
    expect(await dialog().getByRole('button').allInnerTexts()).toEqual(['Don\'t Send']);
  });

  test('an add-in that cannot be loaded: Outlook says so, and SoftBlock lets it go anyway', async () => {
    broken = true;
    await page.click('[data-draft=ordinary]');
    await page.locator('.pane-missing').waitFor();
    await send();
    expect(await dialog().innerText()).toContain('is not available');
    await dialog().getByRole('button', { name: 'Send Anyway' }).click();
    await page.locator('.toast', { hasText: 'ordinary mail' }).waitFor();
    expect(world.sent.length).toBe(1);
  });
});

describe('what surrounds the pane', () => {
  test('theme, network and tokens of the signed-in person', async () => {
    await page.click('[data-draft=ordinary]');
    await said('compose Parking');
    await page.getByRole('button', { name: 'Dark theme' }).click();
    await said('dark true');
    await pane.locator('#ask').click();
    await said('token token-of-ana');
    await said('online');
    await page.getByRole('button', { name: 'Go offline' }).click();
    await pane.locator('#ask').click();
    await said('token NO_NETWORK');
    await said('offline');
    await page.getByRole('button', { name: 'Go online' }).click();
    await page.selectOption('.who select', 'noor');
    await page.click('[data-draft=ordinary]');
    await said('host Outlook noor.haddad@riverside.test');
    await pane.locator('#ask').click();
    await said('token token-of-noor');
  });

  test('the network goes and comes back after a pane was closed', async () => {
    await page.click('[data-draft=ordinary]');
    await said('compose Parking');
    await page.getByRole('button', { name: 'Close pane' }).click();
    await page.locator('[data-test=send-secure]').click();
    await said('compose Parking');
    await page.getByRole('button', { name: 'Go offline' }).click();
    await pane.locator('#ask').click();
    await said('offline');
    await page.getByRole('button', { name: 'Go online' }).click();
    await pane.locator('#ask').click();
    await said('online');
  });

  test('the first mail that arrives is counted; narrow, everything has a name and fits', async () => {
    await page.click('[data-draft=ordinary]');
    await send();
    await page.locator('[data-view=recipients] .count', { hasText: '1' }).waitFor();
    await page.setViewportSize({ width: 320, height: 640 });
    await page.getByRole('button', { name: 'Recipients', exact: true }).waitFor();
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
  });

  test('mail to staff appears in their inbox and opens in read mode with the read pane', async () => {
    world.sent.push({ from: { name: 'Riverside', address: 'secure@riverside.test' }, to: [{ name: '', address: 'ana.ruiz@riverside.test' }], cc: [], bcc: [], subject: 'Receipt', html: '<p>kept</p>', attachments: [] });
    await page.locator('[data-folder=inbox] .row', { hasText: 'Receipt' }).click();
    await page.locator('[data-test=read-pane]').click();
    await said('read Receipt');
  });

  test('the lab answers this computer only', async () => {
    const elsewhere = await fetch(`${origin}/lab/token`, { method: 'POST', headers: { origin: 'https://evil.test' }, body: '{"person":"ana"}' });
    expect(elsewhere.status).toBe(403);
    const here = await fetch(`${origin}/lab/token`, { method: 'POST', body: '{"person":"nobody"}' });
    expect(here.status).toBe(404);
  });
});
