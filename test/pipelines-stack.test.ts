import type { Template } from 'aws-cdk-lib/assertions';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { CfnElement } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { EnvironmentStage } from '../lib/environment-stage.ts';
import { environment } from '../lib/environments.ts';
import { PIPELINES } from '../lib/pipelines/index.ts';
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

const roleOf = (stage: EnvironmentStage, pipeline = 'churn') => (stage.pipelines.pipelines[pipeline] as StateMachine).role;
const jobsRoleOf = (stage: EnvironmentStage, pipeline: string) =>
  stage.pipelines.node.findChild('Roles').node.findChild(`${pipeline}-jobs`) as IRole;
const stateMachineArn = (name: string) => `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${name}`;
const executionsArn = (name: string) => `arn:aws:states:${REGION}:${ACCOUNT}:execution:${name}:*`;

const idOf = (path: string) => {
  const found = path.split('/').reduce<IConstruct>((scope, id) => scope.node.findChild(id), dev.pipelines);
  return dev.pipelines.getLogicalId(found.node.defaultChild as CfnElement);
};
const refOf = (path: string) => ({ Ref: idOf(path) });

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

  /** State machines that a run of the pipeline may start besides, and the executions that it may look after. */
  function startable(pipeline: string): { started: unknown[]; executions: unknown[] } {
    const states = allowed(statementsOf(dev.pipelines, roleOf(dev, pipeline)), 'states') as { Action: unknown; Resource: unknown }[];
    const [look, start, follow] = states;
    expect(states.map(({ Action }) => Action)).toEqual([
      'states:ListExecutions',
      'states:StartExecution',
      ['states:DescribeExecution', 'states:StopExecution'],
    ]);
    expect(look!.Resource).toEqual(stateMachineArn(`millrace-dev-${pipeline}`));
    return { started: [start!.Resource].flat(), executions: [follow!.Resource].flat() };
  }

  test('of churn, start the replay and its own jobs, and look after them', () => {
    const { started, executions } = startable('churn');
    expect(started).toHaveLength(2);
    expect(started).toContainEqual(refOf('Churn/Jobs/StateMachine'));
    expect(started).toContainEqual({
      'Fn::ImportValue': expect.stringMatching(/^millrace-dev-producers:.*ReplayChurnStateMachine/) as unknown,
    });
    expect(executions.toSorted()).toEqual([executionsArn('millrace-dev-churn-jobs'), executionsArn('millrace-dev-replay-churn')]);
  });

  test('of songplays, start its own jobs, and nothing that sends events', () => {
    expect(startable('songplays')).toEqual({
      started: [refOf('Songplays/Jobs/StateMachine')],
      executions: [executionsArn('millrace-dev-songplays-jobs')],
    });
  });

  test.each(['churn', 'songplays'])('of %s, look for other runs of its own and call the report; nothing else', (pipeline) => {
    const statements = statementsOf(dev.pipelines, roleOf(dev, pipeline));
    expect(allowed(statements, 'lambda')).toEqual([
      { Action: 'lambda:InvokeFunction', Resource: dev.pipelines.resolve(dev.pipelines.reportFunction.functionArn) as unknown },
    ]);
    const services = statements.flatMap(({ Action }) => [Action].flat().map((each) => each.split(':')[0]));
    // None of the warehouse: whoever may start the jobs may run their statements, and no others.
    expect([...new Set(services)].sort()).toEqual(['elasticmapreduce', 'events', 'iam', 'lambda', 'logs', 'states', 'xray'].sort());
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

describe('what a pipeline’s jobs may do', () => {
  const sessions = (pipeline: string) => ({
    StringLike: {
      'redshift-data:statement-owner-iam-userid': {
        'Fn::Join': ['', [{ 'Fn::GetAtt': [idOf(`Roles/${pipeline}-jobs`), 'RoleId'] }, ':*']],
      },
    },
  });

  test.each(['churn', 'songplays'])('of %s, run statements in the warehouse and follow up their own', (pipeline) => {
    const statements = statementsOf(dev.pipelines, jobsRoleOf(dev, pipeline));
    const workgroup: unknown = { 'Fn::ImportValue': expect.stringContaining('WarehouseWorkgroup') as unknown };
    expect(allowed(statements, 'redshift-data')).toEqual(
      expect.arrayContaining([
        { Action: ['redshift-data:BatchExecuteStatement', 'redshift-data:ExecuteStatement'], Resource: workgroup },
        {
          Action: ['CancelStatement', 'DescribeStatement', 'GetStatementResult'].map((each) => `redshift-data:${each}`),
          Resource: '*',
          Condition: sessions(pipeline),
        },
      ]),
    );
    expect(allowed(statements, 'redshift-serverless')).toEqual([{ Action: 'redshift-serverless:GetCredentials', Resource: workgroup }]);
    const services = statements.flatMap(({ Action }) => [Action].flat().map((each) => each.split(':')[0]));
    const called = pipeline === 'songplays' ? ['lambda'] : [];
    expect([...new Set(services)].sort()).toEqual([...called, 'logs', 'redshift-data', 'redshift-serverless', 'xray'].sort());
  });

  test('of songplays, call the function that stages', () => {
    expect(allowed(statementsOf(dev.pipelines, jobsRoleOf(dev, 'songplays')), 'lambda')).toEqual([
      { Action: 'lambda:InvokeFunction', Resource: dev.pipelines.resolve(dev.pipelines.stageFunction.functionArn) as unknown },
    ]);
  });

  test('the database is told of each role that changes rows', () => {
    const loaders = Object.values(devTemplate.findResources('Custom::WarehouseLoader')).map(
      ({ Properties }) => (Properties as { RoleName: unknown }).RoleName,
    );
    expect(loaders).toEqual(PIPELINES.map(({ name }) => ({ Ref: idOf(`Roles/${name}-jobs`) })));
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

  test('there is one a pipeline and one for its jobs, and one more for what never ends where the cluster is always there', () => {
    const names = (template: Template) =>
      Object.values(template.findResources('AWS::StepFunctions::StateMachine')).map(
        ({ Properties }) => (Properties as { StateMachineName: string }).StateMachineName,
      );
    const each = (stage: string) => PIPELINES.flatMap(({ name }) => [`millrace-${stage}-${name}`, `millrace-${stage}-${name}-jobs`]);
    expect(names(devTemplate).sort()).toEqual(each('dev').sort());
    const continuous = ['millrace-prod-churn-ingest-continuous', 'millrace-prod-clicks-score-continuous'];
    expect(names(prodTemplate).sort()).toEqual([...each('prod'), ...continuous].sort());
    expect(Object.keys(dev.pipelines.pipelines)).toEqual(PIPELINES.map(({ name }) => name));
  });

  test('each pipeline’s is known by an output', () => {
    for (const name of ['Churn', 'Songplays', 'Clicks', 'Assessments'])
      devTemplate.hasOutput(`${name}StateMachineArn`, { Value: refOf(`${name}/StateMachine`) });
  });
});

describe('schedules', () => {
  const states = (template: Template) =>
    Object.values(template.findResources('AWS::Scheduler::Schedule')).map(({ Properties }) => {
      const { ScheduleExpression, State } = Properties as { ScheduleExpression: string; State: string };
      return [ScheduleExpression, State];
    });

  test('a pipeline runs on its own only where that is switched on', () => {
    // Songplays and assessments by the hour.
    const off = [
      ['rate(1 day)', 'DISABLED'],
      ['rate(1 hour)', 'DISABLED'],
      ['rate(1 day)', 'DISABLED'],
      ['rate(1 hour)', 'DISABLED'],
    ];
    expect(states(devTemplate)).toEqual(off);
    const on = testStage('dev', { schedules: { ...environment('dev').schedules, churn: { enabled: true, everyHours: 6 } } });
    expect(states(templateOf(on.pipelines))).toEqual([['rate(6 hours)', 'ENABLED'], ...off.slice(1)]);
  });

  test('a start that was missed is not made up for', () => {
    for (const { Properties } of Object.values(devTemplate.findResources('AWS::Scheduler::Schedule')))
      expect(Properties).toMatchObject({ Target: { RetryPolicy: { MaximumEventAgeInSeconds: 300 } } });
  });

  test('a pipeline that has none in the settings is told', () => {
    expect(() => testStage('dev', { schedules: { churn: { enabled: false, everyHours: 1 } } })).toThrow(
      'schedules of environment dev must hold songplays, got churn',
    );
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
  const machines = () => ['Churn', 'Songplays', 'Clicks', 'Assessments'].map((name) => refOf(`${name}/StateMachine`));

  test('an execution that did not succeed is told to the function that terminates', () => {
    const [rule] = Object.values(devTemplate.findResources('AWS::Events::Rule'));
    expect(rule!.Properties).toMatchObject({
      EventPattern: {
        source: ['aws.states'],
        'detail-type': ['Step Functions Execution Status Change'],
        detail: { status: ['FAILED', 'TIMED_OUT', 'ABORTED'], stateMachineArn: machines() },
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
    expect(teardown![1].Properties).toMatchObject({ stateMachines: machines() });
    for (const schedule of Object.values(devTemplate.findResources('AWS::Scheduler::Schedule')))
      expect(schedule.DependsOn).toContain(teardown![0]);
    const policy = Object.keys(devTemplate.findResources('AWS::IAM::Policy')).find((name) => name.startsWith('ClustersFunctionRole'));
    const dependencies = teardown![1].DependsOn as string[];
    const fn = devTemplate.findResources('AWS::Lambda::Function')[dependencies.find((id) => id.startsWith('ClustersFunction'))!];
    expect(fn!.DependsOn).toContain(policy);
  });
});
