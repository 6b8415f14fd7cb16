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
import { churn } from './pipelines/churn.ts';

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
    const files = new ReplayFiles(this, 'Replay', { pipeline: churn, network, lake, kafka });
    this.replay = files.stateMachine;
    this.replayFunction = files.function;
    const collect = new CollectApi(this, 'Collect', { pipeline: churn, network, kafka });
    this.collectFunction = collect.function;
    new CfnOutput(this, OUTPUTS.producers.replayStateMachine, { value: this.replay.stateMachineArn });
    new CfnOutput(this, OUTPUTS.producers.collectUrl, { value: collect.url });
  }
}
