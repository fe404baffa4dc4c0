/** Keys that end: administrators hear of it by mail in time, once, and read nobody's address or name in it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKey } from 'openpgp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { smimeAuthority } from '../../lab/people.keys.ts';
import { USAGE } from '../../service/keys/trust.certificate.ts';
import { tool } from '../tools.ts';
import { openStage, type Stage } from './stage.ts';

const DAY = 86_400_000;
const [IVY, DESK] = ['ivy.chen@riverside.test', 'keys.desk@riverside.test'];

describe('keys that end', () => {
  let stage: Stage;
  const folder = mkdtempSync(join(tmpdir(), 'ss-ending-'));
  const authority = smimeAuthority();
  beforeAll(async () => {
    writeFileSync(join(folder, 'anchors.pem'), authority.certificate);
    stage = await openStage({ settings: { SMIME_ANCHORS_FILE: join(folder, 'anchors.pem'), ALERT_MAIL: `${IVY} ${DESK}` } });
  });
  afterAll(async () => { await stage?.close(); rmSync(folder, { recursive: true, force: true }); });
  const mails = async (address: string) => (await stage.mailbox(address)).map((m) => m.raw.replace(/=\r\n/g, '')).filter((raw) => /ends? soon/.test(raw));

  it('are told of: a recipient\'s, one author\'s own certificate, our OpenPGP key', async () => {
    await stage.service.sweep();
    expect(await mails(IVY)).toEqual([]);

    const pem = authority.person('Lydia Gray', 'lydia.soon@staffdir.test', 'rsa', { notAfter: Date.now() + 20 * DAY }).certificate;
    const { id } = (await stage.call('ivy', 'POST', 'keys', { address: 'lydia.soon@staffdir.test', key: pem })).body;
    const { privateKey } = await generateKey({ type: 'ecc', curve: 'ed25519Legacy', subkeys: [], userIDs: [{ name: 'Riverside Clinic', email: 'secure@riverside.test' }], date: new Date(Date.now() - DAY), keyExpirationTime: 1.5 * 86_400, format: 'armored' });
    expect((await stage.call('ivy', 'POST', 'identity/import', { pgp: privateKey, passphrase: '' })).status).toBe(200);
    const p12 = tool('openssl', 'whether an author\'s own certificate that ends is told of');
    if (p12) {
      const pair = authority.person('Dr. Ana Ruiz', 'ana.ruiz@riverside.test', 'rsa', { notAfter: Date.now() + 5 * DAY, usage: USAGE.digitalSignature });
      writeFileSync(join(folder, 'pair.pem'), `${pair.key}${pair.certificate}`);
      execFileSync('openssl', ['pkcs12', '-export', '-in', join(folder, 'pair.pem'), '-out', join(folder, 'ana.p12'), '-passout', 'pass:x'], { stdio: 'ignore' });
      expect((await stage.call('ivy', 'POST', 'identity/import', { pkcs12: readFileSync(join(folder, 'ana.p12')).toString('base64'), passphrase: 'x' })).status).toBe(200);
    }

    await Promise.all([stage.service.sweep(), stage.service.sweep()]);
    for (let n = 0; n < 2; n += 1) {
      await stage.service.audit.flush();
      await stage.service.sweep();
    }
    for (const address of [IVY, DESK]) {
      const told = await mails(address);
      expect(told.map((raw) => /^(?:Keys of recipients end soon|A signing key or certificate of our own ends soon)/m.exec(raw)?.[0]).sort()).toEqual(['A signing key or certificate of our own ends soon', 'Keys of recipients end soon']);
      for (const raw of told) expect(raw.slice(raw.indexOf('\r\n\r\n'))).not.toMatch(/@|lydia|gray|ruiz/i);
    }
    const entries = (await stage.events('key.expiring', '&limit=100&order=asc')).map((e: { facts: { kind: string; own?: boolean; days: number; key?: string } }) => [e.facts.kind, e.facts.days, e.facts.own ?? e.facts.key]);
    expect(entries.sort()).toEqual([...(p12 ? [['certificate', 7, true]] : []), ['pgp', 1, true], ['smime', 30, id]]);
  });
});
