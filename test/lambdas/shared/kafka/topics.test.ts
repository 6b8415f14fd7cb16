import { createRequire } from 'node:module';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Connection } from '../../../../lambdas/shared/kafka/client.ts';
import { ensureTopics } from '../../../../lambdas/shared/kafka/topics.ts';
import { testBroker, testTopics, topicCounts } from '../../../support/broker.ts';

const broker = await testBroker();
const connection: Connection = { brokers: [broker.bootstrap], log: () => {} };

test('topics are made with their partitions and settings, once', async () => {
  const topics = [{ name: 'made', partitions: 3, config: { 'retention.ms': '60000' } }];
  await ensureTopics(connection, topics);
  await ensureTopics(connection, [...topics, { name: 'made-later', partitions: 1, config: {} }]);
  expect(await topicCounts(connection, 'made')).toEqual([0, 0, 0]);
  expect(await topicCounts(connection, 'made-later')).toEqual([0]);
});

test('two processes may make the same topics at once', async () => {
  const topics = [1, 2, 3, 4].map((n) => ({ name: `at-once-${n}`, partitions: n, config: {} }));
  await Promise.all([ensureTopics(connection, topics), ensureTopics(connection, topics), ensureTopics(connection, topics)]);
  expect(await topicCounts(connection, 'at-once-4')).toHaveLength(4);
});

test('a topic with more partitions than asked for is left as it is', async () => {
  const [name] = await testTopics(broker, [4]);
  await ensureTopics(connection, [{ name, partitions: 2, config: {} }]);
  expect(await topicCounts(connection, name)).toHaveLength(4);
});

test('fails when a topic has fewer partitions than asked for', async () => {
  const [name] = await testTopics(broker, [2]);
  const ensured = ensureTopics(connection, [{ name, partitions: 3, config: {} }]);
  await expect(ensured).rejects.toThrow(`partitions of topic ${name} must be at least 3, got 2`);
});

test('fails, with the reason, when a topic has a setting that Kafka does not take', async () => {
  const ensured = ensureTopics(connection, [{ name: 'wrong', partitions: 1, config: { 'retention.ms': 'soon' } }]);
  await expect(ensured).rejects.toThrow(/^topic wrong could not be made: .*config/i);
});

describe('a broker that metadata names as leader, but that has not taken over yet', () => {
  /** kafkajs' own connection to a broker and its errors, to cause what no broker does at will. */
  const kafkajs = createRequire(import.meta.url);
  const Broker = kafkajs('kafkajs/src/broker') as { prototype: Record<'listOffsets' | 'metadata', () => Promise<unknown>> };
  const { errorCodes, createErrorFromCode } = kafkajs('kafkajs/src/protocol/error') as {
    errorCodes: { type: string; code: number }[];
    createErrorFromCode: (code: number) => Error;
  };
  const errorOf = (type: string) => createErrorFromCode(errorCodes.find((error) => error.type === type)!.code);
  afterEach(() => void vi.restoreAllMocks().useRealTimers());

  test.each(['NOT_LEADER_FOR_PARTITION', 'LEADER_NOT_AVAILABLE'])(
    'is asked again after %s, by metadata that is read anew',
    async (type) => {
      const [name] = await testTopics(broker, [2]);
      const metadata = vi.spyOn(Broker.prototype, 'metadata');
      const readBefore: number[] = [];
      const refuse = () => {
        readBefore.push(metadata.mock.calls.length);
        return Promise.reject(errorOf(type));
      };
      vi.spyOn(Broker.prototype, 'listOffsets').mockImplementationOnce(refuse).mockImplementationOnce(refuse);
      expect(await topicCounts(connection, name)).toEqual([0, 0]);
      expect(readBefore).toHaveLength(2);
      expect(readBefore[1]).toBeGreaterThan(readBefore[0]!);
      expect(metadata.mock.calls.length).toBeGreaterThan(readBefore[1]!);
    },
  );

  test('is given up after half a minute', async () => {
    const [name] = await testTopics(broker, [1]);
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.spyOn(Broker.prototype, 'listOffsets').mockImplementation(() => {
      vi.setSystemTime(Date.now() + 11_000);
      return Promise.reject(errorOf('NOT_LEADER_FOR_PARTITION'));
    });
    await expect(topicCounts(connection, name)).rejects.toThrow('This server is not the leader for that topic-partition');
    expect(Broker.prototype.listOffsets).toHaveBeenCalledTimes(3);
  });

  test('is not asked again after another error', async () => {
    const [name] = await testTopics(broker, [1]);
    vi.spyOn(Broker.prototype, 'listOffsets').mockRejectedValueOnce(errorOf('TOPIC_AUTHORIZATION_FAILED'));
    await expect(topicCounts(connection, name)).rejects.toThrow('Not authorized to access topics');
  });
});
