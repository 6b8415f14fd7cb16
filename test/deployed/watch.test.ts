import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Interrupted, StepFailure, UsageError } from '../../lib/cli/failures.ts';
import { runDeployedTasks } from '../../lib/deployed/deployed-tasks.ts';
import { Watch } from '../../lib/deployed/watch.ts';
import { churn } from '../../lib/pipelines/churn.ts';
import { stepsOf, type Pipeline } from '../../lib/pipelines/pipeline.ts';
import { songplays } from '../../lib/pipelines/songplays.ts';
import { CLUSTER, emrStepRequest, execution, fakeDeployed, History, objects, serviceError, type Answers } from './fake-aws.ts';

const STEPS = stepsOf(churn)
  .filter(({ kind }) => kind !== 'replay')
  .map(({ name }) => name);
type Watched = Pick<Pipeline<never>, 'name' | 'steps'>;

const INTERVALS = { poll: 1, log: 20 };

afterEach(() => vi.restoreAllMocks());

/** What the last watch has printed. */
let printed: string[] = [];

/** Watches an execution to its end. @returns what was printed */
async function watched(answers: Answers, signal = new AbortController().signal, pipeline: Watched = churn): Promise<string> {
  printed = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    printed.push(String(chunk));
    return true;
  });
  vi.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(`${line}\n`));
  const { deployed } = fakeDeployed({
    ...objects({}),
    DescribeStep: () => ({ Step: { Status: { State: 'RUNNING' } } }),
    DescribeCluster: () => ({ Cluster: { Id: CLUSTER, LogUri: 's3n://artifacts/emr/' } }),
    ...answers,
  });
  await runDeployedTasks(
    new Watch(deployed, 'arn:aws:states:r:1:execution:millrace-dev-churn:run-1', pipeline, signal, INTERVALS).tasks(),
    {
      signal,
    },
  );
  return printed.join('');
}

async function failure(answers: Answers, pipeline: Watched = churn): Promise<StepFailure> {
  const error: unknown = await watched(answers, undefined, pipeline).catch((thrown: unknown) => thrown);
  if (!(error instanceof StepFailure)) throw new Error('a step must have failed', { cause: error });
  return error;
}

const before = () => new History().enter('Check the input', 'Choice').exit('Check the input', 'Choice').step('Create the cluster', 400);
const upTo = (step: string) => STEPS.slice(0, STEPS.indexOf(step)).reduce((history, name) => history.step(name), before());
const whole = () => upTo('load').step('load', 42).step('report', 5).step('Terminate the cluster', 1);

test('each step is a line with its own time and rows; what was there before and after is one line each', async () => {
  const running = {
    history: upTo('features').enter('features').schedule(emrStepRequest('features')).submitted({ StepId: 's-1' }),
    status: 'RUNNING',
  };
  const shown = await watched({
    ...objects({
      'lake/results/run-1/ingest.json': JSON.stringify({ rowsIn: 1200, rowsOut: 1100, duplicates: 90, quarantined: 10 }),
    }),
    ...execution([{ history: new History(), status: 'RUNNING' }, running, { history: whole(), status: 'SUCCEEDED' }]),
  });
  expect(shown).toContain('Stream the topic into the lake: 1,200 rows, 20 rows/s, 60.0 s (90 were there already, 10 quarantined)');
  expect(shown).toContain('Load the warehouse: 42.0 s');
  expect(shown).toMatch(/Prepare the run: [\s\S]*Write the report: 5\.0 s[\s\S]*End the run: /);
});

test('a step that the machine leaves out is not waited for', async () => {
  const history = STEPS.filter((name) => name !== 'ingest').reduce((all, name) => all.step(name), new History());
  expect(await watched(execution([{ history, status: 'SUCCEEDED' }]))).toMatch(/Stream the topic into the lake: .*\(left out\)/);
});

