/** The life of a policy version through the whole program: written, tried, submitted, approved by another, in force, obeyed, gone back. */
import { createPublicKey, verify } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wasMet } from '../../shared/plan/met.ts';
import type { You } from '../../shared/wire/active.ts';
import { until } from '../until.ts';
import { openStage, type Stage } from './stage.ts';

const PHI = { subject: 'Results', text: 'Patient: Jane Whitfield, DOB 03/04/1961, MRN 44718293. HbA1c 9.1 %, diabetes mellitus type 2.' };
const TESS = [{ address: 'tess.lane@lakeside.test' }];
const BLOCK = { rules: [{ id: 'always', when: {}, then: { need: 'transport' }, reason: 'need-always' }, { id: 'no-phi', when: { level: ['medium', 'high', 'bulk'], recipient: ['external'] }, then: { act: 'block' }, says: 'Patient data does not leave this week.' }] };

let stage: Stage;
let skew = 0;
beforeAll(async () => { stage = await openStage({ now: () => Date.now() + skew }); });
afterAll(async () => { await stage.close(); });

const post = (who: string, path: string, body: unknown = {}) => stage.call(who, 'POST', path, body);
async function active() {
  const { body } = await stage.call('ana', 'GET', 'policy');
  const key = createPublicKey({ key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(body.key, 'base64')]), format: 'der', type: 'spki' });
  expect(verify(null, Buffer.from(`{"signed":${JSON.stringify(body.signed)}}`), key, Buffer.from(body.signature, 'base64'))).toBe(true);
  return JSON.parse(body.signed);
}
async function events(type: string) {
  return (await stage.events(type)) as { type: string; facts: Record<string, unknown> }[];
}

