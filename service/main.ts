/** Production entry: settings from the environment, service up, signals. */
import { readSettings } from './config.ts';
import { noDumps, withoutCore } from './dump.ts';
import { openLog } from './log.ts';
import { Fault } from './refusal.ts';
import { openService } from './service.ts';

try {
  noDumps(process.execArgv, process.env['NODE_OPTIONS']);
  if (withoutCore() === false) openLog().warn('core-files-on', { code: 'ulimit-c' });
  const service = await openService(readSettings(process.env));
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
  if (!(fault instanceof Fault)) openLog().broken('not-started', fault);
  process.stderr.write(`Send Secure did not start (${fault instanceof Fault ? fault.code : 'fault'}).\n${fault instanceof Fault ? fault.message : 'The line above says where it broke.'}\n`);
  process.exit(1);
}
