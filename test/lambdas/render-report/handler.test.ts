import { describe, expect, test } from 'vitest';
import { makeHandler, type Dependencies } from '../../../lambdas/render-report/handler.ts';
import { evaluationFixture } from '../../report/evaluation-fixture.ts';
import { rowsOf, textOf } from '../../report/page-text.ts';
import { oneSongplay } from '../../report/songplays-fixture.ts';

const EVALUATION = evaluationFixture();
const REQUEST = {
  pipeline: 'churn',
  execution: 'run-1',
  startedAt: '2026-11-21T04:00:00.000Z',
  replays: [
    {
      bucket: 'raw',
      key: 'events/churn/a.jsonl',
      read: 10,
      produced: 8,
      rejected: 2,
      rejects: [{ line: 3, reason: 'ts must be <b>set</b>' }],
    },
    { bucket: 'raw', key: 'events/churn/b.jsonl', read: 5, produced: 5, rejected: 0, rejects: [] },
  ],
};
const RESULTS: Record<string, object> = {
  ingest: { rowsIn: 13, rowsOut: 12, ingested: 12, quarantined: 0, duplicates: 1 },
  train: { rowsIn: 40, rowsOut: 3, model: { name: 'xgboost', version: EVALUATION.version, trainRows: 40, positives: 4, metrics: {} } },
  score: { rowsIn: 2, rowsOut: 2 },
};

/** Answers the report's questions as the Data API does: 64-bit numbers as numbers, dates as text. */
const query: Dependencies['warehouse']['query'] = (sql) => {
  if (/count\(\*\) as row_count/i.test(sql)) return Promise.resolve([{ row_count: 4 }]);
  if (sql.includes('daily_activity'))
    return Promise.resolve([{ activity_date: '2026-11-20', events: 1234, listeners: 2, cancellations: 0 }]);
  if (sql.includes('expected_leavers'))
    return Promise.resolve([
      {
        ...{ cutoff: '2026-11-20', horizon_days: 10, threshold: 0.3, model_version: EVALUATION.version },
        ...{ scored: 2, at_risk: 1, expected_leavers: 0.9 },
      },
    ]);
  if (sql.includes('left join'))
    return Promise.resolve([
      {
        user_id: '7',
        first_name: 'Zoë',
        last_name: 'O<Brien',
        level: 'paid',
        location: null,
        probability: 0.8,
        at_risk: true,
        reason_1: null,
      },
    ]);
  throw new Error(`statement must be one of the report's, got ${sql}`);
};

/** A handler over objects in memory; each result is a minute later than the one before. */
function reporter(objects: Record<string, unknown> = {}, warehouse: Dependencies['warehouse'] = { query }) {
  const stored = new Map<string, unknown>(
    Object.entries({
      ...Object.fromEntries(Object.entries(RESULTS).map(([step, result]) => [`s3://lake/results/churn/run-1/${step}.json`, result])),
      [`s3://lake/models/${EVALUATION.version}/evaluation.json`]: EVALUATION,
      ...objects,
    }),
  );
  const written: Record<string, string> = {};
  let minute = 0;
  const handler = makeHandler({
    warehouse,
    read: (uri) => {
      const object = stored.get(uri);
      if (object === undefined) return Promise.resolve(undefined);
      return Promise.resolve({ text: JSON.stringify(object), modified: new Date(Date.parse(REQUEST.startedAt) + ++minute * 60_000) });
    },
    write: (uri, html) => Promise.resolve(void (written[uri] = html)),
    models: 's3://lake/models',
    results: 's3://lake/results',
    reports: 's3://artifacts/reports',
    engine: 'Redshift Serverless',
  });
  return { handler, written };
}

