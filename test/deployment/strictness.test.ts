import { setTimeout as sleep } from 'node:timers/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { DeleteObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Cloud } from './support/cloud.ts';
import { Emulator } from './support/emulator.ts';

/** What the deployment test rests on: that the emulator refuses what AWS refuses. Each of these would fail a deployment or leave a trace. */
const STACK = 'strict';
const LATE_MS = 1_500;

type Resources = Readonly<Record<string, object>>;

let folder: string;
let emulator: Emulator;
let cloud: Cloud;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-strict-'));
  emulator = await Emulator.start({ folder });
  cloud = new Cloud(emulator);
});
afterAll(async () => {
  await emulator.stop();
  await rm(folder, { recursive: true, force: true });
});

async function settled(stack: string): Promise<string> {
  for (;;) {
    const status = await cloud.formation.send(new DescribeStacksCommand({ StackName: stack })).then(
      ({ Stacks }) => Stacks![0]!.StackStatus!,
      () => 'DELETE_COMPLETE',
    );
    if (!status.endsWith('_IN_PROGRESS')) return status;
    await sleep(20);
  }
}

async function create(Resources: Resources, more: object = {}, StackName = STACK): Promise<string> {
  await cloud.formation.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify({ Resources, ...more }) }));
  return settled(StackName);
}

async function update(Resources: Resources): Promise<string> {
  await cloud.formation.send(new UpdateStackCommand({ StackName: STACK, TemplateBody: JSON.stringify({ Resources }) }));
  return settled(STACK);
}

async function remove(StackName = STACK): Promise<string> {
  await cloud.formation.send(new DeleteStackCommand({ StackName }));
  await sleep(20);
  return settled(StackName);
}

async function reasons(StackName = STACK): Promise<string> {
  const { StackEvents = [] } = await cloud.formation.send(new DescribeStackEventsCommand({ StackName }));
  return StackEvents.filter(({ ResourceStatus }) => ResourceStatus?.endsWith('_FAILED'))
    .map(({ ResourceStatusReason }) => ResourceStatusReason)
    .join('\n');
}

const VPC = { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } };
const SUBNET = { Type: 'AWS::EC2::Subnet', Properties: { VpcId: { Ref: 'Vpc' }, CidrBlock: '10.0.0.0/20' } };
const group = (GroupDescription: string) => ({ Type: 'AWS::EC2::SecurityGroup', Properties: { GroupDescription, VpcId: { Ref: 'Vpc' } } });
const groupId = (name: string) => ({ 'Fn::GetAtt': [name, 'GroupId'] });
const CLUSTER = {
  Name: 'cluster',
  JobFlowRole: 'role',
  ServiceRole: 'role',
  ReleaseLabel: 'emr-7.13.0',
  Instances: {
    MasterInstanceGroup: { InstanceCount: 1, InstanceType: 'm7g.xlarge' },
    Ec2SubnetId: { Ref: 'Subnet' },
    EmrManagedMasterSecurityGroup: groupId('Primary'),
    EmrManagedSlaveSecurityGroup: groupId('Core'),
    ServiceAccessSecurityGroup: groupId('Service'),
  },
};
const NETWORK = { Vpc: VPC, Subnet: SUBNET, Primary: group('a'), Core: group('b'), Service: group('c') };

describe('a template', () => {
  afterEach(() => remove());

  it.each([
    [
      'a misspelled property',
      { Cluster: { Type: 'AWS::EMR::Cluster', Properties: { ...CLUSTER, LogUrl: 's3://logs/' } }, ...NETWORK },
      /LogUrl/,
    ],
    ['a property that is missing', { Key: { Type: 'AWS::KMS::Alias', Properties: { AliasName: 'alias/a' } } }, /TargetKeyId/],
    [
      'a value that is none of those allowed',
      { Logs: { Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: 8 } } },
      /8 is not one of/,
    ],
    [
      'an attribute that the type has not',
      {
        Topic: { Type: 'AWS::SNS::Topic' },
        Other: { Type: 'AWS::SNS::Topic', Properties: { DisplayName: { 'Fn::GetAtt': ['Topic', 'Arn'] } } },
      },
      /attribute Arn does not exist/,
    ],
    ['a name that nothing has', { Topic: { Type: 'AWS::SNS::Topic', Properties: { DisplayName: { Ref: 'Nobody' } } } }, /Nobody/],
    ['a type that AWS has not', { Thing: { Type: 'AWS::MSK::Klaster' } }, /AWS::MSK::Klaster/],
    ['too few zones for Redshift', redshiftIn(['Subnet']), /3 zones/],
  ])('is refused with %s, and what was made is gone', async (_what, resources, reason) => {
    const inventory = await emulator.inventory();
    expect(await create(resources)).toBe('ROLLBACK_COMPLETE');
    expect(await reasons()).toMatch(reason);
    expect((await emulator.inventory()).filter((each) => !inventory.includes(each) && !each.includes('_stacks'))).toEqual([]);
  });

  it('has its conditions worked out', async () => {
    const Conditions = { Never: { 'Fn::Equals': [{ 'Fn::Join': ['', ['a', 'b']] }, 'a b'] } };
    expect(await create({ Kept: { Type: 'AWS::SNS::Topic' }, Left: { Type: 'AWS::SNS::Topic', Condition: 'Never' } }, { Conditions })).toBe(
      'CREATE_COMPLETE',
    );
    expect((await emulator.live()).map(({ logical_id }) => logical_id)).toEqual(['Kept']);
  });

  it('of a bucket that is there is refused', async () => {
    const Bucket = { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'taken' } };
    await create({ Bucket }, {}, 'other');
    expect(await create({ Bucket })).toBe('ROLLBACK_COMPLETE');
    expect(await remove('other')).toBe('DELETE_COMPLETE');
  });

  it('whose update fails goes back to what it was', async () => {
    const topic = (DisplayName: string) => ({ Topic: { Type: 'AWS::SNS::Topic', Properties: { DisplayName } } });
    await create(topic('old'));
    const wrong = { DependsOn: 'Topic', Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: 8 } };
    expect(await update({ ...topic('new'), Wrong: wrong })).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(await emulator.live()).toMatchObject([{ logical_id: 'Topic', properties: { DisplayName: 'old' } }]);
  });

  it('that changes what cannot be changed makes another resource, and deletes the old one', async () => {
    const named = (KeyId: string) => ({
      Alias: { Type: 'AWS::KMS::Alias', Properties: { AliasName: `alias/${KeyId}`, TargetKeyId: { Ref: 'Key' } } },
      Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: {} } },
    });
    await create(named('one'));
    expect(await update(named('two'))).toBe('UPDATE_COMPLETE');
    const aliases = (await emulator.live()).filter(({ kind }) => kind === 'AWS::KMS::Alias');
    expect(aliases.map(({ physical_id }) => physical_id)).toEqual(['alias/two']);
  });
});

