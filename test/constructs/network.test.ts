import { Match, type Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { beforeAll, describe, expect, test } from 'vitest';
import { NodeFunction } from '../../lib/constructs/node-function.ts';
import { EMR_TAG } from '../../lib/constructs/security-groups.ts';
import { ENVIRONMENTS, environment } from '../../lib/environments.ts';
import { NetworkStack } from '../../lib/network-stack.ts';
import { statementsOf } from '../support/policies.ts';
import { ACCOUNT, emptyStage, REGION, templateOf } from '../support/stacks.ts';

interface Resource {
  readonly Properties: Readonly<Record<string, unknown>>;
}

const stacks = new Map<string, NetworkStack>();
const templates = new Map<string, Template>();
let inVpc: Role;

const networkStack = (name: string, region?: string) =>
  new NetworkStack(emptyStage(name, region), 'network', { environment: environment(name) });

beforeAll(() => {
  for (const { name } of ENVIRONMENTS) stacks.set(name, networkStack(name));
  const dev = stacks.get('dev')!;
  inVpc = new Role(dev, 'InVpc', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  inVpc.addManagedPolicy(dev.network.accountWide.networkInterfaces);
  for (const [name, stack] of stacks) templates.set(name, templateOf(stack));
});

const resources = (name: string, type: string): Resource[] => Object.values(templates.get(name)!.findResources(type)) as Resource[];
const idOf = (construct: Construct) => stacks.get('dev')!.getLogicalId(construct.node.defaultChild as never);

describe.each(ENVIRONMENTS.map((each) => [each.name, each] as const))('network of %s', (name, { network, zones, retention }) => {
  test('has no way to or from the internet', () => {
    for (const type of ['InternetGateway', 'EgressOnlyInternetGateway', 'NatGateway', 'EIP', 'Route', 'VPCGatewayAttachment'])
      expect(resources(name, `AWS::EC2::${type}`)).toEqual([]);
    for (const { Properties } of resources(name, 'AWS::EC2::Subnet')) expect(Properties['MapPublicIpOnLaunch']).toBe(false);
  });

  test('has a subnet that EMR may use in each zone of the environment', () => {
    const subnets = resources(name, 'AWS::EC2::Subnet').map(({ Properties }) => Properties);
    expect(subnets.map(({ AvailabilityZone }) => AvailabilityZone)).toEqual(
      zones.map((zone) => ({ 'Fn::Join': ['', [{ Ref: 'AWS::Region' }, zone]] })),
    );
    for (const { Tags } of subnets) expect(Tags).toContainEqual({ Key: EMR_TAG, Value: 'true' });
  });

  test('answers by names of its own, which endpoints and EMR need', () => {
    templates.get(name)!.hasResourceProperties('AWS::EC2::VPC', {
      CidrBlock: network.cidr,
      EnableDnsHostnames: true,
      EnableDnsSupport: true,
    });
  });

  test('logs all flows to a group that goes with it', () => {
    templates.get(name)!.hasResourceProperties('AWS::EC2::FlowLog', {
      ResourceType: 'VPC',
      TrafficType: 'ALL',
      LogDestinationType: 'cloud-watch-logs',
    });
    for (const { Properties } of resources(name, 'AWS::Logs::LogGroup')) expect(Properties['RetentionInDays']).toBe(retention.logDays);
  });

  test('has the interface endpoints that are called, private, in the zones it pays for', () => {
    const endpoints = resources(name, 'AWS::EC2::VPCEndpoint').filter(({ Properties }) => Properties['VpcEndpointType'] === 'Interface');
    const services = endpoints.map(({ Properties }) => String(Properties['ServiceName']).replace(`com.amazonaws.${REGION}.`, ''));
    expect(services.sort()).toEqual(['glue', 'kms', 'ssm', 'ssmmessages', 'sts']);
    const stack = stacks.get(name)!;
    for (const { Properties } of endpoints) {
      expect(Properties['PrivateDnsEnabled']).toBe(true);
      expect(Properties['SubnetIds']).toHaveLength(network.endpointZones);
      expect(Properties['SecurityGroupIds']).toEqual([stack.resolve(stack.network.groups.endpoints.securityGroupId)]);
    }
  });
});

test('S3 is reached from all subnets, and data are written to buckets of this account only', () => {
  const [endpoint] = resources('dev', 'AWS::EC2::VPCEndpoint').filter(({ Properties }) => Properties['VpcEndpointType'] === 'Gateway');
  expect(endpoint!.Properties['RouteTableIds']).toHaveLength(3);
  const { Statement } = endpoint!.Properties['PolicyDocument'] as { Statement: { Action: string[] | string; Resource: unknown }[] };
  const { account } = stacks.get('dev')!;
  expect(Statement).toEqual([
    {
      Effect: 'Allow',
      Principal: { AWS: '*' },
      Action: 's3:*',
      Resource: '*',
      Condition: { StringEquals: { 'aws:ResourceAccount': account } },
    },
    { Effect: 'Allow', Principal: { AWS: '*' }, Action: ['s3:GetObject', 's3:ListBucket'], Resource: '*' },
    {
      Effect: 'Allow',
      Principal: { AWS: '*' },
      Action: ['s3:PutObject', 's3:PutObjectAcl'],
      Resource: `arn:aws:s3:::aws157-logs-prod-${REGION}/*`,
    },
  ]);
});

test('the logs of EMR have another name in the first region', () => {
  templateOf(networkStack('dev', 'us-east-1')).hasResourceProperties('AWS::EC2::VPCEndpoint', {
    PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Resource: 'arn:aws:s3:::aws157-logs-prod/*' })]) },
  });
});

