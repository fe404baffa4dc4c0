/** Strangers and bad input against the whole service: a constant answer with a code, nothing stored, nothing opened, nothing repeated. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HandoffRequest } from '../../shared/wire/handoff.ts';
import { digestInput } from '../../shared/draft/draft.ts';
import { visitor } from '../service/http/portal/visitor.ts';
import { openStage, type Json, type Stage } from './stage.ts';

const ANA = { address: 'ana.ruiz@riverside.test' };
const SAM = { address: 'sam.park@stmarys.test' };
const ROSA = 'rosa.delgado@brightmail.test';
const CANARY = 'canary-4711';
const sha = (value: string | Uint8Array) => createHash('sha256').update(value).digest('hex');
const id = (n: number) => `ho_0190b000-0000-7000-8000-${String(n).padStart(12, '0')}`;

let stage: Stage;
beforeAll(async () => { stage = await openStage(); });
afterAll(async () => { await stage?.close(); });

function handoff(n: number, change: Partial<HandoffRequest['draft']> = {}): HandoffRequest {
  const draft = { from: ANA, recipients: [{ ...SAM, role: 'to' as const }], subject: 'Hello', text: 'See you.', attachments: [], ...change };
  return { id: id(n), digest: sha(digestInput(draft as never)), draft } as HandoffRequest;
}

describe('bad input', () => {
  const message = { from: ANA, to: [SAM], subject: 'Hello', text: 'See you.' };
  const post = (body: unknown, person: string | null = 'ana', headers = {}) => () => stage.call(person, 'POST', 'messages', body, { 'idempotency-key': crypto.randomUUID(), ...headers });
  const get = (path: string, person: string | null = 'ana', headers = {}) => () => stage.call(person, 'GET', path, undefined, headers);
  const stageIt = (change: Partial<HandoffRequest['draft']>, n: number) => () => stage.call('ana', 'POST', 'handoffs', handoff(n, change));
  const text = new TextEncoder().encode('part');
  const cases: readonly (readonly [name: string, call: () => Promise<{ status: number; body: Json; text: string }>, code: string])[] = [
    ['malformed JSON', post(`{"subject": "${CANARY}`), 'bad-json'],
    ['a wrong type', post({ ...message, subject: { text: CANARY } }), 'bad-request'],
    ['an attachment that is no base64', post({ ...message, attachments: [{ filename: 'a', contentType: 'text/plain', content: `${CANARY}!` }] }), 'bad-request'],
    ['no recipients', post({ ...message, to: [] }), 'no-recipients'],
    ['10,000 recipients', post({ ...message, to: Array.from({ length: 10_000 }, (_, n) => ({ address: `r${n}@x.test` })) }), 'too-many-recipients'],
    ['a header injection in the subject', post({ ...message, subject: `Hello\r\nBcc: ${CANARY}@evil.test` }), 'bad-header'],
    ['a header injection in a name', post({ ...message, to: [{ ...SAM, name: `x\r\nBcc: ${CANARY}@evil.test` }] }), 'bad-header'],
    ['a header injection in an address', post({ ...message, to: [{ address: `sam@x.test>\r\nRCPT TO:<${CANARY}@evil.test` }] }), 'bad-address'],
    ['a header injection in a file name', post({ ...message, attachments: [{ filename: `a\r\n${CANARY}`, contentType: 'text/plain', content: '' }] }), 'bad-header'],
    ['a header injection in a content type', post({ ...message, attachments: [{ filename: 'a', contentType: `text/plain\r\nX-${CANARY}: 1`, content: '' }] }), 'bad-header'],
    ['a header injection in a reference', post({ ...message, inReplyTo: `<a@b>\r\nX-${CANARY}: 1` }), 'bad-header'],
    ['an address that is none', post({ ...message, to: [{ address: CANARY }] }), 'bad-address'],
    ['another\'s sender address', post({ ...message, from: { address: `${CANARY}@riverside.test` } }), 'from-not-allowed'],
    ['a message over 5 MB', post({ ...message, text: 'x'.repeat(5 * 1024 * 1024) }), 'use-parts'],
    ['no token', post(message, null), 'unauthenticated'],
    ['a made-up token', post(message, null, { authorization: `Bearer ${CANARY}.${CANARY}.${CANARY}${CANARY}` }), 'unauthenticated'],
    ['a role that may not send', post(message, 'ivy'), 'forbidden'],
    ['an unknown message', get('messages/msg_0190a000-0000-7000-8000-000000000009'), 'not-found'],
    ['an id that is none', get(`messages/${CANARY}`), 'not-found'],
    ['an unknown hand-over', get(`handoffs/${id(99)}`), 'not-found'],
    ['a cursor of somebody\'s own making', get(`messages?cursor=${CANARY}`), 'bad-cursor'],
    ['a digest that does not fit', () => stage.call('ana', 'POST', 'handoffs', { ...handoff(1), digest: 'a'.repeat(64) }), 'digest-mismatch'],
    ['10,000 recipients in a draft', stageIt({ recipients: Array.from({ length: 10_000 }, (_, n) => ({ address: `r${n}@x.test`, role: 'to' as const })) }, 2), 'too-many-recipients'],
    ['an attachment of 26 MB', stageIt({ attachments: [{ filename: CANARY, contentType: 'x/y', size: 26 * 1024 * 1024, sha256: 'a'.repeat(64) }] }, 3), 'bad-request'],
    ['a part nobody announced', async () => { await stage.call('ana', 'POST', 'handoffs', handoff(4)); return stage.call('ana', 'PUT', `handoffs/${id(4)}/parts/${sha(text)}`, text); }, 'not-found'],
    ['a part that is another', async () => { await stage.call('ana', 'POST', 'handoffs', handoff(5, { attachments: [{ filename: 'a', contentType: 'x/y', size: 4, sha256: sha(text) }] })); return stage.call('ana', 'PUT', `handoffs/${id(5)}/parts/${sha(text)}`, new TextEncoder().encode('PART')); }, 'digest-mismatch'],
    ['a part of 26 MB', () => stage.call('ana', 'PUT', `handoffs/${id(5)}/parts/${sha(text)}`, new Uint8Array(26 * 1024 * 1024)), 'too-large'],
    ['another author\'s hand-over', get(`handoffs/${id(5)}`, 'noor'), 'not-found'],
    ['another author\'s commit', () => stage.call('noor', 'POST', `handoffs/${id(5)}/commit`, { digest: 'a'.repeat(64), plan: 'b'.repeat(64) }), 'not-found'],
    ['a commit without its parts', () => stage.call('ana', 'POST', `handoffs/${id(5)}/commit`, { digest: handoff(5, { attachments: [{ filename: 'a', contentType: 'x/y', size: 4, sha256: sha(text) }] }).digest, plan: 'b'.repeat(64) }), 'parts-missing'],
    ['the log for a clinician', get('audit/events'), 'forbidden'],
    ['a filter that is misspelt', get('audit/events?acter=x', 'ben'), 'bad-request'],
    ['a proof of what is not there', get('audit/events/999999999/proof', 'ben'), 'not-found'],
  ];

  it.each(cases)('%s', async (_, call, code) => {
    const answer = await call();
    expect([answer.body?.code, answer.status]).toEqual([code, answer.body?.status]);
    expect(answer.text).not.toContain(CANARY);
    expect(answer.text).not.toMatch(/ at .*\.ts:\d|node_modules|Error:/);
  });

  it('left nothing behind', async () => {
    expect((await stage.call('ana', 'GET', 'messages')).body.data).toEqual([]);
    expect((await stage.call('ben', 'GET', 'messages')).body.data).toEqual([]);
    expect(await stage.mailbox(SAM.address)).toEqual([]);
  });
});

describe('another author', () => {
  it('learns nothing of a message, not even that it is there', async () => {
    const sent = await stage.send('ana', { to: [SAM] });
    const none = 'msg_0190a000-0000-7000-8000-000000000009';
    const shape = ({ status, body }: { status: number; body: Json }) => ({ status, body: { ...body, instance: '' } });
    for (const path of ['', '/content', '/attachments/0']) {
      expect(shape(await stage.call('noor', 'GET', `messages/${sent.body.id}${path}`))).toEqual(shape(await stage.call('noor', 'GET', `messages/${none}${path}`)));
    }
    expect(shape(await stage.call('noor', 'POST', `messages/${sent.body.id}/recall`, {}))).toEqual(shape(await stage.call('noor', 'POST', `messages/${none}/recall`, {})));
  });
});

describe('a stranger at the portal', () => {
  const linkOf = (raw: string) => /\/m\/([A-Za-z0-9_-]{43})/.exec(raw.replace(/=\r\n/g, ''))?.[0] ?? '';
  const real = { request: (path: string, init: RequestInit) => fetch(stage.url + path, { ...init, redirect: 'manual' }) };
  const who = () => visitor(real as never, stage.url);
  let link: string;
  let sent: string;
  beforeAll(async () => {
    const answer = await stage.send('ana', { to: [{ address: ROSA }], text: 'The potassium is high.' });
    sent = answer.body.id;
    await stage.until('ana', sent, ['relayed']);
    link = linkOf((await stage.mail(ROSA, (raw) => raw.includes('/m/'))).raw);
  });
  const count = async (type: string) => (await stage.timeline('ana', sent)).recipients[0]?.events.filter((e) => e.type === type).length ?? 0;

  it('with a made-up link is told the same as with a real one, and locks nobody', async () => {
    const made = `/m/${'A'.repeat(43)}`;
    const shape = async (path: string) => {
      const guest = who();
      const landing = await (await guest.get(path)).text();
      const asked = await guest.submit(landing, `${path}/code`);
      const form = await (await guest.get(`${path}/enter?sent`)).text();
      const wrong = await guest.submit(form, `${path}/enter`, { code: '000001' });
      return [landing, asked.status, asked.headers.get('location'), form, wrong.status, await wrong.text()].map((p) => String(p).replaceAll(path, '·').replace(/(?:value|data-challenge)="[^"]{20,}"/g, ''));
    };
    expect(await shape(made)).toEqual(await shape(link));
    for (let n = 0; n < 30; n += 1) {
      const guest = who();
      await guest.submit(await (await guest.get(`${made}/enter`)).text(), `${made}/enter`, { code: '123456' });
    }
    expect(await count('portal.locked')).toBe(0);
  });

  it('with a stolen link gets five guesses, however many at once', async () => {
    const guest = who();
    const form = await (await guest.get(`${link}/enter`)).text();
    const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => guest.submit(form, `${link}/enter`, { code: String(900_000 + n) })));
    expect(answers.filter((a) => a.status === 303)).toEqual([]);
    expect(answers.filter((a) => a.status === 422).length).toBeLessThan(5);
    expect(await count('portal.locked')).toBe(1);
    expect((await stage.timeline('ana', sent)).recipients[0]?.status).toBe('relayed');
    // And five on a code that this browser asked for; it asks for no more than the mailbox is sent.
    await guest.submit(await (await guest.get(link)).text(), `${link}/code`);
    const tried = await Promise.all(Array.from({ length: 100 }, (_, n) => guest.submit(form, `${link}/enter`, { code: String(900_000 + n) })));
    expect(tried.filter((a) => a.status === 303)).toEqual([]);
    expect(tried.filter((a) => a.status === 422).length).toBeLessThan(5);
  });

  it('never finds a word of the message without a code', async () => {
    const guest = who();
    for (const tail of ['', '/enter', '/message', '/body', '/print', '/attachments/0', '/inline/0']) {
      const answer = await guest.get(link + tail);
      // Links and stamps are drawn, and three letters come up in them now and then.
      expect((await answer.text()).replaceAll(/[\w-]{22,}/g, '·')).not.toMatch(/potassium|Ana|rosa/i);
    }
  });
});
