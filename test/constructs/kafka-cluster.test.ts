import { Match, type Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Stack } from 'aws-cdk-lib/core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { EnvironmentStage } from '../../lib/environment-stage.ts';
import { PIPELINES } from '../../lib/pipelines/index.ts';
import { statementsOf } from '../support/policies.ts';
import { templateOf, testStage } from '../support/stacks.ts';

interface Reference {
  readonly 'Fn::Join'?: readonly [string, readonly unknown[]];
  readonly 'Fn::Select'?: readonly [number, { readonly 'Fn::Split': readonly [string, unknown] }];
  readonly 'Fn::ImportValue'?: string;
  readonly 'Fn::GetAtt'?: readonly string[];
}

let dev: EnvironmentStage;
let template: Template;
let prod: Template;
const grantee: Record<'produces' | 'consumes' | 'describes', Role> = {} as never;
beforeAll(() => {
  dev = testStage('dev');
  const { kafka } = dev.stream;
  // In another stack, as all who are granted something are.
  const role = (id: string) => new Role(dev.producers, id, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  grantee.produces = role('Produces');
  kafka.grantProduce(grantee.produces, 'songs');
  grantee.consumes = role('Consumes');
  kafka.grantConsume(grantee.consumes, 'songs', 'spark-');
  grantee.describes = role('Describes');
  kafka.grantDescribe(grantee.describes, 'songs');
  template = templateOf(dev.stream);
  prod = templateOf(testStage('prod').stream);
}, 60_000);

function clusterOf(stack: Template): Record<string, unknown> {
  const [cluster] = Object.values(stack.findResources('AWS::MSK::Cluster')) as { Properties: Record<string, unknown> }[];
  return cluster!.Properties;
}

describe('the cluster', () => {
  test('lets clients in by IAM over TLS only', () => {
    expect(clusterOf(template)['ClientAuthentication']).toEqual({
      Sasl: { Iam: { Enabled: true }, Scram: { Enabled: false } },
      Tls: { Enabled: false },
      Unauthenticated: { Enabled: false },
    });
  });

  test('encrypts disks by the key of the lake, and all that goes over the network', () => {
    const key = dev.stream.resolve(dev.lake.lake.key.keyArn) as unknown;
    expect(clusterOf(template)['EncryptionInfo']).toEqual({
      EncryptionAtRest: { DataVolumeKMSKeyId: key },
      EncryptionInTransit: { ClientBroker: 'TLS', InCluster: true },
    });
  });

  test('has its brokers in as many zones, of the type and with the disks that the environment says', () => {
    expect(clusterOf(template)).toMatchObject({ KafkaVersion: '3.9.x', NumberOfBrokerNodes: 2 });
    expect(clusterOf(prod)).toMatchObject({ KafkaVersion: '3.9.x.kraft', NumberOfBrokerNodes: 3 });
    const brokers = clusterOf(template)['BrokerNodeGroupInfo'] as Record<string, unknown[]>;
    expect(brokers['ClientSubnets']).toHaveLength(2);
    expect(brokers).toMatchObject({ InstanceType: 'kafka.t3.small', StorageInfo: { EBSStorageInfo: { VolumeSize: 10 } } });
  });

  test.each([
    ['dev', () => template, 2, 1],
    ['prod', () => prod, 3, 2],
  ] as const)('behaves as its own configuration says in %s', (_, stack, replication, inSync) => {
    const [configuration] = Object.entries(stack().findResources('AWS::MSK::Configuration'));
    const properties = String((configuration![1]['Properties'] as Record<string, unknown>)['ServerProperties']);
    expect(
      Object.fromEntries(
        properties
          .trimEnd()
          .split('\n')
          .map((line) => line.split('=')),
      ),
    ).toEqual({
      'auto.create.topics.enable': 'false',
      'unclean.leader.election.enable': 'false',
      'default.replication.factor': String(replication),
      'min.insync.replicas': String(inSync),
      'num.partitions': '1',
      'offsets.topic.replication.factor': String(replication),
      'transaction.state.log.replication.factor': String(replication),
      'transaction.state.log.min.isr': String(inSync),
      'allow.everyone.if.no.acl.found': 'false',
      'message.max.bytes': '5242880',
      'replica.fetch.max.bytes': '5242880',
    });
    expect(clusterOf(stack())['ConfigurationInfo']).toEqual({
      Arn: { 'Fn::GetAtt': [configuration![0], 'Arn'] },
      Revision: { 'Fn::GetAtt': [configuration![0], 'LatestRevision.Revision'] },
    });
  });

  test('logs to a group of the stack, which goes with it', () => {
    const { BrokerLogs } = clusterOf(template)['LoggingInfo'] as { BrokerLogs: { CloudWatchLogs: { LogGroup: { Ref: string } } } };
    const group = BrokerLogs.CloudWatchLogs.LogGroup.Ref;
    expect(template.findResources('AWS::Logs::LogGroup')[group]).toMatchObject({
      DeletionPolicy: 'Delete',
      Properties: { RetentionInDays: 7 },
    });
  });

  test('grows its disks up to the limit, and never shrinks them', () => {
    prod.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', {
      ServiceNamespace: 'kafka',
      ScalableDimension: 'kafka:broker-storage:VolumeSize',
      MaxCapacity: 2_000,
    });
    prod.hasResourceProperties('AWS::ApplicationAutoScaling::ScalingPolicy', {
      TargetTrackingScalingPolicyConfiguration: {
        DisableScaleIn: true,
        PredefinedMetricSpecification: { PredefinedMetricType: 'KafkaBrokerStorageUtilization' },
        TargetValue: Match.anyValue(),
      },
    });
  });

  test.each(['AWS::MSK::Cluster', 'AWS::MSK::Configuration', 'AWS::MSK::Topic'])('%s stays in prod and goes in dev', (type) => {
    const policies = (stack: Template) => Object.values(stack.findResources(type)).map((each) => each['DeletionPolicy'] as string);
    expect(new Set(policies(prod))).toEqual(new Set(['Retain']));
    expect(new Set(policies(template))).toEqual(new Set(['Delete']));
  });
});

