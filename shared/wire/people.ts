/**
 * Who may do what, and who agreed to it: people with their roles, shared mailboxes, programs that call with a key, the changes that wait for a second
 * person, and the reviews in which somebody signs for all of it.
 */
import * as z from 'zod/mini';
import type { Endpoint, StaffRole } from './wire.ts';

export const PersonId = z.string().check(z.regex(/^u_[0-9a-f]{32}$/));
export const ClientId = z.string().check(z.regex(/^cli_[0-9a-f]{24}$/));
export const ChangeId = z.string().check(z.regex(/^chg_[0-9a-f]{24}$/));
export const ReviewId = z.string().check(z.regex(/^acr_[0-9a-f]{24}$/));
export const KeyOfClient = z.string().check(z.regex(/^ck_[0-9a-f]{16}$/));
export const MailboxId = z.string().check(z.regex(/^mbx_[0-9a-f]{32}$/));

/** Roles that one person never holds together: whoever runs the machine neither judges its log nor reads what it keeps. */
export const FORBIDDEN: readonly (readonly [StaffRole, StaffRole])[] = [['system-admin', 'auditor'], ['system-admin', 'privacy-officer']];

/** Roles a person is given; `api-client` is a program's. */
export const ASSIGNABLE = ['clinician', 'policy-author', 'policy-approver', 'compliance', 'privacy-officer', 'records-manager', 'legal', 'auditor', 'system-admin'] as const satisfies readonly StaffRole[];
const Role = z.enum(ASSIGNABLE);

export const KnownPerson = z.object({
  id: PersonId, name: z.string(), address: z.string(),
  /** false: the directory ended the account */
  active: z.boolean(),
  /** what holds now */
  roles: z.array(z.string()),
  /** as the issuer said at the last sign-in; as two people gave them; as they were taken */
  claimed: z.array(z.string()), assigned: z.array(z.string()), taken: z.array(z.string()),
  /** roles that exclude each other: none of them holds */
  conflict: z.array(z.string()),
  seen: z.string(),
  /** answers to somebody who has left go there */
  cover: z.nullable(z.string()),
});
export type KnownPerson = z.infer<typeof KnownPerson>;
const People = z.object({ data: z.array(KnownPerson), next: z.nullable(z.string()) });

const CHANGE_KINDS = ['role', 'client', 'mailbox', 'settings'] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];
export const Change = z.object({
  id: ChangeId, kind: z.enum(CHANGE_KINDS),
  /** who proposed it; null: found at the service's start, and nobody has vouched for it yet */
  by: z.nullable(z.string()),
  proposed: z.string(), until: z.string(),
  state: z.enum(['waiting', 'applied', 'rejected', 'lapsed']),
  decidedBy: z.nullable(z.string()), decided: z.nullable(z.string()),
  own: z.boolean(),
  /** what it would do, by name: role, person, client, routes, address, settings; never a setting's value */
  what: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
});
export type Change = z.infer<typeof Change>;
/** `names`: of those who proposed and decided, by id, as far as they are known */
const ChangeList = z.object({ data: z.array(Change), names: z.record(z.string(), z.string()) });

const RoleRequest = z.strictObject({ role: Role });
const CoverRequest = z.strictObject({ address: z.nullable(z.string().check(z.maxLength(254))) });

export const ClientRequest = z.strictObject({
  name: z.string().check(z.minLength(1), z.maxLength(80)),
  /** the role in whose right it calls: `auditor` reads, `api-client` sends */
  role: z.enum(['api-client', 'auditor']),
  /** names of routes (`GET /permissions`) */
  scopes: z.array(z.string().check(z.maxLength(40))).check(z.minLength(1), z.maxLength(50)),
  /** From addresses it may send with */
  addresses: z._default(z.array(z.string().check(z.maxLength(254))).check(z.maxLength(20)), []),
  /** calls a minute */
  perMinute: z._default(z.int().check(z.minimum(1), z.maximum(6000)), 600),
});
export type ClientRequest = z.output<typeof ClientRequest>;
const ClientKey = z.object({ id: KeyOfClient, created: z.string(), expires: z.string(), ended: z.nullable(z.string()), used: z.nullable(z.string()), /** since when somebody who was shown it has left; it is to be exchanged */ exposed: z.nullable(z.string()) });
export const Client = z.object({
  id: ClientId, name: z.string(), role: z.string(), scopes: z.array(z.string()), addresses: z.array(z.string()), perMinute: z.int(), created: z.string(), ended: z.nullable(z.string()), keys: z.array(ClientKey),
});
export type Client = z.infer<typeof Client>;
const ClientList = z.object({ data: z.array(Client) });
export const IssueRequest = z.strictObject({
  /** days until the new key ends */
  days: z._default(z.int().check(z.minimum(1), z.maximum(366)), 90),
  /** hours for which the keys before it go on */
  overlap: z._default(z.int().check(z.minimum(0), z.maximum(168)), 24),
});
export type IssueRequest = z.output<typeof IssueRequest>;
/** `secret` is shown this once: only its hash is kept. */
const IssuedKey = z.object({ id: KeyOfClient, secret: z.string(), expires: z.string() });

export const MailboxRequest = z.strictObject({
  address: z.string().check(z.maxLength(254)),
  /** who use it: a group of the directory by its name, or people */
  group: z.optional(z.string().check(z.minLength(1), z.maxLength(120))),
  people: z.optional(z.array(PersonId).check(z.maxLength(200))),
});
export type MailboxRequest = z.infer<typeof MailboxRequest>;
export const Mailbox = z.object({ id: MailboxId, address: z.string(), group: z.nullable(z.string()), people: z.array(z.string()) });
export type Mailbox = z.infer<typeof Mailbox>;
const MailboxList = z.object({ data: z.array(Mailbox) });

