import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { EVENTS_PATH } from '../../lambdas/collect-events/route.ts';
import { environment } from '../../lib/environments.ts';
import { Home } from '../../lib/local/home.ts';
import { OUTPUTS } from '../../lib/outputs.ts';
import { generateAttempts } from '../../data/generate-attempts.ts';
import { generateImpressions } from '../../data/generate-impressions.ts';
import { churn } from '../../lib/pipelines/churn.ts';
import { clicks } from '../../lib/pipelines/clicks.ts';
import { PIPELINES } from '../../lib/pipelines/index.ts';
import { songplays } from '../../lib/pipelines/songplays.ts';
import { recordsOf } from '../support/broker.ts';
import { CHECKOUT } from './support/emulator.ts';
import { lakeRows, laptopRows } from './support/lake-rows.ts';
import { makeDeclaredTopics, startLocalCloud, type LocalCloud } from './support/local-cloud.ts';

const SAMPLE = join(CHECKOUT, 'data/sample/listening-events.jsonl');
/** How long after its end a service may still write, by the emulator's clock. */
const LATE_MS = 1_500;
const WAIT = { timeout: 60_000, interval: 100 };
const [TOPIC] = churn.topics.map(({ name }) => name) as [string];

let local: LocalCloud;
/** The same events by `millrace run churn`, which takes its time beside everything else. */
let laptop: Promise<string[]>;
/** What was there before dev: the bootstrap stack, and staging. */
let before: string[];
let outputs: Readonly<Record<string, string>>;

beforeAll(async () => {
  local = await startLocalCloud();
  laptop = laptopRows(local.folder, SAMPLE);
  // Told by the test that asks for it.
  laptop.catch(() => undefined);
});
afterAll(() => local.stop());

/** Fails with what the command line said. */
async function succeeds(run: Promise<{ failed: boolean; output: string }>): Promise<string> {
  const { failed, output } = await run;
  expect(failed, output).toBe(false);
  return output;
}

async function failures(): Promise<string[]> {
  const events = await local.cloud.events('millrace-');
  return events
    .filter(({ ResourceStatus }) => ResourceStatus?.endsWith('_FAILED'))
    .map((event) => `${event.LogicalResourceId} ${event.ResourceStatus} ${event.ResourceStatusReason}`);
}

describe('an account', () => {
  it('is bootstrapped', async () => {
    await succeeds(local.cdk.bootstrap());
    expect(await local.cloud.statuses('CDKToolkit')).toEqual({ CDKToolkit: 'CREATE_COMPLETE' });
  });

  it('takes staging', async () => {
    await succeeds(local.cdk.deploy('staging'));
    expect(await failures()).toEqual([]);
    before = await local.emulator.inventory();
  });
});

describe('dev', () => {
  it('that fails half-way is rolled back, and leaves nothing of the stack that failed', async () => {
    await local.emulator.fail('AWS::RedshiftServerless::Workgroup');
    const { failed, output } = await local.cdk.deploy('dev');
    expect(failed).toBe(true);
    expect(output).toContain('fails as the test asked');
    expect(await local.cloud.statuses('millrace-dev-warehouse')).toEqual({ 'millrace-dev-warehouse': 'ROLLBACK_COMPLETE' });
    expect((await local.emulator.live()).filter(({ stack }) => stack === 'millrace-dev-warehouse')).toEqual([]);
  });

  it('is deployed by another try, beside staging', async () => {
    await succeeds(local.cdk.deploy('dev'));
    const statuses = Object.values(await local.cloud.statuses('millrace-dev-'));
    expect(new Set(statuses)).toEqual(new Set(['CREATE_COMPLETE']));
    expect(statuses).toHaveLength(8);
    outputs = await local.cloud.outputs('millrace-dev-');
  });

  it('is not touched when it is deployed again', async () => {
    const count = (await local.cloud.events('millrace-')).length;
    await succeeds(local.cdk.deploy('dev'));
    expect((await local.cloud.events('millrace-')).slice(count)).toEqual([]);
  });
});

