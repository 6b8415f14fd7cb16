import { Duration } from 'aws-cdk-lib/core';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import type { MeasuredStream, Measurements } from '../../lambdas/measure-streams/handler.ts';
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
    const measured = streams.map(({ results, ...stream }): MeasuredStream => ({
      name: stream.table,
      topic: stream.topic,
      rejectsTopic: stream.rejectsTopic,
      progress: stream.progress === 'snapshots' ? { table: stream.table } : { checkpoint: checkpointOf(lake.uris, stream) },
      quarantineTable: stream.quarantineTable,
      ...(results && { resultsTopic: results.topic, quality: results.quality(lake.uris) }),
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
    const topics = streams.flatMap(({ topic, rejectsTopic, results }) => [topic, rejectsTopic, ...(results ? [results.topic] : [])]);
    const tables = streams.flatMap(({ table, quarantineTable, progress }) =>
      progress === 'snapshots' ? [table, quarantineTable] : [quarantineTable],
    );
    for (const topic of new Set(topics)) kafka.grantDescribe(this.function, topic);
    for (const table of new Set(tables)) lake.grantReadTable(this.function.role!, table);
    lake.grantReadObjects(lake.tables, this.function.role!, 'checkpoints/');
    if (streams.some(({ results }) => results)) lake.grantReadObjects(lake.tables, this.function.role!, 'models/');
    new Rule(this, 'Every', {
      description: `Measures the streams every ${MEASURE_EVERY_MINUTES} minutes`,
      schedule: Schedule.rate(Duration.minutes(MEASURE_EVERY_MINUTES)),
      targets: [new LambdaFunction(this.function, { retryAttempts: 0 })],
    });
  }

  /** A figure of a stream, its highest in each five minutes. */
  metric({ table }: Stream, metricName: Exclude<keyof Measurements, 'stream'>): Metric {
    return new Metric({
      namespace: 'Millrace',
      metricName,
      dimensionsMap: { service: this.environment, stream: table },
      statistic: Stats.MAXIMUM,
      period: Duration.minutes(MEASURE_EVERY_MINUTES),
      label: `${table} ${metricName}`,
    });
  }
}
