/**
 * The doctor: do our own domains say in DNS what receivers need to trust and protect our mail? Looks, explains, and writes the records to publish;
 * changes nothing and never asks about a recipient. SPF RFC 7208, DKIM RFC 6376, DMARC RFC 7489, MTA-STS RFC 8461, TLS-RPT RFC 8460.
 */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import type { Finding } from '../../shared/wire/doctor.ts';
import type { World } from '../world.ts';
import { spfResult } from './spf.ts';

interface DoctorSettings {
  readonly ownDomains: readonly string[];
  /** envelope senders are of this domain, so SPF is asked of it */
  readonly returnDomain: string;
  /** mail leaves from these; empty: not known */
  readonly sources: () => Promise<readonly string[]>;
  readonly hostname: string;
  /** every key that mail is signed with, PEM */
  readonly dkim?: { readonly domain: string; readonly keys: readonly { readonly selector: string; readonly privateKey: string }[] } | undefined;
  /** where reports about our domains should go, in the records that are proposed */
  readonly reportsTo: string;
  /** the MTA-STS reading of `deliver/`, which this room may not import */
  readonly sts: { readonly read: (text: string) => { readonly mode: string; readonly mx: readonly string[] } | null; readonly lists: (mx: readonly string[], host: string) => boolean; readonly port: number };
}

type Record = NonNullable<Finding['publish']>[number];
type Said = Pick<Finding, 'state' | 'says'> & { readonly publish?: readonly Record[] };

/** worst first */
const RANK: readonly Said['state'][] = ['broken', 'missing', 'unknown', 'weak', 'good'];
/** nobody's: for documentation (RFC 3849) */
const STRANGER = '2001:db8::1';
const txt = (name: string, value: string): Record => ({ name, type: 'TXT', value });
/** RFC 6376 §3.2, RFC 7489 §6.4, RFC 8460 §3: `tag=value` between semicolons. */
function tags(text: string): Map<string, string> {
  return new Map(text.split(';').flatMap((part) => { const at = part.indexOf('='); return at < 1 ? [] : [[part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim()] as const]; }));
}

