import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { CfnElement } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, test } from 'vitest';
import type { EnvironmentStage } from '../lib/environment-stage.ts';
import { REPLAYING } from '../lib/pipelines/index.ts';
import { awsPoliciesOf, statementsOf, trustOf } from './support/policies.ts';
import { REGION, ACCOUNT, templateOf, testStage } from './support/stacks.ts';

let stage: EnvironmentStage;
let template: Template;

beforeAll(() => {
  stage = testStage('dev');
  template = templateOf(stage.producers);
});

const at = <T>(path: string) => path.split('/').reduce<IConstruct>((scope, id) => scope.node.findChild(id), stage.producers) as T;
const idOf = (path: string) => stage.producers.getLogicalId(at<{ node: { defaultChild: CfnElement } }>(path).node.defaultChild);
const roleOf = (path: string) => statementsOf(stage.producers, at<IRole>(path));
const imported = (part: string): unknown => ({ 'Fn::ImportValue': expect.stringContaining(part) as unknown });

/** What a producer may do with Kafka: write to the two topics of the pipeline, and to no other. */
function kafkaStatements(): object[] {
  const topic = (name: string) => ({
    'Fn::Join': [
      '',
      [
        `arn:aws:kafka:${REGION}:${ACCOUNT}:topic/millrace-dev/`,
        { 'Fn::Select': [2, { 'Fn::Split': ['/', imported('GetAttKafka')] }] },
        `/${name}`,
      ],
    ],
  });
  return [
    { Effect: 'Allow', Action: ['kafka-cluster:Connect', 'kafka-cluster:WriteDataIdempotently'], Resource: imported('GetAttKafka') },
    {
      Effect: 'Allow',
      Action: ['kafka-cluster:DescribeTopic', 'kafka-cluster:WriteData'],
      Resource: [topic('listening-events'), topic('listening-events-rejects')],
    },
  ];
}

/** What Lambda itself needs to put a function into the VPC, denied to the function's own code. */
const network = [
  { Effect: 'Allow', Action: expect.arrayContaining(['ec2:CreateNetworkInterface']) as unknown, Resource: '*' },
  {
    Effect: 'Deny',
    Action: expect.arrayContaining(['ec2:CreateNetworkInterface']) as unknown,
    Resource: '*',
    Condition: { Null: { 'lambda:SourceFunctionArn': 'false' } },
  },
];
const logs = (path: string) => ({
  Effect: 'Allow',
  Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
  Resource: { 'Fn::GetAtt': [idOf(path), 'Arn'] },
});

describe('files', () => {
  test('may be read where they land, decrypted, and sent to the two topics; what is too large is kept aside; nothing else', () => {
    // The policy of the prefix is the lake's, and its references are those of the lake's template.
    const { lake } = stage.lake;
    const bucket = stage.lake.resolve(lake.raw.bucketArn) as unknown;
    const viaS3 = { 'Fn::Join': ['', [`s3.${REGION}.`, { Ref: 'AWS::URLSuffix' }]] };
    const expected = [
      logs('ReplayChurn/FunctionLogs'),
      { Effect: 'Allow', Action: 's3:GetObject', Resource: { 'Fn::Join': ['', [bucket, '/events/churn/*']] } },
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: bucket, Condition: { StringLike: { 's3:prefix': 'events/churn/*' } } },
      {
        Effect: 'Allow',
        Action: 'kms:Decrypt',
        Resource: stage.lake.resolve(lake.key.keyArn) as unknown,
        Condition: { StringEquals: { 'kms:ViaService': viaS3 } },
      },
      {
        Effect: 'Allow',
        Action: ['s3:AbortMultipartUpload', 's3:DeleteObject', 's3:GetObject', 's3:ListMultipartUploadParts', 's3:PutObject'],
        Resource: { 'Fn::Join': ['', [bucket, '/refused/churn/*']] },
      },
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: bucket, Condition: { StringLike: { 's3:prefix': 'refused/churn/*' } } },
      { Effect: 'Allow', Action: 's3:ListBucketMultipartUploads', Resource: bucket },
      {
        Effect: 'Allow',
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
        Resource: stage.lake.resolve(lake.key.keyArn) as unknown,
        Condition: { StringEquals: { 'kms:ViaService': viaS3 } },
      },
      ...kafkaStatements(),
      ...network,
    ];
    expect(roleOf('ReplayChurn/FunctionRole')).toEqual(expect.arrayContaining(expected));
    expect(roleOf('ReplayChurn/FunctionRole')).toHaveLength(expected.length);
    expect(awsPoliciesOf(stage.producers, at<IRole>('ReplayChurn/FunctionRole'))).toEqual([]);
  });

  test('that land under events/churn/ of the raw bucket start the state machine', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.s3'],
        'detail-type': ['Object Created'],
        detail: {
          bucket: { name: [{ 'Fn::ImportValue': Match.stringLikeRegexp('RefLakeRaw') }] },
          object: { key: [{ prefix: 'events/churn/' }] },
        },
      },
      State: 'ENABLED',
      Targets: [Match.objectLike({ Arn: { Ref: idOf('ReplayChurn/StateMachine') } })],
    });
    expect(roleOf('ReplayChurn/StateMachine/EventsRole')).toEqual([
      { Effect: 'Allow', Action: 'states:StartExecution', Resource: { Ref: idOf('ReplayChurn/StateMachine') } },
    ]);
  });

  test('are sent by a state machine that may call the one function, and log and trace', () => {
    const role = at<IRole>('ReplayChurn/StateMachineRole');
    const [call, observe, ...others] = statementsOf(stage.producers, role);
    expect(call).toEqual({
      Effect: 'Allow',
      Action: 'lambda:InvokeFunction',
      Resource: { 'Fn::GetAtt': [idOf('ReplayChurn/Function'), 'Arn'] },
    });
    // Neither log deliveries nor traces are resources that a policy could name.
    expect(observe).toMatchObject({ Effect: 'Allow', Resource: '*' });
    expect([observe!.Action].flat().every((action) => /^(logs|xray):/.test(action))).toBe(true);
    expect(others).toEqual([]);
    expect(trustOf(stage.producers, role)).toEqual([
      { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'states.amazonaws.com' } },
    ]);
  });
});

