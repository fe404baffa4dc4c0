/** The production pane in a real browser: every state of the screen, by mouse and by keyboard, with axe; light, dark and 320 px. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ItemStart } from '../../lab/outlook/item.ts';
import type { FakeMailbox } from '../../lab/outlook/mailbox.ts';
import { DIST, type Weight } from '../../addin/build.ts';
import { openBrowser } from '../browser.ts';
import { until } from '../until.ts';
import { openPane, prepare, type Look, type Opened } from './pane.ts';
import { REPLY } from './world.ts';

let browser: Browser;
beforeAll(async () => {
  await prepare();
  browser = await openBrowser();
});
afterAll(async () => { await browser?.close(); });

const DRAFT: ItemStart = {
  ...REPLY, to: [...(REPLY.to ?? []), { name: 'Rosa Delgado', address: 'rosa.delgado@brightmail.test' }], cc: [{ name: 'Noor Haddad, RN', address: 'noor.haddad@riverside.test' }],
  html: `${REPLY.html}<div id="divRplyFwdMsg"><b>From:</b> Sam Park<br><b>Sent:</b> Monday<br><b>To:</b> Ana Ruiz<br><b>Subject:</b> Labs</div><p>Her SSN is 512-44-8899.</p>`,
};

const primary = (o: Opened, name = 'Send Secure') => o.page.locator('footer').getByRole('button', { name });
const ready = (o: Opened, name = 'Send Secure') => o.page.locator('footer button:not([aria-disabled="true"])', { hasText: name }).waitFor();
const says = (o: Opened, text: string | RegExp) => o.page.getByText(text).first().waitFor();
const inPage = <T>(o: Opened, act: (mailbox: FakeMailbox) => T) => o.page.evaluate(`(${act.toString()})(window.mailbox)`) as Promise<T>;
const never = () => new Promise<void>(() => {});

interface State {
  readonly name: string;
  readonly start?: ItemStart | null;
  readonly opts?: Parameters<typeof openPane>[2];
  readonly act: (o: Opened) => Promise<unknown>;
}

const STATES: readonly State[] = [
  { name: 'empty', start: {}, act: (o) => says(o, 'Ready when you are') },
  { name: 'findings', act: async (o) => {
    await ready(o);
    await o.page.locator('summary', { hasText: 'Medical record number' }).click();
    expect(await o.page.locator('mark').first().textContent()).toContain('00482913');
    await says(o, /in the earlier messages below/);
    await o.page.locator('summary', { hasText: 'Health plan number' }).click();
    await says(o, /Attachment labs.txt/);
    await says(o, 'Encrypted connection');
    await says(o, /Clinical record, adult/);
  } },
  { name: 'apart', start: { ...DRAFT, to: Array.from({ length: 7 }, (_, n) => ({ name: `Reader ${n}`, address: `Reader${n}@gmail.com` })) }, act: async (o) => {
    await ready(o);
    await says(o, /private mailboxes see each other/);
    await o.page.getByRole('button', { name: 'Write to each of them alone' }).press('Enter');
    await o.page.getByText(/private mailboxes see each other/).waitFor({ state: 'detached' });
    const lines = await inPage(o, (mailbox) => { const item = mailbox.items[0]; return [item?.to.length, item?.cc.length, item?.bcc.length]; });
    expect(lines).toEqual([0, 1, 7]);
  } },
  { name: 'labelled', start: { ...DRAFT, categories: ['Research', 'Research'], label: '7c1f-confidential' }, act: async (o) => {
    await ready(o);
    await until('its labels', () => o.service.plans.at(-1)?.labels?.join() === 'Research,7c1f-confidential,Confidential');
  } },
  { name: 'list', start: { ...DRAFT, to: [{ name: 'Care team', address: 'care-team@riverside.test', list: true }], cc: [] }, act: async (o) => {
    await ready(o);
    await says(o, /3 members, 1 of them outside your organization\. Each gets a copy of their own\./);
    await says(o, /This one is not of your organization/);
    await says(o, 'tess.lane@lakeside.test');
    expect(await o.page.getByText('Noor Haddad').isVisible()).toBe(false);
    await o.page.getByText('Show the 2 colleagues').press('Enter');
    await o.page.getByText('Noor Haddad').waitFor();
    expect(o.service.plans.at(-1)?.recipients).toEqual([{ role: 'to', address: 'care-team@riverside.test', name: 'Care team', list: true }]);
  } },
  { name: 'disputed', act: async (o) => {
    await ready(o);
    await o.page.locator('summary', { hasText: 'Medical record number' }).click();
    const doubt = o.page.getByRole('button', { name: 'Not patient data?' }).first();
    o.service.fault('POST /false-positives', { kind: 'status', status: 400 });
    await doubt.press('Enter');
    await says(o, /That could not be noted/);
    await doubt.click();
    await says(o, /noted for those who keep the rules/);
    expect(o.service.disputed).toEqual([{ rule: expect.any(String), kind: 'MRN', confidence: 'high', part: 'body', ruleset: expect.any(String) }]);
    expect(JSON.stringify(o.service.disputed)).not.toContain('00482913');
  } },
  { name: 'sending', start: { ...DRAFT, attachments: [{ name: 'labs.txt', content: 'YQ==' }, { name: 'table.csv', content: Buffer.from('a,b\n'.repeat(20_000)).toString('base64') }] }, act: async (o) => {
    await ready(o);
    o.service.gate = (call) => (call.startsWith('PUT') ? never() : Promise.resolve());
    await primary(o).click();
    await o.page.getByRole('progressbar', { name: 'table.csv' }).waitFor();
    await o.page.getByRole('status').filter({ hasText: 'Handing over to the service' }).waitFor({ state: 'attached' });
  } },
  { name: 'checking', act: async (o) => {
    await ready(o);
    o.service.fault('POST /handoffs/:id/commit', { kind: 'lost-after' });
    o.service.gate = (call) => (call.startsWith('GET /handoffs') ? never() : Promise.resolve());
    await primary(o).click();
    await o.page.getByRole('heading', { name: 'Checking' }).waitFor();
  } },
  ...([['receipt', {}], ['receipt-at-night', { theme: { isDarkTheme: true } }]] as const).map(([name, more]): State => ({ name, opts: { settings: { mailboxSet: '1.13', ...more } }, act: async (o) => {
    o.service.statuses = { 'sam.park@stmarys.test': 'opened', 'tess.lane@lakeside.test': 'relayed' };
    await ready(o);
    await primary(o).click();
    await says(o, 'You can close this message');
    await says(o, 'Handed to their mail server');
    expect(await o.page.evaluate(() => document.activeElement?.textContent)).toBe('Sent securely');
    expect(await inPage(o, (mailbox) => mailbox.items[0]?.subject)).toBe('Handed over to Send Secure');
  } })),
  { name: 'refused', act: async (o) => {
    await ready(o);
    o.service.fault('POST /handoffs/:id/commit', { kind: 'problem', code: 'no-protection', pointer: '/recipients/1' });
    await primary(o).click();
    await says(o, /no protection strong enough/);
    await says(o, /That is Tess Lane/);
    await primary(o, 'Try again').waitFor();
  } },
  { name: 'offline', act: async (o) => {
    await ready(o);
    o.service.offline = true;
    await inPage(o, (mailbox) => { const item = mailbox.items[0]; if (item) mailbox.setRecipients(item, 'cc', ['dora.finn@drop.test']); });
    await says(o, /safe in Drafts/);
  } },
  { name: 'plan-changed', act: async (o) => {
    await ready(o);
    o.service.changes = true;
    await primary(o).click();
    await primary(o, 'Send with this protection').click();
    await o.page.waitForFunction(() => (window as unknown as { mailbox: { items: { closed: boolean }[] } }).mailbox.items[0]?.closed);
  } },
  { name: 'warn', act: async (o) => { o.service.decision = 'warn'; await ready(o, 'Send Secure with these warnings'); } },
  { name: 'justify', act: async (o) => {
    o.service.decision = 'justify';
    await o.page.getByLabel('Why must this be sent?').fill('The patient moves tomorrow.');
    await ready(o);
  } },
  { name: 'approval', act: async (o) => {
    o.service.decision = 'approve';
    await ready(o, 'Send for approval');
    await primary(o, 'Send for approval').click();
    await o.page.getByRole('heading', { name: 'Waiting for approval' }).waitFor();
    await says(o, /Without an answer by Jan 2, .* it is never sent/);
    await o.sound('approval-asked', ['light']);
    // Nor does the list say that it is under way.
    await o.page.getByRole('button', { name: 'Sent securely' }).click();
    await o.page.getByRole('button', { name: /Your lab results/ }).filter({ hasText: 'Waiting for approval' }).waitFor();
    expect(await o.page.getByText('On its way').count()).toBe(0);
  } },
  { name: 'time-to-take-back', act: async (o) => {
    o.service.hold = 5;
    await ready(o);
    await primary(o).press('Enter');
    await o.page.getByRole('heading', { name: 'Accepted, not sent yet' }).waitFor();
    await says(o, /^It goes at/);
    await says(o, /^4:[0-5]\d$/);
    // One that failed leaves the button where it was, and the window open.
    o.service.fault('POST /messages/:id/recall', { kind: 'problem', code: 'not-recallable' });
    await o.page.getByRole('button', { name: 'Take back' }).press('Enter');
    await says(o, 'can be recalled any more');
    await o.sound('time-running', ['light', '320 dark']);
    await o.page.getByRole('button', { name: 'Take back' }).press('Enter');
    await says(o, 'Taken back before anybody could read it.');
    await o.page.getByRole('heading', { name: 'Taken back' }).waitFor();
    expect(await o.page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
    // Nor does the window close over it.
    expect(await inPage(o, (mailbox) => mailbox.items[0]?.closed)).toBe(false);
  } },
  { name: 'blocked', act: async (o) => {
    o.service.decision = 'block';
    await says(o, 'This message may not go');
    // No promise beside a refusal; and what was found is said aloud as well.
    expect(await o.page.getByText('It will be protected for every recipient.').count()).toBe(0);
    await o.page.getByRole('status').filter({ hasText: 'Patient information found' }).waitFor({ state: 'attached' });
    expect(await o.page.getByText('This message may not go').evaluate((it) => it.closest('[aria-live]')?.getAttribute('aria-live'))).toBe('polite');
    expect(await primary(o).getAttribute('aria-disabled')).toBe('true');
  } },
  { name: 'changed-under-way', act: async (o) => {
    await ready(o);
    o.service.gate = async (call) => { if (call.endsWith('/commit')) await inPage(o, (mailbox) => { const item = mailbox.items[0]; if (item) mailbox.write(item, { html: '<p>More.</p>' }); }); };
    await primary(o).click();
    await o.page.getByRole('button', { name: 'Keep my draft' }).waitFor();
    expect(await inPage(o, (mailbox) => mailbox.items[0]?.html)).toBe('<p>More.</p>');
  } },
  { name: 'empty-attachment', start: { ...DRAFT, attachments: [{ name: 'scan.pdf', content: '', size: 0 }] }, act: async (o) => { await says(o, 'scan.pdf has nothing in it.'); await ready(o); } },
  { name: 'sent-earlier', act: async (o) => {
    o.service.gate = async (call) => { if (call.endsWith('/commit')) await inPage(o, (mailbox) => { const [item] = mailbox.items; if (item) mailbox.write(item, { html: '<p>Maria Alvarez, MRN 00482913: one more thing.</p>' }); }); };
    await ready(o);
    await primary(o).click();
    // A button that goes away leaves the keyboard on the next screen, not nowhere.
    for (const name of ['Keep my draft', 'Done']) {
      await o.page.getByRole('button', { name }).press('Enter');
      await o.page.getByRole('button', { name }).waitFor({ state: 'detached' });
      await until('the focus to go on', () => o.page.evaluate(() => document.activeElement?.tagName === 'MAIN'));
    }
    await says(o, 'Already handed over at');
    await ready(o, 'Send as new');
  } },
  { name: 'outside-outlook', start: null, opts: { outside: true }, act: (o) => says(o, 'Open this in Outlook') },
  { name: 'options', act: async (o) => {
    await ready(o);
    await o.page.getByText('More options').click();
    await o.page.getByLabel('Require encryption beyond TLS').click();
    await o.page.getByLabel('Purpose').selectOption('treatment');
    await o.page.getByLabel('Patient reference').fill('P-1');
    await until('the wish', () => o.service.plans.at(-1)?.wishes?.need === 'e2e-only');
    await ready(o);
    await primary(o).click();
    await o.page.waitForFunction(() => (window as unknown as { mailbox: { items: { closed: boolean }[] } }).mailbox.items[0]?.closed);
    expect([...o.service.handoffs.values()][0]?.request.wishes).toEqual({ need: 'e2e-only', purpose: 'treatment', patientRef: 'P-1' });
  } },
  { name: 'topic-page-and-question', act: async (o) => {
    await ready(o);
    await o.page.getByText('More options').click();
    await o.page.getByLabel('Topic').selectOption({ label: 'Bills and payments' });
    const ordinary = o.page.getByRole('switch', { name: 'Ordinary secure page, where your rules allow it' });
    await ordinary.click();
    await until('both wishes', () => { const wishes = o.service.plans.at(-1)?.wishes; return wishes?.topic === 'billing' && wishes.undivided === true; });
    // Taken back, and chosen again: only what stands there when it is sent counts.
    await ordinary.click();
    await until('one wish', () => { const wishes = o.service.plans.at(-1)?.wishes; return wishes !== undefined && !('undivided' in wishes); });
    await ordinary.press('Space');
    await until('the wish again', () => o.service.plans.at(-1)?.wishes?.undivided === true);
    // The question's answer is judged as it is typed, and leaves the pane with the commit alone.
    const [ask, answer] = [o.page.getByLabel('Question on the secure page'), o.page.getByLabel('Its answer')];
    await ask.fill('Lake of Constance: where?');
    await answer.fill('constance');
    await o.page.getByText('Too easy to guess').waitFor();
    await ask.fill('Where did we first meet?');
    await answer.fill('METFORMIN!');
    await o.page.getByText('The answer stands in your message').waitFor();
    expect(await o.page.getByText('Too easy to guess').count()).toBe(0);
    await ready(o);
    await o.page.getByLabel('Topic').scrollIntoViewIfNeeded();
    await o.sound('topic', ['light', '320 dark', '320', 'light']);
    await primary(o).click();
    await o.page.waitForFunction(() => (window as unknown as { mailbox: { items: { closed: boolean }[] } }).mailbox.items[0]?.closed);
    expect([...o.service.handoffs.values()][0]?.request.wishes).toEqual({ topic: 'billing', undivided: true });
    expect(o.service.plans.filter((p) => JSON.stringify(p).includes('METFORMIN'))).toEqual([]);
    expect(o.service.commits.map((c) => c.wishes?.question)).toEqual([{ ask: 'Where did we first meet?', answer: 'METFORMIN!' }]);
  } },
];

/** The others have no colour and no width of their own. What does not close by itself is an Outlook that tells of no change of its theme. */
const EVERY_LOOK = ['empty', 'findings', 'sending', 'refused', 'offline'];
const looksOf = (name: string): readonly Look[] => (EVERY_LOOK.includes(name) ? ['light', 'dark', '320 dark', '320'] : name === 'receipt' ? ['light', '320'] : name === 'justify' ? ['twice as large', 'light'] : name === 'receipt-at-night' ? ['dark', '320 dark'] : ['light']);

