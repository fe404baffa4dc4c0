/**
 * The only file that knows the order: accept, carry, open, sweep (house.md §2).
 */
import type { Readable } from 'node:stream';
import type { Address, AttachmentFact } from '../shared/draft/draft.ts';
import type { Topic } from '../shared/plan/capability.ts';
import type { ProblemCode } from '../shared/wire/problem.ts';
import type { ResetRequest, StandInRequest } from '../shared/wire/contact.ts';
import type { Accepted, CommitRequest, HandoffRequest, HandoffState, MessageRequest, Plan, PlanRequest } from '../shared/wire/handoff.ts';
import type { Held, PortalCopy, Recalled, Released, ReleaseRequest } from '../shared/wire/timeline.ts';
import type { Deliver } from './deliver/deliver.ts';
import type { Dispose } from './dispose/dispose.ts';
import type { Handoff } from './handoff/handoff.ts';
import type { Judge } from './handoff/judge.ts';
import type { Preference } from './keys/keys.ts';
import type { Person } from './people/people.ts';
import type { Identity } from './keys/identity.ts';
import type { Passkeys, Place } from './pickup/passkey/passkey.ts';
import type { Pickup } from './pickup/pickup.ts';
import type { Readers } from './pickup/reader/reader.ts';
import type { Scanner, UploadRefusal } from './pickup/upload/upload.ts';
import type { Answered, Asked, SignIn } from './pickup/signin/signin.ts';
import type { NoticeHouse } from './notice/notice.ts';
import type { Carry, Queue } from './queue/queue.ts';
import type { Refusal } from './refusal.ts';
import type { Retain } from './retain/retain.ts';
import { openAnswer } from './route/open/answer.ts';
import { openAttach, type File } from './route/open/attach.ts';
import { openAccept } from './route/accept/accept.ts';
import { openCarry } from './route/carry/carry.ts';
import { openApprove, type Approve } from './route/staff/approve.ts';
import { openCertify, type Certify } from './route/copy/certify.ts';
import { openCopy } from './route/copy/copy.ts';
import { openDivide, type Divide, type Draw } from './route/divide.ts';
import { openHeld } from './route/copy/held.ts';
import type { House } from './route/house.ts';
import { openLeave } from './route/carry/leave.ts';
import { openNoticed } from './route/noticed.ts';
import { openPortal } from './route/open/open.ts';
import { openOther } from './route/open/other.ts';
import { openRecall } from './route/copy/recall.ts';
import { openPrefer } from './route/open/prefer.ts';
import { openOwnSignIn } from './route/open/signin.ts';
import { openSteer, type Steer } from './route/staff/steer.ts';
import { openStaff } from './route/staff/staff.ts';
import { openSweep } from './route/sweep/sweep.ts';
import { openTell, type Desk } from './route/sweep/tell.ts';
import { openWrite } from './route/open/write.ts';
import { openTlsReport } from './route/sweep/tlsreport.ts';
import type { Seal } from './seal/seal.ts';
import type { Span } from './vault/vault.ts';
import type { Language } from './words/words.ts';

/** A refusal on the wire: `pointer` is a JSON pointer into the request, never a value. */
export interface WireRefusal extends Refusal<ProblemCode> {
  readonly pointer?: string;
}

/** What the author's knock can do. Every call is judged against `author`; another author's id is `not-found`. */
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
  standIn(by: Person, request: StandInRequest): Promise<{ readonly changed: boolean } | WireRefusal>;
  /** a recipient's passkeys are forgotten */
  reset(by: Person, request: ResetRequest): Promise<{ readonly passkeys: number } | WireRefusal>;
  /** copies that wait for their author, with the ways that are strong enough today */
  held(author: Person, id: string): Promise<Held | WireRefusal>;
  release(author: Person, id: string, request: ReleaseRequest): Promise<{ readonly kind: 'released'; readonly released: Released } | { readonly kind: 'plan-changed'; readonly held: Held } | WireRefusal>;
}

