/**
 * Every setting, once: name, meaning, default, check. Read from the environment; `NAME_FILE` stands for `NAME` where a secret is meant.
 * A wrong setting stops the start with its name; its value is never shown.
 */
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { domainOf, within } from '../shared/draft/address.ts';
import { KEY_TRUST } from '../shared/plan/capability.ts';
import type { NextHopSettings, Partner } from './deliver/nexthop.ts';
import { PROOFS } from './pickup/signin/proof.ts';
import { Fault } from './refusal.ts';
import { archiveKeyOf } from './vault/divide.ts';

/** Scheme, host and port alone: links are made by putting a path behind it. */
const origin = z.url({ protocol: /^https?$/ }).refine((u) => new URL(u).origin === u.replace(/\/+$/, '').toLowerCase()).transform((u) => new URL(u).origin);
/** A whole address, path and query with it. */
const address = z.url({ protocol: /^https?$/ }).refine((u) => new URL(u).username === '' && new URL(u).hash === '');
const issuer = z.url({ protocol: /^https?$/ }).regex(/^[^?#@]+$/).transform((u) => u.replace(/\/+$/, ''));
const number = z.string().regex(/^\d{1,9}(?:\.\d{1,9})?$/).transform(Number);
const port = number.pipe(z.number().int().max(65_535));
const list = z.string().transform((s) => s.split(/[\s,]+/).filter(Boolean));
const flag = z.enum(['true', 'false']).transform((s) => s === 'true');
const LABEL = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?';
const domain = z.string().regex(new RegExp(`^${LABEL}(?:\\.${LABEL})+$`, 'i')).transform((d) => d.toLowerCase());
const domains = list.pipe(z.array(domain));
const hostname = z.string().regex(new RegExp(`^${LABEL}(?:\\.${LABEL})*$`, 'i'));
const portOf = (text: string): number => Number(text.slice(text.lastIndexOf(':') + 1));
const hostPort = z.string().regex(/^[A-Za-z0-9.-]+:\d{1,5}$/).refine((s) => portOf(s) >= 1 && portOf(s) <= 65_535);
const ip = z.union([z.ipv4(), z.ipv6()]);
const hosts = list.pipe(z.array(hostPort));
const fingerprint = z.string().transform((s) => s.replaceAll(':', '').toLowerCase()).pipe(z.string().regex(/^[0-9a-f]{64}$/));
/** `domain=SHA-256` or `domain=host:port=SHA-256` */
const partner = z.string().transform((s) => s.split('=')).pipe(z.union([
  z.tuple([domain, fingerprint]).transform(([of, pin]) => ({ domain: of, fingerprint: pin, at: null })),
  z.tuple([domain, hostPort, fingerprint]).transform(([of, at, pin]) => ({ domain: of, fingerprint: pin, at })),
]));
const endpoint = z.string().regex(/:\d{1,5}$/).refine((s) => ip.safeParse(s.slice(0, s.lastIndexOf(':')).replace(/^\[(.*)\]$/, '$1')).success && portOf(s) >= 1 && portOf(s) <= 65_535);
const cidr = z.union([z.cidrv4(), z.cidrv6()]);
/** Stands in headers and pages. */
const words = z.string().trim().min(1).regex(/^\P{Cc}*$/u);

/** Recipients' own providers: Google and Microsoft are known by their id, another one says its issuer and name. */
const KNOWN: { readonly [id: string]: { readonly name: string; readonly issuer: string; readonly proof: (typeof PROOFS)[number] } } = {
  google: { name: 'Google', issuer: 'https://accounts.google.com', proof: 'google' },
  microsoft: { name: 'Microsoft', issuer: 'https://login.microsoftonline.com/common/v2.0', proof: 'microsoft' },
};
/** Whose tokens they are says what proves an address in them, whatever the provider is called here. */
const proofAt = (at: string) => Object.values(KNOWN).find(({ issuer: known }) => URL.canParse(at) && new URL(known).host === new URL(at).host)?.proof;
const signIn = z.strictObject({ id: z.string().regex(/^[a-z0-9-]{1,30}$/), clientId: z.string().min(1).max(300), clientSecret: z.string().min(1).max(500), name: words.max(60).optional(), issuer: issuer.optional(), proof: z.enum(PROOFS).optional() })
  .transform(({ name, issuer: at, proof, ...p }) => ({ ...p, name: name ?? KNOWN[p.id]?.name ?? '', issuer: at ?? KNOWN[p.id]?.issuer ?? '', proof: proof ?? proofAt(at ?? '') ?? KNOWN[p.id]?.proof ?? 'oidc' })).refine((p) => p.name !== '' && p.issuer !== '');
const signIns = z.string().transform((s, c) => {
  try { return JSON.parse(s) as unknown; } catch { c.addIssue('no JSON'); return z.NEVER; }
}).pipe(z.array(signIn).max(6).refine((all) => new Set(all.map((p) => p.id)).size === all.length));

interface Setting {
  readonly schema: z.ZodType;
  /** one line for the README and for `--help` */
  readonly says: string;
  /** must be given when the service runs outside the lab */
  readonly needed?: true;
  /** may be given as NAME_FILE, and is never printed */
  readonly secret?: true;
}

/** Microsoft's clouds: without the tenant nobody would be told from another application's or tenant's people */
const ENTRA = /^https:\/\/(?:login\.microsoftonline\.(?:com|us)|login\.partner\.microsoftonline\.cn|sts\.windows\.net)\//;
const setting = <S extends z.ZodType>(schema: S, says: string, more: { needed?: true; secret?: true } = {}) => ({ schema, says, ...more });

export const SETTINGS = {
  PORT: setting(port.default(3000), 'Port to listen on'),
  HOST: setting(z.union([ip, hostname.regex(/[a-z]/i)]).default('127.0.0.1'), 'Address to listen on'),
  PUBLIC_URL: setting(origin.optional(), 'Origin people and Outlook reach the service at, such as https://mail.example.org', { needed: true }),
  PORTAL_URL: setting(origin.optional(), 'Origin of the portal, when it has its own host; default PUBLIC_URL'),
  TLS_CERT_FILE: setting(z.string().optional(), 'PEM certificate chain, when the service itself speaks TLS'),
  TLS_KEY_FILE: setting(z.string().optional(), 'PEM private key beside TLS_CERT_FILE'),
  TRUSTED_PROXIES: setting(list.pipe(z.array(cidr)).default([]), 'Networks whose X-Forwarded-For is believed'),
  DATA_DIR: setting(z.string().default('data'), 'Folder of the embedded store and of large ciphertext'),
  KEYS_DIR: setting(z.string().optional(), 'Folder of wrapped keys; default DATA_DIR-keys beside DATA_DIR, never inside it'),
  MASTER_KEY_FILE: setting(z.string().optional(), 'File with the master key (32 bytes, base64), mode 0600, outside DATA_DIR', { needed: true }),
  DATABASE_URL: setting(z.url({ protocol: /^postgres(ql)?$/ }).optional(), 'PostgreSQL instead of the embedded store', { secret: true }),
  OIDC_ISSUER: setting(issuer.optional(), 'Issuer of staff tokens, such as https://login.example.org/tenant/v2.0', { needed: true }),
  OIDC_AUDIENCE: setting(words.optional(), 'Audience the tokens must name', { needed: true }),
  OIDC_CLIENT_ID: setting(z.string().default('send-secure-pane'), 'Client id of the add-in at the issuer'),
  OIDC_CLIENTS: setting(list.default([]), 'Client ids (azp) that may call; empty: any of this issuer and audience'),
  OIDC_TENANT: setting(z.string().optional(), 'Tenant (tid) the tokens must name; needed with Entra ID'),
  OIDC_GUESTS: setting(z.enum(['refused', 'staff']).default('refused'), 'Whether guests of that tenant are let in: with the roles they were given and no address of their own'),
  OIDC_SCOPE: setting(z.string().optional(), 'Scope the tokens must carry, such as Mail.SendSecure'),
  ORGANISATION_NAME: setting(words.max(100).optional(), 'Name shown to recipients', { needed: true }),
  ORGANISATION_PHONE: setting(words.max(40).optional(), 'Number recipients may call to ask whether a notice is real', { needed: true }),
  ORGANISATION_LOGO_FILE: setting(z.string().optional(), 'PNG, JPEG or GIF of at most 40 KB that stands in notices, and up to 8 KB on the secure page too'),
  DEPARTMENTS: setting(z.string().transform((s) => s.split(';').map((d) => d.trim()).filter(Boolean).map((d) => ({ name: d.slice(0, d.indexOf('=')).trim(), address: d.slice(d.indexOf('=') + 1).trim() }))).pipe(z.array(z.object({ name: words.max(60), address: z.email() })).max(40)).default([]), 'Departments that recipients may write to from the secure page: name=address; name=address. Addresses within OWN_DOMAINS'),
  OWN_DOMAINS: setting(domains.default([]), 'The organization\'s own mail domains', { needed: true }),
  CONNECTOR: setting(hostPort.optional(), 'host:port that takes mail for OWN_DOMAINS; default their MX'),
  CONNECTOR_FINGERPRINT: setting(fingerprint.optional(), 'SHA-256 of the connector\'s certificate, to pin it'),
  CONNECTOR_NAME: setting(z.string().optional(), 'Sign-in name at the connector'),
  CONNECTOR_PASSWORD: setting(z.string().optional(), 'Sign-in password at the connector', { secret: true }),
  PARTNERS: setting(list.pipe(z.array(partner)).default([]), 'Domains whose certificate was agreed on: domain=SHA-256, or domain=host:port=SHA-256; their mail goes there and past any smart host'),
  SMTP_HOSTNAME: setting(hostname.optional(), 'Name this service says in EHLO; default the host of PUBLIC_URL'),
  SMTP_PORT: setting(port.default(25), 'Port of recipients\' mail servers'),
  SMART_HOST: setting(hosts.default([]), 'host:port all outside mail goes through, several in the order they are tried; its TLS proves the first hop only'),
  SMART_HOST_ATTESTS: setting(z.enum(['true', 'false', 'requiretls']).default('false'), 'true when you declare that the smart host itself proves TLS all the way to recipients; requiretls to demand its promise with every message (RFC 8689)'),
  SMART_HOST_NAME: setting(z.string().optional(), 'Sign-in name at the smart host'),
  SMART_HOST_PASSWORD: setting(z.string().optional(), 'Sign-in password at the smart host', { secret: true }),
  REQUIRETLS: setting(z.enum(['never', 'offered', 'always']).default('offered'), 'Whether mail protected by TLS alone demands TLS on the rest of the way (RFC 8689): of hosts that offer to promise it, or always, and then a host that does not is not good enough'),
  RETURN_DOMAIN: setting(domain.optional(), 'Domain of return addresses (VERP); default the first of OWN_DOMAINS'),
  NOTICES_PORT: setting(port.optional(), 'Port of the SMTP door for delivery reports to the return addresses; without it they are not read'),
  NOTICES_HOST: setting(ip.default('127.0.0.1'), 'Address that door listens on'),
  SERVICE_ADDRESS: setting(z.email().optional(), 'From address of notices, receipts and codes; default secure@ the first of OWN_DOMAINS'),
  RESOLVER: setting(endpoint.optional(), 'address:port of the DNS resolver; default the system\'s first'),
  RESOLVER_TRUSTED: setting(flag.default(false), 'true when RESOLVER is a validating resolver on this machine, so that DANE counts'),
  CA_FILE: setting(z.string().optional(), 'PEM certificates trusted for SMTP and HTTPS beside the system\'s'),
  SMIME_ANCHORS_FILE: setting(z.string().optional(), 'PEM certificates that recipients\' S/MIME certificates must chain to'),
  KEY_SOURCES: setting(list.pipe(z.array(z.enum(['wkd', 'dane', 'directory', 'server']))).default(['wkd', 'dane', 'directory']), 'Where recipients\' keys are looked for; a public key server hears of everybody we write to, so it is asked only if named here and in KEY_SERVER'),
  KEY_SERVER: setting(origin.optional(), 'Public key server (VKS) for KEY_SOURCES server'),
  KEY_TRUST: setting(z.enum(KEY_TRUST).default('wkd'), 'Keys trusted less than this are not used, in the order ' + KEY_TRUST.join(', ')),
  REVOCATION: setting(z.enum(['recorded', 'required']).default('recorded'), 'What happens when nobody says whether a certificate was revoked: it is recorded, or the certificate is not used'),
  DIRECTORY_URL: setting(z.url({ protocol: /^ldaps?$/ }).optional(), 'LDAP directory with recipients\' certificates and the organization\'s distribution lists, ldaps://host/base'),
  DIRECTORY_NAME: setting(z.string().optional(), 'Name to bind to the directory with'),
  DIRECTORY_PASSWORD: setting(z.string().optional(), 'Password to bind to the directory with', { secret: true }),
  ALLOWED_NETWORKS: setting(list.pipe(z.array(cidr)).default([]), 'Private networks that may be dialled although names from outside led there'),
  SOURCE_ADDRESS: setting(ip.optional(), 'Local address for outgoing connections'),
  MX_PROVIDERS: setting(domains.default(['outlook.com', 'google.com', 'googlemail.com', 'pphosted.com', 'mimecast.com', 'messagelabs.com', 'icloud.com', 'yahoodns.net', 'protonmail.ch', 'zoho.com']), 'Mail providers whose MX hosts may serve any domain'),
  DKIM_SELECTOR: setting(z.string().regex(/^[a-z0-9-]+$/).optional(), 'DKIM selector'),
  DKIM_DOMAIN: setting(domain.optional(), 'DKIM domain; default the first of OWN_DOMAINS'),
  DKIM_KEY: setting(z.string().optional(), 'PEM private key for DKIM, RSA', { secret: true }),
  DKIM_ED25519_SELECTOR: setting(z.string().regex(/^[a-z0-9-]+$/).optional(), 'DKIM selector of a second signature'),
  DKIM_ED25519_KEY: setting(z.string().optional(), 'PEM private key for a second DKIM signature, Ed25519 (RFC 8463), beside that of DKIM_KEY', { secret: true }),
  CRL_URL: setting(origin.optional(), 'Origin under which /crl/ of the service is reached without TLS, named in every certificate that our authority issues; none: they name no list, because many readers warn of one that they cannot fetch'),
  OUTER_SUBJECT: setting(z.string().regex(/^[\x20-\x7e]{1,150}$/).optional(), 'Subject that strangers see on encrypted mail, ASCII; default Encrypted message from ORGANISATION_NAME'),
  FALLBACK_MINUTES: setting(number.pipe(z.number().max(7200)).default(30), 'How long the first protection is retried before the other way is taken'),
  UNREAD_HOURS: setting(number.pipe(z.number().int().max(720)).default(72), 'Hours after which an author hears that a portal copy was not opened; 0: never'),
  APPROVAL_HOURS: setting(number.pipe(z.number().int().min(1).max(720)).default(24), 'Hours a message waits for a second person where the policy asks for one; then it is never sent'),
  SESSION_IDLE_MINUTES: setting(number.pipe(z.number().min(1).max(1440)).default(60), 'Minutes without a call after which staff must sign in anew'),
  SESSION_HOURS: setting(number.pipe(z.number().min(1).max(168)).default(12), 'Hours after which staff must sign in anew in any case'),
  OIDC_CONSOLE_CLIENT_ID: setting(z.string().default('send-secure-console'), 'Client id of the console at the issuer; its redirect address is PUBLIC_URL/console/signed-in'),
  OIDC_CONSOLE_SECRET: setting(z.string().optional(), 'Secret of that client, where the issuer wants a confidential one', { secret: true }),
  STEP_UP_ACR: setting(list.pipe(z.array(z.string().regex(/^[\w:./-]{1,200}$/))).default([]), 'Authentication contexts (acr, Entra ID\'s acrs) of which one is needed for reveals, exports, approvals, emergency access and keys; empty: any, if fresh'),
  STEP_UP_MINUTES: setting(number.pipe(z.number().min(1).max(720)).default(15), 'How many minutes such a sign-in counts as fresh; the issuer must say auth_time'),
  SCIM_TOKEN: setting(z.string().min(32).optional(), 'Bearer token of the directory that says by SCIM who is employed; without it /scim/v2 answers nobody', { secret: true }),
  SMS_WEBHOOK_URL: setting(address.optional(), 'Web address that sends text messages with one-time codes for us; without it no code goes by text message'),
  SMS_WEBHOOK_SECRET: setting(z.string().min(16).optional(), 'Secret that signs what is posted to SMS_WEBHOOK_URL (Standard Webhooks, HMAC-SHA-256)', { secret: true }),
  SMS_PER_DAY: setting(number.pipe(z.number().int().max(1_000_000)).default(500), 'Text messages a day at most, all recipients together'),
  SIGN_IN: setting(signIns.default([]), 'JSON list of providers whose sign-in opens the secure page where they proved the recipient\'s address: {"id": "google" or "microsoft" or a word of yours with "name" and "issuer", "clientId", "clientSecret"}; each sends people back to PORTAL_URL/m/signed-in/id', { secret: true }),
  CLAMAV: setting(z.union([hostPort, z.string().regex(/^\/[^\0]{1,100}$/)]).optional(), 'clamd that looks at files of recipients, host:port or the path of its socket; without it, or its clean verdict, they are not sent on'),
  ARCHIVE_KEY_FILE: setting(z.string().optional(), 'PEM public key, made by npm run archive-key, to which the kept copy of messages with a divided key is encrypted; without it no key is divided'),
  SCAN_RULES_FILE: setting(z.string().optional(), 'JSON file with the organization\'s own rules of the scanner: patterns, record number formats, thresholds'),
  ROSTER_FILE: setting(z.string().optional(), 'Keyed hashes of names or numbers that are always found, made by npm run roster; matched in the service alone'),
  WITNESS_URL: setting(address.optional(), 'Address of a witness that signs the log\'s checkpoints (C2SP tlog-witness), run by somebody else'),
  WITNESS_KEY: setting(z.string().max(200).optional(), 'That witness\'s verifier key'),
  TSA_URL: setting(address.optional(), 'Address of a time-stamp authority (RFC 3161) for the log\'s checkpoints'),
  ANCHOR_FOLDER: setting(z.string().optional(), 'Folder on a medium that keeps what was written once, for copies of the log\'s checkpoints'),
  ANCHOR_BUCKET: setting(address.refine((u) => new URL(u).search === '' && /^[\w./-]*$/.test(new URL(u).pathname)).optional(), 'Address of a bucket with object lock on S3-compatible storage, and a folder in it, for the same copies'),
  ANCHOR_BUCKET_REGION: setting(z.string().regex(/^[a-z0-9-]{1,40}$/).default('us-east-1'), 'Region of that bucket'),
  ANCHOR_BUCKET_ID: setting(z.string().regex(/^[\w-]{3,128}$/).optional(), 'Access key id that may put and get objects and their retention there, and nothing else'),
  ANCHOR_BUCKET_SECRET: setting(z.string().min(8).optional(), 'Secret of that access key', { secret: true }),
  ANCHOR_BUCKET_YEARS: setting(number.pipe(z.number().int().min(1).max(100)).default(7), 'How many years nobody can change such a copy'),
  ANCHOR_MINUTES: setting(number.pipe(z.number().int().min(1).max(1440)).default(60), 'How often checkpoints go to witness, time-stamp authority, folder and bucket'),
  ALERT_MAIL: setting(list.pipe(z.array(z.email())).default([]), 'Addresses in OWN_DOMAINS that are told of alerts; without it they stand in the list alone'),
  ALERT_WEBHOOK_URL: setting(address.optional(), 'Web address that alerts are posted to'),
  ALERT_WEBHOOK_SECRET: setting(z.string().min(16).optional(), 'Secret that signs what is posted to ALERT_WEBHOOK_URL (Standard Webhooks, HMAC-SHA-256)', { secret: true }),
  METRICS_TOKEN: setting(z.string().min(16).optional(), 'Bearer token for /metrics; without it only this machine itself may ask', { secret: true }),
  LOG_LEVEL: setting(z.enum(['info', 'warn', 'error']).default('info'), 'Least level written to standard output'),
} as const satisfies { [name: string]: Setting };

type Raw = { readonly [K in keyof typeof SETTINGS]: z.infer<(typeof SETTINGS)[K]['schema']> };

export interface Settings extends Raw {
  /** true only when `lab/main.ts` runs: loopback, own folder, http issuer allowed */
  readonly lab: boolean;
}

/** Throws Fault `setting-missing` that names all that are missing, or `setting-wrong` that names one; neither says a value. */
export function readSettings(env: { readonly [name: string]: string | undefined }, lab = false): Settings {
  const all = Object.entries<Setting>(SETTINGS);
  const given = (name: string) => (env[name] === '' ? undefined : env[name]);
  const missing = lab ? [] : all.filter(([name, { needed }]) => needed && given(name) === undefined);
  if (missing.length > 0) throw new Fault('setting-missing', missing.map(([name, { says }]) => `Setting ${name} is missing. ${says}`).join('\n'));
  const raw: Record<string, unknown> = {};
  for (const [name, { schema, secret, says }] of all) {
    let value = given(name);
    const file = secret ? env[`${name}_FILE`] : undefined;
    if (value !== undefined && file !== undefined) throw wrong(name, 'is given twice, as a value and as a file');
    if (file !== undefined) {
      try { value = readFileSync(file, 'utf8').trim(); } catch { throw wrong(`${name}_FILE`, 'names a file that cannot be read'); }
    }
    const parsed = schema.safeParse(value);
    if (!parsed.success) throw wrong(name, `is not valid${shapeOf(parsed.error.issues[0])}. ${says}`);
    raw[name] = parsed.data;
  }
  const settings = { ...(raw as unknown as Raw), lab };
  check(settings, env);
  return settings;
}

/** What a value should have been, from the schema alone. */
function shapeOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === 'too_small') return `: at least ${issue.minimum}${issue.origin === 'string' ? ' characters' : ''}`;
  if (issue?.code === 'too_big') return `: at most ${issue.maximum}${issue.origin === 'string' ? ' characters' : ''}`;
  if (issue?.code === 'invalid_value') return `: one of ${issue.values.join(', ')}`;
  return '';
}

