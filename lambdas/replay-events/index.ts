import { S3Client } from '@aws-sdk/client-s3';
import { required } from '../shared/environment.ts';
import { connectProducer } from '../shared/kafka/producer.ts';
import { makeHandler } from './handler.ts';
import { makeLambda } from './lambda.ts';
import { refusedObjects } from './refused-objects.ts';
import { openS3 } from '../shared/sources.ts';
import { targetOf } from '../shared/targets.ts';

const s3 = new S3Client();
const connection = { brokers: required('BROKERS').split(','), iam: { region: required('AWS_REGION') } };

export const handler = makeLambda(
  makeHandler({
    target: targetOf(required('CONTRACT')),
    topic: required('TOPIC'),
    rejectsTopic: required('REJECTS_TOPIC'),
    connect: () => connectProducer(connection),
    open: openS3(s3),
    keepAside: refusedObjects(s3, required('REFUSED')),
    maxMessageBytes: Number(required('MAX_MESSAGE_BYTES')),
  }),
);
