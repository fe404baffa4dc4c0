/** What people decide in the console, over the real service: a message is let go or not, a key comes and a second person confirms it, a version is rejected, scheduled, hurried. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateKey } from 'openpgp';
import { smimeAuthority, type PemPair } from '../../lab/people.keys.ts';
import { USAGE } from '../../service/keys/trust.certificate.ts';
import { tool } from '../tools.ts';
import { until } from '../until.ts';
import { openHall, type Hall } from './desk.ts';

const PHI = { subject: 'Results', text: 'Patient: Jane Whitfield, DOB 03/04/1961, MRN 44718293. HbA1c 9.1 %, diabetes mellitus type 2.' };
const RULES = [
  { id: 'always', when: {}, then: { need: 'transport' }, reason: 'need-always' },
  { id: 'second-look', when: { level: ['medium', 'high', 'bulk'], recipient: ['external'] }, then: { act: 'approve' }, says: 'A second person looks at patient data.' },
];
const TESS = 'tess.lane@lakeside.test';

let hall: Hall;
const SCIM = 'a-scim-token-of-forty-characters-or-more!';
beforeAll(async () => { hall = await openHall({ SCIM_TOKEN: SCIM }); });
afterAll(async () => { await hall?.close(); });
const post = (who: string, path: string, body: unknown = {}) => hall.stage.call(who, 'POST', path, body);
async function drafted(note: string, rules: readonly object[] = RULES): Promise<string> {
  const { version } = (await post('ivy', 'policies', { document: { rules }, note })).body;
  await post('ivy', `policies/${version}/simulate`);
  return version;
}
async function submitted(note: string, rules?: readonly object[]): Promise<string> {
  const version = await drafted(note, rules);
  await post('ivy', `policies/${version}/submit`);
  return version;
}
const stateOf = async (version: string) => (await hall.stage.call('leo', 'GET', `policies/${version}`)).body as { state: string; activates: string | null; reverts: string | null };
const hint = (n: number) => [...RULES, { id: `hint-${n}`, when: {}, then: { act: 'hint' } }];

describe('a message that waits', () => {
  it('an approver is away: who is named in the console decides in their place, and no longer than it stands', async () => {
    const version = await submitted('Second look, away', [...RULES, { id: 'away', when: {}, then: { act: 'hint' } }]);
    await post('leo', `policies/${version}/approve`);
    await post('leo', `policies/${version}/activate`);
    const sent = await hall.stage.send('ana', { to: [{ address: 'sam.park@stmarys.test' }], ...PHI, subject: 'Away' });
    const leo = await hall.enter('leo', 'approvals');
    const away = leo.page.getByRole('region', { name: 'When you are away' });
    await away.getByText('Nobody decides in your place.').waitFor();
    expect(await away.getByRole('button', { name: 'Name them' }).isDisabled()).toBe(true);
    await away.getByLabel('Their address').fill('noor.haddad@riverside.test');
    const later = new Date(Date.now() + 2 * 86_400_000);
    await away.getByLabel('Until').fill(new Date(later.getTime() - later.getTimezoneOffset() * 60_000).toISOString().slice(0, 16));
    await leo.sound('approvals-away');
    await away.getByRole('button', { name: 'Name them' }).press('Enter');
    await away.getByRole('listitem').filter({ hasText: 'noor.haddad@riverside.test' }).waitFor();
    // She finds it, reads it, and decides; it goes.
    const noor = await hall.enter('noor', `approvals/${sent.body.id}`);
    await noor.page.getByRole('button', { name: 'Read the message' }).press('Enter');
    await noor.page.getByText('Jane Whitfield').waitFor();
    await noor.shot('approval-deputy');
    await noor.page.getByRole('button', { name: 'Agree: it goes' }).press('Enter');
    await noor.page.getByText('Agreed. It goes now.').first().waitFor();
    await hall.stage.until('ana', sent.body.id, ['relayed', 'delivered']);
    expect(await noor.page.getByRole('region', { name: 'When you are away' }).count()).toBe(0);
    await away.getByRole('button', { name: 'End it: noor.haddad@riverside.test' }).press('Enter');
    await away.getByText('Nobody decides in your place.').waitFor();
    expect([(await hall.stage.call('noor', 'GET', 'approvals')).body.data, leo.faults, noor.faults]).toEqual([[], [], []]);
    await Promise.all([leo.context.close(), noor.context.close()]);
  });

  it('is found by keyboard, read, agreed to and goes; another is not agreed to and never does', async () => {
    const version = await submitted('Second look');
    await post('leo', `policies/${version}/approve`);
    await post('leo', `policies/${version}/activate`);
    const [goes, stays] = [await hall.stage.send('ana', { to: [{ address: TESS }], ...PHI }), await hall.stage.send('ana', { to: [{ address: TESS }], ...PHI, subject: 'Other results' })];
    const leo = await hall.enter('leo', 'approvals');
    const { page } = leo;
    const grid = page.getByRole('grid', { name: 'Approvals' });
    await expect.poll(() => grid.getAttribute('aria-rowcount')).toBe('3');
    expect(await page.content()).not.toMatch(/Whitfield|44718293|lakeside/);
    expect(await leo.axe()).toEqual([]);
    await leo.shot('approvals-wide');
    await grid.getByRole('columnheader').first().press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Read the message' }).waitFor();
    await page.waitForURL((url) => [goes.body.id, stays.body.id].includes(url.pathname.split('/').at(-1) ?? ''));

    // A link leads there, too.
    await page.goto(`${hall.stage.url}/console/approvals/${goes.body.id}`);
    await page.getByRole('button', { name: 'Read the message' }).press('Enter');
    await page.getByText('Jane Whitfield').waitFor();
    expect(await leo.axe()).toEqual([]);
    await leo.shot('approval-wide');
    await page.getByRole('textbox', { name: 'Because (kept sealed)' }).fill('Needed today');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByText('Agreed. It goes now.').first().waitFor();
    await page.waitForURL('**/console/approvals');
    await hall.stage.until('ana', goes.body.id, ['relayed', 'delivered']);

    await expect.poll(() => grid.getAttribute('aria-rowcount')).toBe('2');
    await page.getByRole('row').filter({ hasText: 'A second person looks at patient data.' }).click();
    await page.getByRole('button', { name: 'Do not agree' }).click();
    await page.getByText('Not agreed. It never goes; its author is told.').first().waitFor();
    await page.getByText('No message waits for you').waitFor();
    await hall.stage.until('ana', stays.body.id, ['failed']);
    expect((await hall.stage.mailbox(TESS)).filter((m) => m.raw.includes('44718293'))).toHaveLength(1);
    expect(leo.faults).toEqual([]);
    await leo.context.close();
  });
});

