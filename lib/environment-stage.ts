import { Stage } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { checkEnvironment, type Environment } from './environments.ts';
import { LakeStack } from './lake-stack.ts';
import { NetworkStack } from './network-stack.ts';
import { OperationsStack } from './operations-stack.ts';
import { PIPELINES } from './pipelines/index.ts';
import type { ImmediateScoring, Pipeline } from './pipelines/pipeline.ts';
import { PipelinesStack } from './pipelines-stack.ts';
import { ProcessingStack } from './processing-stack.ts';
import { ProducersStack } from './producers-stack.ts';
import { ServingStack } from './serving-stack.ts';
import { StreamStack } from './stream-stack.ts';
import { WarehouseStack } from './warehouse-stack.ts';

export interface EnvironmentStageProps {
  readonly environment: Environment;
}

/** One environment: all its stacks. `cdk deploy 'dev/**'`. */
export class EnvironmentStage extends Stage {
  readonly network: NetworkStack;
  readonly lake: LakeStack;
  readonly stream: StreamStack;
  readonly processing: ProcessingStack;
  readonly warehouse: WarehouseStack;
  readonly producers: ProducersStack;
  readonly pipelines: PipelinesStack;
  /** Where the environment has it. */
  readonly serving?: ServingStack;
  readonly operations: OperationsStack;

  constructor(scope: Construct, id: string, { environment }: EnvironmentStageProps) {
    checkEnvironment(environment);
    const account = environment.account ?? process.env['CDK_DEFAULT_ACCOUNT'];
    const region = environment.region ?? process.env['CDK_DEFAULT_REGION'];
    // Zones are written out, so the region must be known; the CDK command line sets it from the caller's settings.
    if (!region) throw new Error(`region of environment ${environment.name} must be set (AWS_REGION, or lib/environments.ts), got nothing`);
    super(scope, id, { env: { region, ...(account && { account }) } });

    this.network = new NetworkStack(this, 'network', { environment });
    const { network } = this.network;
    this.lake = new LakeStack(this, 'lake', { environment });
    const { lake } = this.lake;
    this.stream = new StreamStack(this, 'stream', { environment, network, lake });
    const { kafka } = this.stream;
    this.processing = new ProcessingStack(this, 'processing', { environment, network, lake, kafka });
    const { cluster, code } = this.processing;
    this.warehouse = new WarehouseStack(this, 'warehouse', { environment, network, lake, kafka });
    const { warehouse } = this.warehouse;
    this.producers = new ProducersStack(this, 'producers', { environment, network, lake, kafka });
    const { replays, replayFunctions, collectFunction } = this.producers;
    this.pipelines = new PipelinesStack(this, 'pipelines', { environment, network, lake, kafka, cluster, code, warehouse, replays });
    const { pipelines, keepers, stageFunction, reportFunction, terminationFunction } = this.pipelines;
    if (environment.immediateScoring)
      this.serving = new ServingStack(this, 'serving', { environment, network, lake, kafka, scorings: scorings() });
    this.operations = new OperationsStack(this, 'operations', {
      environment,
      network,
      lake,
      kafka,
      streams: PIPELINES.flatMap(({ streams }) => streams),
      workgroupName: warehouse.workgroupName,
      clusterId: cluster.clusterId,
      stateMachines: { ...pipelines, ...keepers, ...prefixed('replay', replays) },
      functions: {
        ...prefixed('replay', replayFunctions),
        'collect-events': collectFunction,
        'terminate-clusters': terminationFunction,
        ...this.serving?.functions,
      },
      functionsOfRuns: { 'stage-files': stageFunction, 'render-report': reportFunction },
      // Each has a keeper of its name.
      continuousSteps: Object.keys(keepers),
    });
  }
}

/** What pipelines have scored message by message, by their names. */
function scorings(): Record<string, ImmediateScoring> {
  const pipelines: readonly Pipeline<never>[] = PIPELINES;
  return Object.fromEntries(pipelines.flatMap(({ name, immediateScoring }) => (immediateScoring ? [[name, immediateScoring]] : [])));
}

function prefixed<T>(prefix: string, named: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(named).map(([name, value]) => [`${prefix}-${name}`, value]));
}
