/**
 * What the author's knock can do, and what staff do in their stead: before acceptance (`accept/`), with copies under way (`copy/`), for a
 * recipient (`staff/`).
 */
import type { Readable } from 'node:stream';
import type { Address } from '../../shared/draft/draft.ts';
import type { ChoiceRequest, ChoiceState, ContactRequest, ContactState, Reset, ResetRequest, StandInRequest } from '../../shared/wire/contact.ts';
import type { Accepted, CommitRequest, HandoffRequest, HandoffState, MessageRequest, Plan, PlanRequest } from '../../shared/wire/handoff.ts';
import type { Held, PortalCopy, Recalled, Released, ReleaseRequest } from '../../shared/wire/timeline.ts';
import type { Person } from '../people/people.ts';
import type { Refusal, WireRefusal } from '../refusal.ts';
import type { File } from './answer/attach.ts';

/** Every call is judged against `author`; another author's id is `not-found`. */
export interface Accept {
  plan(author: Person, request: PlanRequest): Promise<Plan | WireRefusal>;
  stage(author: Person, request: HandoffRequest): Promise<{ readonly created: boolean; readonly state: HandoffState } | WireRefusal>;
  /** streams to disk encrypted; refuses `digest-mismatch`, `too-large`, and a sha256 the staged draft does not name (`not-found`) */
  part(author: Person, id: string, sha256: string, bytes: Readable): Promise<null | WireRefusal>;
  commit(author: Person, id: string, request: CommitRequest): Promise<
    | { readonly kind: 'accepted'; readonly fresh: boolean; readonly accepted: Accepted }
    | { readonly kind: 'plan-changed'; readonly plan: Plan }
    | { readonly kind: 'already-sent'; readonly accepted: Accepted }
    | WireRefusal
  >;
  handoff(author: Person, id: string): Promise<HandoffState | WireRefusal>;
  /** `as`: written on the secure page; its writer gets no receipt by mail, and answers go to them; files beside those of the request */
  send(author: Person, request: MessageRequest, idempotencyKey: string, as?: { readonly replyTo: Address; readonly files: readonly File[] }): Promise<Accepted | WireRefusal>;
  /** `by`: somebody whose office it is, instead of the author */
  recall(author: Person, id: string, by?: Pick<Person, 'id'>): Promise<Recalled | WireRefusal>;
  /** the copy of recipient `n` may be read until `days` from now, if that is later */
  extend(author: Person, id: string, n: number, days: number): Promise<PortalCopy | WireRefusal>;
  /** the notice of recipient `n`'s copy once more; the link stays the same */
  resend(author: Person, id: string, n: number): Promise<PortalCopy | WireRefusal>;
  /** a code in the mailbox of the notice opens recipient `n`'s copy no more: by text message where a number is on file, else by phone */
  stronger(author: Person, id: string, n: number): Promise<PortalCopy | WireRefusal>;
  /** another address may read recipient `n`'s copy, or may not */
  decide(author: Person, id: string, n: number, reader: string, allowed: boolean): Promise<PortalCopy | WireRefusal>;
  /** printed and sent by post to recipient `n`, who cannot use the page */
  posted(author: Person, id: string, n: number): Promise<PortalCopy | WireRefusal>;
  /** how a recipient is reached; their mailbox is told, as of all that staff record for them */
  reached(by: Person, request: ContactRequest): Promise<ContactState | Refusal<'bad-address'>>;
  /** a recipient who was warned chose ordinary mail, or takes it back; whether it was today's warning is the caller's to judge */
  chosen(by: Person, request: Omit<ChoiceRequest, 'version'>): Promise<ChoiceState | Refusal<'bad-address'>>;
  standIn(by: Person, request: StandInRequest): Promise<{ readonly changed: boolean } | WireRefusal>;
  /** a recipient's passkeys are forgotten, and what was opened anywhere is closed */
  reset(by: Person, request: ResetRequest): Promise<Reset | WireRefusal>;
  /** copies that wait for their author, with the ways that are strong enough today */
  held(author: Person, id: string): Promise<Held | WireRefusal>;
  release(author: Person, id: string, request: ReleaseRequest): Promise<{ readonly kind: 'released'; readonly released: Released } | { readonly kind: 'plan-changed'; readonly held: Held } | WireRefusal>;
}
