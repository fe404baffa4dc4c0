/** Who may open: the addressed mailbox; another address once its author agrees; who stands in, at once. Each under an identity of their own. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../until.ts';
import { visitor, type Visitor } from '../visitor.ts';
import { openStage, type Stage } from './stage.ts';

const ROSA = 'rosa.delgado@brightmail.test';
const TESS = 'tess.lane@lakeside.test';
const DINA = 'dina.marsh@reports.test';
const linkOf = (raw: string): string => /\/m\/[A-Za-z0-9_-]{43}/.exec(raw.replace(/=\r\n/g, ''))?.[0] ?? '';

/** A browser's cookies and forms, over the wire. */
describe('another address', () => {
  let stage: Stage;
  beforeAll(async () => { stage = await openStage(); });
  afterAll(async () => { await stage?.close(); });

  async function sent(text: string) {
    const before = (await stage.mailbox(ROSA)).map((m) => linkOf(m.raw));
    const { body } = await stage.send('ana', { to: [{ address: ROSA }], text });
    await stage.until('ana', body.id, ['relayed']);
    return { id: body.id, link: linkOf((await stage.mail(ROSA, (raw) => linkOf(raw) !== '' && !before.includes(linkOf(raw)))).raw) };
  }
  const codes = async (address: string) => (await stage.mailbox(address)).map((m) => /code is (\d{6})/.exec(m.raw)?.[1]).filter((c) => c !== undefined);
  const codeAfter = (address: string, before: number) => until('a code', async () => (await codes(address)).slice(before).at(-1));
  async function codeFor(who: Visitor, link: string, address: string): Promise<string> {
    const before = (await codes(address)).length;
    expect((await who.post(`${link}/other`, `${link}/other`, { address })).location).toBe(`${link}/enter?other`);
    return codeAfter(address, before);
  }
  const enter = (who: Visitor, link: string, code: string) => who.post(`${link}/enter?other`, `${link}/enter`, { code, other: '1' });
  const recipient = async (id: string) => (await stage.timeline('ana', id)).recipients[0];

  it('that holds the link and proves itself sees nothing until the author agrees, and nothing after a refusal', async () => {
    const { id, link } = await sent('potassium 6.1');
    const tess = visitor(stage);
    const asked = await enter(tess, link, await codeFor(tess, link, TESS));
    expect(asked.text).toContain('Your address is confirmed');
    expect(asked.text).not.toContain('potassium');
    expect((await tess.get(`${link}/message`)).location).toBe(link);
    expect((await recipient(id))?.status).toBe('relayed');
    await stage.mail('ana.ruiz@riverside.test', (raw) => raw.includes('Somebody else asks to read'));
    const [reader] = (await recipient(id))?.readers ?? [];
    expect(reader).toMatchObject({ address: TESS, state: 'asked' });

    const decide = (person: string, allowed: boolean) => stage.call(person, 'POST', `messages/${id}/recipients/0/readers/${reader?.id}`, { allowed });
    expect((await decide('noor', true)).status).toBe(404);
    expect((await decide('ana', true)).status).toBe(200);
    await stage.mail(TESS, (raw) => raw.includes('You asked to read a message'));
    expect((await enter(tess, link, await codeFor(tess, link, TESS))).location).toBe(`${link}/message`);
    expect((await tess.get(`${link}/message`)).text).toContain('potassium 6.1');
    const opened = (await recipient(id))?.events.find((e) => e.type === 'portal.message_opened');
    expect(opened?.facts).toEqual({ way: 'mail-code', reader: reader?.id });

    expect((await decide('ana', false)).status).toBe(200);
    expect((await tess.get(`${link}/message`)).text).not.toContain('potassium 6.1');
    const before = (await codes(TESS)).length;
    await tess.post(`${link}/other`, `${link}/other`, { address: TESS });
    await new Promise((r) => setTimeout(r, 300));
    expect((await codes(TESS)).length).toBe(before);
    // Who reads after the first is told of apart.
    const rosa = visitor(stage);
    const had = (await codes(ROSA)).length;
    await rosa.post(link, `${link}/code`, {});
    await rosa.post(`${link}/enter`, `${link}/enter`, { code: await codeAfter(ROSA, had) });
    expect((await rosa.get(`${link}/message`)).text).toContain('potassium 6.1');
    // It keeps no passkey of the addressed person.
    expect((await recipient(id))?.events.map((e) => e.type)).not.toContain('portal.passkey_kept');
  });

  it('wrong codes of a stranger cost the addressed person nothing', async () => {
    const { id, link } = await sent('sodium 140');
    const thief = visitor(stage);
    const right = await codeFor(thief, link, TESS);
    const statuses: number[] = [];
    for (let i = 0; i < 12; i += 1) statuses.push((await enter(thief, link, String((Number(right) + 1 + i) % 1_000_000).padStart(6, '0'))).status);
    // Five on the code that was asked for and five beside it; then the right one is no way in either.
    expect(statuses).toEqual([422, 422, 422, 422, 429, 422, 422, 422, 422, 429, 429, 429]);
    expect((await enter(thief, link, right)).status).toBe(429);
    const rosa = visitor(stage);
    const before = (await codes(ROSA)).length;
    await rosa.post(link, `${link}/code`, {});
    const code = await codeAfter(ROSA, before);
    expect((await rosa.post(`${link}/enter`, `${link}/enter`, { code })).location).toBe(`${link}/message`);
    expect((await rosa.get(`${link}/message`)).text).toContain('sodium 140');
    expect((await recipient(id))?.status).toBe('opened');
    expect((await recipient(id))?.readers).toBeUndefined();
  });

  it('brings a stranger no more tries at the addressed person\'s code', async () => {
    const { link } = await sent('iodine 4');
    const thief = visitor(stage);
    const before = (await codes(ROSA)).length;
    await thief.post(link, `${link}/code`, {});
    const right = await codeAfter(ROSA, before);
    const own = [await codeFor(thief, link, TESS), await codeFor(thief, link, DINA)];
    let guess = Number(right);
    const next = (): string => { do guess = (guess + 1) % 1_000_000; while (own.includes(String(guess).padStart(6, '0'))); return String(guess).padStart(6, '0'); };
    // Five in this browser, whatever it asked for besides, and five beside it.
    for (let i = 0; i < 10; i += 1) {
      const page = i % 2 === 0 ? 'enter' : 'enter?other';
      expect([422, 429]).toContain((await thief.post(`${link}/${page}`, `${link}/enter`, { code: next(), ...(page === 'enter' ? {} : { other: '1' }) })).status);
    }
    expect([(await thief.post(`${link}/enter`, `${link}/enter`, { code: right })).status, (await enter(thief, link, right)).status]).not.toContain(303);
    expect((await thief.get(`${link}/message`)).text).not.toContain('iodine');
  });

  it('known as standing in opens at once, under an identity of its own; staff say so, and take it back', async () => {
    expect((await stage.call('noor', 'POST', 'stand-ins', { address: ROSA, reader: DINA, as: 'parent' })).status).toBe(403);
    expect((await stage.call('ivy', 'POST', 'stand-ins', { address: ROSA, reader: DINA, as: 'parent' })).body).toEqual({ changed: true });
    // Shown to who keeps such records: who, as what, since when, by whom.
    const standIns = async () => (await stage.call('ivy', 'POST', 'recipients/look-up', { address: ROSA })).body;
    const shown = await standIns();
    expect(shown.standIns).toEqual([{ reader: DINA, as: 'parent', since: expect.stringMatching(/^\d{4}-/), by: expect.stringMatching(/^u_/) }]);
    expect(Object.values(shown.names)).toEqual([expect.stringContaining('Ivy')]);
    expect((await stage.call('ivy', 'POST', 'stand-ins', { address: ROSA, reader: DINA.toUpperCase(), as: 'parent' })).body).toEqual({ changed: false });
    const { id, link } = await sent('iron 12');
    const dina = visitor(stage);
    expect((await enter(dina, link, await codeFor(dina, link, DINA))).location).toBe(`${link}/message`);
    expect((await dina.get(`${link}/message`)).text).toContain('iron 12');
    const entered = (await recipient(id))?.events.find((e) => e.type === 'portal.authenticated');
    expect(entered?.facts).toMatchObject({ stands: 'parent', reader: expect.stringMatching(/^rdr_/) });
    expect((await recipient(id))?.readers).toMatchObject([{ address: DINA, state: 'allowed', stands: 'parent' }]);
    expect((await stage.call('ivy', 'POST', 'stand-ins', { address: ROSA, reader: DINA, as: null })).body).toEqual({ changed: true });
    expect((await standIns()).standIns).toEqual([]);
    // From this moment on, also of what was open before them: page, session, and a code that is on its way.
    expect((await dina.get(`${link}/message`)).text).not.toContain('iron 12');
    const back = await enter(dina, link, await codeFor(dina, link, DINA));
    expect([back.text.includes('Your address is confirmed'), back.location]).toEqual([true, '']);
    expect((await dina.get(`${link}/message`)).text).not.toContain('iron 12');
    const next = await sent('iron 13');
    const again = await enter(dina, next.link, await codeFor(dina, next.link, DINA));
    expect([again.text.includes('Your address is confirmed'), again.text.includes('iron')]).toEqual([true, false]);
  });

  it('that is the addressed person\'s own after all opens with the code that comes there, and nothing tells a stranger that it is', async () => {
    const { id, link } = await sent('zinc 9');
    const [thief, rosa] = [visitor(stage), visitor(stage)];
    const other = await thief.post(`${link}/other`, `${link}/other`, { address: TESS });
    const mine = await codeFor(rosa, link, ROSA.toUpperCase());
    // Another address of hers is tried in the same browser: either code is good there.
    const tess = await codeFor(rosa, link, TESS);
    const page = async (who: Visitor) => (await who.get(`${link}/enter?other`)).text.replaceAll(/value="[^"]*"/g, '');
    expect([other.location, await page(thief)]).toEqual([`${link}/enter?other`, await page(rosa)]);
    expect((await enter(thief, link, mine)).status).toBe(422);
    expect((await enter(rosa, link, mine)).location).toBe(`${link}/message`);
    expect((await rosa.get(`${link}/message`)).text).toContain('zinc 9');
    expect((await recipient(id))?.events.find((e) => e.type === 'portal.authenticated')?.facts).toEqual({ way: 'mail-code' });
    expect((await enter(rosa, link, tess)).text).toContain('Your address is confirmed');
  });

  it('a stranger with the link cannot take the place of who stands in', async () => {
    const { link } = await sent('copper 7');
    const thief = visitor(stage);
    for (let i = 0; i < 9; i += 1) await thief.post(`${link}/other`, `${link}/other`, { address: `nobody${i}@brightmail.test` });
    expect((await stage.call('ivy', 'POST', 'stand-ins', { address: ROSA, reader: DINA, as: 'parent' })).body).toEqual({ changed: true });
    const dina = visitor(stage);
    expect((await enter(dina, link, await codeFor(dina, link, DINA))).location).toBe(`${link}/message`);
    expect((await dina.get(`${link}/message`)).text).toContain('copper 7');
    expect((await stage.call('ivy', 'POST', 'stand-ins', { address: ROSA, reader: DINA, as: null })).body).toEqual({ changed: true });
  });

  it('is not asked where a code by mail is not enough; printing and post is noted', async () => {
    const { id, link } = await sent('zinc 9');
    expect((await stage.call('ana', 'POST', `messages/${id}/recipients/0/stronger`, {})).status).toBe(200);
    const before = (await codes(TESS)).length;
    await visitor(stage).post(`${link}/other`, `${link}/other`, { address: TESS });
    await new Promise((r) => setTimeout(r, 300));
    expect((await codes(TESS)).length).toBe(before);
    expect((await stage.call('ana', 'POST', `messages/${id}/recipients/0/posted`, {})).status).toBe(200);
    expect((await recipient(id))?.events.map((e) => e.text)).toContain('Printed and sent by post, as its author says.');
  });
});
