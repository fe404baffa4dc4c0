/** One administrator alone, over the wire, by every way a key comes in: nothing she brings herself ever counts in full by her own word. */
import { readKey } from 'openpgp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pgpPerson } from '../../lab/people.keys.ts';
import { openStage, type Stage } from './stage.ts';

interface Key { readonly id: string; readonly state: string; readonly confirmed: boolean; readonly trust: string }

describe('two persons stand behind a key that counts in full', () => {
  let stage: Stage;
  beforeAll(async () => { stage = await openStage(); });
  afterAll(() => stage?.close());

  const keyOf = async (address: string) => {
    const { publicKey } = await pgpPerson('Pat Doe', address);
    const keydata = Buffer.from((await readKey({ armoredKey: publicKey })).write()).toString('base64');
    return { armored: publicKey, mail: Buffer.from(`From: Pat <${address}>\r\nTo: ana.ruiz@riverside.test\r\nAutocrypt: addr=${address}; keydata=${keydata}\r\n\r\nhi\r\n`) };
  };
  const bring = {
    upload: async (person: string, address: string, key: Awaited<ReturnType<typeof keyOf>>) => expect((await stage.call(person, 'POST', 'keys', { address, key: key.armored })).status).toBeLessThan(300),
    harvest: async (person: string, _: string, key: Awaited<ReturnType<typeof keyOf>>) => expect((await stage.call(person, 'POST', 'keys/harvest', new Uint8Array(key.mail))).status).toBe(200),
  };
  const entry = async (address: string, state = 'active') => ((await stage.call('ivy', 'GET', `keys?state=${state}`)).body.data as (Key & { address: string })[]).find((k) => k.address === address);
  const confirm = async (person: string, id: string) => { const { status, body } = await stage.call(person, 'POST', `keys/${id}/confirm`); return status === 200 ? 'confirmed' : body.code as string; };
  const sealed = async (address: string) => { const { body } = await stage.send('ana', { to: [{ address }], text: 'Potassium 6.1.', need: 'e2e-only' }); return body.recipients?.[0]?.protection ?? body.code; };

  it.each([
    ['she uploads it', ['ivy upload']],
    ['she harvests it', ['ivy harvest']],
    ['she harvests it and uploads it as well', ['ivy harvest', 'ivy upload']],
    ['she uploads it and harvests it as well', ['ivy upload', 'ivy harvest']],
    ['a system brought it, and she uploads the same', ['hub harvest', 'ivy upload']],
    ['a system brought it, and she hands over the same mail', ['hub harvest', 'ivy harvest']],
    ['she takes it out and brings it again', ['ivy upload', 'ivy remove', 'ivy upload']],
    ['she harvests it, takes it out and uploads it', ['ivy harvest', 'ivy remove', 'ivy upload']],
    ['she asks twice', ['ivy upload', 'ivy confirm']],
  ] as const)('%s', async (what, steps) => {
    const address = `${what.replace(/\W+/g, '.')}@keyring.test`;
    const key = await keyOf(address);
    for (const step of steps) {
      const [person, how] = step.split(' ') as [string, 'upload' | 'harvest' | 'remove' | 'confirm'];
      if (how === 'remove') expect((await stage.call(person, 'DELETE', `keys/${(await entry(address))!.id}`)).status).toBe(204);
      else if (how === 'confirm') expect(await confirm(person, (await entry(address))!.id)).toBe('second-person-needed');
      else await bring[how](person, address, key);
    }
    const { id } = (await entry(address))!;
    expect(await confirm('ivy', id)).toBe('second-person-needed');
    expect(await sealed(address)).toBe('no-protection');
    expect(await confirm('leo', id)).toBe('confirmed');
    expect(await sealed(address)).toBe('pgp');
  });

  it('in place of one that two persons stand behind: held, and not let in by who brought it', async () => {
    const address = 'change@keyring.test';
    const [old, other] = [await keyOf(address), await keyOf(address)];
    await bring.harvest('hub', address, old);
    const { id } = (await entry(address))!;
    expect(await confirm('leo', id)).toBe('confirmed');
    await bring.harvest('ivy', address, other);
    const held = (await entry(address, 'held'))!;
    expect(await confirm('ivy', held.id)).toBe('second-person-needed');
    // Uploaded as well, it stands beside the other, and takes its place no more than before.
    await bring.upload('ivy', address, other);
    const beside = ((await stage.call('ivy', 'GET', 'keys?state=active')).body.data as (Key & { address: string })[]).filter((k) => k.address === address && k.id !== id);
    expect(beside).toHaveLength(1);
    expect(await confirm('ivy', beside[0]!.id)).toBe('second-person-needed');
    const facts = (await stage.send('ana', { to: [{ address }], text: 'Potassium 6.1.', need: 'e2e-only' })).body;
    expect(facts.recipients[0]?.protection).toBe('pgp');
    expect((await entry(address))!.id).toBe(id);
    expect(await confirm('leo', beside[0]!.id)).toBe('confirmed');
  });

  it('every refusal is in the log', async () => {
    await expect.poll(async () => (await stage.events('authz.denied', '&limit=100')).filter((e: { facts: { code: string } }) => e.facts.code === 'second-person-needed').length).toBeGreaterThanOrEqual(12);
  });
});
