import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { s3Location } from '../shared/s3-location.ts';
import type { Dependencies } from './handler.ts';

/** Reads and writes objects by `s3://bucket/key`. */
export function s3Storage(client: Pick<S3Client, 'send'>): Pick<Dependencies, 'read' | 'write'> {
  return {
    async read(uri) {
      try {
        const { Body, LastModified } = await client.send(new GetObjectCommand(location(uri)));
        return { text: await Body!.transformToString(), modified: LastModified! };
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
    async write(uri, html) {
      await client.send(new PutObjectCommand({ ...location(uri), Body: html, ContentType: 'text/html; charset=utf-8' }));
    },
  };
}

function location(uri: string): { Bucket: string; Key: string } {
  const object = s3Location(uri);
  if (!object) throw new Error(`object must be s3://bucket/key, got ${uri}`);
  return object;
}
