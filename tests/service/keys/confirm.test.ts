/** Two persons stand behind a key that counts in full, however the requests interleave. */
import { readKey } from 'openpgp';
import { expect, test } from 'vitest';
import { pgpPerson, smimeAuthority } from '../../../lab/people.keys.ts';
import type { KeyEntry } from '../../../service/keys/keys.ts';
import { isRefusal } from '../../../service/refusal.ts';
import { onEveryEngine } from '../store/engines.ts';
import { BY, NOW, keysOn, rooms } from './ground.ts';

const SAM = 'sam.park@stmarys.test';
const ca = smimeAuthority('Lab Mail Authority', NOW);
const anchors = [Buffer.from(ca.certificate)];
const first = ca.person('Sam Park', SAM).certificate;
const second = ca.person('Sam Park', SAM, 'p256').certificate;
const LEO = { kind: 'staff', id: 'u_leo' } as const;
const upload = (text: string, by = BY as { kind: 'staff'; id: string }) => ({ address: SAM, bytes: new TextEncoder().encode(text), trust: 'uploaded' as const, by });
const taken = (entry: KeyEntry | { kind: 'refused'; code: string }): KeyEntry => {
  if (isRefusal(entry)) throw new Error(entry.code);
  return entry as KeyEntry;
};

onEveryEngine((ground) => {
  test('one person\'s word is not two', async () => {
    const { keys, noted } = await keysOn(ground, { anchors });
    const { id } = taken(await keys.importKey(upload(first)));
    expect(await keys.confirmKey(id, BY)).toEqual({ kind: 'refused', code: 'second-person-needed' });
    expect((await keys.capabilities([SAM]))[0]!.smime).toMatchObject({ id, trust: 'uploaded' });
    expect(await noted()).toBe(1);
    expect(taken(await keys.confirmKey(id, LEO))).toMatchObject({ id, trust: 'admin-verified', importedBy: BY.id, confirmedBy: LEO.id });
    expect((await keys.capabilities([SAM]))[0]!.smime).toMatchObject({ id, trust: 'admin-verified' });
    expect(await noted()).toBe(2);
  });

  test('confirmed again it stays as it is, and says who was first', async () => {
    const { keys, noted } = await keysOn(ground, { anchors });
    const { id } = taken(await keys.importKey(upload(first)));
    const both = await Promise.all([keys.confirmKey(id, LEO), keys.confirmKey(id, { kind: 'staff', id: 'u_mia' }), keys.confirmKey(id, BY)]);
    expect(both.filter((k) => !isRefusal(k)).length).toBeGreaterThanOrEqual(2);
    const confirmers = new Set((await keys.entries('active', '', 10)).map((k) => k.confirmedBy));
    expect(confirmers.size).toBe(1);
    expect(confirmers.has(BY.id)).toBe(false);
    expect(await noted()).toBe(2);
  });

  test('another\'s import does not stand in for confirming, nor change who brought it', async () => {
    const { keys } = await keysOn(ground, { anchors });
    const { id } = taken(await keys.importKey(upload(first)));
    expect(taken(await keys.importKey(upload(first, LEO)))).toMatchObject({ id, trust: 'uploaded', importedBy: BY.id });
    expect(await keys.confirmKey(id, BY)).toMatchObject({ code: 'second-person-needed' });
  });

  test('who harvested a key or uploaded one that was on file has brought it, too, and is not the second person', async () => {
    const { keys, drafts } = await keysOn(ground, { anchors });
    const GINA = 'gina@keyring.test';
    const gina = await pgpPerson('Gina', GINA, 'ecc', NOW);
    const keydata = Buffer.from((await readKey({ armoredKey: gina.publicKey })).write()).toString('base64');
    const mail = Buffer.from(`From: ${GINA}\r\nAutocrypt: addr=${GINA}; keydata=${keydata}\r\n\r\nhi\r\n`);
    const MIA = { kind: 'staff', id: 'u_mia' } as const;
    expect(await keys.harvest(mail, BY)).toBe(1);
    expect(drafts.at(-1)).toMatchObject({ type: 'key.imported', actor: BY });
    const [{ id }] = await keys.entries('active', '', 10) as [KeyEntry];
    expect(await keys.confirmKey(id, BY)).toEqual({ kind: 'refused', code: 'second-person-needed' });
    // Brought by others as well: neither of them is a second one either.
    await keys.harvest(mail, LEO);
    expect(await keys.confirmKey(id, LEO)).toEqual({ kind: 'refused', code: 'second-person-needed' });
    await keys.importKey({ ...upload(gina.publicKey, MIA), address: GINA });
    expect(drafts.at(-1)).toMatchObject({ type: 'key.imported', actor: MIA, facts: { key: id } });
    expect(await keys.confirmKey(id, MIA)).toEqual({ kind: 'refused', code: 'second-person-needed' });
    expect(taken(await keys.confirmKey(id, { kind: 'staff', id: 'u_ben' }))).toMatchObject({ importedBy: BY.id, confirmedBy: 'u_ben' });
  });

  test('who harvested a key that is held does not let it in', async () => {
    const { keys } = await keysOn(ground, { anchors });
    const mail = async () => {
      const { publicKey } = await pgpPerson('Sam', SAM, 'ecc', NOW);
      return Buffer.from(`From: ${SAM}\r\nAutocrypt: addr=${SAM}; keydata=${Buffer.from((await readKey({ armoredKey: publicKey })).write()).toString('base64')}\r\n\r\nhi\r\n`);
    };
    await keys.harvest(await mail(), LEO);
    const other = await mail();
    await keys.harvest(other, BY);
    const [{ id }] = await keys.entries('held', '', 10) as [KeyEntry];
    expect(await keys.confirmKey(id, BY)).toMatchObject({ code: 'second-person-needed' });
    await keys.harvest(other, LEO);
    expect(await keys.confirmKey(id, LEO)).toMatchObject({ code: 'second-person-needed' });
    expect(taken(await keys.confirmKey(id, { kind: 'staff', id: 'u_ben' }))).toMatchObject({ id, trust: 'admin-verified' });
  });

  test.each([['harvested', 'discovery'], ['uploaded', 'discovery'], ['uploaded', null], ['wkd', null]] as const)('%s before it was kept by whom (%s): two others have to vouch for it', async (trust, kept) => {
    const at = await ground.place();
    const [MIA, EVE] = [{ kind: 'staff', id: 'u_mia' }, { kind: 'staff', id: 'u_eve' }] as const;
    const older = await ground.open({ ...rooms, keys: new URL('./older.sql.ts', import.meta.url) }, { at, now: () => NOW });
    const before = await keysOn(ground, { anchors }, older);
    const { id } = taken(await before.keys.importKey({ ...upload(first, EVE), trust, source: 'x' }));
    await older.room<typeof import('./older.sql.ts')>('keys').write.forget({ id, kept });
    await older.close();
    const { keys, drafts } = await keysOn(ground, { anchors }, await ground.open(rooms, { at, now: () => NOW }), before.vault);
    // Each of them may be who brought it, herself included.
    expect(await keys.confirmKey(id, EVE)).toEqual({ kind: 'refused', code: 'second-person-needed' });
    expect(drafts.at(-1)).toMatchObject({ type: 'key.imported', actor: EVE, facts: { key: id, trust } });
    expect(await keys.confirmKey(id, EVE)).toEqual({ kind: 'refused', code: 'second-person-needed' });
    expect((await keys.capabilities([SAM]))[0]!.smime).toMatchObject({ trust });
    expect(taken(await keys.confirmKey(id, MIA))).toMatchObject({ trust: 'admin-verified', confirmedBy: MIA.id });
  });

  test('what a look-up had found before is confirmed by one person, as ever', async () => {
    const at = await ground.place();
    const older = await ground.open({ ...rooms, keys: new URL('./older.sql.ts', import.meta.url) }, { at, now: () => NOW });
    const before = await keysOn(ground, { anchors }, older);
    const { id } = taken(await before.keys.importKey({ ...upload(first), trust: 'wkd', source: 'wkd' }));
    await older.room<typeof import('./older.sql.ts')>('keys').write.forget({ id, kept: 'discovery' });
    await older.close();
    const { keys } = await keysOn(ground, { anchors }, await ground.open(rooms, { at, now: () => NOW }), before.vault);
    expect(taken(await keys.confirmKey(id, BY))).toMatchObject({ trust: 'admin-verified' });
  });

  test('an upload displaces nothing that was confirmed; confirmed itself, it does', async () => {
    const { keys } = await keysOn(ground, { anchors });
    const old = taken(await keys.importKey(upload(first)));
    await keys.confirmKey(old.id, LEO);
    const fresh = taken(await keys.importKey(upload(second)));
    expect((await keys.capabilities([SAM]))[0]!.smime).toMatchObject({ id: old.id, trust: 'admin-verified' });
    await keys.confirmKey(fresh.id, LEO);
    expect((await keys.capabilities([SAM]))[0]!.smime).toMatchObject({ id: fresh.id, trust: 'admin-verified' });
    expect((await keys.entries('replaced', '', 10)).map((k) => k.id)).toEqual([old.id]);
  });

  test('what was found is confirmed by any one person; what is gone or expired by nobody', async () => {
    const { keys, world } = await keysOn(ground, { anchors });
    const found = taken(await keys.importKey({ ...upload(first, { kind: 'staff', id: 'wkd' }), trust: 'wkd', source: 'wkd' }));
    expect(taken(await keys.confirmKey(found.id, BY)).trust).toBe('admin-verified');
    const gone = taken(await keys.importKey(upload(second)));
    await keys.removeKey(gone.id, BY);
    expect([await keys.confirmKey(gone.id, LEO), await keys.confirmKey('key_none', LEO)]).toEqual([{ kind: 'refused', code: 'not-found' }, { kind: 'refused', code: 'not-found' }]);
    const short = taken(await keys.importKey(upload(ca.person('Sam Park', SAM, 'rsa', { notAfter: NOW + 60_000 }).certificate)));
    world.clock = NOW + 61_000;
    expect(await keys.confirmKey(short.id, LEO)).toEqual({ kind: 'refused', code: 'key-expired' });
    expect(await keys.unusable(short.id)).toBe('key-expired');
  });
});
