/**
 * Finds protected health information in a draft. One scanner for the pane, the event handler and the service:
 * the same text gives the same findings everywhere. Synchronous, no I/O, ES2016 library only (classic Outlook's runtime has no more).
 * A finding names where and why; it never carries the matched value (the caller holds the text and may slice it).
 */
// first, so that the packed words stand where they compress best
import './lexicon/lexicon.ts';
import { domainOf, normalAddress, within } from '../draft/address.ts';
import { type Address, DECORATION_BYTES, type Recipient } from '../draft/draft.ts';
import { type DraftText, textOfHtml, textOfPlain } from '../draft/text.ts';
import { blocksOf, scanBlock, type Scanned } from './block.ts';
import { type BlockHealth, type Evidence, judge, type Message } from './verdict.ts';
import { levelOf } from './weight.ts';
import type { Gist } from './gist.ts';

/** The Safe Harbor identifiers of 45 CFR 164.514(b)(2)(i)(A)–(R) as the product names them. */
export type IdentifierKind =
  | 'NAME' | 'GEO' | 'DATE' | 'AGE90' | 'PHONE' | 'FAX' | 'EMAIL' | 'SSN' | 'MRN' | 'HEALTH_PLAN' | 'ACCOUNT'
  | 'LICENSE' | 'VEHICLE' | 'DEVICE' | 'URL' | 'IP' | 'BIOMETRIC' | 'PHOTO' | 'OTHER_ID';

export type Confidence = 'low' | 'medium' | 'high';

/** `unscannable`: part of the draft could not be read, and nothing graver was found in the rest; it is never `none`. */
export type VerdictLevel = 'none' | 'pii' | 'medium' | 'high' | 'bulk' | 'unscannable';

/** Classes with stricter rules than the rest of health (42 CFR Part 2 and others). */
export type SensitiveClass = 'psychotherapy' | 'substance-use' | 'hiv' | 'reproductive' | 'genetic';

export type PartName = 'subject' | 'body' | 'attachment-name' | 'attachment';

export interface Finding {
  readonly kind: IdentifierKind;
  /** stable id of the rule, such as `ssn.labelled` */
  readonly rule: string;
  readonly confidence: Confidence;
  readonly part: PartName;
  /** index into the draft's attachments for `attachment-name` and `attachment` */
  readonly attachment?: number;
  /** UTF-16 offsets into that part's source (the original HTML for an HTML body), end exclusive */
  readonly start: number;
  readonly end: number;
  /** a person's words: "follows the label MRN" */
  readonly reasons: readonly string[];
  /** inside quoted history of a reply or forward */
  readonly quoted?: boolean;
  /** text a reader does not see: hidden by style, or an attribute */
  readonly hidden?: boolean;
  /** belongs to the correspondents, not to a patient: shown faintly, never counted in the verdict */
  readonly whose?: 'author' | 'recipient' | 'signature';
}

export interface Verdict {
  readonly level: VerdictLevel;
  readonly sensitive: readonly SensitiveClass[];
  /** distinct health terms seen */
  readonly health: number;
  /** distinct people whose data it seems to be */
  readonly people: number;
  /** parts that could not be read; above 0 the level is never `none` or `pii` */
  readonly unscannable: number;
  /** a person's words, most important first */
  readonly reasons: readonly string[];
}

export interface ScanInput {
  readonly subject: string;
  /** `html` wins over `text` when both are present */
  readonly html?: string;
  readonly text?: string;
  readonly attachments: readonly ScanAttachment[];
  /** whose data it is not: author, own domain; and who receives it */
  readonly from?: Address;
  readonly recipients?: readonly Recipient[];
}

export interface ScanAttachment {
  readonly filename: string;
  /** extracted text; absent when the bytes were not looked at (name is still scanned) */
  readonly text?: string;
  /** why it cannot be read: `encrypted`, `unsupported`, `over-budget`, `broken` */
  readonly unscannable?: string;
}

