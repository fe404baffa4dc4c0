/** Safeguards as they were evaluated, reviews of activity, evidence packs. */
import * as z from 'zod/mini';
import type { Endpoint } from './wire.ts';

const readers = ['compliance', 'privacy-officer', 'auditor'] as const;
const time = z.iso.datetime({ offset: true });
export const Profile = z.enum(['hipaa-current', 'hipaa-nprm-2025']);

/** Why an addressable specification is not met as it is written, and what is done instead (45 CFR 164.306(d)(3)(ii)(B)). */
export const Rationale = z.object({ text: z.string(), instead: z.string(), by: z.string(), at: z.string(), /** looked at again by this day */ until: z.string(), lapsed: z.boolean() });
export type Rationale = z.infer<typeof Rationale>;

export const RationaleRequest = z.strictObject({
  text: z.string().check(z.minLength(1), z.maxLength(4000)),
  /** an equivalent measure, if there is a reasonable one */
  instead: z._default(z.string().check(z.maxLength(4000)), ''),
  /** a year at most, then it is looked at again */
  until: z.iso.date(),
});
export type RationaleRequest = z.infer<typeof RationaleRequest>;

export const ControlMap = z.object({
  profile: Profile,
  /** of those who gave reasons, by id, as far as they are known */
  names: z.optional(z.record(z.string(), z.string())),
  data: z.array(z.object({
    id: z.string(), citation: z.string(), title: z.string(), question: z.string(), windowDays: z.int(), addressable: z.boolean(), reviewed: z.string(),
    latest: z.nullable(z.object({ result: z.string(), time: z.string(), seq: z.nullable(z.int()), measured: z.number() })),
    /** of an addressable one that is not met: the reason in force or lapsed */
    rationale: z.nullable(Rationale),
    /** the worst answer of each month; `continuous`: an answer every day */
    months: z.array(z.object({ month: z.string(), result: z.string(), days: z.int(), continuous: z.boolean() })),
  })),
});
export type ControlMap = z.infer<typeof ControlMap>;

export const Review = z.object({
  id: z.string(), from: z.string(), to: z.string(), due: z.string(), overdue: z.boolean(),
  done: z.nullable(z.object({ by: z.string(), at: z.string(), findings: z.int(), text: z.string(), treeSize: z.int() })),
});
export type Review = z.infer<typeof Review>;

export const SignOff = z.strictObject({
  /** size of a signed tree: what was looked at */
  treeSize: z.int().check(z.minimum(1)),
  findings: z.int().check(z.minimum(0)),
  text: z.string().check(z.minLength(1), z.maxLength(4000)),
});
export type SignOff = z.infer<typeof SignOff>;

export const PackRequest = z.strictObject({ from: time, to: time, profile: z._default(Profile, 'hipaa-current') });
export type PackRequest = z.infer<typeof PackRequest>;

export const CONTROLS = {
  controls: { method: 'get', path: '/controls', summary: 'Safeguards and twelve months of their evaluation (?profile=)', who: readers, answers: { 200: ControlMap } },
  rationale: { method: 'post', path: '/controls/:id/rationale', summary: 'Why an addressable safeguard is not met as it is written, and what is done instead', who: ['privacy-officer'], body: RationaleRequest, answers: { 200: Rationale } },
  reviews: { method: 'get', path: '/reviews', summary: 'Reviews of activity, due and done', who: readers, answers: { 200: z.object({ data: z.array(Review) }) } },
  signOff: { method: 'post', path: '/reviews/:id/sign-off', summary: 'Sign off a review of activity', who: ['compliance', 'privacy-officer'], body: SignOff, answers: { 200: Review } },
  pack: { method: 'post', path: '/evidence-packs', summary: 'All reports of a range of dates, safeguards and reviews, as one archive', who: readers, stepUp: true, body: PackRequest, raw: 'out', answers: { 200: null } },
} as const satisfies { [name: string]: Endpoint };
