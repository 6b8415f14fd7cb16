import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { RawRecord } from '../shared/row-checker.ts';
import { s3Location } from '../shared/s3-location.ts';

/** Keeps records whole that are too large for their topic: each as an object under a folder. @returns URI of the object */
export function refusedObjects(s3: S3Client, folder: string): (record: RawRecord, name: string) => Promise<string> {
  const location = s3Location(`${folder}/`);
  if (!location) throw new Error(`folder must be s3://bucket/prefix, got ${folder}`);
  return async ({ bytes, whole }, name) => {
    const Key = `${location.Key}${name}.json`;
    // From its file where it was too long to be held; S3 wants to know its length before.
    const content = whole === undefined ? { Body: bytes } : { Body: createReadStream(whole), ContentLength: (await stat(whole)).size };
    await s3.send(new PutObjectCommand({ Bucket: location.Bucket, Key, ...content }));
    return `s3://${location.Bucket}/${Key}`;
  };
}
