/** A promise of TLS outlives the process that heard it: real peers, real store, names that have gone quiet. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startHops, type Hops } from '../../../../lab/hops.ts';
import { openDeliver, type Delivery } from '../../../../service/deliver/deliver.ts';
import { keepInMemory, type Policies } from '../../../../service/deliver/mtasts.ts';
import { openPromises } from '../../../../service/deliver/promise/promise.ts';
import { openWorld, type World } from '../../../../service/world.ts';
import { onEveryEngine, type Place } from '../../store/engines.ts';

const rooms = { audit: new URL('../../../../service/audit/audit.sql.ts', import.meta.url), deliver: new URL('../../../../service/deliver/promise/promise.sql.ts', import.meta.url) };
const YEAR = 366 * 86_400_000;
const folder = mkdtempSync(join(tmpdir(), 'promise-'));
let hops: Hops;
let world: World;
beforeAll(async () => {
  hops = await startHops({ onMail: () => undefined, caFolder: folder });
  world = openWorld({ resolver: hops.resolver, resolverTrusted: false, allowedNetworks: ['127.0.0.0/8'], caFile: hops.caFile });
});
afterAll(async () => {
  await hops?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** DNS says that there is no promise, as who has silenced it would have it say. */
const quiet = (): World => ({ ...world, dns: { ...world.dns, txt: async () => ({ records: [], authentic: false }) } });

async function deliverTo(domain: string, policies: Policies, near: World = world): Promise<string> {
  const deliver = openDeliver({ world: near, hostname: 'out.riverside.test', smtpPort: hops.smtpPort, stsPort: hops.stsPort, ownDomains: ['riverside.test'], providers: [], patience: 0.1, policies });
  try {
    const said: Delivery = await deliver.send({ returnPath: 'b@riverside.test', recipient: `x@${domain}`, bytes: Buffer.from('Subject: hello\r\n\r\nHello.\r\n'), floor: 'B', envid: 'item_1' });
    return `${said.kind === 'relayed' ? said.kind : `${said.kind} ${said.code}`} · ${said.attempts.at(-1)?.assurance.grade} ${said.attempts.at(-1)?.assurance.code}`;
  } finally {
    await deliver.close();
  }
}

onEveryEngine((ground) => {
  async function opened(at: Place, now = Date.now): Promise<{ readonly policies: Policies; close(): Promise<void> }> {
    const store = await ground.open(rooms, { at });
    return { policies: openPromises({ store, world: { now } }), close: () => store.close() };
  }

  test('heard, restarted, DNS now says none: the promise counts', async () => {
    const at = await ground.place();
    const before = await opened(at);
    expect(await deliverTo('sts.test', before.policies)).toBe('relayed · A mta-sts');
    expect(await deliverTo('stsbad.test', before.policies)).toBe('delayed sts-failed · D sts-failed');
    await before.close();
    const after = await opened(at);
    expect(await deliverTo('sts.test', after.policies, quiet())).toBe('relayed · A mta-sts');
    expect(await deliverTo('stsbad.test', after.policies, quiet())).toBe('delayed sts-failed · D sts-failed');
    // Who had forgotten would have handed it over, or graded it lower: this is what is kept for.
    expect(await deliverTo('sts.test', keepInMemory(), quiet())).not.toContain('mta-sts');
    expect(await deliverTo('stsbad.test', keepInMemory(), quiet())).not.toContain('sts-failed');
  });

  test('a newer promise replaces it, an older answer does not shorten it, and what ran out is forgotten', async () => {
    const { policies } = await opened(await ground.place());
    const promise = { id: 'one', mode: 'enforce' as const, mx: ['*.a.test', 'mx.b.test'], maxAge: 604_800, expires: Date.now() + 1000_000 };
    expect(await policies.get('a.test')).toBeNull();
    await policies.set('a.test', promise);
    await policies.set('a.test', { ...promise, expires: promise.expires - 500 });
    expect(await policies.get('a.test')).toEqual(promise);
    await policies.set('a.test', { ...promise, id: 'two', mode: 'none', mx: [], expires: 5 });
    expect(await policies.get('a.test')).toMatchObject({ id: 'two', mode: 'none', mx: [] });
    await policies.set('b.test', promise);
    expect(await policies.get('a.test')).toBeNull();
    expect(await policies.get('b.test')).toEqual(promise);
  });

  test('past its time it counts no more', async () => {
    const at = await ground.place();
    const { policies } = await opened(at);
    await deliverTo('sts.test', policies);
    const later = { ...quiet(), now: () => Date.now() + YEAR };
    expect(await deliverTo('sts.test', policies, later)).not.toContain('mta-sts');
  });
});
