import { Duration } from 'aws-cdk-lib/core';
import { MathExpression, Metric, Stats, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Stream } from '../pipelines/pipeline.ts';
import type { Alarms } from './alarms.ts';
import type { EnvironmentStack } from './environment-stack.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import { MEASURE_EVERY_MINUTES, type StreamMeasurements } from './stream-measurements.ts';

/** Periods of the measurements in which a backlog must stay before anybody is told: a quarter of an hour. */
const LAG_PERIODS = 3;
/** Of a broker's disk; storage scaling has begun by then and has its limit. */
const DISK_USED_PERCENT = 80;

/** A counter that only grows, as what it gained in each period. */
export function growthOf(counter: IMetric, label: string): MathExpression {
  return new MathExpression({
    expression: 'DIFF(counter)',
    usingMetrics: { counter },
    period: Duration.minutes(MEASURE_EVERY_MINUTES),
    label,
  });
}

/** Alarms on what flows: backlog, silence, refusals. */
export function addStreamAlarms(alarms: Alarms, measurements: StreamMeasurements, streams: readonly Stream[]): void {
  const { lagMessages, quietHours } = (alarms.node.scope as EnvironmentStack).settings.alarms;
  for (const { topic, rejectsTopic, quarantineTable } of streams) {
    alarms.add(`${topic}-lag`, {
      metric: measurements.metric(topic, 'Lag'),
      above: lagMessages,
      periods: LAG_PERIODS,
      missingIsBad: true,
      meaning: `More than ${lagMessages} messages of ${topic} wait for the ingest, or nobody can say how many.`,
      remedy: 'millrace status shows whether the ingest runs; start the pipeline, or give the cluster more task nodes (maxTaskUnits).',
    });
    alarms.add(`${topic}-quiet`, {
      metric: new MathExpression({
        // The opposite of growth, as alarms ring above: 1 where nothing arrived.
        expression: 'IF(DIFF(counter) > 0, 0, 1)',
        usingMetrics: { counter: measurements.metric(topic, 'EndOffset') },
        period: Duration.minutes(MEASURE_EVERY_MINUTES),
        label: `${topic} quiet`,
      }),
      above: 0,
      periods: (quietHours * 60) / MEASURE_EVERY_MINUTES,
      missingIsBad: true,
      meaning: `No message has arrived in ${topic} for ${quietHours} h.`,
      remedy:
        'see whether apps still send (errors and throttles of collect-events) and whether files still land in the raw bucket (executions of the replay state machine).',
    });
    alarms.add(`${topic}-rejects`, {
      metric: growthOf(measurements.metric(topic, 'Rejected'), `${topic} newly rejected`),
      above: 0,
      missingIsBad: false,
      meaning: `Producers refused events of ${topic}.`,
      remedy: `read the reasons in the topic ${rejectsTopic}; mend the sender, or the contract where it is too narrow, and send the events again.`,
    });
    alarms.add(`${topic}-quarantine`, {
      metric: growthOf(measurements.metric(topic, 'Quarantined'), `${topic} newly quarantined`),
      above: 0,
      missingIsBad: false,
      meaning: `The ingest refused messages of ${topic}.`,
      remedy: `SELECT reason, count(*) FROM ${quarantineTable} GROUP BY reason tells why: something writes to the topic past the producers.`,
    });
  }
}

/** Alarms on the brokers. */
export function addBrokerAlarms(alarms: Alarms, kafka: KafkaCluster): void {
  const { brokers, maxStorageGiB } = (alarms.node.scope as EnvironmentStack).settings.stream;
  for (let broker = 1; broker <= brokers; broker++) {
    alarms.add(`broker-${broker}-disk`, {
      metric: diskUsed(kafka, broker),
      above: DISK_USED_PERCENT,
      missingIsBad: true,
      meaning: `More than ${DISK_USED_PERCENT} % of the disk of broker ${broker} is used, or the broker says nothing.`,
      remedy: `raise stream.maxStorageGiB (now ${maxStorageGiB}) or shorten the topics' retention before it is full: a full broker stops.`,
    });
  }
  alarms.add('offline-partitions', {
    metric: offlinePartitions(kafka),
    above: 0,
    missingIsBad: true,
    meaning: 'Partitions have no leader: nobody can read or write them.',
    remedy: "look at the brokers' log group and the state of the MSK cluster; a broker that heals or restarts brings them back.",
  });
}

export function diskUsed({ clusterName }: KafkaCluster, broker: number): Metric {
  return brokerMetric('KafkaDataLogsDiskUsed', { 'Cluster Name': clusterName, 'Broker ID': String(broker) }, `broker ${broker}`);
}

export function offlinePartitions({ clusterName }: KafkaCluster): Metric {
  return brokerMetric('OfflinePartitionsCount', { 'Cluster Name': clusterName }, 'offline partitions');
}

/** https://docs.aws.amazon.com/msk/latest/developerguide/metrics-details.html, level DEFAULT: free. */
function brokerMetric(metricName: string, dimensionsMap: Record<string, string>, label: string): Metric {
  return new Metric({ namespace: 'AWS/Kafka', metricName, dimensionsMap, statistic: Stats.MAXIMUM, period: Duration.minutes(5), label });
}
