import type { MSKRecord } from 'aws-lambda';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { makeHandler, type Dependencies } from '../../../lambdas/score-impressions/handler.ts';
import { readModel } from '../../../lambdas/score-impressions/model.ts';
import { connectProducer, type Producer, type TopicMessages } from '../../../lambdas/shared/kafka/producer.ts';
import { recordsOf, testBroker, testTopics } from '../../support/broker.ts';
import { modelFile, record } from './impressions.ts';

const broker = await testBroker();
const NOW = Date.UTC(2026, 5, 1, 13);
const live = (id: number | string) => ({ id: String(id), hour: Date.UTC(2014, 9, 21, 4) });

/** Records of a partition, from an offset on. */
const partition = (number: number, from: number, count: number): MSKRecord[] =>
  Array.from({ length: count }, (_, at) => record(live(`${number}-${from + at}`), { partition: number, offset: from + at }));

/** An event as its source hands it over: records by partition. */
function event(...records: readonly MSKRecord[][]) {
  return { records: Object.fromEntries(records.map((each) => [`${each[0]!.topic}-${each[0]!.partition}`, each])) };
}

/** A scorer whose producer says what it is given, or fails at the calls a test names, from 1. */
function scorer({ failing = [], ...overrides }: { failing?: number[] } & Partial<Dependencies> = {}) {
  const send = vi.fn((topics: readonly TopicMessages[]) =>
    failing.includes(send.mock.calls.length) ? Promise.reject(new Error(`call ${send.mock.calls.length}`)) : Promise.resolve(void topics),
  );
  const disconnect = vi.fn(() => Promise.resolve());
  const connect = vi.fn((): Promise<Producer> => Promise.resolve({ send, disconnect }));
  const onFailure = vi.fn();
  const models = { current: () => Promise.resolve(readModel(modelFile({}))) };
  const handler = makeHandler({ models, topic: 'said', rejectsTopic: 'rejects', connect, onFailure, now: () => NOW, ...overrides });
  onTestFinished(() => handler.close());
  return { ...handler, send, connect, disconnect, onFailure };
}

test('live impressions come to the topic as predictions, bad ones to the rejects with their reason, history nowhere', async () => {
  const [topic, rejectsTopic] = await testTopics(broker, [2, 1]);
  const { score } = scorer({ topic, rejectsTopic, connect: () => connectProducer({ brokers: [broker.bootstrap] }) });
  const first = [
    record(live('a'), { timestamp: NOW - 40 }),
    record('nonsense', { offset: 8 }),
    record({ ...live('b'), click: 1 }, { offset: 9 }),
  ];
  const second = [record(live('c'), { partition: 2, timestamp: NOW - 20 })];
  expect(await score(event(first, second))).toEqual({ batchItemFailures: [] });
  const said = (await recordsOf(broker, topic)).map(({ key, value }) => ({ key, ...value })).sort((x, y) => (x.key < y.key ? -1 : 1));
  const prediction = { probability: 1 / (1 + Math.E), modelVersion: 'v1', hour: Date.UTC(2014, 9, 21, 4), predictedAt: NOW };
  expect(said).toEqual([
    { key: 'a', id: 'a', producedAt: NOW - 40, ...prediction },
    { key: 'c', id: 'c', producedAt: NOW - 20, ...prediction },
  ]);
  const rejected = await recordsOf(broker, rejectsTopic);
  expect(rejected.map(({ value }) => value)).toEqual([
    { source: 'ad-impressions-0', line: 8, raw: 'nonsense', reason: expect.stringContaining('malformed JSON') as string },
  ]);
});

// The shape: https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html
describe('of a batch that was sent in part', () => {
  test('every record that was not acknowledged is named, to the end of each partition', async () => {
    const { score, send, onFailure } = scorer({ failing: [2] });
    // A request takes 1,000 messages.
    const { batchItemFailures } = await score(event(partition(0, 100, 1_200), partition(1, 50, 300)));
    expect(send).toHaveBeenCalledTimes(2);
    const named = (name: string, from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_, at) => ({ itemIdentifier: { partition: name, offset: from + at } }));
    expect(batchItemFailures).toEqual([...named('ad-impressions-0', 1_100, 1_299), ...named('ad-impressions-1', 50, 349)]);
    expect(onFailure.mock.calls).toEqual([[new Error('call 2')]]);
  });

  test('what is named and what was sent are all of it', async () => {
    const { score, send } = scorer({ failing: [3] });
    const records = partition(0, 0, 2_500);
    const { batchItemFailures } = await score(event(records));
    const acknowledged = send.mock.calls.slice(0, 2).flatMap(([topics]) => topics.flatMap(({ messages }) => messages));
    const named = batchItemFailures.map(({ itemIdentifier }) => itemIdentifier.offset);
    expect([...acknowledged.map(({ key }) => Number(key.slice(2))), ...named]).toEqual(records.map(({ offset }) => offset));
  });
});

describe('the whole batch is tried again when', () => {
  test('nothing of it was sent', async () => {
    const { score, onFailure } = scorer({ failing: [1] });
    await expect(score(event(partition(0, 0, 3)))).rejects.toThrow('call 1');
    expect(onFailure).not.toHaveBeenCalled();
  });

  test('there is no model', async () => {
    const { score, connect } = scorer({ models: { current: () => Promise.reject(new Error('none')) } });
    await expect(score(event(partition(0, 0, 3)))).rejects.toThrow('none');
    expect(connect).not.toHaveBeenCalled();
  });

  test('Kafka cannot be reached, and the next call connects anew', async () => {
    const connect = vi.fn<() => Promise<Producer>>().mockRejectedValueOnce(new Error('no broker'));
    const { score, send, disconnect } = scorer({ connect });
    connect.mockResolvedValue({ send, disconnect });
    await expect(score(event(partition(0, 0, 3)))).rejects.toThrow('no broker');
    expect(await score(event(partition(0, 0, 3)))).toEqual({ batchItemFailures: [] });
    expect(connect).toHaveBeenCalledTimes(2);
  });
});

describe('the connection', () => {
  test('is kept from call to call', async () => {
    const { score, connect, send } = scorer();
    await score(event(partition(0, 0, 3)));
    await score(event(partition(0, 3, 3)));
    expect(send).toHaveBeenCalledTimes(2);
    expect(connect).toHaveBeenCalledOnce();
  });

  test('is given up after a failure: a producer that failed loses messages', async () => {
    const { score, connect, disconnect } = scorer({ failing: [1] });
    await expect(score(event(partition(0, 0, 3)))).rejects.toThrow('call 1');
    expect(disconnect).toHaveBeenCalledOnce();
    await score(event(partition(0, 0, 3)));
    expect(connect).toHaveBeenCalledTimes(2);
  });
});
