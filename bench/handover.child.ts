/** The service in a process of its own, measured from inside: event-loop pauses and memory, told on request over the ipc channel. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { readSettings } from '../service/config.ts';
import { openService } from '../service/service.ts';

const service = await openService(readSettings(process.env, true), { quiet: true, stsPort: Number(process.env['STAGE_STS_PORT']) });
const delay = monitorEventLoopDelay({ resolution: 2 });
let peak = 0;
setInterval(() => { peak = Math.max(peak, process.memoryUsage.rss()); }, 5).unref();
process.on('message', (ask) => {
  if (ask === 'begin') {
    globalThis.gc?.();
    delay.reset();
    delay.enable();
    peak = process.memoryUsage.rss();
    process.send?.({ rss: peak });
  } else if (ask === 'peek') {
    process.send?.({ rss: process.memoryUsage.rss(), peak });
  } else if (ask === 'end') {
    delay.disable();
    process.send?.({ rss: process.memoryUsage.rss(), peak, longest: delay.max / 1e6 });
  } else void service.close().then(() => process.exit(0));
});
process.send?.({ url: service.url });
