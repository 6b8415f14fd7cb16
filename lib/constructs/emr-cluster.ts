import { Role, ServicePrincipal, type IRole } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { EnvironmentStack } from './environment-stack.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import type { Lake } from './lake.ts';
import type { Network } from './network.ts';
import type { SparkCode } from './spark-code.ts';

export interface EmrClusterProps {
  readonly network: Network;
  readonly lake: Lake;
  readonly kafka: KafkaCluster;
  readonly code: SparkCode;
}

/** One definition of an EMR cluster: as a resource where it is persistent, as a request of the state machine where it is transient. */
export class EmrCluster extends Construct {
  /** Of the persistent cluster. @default - none: the cluster is transient */
  readonly clusterId?: string;
  /** What the nodes may do. */
  readonly instanceRole: IRole;
  /** What EMR may do for the cluster. */
  readonly serviceRole: IRole;
  /** The request of `elasticmapreduce:createCluster`, without the name. */
  readonly definition: Readonly<Record<string, unknown>> = {};

  constructor(scope: EnvironmentStack, id: string, _props: EmrClusterProps) {
    super(scope, id);
    this.instanceRole = new Role(this, 'InstanceRole', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
    this.serviceRole = new Role(this, 'ServiceRole', { assumedBy: new ServicePrincipal('elasticmapreduce.amazonaws.com') });
  }
}
