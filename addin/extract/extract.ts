/**
 * The words inside attachments, read in a worker that is started when there is the first one: the same reading as the service's, so that the plan shown
 * is the plan made. What takes too long is `over-budget`, never silently empty. Bytes stay in memory. ES2016 library only: where the event handler has
 * workers it reads through this too.
 */
import type { Extracted } from '../../shared/extract/read.ts';

interface Worker {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onerror: (() => void) | null;
  postMessage(message: unknown, transfer: readonly ArrayBuffer[]): void;
  terminate(): void;
}
declare const Worker: { new (url: string): Worker } | undefined;
declare function setTimeout(run: () => void, ms: number): number;
declare function clearTimeout(timer: number): void;

export interface Asked {
  readonly n: number;
  readonly filename: string;
  readonly contentType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}
export interface Told {
  readonly n: number;
  readonly extracted: Extracted;
}

export type Extract = (filename: string, contentType: string, bytes: Uint8Array<ArrayBuffer>) => Promise<Extracted>;

/** Tells whether two things that Outlook handed out are the same file: no proof against somebody who seeks two alike, who would deceive only themselves. */
export function fingerprint(content: string): string {
  let [a, b] = [0x811c9dc5, 0x9e3779b9];
  for (let i = 0; i < content.length; i += 1) {
    const c = content.charCodeAt(i);
    a = Math.imul(a ^ c, 0x01000193);
    b = Math.imul(b + c, 0x85ebca6b) ^ (b >>> 13);
  }
  return `${content.length}.${(a >>> 0).toString(36)}.${(b >>> 0).toString(36)}`;
}

/** Built from `extract.worker.ts` beside the pane. */
const READER = '/addin/extract.js';
const PATIENCE = 20_000;

/** Classic Outlook's runtime has none. */
export const hasWorkers = (): boolean => typeof Worker === 'function' && typeof setTimeout === 'function';

export function openExtract(patience = PATIENCE): Extract {
  let worker: Worker | null = null;
  let count = 0;
  const waiting = new Map<number, (extracted: Extracted) => void>();
  const fail = (): void => {
    worker?.terminate();
    worker = null;
    const late = Array.from(waiting.values());
    waiting.clear();
    for (const settle of late) settle({ unscannable: 'over-budget' });
  };
  const start = (): Worker => {
    const fresh = new Worker!(READER);
    fresh.onmessage = ({ data }) => {
      const { n, extracted } = data as Told;
      waiting.get(n)?.(extracted);
      waiting.delete(n);
    };
    fresh.onerror = fail;
    return fresh;
  };
  return (filename, contentType, bytes) => new Promise((resolve) => {
    worker ??= start();
    const n = (count += 1);
    const timer = setTimeout(fail, patience);
    waiting.set(n, (extracted) => {
      clearTimeout(timer);
      resolve(extracted);
    });
    worker.postMessage({ n, filename, contentType, bytes } satisfies Asked, [bytes.buffer]);
  });
}
