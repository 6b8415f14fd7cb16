import { GetObjectCommand, NoSuchKey, type S3Client } from '@aws-sdk/client-s3';
import { s3Location } from '../shared/s3-location.ts';

/** Reads objects by `s3://bucket/key`, as text in UTF-8; undefined where there is none. */
export function s3Text(client: Pick<S3Client, 'send'>) {
  return async (uri: string): Promise<string | undefined> => {
    const location = s3Location(uri);
    if (!location) throw new Error(`object must be s3://bucket/key, got ${uri}`);
    try {
      const { Body } = await client.send(new GetObjectCommand(location));
      return await Body!.transformToString();
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  };
}
