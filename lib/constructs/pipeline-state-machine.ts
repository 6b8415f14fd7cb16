import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { stepsOf, type Step, type UnattendedPipeline } from '../pipelines/pipeline.ts';
import type { EmrCluster } from './emr-cluster.ts';
import { awsEndpoints } from './endpoints.ts';
import { EnvironmentStack } from './environment-stack.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import type { Lake } from './lake.ts';
import { PipelineJobs } from './pipeline-jobs.ts';
import { grantFoundCluster, grantOwnClusters, grantRun, grantWaitingFor, WAITED_STEP } from './pipeline-roles.ts';
import type { Network } from './network.ts';
import type { SparkCode } from './spark-code.ts';
import { continuousDefinition, continuousStepName } from './state-machine/continuous-definition.ts';
import { pipelineDefinition } from './state-machine/pipeline-definition.ts';
import { LoggedStateMachine, stateMachineArn, stateMachineRole } from './logged-state-machine.ts';
import type { Warehouse } from './warehouse.ts';

export interface PipelineParts {
  readonly network: Network;
  readonly lake: Lake;
  readonly kafka: KafkaCluster;
  readonly cluster: EmrCluster;
  readonly code: SparkCode;
  readonly warehouse: Warehouse;
  /** Send a file each, by the name of the pipeline, for those with a replay step. */
  readonly replays: Readonly<Record<string, LoggedStateMachine>>;
  /** Stages files. */
  readonly stage: IFunction;
  /** Renders the report. */
  readonly report: IFunction;
  /** Where the roles of state machines are. */
  readonly roles: Construct;
}

export interface PipelineStateMachineProps<Parameters> extends PipelineParts {
  readonly pipeline: UnattendedPipeline<Parameters>;
}

/**
 * A pipeline of lib/pipelines as a state machine, and beside it one that runs its jobs in the warehouse, and, where the cluster is always
 * there, what keeps its continuous steps going.
 */
export class PipelineStateMachine<Parameters> extends Construct {
  /** Input: the pipeline's inputs, and, where it has a replay step, `bucket` and `key` of a file to send first; all optional. */
  readonly stateMachine: LoggedStateMachine;
  /** To be started every few minutes. */
  readonly keepers: readonly LoggedStateMachine[];

  constructor(scope: Construct, id: string, { pipeline, ...parts }: PipelineStateMachineProps<Parameters>) {
    super(scope, id);
    const { prefix } = EnvironmentStack.of(this);
    const name = `${prefix}-${pipeline.name}`;
    const { network, cluster } = parts;
    const { persistentName } = cluster;
    const continuous = persistentName === undefined ? [] : stepsOf(pipeline).filter(isContinuous);
    const { stateMachine: jobs } = new PipelineJobs(this, 'Jobs', { ...parts, pipeline });
    const replay = parts.replays[pipeline.name];
    const role = stateMachineRole(parts.roles, pipeline.name);
    this.grant(role, name, parts, [jobs, ...(replay ? [replay] : [])]);
    const definition = pipelineDefinition(pipeline, {
      ...this.common(parts),
      name,
      cluster: cluster.persistentName === undefined ? { request: cluster.definition } : { name: cluster.persistentName },
      ...(replay && { replay: replay.stateMachineArn }),
      jobs: jobs.stateMachineArn,
      report: parts.report.functionArn,
    });
    this.stateMachine = new LoggedStateMachine(this, 'StateMachine', { name, definition, role, network });
    this.keepers = continuous.map(
      (step) =>
        new LoggedStateMachine(this, `Keep-${step.name}`, {
          name: `${prefix}-${continuousStepName(pipeline.name, step.name)}`,
          definition: continuousDefinition(pipeline.name, step, pipeline.defaults, { ...this.common(parts), clusterName: persistentName! }),
          role,
          network,
        }),
    );
  }

  /** What the pipeline's state machines may do: they are one thing in two definitions. @param started State machines that runs start */
  private grant(role: Role, name: string, { cluster, report }: PipelineParts, started: readonly LoggedStateMachine[]): void {
    const transient = cluster.persistentName === undefined;
    role.addToPolicy(new PolicyStatement({ actions: ['states:ListExecutions'], resources: [stateMachineArn(this, name)] }));
    for (const machine of started) grantRun(role, machine);
    if (transient) grantOwnClusters(role, cluster);
    else grantFoundCluster(role, [...WAITED_STEP, 'ListSteps']);
    grantWaitingFor(role, [
      'StepFunctionsGetEventsForStepFunctionsExecutionRule',
      'StepFunctionsGetEventForEMRAddJobFlowStepsRule',
      ...(transient ? ['StepFunctionsGetEventForEMRRunJobFlowRule'] : []),
    ]);
    // Not grantInvoke: that allows every version of the function, too.
    role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [report.functionArn] }));
  }

  private common({ lake, kafka, code }: PipelineParts) {
    return {
      endpoints: awsEndpoints({ lake, kafka, code }),
      spark: { script: (file: string) => code.script(file), package: code.package, jars: code.jars, pythonPackages: code.pythonPackages },
      results: lake.uris.results,
    };
  }
}

type SparkStepOf<Parameters> = Extract<Step<Parameters>, { kind: 'spark' }>;

function isContinuous<Parameters>(step: Step<Parameters>): step is SparkStepOf<Parameters> {
  return step.kind === 'spark' && step.continuous !== undefined;
}
