import { NoSuchKey, type S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { recentQuality } from '../../../lambdas/measure-streams/quality.ts';

const WRITTEN = new Date('2026-11-21T10:00:00Z');
const MINUTE_MS = 60_000;
const URI = 's3://lake/models/clicks/quality.json';
const bucket = (text: string) =>
  ({
    send: () => Promise.resolve({ LastModified: WRITTEN, Body: { transformToString: () => Promise.resolve(text) } }),
  }) as unknown as S3Client;
const figures = { logLoss: 0.4, normalisedEntropy: null, calibration: 1.1 };

test('reads the figures, and leaves the rest', async () => {
  const text = JSON.stringify({ ...figures, modelVersion: 'v1', predictions: 10 });
  expect(await recentQuality(bucket(text), URI, WRITTEN.getTime() + MINUTE_MS)).toEqual(figures);
});

test('what was told more than an hour ago says nothing of now', async () => {
  expect(await recentQuality(bucket(JSON.stringify(figures)), URI, WRITTEN.getTime() + 61 * MINUTE_MS)).toBeUndefined();
});

test('before anything was told there is nothing', async () => {
  const s3 = { send: () => Promise.reject(new NoSuchKey({ message: 'none', $metadata: {} })) } as unknown as S3Client;
  expect(await recentQuality(s3, URI)).toBeUndefined();
});

test('fails where it is no such file, so that figures are missing rather than wrong', async () => {
  await expect(recentQuality(bucket('{"logLoss": "good"}'), URI, WRITTEN.getTime())).rejects.toThrow();
});
