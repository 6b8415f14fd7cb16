import { CfnEventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { ImmediateScoring } from '../pipelines/pipeline.ts';
import { EnvironmentStack } from './environment-stack.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import type { Lake } from './lake.ts';
import type { Network } from './network.ts';
import { NodeFunction } from './node-function.ts';

export interface ImmediateScorerProps {
  readonly scoring: ImmediateScoring;
  readonly network: Network;
  readonly lake: Lake;
  readonly kafka: KafkaCluster;
}

/** Scoring is arithmetic over some dozens of numbers; half a processor answers a batch in some milliseconds. */
const MEMORY_MB = 1_024;
const TIMEOUT_SECONDS = 30;
/** Messages a call gets at most. */
const BATCH_SIZE = 500;
/** Each takes up to 5 MB/s and 5 calls at a time; the first is paid for all the time. https://docs.aws.amazon.com/lambda/latest/dg/with-kafka-low-latency.html */
const POLLERS = { minimumPollers: 1, maximumPollers: 4 };
/** Tries of a message that cannot be answered for; then it goes to the raw bucket, and the partition goes on. */
const RETRIES = 5;

/**
 * A function on a topic that scores each message as it comes. Its pollers are provisioned: only they hand messages over within less than
 * 100 ms, are told which messages of a batch have failed, and need no interface endpoints.
 */
export class ImmediateScorer extends Construct {
  readonly function: NodeFunction;

  constructor(scope: Construct, id: string, { scoring, network, lake, kafka }: ImmediateScorerProps) {
    super(scope, id);
    const { source, topic, rejectsTopic, resultsTopic, models } = scoring;
    this.function = new NodeFunction(this, 'Function', {
      source,
      description: `Millrace: scores messages of ${topic} as they come`,
      network,
      timeoutSeconds: TIMEOUT_SECONDS,
      memoryMb: MEMORY_MB,
      environment: {
        BROKERS: kafka.brokers,
        MODELS: models(lake.uris),
        PREDICTIONS_TOPIC: resultsTopic,
        REJECTS_TOPIC: rejectsTopic,
      },
    });
    const role = this.function.role!;
    lake.grantReadObjects(lake.tables, role, 'models/');
    kafka.grantProduce(this.function, resultsTopic);
    kafka.grantProduce(this.function, rejectsTopic);
    const group = `${EnvironmentStack.of(this).prefix}-${source}`;
    kafka.grantConsume(role, topic, group);
    kafka.grantEventSource(role);
    role.addManagedPolicy(network.accountWide.eventSources);
    this.grantFailureDestination(lake);

    const mapping = new CfnEventSourceMapping(this, 'Source', {
      functionName: this.function.functionArn,
      eventSourceArn: kafka.clusterArn,
      topics: [topic],
      amazonManagedKafkaEventSourceConfig: { consumerGroupId: group },
      // Whoever wants the past scored has the stream for it.
      startingPosition: 'LATEST',
      batchSize: BATCH_SIZE,
      // Left out it is 500 ms.
      maximumBatchingWindowInSeconds: 0,
      provisionedPollerConfig: POLLERS,
      functionResponseTypes: ['ReportBatchItemFailures'],
      maximumRetryAttempts: RETRIES,
      destinationConfig: { onFailure: { destination: lake.raw.bucketArn } },
    });
    // It is refused where the role may not read the topic yet.
    mapping.node.addDependency(role);
  }

  /** Messages that have failed for good: whole, under `aws/lambda/` of the bucket. https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure-destination.html */
  private grantFailureDestination(lake: Lake): void {
    const role = this.function.role!;
    lake.grantWriteObjects(lake.raw, role, 'aws/lambda/');
    role.addToPrincipalPolicy(new PolicyStatement({ actions: ['s3:ListBucket'], resources: [lake.raw.bucketArn] }));
  }
}
