import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { GlueClient } from '@aws-sdk/client-glue';
import { S3Client } from '@aws-sdk/client-s3';
import { required } from '../shared/environment.ts';
import { topicOffsets } from '../shared/kafka/topics.ts';
import { committedOffsets } from './checkpoint.ts';
import { makeHandler, type Measurements, type MeasuredStream } from './handler.ts';
import { landedOffsets, tableRows } from './iceberg.ts';
import { recentQuality } from './quality.ts';

const connection = { brokers: required('BROKERS').split(','), iam: { region: required('AWS_REGION') } };
const database = required('DATABASE');
const s3 = new S3Client();
const glue = new GlueClient();
// The names of dimensions are those that the alarms look for. Powertools' own dimension "service" carries the environment's name.
const metrics = new Metrics({ namespace: 'Millrace', serviceName: required('ENVIRONMENT') });

/** Of figures that are no counts. */
const UNITS: Readonly<Record<string, (typeof MetricUnit)[keyof typeof MetricUnit]>> = {
  LogLoss: MetricUnit.NoUnit,
  NormalisedEntropy: MetricUnit.NoUnit,
  Calibration: MetricUnit.NoUnit,
};

export const handler = makeHandler({
  streams: JSON.parse(required('STREAMS')) as MeasuredStream[],
  offsets: (topic) => topicOffsets(connection, topic),
  committed: (progress, topic) =>
    'checkpoint' in progress ? committedOffsets(s3, progress.checkpoint, topic) : landedOffsets(glue, s3, database, progress.table),
  rows: (table) => tableRows(glue, s3, database, table),
  quality: (uri) => recentQuality(s3, uri),
  emit: ({ stream, ...figures }: Measurements) => {
    metrics.addDimension('stream', stream);
    for (const [name, value] of Object.entries(figures)) metrics.addMetric(name, UNITS[name] ?? MetricUnit.Count, value);
    metrics.publishStoredMetrics();
    metrics.clearDimensions();
  },
});
