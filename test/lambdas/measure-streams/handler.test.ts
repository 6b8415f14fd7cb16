import { describe, expect, test } from 'vitest';
import { makeHandler, type Dependencies, type Measurements, type PartitionOffsets } from '../../../lambdas/measure-streams/handler.ts';

const stream = (topic: string) => ({
  name: `${topic}_table`,
  topic,
  rejectsTopic: `${topic}-rejects`,
  progress: { checkpoint: `s3://lake/checkpoints/${topic}` },
  quarantineTable: `${topic}_quarantine`,
});
const partitions = (...ranges: readonly (readonly [number, number])[]): PartitionOffsets[] =>
  ranges.map(([low, high], partition) => ({ partition, low, high }));

function measured(changes: Partial<Dependencies>) {
  const emitted: Measurements[] = [];
  const handler = makeHandler({
    streams: [stream('events')],
    offsets: (topic) => Promise.resolve(topic === 'events' ? partitions([0, 100], [0, 50]) : partitions([0, 3])),
    committed: () => Promise.resolve(new Map()),
    rows: () => Promise.resolve(7),
    quality: () => Promise.resolve(undefined),
    emit: (measurements) => emitted.push(measurements),
    ...changes,
  });
  return { handler, emitted };
}

test('measures what has arrived, what waits, and what was refused where', async () => {
  const { handler, emitted } = measured({
    committed: () =>
      Promise.resolve(
        new Map([
          [0, 90],
          [1, 50],
        ]),
      ),
  });
  await handler();
  expect(emitted).toEqual([{ stream: 'events_table', EndOffset: 150, Lag: 10, Rejected: 3, Quarantined: 7 }]);
});

test('before the first batch everything waits', async () => {
  const { handler, emitted } = measured({});
  await handler();
  expect(emitted[0]).toMatchObject({ Lag: 150 });
});

test('a partition that the last batch did not know waits whole', async () => {
  const { handler, emitted } = measured({ committed: () => Promise.resolve(new Map([[0, 100]])) });
  await handler();
  expect(emitted[0]).toMatchObject({ Lag: 50 });
});

test('what retention deleted before it was read is not waited for', async () => {
  const { handler, emitted } = measured({
    offsets: (topic) => Promise.resolve(topic === 'events' ? partitions([80, 100]) : []),
    committed: () => Promise.resolve(new Map([[0, 10]])),
  });
  await handler();
  expect(emitted[0]).toMatchObject({ Lag: 20 });
});

test('a topic that nobody has used yet has no figures: each costs, and none would tell anything', async () => {
  const { handler, emitted } = measured({ offsets: () => Promise.resolve(partitions([0, 0], [0, 0])) });
  await handler();
  expect(emitted).toEqual([]);
});

test('a topic made anew has no negative backlog', async () => {
  const { handler, emitted } = measured({
    offsets: (topic) => Promise.resolve(topic === 'events' ? partitions([0, 5]) : []),
    committed: () => Promise.resolve(new Map([[0, 100]])),
  });
  await handler();
  expect(emitted[0]).toMatchObject({ Lag: 0 });
});

test('fails when a stream cannot be measured, and measures the others all the same', async () => {
  const { handler, emitted } = measured({
    streams: [stream('gone'), stream('events')],
    offsets: (topic) => (topic === 'gone' ? Promise.reject(new Error('no such topic')) : Promise.resolve(partitions([0, 1]))),
  });
  await expect(handler()).rejects.toThrow('streams must be measurable, got gone_table: Error: no such topic');
  expect(emitted.map((each) => each.stream)).toEqual(['events_table']);
});

describe('what a model makes of the messages', () => {
  const scored = { ...stream('events'), resultsTopic: 'predictions', quality: 's3://lake/models/quality.json' };
  const offsets = (topic: string) => Promise.resolve(topic === 'predictions' ? partitions([5, 40], [0, 30]) : partitions([0, 100]));

  test('is counted, with how good it has turned out', async () => {
    const asked: string[] = [];
    const quality = (uri: string) => {
      asked.push(uri);
      return Promise.resolve({ logLoss: 0.41, normalisedEntropy: 0.9, calibration: 1.02 });
    };
    const { handler, emitted } = measured({ streams: [scored], offsets, quality });
    await handler();
    expect(asked).toEqual(['s3://lake/models/quality.json']);
    expect(emitted[0]).toMatchObject({ Results: 70, LogLoss: 0.41, NormalisedEntropy: 0.9, Calibration: 1.02 });
  });

  test('has no figure where none can be told', async () => {
    const quality = () => Promise.resolve({ logLoss: 0.41, normalisedEntropy: null, calibration: null });
    const { handler, emitted } = measured({ streams: [scored], offsets, quality });
    await handler();
    expect(emitted[0]).toMatchObject({ LogLoss: 0.41 });
    expect(Object.keys(emitted[0]!)).not.toEqual(expect.arrayContaining(['NormalisedEntropy']));
    expect(Object.keys(emitted[0]!)).not.toEqual(expect.arrayContaining(['Calibration']));
  });
});
