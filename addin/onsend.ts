/**
 * What Outlook asks when nobody has opened the pane: may this go? Scans here, without network and without a token, and answers in well under a second.
 * Patient information to an outside recipient does not go by Outlook's own Send; the answer names a button that opens Send Secure.
 * It has the built-in rules alone: the organisation's own (`addin/rules`) need the network, and the service judges by them in any case. It never
 * changes a draft, and what it tells the pane holds kinds, never values. ES2016 library only, no window: this bundle runs in classic Outlook too.
 */
import { domainOf, within } from '../shared/draft/address.ts';
import { scan, type ScanResult } from '../shared/scan/scan.ts';
import { glimpse, onChange, onSend, ready, type Glimpse, type Hint, type Said } from './outlook/launch.ts';
import { isRefused } from './refusal.ts';
import { ALERTS } from './words.ts';

/** The id of the compose button in the manifest. */
const PANE = 'msgComposeOpenPane';
const GRAVE = ['medium', 'high', 'bulk', 'unscannable'];

function context(reason: string, kinds: readonly string[]): string {
  return JSON.stringify({ v: 1, reason, kinds });
}

function openPane(message: string, reason: string, kinds: readonly string[] = []): Said {
  return { allow: false, message, button: { label: ALERTS.button, command: PANE, context: context(reason, kinds) } };
}

/** Without a list from the pane, our domain is the author's own: too few of ours is an alert too many, never one too few. */
function outside({ recipients, ownDomains, from }: Glimpse): boolean {
  const ours = ownDomains.length > 0 ? ownDomains : [domainOf(from.address)];
  return recipients.some((r) => !ours.some((own) => own !== '' && within(domainOf(r.address), own)));
}

/** The kinds found when this must not go in clear; null when it may. */
function phi(seen: Glimpse): string[] | null {
  if (!outside(seen)) return null;
  const found: ScanResult = scan({
    subject: seen.subject, html: seen.html, from: seen.from, recipients: seen.recipients,
    attachments: seen.filenames.map((filename) => ({ filename })),
  });
  if (GRAVE.indexOf(found.verdict.level) < 0 && found.verdict.sensitive.length === 0) return null;
  const kinds: string[] = [];
  for (const { kind } of found.findings) if (kinds.indexOf(kind) < 0) kinds.push(kind);
  return kinds.sort();
}

async function message(): Promise<Said> {
  const seen = await glimpse('message');
  if (isRefused(seen)) return openPane(ALERTS.unread, 'unread');
  if (seen.committed) return openPane(ALERTS.sent, 'sent');
  const kinds = phi(seen);
  return kinds ? openPane(ALERTS.phi, 'phi', kinds) : { allow: true };
}

async function invitation(): Promise<Said> {
  const seen = await glimpse('invitation');
  if (isRefused(seen)) return { allow: false, message: ALERTS.invitationUnread };
  return phi(seen) ? { allow: false, message: ALERTS.invitation } : { allow: true };
}

async function hint(): Promise<Hint | null> {
  const seen = await glimpse('message');
  if (isRefused(seen) || seen.committed || !phi(seen)) return null;
  return { message: ALERTS.hint, action: ALERTS.hintAction, command: PANE };
}

onSend('onMessageSendHandler', message, openPane(ALERTS.unread, 'unread'));
onSend('onAppointmentSendHandler', invitation, { allow: false, message: ALERTS.invitationUnread });
onChange('onNewMessageComposeHandler', hint);
onChange('onMessageRecipientsChangedHandler', hint);
onChange('onMessageAttachmentsChangedHandler', hint);
ready();