describe('a key', () => {
  it('is added from a file, waits for another than who added it, and is confirmed by keyboard', async () => {
    const address = 'wilma.reed@lakeside.test';
    const { publicKey } = await generateKey({ userIDs: [{ email: address }], format: 'armored' });
    const ivy = await hall.enter('ivy', 'keys');
    await ivy.page.locator('input[type=file]').setInputFiles({ name: `${address}.asc`, mimeType: 'application/pgp-keys', buffer: Buffer.from(publicKey) });
    const waiting = ivy.page.getByRole('group', { name: `${address}.asc` });
    expect(await waiting.getByRole('textbox').inputValue()).toBe(address);
    await waiting.getByRole('button', { name: 'Add' }).press('Enter');
    await ivy.page.getByText(`Added for ${address}. Another person can confirm it.`).first().waitFor();
    const mine = ivy.page.getByRole('row').filter({ hasText: address });
    const confirm = mine.getByRole('button', { name: 'Confirm' });
    expect([await confirm.getAttribute('aria-disabled'), await confirm.getAttribute('title')]).toEqual(['true', 'You added it, so somebody else must confirm it.']);
    expect(await ivy.axe()).toEqual([]);
    await ivy.context.close();

    const leo = await hall.enter('leo', 'keys');
    const row = leo.page.getByRole('row').filter({ hasText: address });
    // By keys alone: into the grid, down to the row, along to its last cell, into it, and the button in it.
    await leo.page.getByRole('grid', { name: 'Keys' }).getByRole('columnheader').first().focus();
    const at = Number(await row.getAttribute('aria-rowindex'));
    for (let n = 1; n < at; n += 1) await leo.page.keyboard.press('ArrowDown');
    for (const key of ['End', 'Enter', 'Enter']) await leo.page.keyboard.press(key);
    const dialog = leo.page.getByRole('dialog', { name: 'Confirm this key?' });
    await dialog.getByText(address).waitFor();
    expect(await leo.axe()).toEqual([]);
    await leo.shot('key-confirm');
    await dialog.getByRole('button', { name: 'Confirm' }).press('Enter');
    await leo.page.getByText('Confirmed.').first().waitFor();
    await row.getByRole('button', { name: 'Confirm' }).waitFor({ state: 'detached' });
    const { data } = (await hall.stage.call('leo', 'GET', 'keys?limit=200')).body as { data: { address: string; confirmed: boolean }[] };
    expect(data.find((k) => k.address === address)?.confirmed).toBe(true);
    expect(leo.faults).toEqual([]);
    await leo.context.close();
  });
});

