import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { column, dataset } from '../../../lib/contracts/dataset.ts';
import { requiredInteger } from '../../../lib/contracts/fields.ts';
import type { RunContext } from '../../../lib/local/context.ts';
import { runCheckStep } from '../../../lib/local/steps/check.ts';
import { runSqlStep } from '../../../lib/local/steps/sql.ts';
import { openWarehouse, type Warehouse } from '../../../lib/local/warehouse.ts';
import { bulkTransaction } from '../../../lib/local/warehouse/bulk.ts';
import type { SqlStep } from '../../../lib/pipelines/pipeline.ts';
import { temporaryFolder } from '../../support/folder.ts';

let warehouse: Warehouse;
let context: RunContext<object>;
beforeAll(async () => {
  warehouse = await openWarehouse({ dataDir: temporaryFolder() });
  context = { warehouse: () => Promise.resolve(warehouse) } as RunContext<object>;
  await warehouse.query('CREATE SCHEMA millrace');
  await warehouse.query('CREATE TABLE millrace.things (id integer PRIMARY KEY, size integer)');
}, 60_000);
beforeEach(() => warehouse.query('DELETE FROM millrace.things'));
afterAll(() => warehouse.close());

const sql = (...statements: string[]) => runSqlStep(context, { kind: 'sql', name: 'things', title: 'Make things', statements });
const GUIDE = 'docs/things.md';
const ADVICE = `nothing was published; how to go on: ${GUIDE}`;
const check = (query: string, parts?: readonly string[]) =>
  runCheckStep(context, { kind: 'check', name: 'checks', title: 'Check things', query, guide: GUIDE, ...(parts && { parts }) });
const rows = () => warehouse.query('SELECT * FROM millrace.things ORDER BY id');

test('statements run in their order, and the step says how many rows were made, not how many were removed or marked', async () => {
  await warehouse.query('INSERT INTO millrace.things VALUES (1, 10), (2, 20)');
  const outcome = await sql(
    'DELETE FROM millrace.things WHERE id = 1',
    'INSERT INTO millrace.things SELECT id, 0 FROM generate_series(3, 5) AS id',
    'UPDATE millrace.things SET size = 7',
    `MERGE INTO millrace.things USING (SELECT 5 AS id UNION ALL SELECT 6) AS source ON things.id = source.id
      WHEN MATCHED THEN UPDATE SET size = 8 WHEN NOT MATCHED THEN INSERT (id, size) VALUES (source.id, 9)`,
  );
  expect(outcome).toEqual({ rowsIn: 5, rowsOut: 5 });
  expect(await rows()).toEqual([
    { id: 2, size: 7 },
    { id: 3, size: 7 },
    { id: 4, size: 7 },
    { id: 5, size: 8 },
    { id: 6, size: 9 },
  ]);
});

test('a first load has statements of its own, as long as all of its tables are empty', async () => {
  const columns = { id: column(requiredInteger, { name: 'id', type: 'int', description: 'Key' }) };
  const tables = ['one', 'other'].map((name) => dataset({ name, description: name, key: ['id'], columns }));
  for (const { name } of tables) await warehouse.query(`CREATE TABLE millrace.${name} (id integer PRIMARY KEY)`);
  const fill = () =>
    runSqlStep(context, {
      kind: 'sql',
      name: 'fill',
      title: 'Fill tables',
      statements: ['INSERT INTO millrace.other VALUES (3), (4)'],
      first: { tables, statements: ['INSERT INTO millrace.one VALUES (1)'] },
    });
  expect(await fill()).toEqual({ rowsIn: 1, rowsOut: 1 });
  expect(await fill()).toEqual({ rowsIn: 2, rowsOut: 2 });
  expect(await warehouse.query('SELECT * FROM millrace.one UNION ALL SELECT * FROM millrace.other')).toEqual([
    { id: 1 },
    { id: 3 },
    { id: 4 },
  ]);
  await expect(fill()).rejects.toThrow('other_pkey');
});

test('fails when a statement does, and leaves nothing of those before it', async () => {
  await warehouse.query('INSERT INTO millrace.things VALUES (1, 10)');
  await expect(sql('DELETE FROM millrace.things', 'INSERT INTO millrace.things VALUES (2, 0), (2, 0)')).rejects.toThrow('things_pkey');
  expect(await rows()).toEqual([{ id: 1, size: 10 }]);
});

