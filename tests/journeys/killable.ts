/** The real service in a process that a test can kill, with whatever it runs under (strace). */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

export interface Killable {
  readonly url: string;
  /** At once, with all that runs under it; resolves when it is gone. Again does nothing. */
  kill(): Promise<void>;
}

export async function startKillable(settings: Readonly<Record<string, string>>, under: readonly string[] = []): Promise<Killable> {
  const [command = '', ...args] = [...under, process.execPath, join(import.meta.dirname, 'service.child.ts')];
  // A group of its own: what watches and what is watched end together.
  const child = spawn(command, args, { env: { ...settings, ...(process.env['NODE_COMPILE_CACHE'] === undefined ? {} : { NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] }) }, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  const url = await new Promise<string>((ready, failed) => {
    child.stdout.once('data', (line: Buffer) => ready(line.toString().trim()));
    child.once('exit', () => failed(new Error('the service ended before it was ready')));
    child.once('error', failed);
  });
  return {
    url,
    kill: () => new Promise<void>((gone) => {
      if (!child.pid || child.exitCode !== null || child.signalCode !== null) return gone();
      child.once('exit', () => gone());
      return void process.kill(-child.pid, 'SIGKILL');
    }),
  };
}
