import { beforeAll, describe, expect, test } from 'vitest';
import type { EnvironmentStage } from '../../lib/environment-stage.ts';
import { awsPoliciesOf, statementsOf } from '../support/policies.ts';
import { REGION, templateOf, testStage } from '../support/stacks.ts';

let dev: EnvironmentStage;

beforeAll(() => {
  dev = testStage('dev');
});

const properties = () =>
  Object.values(templateOf(dev.pipelines).findResources('AWS::Lambda::Function')).find(({ Properties }) =>
    String((Properties as { Description: string }).Description).includes('stages files'),
  )!.Properties as Record<string, unknown>;

describe('the function that stages files', () => {
  test('has the time of a Lambda and a whole processor, and shares the account’s concurrency', () => {
    expect(properties()).toMatchObject({ Timeout: 900, MemorySize: 1769, Architectures: ['arm64'] });
    expect(properties()).not.toHaveProperty('ReservedConcurrentExecutions');
    // Neither broker nor VPC: S3 and the Data API are reached by their addresses.
    expect(properties()).not.toHaveProperty('VpcConfig');
  });

  test('is told where staged files go and which warehouse holds them', () => {
    const { Variables } = properties()['Environment'] as { Variables: Record<string, unknown> };
    expect(Object.keys(Variables).sort()).toEqual(['DATABASE', 'STAGED', 'WORKGROUP']);
    expect(Variables).toMatchObject({ DATABASE: 'millrace', WORKGROUP: 'millrace-dev' });
    expect(JSON.stringify(Variables['STAGED'])).toMatch(/"s3:\/\/".*LakeTables.*"\/staged"/);
  });

  test('may read files of pipelines, keep staged ones, and ask the warehouse; nothing else', () => {
    const role = dev.pipelines.stageFunction.role!;
    const { raw, tables, key } = dev.lake.lake;
    const at = (value: unknown) => dev.lake.resolve(value) as unknown;
    const viaS3 = { StringEquals: { 'kms:ViaService': { 'Fn::Join': ['', [`s3.${REGION}.`, { Ref: 'AWS::URLSuffix' }]] } } };
    const expected = [
      { Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: expect.anything() as unknown },
      { Effect: 'Allow', Action: 's3:GetObject', Resource: at(raw.arnForObjects('files/songplays/*')) },
      {
        Effect: 'Allow',
        Action: 's3:ListBucket',
        Resource: at(raw.bucketArn),
        Condition: { StringLike: { 's3:prefix': 'files/songplays/*' } },
      },
      { Effect: 'Allow', Action: 'kms:Decrypt', Resource: at(key.keyArn), Condition: viaS3 },
      {
        Effect: 'Allow',
        Action: ['AbortMultipartUpload', 'DeleteObject', 'GetObject', 'ListMultipartUploadParts', 'PutObject'].map((each) => `s3:${each}`),
        Resource: at(tables.arnForObjects('staged/*')),
      },
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: at(tables.bucketArn), Condition: { StringLike: { 's3:prefix': 'staged/*' } } },
      { Effect: 'Allow', Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: at(key.keyArn), Condition: viaS3 },
      { Effect: 'Allow', Action: 's3:ListBucketMultipartUploads', Resource: at(tables.bucketArn) },
      {
        Effect: 'Allow',
        Action: ['redshift-data:BatchExecuteStatement', 'redshift-data:ExecuteStatement', 'redshift-serverless:GetCredentials'],
        Resource: { 'Fn::ImportValue': expect.stringContaining('WarehouseWorkgroup') as unknown },
      },
      {
        Effect: 'Allow',
        Action: ['redshift-data:CancelStatement', 'redshift-data:DescribeStatement', 'redshift-data:GetStatementResult'],
        Resource: '*',
        Condition: { StringEquals: { 'redshift-data:statement-owner-iam-userid': '${aws:userid}' } },
      },
    ];
    const statements = statementsOf(dev.pipelines, role);
    expect(statements).toEqual(expect.arrayContaining(expected));
    expect(statements).toHaveLength(expected.length);
    expect(awsPoliciesOf(dev.pipelines, role)).toEqual([]);
  });
});
