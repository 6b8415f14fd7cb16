import { Duration } from 'aws-cdk-lib/core';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import type { Measurements } from '../../lambdas/measure-streams/handler.ts';
import { checkpointOf, type Stream } from '../pipelines/pipeline.ts';
import type { EnvironmentStack } from './environment-stack.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import type { Lake } from './lake.ts';
import type { Network } from './network.ts';
import { NodeFunction } from './node-function.ts';

export interface StreamMeasurementsProps {
  readonly network: Network;
  readonly lake: Lake;
  readonly kafka: KafkaCluster;
  readonly streams: readonly Stream[];
}

/** Minutes between two measurements: the period of their metrics. */
export const MEASURE_EVERY_MINUTES = 5;

/** Figures of each stream, as metrics: what arrived, what waits, what was refused. */
export class StreamMeasurements extends Construct {
  readonly function: NodeFunction;
  private readonly environment: string;

  constructor(scope: EnvironmentStack, id: string, { network, lake, kafka, streams }: StreamMeasurementsProps) {
    super(scope, id);
    this.environment = scope.settings.name;
    const measured = streams.map((stream) => ({
      topic: stream.topic,
      rejectsTopic: stream.rejectsTopic,
      checkpoint: checkpointOf(lake.uris, stream),
      quarantineTable: stream.quarantineTable,
    }));
    this.function = new NodeFunction(this, 'Function', {
      source: 'measure-streams',
      description: 'Measures lag, arrivals and refusals of each stream',
      environment: {
        BROKERS: kafka.brokers,
        DATABASE: lake.databaseName,
        ENVIRONMENT: this.environment,
        STREAMS: scope.toJsonString(measured),
      },
      timeoutSeconds: 60,
      network,
      reservedConcurrency: 1,
    });
    for (const { topic, rejectsTopic, quarantineTable } of streams) {
      kafka.grantDescribe(this.function, topic);
      kafka.grantDescribe(this.function, rejectsTopic);
      lake.grantReadTable(this.function.role!, quarantineTable);
    }
    lake.grantReadObjects(lake.tables, this.function.role!, 'checkpoints/');
    new Rule(this, 'Every', {
      description: `Measures the streams every ${MEASURE_EVERY_MINUTES} minutes`,
      schedule: Schedule.rate(Duration.minutes(MEASURE_EVERY_MINUTES)),
      targets: [new LambdaFunction(this.function, { retryAttempts: 0 })],
    });
  }

  /** A figure of a topic, its highest in each five minutes. */
  metric(topic: string, metricName: Exclude<keyof Measurements, 'topic'>): Metric {
    return new Metric({
      namespace: 'Millrace',
      metricName,
      dimensionsMap: { service: this.environment, topic },
      statistic: Stats.MAXIMUM,
      period: Duration.minutes(MEASURE_EVERY_MINUTES),
      label: `${topic} ${metricName}`,
    });
  }
}