function check(s: Settings, env: { readonly [name: string]: string | undefined }): void {
  if ((s.TLS_CERT_FILE === undefined) !== (s.TLS_KEY_FILE === undefined)) throw wrong('TLS_KEY_FILE', 'and TLS_CERT_FILE belong together');
  if ((s.DKIM_SELECTOR === undefined) !== (s.DKIM_KEY === undefined)) throw wrong('DKIM_KEY', 'and DKIM_SELECTOR belong together');
  for (const name of ['CA_FILE', 'SMIME_ANCHORS_FILE'] as const) holds(name, s[name], 'a certificate in PEM', (bytes) => new X509Certificate(bytes));
  const certificate = holds('TLS_CERT_FILE', s.TLS_CERT_FILE, 'a certificate in PEM', (bytes) => new X509Certificate(bytes));
  const key = holds('TLS_KEY_FILE', s.TLS_KEY_FILE, 'a private key in PEM', createPrivateKey);
  if (certificate && key && !certificate.checkPrivateKey(key)) throw wrong('TLS_KEY_FILE', 'names another key than that of TLS_CERT_FILE');
  holds('ARCHIVE_KEY_FILE', s.ARCHIVE_KEY_FILE, 'an X25519 public key in PEM, and no private one', archiveKey);
  if ((s.DKIM_ED25519_SELECTOR === undefined) !== (s.DKIM_ED25519_KEY === undefined)) throw wrong('DKIM_ED25519_KEY', 'and DKIM_ED25519_SELECTOR belong together');
  if (s.DKIM_ED25519_KEY !== undefined && s.DKIM_KEY === undefined) throw wrong('DKIM_ED25519_KEY', 'goes beside DKIM_KEY: not every reader knows Ed25519');
  for (const [name, kind] of [['DKIM_KEY', 'rsa'], ['DKIM_ED25519_KEY', 'ed25519']] as const) {
    const text = s[name];
    if (text === undefined) continue;
    let held: KeyObject;
    try { held = createPrivateKey(text); } catch { throw wrong(name, 'does not hold a private key in PEM'); }
    if (held.asymmetricKeyType !== kind) throw wrong(name, `holds another kind of key than ${kind}`);
  }
  for (const name of ['CONNECTOR', 'SMART_HOST'] as const) if ((s[`${name}_NAME`] === undefined) !== (s[`${name}_PASSWORD`] === undefined)) throw wrong(`${name}_PASSWORD`, `and ${name}_NAME belong together`);
  if ((s.SMS_WEBHOOK_URL === undefined) !== (s.SMS_WEBHOOK_SECRET === undefined)) throw wrong('SMS_WEBHOOK_SECRET', 'and SMS_WEBHOOK_URL belong together');
  if ((s.ALERT_WEBHOOK_URL === undefined) !== (s.ALERT_WEBHOOK_SECRET === undefined)) throw wrong('ALERT_WEBHOOK_SECRET', 'and ALERT_WEBHOOK_URL belong together');
  if (!s.ALERT_MAIL.every((a) => s.OWN_DOMAINS.some((own) => within(domainOf(a), own)))) throw wrong('ALERT_MAIL', 'names an address outside OWN_DOMAINS');
  if ((s.WITNESS_URL === undefined) !== (s.WITNESS_KEY === undefined)) throw wrong('WITNESS_KEY', 'and WITNESS_URL belong together');
  if (s.ANCHOR_BUCKET !== undefined && s.ANCHOR_BUCKET_ID === undefined) throw wrong('ANCHOR_BUCKET_ID', 'is missing, but ANCHOR_BUCKET is set');
  if ((s.ANCHOR_BUCKET_ID === undefined) !== (s.ANCHOR_BUCKET_SECRET === undefined)) throw wrong('ANCHOR_BUCKET_SECRET', 'and ANCHOR_BUCKET_ID belong together');
  if (s.KEY_SOURCES.includes('server') && s.KEY_SERVER === undefined) throw wrong('KEY_SERVER', 'is missing, but KEY_SOURCES names it');
  if (s.lab) {
    if (env['NODE_ENV'] === 'production') throw wrong('NODE_ENV', 'is production, where the lab does not run');
    if (s.HOST !== '127.0.0.1') throw wrong('HOST', 'must stay 127.0.0.1 in the lab');
    if (!s.NOTICES_HOST.startsWith('127.')) throw wrong('NOTICES_HOST', 'must stay on this computer in the lab');
    return;
  }
  if (s.DEPARTMENTS.some((d) => !s.OWN_DOMAINS.some((own) => within(domainOf(d.address), own)))) throw wrong('DEPARTMENTS', 'names an address outside OWN_DOMAINS');
  if (s.OWN_DOMAINS.length === 0) throw wrong('OWN_DOMAINS', 'is missing');
  if (s.PUBLIC_URL?.startsWith('http:')) throw wrong('PUBLIC_URL', 'must begin with https');
  if (s.PORTAL_URL?.startsWith('http:')) throw wrong('PORTAL_URL', 'must begin with https');
  if (s.OIDC_ISSUER?.startsWith('http:')) throw wrong('OIDC_ISSUER', 'must begin with https');
  if (ENTRA.test(s.OIDC_ISSUER ?? '') && !(s.OIDC_TENANT && s.OIDC_ISSUER?.includes(`/${s.OIDC_TENANT}/`))) throw wrong('OIDC_TENANT', 'is the tenant that OIDC_ISSUER names, and needed with Entra ID');
  if (s.KEY_SERVER?.startsWith('http:')) throw wrong('KEY_SERVER', 'must begin with https');
  if (s.SIGN_IN.some((p) => p.issuer.startsWith('http:'))) throw wrong('SIGN_IN', 'names an issuer that does not begin with https');
  if (s.DIRECTORY_URL?.startsWith('ldap:')) throw wrong('DIRECTORY_URL', 'must begin with ldaps');
  if (s.ALERT_WEBHOOK_URL?.startsWith('http:')) throw wrong('ALERT_WEBHOOK_URL', 'must begin with https');
  if (s.ANCHOR_BUCKET?.startsWith('http:')) throw wrong('ANCHOR_BUCKET', 'must begin with https');
  if (s.SMS_WEBHOOK_URL?.startsWith('http:')) throw wrong('SMS_WEBHOOK_URL', 'must begin with https');
  if (inside(s.MASTER_KEY_FILE ?? '', s.DATA_DIR)) throw wrong('MASTER_KEY_FILE', 'must lie outside DATA_DIR');
  if (s.KEYS_DIR && inside(s.KEYS_DIR, s.DATA_DIR)) throw wrong('KEYS_DIR', 'must lie outside DATA_DIR');
  if (s.KEYS_DIR && inside(s.DATA_DIR, s.KEYS_DIR)) throw wrong('DATA_DIR', 'must lie outside KEYS_DIR');
}

