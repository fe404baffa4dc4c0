/** Both DKIM signatures, from the settings to what arrived: the doctor says what to publish, a name server has it, and a verifier of others asks there. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { Resolver } from 'node:dns/promises';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startDns, type DnsServer, type Row } from '../../lab/dns.ts';
import { doctorOf } from '../../service/checkup.ts';
import { readSettings } from '../../service/config.ts';
import { openWorld } from '../../service/world.ts';
import { openStage, type Stage } from './stage.ts';

const pem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();
const settings = {
  DKIM_SELECTOR: 'r1', DKIM_KEY: pem(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey), DKIM_ED25519_SELECTOR: 'e1', DKIM_ED25519_KEY: pem(generateKeyPairSync('ed25519').privateKey),
};
let rows: Row[] = [];
let dns: DnsServer;
let stage: Stage;
beforeAll(async () => {
  dns = await startDns({ rows: [], override: (name, type) => rows.filter((r) => r.name === name && r.type === type) });
  stage = await openStage({ settings });
});
afterAll(async () => { await stage?.close(); await dns?.close(); });

it('every kind of mail that leaves verifies twice, and after a change not at all', async () => {
  const world = openWorld({ resolver: dns.address, resolverTrusted: false, allowedNetworks: [] });
  const doctor = () => doctorOf(readSettings({ ...settings, OWN_DOMAINS: 'riverside.test', RESOLVER: dns.address }, true), world).look().then((all) => all.find((f) => f.check === 'dkim'));
  const said = await doctor();
  expect(said?.state).toBe('missing');
  rows = (said?.publish ?? []).map((r) => ({ name: r.name, type: 'TXT', data: (r.value.match(/.{1,255}/g) ?? []) as unknown as string }));
  expect(rows.map((r) => r.name)).toEqual(['r1._domainkey.riverside.test', 'e1._domainkey.riverside.test']);
  expect((await doctor())?.state).toBe('good');

  const addresses = ['tess.lane@lakeside.test', 'sam.park@stmarys.test', 'gina.holt@keyring.test', 'rosa.delgado@brightmail.test'];
  const { body } = await stage.send('ana', { to: addresses.map((address) => ({ address })), text: 'Größe 1,70 m.\n.\nFrom here\n' });
  expect(body.recipients.map((r) => r.protection)).toEqual(['tls', 'smime', 'pgp', 'portal']);
  await stage.until('ana', body.id, ['relayed']);
  const resolver = new Resolver();
  resolver.setServers([dns.address]);
  for (const address of [...addresses, 'ana.ruiz@riverside.test']) {
    const { raw } = await stage.mail(address, () => true);
    const bytes = Buffer.from(raw, 'utf8');
    const verified = async (mail: Buffer) => (await dkimVerify(mail, { resolver: (name: string) => resolver.resolveTxt(name) })).results.map((r) => [r.signingDomain, r.selector, r.status.result].join(' ')).sort();
    expect(await verified(bytes), address).toEqual(['riverside.test e1 pass', 'riverside.test r1 pass']);
    const changed = Buffer.from(bytes);
    changed[changed.length - 20]! ^= 1;
    expect((await verified(changed)).filter((r) => r.endsWith('pass')), address).toEqual([]);
    expect((await verified(Buffer.from(raw.replace(/^From: /m, 'From: x')))).filter((r) => r.endsWith('pass')), address).toEqual([]);
  }
});
