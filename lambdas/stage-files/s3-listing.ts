import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { s3Location } from '../shared/s3-location.ts';

/** Keys of all objects whose URI begins with `s3://bucket/prefix/`, with what follows it; a key that stands for a folder is none. */
export async function s3Keys(
  client: Pick<S3Client, 'send'>,
  uri: string,
): Promise<{ readonly Bucket: string; readonly found: readonly Found[] }> {
  const folder = s3Location(uri);
  if (!folder?.Key.endsWith('/')) throw new Error(`folder must be s3://bucket/prefix/, got ${uri}`);
  const { Bucket, Key: Prefix } = folder;
  const found: Found[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await client.send(new ListObjectsV2Command({ Bucket, Prefix, ContinuationToken }));
    for (const { Key = '' } of page.Contents ?? []) if (!Key.endsWith('/')) found.push({ key: Key, name: Key.slice(Prefix.length) });
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  return { Bucket, found };
}

export interface Found {
  readonly key: string;
  /** What follows the prefix. */
  readonly name: string;
}
