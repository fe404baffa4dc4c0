/** What a stranger or a broken program may send: a problem with a code, nothing stored, no stack, no echo of the value. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeJwt, importJWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestInput, type Draft } from '../../shared/draft/draft.ts';
import { openStage, type Stage } from './stage.ts';

const CANARY = 'Xylophonist';
const ANA = { address: 'ana.ruiz@riverside.test' };
const TESS = { address: 'tess.lane@lakeside.test' };
const good = { from: ANA, to: [TESS], subject: CANARY, text: CANARY };
const draft: Draft = { from: ANA, recipients: [{ ...TESS, role: 'to' }], subject: CANARY, text: CANARY, attachments: [] };
const digest = createHash('sha256').update(digestInput(draft)).digest('hex');
const asked = { from: ANA, recipients: [{ ...TESS, role: 'to' }], verdict: { level: 'none', sensitive: [], people: 0 }, kinds: {}, subjectIdentifier: false, unscannable: 0 };
const base64 = (n: number) => Buffer.alloc(n, 'x').toString('base64');

/** The issuer's own signature over a token whose time was over two hours ago. */
async function expired(stage: Stage): Promise<string> {
  const { jwk } = JSON.parse(readFileSync(join(stage.folder, 'world', 'issuer.json'), 'utf8'));
  const { exp: _exp, iat: _iat, ...claims } = decodeJwt(await stage.token('ana'));
  const then = Math.floor(Date.now() / 1000) - 7_200;
  return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: jwk.kid }).setIssuedAt(then - 60).setExpirationTime(then).sign(await importJWK(jwk, 'RS256'));
}

