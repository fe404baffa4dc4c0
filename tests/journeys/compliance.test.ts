/** What compliance staff ask, over the wire, of messages that really went: searched, counted, revealed, told, accounted for. */
import { extractText, getDocumentProxy } from 'unpdf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../../service/people/people.ts';
import { openStage, type Json, type Stage } from './stage.ts';

const PATIENT = 'MRN 4471-902';
let stage: Stage;
let first = '';
let second = '';

beforeAll(async () => {
  stage = await openStage();
  const sent = async (message: object) => (await stage.send('ana', message as never)).body.id;
  first = await sent({ to: [{ address: 'tess.lane@lakeside.test', name: 'Tess Lane' }, { address: 'rosa.delgado@brightmail.test' }], subject: 'Results for the court', text: 'Patient MRN 4471902', purpose: 'other', patientRef: PATIENT });
  second = await sent({ to: [{ address: 'tess.lane@lakeside.test' }], purpose: 'treatment', patientRef: 'mrn 4471902' });
  await sent({ to: [{ address: 'sam.park@stmarys.test' }], purpose: 'payment' });
  await stage.until('ana', first, ['relayed', 'opened', 'delivered']);
  await stage.until('ana', second, ['relayed']);
  await stage.service.audit.flush();
});
afterAll(() => stage.close());

const search = (body: object, person = 'ben') => stage.call(person, 'POST', 'audit/search', { why: 'complaint', ...body });
const types = (answer: { body: Json }): string[] => answer.body.data.map((e: Json) => e.type);

