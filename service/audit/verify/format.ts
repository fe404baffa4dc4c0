/** How the log lies in a folder, and how a report proves itself: the words both its writer and its verifier use. */
export const FORMAT = 'send-secure-audit/1';
export const LOG_FILE = 'log.ndjson';
export const KEY_FILE = 'vkey';
/** what others hold of the checkpoints: one JSON object a line */
export const ANCHOR_FILE = 'anchors.ndjson';

export function header(origin: string, size: number): string {
  return JSON.stringify({ format: FORMAT, origin, size });
}

/** First line of a report whose rows bring their proofs. */
export const REPORT = 'send-secure-report/1';
