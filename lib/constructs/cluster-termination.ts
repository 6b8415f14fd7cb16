import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CustomResource } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { ENVIRONMENT_TAG } from './emr-definition.ts';
import { EnvironmentStack } from './environment-stack.ts';
import type { LoggedStateMachine } from './logged-state-machine.ts';
import { NodeFunction } from './node-function.ts';
import { executionsOf } from './pipeline-roles.ts';

/**
 * Sees to it that no cluster outlives what made it: after an execution that was stopped, timed out or failed, and before the state
 * machines are deleted, whose executions it stops. Whatever starts executions must depend on this, so as to be deleted before it.
 */
export class ClusterTermination extends Construct {
  readonly function: NodeFunction;

  constructor(scope: Construct, id: string, stateMachines: readonly LoggedStateMachine[]) {
    super(scope, id);
    this.function = new NodeFunction(this, 'Function', {
      source: 'terminate-clusters',
      description: 'Terminates clusters whose execution has ended',
      timeoutSeconds: 900,
    });
    this.grant(stateMachines);
    new Rule(this, 'ExecutionEnded', {
      description: 'An execution that did not end as it should may have left its cluster',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: { status: ['FAILED', 'TIMED_OUT', 'ABORTED'], stateMachineArn: stateMachines.map((each) => each.stateMachineArn) },
      },
      targets: [new LambdaFunction(this.function)],
    });
    const teardown = new CustomResource(this, 'Teardown', {
      serviceToken: this.function.functionArn,
      resourceType: 'Custom::ClusterTermination',
      properties: { stateMachines: stateMachines.map((each) => each.stateMachineArn) },
    });
    teardown.node.addDependency(this.function);
  }

  private grant(stateMachines: readonly LoggedStateMachine[]): void {
    const { settings } = EnvironmentStack.of(this);
    // Listing knows no resource; which of the clusters may be terminated, their tag says.
    this.function.addToRolePolicy(new PolicyStatement({ actions: ['elasticmapreduce:ListClusters'], resources: ['*'] }));
    this.function.addToRolePolicy(
      new PolicyStatement({
        actions: ['elasticmapreduce:TerminateJobFlows'],
        resources: ['*'],
        conditions: { StringEquals: { [`aws:ResourceTag/${ENVIRONMENT_TAG}`]: settings.name } },
      }),
    );
    const machines = stateMachines.map((each) => each.stateMachineArn);
    this.function.addToRolePolicy(new PolicyStatement({ actions: ['states:ListExecutions'], resources: machines }));
    this.function.addToRolePolicy(
      new PolicyStatement({ actions: ['states:StopExecution'], resources: stateMachines.map(({ name }) => executionsOf(this, name)) }),
    );
  }
}