const ReviewRow = z.object({ person: z.string(), name: z.string(), role: z.string(), source: z.enum(['claimed', 'assigned', 'client']), seen: z.string(), decision: z.nullable(z.enum(['keep', 'remove'])), by: z.nullable(z.string()), /** of a program: somebody who was shown a key that still calls has left */ exposed: z.boolean() });
export const Review = z.object({
  id: ReviewId, opened: z.string(), due: z.string(), state: z.enum(['open', 'signed']), overdue: z.boolean(),
  signedBy: z.nullable(z.string()), signed: z.nullable(z.string()),
  /** how many, and how many are not decided */
  size: z.int(), left: z.int(),
});
export type Review = z.infer<typeof Review>;
const ReviewList = z.object({ data: z.array(Review) });
export const ReviewSheet = z.object({ ...Review.shape, rows: z.array(ReviewRow) });
export type ReviewSheet = z.infer<typeof ReviewSheet>;
const ReviewDecision = z.strictObject({ person: z.string().check(z.maxLength(40)), role: z.string().check(z.maxLength(40)), decision: z.enum(['keep', 'remove']) });
const Nothing = z.strictObject({});

const lookers = ['system-admin', 'privacy-officer', 'compliance', 'auditor'] as const;
const seconds = ['system-admin', 'policy-approver', 'privacy-officer'] as const;
const reviewers = ['privacy-officer', 'compliance'] as const;

export const PEOPLE = {
  people: { method: 'get', path: '/people', summary: 'Everybody who has signed in, with roles, where these come from, and when they were last there', who: lookers, answers: { 200: People } },
  assignRole: { method: 'post', path: '/people/:person/roles', summary: 'Propose a role for a person; it holds once another person has agreed', who: ['system-admin'], stepUp: true, body: RoleRequest, answers: { 202: Change } },
  takeRole: { method: 'delete', path: '/people/:person/roles/:role', summary: 'Take a role from a person, at once, whoever gave it', who: ['system-admin', 'privacy-officer'], stepUp: true, answers: { 204: null } },
  cover: { method: 'put', path: '/people/:person/cover', summary: 'Where answers go when this person has left', who: ['privacy-officer'], stepUp: true, body: CoverRequest, answers: { 204: null } },
  changes: { method: 'get', path: '/changes', summary: 'Changes that wait for a second person, and those of the last 90 days', who: [...lookers, 'policy-approver'], answers: { 200: ChangeList } },
  approveChange: { method: 'post', path: '/changes/:change/approve', summary: 'Agree to what somebody else proposed: it holds from now on', who: seconds, stepUp: true, body: Nothing, answers: { 200: Change } },
  rejectChange: { method: 'post', path: '/changes/:change/reject', summary: 'Do not agree, or take back what one proposed', who: seconds, body: Nothing, answers: { 200: Change } },
  clients: { method: 'get', path: '/clients', summary: 'Programs that call with a key, and their keys without the secret', who: lookers, answers: { 200: ClientList } },
  createClient: { method: 'post', path: '/clients', summary: 'Propose a program with the routes it may call; it holds once another person has agreed', who: ['system-admin'], stepUp: true, body: ClientRequest, answers: { 202: Change } },
  endClient: { method: 'delete', path: '/clients/:client', summary: 'End a program with all its keys, at once', who: ['system-admin', 'privacy-officer'], stepUp: true, answers: { 204: null } },
  issueKey: { method: 'post', path: '/clients/:client/keys', summary: 'A new key of a program, shown this once; those before it go on for the overlap', who: ['system-admin'], stepUp: true, body: IssueRequest, answers: { 201: IssuedKey } },
  endKey: { method: 'delete', path: '/clients/:client/keys/:key', summary: 'End one key, at once', who: ['system-admin', 'privacy-officer'], stepUp: true, answers: { 204: null } },
  mailboxes: { method: 'get', path: '/mailboxes', summary: 'Shared mailboxes and who use them', who: lookers, answers: { 200: MailboxList } },
  shareMailbox: { method: 'post', path: '/mailboxes', summary: 'Propose who share a mailbox, its From address and its timelines; it holds once another person has agreed', who: ['system-admin'], stepUp: true, body: MailboxRequest, answers: { 202: Change } },
  unshareMailbox: { method: 'delete', path: '/mailboxes/:mailbox', summary: 'Share a mailbox no more, at once', who: ['system-admin', 'privacy-officer'], stepUp: true, answers: { 204: null } },
  accessReviews: { method: 'get', path: '/access-reviews', summary: 'Reviews of who may do what: open, overdue, signed', who: lookers, answers: { 200: ReviewList } },
  openAccessReview: { method: 'post', path: '/access-reviews', summary: 'Begin a review; one begins by itself every quarter', who: reviewers, body: Nothing, answers: { 201: Review } },
  accessReview: { method: 'get', path: '/access-reviews/:review', summary: 'One review with everybody\'s roles and last use', who: lookers, answers: { 200: ReviewSheet } },
  decideAccess: { method: 'post', path: '/access-reviews/:review/decisions', summary: 'Keep or remove one role of one person; nobody decides on themselves', who: reviewers, body: ReviewDecision, answers: { 200: Review } },
  signAccessReview: { method: 'post', path: '/access-reviews/:review/sign', summary: 'Sign a review in which everything is decided; what is to be removed is removed with it', who: reviewers, stepUp: true, body: Nothing, answers: { 200: Review } },
} as const satisfies { readonly [name: string]: Endpoint };