describe('a key of our own', () => {
  it.skipIf(!tool('openssl', 'whether the console exchanges and withdraws our own keys'))('is exchanged because somebody else may have it; a shared mailbox\'s certificate signs no more', async () => {
    const address = 'results@riverside.test';
    const pair = smimeAuthority('Public Mail Authority').person('Results', address, 'p256', { usage: USAGE.digitalSignature });
    const brought = await post('ivy', 'identity/import', { pkcs12: openssl12(pair).toString('base64'), passphrase: 'open' });
    const before = brought.body.pgp.fingerprint as string;
    const ivy = await hall.enter('ivy', 'signing');
    await ivy.page.getByRole('button', { name: `Withdraw: ${address}` }).press('Enter');
    const withdraw = ivy.page.getByRole('dialog', { name: 'Let this certificate sign no more?' });
    expect(await ivy.axe()).toEqual([]);
    await ivy.shot('signing-withdraw');
    await withdraw.getByRole('button', { name: 'Withdraw' }).press('Enter');
    await ivy.page.getByText('It signs no more.').first().waitFor();
    await ivy.page.getByText('No certificates of single addresses').waitFor();
    expect((await hall.stage.call('ivy', 'GET', 'identity/certificates')).body).toEqual({ data: [] });
    await ivy.page.getByRole('textbox', { name: 'Address', exact: true }).fill(address);
    await ivy.page.getByRole('button', { name: 'Vouch no more' }).press('Enter');
    await ivy.page.getByRole('dialog', { name: 'Vouch for this address no more?' }).getByRole('button', { name: 'Vouch no more' }).press('Enter');
    await ivy.page.getByText('The authority vouches for it no more.').first().waitFor();
    await ivy.page.getByRole('button', { name: 'Exchange: OpenPGP key' }).press('Enter');
    const exchange = ivy.page.getByRole('dialog', { name: 'Exchange the OpenPGP key?' });
    await exchange.getByRole('radio', { name: 'It is time for a new one' }).press('ArrowDown');
    await exchange.getByText('nothing that it ever signed is believed any more').waitFor();
    await exchange.getByRole('button', { name: 'Exchange' }).press('Enter');
    await ivy.page.getByText('Exchanged. The new one signs from now on.').first().waitFor();
    await ivy.page.getByRole('grid', { name: 'Signed before' }).getByText('stolen').waitFor();
    await ivy.sound('signing');
    const { pgp, earlier } = (await hall.stage.call('ivy', 'GET', 'identity')).body;
    expect([pgp.fingerprint === before, earlier]).toMatchObject([false, [{ kind: 'pgp', fingerprint: before, revoked: 'compromised' }]]);
    expect((await hall.stage.call('leo', 'GET', 'identity/certificates')).status).toBe(403);
    await ivy.context.close();
  });
});

