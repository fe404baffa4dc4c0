/** Opening with the recipient's own sign-in: a second real OpenID Connect issuer, real Chromium, and what strangers try on the way back. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from '../browser.ts';
import { openStage, type Stage } from './stage.ts';

const ROSA = 'rosa.delgado@brightmail.test';
const WALT = 'walt.finch@oldpost.test';
const linkOf = (raw: string): string => /\/m\/[A-Za-z0-9_-]{43}/.exec(raw.replace(/=\r\n/g, ''))?.[0] ?? '';

describe('a sign-in at the own provider', () => {
  let stage: Stage;
  let browser: Browser;
  beforeAll(async () => { [stage, browser] = await Promise.all([openStage(), openBrowser()]); });
  afterAll(async () => { await browser?.close(); await stage?.close(); });

  const at = (path: string) => stage.url.replace('127.0.0.1', 'localhost') + path;
  async function sent(to: string, text: string): Promise<{ readonly id: string; readonly path: string }> {
    const before = (await stage.mailbox(to)).map((m) => linkOf(m.raw));
    const { body } = await stage.send('ana', { to: [{ address: to }], subject: 'Your results', text });
    await stage.until('ana', body.id, ['relayed']);
    return { id: body.id, path: linkOf((await stage.mail(to, (raw) => linkOf(raw) !== '' && !before.includes(linkOf(raw)))).raw) };
  }
  const fresh = async (): Promise<Page> => (await browser.newContext({ viewport: { width: 390, height: 800 }, javaScriptEnabled: false })).newPage();
  const events = async (id: string, type: string) => (await stage.timeline('ana', id)).recipients[0]?.events.filter((e) => e.type === type).map((e) => e.facts);
  /** three actions: the link, the provider, the account */
  async function signIn(page: Page, path: string, account: string): Promise<void> {
    await page.goto(at(path));
    await page.getByRole('button', { name: 'Sign in with Pretend Mail' }).click();
    await page.waitForURL(/\/interaction\//);
    await page.locator(`button[value=${account}]`).click();
  }

  it('opens the message without a code and without script, and its evidence says how', async () => {
    const { id, path } = await sent(ROSA, 'potassium 4.1');
    const page = await fresh();
    await signIn(page, path, 'rosa');
    await page.waitForURL('**/message');
    expect(await page.content()).toContain('potassium 4.1');
    expect(await events(id, 'portal.authenticated')).toEqual([{ way: 'sign-in', provider: 'lab' }]);
    expect((await stage.timeline('ana', id)).recipients[0]?.status).toBe('opened');
    // Nothing of the way there is left, and no code was mailed.
    expect((await page.context().cookies()).map((c) => c.name.replace(/-.*/, ''))).not.toContain('sign');
    expect(await events(id, 'portal.code_sent')).toEqual([]);
    await page.context().close();
  });

  it('another account, or one whose address nobody proved, opens nothing and is noted', async () => {
    const { id, path } = await sent(ROSA, 'sodium 141');
    for (const [account, says, code] of [['tess', 'This account does not open the message', 'sign-in-other'], ['unproved', 'does not confirm that its mail address is yours', 'sign-in-unproved']] as const) {
      const page = await fresh();
      await signIn(page, path, account);
      await page.getByText(says).waitFor();
      expect(await page.content()).not.toContain('sodium');
      await page.goto(at(`${path}/message`));
      expect(page.url()).toBe(at(path));
      expect((await events(id, 'portal.access_denied'))?.at(-1)).toEqual({ way: 'sign-in', provider: 'lab', code });
      await page.context().close();
    }
    // A link that never was gets the same words as somebody else's account.
    const page = await fresh();
    await signIn(page, `/m/${'x'.repeat(43)}`, 'rosa');
    await page.getByText('This account does not open the message').waitFor();
    await page.context().close();
  });

  it('an answer that was begun in another browser, or came back before, is nobody\'s', async () => {
    const { id, path } = await sent(ROSA, 'iron 60');
    const [rosa, thief] = [await fresh(), await fresh()];
    // Rosa's answer is caught on its way back and never used by her.
    await rosa.goto(at(path));
    await rosa.getByRole('button', { name: 'Sign in with Pretend Mail' }).click();
    await rosa.waitForURL(/\/interaction\//);
    let caught = rosa.url();
    for (let hop = 0; hop < 6 && !caught.includes('/m/signed-in/'); hop += 1) {
      const ask = hop === 0 ? { method: 'POST', form: { person: 'rosa' } } : {};
      caught = new URL((await rosa.context().request.fetch(caught, { ...ask, maxRedirects: 0 })).headers()['location'] ?? '', caught).href;
    }
    expect(caught).toContain('/m/signed-in/lab?');
    const stray = 'This sign-in was not begun here';
    await thief.goto(caught);
    expect(await thief.content()).toContain(stray);
    // The thief has begun one of his own for the same link: another state, so still not his.
    await thief.goto(at(path));
    await thief.getByRole('button', { name: 'Sign in with Pretend Mail' }).click();
    await thief.waitForURL(/\/interaction\//);
    await thief.goto(caught);
    expect(await thief.content()).toContain(stray);
    // Nor does the victim's browser take the thief's answer (RFC 9700 §4.7).
    const forged = new URL(caught);
    forged.searchParams.set('code', 'thiefs');
    forged.searchParams.set('state', 'x'.repeat(43));
    await rosa.goto(forged.href);
    expect(await rosa.content()).toContain(stray);
    expect(await events(id, 'portal.authenticated')).toEqual([]);
    // Her own, in her own browser, works once.
    await rosa.goto(caught);
    await rosa.waitForURL('**/message');
    await rosa.context().clearCookies({ name: /^pickup-/ });
    await rosa.goto(caught);
    expect(await rosa.content()).toContain(stray);
    await Promise.all([rosa.context().close(), thief.context().close()]);
  });

  it('of another provider, by HEAD, with a foreign issuer or towards elsewhere leads nowhere', async () => {
    const { id, path } = await sent(ROSA, 'zinc 12');
    // A host we know by name, as its redirect address is registered.
    const origin = at('');
    const jar = new Map<string, string>();
    const ask = async (url: string, init: RequestInit = {}) => {
      const answer = await fetch(url, { ...init, redirect: 'manual', headers: { ...init.headers, cookie: [...jar].map(([n, v]) => `${n}=${v}`).join('; ') } });
      for (const line of answer.headers.getSetCookie()) { const [, n = '', v = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []; jar.set(n, v); }
      return answer;
    };
    const stamp = /sign-in"><input type="hidden" name="form" value="([^"]*)"/.exec(await (await ask(origin + path)).text())?.[1] ?? '';
    const begin = (provider: string) => ask(`${origin}${path}/sign-in`, { method: 'POST', body: new URLSearchParams({ form: stamp, provider }), headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    // A provider is a word of ours, never an address.
    for (const provider of ['https://evil.test', '//evil.test', 'nobody', '']) {
      const answer = await begin(provider);
      expect([answer.status, answer.headers.get('location'), answer.headers.get('refresh')]).toEqual([303, `${path}?unreached`, null]);
    }
    const begun = await begin('lab');
    const to = new URL(/url=(.*)$/.exec(begun.headers.get('refresh') ?? '')?.[1] ?? '');
    expect([begun.status, to.searchParams.get('redirect_uri')]).toEqual([200, `${origin}/m/signed-in/lab`]);
    expect(to.href).not.toContain(path.slice(3));
    const state = to.searchParams.get('state') ?? '';
    const back = (provider: string, query: Record<string, string>, method = 'GET') => ask(`${origin}/m/signed-in/${provider}?${new URLSearchParams(query)}`, { method });
    expect((await back('google', { code: 'c', state })).status).toBe(400);
    expect((await back('lab', { code: 'c', state }, 'HEAD')).status).toBe(400);
    const foreign = await back('lab', { code: 'c', state, iss: 'https://evil.test', url: 'https://evil.test', redirect: '//evil.test' });
    expect([foreign.status, foreign.headers.get('location'), foreign.headers.get('refresh'), (await foreign.text()).includes('evil')]).toEqual([400, null, null, false]);
    expect(await events(id, 'portal.authenticated')).toEqual([]);
  });

  it('serves where no code may be mailed, and not where the author asks for more', async () => {
    const told = await sent(WALT, 'lithium 0.8');
    const page = await fresh();
    await signIn(page, told.path, 'walt');
    await page.waitForURL('**/message');
    expect(await page.content()).toContain('lithium 0.8');
    const more = await sent(ROSA, 'copper 90');
    expect((await stage.call('ana', 'POST', `messages/${more.id}/recipients/0/stronger`, {})).status).toBe(200);
    await page.goto(at(more.path));
    expect(await page.getByRole('button', { name: 'Sign in with' }).count()).toBe(0);
    await page.context().close();
  });
});
