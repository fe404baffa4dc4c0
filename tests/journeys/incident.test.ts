/** A wrong recipient, an emergency, a nightly evaluation, a month's review, an evidence pack: over the wire, with messages that really went. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { extractText, getDocumentProxy } from 'unpdf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clockOf } from '../../service/compliance/case/incident.ts';
import { businessDay } from '../../service/compliance/case/breakglass.ts';
import { CONTROLS, resultOf, type Facts } from '../../service/compliance/control/control.table.ts';
import { backUp } from '../../service/store/backup.ts';
import { clearOfMidnight } from '../until.ts';
import { openStage, type Json, type Stage } from './stage.ts';

const DAY = 86_400_000;
let stage: Stage;
let shift = 0;
let id = '';

/** Some days on, and back again: tokens do not live that long. */
async function later<T>(days: number, work: () => Promise<T>): Promise<T> {
  const before = shift;
  shift += days * DAY;
  try { return await work(); } finally {
    await stage.service.audit.flush();
    shift = before;
  }
}

beforeAll(async () => {
  await clearOfMidnight();
  stage = await openStage({ now: () => Date.now() + shift });
  id = (await stage.send('ana', { to: [{ address: 'tess.lane@lakeside.test' }, { address: 'rosa.delgado@brightmail.test' }, { address: 'gina.holt@keyring.test' }], subject: 'Biopsy', text: 'Patient MRN 4471902 has diabetes.' })).body.id;
  await stage.until('ana', id, ['relayed', 'opened']);
});
afterAll(() => stage.close());

describe('the clocks of a breach', () => {
  it.each<[string, string, number | null, object]>([
    ['forty people: after the year\'s end', '2026-05-01', 40, { individuals: '2026-06-30', hhs: '2027-03-01', media: null }],
    ['499', '2026-05-01', 499, { individuals: '2026-06-30', hhs: '2027-03-01', media: null }],
    ['500', '2026-05-01', 500, { individuals: '2026-06-30', hhs: '2026-06-30', media: null }],
    ['501', '2026-05-01', 501, { individuals: '2026-06-30', hhs: '2026-06-30', media: '2026-06-30' }],
    ['a leap year', '2027-12-31', 3, { individuals: '2028-02-29', hhs: '2028-02-29', media: null }],
    ['not counted yet', '2026-05-01', null, { individuals: '2026-06-30', hhs: '2027-03-01', media: null }],
  ])('%s', (_, discovered, people, clock) => expect(clockOf(Date.parse(discovered), people)).toEqual(clock));
  it.each([['2026-11-18T10:00:00Z', '2026-11-19'], ['2026-11-20T10:00:00Z', '2026-11-23'], ['2026-11-21T10:00:00Z', '2026-11-23']])('a business day after %s is %s', (from, to) => expect(new Date(businessDay(Date.parse(from))).toISOString().slice(0, 10)).toBe(to));
});

