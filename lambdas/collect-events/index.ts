import { required } from '../shared/environment.ts';
import { connectProducer } from '../shared/kafka/producer.ts';
import { listeningEvents } from '../shared/listening-events.ts';
import { makeHandler } from './handler.ts';
import { makeLambda } from './lambda.ts';

/** Somebody waits for the answer, and can try again: rather 503 after some seconds than a success after half a minute. */
const RETRIES = 4;

const connection = { brokers: required('BROKERS').split(','), iam: { region: required('AWS_REGION') }, retries: RETRIES };

export const handler = makeLambda(
  makeHandler({
    target: listeningEvents,
    topic: required('TOPIC'),
    rejectsTopic: required('REJECTS_TOPIC'),
    connect: () => connectProducer(connection),
    onFailure: (reason) => console.error('events could not be brought to Kafka', reason),
  }),
);
