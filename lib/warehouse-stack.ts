import { CfnOutput } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { EnvironmentStack, type EnvironmentStackProps } from './constructs/environment-stack.ts';
import { Warehouse, type WarehouseProps } from './constructs/warehouse.ts';
import { OUTPUTS } from './outputs.ts';

export interface WarehouseStackProps extends EnvironmentStackProps, WarehouseProps {}

/** Redshift Serverless and its schema. */
export class WarehouseStack extends EnvironmentStack {
  readonly warehouse: Warehouse;

  constructor(scope: Construct, id: string, { environment, ...props }: WarehouseStackProps) {
    super(scope, id, 'Millrace: warehouse', { environment });
    this.warehouse = new Warehouse(this, 'Warehouse', props);
    new CfnOutput(this, OUTPUTS.warehouse.workgroup, { value: this.warehouse.workgroupName });
    new CfnOutput(this, OUTPUTS.warehouse.database, { value: this.warehouse.databaseName });
  }
}
