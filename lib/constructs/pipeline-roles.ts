import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { ArnFormat, Stack } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';
import type { EmrCluster } from './emr-cluster.ts';
import { ENVIRONMENT_TAG } from './emr-definition.ts';
import { EnvironmentStack } from './environment-stack.ts';
import type { LoggedStateMachine } from './logged-state-machine.ts';

/** Steps that are waited for: an EventBridge rule of Step Functions' own tells it when one ends. */
export const WAITED_STEP = ['AddJobFlowSteps', 'CancelSteps', 'DescribeStep'];

/** What a state machine needs to find the cluster that is always there, and to do `actions` on it. */
export function grantFoundCluster(role: Role, actions: readonly string[]): void {
  // Listing knows no resource.
  role.addToPolicy(new PolicyStatement({ actions: ['elasticmapreduce:ListClusters'], resources: ['*'] }));
  grantOnClusters(role, actions);
}

/** What a state machine needs to make its own clusters, run steps on them and terminate them, and to touch no other environment's. */
export function grantOwnClusters(role: Role, { instanceRole, serviceRole }: EmrCluster): void {
  const { account, partition, settings } = EnvironmentStack.of(role);
  // What is not there yet has neither ARN nor tags; making it with tags takes the right to tag, too.
  role.addToPolicy(
    new PolicyStatement({
      actions: ['elasticmapreduce:AddTags', 'elasticmapreduce:RunJobFlow'],
      resources: ['*'],
      conditions: { StringEquals: { [`aws:RequestTag/${ENVIRONMENT_TAG}`]: settings.name } },
    }),
  );
  grantOnClusters(role, [...WAITED_STEP, 'DescribeCluster', 'TerminateJobFlows']);
  // Both policies are part of the request, when the cluster may have no tags yet. Another environment's cluster has its own.
  // https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-auto-termination-policy.html
  role.addToPolicy(
    new PolicyStatement({
      actions: ['elasticmapreduce:PutAutoTerminationPolicy', 'elasticmapreduce:PutManagedScalingPolicy'],
      resources: ['*'],
      conditions: { StringEqualsIfExists: { [`aws:ResourceTag/${ENVIRONMENT_TAG}`]: settings.name } },
    }),
  );
  for (const [passed, service] of [
    [serviceRole, 'elasticmapreduce.amazonaws.com'],
    [instanceRole, 'ec2.amazonaws.com'],
  ] as const) {
    const conditions = { StringEquals: { 'iam:PassedToService': service } };
    role.addToPolicy(new PolicyStatement({ actions: ['iam:PassRole'], resources: [passed.roleArn], conditions }));
  }
  // The first cluster of an account makes the role by which EMR cleans up after clusters.
  const emr = 'elasticmapreduce.amazonaws.com';
  role.addToPolicy(
    new PolicyStatement({
      actions: ['iam:CreateServiceLinkedRole'],
      resources: [`arn:${partition}:iam::${account}:role/aws-service-role/${emr}/AWSServiceRoleForEMRCleanup`],
      conditions: { StringEquals: { 'iam:AWSServiceName': emr } },
    }),
  );
}

/** The star: a cluster's id is known only when it is made; its tag tells whose it is. */
function grantOnClusters(role: Role, actions: readonly string[]): void {
  role.addToPolicy(
    new PolicyStatement({
      actions: actions.map((each) => `elasticmapreduce:${each}`),
      resources: ['*'],
      conditions: { StringEquals: { [`aws:ResourceTag/${ENVIRONMENT_TAG}`]: EnvironmentStack.of(role).settings.name } },
    }),
  );
}

/** The rules by which EventBridge tells Step Functions that what it waits for has ended; Step Functions makes them itself. */
export function grantWaitingFor(role: Role, rules: readonly string[]): void {
  const stack = Stack.of(role);
  role.addToPolicy(
    new PolicyStatement({
      actions: ['events:DescribeRule', 'events:PutRule', 'events:PutTargets'],
      resources: rules.map((name) => stack.formatArn({ service: 'events', resource: 'rule', resourceName: name })),
    }),
  );
}

/** Running another state machine and waiting for its end. */
export function grantRun(role: Role, { stateMachineArn, name }: LoggedStateMachine): void {
  role.addToPolicy(new PolicyStatement({ actions: ['states:StartExecution'], resources: [stateMachineArn] }));
  role.addToPolicy(
    new PolicyStatement({
      actions: ['states:DescribeExecution', 'states:StopExecution'],
      resources: [executionsOf(role, name)],
    }),
  );
}

/** ARNs of the executions of a state machine, by its name. The star: each has a name of its own. */
export function executionsOf(scope: IConstruct, name: string): string {
  return Stack.of(scope).formatArn({
    service: 'states',
    resource: 'execution',
    resourceName: `${name}:*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}
