/**
 * A small Internet of other people's programs on loopback addresses, below one scratch folder: Postfix with one listener a domain, Dovecot
 * behind it, NSD with zones (two of them signed) and a validating unbound over them. Needs root, as Postfix's master does.
 */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { appendFileSync, chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttps, type Server } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCa, type Identity } from '../../lab/ca.ts';

export interface Domain {
  readonly name: string;
  /** last octet of 127.10.0.N */
  readonly n: number;
  readonly certificate: 'good' | 'expired' | 'self-signed' | 'wrong-name';
  readonly tls?: 'none' | 'old';
  /** the MX where it is not mx.<name>; null: a null MX */
  readonly mx?: string | null;
  readonly dane?: 'match' | 'mismatch';
  /** MTA-STS enforce; `elsewhere` names another host */
  readonly sts?: 'match' | 'elsewhere';
  /** takes mail for strangers from who signs in */
  readonly smart?: true;
}

export interface Internet {
  readonly resolver: string;
  readonly smtpPort: number;
  readonly stsPort: number;
  readonly caFile: string;
  /** what Dovecot keeps for an address */
  mails(address: string): string[];
  /** Postfix's own log */
  log(): string;
  close(): Promise<void>;
}

export const LOGIN = { username: 'clinic@riverside.test', password: 'correct-horse' } as const;

async function freePort(address: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((done, fail) => server.once('error', fail).listen(0, address, done));
  const { port } = server.address() as { port: number };
  await new Promise<void>((done) => { server.close(() => done()); });
  return port;
}

const hostOf = (domain: Domain): string => domain.mx ?? `mx.${domain.name}`;
const ipOf = (domain: Domain): string => `127.10.0.${domain.n}`;

