import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { Fault, refuse } from '../../../service/refusal.ts';
import { PROBLEMS, type Problem, type ProblemCode } from '../../../shared/wire/problem.ts';
import { ENDPOINTS, ROLES, type Endpoint, type EndpointName, type StaffRole } from '../../../shared/wire/wire.ts';
import { STRONG } from '../people/issuer.ts';
import { accepted, BODIES, draft, HANDOFF_ID, openGround, pathOf, plan, TOKEN, type Ground } from './ground.ts';

let ground: Ground;
const NAMES = Object.keys(ENDPOINTS) as EndpointName[];
const many = (n: number) => Array.from({ length: n }, (_, i) => ({ address: `r${i}@x.test`, role: 'to' }));
const SECRETS = ['123-45-6789', 'jane.roe@hidden.test', 'Diagnosis: canary-word'];

beforeAll(async () => { ground = await openGround({ rates: { person: { rate: 0, burst: 0 }, client: { rate: 0, burst: 0 }, recipient: { rate: 0, burst: 0 } } }); });

describe('routes', () => {
  test('below /api are exactly the declared ones', () => {
    const declared = Object.values(ENDPOINTS).map((e) => `${e.method.toUpperCase()} /api/v1${e.path}`).sort();
    const registered = ground.app.routes.filter((r) => r.path.startsWith('/api/') && r.method !== 'ALL').map((r) => `${r.method} ${r.path}`).sort();
    expect(registered).toEqual(declared);
  });
  test('elsewhere are exactly these, open to everyone', () => {
    const elsewhere = new Set(ground.app.routes.filter((r) => !r.path.startsWith('/api/') && r.method !== 'ALL').map((r) => `${r.method} ${r.path}`));
    expect([...elsewhere].sort()).toEqual([
      'GET /', 'GET /.well-known/microsoft-officeaddins-allowed.json', 'GET /.well-known/openpgpkey/:domain/hu/:hash', 'GET /.well-known/openpgpkey/:domain/policy', 'GET /.well-known/openpgpkey/hu/:hash', 'GET /.well-known/openpgpkey/policy', 'GET /addin', 'GET /addin/:path{.+}', 'GET /addin/config.json', 'GET /addin/manifest.xml', 'GET /crl/:name',
      'GET /docs', 'GET /healthz', ...['', '/all', '/attachments/:n', '/body', '/enter', '/inline/:n', '/message', '/other', '/preferences', '/print', '/sealed/:name', '/write'].map((tail) => `GET /m/:token${tail}`),
      'GET /m/divided.js', 'GET /m/drafting.js', 'GET /m/passkey.js', 'GET /m/signed-in/:provider', 'GET /metrics', 'GET /openapi.json', 'GET /readyz', ...['/answer', '/answer-question', '/code', '/enter', '/forget', '/halves', '/keep', '/leave', '/other', '/passkey', '/prefer', '/question', '/letter', '/ordinary', '/sign-in'].map((tail) => `POST /m/:token${tail}`),
    ].sort());
  });
  test.each(NAMES)('%s answers its first declared success to its first role', async (name) => {
    const answer = await ground.call(name);
    expect(Object.keys(ENDPOINTS[name].answers)).toContain(String(answer.status));
  });
});

