/** Authorities that may vouch for some names only: certificates as OpenSSL makes them, and its own judgement beside ours. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { smimeAuthority } from '../../../lab/people.keys.ts';
import { judgeCertificate } from '../../../service/keys/trust.ts';
import { certificatesIn, readCertificate, type CertificateFacts } from '../../../service/keys/trust.read.ts';
import { tool } from '../../tools.ts';

const SAM = 'sam.park@stmarys.test';

/** what the authority may do, what the certificate calls itself, whether it is trusted; `ours` where we refuse what OpenSSL lets through, and why */
interface Row {
  readonly what: string;
  readonly limits: string;
  readonly names?: string;
  readonly subject?: string;
  readonly good: boolean;
  readonly stricter?: string;
  /** the address it is asked for */
  readonly address?: string;
}

const ROWS: readonly Row[] = [
  { what: 'its own host', limits: 'permitted;email:stmarys.test', good: true },
  { what: 'its own host, in other letters', limits: 'permitted;email:StMarys.TEST', good: true },
  { what: 'one of two hosts', limits: 'permitted;email:else.test,permitted;email:stmarys.test', good: true },
  { what: 'one mailbox', limits: `permitted;email:${SAM}`, good: true },
  { what: 'every host below', limits: 'permitted;email:.stmarys.test', names: 'email:sam@ward.stmarys.test', address: 'sam@ward.stmarys.test', good: true },
  { what: 'another host is excluded', limits: 'excluded;email:else.test', good: true },
  { what: 'another mailbox is excluded', limits: 'excluded;email:eve@stmarys.test', good: true },
  { what: 'its mailboxes and its subjects', limits: 'permitted;email:stmarys.test,permitted;dirName:org', subject: '/O=St Marys/CN=Sam Park', good: true },
  { what: 'its subjects, in other letters', limits: 'permitted;dirName:org', subject: '/O=ST  marys/CN=Sam Park', good: true },
  { what: 'addresses of machines, which a person has none of', limits: 'permitted;email:stmarys.test,excluded;IP:0.0.0.0/0.0.0.0', good: true },
  { what: 'hosts only, and the certificate names none', limits: 'permitted;DNS:stmarys.test', good: true },
  { what: 'its own hosts', limits: 'permitted;DNS:stmarys.test', names: `email:${SAM},DNS:mail.stmarys.test`, good: true },
  { what: 'another host', limits: 'permitted;email:else.test', good: false },
  { what: 'a host that ends alike', limits: 'permitted;email:marys.test', good: false },
  { what: 'hosts below, and this is the host itself', limits: 'permitted;email:.stmarys.test', good: false },
  { what: 'the host, and this is one below', limits: 'permitted;email:stmarys.test', names: 'email:sam@ward.stmarys.test', address: 'sam@ward.stmarys.test', good: false },
  { what: 'another mailbox', limits: 'permitted;email:eve@stmarys.test', good: false },
  { what: 'its host is excluded', limits: 'excluded;email:stmarys.test', good: false },
  { what: 'its mailbox is excluded', limits: `permitted;email:stmarys.test,excluded;email:${SAM}`, good: false },
  { what: 'permitted, and a second address is not', limits: 'permitted;email:stmarys.test', names: `email:${SAM},email:eve@else.test`, good: false },
  { what: 'permitted, and the address in the subject is not', limits: 'permitted;email:stmarys.test', subject: '/CN=Sam/emailAddress=eve@else.test', good: false },
  { what: 'subjects of others', limits: 'permitted;dirName:org', subject: '/O=Elsewhere/CN=Sam Park', good: false },
  { what: 'a subject that is excluded, in other letters', limits: 'excluded;dirName:org', subject: '/O=st MARYS/CN=Sam Park', good: false },
  { what: 'hosts of others', limits: 'permitted;DNS:stmarys.test', names: `email:${SAM},DNS:mail.else.test`, good: false },
  { what: 'another mailbox, in other letters', limits: 'permitted;email:Sam.Park@stmarys.test', good: false },
  { what: 'its host is excluded, written as some do', limits: 'excluded;email:@stmarys.test', good: false },
  { what: 'a form that we do not compare, and the certificate has one', limits: 'permitted;URI:.stmarys.test', names: `email:${SAM},URI:https://www.stmarys.test/`, good: false, stricter: 'URIs are not compared' },
  { what: 'a mailbox that is excluded, in other letters', limits: 'excluded;email:Sam.Park@stmarys.test', good: false, stricter: 'to us they are one mailbox' },
];

