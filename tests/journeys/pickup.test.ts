/** A patient's phone: link, code, message; counted in actions, in a real browser. And what a link scanner gets: nothing. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from '../browser.ts';
import { openStage, type Stage } from './stage.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const ROSA = 'rosa.delgado@brightmail.test';
const linkOf = (raw: string): string => /\/m\/[A-Za-z0-9_-]{43}/.exec(raw.replace(/=\r\n/g, ''))?.[0] ?? '';

describe('a portal copy', () => {
  let stage: Stage;
  let browser: Browser;
  const clock = { ahead: 0, stopped: null as number | null };
  beforeAll(async () => { [stage, browser] = await Promise.all([openStage({ now: () => clock.stopped ?? Date.now() + clock.ahead }), openBrowser()]); });
  afterAll(async () => { await browser?.close(); await stage?.close(); });

  const phone = async (): Promise<Page> => (await browser.newContext({ viewport: { width: 390, height: 800 }, isMobile: true })).newPage();
  const serious = async (page: Page) => {
    await page.evaluate(axe);
    const found = await page.evaluate(async () => (await (window as unknown as { axe: { run(): Promise<{ violations: { id: string; impact: string }[] }> } }).axe.run()).violations);
    return found.filter((v) => v.impact === 'serious' || v.impact === 'critical').map((v) => v.id);
  };

  it('opens with a tap, a fetched code and a typed code; every step is in the timeline', async () => {
    const sent = await stage.send('ana', { to: [{ address: ROSA, name: 'Rosa Delgado' }], subject: 'Your results', html: '<p>Dear Rosa, your <b>potassium</b> is 6.1.</p><script>document.title="x"</script><img src="https://evil.example/x.png">', attachments: [{ filename: 'plan.txt', contentType: 'text/plain', content: Buffer.from('rest and water').toString('base64') }] });
    await stage.until('ana', sent.body.id, ['relayed']);
    const path = linkOf((await stage.mail(ROSA, (raw) => raw.includes('/m/'))).raw);
    expect(path).not.toBe('');

    // A scanner: GET and HEAD, links followed, nothing tapped.
    for (const method of ['GET', 'HEAD', 'GET']) expect((await fetch(stage.url + path, { method })).status).toBe(200);
    expect((await stage.timeline('ana', sent.body.id)).recipients[0]?.status).toBe('relayed');

    const page = await phone();
    await page.goto(stage.url + path);
    expect(await serious(page)).toEqual([]);
    await page.getByRole('button', { name: 'Send me a code' }).click();
    const mail = await stage.mail(ROSA, (raw) => /one-time code is \d{6}/.test(raw));
    expect(mail.tls).not.toBeNull();
    await page.getByLabel('Code').fill(/code is (\d{6})/.exec(mail.raw)?.[1] ?? '');
    await page.getByRole('button', { name: 'Open the message' }).click();
    await page.waitForURL('**/message');
    expect(await serious(page)).toEqual([]);
    await page.frameLocator('iframe').getByText('potassium is 6.1').waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: /plan\.txt/ }).click()]);
    expect(readFileSync(await download.path(), 'utf8')).toBe('rest and water');

    const timeline = await stage.until('ana', sent.body.id, ['opened']);
    expect(timeline.recipients[0]?.events.map((e) => e.type)).toEqual(expect.arrayContaining(['portal.code_sent', 'portal.authenticated', 'portal.message_opened', 'portal.attachment_downloaded']));
    await page.context().close();
  });

  it('until its notice is taken over nobody knows which way the code goes, and nobody is asked to say one', async () => {
    const sent = await stage.send('ana', { to: [{ address: 'later.lou@partial.test' }], text: 'All is well.', need: 'at-rest' });
    expect(sent.body.recipients[0]).toMatchObject({ protection: 'portal' });
    const [copy] = (await stage.until('ana', sent.body.id, ['delayed', 'relayed'])).recipients;
    expect(copy?.portal?.ways).toEqual(copy?.status === 'delayed' ? ['spoken-code'] : ['mail-code', 'spoken-code']);
    expect(copy?.spokenCode).toBeUndefined();
  });

  it('a visit is told from an opening, and a program from a browser where it can be told; each once', async () => {
    const before = (await stage.mailbox(ROSA)).map((m) => linkOf(m.raw));
    const sent = await stage.send('ana', { to: [{ address: ROSA }], subject: 'Your second results', text: 'All is well.' });
    const [relayed] = (await stage.until('ana', sent.body.id, ['relayed'])).recipients;
    const path = linkOf((await stage.mail(ROSA, (raw) => linkOf(raw) !== '' && !before.includes(linkOf(raw)))).raw);
    const visits = async () => (await stage.timeline('ana', sent.body.id)).recipients[0]?.events.filter((e) => e.type === 'portal.visited').map((e) => [e.facts?.['by'], e.facts?.['sign'] ?? null]);
    const page = await browser.newPage({ userAgent: 'Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36' });
    // sooner than anybody could: what stands before the mailbox runs a whole browser, however slow the machine is
    clock.stopped = Date.parse(relayed?.events.find((e) => e.type === 'portal.notified')?.time ?? '') + 1_000;
    await page.goto(stage.url + path);
    await expect.poll(visits).toEqual([['program', 'early']]);
    Object.assign(clock, { ahead: 10_000, stopped: null });
    for (let n = 0; n < 3; n += 1) await fetch(stage.url + path, { headers: { 'user-agent': 'MailGateway-LinkScan/3' } });
    for (let n = 0; n < 3; n += 1) await page.goto(stage.url + path);
    await expect.poll(visits).toEqual([['program', 'early'], ['browser', null]]);
    const [copy] = (await stage.timeline('ana', sent.body.id)).recipients;
    expect(copy?.status).toBe('relayed');
    for (const event of copy?.events.filter((e) => e.type === 'portal.visited') ?? []) expect(event.text).toMatch(/not opened\.$/);
    expect(copy?.events.map((e) => e.type)).not.toContain('portal.message_opened');
    await page.close();
  });

  it('a recalled message says so and shows nothing', async () => {
    const sent = await stage.send('ana', { to: [{ address: 'walt.finch@oldpost.test' }], text: 'lithium' });
    const timeline = await stage.until('ana', sent.body.id, ['relayed']);
    const path = linkOf((await stage.mail('walt.finch@oldpost.test', (raw) => raw.includes('/m/'))).raw);
    const page = await phone();
    await page.goto(stage.url + path);
    await page.getByLabel('Code').fill(timeline.recipients[0]?.spokenCode ?? '');
    await page.getByRole('button', { name: 'Open the message' }).click();
    await page.waitForURL('**/message');
    const recalled = await stage.call('ana', 'POST', `messages/${sent.body.id}/recall`, {});
    expect(recalled.body.recipients[0]).toMatchObject({ recalled: true, reason: { code: 'recalled-after-open' } });
    await page.reload();
    expect(await page.textContent('body')).toContain('withdrawn');
    expect(await page.content()).not.toContain('lithium');
    expect((await stage.timeline('ana', sent.body.id)).recipients[0]?.status).toBe('recalled');
    await page.context().close();
  });
});
