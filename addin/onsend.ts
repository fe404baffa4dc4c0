/**
 * What Outlook asks when nobody has opened the pane: may this go? Scans here, without network and without a token, and answers in well under a second.
 * Patient information to an outside recipient does not go by Outlook's own Send; the answer names a button that opens Send Secure. What it judges by is
 * `policy/ordinary.ts`. It never changes a draft, and what it tells the pane holds kinds, never values. ES2016 library only, no window: this bundle runs in
 * classic Outlook too.
 */
import { glimpse, onChange, onSend, ready, type Hint, type Said } from './outlook/launch.ts';
import { stopped } from './policy/ordinary.ts';
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

async function message(): Promise<Said> {
  const seen = await glimpse('message');
  if (isRefused(seen)) return openPane(ALERTS.unread, 'unread');
  if (seen.committed) return openPane(ALERTS.sent, 'sent');
  const why = stopped(seen, Date.now());
  return why ? openPane(why.reason === 'phi' ? ALERTS.phi : ALERTS.policy, why.reason, why.kinds) : { allow: true };
}

async function invitation(): Promise<Said> {
  const seen = await glimpse('invitation');
  if (isRefused(seen)) return { allow: false, message: ALERTS.invitationUnread };
  const why = stopped(seen, Date.now());
  return why ? { allow: false, message: why.reason === 'phi' ? ALERTS.invitation : ALERTS.invitationPolicy } : { allow: true };
}

async function hint(): Promise<Hint | null> {
  const seen = await glimpse('message');
  if (isRefused(seen) || seen.committed || !seen.recipients.length) return null;
  const why = stopped(seen, Date.now());
  if (!why) return null;
  return { message: why.reason === 'phi' ? ALERTS.hint : ALERTS.hintPolicy, action: ALERTS.hintAction, command: PANE };
}

onSend('onMessageSendHandler', message, openPane(ALERTS.unread, 'unread'));
onSend('onAppointmentSendHandler', invitation, { allow: false, message: ALERTS.invitationUnread });
onChange('onNewMessageComposeHandler', hint);
onChange('onMessageRecipientsChangedHandler', hint);
onChange('onMessageAttachmentsChangedHandler', hint);
ready();
