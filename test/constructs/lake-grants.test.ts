import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { expect, test } from 'vitest';
import { environment } from '../../lib/environments.ts';
import { LakeStack } from '../../lib/lake-stack.ts';
import { statementsOf } from '../support/policies.ts';
import { emptyStage, REGION, templateOf } from '../support/stacks.ts';

const stack = new LakeStack(emptyStage('dev'), 'lake', { environment: environment('dev') });
const { lake } = stack;
const role = (id: string) => new Role(stack, id, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
const roles = {
  readsObjects: role('ReadsObjects'),
  writesObjects: role('WritesObjects'),
  readsObjectsToo: role('ReadsObjectsToo'),
  readsTables: role('ReadsTables'),
  writesTables: role('WritesTables'),
};
// All before the first template is made: it does not change afterwards.
lake.grantReadObjects(lake.raw, roles.readsObjects, 'events/churn/');
lake.grantWriteObjects(lake.artifacts, roles.writesObjects, 'emr/');
lake.grantReadObjects(lake.raw, roles.readsObjectsToo, 'events/churn/');
lake.grantReadTables(roles.readsTables);
lake.grantWriteTables(roles.writesTables);

const arnOf = (bucket: Bucket) => stack.resolve(bucket.bucketArn) as unknown;
const objects = (bucket: Bucket, pattern: string) => ({ 'Fn::Join': ['', [arnOf(bucket), `/${pattern}`]] });
const glue = (rest: string) => ({
  'Fn::Join': ['', ['arn:aws:glue:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, `:${rest}`]],
});
const keyStatement = (actions: string | string[]) => ({
  Effect: 'Allow',
  Action: actions,
  Resource: stack.resolve(lake.key.keyArn) as unknown,
  Condition: { StringEquals: { 'kms:ViaService': { 'Fn::Join': ['', [`s3.${REGION}.`, { Ref: 'AWS::URLSuffix' }]] } } },
});
const READ_OBJECTS = 's3:GetObject';
const WRITE_OBJECTS = ['s3:AbortMultipartUpload', 's3:DeleteObject', 's3:GetObject', 's3:ListMultipartUploadParts', 's3:PutObject'];
const READ_CATALOG = [
  'glue:BatchGetPartition',
  'glue:GetDatabase',
  'glue:GetDatabases',
  'glue:GetPartition',
  'glue:GetPartitions',
  'glue:GetTable',
  'glue:GetTables',
];

/** These and no others, in whatever order. */
const expectStatements = (role: keyof typeof roles, expected: object[]) => {
  const statements = statementsOf(stack, roles[role]);
  expect(statements).toEqual(expect.arrayContaining(expected));
  expect(statements).toHaveLength(expected.length);
};

test('who reads objects under a prefix reads, lists and decrypts these', () => {
  expectStatements('readsObjects', [
    { Effect: 'Allow', Action: READ_OBJECTS, Resource: objects(lake.raw, 'events/churn/*') },
    { Effect: 'Allow', Action: 's3:ListBucket', Resource: arnOf(lake.raw), Condition: { StringLike: { 's3:prefix': 'events/churn/*' } } },
    keyStatement('kms:Decrypt'),
  ]);
});

test('two who read the same prefix have one policy between them', () => {
  const policies = Object.values(templateOf(stack).findResources('AWS::IAM::ManagedPolicy')) as { Properties: { Description: string } }[];
  expect(policies.filter(({ Properties }) => Properties.Description === 'Lake: read-raw-events-churn')).toHaveLength(1);
  expect(statementsOf(stack, roles.readsObjectsToo)).toEqual(statementsOf(stack, roles.readsObjects));
});

test('who writes objects also ends uploads, deletes and encrypts', () => {
  expectStatements('writesObjects', [
    { Effect: 'Allow', Action: WRITE_OBJECTS, Resource: objects(lake.artifacts, 'emr/*') },
    { Effect: 'Allow', Action: 's3:ListBucket', Resource: arnOf(lake.artifacts), Condition: { StringLike: { 's3:prefix': 'emr/*' } } },
    // AWS knows no prefix in this one: with a condition on it, it would be refused.
    { Effect: 'Allow', Action: 's3:ListBucketMultipartUploads', Resource: arnOf(lake.artifacts) },
    keyStatement(['kms:Decrypt', 'kms:GenerateDataKey']),
  ]);
});

test('who reads tables looks them up and reads their files, and changes nothing', () => {
  expectStatements('readsTables', [
    {
      Effect: 'Allow',
      Action: READ_CATALOG,
      Resource: [glue('catalog'), glue('database/default'), glue('database/millrace_dev'), glue('table/millrace_dev/*')],
    },
    { Effect: 'Allow', Action: READ_OBJECTS, Resource: objects(lake.tables, 'tables/*') },
    { Effect: 'Allow', Action: 's3:ListBucket', Resource: arnOf(lake.tables), Condition: { StringLike: { 's3:prefix': 'tables/*' } } },
    keyStatement('kms:Decrypt'),
  ]);
});

test('who writes tables makes, changes and drops those of the database, and none of the account’s default one', () => {
  expectStatements('writesTables', [
    {
      Effect: 'Allow',
      Action: READ_CATALOG,
      Resource: [glue('catalog'), glue('database/default'), glue('database/millrace_dev'), glue('table/millrace_dev/*')],
    },
    {
      Effect: 'Allow',
      Action: [
        'glue:BatchCreatePartition',
        'glue:CreatePartition',
        'glue:CreateTable',
        'glue:DeletePartition',
        'glue:DeleteTable',
        'glue:UpdatePartition',
        'glue:UpdateTable',
      ],
      Resource: [glue('catalog'), glue('database/millrace_dev'), glue('table/millrace_dev/*')],
    },
    // Where the account has none.
    { Effect: 'Allow', Action: 'glue:CreateDatabase', Resource: [glue('catalog'), glue('database/default')] },
    {
      Effect: 'Allow',
      Action: ['glue:GetUserDefinedFunction', 'glue:GetUserDefinedFunctions'],
      Resource: [
        glue('catalog'),
        glue('database/default'),
        glue('database/millrace_dev'),
        glue('userDefinedFunction/default/*'),
        glue('userDefinedFunction/millrace_dev/*'),
      ],
    },
    { Effect: 'Allow', Action: WRITE_OBJECTS, Resource: objects(lake.tables, 'tables/*') },
    { Effect: 'Allow', Action: 's3:ListBucket', Resource: arnOf(lake.tables), Condition: { StringLike: { 's3:prefix': 'tables/*' } } },
    // AWS knows no prefix in this one: with a condition on it, it would be refused.
    { Effect: 'Allow', Action: 's3:ListBucketMultipartUploads', Resource: arnOf(lake.tables) },
    keyStatement(['kms:Decrypt', 'kms:GenerateDataKey']),
  ]);
});
