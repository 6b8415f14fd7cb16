import { expect, test } from 'vitest';
import type { Connection } from '../../../../lambdas/shared/kafka/client.ts';
import { connectProducer } from '../../../../lambdas/shared/kafka/producer.ts';
import { recordsOf, testBroker, testTopics, topicCounts } from '../../../support/broker.ts';

const broker = await testBroker();
const log: string[] = [];
const connection: Connection = { brokers: [broker.bootstrap], log: (line) => log.push(line) };
const message = (key: string, value: unknown = {}) => ({ key, value: Buffer.from(JSON.stringify(value)) });

test('a topic can be sent to as soon as it is made', async () => {
  for (let n = 0; n < 10; n++) {
    const [name] = await testTopics(broker, [3]);
    const producer = await connectProducer(connection);
    await producer.send([{ topic: name, messages: [message('a'), message('b')] }]);
    await producer.disconnect();
    expect((await topicCounts(connection, name)).reduce((sum, count) => sum + count)).toBe(2);
  }
});

test('messages of several topics go out in one call, those of a key in their order', async () => {
  const [one, other] = await testTopics(broker, [4, 1]);
  const producer = await connectProducer(connection);
  const messages = Array.from({ length: 100 }, (_, n) => message(`key ${n % 9}`, { n }));
  await producer.send([
    { topic: one, messages },
    { topic: other, messages: [message('x', { n: 'é' })] },
  ]);
  await producer.send([{ topic: one, messages: [] }]);
  await producer.disconnect();
  const sent = await recordsOf(broker, one);
  expect(new Set(sent.map(({ partition }) => partition)).size).toBeGreaterThan(1);
  const ofKey = sent.filter(({ key }) => key === 'key 4').map(({ value }) => value['n']);
  expect(ofKey).toEqual([4, 13, 22, 31, 40, 49, 58, 67, 76, 85, 94]);
  expect(await recordsOf(broker, other)).toEqual([{ partition: 0, key: 'x', value: { n: 'é' } }]);
});

test('fails when calls overlap', async () => {
  const [topic] = await testTopics(broker, [1]);
  const producer = await connectProducer(connection);
  const first = producer.send([{ topic, messages: [message('a')] }]);
  await expect(producer.send([{ topic, messages: [message('a')] }])).rejects.toThrow('producer must be ready, got sending');
  await first;
  await producer.disconnect();
});

test('a producer whose call failed refuses further calls', async () => {
  const [topic] = await testTopics(broker, [1]);
  const producer = await connectProducer(connection);
  const tooLarge = { key: 'a', value: Buffer.alloc(6_000_000) };
  await expect(producer.send([{ topic, messages: [tooLarge] }])).rejects.toThrow(/larger than the max message size/);
  await expect(producer.send([{ topic, messages: [message('a')] }])).rejects.toThrow('producer must be ready, got failed');
  await producer.disconnect();
});

test('kafkajs is quiet unless something is wrong, and then writes one JSON object a line', () => {
  expect(log.map((line) => JSON.parse(line) as { level: string }).filter(({ level }) => level === 'WARN')).toEqual([]);
  expect(log.map((line) => (JSON.parse(line) as { message: string }).message).join()).toMatch(/larger than the max message size/);
});
