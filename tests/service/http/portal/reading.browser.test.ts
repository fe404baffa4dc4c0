/** The portal in a real browser at phone width: three actions, nothing runs, nothing loads from elsewhere, axe finds nothing. */
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { draw } from '../../../../service/http/portal/divided.ts';
import { seal } from '../../../../service/vault/aead.ts';
import { newHalf, wrapDivided } from '../../../../service/vault/divide.ts';
import { WORDS } from '../../../../service/words/words.ts';
import { listen, type Listening } from '../../../../service/http/http.ts';
import { refuse } from '../../../../service/refusal.ts';
import { noticeMail } from '../../../../service/seal/notice.ts';
import type { PortalMessage } from '../../../../service/route.ts';
import { axe, openBrowser } from '../../../browser.ts';
import { openGround, PART, TOKEN, type Ground } from '../ground.ts';

const PIXEL = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAGUlEQVR4nGNQKLhCEmIY1TCqYVTD0NUAAPmPNRFvHlRXAAAAAElFTkSuQmCC', 'base64');
/** Set to a folder to look at the pages. */
const SHOTS = process.env['SCREENSHOTS'];

let ground: Ground;
let server: Listening;
let browser: Browser;
const link = () => `${server.url}/m/${TOKEN}`;
const EVIL = '<script>document.title="owned"</script><img src=x onerror="document.title=\'owned\'">';
const letter: PortalMessage = {
  from: { address: 'ana.ruiz@riverside.test', name: 'Dr. Ana Ruiz' }, organisation: 'Riverside Clinic', to: ['rosa.delgado@brightmail.test'],
  subject: 'Your results from Thursday', acceptedAt: Date.UTC(2026, 10, 21, 10, 2), expires: Date.UTC(2026, 11, 21, 10, 2),
  html: `<div style="font-family:Calibri,Arial,sans-serif;font-size:11pt;color:black"><p>Dear Rosa,</p><p>your blood count is fine. <b>Please keep taking the iron tablets</b> until we meet on <a href="https://riverside.test/visit">2 December</a>.</p><p><img src="cid:chart" alt="Chart of your iron values" width="120" height="120"></p><p>Best wishes<br>Ana Ruiz</p>${EVIL}<img src="https://tracker.test/p.gif" alt=""></div>`,
  attachments: [{ filename: 'chart.png', contentType: 'image/png', size: PIXEL.length, sha256: PART, contentId: 'chart' }, { filename: 'Laboratory report 2026-11-19.pdf', contentType: 'application/pdf', size: 183_402, sha256: PART }],
};

beforeAll(async () => {
  ground = await openGround({ rates: { client: { rate: 0, burst: 0 } } });
  ground.answers['read'] = letter;
  Object.defineProperty(ground.answers, 'attachment', { enumerable: true, configurable: true, get: () => ({ fact: letter.attachments[0], bytes: Readable.from([PIXEL]) }) });
  server = await listen({ app: ground.app, host: '127.0.0.1', port: 0 });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await server?.stop(0);
});

async function phone(scheme: 'light' | 'dark', width = 320, more: Parameters<Browser['newContext']>[0] = {}): Promise<{ readonly page: Page; readonly context: BrowserContext; readonly elsewhere: string[] }> {
  const context = await browser.newContext({ viewport: { width, height: 640 }, colorScheme: scheme, ...more });
  const elsewhere: string[] = [];
  context.on('request', (r) => { if (!r.url().startsWith(server.url) && !r.url().startsWith('data:')) elsewhere.push(r.url()); });
  return { page: await context.newPage(), context, elsewhere };
}

const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const COLOURS = ['color-contrast', 'link-in-text-block'];

/** For a person to look at: phone, tablet, desktop, by day and by night. */
async function pictures(page: Page, folder: string, name: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const [width, scheme] of [320, 768, 1280].flatMap((w) => (['light', 'dark'] as const).map((s) => [w, s] as const))) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height: 640 });
    await page.screenshot({ path: `${folder}/${name}-${scheme}-${width}.png`, fullPage: true });
  }
}