describe('a wrong recipient', () => {
  let incident: Json;
  it('is taken back where it can be, and each copy is judged by itself', async () => {
    const opened = await stage.call('ana', 'POST', 'incidents', { message: id, kind: 'wrong-recipient', note: 'typed the wrong Rosa' });
    expect(opened.status, opened.text).toBe(200);
    incident = opened.body;
    const by = Object.fromEntries(incident.copies.map((c: Json) => [c.protection, c]));
    expect(by.portal).toMatchObject({ secured: true, why: expect.stringContaining('no entry tells of anybody opening it') });
    expect(by.tls).toMatchObject({ secured: false });
    expect(by.pgp).toMatchObject({ secured: false, why: expect.stringContaining('that very recipient') });
    expect(incident).toMatchObject({ state: 'open', secured: false, assessment: null, factors: { acquired: expect.stringContaining('No entry up to number') } });
    expect(incident.cannot).toHaveLength(2);
  });
  it('is decided by a person whose office it is, and by nobody twice at once', async () => {
    const assess = { version: incident.version, ratings: { nature: 'high', recipient: 'medium', acquired: 'high', mitigated: 'low' }, decision: 'breach', people: 1, reason: 'a diagnosis, readable' };
    expect((await stage.call('ana', 'POST', `incidents/${incident.id}/assess`, assess)).status).toBe(403);
    const done = await stage.call('ben', 'POST', `incidents/${incident.id}/assess`, assess);
    expect(done.body).toMatchObject({ state: 'assessed', assessment: { decision: 'breach' } });
    expect((await stage.call('ben', 'POST', `incidents/${incident.id}/assess`, assess)).body.code).toBe('changed-meanwhile');
    incident = done.body;
  });
  it('is not over before those it concerns were told', async () => {
    const step = (more: object) => stage.call('ben', 'POST', `incidents/${incident.id}/steps`, { version: incident.version, text: 'x', ...more });
    expect((await step({ kind: 'close' })).body.code).toBe('incident-open');
    incident = (await step({ kind: 'notice', to: 'individuals', count: 1, text: 'letter sent' })).body;
    incident = (await step({ kind: 'action', text: 'address book cleaned' })).body;
    expect((await step({ kind: 'close' })).body.state).toBe('closed');
    expect((await stage.call('noor', 'GET', `incidents/${incident.id}`)).status).toBe(404);
    expect((await stage.call('noor', 'POST', 'incidents', { message: id, kind: 'other' })).status).toBe(404);
  });
  it('is in the log step by step, its words sealed', async () => {
    await stage.service.audit.flush();
    const log = await stage.call('ben', 'GET', `audit/events?message=${id}&order=asc&limit=500`);
    const types = log.body.data.map((e: Json) => e.type);
    expect(types.filter((t: string) => /^(incident|breach)\./.test(t))).toEqual(['incident.opened', 'breach.assessed', 'breach.notice_sent', 'incident.action', 'incident.closed']);
    expect(log.text).not.toMatch(/wrong Rosa|diagnosis|letter sent|brightmail/);
  });
});

describe('emergency access', () => {
  it('opens one message for a time, each reading noted first, and another person reviews it', async () => {
    const granted = (await stage.call('noor', 'POST', 'breakglass', { message: id, code: 'patient-safety', reason: 'Ana cannot be reached', minutes: 10 })).body;
    const read = await stage.call('noor', 'GET', `breakglass/${granted.id}/message`);
    expect(read.body).toMatchObject({ subject: 'Biopsy' });
    expect((await stage.call('ana', 'GET', `breakglass/${granted.id}/message`)).status).toBe(404);
    const access = (await stage.call('ben', 'GET', `messages/${id}/access`)).body.data.map((e: Json) => e.what);
    expect(access).toEqual(expect.arrayContaining(['breakglass.granted', 'breakglass.used']));
    shift += 11 * 60_000;
    expect((await stage.call('noor', 'GET', `breakglass/${granted.id}/message`)).status).toBe(404);
    expect((await stage.call('noor', 'POST', `breakglass/${granted.id}/review`, { justified: true, text: 'mine' })).status).toBe(403);
    expect((await stage.call('ben', 'POST', `breakglass/${granted.id}/review`, { justified: true, text: 'called Ana' })).body).toMatchObject({ active: false, reads: 1, review: { justified: true } });
    expect((await stage.call('noor', 'POST', 'breakglass', { message: id, code: 'patient-safety', reason: 'x', minutes: 61 })).status).toBe(400);
    expect((await stage.call('ivy', 'POST', 'breakglass', { message: id, code: 'patient-safety', reason: 'x' })).status).toBe(403);
  });
  it('that nobody reviewed is said once', async () => {
    await stage.call('noor', 'POST', 'breakglass', { message: id, code: 'author-unavailable', reason: 'again' });
    await later(5, async () => {
      await stage.service.compliance.nightly();
      await stage.service.compliance.nightly();
    });
    expect(await stage.events('breakglass.overdue')).toHaveLength(1);
    expect((await stage.call('ben', 'GET', 'breakglass')).body.data[0]).toMatchObject({ review: null, reads: 0 });
  });
});

