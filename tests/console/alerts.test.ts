/** Alerts and findings called wrong, in the console over the real service: shown, seen to, reviewed; by mouse and keyboard, light, dark, narrow. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openHall, type Hall } from './desk.ts';

let hall: Hall;
beforeAll(async () => {
  hall = await openHall();
  const { call } = hall.stage;
  for (const [rule, confidence] of [['mrn.labelled', 'high'], ['date.plain', 'low'], ['date.plain', 'low']]) await call('ana', 'POST', 'false-positives', { rule, kind: 'MRN', confidence, part: 'body', ruleset: 'r1' });
  const { version } = (await call('ivy', 'POST', 'policies', { document: { rules: [{ id: 'no-walt', when: { recipientDomain: ['oldpost.test'] }, then: { act: 'block' } }] } })).body;
  await call('ivy', 'POST', `policies/${version}/emergency`, {});
  for (let n = 0; n < 6; n += 1) await hall.stage.send('ana', { to: [{ address: 'walt.finch@oldpost.test' }] });
  await hall.stage.service.audit.flush();
  await hall.stage.service.sweep();
});
afterAll(async () => { await hall?.close(); });

describe('alerts', () => {
  it('light and dark, wide and narrow: axe finds nothing, nothing is cut off, nothing broke', async () => {
    const desk = await hall.enter('ben', 'alerts?state=all');
    await desk.page.getByText('The policy stopped several messages of one person').waitFor();
    await desk.sound('alerts');
    await desk.context.close();
  });

  it('one is seen to by keyboard: gone from the open ones at the next look, kept under All with who it was', async () => {
    const desk = await hall.enter('ben', 'alerts');
    const one = desk.page.getByRole('listitem').filter({ hasText: 'without a second person' });
    await one.getByText('Urgent').waitFor();
    await one.getByRole('button', { name: 'I have seen to it' }).press('Enter');
    await one.getByText('Seen to by Ben Okafor').waitFor();
    await desk.page.reload();
    await desk.page.getByText('several messages of one person').waitFor();
    expect(await desk.page.getByText('without a second person').count()).toBe(0);
    await desk.choose(desk.page.getByRole('combobox', { name: 'Which alerts' }), 'All');
    await desk.page.getByText('without a second person').waitFor();
    await desk.page.waitForURL('**/console/alerts?state=all');
    await desk.context.close();
  });

  it('nothing to look into is said so', async () => {
    const desk = await hall.enter('ben', 'alerts');
    await desk.page.getByRole('button', { name: 'I have seen to it' }).first().waitFor();
    while ((await desk.page.getByRole('button', { name: 'I have seen to it' }).count()) > 0) {
      const before = await desk.page.getByRole('button', { name: 'I have seen to it' }).count();
      await desk.page.getByRole('button', { name: 'I have seen to it' }).first().click();
      await expect.poll(() => desk.page.getByRole('button', { name: 'I have seen to it' }).count()).toBeLessThan(before);
    }
    await desk.page.reload();
    await desk.page.getByText('Nothing waits for you').waitFor();
    await desk.context.close();
  });
});

describe('findings called wrong', () => {
  it('light and dark, wide and narrow: axe finds nothing, nothing is cut off, nothing broke', async () => {
    const desk = await hall.enter('ivy', 'called-wrong');
    await desk.page.getByText('date.plain').waitFor();
    await desk.sound('wrong');
    await desk.context.close();
  });

  it('most often first; reviewed, it is gone', async () => {
    const desk = await hall.enter('ivy', 'called-wrong');
    await desk.page.getByText('date.plain').waitFor();
    expect((await desk.page.getByRole('gridcell').allTextContents()).filter((t) => /\./.test(t))).toEqual(['date.plain', 'mrn.labelled']);
    await desk.page.getByRole('button', { name: 'Reviewed: date.plain, low' }).click();
    await desk.page.getByText('date.plain').waitFor({ state: 'detached' });
    await desk.page.getByText('Reviewed. What is reported').first().waitFor();
    await desk.context.close();
  });
});
