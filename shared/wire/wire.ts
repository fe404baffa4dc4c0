/**
 * Every endpoint of `/api/v1`: method, path, who may call it, schemas. Both sides are written against this table:
 * `service/http/api` registers exactly these, the add-in's `companion/` calls exactly these, OpenAPI is made from it.
 */
import * as z from 'zod/mini';
import { ContactRequest, ContactState } from './contact.ts';
import { AuditPage, AuditProof } from './audit.ts';
import { Accepted, CommitRequest, HandoffRequest, HandoffState, MessageRequest, Plan, PlanRequest } from './handoff.ts';
import { ExtendRequest, MessageContent, MessageList, MessageTimeline, PortalCopy, Recalled } from './timeline.ts';

/** The closed list of roles (house.md §4). */
export const ROLES = [
  'clinician', 'policy-author', 'policy-approver', 'compliance', 'privacy-officer', 'records-manager', 'legal', 'auditor',
  'system-admin', 'api-client',
] as const;
export type StaffRole = (typeof ROLES)[number];

export interface Endpoint {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  /** Hono path below /api/v1 */
  readonly path: string;
  readonly summary: string;
  /** roles that may call it; `public` needs no token */
  readonly who: readonly StaffRole[] | 'public';
  readonly body?: z.ZodMiniType;
  /** raw bytes in (parts) or out (attachments) instead of JSON */
  readonly raw?: 'in' | 'out';
  readonly answers: { readonly [status: number]: z.ZodMiniType | null };
}

const authors = ['clinician', 'api-client'] as const;
const readers = ['compliance', 'privacy-officer', 'auditor'] as const;

export const ENDPOINTS = {
  plan: { method: 'post', path: '/plan', summary: 'How a draft would be protected, recipient by recipient', who: authors, body: PlanRequest, answers: { 200: Plan } },
  stage: { method: 'post', path: '/handoffs', summary: 'Begin or resume a hand-over', who: authors, body: HandoffRequest, answers: { 200: HandoffState, 201: HandoffState } },
  part: { method: 'put', path: '/handoffs/:id/parts/:sha256', summary: 'One attachment, raw bytes', who: authors, raw: 'in', answers: { 204: null } },
  commit: { method: 'post', path: '/handoffs/:id/commit', summary: 'Accept: durable before the answer', who: authors, body: CommitRequest, answers: { 200: Accepted, 202: Accepted } },
  handoff: { method: 'get', path: '/handoffs/:id', summary: 'What became of a hand-over', who: authors, answers: { 200: HandoffState } },
  send: { method: 'post', path: '/messages', summary: 'Hand over a whole message at once (5 MB at most)', who: authors, body: MessageRequest, answers: { 202: Accepted } },
  messages: { method: 'get', path: '/messages', summary: 'Messages: one\'s own, or all for compliance', who: [...authors, ...readers], answers: { 200: MessageList } },
  message: { method: 'get', path: '/messages/:id', summary: 'Timeline per recipient', who: [...authors, ...readers], answers: { 200: MessageTimeline } },
  content: { method: 'get', path: '/messages/:id/content', summary: 'The whole message, for its author', who: authors, answers: { 200: MessageContent } },
  attachment: { method: 'get', path: '/messages/:id/attachments/:n', summary: 'One attachment, for its author', who: authors, raw: 'out', answers: { 200: null } },
  recall: { method: 'post', path: '/messages/:id/recall', summary: 'Recall what can be recalled', who: authors, answers: { 200: Recalled } },
  extend: { method: 'post', path: '/messages/:id/recipients/:n/extend', summary: 'Let one recipient read their copy on the secure page for longer', who: authors, body: ExtendRequest, answers: { 200: PortalCopy } },
  resend: { method: 'post', path: '/messages/:id/recipients/:n/resend', summary: 'Send one recipient the notice of their copy again', who: authors, answers: { 202: PortalCopy } },
  contact: { method: 'post', path: '/contacts', summary: 'Record a recipient\'s language or mobile number for one-time codes', who: ['system-admin'], body: ContactRequest, answers: { 200: ContactState } },
  events: { method: 'get', path: '/audit/events', summary: 'The log, filtered and paged', who: readers, answers: { 200: AuditPage } },
  proof: { method: 'get', path: '/audit/events/:seq/proof', summary: 'Inclusion proof of one event', who: readers, answers: { 200: AuditProof } },
  checkpoint: { method: 'get', path: '/log/checkpoint', summary: 'The newest signed checkpoint (text)', who: 'public', answers: { 200: null } },
  vkey: { method: 'get', path: '/log/vkey', summary: 'The log\'s verifier key (text)', who: 'public', answers: { 200: null } },
} as const satisfies { [name: string]: Endpoint };
export type EndpointName = keyof typeof ENDPOINTS;
