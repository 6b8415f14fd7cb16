import type { Template } from 'aws-cdk-lib/assertions';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { beforeAll, describe, expect, test } from 'vitest';
import { ENVIRONMENTS, environment } from '../../lib/environments.ts';
import { LakeStack } from '../../lib/lake-stack.ts';
import { emptyStage, templateOf } from '../support/stacks.ts';

interface Resource {
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DependsOn?: readonly string[];
}

const stacks = new Map<string, LakeStack>();
const templates = new Map<string, Template>();

beforeAll(() => {
  for (const { name } of ENVIRONMENTS) stacks.set(name, new LakeStack(emptyStage(name), 'lake', { environment: environment(name) }));
  for (const [name, stack] of stacks) templates.set(name, templateOf(stack));
});

const idOf = (stack: LakeStack, bucket: Bucket) => stack.getLogicalId(bucket.node.defaultChild as never);
const resource = (name: string, id: string) => (templates.get(name)!.toJSON() as { Resources: Record<string, Resource> }).Resources[id]!;

function bucketOf(name: string, of: 'raw' | 'tables' | 'artifacts'): Readonly<Record<string, unknown>> {
  const stack = stacks.get(name)!;
  return resource(name, idOf(stack, stack.lake[of])).Properties;
}

function accessLogs(name: string): { id: string; properties: Readonly<Record<string, unknown>> } {
  const logging = bucketOf(name, 'raw')['LoggingConfiguration'] as { DestinationBucketName: { Ref: string } };
  const id = logging.DestinationBucketName.Ref;
  return { id, properties: resource(name, id).Properties };
}

const DATA = ['raw', 'tables', 'artifacts'] as const;
const IN_ALL = ENVIRONMENTS.flatMap((each) => DATA.map((bucket) => [each.name, bucket, each] as const));

describe.each(IN_ALL)('in %s the bucket %s', (name, of, { retention }) => {
  test('is encrypted with the key of the environment', () => {
    const { key } = stacks.get(name)!.lake;
    expect(bucketOf(name, of)['BucketEncryption']).toEqual({
      ServerSideEncryptionConfiguration: [
        {
          BucketKeyEnabled: true,
          ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: stacks.get(name)!.resolve(key.keyArn) as unknown },
        },
      ],
    });
  });

  test('is private', () => expectPrivate(bucketOf(name, of)));

  test('refuses what comes without TLS', () => {
    const stack = stacks.get(name)!;
    expectTls(name, idOf(stack, stack.lake[of]));
  });

  test('logs who reads and writes it, in a folder of its own', () => {
    const { DestinationBucketName, LogFilePrefix } = bucketOf(name, of)['LoggingConfiguration'] as Record<string, unknown>;
    expect(DestinationBucketName).toEqual({ Ref: accessLogs(name).id });
    expect(LogFilePrefix).toBe(`${of}/`);
  });

  test('drops uploads that nobody finished', () => {
    expect(rulesOf(name, of)).toContainEqual({
      Id: 'unfinished-uploads',
      Status: 'Enabled',
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 3 },
    });
  });

  test('keeps old versions for the days of the environment, where it has versions', () => {
    const versioned = of !== 'artifacts';
    expect(bucketOf(name, of)['VersioningConfiguration']).toEqual(versioned ? { Status: 'Enabled' } : undefined);
    const rule = {
      Id: 'old-versions',
      Status: 'Enabled',
      NoncurrentVersionExpiration: { NoncurrentDays: retention.oldVersionDays },
      ExpiredObjectDeleteMarker: true,
    };
    expect(rulesOf(name, of).filter(({ Id }) => Id === 'old-versions')).toEqual(versioned ? [rule] : []);
  });

  test('keeps what it holds for the days of the environment', () => {
    const { rawDays, logDays } = retention;
    const days = {
      raw: { 'events/': rawDays, 'files/': rawDays },
      tables: { 'exports/': logDays, 'results/': logDays },
      artifacts: { 'emr/': logDays, 'reports/': rawDays },
    };
    const expiring = rulesOf(name, of).filter(({ ExpirationInDays }) => ExpirationInDays !== undefined);
    expect(Object.fromEntries(expiring.map(({ Prefix, ExpirationInDays }) => [Prefix, ExpirationInDays]))).toEqual(days[of]);
  });

  test('has a name of CloudFormation’s, so that it can be replaced and made again', () => {
    expect(bucketOf(name, of)['BucketName']).toBeUndefined();
  });
});