describe('statements side by side', () => {
  const sideBySide = {
    before: ['DELETE FROM millrace.things'],
    parts: ['INSERT INTO millrace.things VALUES (1, 1)', 'INSERT INTO millrace.things VALUES (2, 2), (3, 3)'],
    after: ['INSERT INTO millrace.things SELECT 4, COUNT(*) FROM millrace.things'],
  };
  const step = (parts = sideBySide.parts): SqlStep => ({
    kind: 'sql',
    name: 'things',
    title: 'Make things',
    statements: ['INSERT INTO millrace.things VALUES (0, 0)'],
    sideBySide: { ...sideBySide, parts },
  });
  /** The same warehouse as a server would be. */
  const onServer = (change: Partial<Warehouse> = {}) =>
    ({ warehouse: () => Promise.resolve({ ...warehouse, ...change, engine: 'postgresql' }) }) as RunContext<object>;

  test('a server runs them between those before and after, and all rows are counted that were made', async () => {
    await warehouse.query('INSERT INTO millrace.things VALUES (1, 10)');
    expect(await runSqlStep(onServer(), step())).toEqual({ rowsIn: 4, rowsOut: 4 });
    expect(await rows()).toEqual([1, 2, 3].map((id) => ({ id, size: id })).concat([{ id: 4, size: 3 }]));
  });

  test('each has a transaction of its own, at the same time', async () => {
    let underWay = 0;
    let most = 0;
    const transaction: Warehouse['transaction'] = async (work) => {
      most = Math.max(most, ++underWay);
      await setImmediate();
      underWay--;
      return warehouse.transaction(work);
    };
    await runSqlStep(onServer({ transaction }), step());
    expect(most).toBe(sideBySide.parts.length);
  });

  test('where one fails the step does, and the statements after are left out', async () => {
    const parts = [...sideBySide.parts, 'INSERT INTO millrace.things SELECT 5, 1 / 0'];
    await expect(runSqlStep(onServer(), step(parts))).rejects.toThrow('division by zero');
    expect(await rows()).not.toContainEqual(expect.objectContaining({ id: 4 }));
  });

  test('the embedded warehouse, which does one thing at a time, has the plain statements', async () => {
    expect(await runSqlStep(context, step())).toEqual({ rowsIn: 1, rowsOut: 1 });
    expect(await rows()).toEqual([{ id: 0, size: 0 }]);
  });
});

test('settings for large tables end with the step', async () => {
  const settings = () => warehouse.query(`SELECT current_setting('work_mem') AS memory, current_setting('enable_nestloop') AS loops`);
  const before = await settings();
  await sql("INSERT INTO millrace.things SELECT 1, CAST(pg_size_bytes(current_setting('work_mem')) AS integer)");
  expect(await rows()).toEqual([{ id: 1, size: 64 * 1024 * 1024 }]);
  expect(await settings()).toEqual(before);
});

test('the planner knows of rows that have just come', async () => {
  await sql('INSERT INTO millrace.things SELECT id, id % 3 FROM generate_series(1, 10000) AS id');
  await sql('SELECT 1');
  expect(await warehouse.query(`SELECT n_distinct FROM pg_stats WHERE tablename = 'things' AND attname = 'size'`)).toEqual([
    { n_distinct: 3 },
  ]);
});

test('a check that finds nothing wrong passes', async () => {
  expect(await check('SELECT 1 AS one WHERE false')).toEqual({ rowsIn: 0, rowsOut: 0, note: 'all hold' });
});

test('fails when checks do, and tells each of them with its table, how often and some keys', async () => {
  const failed = `SELECT * FROM (VALUES ('unique (id)', 'things', CAST(1 AS bigint), 'a'), ('row count', 'others', 4, 'a, b, c')) AS t (check_name, table_name, failures, sample)`;
  await expect(check(failed)).rejects.toThrow(
    new Error(
      'check unique (id) of things must hold, got 1 failure: a\ncheck row count of others must hold, got 4 failures: a, b, c, …\n' + ADVICE,
    ),
  );
});

test('what is asked in parts is told in their order, and a part that cannot be asked fails the step', async () => {
  const parts = Array.from(
    { length: 9 },
    (_, n) => `SELECT 'unique (id)' AS check_name, 'things' AS table_name, 1 AS failures, '${n}' AS sample`,
  );
  const told = parts.map((_, n) => `check unique (id) of things must hold, got 1 failure: ${n}`).join('\n');
  await expect(check('SELECT 1 / 0', parts)).rejects.toThrow(new Error(`${told}\n${ADVICE}`));
  await expect(check('SELECT 1 AS one WHERE false', [...parts, 'SELECT 1 / 0'])).rejects.toThrow('division by zero');
});

test('steps side by side look at what has grown once, not each for itself', async () => {
  const analyzed: string[] = [];
  let stale = true;
  const session = {
    query: (text: string) => {
      if (text.startsWith('ANALYZE')) analyzed.push(text);
      const grown = text.includes('relname') && stale ? [{ table_name: 'things', is_work: false }] : [];
      if (analyzed.length > 0) stale = false;
      return Promise.resolve(grown);
    },
    transaction: (work: (session: unknown) => Promise<unknown>) => work(session),
  };
  await Promise.all([1, 2, 3].map(() => bulkTransaction(session as unknown as Warehouse, () => Promise.resolve())));
  expect(analyzed).toEqual(['ANALYZE millrace."things"']);
});
