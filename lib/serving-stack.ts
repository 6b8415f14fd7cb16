import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { EnvironmentStack, type EnvironmentStackProps } from './constructs/environment-stack.ts';
import { ImmediateScorer } from './constructs/immediate-scorer.ts';
import type { KafkaCluster } from './constructs/kafka-cluster.ts';
import type { Lake } from './constructs/lake.ts';
import type { Network } from './constructs/network.ts';
import { capitalized } from './outputs.ts';
import type { ImmediateScoring } from './pipelines/pipeline.ts';

export interface ServingStackProps extends EnvironmentStackProps {
  readonly network: Network;
  readonly lake: Lake;
  readonly kafka: KafkaCluster;
  /** By the pipeline's name. */
  readonly scorings: Readonly<Record<string, ImmediateScoring>>;
}

/** Models that answer within milliseconds, where an environment has that switched on. */
export class ServingStack extends EnvironmentStack {
  /** By the name of their folder. */
  readonly functions: Readonly<Record<string, IFunction>>;

  constructor(scope: Construct, id: string, { environment, scorings, ...parts }: ServingStackProps) {
    super(scope, id, 'Millrace: serving', { environment });
    this.functions = Object.fromEntries(
      Object.entries(scorings).map(([pipeline, scoring]) => [
        scoring.source,
        new ImmediateScorer(this, capitalized(pipeline), { ...parts, scoring }).function,
      ]),
    );
  }
}
