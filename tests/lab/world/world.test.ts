/** The lab's other process: started once, found again, real mail in, real tokens out, opened with the recipients' own keys. */
import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureWorld, type World } from '../../../lab/world/ensure.ts';
import { AUDIENCE, PANE_CLIENT } from '../../../lab/people.ts';
import { until } from '../../until.ts';

const folder = mkdtempSync(join(tmpdir(), 'lab-world-'));
let world: World;

beforeAll(async () => { world = await ensureWorld(folder); });
afterAll(async () => {
  await world.stop();
  rmSync(folder, { recursive: true, force: true });
});

const mail = (to: string, more: object = {}) => ({ from: { name: 'Ana', address: 'ana.ruiz@riverside.test' }, to: [{ name: '', address: to }], cc: [], bcc: [], subject: 'Grüße', html: '<p>Hello <b>you</b></p>', attachments: [], ...more });

describe('the process', () => {
  test('is found again, not started twice; its control is closed to others', async () => {
    expect(world.started).toBe(true);
    const again = await ensureWorld(folder);
    expect([again.started, again.health.pid]).toEqual([false, world.health.pid]);
    const state = JSON.parse(readFileSync(join(folder, 'state.json'), 'utf8')) as { port: number };
    expect(statSync(join(folder, 'state.json')).mode & 0o777).toBe(0o600);
    expect((await fetch(`http://127.0.0.1:${state.port}/health`)).status).toBe(401);
    expect((await fetch(`http://127.0.0.1:${state.port}/health`, { headers: { authorization: 'Bearer x' } })).status).toBe(401);
  });

  test('outlives kill -9 of whoever started it', async () => {
    // A second folder, started by a process that is then killed: its child must still answer.
    const other = mkdtempSync(join(tmpdir(), 'lab-world-'));
    const script = `import { ensureWorld } from ${JSON.stringify(join(import.meta.dirname, '../../../lab/world/ensure.ts'))}; const w = await ensureWorld(${JSON.stringify(other)}); console.log(w.health.pid); process.kill(process.pid, 'SIGKILL');`;
    let pid = 0;
    try {
      execFileSync(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    } catch (cause) {
      pid = Number(String((cause as { stdout: Buffer }).stdout).trim());
    }
    expect(pid).toBeGreaterThan(0);
    expect(() => process.kill(pid, 0)).not.toThrow();
    process.kill(pid, 'SIGTERM');
    await until('it to end', () => { try { return !process.kill(pid, 0); } catch { return true; } });
    rmSync(other, { recursive: true, force: true });
  });

  test('refuses production', async () => {
    const before = process.env['NODE_ENV'];
    process.env['NODE_ENV'] = 'production';
    try {
      await expect(ensureWorld(folder)).rejects.toThrow('refuses');
    } finally {
      process.env['NODE_ENV'] = before;
    }
    expect(() => execFileSync(process.execPath, [join(import.meta.dirname, '../../../lab/child.ts'), folder], { env: { ...process.env, NODE_ENV: 'production' }, stdio: 'pipe' })).toThrow('refuses');
  });
});

describe('the issuer', () => {
  test('gives tokens that verify against its published keys, with roles and addresses', async () => {
    const discovery = await (await fetch(`${world.health.issuer}/.well-known/openid-configuration`)).json() as { issuer: string; jwks_uri: string; code_challenge_methods_supported: string[] };
    expect([discovery.issuer, discovery.code_challenge_methods_supported]).toEqual([world.health.issuer, ['S256']]);
    const token = await world.token('ben');
    const { payload, protectedHeader } = await jwtVerify(token?.access_token ?? '', createRemoteJWKSet(new URL(discovery.jwks_uri)), { issuer: discovery.issuer, audience: AUDIENCE });
    expect(protectedHeader.alg).toBe('RS256');
    expect(payload).toMatchObject({ sub: 'ben', name: 'Ben Okafor', roles: ['compliance', 'privacy-officer', 'auditor'], addresses: ['ben.okafor@riverside.test'] });
    expect(await world.token('nobody')).toBeNull();
  });

  test('signs in by code and PKCE: pick a name, get a JWT for the service', async () => {
    const verifier = 'a'.repeat(64);
    const challenge = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(verifier))).toString('base64url');
    const redirect = 'http://localhost:4321/addin/auth.html';
    const cookies = new Map<string, string>();
    const go = async (url: string, init: RequestInit = {}): Promise<Response> => {
      const response = await fetch(new URL(url, world.health.issuer), { ...init, redirect: 'manual', headers: { ...init.headers, cookie: [...cookies].map(([k, v]) => `${k}=${v}`).join('; ') } });
      for (const set of response.headers.getSetCookie()) cookies.set(set.slice(0, set.indexOf('=')), set.slice(set.indexOf('=') + 1).split(';')[0] ?? '');
      return response;
    };
    let next = `/auth?${new URLSearchParams({ client_id: PANE_CLIENT, response_type: 'code', redirect_uri: redirect, scope: 'openid Mail.SendSecure', code_challenge: challenge, code_challenge_method: 'S256', state: 's' })}`;
    for (let i = 0; i < 10 && !next.startsWith(redirect); i += 1) {
      const response = await go(next);
      if (response.status === 200) {
        const page = await response.text();
        expect(page).toContain('Dr. Ana Ruiz');
        next = (await go(next, { method: 'POST', body: new URLSearchParams({ person: 'ana' }) })).headers.get('location') ?? '';
      } else next = response.headers.get('location') ?? '';
    }
    const code = new URL(next).searchParams.get('code') ?? '';
    const tokens = await (await go('/token', { method: 'POST', body: new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri: redirect, client_id: PANE_CLIENT, code_verifier: verifier }) })).json() as { access_token: string };
    const { payload } = await jwtVerify(tokens.access_token, createRemoteJWKSet(new URL(`${world.health.issuer}/jwks`)), { issuer: world.health.issuer, audience: AUDIENCE });
    expect(payload).toMatchObject({ sub: 'ana', roles: ['clinician'], addresses: ['ana.ruiz@riverside.test'], scope: 'Mail.SendSecure' });
  });
});