describe('events', () => {
  it('of a file that lands in the raw bucket arrive in Kafka, and are asked for by an IAM token', async () => {
    const topics = PIPELINES.flatMap((each) => each.topics.map(({ name }) => name));
    expect(await makeDeclaredTopics(local, 'dev')).toEqual(topics.sort());
    const Body = await readFile(SAMPLE);
    await local.cloud.s3.send(new PutObjectCommand({ Bucket: outputs[OUTPUTS.lake.rawBucket], Key: 'events/churn/sample.jsonl', Body }));
    const execution = await local.cloud.ended(await local.cloud.execution(outputs[OUTPUTS.producers['churn']!]!));
    expect(execution.status, execution.cause).toBe('SUCCEEDED');
    const lines = Body.toString().trimEnd().split('\n').length;
    const { read, produced, rejected } = JSON.parse(execution.output!) as { read: number; produced: number; rejected: number };
    expect(read).toBe(lines);
    expect(produced + rejected).toBe(lines);
    expect(await recordsOf(local.broker, TOPIC)).toHaveLength(produced);
    expect(local.gateway.tokens.length).toBeGreaterThan(0);
  });

  it('are in the lake and the warehouse after a run of the pipeline, as after `millrace run churn`', async () => {
    const execution = await local.cloud.ended(await local.cloud.start(outputs[OUTPUTS.pipelines['churn']!]!, {}));
    expect(execution.status, `${execution.error} ${execution.cause}`).toBe('SUCCEEDED');
    const rows = await lakeRows(new Home(local.lakeHome), `lake.${outputs[OUTPUTS.lake.database]}`);
    expect(rows).toEqual(await laptop);
    const [loaded] = await local.redshift.rows('SELECT count(*) AS days FROM millrace.daily_activity');
    expect(loaded).toEqual({ days: rows.filter((row) => row.includes('"daily_activity"')).length });
    expect(await local.cloud.runningClusters()).toEqual([]);
    const { latest } = JSON.parse(execution.output!) as { latest: string };
    expect(latest).toMatch(/^s3:.*latest[.]html$/);
  });

  it('that an app posts arrive in Kafka', async () => {
    const there = (await recordsOf(local.broker, TOPIC)).length;
    const event = { ts: 1_780_786_065_000, userId: 'posted-by-the-test', sessionId: 1, page: 'NextSong' };
    const [, api] = /^https?:\/\/([^.]+)\./.exec(outputs[OUTPUTS.producers.collectUrl]!)!;
    const response = await fetch(`${local.emulator.endpoint}/_aws/execute-api/${api}/$default${EVENTS_PATH}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([event]),
    });
    expect(response.status, await response.clone().text()).toBe(202);
    const records = await recordsOf(local.broker, TOPIC);
    expect(records).toHaveLength(there + 1);
    expect(records.filter(({ key }) => key === event.userId)).toHaveLength(1);
  });
});

describe('a run of the pipeline', () => {
  it('that fails tells its step, and leaves no cluster', async () => {
    // As often as the step is tried.
    await local.emulator.fail('churn-ingest', 4);
    const execution = await local.cloud.ended(await local.cloud.start(outputs[OUTPUTS.pipelines['churn']!]!, {}));
    expect(execution).toMatchObject({ status: 'FAILED', error: 'ingest: States.TaskFailed' });
    expect(await local.cloud.runningClusters()).toEqual([]);
  });

  it('that is stopped leaves no cluster', async () => {
    const executionArn = await local.cloud.start(outputs[OUTPUTS.pipelines['churn']!]!, {});
    await vi.waitUntil(async () => (await local.cloud.runningClusters()).length > 0, WAIT);
    await local.cloud.sfn.send(new StopExecutionCommand({ executionArn }));
    await vi.waitUntil(async () => (await local.cloud.runningClusters()).length === 0, WAIT);
    expect(await local.cloud.ended(executionArn)).toMatchObject({ status: 'ABORTED' });
  });
});

describe('songplays', () => {
  const events = () =>
    readFile(SAMPLE, 'utf8').then((text) =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    );
  const land = (folder: 'logs' | 'songs', name: string, records: readonly object[]) =>
    local.cloud.s3.send(
      new PutObjectCommand({
        Bucket: outputs[OUTPUTS.lake.rawBucket],
        Key: `files/songplays/${folder}/${name}`,
        Body: records.map((record) => `${JSON.stringify(record)}\n`).join(''),
      }),
    );
  const run = async () => local.cloud.ended(await local.cloud.start(outputs[OUTPUTS.pipelines['songplays']!]!, {}));
  /** All rows of what readers use. */
  const tables = () =>
    Promise.all(
      songplays.tables.map(({ name, key }) => local.redshift.rows(`SELECT * FROM millrace."${name}" ORDER BY ${key.join(', ')}`)),
    );
  /** How the executions of a job have ended, oldest first. */
  async function tries(job: string): Promise<string[]> {
    const all = await local.cloud.executions(`${outputs[OUTPUTS.pipelines['songplays']!]!}-jobs`);
    return all.filter(({ input }) => (JSON.parse(input!) as { job: string }).job === job).map(({ status }) => status!);
  }

  it('is staged, built, checked and published in warehouse and lake; a step that fails is tried again, by itself', async () => {
    const logged = await events();
    const played = logged.filter(({ page }) => page === 'NextSong');
    const { song, artist, length } = played[0]!;
    const found = { song_id: 'SO1', title: song, artist_id: 'AR1', artist_name: artist, duration: length, year: 0, num_songs: 1 };
    const half = Math.floor(logged.length / 2);
    await land('logs', '2018/11/a.json', logged.slice(0, half));
    // A file that overlaps another: the events of both are there once.
    await land('logs', '2018/11/b.json', [...logged.slice(half - 10), { ...logged[0], ts: 'soon' }]);
    await land('songs', 'A/1.json', [found]);
    await land('songs', 'A/2.json', [{ ...found, song_id: 'SO2', title: 'Never Played', year: 1999 }]);
    local.redshift.failing = { text: 'next_users', times: 1 };

    const execution = await run();
    expect(execution.status, `${execution.error} ${execution.cause}`).toBe('SUCCEEDED');
    expect(await tries('users')).toEqual(['FAILED', 'SUCCEEDED']);
    expect(await tries('songs')).toEqual(['SUCCEEDED']);

    const distinct = (name: string) => new Set(played.map((event) => event[name])).size;
    const counts = { songplays: played.length, users: distinct('userId'), songs: 2, artists: 1, time: distinct('ts') };
    expect(Object.fromEntries((await tables()).map((rows, index) => [songplays.tables[index]!.name, rows.length]))).toEqual(counts);
    // As the Spark step has counted them, when they were published.
    const result = await local.cloud.s3.send(
      new GetObjectCommand({ Bucket: outputs[OUTPUTS.lake.lakeBucket], Key: `results/songplays/${execution.name}/star.json` }),
    );
    expect(JSON.parse(await result.Body!.transformToString())).toMatchObject({ tables: counts });
    const same = played.filter((event) => event['song'] === song && event['artist'] === artist && event['length'] === length).length;
    expect(await local.redshift.rows(`SELECT count(*)::int AS n FROM millrace.songplays WHERE song_id = 'SO1'`)).toEqual([{ n: same }]);
    expect(await local.redshift.rows('SELECT dataset, rejected::int FROM millrace.staged_files WHERE rejected > 0')).toEqual([
      { dataset: 'listening_events', rejected: 1 },
    ]);
    expect(await local.redshift.rows('SELECT count(*)::int AS n FROM millrace.staged_files WHERE published_at IS NULL')).toEqual([
      { n: 0 },
    ]);
    expect(await local.cloud.runningClusters()).toEqual([]);
    expect(JSON.parse(execution.output!)).toMatchObject({ latest: expect.stringMatching(/^s3:.*songplays.*latest[.]html$/) as string });
  });

  it('whose check fails tells check, table and key once, publishes nothing and makes no cluster', async () => {
    const [first] = await events();
    const [broken] = await local.redshift.rows(
      `UPDATE millrace.songplays SET user_id = 'nobody' WHERE songplay_id = (SELECT min(songplay_id) FROM millrace.songplays) RETURNING songplay_id`,
    );
    const good = await tables();
    await land('logs', '2018/11/c.json', [{ ...first, page: 'NextSong', song: 'New', artist: 'Newer', length: 100.5, userId: 'newcomer' }]);

    const execution = await run();
    expect(execution).toMatchObject({ status: 'FAILED', error: 'checks: ChecksFailed' });
    expect(broken).toBeDefined();
    expect(execution.cause).toMatch(
      /^check references users \(user_id\) of songplays must hold, got 1 failure: .*nobody.*; how to go on: docs\/songplays\.md#checks$/,
    );
    expect((await tries('checks')).slice(-1)).toEqual(['SUCCEEDED']);
    expect(await tries('publish')).toEqual(['SUCCEEDED']);
    expect(await tables()).toEqual(good);
    // It is there for the next run.
    expect(await local.redshift.rows('SELECT count(*)::int AS n FROM millrace.staged_files WHERE published_at IS NULL')).toEqual([
      { n: 1 },
    ]);
    expect(await local.cloud.runningClusters()).toEqual([]);
  });
});

/** Lands a file of a pipeline's events and waits until it is sent. @returns what the replay says */
async function sent(pipeline: string, name: string, Body: string): Promise<{ produced: number; rejected: number }> {
  const replay = outputs[OUTPUTS.producers[pipeline]!]!;
  const before = (await local.cloud.executions(replay)).length;
  await local.cloud.s3.send(new PutObjectCommand({ Bucket: outputs[OUTPUTS.lake.rawBucket], Key: `events/${pipeline}/${name}`, Body }));
  await vi.waitUntil(async () => (await local.cloud.executions(replay)).length > before, WAIT);
  const execution = await local.cloud.ended((await local.cloud.executions(replay)).at(-1)!.executionArn!);
  expect(execution.status, execution.cause).toBe('SUCCEEDED');
  return JSON.parse(execution.output!) as { produced: number; rejected: number };
}

const runOf = async (pipeline: string) => local.cloud.ended(await local.cloud.start(outputs[OUTPUTS.pipelines[pipeline]!]!, {}));
const resultOf = async (pipeline: string, execution: string, step: string) => {
  const Key = `results/${pipeline}/${execution}/${step}.json`;
  const object = await local.cloud.s3.send(new GetObjectCommand({ Bucket: outputs[OUTPUTS.lake.lakeBucket], Key }));
  return JSON.parse(await object.Body!.transformToString()) as Record<string, unknown>;
};

describe('clicks', () => {
  it('are learned from past impressions, and live ones are scored: each has a prediction on the topic', async () => {
    const LIVE = 50;
    const file = join(local.folder, 'impressions.csv');
    await generateImpressions({ rows: 3_000, seed: 7, out: file });
    const [header, ...lines] = (await readFile(file, 'utf8')).trimEnd().split('\n');
    // Without its outcome an impression is live.
    const live = lines.slice(-LIVE).map((line) => line.replace(/^([^,]*),[01],/, '$1,,'));
    const counts = await sent('clicks', 'impressions.csv', [header, ...lines.slice(0, -LIVE), ...live, 'no impression'].join('\n'));
    expect(counts).toMatchObject({ produced: lines.length, rejected: 1 });

    const execution = await runOf('clicks');
    expect(execution.status, `${execution.error} ${execution.cause}`).toBe('SUCCEEDED');
    const predictions = await recordsOf(local.broker, clicks.streams.find(({ results }) => results)!.results!.topic);
    expect(new Set(predictions.map(({ key }) => key))).toEqual(new Set(live.map((line) => line.split(',')[0])));
    expect(await resultOf('clicks', execution.name!, 'score')).toMatchObject({ rowsOut: LIVE });
    const [hours] = await local.redshift.rows(
      'SELECT sum(impressions)::int AS impressions, sum(predictions)::int AS predictions FROM millrace.click_hours',
    );
    expect(hours).toEqual({ impressions: lines.length, predictions: LIVE });
    expect(await local.cloud.runningClusters()).toEqual([]);
  });
});

describe('assessments', () => {
  it('are landed from where the last run ended', async () => {
    const file = join(local.folder, 'attempts.jsonl');
    await generateAttempts({ rows: 60, seed: 7, out: file });
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    const half = Math.floor(lines.length / 2);
    const landed: unknown[] = [];
    for (const [name, part] of [
      ['a', lines.slice(0, half)],
      ['b', lines.slice(half)],
    ] as const) {
      await sent('assessments', `${name}.jsonl`, part.join('\n'));
      const execution = await runOf('assessments');
      expect(execution.status, `${execution.error} ${execution.cause}`).toBe('SUCCEEDED');
      landed.push((await resultOf('assessments', execution.name!, 'land'))['rowsIn']);
    }
    expect(landed).toEqual([half, lines.length - half]);
    const [results] = await local.redshift.rows('SELECT sum(attempts)::int AS attempts FROM millrace.exam_results');
    expect(results).toEqual({ attempts: 60 });
  });
});

describe('dev, in the end,', () => {
  it('is changed in place by a setting', async () => {
    const { retention } = environment('dev');
    const made = await local.emulator.live();
    await succeeds(local.cdk.deploy('dev', { retention: { ...retention, logDays: 14 } }));
    expect(await failures()).not.toContainEqual(expect.stringContaining('UPDATE_FAILED'));
    const now = await local.emulator.live();
    expect(now.map(({ physical_id }) => physical_id).sort()).toEqual(made.map(({ physical_id }) => physical_id).sort());
    const groups = now.filter(({ kind, stack }) => kind === 'AWS::Logs::LogGroup' && stack.startsWith('millrace-dev-'));
    expect(new Set(groups.map(({ properties }) => properties['RetentionInDays']))).toEqual(new Set([14]));
  });

  it('goes without a trace, and staging stays as it is', async () => {
    await succeeds(local.cdk.destroy('dev'));
    expect(await local.cloud.statuses('millrace-dev-')).toEqual({});
    await sleep(LATE_MS);
    expect(await local.emulator.inventory()).toEqual(before);
  });

  it('cannot take staging with it', async () => {
    const { failed, output } = await local.cdk.destroy('staging');
    expect(failed).toBe(true);
    expect(output).toContain('TerminationProtection');
    expect(await local.emulator.inventory()).toEqual(before);
  });
});
