/** Domains and recipients' wishes over the real service: what is shown, what can be steered and recorded, and taken back. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openHall, type Hall } from './desk.ts';

const TESS = 'tess.lane@lakeside.test';
let hall: Hall;
beforeAll(async () => { hall = await openHall(); }, 240_000);
afterAll(async () => { await hall?.close(); });
const events = async (type: string) => { await new Promise((r) => setTimeout(r, 1_300)); return (await hall.stage.call('ben', 'GET', `audit/events?type=${type}`)).body.data as { facts: object }[]; };

describe('domains', () => {
  it('shows health with records to publish and destinations, and pauses one domain, by keyboard, until it is undone', async () => {
    const sent = await hall.stage.send('ana', { to: [{ address: TESS }] });
    await hall.stage.until('ana', sent.body.id, ['relayed', 'delivered']);
    const ivy = await hall.enter('ivy', 'domains?days=7');
    const { page } = ivy;
    await page.getByRole('list', { name: 'Our own domains' }).getByText('riverside.test DMARC').waitFor();
    expect(await page.getByRole('button', { name: /^Copy: / }).count()).toBeGreaterThan(0);
    await page.getByRole('row').filter({ hasText: 'lakeside.test' }).getByText('100%').waitFor();
    await page.getByRole('textbox', { name: 'Pause deliveries to' }).fill('no domain');
    await page.getByText('That is no domain.').waitFor();
    await page.getByRole('textbox', { name: 'Pause deliveries to' }).fill('Lakeside.test');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    const resting = page.getByRole('list', { name: 'Paused and resting' });
    await resting.getByText('lakeside.test').waitFor();
    await page.waitForTimeout(300);
    expect(await ivy.axe()).toEqual([]);
    await ivy.shot('domains-wide');
    const held = await hall.stage.send('ana', { to: [{ address: TESS }] });
    await new Promise((r) => setTimeout(r, 600));
    expect((await hall.stage.timeline('ana', held.body.id)).recipients[0]?.status).toBe('queued');
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('No domain is paused').waitFor();
    await hall.stage.until('ana', held.body.id, ['relayed', 'delivered']);
    // The list may close once when the word of the undoing goes away.
    for (let n = 0; n < 4 && new URL(page.url()).search !== '?days=90'; n += 1) {
      await page.getByRole('combobox', { name: 'Days' }).click();
      await page.getByRole('option', { name: 'Last 90 days' }).click({ timeout: 4_000 }).catch(() => undefined);
    }
    expect(new URL(page.url()).search).toBe('?days=90');
    expect(ivy.faults).toEqual([]);
    await ivy.context.close();
  }, 90_000);
});

describe('a recipient', () => {
  it('is looked up by address, which stands in no link; wishes and requirements are recorded and taken back; who looked is noted', async () => {
    const sent = await hall.stage.send('ana', { to: [{ address: TESS }] });
    await hall.stage.until('ana', sent.body.id, ['relayed', 'delivered']);
    const ivy = await hall.enter('ivy', 'wishes');
    const { page } = ivy;
    await page.getByText('Nobody is on the list').waitFor();
    await page.getByRole('textbox', { name: 'Address', exact: true }).fill(TESS);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: `What is known of ${TESS}` }).waitFor();
    await page.getByText('proved an encrypted connection before').waitFor();
    expect(page.url()).not.toContain('tess');
    const known = async () => (await hall.stage.call('ivy', 'POST', 'recipients/look-up', { address: TESS })).body;
    await page.getByRole('combobox', { name: 'Is written to with at least' }).click();
    await page.getByRole('option', { name: 'encryption from end to end' }).click();
    await page.getByText('Recorded.').first().waitFor();
    expect((await known()).need).toBe('e2e-only');
    await page.getByRole('button', { name: 'Undo' }).first().click();
    await page.getByText('As it was before.').first().waitFor();
    expect((await known()).need).toBe(null);
    await page.getByRole('combobox', { name: 'Likes to be written to by' }).click();
    await page.getByRole('option', { name: 'the secure page' }).click();
    await expect.poll(async () => (await known()).prefers).toBe('portal');
    await page.getByRole('button', { name: 'Put on the list: they asked' }).click();
    const row = page.getByRole('row').filter({ hasText: TESS });
    await row.getByText('They asked').waitFor();
    await page.waitForTimeout(300);
    expect(await ivy.axe()).toEqual([]);
    await ivy.shot('wishes-wide');
    await row.getByRole('button', { name: 'Take off the list' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('Nobody is on the list').waitFor();
    expect((await known()).suppressed).toBe(null);
    expect(JSON.stringify(await events('recipient.viewed'))).not.toContain('tess');
    expect((await events('recipient.viewed')).length).toBeGreaterThan(3);
    expect((await hall.stage.call('ivy', 'POST', 'recipients/look-up', { address: 'nobody' })).body.code).toBe('bad-address');
    expect((await hall.stage.call('ana', 'POST', 'recipients/look-up', { address: TESS })).status).toBe(403);
    expect(ivy.faults).toEqual([]);
    await ivy.context.close();
  }, 90_000);
});

it.each([['domains', 'ivy'], ['wishes', 'ivy'], ['domains', 'ben']])('%s as %s at 320 px and dark: axe finds nothing, nothing is cut off', async (path, person) => {
  const desk = await hall.enter(person, path, { width: 320, height: 640, dark: true });
  await desk.page.getByRole('heading', { level: 1 }).waitFor();
  await desk.page.waitForLoadState('networkidle');
  await desk.page.waitForTimeout(300);
  expect(await desk.axe()).toEqual([]);
  expect(await desk.cut()).toEqual([]);
  await desk.shot(`${path}-${person}-narrow-dark`);
  expect(desk.faults).toEqual([]);
  await desk.context.close();
}, 60_000);