export function openDoctor(world: Pick<World, 'dns' | 'fetch' | 'now'>, settings: DoctorSettings): { readonly look: () => Promise<Finding[]> } {
  const { dns } = world;
  const texts = async (name: string, begins: RegExp): Promise<string[]> => (await dns.txt(name)).records.filter((text) => begins.test(text));

  async function mx(domain: string): Promise<Said & { readonly hosts: readonly string[] }> {
    const { records } = await dns.mx(domain);
    const hosts = records.map((r) => r.exchange.toLowerCase().replace(/\.$/, '')).filter((host) => host !== '');
    if (hosts.length > 0) return { state: 'good', says: 'Mail to this domain has somewhere to go.', hosts };
    const needed = domain === settings.returnDomain;
    return { state: needed ? 'broken' : 'weak', says: needed ? 'Delivery reports come back to this domain, and no server takes its mail.' : 'No server takes mail for this domain, so nobody can answer.', hosts };
  }

  async function spf(domain: string): Promise<Said> {
    const sources = await settings.sources();
    const found = await texts(domain, /^v=spf1(?:\s|$)/i);
    const ours = sources.map((ip) => `${ip.includes(':') ? 'ip6' : 'ip4'}:${ip}`);
    if (found.length === 0) return { state: 'missing', says: 'No SPF record: receivers cannot tell our server from a stranger\'s.', publish: [txt(domain, `v=spf1 ${ours.join(' ') || 'mx'} -all`)] };
    if (found.length > 1) return { state: 'broken', says: 'More than one SPF record, so receivers count none of them (RFC 7208 §4.5). Keep one.' };
    const [record = ''] = found;
    const terms = record.trim().split(/\s+/);
    const all = terms.find((term) => /^[-+~?]?all$/i.test(term));
    // RFC 7208 §6.1: it counts only where there is no `all`, and is lost where one is put beside it.
    const redirect = all === undefined ? terms.find((term) => /^redirect=/i.test(term)) : undefined;
    const written = (also: readonly string[], end: string): Record => txt(domain, [...terms.filter((term) => term !== all && term !== redirect && !also.includes(term)), ...also, redirect ?? end].join(' '));
    if (all !== undefined && /^\+?all$/i.test(all)) return { state: 'broken', says: 'The SPF record allows everybody to send.', publish: [written(ours.length > 0 ? ours : ['mx'], '-all')] };
    for (const ip of sources) {
      const result = await spfResult(dns, { ip, domain, hostname: settings.hostname });
      if (result === 'permerror') return { state: 'broken', says: 'The SPF record cannot be evaluated: a mistake in it, or more than ten look-ups (RFC 7208 §4.6.4).' };
      if (result !== 'pass') return { state: 'broken', says: 'The SPF record does not name the address our mail leaves from.', publish: [written(ours, all ?? '-all')] };
    }
    if (sources.length === 0) return { state: 'unknown', says: 'There is an SPF record; which address our mail leaves from is not known here. Set SOURCE_ADDRESS or give SMTP_HOSTNAME an address.' };
    const closed = redirect === undefined ? all !== undefined && /^[-~]/.test(all) : ['fail', 'softfail'].includes(await spfResult(dns, { ip: STRANGER, domain, hostname: settings.hostname }));
    if (closed) return { state: 'good', says: 'The SPF record names the address our mail leaves from.' };
    return { state: 'weak', says: 'The SPF record names our address, but does not say that others are strangers (-all).', ...(redirect === undefined ? { publish: [written([], '-all')] } : {}) };
  }

  async function dkim(domain: string): Promise<Said> {
    const own = settings.dkim;
    if (!own) return { state: 'missing', says: 'Our mail is not signed: DKIM_SELECTOR and DKIM_KEY are not set. Make a key with: openssl genrsa -out dkim.pem 2048' };
    if (!aligned(domain, own.domain)) return { state: 'weak', says: 'Our mail is signed for another domain, which does not count for DMARC here (RFC 7489 §3.1.1).' };
    const said = await Promise.all(own.keys.map((key) => dkimKey(own.domain, key)));
    const worst = said.reduce((a, b) => (RANK.indexOf(b.state) < RANK.indexOf(a.state) ? b : a));
    const publish = said.flatMap((s) => s.publish ?? []);
    return { state: worst.state, says: said.length > 1 && worst.state !== 'good' ? `Of ${said.length} signatures: ${worst.says}` : worst.says, ...(publish.length > 0 ? { publish } : {}) };
  }

  async function dkimKey(domain: string, { selector, privateKey }: { readonly selector: string; readonly privateKey: string }): Promise<Said> {
    const key = createPublicKey(createPrivateKey(privateKey));
    const name = `${selector}._domainkey.${domain}`;
    const publish = [txt(name, `v=DKIM1; k=${key.asymmetricKeyType === 'ed25519' ? 'ed25519' : 'rsa'}; p=${published(key)}`)];
    const found = (await dns.txt(name)).records.map(tags).filter((t) => t.has('p'));
    if (found.length === 0) return { state: 'missing', says: 'The key that our mail is signed with is not published, so every signature fails.', publish };
    if (found.length > 1 || found[0]?.get('p')?.replace(/\s/g, '') !== published(key)) return { state: 'broken', says: 'Another key is published than the one our mail is signed with, so every signature fails.', publish };
    if (key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) < 2048) return { state: 'weak', says: 'The key is shorter than 2048 bits (RFC 8301 §3.2). Make a new one under a new selector.' };
    return /(?:^|:)y(?:$|:)/.test(found[0]?.get('t') ?? '') ? { state: 'weak', says: 'The published key says that we are only testing (t=y).', publish } : { state: 'good', says: 'The key that our mail is signed with is published.' };
  }

  async function dmarc(domain: string): Promise<Said> {
    const above = organisational(domain);
    let at = domain;
    let found = await texts(`_dmarc.${domain}`, /^v=DMARC1\s*(?:;|$)/);
    if (found.length === 0 && above !== domain) [at, found] = [above, await texts(`_dmarc.${above}`, /^v=DMARC1\s*(?:;|$)/)];
    const publish = [txt(`_dmarc.${domain}`, `v=DMARC1; p=quarantine; rua=mailto:${settings.reportsTo}`)];
    if (found.length === 0) return { state: 'missing', says: 'No DMARC record: anybody may write in our name, and nobody tells us.', publish };
    const said = tags(found[0] ?? '');
    const policy = (at === domain ? said.get('p') : (said.get('sp') ?? said.get('p')))?.toLowerCase();
    if (found.length > 1 || !['none', 'quarantine', 'reject'].includes(policy ?? '')) return { state: 'broken', says: 'The DMARC record cannot be read, or there are several, so none counts (RFC 7489 §6.6.3).', publish };
    if (policy === 'none') return { state: 'weak', says: 'DMARC only watches (p=none): mail forged in our name is delivered.', publish: [txt(`_dmarc.${at}`, (found[0] ?? '').replace(at !== domain && said.has('sp') ? /\b(sp)\s*=\s*none/i : /\b(p)\s*=\s*none/i, '$1=quarantine'))] };
    const pct = Number(said.get('pct') ?? 100);
    if (pct < 100) return { state: 'weak', says: 'DMARC holds for a part of the mail only (pct).' };
    return said.has('rua') ? { state: 'good', says: 'Mail forged in our name is refused or set apart, and we are told.' } : { state: 'weak', says: 'DMARC protects our name, but nobody tells us of failures (rua).', publish: [txt(`_dmarc.${at}`, `${(found[0] ?? '').replace(/;\s*$/, '')}; rua=mailto:${settings.reportsTo}`)] };
  }

  async function sts(domain: string, hosts: readonly string[]): Promise<Said> {
    if (hosts.length === 0) return { state: 'good', says: 'No mail comes to this domain, so there is nothing to protect.' };
    const id = new Date(world.now()).toISOString().slice(0, 10).replaceAll('-', '');
    const file = { name: `https://mta-sts.${domain}/.well-known/mta-sts.txt`, type: 'FILE', value: ['version: STSv1', 'mode: testing', ...hosts.map((host) => `mx: ${host}`), 'max_age: 604800', ''].join('\n') } as const;
    const publish = [txt(`_mta-sts.${domain}`, `v=STSv1; id=${id}`), file];
    const found = await texts(`_mta-sts.${domain}`, /^v=STSv1\s*;/);
    if (found.length !== 1) return { state: found.length === 0 ? 'missing' : 'broken', says: 'Mail to us can be read on the way: no MTA-STS policy tells senders to insist on encryption. Begin with "testing", then "enforce".', publish };
    const policy = await fetched(domain);
    if (policy === null) return { state: 'broken', says: 'An MTA-STS policy is announced and cannot be fetched or read.', publish: [file] };
    const outside = hosts.filter((host) => !settings.sts.lists(policy.mx, host));
    if (policy.mode !== 'none' && outside.length > 0) return { state: 'broken', says: 'The MTA-STS policy leaves out a server that takes our mail: senders that obey it deliver nothing there.', publish: [file] };
    return policy.mode === 'enforce' ? { state: 'good', says: 'Senders that obey MTA-STS insist on encryption to our servers.' } : { state: 'weak', says: 'The MTA-STS policy is not enforced yet.', publish: [{ ...file, value: file.value.replace('testing', 'enforce') }] };
  }

  async function fetched(domain: string): Promise<{ readonly mode: string; readonly mx: readonly string[] } | null> {
    try {
      const { status, body } = await world.fetch(`https://mta-sts.${domain}${settings.sts.port === 443 ? '' : `:${settings.sts.port}`}/.well-known/mta-sts.txt`, { redirects: 0, maxBytes: 65_536, timeout: 15_000 });
      return status === 200 ? settings.sts.read(new TextDecoder().decode(body)) : null;
    } catch {
      return null;
    }
  }

  async function tlsRpt(domain: string, hosts: readonly string[]): Promise<Said> {
    if (hosts.length === 0) return { state: 'good', says: 'No mail comes to this domain, so there is nothing to report.' };
    const found = await texts(`_smtp._tls.${domain}`, /^v=TLSRPTv1\s*;/);
    const publish = [txt(`_smtp._tls.${domain}`, `v=TLSRPTv1; rua=mailto:${settings.reportsTo}`)];
    if (found.length !== 1 || !/^(?:mailto:|https:)/i.test(tags(found[0] ?? '').get('rua') ?? '')) return { state: found.length === 0 ? 'missing' : 'broken', says: 'Senders whose encryption to our servers fails have nowhere to say so (TLS-RPT).', publish };
    return { state: 'good', says: 'Senders tell us when encryption to our servers fails.' };
  }

  const asked = async (domain: string, check: Finding['check'], ask: () => Promise<Said>): Promise<Finding> => {
    try {
      const { state, says, publish } = await ask();
      return { domain, check, state, says, ...(publish === undefined ? {} : { publish: [...publish] }) };
    } catch {
      return { domain, check, state: 'unknown', says: 'It could not be looked up.' };
    }
  };

  async function one(domain: string): Promise<Finding[]> {
    const hosts = await mx(domain).then((found) => found.hosts, () => []);
    const from = settings.ownDomains.includes(domain);
    return Promise.all([
      asked(domain, 'mx', () => mx(domain)),
      ...(domain === settings.returnDomain || from ? [asked(domain, 'spf', () => spf(domain))] : []),
      ...(from ? [asked(domain, 'dkim', () => dkim(domain)), asked(domain, 'dmarc', () => dmarc(domain))] : []),
      asked(domain, 'mta-sts', () => sts(domain, hosts)), asked(domain, 'tls-rpt', () => tlsRpt(domain, hosts)),
    ]);
  }

  return { look: async () => (await Promise.all([...new Set([...settings.ownDomains, settings.returnDomain])].map(one))).flat() };
}

/** RFC 6376 §3.6.1 for RSA: the SubjectPublicKeyInfo; RFC 8463 §4 for Ed25519: the bare key. */
function published(key: KeyObject): string {
  const der = key.export({ type: 'spki', format: 'der' });
  return (key.asymmetricKeyType === 'ed25519' ? der.subarray(-32) : der).toString('base64');
}

/** RFC 7489 §3.2 without a list of public suffixes: the last two labels, which is right or too strict for names we own. */
const organisational = (domain: string): string => domain.split('.').slice(-2).join('.');
const aligned = (a: string, b: string): boolean => a === b || a.endsWith(`.${b}`) || b.endsWith(`.${a}`);
