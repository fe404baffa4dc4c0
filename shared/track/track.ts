/**
 * Events of one recipient's copy → its status, in RFC 3464's words. Pure fold; order of events is their order in time.
 * Never says more than the evidence: a 250 from the next hop is `relayed`, `delivered` needs a notice or a pickup.
 */
export type Status = 'queued' | 'relayed' | 'delayed' | 'failed' | 'delivered' | 'opened' | 'held' | 'recalled';

/** What the fold needs of an entry of the log; everything else is ignored. */
export interface TrackEvent {
  readonly type: string;
  readonly outcome?: string;
  readonly facts?: { readonly [name: string]: string | number | boolean | null };
}

/**
 * What an event proves for good, strongest last. These only ever add up: a pickup that happened is not undone by a late failure notice,
 * and a recall is the author's last word. A failure alone is over once the copy goes on.
 */
const LASTING: readonly Status[] = ['relayed', 'failed', 'delivered', 'opened', 'recalled'];

const BY_TYPE: { readonly [type: string]: Status } = {
  'delivery.queued': 'queued',
  'delivery.attempt.started': 'queued',
  'delivery.deferred': 'delayed',
  'delivery.unknown': 'delayed',
  'delivery.held': 'held',
  'delivery.released': 'queued',
  'delivery.relayed': 'relayed',
  'delivery.failed': 'failed',
  'portal.notified': 'relayed',
  'portal.authenticated': 'delivered',
  'portal.message_opened': 'opened',
  'portal.attachment_downloaded': 'opened',
  // A disposition shows that it arrived. Anybody can write one, so that it was opened is for the page to say.
  'delivery.mdn_received': 'delivered',
  'recall.done': 'recalled',
};

/** RFC 3464 §2.3.3. `relayed` there means relayed to a system without notices; `expanded` is the end of our knowledge too. */
const BY_ACTION: { readonly [action: string]: Status } = {
  failed: 'failed', delayed: 'delayed', delivered: 'delivered', relayed: 'relayed', expanded: 'relayed',
};

/** The status one event speaks for, or null when it speaks for none. */
export function statusOf(event: TrackEvent): Status | null {
  if (event.type === 'delivery.dsn_received') {
    const action = event.facts === undefined ? undefined : event.facts['action'];
    return (typeof action === 'string' && BY_ACTION[action]) || null;
  }
  const status = BY_TYPE[event.type];
  if (status === undefined) return null;
  // A portal step that was denied, or a recall that failed, proves nothing of the kind.
  const denied = event.outcome === 'denied' || event.outcome === 'failed';
  if (denied && (event.type.slice(0, 7) === 'portal.' || event.type === 'recall.done')) return null;
  return status;
}

/** What comes from their side; anybody can write it. */
const THEIRS: readonly string[] = ['delivery.dsn_received', 'delivery.mdn_received'];
const FAILED = LASTING.indexOf('failed');

/** From this event on the copy or its notice is out of our hands, or may be. Before any such event nobody can know what became of it. */
export function handedOver({ type, outcome }: TrackEvent): boolean {
  if (type === 'delivery.attempt.finished') return outcome === 'ok' || outcome === 'unknown';
  return type === 'delivery.relayed' || type === 'delivery.unknown' || type === 'portal.notified';
}

/** Certificates of version 2 go by this (`service/audit/certificate/version.ts`): other rules are another version of them. */
export function fold(events: readonly TrackEvent[]): Status {
  let passing: Status = 'queued';
  let lasting = -1;
  let out = false;
  for (const event of events) {
    out = out || handedOver(event);
    const theirs = THEIRS.includes(event.type);
    const status = statusOf(event);
    if (status === null || (theirs && !out)) continue;
    const rank = LASTING.indexOf(status);
    // A copy that is tried, held or taken over after it came back starts anew.
    if (lasting === FAILED && !theirs && rank < FAILED) lasting = -1;
    if (rank > lasting) lasting = rank;
    // A try under way does not end a delay; it does end a hold.
    else if (rank < 0 && !(event.type === 'delivery.attempt.started' && passing === 'delayed')) passing = status;
  }
  return LASTING[lasting] ?? passing;
}
