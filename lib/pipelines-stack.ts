import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { EmrCluster } from './constructs/emr-cluster.ts';
import { EnvironmentStack, type EnvironmentStackProps } from './constructs/environment-stack.ts';
import type { KafkaCluster } from './constructs/kafka-cluster.ts';
import type { Lake } from './constructs/lake.ts';
import type { SparkCode } from './constructs/spark-code.ts';
import type { Warehouse } from './constructs/warehouse.ts';

export interface PipelinesStackProps extends EnvironmentStackProps {
  readonly lake: Lake;
  readonly kafka: KafkaCluster;
  readonly cluster: EmrCluster;
  readonly code: SparkCode;
  readonly warehouse: Warehouse;
  readonly replay: IStateMachine;
}

/** One state machine a pipeline of lib/pipelines. */
export class PipelinesStack extends EnvironmentStack {
  /** By the pipeline's name. */
  readonly pipelines: Readonly<Record<string, IStateMachine>> = {};

  constructor(scope: Construct, id: string, { environment }: PipelinesStackProps) {
    super(scope, id, 'Millrace: pipelines', { environment });
  }
}