/** In one window, turned dark and made as wide as asked: axe finds nothing, nothing scrolls sideways. */
async function judge(page: Page, name: string, { rules = [...WCAG, 'best-practice'], widths }: { rules?: readonly string[]; widths: readonly number[] }): Promise<void> {
  const look = async (scheme: 'light' | 'dark', width: number, only: readonly string[]) => {
    const said = `${name}-${scheme}-${width}`;
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height: 640 });
    // The page itself allows no script.
    expect((await axe(page, { apart: true, only })).map((v) => `${v.id}: ${v.nodes.join(' ')}`), said).toEqual([]);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth).catch(() => 0);
    expect(wide, `${said} scrolls sideways`).toBeLessThanOrEqual(0);
  };
  // A tap may have led here, and nobody judges half a page.
  await page.waitForLoadState();
  if (SHOTS !== undefined) await pictures(page, SHOTS, name);
  for (const width of widths.slice(1)) await look('light', width, rules);
  await look('light', widths[0] ?? 320, rules);
  // In the dark only colours are others.
  await look('dark', widths[0] ?? 320, COLOURS);
  await page.emulateMedia({ colorScheme: 'light' });
}

describe('a message', () => {
  test('is three actions from its link, without script', async () => {
    const { page, context, elsewhere } = await phone('light', 320, { javaScriptEnabled: false });
    await page.goto(link());
    await page.getByRole('button', { name: 'Send me a code' }).click();
    await page.waitForURL(/\/enter\?sent$/);
    await page.getByLabel('Code').fill('123456');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/message$/);
    await page.waitForLoadState('networkidle');
    const frame = page.frameLocator('iframe');
    await frame.getByText('Please keep taking the iron tablets').waitFor();
    expect(await frame.getByAltText('Chart of your iron values').count()).toBe(1);
    expect(elsewhere).toEqual([]);
    // Without a connection the browser says so, and the way back leads to what was typed.
    await page.getByLabel('Your answer', { exact: true }).fill('It hurts on the left');
    await context.setOffline(true);
    await page.getByRole('button', { name: 'Send the answer' }).click();
    await page.waitForURL(/^chrome-error:/);
    await context.setOffline(false);
    await page.goBack();
    await expect.poll(() => page.getByLabel('Your answer', { exact: true }).inputValue(), { timeout: 10_000 }).toBe('It hurts on the left');
    await context.close();
  });

  test('axe finds nothing on any page', async () => {
    const { page, context } = await phone('light', 320);
    const shot = (name: string) => judge(page, name, { widths: [320, 768] });
    await page.goto(link());
    await shot('waiting');
    await page.getByRole('link', { name: 'I was given a code by phone' }).click();
    await shot('enter');
    await page.getByLabel('Code').fill('999999');
    await page.getByRole('button', { name: 'Open the message' }).click();
    await page.getByRole('alert').waitFor();
    await shot('wrong');
    await page.getByLabel('Code').fill('123456');
    await page.getByRole('button', { name: 'Open the message' }).click();
    await page.waitForURL(/\/message$/);
    await page.frameLocator('iframe').getByText('Please keep taking the iron tablets').waitFor();
    await shot('message');
    await page.getByRole('link', { name: 'View for printing' }).click();
    await shot('print');
    // Opened by itself the body stands in its sandbox, where not even axe can run: its markup is judged on a page of its own.
    const bare = await context.newPage();
    await bare.setContent(await (await context.request.get(`${link()}/body`)).text());
    // Landmarks and headings belong to the page around the frame.
    await judge(bare, 'body', { rules: WCAG, widths: [320, 768] });
    // A value in a table of results is never broken in two: 1452 is not 14 and 52.
    await bare.setViewportSize({ width: 320, height: 640 });
    const lines = await bare.evaluate(`(() => {
      document.body.insertAdjacentHTML('beforeend', '<table><tr><td>NT-proBNP</td><td id="value">1452</td><td>' + 'somewhat above what is usual at this age, please call '.repeat(3) + '</td></tr></table>');
      const text = document.createRange();
      text.selectNodeContents(document.getElementById('value'));
      return text.getClientRects().length;
    })()`);
    expect(lines).toBe(1);
    await bare.close();
    const locked = await context.newPage();
    ground.answers['enter'] = refuse('code-locked');
    for (const ways of [['mail-code', 'spoken-code'], ['spoken-code']] as const) {
      ground.answers['look'] = { ways };
      await locked.goto(`${link()}/enter`);
      await locked.getByLabel('Code').fill('999999');
      await locked.getByRole('button', { name: 'Open the message' }).click();
      await locked.getByRole('alert').waitFor();
      expect(await locked.getByRole('alert').innerText()).toContain(ways.length === 2 ? 'Ask for a new code here' : 'for the long code');
      await judge(locked, `locked-${ways.length}`, { widths: [320] });
    }
    delete ground.answers['enter'];
    await locked.close();
    for (const why of ['expired', 'recalled'] as const) {
      ground.answers['look'] = { ways: ['mail-code'], ended: why };
      await page.goto(link());
      await shot(why);
    }
    ground.answers['look'] = { ways: ['spoken-code'] };
    await page.goto(link());
    await shot('spoken');
    delete ground.answers['look'];
    await page.goto(`${server.url}/m/cut`);
    await shot('cut');
    for (const path of ['', '/docs', '/nothing']) {
      await page.goto(`${server.url}${path}`);
      await shot(`page${path.replace('/', '-')}`);
    }
    await context.close();
  });
});