export async function openInternet(domains: readonly Domain[]): Promise<Internet> {
  const folder = mkdtempSync(join(tmpdir(), 'send-secure-internet-'));
  // Postfix, Dovecot and NSD look into it as persons of their own.
  chmodSync(folder, 0o755);
  const at = (...names: string[]): string => join(folder, ...names);
  const file = (name: string, content: string, mode = 0o644): string => { writeFileSync(at(name), content, { mode }); return at(name); };
  for (const name of ['tls', 'zones', 'log', 'dovecot', 'mail', 'postfix']) mkdirSync(at(name), { recursive: true });
  const running: ChildProcess[] = [];
  const started = (program: string, args: readonly string[]): void => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout?.on('data', (chunk: Buffer) => appendFileSync(at('log', 'others.log'), chunk));
    child.stderr?.on('data', (chunk: Buffer) => appendFileSync(at('log', 'others.log'), chunk));
    running.push(child);
  };

  const ca = openCa(at('ca'));
  const day = 86_400_000;
  const identityOf = (domain: Domain): Identity => {
    const names = [hostOf(domain)];
    if (domain.certificate === 'expired') return ca.issue({ names, notBefore: Date.now() - 60 * day, notAfter: Date.now() - 30 * day });
    if (domain.certificate === 'self-signed') return ca.issue({ names, selfSigned: true });
    return ca.issue({ names: domain.certificate === 'wrong-name' ? ['mx.somewhere-else.test'] : names });
  };
  const identities = new Map(domains.map((domain) => [domain.name, identityOf(domain)]));
  for (const [name, identity] of identities) {
    file(`tls/${name}.crt`, identity.cert);
    file(`tls/${name}.key`, identity.key, 0o600);
  }
  const [smtpPort, nsdPort, unboundPort, lmtpPort] = [await freePort('127.10.0.1'), await freePort('127.0.0.1'), await freePort('127.0.0.1'), await freePort('127.0.0.1')];

  // Names: an MX elsewhere gets a zone of its own.
  const zones = new Map<string, string[]>();
  const put = (zone: string, line: string): void => void zones.set(zone, [...(zones.get(zone) ?? []), line]);
  for (const domain of domains) {
    const host = hostOf(domain);
    if (domain.mx === null) { put(domain.name, `${domain.name}. MX 0 .`); continue; }
    put(domain.name, `${domain.name}. MX 10 ${host}.`);
    put(host.endsWith(`.${domain.name}`) ? domain.name : host.slice(host.indexOf('.') + 1), `${host}. A ${ipOf(domain)}`);
    const identity = identities.get(domain.name);
    const spki = new X509Certificate(identity?.cert ?? '').publicKey.export({ type: 'spki', format: 'der' });
    if (domain.dane) put(domain.name, `_${smtpPort}._tcp.${host}. TLSA 3 1 1 ${domain.dane === 'match' ? createHash('sha256').update(spki).digest('hex') : '07'.repeat(32)}`);
    if (domain.sts) { put(domain.name, `_mta-sts.${domain.name}. TXT "v=STSv1; id=20261121T000000;"`); put(domain.name, `mta-sts.${domain.name}. A 127.0.0.1`); }
  }
  const anchors: string[] = [];
  const loaded: string[] = [];
  for (const [zone, lines] of zones) {
    const path = file(`zones/${zone}`, `$TTL 60\n${zone}. SOA ns.${zone}. hostmaster.${zone}. 1 3600 600 86400 60\n${zone}. NS ns.${zone}.\nns.${zone}. A 127.0.0.1\n${lines.join('\n')}\n`);
    if (!domains.some((domain) => domain.name === zone && domain.dane)) { loaded.push(`zone:\n  name: "${zone}"\n  zonefile: "${path}"`); continue; }
    const [ksk, zsk] = [['-k'], []].map((flags) => execFileSync('ldns-keygen', ['-a', 'ECDSAP256SHA256', ...flags, zone], { cwd: at('zones'), encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim());
    execFileSync('ldns-signzone', [path, ksk ?? '', zsk ?? ''], { cwd: at('zones'), stdio: 'ignore' });
    anchors.push(`  trust-anchor-file: "${at('zones', `${ksk}.key`)}"`);
    loaded.push(`zone:\n  name: "${zone}"\n  zonefile: "${path}.signed"`);
  }
  started('nsd', ['-d', '-c', file('nsd.conf', `server:\n  ip-address: 127.0.0.1@${nsdPort}\n  zonesdir: ""\n  zonelistfile: "${at('zone.list')}"\n  database: ""\n  xfrdfile: "${at('xfrd.state')}"\n  pidfile: "${at('nsd.pid')}"\n  username: ""\n  chroot: ""\n  server-count: 1\nremote-control:\n  control-enable: no\n${loaded.join('\n')}\n`)]);
  started('unbound', ['-d', '-c', file('unbound.conf', [
    'server:', `  interface: 127.0.0.1@${unboundPort}`, '  access-control: 127.0.0.0/8 allow', '  do-not-query-localhost: no', '  local-zone: "test." nodefault', '  module-config: "validator iterator"',
    '  username: ""', '  chroot: ""', '  use-syslog: no', '  do-daemonize: no', `  pidfile: "${at('unbound.pid')}"`, `  directory: "${folder}"`, '  harden-dnssec-stripped: yes', ...anchors,
    'remote-control:', '  control-enable: no', ...[...zones.keys()].flatMap((zone) => ['stub-zone:', `  name: "${zone}"`, `  stub-addr: 127.0.0.1@${nsdPort}`]), '',
  ].join('\n'))]);

  // Mailboxes: whatever is handed over is kept, and who signs in is known.
  execFileSync('chown', ['mail:mail', at('mail')]);
  const spool = at('spool');
  mkdirSync(spool);
  started('dovecot', ['-F', '-c', file('dovecot/dovecot.conf', [
    'protocols = lmtp', `base_dir = ${at('dovecot', 'run')}`, `state_dir = ${at('dovecot', 'state')}`, 'log_path = /dev/stderr', 'ssl = no', 'disable_plaintext_auth = no', 'first_valid_uid = 1', 'first_valid_gid = 1',
    'auth_mechanisms = plain login', `mail_location = maildir:${at('mail')}/%Ld/%Ln`, 'postmaster_address = postmaster@riverside.test', 'hostname = mx.riverside.test', 'lda_mailbox_autocreate = yes',
    `passdb {\n  driver = static\n  args = password=${LOGIN.password} user=${LOGIN.username}\n}`, `userdb {\n  driver = static\n  args = uid=mail gid=mail home=${at('mail')}/%Ld/%Ln allow_all_users=yes\n}`,
    `service lmtp {\n  inet_listener lmtp {\n    address = 127.0.0.1\n    port = ${lmtpPort}\n  }\n}`, `service auth {\n  unix_listener ${at('dovecot', 'auth')} {\n    mode = 0666\n  }\n}`,
    'service stats {\n  unix_listener stats-writer {\n    mode = 0666\n  }\n}', '',
  ].join('\n'))]);

  const config = at('postfix');
  mkdirSync(at('pfdata'), { recursive: true });
  execFileSync('chown', ['postfix', at('pfdata')]);
  const refusals = file('recipients', 'grey@good.test 450 4.7.1 Greylisted, please try again\nlater@good.test 452 4.2.2 Mailbox full, try again later\nnobody@good.test 550 5.1.1 No such mailbox here\n');
  const listeners = domains.filter((domain) => domain.mx !== null).map((domain) => `${ipOf(domain)}:${smtpPort} inet n - n - - smtpd\n` + [
    `syslog_name=postfix/${domain.name}`, `myhostname=${hostOf(domain)}`, `smtpd_tls_cert_file=${at('tls', `${domain.name}.crt`)}`, `smtpd_tls_key_file=${at('tls', `${domain.name}.key`)}`,
    `smtpd_tls_security_level=${domain.tls === 'none' ? 'none' : 'may'}`,
    ...(domain.tls === 'old' ? ['smtpd_tls_protocols=TLSv1,TLSv1.1', 'tls_medium_cipherlist=DEFAULT@SECLEVEL=0', 'smtpd_tls_ciphers=medium'] : []),
    ...(domain.smart ? ['smtpd_sasl_auth_enable=yes', 'smtpd_tls_auth_only=yes', 'smtpd_relay_restrictions=permit_sasl_authenticated,reject'] : []),
  ].map((option) => `  -o ${option}\n`).join('')).join('');
  file('postfix/master.cf', `${listeners}postlog unix-dgram n - n - 1 postlogd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
error unix - - n - - error
retry unix - - n - - error
lmtp unix - - n - - lmtp
smtp unix - - n - - smtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
proxymap unix - - n - - proxymap
tlsmgr unix - - n 1000? 1 tlsmgr
`);
  file('postfix/main.cf', Object.entries({
    compatibility_level: '3.6', queue_directory: spool, data_directory: at('pfdata'), maillog_file: at('log', 'mail.log'), maillog_file_prefixes: folder, mail_owner: 'postfix', setgid_group: 'postdrop',
    myhostname: 'mx.riverside.test', mydestination: '', local_transport: 'error:no local mail', inet_interfaces: 'all', inet_protocols: 'ipv4', mynetworks: '192.0.2.0/24',
    virtual_mailbox_domains: `inline:{ ${domains.map((domain) => `${domain.name}=x`).join(', ')} }`, virtual_mailbox_maps: 'static:x', virtual_transport: `lmtp:inet:127.0.0.1:${lmtpPort}`, default_transport: `lmtp:inet:127.0.0.1:${lmtpPort}`,
    smtpd_relay_restrictions: 'reject_unauth_destination', smtpd_recipient_restrictions: `check_recipient_access texthash:${refusals}`, smtpd_sasl_type: 'dovecot', smtpd_sasl_path: at('dovecot', 'auth'), smtpd_tls_loglevel: '1', smtpd_tls_received_header: 'yes',
    smtpd_peername_lookup: 'no', biff: 'no', alias_maps: '', message_size_limit: '60000000', lmtp_destination_concurrency_limit: '20',
  }).map(([name, value]) => `${name} = ${value}\n`).join(''));
  // Whether it came up is seen below, where everybody's door is knocked at.
  appendFileSync(at('log', 'others.log'), spawnSync('postfix', ['-c', config, 'start'], { encoding: 'utf8' }).stderr);

  const served = new Map(domains.filter((domain) => domain.sts).map((domain) => [`mta-sts.${domain.name}`, domain.sts === 'match' ? hostOf(domain) : 'mx.somewhere-else.test']));
  const policy = ca.issue({ names: ['lab.test', ...served.keys()] });
  const https: Server = createHttps({ key: policy.key, cert: policy.cert }, (request, response) => {
    const mx = served.get((request.headers.host ?? '').replace(/:\d+$/, ''));
    response.writeHead(mx ? 200 : 404, { 'content-type': 'text/plain' }).end(mx ? `version: STSv1\r\nmode: enforce\r\nmx: ${mx}\r\nmax_age: 86400\r\n` : '');
  });
  await new Promise<void>((done) => { https.listen(0, '127.0.0.1', done); });

  const box = (address: string): string => at('mail', address.slice(address.indexOf('@') + 1), address.slice(0, address.indexOf('@')));
  const close = async (): Promise<void> => {
    spawnSync('postfix', ['-c', config, 'stop'], { stdio: 'ignore' });
    https.closeAllConnections();
    https.close();
    await Promise.all(running.map((child) => new Promise<void>((done) => {
      if (child.exitCode !== null) return done();
      child.once('exit', () => done());
      child.kill('SIGTERM');
    })));
    if (process.env['KEEP_INTERNET'] === undefined) rmSync(folder, { recursive: true, force: true });
  };
  try {
    await reachable([[`127.0.0.1`, lmtpPort], ...domains.filter((domain) => domain.mx !== null).map((domain) => [ipOf(domain), smtpPort] as const), ['127.0.0.1', unboundPort], ['127.0.0.1', nsdPort]]);
  } catch (cause) {
    const said = ['others.log', 'mail.log'].map((name) => (existsSync(at('log', name)) ? readFileSync(at('log', name), 'utf8').slice(-3_000) : '')).join('\n');
    await close();
    throw new Error(`The programs did not come up:\n${said}`, { cause });
  }
  return {
    resolver: `127.0.0.1:${unboundPort}`, smtpPort, stsPort: (https.address() as { port: number }).port, caFile: ca.file,
    mails: (address) => ['new', 'cur'].flatMap((sub) => (existsSync(join(box(address), sub)) ? readdirSync(join(box(address), sub)).map((name) => readFileSync(join(box(address), sub, name), 'latin1')) : [])),
    log: () => readFileSync(at('log', 'mail.log'), 'utf8'),
    close,
  };
}

async function reachable(places: readonly (readonly [address: string, port: number])[]): Promise<void> {
  const { connect } = await import('node:net');
  for (const [host, port] of places) {
    for (const end = Date.now() + 20_000; ;) {
      const open = await new Promise<boolean>((done) => {
        const socket = connect({ host, port });
        socket.once('connect', () => { socket.destroy(); done(true); }).once('error', () => done(false));
      });
      if (open) break;
      if (Date.now() > end) throw new Error(`nobody listens at port ${port}`);
      await new Promise((r) => setTimeout(r, 50));
    }
  }
}
