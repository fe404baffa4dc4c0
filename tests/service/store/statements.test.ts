import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fileURLToPath } from 'node:url';
import { startPostgres, type Postgres } from './postgres.ts';
import { postgresFindings, roomsOf, sqliteFindings, type Finding, type Rooms } from './statements.ts';

const service = fileURLToPath(new URL('../../../service', import.meta.url));

/** What must be found, or the check checks nothing. */
const wrong: Rooms = {
  'wrong.sql.ts': {
    migrations: [{ id: '1', ddl: ['CREATE TABLE t (id TEXT PRIMARY KEY, n {int} NOT NULL, owner TEXT REFERENCES later (id))', 'CREATE INDEX t_n ON t (n)'] }, { id: '2', ddl: ['CREATE INDEX nowhere ON missing (id)'] }],
    statements: {
      good: 'SELECT id FROM t WHERE n = $1 ORDER BY n LIMIT $2',
      cte: 'WITH due AS (SELECT id FROM t WHERE n < $1 ORDER BY n LIMIT 5 /*+SKIP*/) UPDATE t SET n = $2 WHERE id IN (SELECT id FROM due) RETURNING id',
      allowed: 'SELECT id FROM t WHERE owner = $1 /*+SCAN a table of ten rows*/',
      scan: 'SELECT id FROM t WHERE owner = $1',
      aliased: 'DELETE FROM t AS x WHERE x.owner = $1',
      unreasoned: 'SELECT n FROM t WHERE owner = $1 /*+SCAN*/',
      typo: 'SELECT nn FROM t WHERE id = $1',
      gap: 'SELECT id FROM t WHERE id = $2',
    },
  },
  'wrong2.sql.ts': { migrations: [{ id: '1', ddl: ['CREATE TABLE later (id TEXT PRIMARY KEY)'] }], statements: {} },
};
const found = (findings: readonly Finding[]) => findings.map((finding) => finding.statement.split(' ')[1]).sort();
const expected = ['aliased', 'gap', 'migrations', 'scan', 'typo', 'unreasoned'];

describe('sqlite', () => {
  test('every statement prepares and reads by an index', async () => {
    expect(await sqliteFindings(await roomsOf(service))).toEqual([]);
  });
  test('the check finds what is wrong', async () => {
    expect(found(await sqliteFindings(wrong))).toEqual(expected);
  });
});

describe('postgres', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(async () => {
    if ('stop' in postgres) await postgres.stop();
  });
  beforeEach(({ skip }) => {
    if ('reason' in postgres) skip(`POSTGRESQL HALF DID NOT RUN: ${postgres.reason}`);
  });
  const fresh = async () => ('fresh' in postgres ? await postgres.fresh() : '');

  test('every statement prepares and reads by an index', async () => {
    expect(await postgresFindings(await roomsOf(service), await fresh())).toEqual([]);
  });
  test('the check finds what is wrong', async () => {
    expect(found(await postgresFindings(wrong, await fresh()))).toEqual(expected);
  });
});
