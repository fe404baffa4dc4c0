/** The service in a process of its own, measured from inside: event-loop pauses and memory, told on request over the ipc channel. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { readSettings } from '../service/config.ts';
import { openService } from '../service/service.ts';

const service = await openService(readSettings(process.env, true), { quiet: true, stsPort: Number(process.env['STAGE_STS_PORT']) });
const delay = monitorEventLoopDelay({ resolution: 2 });
let [peak, held] = [0, 0];
/** What is in use, apart from what the process keeps of earlier work: the heap and the buffers beside it. */
const inUse = (): number => { const { heapUsed, external } = process.memoryUsage(); return heapUsed + external; };
setInterval(() => { peak = Math.max(peak, process.memoryUsage.rss()); held = Math.max(held, inUse()); }, 5).unref();
process.on('message', (ask) => {
  if (ask === 'begin') {
    globalThis.gc?.();
    delay.reset();
    delay.enable();
    peak = process.memoryUsage.rss();
    held = inUse();
    process.send?.({ rss: peak, held });
  } else if (ask === 'peek') {
    process.send?.({ rss: process.memoryUsage.rss(), peak });
  } else if (ask === 'end') {
    delay.disable();
    process.send?.({ rss: process.memoryUsage.rss(), peak, held, longest: delay.max / 1e6 });
  } else void service.close().then(() => process.exit(0));
});
process.send?.({ url: service.url });
