import { describe, expect, it, vi } from 'vitest';
import { PROBLEMS, type ProblemCode } from '../../../shared/wire/problem.ts';
import { openCompanion } from '../../../addin/companion/companion.ts';
import { loadConfig } from '../../../addin/companion/config.ts';
import { openTokens } from '../../../addin/companion/token.ts';
import { ScriptedService } from '../service.ts';
import { until } from '../../until.ts';
import { companionOf, quick } from '../world.ts';

const ID = 'ho_11111111-2222-4333-8444-555555555555';
const REQUEST = {
  id: ID, digest: '1'.repeat(64), draft: { from: { address: 'ana.ruiz@riverside.test' }, recipients: [{ role: 'to' as const, address: 'sam.park@stmarys.test' }], subject: 'Labs', html: '<p>x</p>', attachments: [] },
};

describe('refusals', () => {
  it.each(Object.keys(PROBLEMS) as ProblemCode[])('%s comes as its code', async (code) => {
    const service = new ScriptedService();
    service.fault('POST /handoffs', { kind: 'problem', code }, 9);
    const answer = await companionOf(service).stage(REQUEST);
    // 503 is asked again before it is believed.
    expect(answer).toEqual({ kind: 'refused', code });
  });

  it.each<[string, number, string]>([['an unknown 4xx', 418, 'unknown-answer'], ['a proxy\'s 502', 502, 'not-ready'], ['a bare 500', 500, 'not-ready']])('%s', async (_, status, code) => {
    const service = new ScriptedService();
    service.fault('GET /messages', { kind: 'status', status }, 9);
    expect(await companionOf(service).messages(null)).toEqual({ kind: 'refused', code });
  });

  it('an answer of another shape is not believed', async () => {
    const companion = openCompanion({ origin: 'https://x.test', send: async () => new Response('{"id":1}', { status: 200 }), uuid: () => 'u', ...quick, tokens: { quiet: async () => 't', ask: async () => 't', stale: () => {} } });
    expect(await companion.message('msg_1')).toEqual({ kind: 'refused', code: 'unknown-answer' });
    expect(await companion.commit(ID, { digest: '1'.repeat(64), plan: '2'.repeat(64) })).toEqual({ kind: 'refused', code: 'no-answer' });
  });
});

describe('lost answers', () => {
  it('what may be repeated is, with the same key', async () => {
    const keys: (string | undefined)[] = [];
    const service = new ScriptedService();
    service.fault('POST /handoffs', { kind: 'lost-after' }, 2);
    const companion = openCompanion({
      origin: 'https://x.test', uuid: () => `key-${keys.length}`, ...quick, tokens: { quiet: async () => 't', ask: async () => 't', stale: () => {} },
      send: (url, init, progress) => { keys.push(init.headers['idempotency-key']); return service.send(url, init, progress); },
    });
    expect(await companion.stage(REQUEST)).toMatchObject({ state: 'staged' });
    expect(keys.filter((k) => k !== undefined)).toEqual(['key-0', 'key-0', 'key-0']);
  });

  it('a commit is not', async () => {
    const service = new ScriptedService();
    const companion = companionOf(service);
    await companion.stage(REQUEST);
    service.fault('POST /handoffs/:id/commit', { kind: 'lost-before' });
    expect(await companion.commit(ID, { digest: REQUEST.digest, plan: '2'.repeat(64) })).toEqual({ kind: 'refused', code: 'no-answer' });
    expect(service.seen.filter((c) => c.endsWith('/commit')).length).toBe(1);
  });

  it('no connection is told once, looked for with back-off, and told again when it is back', async () => {
    const service = new ScriptedService();
    const waits: number[] = [];
    const told: boolean[] = [];
    const companion = openCompanion({
      origin: 'https://x.test', send: service.send, uuid: () => 'u', tokens: { quiet: async () => 't', ask: async () => 't', stale: () => {} },
      wait: (ms) => { waits.push(ms); if (waits.length === 9) service.offline = false; return quick.wait(); },
    });
    companion.reach((reached) => told.push(reached));
    service.offline = true;
    expect(await companion.messages(null)).toEqual({ kind: 'refused', code: 'offline' });
    await until('both', () => told.length === 2);
    expect(told).toEqual([false, true]);
    expect(service.seen).toContain('GET /healthz');
    expect(waits).toContain(20_000);
  });
});

