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
import { OUTPUTS } from './outputs.ts';
import { PIPELINES } from './pipelines/index.ts';
import { stepsOf, type Pipeline } from './pipelines/pipeline.ts';

export interface ProducersStackProps extends EnvironmentStackProps {
  readonly network: Network;
  readonly lake: Lake;
  readonly kafka: KafkaCluster;
}

/** How events come in: from files, and from apps. */
export class ProducersStack extends EnvironmentStack {
  /** Sends one file, in as many calls of the function as it takes. Input: `{bucket, key}`. */
  readonly replay: LoggedStateMachine;
  readonly replayFunction: IFunction;
  readonly collectFunction: IFunction;

  constructor(scope: Construct, id: string, { environment, network, lake, kafka }: ProducersStackProps) {
    super(scope, id, 'Millrace: producers', { environment });
    const pipeline = pipelineOfEvents();
    const files = new ReplayFiles(this, 'Replay', { pipeline, network, lake, kafka });
    this.replay = files.stateMachine;
    this.replayFunction = files.function;
    const collect = new CollectApi(this, 'Collect', { pipeline, network, kafka });
    this.collectFunction = collect.function;
    new CfnOutput(this, OUTPUTS.producers.replayStateMachine, { value: this.replay.stateMachineArn });
    new CfnOutput(this, OUTPUTS.producers.collectUrl, { value: collect.url });
  }
}

/** The pipeline whose events are sent: the API takes those of one, at one address. @throws where there are others */
function pipelineOfEvents(): Pipeline<never> {
  const found = (PIPELINES as readonly Pipeline<never>[]).filter((each) => stepsOf(each).some(({ kind }) => kind === 'replay'));
  if (found.length !== 1)
    throw new Error(`one pipeline must have a replay step, got ${found.map(({ name }) => name).join(', ') || 'none'}`);
  return found[0]!;
}