test('role × route × step-up: only the declared roles get past the door, never anyone without a token, and what needs it only by a fresh, strong sign-in', async () => {
  const now = () => Math.floor(ground.issuer.world.clock / 1000);
  const signIns = [
    { claims: () => ({}), enough: true },
    { claims: () => ({ auth_time: now() - 15 * 60 }), enough: true },
    { claims: () => ({ acr: undefined, acrs: ['c2', STRONG] }), enough: true },
    { claims: () => ({ auth_time: now() - 15 * 60 - 1 }), enough: false },
    { claims: () => ({ auth_time: undefined }), enough: false },
    { claims: () => ({ auth_time: String(now()) }), enough: false },
    { claims: () => ({ acr: 'urn:riverside:password' }), enough: false },
    { claims: () => ({ acr: undefined }), enough: false },
  ] as const;
  await fc.assert(fc.asyncProperty(fc.constantFrom(...NAMES), fc.uniqueArray(fc.constantFrom(...ROLES), { maxLength: 3 }), fc.boolean(), fc.constantFrom(...signIns), fc.boolean(), async (name, others, withToken, signIn, fitting) => {
    const { who, stepUp }: Endpoint = ENDPOINTS[name];
    const roles = fitting && who !== 'public' ? [...others, ...who] : others;
    ground.calls.length = 0;
    const answer = await ground.call(name, { headers: { authorization: withToken ? `Bearer ${await ground.issuer.sign({ roles, ...signIn.claims() })}` : '' } });
    const mayEnter = who === 'public' ? true : withToken && roles.some((role: StaffRole) => who.includes(role));
    expect(answer.status < 400).toBe(mayEnter && (stepUp !== true || signIn.enough));
    if (!mayEnter) expect(answer.status).toBe(withToken ? 403 : 401);
    else if (answer.status >= 400) {
      expect([answer.status, (await answer.json() as Problem).code, ground.calls]).toEqual([401, 'step-up-required', []]);
      expect(answer.headers.get('www-authenticate')).toBe(`Bearer error="insufficient_user_authentication", acr_values="${STRONG}", max_age="900"`);
    }
  }), { numRuns: 600 });
});

test('what discloses, approves, breaks glass or touches keys needs a fresh, strong sign-in, and nothing a clinician does all day', () => {
  const strict = NAMES.filter((name) => (ENDPOINTS[name] as Endpoint).stepUp);
  expect(strict).toEqual(expect.arrayContaining(['reveal', 'createExport', 'exportFile', 'pack', 'approvePolicy', 'activatePolicy', 'emergencyPolicy', 'approveMessage', 'breakGlass', 'importKey', 'confirmKey', 'removeKey', 'rotateIdentity', 'importIdentity', 'withdrawIdentity', 'rotateLogKey', 'rotateMasterKey']));
  expect(strict.filter((name) => (ENDPOINTS[name] as Endpoint).who === 'public' || (ENDPOINTS[name] as Endpoint).who.includes('api-client' as never))).toEqual([]);
});

test('a program with a key: its own routes alone, of its role, and never one that needs a fresh sign-in, whatever its scopes say; each let in is noted first', async () => {
  const noted: string[] = [];
  const program = { id: `cli_${'a'.repeat(24)}`, name: 'hub', addresses: [], groups: [], shared: [], session: `ck_${'a'.repeat(16)}`, proof: { at: null, contexts: [] } };
  let now: object = {};
  const own = await openGround({}, { people: { who: async () => ({ ...program, ...now }) as never }, called: async (who, name) => { noted.push(`${who.session} ${name}`); } });
  await fc.assert(fc.asyncProperty(fc.constantFrom(...NAMES.filter((n) => (ENDPOINTS[n] as Endpoint).who !== 'public')), fc.constantFrom('api-client', 'auditor'), fc.subarray(NAMES), fc.boolean(), async (name, role, some, all) => {
    const scopes = all ? NAMES : some;
    now = { roles: [role], program: { scopes, perMinute: 6_000_000 } };
    noted.length = 0;
    const { who, stepUp } = ENDPOINTS[name] as Endpoint;
    const { status } = await own.call(name);
    const may = (who as readonly string[]).includes(role) && scopes.includes(name) && stepUp !== true;
    expect([name, status === 401 || status === 403]).toEqual([name, !may]);
    expect(noted).toEqual(may ? [`${program.session} ${name}`] : []);
  }), { numRuns: 400 });
});

/** A form as any client writes it, with its boundary in the header. */
function asForm(fields: readonly (readonly [string, string | File])[]) {
  const form = new FormData();
  for (const [name, value] of fields) form.append(name, value as string);
  const { headers, body } = new Response(form);
  return { body: body as BodyInit, headers: { 'content-type': headers.get('content-type') ?? '' } };
}

