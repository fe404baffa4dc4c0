/** A portal copy in its author's hands, over real mail: told again, given longer, watched until it is read; and read in parts. */
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clearOfMidnight, until } from '../until.ts';
import { visitor } from '../visitor.ts';
import { openStage, type Stage } from './stage.ts';

const WALT = 'walt.finch@oldpost.test';
/** another mailbox for each story, so that a notice that comes late is not taken for another's */
const [EVE, SID, WREN] = ['eve.stone@expired.test', 'sid.quinn@selfsigned.test', 'wren.hale@wrongname.test'];
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const linkIn = (raw: string) => /\/m\/[A-Za-z0-9_-]{43}/.exec(raw.replace(/=\r\n/g, ''))?.[0] ?? '';

describe('a copy on the secure page', () => {
  let stage: Stage;
  beforeAll(async () => { stage = await openStage({ settings: { UNREAD_HOURS: '24' } }); });
  afterAll(async () => { await stage?.close(); });

  /** moves the copy's own times: what the calendar would do */
  function age(item: string, columns: string): void {
    const folder = join(stage.folder, 'data');
    const db = new DatabaseSync(join(folder, readdirSync(folder).find((f) => /\.(?:db|sqlite)$/.test(f)) ?? ''));
    db.exec('PRAGMA busy_timeout = 5000');
    db.prepare(`UPDATE pickup SET ${columns} WHERE message = ?`).run(item);
    db.close();
  }
  const notices = async (address = WALT) => (await stage.mailbox(address)).filter((m) => m.raw.includes('/m/'));
  const waiting = async (id: string) => (await stage.timeline('ana', id)).recipients[0];
  const act = (id: string, what: string, body?: unknown, who = 'ana') => stage.call(who, 'POST', `messages/${id}/recipients/0/${what}`, body);
  const types = async (id: string) => (await waiting(id))?.events.map((e) => e.type) ?? [];

  it('is told of again: the same link in another mail, five times a day and no more', async () => {
    await clearOfMidnight();
    const sent = await stage.send('ana', { to: [{ address: WALT }], text: 'Your lithium is fine.' });
    await stage.until('ana', sent.body.id, ['relayed']);
    expect(await waiting(sent.body.id)).toMatchObject({ n: 0, portal: { opened: null, ways: ['spoken-code'] } });
    const before = await notices();
    const answer = await act(sent.body.id, 'resend');
    expect([answer.status, answer.body.opened]).toEqual([202, null]);
    await until('another notice', async () => (await notices()).length > before.length);
    const again = await notices();
    expect(again).toHaveLength(before.length + 1);
    expect(linkIn(again.at(-1)?.raw ?? '')).toBe(linkIn(before.at(-1)?.raw ?? '-'));
    // What its author reads out stands in both.
    const { recognition = '-' } = await stage.timeline('ana', sent.body.id);
    for (const { raw } of [before.at(-1)!, again.at(-1)!]) expect(raw.replaceAll(/=\r\n/g, '')).toContain(recognition);
    expect(/^Message-ID: (.*)$/im.exec(again.at(-1)?.raw ?? '')?.[1]).not.toBe(/^Message-ID: (.*)$/im.exec(before.at(-1)?.raw ?? '')?.[1]);
    expect(await types(sent.body.id)).toEqual(expect.arrayContaining(['portal.resend_requested', 'portal.notified']));
    const more = await Promise.all(Array.from({ length: 9 }, () => act(sent.body.id, 'resend')));
    expect(more.map((a) => a.status).sort()).toEqual([202, 202, 202, 202, 429, 429, 429, 429, 429]);
    // A copy told of again is still one copy.
    expect((await stage.timeline('ana', sent.body.id)).recipients).toHaveLength(1);
  });

  it('is read for longer, never for shorter; what ran out opens again; what was recalled does not', async () => {
    const sent = await stage.send('ana', { to: [{ address: EVE }], text: 'Rest.' });
    await stage.until('ana', sent.body.id, ['relayed']);
    const first = Date.parse((await waiting(sent.body.id))?.portal?.expires ?? '');
    const longer = await act(sent.body.id, 'extend', { days: 60 });
    expect(longer.status).toBe(200);
    expect(Math.abs(Date.parse(longer.body.expires) - Date.now() - 60 * DAY)).toBeLessThan(60_000);
    expect((await act(sent.body.id, 'extend', { days: 1 })).body.expires).toBe(longer.body.expires);
    expect(Date.parse(longer.body.expires)).toBeGreaterThan(first);
    for (const days of [0, 91, -1, 1.5, '7', null]) expect((await act(sent.body.id, 'extend', { days })).status).toBe(400);

    age(sent.body.id, 'expires = 1');
    await stage.service.sweep();
    const path = linkIn((await notices(EVE)).at(-1)?.raw ?? '');
    expect((await fetch(stage.url + path)).status).toBe(410);
    expect((await act(sent.body.id, 'resend')).body.code).toBe('no-portal-copy');
    expect((await act(sent.body.id, 'extend', { days: 7 })).status).toBe(200);
    expect((await fetch(stage.url + path)).status).toBe(200);
    expect(await types(sent.body.id)).toEqual(expect.arrayContaining(['portal.extended', 'portal.expired']));

    await stage.call('ana', 'POST', `messages/${sent.body.id}/recall`, {});
    for (const what of ['extend', 'resend']) expect((await act(sent.body.id, what, what === 'extend' ? { days: 7 } : undefined)).body.code).toBe('no-portal-copy');
    expect((await fetch(stage.url + path)).status).toBe(410);
  });

  it('is nobody else\'s, and only a portal copy has it', async () => {
    const sent = await stage.send('ana', { to: [{ address: 'tess.lane@lakeside.test' }], text: 'Hello.' });
    await stage.until('ana', sent.body.id, ['relayed']);
    expect((await act(sent.body.id, 'resend')).body.code).toBe('no-portal-copy');
    for (const [who, path] of [['noor', `messages/${sent.body.id}/recipients/0/resend`], ['ana', `messages/${sent.body.id}/recipients/7/resend`], ['ana', `messages/${sent.body.id}/recipients/x/resend`], ['ana', `messages/${sent.body.id}/recipients/-1/extend`]] as const) {
      expect((await stage.call(who, 'POST', path, path.endsWith('extend') ? { days: 7 } : undefined)).status, path).toBe(404);
    }
    expect((await act(sent.body.id, 'resend', undefined, 'ben')).status).toBe(403);
  });

  it('that nobody opens is told of once, without a word of patient data; one that was opened is not', async () => {
    const sent = await stage.send('ana', { to: [{ address: SID }], subject: 'Lithium of Sid Quinn', text: 'Your lithium is fine.' });
    await stage.until('ana', sent.body.id, ['relayed']);
    const told = async () => (await stage.mailbox('ana.ruiz@riverside.test')).filter((m) => m.raw.includes('has not been opened') && m.raw.includes(sent.body.id));
    await stage.service.sweep();
    expect(await types(sent.body.id)).not.toContain('portal.unread');
    age(sent.body.id, `notified = notified - ${25 * HOUR}`);
    await stage.service.sweep();
    await stage.service.sweep();
    await until('the author to be told', async () => (await told()).length > 0);
    const mails = await told();
    expect(mails).toHaveLength(1);
    expect(mails[0]?.raw).not.toMatch(/lithium|sid\.|quinn|selfsigned/i);
    expect((await types(sent.body.id)).filter((t) => t === 'portal.unread')).toHaveLength(1);
    expect((await waiting(sent.body.id))?.events.find((e) => e.type === 'portal.unread')?.text).toBe('Not opened within 24 hours; its author was told.');
  });

  it('with large files is read in parts and as an archive, noted once each', async () => {
    const big = randomBytes(700_000);
    const sent = await stage.send('ana', { to: [{ address: WREN }], text: 'Scans.', attachments: [{ filename: 'scan.bin', contentType: 'application/octet-stream', content: big.toString('base64') }, { filename: 'note.txt', contentType: 'text/plain', content: Buffer.from('hola').toString('base64') }] });
    const path = linkIn((await (async () => { await stage.until('ana', sent.body.id, ['relayed']); return (await notices(WREN)).at(-1)?.raw ?? ''; })()));
    const who = visitor(stage);
    const ask = (tail: string, init: RequestInit = {}) => who.ask(path + tail, init);
    await who.post(path, `${path}/enter`, { code: (await waiting(sent.body.id))?.spokenCode ?? '' });
    const pieces: Buffer[] = [];
    for (let at = 0; at < big.length; at += 199_999) {
      const part = await ask('/attachments/0', { headers: { range: `bytes=${at}-${at + 199_998}` } });
      expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes ${at}-${Math.min(at + 199_998, big.length - 1)}/${big.length}`]);
      pieces.push(Buffer.from(await part.arrayBuffer()));
    }
    expect(Buffer.concat(pieces).equals(big)).toBe(true);
    expect((await types(sent.body.id)).filter((t) => t === 'portal.attachment_downloaded')).toHaveLength(1);
    const all = unzipSync(new Uint8Array(await (await ask('/all')).arrayBuffer()));
    expect([Buffer.from(all['scan.bin'] ?? []).equals(big), Buffer.from(all['note.txt'] ?? []).toString()]).toEqual([true, 'hola']);
    expect((await types(sent.body.id)).filter((t) => t === 'portal.attachment_downloaded')).toHaveLength(3);
  });
});
