import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Kafka, logLevel, type KafkaMessage } from 'kafkajs';
import { afterAll } from 'vitest';
import type { Connection } from '../../lambdas/shared/kafka/client.ts';
import { topicOffsets } from '../../lambdas/shared/kafka/topics.ts';
import { ensureTopics, startBroker, type Broker } from '../../lib/local/broker.ts';

export const KAFKA_JARS = path.resolve(import.meta.dirname, '../../.jars/kafka');

/** A real broker for one test file, stopped after its last test: `const broker = await testBroker();` at the top of the file. */
export async function testBroker(): Promise<Broker> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'millrace-broker-'));
  const broker = await startBroker({ dataDir, jars: KAFKA_JARS });
  afterAll(async () => {
    await broker.stop();
    await rm(dataDir, { recursive: true });
  }, 30_000);
  return broker;
}

let topics = 0;

/** Topics of their own for a test, one for each number of partitions. */
export async function testTopics<Partitions extends readonly number[]>(broker: Broker, partitions: readonly [...Partitions]) {
  const names = partitions.map((count) => ({ name: `test-${++topics}`, partitions: count, config: {} }));
  await ensureTopics(broker.bootstrap, names);
  return names.map(({ name }) => name) as { [Index in keyof Partitions]: string };
}

/** Messages a topic's partitions hold: end offset less start offset, by partition number. */
export async function topicCounts(connection: Connection, topic: string): Promise<number[]> {
  const counts: number[] = [];
  for (const { partition, high, low } of await topicOffsets(connection, topic)) counts[partition] = high - low;
  return counts;
}

export interface TopicRecord {
  readonly partition: number;
  readonly key: string;
  readonly value: Record<string, unknown>;
}

/** All records of a topic, each partition in its order, values parsed. */
export async function recordsOf(broker: Broker, topic: string): Promise<TopicRecord[]> {
  const kafka = new Kafka({ brokers: [broker.bootstrap], logLevel: logLevel.NOTHING });
  const offsets = await topicOffsets({ brokers: [broker.bootstrap] }, topic);
  const expected = offsets.reduce((sum, { high }) => sum + high, 0);
  if (expected === 0) return [];
  const consumer = kafka.consumer({ groupId: `test-${crypto.randomUUID()}`, maxWaitTimeInMs: 50 });
  const records: TopicRecord[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    // A young broker is still loading its coordinator: then the consumer begins again by itself.
    consumer.on(consumer.events.CRASH, ({ payload }) => payload.restart || reject(payload.error));
    void consumer.run({
      eachBatch: ({ batch }) => {
        for (const message of batch.messages) records.push({ partition: batch.partition, ...parsed(message) });
        if (records.length >= expected) resolve();
        return Promise.resolve();
      },
    });
  });
  await consumer.disconnect();
  return records.sort((a, b) => a.partition - b.partition);
}

function parsed({ key, value }: KafkaMessage): { key: string; value: Record<string, unknown> } {
  return { key: String(key), value: JSON.parse(String(value)) as Record<string, unknown> };
}
