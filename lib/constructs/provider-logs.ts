import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CustomResourceProviderBase, RemovalPolicy, type CfnResource, type IAspect } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';

/**
 * Gives each function that CDK makes for itself, such as the one that empties buckets, a log group that goes with the stack, and no right
 * to make another. By itself such a function logs to a group that nobody deletes, and that its last lines make anew after somebody did
 * (https://github.com/aws/aws-cdk/issues/26553).
 */
export class ProviderLogs implements IAspect {
  constructor(private readonly retentionDays: number) {}

  visit(node: IConstruct): void {
    if (!(node instanceof CustomResourceProviderBase)) return;
    const logGroup = new LogGroup(node, 'Logs', { retention: this.retentionDays, removalPolicy: RemovalPolicy.DESTROY });
    const handler = node.node.findChild('Handler') as CfnResource;
    handler.addPropertyOverride('LoggingConfig', { LogGroup: logGroup.logGroupName });
    // CDK gives it AWSLambdaBasicExecutionRole and nothing else.
    const role = node.node.findChild('Role') as CfnResource;
    role.addPropertyDeletionOverride('ManagedPolicyArns');
    node.addToRolePolicy({
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: logGroup.logGroupArn,
    });
  }
}
