/** Production entry: settings from the environment, service up, signals. */
import { readSettings } from './config.ts';
import { Fault } from './refusal.ts';
import { openService } from './service.ts';

try {
  const service = await openService(readSettings(process.env));
  process.stdout.write(`${JSON.stringify({ level: 'info', code: 'listening', url: service.url })}\n`);
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    // Orchestrators wait about ten seconds after SIGTERM before they kill.
    await Promise.race([service.close(), new Promise((done) => setTimeout(done, 9_000).unref())]);
    process.exit(0);
  };
  process.on('SIGHUP', () => service.renew());
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
} catch (fault) {
  process.stderr.write(`${fault instanceof Fault ? fault.message : 'The service could not start.'}\n`);
  if (!(fault instanceof Fault)) process.stderr.write(`${(fault as Error)?.stack ?? ''}\n`);
  process.exit(1);
}
