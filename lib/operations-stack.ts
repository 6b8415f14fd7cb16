import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { EmrCluster } from './constructs/emr-cluster.ts';
import { EnvironmentStack, type EnvironmentStackProps } from './constructs/environment-stack.ts';
import type { KafkaCluster } from './constructs/kafka-cluster.ts';
import type { Lake } from './constructs/lake.ts';
import type { Network } from './constructs/network.ts';
import type { Warehouse } from './constructs/warehouse.ts';

export interface OperationsStackProps extends EnvironmentStackProps {
  readonly network: Network;
  readonly lake: Lake;
  readonly kafka: KafkaCluster;
  readonly cluster: EmrCluster;
  readonly warehouse: Warehouse;
  readonly pipelines: Readonly<Record<string, IStateMachine>>;
  readonly replay: IStateMachine;
  readonly functions: readonly IFunction[];
}

/** Dashboard, alarms, budget. */
export class OperationsStack extends EnvironmentStack {
  constructor(scope: Construct, id: string, { environment }: OperationsStackProps) {
    super(scope, id, 'Millrace: operations', { environment });
  }
}
