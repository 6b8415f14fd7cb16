import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Schedule, ScheduleExpression, ScheduleGroup, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-scheduler-targets';
import type { IStateMachine, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { CfnOutput, Duration, RemovalPolicy } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { ClusterTermination } from './constructs/cluster-termination.ts';
import { EnvironmentStack, type EnvironmentStackProps } from './constructs/environment-stack.ts';
import { PipelineStateMachine, type PipelineParts } from './constructs/pipeline-state-machine.ts';
import { ReportFunction } from './constructs/report-function.ts';
import { OUTPUTS } from './outputs.ts';
import { churn } from './pipelines/churn.ts';

export interface PipelinesStackProps extends EnvironmentStackProps, Omit<PipelineParts, 'report'> {}

/** How soon a continuous step that has ended goes on again. */
const KEEP_GOING = Duration.minutes(5);

/** A start that could not be made by then is left to the next. */
const NO_CATCH_UP = Duration.minutes(5);

/** One state machine a pipeline of lib/pipelines. */
export class PipelinesStack extends EnvironmentStack {
  /** By the pipeline's name. */
  readonly pipelines: Readonly<Record<string, IStateMachine>>;
  /** What keeps continuous steps going, by name. */
  readonly keepers: Readonly<Record<string, IStateMachine>>;
  readonly reportFunction: IFunction;
  readonly terminationFunction: IFunction;

  constructor(scope: Construct, id: string, { environment, ...parts }: PipelinesStackProps) {
    super(scope, id, 'Millrace: pipelines', { environment });
    const { lake, warehouse } = parts;
    const report = new ReportFunction(this, 'Report', { lake, warehouse });
    this.reportFunction = report.function;
    const machine = new PipelineStateMachine(this, 'Churn', { ...parts, pipeline: churn, report: report.function });
    this.pipelines = { [churn.name]: machine.stateMachine };
    this.keepers = Object.fromEntries(machine.keepers.map((keeper) => [keeper.name.slice(this.prefix.length + 1), keeper]));
    const termination = new ClusterTermination(this, 'Clusters', [machine.stateMachine, ...machine.keepers]);
    this.terminationFunction = termination.function;

    const scheduleGroup = new ScheduleGroup(this, 'Schedules', { removalPolicy: RemovalPolicy.DESTROY });
    const { enabled, everyHours } = environment.schedules.churn;
    const every = (name: string, interval: Duration, target: StateMachine, on: boolean) =>
      new Schedule(this, name, {
        scheduleGroup,
        schedule: ScheduleExpression.rate(interval),
        target: new StepFunctionsStartExecution(target, {
          input: ScheduleTargetInput.fromObject({}),
          maxEventAge: NO_CATCH_UP,
          retryAttempts: 3,
        }),
        enabled: on,
      }).node.addDependency(termination);
    every('ChurnSchedule', Duration.hours(everyHours), machine.stateMachine, enabled);
    for (const [index, keeper] of machine.keepers.entries()) every(`Keep${index}`, KEEP_GOING, keeper, true);
    new CfnOutput(this, OUTPUTS.pipelines.churn, { value: machine.stateMachine.stateMachineArn });
  }
}
