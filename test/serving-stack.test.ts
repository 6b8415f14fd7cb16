import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import type { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, test } from 'vitest';
import type { EnvironmentStage } from '../lib/environment-stage.ts';
import { clicks } from '../lib/pipelines/clicks.ts';
import { statementsOf, type Statement } from './support/policies.ts';
import { templateOf, testStage } from './support/stacks.ts';

let stage: EnvironmentStage;
let template: Template;
let statements: Statement[];

beforeAll(() => {
  stage = testStage('dev', { immediateScoring: true });
  template = templateOf(stage.serving!);
  const role = ['Clicks', 'FunctionRole'].reduce<IConstruct>((scope, id) => scope.node.findChild(id), stage.serving!);
  statements = statementsOf(stage.serving!, role as unknown as IRole);
}, 60_000);

const actionsOf = ({ Action }: Statement) => [Action].flat();
/** Resources that an action is allowed on, as text. */
const allowedOn = (action: string) =>
  statements
    .filter((each) => each.Effect === 'Allow' && actionsOf(each).includes(action))
    .flatMap(({ Resource }) => [Resource].flat())
    .map((each) => JSON.stringify(each));

test('is there only where the environment has it switched on', () => {
  expect(testStage('dev').serving).toBeUndefined();
});

describe('the function', () => {
  test('reads the one topic as its own group, and writes predictions and rejects', () => {
    expect(allowedOn('kafka-cluster:ReadData')).toEqual([expect.stringMatching(/\/ad-impressions"/)]);
    expect(allowedOn('kafka-cluster:WriteData')).toEqual([
      expect.stringMatching(/\/ad-impressions-rejects"/),
      expect.stringMatching(/\/click-predictions-immediate"/),
    ]);
    expect(allowedOn('kafka-cluster:AlterGroup')).toEqual([expect.stringMatching(/\/millrace-dev-score-impressions\*"/)]);
  });

  test('reads models and no other object of the lake, and writes nothing but what failed', () => {
    expect(allowedOn('s3:GetObject')).toEqual([expect.stringMatching(/\/models\/\*"/), expect.stringMatching(/\/aws\/lambda\/\*"/)]);
    expect(allowedOn('s3:PutObject')).toEqual([expect.stringMatching(/\/aws\/lambda\/\*"/)]);
  });

  test('may do nothing on every resource but what knows none: networks', () => {
    const everywhere = statements.filter(({ Effect, Resource }) => Effect === 'Allow' && Resource === '*').flatMap(actionsOf);
    expect(everywhere.filter((action) => !action.startsWith('ec2:'))).toEqual([]);
  });

  test('is told where it scores', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: {
          PREDICTIONS_TOPIC: clicks.immediateScoring!.resultsTopic,
          REJECTS_TOPIC: clicks.immediateScoring!.rejectsTopic,
        },
      },
    });
  });
});

describe('messages', () => {
  test('are handed over at once, by pollers that are told which have failed', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      Topics: ['ad-impressions'],
      StartingPosition: 'LATEST',
      MaximumBatchingWindowInSeconds: 0,
      ProvisionedPollerConfig: { MinimumPollers: 1 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
  });

  test('that fail again and again go to the raw bucket, and hold up no other', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      MaximumRetryAttempts: 5,
      DestinationConfig: { OnFailure: { Destination: stage.serving!.resolve(stage.lake.lake.raw.bucketArn) as unknown } },
    });
  });
});

test('errors of the function ring', () => {
  const names = Object.values(templateOf(stage.operations).findResources('AWS::CloudWatch::Alarm')).map(
    ({ Properties }) => (Properties as { AlarmName: string }).AlarmName,
  );
  expect(names.filter((name) => name.includes('score-impressions')).length).toBeGreaterThan(0);
});