/** How a portal copy may be opened. `mail-code` only where the notice's hop was grade B or better; else `sms-code` where a mobile number is on file; the author can always say the code. */
export type PickupWay = 'mail-code' | 'sms-code' | 'spoken-code';

/** What the landing page shows. The same shape whether or not the token exists: an unknown token gets a plausible, constant answer. */
export interface PickupLook {
  readonly ways: readonly PickupWay[];
  /** providers whose sign-in opens it; absent: none */
  readonly signIn?: SignIn['providers'];
  /** told only to who holds a real link; absent for an unknown token */
  readonly ended?: 'expired' | 'recalled';
  /** told only to who holds a real link: the message is read elsewhere, here it is answered */
  readonly answers?: boolean;
  /** told only to who holds a real link: its page needs script */
  readonly divided?: boolean;
}

export interface PortalMessage {
  readonly from: { readonly address: string; readonly name?: string };
  readonly organisation: string;
  readonly to: readonly string[];
  readonly subject: string;
  /** attacker-controlled: sanitise before showing */
  readonly html?: string;
  readonly text?: string;
  readonly attachments: readonly AttachmentFact[];
  readonly acceptedAt: number;
  readonly expires: number;
  /** its key is divided: nothing of it is here, the page opens it by itself with `halves` */
  readonly divided?: true;
  /** the addressed person's passkeys; absent for anybody else */
  readonly keeping?: Keeping;
}

export interface Preferences {
  readonly address: string;
  readonly language: Language | null;
  /** last two digits; null: none on file */
  readonly phoneEnds: string | null;
  /** text messages can be sent at all */
  readonly texts: boolean;
  readonly prefers: Preference | null;
  /** usable ones on file */
  readonly keys: readonly { readonly kind: 'smime' | 'pgp'; readonly confirmed: boolean }[];
  /** ordinary mail, as chosen after a warning; what is read before choosing */
  readonly plain: { readonly topics: readonly Topic[]; readonly since: number | null; readonly version: string; readonly warning: (language: Language) => string };
  /** this session was entered by more than a code in the mailbox */
  readonly sure: boolean;
}

/** A new message to us, attacker-controlled; `to` is a word of ours for somebody, never an address. */
export interface Letter {
  readonly to: string;
  readonly subject: string; readonly text: string;
}

export interface Writing {
  /** departments, and whoever has written to this person */
  readonly to: readonly { readonly id: string; readonly name: string; readonly department: boolean }[];
  readonly sent: readonly { readonly time: number; readonly subject: string; readonly text: string }[];
  readonly begun: Letter; readonly files: Thread['files'];
}

/** One thing at a time; attacker-controlled. */
export type Wanted = { readonly language: Language } | { readonly phone: string | null } | { readonly prefers: Preference | null } | { readonly key: string }
  /** ordinary mail for these, with the version of the warning that was read; none: taken back */
  | { readonly topics: readonly Topic[]; readonly read: string; readonly shown: Language };

/** What was answered to a message on the secure page, by whoever reads it there. */
export interface Thread {
  readonly answers: readonly { readonly time: number; readonly text: string }[];
  /** an answer that was begun and saved */
  readonly begun: string;
  /** how many others than the author an answer to all would reach */
  readonly others: number;
  /** put beside the answer that was begun */
  readonly files: readonly { readonly id: string; readonly filename: string; readonly contentType: string; readonly size: number }[];
}

/** What a page shows on which a copy is answered that was read elsewhere: nothing of what it says. */
export interface Answering {
  readonly from: PortalMessage['from'];
  readonly organisation: string;
  readonly acceptedAt: number;
  readonly expires: number;
}

export interface Keeping {
  /** opaque, the same for all passkeys of this person (WebAuthn §5.4.3), base64url */
  readonly person: string;
  readonly address: string;
  /** false: this session was entered by one, which counts for no more than itself */
  readonly more: boolean;
  /** passkeys that need not be kept once more */
  readonly known: readonly string[];
}