test('a function in the VPC lets Lambda make its interfaces, and may not make any itself', () => {
  const actions = [
    'ec2:AssignPrivateIpAddresses',
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:UnassignPrivateIpAddresses',
  ];
  expect(statementsOf(stacks.get('dev')!, inVpc)).toEqual([
    { Effect: 'Allow', Action: actions, Resource: '*' },
    { Effect: 'Deny', Action: actions, Resource: '*', Condition: { Null: { 'lambda:SourceFunctionArn': 'false' } } },
  ]);
});

describe('the cleanup', () => {
  const cleaner = () => {
    const found = stacks
      .get('dev')!
      .node.findAll()
      .find((each) => each instanceof NodeFunction);
    return { function: found!, role: found!.role as Role };
  };

  test('may revoke rules of the default group and of EMR’s, and delete the endpoint that EMR made', () => {
    const stack = stacks.get('dev')!;
    const { vpc, groups } = stack.network;
    const arn = (id: unknown) => ({ 'Fn::Join': ['', [`arn:aws:ec2:${REGION}:${ACCOUNT}:security-group/`, id]] });
    const statements = statementsOf(stack, cleaner().role);
    expect(statements).toHaveLength(4);
    const [logs, revoke, describe, remove] = statements;
    expect(logs).toMatchObject({
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: { 'Fn::GetAtt': [expect.stringContaining('Logs'), 'Arn'] },
    });
    expect(describe).toEqual({ Effect: 'Allow', Action: ['ec2:DescribeSecurityGroups', 'ec2:DescribeVpcEndpoints'], Resource: '*' });
    expect(revoke).toEqual({
      Effect: 'Allow',
      Action: ['ec2:RevokeSecurityGroupEgress', 'ec2:RevokeSecurityGroupIngress'],
      Resource: expect.any(Array) as unknown,
    });
    const revocable = [vpc.vpcDefaultSecurityGroup, ...groups.emr.map(({ securityGroupId }) => securityGroupId)];
    expect(new Set((revoke!.Resource as unknown[]).map((each) => JSON.stringify(each)))).toEqual(
      new Set(revocable.map((id) => JSON.stringify(arn(stack.resolve(id))))),
    );
    expect(remove).toEqual({
      Effect: 'Allow',
      Action: 'ec2:DeleteVpcEndpoints',
      Resource: { 'Fn::Join': ['', ['arn:aws:ec2:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':vpc-endpoint/*']] },
      Condition: { StringEquals: { [`aws:ResourceTag/${EMR_TAG}`]: 'true', 'aws:ResourceTag/Name': 'emr-service-vpce' } },
    });
  });

  test('clears the default group of the VPC as soon as there is one', () => {
    const stack = stacks.get('dev')!;
    templates.get('dev')!.hasResourceProperties('Custom::SecurityGroupCleanup', {
      ServiceToken: { 'Fn::GetAtt': [idOf(cleaner().function), 'Arn'] },
      When: 'created',
      SecurityGroupIds: [stack.resolve(stack.network.vpc.vpcDefaultSecurityGroup)],
    });
  });

  test('is allowed what it does for as long as it is called', () => {
    const cleanups = Object.values(templates.get('dev')!.findResources('Custom::SecurityGroupCleanup')) as { DependsOn: string[] }[];
    expect(cleanups).toHaveLength(2);
    for (const { DependsOn } of cleanups) expect(DependsOn).toContain(idOf(cleaner().role.node.findChild('DefaultPolicy') as Construct));
  });

  test('stands outside the VPC, whose deletion would wait for its interfaces', () => {
    for (const { Properties } of resources('dev', 'AWS::Lambda::Function')) expect(Properties['VpcConfig']).toBeUndefined();
  });
});
