/** Keys come over the wire: one administrator adds, another person confirms, and only then does a message that must be sealed end to end go. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wkdHash } from '../../service/keys/discovery/source.ts';
import { tool } from '../tools.ts';
import { openStage, type Stage } from './stage.ts';

const SAM = 'sam.park@stmarys.test';
const has = (name: 'openssl' | 'gpg') => tool(name, `whether ${name} verifies with what we publish`);

describe('a recipient\'s certificate, from an administrator\'s desk to a sealed message', () => {
  let stage: Stage;
  let scratch = '';
  let pem = '';
  let id = '';
  const strict = (need?: 'e2e-only') => stage.send('ana', { to: [{ address: SAM }], subject: 'Potassium result', text: 'Maria Alvarez, MRN 4471902: potassium 6.1.', ...(need ? { need } : {}) });
  beforeAll(async () => {
    stage = await openStage({ settings: { CRL_URL: 'http://lists.riverside.test' } });
    scratch = mkdtempSync(join(tmpdir(), 'send-secure-keys-'));
    const known = (await stage.call('ivy', 'GET', 'keys')).body.data.find((k: { address: string }) => k.address === SAM);
    const { certificate } = (await stage.service.keys.smime(known.id))!;
    pem = `-----BEGIN CERTIFICATE-----\n${Buffer.from(certificate).toString('base64')}\n-----END CERTIFICATE-----\n`;
    expect((await stage.call('ivy', 'DELETE', `keys/${known.id}`)).status).toBe(204);
    expect((await stage.call('ivy', 'DELETE', `keys/${known.id}`)).body.code).toBe('not-found');
  });
  afterAll(async () => {
    await stage?.close();
    if (scratch) rmSync(scratch, { recursive: true, force: true });
  });

  it('without it nothing is strong enough', async () => {
    expect((await strict('e2e-only')).body.code).toBe('no-protection');
    expect((await strict()).body.recipients[0]?.protection).not.toBe('smime');
  });

  it('is taken as one person\'s word', async () => {
    const taken = await stage.call('ivy', 'POST', 'keys', { address: SAM, key: pem });
    expect([taken.status, taken.body]).toMatchObject([201, { address: SAM, kind: 'smime', trust: 'uploaded', confirmed: false, state: 'active' }]);
    id = taken.body.id;
    const again = await stage.call('ivy', 'POST', 'keys', { address: SAM, key: pem.replace(/-----[^-]+-----/g, '') });
    expect([again.status, again.body.id]).toEqual([200, id]);
    expect((await strict('e2e-only')).body.code).toBe('no-protection');
  });

  it('is not confirmed by who added it, nor by who may not', async () => {
    expect(await stage.call('ivy', 'POST', `keys/${id}/confirm`)).toMatchObject({ status: 403, body: { code: 'second-person-needed' } });
    for (const person of ['ana', 'ben', 'hub']) expect((await stage.call(person, 'POST', `keys/${id}/confirm`)).body.code).toBe('forbidden');
    expect((await strict('e2e-only')).body.code).toBe('no-protection');
    await expect.poll(async () => (await stage.call('ben', 'GET', 'audit/events?type=authz.denied&limit=50')).body.data.map((e: { facts: { code: string } }) => e.facts.code)).toContain('second-person-needed');
  });

  it('counts in full once a second person confirmed it', async () => {
    const confirmed = await stage.call('leo', 'POST', `keys/${id}/confirm`);
    expect([confirmed.status, confirmed.body]).toMatchObject([200, { id, trust: 'admin-verified', confirmed: true }]);
    expect(confirmed.body.confirmedBy).not.toBe(confirmed.body.importedBy);
    expect((await stage.call('leo', 'POST', `keys/${id}/confirm`)).status).toBe(200);
    const sent = await strict('e2e-only');
    expect([sent.status, sent.body.recipients[0]?.protection]).toEqual([202, 'smime']);
    await stage.until('ana', sent.body.id, ['relayed']);
  });

  it('every step is in the log, and nobody\'s address', async () => {
    await stage.service.audit.flush();
    const page = (await stage.call('ben', 'GET', 'audit/events?type=key.imported&type=key.confirmed&type=key.removed&type=key.listed&limit=500&order=asc')).body;
    const ofIt = page.data.filter((e: { facts: { key?: string } }) => e.facts.key === id).map((e: { type: string }) => e.type);
    expect(ofIt).toEqual(['key.imported', 'key.confirmed']);
    expect(page.data.map((e: { type: string }) => e.type)).toEqual(expect.arrayContaining(['key.removed', 'key.listed']));
    expect(JSON.stringify(page)).not.toMatch(/@|stmarys/);
  });

  it('what is published verifies what was signed: openssl for S/MIME, gpg for the key', async () => {
    const published = await fetch(`${stage.url}/api/v1/identity`).then((answer) => answer.json());
    expect(published.organisation).toBe('Riverside Clinic');
    if (has('openssl')) {
      const key = JSON.parse(readFileSync(join(stage.folder, 'world', 'people.json'), 'utf8')).secrets[SAM].smime;
      const file = (name: string) => join(scratch, name);
      const sealed = (await stage.mailbox(SAM)).findLast((m) => m.raw.includes('pkcs7'));
      writeFileSync(file('mail.eml'), sealed?.raw ?? '', 'latin1');
      writeFileSync(file('key.pem'), key);
      writeFileSync(file('ca.pem'), published.smime.authority);
      writeFileSync(file('inner.eml'), execFileSync('openssl', ['cms', '-decrypt', '-in', file('mail.eml'), '-inkey', file('key.pem')]));
      const verified = (ca: string[]) => spawnSync('openssl', ['cms', '-verify', '-purpose', 'smimesign', ...ca, '-in', file('inner.eml')], { encoding: 'utf8' });
      expect(verified(['-CAfile', file('ca.pem')]).stdout).toContain('potassium 6.1');
      expect(verified(['-no-CAfile', '-no-CApath']).status).not.toBe(0);
      expect(execFileSync('openssl', ['x509', '-noout', '-fingerprint', '-sha256', '-in', file('ca.pem')], { encoding: 'utf8' }).replace(/.*=|:|\s/g, '').toLowerCase()).toBe(published.smime.fingerprint);
    }
    if (has('gpg')) {
      const home = join(scratch, 'gnupg');
      execFileSync('mkdir', ['-m', '700', home]);
      const imported = spawnSync('gpg', ['--homedir', home, '--batch', '--status-fd', '1', '--import'], { input: published.pgp.key, encoding: 'utf8' });
      expect(imported.stdout).toContain(published.pgp.fingerprint.toUpperCase());
      expect(imported.status).toBe(0);
    }
  });

  it('the list of what our authority took back lies where its certificates say', async () => {
    const { body: { smime } } = await stage.call('ivy', 'GET', 'identity');
    const answer = await fetch(`${stage.url}/crl/${smime.fingerprint}.crl`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/pkix-crl']);
    expect(Buffer.from(await answer.arrayBuffer()).includes(`http://lists.riverside.test/crl/${smime.fingerprint}.crl`)).toBe(true);
    for (const path of [`${'0'.repeat(64)}.crl`, 'x.crl', `${smime.fingerprint}.pem`]) expect((await fetch(`${stage.url}/crl/${path}`)).status).toBe(404);
  });

  it('our key is found where web key directories are looked for, names the author, and nobody can encrypt to it', async () => {
    const ask = (path: string) => fetch(`${stage.url}/.well-known/openpgpkey/${path}`);
    expect((await ask('riverside.test/policy')).status).toBe(200);
    const answer = await ask(`riverside.test/hu/${wkdHash('ana.ruiz')}?l=ana.ruiz`);
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('access-control-allow-origin')]).toEqual([200, 'application/octet-stream', '*']);
    const key = Buffer.from(await answer.arrayBuffer());
    for (const path of [`riverside.test/hu/${wkdHash('ana.ruiz')}`, `elsewhere.test/hu/${wkdHash('x')}?l=x`, 'riverside.test/hu/short?l=ana']) expect((await ask(path)).status).toBe(404);
    if (!has('gpg')) return;
    const home = join(scratch, 'gnupg-wkd');
    execFileSync('mkdir', ['-m', '700', home]);
    const gpg = (args: string[], input: Buffer) => spawnSync('gpg', ['--homedir', home, '--batch', '--trust-model', 'always', ...args], { input });
    expect(gpg(['--import'], key).status).toBe(0);
    expect(gpg(['--list-keys', '--with-colons'], Buffer.alloc(0)).stdout.toString()).toContain('<ana.ruiz@riverside.test>');
    const encrypted = gpg(['--encrypt', '--recipient', 'ana.ruiz@riverside.test'], Buffer.from('x'));
    expect([encrypted.status === 0, encrypted.stderr.toString()]).toEqual([false, expect.stringMatching(/[Uu]nusable public key/)]);
  });

  it('our signing keys are exchanged by an administrator, and the log says so', async () => {
    const published = async () => (await fetch(`${stage.url}/api/v1/identity`)).json();
    const before = await published();
    expect((await stage.call('ana', 'POST', 'identity/rotate', { kind: 'pgp' })).body.code).toBe('forbidden');
    const after = (await stage.call('ivy', 'POST', 'identity/rotate', { kind: 'pgp' })).body;
    expect(after.pgp.fingerprint).not.toBe(before.pgp.fingerprint);
    expect(after.earlier[0]).toMatchObject({ kind: 'pgp', fingerprint: before.pgp.fingerprint, expired: true });
    expect((await stage.call('ivy', 'POST', 'identity/import', { pgp: 'words', passphrase: '' })).body).toMatchObject({ code: 'key-malformed', pointer: '/pgp' });
    await stage.service.audit.flush();
    expect((await stage.call('ben', 'GET', 'audit/events?type=key.exchanged')).body.data[0].facts).toMatchObject({ kind: 'pgp', fingerprint: after.pgp.fingerprint, source: 'made' });
  });

  it('a preference is recorded, once, and taken back', async () => {
    const prefer = (prefers: string | null, person = 'ana') => stage.call(person, 'POST', 'preferences', { address: 'Tess.Lane@lakeside.test', prefers });
    expect((await prefer('portal')).body).toEqual({ address: 'tess.lane@lakeside.test', prefers: 'portal', changed: true });
    expect((await prefer('portal')).body.changed).toBe(false);
    const planned = async () => (await stage.send('ana', { to: [{ address: 'tess.lane@lakeside.test' }], text: 'MRN 4471902' })).body.recipients[0]?.protection;
    expect(await planned()).toBe('portal');
    expect((await prefer(null, 'ivy')).body.changed).toBe(true);
    expect(await planned()).toBe('tls');
    expect((await prefer('portal', 'leo')).body.code).toBe('forbidden');
    expect((await stage.call('ana', 'POST', 'preferences', { address: 'x', prefers: null })).body).toMatchObject({ code: 'bad-address', pointer: '/address' });
  });
});