describe('search', () => {
  it('finds all of one recipient by the exact address, however it is spelt', async () => {
    const found = await search({ recipient: ' Tess.Lane@Lakeside.test ', filter: { order: 'asc' } });
    expect(found.status, found.text).toBe(200);
    expect(new Set(found.body.data.map((e: Json) => e.message))).toEqual(new Set([first, second]));
    expect(types(found)).toContain('delivery.relayed');
    expect(new Set(found.body.data.map((e: Json) => e.item)).size).toBe(2);
  });
  it('finds nothing by a part of it, and says of which tree', async () => {
    const found = await search({ recipient: 'tess.lane' });
    expect(found.body).toMatchObject({ data: [], snapshot: { tree_size: expect.any(Number) } });
    expect(found.body.snapshot.tree_size).toBeGreaterThan(10);
  });
  it('by patient, purpose and policy, together with ordinary filters', async () => {
    expect(new Set((await search({ patient: PATIENT })).body.data.map((e: Json) => e.message))).toEqual(new Set([first, second]));
    expect(new Set((await search({ patient: PATIENT, sentFor: 'treatment' })).body.data.map((e: Json) => e.message))).toEqual(new Set([second]));
    expect(types(await search({ sentFor: 'payment', filter: { type: ['message.accepted'] } }))).toEqual(['message.accepted']);
    const policy = (await stage.call('ben', 'GET', `audit/events?type=message.accepted&limit=1`)).body.data[0].facts.policy;
    expect(types(await search({ policy, filter: { type: ['message.accepted'] } }))).toHaveLength(3);
  });
  it('pages stay with the tree they began with, and a cursor with its question', async () => {
    const page = await search({ recipient: 'tess.lane@lakeside.test', filter: { limit: 2, order: 'asc' } });
    const { next } = page.body.page;
    await stage.send('ana', { to: [{ address: 'tess.lane@lakeside.test' }] });
    await stage.service.audit.flush();
    const more = await search({ recipient: 'tess.lane@lakeside.test', filter: { limit: 2, order: 'asc', cursor: next } });
    expect(more.body.snapshot.tree_size).toBe(page.body.snapshot.tree_size);
    expect((await search({ recipient: 'rosa.delgado@brightmail.test', filter: { limit: 2, order: 'asc', cursor: next } })).body.code).toBe('bad-cursor');
  });
  it('a cursor is its reader\'s alone: of no use to another reader, another role, another question, and no way round the limit', async () => {
    const { desk, audit } = stage.service.compliance;
    const ben = { id: 'u_ben_of_test', addresses: [], roles: ['compliance'] } as unknown as Person;
    const eve = { ...ben, id: 'u_eve_of_test' };
    const filter = (cursor?: string) => ({ order: 'asc' as const, limit: 2, ...(cursor === undefined ? {} : { cursor }) });
    const lookup = (who: Person, address: string, cursor?: string) => desk.search(who, { why: 'complaint', recipient: address, filter: filter(cursor) } as never);
    const asks: { readonly [name: string]: (who: Person, cursor?: string) => Promise<object> } = {
      filtered: (who, cursor) => audit.events(who, filter(cursor) as never), searched: (who, cursor) => desk.search(who, { why: 'complaint', filter: filter(cursor) } as never), 'looked up': (who, cursor) => lookup(who, 'tess.lane@lakeside.test', cursor),
    };
    const lookups = async () => { await stage.service.audit.flush(); return (await audit.events(ben, { type: ['audit.looked_up'], order: 'asc', limit: 500 } as never) as Json).data.filter((e: Json) => e.actor.id === eve.id).length; };
    let genuine = '';
    for (const [name, ask] of Object.entries(asks)) {
      genuine = (await ask(ben) as Json).page.next;
      expect(genuine, name).toMatch(/^\d/);
      expect(await ask(ben, genuine), name).toHaveProperty('data');
      expect(await ask(eve, genuine), name).toEqual({ kind: 'refused', code: 'bad-cursor' });
    }
    expect(await lookup(ben, 'rosa.delgado@brightmail.test', genuine)).toMatchObject({ code: 'bad-cursor' });
    expect(await lookup(eve, 'rosa.delgado@brightmail.test', genuine)).toMatchObject({ code: 'bad-cursor' });
    expect(await lookups(), 'nothing was looked up for a cursor that is not theirs').toBe(0);
    for (const other of ['ana', 'leo', 'ivy', 'hub']) {
      expect((await stage.call(other, 'GET', `audit/events?limit=2&cursor=${genuine}`)).status, other).toBe(403);
      expect((await search({ recipient: 'tess.lane@lakeside.test', filter: { limit: 2, order: 'asc', cursor: genuine } }, other)).status, other).toBe(403);
    }
  });
  it('a cursor of an author\'s own messages shows another author none of them', async () => {
    const { next } = (await stage.call('ana', 'GET', 'messages?limit=1')).body;
    expect(next).toEqual(expect.any(String));
    expect((await stage.call('ana', 'GET', `messages?limit=1&cursor=${next}`)).body.data).toHaveLength(1);
    const other = await stage.call('noor', 'GET', `messages?limit=1&cursor=${next}`);
    expect(other.body.data ?? []).toEqual([]);
    expect(other.text).not.toMatch(/msg_/);
  });
  it('is for those whose work it is, says why, and knows its words', async () => {
    expect((await search({ recipient: 'x@y.test' }, 'ana')).status).toBe(403);
    expect((await search({ recipient: 'x@y.test', why: undefined })).status).toBe(400);
    expect((await search({ recipients: 'x@y.test' })).status).toBe(400);
    expect((await stage.call('ben', 'POST', 'audit/search', { recipient: 'x@y.test', why: 'curiosity' })).status).toBe(400);
  });
  it('is noted with its reason, the value sealed', async () => {
    await stage.service.audit.flush();
    const noted = (await stage.call('ben', 'GET', 'audit/events?type=audit.looked_up')).body.data;
    expect(noted[0]).toMatchObject({ facts: { purpose: 'complaint' }, sealed: ['query'] });
    expect(JSON.stringify(noted)).not.toMatch(/lakeside|4471-?902/);
  });
});

describe('counts', () => {
  it('by type are the entries themselves, and name their tree', async () => {
    await stage.service.audit.flush();
    const counts = (await stage.call('ben', 'GET', 'audit/counts?by=type')).body;
    const n = counts.data.reduce((sum: number, d: Json) => sum + d.n, 0);
    expect(n).toBe(counts.tree_size);
    expect(counts.data.find((d: Json) => d.key === 'message.accepted').n).toBe(4);
    const days = (await stage.events('message.accepted', '&order=asc')).map((e: Json) => e.time.slice(0, 10)) as string[];
    const counted = [...new Set(days)].map((key) => ({ key, n: days.filter((d) => d === key).length }));
    expect((await stage.call('ben', 'GET', `audit/counts?by=day&type=message.accepted&outcome=ok&from=${days[0]}`)).body.data).toEqual(counted);
    expect((await stage.call('ben', 'GET', 'audit/counts?by=patient')).status).toBe(400);
  });
});

