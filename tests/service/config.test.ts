import { execFileSync } from 'node:child_process';
import { tool } from '../tools.ts';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { configured, readSettings, roads } from '../../service/config.ts';
import { openService } from '../../service/service.ts';

const folder = mkdtempSync(join(tmpdir(), 'send-secure-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, content: string) => { writeFileSync(join(folder, name), content, { mode: 0o600 }); return join(folder, name); };
const pem = (pair: { privateKey: { export(o: { type: 'pkcs8'; format: 'pem' }): string | Buffer } }) => String(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));
const key = pem(generateKeyPairSync('rsa', { modulusLength: 2048 }));
const ED = pem(generateKeyPairSync('ed25519'));
const GARBAGE = file('garbage.pem', 'SECRETVALUE');

const BASE = {
  PUBLIC_URL: 'https://mail.example.org', MASTER_KEY_FILE: join(folder, 'master.key'), OIDC_ISSUER: 'https://login.example.org/tenant/v2.0', OIDC_AUDIENCE: 'api', ORGANISATION_NAME: 'Clinic', ORGANISATION_PHONE: '+1 555 0100', OWN_DOMAINS: 'example.org',
  DATA_DIR: join(folder, 'data'),
};

describe('a setting that could not work', () => {
  it.each<[name: string, env: Record<string, string>]>([
    ['PORT', { PORT: ' ' }], ['PORT', { PORT: '0x50' }], ['PORT', { PORT: '70000' }], ['PORT', { PORT: '1.5' }],
    ['HOST', { HOST: 'SECRETVALUE host' }], ['HOST', { HOST: '999.1.1.1' }],
    ['PUBLIC_URL', { PUBLIC_URL: 'https://mail.example.org/SECRETVALUE' }], ['PUBLIC_URL', { PUBLIC_URL: 'https://me:SECRETVALUE@mail.example.org' }], ['PORTAL_URL', { PORTAL_URL: 'http://SECRETVALUE.example.org' }],
    ['OIDC_ISSUER', { OIDC_ISSUER: 'https://login.example.org/?SECRETVALUE' }], ['OIDC_TENANT', { OIDC_ISSUER: 'https://login.microsoftonline.com/tenant-1/v2.0' }], ['OIDC_TENANT', { OIDC_ISSUER: 'https://login.microsoftonline.com/common/v2.0', OIDC_TENANT: 'tenant-1' }], ['OIDC_GUESTS', { OIDC_GUESTS: 'SECRETVALUE' }], ['OIDC_AUDIENCE', { OIDC_AUDIENCE: ' ' }],
    ['ORGANISATION_NAME', { ORGANISATION_NAME: 'Clinic\r\nBcc: SECRETVALUE' }], ['ORGANISATION_PHONE', { ORGANISATION_PHONE: ' ' }],
    ['SIGN_IN', { SIGN_IN: 'SECRETVALUE' }], ['SIGN_IN', { SIGN_IN: '[{"id":"own","clientId":"a","clientSecret":"SECRETVALUE"}]' }], ['SIGN_IN', { SIGN_IN: '[{"id":"own","name":"Own","issuer":"http://id.example.org","clientId":"a","clientSecret":"SECRETVALUE"}]' }],
    ['SIGN_IN', { SIGN_IN: '[{"id":"google","clientId":"a","clientSecret":"SECRETVALUE"},{"id":"google","clientId":"b","clientSecret":"SECRETVALUE"}]' }], ['SIGN_IN', { SIGN_IN: '[{"id":"../google","clientId":"a","clientSecret":"SECRETVALUE"}]' }],
    ['CLAMAV', { CLAMAV: 'SECRETVALUE' }], ['CLAMAV', { CLAMAV: '127.0.0.1:0' }],
    ['OWN_DOMAINS', { OWN_DOMAINS: '..SECRETVALUE.org' }], ['RETURN_DOMAIN', { RETURN_DOMAIN: '-' }], ['DKIM_DOMAIN', { DKIM_DOMAIN: 'SECRETVALUE\r\nx.org' }], ['SMTP_HOSTNAME', { SMTP_HOSTNAME: '..' }],
    ['SMART_HOST', { SMART_HOST: 'relay.example.org:99999' }], ['SMART_HOST', { SMART_HOST: 'relay.example.org:25 SECRETVALUE' }], ['SMART_HOST_PASSWORD', { SMART_HOST: 'relay.example.org:25', SMART_HOST_NAME: 'x' }], ['CONNECTOR_PASSWORD', { CONNECTOR_PASSWORD: 'SECRETVALUE' }],
    ['PARTNERS', { PARTNERS: 'partner.org' }], ['PARTNERS', { PARTNERS: 'partner.org=SECRETVALUE' }], ['PARTNERS', { PARTNERS: `SECRETVALUE=${'ab'.repeat(32)}` }], ['PARTNERS', { PARTNERS: `partner.org=mx.partner.org:0=${'ab'.repeat(32)}` }], ['SMART_HOST_ATTESTS', { SMART_HOST_ATTESTS: 'yes' }], ['CONNECTOR', { CONNECTOR: 'relay.example.org:0' }], ['RESOLVER', { RESOLVER: ':::::53' }], ['RESOLVER', { RESOLVER: '127.0.0.1:99999' }],
    ['SMS_WEBHOOK_URL', { SMS_WEBHOOK_URL: 'http://sms.example.org/SECRETVALUE', SMS_WEBHOOK_SECRET: 'SECRETVALUESECRETVALUE' }], ['SMS_WEBHOOK_URL', { SMS_WEBHOOK_URL: 'https://me:SECRETVALUE@sms.example.org/', SMS_WEBHOOK_SECRET: 'SECRETVALUESECRETVALUE' }],
    ['ANCHOR_BUCKET_ID', { ANCHOR_BUCKET: 'https://s3.example.org/SECRETVALUE' }], ['ANCHOR_BUCKET_SECRET', { ANCHOR_BUCKET: 'https://s3.example.org/log', ANCHOR_BUCKET_ID: 'SECRETVALUE' }], ['ANCHOR_BUCKET', { ANCHOR_BUCKET: 'https://s3.example.org/log?x=SECRETVALUE' }], ['ANCHOR_BUCKET', { ANCHOR_BUCKET: 'http://s3.example.org/log', ANCHOR_BUCKET_ID: 'SECRETVALUE', ANCHOR_BUCKET_SECRET: 'SECRETVALUE' }],
    ['SMS_WEBHOOK_SECRET', { SMS_WEBHOOK_URL: 'https://sms.example.org/send?via=a' }], ['SMS_WEBHOOK_SECRET', { SMS_WEBHOOK_URL: 'https://sms.example.org/', SMS_WEBHOOK_SECRET: 'SECRETVALUE' }], ['SMS_PER_DAY', { SMS_PER_DAY: '-1' }], ['UNREAD_HOURS', { UNREAD_HOURS: '721' }], ['UNREAD_HOURS', { UNREAD_HOURS: '1.5' }],
    ['FALLBACK_MINUTES', { FALLBACK_MINUTES: ' ' }], ['FALLBACK_MINUTES', { FALLBACK_MINUTES: '-1' }],
    ['DKIM_KEY', { DKIM_SELECTOR: 's1', DKIM_KEY: ED }], ['DKIM_ED25519_KEY', { DKIM_SELECTOR: 's1', DKIM_KEY: key, DKIM_ED25519_SELECTOR: 's2', DKIM_ED25519_KEY: key }], ['DKIM_ED25519_KEY', { DKIM_ED25519_SELECTOR: 's2', DKIM_ED25519_KEY: ED }],
    ['DKIM_ED25519_KEY', { DKIM_SELECTOR: 's1', DKIM_KEY: key, DKIM_ED25519_SELECTOR: 's2' }], ['OUTER_SUBJECT', { OUTER_SUBJECT: 'SECRETVALUE\r\nBcc: eve@x.test' }], ['OUTER_SUBJECT', { OUTER_SUBJECT: 'SECRETVALUE für alle' }],
    ['DKIM_KEY', { DKIM_SELECTOR: 's1', DKIM_KEY: 'SECRETVALUE' }], ['CA_FILE', { CA_FILE: GARBAGE }], ['CA_FILE', { CA_FILE: '/nowhere/SECRETVALUE' }], ['SMIME_ANCHORS_FILE', { SMIME_ANCHORS_FILE: GARBAGE }],
    ['TLS_CERT_FILE', { TLS_CERT_FILE: GARBAGE, TLS_KEY_FILE: GARBAGE }], ['DATA_DIR', { DATA_DIR: join(folder, 'keys', 'SECRETVALUE'), KEYS_DIR: join(folder, 'keys') }],
  ])('%s stops the start by its name, never by its value: %o', (name, env) => {
    let said = '';
    try { readSettings({ ...BASE, ...env }); } catch (fault) { said = (fault as Error).message; }
    expect(said).toMatch(new RegExp(`^Setting ${name} `));
    expect(said).not.toContain('SECRETVALUE');
  });

  it.each([
    ['google', {}, 'google'], ['microsoft', {}, 'microsoft'], ['own', { issuer: 'https://id.example.org' }, 'oidc'],
    // Under a word of one's own too: there a bare address, or one proved long ago, proves nothing.
    ['staff', { issuer: 'https://accounts.google.com/' }, 'google'], ['work', { issuer: 'https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0' }, 'microsoft'],
  ])('the provider %s %o proves an address as %s does', (id, more, proof) => {
    const { SIGN_IN } = readSettings({ ...BASE, SIGN_IN: JSON.stringify([{ id, name: 'Sign-in', clientId: 'a', clientSecret: 'b', ...more }]) });
    expect(SIGN_IN.map((p) => p.proof)).toEqual([proof]);
  });

  it('all that are missing are named at once, with what each is', () => {
    const needed = Object.keys(BASE).filter((name) => name !== 'DATA_DIR');
    expect(() => readSettings({})).toThrow(expect.objectContaining({ code: 'setting-missing' }));
    let said = '';
    try { readSettings({ PUBLIC_URL: BASE.PUBLIC_URL, OIDC_AUDIENCE: '' }); } catch (fault) { said = (fault as Error).message; }
    expect(said.split('\n').map((line) => /^Setting (\w+) is missing\. \w/.exec(line)?.[1])).toEqual(needed.filter((name) => name !== 'PUBLIC_URL'));
  });

  it.each([
    [{ SCIM_TOKEN: 'SECRETVALUE' }, ': at least 32 characters.'], [{ UNREAD_HOURS: '721' }, ': at most 720.'], [{ REQUIRETLS: 'SECRETVALUE' }, ': one of never, offered, always.'],
  ])('what it should have been is said, where the schema knows: %o', (env, says) => expect(() => readSettings({ ...BASE, ...env })).toThrow(says));

  it.skipIf(!tool('openssl', 'a TLS certificate beside the key of another'))('a certificate and the key of another', () => {
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', join(folder, 'own.pem'), '-out', join(folder, 'cert.pem'), '-days', '2', '-subj', '/CN=mail.example.org'], { stdio: 'ignore' });
    const tls = (keyFile: string) => readSettings({ ...BASE, TLS_CERT_FILE: join(folder, 'cert.pem'), TLS_KEY_FILE: keyFile });
    expect(tls(join(folder, 'own.pem')).TLS_KEY_FILE).toBe(join(folder, 'own.pem'));
    expect(() => tls(file('other.pem', key))).toThrow(/^Setting TLS_KEY_FILE /);
  });

  it.each([
    ['DATA_DIR', { DATA_DIR: join(GARBAGE, 'data') }], ['KEYS_DIR', { KEYS_DIR: join(GARBAGE, 'keys') }],
  ])('%s where no folder can be made', async (name, env) => {
    await expect(openService(readSettings({ ...BASE, ...env }), { quiet: true })).rejects.toThrow(new RegExp(`^Setting ${name} `));
  });

  it('PORT that another program holds', async () => {
    const other = createServer();
    await new Promise<void>((done) => { other.listen(0, '127.0.0.1', done); });
    const { port } = other.address() as { port: number };
    await expect(openService(readSettings({ ...BASE, PORT: String(port), RESOLVER: '127.0.0.1:53' }), { quiet: true })).rejects.toThrow(/^Setting PORT /);
    other.close();
  });
});

it('settings that work are taken as they are meant', () => {
  const read = readSettings({ ...BASE, PORT: '8443', HOST: '::', PUBLIC_URL: 'https://Mail.Example.org/', SMART_HOST: 'relay.example.org:587, relay2.example.org:25', PARTNERS: `Partner.org=${'AB:'.repeat(31)}AB other.org=mx.other.org:2525=${'0c'.repeat(32)}`, CONNECTOR: 'inside.example.org:25', CONNECTOR_FINGERPRINT: 'AB:'.repeat(31) + 'AB', CONNECTOR_NAME: 'svc', CONNECTOR_PASSWORD: 'pw', RESOLVER: '[::1]:53', FALLBACK_MINUTES: '0.5', DEPARTMENTS: ' Billing = billing@example.org; Front desk=front@example.org; ', DKIM_SELECTOR: 's1', DKIM_KEY: key, ORGANISATION_NAME: ' Clinic ' });
  expect(read.DEPARTMENTS).toEqual([{ name: 'Billing', address: 'billing@example.org' }, { name: 'Front desk', address: 'front@example.org' }]);
  expect(read).toMatchObject({ PORT: 8443, HOST: '::', PUBLIC_URL: 'https://mail.example.org', SMART_HOST: ['relay.example.org:587', 'relay2.example.org:25'], RESOLVER: '[::1]:53', FALLBACK_MINUTES: 0.5, ORGANISATION_NAME: 'Clinic', OIDC_ISSUER: BASE.OIDC_ISSUER });
  expect(roads(read)).toEqual({
    smartHost: { hosts: [{ host: 'relay.example.org', port: 587 }, { host: 'relay2.example.org', port: 25 }], attests: 'first-hop' },
    connector: { host: 'inside.example.org', port: 25, fingerprint: 'ab'.repeat(32), login: { username: 'svc', password: 'pw' } },
    partners: [{ domain: 'partner.org', fingerprint: 'ab'.repeat(32) }, { domain: 'other.org', fingerprint: '0c'.repeat(32), at: { host: 'mx.other.org', port: 2525 } }],
  });
});

it.each([['DATABASE_URL'], ['DATABASE_URL_FILE'], ['PUBLIC_URL'], ['OWN_DOMAINS']])('%s alone is no try-out', (name) => {
  expect(configured({ [name]: 'x' })).toBe(true);
  expect(configured({ PORT: '1', LOG_LEVEL: 'warn' })).toBe(false);
});