describe('safeguards', () => {
  const facts = (more: Partial<Facts>): Facts => ({ n: () => 0, days: () => 0, age: 30, anchor: 0, anchored: true, logBroken: false, review: 0, overdueReviews: 0, overdueGlass: 0, keysApart: true, fips: false, openIncidentsLate: 0, left: { copies: 0, unproved: 0 }, plain: { copies: 0, unchosen: 0 }, part2: { messages: 0, bare: 0 }, sessions: { idle: 60, whole: 720, beyond: 0, ofLeavers: 0 }, leaversOpen: 0, backup: null, ...more });
  const one = (name: string) => CONTROLS.find((c) => c.id === name) ?? CONTROLS[0]!;
  it('one fact, two profiles', () => {
    const outcome = one('A5').judge(facts({ keysApart: false }));
    expect([resultOf(one('A5'), outcome, 'hipaa-current'), resultOf(one('A5'), outcome, 'hipaa-nprm-2025')]).toEqual(['addressable-not-met', 'not-met']);
    expect(resultOf(one('A7'), one('A7').judge(facts({ overdueReviews: 1 })), 'hipaa-current')).toBe('not-met');
    expect(one('A6').judge(facts({ anchor: null }))).toBe('not-met');
    expect(one('A6').judge(facts({ anchor: 25 * 3_600_000 }))).toBe('not-met');
    expect(one('A6').judge(facts({ logBroken: true }))).toBe('not-met');
    expect(one('A6').judge(facts({}))).toBe('met');
  });
  const HOURS = 3_600_000;
  const counted = (found: { [type: string]: number }) => (types: string): number => found[types] ?? 0;
  it.each<[string, string, Partial<Facts>, string]>([
    ['A4', 'a session ended', { n: counted({ 'session.started': 2, 'session.ended': 1 }) }, 'met'],
    ['A4', 'none has ended', { n: counted({ 'session.started': 2 }) }, 'nothing-to-show'],
    ['A4', 'one was used beyond its limit', { n: counted({ 'session.ended': 1 }), sessions: { idle: 60, whole: 720, beyond: 1, ofLeavers: 0 } }, 'not-met'],
    ['A4', 'they may rest for two hours', { n: counted({ 'session.ended': 1 }), sessions: { idle: 120, whole: 720, beyond: 0, ofLeavers: 0 } }, 'not-met'],
    ['A4', 'they may last for two days', { sessions: { idle: 15, whole: 2880, beyond: 0, ofLeavers: 0 } }, 'not-met'],
    ['A12', 'the directory ended an account', { n: counted({ 'account.deprovisioned': 1 }) }, 'met'],
    ['A12', 'it ended none', { n: counted({ 'account.updated': 3 }) }, 'nothing-to-show'],
    ['A12', 'a session of a leaver runs', { n: counted({ 'account.deprovisioned': 1 }), sessions: { idle: 60, whole: 720, beyond: 0, ofLeavers: 1 } }, 'not-met'],
    ['A12', 'nobody saw to a leaver for an hour', { n: counted({ 'account.deprovisioned': 1 }), leaversOpen: 1 }, 'not-met'],
    ['A22', 'nothing went as ordinary mail', {}, 'nothing-to-show'],
    ['A22', 'each by a recorded choice', { plain: { copies: 3, unchosen: 0 } }, 'met'],
    ['A22', 'one without', { plain: { copies: 3, unchosen: 1 } }, 'not-met'],
    ['A27', 'a notice went along', { part2: { messages: 2, bare: 0 } }, 'met'],
    ['A27', 'no such message left', { n: counted({ 'message.accepted': 4 }) }, 'nothing-to-show'],
    ['A27', 'one left without', { part2: { messages: 2, bare: 1 } }, 'not-met'],
    ['A30', 'there is no legal hold', {}, 'not-applicable'],
    ['A31', 'there is no lock', {}, 'not-applicable'],
    ['A32', 'there are no batches', {}, 'not-applicable'],
    ['A29', 'nothing accepted', {}, 'nothing-to-show'],
    ['A29', 'each has its retention', { n: counted({ 'message.accepted': 4, 'retention.assigned': 4 }) }, 'met'],
    ['A29', 'one has none', { n: counted({ 'message.accepted': 4, 'retention.assigned': 3 }) }, 'not-met'],
    ['A10', 'no copy left', {}, 'nothing-to-show'],
    ['A10', 'all proved', { left: { copies: 9, unproved: 0 } }, 'met'],
    ['A10', 'one was not proved', { left: { copies: 9, unproved: 1 } }, 'not-met'],
    ['A14', 'nobody failed', {}, 'nothing-to-show'],
    ['A14', 'some failed, nothing called for an alert', { n: counted({ 'auth.failed': 3 }) }, 'met'],
    ['A14', 'an alert that nobody saw to', { n: counted({ 'auth.failed': 30, 'alert.raised': 1 }) }, 'not-met'],
    ['A14', 'one that somebody saw to', { n: counted({ 'portal.locked': 5, 'alert.raised': 1, 'alert.acknowledged': 1 }) }, 'met'],
    ['A14', 'the review is overdue', { n: counted({ 'auth.failed': 3 }), overdueReviews: 1 }, 'not-met'],
    ['A16', 'begun today, no backup yet', { age: 1 }, 'nothing-to-show'],
    ['A16', 'never a backup', { age: 2 }, 'not-met'],
    ['A16', 'one of today', { backup: 3 * HOURS }, 'met'],
    ['A16', 'at the limit', { backup: 48 * HOURS }, 'met'],
    ['A16', 'a little too old', { backup: 48 * HOURS + 1 }, 'not-met'],
  ])('%s: %s', (name, _what, found, outcome) => expect(one(name).judge(facts(found))).toBe(outcome));

  it('a backup is an entry of the log, once', async () => {
    const target = mkdtempSync(join(tmpdir(), 'backup-'));
    await backUp({ folder: join(stage.folder, 'data'), target, now: Date.now() });
    rmSync(target, { recursive: true });
    for (let n = 0; n < 2; n += 1) await stage.service.compliance.nightly();
    const made = await stage.events('backup.completed');
    expect(made).toHaveLength(1);
    expect(made[0]).toMatchObject({ outcome: 'ok', facts: { holds: 'sqlite', files: expect.any(Number), at: expect.stringMatching(/^20/) } });
  });

  it('are evaluated once a day, and a day left out shows as a gap', async () => {
    expect(await later(5, () => stage.service.compliance.nightly())).toBe(0);
    expect(await later(7, () => stage.service.compliance.nightly())).toBe(CONTROLS.length);
    const map = (await stage.call('ben', 'GET', 'controls?profile=hipaa-nprm-2025')).body;
    expect(map.data).toHaveLength(CONTROLS.length);
    const last = map.data.find((c: Json) => c.id === 'A3');
    expect(last.latest).toMatchObject({ result: 'not-met', seq: expect.any(Number) });
    expect(last.months).toHaveLength(12);
    expect(last.months.at(-1)).toMatchObject({ continuous: false });
    expect((await stage.call('ben', 'GET', 'controls?profile=other')).status).toBe(400);
    expect(map.data.find((c: Json) => c.id === 'A30')).toMatchObject({ latest: { result: 'not-applicable' }, question: expect.stringContaining('no legal hold') });
  });

  it('see a copy that left as ordinary mail without a choice, and records under part 2 that left without their notice', async () => {
    const event = (type: string, item: string | undefined, facts: object) => stage.service.audit.record({ type, outcome: 'ok', actor: { kind: 'service', id: 'queue' }, message: id, ...(item ? { item } : {}), facts: { ...facts } });
    const results = async (): Promise<Json> => Object.fromEntries((await stage.call('ben', 'GET', 'controls?profile=hipaa-nprm-2025')).body.data.map((c: Json) => [c.id, c.latest.result]));
    for (const [days, item, chosen] of [[20, 'item_a', true], [22, 'item_b', false]] as const) {
      await later(days, async () => {
        if (chosen) await event('preference.plain_followed', item, { topic: 'appointment', version: 'en-1' });
        await event('delivery.relayed', item, { protection: 'plain-by-choice' });
        await event('part2.disclosed', undefined, {});
        if (days === 22) await event('part2.notice_attached', undefined, {});
        await stage.service.audit.flush();
        await stage.service.compliance.nightly();
      });
      expect(await results()).toMatchObject(chosen ? { A22: 'met', A27: 'not-met' } : { A22: 'not-met', A27: 'met' });
    }
  });

  it('that are addressable and not met have a reason on record, which a person writes and which lapses', async () => {
    const until = (days: number) => new Date(Date.now() + days * DAY).toISOString().slice(0, 10);
    const say = (control: string, more: object = {}, who = 'ben') => stage.call(who, 'POST', `controls/${control}/rationale`, { text: 'One machine; keys lie on the same disk', instead: 'The disk is encrypted by the host', until: until(300), ...more });
    expect((await say('A5')).body).toMatchObject({ lapsed: false, by: expect.any(String) });
    expect((await say('A5', { text: 'As before, looked at again' })).body).toMatchObject({ text: 'As before, looked at again' });
    expect((await say('A6')).status).toBe(404);
    expect((await say('A5', { until: until(400) })).status).toBe(400);
    expect((await say('A5', {}, 'ana')).status).toBe(403);
    expect(resultOf(one('A5'), 'not-met', 'hipaa-current', true)).toBe('addressable-documented');
    expect(resultOf(one('A5'), 'not-met', 'hipaa-nprm-2025', true)).toBe('not-met');
    expect(resultOf(one('A6'), 'not-met', 'hipaa-current', true)).toBe('not-met');
    const map = (await stage.call('ben', 'GET', 'controls')).body;
    expect(map.data.find((c: Json) => c.id === 'A5').rationale).toMatchObject({ text: 'As before, looked at again' });
    expect((await stage.call('ben', 'GET', 'audit/events?type=control.rationale_written')).text).not.toMatch(/disk|looked at/);
  });
});

