/** Events about who may do what and who agreed to it. */
import { plain, text, type EventTypes } from './event.ts';

/** What a change would touch: ids and names of settings, never their values. */
const CHANGE_FACTS = ['change', 'what', 'person', 'role', 'client', 'mailbox', 'changed'];

export const STAFF_EVENTS: EventTypes = {
  'settings.agreed': { facts: ['count'], item: false, say: (f) => `Settings were taken as they were found (${text(f, 'count') || '0'}): a first start, or new with the program.` },
  'change.proposed': { facts: CHANGE_FACTS, item: false, say: (f) => `A change was ${f['what'] === 'settings' ? 'found in the settings' : 'proposed'} (${text(f, 'what') || 'unknown'}); it waits for a second person.` },
  'change.vouched': plain('A person said that a change of the settings was theirs; it waits for another.', CHANGE_FACTS),
  'change.applied': plain('A second person agreed to a change; it holds.', CHANGE_FACTS),
  'change.rejected': plain('A change was rejected or taken back.', CHANGE_FACTS),
  'change.lapsed': plain('A change lapsed: nobody agreed in time, or it was undone.', CHANGE_FACTS),
  'role.assigned': { facts: ['person', 'role', 'change'], item: false, say: (f) => `Two people gave a person the role ${text(f, 'role') || 'unknown'}.` },
  'role.removed': { facts: ['person', 'role', 'review'], item: false, say: (f) => `The role ${text(f, 'role') || 'unknown'} was taken from a person.` },
  'role.conflict': plain('A person was given roles that exclude each other. None of them holds.', ['roles']),
  'people.listed': plain('The people who use the service were listed with names and addresses.', ['count']),
  'person.covered': { facts: ['person', 'ended'], item: false, say: (f) => (f['ended'] === true ? 'Answers to a person go to nobody else any more.' : 'It was recorded where answers go when a person has left.') },
  'mailbox.shared': plain('Two people said who share a mailbox.', ['mailbox', 'members', 'change']),
  'mailbox.removed': plain('A mailbox is shared no more.', ['mailbox']),
  'mailbox.left': plain('A person whose account was ended shares a mailbox no more.', ['mailbox', 'person']),
  'client.created': plain('Two people let a program call.', ['client', 'role', 'count', 'change']),
  'client.ended': plain('A program was ended with all its keys.', ['client', 'review']),
  'client.key_issued': plain('A program was given a new key; those before it go on for the overlap.', ['client', 'key', 'expires', 'hours']),
  'client.key_ended': plain('A key of a program was ended.', ['client', 'key']),
  'client.key_expiring': plain('A key of a program ends soon.', ['client', 'key', 'expires']),
  'client.key_exposed': plain('Somebody who was shown a key of a program has left; the key goes on.', ['client', 'key']),
  'client.called': { facts: ['key', 'method', 'path', 'agent', 'network'], item: false, say: (f) => `A program called ${`${text(f, 'method').toUpperCase()} ${text(f, 'path')}`.trim() || 'a route'}.` },
  'access.opened': plain('A review of who may do what began.', ['review', 'due', 'count']),
  'access.decided': plain('A person decided on one role of another in such a review.', ['review', 'person', 'role', 'decision']),
  'access.signed': plain('A review of who may do what was signed; what was to be removed was removed.', ['review', 'kept', 'removed']),
  'access.overdue': plain('A review of who may do what was not signed in time.', ['review']),
};
