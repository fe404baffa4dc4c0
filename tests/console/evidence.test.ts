/** Reports, safeguards and incidents in the console, in a real browser over the real service. */
import { unzipSync } from 'fflate';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openHall, type Hall } from './desk.ts';

let hall: Hall;
let id = '';

beforeAll(async () => {
  hall = await openHall();
  id = (await hall.stage.send('ana', { to: [{ address: 'tess.lane@lakeside.test' }, { address: 'rosa.delgado@brightmail.test' }], subject: 'Quokka results', text: 'MRN 00482913', purpose: 'other', patientRef: 'MRN 4471-902' })).body.id;
  await hall.stage.until('ana', id, ['relayed', 'opened', 'delivered']);
  await hall.stage.service.compliance.nightly();
  await hall.stage.service.audit.flush();
});
afterAll(async () => { await hall?.close(); });

const SCREENS: readonly (readonly [path: string, says: string])[] = [['reports', 'Make a report'], ['controls', 'A6 Activity is recorded'], ['incidents', 'Open an incident']];
it.each(SCREENS)('%s, light and dark, wide and narrow: axe finds nothing, nothing is cut off, nothing broke', async (path, says) => {
  const desk = await hall.enter('ben', path);
  await desk.page.getByText(says).first().waitFor();
  await desk.sound(path);
  await desk.context.close();
});

it('a report is made, fetched and proved; a patient\'s disclosures are accounted for with what cannot be known', async () => {
  const desk = await hall.enter('ben', 'reports');
  const { page } = desk;
  await page.getByRole('button', { name: 'Make it', exact: true }).click();
  const row = page.getByRole('listitem').filter({ hasText: 'How every message was secured' });
  await row.getByText('ready').waitFor();
  const [file] = await Promise.all([page.waitForEvent('download'), row.getByRole('button', { name: 'Fetch' }).click()]);
  expect(file.suggestedFilename()).toMatch(/\.pdf$/);
  expect(readFileSync(await file.path()).subarray(0, 5).toString()).toBe('%PDF-');
  const [proof] = await Promise.all([page.waitForEvent('download'), row.getByRole('button', { name: 'Proof' }).click()]);
  expect(JSON.parse(readFileSync(await proof.path(), 'utf8'))).toMatchObject({ type: 'send-secure-report', format: 'pdf', signature: expect.any(String) });
  await page.getByLabel('Patient reference').fill('mrn 4471902');
  await desk.choose(page.getByRole('combobox', { name: 'Reason for looking' }), 'The patient asked');
  await page.getByRole('button', { name: 'Account for it' }).click();
  await page.getByText('tess.lane@lakeside.test').waitFor();
  await page.getByText('Disclosures by other means').waitFor();
  expect(page.url()).not.toMatch(/4471-?902/);
  expect(desk.faults).toEqual([]);
  await desk.context.close();
});

it('the evidence pack comes as one archive', async () => {
  const desk = await hall.enter('ben', 'controls');
  const [file] = await Promise.all([desk.page.waitForEvent('download'), desk.page.getByRole('button', { name: 'Make the pack' }).click()]);
  expect(Object.keys(unzipSync(readFileSync(await file.path())))).toEqual(expect.arrayContaining(['controls.pdf', 'SHA256SUMS', 'reports/disclosures.csv']));
  await desk.context.close();
});

it('an incident is opened from the message, assessed by the four factors, and closed only when it is decided', async () => {
  const desk = await hall.enter('ben', `log/${id}`);
  const { page } = desk;
  await page.getByRole('button', { name: 'Open an incident' }).click();
  expect(await page.getByLabel('Message (id)').inputValue()).toBe(id);
  await page.getByRole('button', { name: 'Open an incident' }).click();
  await page.getByRole('heading', { level: 1, name: 'Incident' }).waitFor();
  await page.getByText('lies readable in that recipient’s mailbox').or(page.getByText('lies readable in that recipient\'s mailbox')).first().waitFor();
  expect(await page.getByRole('button', { name: 'Close the incident' }).isDisabled()).toBe(true);
  await page.getByLabel('Reason for the decision').fill('Read by nobody but the office.');
  await page.getByRole('button', { name: 'Decide' }).click();
  // By name: whoever reads the file knows people, not ids.
  await page.getByText(/^Decided .* by Ben Okafor$/).waitFor();
  await page.getByText('nobody need be told').waitFor();
  await desk.choose(page.getByRole('combobox', { name: 'Decision' }), /^Breach$/);
  await page.getByLabel('Reason for the decision').fill('It was opened after all.');
  await page.getByRole('button', { name: 'Decide' }).click();
  const notices = page.getByRole('region', { name: 'Notices due and sent' });
  await notices.getByRole('listitem').filter({ hasText: 'Individuals' }).getByText('not sent yet').waitFor();
  await desk.choose(page.getByRole('combobox', { name: 'Kind' }), 'Notice sent');
  await desk.choose(page.getByRole('combobox', { name: 'Whom' }), 'Individuals');
  await page.getByLabel('In words').fill('Letter to the patient.');
  await page.getByRole('button', { name: 'Add' }).click();
  await notices.getByRole('listitem').filter({ hasText: 'Individuals' }).getByText('sent', { exact: true }).waitFor();
  expect(await notices.getByRole('listitem').filter({ hasText: 'HHS' }).getByText('not sent yet').count()).toBe(1);
  await desk.shot('incident-notices');
  await page.getByLabel('In words').fill('Spoken with the author.');
  await page.getByRole('button', { name: 'Add' }).click();
  await page.getByRole('listitem').filter({ hasText: 'Spoken with the author.' }).waitFor();
  await page.getByLabel('In words').fill('Nothing is left to do.');
  await page.getByRole('button', { name: 'Close the incident' }).click();
  await page.getByText('closed', { exact: true }).first().waitFor();
  expect(await desk.axe()).toEqual([]);
  await desk.shot('incident');
  expect(desk.faults).toEqual([]);
  await desk.context.close();
});
