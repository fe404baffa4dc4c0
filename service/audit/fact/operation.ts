/** Events of the program itself: alerts, settings, start and stop, backups, the log's own. */
import { because, has, plain, text, type EventTypes } from './event.ts';

export const OPERATION_EVENTS: EventTypes = {
  'finding.disputed': plain('An author called a finding wrong; the message stayed as it was planned.', ['rule', 'confidence', 'part', 'kind', 'ruleset']),
  'finding.reviewed': plain('What authors call wrong about a rule of the scanner was reviewed.', ['rule', 'confidence']),
  'alert.raised': { facts: ['alert', 'kind', 'severity', 'count'], item: false, say: (f) => `An alert was raised (${text(f, 'kind').replaceAll('-', ' ') || 'unknown'}).` },
  'alert.acknowledged': plain('A person has seen to an alert.', ['alert', 'kind']),
  'alert.told': { facts: ['alert', 'kind', 'addresses', 'webhook', 'tries'], item: false, say: (f, outcome) => (outcome === 'ok' ? `Staff were told of an alert${has(f, 'addresses') ? ` (${text(f, 'addresses')} by mail)` : ''}.` : 'Staff could not be told of an alert.') },
  'settings.loaded': { item: false, say: (f) => `The settings were read.${has(f, 'changed') ? ` Changed since the last start: ${text(f, 'changed').split(' ').join(', ')}.` : ''}`, facts: ['digest', 'changed', 'profile', 'policy', 'rules', 'roster'] },
  'service.started': plain('The service started.', ['version', 'node', 'engine', 'recovered', 'profile']),
  'service.stopped': plain('The service stopped.', ['signal', 'clean', 'uptime']),
  'backup.completed': plain('A backup was made.', ['at', 'files', 'bytes', 'holds']),
  'clock.skew': { facts: ['behind'], item: false, say: (f) => `The clock went back, or an entry came late, by ${Math.round((Number(f['behind']) || 0) / 1000)} s.` },
  'log.key_rotated': plain('The log goes on under a new key, for which the old key signed.', ['after', 'key', 'origin', 'signature']),
  'log.witnessed': { facts: ['witness', 'size', 'seen'], item: false, say: (f) => `A witness${has(f, 'witness') ? ` (${text(f, 'witness')})` : ''} saw the log at size ${text(f, 'size') || '0'} and signed for it.` },
  'log.timestamped': { facts: ['size', 'time', 'authority'], item: false, say: (f) => `A time-stamp authority stamped the log at size ${text(f, 'size') || '0'}.` },
  'log.copied': { facts: ['size', 'until'], item: false, say: (f) => `The checkpoint of size ${text(f, 'size') || '0'} was copied to a place that is written once${has(f, 'until') ? `, and locked there until ${text(f, 'until').slice(0, 10)}` : ''}.` },
  'log.anchor_failed': { facts: ['kind', 'code', 'size'], item: false, say: (f) => `An anchor of the log could not be set${because(f)}.` },
  'log.forged': plain('An event waited for its place that none of us had noted, or that was changed while it waited. It was not taken into the log; what it said lies sealed here.', ['event']),
  'log.initialised': plain('The log began.', ['origin', 'key', 'format']),
};
