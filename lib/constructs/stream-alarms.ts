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

/** Periods in which messages come and no result does, before anybody is told. */
const RESULT_PERIODS = 3;
/** Where predictions are this much too high or too low on average, somebody should look; so they should where a constant would do as well. */
const MOST_CALIBRATION = 1.25;
const MOST_ENTROPY = 1;
/** Half an hour: a few unlucky predictions are no drift. */
const DRIFT_PERIODS = 6;

/** Alarms on what flows: backlog, silence, refusals, and what models make of it. */
export function addStreamAlarms(alarms: Alarms, measurements: StreamMeasurements, streams: readonly Stream[]): void {
  const first = streams.filter(({ topic }, index) => streams.findIndex((each) => each.topic === topic) === index);
  for (const stream of first) addArrivalAlarms(alarms, measurements, stream);
  addMeasuringAlarm(alarms, measurements);
  for (const stream of streams) {
    addReaderAlarms(alarms, measurements, stream);
    if (stream.results) addResultAlarms(alarms, measurements, stream);
  }
}

/** Name of a stream's alarms: that of its table, as names of alarms are written. */
const named = ({ table }: Stream, what: string) => `${table.replaceAll('_', '-')}-${what}`;

/** Of a topic that nobody has used there is no figure, so that missing ones are no bad sign; that nobody measures at all is. */
function addMeasuringAlarm(alarms: Alarms, measurements: StreamMeasurements): void {
  alarms.add('streams-unmeasured', {
    metric: new MathExpression({
      expression: 'IF(calls > 0, 0, 1)',
      usingMetrics: {
        calls: measurements.function.metricInvocations({ period: Duration.minutes(MEASURE_EVERY_MINUTES), statistic: Stats.SUM }),
      },
      period: Duration.minutes(MEASURE_EVERY_MINUTES),
      label: 'streams unmeasured',
    }),
    above: 0,
    periods: LAG_PERIODS,
    missingIsBad: true,
    meaning: 'Nobody measures the streams: their alarms cannot ring.',
    remedy: 'see whether the rule that calls measure-streams every five minutes is enabled, and whether the function is throttled.',
  });
}

function addArrivalAlarms(alarms: Alarms, measurements: StreamMeasurements, stream: Stream): void {
  const { quietHours } = (alarms.node.scope as EnvironmentStack).settings.alarms;
  const { topic, rejectsTopic } = stream;
  alarms.add(named(stream, 'quiet'), {
    metric: new MathExpression({
      // The opposite of growth, as alarms ring above: 1 where nothing arrived. A topic that nobody has used yet is not missed.
      expression: 'IF(counter == 0 OR DIFF(counter) > 0, 0, 1)',
      usingMetrics: { counter: measurements.metric(stream, 'EndOffset') },
      period: Duration.minutes(MEASURE_EVERY_MINUTES),
      label: `${topic} quiet`,
    }),
    above: 0,
    periods: (quietHours * 60) / MEASURE_EVERY_MINUTES,
    missingIsBad: false,
    meaning: `No message has arrived in ${topic} for ${quietHours} h.`,
    remedy:
      'see whether apps still send (errors and throttles of collect-events) and whether files still land in the raw bucket (executions of the replay state machine).',
  });
  alarms.add(named(stream, 'rejects'), {
    metric: growthOf(measurements.metric(stream, 'Rejected'), `${topic} newly rejected`),
    above: 0,
    missingIsBad: false,
    meaning: `Producers refused events of ${topic}.`,
    remedy: `read the reasons in the topic ${rejectsTopic}; mend the sender, or the contract where it is too narrow, and send the events again.`,
  });
}

function addReaderAlarms(alarms: Alarms, measurements: StreamMeasurements, stream: Stream): void {
  const { lagMessages } = (alarms.node.scope as EnvironmentStack).settings.alarms;
  const { topic, table, quarantineTable } = stream;
  alarms.add(named(stream, 'lag'), {
    metric: measurements.metric(stream, 'Lag'),
    above: lagMessages,
    periods: LAG_PERIODS,
    missingIsBad: false,
    meaning: `More than ${lagMessages} messages of ${topic} wait for what writes ${table}.`,
    remedy: 'millrace status shows whether it runs; start the pipeline, or give the cluster more task nodes (maxTaskUnits).',
  });
  alarms.add(named(stream, 'quarantine'), {
    metric: growthOf(measurements.metric(stream, 'Quarantined'), `${table} newly quarantined`),
    above: 0,
    missingIsBad: false,
    meaning: `Messages of ${topic} were refused on their way to ${table}.`,
    remedy: `SELECT reason, count(*) FROM ${quarantineTable} GROUP BY reason tells why: something writes to the topic past the producers.`,
  });
}

function addResultAlarms(alarms: Alarms, measurements: StreamMeasurements, stream: Stream): void {
  const { topic, table } = stream;
  const { processing } = (alarms.node.scope as EnvironmentStack).settings;
  const period = Duration.minutes(MEASURE_EVERY_MINUTES);
  // Where clusters come and go, messages wait for the next run by design.
  if (processing.lifetime === 'persistent') {
    alarms.add(named(stream, 'missing'), {
      metric: new MathExpression({
        expression: 'IF(DIFF(messages) > 0 AND DIFF(results) <= 0, 1, 0)',
        usingMetrics: { messages: measurements.metric(stream, 'EndOffset'), results: measurements.metric(stream, 'Results') },
        period,
        label: `${table} missing`,
      }),
      above: 0,
      periods: RESULT_PERIODS,
      missingIsBad: false,
      meaning: `Messages come in on ${topic}, and nothing comes out on ${stream.results!.topic}.`,
      remedy:
        'where past messages are being sent that carry their outcome, nothing is wrong; else look whether a model has been trained (millrace run), and at the log of the continuous step.',
    });
  }
  alarms.add(named(stream, 'drift'), {
    metric: new MathExpression({
      expression: `IF(entropy > ${MOST_ENTROPY} OR calibration > ${MOST_CALIBRATION} OR calibration < ${1 / MOST_CALIBRATION}, 1, 0)`,
      usingMetrics: { entropy: measurements.metric(stream, 'NormalisedEntropy'), calibration: measurements.metric(stream, 'Calibration') },
      period,
      label: `${table} drift`,
    }),
    above: 0,
    periods: DRIFT_PERIODS,
    missingIsBad: false,
    meaning: `What is written to ${table} has turned out wrong for half an hour: too high or too low on average, or no better than a constant.`,
    remedy: 'look at the windows in the quality table and at what changed in the messages; train a new model on what has come in since.',
  });
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
