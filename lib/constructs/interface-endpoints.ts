import { InterfaceVpcEndpoint, InterfaceVpcEndpointAwsService as Service, type ISecurityGroup, type Vpc } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { EnvironmentStack } from './environment-stack.ts';

/** Services that are called from inside the VPC. Each costs by the hour and zone; what nothing here calls has none. */
const ENDPOINTS = {
  /** Spark and Hive on EMR, Redshift's external schema and the measuring Lambda: tables of the lake. */
  Glue: Service.GLUE,
  /** Redshift, whose enhanced VPC routing keeps it in the VPC when it takes its roles on. */
  Sts: Service.STS,
  /** EMR's nodes, whose disks are encrypted with a key of ours. */
  Kms: Service.KMS,
  /** The agents on EMR's nodes, that port forwarding to Hue and the like goes through. */
  Ssm: Service.SSM,
  SsmMessages: Service.SSM_MESSAGES,
};

export interface InterfaceEndpointsProps {
  readonly vpc: Vpc;
  readonly securityGroup: ISecurityGroup;
}

/** Ways to AWS services, in as many zones as the environment pays for. The others reach them there. */
export class InterfaceEndpoints extends Construct {
  constructor(scope: Construct, id: string, { vpc, securityGroup }: InterfaceEndpointsProps) {
    super(scope, id);
    const { network } = EnvironmentStack.of(this).settings;
    const subnets = vpc.isolatedSubnets.slice(0, network.endpointZones);
    for (const [name, service] of Object.entries(ENDPOINTS)) {
      new InterfaceVpcEndpoint(this, name, {
        vpc,
        service,
        subnets: { subnets },
        securityGroups: [securityGroup],
        // By itself it would let in the whole VPC.
        open: false,
        privateDnsEnabled: true,
      });
    }
  }
}
