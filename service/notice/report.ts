/**
 * Reads notices as they stream by, line by line: delivery reports (RFC 3464), dispositions (RFC 8098) and complaints (RFC 5965), each inside
 * RFC 6522, and automatic answers (RFC 3834). Only the status part is ever held; the words for people and the returned message, which may be
 * PHI, pass unread. Everything here is attacker-controlled; what is no notice is null.
 */
export interface Report {
  /** RFC 3464 §2.3.3 */
  readonly action: 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded';
  /** RFC 3463 */
  readonly status: string;
  /** the ENVID that was asked with, decoded (RFC 3461 §4.4) */
  readonly envelope?: string;
  readonly reporter?: string;
  readonly recipient?: string;
  /** the ORCPT that was asked with (RFC 3461 §4.2), decoded */
  readonly asked?: string;
  readonly diagnostic?: string;
}

const ACTIONS = ['failed', 'delayed', 'delivered', 'relayed', 'expanded'] as const;
/** RFC 5322 §2.1.1 allows 998; what is longer is cut, and only in parts that are not read. */
const LONGEST = 4096;
const HEAD = 32 * 1024;
const STATUS = 64 * 1024;
const MOST = 10;

/** What comes back to a return address, told apart by what it says it is. */
export type Notice =
  | { readonly kind: 'delivery'; readonly reports: readonly Report[] }
  | { readonly kind: 'disposition'; readonly displayed: Displayed }
  /** a recipient's provider says that a person called it abuse (RFC 5965 §3.1); `feedback` is of the registry of §7.3 */
  | { readonly kind: 'feedback'; readonly feedback: string; readonly recipient?: string }
  /** an absence note or the like (RFC 3834 §5), unread and never answered */
  | { readonly kind: 'automatic'; readonly how: 'auto-replied' | 'auto-generated' };

/** RFC 8098 §3.2 */
interface Displayed {
  readonly disposition: 'displayed' | 'deleted' | 'dispatched' | 'processed';
  /** §3.2.6.1: a program did it, nobody looked */
  readonly byMachine: boolean;
  /** our own Message-ID, without its brackets, as they give it back */
  readonly original?: string;
  readonly recipient?: string;
}

/** Of each kind of report (RFC 6522 §3) the one part that is read. */
const KINDS: { readonly [type: string]: { readonly part: RegExp; readonly read: (lines: readonly string[]) => Notice | null } } = {
  'delivery-status': { part: /^message\/(?:global-)?delivery-status\b/i, read: deliveryIn },
  'disposition-notification': { part: /^message\/(?:global-)?disposition-notification\b/i, read: dispositionIn },
  'feedback-report': { part: /^message\/feedback-report\b/i, read: feedbackIn },
};
const FEEDBACK = ['abuse', 'fraud', 'virus', 'not-spam', 'other', 'auth-failure', 'opt-out', 'opt-out-list'];

type Place = 'head' | 'between' | 'part-head' | 'status' | 'done' | 'no-report';