function archiveKey(bytes: Buffer): KeyObject {
  const key = archiveKeyOf(bytes);
  if (key === null) throw new Fault('archive-key-wrong', 'A file does not hold an archive key.');
  return key;
}

/** A file that is there and of no use would be noticed by the first message. */
function holds<T>(name: string, file: string | undefined, what: string, read: (bytes: Buffer) => T): T | undefined {
  if (file === undefined) return undefined;
  let bytes: Buffer;
  try { bytes = readFileSync(file); } catch { throw wrong(name, 'names a file that cannot be read'); }
  try { return read(bytes); } catch { throw wrong(name, `names a file that does not hold ${what}`); }
}

function inside(path: string, folder: string): boolean {
  return path !== '' && `${resolve(path)}/`.startsWith(`${resolve(folder)}/`);
}

function wrong(name: string, says: string): Fault {
  return new Fault('setting-wrong', `Setting ${name} ${says}`);
}

/** Where things lie, with defaults filled in. */
export function places(s: Settings): { readonly data: string; readonly blobs: string; readonly keys: string; readonly master: string; readonly publicUrl: string; readonly portalUrl: string } {
  const data = resolve(s.DATA_DIR);
  const keys = resolve(s.KEYS_DIR ?? `${data}-keys`);
  const publicUrl = s.PUBLIC_URL ?? `http://localhost:${s.PORT}`;
  return { data, blobs: join(data, 'blobs'), keys, master: s.MASTER_KEY_FILE ? resolve(s.MASTER_KEY_FILE) : join(keys, 'master.key'), publicUrl, portalUrl: s.PORTAL_URL ?? publicUrl };
}