it('the pane\'s entry weighs at most 150 KB, and the scanner and MSAL are not in it', () => {
  const { entry, weights } = JSON.parse(readFileSync(join(DIST, 'build.json'), 'utf8')) as { entry: string[]; weights: Weight[] };
  expect(entry.length).toBe(1);
  expect(weights.filter((w) => entry.includes(w.file)).reduce((sum, w) => sum + w.gzip, 0)).toBeLessThanOrEqual(150_000);
  const main = readFileSync(join(DIST, entry[0] ?? ''), 'utf8');
  expect(main).not.toContain('acquireTokenByCode');
  expect(weights.find((w) => w.file.startsWith('scanner.'))?.gzip).toBeLessThanOrEqual(90 * 1024);
});

// Each state has a browser context of its own, and mostly waits: some at once take half the time.
describe.concurrent('the pane', () => {
  it.each(STATES.map((state) => [state.name, state] as const))('%s', async (name, { start = DRAFT, opts = {}, act }) => {
    const o = await openPane(browser, start, opts);
    try {
      await act(o);
      await o.sound(name, looksOf(name));
      expect(o.faults).toEqual([]);
      expect(o.strangers).toEqual([]);
      expect(await o.page.evaluate(() => localStorage.length)).toBe(0);
    } finally {
      await o.page.context().close();
    }
  });

  it('goes by keyboard alone, and the draft stays out of session storage', async () => {
    const o = await openPane(browser, DRAFT);
    try {
      await ready(o);
      await o.page.keyboard.press('Tab');
      for (let i = 0; i < 40 && (await o.page.evaluate(() => document.activeElement?.closest('footer') === null)); i += 1) await o.page.keyboard.press('Tab');
      expect(await o.page.evaluate(() => document.activeElement?.textContent)).toBe('Send Secure');
      await o.page.keyboard.press('Enter');
      await o.page.waitForFunction(() => (window as unknown as { mailbox: { items: { closed: boolean }[] } }).mailbox.items[0]?.closed);
      expect(await o.page.evaluate(() => JSON.stringify(Object.entries(sessionStorage)))).not.toMatch(/Alvarez|00482913|lab results/);
    } finally {
      await o.page.context().close();
    }
  });

  it('a held copy is let go by keyboard, a certificate saved, a try looked into', async () => {
    const first = await openPane(browser, DRAFT);
    await ready(first);
    await primary(first).click();
    await first.page.waitForFunction(() => (window as unknown as { mailbox: { items: { closed: boolean }[] } }).mailbox.items[0]?.closed);
    const { service } = first;
    await first.page.context().close();
    const [, address = ''] = [...service.handoffs.values()].flatMap((h) => h.request.draft.recipients.map((r) => r.address));
    service.statuses = { [address]: 'held' };
    const o = await openPane(browser, {}, { service });
    const looks = ['dark', '320 dark', '320', 'light'] as const;
    try {
      await o.page.getByRole('button', { name: 'Sent securely' }).click();
      await o.page.getByRole('button', { name: /Your lab results/ }).click();
      await says(o, 'Waits for you');
      await says(o, 'certificate has expired');
      await says(o, 'less than you were first shown');
      await o.sound('held', looks);
      const stronger = o.page.getByRole('button', { name: new RegExp(`^Send: .*${address}`) });
      await stronger.press('Enter');
      await says(o, 'On its way');
      await until('the copy to be let go', () => service.released.length > 0);
      expect(service.released).toEqual([{ n: 1, protection: 'portal' }]);
      await o.page.getByRole('button', { name: new RegExp(`^Take back`) }).waitFor({ state: 'detached' });
      await o.page.locator('summary', { hasText: 'Every step' }).first().click();
      await says(o, '192.0.2.25');
      await says(o, 'by a trusted authority (B)');
      await o.page.getByLabel('subject').click();
      const saved = o.page.waitForEvent('download');
      await o.page.getByRole('button', { name: 'Save as PDF' }).click();
      const download = await saved;
      expect(download.suggestedFilename()).toMatch(/^certificate-[0-9a-f]{8}\.pdf$/);
      expect(readFileSync(await download.path(), 'utf8')).toBe('paper reveal=recipients,subject');
      await says(o, 'carries everything needed to check it');
      await o.page.getByRole('button', { name: 'Save as PDF' }).scrollIntoViewIfNeeded();
      await o.sound('proof', looks);
      expect([o.faults, o.strangers]).toEqual([[], []]);
    } finally {
      await o.page.context().close();
    }
  });

  it('reads a sent message whole, restores it with its attachments, recalls it', async () => {
    const first = await openPane(browser, DRAFT);
    await ready(first);
    await primary(first).click();
    await first.page.waitForFunction(() => (window as unknown as { mailbox: { items: { closed: boolean }[] } }).mailbox.items[0]?.closed);
    const { service } = first;
    await first.page.context().close();
    const o = await openPane(browser, {}, { service });
    try {
      await o.page.getByRole('button', { name: 'Sent securely' }).click();
      await o.page.getByRole('button', { name: /Your lab results/ }).click();
      await o.page.getByRole('button', { name: 'Read the message' }).click();
      await o.page.frameLocator('iframe').getByText('Maria Alvarez').first().waitFor();
      expect(await o.page.locator('iframe').getAttribute('sandbox')).toBe('');
      expect((await o.axe()).filter((v) => v.impact === 'serious' || v.impact === 'critical')).toEqual([]);
      await o.page.getByRole('button', { name: 'Back' }).press('Enter');
      await until('the focus on the message it came from', () => o.page.evaluate(() => document.activeElement?.textContent?.includes('Your lab results') === true));
      await o.page.keyboard.press('Enter');
      await o.page.getByRole('button', { name: 'Recall' }).press('Enter');
      await o.page.getByRole('button', { name: 'Not now' }).press('Enter');
      await until('the focus back on what was asked', () => o.page.evaluate(() => document.activeElement?.textContent === 'Recall'));
      await o.page.getByRole('button', { name: 'Recall' }).click();
      await o.page.getByRole('alert').or(o.page.getByRole('group')).getByRole('button', { name: 'Recall' }).first().click();
      await says(o, 'Recalled before it was read.');
      await o.page.getByRole('button', { name: 'Restore as a draft' }).click();
      await says(o, 'Put back into this window.');
      expect(await inPage(o, (mailbox) => ({ subject: mailbox.items[0]?.subject, files: mailbox.items[0]?.attachments.map((a) => a.name), cc: mailbox.items[0]?.cc.length }))).toEqual({ subject: 'Your lab results', files: ['labs.txt'], cc: 1 });
      expect(o.faults).toEqual([]);
    } finally {
      await o.page.context().close();
    }
  });
});