test.each([['en', false], ['es', true]] as const)('the notice as a mail program draws it, %s, discreet %s: axe finds nothing, and it is as narrow as a phone', async (language, discreet) => {
  const { page, context } = await phone('light', 320);
  const mail = noticeMail({
    messageId: '<n@riverside.test>', date: letter.acceptedAt, from: { address: 'ana.ruiz@riverside.test', name: 'Dr. Ana Ruiz' }, recipient: { address: 'rosa.delgado@brightmail.test' }, recognition: 'amber-lantern · 4821',
    discreet, link: `https://secure.riverside.test/m/${TOKEN}?in=${language}`, expires: letter.expires, language,
  }, { name: 'Riverside Clinic', phone: '+1 555 0100', address: 'secure@riverside.test', ...(discreet ? {} : { logo: { bytes: PIXEL, contentType: 'image/png' as const } }) });
  await page.setContent((mail.html ?? '').replace(/cid:[^"]*/, `data:image/png;base64,${PIXEL.toString('base64')}`));
  await judge(page, `notice-${language}`, { rules: WCAG, widths: [320, 768] });
  if (SHOTS !== undefined) {
    await page.setContent(`<pre style="white-space:pre-wrap;font:15px monospace"></pre>`);
    await page.locator('pre').evaluate((pre, text) => { pre.textContent = text; }, `${mail.subject}\n\n${mail.text ?? ''}`);
    await pictures(page, SHOTS, `notice-${language}-plain`);
  }
  await context.close();
});

describe('in Spanish', () => {
  test('from the link to the message on a phone; axe finds nothing on any page; English is one tap away', async () => {
    const { page, context } = await phone('light', 390, { locale: 'es-MX' });
    const shot = (name: string) => judge(page, `es-${name}`, { widths: [390] });
    ground.answers['look'] = { ways: ['sms-code', 'spoken-code'] };
    await page.goto(link());
    await shot('waiting-text');
    await page.getByRole('button', { name: 'Enviarme un código por mensaje de texto' }).click();
    await shot('sent-text');
    ground.answers['look'] = { ways: ['sms-code', 'spoken-code'], texts: 'sent' };
    await page.goto(link());
    await shot('waiting-text-sent');
    ground.answers['look'] = { ways: ['sms-code', 'spoken-code'], texts: 'none' };
    await page.goto(`${link()}/enter?sent`);
    await shot('text-none');
    ground.answers['look'] = { ways: ['spoken-code'] };
    await page.goto(link());
    await shot('spoken');
    delete ground.answers['look'];
    await page.goto(link());
    await shot('waiting');
    await page.getByRole('button', { name: 'Enviarme un código' }).click();
    await shot('sent');
    await page.getByLabel('Código').fill('999999');
    await page.getByRole('button', { name: 'Abrir el mensaje' }).click();
    await page.getByRole('alert').waitFor();
    await shot('wrong');
    await page.getByLabel('Código').fill('123456');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/message$/);
    ground.answers['read'] = { ...letter, attachments: [...letter.attachments, { filename: 'Radiografía.jpg', contentType: 'image/jpeg', size: 2_400_000, sha256: PART }] };
    await page.reload();
    await shot('message');
    await page.getByRole('link', { name: 'Ver para imprimir' }).click();
    await shot('print');
    ground.answers['read'] = letter;
    // The switch is a link like any other: by name, without script.
    await page.getByRole('link', { name: 'This page in English' }).click();
    await expect.poll(() => page.locator('html').getAttribute('lang')).toBe('en');
    await page.goto(link());
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    await shot('switched');
    await context.close();
  });
});

describe.each([['en', [320, 1280]], ['es', [390]]] as const)('what stands around a message, %s', (language, widths) => {
  test('axe finds nothing: sign-in, another address, answer with files, preferences', async () => {
    const { page, context } = await phone('light', widths[0], { locale: language });
    const shot = (name: string) => judge(page, `around-${language}-${name}`, { widths });
    Object.defineProperty(ground.answers, 'look', { enumerable: true, configurable: true, get: () => { throw new Error('as the test asked'); } });
    expect((await page.goto(link()))?.status()).toBe(500);
    await page.getByRole('heading', { name: WORDS[language].portal.ended.broken.title }).waitFor();
    await shot('broken');
    delete ground.answers['look'];
    ground.answers['look'] = { ways: ['mail-code', 'spoken-code'], signIn: [{ id: 'google', name: 'Google' }, { id: 'microsoft', name: 'Microsoft' }] };
    await page.goto(link());
    await shot('sign-in');
    await page.goto(`${link()}?unreached`);
    await shot('unreached');
    const w = WORDS[language].portal;
    ground.answers['look'] = { ways: ['mail-code', 'spoken-code', 'shared-question'] };
    ground.answers['question'] = 'Where did we first meet?';
    await page.goto(link());
    await shot('question-waiting');
    await page.getByRole('button', { name: w.question.show }).click();
    await shot('question');
    await page.getByLabel('Where did we first meet?').fill('Como');
    await page.getByRole('button', { name: w.enter.open }).click();
    await page.getByRole('alert').waitFor();
    await shot('question-wrong');
    ground.answers['answerQuestion'] = refuse('code-locked');
    ground.answers['question'] = null;
    await page.getByRole('textbox').fill('Como');
    await page.getByRole('button', { name: w.enter.open }).click();
    await page.getByText(w.question.locked).waitFor();
    await shot('question-locked');
    for (const name of ['look', 'question', 'answerQuestion'] as const) delete ground.answers[name];
    await page.goto(`${server.url}/m/signed-in/google?code=c&state=s`);
    await shot('stray');
    await page.goto(`${link()}/other`);
    await shot('other');
    await page.getByRole('textbox').fill('tess@lakeside');
    await page.getByRole('button').click();
    await page.getByRole('alert').waitFor();
    await shot('other-wrong');
    await page.getByRole('textbox').fill('tess.lane@lakeside.test');
    await page.getByRole('button').click();
    await page.waitForURL(/enter\?other$/);
    await shot('other-code');
    ground.answers['enterAsOther'] = { kind: 'asked' };
    await page.getByRole('textbox').fill('123456');
    await page.keyboard.press('Enter');
    await page.getByRole('status').waitFor();
    await shot('asked');
    delete ground.answers['enterAsOther'];
    await page.goto(`${link()}/enter`);
    await page.getByRole('textbox').fill('123456');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/message$/);
    const files = [{ id: 'a'.repeat(24), filename: 'IMG_2041 a name that is rather long for a small screen.heic', contentType: 'image/heic', size: 2_400_000 }, { id: 'b'.repeat(24), filename: 'values.txt', contentType: 'text/plain', size: 812 }];
    ground.answers['thread'] = { answers: [{ time: letter.acceptedAt, text: 'Thank you, I will.' }], begun: 'And one more thing', others: 2, files };
    ground.answers['read'] = { ...letter, keeping: { person: 'cGVyc29u', address: 'rosa.delgado@brightmail.test', known: ['k'.repeat(22)], more: true } };
    await page.goto(`${link()}/message`);
    await shot('answer');
    for (const word of ['malware']) {
      await page.goto(`${link()}/message?answer=${word}#answer`);
      await shot(`answer-${word}`);
    }
    ground.answers['begin'] = refuse('recalled');
    await page.getByLabel(w.answer.field, { exact: true }).fill('It still hurts on the left.\n</textarea><b>Since Thursday.');
    await page.getByRole('button', { name: w.answer.save }).click();
    await page.getByRole('heading', { name: w.unsent.title }).waitFor();
    expect(await page.getByLabel(w.unsent.field).inputValue()).toBe('It still hurts on the left.\n</textarea><b>Since Thursday.');
    await shot('unsent');
    delete ground.answers['begin'];
    ground.answers['read'] = letter;
    delete ground.answers['thread'];
    const known = { address: 'rosa.delgado@brightmail.test', language: 'en', phoneEnds: '23', texts: true, prefers: 'portal', keys: [{ kind: 'pgp', confirmed: false }], sure: true, plain: { topics: ['billing'], since: letter.acceptedAt, version: 'plain-1', warning: (shown: 'en' | 'es') => WORDS[shown].portal.plain.warning('Riverside Clinic') } };
    ground.answers['preferences'] = known;
    // One word that all is well and one that it is not: the others differ in their sentence alone.
    for (const said of ['?said=changed', '?said=plain']) {
      await page.goto(`${link()}/preferences${said}`);
      await shot(`prefer${said.replace('?said=', '-')}`);
    }
    ground.answers['writing'] = { to: [{ id: 'a'.repeat(24), name: 'Billing', department: true }, { id: 'b'.repeat(24), name: 'Dr. Ana Ruiz', department: false }], sent: [{ time: letter.acceptedAt, subject: 'My invoice', text: 'It names iron twice.' }], begun: { to: 'b'.repeat(24), subject: 'Thanks', text: 'I feel better.' }, files };
    for (const said of ['?said=empty']) {
      await page.goto(`${link()}/write${said}`);
      await page.getByRole('heading', { name: w.write.title }).waitFor();
      await shot(`write${said.replace('?said=', '-')}`);
    }
    delete ground.answers['writing'];
    ground.answers['preferences'] = { ...known, sure: false, keys: [] };
    await page.goto(`${link()}/preferences?said=weak`);
    await shot('prefer-weak');
    delete ground.answers['preferences'];
    // A divided key: without its half, without what is released, and opened.
    ground.answers['read'] = { ...letter, subject: '', html: undefined, attachments: [], divided: true };
    // Our scripts run at a host we know by name.
    const named = link().replace('127.0.0.1', 'localhost');
    await page.goto(`${named}/enter`);
    await page.getByRole('textbox').fill('123456');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/message$/);
    await page.locator('#divided-link').waitFor();
    await shot('divided-link');
    ground.answers['read'] = { ...letter, subject: '', html: undefined, attachments: [], divided: true, ordinary: true };
    await page.route('**/divided.js*', (route) => route.abort());
    await page.goto(`${named}/message`);
    await page.getByRole('button', { name: WORDS[language].portal.divided.ask }).waitFor();
    await shot('divided-script');
    await page.unroute('**/divided.js*');
    const halves = { link: newHalf(), kept: newHalf() };
    await page.goto(`${named}#${Buffer.from(halves.link).toString('base64url')}`);
    await page.goto(`${named}/message`);
    await page.locator('#divided-failed').waitFor();
    await shot('divided-failed');
    const key = newHalf();
    const drawn = { html: await draw({ ...letter, expires: 0 }), parts: letter.attachments.map((a) => ({ ...a, name: PART, whole: true })) };
    ground.answers['halves'] = { message: 'msg_1', item: 'item_1', half: halves.kept, wrapped: wrapDivided('msg_1', 'item_1', halves, key), reading: seal({ bytes: key }, 'reading/msg_1', Buffer.from(JSON.stringify(drawn))) };
    Object.defineProperty(ground.answers, 'sealed', { enumerable: true, configurable: true, get: () => ({ bytes: Readable.from([Buffer.from(seal({ bytes: key }, `part/msg_1/${PART}`, PIXEL))]) }) });
    await page.reload();
    await page.waitForFunction(() => [...document.images].some((i) => i.src.startsWith('blob:') && i.naturalWidth === 16));
    expect(await page.title()).not.toContain('owned');
    await shot('divided');
    delete ground.answers['halves'];
    delete ground.answers['sealed'];
    ground.answers['read'] = letter;
    await context.close();
  });
});

