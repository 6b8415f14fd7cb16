import { CfnOutput } from 'aws-cdk-lib/core';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { CollectApi } from './constructs/collect-api.ts';
import { EnvironmentStack, type EnvironmentStackProps } from './constructs/environment-stack.ts';
import type { KafkaCluster } from './constructs/kafka-cluster.ts';
import type { Lake } from './constructs/lake.ts';
import type { LoggedStateMachine } from './constructs/logged-state-machine.ts';
import type { Network } from './constructs/network.ts';
import { ReplayFiles } from './constructs/replay-files.ts';
import { capitalized, OUTPUTS } from './outputs.ts';
import { REPLAYING, type AnyPipeline } from './pipelines/index.ts';
import { replayStepOf } from './pipelines/pipeline.ts';

export interface ProducersStackProps extends EnvironmentStackProps {
  readonly network: Network;
  readonly lake: Lake;
  readonly kafka: KafkaCluster;
}

/** How events come in: from files, and from apps. */
export class ProducersStack extends EnvironmentStack {
  /** By the pipeline's name: sends one file, in as many calls of the function as it takes. Input: `{bucket, key}`. */
  readonly replays: Readonly<Record<string, LoggedStateMachine>>;
  readonly replayFunctions: Readonly<Record<string, IFunction>>;
  readonly collectFunction: IFunction;

  constructor(scope: Construct, id: string, { environment, network, lake, kafka }: ProducersStackProps) {
    super(scope, id, 'Millrace: producers', { environment });
    const files = REPLAYING.map((pipeline) => {
      const replay = new ReplayFiles(this, `Replay${capitalized(pipeline.name)}`, { pipeline, network, lake, kafka });
      new CfnOutput(this, OUTPUTS.producers[pipeline.name]!, { value: replay.stateMachine.stateMachineArn });
      return { name: pipeline.name, replay };
    });
    this.replays = Object.fromEntries(files.map(({ name, replay }) => [name, replay.stateMachine]));
    this.replayFunctions = Object.fromEntries(files.map(({ name, replay }) => [name, replay.function]));
    const collect = new CollectApi(this, 'Collect', { pipeline: collectedPipeline(), network, kafka });
    this.collectFunction = collect.function;
    new CfnOutput(this, OUTPUTS.producers.collectUrl, { value: collect.url });
  }
}

/** The pipeline whose events apps send one by one: the API takes those of one, at one address. @throws where there are others */
function collectedPipeline(): AnyPipeline {
  const found = REPLAYING.filter((each) => replayStepOf(each).collected);
  if (found.length !== 1)
    throw new Error(`one pipeline must collect its events, got ${found.map(({ name }) => name).join(', ') || 'none'}`);
  return found[0]!;
}