/** What the recipient's knock can do. GETs call only `look`, `visited` and, with a session, `read` and `attachment`. */
export interface Open {
  look(token: string): Promise<PickupLook>;
  /** somebody or something fetched the link; `sign` says why it cannot be a person, null: nothing speaks against one. Opens and consumes nothing */
  visited(token: string, sign: string | null): Promise<void>;
  /** null: no copy that is answered only */
  answering(session: string): Promise<Answering | null>;
  thread(session: string): Promise<Thread>;
  /** `key`: of this form, so that a form sent twice is one answer */
  answer(session: string, ask: { readonly text: string; readonly all: boolean; readonly key: string }): Promise<{ readonly kind: 'answered' } | Refusal<'session-ended' | 'answer-empty' | 'answer-too-long' | 'answer-too-many' | 'answer-refused'>>;
  /** null for anybody but the addressed person */
  preferences(session: string): Promise<Preferences | null>;
  /** `preference-weak`: this takes more than a code by mail */
  prefer(session: string, wanted: Wanted): Promise<{ readonly kind: 'changed' } | Refusal<'session-ended' | 'preference-weak' | 'preference-phone' | 'preference-key' | 'preference-plain'>>;
  /** null for anybody but the addressed person */
  writing(session: string): Promise<Writing | null>;
  /** a new message; `key` as for an answer */
  write(session: string, letter: Letter, key: string): ReturnType<Open['answer']>;
  beginLetter(session: string, letter: Letter): Promise<void>;
  /** a file is put beside the answer, or the new message, that is begun; attacker-controlled, judged while it streams */
  attach(session: string, file: { readonly filename: string; readonly bytes: Readable }, beside: 'answer' | 'letter'): Promise<{ readonly kind: 'attached' } | Refusal<'session-ended' | 'upload-many'> | UploadRefusal>;
  detach(session: string, id: string, beside: 'answer' | 'letter'): Promise<void>;
  /** an answer is put aside; nothing of it: forgotten */
  begin(session: string, text: string): Promise<void>;
  /** another address asks to read this copy: a code goes there; resolves alike whatever came of it */
  requestAsOther(token: string, address: string, language: Language): Promise<void>;
  /** a code that went to another address: `asked` when its author decides first */
  enterAsOther(token: string, code: string): Promise<{ readonly kind: 'entered'; readonly session: string } | { readonly kind: 'asked' } | Refusal<'code-wrong'>>;
  /** resolves alike whether or not anything was sent; `language` of the page it was asked on, unless another one is on file */
  requestCode(token: string, language: Language): Promise<void>;
  enter(token: string, code: string): Promise<{ readonly kind: 'entered'; readonly session: string } | Refusal<'code-wrong' | 'code-locked'>>;
  /** `answer`: what the device's authenticator said; `passkey-weak` when this copy asks for more than it was enrolled by */
  enterByPasskey(token: string, answer: string, place: Place): Promise<{ readonly kind: 'entered'; readonly session: string; readonly passkey: string } | Refusal<'passkey-wrong' | 'passkey-weak'>>;
  /** where the recipient's own provider is asked who they are; the same for a link that does not exist */
  startSignIn(provider: string, asked: Asked): Promise<string | Refusal<'sign-in-failed'>>;
  /** `other`: the account has another address than the one written to, or there is no such message */
  enterBySignIn(token: string, provider: string, answered: Answered, asked: Asked): Promise<{ readonly kind: 'entered'; readonly session: string } | Refusal<'sign-in-failed' | 'sign-in-unproved' | 'sign-in-other'>>;
  /** the device keeps a passkey, which counts for what this session was entered by */
  keepPasskey(session: string, answer: string, place: Place): Promise<{ readonly passkey: string } | Refusal<'session-ended' | 'expired' | 'recalled' | 'passkey-wrong' | 'too-many'>>;
  /** the passkey this session was entered by, or all of this person's, count no more */
  dropPasskeys(session: string): Promise<void>;
  /** `answer-only`: it travelled protected by itself; nothing of it is shown here */
  read(session: string): Promise<PortalMessage | Refusal<'session-ended' | 'expired' | 'recalled' | 'answer-only'>>;
  /** `n`: index into `PortalMessage.attachments`, from 0; `wanted` may ask for a part, which is then named in the answer */
  attachment(session: string, n: number, wanted?: (fact: AttachmentFact) => Span | undefined): Promise<{ readonly fact: AttachmentFact; readonly bytes: Readable; readonly span?: Span } | Refusal<'session-ended' | 'expired' | 'recalled' | 'answer-only' | 'not-found'>>;
  /** of a divided key: our half, what both halves open, and the page as it is opened with that. This is the opening, and noted */
  halves(session: string): Promise<{ readonly message: string; readonly item: string; readonly half: Uint8Array; readonly wrapped: Uint8Array; readonly reading: Uint8Array } | Refusal<'session-ended' | 'expired' | 'recalled' | 'answer-only' | 'not-found'>>;
  /** a part of such a message as it lies here, sealed; `name` as the opened page says it, attacker-controlled */
  sealed(session: string, name: string): Promise<{ readonly bytes: Readable } | Refusal<'session-ended' | 'expired' | 'recalled' | 'answer-only' | 'not-found'>>;
  /** signing out: the session ends here, not only in the browser */
  leave(session: string): Promise<void>;
}

