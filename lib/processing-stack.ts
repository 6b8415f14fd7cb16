import { CfnOutput } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { EmrCluster, type EmrClusterProps } from './constructs/emr-cluster.ts';
import { EnvironmentStack, type EnvironmentStackProps } from './constructs/environment-stack.ts';
import { SparkCode } from './constructs/spark-code.ts';
import { OUTPUTS } from './outputs.ts';
import { INTERFACE_NAMES, portOf, sessionArguments } from './web-interfaces.ts';

export interface ProcessingStackProps extends EnvironmentStackProps, Omit<EmrClusterProps, 'code'> {}

/** EMR, and the code that runs on it. */
export class ProcessingStack extends EnvironmentStack {
  readonly cluster: EmrCluster;
  readonly code: SparkCode;

  constructor(scope: Construct, id: string, { environment, ...props }: ProcessingStackProps) {
    super(scope, id, 'Millrace: EMR', { environment });
    this.code = new SparkCode(this, 'Code');
    this.cluster = new EmrCluster(this, 'Cluster', { ...props, code: this.code });
    if (this.cluster.clusterId) this.outputs(this.cluster.clusterId);
  }

  private outputs(clusterId: string): void {
    new CfnOutput(this, OUTPUTS.processing.clusterId, { value: clusterId });
    const primary = `$(aws emr list-instances --region ${this.region} --cluster-id ${clusterId} --instance-fleet-type MASTER --instance-states RUNNING --query 'Instances[0].Ec2InstanceId' --output text)`;
    for (const name of INTERFACE_NAMES) {
      const port = portOf(name, this.settings.processing.encryptInTransit);
      const [service, action, ...options] = sessionArguments(this.region, primary, port, port);
      new CfnOutput(this, `${OUTPUTS.processing.tunnels}${name[0]!.toUpperCase()}${name.slice(1)}`, {
        description: `Forwards a port of this machine to ${name} on the primary node`,
        value: `aws ${service} ${action} ${options.map((each) => (each.startsWith('{') ? `'${each}'` : each)).join(' ')}`,
      });
    }
  }
}
