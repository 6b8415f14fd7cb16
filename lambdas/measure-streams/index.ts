import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { GlueClient } from '@aws-sdk/client-glue';
import { S3Client } from '@aws-sdk/client-s3';
import { required } from '../shared/environment.ts';
import { topicOffsets } from '../shared/kafka/topics.ts';
import { committedOffsets } from './checkpoint.ts';
import { makeHandler, type Measurements, type MeasuredStream } from './handler.ts';
import { tableRows } from './iceberg.ts';

const connection = { brokers: required('BROKERS').split(','), iam: { region: required('AWS_REGION') } };
const database = required('DATABASE');
const s3 = new S3Client();
const glue = new GlueClient();
// The names of dimensions are those that the alarms look for. Powertools' own dimension "service" carries the environment's name.
const metrics = new Metrics({ namespace: 'Millrace', serviceName: required('ENVIRONMENT') });

export const handler = makeHandler({
  streams: JSON.parse(required('STREAMS')) as MeasuredStream[],
  offsets: (topic) => topicOffsets(connection, topic),
  committed: (checkpoint, topic) => committedOffsets(s3, checkpoint, topic),
  rows: (table) => tableRows(glue, s3, database, table),
  emit: ({ topic, ...figures }: Measurements) => {
    metrics.addDimension('topic', topic);
    for (const [name, value] of Object.entries(figures)) metrics.addMetric(name, MetricUnit.Count, value);
    metrics.publishStoredMetrics();
    metrics.clearDimensions();
  },
});
