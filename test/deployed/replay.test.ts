import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { NotFound } from '@aws-sdk/client-s3';
import { afterEach, expect, test, vi } from 'vitest';
import { replayFiles } from '../../lib/deployed/commands/replay.ts';
import { followReplay } from '../../lib/deployed/replay.ts';
import { upload } from '../../lib/deployed/upload.ts';
import { temporaryFolder } from '../support/folder.ts';
import { fakeDeployed, History, stacks, type Answers } from './fake-aws.ts';

const CONTENT = '{"userId":"1"}\n';
const SHA256 = createHash('sha256').update(CONTENT).digest();
const KEY = `events/churn/${SHA256.toString('hex').slice(0, 16)}/may be odd.jsonl`;
const file = join(temporaryFolder(), 'may be odd.jsonl');
writeFileSync(file, CONTENT);
const signal = new AbortController().signal;
const REPLAY = 'arn:aws:states:eu-central-1:111122223333:stateMachine:millrace-dev-replay-churn';
const execution = (name: string) => REPLAY.replace(':stateMachine:', ':execution:') + `:${name}`;

afterEach(() => vi.restoreAllMocks());

const empty: Answers = {
  HeadObject: () => {
    throw new NotFound({ message: 'NotFound', $metadata: {} });
  },
  PutObject: async ({ Body, ContentLength }: { Body: Readable; ContentLength: number }) => {
    expect((await buffer(Body)).length).toBe(ContentLength);
    return { ETag: '"x"' };
  },
};

test('a file lands under a key made of its content, with the checksum that makes its events known again', async () => {
  const { deployed, calls } = fakeDeployed(empty);
  const landed = await upload(deployed, file, { bucket: 'raw', prefix: 'events/churn/', signal });
  expect(landed).toEqual({ bucket: 'raw', key: KEY, uploaded: true });
  expect(calls.at(-1)).toMatchObject({
    operation: 'PutObject',
    input: { Bucket: 'raw', Key: KEY, ContentLength: CONTENT.length, ChecksumSHA256: SHA256.toString('base64') },
  });
});

test('a file that lies there already is not sent again', async () => {
  const { deployed } = fakeDeployed({ HeadObject: () => ({ ContentLength: CONTENT.length }) });
  expect(await upload(deployed, file, { bucket: 'raw', prefix: 'events/churn/', signal })).toMatchObject({ uploaded: false });
});

/** Step Functions with these executions, by the object they are about; one that is started is added. */
function machine(executions: { name: string; key: string; status: string; output?: object; cause?: string }[]): Answers {
  const one = (arn: string) => executions.find(({ name }) => arn === execution(name))!;
  return {
    ListExecutions: () => ({ executions: executions.map(({ name, status }) => ({ executionArn: execution(name), name, status })) }),
    DescribeExecution: ({ executionArn }: { executionArn: string }) => {
      const { name, key, status, output, cause } = one(executionArn);
      const input = JSON.stringify({ 'detail-type': 'Object Created', detail: { bucket: { name: 'raw' }, object: { key } } });
      return {
        name,
        status,
        startDate: new Date(0),
        stopDate: new Date(1),
        input,
        ...(output && { output: JSON.stringify(output) }),
        cause,
      };
    },
    GetExecutionHistory: () => ({ events: new History().events }),
    StartExecution: ({ input }: { input: string }) => {
      const { key } = JSON.parse(input) as { key: string };
      executions.push({
        name: 'started',
        key,
        status: 'SUCCEEDED',
        output: { read: 7, produced: 7, rejected: 0, rejects: [], truncated: false },
      });
      return { executionArn: execution('started') };
    },
  };
}

const landed = { bucket: 'raw', key: KEY, uploaded: true };
const options = { stateMachineArn: REPLAY, signal, onProgress: () => {}, poll: 1, patience: 20 };
const output = { read: 10, produced: 9, rejected: 1, rejects: [{ line: 4, reason: 'ts must be a number' }], truncated: false };

test('the replay that the landing has started is followed, and none started beside it', async () => {
  const { deployed, calls } = fakeDeployed(
    machine([
      { name: 'other', key: 'events/churn/else.jsonl', status: 'SUCCEEDED', output: { read: 1, produced: 1, rejected: 0 } },
      { name: 'ours', key: KEY, status: 'SUCCEEDED', output },
    ]),
  );
  expect(await followReplay(deployed, landed, options)).toMatchObject({ read: 10, produced: 9, rejected: 1 });
  expect(calls.map(({ operation }) => operation)).not.toContain('StartExecution');
});

test('a replay that does not come is started', async () => {
  const { deployed, calls } = fakeDeployed(machine([]));
  expect(await followReplay(deployed, landed, options)).toMatchObject({ read: 7 });
  expect(calls.find(({ operation }) => operation === 'StartExecution')!.input).toMatchObject({
    stateMachineArn: REPLAY,
    input: JSON.stringify({ bucket: 'raw', key: KEY }),
  });
});

test('an object that lay there and was replayed is not replayed again; one whose replay failed is', async () => {
  const there = { ...landed, uploaded: false };
  const replayed = fakeDeployed(machine([{ name: 'old', key: KEY, status: 'SUCCEEDED', output }]));
  expect(await followReplay(replayed.deployed, there, options)).toMatchObject({ read: 10 });
  const broken = fakeDeployed(machine([{ name: 'old', key: KEY, status: 'FAILED', cause: 'x' }]));
  expect(await followReplay(broken.deployed, there, options)).toMatchObject({ read: 7 });
});

test('fails when the replay fails, with what the function said', async () => {
  const { deployed } = fakeDeployed(machine([{ name: 'ours', key: KEY, status: 'FAILED', cause: '{"errorMessage":"object must exist"}' }]));
  await expect(followReplay(deployed, landed, options)).rejects.toThrow(/replay of s3:\/\/raw\/.* ended FAILED: object must exist/);
});

test('the command prints what became of the events, and the first refusals', async () => {
  const printed: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(line));
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const { deployed } = fakeDeployed({
    ...empty,
    ...stacks({ lake: { RawBucket: 'raw' }, producers: { ChurnReplayStateMachineArn: REPLAY } }),
    ...machine([{ name: 'ours', key: KEY, status: 'SUCCEEDED', output: { ...output, rejected: 30 } }]),
  });
  await replayFiles(deployed, 'churn', [file], signal);
  const text = printed.join('\n');
  expect(text).toContain('may be odd.jsonl: 10 read, 9 sent, 30 rejected');
  expect(text).toContain('  line 4: ts must be a number');
  expect(text).toContain('and 29 more: all of them are in the rejects topic');
});
