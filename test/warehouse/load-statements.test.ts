import { expect, test } from 'vitest';
import { PIPELINES } from '../../lib/pipelines/index.ts';
import { loadStatements } from '../../lib/warehouse/load-statements.ts';
import { createStaging, refuseDuplicateKeys, replaceSlices, tableChanges } from '../../lib/warehouse/statements.ts';
import { days, scores } from './datasets.ts';
import { describeEngines } from './engines.ts';

const EXPORTS = { exports: 's3://lake/exports', copyRole: 'arn:aws:iam::111122223333:role/copy', region: 'eu-central-1' };

test('a load copies every export, checks its keys, and replaces rows only then', () => {
  const statements = loadStatements([days, scores], EXPORTS);
  expect(statements.map((sql) => /^[A-Z]+( TEMPORARY)?[^"]*("\w+")/.exec(sql)?.slice(0, 1)[0])).toEqual([
    'CREATE TEMPORARY TABLE "staging_days"',
    'COPY "staging_days"',
    expect.stringMatching(/^SELECT /),
    'CREATE TEMPORARY TABLE "staging_scores"',
    'COPY "staging_scores"',
    expect.stringMatching(/^SELECT /),
    ...['days', 'scores'].flatMap((table) => [
      `DELETE FROM millrace."${table}"`,
      `INSERT INTO millrace."${table}"`,
      `DROP TABLE "staging_${table}"`,
    ]),
  ]);
});

test('COPY names the columns of the contract and takes the files of the one table', () => {
  expect(loadStatements([scores], EXPORTS)[1]).toBe(
    [
      `COPY "staging_scores" ("user_id", "cutoff", "probability") FROM 's3://lake/exports/scores/part-'`,
      `IAM_ROLE 'arn:aws:iam::111122223333:role/copy' REGION 'eu-central-1'\n`,
    ].join(' ') + `FORMAT CSV GZIP IGNOREHEADER 1 EMPTYASNULL DATEFORMAT 'auto' TIMEFORMAT 'auto' COMPUPDATE OFF`,
  );
});

test('the load of each pipeline fits into one transaction of the Data API', () => {
  for (const { tables } of PIPELINES) {
    const statements = loadStatements(tables, EXPORTS);
    expect(statements.length).toBeLessThanOrEqual(40);
    expect(Math.max(...statements.map((sql) => Buffer.byteLength(sql)))).toBeLessThan(100_000);
  }
});

describeEngines('the statements of a load', (engine) => {
  /** All but COPY, which is Redshift's: rows get into the staging table by INSERT. */
  async function load(...rows: readonly string[]) {
    await engine.warehouse.query('CREATE SCHEMA IF NOT EXISTS millrace');
    for (const sql of tableChanges('redshift', scores, [])) await engine.warehouse.query(sql);
    await engine.warehouse.transaction(async (session) => {
      await session.query(createStaging(scores));
      for (const row of rows) await session.query(`INSERT INTO staging_scores VALUES ${row}`);
      expect(await session.query(refuseDuplicateKeys(scores))).toEqual([{ duplicates: 0 }]);
      for (const sql of replaceSlices(scores)) await session.query(sql);
    });
  }
  const stored = () => engine.warehouse.query('SELECT * FROM millrace.scores ORDER BY cutoff, user_id');

  test('replace the slices they bring on tables made for Redshift', async () => {
    await load("('a', '2024-05-01', 0.1)", "('b', '2024-05-01', 0.2)", "('a', '2024-06-01', 0.3)");
    await load("('c', '2024-05-01', 0.4)");
    expect(await stored()).toEqual([
      { user_id: 'c', cutoff: '2024-05-01', probability: 0.4 },
      { user_id: 'a', cutoff: '2024-06-01', probability: 0.3 },
    ]);
  });

  test('fail where a key is there twice, saying which key, and change nothing', async () => {
    await load("('a', '2024-05-01', 0.1)");
    await expect(load("('b', '2024-05-01', 0.2)", "('b', '2024-05-01', 0.3)")).rejects.toThrow(
      'rows of scores must be unique by user_id, cutoff, got 1 keys more than once',
    );
    expect(await stored()).toEqual([{ user_id: 'a', cutoff: '2024-05-01', probability: 0.1 }]);
  });
});
