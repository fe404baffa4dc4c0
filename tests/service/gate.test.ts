/** Settings that mail is trusted by: what they govern waits until two people have agreed, and no longer. */
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { GUARDED, openGate } from '../../service/changed.ts';
import { readSettings } from '../../service/config.ts';
import { onEveryEngine } from './store/engines.ts';
import { openPeopleHouse } from './people/house.ts';

onEveryEngine((ground) => {
  test('first start: as it is; later: named, held, vouched for by one, agreed to by another; put back: nothing waits', async () => {
    const at = await ground.place();
    const rules = join(at.folder, 'rules.json');
    writeFileSync(rules, '{}');
    const house = await openPeopleHouse(ground, { at });
    const { changes, vault, logged, audit } = house;
    const base = { SCAN_RULES_FILE: rules, KEY_TRUST: 'wkd', UNREAD_HOURS: '72' };
    let started = 0;
    const start = async (env: { readonly [name: string]: string }) => {
      const gate = await openGate({ settings: readSettings({ ...base, ...env }, true), vault, changes, broken: (fault) => { throw fault; } });
      await gate.whenOpen(async () => { started += 1; });
      gate.close();
      return gate;
    };
    const waiting = async () => (await changes.list({ id: 'u_ivy' })).filter((c) => c.state === 'waiting');
    await start({});
    await start({ UNREAD_HOURS: '24' });
    expect([started, await waiting()]).toEqual([2, []]);

    const lower = await start({ KEY_TRUST: 'vks' });
    expect([started, lower.narrowed()]).toEqual([2, false]);
    await start({ KEY_TRUST: 'vks' });
    const [found, ...more] = await waiting();
    expect([found?.by, found?.what, more]).toEqual([null, { settings: ['KEY_TRUST'] }, []]);
    expect(await changes.approve({ id: 'u_ivy', roles: ['system-admin'] }, found?.id ?? '')).toMatchObject({ state: 'waiting', by: 'u_ivy' });
    expect(await changes.approve({ id: 'u_ivy', roles: ['system-admin'] }, found?.id ?? '')).toMatchObject({ code: 'second-person-needed' });
    await start({ KEY_TRUST: 'vks' });
    expect(started).toBe(2);
    expect(await changes.approve({ id: 'u_leo', roles: ['policy-approver'] }, found?.id ?? '')).toMatchObject({ state: 'applied', by: 'u_ivy', decidedBy: 'u_leo' });
    await start({ KEY_TRUST: 'vks' });
    expect([started, house.applied]).toEqual([3, ['settings']]);

    // The same name for a file that holds something else, and then the old one again.
    writeFileSync(rules, '{"patterns":[]}');
    await start({ KEY_TRUST: 'vks' });
    expect([started, (await waiting()).map((c) => c.what)]).toEqual([3, [{ settings: ['SCAN_RULES_FILE'] }]]);
    writeFileSync(rules, '{}');
    await start({ KEY_TRUST: 'vks' });
    expect([started, await waiting()]).toEqual([4, []]);
    // What was agreed to once is not agreed to for ever: back to the first value is a change again.
    expect((await start({ OIDC_ISSUER: 'https://other.test' })).narrowed()).toBe(true);
    expect((await waiting()).map((c) => c.what)).toEqual([{ settings: expect.arrayContaining(['KEY_TRUST', 'OIDC_ISSUER']) }]);
    expect(JSON.stringify([await changes.list({ id: 'u_ivy' }), await logged()])).not.toMatch(/other\.test|vks/);
    await audit.close();
  });

  test('where links lead, and whose key opens the archive, is not one administrator\'s to change: it waits, by name', async () => {
    const at = await ground.place();
    const archive = join(at.folder, 'archive.pem');
    const pem = () => generateKeyPairSync('x25519').publicKey.export({ type: 'spki', format: 'pem' });
    writeFileSync(archive, pem());
    const { changes, vault, audit } = await openPeopleHouse(ground, { at });
    const base = { PUBLIC_URL: 'https://mail.clinic.test', ARCHIVE_KEY_FILE: archive };
    const gate = async (env: { readonly [name: string]: string }) => {
      const opened = await openGate({ settings: readSettings({ ...base, ...env }, true), vault, changes, broken: () => undefined });
      opened.close();
      return (['PUBLIC_URL', 'PORTAL_URL', 'ARCHIVE_KEY_FILE'] as const).filter((name) => opened.waitsFor(name));
    };
    expect(await gate({})).toEqual([]);
    expect(await gate({ PUBLIC_URL: 'https://mail.other.test' })).toEqual(['PUBLIC_URL']);
    expect(await gate({ PORTAL_URL: 'https://portal.other.test' })).toEqual(['PORTAL_URL']);
    expect(await gate({})).toEqual([]);
    writeFileSync(archive, pem());
    expect(await gate({})).toEqual(['ARCHIVE_KEY_FILE']);
    await audit.close();
  });

  test('a gate that waits opens as soon as somebody looks after the second word, once', async () => {
    const { changes, vault, audit } = await openPeopleHouse(ground);
    const gate = async (env: { readonly [name: string]: string }) => openGate({ settings: readSettings(env, true), vault, changes, broken: () => undefined });
    (await gate({})).close();
    const held = await gate({ PARTNERS: `lakeside.test=${'A'.repeat(64)}` });
    let started = 0;
    await held.whenOpen(async () => { started += 1; });
    const found = (await changes.list({ id: 'u_ivy' })).find((c) => c.state === 'waiting');
    for (const id of ['u_ivy', 'u_leo']) {
      expect(started).toBe(0);
      await changes.approve({ id, roles: ['system-admin'] }, found?.id ?? '');
      await held.look();
    }
    await held.look();
    expect([started, held.narrowed()]).toEqual([1, false]);
    await audit.close();
  });
});

test('every setting of the list exists, and no secret stands in it', () => {
  const settings = readSettings({}, true);
  // The archive's is a public key.
  expect(GUARDED.filter((name) => !(name in settings) || /PASSWORD|SECRET|TOKEN|_KEY(?!_FILE$)/.test(name))).toEqual([]);
});
