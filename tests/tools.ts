/**
 * Programs of the machine that some tests use: readers that decide (`openssl`, `gpg`) and `strace`. The README's test command asks for none of
 * them, so a test that lacks one does not run and says so loudly, here and again at the end of `npm test`. Where REQUIRE_TOOLS is 1 (as in
 * `.ci/run`, which installs them) a missing one is a failure.
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

export const NOT_RUN = join(import.meta.dirname, '..', '.cache', 'not-run.txt');

const ASK = {
  openssl: ['version'], gpg: ['--version'], strace: ['-V'],
  // what the README in a certificate's bundle asks for
  bash: ['--version'], sha256sum: ['--version'], od: ['--version'], sed: ['--version'],
  // the peers of `npm run test:peers`
  gpgsm: ['--version'], notmuch: ['--version'], neomutt: ['-v'], thunderbird: ['--version'], certutil: ['-H'],
  go: ['version'], clamd: ['--version'], soffice: ['--version'], python3: ['--version'], postconf: ['-d', 'mail_version'], slapd: ['-VV'], dovecot: ['--version'], nsd: ['-v'], unbound: ['-V'], 'ldns-signzone': ['-v'],
} as const;

/** `unproved`: what nobody knows while the program is missing. */
export function tool(name: keyof typeof ASK, unproved: string): boolean {
  // Not all of them end with 0 when they are asked who they are.
  if (spawnSync(name, [...ASK[name]], { stdio: 'ignore' }).error === undefined) return true;
  const line = `DID NOT RUN, ${name} is not installed: ${unproved}`;
  if (process.env['REQUIRE_TOOLS'] === '1') throw new Error(line);
  notRun(line);
  return false;
}

/** Said at once, and again at the end of `npm test`. */
export function notRun(line: string): void {
  process.stderr.write(`\n${line}\n`);
  mkdirSync(join(NOT_RUN, '..'), { recursive: true });
  appendFileSync(NOT_RUN, `${line}\n`);
}
