import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clickHours } from '../../lib/contracts/click-hours.ts';
import { clickQuality } from '../../lib/contracts/click-quality.ts';
import { tableDdl } from '../../lib/contracts/render/ddl.ts';
import { fetchClicksData, type ClicksData } from '../../lib/report/clicks-data.ts';
import type { ClickEvaluation } from '../../lib/report/clicks-evaluation.ts';
import { renderClicksReport } from '../../lib/report/clicks.tsx';
import type { LiveCounts } from '../../lib/report/live-counts.ts';
import type { RunFacts } from '../../lib/report/run.tsx';
import { rowsOf, textOf } from './page-text.ts';

const run: RunFacts = { input: ['clicks.csv'], startedAt: '2026-11-21T10:00:00Z', seconds: 100, steps: [], warehouse: null };
const live: LiveCounts = {
  sent: 1_000,
  predicted: 990,
  seconds: 5,
  rate: 198,
  latencyMs: { p50: 640, p99: 1_480 },
  labelled: 900,
  clicks: 153,
  logLoss: 0.41,
  normalisedEntropy: 0.9,
  calibration: 1.05,
  bins: [{ predictions: 900, meanProbability: 0.18, clicked: 0.17 }],
  moments: [{ seconds: 0, predictions: 990, logLoss: 0.41 }],
};
const model = (name: string, label: string, rocAuc: number, logLoss: number, accuracy: number) => ({
  name,
  label,
  metrics: { rocAuc, logLoss, normalisedEntropy: logLoss / 0.45, calibration: 1, f1: 0.4, accuracy },
  roc: [[0, 0], [0.2, 0.6], [1, 1]] as const, // prettier-ignore
});
const evaluation: ClickEvaluation = {
  version: 'v1',
  trainedAt: '2026-11-21T10:00:00Z',
  train: { rows: 12_000, positives: 2_000, from: '2026-06-01T00:00:00Z', until: '2026-06-06T10:00:00Z' },
  test: { rows: 4_000, positives: 700, from: '2026-06-06T11:00:00Z', until: '2026-06-08T00:00:00Z' },
  models: [
    model('click-model', 'Click model', 0.75, 0.4, 0.83),
    model('random-forest', 'Random forest', 0.74, 0.41, 0.84),
    model('truth', 'True probability', 0.79, 0.37, 0.85),
  ],
  majorityAccuracy: 0.825,
  threshold: 0.2,
  confusion: { truePositives: 1, falsePositives: 1, falseNegatives: 1, trueNegatives: 1 },
  calibration: [{ predicted: 0.1, observed: 0.12, rows: 400 }],
};
const NOTHING: ClicksData = { days: [], windows: [] };

describe('what the warehouse holds', () => {
  let database: PGlite;
  let data: ClicksData;
  beforeAll(async () => {
    database = await PGlite.create();
    await database.exec('create schema millrace');
    for (const table of [clickHours, clickQuality]) await database.exec(tableDdl('postgresql', 'millrace', table).join(';'));
    await database.exec(`insert into millrace.click_hours values
      ('2026-06-01 23:00+00', 100, 80, 20, 0, null), ('2026-06-02 00:00+00', 50, 40, 8, 30, 0.2), ('2026-06-02 05:00+00', 10, 10, 0, 10, 0.1)`);
    await database.exec(`insert into millrace.click_quality values
      ('2026-06-02 06:00+00', '2026-06-02 06:05+00', 'v1', 40, 0, 0, null, null, null, null),
      ('2026-06-02 06:05+00', '2026-06-02 06:10+00', 'v2', 41, 30, 6, 0.19, 0.42, 0.93, 0.95)`);
    data = await fetchClicksData({ query: async (sql) => (await database.query<Record<string, unknown>>(sql)).rows });
  });
  afterAll(() => database.close());

  test('is by day, in order, and by window, the latest first', () => {
    expect(data.days).toEqual([
      { date: '2026-06-01', impressions: 100, labelled: 80, clicks: 20, predictions: 0 },
      { date: '2026-06-02', impressions: 60, labelled: 50, clicks: 8, predictions: 40 },
    ]);
    expect(data.windows.map(({ start, modelVersion, logLoss }) => [start, modelVersion, logLoss])).toEqual([
      ['2026-06-02T06:05:00.000Z', 'v2', 0.42],
      ['2026-06-02T06:00:00.000Z', 'v1', null],
    ]);
  });

  test('is told in the headline and as a table; what cannot be told is a dash', () => {
    const html = renderClicksReport({ run, rejects: [], data, evaluation: null });
    expect(/<h1>[\s\S]*?<\/h1>/.exec(html)?.[0].replace(/<[^>]+>/g, '')).toBe('160 impressions, 22% clicked, 40 scored live');
    expect(rowsOf(html, 'Quality by window')[1]?.slice(1)).toEqual(['40', '0', '0', '–', '–', '–', 'v1']);
  });
});

const matching = (pattern: RegExp) => expect.stringMatching(pattern) as string;

test('how soon and how well live impressions were answered, and how many were not', () => {
  const text = textOf(renderClicksReport({ run: { ...run, live }, rejects: [], data: NOTHING, evaluation: null }));
  expect(text).toContain('198 a second: half of them within 640 ms of the impression, 99% within 1,480 ms');
  expect(text).toContain('10 impressions had none when the run stopped waiting.');
});

test('models stand side by side, the best of those that compete in bold, and accuracy beside the majority’s', () => {
  const html = renderClicksReport({ run, rejects: [], data: NOTHING, evaluation });
  const aucs = rowsOf(html, 'Metrics of 3 models').map(([name, auc]) => `${name}: ${auc}`);
  expect(aucs).toEqual([/^Click model: .*0\.75/, /^Random forest: .*0\.74/, /^True probability: .*0\.79/].map(matching));
  const table = /<table(?:(?!<\/table>)[\s\S])*Metrics of 3 models[\s\S]*?<\/table>/.exec(html)![0];
  expect(/<b>0\.75/.test(table)).toBe(true);
  expect(/<b>0\.79/.test(table)).toBe(false);
  expect(textOf(html)).toContain('saying of none that it is clicked has an accuracy of 83%');
});

test('a run without model, outcomes and impressions says so', () => {
  const text = textOf(
    renderClicksReport({ run: { ...run, model: { skipped: 'no clicks' } }, rejects: [], data: NOTHING, evaluation: null }),
  );
  for (const said of [
    'No impression has been landed yet',
    'No prediction has been held against its outcome yet.',
    'No model was trained: no clicks.',
  ])
    expect(text).toContain(said);
});

test('text of a model’s version is no markup', () => {
  const windows = [{ start: '2026-06-02T06:00:00.000Z', modelVersion: '<script>x', predictions: 1, labelled: 0, clicks: 0, logLoss: null, normalisedEntropy: null, calibration: null }]; // prettier-ignore
  const html = renderClicksReport({ run, rejects: [], data: { days: [], windows }, evaluation: null });
  expect(html).not.toContain('<script>x');
  expect(html).toContain('&lt;script>x');
});

test('live impressions are told of where the events went, and those left by an earlier run are no fault', () => {
  const events = { read: 300, produced: 300, rejected: 0, alreadySent: 0, ingested: 400, quarantined: 0, duplicates: 0 };
  const text = textOf(renderClicksReport({ run: { ...run, live, events }, evaluation: null, data: NOTHING, rejects: [] }));
  expect(text).toContain('Of 300 lines read, 300 went to Kafka; none was refused. 1,000 live records went beside them');
  expect(text).toContain('100 events of the topic had been left there by an earlier run: what was live then is history now.');
});
