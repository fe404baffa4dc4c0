/** Events about recipients beside any message: their keys, what they chose, how they are reached. */
import { has, ofItem, plain, text, type EventTypes } from './event.ts';

export const RECIPIENT_EVENTS: EventTypes = {
  'key.imported': plain('A recipient\'s key was added.', ['key', 'kind', 'trust', 'source', 'fingerprint', 'expires']),
  'key.confirmed': plain('A second person confirmed a recipient\'s key.', ['key', 'kind', 'trust', 'source', 'fingerprint']),
  'key.looked_up': plain('A recipient\'s key was looked for.', ['wkd', 'dane', 'directory', 'vks']),
  'key.changed': plain('Another key than the one on file was found for a recipient; it is held until a person has looked at it.', ['key', 'kind', 'trust', 'source', 'fingerprint']),
  'key.refreshed': plain('A recipient\'s key was brought up to date with what its owner publishes.', ['key', 'kind', 'trust', 'source', 'fingerprint']),
  'key.withdrawn': plain('A recipient\'s key is no longer published; it is not used any more.', ['key', 'kind', 'trust', 'source', 'fingerprint']),
  'key.expiring': { facts: ['key', 'kind', 'trust', 'source', 'fingerprint', 'days', 'expires', 'own'], item: false, say: (f) => `${f['own'] === true ? 'A signing key of our own' : 'A recipient\'s key'} ends within ${text(f, 'days') || '30'} ${text(f, 'days') === '1' ? 'day' : 'days'}.` },
  'key.listed': plain('Recipients\' keys were listed with their addresses.', ['count']),
  'key.removed': plain('A recipient\'s key was removed.', ['key', 'kind', 'trust', 'source', 'fingerprint']),
  'key.used': plain('A recipient\'s key was used.', ['key', 'kind', 'trust', 'source', 'fingerprint']),
  'key.generated': plain('A key of our own was made.', ['key', 'kind', 'fingerprint', 'purpose', 'expires', 'domain', 'selector']),
  'key.exchanged': plain('Signing keys of our own were exchanged; the old ones stay published.', ['kind', 'fingerprint', 'source']),
  'preference.plain_chosen': { facts: ['topics', 'version', 'language', 'way'], item: false, say: (f) => `A recipient chose ordinary mail after a warning (${text(f, 'topics').replaceAll(' ', ', ') || 'no topic'})${text(f, 'way') === 'staff' ? ', as staff recorded it' : ''}.` },
  'preference.plain_revoked': plain('A recipient\'s choice of ordinary mail was taken back.', ['way']),
  'preference.plain_followed': ofItem(['topic', 'version'], (f) => `It goes as ordinary mail by the recipient's choice${has(f, 'topic') ? ` (${text(f, 'topic')})` : ''}, as its author was shown.`),
  'preference.recorded': plain('A recipient\'s preference was recorded.', ['prefers', 'source']),
  'suppression.added': plain('An address was put on the list of those not to be written to as if nothing had happened.', ['id', 'reason', 'code', 'until']),
  'suppression.removed': plain('An address was taken off the list of those not to be written to.', ['id']),
  'recipient.viewed': plain('What is known of a recipient was shown.'),
  'suppression.listed': plain('The addresses on that list were shown.', ['count']),
  'contact.stand_in': plain('Who may read in a recipient\'s place was recorded.', ['stands']),
  'contact.reset': plain('A recipient\'s devices were forgotten by staff, so that they begin anew.'),
  'requirement.recorded': plain('The least that a recipient or a domain is written to with was recorded.', ['need', 'of']),
  'contact.recorded': plain('How a recipient is reached (language, mobile number) was recorded.', ['language', 'phone', 'changed']),
};