describe('a deletion', () => {
  let before: string[];
  beforeAll(async () => {
    before = await emulator.inventory();
  });
  const left = async () => (await emulator.inventory()).filter((each) => !before.includes(each));

  it('of a bucket that is not empty fails, until it is emptied', async () => {
    await create({ Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'full' } } });
    await cloud.s3.send(new PutObjectCommand({ Bucket: 'full', Key: 'a', Body: 'a' }));
    expect(await remove()).toBe('DELETE_FAILED');
    expect(await reasons()).toContain('not empty');
    await cloud.s3.send(new DeleteObjectCommand({ Bucket: 'full', Key: 'a' }));
    expect(await remove()).toBe('DELETE_COMPLETE');
    expect(await left()).toEqual([]);
  });

  it('keeps what its policy keeps', async () => {
    await create({ Topic: { Type: 'AWS::SNS::Topic', DeletionPolicy: 'Retain', Properties: { TopicName: 'kept' } } });
    expect(await remove()).toBe('DELETE_COMPLETE');
    expect(await left()).toContainEqual(expect.stringContaining('kept'));
    before = await emulator.inventory();
  });

  it('of security groups fails by the rules that EMR leaves in them', async () => {
    await create({ ...NETWORK, Cluster: { Type: 'AWS::EMR::Cluster', Properties: CLUSTER } }, {}, 'emr');
    expect(await remove('emr')).toBe('DELETE_FAILED');
    expect(await reasons('emr')).toMatch(/dependent object: rules of sg-/);
    const stuck = (await emulator.live()).filter(({ stack }) => stack === 'emr').map(({ logical_id }) => logical_id);
    expect(stuck).toEqual(expect.arrayContaining(['Primary', 'Core', 'Vpc']));
    before = await emulator.inventory();
  });

  it('of a bucket fails by a log that came after it was emptied', async () => {
    const Logs = { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'late-logs' } };
    const Vpc = { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.1.0.0/16' } };
    const LogDestination = 'arn:aws:s3:::late-logs';
    const Flows = {
      Type: 'AWS::EC2::FlowLog',
      Properties: { ResourceType: 'VPC', ResourceId: { Ref: 'Vpc' }, LogDestinationType: 's3', LogDestination },
    };
    await create({ Logs });
    await create({ Vpc, Flows }, {}, 'flows');
    expect(await remove('flows')).toBe('DELETE_COMPLETE');
    await empty('late-logs');
    await sleep(LATE_MS);
    expect(await remove()).toBe('DELETE_FAILED');
    expect(await reasons()).toContain('not empty');
    await empty('late-logs');
    expect(await remove()).toBe('DELETE_COMPLETE');
  });

  it('leaves what nobody has declared', async () => {
    const Space = { Type: 'AWS::RedshiftServerless::Namespace', Properties: { NamespaceName: 'chatty', LogExports: ['userlog'] } };
    await create({ Space }, {}, 'chatty');
    expect(await remove('chatty')).toBe('DELETE_COMPLETE');
    expect(await left()).toEqual(['cloudwatch_logs _log_groups /aws/redshift/chatty/userlog']);
  });
});

async function empty(Bucket: string): Promise<void> {
  const { Contents = [] } = await cloud.s3.send(new ListObjectsV2Command({ Bucket }));
  for (const { Key } of Contents) await cloud.s3.send(new DeleteObjectCommand({ Bucket, Key }));
}

function redshiftIn(subnets: readonly string[]): Resources {
  return {
    Vpc: VPC,
    Subnet: SUBNET,
    Space: { Type: 'AWS::RedshiftServerless::Namespace', Properties: { NamespaceName: 'space' } },
    Group: {
      Type: 'AWS::RedshiftServerless::Workgroup',
      DependsOn: 'Space',
      Properties: { WorkgroupName: 'group', NamespaceName: 'space', EnhancedVpcRouting: true, SubnetIds: subnets.map((Ref) => ({ Ref })) },
    },
  };
}
