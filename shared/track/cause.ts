/** Why a copy took another way, waits or failed: a stable code and the sentence a person reads. No sentence carries a value. */
import { REASONS, type ReasonCodeKnown } from '../plan/reason.ts';

export const CAUSES: { readonly [code: string]: string } = {
  // the channel
  'starttls-missing': 'Their mail server does not offer an encrypted connection.',
  'starttls-refused': 'Their mail server offered an encrypted connection and then refused it.',
  'tls-failed': 'No encrypted connection could be made with their mail server.',
  'tls-too-old': 'Their mail server only speaks an outdated kind of encryption.',
  'cipher-weak': 'Their mail server only speaks weak encryption.',
  'certificate-missing': 'Their mail server showed no certificate.',
  'certificate-expired': 'Their mail server\'s certificate has expired.',
  'certificate-not-yet-valid': 'Their mail server\'s certificate is not valid yet.',
  'certificate-self-signed': 'Their mail server vouches only for itself (self-signed certificate).',
  'certificate-untrusted': 'Their mail server\'s certificate comes from nobody we trust.',
  'certificate-revoked': 'Their mail server\'s certificate was revoked.',
  'certificate-name': 'Their mail server\'s certificate is for another name.',
  'pin-failed': 'The server\'s certificate is not the one that was pinned.',
  'mx-not-bound': 'The mail server named for their domain belongs to strangers, and nothing proves that it may stand there.',
  'dane-failed': 'Their mail server does not match what their domain has published about it (DANE).',
  'dane-unknown': 'What their domain has published about its mail server could not be looked up (DANE).',
  'sts-failed': 'Their mail server does not match what their domain has published about it (MTA-STS).',
  'smart-host-unproved': 'Outside mail goes through a relay that proves only the way to itself.',
  // the road
  'null-mx': 'Their domain says that it takes no mail.',
  'domain-unknown': 'Their domain does not exist.',
  'dns-failed': 'Their domain could not be looked up.',
  'no-address': 'Their mail server has no address that could be reached.',
  'address-refused': 'Their mail server\'s address lies in a network that may not be dialled.',
  'dial-failed': 'Their mail server could not be reached.',
  'dial-timeout': 'Their mail server could not be reached in time.',
  'host-unreachable': 'Their mail server could not be reached.',
  'connection-lost': 'The connection to their mail server broke.',
  'reply-unknown': 'The connection broke before their mail server said whether it took the message. It is tried again under the same message id.',
  timeout: 'Their mail server did not answer in time.',
  aborted: 'The service was stopped during the try. It is tried again.',
  // the reply
  'try-later': 'Their mail server asks to be tried again later.',
  'system-busy': 'Their mail server is busy.',
  'system-full': 'Their mail server has no room left.',
  'service-unavailable': 'Their mail server does not take mail at the moment.',
  'mailbox-unknown': 'Their mail server does not know this mailbox.',
  'mailbox-disabled': 'The mailbox is switched off.',
  'mailbox-full': 'The mailbox is full.',
  'mailbox-busy': 'The mailbox is busy.',
  'mailbox-moved': 'The mailbox has moved.',
  'mailbox-unavailable': 'The mailbox cannot be reached.',
  'content-refused': 'Their mail server refused the content.',
  'policy-refused': 'Their mail server refused the message by its own rules.',
  'too-large': 'The message is larger than their mail server takes.',
  'address-malformed': 'The address cannot be written to.',
  'given-up': 'It was tried for five days without success.',
  // our side
  fault: 'Something broke on our side. The copy is safe and is tried again.',
  'content-disposed': 'The content was disposed of under its retention class.',
  'recipient-unknown': 'This recipient is not part of the message any more.',
  'key-unusable': 'The key on file cannot be used.',
};

export function cause(code: string): string {
  return CAUSES[code] ?? REASONS[code as ReasonCodeKnown] ?? 'Their mail server did not take the message.';
}