describe('a version of the policy', () => {
  it('begins as the built-in default, signed', async () => {
    expect(await active()).toMatchObject({ serial: 0, version: 'us-healthcare-2' });
    // What the author's own Outlook can know offline comes along: whom she wrote to before, and who she is.
    const you = async () => (await stage.call('ana', 'GET', 'policy?met=1')).body.you as You;
    const met = (now: You, to: string) => wasMet(now.met, 'Ana.Ruiz@riverside.test', to);
    const before = await you();
    expect([before.own, met(before, TESS[0]!.address), (await stage.call('ana', 'GET', 'policy')).body.you.met]).toEqual([['ana.ruiz@riverside.test'], false, undefined]);
    expect((await stage.send('ana', { to: TESS, ...PHI })).status).toBe(202);
    // Met is who was written to: from the moment their copy has gone.
    const after = await until('her to be met', async () => { const now = await you(); return met(now, 'Tess.Lane@lakeside.test') ? now : null; });
    expect([met(after, 'Tess.Lane@lakeside.test'), met(after, 'sam.park@stmarys.test'), JSON.stringify(after).includes('lakeside')]).toEqual([true, false, false]);
    expect(met((await stage.call('leo', 'GET', 'policy?met=1')).body.you, TESS[0]!.address)).toBeNull();
  });

  it('is tried over what was sent, approved by another, and obeyed at once', async () => {
    const drafted = await post('ivy', 'policies', { document: BLOCK, note: 'Freeze' });
    expect(drafted.status).toBe(201);
    expect((await post('ivy', 'policies', { document: BLOCK, note: 'Freeze' })).body.version).toBe(drafted.body.version);
    const { version } = drafted.body;
    expect((await post('ivy', `policies/${version}/submit`)).body.code).toBe('simulation-needed');
    const tried = (await post('ivy', `policies/${version}/simulate`, { days: 7 })).body;
    expect(tried.history).toMatchObject({ messages: 1, blocked: { count: 1, rules: [{ rule: 'no-phi', count: 1 }] }, released: { count: 0 } });
    expect(tried.corpus.messages).toBeGreaterThan(1_900);
    expect(tried.samples.messages).toBeGreaterThan(4_000);
    expect(tried.text).toMatch(/newly block 1 \(no-phi\), release 0.*made-up messages of a clinic it would newly block [1-9]/);
    expect((await post('leo', `policies/${version}/approve`)).body.code).toBe('policy-state');
    expect((await post('ivy', `policies/${version}/submit`)).body.state).toBe('submitted');
    // Whoever decides sees it without asking.
    expect((await stage.call('leo', 'GET', `policies/${version}`)).body).toMatchObject({ simulation: tried, submission: tried });
    expect((await post('ivy', `policies/${version}/approve`)).status).toBe(403);
    expect((await post('leo', `policies/${version}/activate`)).body.code).toBe('policy-state');
    expect((await post('leo', `policies/${version}/approve`)).body.state).toBe('approved');
    expect((await post('ivy', `policies/${version}/activate`)).status).toBe(403);
    expect((await post('leo', `policies/${version}/activate`)).body.state).toBe('active');
    expect(await active()).toMatchObject({ serial: 1, version });
    const refused = await stage.send('ana', { to: TESS, ...PHI });
    expect([refused.status, refused.body.code]).toEqual([422, 'policy-blocked']);
    expect((await stage.send('ana', { to: TESS, text: 'Lunch on Monday?', subject: 'Lunch' })).status).toBe(202);
    expect((await events('message.refused'))[0]?.facts).toMatchObject({ policy: version, trace: 'always no-phi' });
    expect((await events('policy.decided')).map((e) => e.facts['policy'])).toContain('us-healthcare-2');
  });

  it('says before it goes back how much that would release, and goes back as a new version', async () => {
    const drafted = await post('ivy', 'policies', { template: 'us-healthcare', note: 'Thaw' });
    const tried = (await post('ivy', `policies/${drafted.body.version}/simulate`)).body;
    expect(tried.history.released).toEqual({ count: 2, rules: [{ rule: 'no-phi', count: 2 }] });
    expect(tried.relaxes).toBe(true);
    await post('ivy', `policies/${drafted.body.version}/submit`);
    await post('leo', `policies/${drafted.body.version}/approve`);
    const at = new Date(Date.now() + skew + 1_200_000).toISOString();
    expect((await post('leo', `policies/${drafted.body.version}/activate`, { at })).body).toMatchObject({ state: 'approved', activates: at });
    expect((await active()).version).toBe('pv_1');
    skew += 1_200_001;
    expect((await active()).version).toBe(drafted.body.version);
    expect((await stage.call('ben', 'GET', 'policies')).body.data.map((v: { state: string }) => v.state)).toEqual(['active', 'retired']);
    expect((await post('ivy', 'policies', { from: 'pv_1', note: 'Again' })).body).toMatchObject({ version: 'pv_3', state: 'draft', document: { rules: [{ id: 'always' }, { id: 'no-phi' }] } });
  });

  it.each([
    ['a rule twice', { rules: [BLOCK.rules[0], BLOCK.rules[0]] }, 422, '/document/rules/1/id'], ['an exception of no rule', { rules: [], exceptions: [{ id: 'e', rule: 'r', effect: 'act', owner: 'u', why: 'x', until: new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10) }] }, 422, '/document/exceptions/0/rule'],
    ['a class that is none', { rules: [{ id: 'a', when: {}, then: { retention: 'forever' } }] }, 422, '/document/rules/0/then/retention'], ['an address outside', { rules: [{ id: 'a', when: {}, then: { notify: ['x@evil.test'] } }] }, 422, '/document/rules/0/then/notify'],
    ['a condition nobody knows', { rules: [{ id: 'a', when: { mood: 'bad' }, then: {} }] }, 400, '/document/rules/0/when'],
  ])('with %s is refused with its place', async (_what, document, status, pointer) => {
    const answer = await post('ivy', 'policies', { document });
    expect([answer.status, answer.body.pointer]).toEqual([status, pointer]);
  });
});
