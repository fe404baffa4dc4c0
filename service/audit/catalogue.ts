/**
 * Every type of event there is, the facts each may carry, and its sentence for a person. A type or fact that is not here is a fault:
 * what is not foreseen cannot slip into a log that is kept for years. Facts are open to every reader of the log, so they are codes,
 * counts, algorithms and host names; names, addresses, subjects, reply texts and IPs are sealed (45 CFR 164.312(b), 164.514(b)(2)).
 */
import { Fault } from '../refusal.ts';
import type { EventDraft, Facts } from './audit.ts';
import type { EventType, EventTypes } from './fact/event.ts';
import { FACTS, FACTS_OF, PLAIN, STRANGERS } from './fact/fact.table.ts';
import { COMPLIANCE_EVENTS } from './fact/compliance.ts';
import { DELIVERY_EVENTS } from './fact/delivery.ts';
import { MESSAGE_EVENTS } from './fact/message.ts';
import { OPERATION_EVENTS } from './fact/operation.ts';
import { PORTAL_EVENTS } from './fact/portal.ts';
import { RECIPIENT_EVENTS } from './fact/recipient.ts';
import { STAFF_EVENTS } from './fact/staff.ts';

/** Values that may be committed to and kept beside, sealed. */
const SEALED: readonly string[] = [
  'address', 'recipient', 'from', 'name', 'subject', 'filename', 'reply', 'text', 'host', 'ip', 'reason', 'justification', 'patient', 'patientRef', 'purpose', 'messageId',
  'digest', 'sha256', 'query', 'domain', 'phone', 'agent', 'diagnostic',
];

/** One file an area. */
export const CATALOGUE: EventTypes = {
  ...MESSAGE_EVENTS,
  ...DELIVERY_EVENTS,
  ...PORTAL_EVENTS,
  ...RECIPIENT_EVENTS,
  ...COMPLIANCE_EVENTS,
  ...STAFF_EVENTS,
  ...OPERATION_EVENTS,
};

function typeOf(type: string): EventType {
  const known = Object.hasOwn(CATALOGUE, type) ? CATALOGUE[type] : undefined;
  if (known === undefined) throw new Fault('event-unknown', 'The event type is not in the catalogue.');
  return known;
}

const ID = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/;
const OUTCOMES = ['ok', 'denied', 'failed', 'unknown'];

/** Throws at anything the catalogue does not foresee. */
export function check(draft: EventDraft): void {
  const type = typeOf(draft.type);
  if (!OUTCOMES.includes(draft.outcome)) throw new Fault('event-outcome', 'The event has no such outcome.');
  if (!ID.test(draft.actor.id) || !ID.test(draft.actor.kind)) throw new Fault('event-actor', 'The actor\'s id is not an opaque id.');
  for (const id of [draft.message, draft.item]) if (id !== undefined && !ID.test(id)) throw new Fault('event-id', 'A message or item id is not an opaque id.');
  if (type.item && (draft.item === undefined || draft.message === undefined)) throw new Fault('event-item', 'The event must name its message and item.');
  for (const name of Object.keys(draft.facts ?? {})) {
    if (!type.facts.includes(name)) throw new Fault('event-fact-unknown', 'The event may not carry a fact of that name.');
  }
  for (const [name, value] of Object.entries(draft.sealed ?? {})) {
    if (!SEALED.includes(name) || typeof value !== 'string') throw new Fault('event-sealed-unknown', 'The event may not seal a value of that name.');
  }
}

/** The names of the facts whose values do not fit this type. */
function misfits(type: string, facts: Facts): string[] {
  const own = FACTS_OF[type] ?? {};
  return Object.entries(facts).flatMap(([name, value]) => (value === null || value === '' || (own[name] ?? FACTS[name] ?? PLAIN)(value) ? [] : [name]));
}

/**
 * Facts as the log may hold them. A value that does not fit is dropped, not refused: no stranger's words, and no mistake of ours, may keep an
 * event from being written. Where tests run (`strict`) a mistake of ours is a fault.
 */
export function fitting(type: string, facts: Facts, strict = false): Facts {
  const wrong = misfits(type, facts);
  if (strict && wrong.some((name) => !STRANGERS.has(name))) throw new Fault('event-fact-value', 'A fact of the event has a value that its type does not foresee.', `${type} ${wrong.join(' ')}`);
  return wrong.length === 0 ? facts : Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, wrong.includes(name) ? null : value]));
}

/** One sentence for a person, without PHI. */
export function sentence(type: string, outcome: EventDraft['outcome'], facts: Facts): string {
  const said = typeOf(type).say(facts, outcome);
  return `${said.charAt(0).toUpperCase()}${said.slice(1)}`;
}
