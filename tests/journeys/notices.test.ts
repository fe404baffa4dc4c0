/** What the other side says afterwards: a host that reports, and one that takes a message over and returns it, PHI and all. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NOTICES_HOST, report } from '../../lab/post/reports.ts';
import { until } from '../until.ts';
import { openStage, type Stage } from './stage.ts';

const [DINA, OTTO, TESS] = ['dina.marsh@reports.test', 'otto.byrne@returns.test', 'tess.lane@lakeside.test'] as const;
const TEXT = 'Maria Alvarez, MRN 4471902: potassium 6.1, please call today.';

describe('delivery reports', () => {
  let stage: Stage;
  let id = '';
  beforeAll(async () => {
    stage = await openStage({ extra: { patience: 0.1 } });
    const sent = await stage.send('ana', { to: [DINA, OTTO, TESS].map((address) => ({ address })), subject: 'Potassium result', text: TEXT });
    id = sent.body.id;
    await until('every end', async () => (await stage.timeline('ana', id)).recipients.map((r) => r.status).join(' ') === 'delivered failed relayed');
  });
  afterAll(() => stage?.close());

  /** what a mail host reports of a mail of ours, at the door; resolves to the answer */
  async function tell(item: string, to: string, envid: string, action: 'delivered' | 'failed'): Promise<number | undefined> {
    const address = `bounce+${item.slice(5)}@riverside.test`;
    const transport = createTransport({ host: NOTICES_HOST, port: stage.smtpPort, secure: false, ignoreTLS: true });
    try {
      await transport.sendMail({ envelope: { from: '', to: [address] }, raw: report({ domain: to.slice(to.indexOf('@') + 1), envelope: { from: address, to: [to] }, raw: Buffer.from('x') }, action, { envid }) });
      return 250;
    } catch (error) {
      return (error as { responseCode?: number }).responseCode;
    }
  }

  /** the watchdog's hours go by, and it looks */
  async function watched(message: string): Promise<void> {
    const data = join(stage.folder, 'data');
    const db = new DatabaseSync(join(data, readdirSync(data).find((f) => /\.(?:db|sqlite)$/.test(f)) ?? ''));
    db.exec('PRAGMA busy_timeout = 5000');
    db.prepare(`UPDATE pickup SET notified = notified - ${73 * 3_600_000} WHERE message = ?`).run(message);
    db.close();
    await stage.service.sweep();
  }

  it('are folded into the timeline, each in its own words', async () => {
    const { recipients } = await stage.timeline('ana', id);
    expect(recipients.map((r) => [r.address, r.status])).toEqual([[DINA, 'delivered'], [OTTO, 'failed'], [TESS, 'relayed']]);
    expect(recipients[1]?.events.at(-1)).toMatchObject({ type: 'delivery.dsn_received', facts: { action: 'failed', status: '5.2.1', envid: true }, text: expect.stringMatching(/^Their side says: failed \(5\.2\.1\)\. \S/) });
  });

  it('are noted of a mail about no message too: what staff recorded for somebody came back', async () => {
    expect((await stage.call('ivy', 'POST', 'contacts', { address: OTTO, language: 'es' })).status).toBe(200);
    const [told] = await stage.events('recipient.told');
    const came = await until('the bounce', async () => (await stage.events('delivery.dsn_received')).find((e: { item: string }) => e.item === told.item));
    expect(came).toMatchObject({ message: told.message, outcome: 'failed', facts: { action: 'failed', status: '5.2.1' } });
    expect(await tell(told.item, OTTO, told.item, 'failed')).toBe(250);
    expect(await tell(told.item, OTTO, id, 'failed')).toBe(550);
  });

  it('tell the author of a copy that came back, without PHI', async () => {
    const mail = await stage.mail('ana.ruiz@riverside.test', (raw) => raw.includes('was not delivered'));
    expect(mail.raw).not.toMatch(/otassium|Alvarez|4471902|otto|returns\.test/i);
  });

  it('keep nothing of what was returned', async () => {
    await stage.service.audit.flush();
    const everything = readdirSync(join(stage.folder, 'data'), { recursive: true, encoding: 'utf8' }).flatMap((name) => { try { return [readFileSync(join(stage.folder, 'data', name), 'latin1')]; } catch { return []; } }).join('');
    expect(everything.length).toBeGreaterThan(10_000);
    expect(everything).not.toMatch(/4471902|Alvarez|I am sorry: your mail|Mailbox disabled/);
  });

  it('are their word only: L2 and weak in the certificate, and a copy that came back is no more than taken over', async () => {
    const { certificate } = (await stage.call('ana', 'POST', `messages/${id}/certificate`)).body;
    expect(certificate.recipients.map((r: { level: string; status: string }) => [r.level, r.status])).toEqual([['L2', 'delivered'], ['L1', 'failed'], ['L1', 'relayed']]);
    expect(certificate.recipients[0].claims.at(-1)).toMatchObject({ level: 'L2', strength: 'weak', doesNotProve: expect.stringContaining('read') });
    expect(JSON.stringify(certificate.recipients[1])).not.toMatch(/delivered/);
  });

  it('count once however often they come, and not at all about another message', async () => {
    const item = (await stage.call('ben', 'GET', `audit/events?message=${id}&type=delivery.dsn_received`)).body.data.find((e: { facts: { action: string } }) => e.facts.action === 'delivered').item as string;
    const events = async () => { await stage.service.audit.flush(); return (await stage.call('ben', 'GET', `audit/events?item=${item}&type=delivery.dsn_received`)).body.data.length; };
    const before = await events();
    expect(await tell(item, DINA, item, 'delivered')).toBe(250);
    expect(await events()).toBe(before);
    expect(await tell(item, DINA, 'item_0190a000-0000-7000-8000-000000000001', 'failed')).toBe(550);
    expect(await events()).toBe(before);
  });

  it('of a notice that was sent again reach the copy it told of: its timeline, its watchdog, its author', async () => {
    const WALT = 'walt.finch@oldpost.test';
    const sent = await stage.send('ana', { to: [{ address: WALT }], subject: 'Potassium result', text: TEXT });
    await stage.until('ana', sent.body.id, ['relayed']);
    const logged = async (type: string) => { await stage.service.audit.flush(); return (await stage.call('ben', 'GET', `audit/events?message=${sent.body.id}&type=${type}`)).body.data as { item: string; facts: { [name: string]: string } }[]; };
    const copy = async () => (await stage.timeline('ana', sent.body.id)).recipients[0];
    const again = async (n: number) => {
      expect((await stage.call('ana', 'POST', `messages/${sent.body.id}/recipients/0/resend`)).status).toBe(202);
      await until('the notice', async () => (await logged('portal.notified')).length > n);
      return String((await copy())?.events.findLast((e) => e.type === 'portal.notified')?.facts?.['notice']);
    };
    const notice = await again(1);
    expect(notice).toMatch(/^item_/);
    // its tries stand in the copy's timeline too
    expect((await copy())?.events.filter((e) => e.type === 'delivery.attempt.finished').length).toBeGreaterThanOrEqual(2);
    expect(await tell(notice, WALT, notice, 'failed')).toBe(250);
    expect(await copy()).toMatchObject({ status: 'failed' });
    expect((await copy())?.events.at(-1)).toMatchObject({ type: 'delivery.dsn_received', facts: { action: 'failed', status: '5.2.1', notice } });
    const told = await stage.mail('ana.ruiz@riverside.test', (raw) => raw.includes('A notice sent again did not arrive'));
    expect(told.raw).not.toMatch(/otassium|Alvarez|4471902|walt|oldpost/i);
    expect((await stage.call('ana', 'GET', `messages/${sent.body.id}`)).body.recipients[0].address).toBe(WALT);

    // once, however often it comes; nobody is told besides that it is not read
    expect(await tell(notice, WALT, notice, 'failed')).toBe(250);
    expect(await logged('delivery.dsn_received')).toHaveLength(1);
    await watched(sent.body.id);
    expect(await logged('portal.unread')).toHaveLength(0);

    // told of once more it is on its way again, and watched anew
    const third = await again(2);
    expect(await copy()).toMatchObject({ status: 'relayed' });
    expect(await tell(third, 'somebody.else@oldpost.test', 'item_0190a000-0000-7000-8000-000000000001', 'failed')).toBe(550);
    await watched(sent.body.id);
    expect(await logged('portal.unread')).toHaveLength(1);
  });

  it('are not needed where a notice that was sent again is refused at once: its author hears of that too', async () => {
    const sent = await stage.send('ana', { to: [{ address: 'rick.voss@reject.test' }], text: TEXT, need: 'at-rest' });
    await stage.until('ana', sent.body.id, ['failed']);
    expect((await stage.call('ana', 'POST', `messages/${sent.body.id}/recipients/0/resend`)).status).toBe(202);
    const told = await stage.mail('ana.ruiz@riverside.test', (raw) => raw.includes('A notice sent again did not arrive') && raw.includes(sent.body.id));
    expect(told.raw).not.toMatch(/otassium|Alvarez|4471902|rick|reject\.test/i);
    const [copy] = (await stage.timeline('ana', sent.body.id)).recipients;
    expect(copy?.status).toBe('failed');
    expect(copy?.events.at(-1)).toMatchObject({ type: 'portal.notice_failed', facts: { code: 'mailbox-unknown', notice: expect.stringMatching(/^item_/) } });
  });

  it('are not needed for one that had arrived before, either: a notice sent again that is refused is a copy that failed, its address on the list', async () => {
    const sent = await stage.send('ana', { to: [{ address: 'rosa.delgado@brightmail.test' }], text: TEXT, need: 'at-rest' });
    await stage.until('ana', sent.body.id, ['relayed']);
    await stage.move({ SMART_HOST: `127.0.1.12:${stage.smtpPort}` });
    expect((await stage.call('ana', 'POST', `messages/${sent.body.id}/recipients/0/resend`)).status).toBe(202);
    const [copy] = (await stage.until('ana', sent.body.id, ['failed'])).recipients;
    expect(copy?.events.slice(-2).map((e) => [e.type, e.facts?.['code']])).toEqual([['delivery.failed', 'mailbox-unknown'], ['portal.notice_failed', 'mailbox-unknown']]);
    await watched(sent.body.id);
    expect((await stage.timeline('ana', sent.body.id)).recipients[0]?.events.filter((e) => e.type === 'portal.unread')).toEqual([]);
    const [listed] = (await stage.call('ivy', 'GET', 'suppressions')).body.data as { id: string; reason: string }[];
    expect(listed?.reason).toBe('bounced');
    expect((await stage.call('ivy', 'DELETE', `suppressions/${listed?.id}`)).status).toBe(204);
    await stage.move({});
  });

  it('find their way after a restart', async () => {
    await stage.restart();
    const sent = await stage.send('ana', { to: [{ address: DINA }], text: TEXT });
    expect((await stage.until('ana', sent.body.id, ['delivered'])).recipients[0]?.status).toBe('delivered');
  });

  it('about a try that is under way are asked to come again, and nothing is noted', async () => {
    // Picks up and says nothing: the copy's try lasts as long as a greeting is waited for. The receipt's, begun beside it, is over at once.
    const { id } = (await stage.send('ana', { to: [{ address: 'mum.grey@silent.test' }], text: TEXT })).body;
    const logged = async () => { await stage.service.audit.flush(); return (await stage.call('ben', 'GET', `audit/events?message=${id}`)).body.data as { type: string; item?: string; facts: { kind?: string } }[]; };
    const item = await until('its try', async () => (await logged()).find((e) => e.type === 'delivery.attempt.started' && e.facts.kind === 'message')?.item);
    expect(await tell(item, 'mum.grey@silent.test', item, 'delivered')).toBe(451);
    expect((await logged()).filter((e) => e.type === 'delivery.dsn_received')).toEqual([]);
    expect((await stage.timeline('ana', id)).recipients[0]?.status).not.toBe('delivered');
  });
});
