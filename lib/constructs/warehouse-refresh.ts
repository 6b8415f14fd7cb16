import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { contract } from '../contracts/index.ts';
import type { Stream } from '../pipelines/pipeline.ts';
import { refreshProcedure } from '../warehouse/migrations.ts';

export interface WarehouseRefreshProps {
  readonly workgroupName: string;
  readonly workgroupArn: string;
  readonly databaseName: string;
  readonly streams: readonly Stream[];
  readonly everyMinutes: number;
}

/**
 * Reads the streams into the warehouse every so often, and lets it pause in between; each time costs at least a minute of its base capacity.
 * A refresh that fails is told by `SYS_STREAM_SCAN_ERRORS`, and the next one reads on where it stopped.
 */
export class WarehouseRefresh extends Construct {
  constructor(scope: Construct, id: string, { workgroupName, workgroupArn, databaseName, streams, everyMinutes }: WarehouseRefreshProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const role = new Role(this, 'Role', {
      description: 'EventBridge Scheduler refreshes the streaming views',
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': stack.account } } }),
      inlinePolicies: {
        refresh: new PolicyDocument({
          statements: [
            new PolicyStatement({
              actions: ['redshift-data:ExecuteStatement', 'redshift-serverless:GetCredentials'],
              resources: [workgroupArn],
            }),
          ],
        }),
      },
    });
    for (const stream of streams) {
      new CfnSchedule(this, `Every-${stream.topic}`, {
        description: `Refreshes the streaming view of ${stream.topic}`,
        scheduleExpression: `rate(${everyMinutes} minutes)`,
        flexibleTimeWindow: { mode: 'OFF' },
        target: {
          arn: `arn:${stack.partition}:scheduler:::aws-sdk:redshiftdata:executeStatement`,
          roleArn: role.roleArn,
          input: stack.toJsonString({
            WorkgroupName: workgroupName,
            Database: databaseName,
            Sql: `CALL millrace.${refreshProcedure(contract(stream.table))}()`,
          }),
          retryPolicy: { maximumRetryAttempts: 0 },
        },
      });
    }
  }
}
