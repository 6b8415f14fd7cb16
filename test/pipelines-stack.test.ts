import type { Template } from 'aws-cdk-lib/assertions';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { beforeAll, describe, expect, test } from 'vitest';
import type { EnvironmentStage } from '../lib/environment-stage.ts';
import { churn } from '../lib/pipelines/churn.ts';
import { statementsOf, type Statement } from './support/policies.ts';
import { ACCOUNT, REGION, templateOf, testStage } from './support/stacks.ts';

let dev: EnvironmentStage;
let prod: EnvironmentStage;
let devTemplate: Template;
let prodTemplate: Template;

beforeAll(() => {
  dev = testStage('dev');
  prod = testStage('prod');
  devTemplate = templateOf(dev.pipelines);
  prodTemplate = templateOf(prod.pipelines);
});

const roleOf = (stage: EnvironmentStage) => (stage.pipelines.pipelines['churn'] as StateMachine).role;

/** What statements allow of a service; statements of several services are cut to its actions. */
function allowed(statements: readonly Statement[], service: string): unknown[] {
  return statements.flatMap(({ Action, Resource, Condition }) => {
    const actions = [Action].flat().filter((action) => action.startsWith(`${service}:`));
    if (actions.length === 0) return [];
    return [{ Action: actions.length === 1 ? actions[0] : actions, Resource, ...(Condition !== undefined && { Condition }) }];
  });
}

describe('what a run may do', () => {
  test('make clusters that carry the environment’s tag, and use and end those that do', () => {
    const own = { 'aws:ResourceTag/millrace:environment': 'dev' };
    expect(allowed(statementsOf(dev.pipelines, roleOf(dev)), 'elasticmapreduce')).toEqual([
      {
        Action: ['elasticmapreduce:AddTags', 'elasticmapreduce:RunJobFlow'],
        Resource: '*',
        Condition: { StringEquals: { 'aws:RequestTag/millrace:environment': 'dev' } },
      },
      {
        Action: ['AddJobFlowSteps', 'CancelSteps', 'DescribeCluster', 'DescribeStep', 'TerminateJobFlows'].map(
          (each) => `elasticmapreduce:${each}`,
        ),
        Resource: '*',
        Condition: { StringEquals: own },
      },
      {
        Action: ['elasticmapreduce:PutAutoTerminationPolicy', 'elasticmapreduce:PutManagedScalingPolicy'],
        Resource: '*',
        Condition: { StringEqualsIfExists: own },
      },
    ]);
  });

  test('pass the cluster’s two roles, each to its service alone, and make the role by which EMR cleans up', () => {
    const statements = allowed(statementsOf(dev.pipelines, roleOf(dev)), 'iam') as {
      Action: string;
      Condition: unknown;
      Resource: unknown;
    }[];
    expect(statements.map(({ Action, Condition }) => [Action, Condition])).toEqual([
      ['iam:PassRole', { StringEquals: { 'iam:PassedToService': 'elasticmapreduce.amazonaws.com' } }],
      ['iam:PassRole', { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } }],
      ['iam:CreateServiceLinkedRole', { StringEquals: { 'iam:AWSServiceName': 'elasticmapreduce.amazonaws.com' } }],
    ]);
    const [service, nodes] = statements.map(({ Resource }) => JSON.stringify(Resource));
    expect(service).toContain('millrace-dev-processing:ExportsOutputFnGetAttClusterServiceRole');
    expect(nodes).toContain('millrace-dev-processing:ExportsOutputFnGetAttClusterInstanceRole');
  });

  test('start the replay and look after it, look for other runs of its own, call the report', () => {
    const statements = statementsOf(dev.pipelines, roleOf(dev));
    const states = allowed(statements, 'states') as { Action: unknown; Resource: unknown }[];
    expect(states[0]).toEqual({
      Action: 'states:ListExecutions',
      Resource: `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:millrace-dev-churn`,
    });
    expect(states.slice(1).map(({ Action }) => Action)).toEqual([
      'states:StartExecution',
      ['states:DescribeExecution', 'states:StopExecution'],
    ]);
    expect(JSON.stringify(states[1]!.Resource)).toContain('millrace-dev-producers:');
    expect(states[2]!.Resource).toBe(`arn:aws:states:${REGION}:${ACCOUNT}:execution:millrace-dev-replay-churn:*`);
    expect(allowed(statements, 'lambda')).toEqual([
      { Action: 'lambda:InvokeFunction', Resource: dev.pipelines.resolve(dev.pipelines.reportFunction.functionArn) as unknown },
    ]);
  });

  test('nothing else', () => {
    const services = statementsOf(dev.pipelines, roleOf(dev)).flatMap(({ Action }) => [Action].flat().map((each) => each.split(':')[0]));
    expect([...new Set(services)].sort()).toEqual(
      ['elasticmapreduce', 'events', 'iam', 'lambda', 'logs', 'redshift-data', 'redshift-serverless', 'states', 'xray'].sort(),
    );
  });

  test('where the cluster is always there: find it and run steps on it, and neither make nor end one', () => {
    expect(allowed(statementsOf(prod.pipelines, roleOf(prod)), 'elasticmapreduce')).toEqual([
      { Action: 'elasticmapreduce:ListClusters', Resource: '*' },
      {
        Action: ['AddJobFlowSteps', 'CancelSteps', 'DescribeStep', 'ListSteps'].map((each) => `elasticmapreduce:${each}`),
        Resource: '*',
        Condition: { StringEquals: { 'aws:ResourceTag/millrace:environment': 'prod' } },
      },
    ]);
    expect(allowed(statementsOf(prod.pipelines, roleOf(prod)), 'iam')).toEqual([]);
  });
});

