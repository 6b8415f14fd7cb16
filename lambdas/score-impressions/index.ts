import { S3Client } from '@aws-sdk/client-s3';
import type { MSKEvent } from 'aws-lambda';
import { required } from '../shared/environment.ts';
import { connectProducer } from '../shared/kafka/producer.ts';
import { makeHandler } from './handler.ts';
import { Models } from './models.ts';
import { s3Text } from './s3-text.ts';

/** A prediction that is late is worth little: rather the event source's next try after some seconds than one that hangs. */
const RETRIES = 4;

const connection = { brokers: required('BROKERS').split(','), iam: { region: required('AWS_REGION') }, retries: RETRIES };

const scorer = makeHandler({
  models: new Models({
    folder: required('MODELS'),
    read: s3Text(new S3Client()),
    onFailure: (reason) => console.error('the latest model could not be read, the one before goes on', reason),
  }),
  topic: required('PREDICTIONS_TOPIC'),
  rejectsTopic: required('REJECTS_TOPIC'),
  connect: () => connectProducer(connection),
  onFailure: (reason) => console.error('some impressions could not be scored, they are tried again', reason),
});

export const handler = (event: MSKEvent) => scorer.score(event);
