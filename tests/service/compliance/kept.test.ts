/** Kept searches: they follow the person, the team sees those that are shown, nobody else's can be removed, and neither log nor disk holds what they are called. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAudit, type AuditLog } from '../../../service/audit/audit.ts';
import { KEPT_AT_MOST, openKept, type KeptDesk } from '../../../service/compliance/kept/kept.ts';
import type { Person } from '../../../service/people/people.ts';
import { openStore, type Store } from '../../../service/store/store.ts';
import { KeepSearch } from '../../../shared/wire/compliance.ts';
import { keyring } from '../audit/vault.ts';

const base = mkdtempSync(join(tmpdir(), 'kept-'));
const world = { now: Date.now, random: (n: number) => randomBytes(n) };
const ben = { id: 'u_ben', roles: ['compliance'] } as unknown as Person;
const olga = { id: 'u_olga', roles: ['auditor'] } as unknown as Person;
let store: Store;
let log: AuditLog;
let desk: KeptDesk;

beforeAll(async () => {
  const rooms = { audit: new URL('../../../service/audit/audit.sql.ts', import.meta.url), kept: new URL('../../../service/compliance/kept/kept.sql.ts', import.meta.url) };
  store = await openStore({ folder: join(base, 'data'), rooms, world, strictEvents: true });
  const vault = keyring();
  log = await openAudit({ store, vault, world, origin: 'audit.riverside.test/v1', folder: join(base, 'keys'), strict: true });
  desk = openKept({ audit: log, store, vault, world });
});
afterAll(async () => {
  await log.close();
  await store.close();
  rmSync(base, { recursive: true, force: true });
});

const names = async (reader: Person): Promise<string[]> => (await desk.searches(reader)).data.map((one) => `${one.name}${one.own ? '' : ' (theirs)'}`);
const keep = async (reader: Person, name: string, more: Partial<KeepSearch> = {}) => {
  const kept = await desk.keepSearch(reader, { name, filter: {}, shared: false, ...more });
  if ('kind' in kept) throw new Error(kept.code);
  return kept;
};

describe('a kept search', () => {
  it('comes back as it was asked, in the place of the one of its name', async () => {
    await keep(ben, 'Refusals of Quokka', { filter: { outcome: 'failed' } });
    const { id } = await keep(ben, 'Refusals of Quokka', { filter: { outcome: 'denied', type: ['authz.denied'], from: '2026-11-01T00:00:00Z' } });
    expect((await desk.searches(ben)).data).toEqual([{ id, name: 'Refusals of Quokka', filter: { outcome: 'denied', type: ['authz.denied'], from: '2026-11-01T00:00:00Z' }, shared: false, own: true }]);
  });

  it('is seen by the team only when it is shown to it, and removed by nobody but its owner', async () => {
    const shown = await keep(ben, 'Recalls', { shared: true });
    expect(await names(ben)).toEqual(['Refusals of Quokka', 'Recalls']);
    expect(await names(olga)).toEqual(['Recalls (theirs)']);
    expect(await desk.dropSearch(olga, shown.id)).toMatchObject({ code: 'not-found' });
    await keep(olga, 'Recalls');
    expect(await names(olga)).toEqual(['Recalls', 'Recalls (theirs)']);
    expect(await desk.dropSearch(ben, shown.id)).toBeNull();
    expect(await names(olga)).toEqual(['Recalls']);
    expect(await names(ben)).toEqual(['Refusals of Quokka']);
  });

  it('is an entry of the log that says neither name nor filter, and its name lies on no disk in clear', async () => {
    await log.flush();
    const page = await log.events({ types: ['search.kept', 'search.removed'] });
    if ('kind' in page) throw new Error(page.code);
    expect(page.data.map((e) => [e.type, e.actor.id, e.facts['shared']])).toEqual([['search.kept', 'u_ben', false], ['search.kept', 'u_ben', false], ['search.kept', 'u_ben', true], ['search.kept', 'u_olga', false], ['search.removed', 'u_ben', undefined]]);
    expect(JSON.stringify(page)).not.toMatch(/Quokka|authz/);
    for (const file of readdirSync(join(base, 'data'))) expect(readFileSync(join(base, 'data', file)).includes('Quokka')).toBe(false);
  });

  it.each([
    ['an exact value of a person', { name: 'x', filter: { recipient: 'tess.lane@lakeside.test' } }], ['a cursor', { name: 'x', filter: { cursor: 'abc' } }], ['no name', { name: '  ', filter: {} }], ['a long name', { name: 'x'.repeat(61), filter: {} }], ['something else', { name: 'x', filter: {}, owner: 'u_olga' }],
  ])('may not hold %s', (_, body) => expect(KeepSearch.safeParse(body).success).toBe(false));

  it('is one of a hundred at most', async () => {
    for (let n = 1; n < KEPT_AT_MOST; n += 1) await keep(ben, `Search ${n}`);
    expect(await desk.keepSearch(ben, { name: 'One more', filter: {}, shared: false })).toMatchObject({ code: 'too-many-requests' });
    await keep(ben, 'Search 1');
    expect(await names(ben)).toHaveLength(KEPT_AT_MOST);
  });
});
