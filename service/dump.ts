/**
 * A program that ends badly leaves nothing behind of what it had in memory: no diagnostic report (it would hold the environment), no snapshot of the
 * heap, no inspector to take one. Core files only the system can switch off: `ulimit -c 0`, as in the Dockerfile; where it did not, that is said.
 */
import { readFileSync } from 'node:fs';
import { Fault } from './refusal.ts';

/** What cannot be taken back once the program runs (https://nodejs.org/api/cli.html). */
const LEAVES = /^--(?:heapsnapshot-near-heap-limit|heapsnapshot-signal|heap-prof|abort-on-uncaught-exception|inspect(?:-brk|-port|-wait)?|report-on-signal)(?:=|$)/;

/** Throws Fault `dumps-on` at a flag by which memory would reach the disk or a socket. */
export function noDumps(flags: readonly string[], options = ''): void {
  const wrong = [...flags, ...options.split(/\s+/)].find((flag) => LEAVES.test(flag.replaceAll('_', '-')));
  if (wrong !== undefined) throw new Fault('dumps-on', `Node was started with ${wrong.split('=')[0]}, which writes what is in memory to the disk or lets others read it. Start without it.`);
  const { report } = process;
  report.reportOnFatalError = false;
  report.reportOnUncaughtException = false;
  report.reportOnSignal = false;
  report.excludeEnv = true;
  (report as { excludeNetwork?: boolean }).excludeNetwork = true;
}

/** False where the system would write a core file; null where that cannot be seen. */
export function withoutCore(limits = '/proc/self/limits'): boolean | null {
  try {
    const [, soft] = /^Max core file size\s+(\S+)/m.exec(readFileSync(limits, 'utf8')) ?? [];
    return soft === undefined ? null : soft === '0';
  } catch {
    return null;
  }
}