const ATTESTS = { true: 'declared', false: 'first-hop', requiretls: 'requiretls' } as const;

/** Where mail goes that does not go by MX. */
export function roads(s: Settings): Pick<NextHopSettings, 'smartHost' | 'connector'> & { readonly partners: readonly Partner[] } {
  const hostPort = (text: string): { host: string; port: number } => ({ host: text.slice(0, text.lastIndexOf(':')), port: portOf(text) });
  const login = (username: string | undefined, password: string | undefined) => (username === undefined || password === undefined ? {} : { login: { username, password } });
  return {
    ...(s.SMART_HOST.length === 0 ? {} : { smartHost: { hosts: s.SMART_HOST.map(hostPort), attests: ATTESTS[s.SMART_HOST_ATTESTS], ...login(s.SMART_HOST_NAME, s.SMART_HOST_PASSWORD) } }),
    ...(s.CONNECTOR ? { connector: { ...hostPort(s.CONNECTOR), ...(s.CONNECTOR_FINGERPRINT ? { fingerprint: s.CONNECTOR_FINGERPRINT } : {}), ...login(s.CONNECTOR_NAME, s.CONNECTOR_PASSWORD) } } : {}),
    partners: s.PARTNERS.map(({ at, ...partner }) => (at === null ? partner : { ...partner, at: hostPort(at) })),
  };
}

/** What counts as "a production setting is present": then the service starts, not the lab, which would else write into somebody's database. */
export function configured(env: { readonly [name: string]: string | undefined }): boolean {
  return Object.entries<Setting>(SETTINGS).some(([name, s]) => (s.needed || name === 'DATABASE_URL') && (env[name] || env[`${name}_FILE`]));
}
