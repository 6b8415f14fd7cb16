import { beforeEach, expect, test } from 'vitest';
import { UsageError } from '../../../lib/cli/failures.ts';
import { readRows, runLocalWarehouseSql } from '../../../lib/local/commands/warehouse-sql.ts';
import { Home } from '../../../lib/local/home.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { describeEngines } from '../../warehouse/engines.ts';

describeEngines('sql --warehouse', (engine) => {
  const rows = (statement: string, most = 1000) => readRows(engine.warehouse, statement, most);

  beforeEach(async () => {
    await engine.warehouse.query('CREATE SCHEMA millrace');
    await engine.warehouse.query('CREATE TABLE millrace.songs (song_id text PRIMARY KEY, duration double precision)');
    await engine.warehouse.query("INSERT INTO millrace.songs SELECT 'song ' || n, n + 0.5 FROM generate_series(1, 5) n");
  });

  test('gives the rows of tables named with and without their schema, whatever ends the statement', async () => {
    const first = [{ song_id: 'song 1', duration: 1.5 }];
    expect(await rows('SELECT * FROM songs ORDER BY song_id LIMIT 1')).toEqual(first);
    expect(await rows('SELECT * FROM millrace.songs ORDER BY song_id LIMIT 1; -- the first')).toEqual(first);
  });

  test('gives no more rows than asked for', async () => {
    expect(await rows('SELECT song_id FROM songs ORDER BY song_id', 2)).toEqual([{ song_id: 'song 1' }, { song_id: 'song 2' }]);
  });

  test('gives every column, also where several have one name', async () => {
    expect(await rows('SELECT count(*), count(DISTINCT duration > 3), 7 AS count_2 FROM songs')).toEqual([
      { count: 5, count_3: 2, count_2: 7 },
    ]);
  });

  test('gives what a statement has to say that is no query of rows', async () => {
    expect(JSON.stringify(await rows('EXPLAIN SELECT * FROM songs'))).toContain('Scan on songs');
    expect(await rows('SHOW timezone')).toEqual([{ TimeZone: 'UTC' }]);
  });

  test.each([
    { name: 'inserts', statement: "INSERT INTO songs VALUES ('x', 1)" },
    { name: 'deletes within a query', statement: 'WITH gone AS (DELETE FROM songs RETURNING *) SELECT * FROM gone' },
    { name: 'drops a table', statement: 'DROP TABLE songs' },
    { name: 'makes a table', statement: 'CREATE TABLE copy AS SELECT * FROM songs' },
  ])('fails when the statement $name, and changes nothing', async ({ statement }) => {
    const failure = await rows(statement).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UsageError);
    expect((failure as UsageError).message).toMatch(/^statement must only read the warehouse, got one that writes: /);
    expect(await rows('SELECT count(*) AS songs FROM songs')).toEqual([{ songs: 5 }]);
  });

  test.each([
    { name: 'a table is not there', statement: 'SELECT * FROM nothing', says: 'relation "nothing" does not exist' },
    { name: 'it is no SQL', statement: 'SELEC 1', says: 'syntax error at or near "SELEC"' },
    { name: 'it is two statements', statement: 'SELECT 1; DROP TABLE songs', says: 'cannot insert multiple commands' },
  ])('fails when $name, in the words of the database', async ({ statement, says }) => {
    await expect(rows(statement)).rejects.toThrow(says);
  });
});

test('fails when there is no warehouse, with the command that makes one, and makes none', async () => {
  const empty = new Home(temporaryFolder());
  const asked = () => runLocalWarehouseSql(empty, 'SELECT 1', { format: 'csv', limit: 1 });
  await expect(asked()).rejects.toThrow(/^warehouse must hold tables, got none: run `millrace run songplays`/);
  await expect(asked()).rejects.toThrow('got none');
});
