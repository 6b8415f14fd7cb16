import { S3Client } from '@aws-sdk/client-s3';
import { required } from '../shared/environment.ts';
import { connectProducer } from '../shared/kafka/producer.ts';
import { makeHandler } from './handler.ts';
import { makeLambda } from './lambda.ts';
import { listeningEvents } from '../shared/listening-events.ts';
import { openS3 } from '../shared/sources.ts';

const connection = { brokers: required('BROKERS').split(','), iam: { region: required('AWS_REGION') } };

export const handler = makeLambda(
  makeHandler({
    target: listeningEvents,
    topic: required('TOPIC'),
    rejectsTopic: required('REJECTS_TOPIC'),
    connect: () => connectProducer(connection),
    open: openS3(new S3Client()),
  }),
);
