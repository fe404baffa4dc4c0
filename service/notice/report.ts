/**
 * Reads delivery reports (RFC 3464 inside RFC 6522) as they stream by, line by line. Only the status part is ever held; the words for
 * people and the returned message, which may be PHI, pass unread. Everything here is attacker-controlled; what is no report is null.
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
  readonly diagnostic?: string;
}

const ACTIONS = ['failed', 'delayed', 'delivered', 'relayed', 'expanded'] as const;
/** RFC 5322 §2.1.1 allows 998; what is longer is cut, and only in parts that are not read. */
const LONGEST = 4096;
const HEAD = 32 * 1024;
const STATUS = 64 * 1024;
const MOST = 10;

type Place = 'head' | 'between' | 'part-head' | 'status' | 'done' | 'no-report';

export async function readReports(content: AsyncIterable<Uint8Array>): Promise<Report[] | null> {
  let place: Place = 'head';
  let boundary = '';
  let held: string[] = [];
  let size = 0;
  let status: string[] | null = null;

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
    const type = fields(held).get('content-type') ?? '';
    const encoding = (fields(held).get('content-transfer-encoding') ?? '7bit').toLowerCase();
    [held, size] = [[], 0];
    if (place === 'head') {
      boundary = /;\s*boundary\s*=\s*(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(type)?.slice(1).find((b) => b !== undefined) ?? '';
      place = boundary !== '' && /^multipart\/report\s*;/i.test(type) && /;\s*report-type\s*=\s*"?delivery-status\b/i.test(type) ? 'between' : 'no-report';
    } else {
      // RFC 3464 §2.1, RFC 6533 §3: plain text, no encoding
      place = /^message\/(?:global-)?delivery-status\b/i.test(type) && /^(?:7bit|8bit)$/.test(encoding) ? 'status' : 'between';
    }
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
  return status === null ? null : reportsIn(status);
}

/** Field names in lower case, folded lines joined (RFC 5322 §2.2.3); the first of a name counts. */
function fields(lines: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const text of lines.join('\n').replace(/\n[ \t]+/g, ' ').split('\n')) {
    const [, name = '', value = ''] = /^([!-9;-~]{1,76}):[ \t]*(.*?)[ \t]*$/.exec(text) ?? [];
    if (name !== '' && !found.has(name.toLowerCase())) found.set(name.toLowerCase(), value);
  }
  return found;
}

/** RFC 3464 §2.1: one group of fields about the message, then one for each recipient. */
function reportsIn(lines: readonly string[]): Report[] | null {
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
    const diagnostic = clean(group.get('diagnostic-code'));
    return [{
      action, status, ...(envelope === undefined ? {} : { envelope: fromXtext(envelope) }), ...(reporter === undefined ? {} : { reporter }),
      ...(recipient === undefined ? {} : { recipient }), ...(diagnostic === undefined ? {} : { diagnostic }),
    }];
  });
  return reports.length === 0 ? null : reports;
}

const clean = (value: string | undefined): string | undefined => (value === undefined ? undefined : value.replace(/\p{Cc}+/gu, ' ').slice(0, 500));
const typed = (value: string | undefined): string | undefined => clean(value?.replace(/^[a-z0-9-]{1,20}\s*;\s*/i, ''));

/** RFC 3461 §4 */
function fromXtext(text: string): string {
  return text.replace(/\+([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