it('the browser\'s own word that the network is back is followed at once', async () => {
  const service = new ScriptedService();
  const told: boolean[] = [];
  const companion = openCompanion({
    // Nobody would wait for this back-off to end.
    origin: 'https://x.test', send: service.send, uuid: () => 'u', wait: () => new Promise(() => {}), tokens: { quiet: async () => 't', ask: async () => 't', stale: () => {} },
  });
  companion.reach((reached) => told.push(reached));
  companion.network(false);
  expect(told).toEqual([false]);
  companion.network(true);
  await until('both', () => told.length === 2);
  expect(told).toEqual([false, true]);
});

it('a sign-in that fails for want of a network is not asked for', async () => {
  const service = new ScriptedService();
  const companion = companionOf(service, () => false);
  expect(await companion.messages(null)).toEqual({ kind: 'refused', code: 'sign-in-needed' });
  service.offline = true;
  expect(await companion.messages(null)).toEqual({ kind: 'refused', code: 'offline' });
  service.offline = false;
});

describe('the token', () => {
  const answers = (...statuses: number[]) => {
    const seen: string[] = [];
    let stale = 0;
    const companion = openCompanion({
      origin: 'https://x.test', uuid: () => 'u', ...quick,
      send: async (url, init) => { seen.push(`${url} ${init.headers['authorization'] ?? ''}`); const status = statuses.shift() ?? 200; return new Response(JSON.stringify(status === 200 ? { data: [], next: null } : { type: 't', title: 't', status, code: 'unauthenticated' }), { status }); },
      tokens: { quiet: async () => `token-${stale}`, ask: async () => 't', stale: () => { stale += 1; } },
    });
    return { companion, seen };
  };

  it('that is stale is renewed once', async () => {
    const { companion, seen } = answers(401, 200);
    expect(await companion.messages(null)).toEqual({ data: [], next: null });
    expect(seen.map((s) => s.split(' ').pop())).toEqual(['token-0', 'token-1']);
  });

  it('that is still refused once renewed makes *Sign in* ask for the person, because the provider remembers the sign-in that was refused', async () => {
    const asked: unknown[] = [];
    vi.doMock('@azure/msal-browser', () => ({
      createNestablePublicClientApplication: async () => ({ getActiveAccount: () => null, getAllAccounts: () => [], acquireTokenSilent: async () => ({ accessToken: 't' }), acquireTokenPopup: async (r: { readonly prompt?: string; readonly extraQueryParameters?: object }) => { asked.push([r.prompt, r.extraQueryParameters]); return { accessToken: 't' }; } }),
    }));
    const statuses = [401, 200, 401, 401];
    const tokens = openTokens(async () => ({ clientId: 'c', authority: 'https://login.test', scope: 's', organisation: 'o', ownDomains: ['x.test'] }) as never, async () => {});
    const companion = openCompanion({ origin: 'https://x.test', uuid: () => 'u', ...quick, tokens, send: async () => { const status = statuses.shift() ?? 200; return new Response(JSON.stringify(status === 200 ? { data: [], next: null } : { type: 't', title: 't', status, code: 'unauthenticated' }), { status }); } });
    for (let n = 0; n < 2; n += 1) { await companion.messages(null); await companion.signIn(); }
    await companion.signIn();
    // In Outlook the host is given what stands among the parameters of the query, elsewhere the window is opened with `prompt`.
    expect(asked).toEqual([[undefined, undefined], ['login', { prompt: 'login' }], [undefined, undefined]]);
    vi.doUnmock('@azure/msal-browser');
  });

  it('that stays refused is a refusal, and never stands in a URL', async () => {
    const { companion, seen } = answers(401, 401);
    expect(await companion.messages(null)).toEqual({ kind: 'refused', code: 'unauthenticated' });
    expect(seen.every((s) => !(s.split(' ')[0] ?? '').includes('token'))).toBe(true);
  });
});

describe('the deployment\'s config', () => {
  const config = { clientId: 'c', authority: 'https://login.test', scope: 's', organisation: 'o', ownDomains: ['x.test'] };
  it.each<[string, () => Promise<Response>, unknown]>([
    ['read', async () => new Response(JSON.stringify(config)), config],
    ['missing', async () => new Response('', { status: 404 }), { kind: 'refused', code: 'config-missing' }],
    ['broken', async () => new Response('{"clientId":1}'), { kind: 'refused', code: 'config-broken' }],
    ['out of reach', async () => { throw new TypeError('network'); }, { kind: 'refused', code: 'offline' }],
  ])('%s', async (_, answer, expected) => expect(await loadConfig(answer as typeof fetch)).toEqual(expected));
});
