/**
 * The process behind the lab that outlives the service: `node lab/child.ts <folder>`. Started and found again by `lab/world/ensure.ts`.
 * Ends when told to, by a signal, or when nobody has asked anything for half an hour.
 */
import { openWorld } from './world/world.ts';

const IDLE = 30 * 60_000;

const folder = process.argv[2];
if (folder === undefined) throw new Error('The lab needs a folder: node lab/child.ts <folder>');

const world = await openWorld({ folder, onStop: () => void stop() });
let stopping = false;

async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await world.close();
  process.exit(0);
}

process.on('SIGTERM', () => void stop());
process.on('SIGINT', () => void stop());
setInterval(() => {
  if (Date.now() - world.lastAsked() > IDLE) void stop();
}, 60_000).unref();