test('a whole message as a form says what its JSON would', async () => {
  const pixel = Buffer.from('R0lGODlhAQABAAAAACw=', 'base64');
  ground.calls.length = 0;
  const answered = await ground.call('send', asForm([
    ['attachment', new File(['a;b'], 'Bef\u00fcnde "1".csv', { type: 'text/csv' })], ['message', JSON.stringify(BODIES['send'])], ['inline:logo@x', new File([pixel], 'logo.gif', { type: 'image/gif' })],
    ['attachment', new File(['?'], 'raw')],
  ]));
  expect(answered.status).toBe(202);
  expect(ground.calls[0]?.args[1]).toEqual({ ...(BODIES['send'] as object), attachments: [
    { filename: 'Bef\u00fcnde "1".csv', contentType: 'text/csv', content: Buffer.from('a;b').toString('base64') },
    { filename: 'logo.gif', contentType: 'image/gif', content: pixel.toString('base64'), contentId: 'logo@x' },
    { filename: 'raw', contentType: 'application/octet-stream', content: Buffer.from('?').toString('base64') },
  ] });
});

describe('problems', () => {
  interface Case { readonly name: string; readonly call: () => Promise<Response>; readonly code: ProblemCode; readonly pointer?: string; readonly reaches?: true }
  const json = (value: unknown) => JSON.stringify(value);
  const send = (change: object) => () => ground.call('send', { body: json({ ...(BODIES['send'] as object), ...change }) });
  const MESSAGE = (change: object = {}) => json({ ...(BODIES['send'] as object), ...change });
  const form = (...fields: readonly (readonly [string, string | File])[]) => () => ground.call('send', asForm(fields));
  const stage = (change: object) => () => ground.call('stage', { body: json({ id: HANDOFF_ID, digest: 'a'.repeat(64), draft: { ...draft, ...change } }) });
  const answer = (what: string, code: ProblemCode, name: EndpointName) => async () => { ground.answers[what] = refuse(code); try { return await ground.call(name); } finally { delete ground.answers[what]; } };
  const cases: readonly Case[] = [
    { name: 'half a JSON', call: () => ground.call('send', { body: '{"from":{"address":"jane.roe@hidden.test"' }), code: 'bad-json' },
    { name: 'no body', call: () => ground.call('send', { body: null }), code: 'bad-json' },
    { name: 'bytes that are no UTF-8', call: () => ground.call('send', { body: new Uint8Array([0x7b, 0xff, 0x7d]) }), code: 'bad-json' },
    { name: 'an array instead of an object', call: () => ground.call('send', { body: '[]' }), code: 'bad-request' },
    { name: 'a number as subject', call: send({ subject: 1 }), code: 'bad-request', pointer: '/subject' },
    { name: 'an address that is an object', call: send({ to: [{ address: { $ne: null } }] }), code: 'bad-request', pointer: '/to/0/address' },
    { name: 'a hostile key', call: () => ground.call('plan', { body: json({ ...(BODIES['plan'] as object), kinds: { [SECRETS[0] as string]: 'x' } }) }), code: 'bad-request', pointer: '/kinds' },
    { name: 'a subject too long', call: send({ subject: 'x'.repeat(999) }), code: 'bad-request', pointer: '/subject' },
    { name: 'an unknown purpose', call: send({ purpose: SECRETS[2] }), code: 'bad-request', pointer: '/purpose' },
    { name: 'form instead of JSON', call: () => ground.call('send', { body: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } }), code: 'unsupported-media-type' },
    { name: 'a form without a message', call: form(['attachment', new File(['x'], 'x.txt')]), code: 'bad-request' },
    { name: 'a form with two messages', call: form(['message', MESSAGE()], ['message', MESSAGE()]), code: 'bad-request' },
    { name: 'a form whose message is half a JSON', call: form(['message', '{"from":']), code: 'bad-json' },
    { name: 'a form whose message is not a message', call: form(['message', '{"from":1}']), code: 'bad-request', pointer: '/from' },
    { name: 'a form with attachments in both places', call: form(['message', MESSAGE({ attachments: [] })]), code: 'bad-request', pointer: '/attachments' },
    { name: 'a form with a field nobody knows', call: form(['message', MESSAGE()], ['jane.roe@hidden.test', new File(['x'], 'x.txt')]), code: 'bad-request', pointer: '/attachments' },
    { name: 'a form whose attachment is a word', call: form(['message', MESSAGE()], ['attachment', 'x']), code: 'bad-request', pointer: '/attachments' },
    { name: 'a form with 20,000 fields', call: form(['message', MESSAGE()], ...Array.from({ length: 20_000 }, () => ['attachment', 'x'] as const)), code: 'bad-request', pointer: '/attachments' },
    { name: 'a form that is none', call: () => ground.call('send', { body: 'nothing', headers: { 'content-type': 'multipart/form-data; boundary=x' } }), code: 'bad-request' },
    { name: 'a form over 5 MB', call: form(['message', MESSAGE()], ['attachment', new File(['x'.repeat(5 * 1024 * 1024)], 'x.txt')]), code: 'use-parts' },
    { name: 'a form where JSON is asked for', call: () => ground.call('plan', { body: 'x', headers: { 'content-type': 'multipart/form-data; boundary=x' } }), code: 'unsupported-media-type' },
    { name: 'compressed JSON', call: () => ground.call('send', { headers: { 'content-encoding': 'gzip' } }), code: 'unsupported-media-type' },
    { name: 'no idempotency key', call: () => ground.call('send', { headers: { 'idempotency-key': '' } }), code: 'idempotency-key-missing' },
    { name: 'a message over 5 MB', call: () => ground.call('send', { body: json({ ...(BODIES['send'] as object), text: 'x'.repeat(5 * 1024 * 1024) }) }), code: 'use-parts' },
    { name: 'a stated length over 5 MB', call: () => ground.call('send', { headers: { 'content-length': '5242881' } }), code: 'use-parts' },
    { name: 'a draft over 6 MB', call: () => ground.call('stage', { body: ' '.repeat(6 * 1024 * 1024 + 1) }), code: 'too-large' },
    { name: 'HTML over 2 MB', call: stage({ html: 'x'.repeat(2 * 1024 * 1024 + 1) }), code: 'bad-request', pointer: '/draft/html' },
    { name: 'a part over 25 MB', call: () => ground.call('part', { headers: { 'content-length': String(25 * 1024 * 1024 + 1) } }), code: 'too-large' },
    { name: 'a part over 25 MB that does not say so', call: () => ground.call('part', { body: unstated(26) }), code: 'too-large' },
    { name: 'a part that is not what it says', call: () => ground.call('part', { body: 'other' }), code: 'digest-mismatch', reaches: true },
    { name: 'a part as a form', call: () => ground.call('part', { headers: { 'content-type': 'multipart/form-data; boundary=x' } }), code: 'unsupported-media-type' },
    { name: '10,000 recipients at once', call: send({ to: many(10_000) }), code: 'too-many-recipients' },
    { name: '10,000 recipients in a draft', call: stage({ recipients: many(10_000) }), code: 'too-many-recipients' },
    { name: '10,000 recipients in a plan', call: () => ground.call('plan', { body: json({ ...(BODIES['plan'] as object), recipients: many(10_000) }) }), code: 'too-many-recipients' },
    { name: 'a hand-over id that is none', call: () => ground.call('handoff', { path: '/api/v1/handoffs/..%2f..%2fetc' }), code: 'not-found' },
    { name: 'a message id that is none', call: () => ground.call('message', { path: '/api/v1/messages/1%20OR%201=1' }), code: 'not-found' },
    { name: 'a digest in capitals', call: () => ground.call('part', { path: `/api/v1/handoffs/${HANDOFF_ID}/parts/${'A'.repeat(64)}` }), code: 'not-found' },
    { name: 'an attachment number that is none', call: () => ground.call('attachment', { path: `${pathOf('attachment').slice(0, -1)}-1` }), code: 'not-found' },
    { name: 'another author\'s message', call: answer('message', 'not-found', 'message'), code: 'not-found', reaches: true },
    { name: 'a header injection', call: answer('send', 'bad-header', 'send'), code: 'bad-header', reaches: true },
    { name: 'a foreign sender', call: answer('send', 'from-not-allowed', 'send'), code: 'from-not-allowed', reaches: true },
    { name: 'a policy that says no', call: answer('commit', 'policy-blocked', 'commit'), code: 'policy-blocked', reaches: true },
    { name: 'no endpoint', call: () => ground.app.request('/api/v1/nothing'), code: 'not-found' } as Case,
    { name: 'another method', call: async () => ground.app.request('/api/v1/messages', { method: 'DELETE' }), code: 'method-not-allowed' },
    { name: 'a preflight from elsewhere', call: async () => ground.app.request('/api/v1/messages', { method: 'OPTIONS', headers: { origin: 'https://evil.test' } }), code: 'method-not-allowed' },
    { name: 'no token', call: () => ground.call('send', { headers: { authorization: '' } }), code: 'unauthenticated' },
    { name: 'a foreign token', call: async () => ground.call('send', { headers: { authorization: `Bearer ${await ground.issuer.sign({}, { issuer: 'https://evil.test' })}` } }), code: 'unauthenticated' },
    { name: 'an expired token', call: async () => ground.call('send', { headers: { authorization: `Bearer ${await ground.issuer.sign({}, { expires: -3600 })}` } }), code: 'unauthenticated' },
    { name: 'a role that may not', call: () => ground.call('events', { roles: ['clinician'] }), code: 'forbidden' },
    { name: 'a filter that is misspelt', call: () => ground.call('events', { path: '/api/v1/audit/events?tpye=x' }), code: 'bad-request' },
    { name: 'a filter given twice', call: () => ground.call('events', { path: '/api/v1/audit/events?actor=a&actor=b' }), code: 'bad-request' },
    { name: 'a cursor with other characters', call: () => ground.call('events', { path: '/api/v1/audit/events?cursor=%3Cscript%3E' }), code: 'bad-cursor' },
    ...['message=00482913', 'item=00482913', 'actor=00482913', 'actor=Delgado', 'type=diabetes'].map((query) => ({ name: `in the address, what is no id or kind: ${query}`, call: () => ground.call('events', { path: `/api/v1/audit/events?${query}` }), code: 'bad-request' as const })),
    { name: 'a filter that is misspelt, in the body', call: () => ground.call('find', { body: json({ tpye: ['x.y'] }) }), code: 'bad-request' },
    { name: 'a page of 501', call: () => ground.call('events', { path: '/api/v1/audit/events?limit=501' }), code: 'bad-request' },
    { name: 'a page of none', call: () => ground.call('messages', { path: '/api/v1/messages?limit=0' }), code: 'bad-request' },
    { name: 'a sequence number that is none', call: () => ground.call('proof', { path: '/api/v1/audit/events/x/proof' }), code: 'not-found' },
    { name: 'the last cursor of another list', call: answer('events', 'bad-cursor', 'events'), code: 'bad-cursor', reaches: true },
  ];

  test.each(cases)('$name → $code', async ({ call, code, pointer, reaches }) => {
    ground.calls.length = 0;
    const answered = await call();
    const problem = await answered.json() as Problem;
    const { status, title } = PROBLEMS[code];
    expect([answered.status, answered.headers.get('content-type')]).toEqual([status, 'application/problem+json']);
    expect(problem).toEqual({ type: `urn:send-secure:problem:${code}`, title, status, code, instance: answered.headers.get('x-request-id'), ...(pointer === undefined ? {} : { pointer }) });
    expect(ground.calls.length > 0).toBe(reaches === true);
  });

  test('never repeat what was sent', async () => {
    const secret = fc.constantFrom(...SECRETS);
    const junk = fc.letrec((tie) => ({ any: fc.oneof(secret, fc.dictionary(secret, tie('any'), { maxKeys: 3 }), fc.array(tie('any'), { maxLength: 3 }), fc.integer()) })).any;
    await fc.assert(fc.asyncProperty(fc.constantFrom('plan', 'stage', 'send', 'commit' as const), fc.dictionary(fc.constantFrom('from', 'to', 'subject', 'recipients', 'kinds', 'draft', 'wishes', 'digest', 'attachments', ...SECRETS), junk), async (name, change) => {
      const answered = await ground.call(name as EndpointName, { body: json({ ...(BODIES[name as EndpointName] as object), ...change }), headers: { 'x-request-id': SECRETS[0] as string, 'x-secret': SECRETS[2] as string } });
      const said = answered.status < 400 ? '' : `${await answered.text()}${JSON.stringify([...answered.headers])}`;
      for (const value of SECRETS) expect(said).not.toContain(value);
    }), { numRuns: 200 });
    for (const value of SECRETS) expect(ground.log.join('')).not.toContain(value);
  });

  test('405 says what is allowed, 401 how to come in', async () => {
    expect((await ground.app.request('/api/v1/messages', { method: 'PATCH' })).headers.get('allow')).toBe('POST, GET, HEAD');
    expect((await ground.call('send', { headers: { authorization: '' } })).headers.get('www-authenticate')).toBe('Bearer');
    expect((await ground.call('send', { headers: { authorization: 'Bearer a.b.c' } })).headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
  });

  test.each([['token-guest', 403, 'guest-account', null], ['token-groups', 403, 'groups-unknown', null], ['token-scope', 403, 'forbidden', 'Bearer error="insufficient_scope"'], ['token-tenant', 401, 'unauthenticated', 'Bearer error="invalid_token"'], ['issuer-unreachable', 503, 'not-ready', null]] as const)('%s is %i %s, and asks for another sign-in only where that would help', async (code, status, says, challenge) => {
    const own = await openGround({}, { people: { who: async () => refuse(code) } });
    const answer = await own.call('messages');
    expect([answer.status, ((await answer.json()) as { code: string }).code, answer.headers.get('www-authenticate')]).toEqual([status, says, challenge]);
  });

  test('a fault is a constant answer; what broke is in the log by code, without its message', async () => {
    for (const broken of [new Fault('disk-broken', 'The disk is broken.', new Error(SECRETS[1])), new TypeError(SECRETS[1])]) {
      ground.answers['send'] = broken;
      ground.log.length = 0;
      const answered = await ground.call('send');
      delete ground.answers['send'];
      expect([answered.status, (await answered.json() as Problem).code]).toEqual([500, 'fault']);
      const line = ground.log.find((l) => l.includes('"fault"')) ?? '';
      expect(line).toContain(answered.headers.get('x-request-id'));
      expect(line).toContain(broken instanceof Fault ? 'disk-broken' : 'TypeError');
      expect(ground.log.join('')).not.toContain(SECRETS[1]);
    }
  });

  test('not ready: nothing is accepted, everything can be read', async () => {
    ground.answers['ready'] = false;
    for (const name of ['stage', 'part', 'commit', 'send'] as const) expect(await (await ground.call(name)).json()).toMatchObject({ code: 'not-ready' });
    expect((await ground.call('message')).status).toBe(200);
    expect((await ground.app.request('/readyz')).status).toBe(503);
    expect((await ground.app.request('/healthz')).status).toBe(200);
    delete ground.answers['ready'];
    expect((await ground.app.request('/readyz')).status).toBe(200);
  });

  test('the issuer out of reach is not the caller\'s fault', async () => {
    const other = await openGround();
    other.issuer.world.down = true;
    expect(await (await other.call('message')).json()).toMatchObject({ code: 'not-ready' });
  });
});

