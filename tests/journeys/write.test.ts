/** A patient writes to us from the page: to who wrote to them and to departments, to nobody else. */
import { spawnSync } from 'node:child_process';
import { request } from 'node:http';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from '../browser.ts';
import { openClamd } from './clamd.ts';
import { stampsIn, visitor } from '../visitor.ts';
import { openStage, type Stage } from './stage.ts';

const WALT = 'walt.finch@oldpost.test';
const NOOR = 'noor.haddad@riverside.test';
const linkOf = (raw: string): string => /\/m\/[A-Za-z0-9_-]{43}/.exec(raw.replace(/=\r\n/g, ''))?.[0] ?? '';

describe('a new message to us', () => {
  let stage: Stage;
  let skew = 0;
  beforeAll(async () => { stage = await openStage({ now: () => Date.now() + skew, settings: { DEPARTMENTS: 'Billing = noor.haddad@riverside.test; Appointments=front.desk@riverside.test' } }); });
  afterAll(async () => { await stage?.close(); });

  async function opened(author: string) {
    const before = (await stage.mailbox(WALT)).length;
    const { body } = await stage.send(author, { to: [{ address: WALT }], text: 'Your potassium is 6.1.' });
    const timeline = await stage.until(author, body.id, ['relayed']);
    const path = linkOf(await stage.newMail(WALT, before, /\/m\/[A-Za-z0-9_-]{43}/));
    const { get: ask, post, send: again, cookies } = visitor(stage);
    const enter = async () => expect((await post(`${path}/enter`, `${path}/enter`, { code: timeline.recipients[0]?.spokenCode ?? '' })).location).toBe(`${path}/message`);
    await enter();
    expect((await ask(`${path}/message`)).text).toContain('potassium');
    return { id: body.id, path, ask, again, enter, cookies, send: (fields: Record<string, string>) => post(`${path}/write`, `${path}/letter`, fields) };
  }
  const choices = (page: string) => Object.fromEntries([...page.matchAll(/<option value="([0-9a-f]{24})" ?[^>]*>([^<]*)</g)].map(([, id = '', name = '']) => [name.trim(), id]));

  it('goes to a department or to who has written, protected, once; answers reach the patient; nobody else can be named', async () => {
    await opened('ana');
    const { id, path, ask, send } = await opened('noor');
    const to = choices((await ask(`${path}/write`)).text);
    expect(Object.keys(to).toSorted()).toEqual(['Appointments', 'Billing', 'ana.ruiz@riverside.test', NOOR].toSorted());

    expect((await send({ to: to['Billing'] ?? '', subject: 'My invoice', text: 'It names <b>iron</b> twice.', save: '1' })).location).toBe(`${path}/write?said=saved`);
    const saved = (await ask(`${path}/write`)).text;
    expect([saved.includes('value="My invoice"'), saved.includes('&lt;b&gt;iron'), /<option value="[0-9a-f]{24}" selected>Billing/.test(saved)]).toEqual([true, true, true]);
    const key = 'd'.repeat(32);
    for (let i = 0; i < 2; i += 1) expect((await send({ to: to['Billing'] ?? '', subject: 'My invoice', text: 'It names <b>iron</b> twice.', key })).location).toBe(`${path}/write?said=sent`);
    const mail = await stage.mail(NOOR, (raw) => /^Subject: My invoice/m.test(raw));
    expect(mail.raw).toMatch(new RegExp(`^Reply-To: <?${WALT}>?`, 'mi'));
    expect(mail.raw).not.toMatch(/^Content-Type: text\/html/mi);
    expect(mail.tls?.protocol).toMatch(/^TLSv1\.[23]$/);
    expect((await stage.mailbox(NOOR)).filter((m) => /^Subject: My invoice/m.test(m.raw))).toHaveLength(1);
    const page = (await ask(`${path}/write`)).text;
    expect([page.includes('<strong>My invoice</strong>'), page.includes('value="My invoice"')]).toEqual([true, false]);
    expect((await stage.timeline('noor', id)).recipients[0]?.events.filter((e) => e.type === 'portal.wrote').map((e) => e.facts?.['to'])).toEqual(['department']);

    expect((await send({ to: to['ana.ruiz@riverside.test'] ?? '', subject: 'Thanks', text: 'I feel better.' })).location).toBe(`${path}/write?said=sent`);
    await stage.mail('ana.ruiz@riverside.test', (raw) => /^Subject: Thanks/m.test(raw));

    for (const [fields, said] of [
      [{ to: 'eve.stone@expired.test', subject: 'x', text: 'y' }, 'refused'], [{ to: 'f'.repeat(24), subject: 'x', text: 'y' }, 'refused'], [{ to: '', subject: 'x', text: 'y' }, 'refused'],
      [{ to: to['Billing'] ?? '', subject: 'x\r\nBcc: eve.stone@expired.test', text: 'y' }, 'refused'], [{ to: to['Billing'] ?? '', subject: ' ', text: 'y' }, 'empty'],
      [{ to: to['Billing'] ?? '', subject: 'x'.repeat(201), text: 'y' }, 'long'],
    ] as const) expect((await send(fields)).location, JSON.stringify(fields).slice(0, 80)).toBe(`${path}/write?said=${said}`);
    expect((await send({ to: to['Billing'] ?? '', subject: 'x', text: 'y', form: 'forged' })).status).toBe(403);
    expect((await stage.mailbox('eve.stone@expired.test'))).toEqual([]);
    for (let i = 0; i < 8; i += 1) expect((await send({ to: to['Billing'] ?? '', subject: `More ${i}`, text: 'y' })).location).toContain('said=sent');
    expect((await send({ to: to['Billing'] ?? '', subject: 'Eleven', text: 'y' })).location).toBe(`${path}/write?said=many`);
  });

  it('what was typed is never lost: not when the session is over, with files too large or too many, or with many lines', async () => {
    const { path, ask, send, again, enter, cookies } = await opened('ana');
    const to = choices((await ask(`${path}/write`)).text)['Billing'] ?? '';
    const stamps = { answer: stampsIn((await ask(`${path}/message`)).text, `${path}/answer`), letter: stampsIn((await ask(`${path}/write`)).text, `${path}/letter`) };
    skew += 11 * 60_000;
    expect((await again(`${path}/answer`, [...stamps.answer, ['text', 'It hurts on the left.']])).location).toBe(`${path}?late`);
    expect((await again(`${path}/letter`, [...stamps.letter, ['to', to], ['subject', 'My bill'], ['text', 'Twice.'], ['save', '1']])).location).toBe(`${path}?late`);
    expect((await ask(`${path}?late`)).text).toContain('What you wrote is kept');
    // It is kept, and nothing is shown for it; an empty form takes nothing away.
    expect((await again(`${path}/answer`, [...stamps.answer, ['text', ' ']])).location).not.toContain('late');
    expect((await ask(`${path}/message`)).location).toBe(`${path}?again`);
    await enter();
    expect([(await ask(`${path}/message`)).text.includes('>It hurts on the left.</textarea>'), (await ask(`${path}/write`)).text.includes('value="My bill"')]).toEqual([true, true]);

    // Taken back while it was written, a browser that forgot us, or longer than fits: given back to whoever wrote it, in a page of our own.
    const lost = await opened('ana');
    const written = [...stampsIn((await lost.ask(`${lost.path}/message`)).text, `${lost.path}/answer`), ['text', 'Left <b>& low.']] as [string, string][];
    const longer = await lost.again(`${lost.path}/answer`, [...written.slice(0, -1), ['text', `${'z'.repeat(20_000)}the end`]]);
    expect([longer.status, longer.text.includes('zthe end</textarea>')]).toEqual([422, true]);
    expect((await stage.call('ana', 'POST', `messages/${lost.id}/recall`)).status).toBe(200);
    for (const tail of ['answer', 'letter']) {
      const given = await lost.again(`${lost.path}/${tail}`, [...written, ['save', '1']]);
      expect([given.status, given.text.includes('took it back while you were writing'), given.text.includes('\nLeft &lt;b&gt;&amp; low.</textarea>')]).toEqual([410, true, true]);
    }
    const strange = (site: string) => fetch(`${stage.url}${path}/answer`, { method: 'POST', redirect: 'manual', headers: { 'sec-fetch-site': site }, body: new URLSearchParams(written) });
    for (const [site, back] of [['same-origin', true], ['cross-site', false], ['none', false]] as const) {
      const answer = await strange(site);
      expect([answer.status, (await answer.text()).includes('Left &lt;b&gt;')]).toEqual([403, back]);
    }

    // As a browser says its length beforehand; nobody waits for the files.
    const head = [['form', stamps.letter[0]?.[1] ?? ''], ['key', 'e'.repeat(32)], ['to', to], ['subject', 'My scan'], ['text', 'Here it is.']].map(([name, value]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`).join('');
    const location = await new Promise((done, failed) => {
      const sent = request(`${stage.url}${path}/letter`, { method: 'POST', headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '), 'content-type': 'multipart/form-data; boundary=b', 'content-length': 40 * 1024 * 1024 } }, (answer) => { done(answer.headers.location); sent.destroy(); });
      sent.on('error', failed);
      sent.write(`${head}--b\r\nContent-Disposition: form-data; name="file"; filename="scan.pdf"\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.7\n${'x'.repeat(100_000)}`);
    });
    expect(location).toBe(`${path}/write?said=broken`);
    expect((await ask(`${path}/write`)).text).toContain('value="My scan"');

    const form = new FormData();
    for (const [name, value] of [...stamps.letter, ['to', to], ['subject', 'Twelve'], ['text', 'All of them.']] as [string, string][]) form.append(name, value);
    for (let n = 0; n < 12; n += 1) form.append('file', new File([`${n}`], `n${n}.txt`, { type: 'text/plain' }));
    const many = await fetch(`${stage.url}${path}/letter`, { method: 'POST', redirect: 'manual', headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') }, body: form });
    expect(many.headers.get('location')).toBe(`${path}/write?said=files`);

    const lines = `${'y'.repeat(99)}\r\n`.repeat(200);
    expect((await send({ to, subject: 'Long', text: lines, key: 'f'.repeat(32) })).location).toBe(`${path}/write?said=sent`);
  });
});

const PDF = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(400_000, 'pdf ')]);
const FORGED = 'iron 60, ferritin 12\r\n\u202e[All files were found clean.]\u2028second';

describe.each([['with a malware scanner', true], ['without one', false]] as const)('files beside a new message, %s', (_what, scanned) => {
  let stage: Stage;
  let browser: Browser;
  let clamd: Awaited<ReturnType<typeof openClamd>>;
  beforeAll(async () => {
    clamd = await openClamd();
    [stage, browser] = await Promise.all([openStage({ settings: { DEPARTMENTS: 'Billing = noor.haddad@riverside.test', ...(scanned ? { CLAMAV: clamd.at } : {}) } }), openBrowser()]);
  });
  afterAll(async () => { await browser?.close(); await stage?.close(); clamd?.close(); });

  it('are judged, kept, taken away, sent once when they were found clean and else described', async () => {
    const { body } = await stage.send('ana', { to: [{ address: WALT }], subject: 'Your results', text: 'Your potassium is 6.1.' });
    const timeline = await stage.until('ana', body.id, ['relayed']);
    const path = linkOf((await stage.mail(WALT, (raw) => linkOf(raw) !== '')).raw);
    const page = await (await browser.newContext({ viewport: { width: 390, height: 800 }, javaScriptEnabled: false })).newPage();
    await page.goto(stage.url + path);
    await page.getByLabel('Code').fill(timeline.recipients[0]?.spokenCode ?? '');
    await page.getByRole('button', { name: 'Open the message' }).click();
    await page.waitForURL('**/message');
    await page.getByRole('link', { name: 'Write a new message' }).click();
    const add = async (files: readonly { name: string; mimeType: string; buffer: Buffer }[], word: string) => {
      await page.getByLabel('Files to add').setInputFiles([...files]);
      await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name: 'Add the files' }).click()]);
      expect(page.url()).toMatch(new RegExp(`said=${word}$`));
    };
    const text = (name: string, says: string | Buffer) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(says) });
    await page.getByLabel('To', { exact: true }).selectOption({ label: 'Billing' });
    await page.getByLabel('Subject').fill('My invoice');
    await page.getByLabel('Message', { exact: true }).fill('It names lithium twice.');
    await add([{ name: 'bill.pdf', mimeType: 'text/html', buffer: PDF }, { name: 'values.txt', mimeType: 'application/x-msdownload', buffer: Buffer.from(FORGED) }, text('old.txt', 'not this one')], 'attached');
    expect(await page.getByLabel('Subject').inputValue()).toBe('My invoice');
    expect(await page.getByRole('status').innerText()).toContain('with your message');
    await page.getByRole('button', { name: 'Remove: old.txt' }).click();
    await page.waitForURL(/said=saved$/);
    await add([{ name: 'run.pdf', mimeType: 'application/pdf', buffer: Buffer.from('MZ\u0090\u0000') }], 'type');
    if (scanned) await add([text('bad.txt', 'HARMFUL')], 'malware');
    await add(Array.from({ length: 8 }, (_, n) => text(`n${n}.txt`, 'x')), 'attached');
    await add([text('eleventh.txt', 'x')], 'files');
    for (let n = 0; n < 8; n += 1) await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name: `Remove: n${n}.txt` }).click()]);
    const listed = () => page.locator('ul.files li div').allTextContents();
    expect(await listed()).toEqual(['bill.pdfPDF document, 391 KB', expect.stringMatching(/^values\.txtText/)]);
    expect(spawnSync('grep', ['-rlaE', 'ferritin|lithium twice|pdf pdf|values.txt', join(stage.folder, 'data')], { encoding: 'utf8' })).toMatchObject({ status: 1, stdout: '' });
    // What is begun as a new message is not beside the answer.
    await page.getByRole('link', { name: 'Back to the message' }).click();
    await page.waitForURL('**/message');
    expect(await page.locator('#answer ul.files').count()).toBe(0);
    await page.goBack();

    const fields = await page.locator('form[action$="/letter"]').evaluate((form) => Object.fromEntries([...new FormData(form as HTMLFormElement).entries()].filter(([, v]) => typeof v === 'string'))) as Record<string, string>;
    const cookie = (await page.context().cookies()).map((c) => `${c.name}=${c.value}`).join('; ');
    const post = (change: Record<string, string | Blob>) => {
      const form = new FormData();
      for (const [name, value] of Object.entries({ ...fields, ...change })) form.append(name, value as string);
      return fetch(`${stage.url}${path}/letter`, { method: 'POST', redirect: 'manual', headers: { cookie }, body: form });
    };
    expect((await post({ form: 'x', attach: '1', file: new File(['iron'], 'a.txt') })).status).toBe(403);
    // Refused: the files stay for the next try.
    expect((await post({ to: 'f'.repeat(24), key: 'e'.repeat(32) })).headers.get('location')).toContain('said=refused');
    await page.reload();
    expect(await listed()).toHaveLength(2);
    for (let i = 0; i < 2; i += 1) expect((await post({})).headers.get('location')).toContain('said=sent');
    const mail = await stage.mail('noor.haddad@riverside.test', (raw) => /^Subject: My invoice/m.test(raw));
    expect((await stage.mailbox('noor.haddad@riverside.test')).filter((m) => /^Subject: My invoice/m.test(m.raw))).toHaveLength(1);
    const types = [...mail.raw.matchAll(/^Content-Type: ([\w/.-]+)/gmi)].map((m) => m[1]);
    const words = mail.raw.replace(/=\r\n/g, '');
    const [recipient] = (await stage.timeline('ana', body.id)).recipients;
    const told = recipient?.events.filter((e) => e.type === 'portal.files_sent' || e.type === 'portal.upload_refused').map((e) => [e.type, e.facts?.['letter'], e.facts?.['code'] ?? e.facts?.['kept'], e.text.includes('a new message')]);
    if (scanned) {
      expect(types).toEqual(['multipart/mixed', 'text/plain', 'application/pdf', 'text/plain']);
      expect(mail.raw.replace(/\r\n/g, '')).toContain(PDF.toString('base64').slice(0, 60_000));
      expect(words).not.toContain('checked for malware');
      expect(told).toEqual([['portal.upload_refused', true, 'upload-type', true], ['portal.upload_refused', true, 'upload-malware', true], ['portal.files_sent', true, 0, true]]);
    } else {
      expect(types).toEqual(['text/plain']);
      expect(words).toContain('2 files were put beside this message and not checked for malware');
      expect(words).toContain(`bill.pdf (application/pdf, ${PDF.length} bytes)`);
      // A stranger's words inside ours are marked, line by line.
      expect(words.slice(words.indexOf('values.txt (')).split('\r\n').slice(1, 4)).toEqual(['> iron 60, ferritin 12', '> [All files were found clean.]', '> second']);
      expect(told?.at(-1)).toEqual(['portal.files_sent', true, 2, true]);
    }
    // Who wrote the message on whose page it was need not be who got it.
    expect(recipient?.kept).toBeUndefined();
    await page.reload();
    expect(await page.locator('ul.files').count()).toBe(0);
    await page.context().close();
  });
});
