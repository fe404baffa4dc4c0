/**
 * What Outlook asks when nobody has opened the pane: may this go? Scans here, without network and without a token, and answers in well under a second.
 * Patient information to an outside recipient does not go by Outlook's own Send, nor does a file that nobody here can read; the answer names a button that
 * opens Send Secure. What it judges by is `policy/ordinary.ts`. It never changes a draft, and what it tells the pane holds kinds, never values. ES2016 library only, no window: this bundle runs in
 * classic Outlook too.
 */
import { handOut, glimpse, onChange, onSend, ready, told, type Glimpse, type Hint, type Said } from './outlook/launch.ts';
import { attached } from './policy/attached.ts';
import { mayLeave, stopped } from './policy/ordinary.ts';
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

/** Of Outlook's patience, reading files may take so much; what is late is answered as unread. */
const READING = 2_500;

/** Judged by what stands in it, and where that is no patient data by what its files say. */
async function judged(seen: Glimpse, begun: number): Promise<ReturnType<typeof stopped>> {
  const why = stopped(seen, Date.now());
  if ((why && why.reason !== 'policy') || seen.files.length === 0 || !mayLeave(seen)) return why;
  return stopped(seen, Date.now(), await attached(seen.files, seen.html, { handOut, told }, begun + READING, Date.now));
}

async function message(): Promise<Said> {
  const begun = Date.now();
  const seen = await glimpse('message');
  if (isRefused(seen)) return openPane(ALERTS.unread, 'unread');
  if (seen.committed) return openPane(ALERTS.sent, 'sent');
  const why = await judged(seen, begun);
  return why ? openPane(ALERTS[why.reason], why.reason, why.kinds) : { allow: true };
}

async function invitation(): Promise<Said> {
  const begun = Date.now();
  const seen = await glimpse('invitation');
  if (isRefused(seen)) return { allow: false, message: ALERTS.invitationUnread };
  const why = await judged(seen, begun);
  return why ? { allow: false, message: ALERTS.invitations[why.reason] } : { allow: true };
}

async function hint(): Promise<Hint | null> {
  const seen = await glimpse('message');
  if (isRefused(seen) || seen.committed || !seen.recipients.length) return null;
  const why = stopped(seen, Date.now());
  if (!why) return null;
  return { message: why.reason === 'policy' ? ALERTS.hintPolicy : ALERTS.hint, action: ALERTS.hintAction, command: PANE };
}

onSend('onMessageSendHandler', message, openPane(ALERTS.unread, 'unread'));
onSend('onAppointmentSendHandler', invitation, { allow: false, message: ALERTS.invitationUnread });
onChange('onNewMessageComposeHandler', hint);
onChange('onMessageRecipientsChangedHandler', hint);
onChange('onMessageAttachmentsChangedHandler', hint);
ready();
