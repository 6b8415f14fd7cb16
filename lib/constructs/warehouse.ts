import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { EnvironmentStack } from './environment-stack.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import type { Lake } from './lake.ts';
import type { Network } from './network.ts';

export interface WarehouseProps {
  readonly network: Network;
  readonly lake: Lake;
  readonly kafka: KafkaCluster;
}

/** Redshift Serverless, and the roles by which it reads exports, lake and stream. */
export class Warehouse extends Construct {
  readonly workgroupName: string;
  readonly workgroupArn: string;
  readonly databaseName = 'millrace';
  /** Role that COPY reads the exports with. */
  readonly copyRoleArn: string;

  constructor(scope: EnvironmentStack, id: string, _props: WarehouseProps) {
    super(scope, id);
    this.workgroupName = scope.prefix;
    this.workgroupArn = 'todo';
    this.copyRoleArn = 'todo';
  }

  /** Lets `grantee` run statements by the Data API. */
  grantQuery(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({ grantee, actions: ['redshift-data:ExecuteStatement'], resourceArns: [this.workgroupArn] });
  }
}