describe('state machines', () => {
  test('are traced, and all they do is in a log group of their own that goes with them', () => {
    for (const template of [devTemplate, prodTemplate]) {
      for (const { Properties } of Object.values(template.findResources('AWS::StepFunctions::StateMachine'))) {
        expect(Properties).toMatchObject({ TracingConfiguration: { Enabled: true }, LoggingConfiguration: { Level: 'ALL' } });
      }
      for (const group of Object.values(template.findResources('AWS::Logs::LogGroup'))) expect(group.DeletionPolicy).toBe('Delete');
    }
  });

  test('there is one a pipeline, and one more for what never ends where the cluster is always there', () => {
    const names = (template: Template) =>
      Object.values(template.findResources('AWS::StepFunctions::StateMachine')).map(
        ({ Properties }) => (Properties as { StateMachineName: string }).StateMachineName,
      );
    expect(names(devTemplate)).toEqual(['millrace-dev-churn']);
    expect(names(prodTemplate).sort()).toEqual(['millrace-prod-churn', 'millrace-prod-churn-ingest-continuous']);
    expect(Object.keys(dev.pipelines.pipelines)).toEqual([churn.name]);
  });
});

describe('schedules', () => {
  const states = (template: Template) =>
    Object.values(template.findResources('AWS::Scheduler::Schedule')).map(({ Properties }) => {
      const { ScheduleExpression, State } = Properties as { ScheduleExpression: string; State: string };
      return [ScheduleExpression, State];
    });

  test('a pipeline runs on its own only where that is switched on', () => {
    expect(states(devTemplate)).toEqual([['rate(1 day)', 'DISABLED']]);
    const on = testStage('dev', { schedules: { churn: { enabled: true, everyHours: 6 } } });
    expect(states(templateOf(on.pipelines))).toEqual([['rate(6 hours)', 'ENABLED']]);
  });

  test('what never ends is looked after every five minutes', () => {
    expect(states(prodTemplate)).toContainEqual(['rate(5 minutes)', 'ENABLED']);
  });

  test('their group goes with the stack', () => {
    for (const group of Object.values(devTemplate.findResources('AWS::Scheduler::ScheduleGroup')))
      expect(group.DeletionPolicy).toBe('Delete');
  });
});

describe('no cluster outlives its run', () => {
  test('an execution that did not succeed is told to the function that terminates', () => {
    const [rule] = Object.values(devTemplate.findResources('AWS::Events::Rule'));
    const [machine] = Object.keys(devTemplate.findResources('AWS::StepFunctions::StateMachine'));
    expect(rule!.Properties).toMatchObject({
      EventPattern: {
        source: ['aws.states'],
        'detail-type': ['Step Functions Execution Status Change'],
        detail: { status: ['FAILED', 'TIMED_OUT', 'ABORTED'], stateMachineArn: [{ Ref: machine }] },
      },
    });
  });

  test('that function may end clusters of its environment alone', () => {
    const { role } = dev.pipelines.terminationFunction;
    expect(allowed(statementsOf(dev.pipelines, role!), 'elasticmapreduce')).toEqual([
      { Action: 'elasticmapreduce:ListClusters', Resource: '*' },
      {
        Action: 'elasticmapreduce:TerminateJobFlows',
        Resource: '*',
        Condition: { StringEquals: { 'aws:ResourceTag/millrace:environment': 'dev' } },
      },
    ]);
  });

  test('deleting begins with the schedules, then stops executions, and only then takes the state machines', () => {
    const [teardown] = Object.entries(devTemplate.findResources('Custom::ClusterTermination'));
    const [machine] = Object.keys(devTemplate.findResources('AWS::StepFunctions::StateMachine'));
    expect(teardown![1].Properties).toMatchObject({ stateMachines: [{ Ref: machine }] });
    for (const schedule of Object.values(devTemplate.findResources('AWS::Scheduler::Schedule')))
      expect(schedule.DependsOn).toContain(teardown![0]);
    const policy = Object.keys(devTemplate.findResources('AWS::IAM::Policy')).find((name) => name.startsWith('ClustersFunctionRole'));
    const dependencies = teardown![1].DependsOn as string[];
    const fn = devTemplate.findResources('AWS::Lambda::Function')[dependencies.find((id) => id.startsWith('ClustersFunction'))!];
    expect(fn!.DependsOn).toContain(policy);
  });
});
