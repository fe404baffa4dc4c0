/** From where, and with what, somebody signs in: as coarse as an alert can use, and no address. */
import type { Vault } from '../vault/vault.ts';

/** `client`: the client's address in throttling form (`4:…`, `6:…`); `agent`: User-Agent, attacker-controlled */
export interface Came {
  readonly client: string;
  readonly agent: string;
}

const BROWSERS: readonly (readonly [RegExp, string])[] = [[/Outlook|MSOffice|OneOutlook/, 'outlook'], [/\bEdgA?(?:iOS)?\//, 'edge'], [/\bFirefox\/|\bFxiOS\//, 'firefox'], [/\bChrome\/|\bCriOS\//, 'chrome'], [/\bSafari\//, 'safari'], [/\bcurl\/|\bpython|\bGo-http|\bnode\b|\bJava\b|\bPostman/i, 'program']];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [[/\bWindows\b/, 'windows'], [/\biPhone\b|\biPad\b/, 'ios'], [/\bAndroid\b/, 'android'], [/\bMac ?OS\b|\bMacintosh\b/, 'mac'], [/\bLinux\b|\bCrOS\b/, 'linux']];
const first = (table: typeof BROWSERS, text: string): string => table.find(([pattern]) => pattern.test(text))?.[1] ?? 'other';

/** Kind of browser and system: versions change every month and say nothing. */
export const agentOf = (agent: string): string => `${first(BROWSERS, agent.slice(0, 512))}-${first(SYSTEMS, agent.slice(0, 512))}`;

/** IPv4 by /24, IPv6 by /48: a site, not a machine. */
export function networkOf(client: string): string {
  const [width = '', bits = ''] = client.split(':');
  return /^[46]$/.test(width) && /^\d{1,20}$/.test(bits) ? `${width}:${BigInt(bits) >> (width === '4' ? 8n : 16n)}` : client;
}

/** The network by its keyed hash: told apart, never read. */
export const cameFacts = (vault: Pick<Vault, 'index'>, came: Came | undefined): { readonly [name: string]: string } =>
  came === undefined ? {} : { agent: agentOf(came.agent), network: vault.index('network', networkOf(came.client)).slice(0, 16) };
