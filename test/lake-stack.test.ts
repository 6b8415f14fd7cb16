import { CfnDatabase } from 'aws-cdk-lib/aws-glue';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { CfnElement, type Stack } from 'aws-cdk-lib/core';
import { describe, expect, test } from 'vitest';
import { ENVIRONMENTS, environment, type Environment } from '../lib/environments.ts';
import { LakeStack } from '../lib/lake-stack.ts';
import { OUTPUTS } from '../lib/outputs.ts';
import { pathIn, retained } from './support/retained.ts';
import { emptyStage, templateOf } from './support/stacks.ts';

const lakeStack = (settings: Environment) => new LakeStack(emptyStage(settings.name), 'lake', { environment: settings });

/** What holds data, by construct. A construct that is renamed is another resource to CloudFormation, and its data are not in it. */
const DATA = [
  'Lake/AccessLogs/Resource',
  'Lake/Artifacts/Resource',
  'Lake/Database/Resource',
  'Lake/Key/Resource',
  'Lake/Raw/Resource',
  'Lake/Tables/Resource',
];

test.each(ENVIRONMENTS.filter(({ stable }) => stable))('keeps what holds data in $name, and empties no bucket', (settings) => {
  const stack = lakeStack(settings);
  expect(retained(stack)).toEqual(DATA);
  expect(templateOf(stack).findResources('Custom::S3AutoDeleteObjects')).toEqual({});
});

test('keeps nothing in dev', () => {
  expect(retained(lakeStack(environment('dev')))).toEqual([]);
});

test('tells the command line where its parts are', () => {
  const outputs = templateOf(lakeStack(environment('dev'))).findOutputs('*');
  for (const name of Object.values(OUTPUTS.lake)) expect(outputs).toHaveProperty(name);
});

describe('a change of settings', () => {
  // https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference: what is marked "Update requires: Replacement".
  const CREATE_ONLY: Readonly<Record<string, readonly string[]>> = {
    [CfnBucket.CFN_RESOURCE_TYPE_NAME]: ['BucketName', 'BucketNamePrefix', 'BucketNamespace'],
    [CfnDatabase.CFN_RESOURCE_TYPE_NAME]: ['CatalogId', 'DatabaseName', 'DatabaseInput.Name'],
  };

  /** Each resource that holds data, by logical id, with what CloudFormation cannot change of it. */
  function fixed(stack: Stack): Record<string, unknown> {
    const { Resources } = templateOf(stack).toJSON() as { Resources: Record<string, { Type: string; Properties: object }> };
    const holders = stack.node.findAll().filter((each) => CfnElement.isCfnElement(each) && DATA.includes(pathIn(stack, each)));
    const ids = holders.map((each) => stack.getLogicalId(each as CfnElement));
    expect(ids).toHaveLength(DATA.length);
    return Object.fromEntries(
      ids.map((id) => {
        const { Type, Properties } = Resources[id]!;
        const values = (CREATE_ONLY[Type] ?? []).map((property) =>
          property.split('.').reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], Properties),
        );
        return [id, values];
      }),
    );
  }

  test('replaces nothing that holds data', () => {
    const prod = environment('prod');
    const changed: Environment = {
      ...prod,
      zones: ['d', 'e', 'f'],
      network: { cidr: '10.99.0.0/16', endpointZones: 1 },
      retention: { rawDays: 1, logDays: 1, oldVersionDays: 2 },
      budgetUsd: 1,
      alarmEmail: 'someone@example.com',
    };
    expect(fixed(lakeStack(changed))).toEqual(fixed(lakeStack(prod)));
  });
});
