import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { RemovalPolicy } from 'aws-cdk-lib/core';
import { expect, test } from 'vitest';
import { EnvironmentStack } from '../../lib/constructs/environment-stack.ts';
import { environment } from '../../lib/environments.ts';
import { emptyStage, templateOf } from '../support/stacks.ts';

interface Resource {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

test('a function that CDK makes for itself logs to a group that goes with the stack, and can make no other', () => {
  const dev = environment('dev');
  const stack = new EnvironmentStack(emptyStage('dev'), 'some', 'Some stack', { environment: dev });
  new Bucket(stack, 'Emptied', { removalPolicy: RemovalPolicy.DESTROY, autoDeleteObjects: true });
  const { Resources } = templateOf(stack).toJSON() as { Resources: Record<string, Resource> };
  const only = (type: string): [string, Resource] => {
    const found = Object.entries(Resources).filter(([, { Type }]) => Type === type);
    expect(found, type).toHaveLength(1);
    return found[0]!;
  };

  const [group, { DeletionPolicy, Properties: groupProperties }] = only('AWS::Logs::LogGroup');
  expect(DeletionPolicy).toBe('Delete');
  expect(groupProperties['RetentionInDays']).toBe(dev.retention.logDays);

  const [, { Properties: handler }] = only(CfnFunction.CFN_RESOURCE_TYPE_NAME);
  expect(handler['LoggingConfig']).toEqual({ LogGroup: { Ref: group } });

  const [role, { Properties: roleProperties }] = only('AWS::IAM::Role');
  expect(handler['Role']).toEqual({ 'Fn::GetAtt': [role, 'Arn'] });
  expect(roleProperties['ManagedPolicyArns']).toBeUndefined();
  const statements = (roleProperties['Policies'] as { PolicyDocument: { Statement: unknown[] } }[]).flatMap(
    ({ PolicyDocument }) => PolicyDocument.Statement,
  );
  expect(statements).toEqual([
    { Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: { 'Fn::GetAtt': [group, 'Arn'] } },
  ]);
});