describe('the report of a run', () => {
  test('is written as the newest and as a copy of this run', async () => {
    const { handler, written } = reporter();
    const latest = 's3://artifacts/reports/churn/latest.html';
    const copy = 's3://artifacts/reports/churn/2026-11-21T04-00-00.000Z.html';
    expect(await handler(REQUEST)).toEqual({ latest, copy });
    expect(Object.keys(written).sort()).toEqual([copy, latest].sort());
    expect(written[latest]).toBe(written[copy]);
    expect(written[latest]).toMatch(/^<!doctype html>/);
  });

  test('says who is at risk, where the events went, what each step did and how long it took', async () => {
    const { handler, written } = reporter();
    const text = textOf(written[(await handler(REQUEST)).latest]!);
    expect(text).toContain('1 of 2 listeners is at risk of leaving in the ten days from 20 November 2026');
    expect(text).toContain('Of 15 lines read, 13 went to Kafka; 2 lines (13%) had to be refused');
    expect(text).toContain('events/churn/a.jsonl');
    expect(text).toMatch(/ingest 13 12 1 min/);
    expect(text).toMatch(/train 40 3 1 min/);
    expect(text).toContain('Redshift Serverless');
    expect(text).toContain('churn_scores: 4 rows');
    expect(text).toContain('run-1');
  });

  test('escapes what people have typed', async () => {
    const { handler, written } = reporter();
    const html = written[(await handler(REQUEST)).latest]!;
    expect(html).toContain('O&lt;Brien');
    expect(html).toContain('ts must be &lt;b>set&lt;/b>');
  });

  test('is written without steps, model or files, too: where the ingest is continuous and nothing was trained', async () => {
    const { handler, written } = reporter({
      's3://lake/results/churn/run-2/train.json': { rowsIn: 0, rowsOut: 0, skipped: 'too few listeners left' },
      [`s3://lake/models/${EVALUATION.version}/evaluation.json`]: undefined,
    });
    const text = textOf(written[(await handler({ ...REQUEST, execution: 'run-2', replays: [] })).latest]!);
    expect(text).toContain('No event was read in this run');
    expect(text).toContain('none was trained in this run: too few listeners left');
  });
});

describe('the report of a run that stages files', () => {
  const request = {
    ...{ pipeline: 'songplays', execution: 'run-3', startedAt: REQUEST.startedAt, replays: [] },
    staged: [
      {
        ...{ dataset: 'listening_events', done: true, toLoad: 2, files: 2, alreadyStaged: 1, rows: 40, rejected: 1 },
        ...{ duplicateFiles: ['b.json'], otherFiles: [], rejects: [{ source: 'a.json', line: 7, reason: 'ts must be <b>set</b>' }] },
      },
      { dataset: 'catalogue_songs', files: 0, alreadyStaged: 3, rows: 0, rejected: 0, duplicateFiles: [], otherFiles: [], rejects: [] },
    ],
  };
  const results = {
    's3://lake/results/songplays/run-3/star.json': { rowsIn: 40, rowsOut: 30 },
    's3://lake/results/songplays/run-3/maintain.json': { rowsIn: 5, rowsOut: 5 },
  };

  test('says what was played, what came in and what each table holds, and nothing of topics and models', async () => {
    const { handler, written } = reporter(results, oneSongplay);
    const { latest } = await handler(request);
    expect(latest).toBe('s3://artifacts/reports/songplays/latest.html');
    const html = written[latest]!;
    const text = textOf(html);
    expect(text).toContain('1 play by 1 listener in one day');
    expect(rowsOf(html, 'Files staged in this run')).toEqual([
      ['Listening events', '2', '40', '1', '1', '1', '0'],
      ['Catalogue songs', '0', '0', '0', '3', '0', '0'],
    ]);
    expect(rowsOf(html, 'refused records')).toEqual([['7', 'ts must be <b>set</b>', 'a.json']]);
    expect(rowsOf(html, 'Tables, their rows').map(([, rows]) => rows)).toEqual(['4', '4', '4', '4', '4']);
    expect(html).toContain('Zoë &lt;b>');
    expect(text).not.toMatch(/Where the events went|How good the model is/);
  });

  test('says of a step’s time which steps before it are within', async () => {
    const { handler, written } = reporter(results, oneSongplay);
    const rows = rowsOf(written[(await handler(request)).latest]!, 'Steps of the run');
    expect(rows.map(([step, , , time]) => [step, time])).toEqual([
      ['stage-events to star', '1 min 0 s'],
      ['maintain', '1 min 0 s'],
    ]);
  });

  test('fails when what was staged is not as documented', async () => {
    const { handler, written } = reporter(results, oneSongplay);
    await expect(handler({ ...request, staged: [{ dataset: 'x' }] })).rejects.toThrow(/^staged\.0\.files must be as documented, got: /);
    expect(written).toEqual({});
  });
});

test.each([
  [{ ...REQUEST, pipeline: 'none' }, 'pipeline must be one that has a report (churn, songplays, clicks, assessments), got none'],
  [{ ...REQUEST, startedAt: 'today' }, /^startedAt must be as documented, got: /],
  [undefined, /^event must be as documented, got: /],
])('fails when the event is %j', async (event, message) => {
  const { handler, written } = reporter();
  await expect(handler(event)).rejects.toThrow(message);
  expect(written).toEqual({});
});
