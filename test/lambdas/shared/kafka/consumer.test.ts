import { expect, test, vi } from 'vitest';
import { follow } from '../../../../lambdas/shared/kafka/consumer.ts';
import { connectProducer } from '../../../../lambdas/shared/kafka/producer.ts';
import { testBroker, testTopics } from '../../../support/broker.ts';

const broker = await testBroker();
const connection = { brokers: [broker.bootstrap], log: () => {} };

test('all that is sent after it resolved is read, from every partition, and nothing that was there before', async () => {
  const [topic] = await testTopics(broker, [3]);
  const producer = await connectProducer(connection);
  const send = (from: number, count: number) =>
    producer.send([
      { topic, messages: Array.from({ length: count }, (_, n) => ({ key: String(from + n), value: Buffer.from(`v${from + n}`) })) },
    ]);
  await send(0, 50);
  const read: string[] = [];
  const end = await follow(connection, topic, ({ key, value }) => read.push(`${key}=${String(value)}`), () => undefined); // prettier-ignore
  await send(50, 200);
  await vi.waitFor(() => expect(read.length).toBe(200), 10_000);
  expect(new Set(read)).toEqual(new Set(Array.from({ length: 200 }, (_, n) => `${50 + n}=v${50 + n}`)));
  await end();
  await producer.disconnect();
}, 30_000);

test('fails when the topic is not there', async () => {
  await expect(follow({ ...connection, retries: 1 }, 'no-such-topic', () => undefined, () => undefined)).rejects.toThrow(); // prettier-ignore
}, 30_000);
