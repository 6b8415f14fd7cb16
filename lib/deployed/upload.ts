import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { HeadObjectCommand, NotFound, PutObjectCommand } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { Deployed } from './aws.ts';

/** An object in the raw bucket. */
export interface Landed {
  readonly bucket: string;
  readonly key: string;
  /** False where the same content lay there already, and nothing was sent. */
  readonly uploaded: boolean;
}

export interface UploadOptions {
  readonly bucket: string;
  /** Begins the key, with a slash at its end, such as `events/churn/`. */
  readonly prefix: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (sent: number, total: number) => void;
}

/** Bytes from which a file is sent in parts, which are sent again one by one when the network fails. */
const MULTIPART_FROM = 64 * 1024 * 1024;
const PART_BYTES = 16 * 1024 * 1024;
/** Digits of the content's SHA-256 that tell one file from another. */
const ID_DIGITS = 16;

/**
 * Lands a file in the raw bucket, under `<prefix><content's id>/<file name>`. The key follows from the content: what lies there already
 * is not sent again, so that its events do not get other ids the second time.
 */
export async function upload(deployed: Deployed, file: string, options: UploadOptions): Promise<Landed> {
  const { s3 } = deployed;
  const { bucket, prefix, signal, onProgress } = options;
  const { size } = await stat(file);
  const sha256 = await digest(file, signal);
  const key = `${prefix}${sha256.toString('hex').slice(0, ID_DIGITS)}/${basename(file)}`;
  const target = { Bucket: bucket, Key: key };
  const there = await s3.send(new HeadObjectCommand(target), { abortSignal: signal }).catch((error: unknown) => {
    if (error instanceof NotFound) return undefined;
    throw error;
  });
  if (there?.ContentLength === size) return { bucket, key, uploaded: false };
  if (size < MULTIPART_FROM) {
    // With a checksum of the whole object, its source is known by content: here, in S3 and on one machine alike.
    const checksum = { ChecksumSHA256: sha256.toString('base64') };
    const put = new PutObjectCommand({ ...target, ...checksum, Body: createReadStream(file), ContentLength: size });
    await s3.send(put, { abortSignal: signal });
  } else {
    const parts = new Upload({ client: s3, params: { ...target, Body: createReadStream(file) }, partSize: PART_BYTES });
    parts.on('httpUploadProgress', ({ loaded = 0 }) => onProgress?.(loaded, size));
    const abort = () => void parts.abort();
    signal.addEventListener('abort', abort, { once: true });
    await parts.done().finally(() => signal.removeEventListener('abort', abort));
  }
  return { bucket, key, uploaded: true };
}

async function digest(file: string, signal: AbortSignal): Promise<Buffer> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { signal })) hash.update(chunk as Buffer);
  return hash.digest();
}
