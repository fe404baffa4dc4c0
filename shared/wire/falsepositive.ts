/** Findings that authors call wrong: which rule, how sure it was, where; never the value, never the text around it. */
import * as z from 'zod/mini';
import type { Endpoint } from './wire.ts';

const rule = z.string().check(z.regex(/^[\w.:-]{1,100}$/));
const confidence = z.enum(['low', 'medium', 'high']);
const kind = z.string().check(z.regex(/^[A-Z_]{2,20}$/));

export const FalsePositiveRequest = z.object({
  rule, kind, confidence,
  part: z.enum(['subject', 'body', 'attachment-name', 'attachment']),
  /** the rules it was found with */
  ruleset: z.string().check(z.maxLength(120)),
});
export type FalsePositiveRequest = z.infer<typeof FalsePositiveRequest>;

export const FalsePositive = z.object({
  rule, kind, confidence,
  /** how often it was called wrong since it was last reviewed, by how many people */
  reports: z.int(), people: z.int(),
  last: z.string(),
});
export type FalsePositive = z.infer<typeof FalsePositive>;
const FalsePositiveList = z.object({ data: z.array(FalsePositive) });

export const FalsePositiveReview = z.object({ rule, confidence });
export type FalsePositiveReview = z.infer<typeof FalsePositiveReview>;

export const FALSE_POSITIVES = {
  reportFalsePositive: { method: 'post', path: '/false-positives', summary: 'Call a finding wrong: its rule and place, without what it matched', who: ['clinician'], body: FalsePositiveRequest, answers: { 204: null } },
  falsePositives: { method: 'get', path: '/false-positives', summary: 'Rules of the scanner that authors call wrong, most often first', who: ['policy-author', 'policy-approver', 'compliance', 'privacy-officer', 'auditor'], answers: { 200: FalsePositiveList } },
  reviewFalsePositive: { method: 'post', path: '/false-positives/review', summary: 'Reviewed: what is reported from now on counts anew', who: ['policy-author', 'compliance', 'privacy-officer'], body: FalsePositiveReview, answers: { 204: null } },
} as const satisfies { readonly [name: string]: Endpoint };
