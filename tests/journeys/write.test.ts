/** A patient writes to us from the page: to who wrote to them and to departments, to nobody else. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from './stage.ts';

const WALT = 'walt.finch@oldpost.test';
const NOOR = 'noor.haddad@riverside.test';
const linkOf = (raw: string): string => /\/m\/[A-Za-z0-9_-]{43}/.exec(raw.replace(/=\r\n/g, ''))?.[0] ?? '';

describe('a new message to us', () => {
  let stage: Stage;
  beforeAll(async () => { stage = await openStage({ settings: { DEPARTMENTS: 'Billing = noor.haddad@riverside.test; Appointments=front.desk@riverside.test' } }); });
  afterAll(async () => { await stage?.close(); });

  async function opened(author: string) {
    const before = (await stage.mailbox(WALT)).length;
    const { body } = await stage.send(author, { to: [{ address: WALT }], text: 'Your potassium is 6.1.' });
    const timeline = await stage.until(author, body.id, ['relayed']);
    while ((await stage.mailbox(WALT)).length === before) await new Promise((r) => setTimeout(r, 40));
    const path = linkOf((await stage.mailbox(WALT)).at(-1)?.raw ?? '');
    const jar = new Map<string, string>();
    const ask = async (at: string, init: RequestInit = {}) => {
      const answer = await fetch(stage.url + at, { ...init, redirect: 'manual', headers: { ...init.headers, cookie: [...jar].map(([n, v]) => `${n}=${v}`).join('; ') } });
      for (const line of answer.headers.getSetCookie()) { const [, n = '', v = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []; jar.set(n, v); }
      return { location: answer.headers.get('location') ?? '', status: answer.status, text: await answer.text() };
    };
    const post = async (at: string, action: string, fields: Record<string, string>) => {
      const page = (await ask(at)).text;
      const [form, key] = ['form', 'key'].map((name) => new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1] ?? '');
      return ask(action, { method: 'POST', body: new URLSearchParams({ form: form ?? '', key: key ?? '', ...fields }).toString(), headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    };
    expect((await post(`${path}/enter`, `${path}/enter`, { code: timeline.recipients[0]?.spokenCode ?? '' })).location).toBe(`${path}/message`);
    expect((await ask(`${path}/message`)).text).toContain('potassium');
    return { id: body.id, path, ask, send: (fields: Record<string, string>) => post(`${path}/write`, `${path}/letter`, fields) };
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
      [{ to: to['Billing'] ?? '', subject: 'x\r\nBcc: eve.stone@expired.test', text: 'y' }, 'refused'], [{ to: to['Billing'] ?? '', subject: ' ', text: 'y' }, 'empty'], [{ to: to['Billing'] ?? '', subject: 'x', text: 'y'.repeat(20_001) }, 'long'],
      [{ to: to['Billing'] ?? '', subject: 'x'.repeat(201), text: 'y' }, 'long'],
    ] as const) expect((await send(fields)).location, JSON.stringify(fields).slice(0, 80)).toBe(`${path}/write?said=${said}`);
    expect((await send({ to: to['Billing'] ?? '', subject: 'x', text: 'y', form: 'forged' })).status).toBe(403);
    expect((await stage.mailbox('eve.stone@expired.test'))).toEqual([]);
    for (let i = 0; i < 8; i += 1) expect((await send({ to: to['Billing'] ?? '', subject: `More ${i}`, text: 'y' })).location).toContain('said=sent');
    expect((await send({ to: to['Billing'] ?? '', subject: 'Eleven', text: 'y' })).location).toBe(`${path}/write?said=many`);
  });
});
