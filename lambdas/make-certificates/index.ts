import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { customResource } from '../shared/custom-resource.ts';
import { makeHandler } from './handler.ts';

const s3 = new S3Client();

// The bucket encrypts with the lake's key.
export const handler = customResource(
  makeHandler({
    put: async (Bucket, Key, Body) => {
      await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
    },
    remove: async (Bucket, Key) => {
      await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    },
  }),
);
