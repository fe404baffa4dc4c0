/** Ordinary mail by a warned choice: who may make it, what it moves and what it never does, and that it ends at once when it is taken back. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { visitor } from '../visitor.ts';
import { openStage, type Stage } from './stage.ts';

const WALT = 'walt.finch@oldpost.test';
const ROSA = 'rosa.delgado@brightmail.test';
const linkOf = (raw: string): string => /\/m\/[A-Za-z0-9_-]{43}/.exec(raw.replace(/=\r\n/g, ''))?.[0] ?? '';

describe('ordinary mail by choice', () => {
  let stage: Stage;
  beforeAll(async () => {
    // One bill to Walt crossed in clear, as he chose; nothing else did.
    stage = await openStage({ chosen: (faults) => (faults.length === 1 && faults[0] === 'in clear to oldpost.test: words of a draft' ? [] : ['not the one bill', ...faults]) });
  });
  afterAll(async () => { await stage?.close(); });

  /** entered by a code said on the phone, or by one in the mailbox */
  async function entered(to: string, way: 'spoken' | 'mail') {
    const before = (await stage.mailbox(to)).length;
    const { body } = await stage.send('ana', { to: [{ address: to }], text: 'Your potassium is 6.1.' });
    const timeline = await stage.until('ana', body.id, ['relayed']);
    const later = (fits: RegExp) => stage.newMail(to, before, fits);
    const path = linkOf(await later(/\/m\/[A-Za-z0-9_-]{43}/));
    const who = visitor(stage);
    if (way === 'mail') await who.post(path, `${path}/code`, []);
    const code = way === 'mail' ? /code is (\d{6})/.exec(await later(/code is \d{6}/))?.[1] ?? '' : timeline.recipients[0]?.spokenCode ?? '';
    expect((await who.post(`${path}/enter`, `${path}/enter`, [['code', code]])).location).toBe(`${path}/message`);
    return { id: body.id, path, who, choose: (fields: [string, string][]) => who.post(`${path}/preferences`, `${path}/prefer`, fields) };
  }
  const bill = (to: string, more: object = {}) => stage.send('ana', { to: [{ address: to }], subject: 'Your bill', text: 'Your bill of 40 dollars is due, account 4471902.', topic: 'billing', ...more });
  const types = async (id: string) => (await stage.timeline('ana', id)).recipients[0]?.events.map((e) => e.type) ?? [];

  it('is chosen by the individual who is known by more than a mailbox, after the warning, and mail then goes as the author was shown', async () => {
    const { id, path, who, choose } = await entered(WALT, 'spoken');
    expect((await bill(WALT)).body.recipients[0]?.protection).toBe('portal');
    const { text } = await who.get(`${path}/preferences`);
    expect(text).toContain('Ordinary mail is not protected on its way');
    // Unread, of another version, or for nothing: no choice.
    for (const fields of [[['plain', 'on'], ['topic', 'billing']], [['plain', 'on'], ['topic', 'billing'], ['read', 'plain-0']], [['plain', 'on'], ['read', 'plain-1']], [['plain', 'on'], ['topic', 'everything'], ['read', 'plain-1']]] as [string, string][][]) expect((await choose(fields)).location).toBe(`${path}/preferences?said=plain`);
    expect((await bill(WALT)).body.recipients[0]?.protection).toBe('portal');

    expect((await choose([['plain', 'on'], ['topic', 'billing'], ['topic', 'appointments'], ['read', 'plain-1']])).location).toBe(`${path}/preferences?said=changed`);
    expect((await who.get(`${path}/preferences`)).text).toMatch(/You chose ordinary mail for: Appointments, Bills and payments\. Since /);
    await stage.mail(WALT, (raw) => raw.includes('A change on your page') && raw.includes('ordinary mail'));
    expect((await stage.timeline('ana', id)).recipients[0]?.events.filter((e) => e.type === 'portal.preference_changed').map((e) => e.facts)).toEqual([{ what: 'plain', way: 'spoken-code' }]);

    const sent = await bill(WALT);
    expect(sent.body.recipients[0]).toMatchObject({ protection: 'plain-by-choice', otherwise: 'portal', choice: { topic: 'billing', version: 'plain-1' }, reasons: [{ code: 'plain-chosen' }] });
    await stage.until('ana', sent.body.id, ['relayed']);
    const mail = await stage.mail(WALT, (raw) => raw.includes('Your bill of 40 dollars'));
    expect(mail.tls).toBeNull();
    expect(linkOf(mail.raw)).toBe('');
    expect(await types(sent.body.id)).toContain('preference.plain_followed');
    expect((await stage.timeline('ana', sent.body.id)).recipients[0]?.events.find((e) => e.type === 'delivery.relayed')?.facts).toMatchObject({ protection: 'plain-by-choice', grade: 'D' });
  });

  it.each([
    ['without a topic', { topic: undefined }, 'portal'], ['of another topic', { topic: 'general' }, 'portal'], ['that the author wants protected', { need: 'transport' as const }, 'portal'], ['that the author wants more for', { need: 'at-rest' as const }, 'portal'],
    ['of substance use', { text: 'Your methadone treatment at the clinic, MRN 44718293: counseling for opioid use disorder.' }, 'portal'], ['of psychotherapy', { text: 'Psychotherapy notes of your session, MRN 44718293.' }, 'portal'],
  ])('a message %s goes protected all the same', async (_what, change, protection) => {
    expect((await bill(WALT, change)).body.recipients[0]?.protection).toBe(protection);
  });

  it('a mailbox alone does not choose it, but takes it back; what waits then does not go as ordinary mail', async () => {
    const { path, who, choose } = await entered(ROSA, 'mail');
    expect((await choose([['plain', 'on'], ['topic', 'billing'], ['read', 'plain-1']])).location).toBe(`${path}/preferences?said=weak`);
    expect((await who.get(`${path}/preferences`)).text).not.toContain('name="topic"');
    expect((await bill(ROSA)).body.recipients[0]?.protection).toBe('portal');
    // Staff who warned her record it.
    const warning = (await stage.call('ivy', 'GET', 'contacts/choice/warning')).body;
    expect((await stage.call('ana', 'POST', 'contacts/choice', { address: ROSA, topics: ['billing'], language: 'es', version: warning.version })).status).toBe(403);
    expect((await stage.call('ivy', 'POST', 'contacts/choice', { address: ROSA, topics: ['billing'], language: 'es', version: 'plain-0' })).body.code).toBe('changed-meanwhile');
    expect((await stage.call('ivy', 'POST', 'contacts/choice', { address: ROSA, topics: ['billing'], language: 'es', version: warning.version })).body).toMatchObject({ topics: ['billing'], version: 'plain-1' });
    expect((await bill(ROSA)).body.recipients[0]?.protection).toBe('plain-by-choice');

    await stage.call('ivy', 'POST', 'queue/pause', { domain: 'brightmail.test', paused: true });
    const waiting = await bill(ROSA, { text: 'Your second bill of 77 dollars, account 4471902.' });
    expect(waiting.body.recipients[0]?.protection).toBe('plain-by-choice');
    expect((await choose([['plain', 'off']])).location).toBe(`${path}/preferences?said=changed`);
    await stage.call('ivy', 'POST', 'queue/pause', { domain: 'brightmail.test', paused: false });
    const timeline = await stage.until('ana', waiting.body.id, ['relayed']);
    expect(timeline.recipients[0]).toMatchObject({ protection: 'portal', planned: 'plain-by-choice', changed: { code: 'plain-revoked' } });
    expect((await stage.mailbox(ROSA)).some((m) => m.raw.includes('77 dollars'))).toBe(false);
    expect((await bill(ROSA)).body.recipients[0]?.protection).toBe('portal');
    const log = async (type: string) => (await stage.events(type)).map((e: { actor: { kind: string }; facts: object }) => [e.actor.kind, e.facts]);
    expect(await log('preference.plain_chosen')).toEqual(expect.arrayContaining([['recipient', { topics: 'appointments billing', version: 'plain-1', language: 'en', way: 'spoken-code' }], ['staff', { topics: 'billing', version: 'plain-1', language: 'es', way: 'staff' }]]));
    expect(await log('preference.plain_revoked')).toEqual([['recipient', { way: 'mail-code' }]]);
  });
});
