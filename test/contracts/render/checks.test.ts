import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { column, dataset, type Dataset } from '../../../lib/contracts/dataset.ts';
import type { Check } from '../../../lib/contracts/derivation.ts';
import { requiredInteger, requiredTimestamp, text } from '../../../lib/contracts/fields.ts';
import { renderChecks } from '../../../lib/contracts/render/checks.ts';
import { STAR } from '../../../lib/contracts/star/index.ts';

const visit = dataset({
  name: 'visits',
  description: 'Visits',
  key: ['visit_id'],
  columns: {
    visit_id: column(requiredInteger, { name: 'visit_id', type: 'long', description: 'Visit' }),
    guest: column(text, { name: 'guest', type: 'string', description: 'Guest' }),
    kind: column(text, { name: 'kind', type: 'string', description: 'Kind' }),
    at: column(requiredTimestamp, { name: 'at', type: 'timestamp', description: 'When' }),
  },
});

/** A table of the stays among the visits, with one check. */
const stays = (check: Check): Dataset =>
  dataset({
    name: 'stays',
    description: 'Stays',
    key: ['guest', 'stay_id'],
    derivation: { source: visit, where: { column: 'kind', is: "guest's stay" }, latestBy: ['at'] },
    checks: [check],
    columns: {
      stay_id: column(z.int(), { name: 'stay_id', type: 'long', description: 'Stay', from: { column: 'visit_id' } }),
      guest: column(z.string(), { name: 'guest', type: 'string', description: 'Guest' }),
      since: column(z.int(), { name: 'since', type: 'timestamp', description: 'Since when', from: { column: 'at' } }),
    },
  });

const TABLES = `
  CREATE TABLE stays (stay_id bigint, guest text, since timestamp with time zone);
  CREATE TABLE guests (name text);
  CREATE TABLE staged_visits (visit_id bigint, guest text, kind text, at timestamp with time zone)`;

/** Three stays of two guests, as they should be, and a visit that is none. */
const GOOD = `
  TRUNCATE stays, guests, staged_visits;
  INSERT INTO guests VALUES ('Ann'), ('Bo');
  INSERT INTO stays VALUES (1, 'Ann', '2024-05-01T10:00Z'), (2, 'Ann', '2024-05-02T10:00Z'), (3, 'Bo', '2024-05-03T10:00Z');
  INSERT INTO staged_visits SELECT stay_id, guest, 'guest''s stay', since FROM stays;
  INSERT INTO staged_visits VALUES (1, 'Ann', 'guest''s stay', '2024-04-01T10:00Z'), (9, 'Cy', 'delivery', '2024-06-01T10:00Z')`;

let database: PGlite;
beforeAll(async () => {
  database = await PGlite.create();
  await database.exec("SET TIME ZONE 'UTC'");
  await database.exec(TABLES);
}, 60_000);
beforeEach(() => database.exec(GOOD));
afterAll(() => database.close());

const failed = async (check: Check) => (await database.query(renderChecks(stays(check), { engine: 'sql' })[0]!)).rows;