type Row = readonly [what: string, person: string | null, method: string, path: string, body: unknown, status: number, code: string];
const ROWS: readonly Row[] = [
  ['malformed JSON', 'ana', 'POST', 'messages', `{"subject": "${CANARY}`, 400, 'bad-json'],
  ['an array for an object', 'ana', 'POST', 'messages', [CANARY], 400, 'bad-request'],
  ['a number for a subject', 'ana', 'POST', 'messages', { ...good, subject: 7 }, 400, 'bad-request'],
  ['no recipients', 'ana', 'POST', 'messages', { ...good, to: [] }, 422, 'no-recipients'],
  ['10,000 recipients', 'ana', 'POST', 'messages', { ...good, to: Array.from({ length: 10_000 }, (_, i) => ({ address: `${CANARY}${i}@lakeside.test` })) }, 422, 'too-many-recipients'],
  ['an address without a domain', 'ana', 'POST', 'messages', { ...good, to: [{ address: CANARY }] }, 400, 'bad-address'],
  ['a line break in an address', 'ana', 'POST', 'messages', { ...good, to: [{ address: `${CANARY}@lakeside.test\r\nBcc: x@y.test` }] }, 400, 'bad-address'],
  ['a line break in the subject', 'ana', 'POST', 'messages', { ...good, subject: `${CANARY}\r\nBcc: x@y.test` }, 400, 'bad-header'],
  ['a line break in a name', 'ana', 'POST', 'messages', { ...good, to: [{ ...TESS, name: `${CANARY}\nX: y` }] }, 400, 'bad-header'],
  ['a line break in a file name', 'ana', 'POST', 'messages', { ...good, attachments: [{ filename: `${CANARY}\r\n.txt`, contentType: 'text/plain', content: '' }] }, 400, 'bad-header'],
  ['a reference that is none', 'ana', 'POST', 'messages', { ...good, references: [`${CANARY}\r\n`] }, 400, 'bad-header'],
  ['broken base64', 'ana', 'POST', 'messages', { ...good, attachments: [{ filename: 'a', contentType: 'text/plain', content: `${CANARY}!` }] }, 400, 'bad-request'],
  ['six megabytes at once', 'ana', 'POST', 'messages', { ...good, attachments: [{ filename: 'a', contentType: 'text/plain', content: base64(5_000_000) }] }, 413, 'use-parts'],
  ['somebody else\'s From', 'ana', 'POST', 'messages', { ...good, from: { address: 'noor.haddad@riverside.test' } }, 403, 'from-not-allowed'],
  ['a From outside', 'ana', 'POST', 'messages', { ...good, from: { address: `${CANARY}@lakeside.test` } }, 403, 'from-not-allowed'],
  ['end-to-end where there is no key', 'ana', 'POST', 'messages', { ...good, need: 'e2e-only' }, 422, 'no-protection'],
  ['an unknown need', 'ana', 'POST', 'messages', { ...good, need: CANARY }, 400, 'bad-request'],
  ['a wish that is misspelt', 'ana', 'POST', 'messages', { ...good, neeed: 'e2e-only' }, 400, 'bad-request'],
  ['a misspelt word of an attachment', 'ana', 'POST', 'messages', { ...good, attachments: [{ filename: 'a', contentType: 'text/plain', content: '', contentID: 'x' }] }, 400, 'bad-request'],
  ['a plan for a broken address', 'ana', 'POST', 'plan', { ...asked, recipients: [{ address: CANARY, role: 'to' }] }, 400, 'bad-address'],
  ['a plan from somebody else', 'ana', 'POST', 'plan', { ...asked, from: { address: 'noor.haddad@riverside.test' } }, 403, 'from-not-allowed'],
  ['a subject of a thousand characters', 'ana', 'POST', 'messages', { ...good, subject: CANARY.repeat(100) }, 400, 'bad-request'],
  ['no token', null, 'POST', 'messages', good, 401, 'unauthenticated'],
  ['a role that may not', 'ben', 'POST', 'messages', good, 403, 'forbidden'],
  ['an unknown message', 'ana', 'GET', 'messages/msg_00000000-0000-7000-8000-000000000000', undefined, 404, 'not-found'],
  ['an id that is none', 'ana', 'GET', `messages/${CANARY}`, undefined, 404, 'not-found'],
  ['an unknown hand-over', 'ana', 'GET', 'handoffs/ho_00000000-0000-4000-8000-000000000000', undefined, 404, 'not-found'],
  ['a wrong digest', 'ana', 'POST', 'handoffs', { id: 'ho_00000000-0000-4000-8000-000000000001', digest: '0'.repeat(64), draft }, 422, 'digest-mismatch'],
  ['an attachment of 26 MB', 'ana', 'POST', 'handoffs', { id: 'ho_00000000-0000-4000-8000-000000000002', digest, draft: { ...draft, attachments: [{ filename: CANARY, contentType: 'a/b', size: 26 * 1024 * 1024, sha256: '0'.repeat(64) }] } }, 400, 'bad-request'],
  ['a broken cursor', 'ana', 'GET', `messages?cursor=${CANARY}`, undefined, 400, 'bad-cursor'],
  ['a filter that is misspelt', 'ben', 'GET', `audit/events?${CANARY}=1`, undefined, 400, 'bad-request'],
  ['an address nobody serves', 'ana', 'GET', CANARY, undefined, 404, 'not-found'],
  ['a method nobody serves', 'ana', 'DELETE', 'messages', undefined, 405, 'method-not-allowed'],
];

describe('bad input', () => {
  let stage: Stage;
  beforeAll(async () => { stage = await openStage(); });
  afterAll(() => stage?.close());

  it.each(ROWS)('%s', async (_what, person, method, path, body, status, code) => {
    const answer = await stage.call(person, method, path, body, { 'idempotency-key': crypto.randomUUID() });
    expect([answer.status, answer.body?.code], answer.text.slice(0, 300)).toEqual([status, code]);
    expect(answer.text).not.toContain(CANARY);
    expect(answer.text).not.toMatch(/\bat .*\.ts:\d|node_modules|stack/);
  });

  it.each([
    ['expired', (t: string) => t],
    ['signed by somebody else', (t: string) => t.replace(/\.[^.]*$/, `.${'A'.repeat(342)}`)],
    ['without a signature', (t: string) => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${t.split('.')[1]}.`],
    ['no token at all', () => CANARY],
  ])('a token that is %s', async (what, change) => {
    const token = what === 'expired' ? await expired(stage) : change(await stage.token('ana'));
    const answer = await fetch(`${stage.url}/api/v1/messages`, { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(401);
    expect(await answer.text()).not.toContain(CANARY);
  });

  it('nothing of it was stored', async () => {
    expect((await stage.call('ana', 'GET', 'messages')).body.data).toEqual([]);
    expect(await stage.mailbox(TESS.address)).toEqual([]);
  });
});
