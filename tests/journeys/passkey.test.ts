/** The second message: one touch. A device keeps a passkey after the first open; Chromium's virtual authenticator is the device. */
import type { Browser, CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from '../browser.ts';
import { openStage, type Stage } from './stage.ts';

const ROSA = 'rosa.delgado@brightmail.test';
const WALT = 'walt.finch@oldpost.test';
const links = (raw: string): string => /\/m\/[A-Za-z0-9_-]{43}/.exec(raw.replace(/=\r\n/g, ''))?.[0] ?? '';

describe('a passkey', () => {
  let stage: Stage;
  let browser: Browser;
  beforeAll(async () => { [stage, browser] = await Promise.all([openStage(), openBrowser()]); });
  afterAll(async () => { await browser?.close(); await stage?.close(); });

  // WebAuthn knows hosts by name only.
  const at = (path: string) => stage.url.replace('127.0.0.1', 'localhost') + path;

  async function device(): Promise<{ readonly page: Page; readonly session: CDPSession; readonly authenticator: string }> {
    const page = await (await browser.newContext({ viewport: { width: 390, height: 800 }, isMobile: true })).newPage();
    const session = await page.context().newCDPSession(page);
    await session.send('WebAuthn.enable');
    const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', { options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true } });
    return { page, session, authenticator: authenticatorId };
  }
  async function sent(to: string, text: string): Promise<{ readonly id: string; readonly path: string }> {
    const before = (await stage.mailbox(to)).map((m) => links(m.raw));
    const { body } = await stage.send('ana', { to: [{ address: to }], subject: 'Your results', text });
    await stage.until('ana', body.id, ['relayed']);
    const mail = await stage.mail(to, (raw) => links(raw) !== '' && !before.includes(links(raw)));
    return { id: body.id, path: links(mail.raw) };
  }
  async function byCode(page: Page, path: string, to: string): Promise<void> {
    const before = (await stage.mailbox(to)).length;
    await page.goto(at(path));
    await page.getByRole('button', { name: 'Send me a code' }).click();
    const mail = await stage.newMail(to, before, /code is \d{6}/);
    await page.getByLabel('Code').fill(/code is (\d{6})/.exec(mail)?.[1] ?? '');
    await page.getByRole('button', { name: 'Open the message' }).click();
    await page.waitForURL('**/message');
  }
  const keep = async (page: Page) => {
    await page.getByRole('button', { name: 'Remember me on this device' }).click();
    await page.waitForURL('**/message?kept');
  };
  const types = async (id: string, type: string) => (await stage.timeline('ana', id)).recipients[0]?.events.filter((e) => e.type === type).map((e) => e.facts);

  it('opens the second message with the tap on its link alone, and says by what it was enrolled', async () => {
    const { page, session, authenticator } = await device();
    await byCode(page, (await sent(ROSA, 'potassium first')).path, ROSA);
    await keep(page);
    expect((await session.send('WebAuthn.getCredentials', { authenticatorId: authenticator })).credentials).toHaveLength(1);

    const second = await sent(ROSA, 'potassium second');
    await page.goto(at(second.path));
    await page.waitForURL('**/message');
    expect(await page.content()).toContain('potassium second');
    expect(await types(second.id, 'portal.authenticated')).toEqual([{ way: 'passkey', enrolled: 'mail-code' }]);
    // It does not enrol another: what it would count for is no more than it counts for itself.
    expect(await page.getByRole('button', { name: 'Remember me on this device' }).count()).toBe(0);
    expect((await stage.timeline('ana', second.id)).recipients[0]?.status).toBe('opened');

    // A scanner with the same link and script, but without the device.
    const third = await sent(ROSA, 'potassium third');
    const scanner = await (await browser.newContext()).newPage();
    await scanner.goto(at(third.path));
    await scanner.waitForTimeout(300);
    expect(scanner.url()).toBe(at(third.path));
    expect(await types(third.id, 'portal.authenticated')).toEqual([]);
    await scanner.context().close();

    // Forgotten: the device is asked no more, and what it says does not count.
    await page.goto(at(third.path));
    await page.waitForURL('**/message');
    await page.getByRole('button', { name: 'Forget all my devices' }).click();
    await page.waitForURL('**/message?dropped');
    const fourth = await sent(ROSA, 'potassium fourth');
    await page.goto(at(fourth.path));
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await page.waitForURL((url) => url.search === '?wrong');
    expect(await types(fourth.id, 'portal.authenticated')).toEqual([]);
    await page.context().close();
  });

  it('never outranks what it was enrolled by', async () => {
    const { page } = await device();
    // The way to this mailbox was never proved: only a spoken code counts. A passkey from a mailed code does not.
    const told = await sent(WALT, 'lithium first');
    await page.goto(at(told.path));
    await page.getByLabel('Code').fill((await stage.timeline('ana', told.id)).recipients[0]?.spokenCode ?? '');
    await page.getByRole('button', { name: 'Open the message' }).click();
    await page.waitForURL('**/message');
    await keep(page);
    const later = await sent(WALT, 'lithium second');
    await page.goto(at(later.path));
    await page.waitForURL('**/message');
    expect(await types(later.id, 'portal.authenticated')).toEqual([{ way: 'passkey', enrolled: 'spoken-code' }]);

    await page.context().close();

    // Enrolled by a mailed code, and the author asks for more than that.
    const { page: other } = await device();
    await byCode(other, (await sent(ROSA, 'sodium first')).path, ROSA);
    await keep(other);
    const last = await sent(ROSA, 'sodium second');
    expect((await stage.call('ana', 'POST', `messages/${last.id}/recipients/0/stronger`, {})).body.ways).toEqual(['spoken-code']);
    await other.goto(at(last.path));
    await other.waitForURL((url) => url.search === '?weak');
    expect(await other.textContent('body')).toContain('asks for more than this device was set up with');
    expect(await types(last.id, 'portal.access_denied')).toEqual([expect.objectContaining({ code: 'passkey-weak', enrolled: 'mail-code' })]);
    expect((await stage.timeline('ana', last.id)).recipients[0]?.status).toBe('relayed');
    await other.context().close();
  });
});