describe.each(ENVIRONMENTS.map(({ name, retention }) => [name, retention] as const))('in %s', (name, { logDays }) => {
  test('access logs are private, encrypted and kept for as long as logs', () => {
    const { id, properties } = accessLogs(name);
    expectPrivate(properties);
    expectTls(name, id);
    expect(properties['BucketEncryption']).toEqual({
      ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
    });
    expect(properties['LifecycleConfiguration']).toEqual({ Rules: [{ Id: 'expiry', Status: 'Enabled', ExpirationInDays: logDays }] });
  });

  test('S3 may write access logs, of this account’s buckets only', () => {
    const { account } = stacks.get(name)!;
    expect(policyOf(name, accessLogs(name).id)).toContainEqual({
      Effect: 'Allow',
      Principal: { Service: 'logging.s3.amazonaws.com' },
      Action: 's3:PutObject',
      Resource: { 'Fn::Join': ['', [{ 'Fn::GetAtt': [accessLogs(name).id, 'Arn'] }, '/*']] },
      Condition: { StringEquals: { 'aws:SourceAccount': account } },
    });
  });

  test('EventBridge hears of new files, and of those in no other bucket', () => {
    expect(bucketOf(name, 'raw')['NotificationConfiguration']).toEqual({ EventBridgeConfiguration: { EventBridgeEnabled: true } });
    for (const of of ['tables', 'artifacts'] as const) expect(bucketOf(name, of)['NotificationConfiguration']).toBeUndefined();
  });

  test('the key rotates, has the environment’s name, and is gone a week after its deletion', () => {
    templates.get(name)!.hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true, PendingWindowInDays: 7 });
    templates.get(name)!.hasResourceProperties('AWS::KMS::Alias', {
      AliasName: `alias/millrace-${name}`,
      TargetKeyId: stacks.get(name)!.resolve(stacks.get(name)!.lake.key.keyArn) as unknown,
    });
  });

  test('the database of the catalog lies where the tables do', () => {
    const stack = stacks.get(name)!;
    const { databaseName, uris, tables } = stack.lake;
    expect(databaseName).toBe(`millrace_${name}`);
    expect(stack.resolve(uris.warehouse)).toEqual({ 'Fn::Join': ['', ['s3://', { Ref: idOf(stack, tables) }, '/tables']] });
    templates.get(name)!.hasResourceProperties('AWS::Glue::Database', {
      DatabaseInput: { Name: databaseName, LocationUri: stack.resolve(uris.warehouse) as unknown },
    });
  });
});

test('the log bucket of dev is emptied when the buckets that fill it are gone', () => {
  const emptied = Object.entries(templates.get('dev')!.findResources('Custom::S3AutoDeleteObjects')) as [string, Resource][];
  const [emptiesLogs] = emptied.find(([, { Properties }]) => (Properties['BucketName'] as { Ref: string }).Ref === accessLogs('dev').id)!;
  const stack = stacks.get('dev')!;
  for (const of of DATA) expect(resource('dev', idOf(stack, stack.lake[of])).DependsOn).toContain(emptiesLogs);
});

function expectPrivate(properties: Readonly<Record<string, unknown>>): void {
  expect(properties['PublicAccessBlockConfiguration']).toEqual({
    BlockPublicAcls: true,
    BlockPublicPolicy: true,
    IgnorePublicAcls: true,
    RestrictPublicBuckets: true,
  });
  expect(properties['OwnershipControls']).toEqual({ Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] });
}

function expectTls(name: string, bucket: string): void {
  const arn = { 'Fn::GetAtt': [bucket, 'Arn'] };
  expect(policyOf(name, bucket)).toContainEqual({
    Effect: 'Deny',
    Principal: { AWS: '*' },
    Action: 's3:*',
    Resource: [arn, { 'Fn::Join': ['', [arn, '/*']] }],
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  });
}

function policyOf(name: string, bucket: string): unknown[] {
  const policies = Object.values(templates.get(name)!.findResources('AWS::S3::BucketPolicy')) as Resource[];
  const { Properties } = policies.find(({ Properties: { Bucket } }) => (Bucket as { Ref: string }).Ref === bucket)!;
  return (Properties['PolicyDocument'] as { Statement: unknown[] }).Statement;
}

function rulesOf(name: string, of: (typeof DATA)[number]): Record<string, unknown>[] {
  return (bucketOf(name, of)['LifecycleConfiguration'] as { Rules: Record<string, unknown>[] }).Rules;
}
