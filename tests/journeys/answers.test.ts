/** What comes back that is no delivery report, what is forged, and what is remembered of an address because of it. */
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NOTICES_HOST } from '../../lab/post/reports.ts';
import { openStage, type Json, type Stage } from './stage.ts';

const [TESS, GREY] = ['tess.lane@lakeside.test', 'greta.lowe@grey.test'] as const;
const TEXT = 'Maria Alvarez, MRN 4471902: potassium 6.1, please call today.';
const part = (type: string, fields: string): string => `From: x@y.test\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=${type.slice(type.indexOf('/') + 1)}; boundary=b\r\n\r\n--b\r\nContent-Type: ${type}\r\n\r\n${fields}\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: canary 4471902\r\n--b--\r\n`;
const dsn = (to: string, status: string, more = '') => part('message/delivery-status', `Reporting-MTA: dns; mx.evil.test\r\n\r\n${more}Final-Recipient: rfc822; ${to}\r\nAction: failed\r\nStatus: ${status}\r\n`);

describe('what comes back', () => {
  let stage: Stage;
  let id = '';
  let item = '';
  const address = () => `bounce+${item.slice(5)}@riverside.test`;
  const items = async (message: string): Promise<string[]> => (await stage.service.audit.flush(), await stage.call('ben', 'GET', `audit/events?message=${message}&type=encryption.decided`)).body.data.map((e: Json) => e.item as string);
  async function tell(raw: string, from = ''): Promise<number> {
    const transport = createTransport({ host: NOTICES_HOST, port: stage.smtpPort, secure: false, ignoreTLS: true });
    try {
      await transport.sendMail({ envelope: { from, to: [address()] }, raw });
      return 250;
    } catch (error) {
      return (error as { responseCode?: number }).responseCode ?? 0;
    } finally {
      transport.close();
    }
  }
  const copy = async () => (await stage.timeline('ana', id)).recipients[0];
  const plan = async (to: string) => (await stage.call('ana', 'POST', 'plan', { from: { address: 'ana.ruiz@riverside.test' }, recipients: [{ address: to, role: 'to' }], verdict: { level: 'none', sensitive: [], people: 0 }, kinds: {}, subjectIdentifier: false, unscannable: 0 })).body;
  const listed = async () => (await stage.call('ivy', 'GET', 'suppressions')).body.data as Json[];

  beforeAll(async () => {
    stage = await openStage();
    id = (await stage.send('ana', { to: [{ address: TESS }], text: TEXT })).body.id;
    await stage.until('ana', id, ['relayed']);
    [item = ''] = await items(id);
  });
  afterAll(() => stage?.close());

  it('an address at a domain that takes no mail is seen before anything is sent', async () => {
    const seen = async (to: string) => (await plan(to)).traits[0];
    // The first look may be too early for the name.
    await expect.poll(() => seen('nell.ash@nullmx.test')).toContain('no-mail');
    expect(await seen(TESS)).not.toContain('no-mail');
  });

  it('an absence note is said and neither read nor answered; twice is once', async () => {
    const before = (await stage.mailbox(TESS)).length;
    for (const from of ['', TESS]) expect(await tell('Auto-Submitted: auto-replied\r\nSubject: away 4471902\r\n\r\nI am away.\r\n', from)).toBe(250);
    const said = (await copy())?.events.filter((e) => e.type === 'delivery.answered');
    expect(said).toMatchObject([{ facts: { how: 'auto-replied' }, text: expect.stringContaining('not read and not answered') }]);
    expect([(await copy())?.status, (await stage.mailbox(TESS)).length]).toEqual(['relayed', before]);
  });

  it('a disposition counts as arrival, not as reading, and only of the message that was sent', async () => {
    const displayed = (of: string) => part('message/disposition-notification', `Final-Recipient: rfc822; ${TESS}\r\nOriginal-Message-ID: <${of}>\r\nDisposition: manual-action/MDN-sent-manually; displayed\r\n`);
    expect(await tell(displayed('other@riverside.test'))).toBe(550);
    expect(await tell(displayed(`${id.slice(4)}@riverside.test`), 'tess@evil.test')).toBe(550);
    expect((await copy())?.status).toBe('relayed');
    expect(await tell(displayed(`${id.slice(4)}@riverside.test`))).toBe(250);
    expect([(await copy())?.status, (await copy())?.events.at(-1)?.text]).toEqual(['delivered', 'Their mail program says that it was displayed.']);
    const { certificate } = (await stage.call('ana', 'POST', `messages/${id}/certificate`)).body;
    expect(certificate.recipients[0].claims.at(-1)).toMatchObject({ level: 'L3', strength: 'weak', doesNotProve: expect.stringContaining('forged') });
  });

  it('a report for somebody else\'s address, or under another envelope id, is not taken', async () => {
    const before = (await copy())?.events.length;
    expect(await tell(dsn(TESS, '5.1.1', 'Original-Recipient: rfc822;someone.else@lakeside.test\r\n'))).toBe(550);
    expect(await tell(part('message/delivery-status', 'Original-Envelope-Id: item_0190a000-0000-7000-8000-000000000001\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n'))).toBe(550);
    expect((await copy())?.events).toHaveLength(before ?? -1);
    expect(await listed()).toEqual([]);
  });

  it('a report that somebody else\'s copy arrived is not this one\'s arrival; one asked for by name is', async () => {
    const [fresh, keptItem] = [(await stage.send('ana', { to: [{ address: TESS }], text: TEXT })).body.id, item];
    await stage.until('ana', fresh, ['relayed']);
    [item = ''] = await items(fresh);
    const arrived = (of: string, envelope = '') => part('message/delivery-status', `Reporting-MTA: dns; mx.lakeside.test\r\n${envelope}\r\nFinal-Recipient: rfc822; ${of}\r\nAction: delivered\r\nStatus: 2.0.0\r\n`);
    const now = async () => (await stage.timeline('ana', fresh)).recipients[0]?.status;
    expect([await tell(arrived('someone.else@lakeside.test')), await now()]).toEqual([550, 'relayed']);
    // Forwarded inside their house, and our own envelope id given back.
    expect([await tell(arrived('tess@inner.lakeside.test', `Original-Envelope-Id: ${item}\r\n`)), await now()]).toEqual([250, 'delivered']);
    item = keptItem;
  });

  it('nothing is believed of a copy nobody has taken over; once taken over, it counts', async () => {
    const [early, keptItem] = ['nora.beck@grey.test', item];
    const waits = (await stage.send('ana', { to: [{ address: early }], text: TEXT })).body.id;
    await stage.until('ana', waits, ['delayed']);
    [item = ''] = await items(waits);
    expect(item).toMatch(/^item_/);
    const told = await tell(dsn(early, '5.1.1'));
    const after = await stage.until('ana', waits, ['relayed']);
    expect([told, after.recipients[0]?.events.filter((e) => e.type === 'delivery.dsn_received')]).toEqual([550, []]);
    expect(await listed()).toEqual([]);
    const certified = async () => (await stage.call('ana', 'POST', `messages/${waits}/certificate`)).body.certificate.recipients[0].status;
    expect(await certified()).toBe('relayed');
    expect(await tell(dsn(early, '5.0.0'))).toBe(250);
    expect([(await stage.timeline('ana', waits)).recipients[0]?.status, await certified()]).toEqual(['failed', 'failed']);
    item = keptItem;
  });

  it('a complaint is remembered, said in the next plan, and lets the author go on knowingly', async () => {
    expect((await plan(TESS)).decision).toBe('allow');
    expect(await tell(part('message/feedback-report', 'Feedback-Type: abuse\r\nUser-Agent: x/1\r\nVersion: 1\r\n'), 'fbl@provider.test')).toBe(250);
    expect(await plan(TESS)).toMatchObject({ decision: 'warn', reasons: expect.arrayContaining([expect.objectContaining({ code: 'warn-address' })]), recipients: [{ reasons: expect.arrayContaining([expect.objectContaining({ code: 'address-complained' })]) }] });
    expect(await listed()).toMatchObject([{ address: TESS, reason: 'complained', code: 'abuse', by: 'notices' }]);
    // Who was shown it and went on is not stopped later.
    const again = (await stage.send('ana', { to: [{ address: TESS }], text: TEXT })).body.id;
    expect((await stage.until('ana', again, ['relayed'])).recipients[0]?.status).toBe('relayed');
  });

  it('who asked not to be written to is not written to; only those who keep the list may change it', async () => {
    expect((await stage.call('ana', 'POST', 'suppressions', { address: TESS, reason: 'asked' })).status).toBe(403);
    expect((await stage.call('ivy', 'POST', 'suppressions', { address: 'nobody', reason: 'asked' })).body).toMatchObject({ code: 'bad-address' });
    const put = await stage.call('ivy', 'POST', 'suppressions', { address: TESS, reason: 'asked' });
    expect([put.status, put.body]).toMatchObject([201, { reason: 'asked', until: null }]);
    expect((await plan(TESS)).decision).toBe('block');
    expect((await stage.send('ana', { to: [{ address: TESS }], text: TEXT })).body.code).toBe('policy-blocked');
    expect((await stage.call('ivy', 'DELETE', `suppressions/${put.body.id}`)).status).toBe(204);
    expect((await stage.call('ivy', 'DELETE', `suppressions/${put.body.id}`)).status).toBe(404);
    expect((await plan(TESS)).decision).toBe('allow');
  });

  it('a copy already under way when an address is found dead waits for its author, who may let it go', async () => {
    const later = await stage.send('ana', { to: [{ address: 'rob.price@reject.test' }], text: TEXT });
    await stage.until('ana', later.body.id, ['failed']);
    expect(await listed()).toMatchObject([{ address: 'rob.price@reject.test', reason: 'bounced', code: 'mailbox-unknown', by: 'queue' }]);

    const sent = (await stage.send('ana', { to: [{ address: GREY }], text: TEXT })).body.id;
    await stage.call('ivy', 'POST', 'suppressions', { address: GREY, reason: 'bounced', days: 5 });
    const held = await stage.until('ana', sent, ['held']);
    expect(held.recipients[0]?.events.at(-1)).toMatchObject({ type: 'delivery.held', facts: { code: 'address-suppressed' } });
    expect((await stage.mail('ana.ruiz@riverside.test', (raw) => raw.includes('waits for you'))).raw).not.toMatch(/greta|4471902|Alvarez/i);
    const shown = (await stage.call('ana', 'GET', `messages/${sent}/held`)).body;
    const released = await stage.call('ana', 'POST', `messages/${sent}/release`, { plan: shown.digest, copies: [{ n: 0, protection: shown.copies[0].ways[0].protection }] }, { 'idempotency-key': 'r1' });
    expect(released.status).toBe(200);
    await stage.until('ana', sent, ['relayed']);
  });
});
