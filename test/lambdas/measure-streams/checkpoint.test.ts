import type { GetObjectCommand } from '@aws-sdk/client-s3';
import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { committedOffsets, located } from '../../../lambdas/measure-streams/checkpoint.ts';

/** A bucket of `objects` that answers as S3 does, two keys a page. */
function bucket(objects: Readonly<Record<string, string>>): S3Client {
  const send = (command: unknown) => {
    if (command instanceof ListObjectsV2Command) {
      const { Prefix, ContinuationToken } = command.input;
      const keys = Object.keys(objects)
        .filter((key) => key.startsWith(Prefix!))
        .sort();
      const from = Number(ContinuationToken ?? 0);
      return Promise.resolve({
        Contents: keys.slice(from, from + 2).map((Key) => ({ Key })),
        ...(from + 2 < keys.length && { NextContinuationToken: String(from + 2) }),
      });
    }
    const { Key } = (command as GetObjectCommand).input;
    const text = objects[Key!];
    if (text === undefined) return Promise.reject(new Error(`NoSuchKey ${Key}`));
    return Promise.resolve({ Body: { transformToString: () => Promise.resolve(text) } });
  };
  return { send } as unknown as S3Client;
}

/** As Spark 3.5 writes it. */
const offsets = (ends: object) => `v1\n{"batchWatermarkMs":0,"batchTimestampMs":1763000000000,"conf":{}}\n${JSON.stringify(ends)}`;

test('goes by the last batch that was committed, not by one that had begun', async () => {
  const s3 = bucket({
    'c/events/commits/9': 'v1\n{}',
    'c/events/commits/10': 'v1\n{}',
    'c/events/commits/8': 'v1\n{}',
    'c/events/commits/.10.crc': '',
    'c/events/offsets/9': offsets({ events: { 0: 9, 1: 9 } }),
    'c/events/offsets/10': offsets({ events: { 0: 10, 1: 4 } }),
    'c/events/offsets/11': offsets({ events: { 0: 11, 1: 11 } }),
  });
  expect(await committedOffsets(s3, 's3://lake/c/events', 'events')).toEqual(
    new Map([
      [0, 10],
      [1, 4],
    ]),
  );
});

test('knows nothing before the first batch', async () => {
  expect(await committedOffsets(bucket({ 'c/events/offsets/0': offsets({ events: { 0: 1 } }) }), 's3://lake/c/events', 'events')).toEqual(
    new Map(),
  );
});

test('fails when a URI is not one of S3', () => {
  expect(() => located('file:///c')).toThrow('URI must be s3://bucket/key, got file:///c');
});
