/**
 * Figures for an operator's dashboard, in Prometheus' text format. Labels are closed words: routes are patterns, outcomes are
 * codes; never an address, a domain, a person or a message.
 */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Asked for at every scrape; a figure that is absent keeps its last value. */
interface Readings {
  readonly queueReady?: number;
  readonly queueWaiting?: number;
  /** ms since the oldest ready item became ready */
  readonly oldestReadyMs?: number;
  readonly walBytes?: number;
  /** entries that are signed for */
  readonly logSize?: number;
  /** ms that the oldest event waited which is not in the log yet */
  readonly logLagMs?: number;
  /** 1 while the log cannot be continued */
  readonly logBroken?: number;
}

/** RFC 3464's words and the refusal, as `deliver` says them. */
type AttemptClass = 'relayed' | 'delayed' | 'failed' | 'refused';

export interface Metrics {
  accepted(ms: number, outcome: 'accepted' | 'refused' | 'fault'): void;
  attempt(outcome: AttemptClass, protection: string): void;
  /** what somebody who runs the service should look into */
  alert(what: string): void;
  request(route: string, method: string, status: number, ms: number): void;
  text(): Promise<string>;
  readonly contentType: string;
}

const SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5];

export function openMetrics({ read }: { readonly read: () => Promise<Readings> | Readings }): Metrics {
  const register = new Registry();
  const registers = [register];
  collectDefaultMetrics({ register });

  const accept = new Histogram({ name: 'sendsecure_accept_seconds', help: 'From request to durable receipt.', labelNames: ['outcome'], buckets: SECONDS, registers });
  const attempts = new Counter({ name: 'sendsecure_delivery_attempts_total', help: 'Delivery attempts by outcome.', labelNames: ['outcome', 'protection'], registers });
  const alerts = new Counter({ name: 'sendsecure_alerts_total', help: 'What somebody should look into, by kind.', labelNames: ['what'], registers });
  const requests = new Histogram({ name: 'sendsecure_request_seconds', help: 'Requests by route pattern.', labelNames: ['route', 'method', 'status'], buckets: SECONDS, registers });

  const gauge = (name: string, help: string) => new Gauge({ name: `sendsecure_${name}`, help, registers });
  const gauges: { readonly [K in keyof Required<Readings>]: readonly [Gauge, number] } = {
    queueReady: [gauge('queue_ready', 'Items that could go now.'), 1],
    queueWaiting: [gauge('queue_waiting', 'Items that wait for a later time.'), 1],
    oldestReadyMs: [gauge('queue_oldest_ready_seconds', 'Age of the oldest item that could go now.'), 1000],
    walBytes: [gauge('store_wal_bytes', 'Size of the write-ahead log.'), 1],
    logSize: [gauge('audit_tree_size', 'Entries of the log that are signed for.'), 1],
    logLagMs: [gauge('audit_sequencer_lag_seconds', 'Age of the oldest event not yet in the log.'), 1000],
    logBroken: [gauge('audit_broken', '1 while the log cannot be continued.'), 1],
  };

  return {
    accepted: (ms, outcome) => accept.observe({ outcome }, ms / 1000),
    attempt: (outcome, protection) => attempts.inc({ outcome, protection }),
    alert: (what) => alerts.inc({ what }),
    request: (route, method, status, ms) => requests.observe({ route, method, status: `${Math.floor(status / 100)}xx` }, ms / 1000),
    async text() {
      const readings = await read();
      for (const [name, [figure, unit]] of Object.entries(gauges) as [keyof Readings, readonly [Gauge, number]][]) {
        const value = readings[name];
        if (value !== undefined) figure.set(value / unit);
      }
      return register.metrics();
    },
    contentType: register.contentType,
  };
}
