/**
 * Makes the bytes that travel: MIME built once, correctly, then protected (signed inside encrypted), DKIM last.
 * One door for the four protections. Never decides which; never sends. RFC 5322, 8551, 3156, 9788, 6376.
 * A key that cannot be used after all rejects with Fault `key-unusable`; every other failure is a Fault too.
 */
import { Worker } from 'node:worker_threads';
import type { Address, Draft } from '../../shared/draft/draft.ts';
import type { Facts } from '../audit/audit.ts';
import type { Identity } from '../keys/identity.ts';
import type { PgpKey, SmimeKey } from '../keys/keys.ts';
import { Fault } from '../refusal.ts';
import type { World } from '../world.ts';
import { open, plainMime } from './mime.ts';
import { answerBelow, noticeMail } from './notice.ts';
import type { AnswerLink, Organisation } from './notice.ts';
import type { Language } from '../words/words.ts';
import { finished } from './worker.ts';
import type { Answer, Job } from './worker.ts';

export interface SealInput {
  /** RFC 5322 Message-ID with brackets; the same at every retry */
  readonly messageId: string;
  /** ms */
  readonly date: number;
  readonly draft: Draft;
  /** decoded bytes of the draft's attachments, same order */
  readonly contents: readonly Uint8Array[];
  readonly recipient: Address;
  /** the contents' memory is handed to a worker instead of copied: the caller has no more use for them */
  readonly owned?: boolean;
  /** protected mail says below its words where to answer it */
  readonly answer?: AnswerLink;
}

export interface Notice {
  readonly messageId: string;
  readonly date: number;
  readonly from: Address;
  readonly recipient: Address;
  /** portal address of this copy */
  readonly link: string;
  /** short word pair the author sees too: "tell them to look for …" */
  readonly recognition: string;
  readonly expires: number;
  /** sensitive classes: no author's name in the notice */
  readonly discreet: boolean;
  /** the recipient's, when it is on file */
  readonly language?: Language;
}

/** A small mail of our own without PHI: one-time code, receipt to the author, refusal notice. */
export interface Plain {
  readonly messageId: string;
  readonly date: number;
  readonly from: Address;
  readonly recipient: Address;
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  readonly headers?: { readonly [name: string]: string };
  /** stands in the HTML (RFC 2392) */
  readonly picture?: { readonly contentId: string; readonly contentType: string; readonly bytes: Uint8Array };
  /** makes it a report for machines (RFC 6522) of that type, with one file */
  readonly report?: { readonly type: string; readonly filename: string; readonly contentType: string; readonly bytes: Uint8Array };
}

export interface Sealed {
  /** complete RFC 5322 message, CRLF, DKIM-signed when configured */
  readonly bytes: Uint8Array;
  /** hex SHA-256 of `bytes` */
  readonly sha256: string;
  /** non-PHI facts for the timeline: algorithm, key fingerprint, certificate SHA-256, dkim selectors */
  readonly facts: Facts;
}

/** RFC 6376 and RFC 8463. RSA first: not every reader knows Ed25519. Each key is PKCS#8 in PEM; its kind says the algorithm. */
export interface Dkim {
  readonly domain: string;
  readonly keys: readonly { readonly selector: string; readonly privateKey: string }[];
}

interface SealParts {
  readonly world: Pick<World, 'now'>;
  readonly identity: Identity;
  readonly organisation: Organisation;
  readonly dkim?: Dkim;
  /** outer subject of encrypted mail, ASCII; never taken from a draft */
  readonly subject?: string;
  readonly workers?: number;
}

export interface Seal {
  tls(input: SealInput): Promise<Sealed>;
  smime(input: SealInput, key: SmimeKey): Promise<Sealed>;
  pgp(input: SealInput, key: PgpKey): Promise<Sealed>;
  notice(notice: Notice): Promise<Sealed>;
  plain(mail: Plain): Promise<Sealed>;
  close(): Promise<void>;
}

/** A job that lives longer was made to: its worker is ended, the item waits for its next turn. */
const PATIENCE = 120_000;
/** After these a worker is replaced. */
const FATAL: ReadonlySet<string> = new Set(['seal-failed', 'seal-timeout', 'seal-closed']);

