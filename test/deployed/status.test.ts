import { expect, test } from 'vitest';
import { statusText } from '../../lib/deployed/commands/status.ts';
import { churn } from '../../lib/pipelines/churn.ts';
import { stepsOf } from '../../lib/pipelines/pipeline.ts';
import { fakeDeployed, History, MACHINE, stacks, type Answers } from './fake-aws.ts';

const quiet: Answers = {
  ListClusters: () => ({ Clusters: [] }),
  GetMetricData: () => ({ MetricDataResults: [{ Id: 'lag0', Label: 'listening-events', Timestamps: [], Values: [] }] }),
  DescribeAlarms: () => ({ MetricAlarms: [], CompositeAlarms: [] }),
  ListExecutions: () => ({ executions: [] }),
};

test('where nothing is deployed, that is all it says, and how to deploy', async () => {
  const { deployed, calls } = fakeDeployed(stacks({}));
  expect(await statusText(deployed)).toBe("Nothing of dev is deployed in eu-central-1: npx cdk deploy 'dev/**'");
  expect(new Set(calls.map(({ operation }) => operation))).toEqual(new Set(['DescribeStacks']));
});

test('an environment that has just been deployed has nothing to tell, and stacks that are missing are named', async () => {
  const { deployed } = fakeDeployed({ ...quiet, ...stacks({ lake: {}, pipelines: { ChurnStateMachineArn: MACHINE } }) });
  const text = await statusText(deployed);
  expect(text).toMatch(/millrace-dev-lake +CREATE_COMPLETE\n/);
  expect(text).toMatch(/millrace-dev-stream +not deployed\n/);
  expect(text).toContain('Clusters\n  none');
  expect(text).toContain('Alarms that ring\n  none');
  expect(text).toContain('warehouse last loaded: not in the last runs');
});

test('it shows runs, clusters, backlog and alarms, and asks nothing of the warehouse', async () => {
  const whole = stepsOf(churn)
    .filter(({ kind }) => kind !== 'replay')
    .reduce((history, { name }) => history.step(name), new History());
  const failing = new History().enter('ingest').schedule({}).failed('States.TaskFailed', 'no space').exit('ingest');
  const run = (name: string) => `${MACHINE.replace(':stateMachine:', ':execution:')}:${name}`;
  const histories: Record<string, { status: string; history: History }> = {
    [run('good')]: { status: 'SUCCEEDED', history: whole },
    [run('bad')]: { status: 'FAILED', history: failing },
    [run('now')]: { status: 'RUNNING', history: new History().step('ingest').enter('train') },
  };
  const { deployed, calls } = fakeDeployed({
    ...stacks({ pipelines: { ChurnStateMachineArn: MACHINE } }),
    ListExecutions: () => ({
      executions: ['now', 'bad', 'good'].map((name) => ({ executionArn: run(name), status: histories[run(name)]!.status })),
    }),
    DescribeExecution: ({ executionArn }: { executionArn: string }) => {
      const { status } = histories[executionArn]!;
      return {
        name: executionArn.split(':').at(-1),
        status,
        startDate: new Date('2026-11-21T09:00:00Z'),
        stopDate: new Date('2026-11-21T09:30:00Z'),
      };
    },
    GetExecutionHistory: ({ executionArn }: { executionArn: string }) => ({ events: histories[executionArn]!.history.events }),
    ListClusters: () => ({
      Clusters: [
        { Id: 'j-OURS', Name: 'millrace-dev-churn-now', Status: { State: 'RUNNING' } },
        { Id: 'j-STAGING', Name: 'millrace-staging-churn-now', Status: { State: 'RUNNING' } },
        { Id: 'j-OTHER', Name: 'millrace-devil', Status: { State: 'RUNNING' } },
      ],
    }),
    GetMetricData: () => ({
      MetricDataResults: [{ Label: 'listening_events', Timestamps: [new Date('2026-11-21T10:05:00Z')], Values: [12345] }],
    }),
    DescribeAlarms: () => ({ MetricAlarms: [{ AlarmName: 'millrace-dev-lag', AlarmDescription: 'Events wait.\nLook at the ingest.' }] }),
  });
  const text = await statusText(deployed);
  expect(text).toMatch(/now +RUNNING +2026-11-21 09:00 UTC +in train since 2026-11-21 10:01 UTC/);
  expect(text).toMatch(/bad +FAILED .* at ingest: no space/);
  expect(text).toMatch(/good +SUCCEEDED .* took: 1800\.0 s/);
  expect(text).toContain('warehouse last loaded: 2026-11-21 10:07 UTC');
  expect(text).toContain('j-OURS');
  expect(text).not.toMatch(/j-STAGING|j-OTHER/);
  expect(text).toContain('listening_events: 12,345 messages (2026-11-21 10:05 UTC)');
  expect(text).toContain('millrace-dev-lag\n    Events wait. Look at the ingest.');
  const asked = calls.find(({ operation }) => operation === 'GetMetricData')!.input;
  expect(asked).toMatchObject({
    MetricDataQueries: expect.arrayContaining([
      expect.objectContaining({
        MetricStat: expect.objectContaining({
          Metric: {
            Namespace: 'Millrace',
            MetricName: 'Lag',
            Dimensions: [
              { Name: 'service', Value: 'dev' },
              { Name: 'stream', Value: 'listening_events' },
            ],
          },
        }) as unknown,
      }),
    ]) as unknown,
  });
});