test("a failed step is told by its driver's own line, and where the log is", async () => {
  const history = upTo('train').enter('train').schedule(emrStepRequest('train')).submitted({ StepId: 's-T1' });
  const cause = JSON.stringify({ Step: { Id: 's-T1', Status: { State: 'FAILED', FailureDetails: { Reason: 'Unknown Error.' } } } });
  history.failed('States.TaskFailed', cause).exit('train').enter('Terminate the cluster of the failed run');
  const client =
    'INFO Client: Application report for application_1795_0004 (state: FINISHED)\nException in thread "main" SparkException: failed';
  const driver = 'WARN x\nTraceback\nerror: --cutoff must be after the first event, got 2020-01-01\n';
  const failed = await failure({
    ...objects({
      [`artifacts/emr/${CLUSTER}/steps/s-T1/stderr.gz`]: gzipSync(client),
      [`artifacts/emr/${CLUSTER}/containers/application_1795_0004/container_1795_0004_01_000002/stderr.gz`]:
        gzipSync('error: of an executor'),
      [`artifacts/emr/${CLUSTER}/containers/application_1795_0004/container_1795_0004_01_000001/stderr.gz`]: gzipSync(driver),
    }),
    ...execution([{ history, status: 'RUNNING' }]),
  });
  expect(failed).toMatchObject({ step: 'train', reason: '--cutoff must be after the first event, got 2020-01-01' });
  expect(failed.log).toBe(`s3://artifacts/emr/${CLUSTER}/containers/application_1795_0004/container_1795_0004_01_000001/stderr.gz`);
});

test('a log that has not come yet is named all the same, with what EMR says', async () => {
  const history = upTo('ingest').enter('ingest').schedule(emrStepRequest('ingest')).submitted({ StepId: 's-I1' });
  history.failed('States.TaskFailed', '{"Step":{"Status":{"State":"FAILED","FailureDetails":{"Message":"exit code 13"}}}}').exit('ingest');
  expect(await failure(execution([{ history, status: 'RUNNING' }]))).toMatchObject({
    step: 'ingest',
    reason: 'exit code 13',
    log: `s3://artifacts/emr/${CLUSTER}/steps/s-I1/stderr.gz`,
  });
});

test('a step that is tried again is not called failed', async () => {
  const retried = upTo('ingest').enter('ingest').schedule(emrStepRequest('ingest')).failed('States.TaskFailed', 'no capacity');
  const shown = await watched(
    execution([
      { history: retried, status: 'RUNNING' },
      { history: whole(), status: 'SUCCEEDED' },
    ]),
  );
  expect(shown).toContain('Stream the topic into the lake: 60.0 s');
});

test('a job that failed is told with what Redshift said', async () => {
  const cause = JSON.stringify({ Cause: 'relation "x" does not exist', Error: 'Statement.FAILED', Status: 'FAILED' });
  const history = upTo('load')
    .enter('load')
    .schedule({}, 'startExecution.sync:2', 'states')
    .failed('States.TaskFailed', cause)
    .exit('load');
  const end = { history: history.enter('Failed', 'Fail'), status: 'FAILED', error: 'load: States.TaskFailed', cause };
  const failed = await failure(execution([{ history, status: 'RUNNING' }, end]));
  expect(failed).toMatchObject({ step: 'load', reason: 'relation "x" does not exist' });
  expect(printed.join('')).not.toMatch(/✔ Load the warehouse/);
});

test.each([
  { status: 'ABORTED', cause: 'stopped by millrace --stop', reason: 'the run run-1 was stopped: stopped by millrace --stop' },
  { status: 'TIMED_OUT', cause: undefined, reason: 'the run run-1 took longer than it may' },
])('a run that ends $status is told at the step it was at', async ({ status, cause, reason }) => {
  const history = upTo('train').enter('train').schedule(emrStepRequest('train')).submitted({ StepId: 's-1' });
  expect(await failure(execution([{ history, status, ...(cause && { cause }) }]))).toMatchObject({ step: 'train', reason });
});

test('a refused input is told before any step', async () => {
  const history = new History().enter('Check the input', 'Choice').exit('Check the input', 'Choice').enter('Refused: cutoff', 'Fail');
  const look = { history, status: 'FAILED', error: 'InputError', cause: 'cutoff must be a date (YYYY-MM-DD)' };
  expect((await failure(execution([look]))).reason).toBe('cutoff must be a date (YYYY-MM-DD)');
});

