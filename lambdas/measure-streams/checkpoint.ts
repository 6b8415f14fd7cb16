import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { s3Location } from '../shared/s3-location.ts';

/**
 * The offsets of the last committed batch of a Structured Streaming checkpoint. `commits/` has an object a finished batch,
 * `offsets/<batch>` the offsets that it ended at: a version line, metadata, then a JSON object of topics for each source
 * (OffsetSeqLog of Spark 3.5). Spark keeps the last hundred batches.
 */
export async function committedOffsets(s3: S3Client, checkpoint: string, topic: string): Promise<Map<number, number>> {
  const { Bucket, Key: folder } = located(checkpoint);
  const batches: number[] = [];
  let token: string | undefined;
  do {
    const page = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: `${folder}/commits/`, ContinuationToken: token }));
    for (const { Key = '' } of page.Contents ?? []) {
      const name = Key.slice(Key.lastIndexOf('/') + 1);
      if (/^\d+$/.test(name)) batches.push(Number(name));
    }
    token = page.NextContinuationToken;
  } while (token);
  if (batches.length === 0) return new Map();
  const object = await s3.send(new GetObjectCommand({ Bucket, Key: `${folder}/offsets/${Math.max(...batches)}` }));
  const text = (await object.Body!.transformToString()).trimEnd();
  const topics = JSON.parse(text.slice(text.lastIndexOf('\n') + 1)) as Record<string, Record<string, number> | undefined>;
  return new Map(Object.entries(topics[topic] ?? {}).map(([partition, offset]) => [Number(partition), offset]));
}

/** @throws where the URI is not `s3://bucket/key` */
export function located(uri: string): { readonly Bucket: string; readonly Key: string } {
  const object = s3Location(uri);
  if (!object) throw new Error(`URI must be s3://bucket/key, got ${uri}`);
  return object;
}
