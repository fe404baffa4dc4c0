/**
 * What receivers see of our domains, and what to publish:
 *
 *   npm run doctor [-- --json]          with the service's settings in the environment
 *
 * Exit 0 all good or only weak · 1 something is missing or broken · 2 cannot be looked up · 3 wrong usage.
 */
import { parseArgs } from 'node:util';
import { readSettings } from '../config.ts';
import { Fault } from '../refusal.ts';
import { doctorOf } from '../checkup.ts';
import type { Finding } from '../../shared/wire/doctor.ts';

const MARKS: { readonly [S in Finding['state']]: string } = { good: 'good   ', weak: 'weak   ', missing: 'MISSING', broken: 'BROKEN ', unknown: 'unknown' };

/** DNS takes strings of 255 at most (RFC 1035 §3.3.14). */
const quoted = (value: string): string => (value.match(/.{1,250}/gs) ?? []).map((part) => `"${part}"`).join(' ');

export function told(findings: readonly Finding[]): string[] {
  return findings.flatMap((f) => [
    `${MARKS[f.state]}  ${f.domain}  ${f.check}: ${f.says}`,
    ...(f.publish ?? []).flatMap((r) => (r.type === 'FILE' ? [`           publish at ${r.name}:`, ...r.value.trimEnd().split('\n').map((line) => `             ${line}`)] : [`           publish: ${r.name}. ${r.type} ${quoted(r.value)}`])),
  ]);
}

export const codeOf = (findings: readonly Finding[]): number => (findings.some((f) => f.state === 'missing' || f.state === 'broken') ? 1 : findings.some((f) => f.state === 'unknown') ? 2 : 0);

if (import.meta.main) {
  try {
    const { values } = parseArgs({ options: { json: { type: 'boolean' } } });
    const settings = readSettings(process.env, true);
    if (settings.OWN_DOMAINS.length === 0) throw new Fault('setting-wrong', 'Setting OWN_DOMAINS is missing: the domains to look at.');
    const findings = await doctorOf(settings).look();
    for (const line of values.json ? [JSON.stringify(findings, null, 2)] : told(findings)) process.stdout.write(`${line}\n`);
    process.exitCode = codeOf(findings);
  } catch (fault) {
    process.stderr.write(`${fault instanceof Fault ? fault.message : 'Usage: npm run doctor [-- --json], with the service\'s settings in the environment'}\n`);
    process.exitCode = 3;
  }
}