export interface Route {
  readonly accept: Accept;
  readonly approve: Approve;
  readonly open: Open;
  readonly carry: Carry;
  /** what the log proves of a message, signed */
  readonly certify: Certify;
  /** what comes back to our return addresses */
  readonly noticed: NoticeHouse;
  /** the archive's copy of a divided message, as nobody here can open it: JSON, a line for its head and one for each piece of a part */
  readonly archive: Divide['archived'];
  /** the directory says that they have left: what was under way for them waits for somebody else */
  readonly left: (persons: readonly string[]) => Promise<void>;
  /** what an administrator does to the road itself */
  readonly steer: Steer;
  readonly sweep: () => Promise<{ readonly disposed: number; readonly dropped: number; readonly expired: number; readonly unread: number; readonly shredded: number }>;
}

export interface RouteRooms {
  readonly handoff: Handoff;
  readonly judge: Judge;
  readonly queue: Queue;
  readonly seal: Seal;
  readonly identity: Pick<Identity, 'endings'>;
  readonly deliver: Deliver;
  readonly pickup: Pickup;
  readonly passkeys: Passkeys;
  readonly readers: Readers;
  readonly signIn: SignIn;
  readonly scanner: Scanner;
  readonly retain: Retain;
  readonly dispose: Dispose;
  /** who hears of alerts */
  readonly desk: Desk;
  /** how our own domains look to receivers, once a day */
  readonly nightly: () => Promise<number>;
  /** a message as the page shows it */
  readonly draw: Draw;
}

export function openRoute(house: House, given: RouteRooms): Route {
  const rooms = { ...given, divide: openDivide(house, given) };
  const approve = openApprove(house, rooms);
  const accept = openAccept(house, { ...rooms, wake: rooms.queue.wake, recall: openRecall(house, rooms), ...openHeld(house, rooms), ...openCopy(house, rooms), ...openStaff(house, rooms) });
  const writers = { ...rooms, send: accept.send, uploads: openAttach(house, rooms) };
  return {
    accept,
    open: { ...openPortal(house, rooms), ...openOwnSignIn(house, rooms), ...openPrefer(house, rooms), ...openWrite(house, writers), ...openOther(house, rooms), ...openAnswer(house, writers) },
    carry: openCarry(house, rooms),
    certify: openCertify(house, rooms),
    noticed: openNoticed(house, rooms),
    archive: rooms.divide.archived,
    steer: openSteer(house, rooms),
    left: openLeave(house, rooms).all,
    approve,
    sweep: openSweep(house, { ...rooms, approve, wake: rooms.queue.wake, report: openTlsReport(house, rooms), tell: openTell(house, rooms), endings: rooms.identity.endings }),
  };
}
