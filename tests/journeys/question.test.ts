/** A question that author and patient share: set with the message, shown after a tap, answered without script; worth no more than a code by mail, and never a way around more. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from '../browser.ts';
import { visitor } from '../service/http/portal/visitor.ts';
import { openStage, type Stage } from './stage.ts';

const ROSA = 'rosa.delgado@brightmail.test';
const WALT = 'walt.finch@oldpost.test';
const ASK = 'Where did we first meet?';
const question = { ask: ASK, answer: 'Lake Constance' };
const linkIn = (raw: string): string => /\/m\/[A-Za-z0-9_-]{43}/.exec(raw.replace(/=\r\n/g, ''))?.[0] ?? '';

describe('a shared question', () => {
  let stage: Stage;
  let browser: Browser;
  beforeAll(async () => { [stage, browser] = await Promise.all([openStage(), openBrowser()]); });
  afterAll(async () => { await browser?.close(); await stage?.close(); });

  async function sent(extra: object, to = ROSA): Promise<{ readonly id: string; readonly link: string; readonly raw: string }> {
    const before = (await stage.mailbox(to)).map((m) => linkIn(m.raw));
    const { status, body } = await stage.send('ana', { to: [{ address: to }], subject: 'Hello', text: 'The potassium is fine.', ...extra });
    expect([status, body.code]).toEqual([202, undefined]);
    await stage.until('ana', body.id, ['relayed']);
    const { raw } = await stage.mail(to, (mail) => linkIn(mail) !== '' && !before.includes(linkIn(mail)));
    return { id: body.id, link: linkIn(raw), raw };
  }
  const events = async (id: string) => (await stage.timeline('ana', id)).recipients[0]?.events ?? [];
  const who = () => visitor({ request: (path: string, init: RequestInit) => fetch(stage.url + path, { ...init, redirect: 'manual' }) } as never, stage.url);
  const stampOf = async (guest: ReturnType<typeof who>, path: string) => /name="form" value="([^"]*)"/.exec(await (await guest.get(path)).text())?.[1] ?? '';

  it('opens without script; is in no notice and on no page before the tap; is recorded and certified as what it is', async () => {
    const { id, link, raw } = await sent({ question });
    expect(raw).not.toMatch(/first meet|Constance/i);
    const page = await (await browser.newContext({ javaScriptEnabled: false, viewport: { width: 390, height: 800 } })).newPage();
    await page.goto(stage.url + link);
    expect(await page.content()).not.toContain(ASK);
    await page.getByRole('button', { name: 'Answer a question instead' }).click();
    await page.getByLabel(ASK).fill('lake como');
    await page.getByRole('button', { name: 'Open the message' }).click();
    expect(await page.getByRole('alert').innerText()).toContain('did not open');
    expect(await page.content()).not.toContain('como');
    await page.getByLabel(ASK).fill(' LAKE constance!');
    await page.getByRole('button', { name: 'Open the message' }).click();
    await page.waitForURL('**/message');
    expect(await page.content()).toContain('The potassium is fine.');
    const told = (await events(id)).filter((e) => ['portal.code_wrong', 'portal.authenticated', 'portal.message_opened'].includes(e.type));
    expect(told.map((e) => [e.type, e.facts?.['way']])).toEqual([['portal.code_wrong', 'shared-question'], ['portal.authenticated', 'shared-question'], ['portal.message_opened', 'shared-question']]);
    // No passkey, no phone, no key, no ordinary mail with so little; and nothing that was chosen by more is undone.
    const guest = who();
    for (const { name, value } of await page.context().cookies()) guest.cookies.set(name, value);
    expect(await (await guest.get(`${link}/message`)).text()).not.toContain('Remember me on this device');
    const stamp = await stampOf(guest, `${link}/preferences`);
    for (const wanted of [{ phone: '+15550117' }, { key: '-----BEGIN PGP PUBLIC KEY BLOCK-----' }, { plain: 'on', topic: 'billing' }, { plain: 'off' }, { way: '' }, { language: 'es' }]) expect((await guest.post(`${link}/prefer`, { form: stamp, ...wanted })).headers.get('location')).toContain('said=weak');
    await page.context().close();
    const certificate = await stage.call('ana', 'POST', `messages/${id}/certificate`, {}, { 'idempotency-key': crypto.randomUUID() });
    expect(certificate.text).toContain('the answer to a question that the author had set');
  });

  it('a link that nobody has and a copy without a question get the same pages; nothing of it answers GET', async () => {
    const [asks, none, made] = [(await sent({ question })).link, (await sent({})).link, `/m/${'A'.repeat(43)}`];
    const shape = async (path: string, tail: string) => {
      const guest = who();
      const answer = await guest.post(`${path}/${tail}`, { form: await stampOf(guest, path), answer: 'nowhere' });
      return [answer.status, (await answer.text()).replaceAll(path, '·')];
    };
    for (const tail of ['question', 'answer-question']) {
      expect(await shape(none, tail)).toEqual(await shape(made, tail));
      expect((await shape(made, tail))[0]).toBe(422);
      expect((await who().get(`${asks}/${tail}`)).status).toBe(405);
    }
    expect((await shape(asks, 'answer-question'))[0]).toBe(422);
  });

  it('five wrong answers end it for this copy; the code its author says still opens, once the short lock is over', async () => {
    const { id, link } = await sent({ question });
    const guest = who();
    const stamp = await stampOf(guest, link);
    const outcomes: number[] = [];
    for (let n = 0; n < 6; n += 1) outcomes.push((await guest.post(`${link}/answer-question`, { form: stamp, answer: n < 5 ? `guess ${n}` : question.answer })).status);
    expect(outcomes).toEqual([422, 422, 422, 422, 429, 429]);
    expect((await events(id)).filter((e) => e.type === 'portal.locked').map((e) => e.facts?.['way'])).toEqual(['shared-question']);
    const landing = await (await guest.get(link)).text();
    expect(landing).not.toContain('Answer a question instead');
    expect(landing).toContain('Send me a code');
  });

  it('ends with what its author asks for beside it, with the recall, and with the content', async () => {
    const offered = async (link: string) => (await (await who().get(link)).text()).includes('Answer a question instead');
    const [raised, back] = [await sent({ question }), await sent({ question })];
    const told = async ({ id }: { readonly id: string }) => (await stage.timeline('ana', id)).recipients[0]?.portal?.question;
    expect([await offered(raised.link), await offered(back.link), await told(raised), await told(await sent({}))]).toEqual([true, true, 'asked', undefined]);
    await stage.call('ana', 'POST', `messages/${raised.id}/recipients/0/stronger`, {});
    await stage.call('ana', 'POST', `messages/${back.id}/recall`);
    expect([await offered(raised.link), await offered(back.link), await told(raised), await told(back)]).toEqual([false, false, 'closed', undefined]);
  });

  it('is refused where the way to a mailbox is known to be weak', async () => {
    // The first notice showed what the hop is worth: from then on the plan says that the code is spoken.
    await sent({}, WALT);
    const { status, body } = await stage.send('ana', { to: [{ address: WALT }], subject: 'Hello', text: 'The potassium is fine.', question });
    expect([status, body.code]).toEqual([422, 'question-not-enough']);
  });

  it.each<[string, object, string]>([
    ['an empty question', { question: { ask: ' ', answer: 'Lake Constance' } }, 'question-malformed'],
    ['an answer that is too long', { question: { ask: ASK, answer: 'x'.repeat(101) } }, 'question-malformed'],
    ['a short answer', { question: { ask: ASK, answer: 'Ulm' } }, 'question-guessable'],
    ['an answer in the question', { question: { ask: 'Lake Constance, or where?', answer: 'constance' } }, 'question-guessable'],
    ['a question with patient data', { question: { ask: 'Your MRN 84729163 was for which hip surgery?', answer: 'the left one' } }, 'question-has-findings'],
    ['content that must stay encrypted', { need: 'at-rest', question }, 'question-not-enough'],
  ])('%s is refused', async (_, extra, code) => {
    const answer = await stage.call('ana', 'POST', 'messages', { from: { address: 'ana.ruiz@riverside.test' }, to: [{ address: ROSA }], subject: 'Hello', text: 'The potassium is fine.', ...extra }, { 'idempotency-key': crypto.randomUUID() });
    expect([answer.status, answer.body.code, answer.body.pointer]).toEqual([422, code, '/question']);
    expect(answer.text).not.toMatch(/Constance|first meet|84729163/);
  });
});
