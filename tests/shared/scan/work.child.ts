/**
 * Counts what the scanner does, not how long it takes: every block of its code that runs, by the engine's own counters (precise coverage). Prints, as JSON,
 * each piece whose repetition costs more than its length: work for four times the text over work for the text.
 */
import { Session } from 'node:inspector/promises';
import { scan } from '../../../shared/scan/scan.ts';

/** More than lines are joined to one block, and less than a draft whose blocks are remembered. */
const SIZE = 7000;
const TIMES = 4;

const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });

async function work(text: string): Promise<number> {
  await session.post('Profiler.takePreciseCoverage');
  scan({ subject: '', text, attachments: [] });
  const { result } = await session.post('Profiler.takePreciseCoverage');
  let sum = 0;
  for (const { url, functions } of result) if (url.includes('/shared/')) for (const f of functions) for (const { count } of f.ranges) sum += count;
  return sum;
}

const pieces = JSON.parse(process.argv[2] ?? '[]') as string[];
const grown: [piece: string, ratio: number][] = [];
await work('MRN 4471223 of Tess Lane, seen 3/14/2024 at 12 Main St');
for (const piece of pieces) {
  const few = piece.repeat(Math.ceil(SIZE / piece.length));
  const ratio = await work(few.repeat(TIMES)) / await work(few);
  grown.push([piece, ratio]);
}
process.stdout.write(JSON.stringify(grown));
