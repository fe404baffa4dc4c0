/** Domains and recipients' wishes over the real service: what is shown, what can be steered and recorded, and taken back. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openHall, type Hall } from './desk.ts';

const TESS = 'tess.lane@lakeside.test';
let hall: Hall;
beforeAll(async () => { hall = await openHall(); });
afterAll(async () => { await hall?.close(); });

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
    expect(await ivy.axe()).toEqual([]);
    await ivy.shot('domains-wide');
    const held = await hall.stage.send('ana', { to: [{ address: TESS }] });
    await new Promise((r) => setTimeout(r, 600));
    expect((await hall.stage.timeline('ana', held.body.id)).recipients[0]?.status).toBe('queued');
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('No domain is paused').waitFor();
    await hall.stage.until('ana', held.body.id, ['relayed', 'delivered']);
    await ivy.choose(page.getByRole('combobox', { name: 'Days' }), 'Last 90 days');
    await page.waitForURL((url) => url.search === '?days=90');
    expect(ivy.faults).toEqual([]);
    await ivy.context.close();
  });
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
    await ivy.choose(page.getByRole('combobox', { name: 'Is written to with at least' }), 'encryption from end to end');
    await page.getByText('Recorded.').first().waitFor();
    expect((await known()).need).toBe('e2e-only');
    await page.getByRole('button', { name: 'Undo' }).first().click();
    await page.getByText('As it was before.').first().waitFor();
    expect((await known()).need).toBe(null);
    // Whoever reads for them, a number, a lost device, a warned choice: by hand, and in the log.
    await page.getByRole('textbox', { name: 'Their own address' }).fill('dina.marsh@reports.test');
    await ivy.choose(page.getByRole('combobox', { name: 'As', exact: true }), 'carer');
    await page.getByRole('button', { name: 'Let them read' }).click();
    await page.getByText(`dina.marsh@reports.test may read what goes to ${TESS}.`).first().waitFor();
    const stands = page.getByRole('list', { name: 'Who reads for them' });
    await stands.getByText('dina.marsh@reports.test').waitFor();
    await stands.getByText(/^carer, since .+, recorded by Ivy/).waitFor();
    await ivy.shot('wishes-stand-in');
    await page.getByRole('button', { name: 'End it: dina.marsh@reports.test' }).press('Enter');
    await page.getByText('Nobody reads for them.').waitFor();
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Somebody reads for them');
    await page.getByText('dina.marsh@reports.test reads no more').first().waitFor();
    const phone = page.getByRole('textbox', { name: 'Mobile number' });
    await phone.fill('0171 2345');
    expect(await page.getByRole('button', { name: 'Record the number' }).isDisabled()).toBe(true);
    await phone.fill('+1 (555) 010-0123');
    await page.getByRole('button', { name: 'Record the number' }).click();
    await page.getByText('A number that ends in 23 is on file.').first().waitFor();
    await page.getByRole('button', { name: 'Forget their devices' }).click();
    await page.getByRole('button', { name: 'Yes, forget all of them' }).click();
    await page.getByText('No device was kept.').first().waitFor();
    await ivy.choose(page.getByRole('combobox', { name: 'Warning in' }), 'Spanish');
    await page.getByText('El correo ordinario no va protegido').waitFor();
    expect(await page.getByRole('button', { name: 'Record their choice' }).isDisabled()).toBe(true);
    await page.getByRole('checkbox', { name: 'Appointments' }).check();
    await page.getByRole('checkbox', { name: 'I have read these words to them' }).check();
    await ivy.shot('wishes-help');
    await page.getByRole('button', { name: 'Record their choice' }).click();
    await page.getByText('Their choice is recorded.').first().waitFor();
    await page.getByRole('button', { name: 'Take it back: protect everything' }).click();
    await page.getByText('Everything is protected again.').first().waitFor();
    for (const [type, times] of [['contact.recorded', 1], ['preference.plain_chosen', 1], ['preference.plain_revoked', 1], ['contact.stand_in', 2]] as const) expect([type, (await hall.stage.events(type)).length]).toEqual([type, times]);
    await ivy.choose(page.getByRole('combobox', { name: 'Likes to be written to by' }), 'the secure page');
    await expect.poll(async () => (await known()).prefers).toBe('portal');
    await page.getByRole('button', { name: 'Put on the list: they asked' }).click();
    const row = page.getByRole('row').filter({ hasText: TESS });
    await row.getByText('They asked').waitFor();
    expect(await ivy.axe()).toEqual([]);
    await ivy.shot('wishes-wide');
    await row.getByRole('button', { name: 'Take off the list' }).press('Enter');
    await page.getByText('Nobody is on the list').waitFor();
    expect((await known()).suppressed).toBe(null);
    expect(JSON.stringify(await hall.stage.events('recipient.viewed'))).not.toContain('tess');
    expect((await hall.stage.events('recipient.viewed')).length).toBeGreaterThan(3);
    expect((await hall.stage.call('ivy', 'POST', 'recipients/look-up', { address: 'nobody' })).body.code).toBe('bad-address');
    expect((await hall.stage.call('ana', 'POST', 'recipients/look-up', { address: TESS })).status).toBe(403);
    expect(ivy.faults).toEqual([]);
    await ivy.context.close();
  });
});

it.each([['ivy', ['domains', 'wishes']], ['ben', ['domains']]] as const)('as %s, light and dark, wide and narrow: axe finds nothing, nothing is cut off, nothing broke', async (person, paths) => {
  const desk = await hall.enter(person);
  for (const path of paths) await desk.visit(path);
  await desk.context.close();
});
