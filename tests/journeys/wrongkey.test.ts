/** Keys that are no good any more, or never were, from the plan to the mailbox: the copy waits or takes a stronger way, one sentence says why, nothing goes in clear. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKey } from 'openpgp';
import { pgpPerson, smimeAuthority } from '../../lab/people.keys.ts';
import { openStage, type Json, type Stage } from './stage.ts';

const DAY = 86_400_000;
const TEXT = 'Potassium 6.1';

describe('a key that is no good', () => {
  let stage: Stage;
  const folder = mkdtempSync(join(tmpdir(), 'ss-wrongkey-'));
  const authority = smimeAuthority();
  let ahead = 0;
  beforeAll(async () => {
    writeFileSync(join(folder, 'anchors.pem'), authority.certificate);
    // Nobody listens there: a directory that is down.
    stage = await openStage({ settings: { SMIME_ANCHORS_FILE: join(folder, 'anchors.pem'), DIRECTORY_URL: 'ldap://127.0.0.1:9/dc=lab,dc=test', KEY_SOURCES: 'directory' }, now: () => Date.now() + ahead, extra: { schedule: [3] } });
  });
  afterAll(async () => { await stage?.close(); rmSync(folder, { recursive: true, force: true }); });

  async function add(address: string, key: string): Promise<Json> {
    const { body } = await stage.call('ivy', 'POST', 'keys', { address, key });
    if (body.id) await stage.call('leo', 'POST', `keys/${body.id}/confirm`);
    return body;
  }
  const clear = async (address: string) => (await stage.mailbox(address)).filter((m) => m.raw.includes(TEXT));
  const held = async (id: string): Promise<Json> => {
    await expect.poll(async () => (await stage.call('ana', 'GET', `messages/${id}/held`)).body.copies?.length).toBe(1);
    return (await stage.call('ana', 'GET', `messages/${id}/held`)).body.copies[0];
  };

  it.each(['pgp', 'smime'] as const)('expires between plan and delivery (%s): held, and the author reads why', async (kind) => {
    const address = `soon.${kind}@grey.test`;
    // The mail host puts the first try off; at the second the key has ended.
    const end = Math.ceil((Date.now() + ahead) / 1000) * 1000 + 2 * 60_000;
    const key = kind === 'smime' ? authority.person('Soon', address, 'rsa', { notAfter: end }).certificate
      : (await generateKey({ type: 'ecc', curve: 'curve25519Legacy' as never, userIDs: [{ name: 'Soon', email: address }], date: new Date(end - DAY), keyExpirationTime: 86_400, format: 'armored' })).publicKey;
    await add(address, key);
    const sent = await stage.send('ana', { to: [{ address }], text: TEXT, need: 'e2e-only' });
    expect(sent.body.recipients[0]?.protection).toBe(kind);
    await stage.until('ana', sent.body.id, ['delayed']);
    ahead += 4 * 60_000;
    const copy = await held(sent.body.id);
    expect(copy.reason.code).toBe('key-expired');
    expect(copy.reason.text).toMatch(/^[^.]+\.(?: [^.]+\.)?$/);
    expect(copy.ways).toEqual([]);
    expect(await clear(address)).toEqual([]);
    await stage.mail('ana.ruiz@riverside.test', (raw) => raw.includes('waits for you') && raw.includes(sent.body.id));
  });

  it('a certificate for another address is not taken, and mail to them goes another way', async () => {
    const address = 'tess.lane@lakeside.test';
    expect(await add(address, authority.person('Eve', 'eve@lakeside.test').certificate)).toMatchObject({ code: 'key-other-address' });
    const sent = await stage.send('ana', { to: [{ address }], text: TEXT, need: 'at-rest' });
    expect(sent.body.recipients[0]?.protection).toBe('portal');
    await stage.until('ana', sent.body.id, ['relayed']);
    expect(await clear(address)).toEqual([]);
  });

  it('of two keys the newer one that works is used; when it ends for good the older one does not come back', async () => {
    const address = 'two.keys@lakeside.test';
    const first = await add(address, (await pgpPerson('Two', address)).publicKey);
    const second = await add(address, (await pgpPerson('Two', address)).publicKey);
    expect(second.id).not.toBe(first.id);
    const sent = await stage.send('ana', { to: [{ address }], text: TEXT, need: 'e2e-only' });
    await stage.until('ana', sent.body.id, ['relayed']);
    const relayed = (await stage.timeline('ana', sent.body.id)).recipients[0]?.events.find((e) => e.type === 'delivery.relayed');
    expect(relayed?.facts?.['recipientKey']).toBe(second.fingerprint);
    await stage.call('ivy', 'DELETE', `keys/${second.id}`);
    expect((await stage.send('ana', { to: [{ address }], text: TEXT, need: 'e2e-only' })).body.code).toBe('no-protection');
    expect(await clear(address)).toEqual([]);
  });

  it('a directory that is down: the plan says so, and the copy goes a way that is strong enough', async () => {
    const address = 'lydia.gray@staffdir.test';
    const plan = async (): Promise<Json> => (await stage.call('ana', 'POST', 'plan', { from: { address: 'ana.ruiz@riverside.test' }, recipients: [{ address, role: 'to' }], verdict: { level: 'none', sensitive: [], people: 0 }, kinds: {}, subjectIdentifier: false, unscannable: 0 })).body.recipients[0].passedOver.find((p: Json) => p.protection === 'smime')?.reason;
    await expect.poll(async () => (await plan())?.code).toBe('lookup-failed');
    expect((await plan()).text).toMatch(/^A place where their key might be found/);
    const sent = await stage.send('ana', { to: [{ address }], text: TEXT, need: 'at-rest' });
    expect(sent.body.recipients[0]?.protection).toBe('portal');
    await stage.until('ana', sent.body.id, ['relayed']);
    expect(await clear(address)).toEqual([]);
  });
});
