import type { Construct } from 'constructs';
import { EmrCluster, type EmrClusterProps } from './constructs/emr-cluster.ts';
import { EnvironmentStack, type EnvironmentStackProps } from './constructs/environment-stack.ts';
import { SparkCode } from './constructs/spark-code.ts';

export interface ProcessingStackProps extends EnvironmentStackProps, Omit<EmrClusterProps, 'code'> {}

/** EMR, and the code that runs on it. */
export class ProcessingStack extends EnvironmentStack {
  readonly cluster: EmrCluster;
  readonly code: SparkCode;

  constructor(scope: Construct, id: string, { environment, ...props }: ProcessingStackProps) {
    super(scope, id, 'Millrace: EMR', { environment });
    this.code = new SparkCode(this, 'Code');
    this.cluster = new EmrCluster(this, 'Cluster', { ...props, code: this.code });
  }
}
