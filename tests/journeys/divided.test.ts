/** A divided key, in real Chromium and on the real disk: who has one half opens nothing, and from the moment the notice has left nobody here opens it either. */
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { joinShares, makeShares, openBundle } from '../../service/vault/archivekey.ts';
import { openBrowser } from '../browser.ts';
import { PATIENCE, until } from '../until.ts';
import { proofOf } from '../../service/vault/divide.ts';
import { visitor } from '../service/http/portal/visitor.ts';
import { startPostgres } from '../service/store/postgres.ts';
import { openStage, type Stage } from './stage.ts';

const ROSA = 'rosa.delgado@brightmail.test';
const WALT = 'walt.finch@oldpost.test';
const PICTURE = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const LARGE = randomBytes(300_000);
const linkOf = (raw: string): string => /\/m\/[A-Za-z0-9_-]{43}(?:\?in=\w\w)?(?:#[A-Za-z0-9_-]{43})?/.exec(raw.replace(/=\r\n/g, '').replace(/=3D/g, '='))?.[0] ?? '';
const DOCUMENT = { rules: [
  { id: 'always', when: {}, then: { need: 'transport' }, reason: 'need-always' },
  { id: 'divided', when: { sensitive: ['hiv'] }, then: { portal: true, divided: 'required' }, says: 'With a divided key.' },
  { id: 'better', when: { sensitive: ['genetic'] }, then: { portal: true, divided: 'preferred' }, says: 'Better with a divided key.' },
] };

describe('a divided key', () => {
  let stage: Stage;
  let browser: Browser;
  let keys: string;
  let archive: Awaited<ReturnType<typeof makeShares>>;
  beforeAll(async () => {
    keys = await mkdtemp(join(tmpdir(), 'send-secure-archive-'));
    archive = await makeShares();
    writeFileSync(join(keys, 'archive.pem'), archive.publicKey);
    [stage, browser] = await Promise.all([openStage({ settings: { ARCHIVE_KEY_FILE: join(keys, 'archive.pem') }, extra: { schedule: [0.03] } }), openBrowser()]);
    const post = (who: string, path: string, body: unknown = {}) => stage.call(who, 'POST', path, body);
    const drafted = await post('ivy', 'policies', { document: DOCUMENT, note: 'Divided' });
    for (const [who, step] of [['ivy', 'simulate'], ['ivy', 'submit'], ['leo', 'approve'], ['leo', 'activate']] as const) await post(who, `policies/${drafted.body.version}/${step}`);
  });
  afterAll(async () => { await browser?.close(); await stage?.close(); await rm(keys, { recursive: true, force: true }); });

  const at = (path: string) => stage.url.replace('127.0.0.1', 'localhost') + path;
  const linksTo = async (to: string) => (await stage.mailbox(to)).map((m) => linkOf(m.raw));
  async function sent(to: string, more: object = {}): Promise<{ readonly id: string; readonly link: string; readonly protection: unknown }> {
    const before = await linksTo(to);
    const { body, status } = await stage.send('ana', { to: [{ address: to }], subject: 'Your results', text: 'Your HIV test result, MRN 44718293: negative.', ...more });
    expect(status).toBe(202);
    await stage.until('ana', body.id, ['relayed']);
    return { id: body.id, link: linkOf((await stage.mail(to, (raw) => linkOf(raw) !== '' && !before.includes(linkOf(raw)))).raw), protection: body.recipients[0] };
  }
  const fresh = async (script = true): Promise<Page> => (await browser.newContext({ viewport: { width: 390, height: 800 }, javaScriptEnabled: script, acceptDownloads: true })).newPage().then((page) => { page.setDefaultTimeout(PATIENCE); return page; });
  async function enter(page: Page, id: string, link: string): Promise<void> {
    await page.goto(at(link));
    const path = link.replace(/[?#].*/, '');
    const code = (await stage.timeline('ana', id)).recipients[0]?.spokenCode;
    if (code === undefined) {
      await page.getByRole('button', { name: 'Send me a code' }).click();
      const before = await stage.mail(ROSA, (raw) => raw.includes('Your one-time code is'));
      expect(before).toBeDefined();
    } else if (await page.getByRole('link', { name: 'I was given a code by phone' }).count() > 0) await page.getByRole('link', { name: 'I was given a code by phone' }).click();
    const all = (await stage.mailbox(ROSA)).map((m) => /code is (\d{6})/.exec(m.raw.replace(/=\r\n/g, ''))?.[1]).filter((c) => c !== undefined);
    await page.getByLabel('Code').fill(code ?? all.at(-1) ?? '');
    await page.getByRole('button', { name: 'Open the message' }).click();
    await page.waitForURL(`**${path}/message`);
  }
  const events = async (id: string, type: string) => (await stage.timeline('ana', id)).recipients[0]?.events.filter((e) => e.type === type).map((e) => e.facts);
  const bytesOnDisk = (folder: string): Buffer[] => readdirSync(folder, { recursive: true, withFileTypes: true }).filter((f) => f.isFile()).flatMap((f) => { try { return [readFileSync(join(f.parentPath, f.name))]; } catch { return []; /* gone since it was listed */ } });

  it('opens in the page alone: text, picture and files, with the half behind the link and the half that is released', async () => {
    const { id, link, protection } = await sent(ROSA, {
      html: '<p onclick="x()">Your HIV test result, MRN 44718293: <b>negative</b>.<img src="cid:pic" alt="A point"><script>document.title="bad"</script></p>', text: undefined,
      attachments: [
        { filename: 'point.png', contentType: 'image/png', content: PICTURE, contentId: 'pic' }, { filename: 'small.txt', contentType: 'text/plain', content: Buffer.from('potassium 4.1').toString('base64') },
        { filename: 'scan.bin', contentType: 'application/octet-stream', content: LARGE.toString('base64') },
      ],
    });
    expect(protection).toMatchObject({ protection: 'portal', divided: true });
    expect(JSON.stringify(protection)).toContain('portal-divided');
    expect(link).toMatch(/#[A-Za-z0-9_-]{43}$/);
    const half = Buffer.from(link.replace(/.*#/, ''), 'base64url');
    const page = await fresh();
    const asked: string[] = [];
    page.on('request', (r) => asked.push(`${r.url()} ${r.postData() ?? ''} ${JSON.stringify(r.headers())}`));
    await enter(page, id, link);
    await page.getByText('negative').waitFor();
    expect(await page.getByText('runs scripts').count()).toBe(0);
    expect(await page.locator('h1').innerText()).toBe('Your results');
    expect(page.url()).not.toContain('#');
    expect(await page.title()).not.toContain('bad');
    await page.waitForFunction(() => [...document.images].some((i) => i.src.startsWith('blob:') && i.naturalWidth === 1));
    expect(await page.locator('[onclick]').count()).toBe(0);
    for (const [name, expected] of [['small.txt', Buffer.from('potassium 4.1')], ['scan.bin', LARGE]] as const) {
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name }).click()]);
      expect(download.suggestedFilename()).toBe(name);
      expect(readFileSync(await download.path()).equals(expected)).toBe(true);
    }
    // The half of the link never went anywhere, whole or as bytes.
    for (const one of asked) for (const form of [half.toString('base64url'), half.toString('base64'), half.toString('hex')]) expect(one.includes(form)).toBe(false);
    expect(await events(id, 'portal.message_opened')).toMatchObject([{ divided: true }]);
    expect((await events(id, 'delivery.relayed'))?.[0]).toMatchObject({ protection: 'portal', divided: true });
    // A later page of the same tab opens it again, an answer goes out as ever.
    await page.reload();
    await page.getByText('negative').waitFor();
    await page.getByLabel('Your answer').fill('Thank you');
    await page.getByRole('button', { name: 'Send the answer' }).click();
    await page.getByText('Your answer was sent.').waitFor();
    await stage.mail('ana.ruiz@riverside.test', (raw) => raw.includes('Thank you'));
    // Over, a file is not to blame, nor is the browser; what was typed meanwhile stays in its place.
    await page.getByText('negative').waitFor();
    await page.getByLabel('Your answer').fill('One more thing');
    const cookies = await page.context().cookies();
    await page.context().addCookies(cookies.filter((c) => c.name.includes('pickup-')).map((c) => ({ ...c, value: 'x'.repeat(43) })));
    await page.getByRole('button', { name: 'small.txt' }).click();
    await page.getByText('You were signed out').waitFor();
    expect([await page.getByText('could not open the message').isVisible(), await page.getByLabel('Your answer').inputValue()]).toEqual([false, 'One more thing']);
    await page.context().addCookies(cookies);
    // Signed out, this tab knows nothing of it any more.
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(/\?left$/);
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
    await page.context().close();
  });

  it('from then on nobody here opens it: not its author, not who resends; the archive does', async () => {
    const { id } = await sent(WALT);
    const told = async (type: string) => {
      await expect.poll(async () => (await stage.events(type, `&message=${id}`)).length, { message: type }).toBeGreaterThan(0);
    };
    await told('content.divided');
    expect((await stage.call('ana', 'GET', `messages/${id}/content`)).body.code).toBe('content-divided');
    expect((await stage.call('ana', 'POST', `messages/${id}/recipients/0/resend`, undefined, { 'idempotency-key': 'again' })).body.code).toBe('content-divided');
    const rows = new DatabaseSync(join(stage.folder, 'data', 'store.db'), { readOnly: true });
    expect(rows.prepare('SELECT divide, body FROM message WHERE id = ?').get(id)).toEqual({ divide: 2, body: null });
    expect(rows.prepare('SELECT count(*) AS n FROM pickup_half WHERE link IS NOT NULL').get()).toEqual({ n: 0 });
    rows.close();
    // Two of three shares open the archive's copy, and one, or the service's whole disk, does not.
    expect((await stage.call('ana', 'GET', `messages/${id}/archive`)).status).toBe(403);
    const bundle = (await stage.call('leo', 'GET', `messages/${id}/archive`)).text;
    expect(bundle).not.toContain('negative');
    async function* lines() { yield* bundle.split('\n'); }
    for (const two of [[0, 1], [0, 2], [1, 2]]) expect((await openBundle(await joinShares(two.map((i) => archive.shares[i] ?? '')), lines())).draft).toMatchObject({ text: expect.stringContaining('negative') });
    await expect(joinShares([archive.shares[0] ?? '', archive.shares[0] ?? ''])).rejects.toMatchObject({ code: 'shares-apart' });
    const foreign = await makeShares();
    await expect(openBundle(await joinShares(foreign.shares.slice(1)), lines())).rejects.toMatchObject({ code: 'sealed-broken' });
    await told('content.archive_taken');
  });

  const rowOf = (id: string): { divide?: unknown; gone?: unknown; links: unknown } => {
    const rows = new DatabaseSync(join(stage.folder, 'data', 'store.db'), { readOnly: true });
    try { return { ...rows.prepare('SELECT divide, body IS NULL AS gone FROM message WHERE id = ?').get(id), links: rows.prepare('SELECT count(*) AS n FROM pickup_half h JOIN pickup p ON p.item = h.item WHERE p.message = ? AND h.link IS NOT NULL').get(id)?.['n'] }; } finally { rows.close(); }
  };
  const both = (text: string) => stage.send('ana', { to: [{ address: WALT }, { address: ROSA }], subject: 'Your results', text: `Your HIV test result, MRN 44718293: negative. ${text}` });
  const pause = (paused: boolean) => stage.call('ivy', 'POST', 'queue/pause', { domain: 'brightmail.test', paused });

  it('half and key are on the disk, sealed, while the notice waits, and on no page and in no log of it once it has left', async () => {
    const { body } = await stage.send('ana', { to: [{ address: 'greta@grey.test' }], text: 'Your HIV test result, MRN 44718293: negative.' });
    const sealed = (): { readonly link: Buffer | null; readonly key: Buffer | null } => {
      const rows = new DatabaseSync(join(stage.folder, 'data', 'store.db'), { readOnly: true });
      const of = (sql: string) => { const found = rows.prepare(sql).get(body.id) as { b: Uint8Array | null } | undefined; return found?.b ? Buffer.from(found.b) : null; };
      try { return { link: of('SELECT h.link AS b FROM pickup_half h JOIN queue_item i ON i.id = h.item WHERE i.message = ?'), key: of('SELECT body AS b FROM message WHERE id = ?') }; } finally { rows.close(); }
    };
    // Their host takes nothing at the first try.
    await until('the half of a notice that waits', () => sealed().link !== null);
    const { link, key } = sealed();
    const there = () => { const disk = [...bytesOnDisk(join(stage.folder, 'data')), ...bytesOnDisk(join(stage.folder, 'keys'))]; return [link, key].map((bytes) => bytes !== null && disk.some((file) => file.includes(bytes))); };
    expect(there()).toEqual([true, true]);
    await stage.until('ana', body.id, ['relayed']);
    await expect.poll(there, { interval: 250 }).toEqual([false, false]);
  });

  it('while a copy still waits the key stays for it, and a copy that has left is its reader\'s alone; a restart in between loses nothing', async () => {
    await pause(true);
    const before = [...await linksTo(WALT), ...await linksTo(ROSA)];
    const { body } = await both('First.');
    const walt = () => stage.timeline('ana', body.id).then((t) => t.recipients[0]?.status);
    await until('the first copy to be gone', async () => (await walt()) === 'relayed');
    expect(rowOf(body.id)).toEqual({ divide: 1, gone: 0, links: 0 });
    expect((await stage.call('ana', 'GET', `messages/${body.id}/content`)).status).toBe(200);
    await stage.restart();
    await pause(false);
    await stage.until('ana', body.id, ['relayed']);
    await until('its division', () => rowOf(body.id).gone === 1);
    expect(rowOf(body.id)).toEqual({ divide: 2, gone: 1, links: 0 });
    for (const [n, to] of [[0, WALT], [1, ROSA]] as const) {
      const link = linkOf((await stage.mail(to, (raw) => linkOf(raw) !== '' && !before.includes(linkOf(raw)))).raw);
      const page = await fresh();
      await page.goto(at(link));
      if (await page.getByRole('link', { name: 'I was given a code by phone' }).count() > 0) await page.getByRole('link', { name: 'I was given a code by phone' }).click();
      const spoken = (await stage.timeline('ana', body.id)).recipients[n]?.spokenCode;
      if (spoken !== undefined) {
        await page.getByLabel('Code').fill(spoken);
        await page.getByRole('button', { name: 'Open the message' }).click();
        await page.getByText('negative').waitFor();
      }
      await page.context().close();
    }
  });

  it('taken back before it left, it is divided by the calendar, and no half of it is left', async () => {
    await pause(true);
    const { body } = await both('Second.');
    expect((await stage.call('ana', 'POST', `messages/${body.id}/recall`)).status).toBe(200);
    await stage.until('ana', body.id, ['recalled', 'relayed', 'opened']);
    // The other copy may be in its host's hands at this moment: the key stays for as long.
    await until('its division', async () => { await stage.service.sweep(); return rowOf(body.id).gone === 1; });
    expect(rowOf(body.id)).toEqual({ divide: 2, gone: 1, links: 0 });
    expect((await stage.call('ana', 'GET', `messages/${body.id}/content`)).body.code).toBe('content-divided');
    await pause(false);
  });

  it.each([['without the half', (link: string) => link.replace(/#.*/, ''), 'Half of the key is missing'], ['with a wrong half', (link: string) => link.replace(/#.*/, `#${'A'.repeat(43)}`), 'Half of the key is missing']])('a session %s is told so and sees nothing', async (_what, cut, says) => {
    const { id, link } = await sent(WALT);
    const page = await fresh();
    await enter(page, id, cut(link));
    await page.getByText(says).waitFor();
    expect(await page.content()).not.toContain('negative');
    // Nothing was released, so nothing was opened.
    expect(await events(id, 'portal.message_opened')).toEqual([]);
    // The mail is at hand: tapped again, it opens in the same session.
    await page.goto(at(link));
    await page.getByRole('link', { name: 'I already entered a code on this device' }).click();
    await page.getByText('negative').waitFor();
    expect(await events(id, 'portal.message_opened')).toMatchObject([{ divided: true }]);
    await page.context().close();
  });

  it('the whole link without the second step gets neither half nor bytes; without script the page says what to do', async () => {
    const { id, link } = await sent(WALT);
    const path = link.replace(/[?#].*/, '');
    const scanner = await fresh();
    await scanner.goto(at(link));
    await scanner.waitForLoadState('networkidle');
    expect(await events(id, 'portal.message_opened')).toEqual([]);
    for (const [method, tail] of [['POST', '/halves'], ['GET', '/halves'], ['GET', `/sealed/${'a'.repeat(64)}`], ['GET', '/sealed/..%2f..%2fetc'], ['GET', '/body'], ['GET', '/all'], ['GET', '/print']] as const) {
      const answer = await fetch(at(`${path}${tail}`), { method, redirect: 'manual' });
      expect([303, 403, 404, 405]).toContain(answer.status);
      expect(await answer.text()).not.toMatch(/half"|negative/);
    }
    const bare = await fresh(false);
    await enter(bare, id, link);
    expect(await bare.content()).toContain('can only be opened by a browser that runs scripts');
    expect(await bare.content()).not.toContain('negative');
    // This rule leaves nobody a choice.
    expect(await bare.getByRole('button', { name: 'Ask the sender' }).count()).toBe(0);
    expect(await events(id, 'portal.message_opened')).toEqual([]);
    // Kept away or changed on its road it does not run either, and no browser counts that as scripts being off.
    for (const bad of ['abort', 'change'] as const) {
      const page = await fresh();
      await page.route('**/divided.js*', (route) => (bad === 'abort' ? route.abort() : route.fulfill({ contentType: 'text/javascript', body: 'document.title = "changed"' })));
      await enter(page, id, link);
      expect(await page.locator('main').innerText()).toContain('can only be opened by a browser that runs scripts');
      expect(await page.title()).not.toBe('changed');
      await page.context().close();
    }
    await Promise.all([scanner.context().close(), bare.context().close()]);
  });

  it('where a rule leaves it to the author, a reader without script asks them for the ordinary page, once', async () => {
    const { id, link } = await sent(WALT, { text: 'Your BRCA1 genetic test result, MRN 44718293: no mutation found.' });
    const bare = await fresh(false);
    await enter(bare, id, link);
    // Two taps at once are one mail.
    const form = { form: await bare.locator('form[action$="/ordinary"] input[name=form]').inputValue() };
    await Promise.all([1, 2, 3].map(() => bare.request.post(at(link.replace(/[?#].*/, '/ordinary')), { form })));
    await bare.getByRole('button', { name: 'Ask the sender' }).click();
    await bare.getByRole('status').filter({ hasText: 'was asked to send it another way' }).waitFor();
    await stage.mail('ana.ruiz@riverside.test', (raw) => raw.includes('A recipient cannot open a secure message'));
    await bare.goto(at(link.replace(/[?#].*/, '/message')));
    await bare.getByRole('button', { name: 'Ask the sender' }).click();
    expect(await events(id, 'portal.ordinary_asked')).toHaveLength(1);
    // Sent again by its author's choice, it opens without script.
    const again = await sent(WALT, { text: 'Your BRCA1 genetic test result, MRN 44718293: no mutation found.', undivided: true });
    expect(again.link).not.toContain('#');
    await enter(bare, again.id, again.link);
    expect(await bare.content()).toContain('no mutation found');
    await bare.context().close();
  });

  it('a policy that asks for it without an archive key lets nothing go', async () => {
    const other = await openStage();
    try {
      const drafted = await other.call('ivy', 'POST', 'policies', { document: DOCUMENT, note: 'Divided' });
      for (const [who, step] of [['ivy', 'simulate'], ['ivy', 'submit'], ['leo', 'approve'], ['leo', 'activate']] as const) await other.call(who, 'POST', `policies/${drafted.body.version}/${step}`, {});
      const refused = await other.send('ana', { to: [{ address: WALT }], text: 'Your HIV test result, MRN 44718293: negative.' });
      expect([refused.status, refused.body.code]).toEqual([422, 'no-protection']);
    } finally { await other.close(); }
  });
});

it('over PostgreSQL: our half for who shows the other one, and nobody here opens it afterwards', async ({ skip }) => {
  const postgres = await startPostgres();
  if ('reason' in postgres) return skip(`POSTGRESQL HALF DID NOT RUN: ${postgres.reason}`);
  const keys = await mkdtemp(join(tmpdir(), 'send-secure-archive-'));
  const archive = await makeShares();
  writeFileSync(join(keys, 'archive.pem'), archive.publicKey);
  const stage = await openStage({ databaseUrl: await postgres.fresh(), settings: { ARCHIVE_KEY_FILE: join(keys, 'archive.pem') } });
  try {
    const drafted = await stage.call('ivy', 'POST', 'policies', { document: DOCUMENT, note: 'Divided' });
    for (const [who, step] of [['ivy', 'simulate'], ['ivy', 'submit'], ['leo', 'approve'], ['leo', 'activate']] as const) await stage.call(who, 'POST', `policies/${drafted.body.version}/${step}`, {});
    const { body } = await stage.send('ana', { to: [{ address: WALT }], text: 'Your HIV test result, MRN 44718293: negative.' });
    const [recipient] = (await stage.until('ana', body.id, ['relayed'])).recipients;
    const link = linkOf((await stage.mail(WALT, (raw) => linkOf(raw) !== '')).raw);
    const path = link.replace(/[?#].*/, '');
    const walt = visitor({ request: (to: string, init: RequestInit) => fetch(stage.url + to, { ...init, redirect: 'manual' }) } as never, stage.url);
    expect((await walt.submit(await (await walt.get(`${path}/enter`)).text(), `${path}/enter`, { code: recipient?.spokenCode ?? '' })).status).toBe(303);
    const form = /data-form="([^"]*)"/.exec(await (await walt.get(`${path}/message`)).text())?.[1] ?? '';
    const half = Buffer.from(link.replace(/.*#/, ''), 'base64url');
    const proofs = [{}, { proof: '' }, { proof: half.toString('base64url') }, { proof: proofOf(Buffer.alloc(32)).toString('base64url') }, { proof: proofOf(half).toString('base64url') }];
    const answers: number[] = [];
    for (const proof of proofs) answers.push((await walt.post(`${path}/halves`, { form, ...proof })).status);
    expect(answers).toEqual([422, 422, 422, 422, 200]);
    expect((await stage.timeline('ana', body.id)).recipients[0]?.events.filter((e) => e.type === 'portal.message_opened')).toHaveLength(1);
    await expect.poll(async () => (await stage.call('ana', 'GET', `messages/${body.id}/content`)).body.code).toBe('content-divided');
    expect((await stage.call('ana', 'POST', `messages/${body.id}/recipients/0/resend`, undefined, { 'idempotency-key': 'again' })).body.code).toBe('content-divided');
    async function* lines() { yield* (await stage.call('leo', 'GET', `messages/${body.id}/archive`)).text.split('\n'); }
    expect((await openBundle(await joinShares(archive.shares.slice(1)), lines())).draft).toMatchObject({ text: expect.stringContaining('negative') });
  } finally { await stage.close(); await postgres.stop(); await rm(keys, { recursive: true, force: true }); }
});
