import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { stepsOf, type Step, type UnattendedPipeline } from '../pipelines/pipeline.ts';
import { loadStatements } from '../warehouse/load-statements.ts';
import type { EmrCluster } from './emr-cluster.ts';
import { awsEndpoints } from './endpoints.ts';
import { EnvironmentStack } from './environment-stack.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import type { Lake } from './lake.ts';
import { grantFoundCluster, grantOwnClusters, grantRun, grantWaitingFor, WAITED_STEP } from './pipeline-roles.ts';
import type { Network } from './network.ts';
import type { SparkCode } from './spark-code.ts';
import { continuousDefinition } from './state-machine/continuous-definition.ts';
import { pipelineDefinition } from './state-machine/pipeline-definition.ts';
import type { Definition } from './state-machine/states.ts';
import { LoggedStateMachine, stateMachineArn, stateMachineRole } from './logged-state-machine.ts';
import type { Warehouse } from './warehouse.ts';

export interface PipelineParts {
  readonly network: Network;
  readonly lake: Lake;
  readonly kafka: KafkaCluster;
  readonly cluster: EmrCluster;
  readonly code: SparkCode;
  readonly warehouse: Warehouse;
  /** Sends a file. */
  readonly replay: LoggedStateMachine;
  /** Renders the report. */
  readonly report: IFunction;
}

export interface PipelineStateMachineProps<Parameters> extends PipelineParts {
  readonly pipeline: UnattendedPipeline<Parameters>;
}

/** A pipeline of lib/pipelines as a state machine, and beside it, where the cluster is always there, what keeps its continuous steps going. */
export class PipelineStateMachine<Parameters> extends Construct {
  /** Input: the pipeline's inputs, and `bucket` and `key` of a file to send first; all optional. */
  readonly stateMachine: LoggedStateMachine;
  /** To be started every few minutes. */
  readonly keepers: readonly LoggedStateMachine[];

  constructor(scope: Construct, id: string, { pipeline, ...parts }: PipelineStateMachineProps<Parameters>) {
    super(scope, id);
    const name = `${EnvironmentStack.of(this).prefix}-${pipeline.name}`;
    const { network, cluster } = parts;
    const { persistentName } = cluster;
    const continuous = persistentName === undefined ? [] : stepsOf(pipeline).filter(isContinuous);
    const role = stateMachineRole(this, 'Role');
    this.grant(role, name, parts);
    const definition = this.definition(pipeline, name, parts);
    this.stateMachine = new LoggedStateMachine(this, 'StateMachine', { name, definition, role, network });
    this.keepers = continuous.map(
      (step) =>
        new LoggedStateMachine(this, `Keep-${step.name}`, {
          name: `${name}-${step.name}-continuous`,
          definition: continuousDefinition(pipeline.name, step, pipeline.defaults, { ...this.common(parts), clusterName: persistentName! }),
          role,
          network,
        }),
    );
  }

  /** What the pipeline's state machines may do: they are one thing in two definitions. */
  private grant(role: Role, name: string, { cluster, warehouse, replay, report }: PipelineParts): void {
    const transient = cluster.persistentName === undefined;
    role.addToPolicy(new PolicyStatement({ actions: ['states:ListExecutions'], resources: [stateMachineArn(this, name)] }));
    grantRun(role, replay);
    if (transient) grantOwnClusters(role, cluster);
    else grantFoundCluster(role, [...WAITED_STEP, 'ListSteps']);
    grantWaitingFor(role, [
      'StepFunctionsGetEventsForStepFunctionsExecutionRule',
      'StepFunctionsGetEventForEMRAddJobFlowStepsRule',
      ...(transient ? ['StepFunctionsGetEventForEMRRunJobFlowRule'] : []),
    ]);
    warehouse.grantLoad(role);
    // Not grantInvoke: that allows every version of the function, too.
    role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [report.functionArn] }));
  }

  private definition(pipeline: UnattendedPipeline<Parameters>, name: string, parts: PipelineParts): Definition {
    const { lake, cluster, warehouse, replay, report } = parts;
    const { region } = EnvironmentStack.of(this);
    return pipelineDefinition(pipeline, {
      ...this.common(parts),
      name,
      cluster: cluster.persistentName === undefined ? { request: cluster.definition } : { name: cluster.persistentName },
      replay: replay.stateMachineArn,
      warehouse: {
        workgroup: warehouse.workgroupName,
        database: warehouse.databaseName,
        statements: loadStatements(pipeline.tables, { exports: lake.uris.exports, copyRole: warehouse.copyRoleArn, region }),
      },
      report: report.functionArn,
    });
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