test('every topic of every pipeline is made as the pipeline says', () => {
  const made = Object.values(template.findResources('AWS::MSK::Topic')).map(({ Properties }) => Properties as Record<string, unknown>);
  const decoded = made.map(({ TopicName, PartitionCount, ReplicationFactor, Configs }) => ({
    name: TopicName,
    partitions: PartitionCount,
    replicas: ReplicationFactor,
    config: JSON.parse(Buffer.from(String(Configs), 'base64').toString()) as unknown,
  }));
  expect(decoded).toEqual(
    PIPELINES.flatMap(({ topics }) => topics).map(({ name, partitions, config }) => ({
      name,
      partitions,
      replicas: 2,
      config,
    })),
  );
});

test('addresses of brokers are asked for again when there are more of them', () => {
  template.hasResourceProperties('Custom::BootstrapBrokers', { NumberOfBrokers: 2, BrokerType: 'kafka.t3.small' });
  prod.hasResourceProperties('Custom::BootstrapBrokers', { NumberOfBrokers: 3, BrokerType: 'kafka.m7g.large' });
});

describe('a grant', () => {
  /** An ARN as people read it: the cluster's own comes from another stack's output. */
  const arn = (value: unknown): string => {
    if (typeof value === 'string') return value;
    const { 'Fn::Join': join, 'Fn::Select': select, 'Fn::ImportValue': imported, 'Fn::GetAtt': attribute } = value as Reference;
    if (join) return join[1].map(arn).join('');
    if (select) return `<part ${select[0]} of ${arn(select[1]['Fn::Split'][1])}>`;
    // The groups' policy is the stream's own, which refers to the cluster directly.
    if (imported?.includes('KafkaDE2CE4FAArn') || attribute?.join('.') === 'KafkaDE2CE4FA.Arn') return '<cluster>';
    throw new Error(`unexpected ${JSON.stringify(value)}`);
  };
  const allowed = (role: Role) =>
    statementsOf(Stack.of(role), role).map(({ Effect, Action, Resource }) => [Effect, [Action].flat(), [Resource].flat().map(arn)]);
  const named = (kind: string, name: string) =>
    `arn:aws:kafka:eu-central-1:111122223333:${kind}/millrace-dev/<part 2 of <cluster>>/${name}`;

  test('to produce is for one topic, by an idempotent producer', () => {
    expect(allowed(grantee.produces)).toEqual([
      ['Allow', ['kafka-cluster:Connect', 'kafka-cluster:WriteDataIdempotently'], ['<cluster>']],
      ['Allow', ['kafka-cluster:DescribeTopic', 'kafka-cluster:WriteData'], [named('topic', 'songs')]],
    ]);
  });

  test('to consume is for one topic and groups of one prefix', () => {
    expect(allowed(grantee.consumes)).toEqual([
      ['Allow', ['kafka-cluster:Connect'], ['<cluster>']],
      ['Allow', ['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'], [named('topic', 'songs')]],
      ['Allow', ['kafka-cluster:AlterGroup', 'kafka-cluster:DescribeGroup'], [named('group', 'spark-*')]],
    ]);
  });

  test('to describe reads no message', () => {
    expect(allowed(grantee.describes)).toEqual([
      ['Allow', ['kafka-cluster:Connect'], ['<cluster>']],
      ['Allow', ['kafka-cluster:DescribeTopic'], [named('topic', 'songs')]],
    ]);
  });
});