describe('reveal', () => {
  it('shows what was asked for, and is in the log before it answers', async () => {
    const [entry] = (await search({ recipient: 'tess.lane@lakeside.test', filter: { type: ['encryption.decided'], order: 'asc' } })).body.data;
    const shown = await stage.call('ben', 'POST', `audit/events/${entry.seq}/reveal`, { fields: ['recipient'], why: 'complaint', reason: 'call 17' });
    expect(shown.body).toEqual({ seq: entry.seq, values: { recipient: 'tess.lane@lakeside.test' } });
    const story = (await stage.call('ben', 'GET', `messages/${first}/access`)).body;
    expect(story.data).toContainEqual(expect.objectContaining({ what: 'audit.revealed', who: expect.objectContaining({ kind: 'staff' }) }));
    expect((await stage.call('ben', 'POST', `audit/events/${entry.seq}/reveal`, { fields: ['subject'], why: 'complaint' })).status).toBe(404);
    expect((await stage.call('ivy', 'POST', `audit/events/${entry.seq}/reveal`, { fields: ['recipient'], why: 'complaint' })).status).toBe(403);
  });
});

describe('a message', () => {
  it('is told in sentences, without anybody\'s address', async () => {
    const story = await stage.call('ben', 'GET', `messages/${first}/story`);
    expect(story.body.data.map((e: Json) => e.text)).toContain('Accepted: stored durably and encrypted.');
    expect(story.text).not.toMatch(/lakeside\.test"|tess\.lane|4471-?902|court/);
    expect((await stage.call('ben', 'GET', `messages/msg_0190a000-0000-7000-8000-000000000001/story`)).status).toBe(404);
  });
});

describe('the accounting of disclosures', () => {
  it('lists what must be accounted for, counts what need not be, and states its gaps', async () => {
    const made = await stage.call('ben', 'POST', 'reports/accounting', { patient: 'MRN4471902', why: 'patient-request' });
    expect(made.status, made.text).toBe(200);
    expect(made.body.disclosures.map((d: Json) => d.recipient.address).sort()).toEqual(['rosa.delgado@brightmail.test', 'tess.lane@lakeside.test']);
    expect(made.body.disclosures[0]).toMatchObject({ purpose: 'other', times: 1, description: 'E-mail: Results for the court', messages: [first] });
    expect(made.body.excluded).toEqual({ 'treatment (164.528(a)(1)(i))': 1 });
    expect(made.body.gaps.join(' ')).toMatch(/without a patient reference.*phone, fax.*begins on/);
    const handed = async (format: string) => {
      const answer = await fetch(`${stage.url}/api/v1/reports/accounting/file`, { method: 'POST', headers: { authorization: `Bearer ${await stage.token('ben')}`, 'content-type': 'application/json' }, body: JSON.stringify({ patient: 'MRN4471902', why: 'patient-request', format }) });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-disposition')).toMatch(new RegExp(`^attachment; filename="accounting-\\d{4}-\\d\\d-\\d\\d\\.${format}"$`));
      return new Uint8Array(await answer.arrayBuffer());
    };
    const table = Buffer.from(await handed('csv')).toString();
    const { text: paper } = await extractText(await getDocumentProxy(await handed('pdf')), { mergePages: true });
    for (const d of made.body.disclosures) for (const words of [d.recipient.address, d.purpose]) expect([table.includes(words), paper.replaceAll(/\s/g, '').includes(words.replaceAll(' ', ''))]).toEqual([true, true]);
    for (const gap of made.body.gaps) expect(table).toContain(gap.slice(0, 40));
    expect(paper).toContain('What this cannot know');
    expect((await stage.call('ana', 'POST', 'reports/accounting', { patient: 'x', why: 'patient-request' })).status).toBe(403);
  });
});

describe('somebody who guesses', () => {
  it('is stopped after forty look-ups an hour', async () => {
    let status = 200;
    for (let n = 0; n < 45 && status === 200; n += 1) {
      status = (await search({ patient: `MRN ${n}` })).status;
      await stage.service.audit.flush();
    }
    expect(status).toBe(429);
  });
});