export interface ScanResult {
  readonly findings: readonly Finding[];
  readonly verdict: Verdict;
  /** version of rules and dictionaries; both sides send it */
  readonly ruleset: string;
}

/**
 * An organisation's own rules, made ready in `shared/rules`: the scanner takes no patterns itself. The event handler looks for those that are kept
 * beside it and that it can read; the service judges by all.
 */
export interface OwnRules {
  /** names the rules in `ruleset` */
  readonly hash: string;
  /** from how many people, or rows of a table, a message is `bulk` */
  readonly people?: number | undefined;
  readonly rows?: number | undefined;
  /** lays over what was found in a block what the rules find there; takes nothing away */
  readonly within: (text: string, found: Scanned) => Scanned;
}

/** Rules and dictionaries; raised whenever the same text may give other findings. */
export const RULESET = '2026.11.23';

/** Letters in which a page for a data address holds more than a decoration's bytes. */
const PICTURE = Math.ceil(DECORATION_BYTES * 4 / 3);

/** No longer than a line that only says whom the rest is about. */
const HEADLINE = 60;

/** Where a person, not an organisation, holds the mailbox. */
const CONSUMER = / (?:gmail|googlemail|yahoo|ymail|rocketmail|hotmail|outlook|live|msn|aol|icloud|me|mac|proton|protonmail|pm|gmx|mail|fastmail|comcast|verizon|att|sbcglobal|bellsouth|cox|charter|earthlink|zoho|tutanota|hey|brightmail)\.[a-z.]{2,6} /;

export function scan(input: ScanInput, rules?: OwnRules): ScanResult {
  const { findings, message } = look(input, rules);
  return { findings, verdict: judge(message, rules), ruleset: rules && rules.hash ? `${RULESET}+${rules.hash}` : RULESET };
}

/** What is found, and what of it the verdict is made from. */
export function look(input: ScanInput, rules?: OwnRules): { readonly findings: readonly Finding[]; readonly message: Message } {
  const findings: Finding[] = [];
  const evidence: Evidence[] = [];
  const health: BlockHealth[] = [];
  const gists: Gist[] = [];
  const sensitive: SensitiveClass[] = [];
  const unscannable: string[] = [];
  let rows = 0;
  const own = ownWords(input);
  const part = (name: PartName, words: DraftText, attachment?: number): void => {
    const signature = name === 'body' ? signatureOf(words, own.author) : [-1, -1] as const;
    const long = words.text.length > 8000;
    const quoted = openInside(words.quoted);
    const hidden = openInside(words.hidden);
    let heading = '';
    for (const block of blocksOf(words.text)) {
      if (!block.goesOn) heading = '';
      const above = heading.length;
      const text = heading + words.text.slice(block.start, block.end);
      const known = scanBlock(text, long);
      heading = known.heading;
      const scanned = rules ? rules.within(text, known) : known;
      const index = health.length;
      health.push(scanned.health);
      gists.push(scanned.gist);
      for (const kind of scanned.health.sensitive) if (sensitive.indexOf(kind) < 0) sensitive.push(kind);
      rows += scanned.rows;
      for (let h = 0; h < scanned.hits.length; h += 1) {
        const hit = scanned.hits[h];
        if (hit === undefined || hit.start < above) continue;
        const at = block.start + hit.start - above;
        const [start, end] = words.source(at, block.start + hit.end - above);
        const finding: Writable<Finding> = { kind: hit.kind, rule: hit.rule, confidence: levelOf(hit.weight), part: name, start, end, reasons: scanned.told[h] ?? [] };
        if (attachment !== undefined) finding.attachment = attachment;
        if (quoted(at)) finding.quoted = true;
        if (hidden(at)) finding.hidden = true;
        const whose = whoseIs(hit.kind, text, hit, own, at >= signature[0] && at < signature[1]);
        if (whose !== undefined) finding.whose = whose;
        findings.push(finding);
        if (finding.confidence !== 'low' && whose === undefined) evidence.push({ finding, key: scanned.keys[h] ?? 0, near: scanned.near[h] === true, tie: scanned.ties[h], block: index, headline: text.length < HEADLINE && (hit.end - hit.start) * 3 > text.length });
      }
    }
  };
  part('subject', textOfPlain(input.subject));
  if (input.html !== undefined) {
    part('body', textOfHtml(input.html));
    if (holdsPicture(input.html)) unscannable.push('unsupported');
  } else if (input.text !== undefined) part('body', textOfPlain(input.text));
  input.attachments.forEach((attachment, i) => {
    part('attachment-name', textOfPlain(attachment.filename.replace(/_/g, ' ')), i);
    if (attachment.text !== undefined) part('attachment', textOfPlain(attachment.text), i);
    if (attachment.unscannable !== undefined) unscannable.push(attachment.unscannable);
  });
  const consumer = (input.recipients ?? []).some((r) => CONSUMER.test(` ${domainOf(r.address)} `));
  return { findings, message: { evidence, health, gists, sensitive, rows, consumer, unscannable } };
}