describe('commit', () => {
  test.each([
    [{ kind: 'accepted', fresh: true, accepted }, 202, { id: accepted.id }],
    [{ kind: 'accepted', fresh: false, accepted }, 200, { id: accepted.id }],
    [{ kind: 'plan-changed', plan }, 409, { code: 'plan-changed', plan }],
    [{ kind: 'already-sent', accepted }, 409, { code: 'already-sent', accepted }],
    [refuse('parts-missing'), 409, { code: 'parts-missing' }],
  ])('%j', async (outcome, status, body) => {
    ground.answers['commit'] = outcome;
    const answered = await ground.call('commit');
    delete ground.answers['commit'];
    expect(answered.status).toBe(status);
    expect(await answered.json()).toMatchObject(body);
  });
});

test('too many requests: a person waits, others do not; failed tokens cost their address only', async () => {
  const brake = await openGround({ rates: { person: { rate: 1, burst: 3 }, client: { rate: 1, burst: 2 } } });
  const status = async (roles: StaffRole[]) => (await brake.call('message', { roles })).status;
  expect([await status(['clinician']), await status(['clinician']), await status(['clinician']), await status(['clinician'])]).toEqual([200, 200, 200, 429]);
  const other = `Bearer ${await brake.issuer.sign({ sub: 'noor' })}`;
  expect((await brake.call('message', { headers: { authorization: other } })).status).toBe(200);
  for (const expected of [401, 401, 429]) expect((await brake.call('message', { headers: { authorization: 'Bearer x' } })).status).toBe(expected);
  expect((await brake.call('message', { headers: { authorization: other } })).status).toBe(200);
  const slow = await brake.call('message', { roles: ['clinician'] });
  expect(Number(slow.headers.get('retry-after'))).toBeGreaterThan(0);
  brake.issuer.world.clock += 5_000;
  expect(await status(['clinician'])).toBe(200);
});

