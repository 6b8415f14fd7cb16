import { IpAddresses, SecurityGroup, SubnetType, Vpc, type SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { EnvironmentStack } from './environment-stack.ts';

export interface SecurityGroups {
  readonly kafka: SecurityGroup;
  readonly emrPrimary: SecurityGroup;
  readonly emrCore: SecurityGroup;
  readonly emrService: SecurityGroup;
  readonly warehouse: SecurityGroup;
  /** Lambdas that speak to Kafka. */
  readonly functions: SecurityGroup;
  readonly endpoints: SecurityGroup;
}

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
      availabilityZones: zones.map((zone) => `${scope.region}${zone}`),
      natGateways: 0,
      subnetConfiguration: [{ name: 'private', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 20 }],
    });
    const group = (name: string, description: string) =>
      new SecurityGroup(this, name, { vpc: this.vpc, description, allowAllOutbound: false });
    this.groups = {
      kafka: group('Kafka', 'Kafka brokers'),
      emrPrimary: group('EmrPrimary', 'Primary node of EMR'),
      emrCore: group('EmrCore', 'Core and task nodes of EMR'),
      emrService: group('EmrService', 'EMR control plane'),
      warehouse: group('Warehouse', 'Redshift'),
      functions: group('Functions', 'Lambdas that speak to Kafka'),
      endpoints: group('Endpoints', 'Interface endpoints of AWS services'),
    };
    this.functionPolicy = new ManagedPolicy(this, 'FunctionPolicy', {
      description: 'Network interfaces of Lambdas in the VPC',
      statements: [new PolicyStatement({ actions: ['ec2:CreateNetworkInterface'], resources: ['*'] })],
    });
  }
}