describe('steps side by side', () => {
  const job = (name: string) => ({ StateMachineArn: 'arn:jobs', Input: { job: name } });
  const counts = {
    files: 3,
    alreadyStaged: 1,
    rows: 90,
    rejected: 10,
    duplicateFiles: ['b'],
    otherFiles: [],
    rejects: [],
    done: true,
    toLoad: 3,
  };
  /** Both stage steps under way. */
  const staging = () =>
    new History()
      .enter('stage-events, stage-songs', 'Parallel')
      .enter('stage-events')
      .schedule(job('stage-events'), 'startExecution.sync:2', 'states')
      .enter('stage-songs')
      .schedule(job('stage-songs'), 'startExecution.sync:2', 'states');
  const ended = (history: History, name: string, answer: object = { Output: {} }) =>
    history
      .on(name)
      .succeeded(answer, 'startExecution.sync:2', 'states')
      .exit(name)
      .enter(`${name}: done`, 'Succeed')
      .exit(`${name}: done`, 'Succeed');
  const staged = () =>
    ended(ended(staging().after(20), 'stage-songs').after(40), 'stage-events', { Output: counts })
      .on('stage-events, stage-songs')
      .exit('stage-events, stage-songs', 'Parallel');
  const after = (history: History, ...names: string[]) => names.reduce((all, name) => all.step(name), history);

  test('are lines of their own, each with its own end, and say what was staged', async () => {
    const rest = stepsOf(songplays)
      .map(({ name }) => name)
      .slice(2);
    const shown = await watched(
      execution([
        { history: staging(), status: 'RUNNING' },
        { history: ended(staging().after(20), 'stage-songs'), status: 'RUNNING' },
        { history: after(staged(), ...rest), status: 'SUCCEEDED' },
      ]),
      undefined,
      songplays,
    );
    expect(shown).toContain('Stage events: 100 rows, 2 rows/s, 60.0 s (3 files new, 1 file staged before, 10 rejected, 1 file left out)');
    expect(shown).toContain('Stage songs: 20.0 s');
    expect(shown).toMatch(/Check what would be published: 60\.0 s[\s\S]*Publish the tables of the warehouse/);
  });

  test('the one that failed is named, not the one that goes on or waits for another try', async () => {
    const history = staging().on('stage-events').failed('States.TaskFailed', 'first try');
    const cause = JSON.stringify({
      Cause: 'a bucket must be there, got none',
      Error: 'Error',
      Input: '{"job":"stage-songs"}',
      Status: 'FAILED',
    });
    history.on('stage-songs').failed('States.TaskFailed', cause).exit('stage-songs').enter('stage-songs: failed', 'Fail');
    const end = { history, status: 'FAILED', error: 'stage-songs: States.TaskFailed', cause };
    expect(await failure(execution([end]), songplays)).toMatchObject({ step: 'stage-songs', reason: 'a bucket must be there, got none' });
  });

  test('checks that fail are told as the machine tells them', async () => {
    const history = after(staged(), 'songplays', 'users', 'songs', 'artists', 'time', 'checks');
    history.enter('checks: hold?', 'Choice').exit('checks: hold?', 'Choice').enter('Failed', 'Fail');
    const cause = 'check unique (song_id) of songs must hold, got 2 failures: SO1, SO2';
    const error = 'checks: ChecksFailed';
    const failed = await failure(
      execution([
        { history, status: 'RUNNING' },
        { history, status: 'FAILED', error, cause },
      ]),
      songplays,
    );
    expect(failed).toMatchObject({ step: 'checks', reason: cause });
    // What came before is done, also where the end of its branch was not seen.
    expect(printed.join('')).toContain('Build users: 60.0 s');
    expect(printed.join('')).not.toMatch(/✔ Check what would be published/);
  });
});

test('watching ends when it is told to', async () => {
  const stopping = new AbortController();
  const answers = execution([{ history: upTo('train').enter('train'), status: 'RUNNING' }]);
  setTimeout(() => stopping.abort(), 30);
  await expect(watched(answers, stopping.signal)).rejects.toBeInstanceOf(Interrupted);
});

test('a missing permission is told as one, not as the failure of a step', async () => {
  const refused = watched({
    DescribeExecution: () => {
      throw serviceError('AccessDeniedException', 'x is not authorized to perform: states:DescribeExecution on resource: y');
    },
  });
  await expect(refused).rejects.toBeInstanceOf(UsageError);
});