export async function readNotice(content: AsyncIterable<Uint8Array>): Promise<Notice | null> {
  let place: Place = 'head';
  let boundary = '';
  let kind = KINDS['delivery-status'];
  let automatic: Notice | null = null;
  let held: string[] = [];
  let size = 0;
  let status: string[] | null = null;

  function head(named: Map<string, string>): Place {
    const type = named.get('content-type') ?? '';
    const report = /^multipart\/report\s*;/i.test(type) ? /;\s*report-type\s*=\s*"?([a-z-]{1,40})/i.exec(type)?.[1]?.toLowerCase() : undefined;
    boundary = /;\s*boundary\s*=\s*(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(type)?.slice(1).find((b) => b !== undefined) ?? '';
    if (report === undefined) {
      automatic = automaticBy(named);
      return automatic === null ? 'no-report' : 'done';
    }
    kind = Object.hasOwn(KINDS, report) ? KINDS[report] : undefined;
    return boundary !== '' && kind !== undefined ? 'between' : 'no-report';
  }

  function line(text: string): void {
    if (place === 'done' || place === 'no-report') return;
    if (place !== 'head' && text.startsWith(`--${boundary}`)) {
      const rest = text.slice(boundary.length + 2).trimEnd();
      if (rest === '' || rest === '--') {
        if (place === 'status') status = held;
        [held, size] = [[], 0];
        place = status !== null || rest === '--' ? 'done' : 'part-head';
        return;
      }
    }
    if (place === 'between') return;
    size += text.length;
    if (place === 'status') {
      held.push(text);
      if (size > STATUS) place = 'no-report';
      return;
    }
    if (text !== '') {
      held.push(text);
      if (size > HEAD) place = 'no-report';
      return;
    }
    const named = fields(held);
    [held, size] = [[], 0];
    if (place === 'head') place = head(named);
    // RFC 3464 §2.1, RFC 6533 §3, RFC 8098 §3, RFC 5965 §2: plain text, no encoding
    else place = kind?.part.test(named.get('content-type') ?? '') && /^(?:7bit|8bit)$/i.test(named.get('content-transfer-encoding') ?? '7bit') ? 'status' : 'between';
  }

  let rest = '';
  for await (const chunk of content) {
    if ((place as Place) === 'done' || (place as Place) === 'no-report') continue;
    const lines = (rest + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1')).split('\n');
    rest = (lines.pop() ?? '').slice(0, LONGEST);
    for (const text of lines) line(text.slice(0, LONGEST).replace(/\r$/, ''));
  }
  line(rest);
  if ((place as Place) === 'status') status = held;
  return automatic ?? (status === null ? null : (kind?.read(status) ?? null));
}

/** RFC 3834 §5, and what older programs say instead. */
function automaticBy(named: Map<string, string>): Notice | null {
  const said = /^auto-(?:replied|generated)\b/.exec((named.get('auto-submitted') ?? '').toLowerCase())?.[0];
  if (said !== undefined) return { kind: 'automatic', how: said as 'auto-replied' | 'auto-generated' };
  const older = named.has('x-autoreply') || named.has('x-autorespond') || /^auto[_-]reply\b/i.test(named.get('precedence') ?? '');
  return older ? { kind: 'automatic', how: 'auto-replied' } : null;
}

/** Field names in lower case, folded lines joined (RFC 5322 §2.2.3); the first of a name counts. */
function fields(lines: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const text of lines.join('\n').replace(/\n[ \t]+/g, ' ').split('\n')) {
    const name = /^([!-9;-~]{1,76}):/.exec(text)?.[1]?.toLowerCase() ?? '';
    // trimmed, not matched: a pattern for the blanks at the end would walk over them again from each
    if (name !== '' && !found.has(name)) found.set(name, text.slice(name.length + 1).trim());
  }
  return found;
}

/** RFC 3464 §2.1: one group of fields about the message, then one for each recipient. */
function deliveryIn(lines: readonly string[]): Notice | null {
  const groups = lines.join('\n').split(/\n{2,}/).map((group) => fields(group.split('\n'))).filter((group) => group.size > 0);
  const [message, ...recipients] = groups;
  if (message === undefined) return null;
  const envelope = message.get('original-envelope-id');
  const reporter = typed(message.get('reporting-mta'));
  const reports = recipients.slice(0, MOST).flatMap((group): Report[] => {
    const said = (group.get('action') ?? '').toLowerCase().split(/[\s;(]/)[0];
    const action = ACTIONS.find((a) => a === said);
    const status = /^[245]\.\d{1,3}\.\d{1,3}(?=\s|\(|$)/.exec(group.get('status') ?? '')?.[0];
    if (action === undefined || status === undefined) return [];
    const recipient = typed(group.get('final-recipient') ?? group.get('original-recipient'));
    const asked = typed(group.get('original-recipient'));
    const diagnostic = clean(group.get('diagnostic-code'));
    return [{
      action, status, ...(envelope === undefined ? {} : { envelope: fromXtext(envelope) }), ...(reporter === undefined ? {} : { reporter }),
      ...(recipient === undefined ? {} : { recipient }), ...(asked === undefined ? {} : { asked: fromXtext(asked) }), ...(diagnostic === undefined ? {} : { diagnostic }),
    }];
  });
  return reports.length === 0 ? null : { kind: 'delivery', reports };
}

function dispositionIn(lines: readonly string[]): Notice | null {
  const named = fields(lines.filter((text) => text !== ''));
  const said = /^(manual|automatic)-action\s*\/\s*mdn-sent-(?:manually|automatically)\s*;\s*(displayed|deleted|dispatched|processed)\b/i.exec(named.get('disposition') ?? '');
  if (said === null) return null;
  const original = /^<([^<>\s]{1,250})>$/.exec(named.get('original-message-id') ?? '')?.[1];
  const recipient = typed(named.get('final-recipient') ?? named.get('original-recipient'));
  return {
    kind: 'disposition',
    displayed: {
      disposition: said[2]?.toLowerCase() as Displayed['disposition'], byMachine: said[1]?.toLowerCase() === 'automatic',
      ...(original === undefined ? {} : { original }), ...(recipient === undefined ? {} : { recipient }),
    },
  };
}

function feedbackIn(lines: readonly string[]): Notice | null {
  const named = fields(lines.filter((text) => text !== ''));
  const said = /^[a-z-]{1,40}/.exec((named.get('feedback-type') ?? '').toLowerCase())?.[0];
  // RFC 5965 §3.1: version and type are required; an unknown type counts as `other`
  if (said === undefined || !/^\d/.test(named.get('version') ?? '')) return null;
  const recipient = clean(named.get('original-rcpt-to')?.replace(/^<|>$/g, ''));
  return { kind: 'feedback', feedback: FEEDBACK.includes(said) ? said : 'other', ...(recipient === undefined ? {} : { recipient }) };
}

const clean = (value: string | undefined): string | undefined => (value === undefined ? undefined : value.replace(/\p{Cc}+/gu, ' ').slice(0, 500));
const typed = (value: string | undefined): string | undefined => clean(value?.replace(/^[a-z0-9-]{1,20}\s*;\s*/i, ''));

/** RFC 3461 §4 */
function fromXtext(text: string): string {
  return text.replace(/\+([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