describe('the review of activity', () => {
  it('falls due by itself, is signed off against a tree that was signed, once', async () => {
    await later(38, () => stage.service.compliance.nightly());
    const due = (await stage.call('ben', 'GET', 'reviews')).body.data[0];
    expect(due).toMatchObject({ done: null });
    const size = (await stage.call('ben', 'GET', 'log/integrity')).body.tree_size;
    const off = (more: object) => stage.call('ben', 'POST', `reviews/${due.id}/sign-off`, { treeSize: size, findings: 1, text: 'one late review', ...more });
    expect((await off({ treeSize: 987_654 })).status).toBe(400);
    expect((await off({})).body).toMatchObject({ done: { findings: 1, treeSize: size } });
    expect((await off({})).body.code).toBe('changed-meanwhile');
  });
});

describe('the evidence pack', () => {
  it('is one archive of reports, safeguards and reviews, whose sums hold', async () => {
    const token = await stage.token('ben');
    const answer = await fetch(`${stage.url}/api/v1/evidence-packs`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: JSON.stringify({ from: '2026-01-01T00:00:00Z', to: new Date(Date.now() + 60 * DAY).toISOString() }) });
    expect(answer.status).toBe(200);
    const files = unzipSync(new Uint8Array(await answer.arrayBuffer()));
    for (const line of Buffer.from(files['SHA256SUMS'] ?? []).toString().trim().split('\n')) {
      const [sum, name] = line.split('  ');
      expect(createHash('sha256').update(files[name ?? ''] ?? '').digest('hex')).toBe(sum);
    }
    expect(Object.keys(files).filter((name) => name.endsWith('.pdf'))).toHaveLength(10);
    const said = (name: string) => Buffer.from(files[name] ?? []).toString();
    expect(said('incidents.csv')).toMatch(/wrong-recipient.*typed the wrong Rosa/s);
    for (const words of ['breach', 'a diagnosis, readable', 'No entry up to number', 'address book cleaned']) expect(said('incidents.csv')).toContain(words);
    // Told: individuals. HHS within sixty days of the year's end: not yet.
    expect(said('notices.csv').split('\r\n').map((l) => l.split(',')[1]).filter(Boolean)).toEqual(['to', 'hhs', 'individuals']);
    expect(said('notices.csv')).toMatch(/hhs,\d{4}-\d\d-\d\d,not yet.*individuals,\d{4}-\d\d-\d\d,20\d\d-.*,1,letter sent/s);
    const { text: paper } = await extractText(await getDocumentProxy(new Uint8Array(files['incidents.pdf'] ?? [])), { mergePages: true });
    for (const words of ['Wrong recipient', '1. Nature and extent', 'Breach', 'a diagnosis, readable', 'HHS (164.408)', 'letter sent']) expect(paper).toContain(words);
    expect(Buffer.from(files['reports/disclosures.csv'] ?? []).toString()).toContain('delivery.relayed');
    expect(Buffer.from(files['controls.csv'] ?? []).toString()).toContain('45 CFR 164.312(b)');
    for (const [name, bytes] of Object.entries(files)) if (!name.endsWith('.pdf')) expect(Buffer.from(bytes).toString(), name).not.toMatch(/lakeside|brightmail|Biopsy|4471902/);
  });
});
