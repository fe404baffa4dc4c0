/** A patient answers on the secure page, on a phone: it reaches the clinician's mailbox protected, in the thread, and stays to be read beside the message. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from '../browser.ts';
import { openClamd } from './clamd.ts';
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
    const before = (await stage.mailbox(WALT)).map((m) => linkOf(m.raw));
    const { body } = await stage.send('ana', { to, subject: 'Your results', text: 'Your potassium is 6.1.', ...more });
    const timeline = await stage.until('ana', body.id, ['relayed', 'delivered']);
    const mail = await stage.mail(WALT, (raw) => linkOf(raw) !== '' && !before.includes(linkOf(raw)));
    const page = await (await browser.newContext({ viewport: { width: 390, height: 800 }, isMobile: true, javaScriptEnabled: false })).newPage();
    await page.goto(stage.url + linkOf(mail.raw));
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
    const long = await post({ text: 'x'.repeat(20_001), key: 'b'.repeat(32) });
    expect([long.status, (await long.text()).includes('x'.repeat(20_001))]).toEqual([422, true]);
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
    const notice = await stage.newMail(ROSA, before, /\/m\/[A-Za-z0-9_-]{43}/);
    expect(linkOf(notice)).not.toBe('');
    expect(notice).not.toContain('Monday suits both');
    await page.context().close();
  });

  it('of somebody who was written to unseen reaches the author alone', async () => {
    const { page } = await reading([{ address: ROSA }], { subject: 'Unseen', bcc: [{ address: WALT }] });
    expect(await page.getByRole('checkbox').count()).toBe(0);
    const before = (await stage.mailbox(ROSA)).length;
    await page.getByLabel('Your answer').fill('Thank you for the copy.');
    // Asked for all the same, by a form that was changed.
    const fields = await page.locator('#answer form').evaluate((form) => Object.fromEntries([...new FormData(form as HTMLFormElement).entries()].filter(([, v]) => typeof v === 'string'))) as Record<string, string>;
    const cookie = (await page.context().cookies()).map((c) => `${c.name}=${c.value}`).join('; ');
    const path = new URL(page.url()).pathname.replace('/message', '');
    const sent = await fetch(`${stage.url}${path}/answer`, { method: 'POST', redirect: 'manual', headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams({ ...fields, all: '1' }).toString() });
    expect(sent.headers.get('location')).toContain('answer=sent');
    await stage.mail(ANA, (raw) => raw.includes('Thank you for the copy.'));
    await new Promise((r) => setTimeout(r, 500));
    expect((await stage.mailbox(ROSA)).slice(before).filter((m) => linkOf(m.raw) !== '')).toEqual([]);
    await page.context().close();
  });
});

const PDF = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(400_000, 'pdf ')]);

describe.each([['with a malware scanner', true], ['without one', false]] as const)('files beside an answer, %s', (_what, scanned) => {
  let stage: Stage;
  let browser: Browser;
  let clamd: Awaited<ReturnType<typeof openClamd>>;
  beforeAll(async () => {
    clamd = await openClamd();
    [stage, browser] = await Promise.all([openStage(scanned ? { settings: { CLAMAV: clamd.at } } : {}), openBrowser()]);
  });
  afterAll(async () => { await browser?.close(); await stage?.close(); clamd?.close(); });

  it('are judged, kept, taken away, sent on when they were found clean and else shown without being opened', async () => {
    const { body } = await stage.send('ana', { to: [{ address: WALT }], subject: 'Your results', text: 'Your potassium is 6.1.' });
    const timeline = await stage.until('ana', body.id, ['relayed']);
    const mail = await stage.mail(WALT, (raw) => linkOf(raw) !== '');
    const page = await (await browser.newContext({ viewport: { width: 390, height: 800 }, javaScriptEnabled: false })).newPage();
    await page.goto(stage.url + linkOf(mail.raw));
    await page.getByLabel('Code').fill(timeline.recipients[0]?.spokenCode ?? '');
    await page.getByRole('button', { name: 'Open the message' }).click();
    await page.waitForURL('**/message');
    const add = async (files: readonly { name: string; mimeType: string; buffer: Buffer }[], word: string) => {
      await page.getByLabel('Files to add').setInputFiles([...files]);
      // The answer to the last ones may have been the same: its page is not this one's.
      await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name: 'Add the files' }).click()]);
      expect(page.url()).toContain(`answer=${word}`);
    };
    await page.getByLabel('Your answer').fill('The rash looks like this.');
    await add([{ name: 'report \u00f1.pdf', mimeType: 'text/html', buffer: PDF }, { name: 'values.txt', mimeType: 'application/x-msdownload', buffer: Buffer.from('iron 60, ferritin 12') }, { name: 'old.txt', mimeType: 'text/plain', buffer: Buffer.from('not this one') }], 'attached');
    expect(await page.getByLabel('Your answer').inputValue()).toBe('The rash looks like this.');
    await page.getByRole('button', { name: 'Remove: old.txt' }).click();
    await page.waitForURL(/answer=saved/);
    await add([{ name: 'run.pdf', mimeType: 'application/pdf', buffer: Buffer.from('MZ\u0090\u0000') }], 'type');
    await add([{ name: 'page.txt', mimeType: 'text/plain', buffer: Buffer.from('<html><script>alert(1)</script>') }], 'type');
    if (scanned) await add([{ name: 'bad.txt', mimeType: 'text/plain', buffer: Buffer.from('HARMFUL') }], 'malware');
    expect(await page.locator('#answer ul.files li div').allTextContents()).toEqual(['report \u00f1.pdfPDF document, 391 KB', 'values.txtText, 20 bytes']);
    // Nothing of it lies in clear.
    expect(spawnSync('grep', ['-rlaE', 'ferritin|rash looks|pdf pdf|values.txt', join(stage.folder, 'data')], { encoding: 'utf8' })).toMatchObject({ status: 1, stdout: '' });

    const fields = await page.locator('#answer form').evaluate((form) => Object.fromEntries([...new FormData(form as HTMLFormElement).entries()].filter(([, v]) => typeof v === 'string'))) as Record<string, string>;
    const cookie = (await page.context().cookies()).map((c) => `${c.name}=${c.value}`).join('; ');
    const path = new URL(page.url()).pathname.replace('/message', '');
    const post = (change: Record<string, string | Blob>) => {
      const form = new FormData();
      for (const [name, value] of Object.entries({ ...fields, ...change })) form.append(name, value as string);
      return fetch(`${stage.url}${path}/answer`, { method: 'POST', redirect: 'manual', headers: { cookie }, body: form });
    };
    // A form of somebody else's brings no file in.
    expect((await post({ form: 'x', attach: '1', file: new File(['iron'], 'a.txt') })).status).toBe(403);
    for (let i = 0; i < 2; i += 1) expect((await post({})).headers.get('location')).toContain('answer=sent');
    const answer = await stage.mail(ANA, (raw) => raw.includes('The rash looks like this.'));
    expect((await stage.mailbox(ANA)).filter((m) => m.raw.includes('The rash looks like this.'))).toHaveLength(1);
    const types = [...answer.raw.matchAll(/^Content-Type: ([\w/.-]+)/gmi)].map((m) => m[1]);
    const [recipient] = (await stage.timeline('ana', body.id)).recipients;
    const told = recipient?.events.filter((e) => e.type === 'portal.files_sent' || e.type === 'portal.upload_refused').map((e) => [e.type, e.facts?.['code'] ?? e.facts?.['kept']]);
    if (scanned) {
      expect(types).toEqual(['multipart/mixed', 'text/plain', 'application/pdf', 'text/plain']);
      expect(answer.raw.replace(/\r\n/g, '')).toContain(PDF.toString('base64').slice(0, 60_000));
      expect(answer.raw.replace(/=\r\n/g, '')).not.toContain('checked for malware');
      expect(recipient?.kept).toBeUndefined();
      expect(told).toEqual([['portal.upload_refused', 'upload-type'], ['portal.upload_refused', 'upload-type'], ['portal.upload_refused', 'upload-malware'], ['portal.files_sent', 0]]);
      expect(clamd.looked.every((l) => l === 'zINSTREAM\0')).toBe(true);
    } else {
      expect(types.filter((t) => t === 'application/pdf')).toEqual([]);
      expect(answer.raw.replace(/=\r\n/g, '')).toContain('2 files were put beside this answer and not checked for malware');
      expect(recipient?.kept).toMatchObject([{ filename: 'report \u00f1.pdf', contentType: 'application/pdf', size: PDF.length }, { filename: 'values.txt', preview: 'iron 60, ferritin 12' }]);
      expect(told?.at(-1)).toEqual(['portal.files_sent', 2]);
    }
    await page.reload();
    expect(await page.locator('#answer ul.files').count()).toBe(0);
    await page.context().close();
  });
});