test('nothing in a hostile message runs, with script switched on', async () => {
  const { page, context, elsewhere } = await phone('light', 390);
  await page.goto(`${link()}/enter`);
  await page.getByLabel('Code').fill('123456');
  await page.getByRole('button', { name: 'Open the message' }).click();
  await page.waitForURL(/\/message$/);
  await page.waitForLoadState('networkidle');
  expect(await page.title()).toContain('Your results from Thursday');
  await page.goto(`${link()}/body`);
  expect(await page.title()).toBe('Message');
  const drawn = await page.getByAltText('Chart of your iron values').boundingBox();
  expect(drawn?.width).toBe(120);
  expect(elsewhere).toEqual([]);
  await context.close();
});

test('the picture inside the frame is drawn: its cookie reaches it', async () => {
  const { page, context } = await phone('light', 390);
  const pictures: number[] = [];
  page.on('response', (r) => { if (r.url().includes('/inline/')) pictures.push(r.status()); });
  await page.goto(`${link()}/enter`);
  await page.getByLabel('Code').fill('123456');
  await page.getByRole('button', { name: 'Open the message' }).click();
  await page.waitForURL(/\/message$/);
  await expect.poll(() => pictures).toEqual([200]);
  await context.close();
});

test('what is typed is saved while it is typed, stays where there is no connection, and is sent once', async () => {
  const { page, context } = await phone('light', 390);
  await page.clock.install();
  await page.goto(`${link().replace('127.0.0.1', 'localhost')}/enter`);
  await page.getByLabel('Code').fill('123456');
  await page.getByRole('button', { name: 'Open the message' }).click();
  await page.waitForURL(/\/message$/);
  await page.getByText(WORDS.en.portal.drafting.kept).waitFor();
  ground.calls.length = 0;
  const begun = () => ground.calls.filter((c) => c.what === 'begin').map((c) => c.args[1]);
  const field = page.getByLabel('Your answer', { exact: true });
  await field.fill('It hurts');
  const answered = page.waitForResponse((r) => r.request().method() === 'POST');
  await page.clock.runFor(21_000);
  await expect.poll(begun, { timeout: 10_000 }).toEqual(['It hurts']);
  // An answer that the clock overtakes counts as none, and it is saved once more.
  await (await answered).finished();
  await page.evaluate(() => Promise.resolve());
  // Nothing new, nothing saved.
  await page.clock.runFor(60_000);
  await context.setOffline(true);
  await field.fill('It hurts on the left');
  await page.clock.runFor(21_000);
  await page.getByRole('alert').getByText('There is no connection').waitFor();
  await page.getByRole('button', { name: 'Send the answer' }).click();
  expect([await field.inputValue(), page.url(), ground.calls.filter((c) => c.what === 'answer')]).toEqual(['It hurts on the left', expect.stringMatching(/\/message$/), []]);
  await context.setOffline(false);
  // Kept although nobody types or sends anything more.
  await page.clock.runFor(21_000);
  await expect.poll(begun, { timeout: 10_000 }).toEqual(['It hurts', 'It hurts on the left']);
  await page.getByRole('button', { name: 'Send the answer' }).click();
  await page.waitForURL(/answer=sent/);
  expect(ground.calls.filter((c) => c.what === 'answer').map((c) => (c.args[1] as { text: string }).text)).toEqual(['It hurts on the left']);
  expect(begun()).toEqual(['It hurts', 'It hurts on the left']);
  // Refused, each cause has its own sentence; what ends by itself is tried again, what does not is not.
  const refused = async (text: string, why: keyof typeof WORDS.en.portal.drafting.unsaved) => {
    await field.fill(text);
    await page.clock.runFor(21_000);
    await page.getByRole('alert').getByText(WORDS.en.portal.drafting.unsaved[why]).waitFor({ timeout: 30_000 });
    expect(await page.locator('#unsaved p:visible').count()).toBe(1);
    // Not beside a sentence that says the opposite.
    expect(await page.getByText(WORDS.en.portal.drafting.kept).isVisible()).toBe(false);
  };
  // As a browser does that lets more be typed.
  await field.evaluate((area) => area.removeAttribute('maxlength'));
  await refused('x'.repeat(20_001), 'long');
  const tried = begun().length;
  await page.clock.runFor(60_000);
  ground.answers['begin'] = new Error('full');
  await refused('shorter', 'broken');
  await page.route('**/answer', (route) => route.fulfill({ status: 429, body: '' }));
  await page.clock.runFor(21_000);
  await page.getByRole('alert').getByText(WORDS.en.portal.drafting.unsaved.busy).waitFor({ timeout: 30_000 });
  await page.unroute('**/answer');
  ground.answers['begin'] = refuse('expired');
  await refused('shorter still', 'gone');
  const asked = begun().length;
  expect(asked).toBeGreaterThan(tried);
  await page.clock.runFor(60_000);
  expect(begun()).toHaveLength(asked);
  await page.reload();
  ground.answers['begin'] = refuse('session-ended');
  await refused('and again', 'ended');
  expect(await field.inputValue()).toBe('and again');
  delete ground.answers['begin'];
  // Whom a new message is for is kept as its words are.
  ground.answers['writing'] = { to: [{ id: 'a'.repeat(24), name: 'Front desk', department: true }, { id: 'b'.repeat(24), name: 'Dr. Ana Ruiz', department: false }], sent: [], begun: { to: '', subject: 'Iron', text: 'Twice a day?' }, files: [] };
  await page.goto(`${link().replace('127.0.0.1', 'localhost')}/write`);
  await page.getByText(WORDS.en.portal.drafting.kept).waitFor();
  await page.getByLabel('To', { exact: true }).selectOption('Dr. Ana Ruiz');
  await page.clock.runFor(21_000);
  const letters = () => ground.calls.filter((c) => c.what === 'beginLetter').map((c) => c.args[1]);
  await expect.poll(letters, { timeout: 10_000 }).toEqual([{ to: 'b'.repeat(24), subject: 'Iron', text: 'Twice a day?' }]);
  delete ground.answers['writing'];
  await context.close();
});

