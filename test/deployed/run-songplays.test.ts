import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { NotFound } from '@aws-sdk/client-s3';
import { afterEach, expect, test, vi } from 'vitest';
import { runDeployedSongplays } from '../../lib/deployed/commands/run-songplays.ts';
import { stopRun } from '../../lib/deployed/commands/stop-run.ts';
import { temporaryFolder } from '../support/folder.ts';
import { fakeDeployed, stacks, type Answers } from './fake-aws.ts';

const MACHINE = 'arn:aws:states:eu-central-1:111122223333:stateMachine:millrace-dev-songplays';
const RUN = `${MACHINE.replace(':stateMachine:', ':execution:')}:run-1`;
const signal = new AbortController().signal;

const logs = temporaryFolder();
mkdirSync(join(logs, '2018'));
writeFileSync(join(logs, '2018', 'a.json'), '{"a":1}\n');
writeFileSync(join(logs, 'b.json'), '{"b":1}\n');
writeFileSync(join(logs, 'README.txt'), 'no log');

afterEach(() => vi.restoreAllMocks());

/** @param landed Names of files that lie there already */
const environment = (running: boolean, landed: readonly string[] = [], more: Answers = {}) =>
  fakeDeployed({
    ...stacks({ pipelines: { SongplaysStateMachineArn: MACHINE }, lake: { RawBucket: 'raw' } }),
    ListExecutions: () => ({ executions: running ? [{ executionArn: RUN, name: 'run-1', status: 'RUNNING' }] : [] }),
    StartExecution: () => ({ executionArn: RUN }),
    HeadObject: ({ Key }: { Key: string }) => {
      if (!landed.includes(basename(Key))) throw new NotFound({ message: 'NotFound', $metadata: {} });
      return { ContentLength: 8 };
    },
    PutObject: () => ({ ETag: '"x"' }),
    ...more,
  });

function silence(): string[] {
  const lines: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => Boolean(lines.push(String(chunk))));
  vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(`${line}\n`));
  return lines;
}

test('new files of a folder are uploaded to where the run stages them from, then the run is started', async () => {
  const printed = silence();
  const { deployed, calls } = environment(false, ['b.json']);
  expect(await runDeployedSongplays(deployed, { logs: [logs], wait: false }, signal)).toBe(false);
  const id = createHash('sha256').update('{"a":1}\n').digest('hex').slice(0, 16);
  const put = calls.filter(({ operation }) => operation === 'PutObject').map(({ input }) => [input['Bucket'], input['Key']]);
  expect(put).toEqual([['raw', `files/songplays/logs/${id}/a.json`]]);
  expect(calls.at(-1)).toMatchObject({ operation: 'StartExecution', input: { stateMachineArn: MACHINE, input: '{}' } });
  expect(printed.join('')).toMatch(/Upload logs: .*\(1 file new, 1 file there already, 1 file left out\)/);
});

test('songs have a place of their own, and no file at all is needed', async () => {
  silence();
  const { deployed, calls } = environment(false);
  await runDeployedSongplays(deployed, { songs: [join(logs, 'b.json')], wait: false }, signal);
  expect(calls.find(({ operation }) => operation === 'PutObject')!.input['Key']).toMatch(
    /^files\/songplays\/songs\/[0-9a-f]{16}\/b\.json$/,
  );
  const without = environment(false);
  await runDeployedSongplays(without.deployed, { wait: false }, signal);
  expect(without.calls.map(({ operation }) => operation)).toEqual(['DescribeStacks', 'ListExecutions', 'StartExecution']);
});

test('a run that is going on is followed, and fails to be given files', async () => {
  silence();
  const { deployed, calls } = environment(true);
  await runDeployedSongplays(deployed, { wait: false }, signal);
  expect(calls.map(({ operation }) => operation)).not.toContain('StartExecution');
  await expect(runDeployedSongplays(deployed, { logs: [logs], songs: [logs], wait: false }, signal)).rejects.toThrow(
    'run to start with --logs and --songs must be the only one, got one going on (run-1): follow it with `millrace run songplays --env dev`',
  );
  expect(calls.map(({ operation }) => operation)).not.toContain('PutObject');
});

test('fails when a folder is not there, before AWS is asked', async () => {
  const { deployed, calls } = environment(false);
  await expect(runDeployedSongplays(deployed, { songs: ['/not/there'], wait: true }, signal)).rejects.toThrow(
    '--songs must be a file or folder that can be read',
  );
  expect(calls).toEqual([]);
});

test('--stop ends the run of the pipeline that is named', async () => {
  const { deployed, calls } = environment(true, [], { StopExecution: () => ({ stopDate: new Date() }) });
  expect(await stopRun(deployed, 'songplays')).toContain('stopped run-1');
  expect(calls.at(-1)).toMatchObject({ operation: 'StopExecution', input: { executionArn: RUN } });
});
