/**
 * The words inside attachments, read in a worker that is started when there is the first one: the same reading as the service's, so that the plan shown
 * is the plan made. What takes too long is `over-budget`, never silently empty. Bytes stay in memory.
 */
import type { Extracted } from '../../shared/extract/extract.ts';


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

/** Built from `extract.worker.ts` beside the pane. */
const READER = '/addin/extract.js';
const PATIENCE = 20_000;

export function openExtract(): Extract {
  let worker: Worker | null = null;
  let count = 0;
  const waiting = new Map<number, (extracted: Extracted) => void>();
  const fail = (): void => {
    worker?.terminate();
    worker = null;
    for (const settle of waiting.values()) settle({ unscannable: 'over-budget' });
    waiting.clear();
  };
  const start = (): Worker => {
    const fresh = new Worker(READER);
    fresh.onmessage = ({ data }: MessageEvent<Told>) => {
      waiting.get(data.n)?.(data.extracted);
      waiting.delete(data.n);
    };
    fresh.onerror = fail;
    return fresh;
  };
  return (filename, contentType, bytes) => new Promise((resolve) => {
    worker ??= start();
    const n = (count += 1);
    const timer = setTimeout(fail, PATIENCE);
    waiting.set(n, (extracted) => {
      clearTimeout(timer);
      resolve(extracted);
    });
    worker.postMessage({ n, filename, contentType, bytes } satisfies Asked, [bytes.buffer]);
  });
}
