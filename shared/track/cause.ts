/** Why a copy took another way, waits or failed: a stable code and the sentence a person reads. No sentence carries a value. */
import { REASONS, type ReasonCodeKnown } from '../plan/reason.ts';

export const CAUSES: { readonly [code: string]: string } = {
  'starttls-missing': 'Their mail server does not offer an encrypted connection.',
  'starttls-refused': 'Their mail server offered an encrypted connection and then refused it.',
  'tls-failed': 'No encrypted connection could be made with their mail server.',
  'tls-too-old': 'Their mail server only speaks an outdated kind of encryption.',
  'tls-weak-cipher': 'Their mail server only speaks weak encryption.',
  'certificate-expired': 'Their mail server\'s certificate has expired.',
  'certificate-not-yet-valid': 'Their mail server\'s certificate is not valid yet.',
  'certificate-self-signed': 'Their mail server vouches only for itself (self-signed certificate).',
  'certificate-untrusted': 'Their mail server\'s certificate comes from nobody we trust.',
  'certificate-name': 'Their mail server\'s certificate is for another name.',
  'certificate-pinned': 'The server\'s certificate is not the one that was pinned.',
  'mx-not-bound': 'The mail server named for their domain belongs to strangers, and nothing proves that it may stand there.',
  'mx-none': 'Their domain has no mail server.',
  'null-mx': 'Their domain says that it takes no mail.',
  'domain-unknown': 'Their domain does not exist.',
  'dns-failed': 'Their domain could not be looked up.',
  'dane-failed': 'Their mail server does not match what their domain has published about it (DANE).',
  'sts-failed': 'Their mail server does not match what their domain has published about it (MTA-STS).',
  'connect-failed': 'Their mail server could not be reached.',
  'connection-lost': 'The connection to their mail server broke.',
  'reply-unknown': 'The connection broke before their mail server said whether it took the message. It is tried again under the same message id.',
  'timeout': 'Their mail server did not answer in time.',
  'protocol': 'Their mail server said something that is not SMTP.',
  'greylisted': 'Their mail server asks to be tried again in a moment.',
  'mailbox-unknown': 'Their mail server does not know this mailbox.',
  'mailbox-full': 'The mailbox is full.',
  'rejected': 'Their mail server refused the message.',
  'rejected-for-now': 'Their mail server does not take the message at the moment.',
  'too-large': 'The message is larger than their mail server takes.',
  'address-refused': 'Their mail server\'s address lies in a network that may not be dialled.',
  'given-up': 'It was tried for five days without success.',
  'content-disposed': 'The content was disposed of under its retention class.',
  'recipient-unknown': 'This recipient is not part of the message any more.',
  recalled: 'You recalled it.',
};

export function cause(code: string): string {
  return CAUSES[code] ?? REASONS[code as ReasonCodeKnown] ?? 'Their mail server did not take the message.';
}
