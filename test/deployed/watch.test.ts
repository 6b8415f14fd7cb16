import { gzipSync } from 'node:zlib';
import { afterEach, expect, test, vi } from 'vitest';
import { Interrupted, StepFailure, UsageError } from '../../lib/cli/failures.ts';
import { runDeployedTasks } from '../../lib/deployed/deployed-tasks.ts';
import { Watch } from '../../lib/deployed/watch.ts';
import { churn } from '../../lib/pipelines/churn.ts';
import { CLUSTER, emrStepRequest, execution, fakeDeployed, History, objects, serviceError, type Answers } from './fake-aws.ts';

const STEPS = churn.steps.filter(({ kind }) => kind !== 'replay').map(({ name }) => name);
const INTERVALS = { poll: 1, log: 20 };

afterEach(() => vi.restoreAllMocks());

/** What the last watch has printed. */
let printed: string[] = [];

/** Watches an execution to its end. @returns what was printed */
async function watched(answers: Answers, signal = new AbortController().signal): Promise<string> {
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
  await runDeployedTasks(new Watch(deployed, 'arn:aws:states:r:1:execution:millrace-dev-churn:run-1', churn, signal, INTERVALS).tasks(), {
    signal,
  });
  return printed.join('');
}

async function failure(answers: Answers): Promise<StepFailure> {
  const error: unknown = await watched(answers).catch((thrown: unknown) => thrown);
  if (!(error instanceof StepFailure)) throw new Error('a step must have failed', { cause: error });
  return error;
}

const before = () => new History().enter('Check the input', 'Choice').exit('Check the input', 'Choice').step('Create the cluster', 400);
const upTo = (step: string) => STEPS.slice(0, STEPS.indexOf(step)).reduce((history, name) => history.step(name), before());
const whole = () => upTo('load').step('load', 2).step('load: look', 40).step('report', 5).step('Terminate the cluster', 1);

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
  // Handing over the statements takes two seconds; the load is over when Redshift is.
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

test('a load that the machine itself calls failed is told with what Redshift said', async () => {
  const history = upTo('load').step('load', 2).enter('Failed', 'Fail');
  const end = { history, status: 'FAILED', error: 'load: FAILED', cause: 'relation "x" does not exist' };
  // The last look but one finds the machine in its last state, and not yet ended.
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
