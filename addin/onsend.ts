/**
 * What Outlook asks when nobody has opened the pane: may this go? Scans here, without network and without a token, and answers in well under a second.
 * Patient information to an outside recipient does not go by Outlook's own Send; the answer names a button that opens Send Secure.
 * It scans by the built-in rules
 * alone (the organisation's own, `addin/rules`, need the network) and obeys the policy that the pane verified last; the service judges by all in any case. It never
 * changes a draft, and what it tells the pane holds kinds, never values. ES2016 library only, no window: this bundle runs in classic Outlook too.
 */
import { domainOf, normalAddress } from '../shared/draft/address.ts';
import { factsOf } from '../shared/plan/facts.ts';
import { guarded, standing } from '../shared/plan/guard.ts';
import { traitsOf } from '../shared/plan/trait.ts';
import { scan, type ScanResult } from '../shared/scan/scan.ts';
import { glimpse, onChange, onSend, ready, type Glimpse, type Hint, type Said } from './outlook/launch.ts';
import { isRefused } from './refusal.ts';
import { ALERTS } from './words.ts';

/** The id of the compose button in the manifest. */
const PANE = 'msgComposeOpenPane';

function context(reason: string, kinds: readonly string[]): string {
  return JSON.stringify({ v: 1, reason, kinds });
}

function openPane(message: string, reason: string, kinds: readonly string[] = []): Said {
  return { allow: false, message, button: { label: ALERTS.button, command: PANE, context: context(reason, kinds) } };
}

/** Why this must go by Send Secure, with the kinds found; null when it may go as it is. */
function stopped(seen: Glimpse): { readonly reason: 'phi' | 'policy'; readonly kinds: string[] } | null {
  // Without a list from the pane, our domain is the author's own: too few of ours is an alert too many, never one too few.
  const own = seen.ownDomains.length > 0 ? seen.ownDomains : [domainOf(seen.from.address)];
  const policy = standing(seen.policy, Date.now());
  const traits = traitsOf(seen.recipients, { own, partners: policy.partners, consumers: policy.consumers });
  if (!traits.some((t) => t.indexOf('internal') < 0)) return null;
  const found: ScanResult = scan({
    subject: seen.subject, html: seen.html, from: seen.from, recipients: seen.recipients,
    attachments: seen.files.map(({ filename }) => ({ filename })),
  });
  const now = new Date();
  const facts = { ...factsOf(found), attachments: seen.files.length, size: seen.files.reduce((sum, f) => sum + f.size, 0) };
  const { groups = [], shared = [] } = seen.policy || {};
  const address = normalAddress(seen.from.address);
  const reason = guarded(policy, {
    facts, recipients: seen.recipients.map((r, i) => ({ address: r.address, role: r.role, traits: traits[i] || [] })), author: { address, groups, sharedMailbox: shared.indexOf(address) >= 0 }, labels: seen.labels,
    at: { date: now.toISOString().slice(0, 10), day: now.getDay() || 7, minute: now.getHours() * 60 + now.getMinutes() },
  });
  if (reason === null) return null;
  const kinds: string[] = [];
  for (const { kind } of found.findings) if (kinds.indexOf(kind) < 0) kinds.push(kind);
  return { reason, kinds: kinds.sort() };
}

async function message(): Promise<Said> {
  const seen = await glimpse('message');
  if (isRefused(seen)) return openPane(ALERTS.unread, 'unread');
  if (seen.committed) return openPane(ALERTS.sent, 'sent');
  const why = stopped(seen);
  return why ? openPane(why.reason === 'phi' ? ALERTS.phi : ALERTS.policy, why.reason, why.kinds) : { allow: true };
}

async function invitation(): Promise<Said> {
  const seen = await glimpse('invitation');
  if (isRefused(seen)) return { allow: false, message: ALERTS.invitationUnread };
  const why = stopped(seen);
  return why ? { allow: false, message: why.reason === 'phi' ? ALERTS.invitation : ALERTS.invitationPolicy } : { allow: true };
}

async function hint(): Promise<Hint | null> {
  const seen = await glimpse('message');
  if (isRefused(seen) || seen.committed || !seen.recipients.length) return null;
  const why = stopped(seen);
  if (!why) return null;
  return { message: why.reason === 'phi' ? ALERTS.hint : ALERTS.hintPolicy, action: ALERTS.hintAction, command: PANE };
}

onSend('onMessageSendHandler', message, openPane(ALERTS.unread, 'unread'));
onSend('onAppointmentSendHandler', invitation, { allow: false, message: ALERTS.invitationUnread });
onChange('onNewMessageComposeHandler', hint);
onChange('onMessageRecipientsChangedHandler', hint);
onChange('onMessageAttachmentsChangedHandler', hint);
ready();
