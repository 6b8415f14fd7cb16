import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { churnScores } from '../../lib/contracts/churn-scores.ts';
import { dailyActivity } from '../../lib/contracts/daily-activity.ts';
import type { Dataset } from '../../lib/contracts/dataset.ts';
import { tableDdl } from '../../lib/contracts/render/ddl.ts';
import { userFeatures } from '../../lib/contracts/user-features.ts';
import { fetchChurnData } from '../../lib/report/churn-data.ts';
import type { QueryableWarehouse } from '../../lib/report/rows.ts';

let database: PGlite;
const warehouse: QueryableWarehouse = { query: async (sql, params) => (await database.query<Record<string, unknown>>(sql, params)).rows };

/** Inserts a row; columns it does not name are 0, false or an empty text, as the contract's types have it. */
async function insert(dataset: Dataset, row: Record<string, unknown>) {
  const blank = {
    int: 0,
    long: 0,
    double: 0,
    boolean: false,
    string: '',
    timestamp: '2026-07-31T10:00:00Z',
    date: '2026-07-31',
    binary: '',
  };
  const values = dataset.fields.map(({ name, type, required }) => (name in row ? row[name] : required ? blank[type] : null));
  const names = dataset.fields.map(({ name }) => name).join(', ');
  await database.query(
    `insert into millrace.${dataset.name} (${names}) values (${values.map((_, index) => `$${index + 1}`).join(', ')})`,
    values,
  );
}

beforeAll(async () => {
  database = new PGlite();
  await database.exec('create schema millrace');
  for (const dataset of [dailyActivity, userFeatures, churnScores])
    await database.exec(tableDdl('postgresql', 'millrace', dataset).join(';'));
});
afterAll(() => database.close());

const score = (userId: string, probability: number, change: object = {}) =>
  insert(churnScores, {
    user_id: userId,
    cutoff: '2026-07-31',
    horizon_days: 10,
    probability,
    threshold: 0.5,
    at_risk: probability >= 0.5,
    model_version: 'v2',
    ...change,
  });

test('an empty warehouse gives no days and no scores', async () => {
  expect(await fetchChurnData(warehouse)).toEqual({ activity: [], scores: null, known: [] });
});

test('the latest made scores are read, most probable first, with names and reasons', async () => {
  await insert(dailyActivity, { activity_date: '2026-07-30', events: 90, listeners: 4, cancellations: 1 });
  await insert(dailyActivity, { activity_date: '2026-07-29', events: 70, listeners: 3, cancellations: 0 });
  // A later cut-off, scored the day before: a run with --cutoff reports on what it scored itself.
  await score('9', 0.99, { cutoff: '2026-08-15', scored_at: '2026-07-30T10:00:00Z' });
  await score('1', 0.25);
  await score('2', 0.75, { reason_1: 'errors_per_hour', reason_1_value: 1.5, reason_1_typical: 0.1, reason_2: 'paid', reason_2_value: 0 });
  await score('3', 0.5);
  await insert(userFeatures, {
    user_id: '2',
    cutoff: '2026-07-31',
    first_name: "Robert'); DROP TABLE",
    last_name: '<b>',
    level: 'free',
    location: 'Basel',
  });
  await insert(userFeatures, { user_id: '2', cutoff: '2026-07-26', first_name: 'Old', last_name: 'Name', level: 'paid', location: 'Bern' });

  const { activity, scores } = await fetchChurnData(warehouse, { listeners: 2 });

  expect(activity).toEqual([
    { date: '2026-07-29', events: 70, listeners: 3, cancellations: 0 },
    { date: '2026-07-30', events: 90, listeners: 4, cancellations: 1 },
  ]);
  const nobody = { firstName: null, lastName: null, level: null, location: null, reasons: [] };
  expect(scores).toEqual({
    cutoff: '2026-07-31',
    horizonDays: 10,
    threshold: 0.5,
    modelVersion: 'v2',
    scored: 3,
    atRisk: 2,
    expectedLeavers: 1.5,
    listeners: [
      {
        userId: '2',
        firstName: "Robert'); DROP TABLE",
        lastName: '<b>',
        level: 'free',
        location: 'Basel',
        probability: 0.75,
        atRisk: true,
        reasons: [
          { feature: 'errors_per_hour', value: 1.5, typical: 0.1 },
          { feature: 'paid', value: 0, typical: null },
        ],
      },
      { ...nobody, userId: '3', probability: 0.5, atRisk: true },
    ],
  });
});
