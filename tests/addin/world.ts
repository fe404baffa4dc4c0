/** Outlook and a service in memory, and time that passes only when everything else has been done. */
import { randomUUID } from 'node:crypto';
import { FakeMailbox, type MailboxSettings } from '../../lab/outlook/mailbox.ts';
import type { ItemStart } from '../../lab/outlook/item.ts';
import { openCompanion } from '../../addin/companion/companion.ts';
import { openDesk, type Desk } from '../../addin/compose/desk.ts';
import type { Screen } from '../../addin/compose/screen.ts';
import { openOutlook } from '../../addin/outlook/outlook.ts';
import { extract } from '../../shared/extract/extract.ts';
import { scan, type ScanInput, type ScanResult } from '../../shared/scan/scan.ts';
import { until } from '../until.ts';
import { ScriptedService } from './service.ts';

export const REPLY: ItemStart = {
  subject: 'Your lab results', to: [{ name: 'Sam Park', address: 'sam.park@stmarys.test' }, { name: 'Tess Lane', address: 'tess.lane@lakeside.test' }],
  html: '<p>Dear Sam,</p><p>Patient Maria Alvarez, DOB 04/12/1957, MRN 00482913: HbA1c 8.2 %, diabetes not controlled. Please start metformin.</p>',
  attachments: [{ name: 'labs.txt', content: Buffer.from('HbA1c 8.2 %\nMember ID: 993017744').toString('base64') }],
};

/** A wait is a turn of the event loop: order is kept, time is not. */
export const quick = { wait: () => new Promise<void>((resolve) => { setTimeout(resolve, 0); }) };

export function companionOf(service: ScriptedService, signedIn = () => true) {
  return openCompanion({
    origin: 'https://send.test', send: service.send, uuid: randomUUID, ...quick,
    tokens: { quiet: async () => (signedIn() ? 'token' : { kind: 'refused', code: 'sign-in-needed' }), ask: async () => 'token', stale: () => {} },
  });
}

export interface Scene {
  readonly mailbox: FakeMailbox;
  readonly service: ScriptedService;
  readonly desk: Desk;
  /** waits until the screen is so */
  sees(when: (screen: Screen) => boolean, what?: string): Promise<Screen>;
}

export function scene(start: ItemStart | null = REPLY, settings: MailboxSettings & { mailbox?: FakeMailbox; service?: ScriptedService; signedIn?: () => boolean; loadScan?: () => Promise<(input: ScanInput) => ScanResult> } = {}): Scene {
  const mailbox = settings.mailbox ?? new FakeMailbox(settings);
  if (start) mailbox.create(start);
  const service = settings.service ?? new ScriptedService();
  const desk = openDesk({
    outlook: openOutlook(mailbox.office()), companion: companionOf(service, settings.signedIn), loadScan: settings.loadScan ?? (async () => scan), extract,
    world: { ...quick, uuid: randomUUID, visible: () => true },
  });
  return {
    mailbox, service, desk,
    async sees(when, what = 'a screen') {
      await until(what, () => when(desk.screen()), { every: 1 }).catch((cause: unknown) => {
        throw new Error(`the screen is ${JSON.stringify({ handoff: desk.screen().handoff, plan: desk.screen().plan.at, unread: desk.screen().unread })}`, { cause });
      });
      return desk.screen();
    },
  };
}
