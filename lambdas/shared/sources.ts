import {
  GetObjectCommand,
  HeadObjectCommand,
  type GetObjectCommandInput,
  type HeadObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { s3Location } from './s3-location.ts';

/** An object of events that can be read. */
export interface Source {
  /** Names the content: the first part of every event id. */
  readonly id: string;
  readonly bytes: number;
  readonly read: () => AsyncIterable<Buffer>;
}

export type OpenSource = (location: string, signal?: AbortSignal) => Promise<Source>;

/** The input cannot be read as asked, and only who asked can mend that. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/** Bytes handed on at a time. */
const CHUNK_BYTES = 256 * 1024;
/** Bytes of an S3 object fetched at a time: enough for full speed, and two of them do not trouble a Lambda. */
const PART_BYTES = 8 * 1024 * 1024;
/** Digits of a SHA-256 in an id: 64 bits tell a billion files apart. */
const ID_DIGITS = 16;

/** Opens a local file, given by path or `file:` URL. Its id is made of its bytes, so a renamed copy is the same source. */
export const openFile: OpenSource = async (location, signal) => {
  const path = location.startsWith('file:') ? fileURLToPath(location) : location;
  const about = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT'
      ? new InputError(`file must exist, got ${path}`)
      : new InputError(`file must be readable, got ${error.message}`);
  });
  if (!about.isFile())
    throw new InputError(`file must be a file, got ${about.isDirectory() ? 'the folder' : 'the device or pipe'} ${path}`);
  const read = () => createReadStream(path, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>;
  const hash = createHash('sha256');
  try {
    for await (const chunk of read()) {
      // Asked, not listened to: Node warns people of a leak where one signal has more than ten listeners, and many files are opened at once.
      signal?.throwIfAborted();
      hash.update(chunk);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw new InputError(`file must be readable, got ${(error as Error).message}`);
  }
  return { id: hash.digest('hex').slice(0, ID_DIGITS), bytes: about.size, read };
};

/**
 * Opens `s3://bucket/key`. Its id is that of the same file on disk where S3 holds the SHA-256 of the whole object, and else
 * `bucket/key@etag`.
 */
export function openS3(client: Pick<S3Client, 'send'>): OpenSource {
  return async (location, abortSignal) => {
    const { Bucket, Key } = parseS3Url(location);
    const options = { ...(abortSignal && { abortSignal }) };
    const head: HeadObjectCommandInput = { Bucket, Key, ChecksumMode: 'ENABLED' };
    const about = await client
      .send(new HeadObjectCommand(head), options)
      .catch((error: Error & { $metadata?: { httpStatusCode?: number } }) => {
        if (error.$metadata?.httpStatusCode !== 404) throw error;
        throw new InputError(`object must exist, got ${location}`);
      });
    const etag = about.ETag ?? '';
    const bytes = about.ContentLength ?? 0;
    // The checksum of a multipart upload is, unless asked for otherwise, one of the parts' checksums: it depends on their size.
    const checksum = about.ChecksumType === 'FULL_OBJECT' ? about.ChecksumSHA256 : undefined;
    const id = checksum
      ? Buffer.from(checksum, 'base64').toString('hex').slice(0, ID_DIGITS)
      : `${Bucket}/${Key}@${etag.replaceAll('"', '')}`;
    return { id, bytes, read: () => readParts(client, { Bucket, Key, IfMatch: etag }, bytes, options) };
  };
}

/**
 * Part by part, not as one stream: a slow replay would leave that idle until S3 closes it. `IfMatch` makes an object that is replaced
 * meanwhile an error; without it the second half would be that of another object.
 */
async function* readParts(
  client: Pick<S3Client, 'send'>,
  object: GetObjectCommandInput,
  bytes: number,
  options: object,
): AsyncGenerator<Buffer> {
  for (let from = 0; from < bytes; from += PART_BYTES) {
    const Range = `bytes=${from}-${Math.min(from + PART_BYTES, bytes) - 1}`;
    const { Body } = await client.send(new GetObjectCommand({ ...object, Range }), options);
    if (!Body) throw new Error(`part ${Range} of s3://${object.Bucket}/${object.Key} must have a body, got none`);
    const part = Buffer.from(await Body.transformToByteArray());
    // Handed on in pieces: a reader unpacks each of them in one go, and unpacked it may be many times as large.
    for (let at = 0; at < part.length; at += CHUNK_BYTES) yield part.subarray(at, at + CHUNK_BYTES);
  }
}

function parseS3Url(location: string): { Bucket: string; Key: string } {
  const object = s3Location(location);
  if (!object) throw new InputError(`object must be s3://bucket/key, got ${location}`);
  return object;
}
