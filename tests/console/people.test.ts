/** Changes, people and roles, programs and access reviews in the console over the real service: by two people, by mouse and keyboard, light, dark, narrow. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../until.ts';
import { openHall, type Hall } from './desk.ts';

let hall: Hall;
const nobody = null;
beforeAll(async () => {
  hall = await openHall();
  for (const person of ['ana', 'noor', 'ivy', 'leo', 'ben']) await hall.stage.call(person, 'GET', 'policy');
});
afterAll(async () => { await hall?.close(); });

describe('by two people', () => {
  it('ivy gives noor a role, may not agree herself, leo does, and it holds; taken away it is gone', async () => {
    const ivy = await hall.enter('ivy', 'people');
    const roles = ivy.page.getByRole('button', { name: 'Roles: Noor Haddad, RN' });
    await roles.press('Enter');
    const dialog = ivy.page.getByRole('dialog', { name: 'Noor Haddad, RN' });
    // Closed by a key, one goes on where one was.
    await dialog.getByRole('button', { name: 'Propose' }).waitFor();
    await ivy.page.keyboard.press('Escape');
    await until('the focus to come back', () => roles.evaluate((e) => e === document.activeElement));
    await roles.press('Enter');
    await ivy.choose(dialog.getByRole('combobox', { name: 'Give a role' }), 'Compliance');
    await ivy.shot('people-roles');
    expect(await ivy.axe()).toEqual([]);
    await dialog.getByRole('button', { name: 'Propose' }).click();
    await ivy.page.getByText('Proposed. Another person agrees under Changes.').first().waitFor();
    await ivy.page.getByRole('link', { name: 'Changes' }).click();
    const what = 'Noor Haddad, RN gets the role Compliance';
    expect(await ivy.page.getByRole('listitem', { name: what }).getByRole('button', { name: 'Agree' }).getAttribute('aria-disabled')).toBe('true');

    const leo = await hall.enter('leo', 'changes');
    await leo.page.getByRole('listitem', { name: what }).waitFor();
    await leo.shot('changes-waiting');
    expect(await leo.axe()).toEqual([]);
    await leo.page.getByRole('listitem', { name: what }).getByRole('button', { name: 'Agree' }).press('Enter');
    await leo.page.getByText('Agreed. It is in force.').first().waitFor();
    await leo.page.getByRole('grid', { name: 'The last 90 days' }).getByText(what).waitFor();
    expect((await hall.stage.call('noor', 'GET', 'audit/events')).status).toBe(200);

    await ivy.page.getByRole('link', { name: 'People and roles' }).click();
    await ivy.page.getByRole('button', { name: 'Roles: Noor Haddad, RN' }).click();
    await dialog.getByText('by two people').waitFor();
    await dialog.getByRole('button', { name: 'Take away: Compliance' }).click();
    await ivy.page.getByText('Taken away.').first().waitFor();
    expect((await hall.stage.call('noor', 'GET', 'audit/events')).status).toBe(403);
    expect([...ivy.faults, ...leo.faults]).toEqual([]);
    await leo.context.close();
    await ivy.context.close();
  });

  it('a mailbox is shared among people by name, found by keys alone, agreed to by somebody who reads their names, and shared no more', async () => {
    const ivy = await hall.enter('ivy', 'people');
    const form = ivy.page.getByRole('group', { name: 'Propose' });
    await form.getByRole('textbox', { name: 'Address' }).fill('results@riverside.test');
    await form.getByRole('radio', { name: 'A group of the directory' }).press('ArrowRight');
    const find = form.getByRole('combobox', { name: 'Find a person' });
    for (const [typed, name] of [['haddad', 'Noor Haddad, RN'], ['ana.ruiz', 'Dr. Ana Ruiz']] as const) {
      await find.focus();
      await ivy.page.keyboard.type(typed);
      await ivy.page.getByRole('option', { name }).waitFor();
      await ivy.page.keyboard.press('ArrowDown');
      await ivy.page.keyboard.press('Enter');
      await form.getByRole('button', { name: `Leave out: ${name}` }).waitFor();
    }
    expect(await ivy.axe()).toEqual([]);
    await ivy.shot('people-mailbox');
    await form.getByRole('button', { name: 'Propose' }).click();
    await ivy.page.getByText('Proposed. Another person agrees under Changes.').first().waitFor();
    // Whoever agrees reads names, not ids.
    const ben = await hall.enter('ben', 'changes');
    const item = ben.page.getByRole('listitem', { name: 'A mailbox is shared: results@riverside.test' });
    await item.getByText('Members: Noor Haddad, RN, Dr. Ana Ruiz').waitFor();
    await item.getByRole('button', { name: 'Agree' }).click();
    await ben.page.getByText('Agreed. It is in force.').first().waitFor();
    await ivy.page.reload();
    const shared = ivy.page.getByRole('grid', { name: 'Shared mailboxes' }).getByRole('row').filter({ hasText: 'results@riverside.test' });
    await shared.getByText('Dr. Ana Ruiz, Noor Haddad, RN').waitFor();
    await shared.getByRole('button', { name: 'Share no more: results@riverside.test' }).click();
    await ivy.page.getByText('It is shared no more.').first().waitFor();
    expect([...ivy.faults, ...ben.faults]).toEqual([]);
    await ben.context.close();
    await ivy.context.close();
  });

  it('a program is proposed, agreed to, and given a key that is shown once and works; ended, it does not', async () => {
    const ivy = await hall.enter('ivy', 'programs');
    await ivy.page.getByRole('textbox', { name: 'Name' }).fill('Lab hub');
    await ivy.page.getByRole('button', { name: 'Propose' }).click();
    await ivy.page.getByText('Proposed. Another person agrees under Changes.').first().waitFor();
    const waiting = (await hall.stage.call('leo', 'GET', 'changes')).body.data.find((c: { state: string }) => c.state === 'waiting');
    expect(waiting.what).toMatchObject({ name: 'Lab hub', scopes: ['send', 'message'] });
    expect((await hall.stage.call('leo', 'POST', `changes/${waiting.id}/approve`, {})).status).toBe(200);
    await ivy.page.reload();
    await ivy.page.getByRole('button', { name: 'New key: Lab hub' }).click();
    const dialog = ivy.page.getByRole('alertdialog', { name: 'This key is shown this once' });
    const secret = (await dialog.getByText(/^ssk_/).textContent()) ?? '';
    expect(await ivy.axe()).toEqual([]);
    await dialog.getByRole('button', { name: 'I have it' }).click();
    const call = async (agent = 'node') => (await hall.stage.call(nobody, 'GET', 'messages/msg_0190a000-0000-7000-8000-000000000001', undefined, { authorization: `Bearer ${secret}`, 'user-agent': agent })).status;
    expect([await call(), (await ivy.page.content()).includes(secret)]).toEqual([404, false]);
    // Copied, it comes with something else: the alert names the program and leads there.
    expect(await call('Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0')).toBe(404);
    await hall.stage.service.audit.flush();
    await hall.stage.service.sweep();
    await ivy.page.getByRole('link', { name: 'Alerts' }).click();
    await ivy.page.getByRole('listitem').filter({ hasText: 'a kind of browser or system' }).getByRole('link', { name: 'Lab hub' }).click();
    await ivy.page.waitForURL('**/console/programs');
    // One key of two is ended, and the other goes on.
    await ivy.page.getByRole('button', { name: 'New key: Lab hub' }).click();
    await dialog.getByText(/^ssk_/).waitFor();
    await dialog.getByRole('button', { name: 'I have it' }).click();
    await ivy.page.getByRole('button', { name: 'Keys: Lab hub' }).click();
    const keys = ivy.page.getByRole('dialog', { name: 'Keys: Lab hub' });
    await expect.poll(() => keys.getByRole('listitem').count()).toBe(2);
    expect(await ivy.axe()).toEqual([]);
    await ivy.shot('program-keys');
    await keys.getByRole('button', { name: `End: ck_${secret.split('_')[1]}` }).press('Enter');
    await ivy.page.getByText('This key is ended.').first().waitFor();
    expect(await call()).toBe(401);
    const program = (await hall.stage.call('ivy', 'GET', 'clients')).body.data[0];
    expect(program.keys.map((k: { ended: string | null }) => k.ended === null).sort()).toEqual([false, true]);
    await ivy.page.getByRole('button', { name: 'End: Lab hub' }).click();
    await ivy.page.getByRole('dialog', { name: 'End this program?' }).getByRole('button', { name: 'End' }).click();
    await ivy.page.getByText('Ended.').first().waitFor();
    expect(await call()).toBe(401);
    expect(ivy.faults).toEqual([]);
    await ivy.context.close();
  });

  it('a review is begun, decided row by row, not on oneself, and signed only when nothing is left', async () => {
    const ben = await hall.enter('ben', 'access-reviews');
    await ben.page.getByRole('button', { name: 'Begin a review' }).click();
    await ben.page.getByRole('grid', { name: 'Who may do what' }).waitFor();
    const { page } = ben;
    const mine = page.getByRole('button', { name: 'Keep: Ben Okafor, Compliance' });
    expect([await mine.getAttribute('aria-disabled'), await page.getByRole('button', { name: 'Sign', exact: true }).isDisabled()]).toEqual(['true', true]);
    await page.getByRole('button', { name: 'Keep: Ivy Chen, System administrator' }).click();
    await page.getByRole('button', { name: 'Remove: Leo Marsh, Legal' }).click();
    await page.locator('button[aria-pressed="true"][aria-label="Remove: Leo Marsh, Legal"]').waitFor();
    await ben.shot('review-sheet');
    expect(await ben.axe()).toEqual([]);
    // The other rows by others, over the API: the lab has one such person.
    const [review] = (await hall.stage.call('ben', 'GET', 'access-reviews')).body.data;
    const sheet = (await hall.stage.call('ben', 'GET', `access-reviews/${review.id}`)).body;
    for (const row of sheet.rows) if (row.decision === null && row.name !== 'Ben Okafor') await hall.stage.call('ben', 'POST', `access-reviews/${review.id}/decisions`, { person: row.person, role: row.role, decision: 'keep' });
    const left = (await hall.stage.call('ben', 'GET', 'access-reviews')).body.data[0].left;
    expect(left).toBe(sheet.rows.filter((r: { name: string }) => r.name === 'Ben Okafor').length);
    expect(await hall.stage.call('ben', 'POST', `access-reviews/${review.id}/sign`, {})).toMatchObject({ status: 409, body: { code: 'changed-meanwhile' } });
    expect(ben.faults).toEqual([]);
    await ben.context.close();
  });
});

it('every place, light and dark, wide and narrow: axe finds nothing, nothing is cut off, nothing broke', async () => {
  const desk = await hall.enter('ivy');
  for (const place of ['changes', 'people', 'programs', 'access-reviews']) await desk.visit(place);
  await desk.context.close();
});
