/** A patient whose mail server proves nothing and who reads Spanish: the notice in Spanish, the code to his phone over a real local gateway. */
import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TEXT_CODE_ASKS } from '../../shared/plan/protection.ts';
import { until } from '../until.ts';
import { visitor } from '../visitor.ts';
import { openStage, type Stage } from './stage.ts';

const WALT = 'walt.finch@oldpost.test';
const PHONE = '+15550117';
const SECRET = `whsec_${Buffer.from('a secret of the lab and nobody else').toString('base64')}`;
interface Text { readonly id: string; readonly to: string; readonly text: string; readonly signed: boolean }

describe('a code by text message', () => {
  let stage: Stage;
  let gateway: Server;
  const texts: Text[] = [];
  let answers: number[] = [];
  beforeAll(async () => {
    gateway = createServer(async (request, answer) => {
      const body = (await buffer(request)).toString();
      const [id, timestamp] = [request.headers['webhook-id'], request.headers['webhook-timestamp']];
      const expected = `v1,${createHmac('sha256', Buffer.from(SECRET.slice(6), 'base64')).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
      texts.push({ ...JSON.parse(body), signed: request.headers['webhook-signature'] === expected && JSON.parse(body).id === id });
      answer.writeHead(answers.shift() ?? 204).end();
    });
    await new Promise<void>((resolve) => { gateway.listen(0, '127.0.0.1', resolve); });
    stage = await openStage({ settings: { SMS_WEBHOOK_URL: `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`, SMS_WEBHOOK_SECRET: SECRET } });
  });
  afterAll(async () => { await stage?.close(); gateway?.close(); });

  const text = (n: number): Promise<Text> => until('a text message', () => texts[n - 1]);
  const linkIn = (raw: string) => /\/m\/[A-Za-z0-9_-]{43}(?:\?in=[a-z]+)?/.exec(raw.replace(/=\r\n/g, '').replaceAll('=3D', '='))?.[0] ?? '';
  /** the forms of the page that was shown first */
  async function visit(link: string) {
    const who = visitor(stage);
    const path = link.split('?')[0] ?? '';
    const { text: page } = await who.get(link);
    const form = /name="form" value="([^"]*)"/.exec(page)?.[1] ?? '';
    return { page, post: (tail: string, fields: Record<string, string> = {}) => who.send(`${path}/${tail}`, { form, ...fields }), get: (tail: string) => who.get(`${path}/${tail}`) };
  }

  it('is recorded by an administrator only, and the number is never shown again', async () => {
    const record = (person: string, body: unknown) => stage.call(person, 'POST', 'contacts', body);
    expect((await record('ana', { address: WALT, phone: PHONE })).status).toBe(403);
    for (const phone of ['0555', '+0555012345', 'tel:+15550117', '+1 555 0117', '+1'.padEnd(20, '5')]) expect((await record('ivy', { address: WALT, phone })).status).toBe(400);
    expect((await record('ivy', { address: 'walt', phone: PHONE })).body.code).toBe('bad-address');
    const done = await record('ivy', { address: WALT, phone: PHONE, language: 'es' });
    expect([done.status, done.body]).toEqual([200, { language: 'es', phoneEnds: '17' }]);
    expect((await record('ivy', { address: WALT.toUpperCase() })).body).toEqual({ language: 'es', phoneEnds: '17' });
  });

  it('notice, page and code in Spanish; the code opens once; the timeline says how', async () => {
    const sent = await stage.send('ana', { to: [{ address: WALT }], subject: 'Lab', text: 'Su litio está bien.' });
    await stage.until('ana', sent.body.id, ['relayed']);
    const raw = (await stage.mail(WALT, (mail) => mail.includes('/m/'))).raw;
    expect(raw).toMatch(/^Content-Language: es\r?$/m);
    expect(linkIn(raw)).toMatch(/\?in=es$/);
    const before = (await stage.call('ana', 'GET', `messages/${sent.body.id}`)).body.recipients[0];
    expect(before.spokenCode).toMatch(/^\d{4}-\d{4}$/);
    const phone = await visit(linkIn(raw));
    expect(phone.page).toContain('Enviarme un código por mensaje de texto');
    // Not even its end: who holds the link alone learns nothing of the phone. Tags hold random stamps.
    expect(phone.page.replace(/<style>[^]*?<\/style>|<[^>]*>/g, '')).not.toContain('17');
    // A double tap rings once.
    expect([(await phone.post('code')).location, (await phone.post('code')).location]).toEqual([expect.stringContaining('/enter?sent'), expect.stringContaining('/enter?sent')]);
    const first = await text(1);
    expect(first).toMatchObject({ to: PHONE, signed: true });
    expect(first.text).toMatch(/^\d{6} es su código de un solo uso/);
    const code = first.text.slice(0, 6);
    expect((await phone.post('enter', { code: String((Number(code) + 1) % 1_000_000).padStart(6, '0') })).status).toBe(422);
    expect((await phone.post('enter', { code })).location).toMatch(/\/message$/);
    expect((await phone.get('message')).text).toContain('Su litio está bien.');
    expect((await phone.post('enter', { code })).status).toBe(422);
    const [recipient] = (await stage.until('ana', sent.body.id, ['opened'])).recipients;
    expect(recipient?.events.filter((e) => ['portal.code_sent', 'portal.code_texted', 'portal.authenticated'].includes(e.type)).map((e) => [e.type, e.facts?.['way'] ?? ''])).toEqual([['portal.code_sent', 'sms-code'], ['portal.code_texted', ''], ['portal.authenticated', 'sms-code']]);
    // Opened already, and perhaps to be opened once more without a text.
    expect(recipient?.spokenCode).toBe(before.spokenCode);
    expect(texts).toHaveLength(1);
  });

  it('the plan says beforehand what he will do, and keeps it', async () => {
    const planned = await stage.call('ana', 'POST', 'plan', { from: { address: 'ana.ruiz@riverside.test' }, recipients: [{ address: WALT, role: 'to' }], verdict: { level: 'none', sensitive: [], people: 0 }, kinds: {}, subjectIdentifier: false, unscannable: 0 });
    expect(planned.body.recipients[0]).toMatchObject({ protection: 'portal', asks: TEXT_CODE_ASKS });
    expect(planned.body.recipients[0].reasons.map((r: { code: string }) => r.code)).toContain('portal-sms');
  });

  it('a gateway that is busy is asked again under the same id; one that refuses is told of', async () => {
    const sent = await stage.send('ana', { to: [{ address: WALT }], text: 'Hola.' });
    await stage.until('ana', sent.body.id, ['relayed']);
    const box = (await stage.mailbox(WALT)).filter((m) => m.raw.includes('/m/'));
    const phone = await visit(linkIn(box.at(-1)?.raw ?? ''));
    answers = [503, 400];
    await phone.post('code');
    await text(3);
    expect(new Set(texts.slice(1).map((t) => t.id)).size).toBe(1);
    const found = async () => (await stage.timeline('ana', sent.body.id)).recipients[0]?.events.filter((e) => e.type === 'portal.code_texted').map((e) => e.facts?.['code']);
    await expect.poll(found).toEqual(['gateway-busy', 'gateway-refused']);
  });

  it('whoever holds links uses up no other message\'s texts; when the number\'s day is used up the page says what opens instead, and it does', async () => {
    const linked = async (words: string) => {
      const had = (await stage.mailbox(WALT)).filter((m) => m.raw.includes('/m/')).length;
      const sent = await stage.send('ana', { to: [{ address: WALT }], text: words });
      await stage.until('ana', sent.body.id, ['relayed']);
      return { id: sent.body.id, link: linkIn(await until('its notice', async () => (await stage.mailbox(WALT)).filter((m) => m.raw.includes('/m/'))[had]?.raw)) };
    };
    const [one, two, own] = [await linked('Uno.'), await linked('Dos.'), await linked('Tres.')];
    // Two went before. The stranger asks from a new browser each time, until the page says what the newest text is worth.
    const ask = async (link: string) => { const who = await visit(link); await who.post('code'); return who; };
    const asked = async (link: string, at: number) => { await ask(link); await text(at); };
    for (const [link, n] of [[one.link, 4], [one.link, 5], [two.link, 6], [two.link, 7]] as const) await asked(link, n);
    for (const link of [one.link, two.link]) {
      const { page } = await visit(link);
      expect(page).toContain('El mensaje de texto más nuevo trae un código de doce cifras');
      expect(page).not.toContain('Enviarme un código por mensaje de texto');
    }
    // Walt's other message has its own; and every last one is good in any browser.
    for (const n of [8, 9, 10, 11]) {
      const walt = await ask(own.link);
      const code = /^\d{4}-\d{4}-\d{4}/.exec((await text(n)).text)?.[0] ?? '';
      expect((await walt.post('enter', { code })).location).toMatch(/\/message$/);
      expect((await walt.get('message')).text).toContain('Tres.');
    }
    const before = texts.length;
    const late = await ask(own.link);
    expect((await late.get('enter?sent')).text).toContain('Pida un código por teléfono: llame al +1 555 0100');
    expect(late.page).toContain('Por ahora no se le puede enviar un mensaje de texto');
    const spoken = (await stage.timeline('ana', own.id)).recipients[0]?.spokenCode ?? '';
    expect((await late.post('enter', { code: spoken })).location).toMatch(/\/message$/);
    expect(texts).toHaveLength(before);
  });

  it('a number that was taken back is not written to, and the page says so', async () => {
    const phone = await visit(linkIn((await stage.mailbox(WALT)).findLast((m) => m.raw.includes('/m/'))?.raw ?? ''));
    await stage.call('ivy', 'POST', 'contacts', { address: WALT, phone: null });
    const before = texts.length;
    expect((await phone.post('code')).location).toMatch(/\/enter\?sent$/);
    expect((await phone.get('enter?sent')).text).toContain('Pida un código por teléfono');
    await new Promise((r) => setTimeout(r, 300));
    expect(texts).toHaveLength(before);
  });
});
