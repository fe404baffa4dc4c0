/** The real service in a process of its own, so that a test can kill it: settings from the environment, address on standard output. */
import { readSettings } from '../../service/config.ts';
import { openService } from '../../service/service.ts';

const service = await openService(readSettings(process.env, true), { quiet: process.env['STAGE_LOUD'] === undefined, strictEvents: true, schedule: [0.02, 0.05], patience: 0.1, stsPort: Number(process.env['STAGE_STS_PORT']) });
process.stdout.write(`${service.url}\n`);
process.on('SIGTERM', () => void service.close().then(() => process.exit(0)));
