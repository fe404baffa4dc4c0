/** Reports on both engines: by rule and sureness, one person and day a row however often, reviewed means counted anew, and no entry holds more than codes. */
import { expect, test } from 'vitest';
import { openFalsePositives } from '../../../service/falsepositive/falsepositive.ts';
import type { Person } from '../../../service/people/people.ts';
import { openLogged } from '../audit/logged.ts';
import { onEveryEngine, type Ground } from '../store/engines.ts';

const rooms = { falsepositive: new URL('../../../service/falsepositive/falsepositive.sql.ts', import.meta.url) };
const person = (id: string) => ({ id }) as Person;
const [ANA, NOOR, BEN] = [person('u_ana'), person('u_noor'), person('u_ben')];
const SSN = { rule: 'ssn.plain', kind: 'SSN', confidence: 'low', part: 'body', ruleset: 'r1' } as const;

async function open(ground: Ground) {
  const { world, store, audit } = await openLogged(ground, rooms);
  return { world, audit, room: openFalsePositives({ store, audit, world }) };
}

onEveryEngine((ground) => {
  test('counted by rule and sureness, most often first; reviewed, it counts anew', async () => {
    const { world, audit, room: list } = await open(ground);
    for (let n = 0; n < 3; n += 1) await list.report(ANA, SSN);
    await list.report(NOOR, { ...SSN, part: 'subject' });
    await list.report(NOOR, { ...SSN, confidence: 'high' });
    await list.report(NOOR, { ...SSN, rule: 'date.plain', kind: 'DATE' });
    expect((await list.list()).map(({ rule, kind, confidence, reports, people }) => [rule, kind, confidence, reports, people])).toEqual([['ssn.plain', 'SSN', 'low', 4, 2], ['date.plain', 'DATE', 'low', 1, 1], ['ssn.plain', 'SSN', 'high', 1, 1]]);
    world.clock += 1000;
    expect(await list.review(BEN, { rule: 'ssn.plain', confidence: 'low' })).toBe(true);
    expect(await list.review(BEN, { rule: 'ssn.plain', confidence: 'low' })).toBe(false);
    expect((await list.list()).map(({ rule, confidence }) => `${rule}/${confidence}`)).toEqual(['date.plain/low', 'ssn.plain/high']);
    world.clock += 1000;
    await list.report(ANA, SSN);
    expect((await list.list()).find((r) => r.rule === 'ssn.plain' && r.confidence === 'low')).toMatchObject({ reports: 1, people: 1 });
    world.clock += 181 * 86_400_000;
    await list.forget();
    expect(await list.list()).toEqual([]);
    await audit.flush();
    const entries = await audit.events({ types: ['finding.disputed', 'finding.reviewed'], order: 'asc', limit: 50 });
    expect('kind' in entries ? [] : entries.data.map((e) => [e.type, Object.keys(e.facts).sort()])).toEqual([...Array.from({ length: 6 }, () => ['finding.disputed', ['confidence', 'kind', 'part', 'rule', 'ruleset']]), ['finding.reviewed', ['confidence', 'rule']], ['finding.disputed', ['confidence', 'kind', 'part', 'rule', 'ruleset']]]);
    await audit.close();
  });
});
