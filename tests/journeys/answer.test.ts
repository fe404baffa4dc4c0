/** A patient answers on the secure page, on a phone: it reaches the clinician's mailbox protected, in the thread, and stays to be read beside the message. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from '../browser.ts';
import { openStage, type Stage } from './stage.ts';

const ROSA = 'rosa.delgado@brightmail.test';
const WALT = 'walt.finch@oldpost.test';
const ANA = 'ana.ruiz@riverside.test';
const linkOf = (raw: string): string => /\/m\/[A-Za-z0-9_-]{43}/.exec(raw.replace(/=\r\n/g, ''))?.[0] ?? '';

describe('an answer', () => {
  let stage: Stage;
  let browser: Browser;
  beforeAll(async () => { [stage, browser] = await Promise.all([openStage(), openBrowser()]); });
  afterAll(async () => { await browser?.close(); await stage?.close(); });

  async function reading(to: { address: string }[], more: object = {}): Promise<{ readonly id: string; readonly page: Page }> {
    const { body } = await stage.send('ana', { to, subject: 'Your results', text: 'Your potassium is 6.1.', ...more });
    const timeline = await stage.until('ana', body.id, ['relayed', 'delivered']);
    const before = new Set<string>();
    const mail = await stage.mail(WALT, (raw) => linkOf(raw) !== '' && !before.has(linkOf(raw)));
    const mails = (await stage.mailbox(WALT)).filter((m) => linkOf(m.raw) !== '');
    const page = await (await browser.newContext({ viewport: { width: 390, height: 800 }, isMobile: true, javaScriptEnabled: false })).newPage();
    await page.goto(stage.url + linkOf((mails.at(-1) ?? mail).raw));
    await page.getByLabel('Code').fill(timeline.recipients.find((r) => r.address === WALT)?.spokenCode ?? '');
    await page.getByRole('button', { name: 'Open the message' }).click();
    await page.waitForURL('**/message');
    return { id: body.id, page };
  }
  const inbox = async () => (await stage.mailbox(ANA)).filter((m) => /^Subject: Re: Your results/m.test(m.raw));

  it('is saved, sent once, delivered over a proved road in the thread, and answers go to the patient', async () => {
    const { id, page } = await reading([{ address: WALT }]);
    await page.getByLabel('Your answer').fill('I feel dizzy <b>& weak</b>.');
    await page.getByRole('button', { name: 'Save for later' }).click();
    await page.waitForURL(/answer=saved/);
    expect(await page.getByLabel('Your answer').inputValue()).toBe('I feel dizzy <b>& weak</b>.');
    expect(await inbox()).toEqual([]);
    await page.getByRole('button', { name: 'Send the answer' }).click();
    await page.waitForURL(/answer=sent/);
    expect(await page.textContent('#answer')).toContain('I feel dizzy <b>& weak</b>.');
    expect(await page.getByLabel('Your answer').inputValue()).toBe('');

    const mail = await stage.mail(ANA, (raw) => /^Subject: Re: Your results/m.test(raw));
    expect(mail.tls?.protocol).toMatch(/^TLSv1\.[23]$/);
    const head = mail.raw.split('\r\n\r\n')[0]?.replace(/\r\n[ \t]/g, ' ') ?? '';
    expect(head).toMatch(new RegExp(`^In-Reply-To: <${id.slice(4)}@`, 'mi'));
    expect(head).toMatch(new RegExp(`^Reply-To: <?${WALT}>?$`, 'mi'));
    expect(head).toMatch(/^From: .*secure@riverside\.test/mi);
    expect(mail.raw).not.toMatch(/^Content-Type: text\/html/mi);
    const events = (await stage.timeline('ana', id)).recipients[0]?.events.filter((e) => e.type === 'portal.replied');
    expect(events).toHaveLength(1);
    // It is no message of the author's own, and another clinician sees nothing of it.
    expect((await stage.call('ana', 'GET', `messages/${String(events?.[0]?.facts?.['answer'])}`)).status).toBe(404);

    // The form sent again, as a phone with a weak signal does: one answer.
    await page.getByLabel('Your answer').fill('Twice.');
    const fields = await page.locator('#answer form').evaluate((form) => Object.fromEntries(new FormData(form as HTMLFormElement).entries())) as Record<string, string>;
    const cookie = (await page.context().cookies()).map((c) => `${c.name}=${c.value}`).join('; ');
    const path = new URL(page.url()).pathname.replace('/message', '');
    const post = (change: Record<string, string> = {}, headers: Record<string, string> = {}) => fetch(`${stage.url}${path}/answer`, { method: 'POST', redirect: 'manual', headers: { cookie, 'content-type': 'application/x-www-form-urlencoded', ...headers }, body: new URLSearchParams({ ...fields, ...change }).toString() });
    for (let i = 0; i < 3; i += 1) expect((await post()).headers.get('location')).toContain('answer=sent');
    await stage.mail(ANA, (raw) => raw.includes('Twice.'));
    expect((await inbox()).filter((m) => m.raw.includes('Twice.'))).toHaveLength(1);
    // From elsewhere, empty, too long: not sent.
    expect((await post({}, { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await post({ text: ' \n ', key: 'a'.repeat(32) })).headers.get('location')).toContain('answer=empty');
    expect((await post({ text: 'x'.repeat(20_001), key: 'b'.repeat(32) })).headers.get('location')).toContain('answer=long');
    for (let i = 0; i < 8; i += 1) await post({ text: `More ${i}`, key: String(i).repeat(32) });
    expect((await post({ text: 'Eleven', key: 'c'.repeat(32) })).headers.get('location')).toContain('answer=many');
    await page.context().close();
  });

  it('to all reaches the other visible recipients, each protected in their own way', async () => {
    const { page } = await reading([{ address: WALT }, { address: ROSA }], { subject: 'Both of you', bcc: [{ address: 'greta.lowe@grey.test' }] });
    await page.getByLabel('Your answer').fill('Monday suits both of us.');
    await page.getByLabel('Send it to the other recipient too').check();
    const before = (await stage.mailbox(ROSA)).length;
    await page.getByRole('button', { name: 'Send the answer' }).click();
    await page.waitForURL(/answer=sent/);
    await stage.mail(ANA, (raw) => raw.includes('Monday suits both'));
    for (let i = 0; (await stage.mailbox(ROSA)).length === before && i < 200; i += 1) await new Promise((r) => setTimeout(r, 50));
    const notice = (await stage.mailbox(ROSA)).at(-1)?.raw ?? '';
    expect(linkOf(notice)).not.toBe('');
    expect(notice).not.toContain('Monday suits both');
    await page.context().close();
  });
});
