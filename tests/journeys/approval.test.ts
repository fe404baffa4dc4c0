/** What waits for a second person, through the whole program: seen by whoever may decide, decided by another or a deputy, never sent by silence. And consent with its notice. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wasMet } from '../../shared/plan/met.ts';
import { until } from '../until.ts';
import { openStage, type Stage } from './stage.ts';

const PHI = { subject: 'Results', text: 'Patient: Jane Whitfield, DOB 03/04/1961, MRN 44718293. HbA1c 9.1 %, diabetes mellitus type 2.' };
const TESS = [{ address: 'tess.lane@lakeside.test' }];
const RULES = [
  { id: 'always', when: {}, then: { need: 'transport' }, reason: 'need-always' },
  { id: 'second-look', when: { level: ['medium', 'high', 'bulk'], recipient: ['external'] }, then: { act: 'approve' }, says: 'A second person looks at patient data.' },
];

const SCIM_TOKEN = 'a-scim-token-of-forty-characters-or-more!';
const nobody = null;

let stage: Stage;
let skew = 0;
beforeAll(async () => {
  stage = await openStage({ now: () => Date.now() + skew, settings: { APPROVAL_HOURS: '1', SCIM_TOKEN } });
  await force({ rules: RULES });
});
afterAll(async () => { await stage.close(); });

const post = (who: string, path: string, body: unknown = {}) => stage.call(who, 'POST', path, body);
async function force(document: object) {
  const { version } = (await post('ivy', 'policies', { document })).body;
  await post('ivy', `policies/${version}/simulate`);
  await post('ivy', `policies/${version}/submit`);
  await post('leo', `policies/${version}/approve`);
  expect((await post('leo', `policies/${version}/activate`)).body.state).toBe('active');
}
const waiting = async (who: string) => (await stage.call(who, 'GET', 'approvals')).body.data as { id: string; about: { rules: string[]; kinds: object; outside: number } }[];
const arrived = async (id: string) => (await stage.mailbox('tess.lane@lakeside.test')).filter((m) => m.raw.includes(id.slice(4))).length;
const receipt = async (id: string, fits: RegExp) => (await stage.mail('ana.ruiz@riverside.test', (raw) => raw.includes(id) && fits.test(raw))).raw;

describe('a message that needs a second person', () => {
  it('waits, tells the approver kinds and rules, and no content; nobody else sees it', async () => {
    const sent = await stage.send('ana', { to: TESS, ...PHI });
    expect(sent.status).toBe(202);
    const [row] = await waiting('leo');
    expect(row).toMatchObject({ id: sent.body.id, about: { rules: ['always', 'second-look'], outside: 1 } });
    expect(JSON.stringify(row)).not.toMatch(/Whitfield|44718293|lakeside/);
    expect(await waiting('noor')).toEqual([]);
    for (const path of [`approvals/${sent.body.id}/approve`, `approvals/${sent.body.id}/deny`]) expect((await post('noor', path)).status).toBe(404);
    expect((await stage.call('noor', 'GET', `approvals/${sent.body.id}/content`)).status).toBe(404);
    const shown = await stage.timeline('ana', sent.body.id);
    expect([shown.recipients[0]?.status, shown.waits]).toEqual(['held', { for: 'approval', until: new Date(Date.parse(shown.acceptedAt) + 3_600_000).toISOString() }]);
    expect(await arrived(sent.body.id)).toBe(0);
    // Nor does the receipt call it sent.
    await receipt(sent.body.id, /^Subject: Waits for a second person: 1 recipient\r?$/m);
    expect((await stage.call('leo', 'GET', `approvals/${sent.body.id}/content`)).body).toMatchObject({ text: PHI.text });
    expect((await post('leo', `approvals/${sent.body.id}/approve`, { because: 'needed today' })).body).toEqual({ id: sent.body.id, state: 'approved' });
    expect((await stage.until('ana', sent.body.id, ['relayed'])).waits).toBeUndefined();
    expect(await arrived(sent.body.id)).toBe(1);
    expect((await post('leo', `approvals/${sent.body.id}/deny`)).status).toBe(404);
  });

  it('an approver away, a deputy acts: for the time named, and denied is never sent', async () => {
    expect((await post('noor', 'approvals/deputies', { address: 'noor.haddad@riverside.test', until: new Date(Date.now() + 1e6).toISOString() })).status).toBe(403);
    const named = await post('leo', 'approvals/deputies', { address: 'Noor.Haddad@riverside.test', until: new Date(Date.now() + 1e6).toISOString() });
    expect(named.status).toBe(201);
    const sent = await stage.send('ana', { to: TESS, ...PHI });
    expect((await waiting('noor')).map((w) => w.id)).toEqual([sent.body.id]);
    expect((await post('noor', `approvals/${sent.body.id}/deny`)).body.state).toBe('denied');
    expect((await stage.until('ana', sent.body.id, ['failed'])).recipients).toHaveLength(1);
    // The deputy's own message is not the deputy's to decide.
    const own = await stage.send('noor', { to: TESS, ...PHI });
    expect((await post('noor', `approvals/${own.body.id}/approve`)).body.code).toBe('second-person-needed');
    // Nor is the message of the person represented: an approver cannot approve the own message through a deputy.
    const leos = await stage.send('leo', { to: TESS, ...PHI });
    expect((await waiting('noor')).map((w) => w.id)).not.toContain(leos.body.id);
    expect((await stage.call('noor', 'GET', `approvals/${leos.body.id}/content`)).status).toBe(404);
    expect((await post('noor', `approvals/${leos.body.id}/approve`)).status).toBe(404);
    expect((await stage.call('leo', 'DELETE', `approvals/deputies/${named.body.id}`)).status).toBe(204);
    expect(await waiting('noor')).toEqual([]);
    expect([await arrived(sent.body.id), await arrived(own.body.id)]).toEqual([0, 0]);
    // Neither who was written to in vain, nor who it was taken back from, is met by it: a second mail to the same wrong address is still a first one.
    const back = await stage.send('noor', { to: TESS, ...PHI });
    expect([(await post('leo', `approvals/${own.body.id}/deny`)).body.state, (await post('noor', `messages/${back.body.id}/recall`)).body.recipients[0].recalled]).toEqual(['denied', true]);
    const met = async (who: string, from: string) => wasMet((await stage.call(who, 'GET', 'policy?met=1')).body.you.met, from, TESS[0]?.address ?? '');
    expect([await met('noor', 'noor.haddad@riverside.test'), await met('ana', 'ana.ruiz@riverside.test')]).toEqual([false, true]);
  });

  it('silence is no: after the deadline it never goes, and the author is told; a recall before ends it too', async () => {
    const [silent, back] = [await stage.send('ana', { to: TESS, ...PHI }), await stage.send('ana', { to: TESS, ...PHI })];
    expect((await post('ana', `messages/${back.body.id}/recall`)).body.recipients[0].recalled).toBe(true);
    expect((await post('leo', `approvals/${back.body.id}/approve`)).status).toBe(404);
    skew += 3_500_000;
    await stage.service.sweep();
    expect((await stage.call('ana', 'GET', `messages/${silent.body.id}`)).status).toBeLessThan(500);
    skew += 110_000;
    await stage.service.sweep();
    skew -= 3_610_000;
    expect((await stage.timeline('ana', silent.body.id)).recipients[0]?.status).toBe('failed');
    expect((await post('leo', `approvals/${silent.body.id}/approve`)).status).toBe(404);
    await new Promise((r) => setTimeout(r, 800));
    expect([await arrived(silent.body.id), await arrived(back.body.id)]).toEqual([0, 0]);
    await stage.mail('ana.ruiz@riverside.test', (raw) => /Nobody decided in time/.test(raw.replace(/=\r?\n/g, '')));
  });

  it('time to think again: nothing leaves before it is over, and what was taken back never does', async () => {
    await force({ rules: [RULES[0], { id: 'wait', when: { level: ['medium', 'high', 'bulk'], recipient: ['external'] }, then: { hold: 10 } }] });
    const [kept, back] = [await stage.send('ana', { to: TESS, ...PHI }), await stage.send('ana', { to: TESS, ...PHI })];
    const shown = await stage.timeline('ana', kept.body.id);
    expect([shown.recipients[0]?.status, shown.waits]).toEqual(['queued', { for: 'time', until: new Date(Date.parse(shown.acceptedAt) + 600_000).toISOString() }]);
    expect((await post('ana', `messages/${back.body.id}/recall`)).body.recipients[0].recalled).toBe(true);
    expect((await stage.timeline('ana', back.body.id)).waits).toBeUndefined();
    expect(await arrived(kept.body.id)).toBe(0);
    await receipt(kept.body.id, /^Subject: Accepted, not sent yet: 1 recipient\r?$/m);
    skew += 601_000;
    expect((await stage.until('ana', kept.body.id, ['relayed'])).waits).toBeUndefined();
    skew -= 601_000;
    expect([await arrived(kept.body.id), await arrived(back.body.id)]).toEqual([1, 0]);
  });

  it('time to think again stays its author\'s, however soon a second person agrees', async () => {
    await force({ rules: [...RULES, { id: 'wait', when: { level: ['medium', 'high', 'bulk'], recipient: ['external'] }, then: { hold: 10 } }] });
    const [kept, back] = [await stage.send('ana', { to: TESS, ...PHI }), await stage.send('ana', { to: TESS, ...PHI })];
    const listed = async (id: string) => ((await stage.call('ana', 'GET', 'messages')).body.data as { id: string; waits?: { for: string } }[]).find((m) => m.id === id)?.waits?.for;
    expect(await listed(kept.body.id)).toBe('approval');
    for (const { body } of [kept, back]) expect((await post('leo', `approvals/${body.id}/approve`)).body.state).toBe('approved');
    const shown = await stage.timeline('ana', kept.body.id);
    expect([await listed(kept.body.id), shown.recipients[0]?.status, shown.waits]).toEqual(['time', 'queued', { for: 'time', until: new Date(Date.parse(shown.acceptedAt) + 600_000).toISOString() }]);
    expect((await post('ana', `messages/${back.body.id}/recall`)).body.recipients[0].recalled).toBe(true);
    skew += 601_000;
    expect((await stage.until('ana', kept.body.id, ['relayed'])).waits).toBeUndefined();
    skew -= 601_000;
    expect([await arrived(kept.body.id), await arrived(back.body.id), await listed(kept.body.id)]).toEqual([1, 0, undefined]);
  });

  it('substance-use records go with a consent and the notice, or not at all', async () => {
    await force({ rules: [RULES[0], { id: 'p2', when: { sensitive: ['substance-use'], recipient: ['external'] }, then: { consent: true, notice: ['part2'] } }] });
    const sud = { subject: 'Plan', text: 'Patient Jane Whitfield, DOB 03/04/1961, is in opioid use disorder treatment, methadone 60 mg daily, MRN 44718293.', to: [{ address: 'sam.park@stmarys.test' }] };
    expect((await stage.send('ana', sud)).body.code).toBe('policy-blocked');
    expect((await stage.send('ana', { ...sud, patientRef: 'P-7' })).body.code).toBe('policy-blocked');
    const until = new Date(Date.now() + 1e9).toISOString();
    const given = await post('ana', 'consents', { patientRef: 'P-7', recipient: 'Sam.Park@stmarys.test', until, scope: 'Treatment by St. Mary\'s until discharge' });
    expect(given.status).toBe(201);
    const sent = await stage.send('ana', { ...sud, patientRef: 'P-7' });
    expect(sent.status).toBe(202);
    const content = (await stage.call('ana', 'GET', `messages/${sent.body.id}/content`)).body;
    expect(content.text).toContain('42 CFR part 2 prohibits unauthorized use or disclosure of these records. Scope of the consent under which they are disclosed: Treatment by St. Mary\'s until discharge');
    expect((await stage.send('ana', { ...sud, patientRef: 'P-7', to: TESS })).body.code).toBe('policy-blocked');
    expect((await stage.call('ana', 'DELETE', `consents/${given.body.id}`)).status).toBe(204);
    expect((await stage.send('ana', { ...sud, patientRef: 'P-7' })).body.code).toBe('policy-blocked');
  });

  it('its author leaves meanwhile: an approver decides first, as the rule asks, and then who covers for them', async () => {
    await force({ rules: RULES });
    const scim = async (method: string, path: string, body: unknown) => (await stage.call(nobody, method, `/scim/v2/${path}`, body, { authorization: `Bearer ${SCIM_TOKEN}` })).body;
    const boss = await scim('POST', 'Users', { userName: 'noor.haddad@riverside.test' });
    const ana = await scim('POST', 'Users', { userName: 'ana.ruiz@riverside.test', 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { manager: { value: boss.id } } });
    const sent = await stage.send('ana', { to: TESS, ...PHI });
    await scim('PATCH', `Users/${ana.id}`, { Operations: [{ op: 'Replace', path: 'active', value: 'False' }] });
    await stage.service.note();
    const id = sent.body.id as string;
    const listed = async (who: string) => (await waiting(who)).some((w) => w.id === id);
    expect([await listed('noor'), (await post('noor', `approvals/${id}/approve`)).status, (await stage.call('noor', 'GET', `approvals/${id}/content`)).status]).toEqual([false, 404, 404]);
    expect((await post('leo', `approvals/${id}/approve`)).body.state).toBe('approved');
    await until('her manager to be asked', () => listed('noor'));
    expect(await arrived(id)).toBe(0);
    expect((await post('noor', `approvals/${id}/approve`)).body.state).toBe('approved');
    await stage.until('ben', id, ['relayed', 'delivered']);
    expect(await arrived(id)).toBe(1);
  });
});
