/**
 * What a next hop said, read and judged. The one place where temporary and permanent are told apart
 * (RFC 5321 §4.2, RFC 3463 enhanced codes, RFC 7504). The words of a reply are attacker-controlled: kept for evidence, never used to decide.
 */
import { Fault } from '../refusal.ts';

export interface Reply {
  readonly code: number;
  readonly enhanced?: string;
  /** capped, without control characters; lines joined by a space */
  readonly text: string;
  /** the lines as sent, each capped: the keywords of EHLO are read from them */
  readonly lines: readonly string[];
}

export type Stage = 'greeting' | 'hello' | 'starttls' | 'auth' | 'mail' | 'rcpt' | 'data' | 'content';

export interface Verdict {
  readonly kind: 'relayed' | 'delayed' | 'failed';
  /** stable, in `words` */
  readonly code: string;
  /** this host only: another MX may do better */
  readonly host: boolean;
}

const MAX_LINE = 2048;
const MAX_LINES = 128;
const MAX_TEXT = 512;

/** An incremental reader of replies. Anything that is no reply is a fault: guessing at a peer's meaning is how smuggling starts. */
export function openReplies(): { read(chunk: Uint8Array): Reply[]; pending(): boolean; cut(): Reply | null } {
  let rest = '';
  let lines: string[] = [];
  let code = '';
  let cut: Reply | null = null;
  /** RFC 5321 §4.2: the digits say it all, so that a reply of too many words is understood although it is not heard to its end. */
  const tooLong = (line: string): Fault => {
    const said = /^([2-5]\d\d)[ -](.*)$/s.exec(line);
    if (said && (code === '' || said[1] === code)) cut = compose(Number(said[1]), [...lines, (said[2] ?? '').slice(0, MAX_LINE)]);
    return new Fault('reply-too-long', 'the next hop answered with too much');
  };
  return {
    cut: () => cut,
    pending: () => rest !== '' || lines.length > 0,
    read(chunk) {
      const found: Reply[] = [];
      rest += Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
      for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
        const line = rest.slice(0, end).replace(/\r$/, '');
        rest = rest.slice(end + 1);
        const match = /^([2-5]\d\d)(?:([ -])(.*))?$/s.exec(line);
        if (line.length > MAX_LINE || lines.length >= MAX_LINES) throw tooLong(line);
        // RFC 5321 §4.2.1: every line of one reply carries the same code
        if (!match || (code !== '' && match[1] !== code)) throw new Fault('reply-malformed', 'the next hop answered with something that is no reply');
        code = match[1] ?? '';
        lines.push(match[3] ?? '');
        if (match[2] === '-') continue;
        found.push(compose(Number(code), lines));
        code = '';
        lines = [];
      }
      if (rest.length > MAX_LINE) throw tooLong(rest);
      return found;
    },
  };
}

const PRINTABLE = /^[\x20-\x7e]*$/;