test('a scanner with a browser that runs script but taps nothing opens nothing', async () => {
  const { page, context } = await phone('light', 390);
  ground.calls.length = 0;
  await page.goto(link());
  for (const href of await page.$$eval('a', (links) => links.map((a) => a.href))) await page.goto(href);
  expect(new Set(ground.calls.map((c) => c.what))).toEqual(new Set(['look', 'visited']));
  await context.close();
});

test('cannot be framed by another site', async () => {
  const evil = createServer((_, answer) => { answer.setHeader('content-type', 'text/html'); answer.end(`<iframe src="${link()}"></iframe>`); });
  await new Promise<void>((resolve) => { evil.listen(0, '127.0.0.1', resolve); });
  const { page, context } = await phone('light', 800);
  const said: string[] = [];
  page.on('console', (m) => said.push(m.text()));
  await page.goto(`http://127.0.0.1:${(evil.address() as AddressInfo).port}/`);
  await expect.poll(() => said.join()).toContain('frame-ancestors');
  expect(page.frames()[1]?.url()).not.toContain('/m/');
  await context.close();
  evil.close();
});

test('is used by keyboard alone, and focus is seen', async () => {
  const { page, context } = await phone('light', 390);
  await page.goto(link());
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => [document.activeElement?.textContent, getComputedStyle(document.activeElement as Element).outlineWidth])).toEqual(['Send me a code', '3px']);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/enter\?sent$/);
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('code');
  await context.close();
});

test('a session that ended leads back to the start, kindly', async () => {
  const { page, context } = await phone('light', 390);
  await page.goto(`${link()}/enter`);
  await page.getByLabel('Code').fill('123456');
  await page.getByRole('button', { name: 'Open the message' }).click();
  await page.waitForURL(/\/message$/);
  ground.answers['read'] = refuse('session-ended');
  await page.reload();
  await page.getByRole('status').getByText('You were signed out').waitFor();
  ground.answers['read'] = letter;
  await context.close();
});