/** PKCS#12 as an administrator is handed it. */
function openssl12({ certificate, key }: PemPair): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'ss-p12-'));
  try {
    for (const [name, text] of [['cert', certificate], ['key', key]] as const) writeFileSync(join(folder, name), text);
    return execFileSync('openssl', ['pkcs12', '-export', '-inkey', join(folder, 'key'), '-in', join(folder, 'cert'), '-passout', 'pass:open']);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('a version', () => {
  it('is rejected by another, by keyboard, and stays rejected', async () => {
    const version = await submitted('No', hint(1));
    const leo = await hall.enter('leo', `policy/${version}`);
    await leo.page.getByRole('button', { name: 'Reject' }).press('Enter');
    await leo.page.getByText('Rejected.').first().waitFor();
    expect((await stateOf(version)).state).toBe('rejected');
    await leo.page.getByRole('button', { name: 'Approve' }).waitFor({ state: 'detached' });
    await leo.context.close();
  });

  it('is approved for a time of its own', async () => {
    const version = await submitted('At night', hint(2));
    const leo = await hall.enter('leo', `policy/${version}`);
    await leo.page.getByRole('button', { name: 'Approve' }).click();
    const schedule = leo.page.getByRole('button', { name: 'Bring into force at' });
    await schedule.waitFor();
    expect(await schedule.isDisabled()).toBe(true);
    await leo.page.getByLabel('Time', { exact: true }).fill('2099-01-31T03:30');
    await schedule.click();
    await leo.page.getByText(/Comes into force at Jan 31, 2099/).waitFor();
    const { state, activates } = await stateOf(version);
    expect([state, activates]).toEqual(['approved', new Date('2099-01-31T03:30').toISOString()]);
    await leo.shot('version-scheduled');
    // Until then another than its author may still take it out.
    await leo.page.getByRole('button', { name: 'Reject' }).press('Enter');
    await leo.page.getByText('Rejected.').first().waitFor();
    expect(await stateOf(version)).toMatchObject({ state: 'rejected', activates: null });
    await leo.context.close();
  });

  it('is hurried into force by its author, who is asked first, and goes back unless another agrees', async () => {
    const version = await drafted('Now', hint(3));
    const waiting = await submitted('Written before it', hint(5));
    const ivy = await hall.enter('ivy', `policy/${version}`);
    const hurry = ivy.page.getByRole('button', { name: 'Emergency: bring into force without a second person' });
    await hurry.click();
    await ivy.page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    expect((await stateOf(version)).state).toBe('draft');
    await hurry.press('Enter');
    const dialog = ivy.page.getByRole('dialog', { name: 'Bring it into force without a second person?' });
    await dialog.waitFor();
    expect(await ivy.axe()).toEqual([]);
    await dialog.getByRole('button', { name: 'Bring into force' }).press('Enter');
    await ivy.page.getByText(/it goes back at .* unless another person approves it, and at once when one rejects it/).waitFor();
    const { state, reverts } = await stateOf(version);
    expect([state, reverts === null]).toEqual(['active', false]);
    await ivy.context.close();

    const leo = await hall.enter('leo', `policy/${version}`);
    await leo.page.getByRole('button', { name: 'Approve' }).click();
    await leo.page.getByText(/it goes back at/).waitFor({ state: 'detached' });
    await expect.poll(() => stateOf(version)).toMatchObject({ state: 'active', reverts: null });

    // What was written before it says that it would take its rule away: it is shown beside what is in force now.
    await leo.page.goto(`${hall.stage.url}/console/policy/${waiting}`);
    const changes = leo.page.getByRole('region', { name: 'What it changes' });
    await changes.getByText(`Compared with ${version}`).waitFor();
    await leo.page.getByText('Out of date: other rules have come into force since.').waitFor();
    // Nobody agrees to it as it was tried then: one press tries it anew, and then it can be decided.
    const approve = leo.page.getByRole('button', { name: 'Approve' });
    expect([await approve.isDisabled(), (await post('leo', `policies/${waiting}/approve`)).body.code]).toEqual([true, 'simulation-outdated']);
    expect(await changes.getByRole('listitem').allTextContents()).toEqual([expect.stringMatching(/^newhint-5/), expect.stringMatching(/hint-3/)]);
    await leo.shot('version-beside-now');
    await leo.page.getByRole('button', { name: 'Try it again' }).press('Enter');
    await expect.poll(() => approve.isDisabled(), { timeout: 20_000 }).toBe(false);

    // Another is not agreed to: what was in force before it is again, at once.
    const next = await drafted('Now, too', hint(4));
    await post('ivy', `policies/${next}/emergency`);
    await leo.page.goto(`${hall.stage.url}/console/policy/${next}`);
    await leo.page.getByRole('button', { name: 'Reject' }).press('Enter');
    await leo.page.getByText('Rejected. What two people had approved is in force again.').first().waitFor();
    expect(await stateOf(next)).toMatchObject({ state: 'rejected' });
    const { document } = (await hall.stage.call('leo', 'GET', `policies/${JSON.parse((await hall.stage.call('leo', 'GET', 'policy')).body.signed).version}`)).body;
    expect(document.rules.map((r: { id: string }) => r.id)).toContain('hint-3');
    expect(await leo.axe()).toEqual([]);
    await leo.shot('policy-rejected');
    await leo.context.close();
  });
});

describe('what somebody left behind', () => {
  it('is passed on, and is somebody else\'s from then on', async () => {
    const { stage } = hall;
    const nobody = null;
    const scim = (method: string, path: string, body: unknown) => stage.call(nobody, method, `/scim/v2/${path}`, body, { authorization: `Bearer ${SCIM}` });
    const ana = (await scim('POST', 'Users', { userName: 'ana.ruiz@riverside.test' })).body;
    await post('ivy', 'queue/pause', { paused: true });
    const { id } = (await stage.send('ana', { to: [{ address: TESS }] })).body;
    await scim('PATCH', `Users/${ana.id}`, { Operations: [{ op: 'Replace', path: 'active', value: 'False' }] });
    await post('ivy', 'queue/pause', { paused: false });
    await stage.service.note();
    const waiting = async (person: string) => ((await stage.call(person, 'GET', 'approvals')).body.data as { id: string }[]).map((w) => w.id);
    // Whoever was about to try it puts it by.
    await until('the message to wait', async () => (await waiting('leo')).length > 0);
    expect([await waiting('leo'), await waiting('noor')]).toEqual([[id], []]);
    const leo = await hall.enter('leo', `approvals/${id}`);
    const pass = leo.page.getByRole('button', { name: 'Pass it on' });
    await pass.waitFor();
    expect(await pass.isDisabled()).toBe(true);
    // Not to oneself: what somebody left behind is nobody's by the own word.
    expect(await post('leo', `approvals/${id}/pass`, { address: 'Leo.Marsh@riverside.test' })).toMatchObject({ status: 403, body: { code: 'second-person-needed' } });
    await leo.page.getByLabel('Or somebody of ours who covers for its author from now on').fill('noor.haddad@riverside.test');
    expect(await leo.axe()).toEqual([]);
    await leo.shot('approval-left');
    await pass.click();
    await leo.page.getByText('Passed on.').first().waitFor();
    expect(await waiting('noor')).toEqual([id]);
    expect(leo.faults).toEqual([]);
    await leo.context.close();
  });
});
