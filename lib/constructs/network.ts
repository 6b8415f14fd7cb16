import {
  FlowLog,
  FlowLogDestination,
  FlowLogMaxAggregationInterval,
  FlowLogResourceType,
  IpAddresses,
  SubnetType,
  Vpc,
  type SubnetSelection,
} from 'aws-cdk-lib/aws-ec2';
import { Effect, ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { RemovalPolicy, Tags } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { EnvironmentStack } from './environment-stack.ts';
import { InterfaceEndpoints } from './interface-endpoints.ts';
import { S3Endpoint } from './s3-endpoint.ts';
import { SecurityGroupCleanup } from './security-group-cleanup.ts';
import { EMR_TAG, SecurityGroups } from './security-groups.ts';

/** A VPC without a way to or from the internet, and who may speak to whom in it. */
export class Network extends Construct {
  readonly vpc: Vpc;
  readonly subnets: SubnetSelection = { subnetType: SubnetType.PRIVATE_ISOLATED };
  readonly groups: SecurityGroups;
  /** What a Lambda needs to stand in the VPC. One policy for all of them. */
  readonly functionPolicy: ManagedPolicy;

  constructor(scope: EnvironmentStack, id: string) {
    super(scope, id);
    const { network, zones } = scope.settings;
    this.vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr(network.cidr),
      maxAzs: zones.length,
      natGateways: 0,
      // 4,091 addresses a zone: Redshift, EMR and Lambda take many.
      subnetConfiguration: [{ name: 'private', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 20 }],
      enableDnsHostnames: true,
      enableDnsSupport: true,
      // The cleanup does it.
      restrictDefaultSecurityGroup: false,
    });
    // With its subnets. The VPC itself because EMR may make an endpoint, `emr-service-vpce`, in it; the cleanup deletes that.
    Tags.of(this.vpc).add(EMR_TAG, 'true');
    this.logFlows(scope);
    new S3Endpoint(this, 'S3', { vpc: this.vpc });
    this.groups = new SecurityGroups(this, 'SecurityGroups', { vpc: this.vpc });
    this.groups.open(new SecurityGroupCleanup(this, 'SecurityGroupCleanup', { vpc: this.vpc, emr: this.groups.emr }));
    new InterfaceEndpoints(this, 'Endpoints', { vpc: this.vpc, securityGroup: this.groups.endpoints });
    this.functionPolicy = functionPolicy(this, 'FunctionPolicy');
  }

  private logFlows({ settings }: EnvironmentStack): void {
    const logGroup = new LogGroup(this, 'FlowLogs', { retention: settings.retention.logDays, removalPolicy: RemovalPolicy.DESTROY });
    new FlowLog(this, 'FlowLog', {
      resourceType: FlowLogResourceType.fromVpc(this.vpc),
      destination: FlowLogDestination.toCloudWatchLogs(logGroup),
      maxAggregationInterval: FlowLogMaxAggregationInterval.TEN_MINUTES,
    });
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions */
function functionPolicy(scope: Construct, id: string): ManagedPolicy {
  const actions = [
    'ec2:AssignPrivateIpAddresses',
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:UnassignPrivateIpAddresses',
  ];
  return new ManagedPolicy(scope, id, {
    description: 'Network interfaces of Lambdas in the VPC',
    statements: [
      // Lambda looks whether the role may do this anywhere before it accepts a function, and interfaces have no name before they are made.
      new PolicyStatement({ actions, resources: ['*'] }),
      // It is Lambda that makes interfaces, not the code of a function, whose calls alone carry the function's ARN.
      new PolicyStatement({
        effect: Effect.DENY,
        actions,
        resources: ['*'],
        conditions: { Null: { 'lambda:SourceFunctionArn': 'false' } },
      }),
    ],
  });
}
