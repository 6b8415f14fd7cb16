import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeClusterCommand, ListClustersCommand } from '@aws-sdk/client-emr';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVENTS_PATH } from '../../lambdas/collect-events/route.ts';
import { environment } from '../../lib/environments.ts';
import { OUTPUTS } from '../../lib/outputs.ts';
import { churn } from '../../lib/pipelines/churn.ts';
import { recordsOf } from '../support/broker.ts';
import { CHECKOUT } from './support/emulator.ts';
import { makeDeclaredTopics, startLocalCloud, type LocalCloud } from './support/local-cloud.ts';

const SAMPLE = join(CHECKOUT, 'data/sample/listening-events.jsonl');
/** How long after its end a service may still write, by the emulator's clock. */
const LATE_MS = 1_500;
const [TOPIC] = churn.topics.map(({ name }) => name) as [string];

let local: LocalCloud;
/** What was there before dev: the bootstrap stack, and staging. */
let before: string[];
let outputs: Readonly<Record<string, string>>;

beforeAll(async () => {
  local = await startLocalCloud();
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
    expect(await makeDeclaredTopics(local)).toEqual(churn.topics.map(({ name }) => name).sort());
    const Body = await readFile(SAMPLE);
    await local.cloud.s3.send(new PutObjectCommand({ Bucket: outputs[OUTPUTS.lake.rawBucket], Key: 'events/churn/sample.jsonl', Body }));
    const execution = await local.cloud.ended(await local.cloud.execution(outputs[OUTPUTS.producers.replayStateMachine]!));
    expect(execution.status, execution.cause).toBe('SUCCEEDED');
    const lines = Body.toString().trimEnd().split('\n').length;
    const { read, produced, rejected } = JSON.parse(execution.output!) as { read: number; produced: number; rejected: number };
    expect(read).toBe(lines);
    expect(produced + rejected).toBe(lines);
    expect(await recordsOf(local.broker, TOPIC)).toHaveLength(produced);
    expect(local.gateway.tokens.length).toBeGreaterThan(0);
  });

  it('that an app posts arrive in Kafka', async () => {
    const there = (await recordsOf(local.broker, TOPIC)).length;
    const event = { ts: 1_780_786_065_000, userId: 'posted-by-the-test', sessionId: 1, page: 'NextSong' };
    const api = new URL(outputs[OUTPUTS.producers.collectUrl]!).hostname.split('.')[0];
    const response = await fetch(`${local.emulator.endpoint}/_aws/execute-api/${api}/$default${EVENTS_PATH}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([event]),
    });
    expect(response.status, await response.clone().text()).toBe(200);
    const records = await recordsOf(local.broker, TOPIC);
    expect(records).toHaveLength(there + 1);
    expect(records.filter(({ key }) => key === event.userId)).toHaveLength(1);
  });
});