describe.each<{ check: Check; name: string; wrong: [what: string, change: string, failures: number, sample: string][] }>([
  {
    check: { kind: 'not null', column: 'since' },
    name: 'not null (since)',
    wrong: [
      ['a value is missing', `UPDATE stays SET since = NULL WHERE stay_id = 2`, 1, 'Ann/2'],
      ['all are', `UPDATE stays SET since = NULL`, 3, 'Ann/1, Ann/2, Bo/3'],
    ],
  },
  {
    check: { kind: 'unique', columns: ['guest', 'stay_id'] },
    name: 'unique (guest, stay_id)',
    wrong: [
      ['a key is there twice', `INSERT INTO stays VALUES (3, 'Bo', NULL)`, 1, 'Bo/3'],
      ['keys are missing', `UPDATE stays SET guest = NULL, stay_id = NULL`, 1, 'null/null'],
    ],
  },
  {
    check: { kind: 'references', column: 'guest', table: 'guests', to: 'name' },
    name: 'references guests (guest)',
    wrong: [
      ['the other table lacks one', `DELETE FROM guests WHERE name = 'Ann'`, 2, 'Ann/1 (Ann), Ann/2 (Ann)'],
      ['it lacks all', `DELETE FROM guests`, 3, 'Ann/1 (Ann), Ann/2 (Ann), Bo/3 (Bo)'],
    ],
  },
  {
    check: { kind: 'row count' },
    name: 'row count',
    wrong: [
      ['a row is lost', `DELETE FROM stays WHERE stay_id = 2`, 1, 'Ann/2'],
      ['a row is multiplied', `INSERT INTO stays SELECT * FROM stays WHERE stay_id = 3`, 1, 'Bo/3'],
      ['a row is there that the source has not', `INSERT INTO stays VALUES (9, 'Cy', NULL)`, 1, 'Cy/9'],
      ['one is lost and another multiplied', `UPDATE stays SET stay_id = 2 WHERE stay_id = 1`, 2, 'Ann/1, Ann/2'],
      [
        'more are lost than are told',
        `DELETE FROM stays; INSERT INTO staged_visits VALUES (4, 'Bo', 'guest''s stay', NULL)`,
        4,
        'Ann/1, Ann/2, Bo/3',
      ],
    ],
  },
  {
    check: { kind: 'fresh', column: 'since', sourceColumn: 'at', withinMinutes: 90 },
    name: 'fresh (since)',
    wrong: [
      ['the newest row is too old', `UPDATE stays SET since = since - INTERVAL '91 minutes'`, 1, '2024-05-03 08:29:00+00'],
      ['there is no row', `DELETE FROM stays`, 1, 'no row'],
    ],
  },
])('$name', ({ check, name, wrong }) => {
  test('gives no row where it holds', async () => expect(await failed(check)).toEqual([]));

  test.each(wrong)('names table, failures and keys where %s', async (_, change, failures, sample) => {
    await database.exec(change);
    expect(await failed(check)).toEqual([{ check_name: name, table_name: 'stays', failures, sample }]);
  });
});

describe('what is no failure', () => {
  test.each<[string, Check, string]>([
    ['a reference that is null', { kind: 'references', column: 'guest', table: 'guests', to: 'name' }, `UPDATE stays SET guest = NULL`],
    [
      'a row that is a little late',
      { kind: 'fresh', column: 'since', sourceColumn: 'at', withinMinutes: 90 },
      `UPDATE stays SET since = since - INTERVAL '90 minutes'`,
    ],
    [
      'an old table of an empty source',
      { kind: 'fresh', column: 'since', sourceColumn: 'at', withinMinutes: 0 },
      `DELETE FROM staged_visits`,
    ],
    ['a source row without a key', { kind: 'row count' }, `INSERT INTO staged_visits VALUES (NULL, 'Bo', 'guest''s stay', NULL)`],
    ['a table as empty as its source', { kind: 'row count' }, `DELETE FROM stays; DELETE FROM staged_visits`],
  ])('%s', async (_, check, change) => {
    await database.exec(change);
    expect(await failed(check)).toEqual([]);
  });
});

test('several checks can be asked at once, and tell all that is wrong', async () => {
  await database.exec(`DELETE FROM guests; UPDATE stays SET since = NULL WHERE stay_id = 1`);
  const checks: Check[] = [
    { kind: 'not null', column: 'since' },
    { kind: 'row count' },
    { kind: 'references', column: 'guest', table: 'guests', to: 'name' },
  ];
  const queries = renderChecks({ ...stays(checks[0]!), checks }, { engine: 'sql' });
  const { rows } = await database.query<{ check_name: string }>(queries.join(' UNION ALL '));
  expect(rows.map(({ check_name }) => check_name).toSorted()).toEqual(['not null (since)', 'references guests (guest)']);
});

test('a text that tries to break out is a text, in SQL and in Spark', async () => {
  const where = { column: 'kind', is: String.raw`\'; DROP TABLE stays; --` };
  const evil: Dataset = { ...stays({ kind: 'row count' }), derivation: { source: visit, where, latestBy: [] } };
  await database.query(renderChecks(evil, { engine: 'sql' })[0]!);
  expect((await database.query('SELECT COUNT(*) AS rows FROM stays')).rows).toEqual([{ rows: 3 }]);
  expect(renderChecks(evil, { engine: 'spark' })[0]).toContain(String.raw`source.${'`kind`'} = '\\\'; DROP TABLE stays; --'`);
});

test('Spark’s queries differ in quotes and the type of texts alone', () => {
  for (const table of STAR) {
    const spark = renderChecks(table, { engine: 'spark' });
    expect(spark).toHaveLength(table.checks.length);
    expect(spark.map((query) => query.replaceAll('`', '"').replaceAll(' AS string)', ' AS varchar)'))).toEqual(
      renderChecks(table, { engine: 'sql' }),
    );
  }
});
