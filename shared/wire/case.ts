/** Incidents and emergency access over the wire (45 CFR 164.402–414, 164.312(a)(2)(ii)). */
import * as z from 'zod/mini';
import { MessageId } from './handoff.ts';
import { MessageContent } from './timeline.ts';
import type { Endpoint } from './wire.ts';

const officers = ['privacy-officer', 'compliance'] as const;
const words = z.string().check(z.minLength(1), z.maxLength(4000));
const time = z.iso.datetime({ offset: true });
const rating = z.enum(['low', 'medium', 'high']);

export const IncidentRequest = z.strictObject({
  message: MessageId,
  kind: z.enum(['wrong-recipient', 'wrong-content', 'lost-device', 'unauthorised-access', 'other']),
  /** whom it was not meant for; default all */
  recipients: z.optional(z.array(z.int()).check(z.minLength(1), z.maxLength(500))),
  /** when anybody of the workforce first knew; default now */
  discovered: z.optional(time),
  note: z.optional(words),
  /** false: take nothing back */
  recall: z.optional(z.boolean()),
});
export type IncidentRequest = z.infer<typeof IncidentRequest>;

/** 164.402(2): a person's word on each of the four factors, and the decision. */
export const AssessRequest = z.strictObject({
  version: z.int(),
  ratings: z.strictObject({ nature: rating, recipient: rating, acquired: rating, mitigated: rating }),
  decision: z.enum(['low-probability', 'breach', 'exception-workforce', 'exception-inadvertent', 'exception-not-retained']),
  /** individuals whose information it was */
  people: z.optional(z.int()),
  reason: words,
});
export type AssessRequest = z.infer<typeof AssessRequest>;

export const IncidentStep = z.strictObject({
  version: z.int(),
  kind: z.enum(['notice', 'action', 'remark', 'close']),
  text: words,
  to: z.optional(z.enum(['individuals', 'hhs', 'media', 'covered-entity', 'state'])),
  count: z.optional(z.int()),
});
export type IncidentStep = z.infer<typeof IncidentStep>;

export const Incident = z.object({
  id: z.string(),
  state: z.enum(['open', 'assessed', 'closed']),
  version: z.int(),
  message: MessageId,
  kind: z.string(),
  opened: z.string(),
  openedBy: z.string(),
  discovered: z.string(),
  note: z.string(),
  recipients: z.array(z.object({ n: z.int(), address: z.string() })),
  /** `secured`: nobody it was not meant for can open that copy */
  copies: z.array(z.object({ n: z.int(), protection: z.string(), status: z.string(), secured: z.boolean(), why: z.string(), seq: z.nullable(z.int()) })),
  secured: z.boolean(),
  /** what could not be taken back */
  cannot: z.array(z.string()),
  /** from evidence; the decision is a person's */
  factors: z.object({ nature: z.string(), recipient: z.string(), acquired: z.string(), mitigated: z.string() }),
  assessment: z.nullable(z.extend(AssessRequest, { by: z.string(), at: z.string() })),
  /** last days, if it is a breach */
  clock: z.object({ individuals: z.string(), hhs: z.string(), media: z.nullable(z.string()) }),
  steps: z.array(z.object({ kind: z.string(), text: z.string(), by: z.string(), at: z.string(), to: z.optional(z.string()), count: z.optional(z.int()) })),
  /** of one incident: who had to do with it, by id, as far as they are known */
  names: z.optional(z.record(z.string(), z.string())),
});
export type Incident = z.infer<typeof Incident>;

export const BreakGlassRequest = z.strictObject({
  message: MessageId,
  code: z.enum(['patient-safety', 'author-unavailable', 'system-failure', 'legal-emergency']),
  reason: words,
  minutes: z._default(z.int().check(z.minimum(5), z.maximum(60)), 30),
});
export type BreakGlassRequest = z.infer<typeof BreakGlassRequest>;

export const GlassReview = z.strictObject({ justified: z.boolean(), text: words });
export type GlassReview = z.infer<typeof GlassReview>;

export const BreakGlass = z.object({
  id: z.string(), person: z.string(), message: MessageId, code: z.string(), reason: z.string(), granted: z.string(), until: z.string(), active: z.boolean(), reads: z.int(), reviewDue: z.string(), overdue: z.boolean(),
  review: z.nullable(z.object({ by: z.string(), at: z.string(), justified: z.boolean(), text: z.string() })),
});
export type BreakGlass = z.infer<typeof BreakGlass>;

export const CASES = {
  openIncident: { method: 'post', path: '/incidents', summary: 'Wrong recipient, or another incident: recall what can be recalled, open a file with what the evidence says', who: ['clinician', 'api-client', ...officers], body: IncidentRequest, answers: { 200: Incident } },
  incidents: { method: 'get', path: '/incidents', summary: 'Incidents, newest first', who: [...officers, 'auditor', 'legal'], answers: { 200: z.object({ data: z.array(Incident) }) } },
  incident: { method: 'get', path: '/incidents/:id', summary: 'One incident', who: ['clinician', 'api-client', ...officers, 'auditor', 'legal'], answers: { 200: Incident } },
  assessIncident: { method: 'post', path: '/incidents/:id/assess', summary: 'The four factors of 164.402(2) and the decision, by a person', who: ['privacy-officer'], body: AssessRequest, answers: { 200: Incident } },
  stepIncident: { method: 'post', path: '/incidents/:id/steps', summary: 'A notice that was sent, a corrective action, a remark, the end', who: officers, body: IncidentStep, answers: { 200: Incident } },
  breakGlass: { method: 'post', path: '/breakglass', summary: 'Emergency access to one message, at most an hour, reviewed afterwards', who: ['clinician', 'privacy-officer'], stepUp: true, body: BreakGlassRequest, answers: { 200: BreakGlass } },
  throughGlass: { method: 'get', path: '/breakglass/:id/message', summary: 'The message, while the grant lasts', who: ['clinician', 'privacy-officer'], answers: { 200: MessageContent } },
  glasses: { method: 'get', path: '/breakglass', summary: 'Emergency accesses and their reviews; a clinician\'s own', who: ['clinician', ...officers, 'auditor'], answers: { 200: z.object({ data: z.array(BreakGlass), names: z.optional(z.record(z.string(), z.string())) }) } },
  reviewGlass: { method: 'post', path: '/breakglass/:id/review', summary: 'Another person\'s judgement of an emergency access', who: officers, body: GlassReview, answers: { 200: BreakGlass } },
} as const satisfies { [name: string]: Endpoint };
