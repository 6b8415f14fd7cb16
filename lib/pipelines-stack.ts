import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Schedule, ScheduleExpression, ScheduleGroup, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-scheduler-targets';
import type { IStateMachine, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { CfnOutput, Duration, RemovalPolicy } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { ClusterTermination } from './constructs/cluster-termination.ts';
import { EnvironmentStack, type EnvironmentStackProps } from './constructs/environment-stack.ts';
import { PipelineStateMachine, type PipelineParts } from './constructs/pipeline-state-machine.ts';
import { ReportFunction } from './constructs/report-function.ts';
import { StageFunction } from './constructs/stage-function.ts';
import type { Environment } from './environments.ts';
import { capitalized, OUTPUTS } from './outputs.ts';
import { PIPELINES, type AnyPipeline } from './pipelines/index.ts';

export interface PipelinesStackProps extends EnvironmentStackProps, Omit<PipelineParts, 'report' | 'stage' | 'roles'> {}

/** How soon a continuous step that has ended goes on again. */
const KEEP_GOING = Duration.minutes(5);

/** A start that could not be made by then is left to the next. */
const NO_CATCH_UP = Duration.minutes(5);

/** One state machine a pipeline of lib/pipelines, and what starts it, what it calls, and what cleans up after it. */
export class PipelinesStack extends EnvironmentStack {
  /** By the pipeline's name. */
  readonly pipelines: Readonly<Record<string, IStateMachine>>;
  /** What keeps continuous steps going, by name. */
  readonly keepers: Readonly<Record<string, IStateMachine>>;
  readonly stageFunction: IFunction;
  readonly reportFunction: IFunction;
  readonly terminationFunction: IFunction;

  constructor(scope: Construct, id: string, { environment, ...parts }: PipelinesStackProps) {
    super(scope, id, 'Millrace: pipelines', { environment });
    const { lake, warehouse } = parts;
    this.stageFunction = new StageFunction(this, 'Stage', { pipelines: PIPELINES, lake, warehouse }).function;
    this.reportFunction = new ReportFunction(this, 'Report', { lake, warehouse }).function;
    const roles = new Construct(this, 'Roles');
    const common = { ...parts, stage: this.stageFunction, report: this.reportFunction, roles };
    // Parameters of the one are not those of the other; here nobody looks at them.
    const machines = (PIPELINES as readonly unknown[] as readonly AnyPipeline[]).map((pipeline) => {
      const { stateMachine, keepers } = new PipelineStateMachine(this, capitalized(pipeline.name), { ...common, pipeline });
      return { pipeline, stateMachine, keepers };
    });
    const keepers = machines.flatMap((each) => each.keepers);
    this.pipelines = Object.fromEntries(machines.map(({ pipeline, stateMachine }) => [pipeline.name, stateMachine]));
    this.keepers = Object.fromEntries(keepers.map((keeper) => [keeper.name.slice(this.prefix.length + 1), keeper]));
    const termination = new ClusterTermination(this, 'Clusters', [...machines.map(({ stateMachine }) => stateMachine), ...keepers]);
    this.terminationFunction = termination.function;

    const scheduleGroup = new ScheduleGroup(this, 'Schedules', { removalPolicy: RemovalPolicy.DESTROY });
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
    for (const { pipeline, stateMachine } of machines) {
      const { enabled, everyHours } = scheduleOf(environment, pipeline.name);
      every(`${capitalized(pipeline.name)}Schedule`, Duration.hours(everyHours), stateMachine, enabled);
      new CfnOutput(this, OUTPUTS.pipelines[pipeline.name]!, { value: stateMachine.stateMachineArn });
    }
    for (const [name, keeper] of Object.entries(this.keepers)) every(`Keep-${name}`, KEEP_GOING, keeper as StateMachine, true);
  }
}

function scheduleOf({ name, schedules }: Environment, pipeline: string) {
  const schedule = schedules[pipeline];
  if (!schedule) throw new Error(`schedules of environment ${name} must hold ${pipeline}, got ${Object.keys(schedules).join(', ')}`);
  return schedule;
}
