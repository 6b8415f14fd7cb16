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
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { RemovalPolicy, Tags } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { AccountWidePolicies } from './account-wide-policies.ts';
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
  readonly accountWide: AccountWidePolicies;

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
    this.accountWide = new AccountWidePolicies(this, 'AccountWide');
    const { vpc, groups, accountWide } = this;
    this.groups.open(new SecurityGroupCleanup(this, 'SecurityGroupCleanup', { vpc, emr: groups.emr, accountWide }));
    new InterfaceEndpoints(this, 'Endpoints', { vpc: this.vpc, securityGroup: this.groups.endpoints });
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