describe.skipIf(!tool('openssl', 'constraints on names, as OpenSSL makes and judges them'))('constraints on names', () => {
  let folder = '';
  const root = smimeAuthority('Lab Mail Authority');
  const anchor = readCertificate(certificatesIn(Buffer.from(root.certificate))[0]!)!;
  const file = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ss-constraint-'));
    writeFileSync(file('root.pem'), root.certificate);
    writeFileSync(file('root.key'), root.key);
    openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'key');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function made(name: string, by: string, byKey: string, subject: string, extensions: string): CertificateFacts {
    writeFileSync(file('cnf'), `[req]\ndistinguished_name=dn\n[dn]\n[org]\nO=St Marys\n[x]\n${extensions}\n`);
    const { status, stderr } = openssl('req', '-new', '-x509', '-sha256', '-days', '30', '-config', 'cnf', '-extensions', 'x', '-CA', by, '-CAkey', byKey, '-key', 'key', '-subj', subject, '-out', `${name}.pem`);
    if (status !== 0) throw new Error(stderr);
    return readCertificate(certificatesIn(readFileSync(file(`${name}.pem`)))[0]!)!;
  }
  const AUTHORITY = 'basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign';
  const person = (by: string, names = `email:${SAM}`, subject = '/CN=Sam Park') => made('leaf', by, 'key', subject, `keyUsage=critical,keyAgreement\nextendedKeyUsage=emailProtection\nsubjectAltName=${names}`);
  const theirs = (between: string) => openssl('verify', '-CAfile', 'root.pem', '-untrusted', between, 'leaf.pem').status === 0;
  const ours = (leaf: CertificateFacts, between: readonly CertificateFacts[], address = SAM) => judgeCertificate(leaf, between, [anchor], address, Date.now());

  it.each(ROWS)('$good: $what', ({ limits, names, subject, good, stricter, address }) => {
    const between = made('between', 'root.pem', 'root.key', '/CN=Between', `${AUTHORITY}\nnameConstraints=critical,${limits}`);
    const leaf = person('between.pem', names, subject);
    expect(ours(leaf, [between], address)).toMatchObject(good ? { detail: 'trusted' } : { unusable: 'key-not-trusted', detail: 'no-path' });
    expect(theirs('between.pem')).toBe(stricter === undefined ? good : true);
  });

  it('binds what lies further below, whatever that says of itself, and need not be critical', () => {
    const upper = made('upper', 'root.pem', 'root.key', '/CN=Upper', `${AUTHORITY}\nnameConstraints=permitted;email:stmarys.test`);
    const lower = made('lower', 'upper.pem', 'key', '/CN=Lower', `${AUTHORITY}\nnameConstraints=permitted;email:else.test`);
    const plain = made('plain', 'upper.pem', 'key', '/CN=Plain', AUTHORITY);
    writeFileSync(file('both.pem'), ['upper.pem', 'lower.pem', 'plain.pem'].map((f) => readFileSync(file(f), 'utf8')).join(''));
    for (const [by, names, address, good] of [['lower.pem', 'email:eve@else.test', 'eve@else.test', false], ['lower.pem', `email:${SAM}`, SAM, false], ['plain.pem', 'email:eve@else.test', 'eve@else.test', false], ['plain.pem', `email:${SAM}`, SAM, true]] as const) {
      const leaf = person(by, names);
      expect([by, names, ours(leaf, [upper, lower, plain], address).detail]).toEqual([by, names, good ? 'trusted' : 'no-path']);
      expect(theirs('both.pem')).toBe(good);
    }
  });

  it('bind the subject of an authority below, but not what it issues to itself', () => {
    const upper = made('upper', 'root.pem', 'root.key', '/O=St Marys/CN=Upper', `${AUTHORITY}\nnameConstraints=critical,excluded;dirName:org`);
    const rolled = made('rolled', 'upper.pem', 'key', '/O=St Marys/CN=Upper', AUTHORITY);
    const other = made('other', 'upper.pem', 'key', '/O=St Marys/CN=Other', AUTHORITY);
    expect(rolled.selfIssued).toBe(true);
    expect(ours(person('rolled.pem'), [upper, rolled]).detail).toBe('trusted');
    expect(ours(person('other.pem'), [upper, other]).detail).toBe('no-path');
  });

  it('another path is found where one is closed', () => {
    const narrow = made('narrow', 'root.pem', 'root.key', '/CN=Between', `${AUTHORITY}\nnameConstraints=critical,permitted;email:else.test`);
    const wide = made('wide', 'root.pem', 'root.key', '/CN=Between', AUTHORITY);
    expect(ours(person('wide.pem'), [narrow, wide]).detail).toBe('trusted');
    expect(ours(person('wide.pem'), [narrow]).detail).toBe('no-path');
  });

  it.each([
    ['nothing', '3000'],
    ['a distance', '300fa00d300b8109656c73652e7465737480'],
    ['what is no constraint', '0500'],
  ])('malformed, %s: no path leads there', (_, hex) => {
    const no = root.below('No', { more: [{ id: '2.5.29.30', critical: false, value: Buffer.from(hex, 'hex') }] });
    const leaf = no.person('Sam Park', SAM, 'p256').certificate;
    const others = certificatesIn(Buffer.from(no.certificate)).map(readCertificate).filter((c) => c !== null);
    expect(ours(readCertificate(certificatesIn(Buffer.from(leaf))[0]!)!, others).detail).toBe('no-path');
  });

  it.each(['"sam park"@stmarys.test', 'sam@stmarys.test.', 'sam@else.test@stmarys.test', '@stmarys.test', 'sam@[192.0.2.1]', 'sam'])('a name that can be read in two ways, %s, is not vouched for', (name) => {
    const narrow = root.below('Narrow', { more: [{ id: '2.5.29.30', critical: true, value: Buffer.from('3012a010300e810c73746d617279732e74657374', 'hex') }] });
    const leaf = narrow.person('Sam Park', SAM, 'p256', { addresses: [SAM, name] }).certificate;
    const plain = narrow.person('Sam Park', SAM, 'p256').certificate;
    const others = certificatesIn(Buffer.from(narrow.certificate)).map((c) => readCertificate(c)!);
    expect(ours(readCertificate(certificatesIn(Buffer.from(plain))[0]!)!, others).detail).toBe('trusted');
    expect(ours(readCertificate(certificatesIn(Buffer.from(leaf))[0]!)!, others).detail).toBe('no-path');
  });
});
