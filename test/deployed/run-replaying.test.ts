import { afterEach, expect, test, vi } from 'vitest';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runReplaying } from '../../lib/deployed/commands/run-replaying.ts';
import { stopRun } from '../../lib/deployed/commands/stop-run.ts';
import { temporaryFolder } from '../support/folder.ts';
import { fakeDeployed, MACHINE, stacks, type Answers } from './fake-aws.ts';

const file = join(temporaryFolder(), 'events.jsonl');
writeFileSync(file, '{}\n');
const RUN = 'arn:aws:states:eu-central-1:111122223333:execution:millrace-dev-churn:run-1';
const signal = new AbortController().signal;

const environment = (running: boolean, more: Answers = {}) =>
  fakeDeployed({
    ...stacks({ pipelines: { ChurnStateMachineArn: MACHINE } }),
    ListExecutions: () => ({ executions: running ? [{ executionArn: RUN, name: 'run-1', status: 'RUNNING' }] : [] }),
    ...more,
  });

afterEach(() => vi.restoreAllMocks());

test('a run is started with the cut-off as its input, and not watched with --no-wait', async () => {
  const printed = vi.spyOn(console, 'log').mockImplementation(() => {});
  const { deployed, calls } = environment(false, { StartExecution: () => ({ executionArn: RUN }) });
  expect(await runReplaying(deployed, 'churn', { files: {}, inputs: { cutoff: '2026-11-15' }, wait: false }, signal)).toBe(false);
  const started = calls.find(({ operation }) => operation === 'StartExecution')!.input;
  expect(started).toMatchObject({ stateMachineArn: MACHINE, input: '{"cutoff":"2026-11-15"}' });
  // What Step Functions takes as a name.
  expect(started['name']).toMatch(/^[\w-]{1,80}$/);
  expect(printed.mock.calls.flat().join('\n')).toContain('Started run run-1: https://eu-central-1.console.aws.amazon.com/states/');
});

test('a run that is going on is followed, and no second one started', async () => {
  const printed = vi.spyOn(console, 'log').mockImplementation(() => {});
  const { deployed, calls } = environment(true);
  await runReplaying(deployed, 'churn', { files: {}, wait: false }, signal);
  expect(printed.mock.calls.flat().join('\n')).toContain('Following the run that is going on run-1');
  expect(calls.map(({ operation }) => operation)).toEqual(['DescribeStacks', 'ListExecutions']);
});

test.each([{ files: { '--events': [file] } }, { files: {}, inputs: { cutoff: '2026-11-15' } }])(
  'fails when a run is going on and another is asked for: %o',
  async (asked) => {
    const { deployed, calls } = environment(true);
    await expect(runReplaying(deployed, 'churn', { ...asked, wait: true }, signal)).rejects.toThrow(
      'must be the only one, got one going on (run-1): follow it with `millrace run churn --env dev`, or end it with --stop',
    );
    expect(calls.map(({ operation }) => operation)).not.toContain('PutObject');
  },
);

test('fails when an event file is not there, before AWS is asked', async () => {
  const { deployed, calls } = environment(false);
  await expect(runReplaying(deployed, 'churn', { files: { '--events': ['/not/there'] }, wait: true }, signal)).rejects.toThrow(
    '--events must be a file that can be read',
  );
  expect(calls).toEqual([]);
});

test('--stop ends the run that is going on', async () => {
  const { deployed, calls } = environment(true, { StopExecution: () => ({ stopDate: new Date() }) });
  expect(await stopRun(deployed)).toContain('stopped run-1; the environment ends its cluster');
  expect(calls.at(-1)).toMatchObject({ operation: 'StopExecution', input: { executionArn: RUN } });
});

test('fails when there is no run to stop', async () => {
  await expect(stopRun(environment(false).deployed)).rejects.toThrow('run to stop must be going on, got none');
});
