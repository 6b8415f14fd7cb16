import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { refusedObjects } from '../../../lambdas/replay-events/refused-objects.ts';
import { temporaryFolder } from '../../support/folder.ts';

/** A bucket that takes objects as S3 does: of a stream it wants to know the length. */
function bucket() {
  const objects: Record<string, Buffer> = {};
  const send = async ({ input: { Bucket, Key, Body, ContentLength } }: PutObjectCommand) => {
    const bytes = Buffer.isBuffer(Body) ? (Body as Buffer) : await buffer(Body as Readable);
    if (!Buffer.isBuffer(Body) && ContentLength !== bytes.length) throw new Error(`NotImplemented: length ${ContentLength}`);
    objects[`${Bucket}/${Key}`] = bytes;
  };
  return { objects, s3: { send } as unknown as S3Client };
}

const record = { line: 3, bytes: Buffer.from('{"a":1}'), size: 7 };

test('keeps a record as it came, and says where', async () => {
  const { objects, s3 } = bucket();
  expect(await refusedObjects(s3, 's3://raw/refused/exams')(record, 'abc-3')).toBe('s3://raw/refused/exams/abc-3.json');
  expect(objects['raw/refused/exams/abc-3.json']?.toString()).toBe('{"a":1}');
});

test('keeps one that was too long to be held from its file, whole', async () => {
  const { objects, s3 } = bucket();
  const whole = join(temporaryFolder(), 'record');
  writeFileSync(whole, 'x'.repeat(300_000));
  await refusedObjects(s3, 's3://raw/refused/exams')({ ...record, size: 300_000, whole }, 'abc-4');
  expect(objects['raw/refused/exams/abc-4.json']?.length).toBe(300_000);
});

test('fails at once where the folder is none of S3', () => {
  expect(() => refusedObjects(bucket().s3, '/tmp/refused')).toThrow('folder must be s3://bucket/prefix, got /tmp/refused');
});
