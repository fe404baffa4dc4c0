/** The log in the console, in a real browser: searched, kept, read as a story, uncovered only by reveal, verified by the browser itself. */
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../until.ts';
import { openHall, type Hall } from './desk.ts';

let hall: Hall;
let id = '';

beforeAll(async () => {
  hall = await openHall();
  id = (await hall.stage.send('ana', { to: [{ address: 'tess.lane@lakeside.test' }, { address: 'rosa.delgado@brightmail.test' }], subject: 'Quokka results', text: 'MRN 00482913', purpose: 'treatment', patientRef: 'MRN 4471-902' })).body.id;
  await hall.stage.send('ana', { to: [{ address: 'sam.park@stmarys.test' }] });
  await hall.stage.until('ana', id, ['relayed', 'opened', 'delivered']);
  // Both copies, and the receipt to its author.
  await until('every try', async () => (await hall.stage.events('delivery.attempt.finished', `&message=${id}`)).length >= 3);
});
afterAll(async () => { await hall?.close(); });

describe('the log', () => {
  it('light and dark, wide and narrow: axe finds nothing, nothing is cut off, nothing broke', async () => {
    const desk = await hall.enter('ben', 'log');
    await desk.page.getByRole('grid', { name: 'Entries' }).waitFor();
    await desk.sound('log');
    await desk.context.close();
  });

  it('by an exact value only with a reason, and then it leads to the message; what is kept holds no value, and follows the person', async () => {
    const desk = await hall.enter('ben', 'log');
    const { page } = desk;
    await page.getByRole('grid', { name: 'Entries' }).waitFor();
    await page.getByLabel('Recipient’s address').fill('tess.lane@lakeside.test');
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await page.getByText('Choose a reason').waitFor();
    await desk.choose(page.getByRole('combobox', { name: 'Reason for looking' }), 'Complaint');
    await page.getByLabel('Kind of entry').fill('delivery.relayed');
    await page.getByLabel('Name of the search').fill('Deliveries');
    await page.getByRole('checkbox', { name: 'Show it to the team' }).check();
    await page.getByRole('button', { name: 'Keep this search' }).click();
    await page.getByRole('button', { name: 'Deliveries', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await page.getByRole('status').filter({ hasText: '1 row' }).waitFor();
    expect(page.url()).not.toContain('lakeside');
    const kept = (await hall.stage.call('ben', 'GET', 'audit/searches')).body;
    expect(kept).toEqual({ data: [{ id: expect.stringMatching(/^kse_/), name: 'Deliveries', filter: { type: ['delivery.relayed'] }, shared: true, own: true }] });
    expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toMatch(/lakeside|relayed/);
    await page.getByRole('gridcell', { name: 'delivery: relayed' }).click();
    // It came above the list: whoever works with keys goes on there.
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toMatch(/^Entry \d+$/);
    await page.getByRole('button', { name: 'Open the message' }).click();
    await page.getByRole('heading', { level: 1, name: 'Message' }).waitFor();
    await page.getByText('Accepted: stored durably and encrypted.').waitFor();
    await page.goBack();
    expect([new URL(page.url()).search, await page.getByLabel('Kind of entry').inputValue(), await page.getByLabel('Recipient’s address').inputValue()]).toEqual(['?type=delivery.relayed', 'delivery.relayed', '']);
    await page.getByRole('button', { name: 'Deliveries', exact: true }).click();
    await page.getByRole('status').filter({ hasText: /^[2-9] rows/ }).waitFor();
    // A number, or a name, tried in the wrong field is asked for and does not stand in the address; an id does.
    const tried = async (field: string, value: string) => {
      const cleared = page.waitForResponse((r) => r.url().endsWith('audit/events/find'));
      await page.getByRole('button', { name: 'Clear', exact: true }).click();
      await cleared;
      await page.getByRole('grid', { name: 'Entries' }).waitFor();
      await page.getByLabel(field, { exact: true }).fill(value);
      await page.getByRole('button', { name: 'Search', exact: true }).click();
      await page.getByText('Nothing was found.').waitFor();
      return new URL(page.url()).search;
    };
    const asked: string[] = [];
    page.on('request', (r) => asked.push(r.url()));
    expect([await tried('Message (id)', '00482913'), await tried('By (id)', 'Delgado')]).toEqual(['', '']);
    // Nor in the address that the service is asked at, which proxies write down.
    expect([asked.length > 1, asked.filter((url) => /00482913|Delgado/.test(url))]).toEqual([true, []]);
    await desk.context.close();
    // Another browser of the same person knows it too, and there it is removed.
    const other = await hall.enter('ben', 'log');
    await other.page.getByRole('button', { name: 'Remove: Deliveries' }).click();
    await other.page.getByRole('button', { name: 'Deliveries', exact: true }).waitFor({ state: 'detached' });
    expect((await hall.stage.call('ben', 'GET', 'audit/searches')).body).toEqual({ data: [] });
    expect(other.faults).toEqual([]);
    await other.context.close();
  });
});

describe('the message', () => {
  it('light and dark, wide and narrow: axe finds nothing, nothing is cut off, nothing broke', async () => {
    const desk = await hall.enter('ben', `log/${id}`);
    await desk.page.getByText('Taken over by their mail server').first().waitFor();
    await desk.sound('message');
    await desk.context.close();
  });

  it('counts as copies what went to recipients; the author\'s receipt and other mail of our own are called that', async () => {
    const desk = await hall.enter('ben', `log/${id}`);
    const { page } = desk;
    const card = page.getByRole('region', { name: 'Protection and delivery' });
    await card.getByText('Copy 2', { exact: true }).waitFor();
    await card.getByText(/^Mail of our own: /).waitFor();
    expect(await page.getByText('Copy 3').count()).toBe(0);
    expect(await card.getByRole('listitem').filter({ hasText: 'Mail of our own' }).filter({ hasText: /was reached|ended without delivery/ }).count()).toBe(1);
    expect(await page.getByRole('region', { name: 'What happened' }).getByRole('listitem').filter({ hasText: 'Mail of our own' }).count()).toBeGreaterThan(0);
    await desk.context.close();
  });

  it('shows no address and no content until it is uncovered with a reason, and that is in the log', async () => {
    const desk = await hall.enter('ben', `log/${id}`);
    const { page } = desk;
    await page.getByText('Accepted: stored durably').waitFor();
    for (const word of ['lakeside.test', 'Quokka', '00482913', '4471-902', '4471902']) expect(await page.content()).not.toContain(word);
    await page.getByRole('listitem').filter({ hasText: 'Accepted: stored durably' }).getByRole('button', { name: 'Uncover' }).click();
    await page.getByRole('dialog').getByLabel('subject').check();
    expect(await page.getByRole('dialog').getByRole('button', { name: 'Uncover' }).isDisabled()).toBe(true);
    await desk.choose(page.getByRole('dialog').getByRole('combobox'), 'Legal matter');
    await page.getByRole('dialog').getByRole('button', { name: 'Uncover' }).click();
    await page.getByText('Quokka results').waitFor();
    expect(await page.content()).not.toContain('lakeside.test');
    await hall.stage.service.audit.flush();
    const noted = await hall.stage.call('ben', 'GET', 'audit/events?type=audit.revealed&limit=1');
    expect(noted.body.data[0].facts).toMatchObject({ fields: 'subject', purpose: 'legal' });
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Issue a certificate' }).click()]);
    expect(file.suggestedFilename()).toBe(`certificate-${id}.json`);
    expect(desk.faults).toEqual([]);
    await desk.context.close();
  });
});

describe('integrity', () => {
  it('light and dark, wide and narrow: axe finds nothing, nothing is cut off, nothing broke', async () => {
    const desk = await hall.enter('ben', 'integrity');
    await desk.page.getByRole('button', { name: 'Verify now, in this browser' }).click();
    await desk.page.getByText('Verified.', { exact: true }).waitFor();
    await desk.sound('integrity');
    await desk.context.close();
  });

  it('remembers what it saw, and says so when the log does not go on from it', async () => {
    const desk = await hall.enter('ben', 'integrity');
    const { page } = desk;
    const verify = page.getByRole('button', { name: 'Verify now, in this browser' });
    await verify.click();
    await page.getByText('This browser remembers the head now').waitFor();
    await hall.stage.service.audit.flush();
    await verify.click();
    await page.getByText('The tree goes on from the one this browser saw').waitFor();
    // A service that answers with another leaf, another head, another history: the browser names it.
    const route = async (path: RegExp, change: (body: Record<string, unknown>) => object, says: string) => {
      // The tree has grown since, or nothing is asked about how.
      await hall.stage.send('ana', { to: [{ address: 'sam.park@stmarys.test' }] });
      await hall.stage.service.audit.flush();
      await page.route(path, async (r) => { const a = await r.fetch(); await r.fulfill({ response: a, json: change(await a.json()) }); });
      await verify.click();
      await page.getByText(says).waitFor();
      await page.getByText('Not verified.').waitFor();
      await page.unroute(path);
    };
    await route(/\/proof\?/, (b) => ({ ...b, leaf: String(b['leaf']).replace('"v":1', '"v":2') }), 'is not in the tree that was signed.');
    await route(/\/log\/integrity$/, (b) => ({ ...b, checkpoint: String(b['checkpoint']).replace(/\n(\d+)\n/, (_, n: string) => `\n${Number(n) + 1}\n`) }), 'The head is not signed by the key shown here.');
    await route(/\/log\/consistency/, (b) => ({ ...b, proof: (b['proof'] as string[]).map((h, i) => (i === 0 ? `${h.startsWith('A') ? 'B' : 'A'}${h.slice(1)}` : h)) }), 'It was rewritten, or you are shown another.');
    await verify.click();
    await page.getByText('Verified.', { exact: true }).waitFor();
    await desk.context.close();
  });

  it('an entry changed in the database is found where it stands', async () => {
    const desk = await hall.enter('ben', 'integrity');
    const db = new DatabaseSync(join(hall.stage.folder, 'data', 'store.db'), { timeout: 5000 });
    const size = Number((db.prepare('SELECT size FROM tree').get() as { size: number }).size);
    db.exec(`UPDATE event SET leaf = replace(leaf, '"v":1', '"v":2') WHERE seq < ${size}`);
    try {
      await desk.page.getByRole('button', { name: 'Verify now, in this browser' }).click();
      await desk.page.getByText(/Could not be decided|Not verified/).waitFor();
      expect(await desk.page.getByText('Verified.', { exact: true }).count()).toBe(0);
    } finally {
      db.exec(`UPDATE event SET leaf = replace(leaf, '"v":2', '"v":1') WHERE seq < ${size}`);
      db.close();
    }
    await desk.context.close();
  });
});