describe('mailboxes', () => {
  test('keep what came and how: TLS or not', async () => {
    expect(await world.ordinary(mail('tess.lane@lakeside.test'))).toEqual({ lost: [] });
    expect(await world.ordinary(mail('walt.finch@oldpost.test'))).toEqual({ lost: [] });
    const [tess] = (await world.mailbox('Tess.Lane@lakeside.test')).messages;
    const [walt] = (await world.mailbox('walt.finch@oldpost.test')).messages;
    expect(tess?.tls?.protocol).toMatch(/^TLSv1\.[23]$/);
    expect(walt?.tls).toBeNull();
    expect(tess?.raw).toMatch(/^From: Ana <ana\.ruiz@riverside\.test>\r?$/m);
    expect((await world.opened('tess.lane@lakeside.test', 0))?.html).toContain('Hello <b>you</b>');
    expect(await world.opened('tess.lane@lakeside.test', 99)).toBeNull();
    expect((await world.mailbox('../../etc@x')).messages).toEqual([]);
  });

  test('say what could not be handed over', async () => {
    expect(await world.ordinary(mail('nell.ash@nullmx.test'))).toEqual({ lost: ['nell.ash@nullmx.test'] });
    expect(await world.ordinary(mail('rick.voss@reject.test'))).toEqual({ lost: ['rick.voss@reject.test'] });
  });

  test('a phone rings once for what the gateway\'s secret signed, and for nothing else', async () => {
    const { url, secret } = world.health.texts;
    const ring = async (id: string, change: { secret?: string; at?: number } = {}) => {
      const body = JSON.stringify({ type: 'sms.send', id, to: '+15550117', text: `${id} rings` });
      const at = String(Math.floor((change.at ?? Date.now()) / 1000));
      const key = Buffer.from((change.secret ?? secret).slice('whsec_'.length), 'base64');
      return (await fetch(url, { method: 'POST', body, headers: { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': `v1,${createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')}` } })).status;
    };
    expect([await ring('a'), await ring('a'), await ring('b'), await ring('c', { secret: 'whsec_AAAA' }), await ring('d', { at: Date.now() - 3_600_000 })]).toEqual([204, 204, 204, 401, 401]);
    expect((await fetch(url, { method: 'POST', body: '{}' })).status).toBe(401);
    expect((await world.phone('+15550117')).messages.map((m) => m.text)).toEqual(['a rings', 'b rings']);
    expect((await world.phone('+15550118')).messages).toEqual([]);
  });

  test('the people\'s keys are kept with their mailboxes', () => {
    expect(world.health.published.map((k) => [k.address, k.kind])).toEqual([['sam.park@stmarys.test', 'smime'], ['gina.holt@keyring.test', 'pgp']]);
    expect(existsSync(join(folder, 'people.json'))).toBe(true);
    expect(statSync(join(folder, 'people.json')).mode & 0o777).toBe(0o600);
  });
});
