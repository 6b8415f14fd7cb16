import { readFileSync } from 'node:fs';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import { beforeAll, describe, expect, test } from 'vitest';
import type { EnvironmentStage } from '../lib/environment-stage.ts';
import { PIPELINES } from '../lib/pipelines/index.ts';
import type { Stream } from '../lib/pipelines/pipeline.ts';
import { statementsOf } from './support/policies.ts';
import { ACCOUNT, templateOf, testStage } from './support/stacks.ts';

interface AlarmProperties {
  readonly AlarmName: string;
  readonly AlarmDescription: string;
  readonly AlarmActions: readonly unknown[];
  readonly OKActions: readonly unknown[];
  readonly TreatMissingData: string;
  readonly EvaluationPeriods: number;
  readonly Threshold: number;
  readonly Metrics?: readonly { readonly Expression?: string }[];
}

let stages: Record<'dev' | 'prod', EnvironmentStage>;
let dev: Template;
let prod: Template;

beforeAll(() => {
  stages = { dev: testStage('dev'), prod: testStage('prod') };
  dev = templateOf(stages.dev.operations);
  prod = templateOf(stages.prod.operations);
});

const alarmsOf = (template: Template) =>
  Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties as AlarmProperties);
const named = (template: Template, name: string) => alarmsOf(template).find(({ AlarmName }) => AlarmName.endsWith(`-${name}`))!;
const topicRef = (template: Template) => ({ Ref: Object.keys(template.findResources('AWS::SNS::Topic'))[0]! });

describe('alarms', () => {
  test('tell when they ring and when they stop, at the one topic', () => {
    for (const { AlarmActions, OKActions } of alarmsOf(dev)) {
      expect(AlarmActions).toEqual([topicRef(dev)]);
      expect(OKActions).toEqual([topicRef(dev)]);
    }
  });

  test('say what has happened and what to do', () => {
    for (const { AlarmDescription } of alarmsOf(prod)) expect(AlarmDescription).toMatch(/^\S.+\. What to do: \S.+\.$/);
  });

  test('are named after their environment, so that two of one account do not meet', () => {
    for (const { AlarmName } of alarmsOf(dev)) expect(AlarmName).toMatch(/^millrace-dev-[a-z0-9-]+$/);
  });

  test('take silence for bad where somebody should speak: brokers, cluster, who measures the streams', () => {
    const silent = alarmsOf(prod)
      .filter(({ TreatMissingData }) => TreatMissingData === 'breaching')
      .map(({ AlarmName }) => AlarmName.replace('millrace-prod-', ''));
    expect(silent.sort()).toEqual([
      'broker-1-disk',
      'broker-2-disk',
      'broker-3-disk',
      'offline-partitions',
      'streams-unmeasured',
      'yarn-pending',
    ]);
  });

  test('ring for a silent topic after the hours of the settings, and CloudWatch can look back that far', () => {
    expect(named(prod, 'listening-events-quiet')).toMatchObject({ EvaluationPeriods: 12, Threshold: 0 });
    expect(named(dev, 'listening-events-quiet')).toMatchObject({ EvaluationPeriods: 288 });
    expect(named(prod, 'listening-events-quiet').Metrics?.map(({ Expression }) => Expression)).toContain(
      'IF(counter == 0 OR DIFF(counter) > 0, 0, 1)',
    );
  });

  test('watch every stream of every pipeline', () => {
    const streams = PIPELINES.flatMap((each) => each.streams);
    const alarms = ({ table }: Stream) => table.replaceAll('_', '-');
    for (const stream of streams) for (const what of ['lag', 'quarantine']) expect(named(dev, `${alarms(stream)}-${what}`)).toBeDefined();
    // A topic that several read is silent, or refused, once.
    for (const topic of new Set(streams.map((each) => each.topic))) {
      const readers = streams.filter((each) => each.topic === topic);
      for (const what of ['quiet', 'rejects']) {
        const ringing = readers.filter((stream) => named(dev, `${alarms(stream)}-${what}`) !== undefined);
        expect(ringing).toHaveLength(1);
      }
    }
  });

  test('watch every pipeline, and the replay of files', () => {
    for (const name of [...PIPELINES.map((each) => each.name), 'replay-churn']) expect(named(dev, `${name}-failed`)).toBeDefined();
  });

  test('watch every broker', () => {
    expect(alarmsOf(dev).filter(({ AlarmName }) => AlarmName.endsWith('-disk'))).toHaveLength(
      stages.dev.operations.settings.stream.brokers,
    );
  });

  test('tell of a failed run once: not of each try of its steps, of its jobs, or of the functions that they call', () => {
    const names = [...alarmsOf(dev), ...alarmsOf(prod)].map(({ AlarmName }) => AlarmName);
    expect(names.filter((name) => /-jobs-|stage-files|render-report/.test(name))).toEqual([]);
    // Steps of a run on the persistent cluster have other names.
    prod.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: Match.objectLike({
        detail: Match.objectLike({ state: ['FAILED'], name: ['churn-ingest-continuous', 'clicks-score-continuous'] }),
      }),
    });
  });

  test('ring where a model says nothing, or has turned out wrong, whether or not anybody looks', () => {
    expect(named(prod, 'click-predictions-missing').Metrics?.map(({ Expression }) => Expression)).toContain(
      'IF(DIFF(messages) > 0 AND DIFF(results) <= 0, 1, 0)',
    );
    // Where clusters come and go, messages wait for the next run.
    expect(named(dev, 'click-predictions-missing')).toBeUndefined();
    expect(named(dev, 'click-predictions-drift').Metrics?.map(({ Expression }) => Expression)).toContain(
      'IF(entropy > 1 OR calibration > 1.25 OR calibration < 0.8, 1, 0)',
    );
  });

  test('watch YARN, and steps that no run waits for, where the cluster stays', () => {
    prod.hasResourceProperties('AWS::Events::Rule', { EventPattern: Match.objectLike({ 'detail-type': ['EMR Step Status Change'] }) });
    dev.resourcePropertiesCountIs('AWS::Events::Rule', { EventPattern: Match.anyValue() }, 0);
    expect(named(dev, 'yarn-pending')).toBeUndefined();
  });
});

