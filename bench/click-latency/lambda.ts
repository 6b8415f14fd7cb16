/** The Lambda handler behind what stands in for its event source: it polls the topic, and calls the handler with what has come of a partition. */
import { readFile } from 'node:fs/promises';
import { Kafka, logLevel, type EachBatchPayload } from 'kafkajs';
import { makeHandler } from '../../lambdas/score-impressions/handler.ts';
import { Models } from '../../lambdas/score-impressions/models.ts';
import { connectProducer } from '../../lambdas/shared/kafka/producer.ts';
import { clicks } from '../../lib/pipelines/clicks.ts';

const { topic, resultsTopic, rejectsTopic } = clicks.immediateScoring!;
/** Records of a call at most. */
const BATCH_SIZE = 500;

const [bootstrap, folder] = process.argv.slice(2) as [string, string];
/** Of each partition, as each has an instance of the function of its own. */
const handlers = new Map<number, ReturnType<typeof makeHandler>>();

function handlerOf(partition: number): ReturnType<typeof makeHandler> {
  const known = handlers.get(partition);
  if (known) return known;
  const made = makeHandler({
    models: new Models({ folder, read: (uri) => readFile(uri, 'utf8'), onFailure: console.error }),
    topic: resultsTopic,
    rejectsTopic,
    connect: () => connectProducer({ brokers: [bootstrap] }),
    onFailure: console.error,
  });
  handlers.set(partition, made);
  return made;
}

async function call({ batch: { messages, partition } }: EachBatchPayload): Promise<void> {
  for (let from = 0; from < messages.length; from += BATCH_SIZE) {
    const records = messages.slice(from, from + BATCH_SIZE).map(({ offset, timestamp, key, value }) => ({
      topic,
      partition,
      offset: Number(offset),
      timestamp: Number(timestamp),
      timestampType: 'CREATE_TIME' as const,
      key: key!.toString('base64'),
      value: value!.toString('base64'),
      headers: [],
    }));
    const { batchItemFailures } = await handlerOf(partition).score({ records: { [`${topic}-${partition}`]: records } });
    if (batchItemFailures.length > 0) throw new Error(`all records must be scored, got ${batchItemFailures.length} that were not`);
  }
}

const consumer = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING }).consumer({ groupId: 'score-impressions' });
await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
consumer.on(consumer.events.GROUP_JOIN, () => process.send!('ready'));
await consumer.run({ partitionsConsumedConcurrently: 4, eachBatch: call });
