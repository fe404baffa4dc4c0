/**
 * Every endpoint of `/api/v1`: method, path, who may call it, schemas. Both sides are written against this table:
 * `service/http/api` registers exactly these, the add-in's `companion/` calls exactly these, OpenAPI is made from it.
 */
import * as z from 'zod/mini';
import { ChoiceRequest, ChoiceState, ChoiceWarning, ContactRequest, ContactState, RecipientRequest, RecipientState, Reset, ResetRequest, StandIn, StandInRequest } from './contact.ts';
import { Consent, ConsentRequest, Decided, Decision, Deputy, DeputyList, DeputyRequest, PassRequest, WaitingList } from './approval.ts';
import { ALERTS } from './alert.ts';
import { AuditFilter, AuditPage, AuditProof } from './audit.ts';
import { Certified } from './certificate.ts';
import { CASES } from './case.ts';
import { COMPLIANCE } from './compliance.ts';
import { LevelRequest, PauseRequest, QueueState } from './queue.ts';
import { Overview, Permissions } from './console.ts';
import { CONTROLS } from './control.ts';
import { EXPORTS } from './export.ts';
import { FALSE_POSITIVES } from './falsepositive.ts';
import { Accepted, CommitRequest, HandoffRequest, HandoffState, MessageRequest, Plan, PlanRequest } from './handoff.ts';
import { Harvested, IdentityImport, KeyList, KeyRequest, OwnCertificates, OwnIdentity, Preference, PreferenceRequest, RecipientKey, Requirement, RequirementRequest, RotateRequest, WithdrawRequest } from './keys.ts';
import { ActivePolicy } from './active.ts';
import { ActivateRequest, DecideRequest, DraftRequest, PolicyVersion, SimulateRequest, Simulation, VersionList } from './policy.ts';
import { PEOPLE } from './people.ts';
import { OwnRulesAnswer } from './rules.ts';
import { SuppressionList, SuppressionRequest, SuppressionState } from './suppression.ts';
import { Deliverability, Findings } from './doctor.ts';
import { ReaderDecision, ExtendRequest, Held, MessageContent, MessageList, MessageTimeline, PortalCopy, Recalled, Released, ReleaseRequest } from './timeline.ts';

/** The closed list of roles. */
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
  /** also needs a fresh, strong sign-in (RFC 9470) */
  readonly stepUp?: true;
  readonly body?: z.ZodMiniType;
  /** raw bytes in (parts) or out (attachments) instead of JSON */
  readonly raw?: 'in' | 'out';
  readonly answers: { readonly [status: number]: z.ZodMiniType | null };
}

const authors = ['clinician', 'api-client'] as const;
/** whoever is a person: what each may see the room decides */
const staff = ROLES.filter((role) => role !== 'api-client');
const rulers = ['policy-approver', 'policy-author'] as const;
const readers = ['compliance', 'privacy-officer', 'auditor'] as const;