/** A picture written out in the page itself (RFC 2397), larger than a decoration: nobody has read what it shows. */
function holdsPicture(html: string): boolean {
  for (let at = html.indexOf('data:image/'); at >= 0; at = html.indexOf('data:image/', at + 1)) {
    const rest = html.slice(at, at + PICTURE);
    if (rest.length === PICTURE && !/["'<>]/.test(rest)) return true;
  }
  return false;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Whether an offset lies in one of the ranges; offsets are asked in rising order. */
function openInside(ranges: DraftText['quoted']): (at: number) => boolean {
  const sorted = ranges.slice().sort((a, b) => a[0] - b[0]);
  let next = 0;
  let reach = -1;
  return (at) => {
    while (next < sorted.length && (sorted[next]?.[0] ?? 0) <= at) {
      reach = Math.max(reach, sorted[next]?.[1] ?? 0);
      next += 1;
    }
    return at < reach;
  };
}

interface Own {
  readonly author: readonly string[];
  readonly recipients: readonly string[];
  readonly addresses: readonly string[];
  readonly domain: string;
}

function nameWords({ address, name }: Address): string[] {
  const words = `${name ?? ''} ${address.slice(0, address.lastIndexOf('@')).replace(/[._+\d-]+/g, ' ')}`.toLowerCase().split(/[^a-z\u00c0-\uffff']+/);
  return words.filter((w) => w.length > 1);
}

function ownWords(input: ScanInput): Own {
  const recipients: string[] = [];
  for (const r of input.recipients ?? []) recipients.push(...nameWords(r));
  return {
    author: input.from === undefined ? [] : nameWords(input.from), recipients,
    addresses: [input.from, ...(input.recipients ?? [])].map((a) => (a === undefined ? '' : normalAddress(a.address))),
    domain: input.from === undefined ? '' : domainOf(input.from.address),
  };
}

function whoseIs(kind: IdentifierKind, text: string, { start, end }: { readonly start: number; readonly end: number }, own: Own, signed: boolean): Finding['whose'] {
  if (own.domain === '' && own.recipients.length === 0 && !signed) return undefined;
  if (kind === 'NAME' && own.author.length + own.recipients.length > 0) {
    const words = text.slice(start, end).toLowerCase().split(/[^a-z\u00c0-\uffff']+/).filter((w) => w.length > 1);
    if (words.length > 0 && words.every((w) => own.author.indexOf(w) >= 0)) return 'author';
    if (words.length > 0 && words.every((w) => own.recipients.indexOf(w) >= 0)) return 'recipient';
  }
  if (kind === 'EMAIL') {
    const address = normalAddress(text.slice(start, end));
    if (address === own.addresses[0] || (own.domain !== '' && within(domainOf(address), own.domain))) return 'author';
    if (own.addresses.indexOf(address) > 0) return 'recipient';
  }
  const signable = kind === 'NAME' || kind === 'PHONE' || kind === 'FAX' || kind === 'EMAIL' || kind === 'GEO' || kind === 'URL' || kind === 'LICENSE';
  return signed && signable ? 'signature' : undefined;
}

const CLOSING = /^[ \t]*(?:(?:best|kind|warm|warmest|many)?[ ]?(?:regards|wishes|thanks)|best|thanks(?: again| so much)?|thank you|sincerely(?: yours)?|respectfully|cordially|cheers|yours(?: truly| sincerely)?)[,.! ]*$/i;

/** "Thanks, Rosa" at the very end of a line. */
const NAMED = "(?=[A-Z][a-z'.-]*(?: [A-Z][A-Za-z'.-]*){0,2}(?:, [A-Z][^.!?\\d]{1,80})?\\.?$)";
const THANKS = new RegExp(`(?:^|[.!?)] +)(?:[Tt]hanks?(?: again| so much| much| you)?|[Tt]hx|(?:[Kk]ind |[Bb]est |[Ww]arm )?[Rr]egards|[Bb]est(?: wishes)?|[Ss]incerely|[Cc]heers|[Ll]ove|[Tt]alk soon|[Tt]ake care)[,.!]? +${NAMED}|[.!?)] +-+ ?${NAMED}`);

/** What a signature does not hold: a postscript, somebody else's words, a line that says something of somebody. */
const SAYS = /^\s*(?:p\.?\s?s\b|>|from:|sent:)|^\s*-+ ?(?:original|forwarded)|\b(?:has|have|had|is|are|was|were|needs?|will|can|could|should|please|his|her|their|my)\b|\b[a-z]+ed (?:on|for|at|with|to|by|from|a|an|the|about)\b|\b(?:years?[- ]old|yo)\b|\b\d\d?\/\d\d?\/\d\d|^\s*(?:we|i) |^\s*(?:[A-Z][a-z'.-]+ ){1,3}(?!(?:certified|licensed|registered|accredited) )[a-z]{3,}ed /i;

/**
 * The author's own signature in the words of the body: after a closing or "-- ", at most ten lines before the end or the history, up to the
 * first line that says something. What comes after is about others again.
 */
function signatureOf(words: DraftText, author: readonly string[]): readonly [number, number] {
  const history = words.quoted.reduce((least, [a]) => Math.min(least, a), words.text.length);
  const head = words.text.slice(0, history);
  const begin = signatureStart(head, author);
  let at = begin;
  while (at >= 0 && at < head.length) {
    const next = head.indexOf('\n', at) + 1;
    const end = next > 0 ? next : head.length;
    if (SAYS.test(head.slice(at, end))) return [begin, at];
    at = end;
  }
  return begin < 0 ? [-1, -1] : [begin, head.length];
}

function signatureStart(head: string, author: readonly string[]): number {
  let at = head.length;
  let ink = 0;
  while (at > 0 && ink < 12) {
    const begin = head.lastIndexOf('\n', at - 1) + 1;
    const line = head.slice(begin, at);
    if (line.trim() !== '') ink += 1;
    const inline = ink === 1 ? THANKS.exec(line) : null;
    if (inline !== null) return begin + inline.index + inline[0].length;
    if (line.length < 40 && (/^--\s*$/.test(line) || CLOSING.test(line))) return at;
    const first = author.length === 0 || line.length > 80 ? [] : line.toLowerCase().split(/[^a-z\u00c0-\uffff']+/).filter((w) => w.length > 1);
    if (first.length > 0 && first.length < 5 && first.some((w) => author.indexOf(w) >= 0) && first.every((w) => author.indexOf(w) >= 0 || /^(?:dr|md|rn|np|do|pa|phd)$/.test(w))) return begin;
    at = begin - 1;
  }
  return -1;
}