interface Waiting {
  readonly job: Job;
  readonly done: (sealed: Sealed) => void;
  readonly failed: (fault: Fault) => void;
}

export function openSeal({ world, identity, organisation, dkim, subject, workers = 2 }: SealParts): Seal {
  const outerSubject = printable(subject ?? `Encrypted message from ${organisation.name}`);
  const waiting: Waiting[] = [];
  const busy = new Map<Worker, (answer: Answer) => void>();
  const idle: Worker[] = [];
  let closed = false;

  const hire = (): Worker => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: 'seal' });
    worker.on('message', (answer: Answer) => busy.get(worker)?.(answer));
    worker.on('error', () => busy.get(worker)?.({ code: 'seal-failed' }));
    worker.on('exit', () => {
      if (idle.includes(worker)) idle.splice(idle.indexOf(worker), 1);
      busy.get(worker)?.({ code: closed ? 'seal-closed' : 'seal-failed' });
    });
    return worker;
  };

  const next = (): void => {
    if (closed || waiting.length === 0) return;
    const worker = idle.pop() ?? (busy.size < workers ? hire() : undefined);
    if (worker === undefined) return;
    give(worker, waiting.shift()!);
    next();
  };

  const give = (worker: Worker, { job, done, failed }: Waiting): void => {
    const settle = (answer: Answer): void => {
      clearTimeout(timer);
      busy.delete(worker);
      if ('sealed' in answer) done(answer.sealed);
      else failed(new Fault(answer.code, 'a message could not be sealed'));
      if (worker.threadId > 0 && !FATAL.has('code' in answer ? answer.code : '')) {
        // Waiting for work must not keep the process alive.
        worker.unref();
        idle.push(worker);
      } else void worker.terminate();
      next();
    };
    const timer = setTimeout(() => settle({ code: 'seal-timeout' }), PATIENCE);
    busy.set(worker, settle);
    worker.ref();
    worker.postMessage(job, job.input.owned === true ? handed(job.input.contents) : []);
  };

  const seal = (job: Job): Promise<Sealed> =>
    new Promise((done, failed) => {
      if (closed) return failed(new Fault('seal-closed', 'the seal is closed'));
      waiting.push({ job, done, failed });
      return next();
    });

  const common = (input: SealInput) => ({ input, dkim: dkim ?? null, now: world.now() });
  const belowOf = ({ answer }: SealInput) => (answer === undefined ? undefined : answerBelow(answer, organisation));
  const own = async (mail: Plain): Promise<Sealed> => finished(open(await plainMime(mail)), { dkim: dkim ?? null, now: world.now() }, { protection: 'plain' });

  return {
    tls: (input) => seal({ kind: 'tls', ...common(input) }),
    smime: async (input, key) => seal({ kind: 'smime', ...common(input), key, signer: await identity.smime(input.draft.from), subject: outerSubject, below: belowOf(input) }),
    pgp: async (input, key) => seal({ kind: 'pgp', ...common(input), key, signer: await identity.pgp(input.draft.from), subject: outerSubject, below: belowOf(input) }),
    notice: async (notice) => {
      const sealed = await own(noticeMail(notice, organisation));
      return { ...sealed, facts: { ...sealed.facts, protection: 'portal' } };
    },
    // RFC 3834 §5: a robot that answers robots would answer for ever.
    plain: (mail) => own({ ...mail, headers: { 'Auto-Submitted': 'auto-generated', ...mail.headers } }),
    async close() {
      closed = true;
      for (const { failed } of waiting.splice(0)) failed(new Fault('seal-closed', 'the seal is closed'));
      await Promise.all([...busy.keys(), ...idle].map((worker) => worker.terminate()));
    },
  };
}

/** Memory that holds nothing but these contents; what lies in a larger buffer is copied. */
function handed(contents: readonly Uint8Array[]): ArrayBuffer[] {
  const whole = contents.filter((c) => c.byteOffset === 0 && c.byteLength === c.buffer.byteLength && c.buffer instanceof ArrayBuffer);
  return [...new Set(whole.map((c) => c.buffer as ArrayBuffer))];
}

/** ASCII of one line: the outer subject stands in a header as it is. */
function printable(text: string): string {
  return text.normalize('NFKD').replace(/[^\x20-\x7e]/g, '').trim().slice(0, 200);
}