test('changes of one recipient, each of which tells their mailbox, wait beyond some an hour, whoever makes them and however the address is written; what takes back never does', async () => {
  const brake = await openGround({ rates: { recipient: { rate: 1 / 60, burst: 3 } } });
  const status = async (name: 'contact' | 'choose' | 'standIn', body: object) => (await brake.call(name, { body: JSON.stringify({ ...(BODIES[name] as object), ...body }) })).status;
  const [walt, rosa] = ['walt.finch@oldpost.test', 'rosa.delgado@brightmail.test'];
  expect([await status('contact', { address: walt }), await status('choose', { address: walt.toUpperCase() }), await status('standIn', { address: walt, reader: rosa, as: 'carer' })]).toEqual([200, 200, 200]);
  expect([await status('contact', { address: walt, language: 'en' }), await status('choose', { address: walt }), await status('standIn', { address: walt, reader: rosa, as: 'parent' })]).toEqual([429, 429, 429]);
  expect([await status('contact', { address: walt, language: null, phone: null }), await status('choose', { address: walt, topics: [] }), await status('standIn', { address: walt, reader: rosa, as: null })]).toEqual([200, 200, 200]);
  expect(await status('contact', { address: rosa })).toBe(200);
  brake.issuer.world.clock += 61_000;
  expect([await status('contact', { address: walt }), await status('contact', { address: walt })]).toEqual([200, 429]);
});

test('log lines name the pattern, never the path', async () => {
  ground.log.length = 0;
  await ground.call('message');
  await ground.app.request(`/m/${TOKEN}`);
  await ground.app.request(`/m/${TOKEN}/nothing`);
  const lines = ground.log.map((line) => JSON.parse(line) as { route?: string; status?: number });
  expect(lines.map((l) => [l.route, l.status])).toEqual([['/api/v1/messages/:id', 200], ['/m/:token', 200], ['unmatched', 404]]);
  expect(ground.log.join('')).not.toMatch(/msg_|TTTT/);
});

/** Chunks without a stated length. */
function unstated(megabytes: number): ReadableStream<Uint8Array> {
  let left = megabytes;
  return new ReadableStream({ pull(c) { if (left-- > 0) c.enqueue(new Uint8Array(1024 * 1024)); else c.close(); } });
}
