import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { EnvironmentStack } from './environment-stack.ts';
import { deliveredLogs } from './log-delivery.ts';
import type { Network } from './network.ts';
import type { Definition } from './state-machine/states.ts';

export interface LoggedStateMachineProps {
  readonly name: string;
  readonly definition: Definition;
  readonly role: Role;
  readonly network: Network;
}

/** A state machine of a rendered definition, traced, with all it does in a log group of its own. */
export class LoggedStateMachine extends StateMachine {
  readonly name: string;

  constructor(scope: Construct, id: string, { name, definition, role, network }: LoggedStateMachineProps) {
    const stack = EnvironmentStack.of(scope);
    role.addManagedPolicy(network.accountWide.logDelivery);
    const destination = new LogGroup(scope, `${id}Logs`, {
      logGroupName: deliveredLogs('states', name),
      retention: stack.settings.retention.logDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    super(scope, id, {
      stateMachineName: name,
      stateMachineType: StateMachineType.STANDARD,
      comment: definition.Comment,
      definitionBody: DefinitionBody.fromString(stack.toJsonString(definition)),
      // CDK would write the account-wide rights of logs and traces into the role's own policy.
      role: role.withoutPolicyUpdates(),
      tracingEnabled: true,
      // What failed is told by the execution itself; rejected events, which data hold, are nobody's but the report's.
      logs: { level: LogLevel.ALL, includeExecutionData: false, destination },
    });
    this.name = name;
  }
}

export function stateMachineRole(scope: Construct, id: string): Role {
  return new Role(scope, id, { assumedBy: new ServicePrincipal('states.amazonaws.com') });
}

/** ARN of a state machine by its name: its role is made before it. */
export function stateMachineArn(scope: Construct, name: string): string {
  return Stack.of(scope).formatArn({
    service: 'states',
    resource: 'stateMachine',
    resourceName: name,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}
