/** One copy on the secure page in its author's hands, in the production pane: what the pane says, and what it asks the service for. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readOf } from '../../addin/sent/copy.tsx';
import { sentence } from '../../service/audit/catalogue.ts';
import { openBrowser } from '../browser.ts';
import { openPane, prepare } from './pane.ts';
import { ScriptedService } from './service.ts';

const ROSA = 'rosa.delgado@brightmail.test';
const event = (type: string, facts: Record<string, string | number>) => ({ id: 'evt_1', seq: 1, type, time: '2026-11-21T10:00:00Z', text: '', facts });

describe('what became of it', () => {
  const portal = { expires: '2026-12-21T10:00:00Z', opened: '2026-11-21T11:00:00Z', ways: ['mail-code'] };
  it('is nothing while nobody has opened it', () => expect(readOf({ events: [], portal: { ...portal, opened: null } })).toBeNull());
  it.each([
    ['mail-code', 'with a code by mail'], ['sms-code', 'with a code by text message'], ['spoken-code', 'with the code you said'], ['passkey', 'with a passkey'],
  ])('names the way %s', (way, said) => expect(readOf({ portal, events: [event('portal.message_opened', { way })] })).toMatch(new RegExp(`^Opened .* ${said}\\.$`)));
  it('names each attachment once, counted as a person counts', () => expect(readOf({ portal, events: [event('portal.attachment_downloaded', { n: 2 }), event('portal.attachment_downloaded', { n: 0 }), event('portal.attachment_downloaded', { n: 2 })] })).toMatch(/Attachments 1, 3 were saved\.$/));
});

describe('in the pane', () => {
  let browser: Browser;
  beforeAll(async () => { [browser] = await Promise.all([openBrowser(), prepare()]); });
  afterAll(async () => { await browser?.close(); });

  it('longer, again, stronger, post, another address', async () => {
    const service = new ScriptedService();
    const first = await openPane(browser, { subject: 'Your results', html: '<p>Dear Rosa, your potassium is 6.1.</p>', to: [{ name: 'Rosa Delgado', address: ROSA }] }, { service });
    await first.page.locator('footer button:not([aria-disabled="true"])', { hasText: 'Send Secure' }).click();
    await first.page.waitForFunction(() => (window as unknown as { mailbox: { items: { closed: boolean }[] } }).mailbox.items[0]?.closed);
    await first.page.context().close();
    service.asks = true;
    service.visit = sentence('portal.visited', 'ok', { by: 'program', sign: 'early' });
    const o = await openPane(browser, {}, { service });
    try {
      await o.page.getByRole('button', { name: 'Sent securely' }).click();
      await o.page.getByRole('button', { name: /Your results/ }).click();
      await o.page.getByText('Not opened yet. It can be read until').waitFor();
      // The notice says that its author sees the same words.
      await o.page.getByText('gentle cliff').waitFor();
      // a program that fetched the link is told as just that, and nothing of the copy changes by it
      await o.page.getByText('probably by a mail scanner or a preview').first().waitFor();
      expect(await o.page.getByText(/^Opened/).count()).toBe(0);
      for (const [name, said] of [['Two weeks longer', 'They can read it until'], ['Send the notice again', 'on its way again'], ['Ask for a stronger code', 'A code by mail opens it no more'], ['Sent by post', 'Noted: printed'], ['Allow aunt@elsewhere.test', 'They were told'], ['Refuse aunt@elsewhere.test', 'They cannot read it']] as const) {
        const button = o.page.getByRole('button', { name });
        await button.press('Enter');
        await o.page.getByText(said).first().waitFor();
        expect(await button.evaluate((it) => it === document.activeElement), `the focus stays on ${name}`).toBe(true);
      }
      expect(service.asked).toEqual(['0/extend {"days":14}', '0/resend {}', '0/stronger {}', '0/posted {}', `0/readers/rdr_${'a'.repeat(24)} {"allowed":true}`, `0/readers/rdr_${'a'.repeat(24)} {"allowed":false}`]);
      // what becomes of it shows by itself
      service.statuses = { [ROSA]: 'opened' };
      await o.page.getByText(/^Opened /).first().waitFor();
      await o.sound('copy', ['twice as large', 'light', 'dark', '320 dark', '320']);
      expect(o.faults).toEqual([]);
    } finally {
      await o.page.context().close();
    }
  });
});