test('the topic is encrypted, closed to plain HTTP, and open to services of this account only', () => {
  dev.hasResourceProperties('AWS::SNS::Topic', { KmsMasterKeyId: Match.anyValue() });
  const [policy] = Object.values(dev.findResources('AWS::SNS::TopicPolicy'));
  const { Statement } = (policy!.Properties as { PolicyDocument: { Statement: Record<string, unknown>[] } }).PolicyDocument;
  expect(Statement.filter(({ Effect }) => Effect === 'Deny').map(({ Condition }) => Condition)).toEqual([
    { Bool: { 'aws:SecureTransport': 'false' } },
  ]);
  const allowed = Statement.filter(({ Effect }) => Effect === 'Allow');
  expect(allowed.flatMap(({ Principal }) => (Principal as { Service: string[] }).Service)).toEqual([
    'budgets.amazonaws.com',
    'cloudwatch.amazonaws.com',
  ]);
  for (const { Condition } of allowed) expect(Condition).toEqual({ StringEquals: { 'aws:SourceAccount': ACCOUNT } });
});

test("the budget counts what carries the environment's tag, and tells at 80 % and at the forecast", () => {
  prod.hasResourceProperties('AWS::Budgets::Budget', {
    Budget: {
      BudgetLimit: { Amount: stages.prod.operations.settings.budgetUsd, Unit: 'USD' },
      CostFilters: { TagKeyValue: ['user:millrace:environment$prod'] },
    },
    NotificationsWithSubscribers: [
      { Notification: { NotificationType: 'ACTUAL', Threshold: 80 }, Subscribers: [{ SubscriptionType: 'SNS', Address: topicRef(prod) }] },
      { Notification: { NotificationType: 'FORECASTED', Threshold: 100 } },
    ],
  });
});

test('mail is sent where the settings name an address', () => {
  dev.resourceCountIs('AWS::SNS::Subscription', 0);
  const template = templateOf(testStage('dev', { alarmEmail: 'ops@example.com' }).operations);
  template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'ops@example.com' });
});

test('the dashboard shows each alarm', () => {
  const [dashboard] = Object.values(dev.findResources('AWS::CloudWatch::Dashboard'));
  const body = JSON.stringify(dashboard!.Properties);
  for (const id of Object.keys(dev.findResources('AWS::CloudWatch::Alarm'))) expect(body).toContain(id);
});

test('docs/aws.md says what to do at each alarm', () => {
  const documented = [...readFileSync('docs/aws.md', 'utf8').matchAll(/^\| `([\w<>-]+)` \|/gm)].map(([, name]) => name!);
  const patterns = documented.map((name) => new RegExp(`^millrace-prod-${name.replace('N', '\\d+').replace(/<\w+>/, '[a-z-]+')}$`));
  for (const { AlarmName } of alarmsOf(prod))
    expect(
      patterns.filter((pattern) => pattern.test(AlarmName)),
      AlarmName,
    ).toHaveLength(1);
});

test('who measures the streams reads offsets and no message, checkpoints, figures of models, and the tables that tell how far they are; nothing else', () => {
  const stack = stages.dev.operations;
  const role = stack.node.findChild('Measurements').node.findChild('FunctionRole') as IRole;
  const statements = statementsOf(stack, role).filter(({ Effect }) => Effect === 'Allow');
  const actions = statements.flatMap(({ Action }) => Action).filter((action) => !action.startsWith('ec2:'));
  expect([...new Set(actions)].sort()).toEqual([
    'glue:GetTable',
    'kafka-cluster:Connect',
    'kafka-cluster:DescribeTopic',
    'kms:Decrypt',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
    's3:GetObject',
    's3:ListBucket',
  ]);
  const glue = JSON.stringify(statements.filter(({ Action }) => [Action].flat().includes('glue:GetTable')));
  expect(glue).toContain(':table/millrace_dev/listening_events_quarantine"');
  expect(glue).not.toContain('*');
  const objects = JSON.stringify(statements.filter(({ Action }) => [Action].flat().includes('s3:GetObject')));
  expect([...objects.matchAll(/"\/(\w+)\/\*"/g)].map(([, prefix]) => prefix).sort()).toEqual(['checkpoints', 'models', 'tables']);
  const topics = JSON.stringify(statements.filter(({ Action }) => [Action].flat().includes('kafka-cluster:DescribeTopic')));
  for (const topic of ['listening-events', 'listening-events-rejects', 'click-predictions']) expect(topics).toContain(`/${topic}"`);
});