function compose(code: number, lines: readonly string[]): Reply {
  const clean = lines.map((line) => (PRINTABLE.test(line) ? line : Buffer.from(line, 'latin1').toString('utf8').replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')));
  const enhanced = /^([245]\.\d{1,3}\.\d{1,3})(?=\s|$)/.exec(clean[0] ?? '')?.[1];
  const text = clean.join(' ');
  // By characters, not by halves of one; a short text has no more of them than it has halves.
  return { code, ...(enhanced ? { enhanced } : {}), text: text.length <= MAX_TEXT ? text : [...text].slice(0, MAX_TEXT).join(''), lines };
}

/** Subject and detail of an enhanced code (RFC 3463 §3; RFC 5248 registry), whatever its class. */
const BY_DETAIL: { readonly [detail: string]: string } = {
  '1.0': 'mailbox-unavailable', '1.1': 'mailbox-unknown', '1.2': 'domain-unknown', '1.3': 'address-malformed', '1.4': 'mailbox-ambiguous', '1.6': 'mailbox-moved',
  '1.7': 'return-path-refused', '1.8': 'return-path-refused', '1.9': 'relay-incompatible', '1.10': 'null-mx',
  '2.0': 'mailbox-unavailable', '2.1': 'mailbox-disabled', '2.2': 'mailbox-full', '2.3': 'too-large', '2.4': 'list-failed',
  '3.0': 'system-failed', '3.1': 'system-full', '3.2': 'service-unavailable', '3.3': 'system-incapable', '3.4': 'too-large', '3.5': 'system-failed',
  '4.0': 'route-failed', '4.1': 'host-unreachable', '4.2': 'connection-lost', '4.3': 'route-failed', '4.4': 'route-failed', '4.5': 'system-busy', '4.6': 'mail-loop', '4.7': 'expired-there',
  '5.0': 'protocol-refused', '5.1': 'protocol-refused', '5.2': 'protocol-refused', '5.3': 'too-many-recipients', '5.4': 'protocol-refused', '5.5': 'protocol-refused', '5.6': 'too-large',
  '6.0': 'content-refused', '6.1': 'content-refused', '6.3': 'content-refused', '6.6': 'content-refused', '6.7': 'address-unsupported', '6.9': 'address-unsupported',
  '7.8': 'login-refused', '7.9': 'login-refused', '7.10': 'tls-required-there', '7.30': 'requiretls-unsupported',
};

const BY_CODE: { readonly [code: number]: string } = {
  421: 'service-unavailable', 450: 'mailbox-busy', 451: 'try-later', 452: 'system-full', 454: 'starttls-refused', 455: 'try-later', 458: 'try-later',
  500: 'protocol-refused', 501: 'protocol-refused', 502: 'protocol-refused', 503: 'protocol-refused', 504: 'protocol-refused', 521: 'no-mail-there', 523: 'tls-required-there',
  530: 'login-required', 534: 'login-refused', 535: 'login-refused', 538: 'login-refused',
  550: 'mailbox-unavailable', 551: 'mailbox-moved', 552: 'mailbox-full', 553: 'mailbox-name-refused', 554: 'transaction-refused', 555: 'parameters-refused', 556: 'no-mail-there',
};

/** Judges a reply at a stage. Losing a message is worse than trying it again: wherever code and enhanced code disagree, it is tried again. */
export function decide(reply: Reply, stage: Stage): Verdict {
  if (positive(reply, stage)) return { kind: 'relayed', code: 'relayed', host: false };
  const host = stage === 'greeting' || stage === 'hello' || stage === 'starttls' || stage === 'auth' || reply.code === 421;
  return { kind: permanent(reply, stage) ? 'failed' : 'delayed', code: name(reply, stage), host };
}

/** RFC 5321 §4.3.2: 354 belongs to DATA and to nothing else. */
export function positive(reply: Reply, stage: Stage): boolean {
  if (stage === 'data') return reply.code === 354;
  if (stage === 'greeting' || stage === 'starttls') return reply.code === 220;
  if (stage === 'auth') return reply.code === 235;
  return reply.code >= 200 && reply.code < 300;
}

function permanent(reply: Reply, stage: Stage): boolean {
  // RFC 7504 §4: a host that takes no mail at all says 521 first thing, 556 on a recipient's domain
  if (reply.code === 521 || reply.code === 556) return true;
  // another refusal before any recipient was named is about us and this host today, not about the message
  if (stage === 'greeting' || stage === 'hello' || stage === 'starttls' || stage === 'auth') return false;
  // a server that lost count of the dialogue says nothing about the recipient
  if (reply.code < 500 || reply.code === 503) return false;
  if (reply.enhanced !== undefined && !reply.enhanced.startsWith('5.')) return false;
  // RFC 5321 §4.5.3.1.10: 552 after RCPT is an old way to say 452
  if (reply.code === 552 && stage === 'rcpt' && reply.enhanced === undefined) return false;
  return true;
}

function name(reply: Reply, stage: Stage): string {
  if (stage === 'starttls') return 'starttls-refused';
  if (reply.code < 400) return 'reply-unexpected';
  if (reply.code === 421) return 'service-unavailable';
  const [, subject, detail] = (reply.enhanced ?? '').split('.');
  const known = subject && detail ? (BY_DETAIL[`${subject}.${detail}`] ?? (subject === '7' ? (reply.enhanced?.startsWith('5.') ? 'policy-refused' : 'try-later') : undefined)) : undefined;
  if (known) return known;
  if (stage === 'greeting') return reply.code === 521 ? 'no-mail-there' : 'greeting-refused';
  if (stage === 'content' && reply.code === 552) return 'too-large';
  return BY_CODE[reply.code] ?? (reply.code < 500 ? 'try-later' : 'transaction-refused');
}

const QUEUE_IDS = [/\bqueued as <?([\w.+-]{4,64})/i, /\[InternalId=(\d{4,40})/, /\bid=([\w.-]{4,64})/i, /\b([\w-]{6,64}(?:\.\d+)?) - gsmtp\b/];

/** The next hop's own name for the message, where the reply is of a known shape: what its administrators will ask for. */
export function queueId(reply: Reply): string | null {
  for (const shape of QUEUE_IDS) {
    const found = shape.exec(reply.text)?.[1];
    if (found) return found;
  }
  return null;
}
