/** What the recipient's knock can do on the secure page (`open/`), and what it is shown there. */
import type { Readable } from 'node:stream';
import type { AttachmentFact } from '../../shared/draft/draft.ts';
import type { Topic } from '../../shared/plan/capability.ts';
import type { Preference } from '../keys/keys.ts';
import type { Place } from '../pickup/passkey/passkey.ts';
import type { Answered, Asked, SignIn } from '../pickup/signin/signin.ts';
import type { UploadRefusal } from '../pickup/upload/upload.ts';
import type { Refusal } from '../refusal.ts';
import type { Span } from '../vault/vault.ts';
import type { Language } from '../words/words.ts';

/** How a portal copy may be opened. `mail-code` only where the notice's hop was grade B or better; else `sms-code` where a mobile number is on file; the author can always say the code; `shared-question` beside `mail-code`, where its author set one. */
export type PickupWay = 'mail-code' | 'sms-code' | 'spoken-code' | 'shared-question';

/** What the landing page shows. The same shape whether or not the token exists: an unknown token gets a plausible, constant answer. */
export interface PickupLook {
  readonly ways: readonly PickupWay[];
  /** providers whose sign-in opens it; absent: none */
  readonly signIn?: SignIn['providers'];
  /** told only to who holds a real link where codes go by text message: none can go now. `sent`: one that went today opens it */
  readonly texts?: 'sent' | 'none';
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
  /** … and the rules let its author send it with an undivided one */
  readonly ordinary?: true;
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

/** `late`: it was written for longer than a session may rest, and is kept although that session is over. Refused: there is no place left to keep it in. */
export type Begun = 'kept' | 'late' | Refusal<'session-ended' | 'expired' | 'recalled'>;

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
  /** as `begin` */
  beginLetter(session: string, letter: Letter): Promise<Begun>;
  /** a file is put beside the answer, or the new message, that is begun; attacker-controlled, judged while it streams */
  attach(session: string, file: { readonly filename: string; readonly bytes: Readable }, beside: 'answer' | 'letter'): Promise<{ readonly kind: 'attached' } | Refusal<'session-ended' | 'upload-many'> | UploadRefusal>;
  detach(session: string, id: string, beside: 'answer' | 'letter'): Promise<void>;
  /** an answer is put aside; nothing of it: forgotten */
  begin(session: string, text: string): Promise<Begun>;
  /** another address asks to read this copy: a code goes there; the addressed person's own gets one the usual way. Resolves alike whatever came of it */
  requestAsOther(token: string, address: string, browser: string, language: Language): Promise<void>;
  /** a code that went to another address, or to the addressed person after all: `asked` when its author decides first */
  enterAsOther(token: string, code: string, browser: string): Promise<{ readonly kind: 'entered'; readonly session: string } | { readonly kind: 'asked' } | Refusal<'code-wrong' | 'code-locked'>>;
  /** resolves alike whether or not anything was sent; `language` of the page it was asked on, unless another one is on file */
  requestCode(token: string, browser: string, language: Language): Promise<void>;
  enter(token: string, code: string, browser: string): Promise<{ readonly kind: 'entered'; readonly session: string } | Refusal<'code-wrong' | 'code-locked'>>;
  /** the question of this copy, to be shown after a tap; null alike for an unknown link and a copy without one */
  question(token: string): Promise<string | null>;
  /** told alike, at the same cost, for an unknown link, a copy without a question and a wrong answer; `question-busy`: nothing was judged or counted */
  answerQuestion(token: string, answer: string): Promise<{ readonly kind: 'entered'; readonly session: string } | Refusal<'code-wrong' | 'code-locked' | 'question-busy'>>;
  /** `answer`: what the device's authenticator said; `passkey-weak` when this copy asks for more than it was enrolled by */
  enterByPasskey(token: string, answer: string, place: Place): Promise<{ readonly kind: 'entered'; readonly session: string; readonly passkey: string } | Refusal<'passkey-wrong' | 'passkey-weak'>>;
  /** where the recipient's own provider is asked who they are; the same for a link that does not exist */
  startSignIn(provider: string, asked: Asked): Promise<string | Refusal<'sign-in-failed'>>;
  /** `other`: the account has another address than the one written to, or there is no such message */
  enterBySignIn(token: string, provider: string, answered: Answered, asked: Asked): Promise<{ readonly kind: 'entered'; readonly session: string } | Refusal<'sign-in-failed' | 'sign-in-unproved' | 'sign-in-other'>>;
  /** the device keeps a passkey, which counts for what this session was entered by */
  keepPasskey(session: string, answer: string, place: Place): Promise<{ readonly passkey: string } | Refusal<'session-ended' | 'expired' | 'recalled' | 'passkey-wrong' | 'too-many'>>;
  /** this person's passkeys that were set up by no more than this session was entered by count no more; true when none is left */
  dropPasskeys(session: string): Promise<boolean>;
  /** `answer-only`: it travelled protected by itself; nothing of it is shown here */
  read(session: string): Promise<PortalMessage | Refusal<'session-ended' | 'expired' | 'recalled' | 'answer-only'>>;
  /** `n`: index into `PortalMessage.attachments`, from 0; `wanted` may ask for a part, which is then named in the answer */
  attachment(session: string, n: number, wanted?: (fact: AttachmentFact) => Span | undefined): Promise<{ readonly fact: AttachmentFact; readonly bytes: Readable; readonly span?: Span } | Refusal<'session-ended' | 'expired' | 'recalled' | 'answer-only' | 'not-found'>>;
  /** of a divided key: our half, what both halves open, and the page as it is opened with that. This is the opening, and noted; without `proof` of the other half it is neither */
  halves(session: string, proof: Uint8Array): Promise<{ readonly message: string; readonly item: string; readonly half: Uint8Array; readonly wrapped: Uint8Array; readonly reading: Uint8Array } | Refusal<'session-ended' | 'expired' | 'recalled' | 'answer-only' | 'not-found' | 'half-wrong'>>;
  /** whoever cannot open a divided one asks its author for the ordinary page; alike, and nothing more, where the rules do not leave that to the author or it was asked before */
  askOrdinary(session: string): Promise<void>;
  /** a part of such a message as it lies here, sealed; `name` as the opened page says it, attacker-controlled */
  sealed(session: string, name: string): Promise<{ readonly bytes: Readable } | Refusal<'session-ended' | 'expired' | 'recalled' | 'answer-only' | 'not-found'>>;
  /** signing out: the session ends here, not only in the browser */
  leave(session: string): Promise<void>;
}
