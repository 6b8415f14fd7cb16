import { GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { InputError, openFile, openS3, type Source } from '../../../lambdas/shared/sources.ts';

const folder = await mkdtemp(path.join(tmpdir(), 'millrace-sources-'));
afterAll(() => rm(folder, { recursive: true }));

async function contentOf({ read }: Source): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of read()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('a file', () => {
  test('has an id of its bytes, and can be read more than once', async () => {
    const content = Buffer.from('some events\n'.repeat(100_000));
    const location = path.join(folder, 'some events');
    await writeFile(location, content);
    const source = await openFile(location);
    expect(source).toMatchObject({ id: createHash('sha256').update(content).digest('hex').slice(0, 16), bytes: content.length });
    expect((await contentOf(source)).equals(content)).toBe(true);
    expect((await contentOf(await openFile(new URL(`file://${location}`).href))).equals(content)).toBe(true);
  });

  test.each([
    ['that is not there', 'none.jsonl', /^file must exist, got .*none\.jsonl$/],
    ['that is a folder', '.', /^file must be a file, got the folder /],
    ['below a file', 'file/none', /^file must be readable, got ENOTDIR/],
  ])('%s fails as an input', async (_what, name, message) => {
    await writeFile(path.join(folder, 'file'), '');
    const opened = openFile(path.join(folder, name));
    await expect(opened).rejects.toThrow(message);
    await expect(opened).rejects.toBeInstanceOf(InputError);
  });

  test('that is a device fails as an input', async () => {
    await expect(openFile('/dev/null')).rejects.toThrow('file must be a file, got the device or pipe /dev/null');
  });

  const isRoot = process.getuid?.() === 0;
  if (isRoot) console.warn('skipped: a file that may not be read, as root may read every file');
  test.skipIf(isRoot)('that may not be read fails as an input', async () => {
    const location = path.join(folder, 'secret');
    await writeFile(location, '');
    await chmod(location, 0);
    await expect(openFile(location)).rejects.toBeInstanceOf(InputError);
  });

  test('can be opened beside many others with one signal, without a warning of a leak', async () => {
    const warnings: string[] = [];
    const keep = ({ name }: Error) => warnings.push(name);
    process.on('warning', keep);
    const location = path.join(folder, 'one-of-many');
    await writeFile(location, 'content');
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 20 }, () => openFile(location, signal)));
    process.off('warning', keep);
    expect(warnings).toEqual([]);
  });

  test('is not read on when the signal is aborted', async () => {
    const location = path.join(folder, 'long');
    await writeFile(location, Buffer.alloc(1_000_000));
    const reason = new Error('stop');
    await expect(openFile(location, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

interface FakeObject {
  content: Buffer;
  etag: string;
  checksum?: { ChecksumSHA256: string; ChecksumType: 'FULL_OBJECT' | 'COMPOSITE' };
}

/** S3 with one bucket, as strict as the real one on what is asked of it here: keys, ranges within the object, If-Match, checksums only when asked for. */
function fakeS3(objects: Record<string, FakeObject>) {
  const parts: number[] = [];
  const refuse = (name: string, httpStatusCode: number) => Object.assign(new Error(name), { name, $metadata: { httpStatusCode } });
  function send(command: unknown): Promise<unknown> {
    if (!(command instanceof HeadObjectCommand || command instanceof GetObjectCommand))
      return Promise.reject(refuse('NotImplemented', 501));
    const { Bucket, Key, IfMatch, ChecksumMode } = command.input;
    const object = Bucket === 'lake' ? objects[Key ?? ''] : undefined;
    if (!object) return Promise.reject(refuse(command instanceof HeadObjectCommand ? 'NotFound' : 'NoSuchKey', 404));
    if (IfMatch !== undefined && IfMatch !== object.etag) return Promise.reject(refuse('PreconditionFailed', 412));
    const about = { ETag: object.etag, ContentLength: object.content.length, ...(ChecksumMode === 'ENABLED' && object.checksum) };
    if (command instanceof HeadObjectCommand) return Promise.resolve(about);
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(command.input.Range ?? '') ?? [];
    if (Number(from) >= object.content.length) return Promise.reject(refuse('InvalidRange', 416));
    const part = object.content.subarray(Number(from), Number(to) + 1);
    parts.push(part.length);
    return Promise.resolve({ ...about, Body: { transformToByteArray: () => Promise.resolve(new Uint8Array(part)) } });
  }
  return { client: { send } as unknown as Pick<S3Client, 'send'>, objects, parts };
}

describe('an S3 object', () => {
  const content = Buffer.from('0123456789abcdef'.repeat(1_200_000));

  test('is read in parts, each byte once', async () => {
    const { client, parts } = fakeS3({ 'in/a b.jsonl': { content, etag: '"e1"' } });
    const source = await openS3(client)('s3://lake/in/a b.jsonl');
    expect(source).toMatchObject({ id: 'lake/in/a b.jsonl@e1', bytes: content.length });
    expect((await contentOf(source)).equals(content)).toBe(true);
    expect(parts).toEqual([8_388_608, 8_388_608, content.length - 2 * 8_388_608]);
  });

  test('that is empty is read as nothing', async () => {
    const { client } = fakeS3({ empty: { content: Buffer.alloc(0), etag: '"e"' } });
    expect(await contentOf(await openS3(client)('s3://lake/empty'))).toHaveLength(0);
  });

  test('has the id of the same file on disk where S3 knows its SHA-256', async () => {
    const ChecksumSHA256 = createHash('sha256').update(content).digest('base64');
    const { client } = fakeS3({ whole: { content, etag: '"e"', checksum: { ChecksumSHA256, ChecksumType: 'FULL_OBJECT' } } });
    await writeFile(path.join(folder, 'whole'), content);
    expect((await openS3(client)('s3://lake/whole')).id).toBe((await openFile(path.join(folder, 'whole'))).id);
  });

  test('has the id of its ETag where S3 knows only the checksum of its parts', async () => {
    const { client } = fakeS3({ parts: { content, etag: '"e-2"', checksum: { ChecksumSHA256: 'abc=-2', ChecksumType: 'COMPOSITE' } } });
    expect((await openS3(client)('s3://lake/parts')).id).toBe('lake/parts@e-2');
  });

  test('fails when it is replaced while it is read', async () => {
    const { client, objects } = fakeS3({ key: { content, etag: '"e1"' } });
    const parts = (await openS3(client)('s3://lake/key')).read()[Symbol.asyncIterator]();
    for (let bytes = 0; bytes < 8_388_608;) bytes += ((await parts.next()).value as Buffer).length;
    objects['key'] = { content, etag: '"e2"' };
    await expect(parts.next()).rejects.toThrow('PreconditionFailed');
  });

  test.each([
    ['s3://lake/none', 'object must exist, got s3://lake/none'],
    ['s3://lake/', 'object must be s3://bucket/key, got s3://lake/'],
    ['file.jsonl', 'object must be s3://bucket/key, got file.jsonl'],
  ])('%s fails as an input', async (location, message) => {
    const opened = openS3(fakeS3({}).client)(location);
    await expect(opened).rejects.toThrow(message);
    await expect(opened).rejects.toBeInstanceOf(InputError);
  });
});