export const ENDPOINTS = {
  plan: { method: 'post', path: '/plan', summary: 'How a draft would be protected, recipient by recipient', who: authors, body: PlanRequest, answers: { 200: Plan } },
  rules: { method: 'get', path: '/rules', summary: 'The organization\'s own rules of the scanner, with their hash', who: authors, answers: { 200: OwnRulesAnswer } },
  stage: { method: 'post', path: '/handoffs', summary: 'Begin or resume a hand-over', who: authors, body: HandoffRequest, answers: { 200: HandoffState, 201: HandoffState } },
  part: { method: 'put', path: '/handoffs/:id/parts/:sha256', summary: 'One attachment, raw bytes', who: authors, raw: 'in', answers: { 204: null } },
  commit: { method: 'post', path: '/handoffs/:id/commit', summary: 'Accept: durable before the answer', who: authors, body: CommitRequest, answers: { 200: Accepted, 202: Accepted } },
  handoff: { method: 'get', path: '/handoffs/:id', summary: 'What became of a hand-over', who: authors, answers: { 200: HandoffState } },
  send: { method: 'post', path: '/messages', summary: 'Hand over a whole message at once (5 MB at most)', who: authors, body: MessageRequest, answers: { 202: Accepted } },
  messages: { method: 'get', path: '/messages', summary: 'Messages: one\'s own, or all for compliance', who: [...authors, ...readers], answers: { 200: MessageList } },
  message: { method: 'get', path: '/messages/:id', summary: 'Timeline per recipient', who: [...authors, ...readers], answers: { 200: MessageTimeline } },
  content: { method: 'get', path: '/messages/:id/content', summary: 'The whole message, for its author', who: authors, answers: { 200: MessageContent } },
  attachment: { method: 'get', path: '/messages/:id/attachments/:n', summary: 'One attachment, for its author', who: authors, raw: 'out', answers: { 200: null } },
  archive: { method: 'get', path: '/messages/:id/archive', summary: 'The archive\'s copy of a message whose key is divided, still encrypted: two shares of the archive key open it', who: ['privacy-officer', 'records-manager', 'legal'], stepUp: true, raw: 'out', answers: { 200: null } },
  recall: { method: 'post', path: '/messages/:id/recall', summary: 'Recall what can be recalled', who: authors, answers: { 200: Recalled } },
  extend: { method: 'post', path: '/messages/:id/recipients/:n/extend', summary: 'Let one recipient read their copy on the secure page for longer', who: authors, body: ExtendRequest, answers: { 200: PortalCopy } },
  resend: { method: 'post', path: '/messages/:id/recipients/:n/resend', summary: 'Send one recipient the notice of their copy again', who: authors, answers: { 202: PortalCopy } },
  decide: { method: 'post', path: '/messages/:id/recipients/:n/readers/:reader', summary: 'Allow or refuse another address that asked to read one recipient\'s copy', who: authors, body: ReaderDecision, answers: { 200: PortalCopy } },
  posted: { method: 'post', path: '/messages/:id/recipients/:n/posted', summary: 'Note that one recipient\'s copy was printed and sent by post', who: authors, answers: { 200: PortalCopy } },
  stronger: { method: 'post', path: '/messages/:id/recipients/:n/stronger', summary: 'Open one recipient\'s copy no more with a code in the mailbox of its notice', who: authors, answers: { 200: PortalCopy } },
  certificate: { method: 'post', path: '/messages/:id/certificate', summary: 'A signed certificate of what the log proves of a message, with all it rests on', who: [...authors, ...readers], answers: { 200: Certified } },
  bundle: { method: 'post', path: '/messages/:id/certificate/bundle', summary: 'The same as one archive that verifies offline', who: [...authors, ...readers], raw: 'out', answers: { 200: null } },
  certificatePaper: { method: 'post', path: '/messages/:id/certificate/paper', summary: 'The same for people: a PDF with the archive attached', who: [...authors, ...readers], raw: 'out', answers: { 200: null } },
  held: { method: 'get', path: '/messages/:id/held', summary: 'Copies that wait for their author, and the ways they could go', who: authors, answers: { 200: Held } },
  release: { method: 'post', path: '/messages/:id/release', summary: 'Let held copies go by a way that was shown', who: authors, body: ReleaseRequest, answers: { 200: Released } },
  contact: { method: 'post', path: '/contacts', summary: 'Record a recipient\'s language or mobile number for one-time codes', who: ['system-admin'], body: ContactRequest, answers: { 200: ContactState } },
  recipient: { method: 'post', path: '/recipients/look-up', summary: 'What is known of one recipient: wishes, requirements, ways; noted', who: ['system-admin', 'privacy-officer'], body: RecipientRequest, answers: { 200: RecipientState } },
  doctor: { method: 'get', path: '/doctor', summary: 'Our own domains as receivers see them, and the records to publish', who: ['system-admin', 'compliance'], answers: { 200: Findings } },
  overview: { method: 'get', path: '/overview', summary: 'What became of messages, by day: protections, verdicts, refusals, overrides', who: [...readers, ...rulers, 'records-manager', 'legal', 'system-admin'], answers: { 200: Overview } },
  permissions: { method: 'get', path: '/permissions', summary: 'Every route and the roles that may call it', who: [...readers, 'system-admin', 'legal'], answers: { 200: Permissions } },
  deliverability: { method: 'get', path: '/deliverability', summary: 'What became of copies, by destination', who: ['system-admin', 'compliance'], answers: { 200: Deliverability } },
  suppressions: { method: 'get', path: '/suppressions', summary: 'Addresses that are not to be written to as if nothing had happened', who: ['system-admin', 'privacy-officer'], answers: { 200: SuppressionList } },
  suppress: { method: 'post', path: '/suppressions', summary: 'Put an address on that list, with reason and end', who: ['system-admin', 'privacy-officer'], body: SuppressionRequest, answers: { 201: SuppressionState } },
  unsuppress: { method: 'delete', path: '/suppressions/:id', summary: 'Take an address off it', who: ['system-admin', 'privacy-officer'], answers: { 204: null } },
  recordConsent: { method: 'post', path: '/consents', summary: 'Record a patient\'s consent to disclosures under 42 CFR Part 2', who: ['privacy-officer', 'clinician'], body: ConsentRequest, answers: { 201: Consent } },
  revokeConsent: { method: 'delete', path: '/consents/:consent', summary: 'A patient took the consent back', who: ['privacy-officer', 'clinician'], answers: { 204: null } },
  approvals: { method: 'get', path: '/approvals', summary: 'Messages that wait for a second person, for whoever may decide', who: staff, answers: { 200: WaitingList } },
  approvalContent: { method: 'get', path: '/approvals/:id/content', summary: 'The message itself, for whoever may decide; noted before it is shown', who: staff, answers: { 200: MessageContent } },
  approveMessage: { method: 'post', path: '/approvals/:id/approve', summary: 'Agree: it goes', who: staff, stepUp: true, body: Decision, answers: { 200: Decided } },
  denyMessage: { method: 'post', path: '/approvals/:id/deny', summary: 'Do not agree: it never goes', who: staff, body: Decision, answers: { 200: Decided } },
  passMessage: { method: 'post', path: '/approvals/:id/pass', summary: 'Pass on what somebody who has left was to see to: this message, the rest, and answers', who: staff, stepUp: true, body: PassRequest, answers: { 204: null } },
  deputies: { method: 'get', path: '/approvals/deputies', summary: 'Those one has named to decide in one\'s place, now or later', who: ['privacy-officer', 'compliance', 'policy-approver'], answers: { 200: DeputyList } },
  appoint: { method: 'post', path: '/approvals/deputies', summary: 'Name who decides in one\'s place for a time', who: ['privacy-officer', 'compliance', 'policy-approver'], body: DeputyRequest, answers: { 201: Deputy } },
  dismiss: { method: 'delete', path: '/approvals/deputies/:deputy', summary: 'Dismiss a deputy one has named', who: ['privacy-officer', 'compliance', 'policy-approver'], answers: { 204: null } },
  policy: { method: 'get', path: '/policy', summary: 'The policy in force, signed', who: ROLES, answers: { 200: ActivePolicy } },
  policies: { method: 'get', path: '/policies', summary: 'Versions of the policy, newest first', who: [...rulers, ...readers], answers: { 200: VersionList } },
  policyVersion: { method: 'get', path: '/policies/:version', summary: 'One version with its document', who: [...rulers, ...readers], answers: { 200: PolicyVersion } },
  draftPolicy: { method: 'post', path: '/policies', summary: 'Write a version: a document, a template, or a former version to go back to', who: ['policy-author'], body: DraftRequest, answers: { 200: PolicyVersion, 201: PolicyVersion } },
  simulatePolicy: { method: 'post', path: '/policies/:version/simulate', summary: 'Try a version on what was really sent (kinds and counts) and on made-up mail', who: rulers, body: SimulateRequest, answers: { 200: Simulation } },
  submitPolicy: { method: 'post', path: '/policies/:version/submit', summary: 'Ask another person to approve a version', who: ['policy-author'], body: DecideRequest, answers: { 200: PolicyVersion } },
  approvePolicy: { method: 'post', path: '/policies/:version/approve', summary: 'Approve what somebody else wrote', who: ['policy-approver'], stepUp: true, body: DecideRequest, answers: { 200: PolicyVersion } },
  rejectPolicy: { method: 'post', path: '/policies/:version/reject', summary: 'Reject what somebody else wrote', who: ['policy-approver'], body: DecideRequest, answers: { 200: PolicyVersion } },
  activatePolicy: { method: 'post', path: '/policies/:version/activate', summary: 'Bring an approved version into force, now or at a time', who: ['policy-approver'], stepUp: true, body: ActivateRequest, answers: { 200: PolicyVersion } },
  emergencyPolicy: { method: 'post', path: '/policies/:version/emergency', summary: 'Bring a version into force without a second person: it goes back after 24 hours unless one approves it', who: ['policy-author'], stepUp: true, body: DecideRequest, answers: { 200: PolicyVersion } },
  choiceWarning: { method: 'get', path: '/contacts/choice/warning', summary: 'What somebody is to be told before they choose ordinary mail', who: ['system-admin', 'privacy-officer'], answers: { 200: ChoiceWarning } },
  choose: { method: 'post', path: '/contacts/choice', summary: 'Record that a warned recipient chose ordinary mail for some topics, or took it back', who: ['system-admin', 'privacy-officer'], body: ChoiceRequest, answers: { 200: ChoiceState } },
  standIn: { method: 'post', path: '/stand-ins', summary: 'Record who may read in a recipient\'s place: a group\'s member, a parent, a carer', who: ['system-admin', 'privacy-officer'], body: StandInRequest, answers: { 200: StandIn } },
  reset: { method: 'post', path: '/contacts/reset', summary: 'Forget a recipient\'s devices, who begins anew', who: ['system-admin', 'privacy-officer'], body: ResetRequest, answers: { 200: Reset } },
  events: { method: 'get', path: '/audit/events', summary: 'The log, filtered by ids and kinds, and paged', who: readers, answers: { 200: AuditPage } },
  find: { method: 'post', path: '/audit/events/find', summary: 'The same, asked in the body: what people type stands in no address', who: readers, body: AuditFilter, answers: { 200: AuditPage } },
  proof: { method: 'get', path: '/audit/events/:seq/proof', summary: 'Inclusion proof of one event', who: readers, answers: { 200: AuditProof } },
  checkpoint: { method: 'get', path: '/log/checkpoint', summary: 'The newest signed checkpoint (text)', who: 'public', answers: { 200: null } },
  keys: { method: 'get', path: '/keys', summary: 'Recipients\' certificates and keys', who: ['system-admin', 'policy-approver'], answers: { 200: KeyList } },
  importKey: { method: 'post', path: '/keys', summary: 'Add a recipient\'s certificate or key; full trust comes with a second person\'s confirmation', who: ['system-admin'], stepUp: true, body: KeyRequest, answers: { 200: RecipientKey, 201: RecipientKey } },
  confirmKey: { method: 'post', path: '/keys/:id/confirm', summary: 'Confirm a key that somebody else added or that was found', who: ['system-admin', 'policy-approver'], stepUp: true, answers: { 200: RecipientKey } },
  harvestKeys: { method: 'post', path: '/keys/harvest', summary: 'Take the certificates and keys that came with one received mail (message/rfc822), if its signature stands', who: ['api-client', 'system-admin'], raw: 'in', answers: { 200: Harvested } },
  removeKey: { method: 'delete', path: '/keys/:id', summary: 'Use a key no more; it stays as history', who: ['system-admin'], stepUp: true, answers: { 204: null } },
  prefer: { method: 'post', path: '/preferences', summary: 'Record how a recipient prefers to be written to', who: ['clinician', 'privacy-officer', 'system-admin'], body: PreferenceRequest, answers: { 200: Preference } },
  require: { method: 'post', path: '/requirements', summary: 'Record the least a recipient, or a whole domain, is written to with', who: ['privacy-officer', 'system-admin'], body: RequirementRequest, answers: { 200: Requirement } },
  acceptLevel: { method: 'post', path: '/domains/level', summary: 'Take what a domain\'s mail servers prove now for the new level, after they had proved more', who: ['system-admin'], body: LevelRequest, answers: { 204: null } },
  queue: { method: 'get', path: '/queue', summary: 'What waits, and the domains that are paused or do not answer', who: ['system-admin'], answers: { 200: QueueState } },
  pause: { method: 'post', path: '/queue/pause', summary: 'Deliver nothing, or nothing to one domain, until it is taken back', who: ['system-admin'], body: PauseRequest, answers: { 204: null } },
  tryNow: { method: 'post', path: '/queue/try', summary: 'Try a domain that does not answer again at once', who: ['system-admin'], body: LevelRequest, answers: { 204: null } },
  identity: { method: 'get', path: '/identity', summary: 'Our own certificate authority and OpenPGP key, to verify our signatures', who: 'public', answers: { 200: OwnIdentity } },
  rotateIdentity: { method: 'post', path: '/identity/rotate', summary: 'New signing keys of our own; the old ones stay published', who: ['system-admin'], stepUp: true, body: RotateRequest, answers: { 200: OwnIdentity } },
  ownCertificates: { method: 'get', path: '/identity/certificates', summary: 'Certificates that sign for single addresses of ours, brought along', who: ['system-admin'], answers: { 200: OwnCertificates } },
  withdrawIdentity: { method: 'post', path: '/identity/withdraw', summary: 'The certificate brought along for one address signs no more, or our authority vouches for it no more, from now on', who: ['system-admin'], stepUp: true, body: WithdrawRequest, answers: { 204: null } },
  importIdentity: { method: 'post', path: '/identity/import', summary: 'Signing keys of our own, brought along (PKCS#12, OpenPGP)', who: ['system-admin'], stepUp: true, body: IdentityImport, answers: { 200: OwnIdentity } },
  vkey: { method: 'get', path: '/log/vkey', summary: 'The log\'s verifier key (text)', who: 'public', answers: { 200: null } },
  ...PEOPLE,
  ...ALERTS,
  ...FALSE_POSITIVES,
  ...COMPLIANCE,
  ...EXPORTS,
  ...CASES,
  ...CONTROLS,
} as const satisfies { [name: string]: Endpoint };
export type EndpointName = keyof typeof ENDPOINTS;