describe('the API', () => {
  test('answers one route, and only callers with AWS credentials', () => {
    template.resourceCountIs('AWS::ApiGatewayV2::Route', 1);
    template.hasResourceProperties('AWS::ApiGatewayV2::Route', { RouteKey: 'POST /v1/listening-events', AuthorizationType: 'AWS_IAM' });
    template.hasResourceProperties('AWS::ApiGatewayV2::Api', { ProtocolType: 'HTTP', CorsConfiguration: Match.absent() });
  });

  test('is throttled as the environment says, and logs who called', () => {
    const { requestsPerSecond, burst } = stage.producers.settings.collect;
    template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      StageName: '$default',
      DefaultRouteSettings: { ThrottlingRateLimit: requestsPerSecond, ThrottlingBurstLimit: burst },
      AccessLogSettings: {
        DestinationArn: { 'Fn::GetAtt': [idOf('Collect/AccessLogs'), 'Arn'] },
        Format: Match.serializedJson(Match.objectLike({ caller: '$context.identity.userArn', status: '$context.status' })),
      },
    });
  });

  test('is answered by a function that may write to the two topics; nothing else', () => {
    expect(roleOf('Collect/FunctionRole')).toEqual([logs('Collect/FunctionLogs'), ...kafkaStatements(), ...network]);
    expect(awsPoliciesOf(stage.producers, at<IRole>('Collect/FunctionRole'))).toEqual([]);
  });

  test('may call the function by its route alone', () => {
    template.hasResourceProperties('AWS::Lambda::Permission', {
      Principal: 'apigateway.amazonaws.com',
      FunctionName: { 'Fn::GetAtt': [idOf('Collect/Function'), 'Arn'] },
      SourceArn: {
        'Fn::Join': ['', [`arn:aws:execute-api:${REGION}:${ACCOUNT}:`, { Ref: idOf('Collect/Api') }, '/*/*/v1/listening-events']],
      },
    });
  });

  test('is known by its URL', () => {
    template.hasOutput('CollectUrl', {
      Value: { 'Fn::Join': ['', [{ 'Fn::GetAtt': [idOf('Collect/Api'), 'ApiEndpoint'] }, '/v1/listening-events']] },
    });
  });
});

describe('functions', () => {
  test('stand in the private subnets, in the group that may reach Kafka, and run a few at a time', () => {
    for (const [path, atATime, contract] of [
      ['ReplayChurn/Function', 3, { CONTRACT: 'listening_events', MAX_MESSAGE_BYTES: '1048588' }],
      ['Collect/Function', 5, {}],
    ] as const) {
      const { [idOf(path)]: found } = template.findResources('AWS::Lambda::Function');
      expect(found?.['Properties']).toMatchObject({
        ReservedConcurrentExecutions: atATime,
        Architectures: ['arm64'],
        VpcConfig: {
          SecurityGroupIds: [imported('Functions')],
          SubnetIds: [imported('Subnet1'), imported('Subnet2'), imported('Subnet3')],
        },
        Environment: {
          Variables: {
            BROKERS: imported('Kafka'),
            ...contract,
            TOPIC: 'listening-events',
            REJECTS_TOPIC: 'listening-events-rejects',
          },
        },
      });
    }
  });

  test('leave no log group behind', () => {
    const groups = Object.values(template.findResources('AWS::Logs::LogGroup'));
    // A function and a state machine for the files of each pipeline; a function, and calls of the API.
    expect(groups).toHaveLength(2 * REPLAYING.length + 2);
    for (const group of groups) expect(group).toMatchObject({ DeletionPolicy: 'Delete', Properties: { RetentionInDays: 7 } });
  });
});

test('where more is asked of the API, more of its functions may run', () => {
  const { producers } = testStage('prod');
  templateOf(producers).hasResourceProperties('AWS::Lambda::Function', {
    Description: Match.stringLikeRegexp('takes events of apps'),
    ReservedConcurrentExecutions: 50,
  });
});
