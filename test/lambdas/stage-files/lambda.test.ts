import { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import { listeningEvent } from '../../../lib/contracts/listening-event.ts';
import { makeLambda, type StageAnswer } from '../../../lambdas/stage-files/lambda.ts';

const EVENT = { ts: 1_541_106_106_796, userId: '8', sessionId: 139, page: 'NextSong', itemInSession: 0 };
const event = (changes: object = {}) => JSON.stringify({ ...EVENT, ...changes });
const FROM = 's3://raw/files/songplays/logs/';
const HOUR_MS = 3_600_000;

interface FakeObject {
  readonly content: Buffer;
  /** As S3 has it of an object that was put with it. */
  readonly sha256?: true;
  /** What S3 says instead of how long it is. */
  readonly size?: number;
}

/** S3 as strict as the real one on what is asked of it here: pages of listings, tokens, If-Match, ranges within the object. */
class FakeS3 {
  readonly objects = new Map<string, FakeObject>();
  pageSize = 1000;
  /** Called before each part of an object is read. */
  onRead: (key: string) => void = () => {};
  /** Keys in the order they were put in. */
  readonly puts: string[] = [];

  put(uri: string, content: string | Buffer, about: Partial<FakeObject> = { sha256: true }): void {
    this.objects.set(uri, { content: Buffer.from(content), ...about });
  }

  lines(uri: string): Record<string, unknown>[] {
    return this.text(uri)
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  text(uri: string): string {
    const { content } = this.objects.get(uri) ?? refuse('NoSuchKey', 404);
    return (uri.endsWith('.gz') ? gunzipSync(content) : content).toString();
  }

  below(uri: string): string[] {
    return [...this.objects.keys()]
      .filter((key) => key.startsWith(uri))
      .map((key) => key.slice(uri.length))
      .sort();
  }

  readonly client = { send: (command: unknown) => Promise.resolve().then(() => this.answer(command)) } as unknown as Pick<S3Client, 'send'>;

  private answer(command: unknown): unknown {
    if (command instanceof ListObjectsV2Command) return this.list(command.input);
    if (command instanceof PutObjectCommand) {
      const { Bucket, Key, Body } = command.input;
      this.put(`s3://${Bucket}/${Key}`, Body as string | Buffer);
      this.puts.push(Key!);
      return {};
    }
    if (!(command instanceof HeadObjectCommand || command instanceof GetObjectCommand)) return refuse('NotImplemented', 501);
    const { Bucket, Key, IfMatch, ChecksumMode } = command.input;
    const object = this.objects.get(`s3://${Bucket}/${Key}`) ?? refuse('NoSuchKey', 404);
    const digest = createHash('sha256').update(object.content);
    const ETag = `"${createHash('md5').update(object.content).digest('hex')}"`;
    if (IfMatch !== undefined && IfMatch !== ETag) return refuse('PreconditionFailed', 412);
    if (command instanceof HeadObjectCommand) {
      const checksum = ChecksumMode === 'ENABLED' &&
        object.sha256 && { ChecksumSHA256: digest.digest('base64'), ChecksumType: 'FULL_OBJECT' };
      return { ETag, ContentLength: object.size ?? object.content.length, ...checksum };
    }
    this.onRead(Key!);
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(command.input.Range ?? '') ?? [];
    if (Number(from) >= object.content.length) return refuse('InvalidRange', 416);
    const part = object.content.subarray(Number(from), Number(to) + 1);
    return { Body: { transformToByteArray: () => Promise.resolve(new Uint8Array(part)) } };
  }

  private list({ Bucket, Prefix, ContinuationToken }: ListObjectsV2Command['input']): unknown {
    const keys = this.below(`s3://${Bucket}/`).filter((key) => key.startsWith(Prefix!));
    const from =
      ContinuationToken === undefined ? 0 : Number(/^token-(\d+)$/.exec(ContinuationToken)?.[1] ?? refuse('InvalidArgument', 400));
    const page = keys.slice(from, from + this.pageSize);
    const next = from + this.pageSize;
    const isMore = next < keys.length;
    // S3 leaves `Contents` out where there is nothing.
    return {
      ...(page.length > 0 && { Contents: page.map((Key) => ({ Key })) }),
      IsTruncated: isMore,
      ...(isMore && { NextContinuationToken: `token-${next}` }),
    };
  }
}

function refuse(name: string, httpStatusCode: number): never {
  throw Object.assign(new Error(name), { name, $metadata: { httpStatusCode } });
}

let s3: FakeS3;
let loaded: string[];
let asked: { sql: string; params: readonly unknown[] }[];
beforeEach(() => {
  s3 = new FakeS3();
  loaded = [];
  asked = [];
});

function call(request: unknown, remaining: () => number = () => HOUR_MS): Promise<StageAnswer> {
  const warehouse = {
    query: <R>(sql: string, params: readonly unknown[] = []) => {
      asked.push({ sql, params });
      return Promise.resolve(loaded.map((file_id) => ({ file_id })) as R[]);
    },
  };
  return makeLambda({ s3: s3.client, warehouse, staged: 's3://lake/staged' })(request, { getRemainingTimeInMillis: remaining });
}

const STAGED = 's3://lake/staged/listening_events/';
const request = { dataset: 'listening_events', from: FROM };
const urls = (kind: string) => (JSON.parse(s3.text(`${STAGED}manifests/${kind}.json`)) as { entries: unknown[] }).entries;

describe('the new files of a folder', () => {
  test('are staged packed, the marker last, and listed for the warehouse', async () => {
    s3.put(`${FROM}2018/11/a.json`, `${event()}\nnonsense\n`);
    s3.put(`${FROM}b.jsonl.gz`, gzipSync(event({ itemInSession: 1 })));
    s3.put(`${FROM}c.json`, `${event()}\nnonsense\n`);
    s3.put(`${FROM}2018/`, '');
    s3.put(`${FROM}.d.json`, event());
    s3.put(`${FROM}e.csv`, 'a,b');
    const reason = expect.stringMatching(/^line must be a JSON object, got malformed JSON/) as string;
    expect(await call(request)).toEqual({
      done: true,
      files: 2,
      alreadyStaged: 0,
      rows: 2,
      rejected: 1,
      duplicateFiles: ['c.json'],
      otherFiles: ['.d.json', 'e.csv'],
      rejects: [{ source: '2018/11/a.json', line: 2, reason }],
      toLoad: 2,
    });
    const id = createHash('sha256').update(`${event()}\nnonsense\n`).digest('hex').slice(0, 16);
    const about = { dataset: 'listening_events', file_id: id, file_name: 'files/songplays/logs/2018/11/a.json' };
    expect(s3.lines(`${STAGED}rows/${id}.jsonl.gz`)).toMatchObject([
      { ts: '2018-11-01T21:01:46.796Z', user_id: '8', artist: null, file_id: id, file_line: 1 },
    ]);
    expect(s3.lines(`${STAGED}rejects/${id}.jsonl.gz`)).toEqual([{ ...about, file_line: 2, reason, record: 'nonsense' }]);
    expect(s3.lines(`${STAGED}files/${id}.json.gz`)).toEqual([
      {
        ...about,
        rows: 1,
        rejected: 1,
        staged_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
        published_at: null,
      },
    ]);
    expect(s3.puts.slice(0, 3)).toEqual(
      [`rows/${id}.jsonl.gz`, `rejects/${id}.jsonl.gz`, `files/${id}.json.gz`].map((name) => `staged/listening_events/${name}`),
    );
    expect(asked).toEqual([{ sql: 'SELECT file_id FROM millrace.staged_files WHERE dataset = $1', params: ['listening_events'] }]);
    for (const [kind, suffix] of [
      ['rows', 'jsonl.gz'],
      ['rejects', 'jsonl.gz'],
      ['files', 'json.gz'],
    ] as const) {
      expect(urls(kind)).toHaveLength(2);
      expect(urls(kind)).toContainEqual({ url: `${STAGED}${kind}/${id}.${suffix}`, mandatory: true });
    }
  });

  test('are none where all are staged; those that the warehouse lacks are listed again', async () => {
    s3.put(`${FROM}a.json`, event());
    s3.put(`${FROM}b.json`, event({ itemInSession: 1 }));
    await call(request);
    loaded = s3
      .below(`${STAGED}files/`)
      .slice(0, 1)
      .map((name) => name.slice(0, 16));
    expect(await call(request)).toMatchObject({ done: true, files: 0, alreadyStaged: 2, toLoad: 1 });
    expect(urls('rows')).toEqual([{ url: `${STAGED}rows/${s3.below(`${STAGED}rows/`)[1]}`, mandatory: true }]);
    loaded = s3.below(`${STAGED}files/`).map((name) => name.slice(0, 16));
    s3.puts.length = 0;
    expect(await call(request)).toMatchObject({ done: true, files: 0, alreadyStaged: 2, toLoad: 0 });
    expect(s3.puts).toEqual([]);
  });

  test('may be more than a page of a listing', async () => {
    s3.pageSize = 3;
    for (let n = 0; n < 8; n++) s3.put(`${FROM}${n}.json`, event({ itemInSession: n }));
    expect(await call(request)).toMatchObject({ files: 8, rows: 8, toLoad: 8 });
    expect(await call(request)).toMatchObject({ files: 0, alreadyStaged: 8, toLoad: 8 });
  });

  test('may have no checksum: then they are known by key and ETag', async () => {
    s3.put(`${FROM}a.json`, event(), {});
    s3.put(`${FROM}b.json`, event(), {});
    expect(await call(request)).toMatchObject({ files: 2, duplicateFiles: [] });
    expect(s3.below(`${STAGED}files/`)).toEqual([
      expect.stringMatching(/^[0-9a-f]{16}\.json\.gz$/),
      expect.stringMatching(/^[0-9a-f]{16}\.json\.gz$/),
    ]);
    expect(await call(request)).toMatchObject({ files: 0, alreadyStaged: 2 });
  });

  test('are none in a folder that holds nothing', async () => {
    expect(await call(request)).toMatchObject({ done: true, files: 0, toLoad: 0 });
  });
});

describe('a call that runs out of time', () => {
  /** Counts down at each file that is read. */
  function clock(reads: number) {
    let left = reads;
    s3.onRead = () => left--;
    return () => (left > 0 ? HOUR_MS : 20_000);
  }

  test('stops between files, and further ones end with the counts of a single one', async () => {
    for (let n = 0; n < 5; n++) s3.put(`${FROM}${n}.json`, n === 1 ? 'nonsense' : event({ itemInSession: n }));
    s3.put(`${FROM}9 copy.json`, event());
    s3.put('s3://raw/files/songplays/logs/note.txt', '');
    const answers: StageAnswer[] = [];
    do {
      const soFar = answers.at(-1) ?? null;
      answers.push(await call({ ...request, soFar }, clock(answers.length === 0 ? 3 : 100)));
    } while (!answers.at(-1)!.done);
    expect(answers[0]).toMatchObject({ done: false, files: 2, rows: 1, rejected: 1, toLoad: 0 });
    expect(answers).toHaveLength(2);
    expect(answers[1]).toEqual({
      done: true,
      files: 5,
      alreadyStaged: 0,
      rows: 4,
      rejected: 1,
      duplicateFiles: ['9 copy.json'],
      otherFiles: ['note.txt'],
      rejects: [{ source: '1.json', line: 1, reason: expect.any(String) as string }],
      toLoad: 5,
    });
    expect(s3.below(`${STAGED}rows/`)).toHaveLength(5);
  });

  test('fails where that was not enough for one file, of which nothing is left', async () => {
    s3.put(`${FROM}a.json`, event());
    await expect(call(request, clock(1))).rejects.toThrow('file to stage must take no longer than a call, got a.json: split it');
    expect(s3.puts).toEqual([]);
  });

  test('leaves the asking of the warehouse, which may have to wake up, to another', async () => {
    s3.put(`${FROM}a.json`, event());
    let left = HOUR_MS;
    s3.onRead = () => (left = 100_000);
    const first = await call(request, () => left);
    expect(first).toMatchObject({ done: false, files: 1, toLoad: 0 });
    expect(asked).toEqual([]);
    expect(await call({ ...request, soFar: first }, () => left)).toMatchObject({ done: true, files: 1, alreadyStaged: 0, toLoad: 1 });
  });
});

test.each([
  ['large.json', 2 * 1024 ** 3 + 1],
  ['large.json.gz', 256 * 1024 ** 2 + 1],
])('fails before anything is staged when a file is larger than a call can stage: %s', async (name, size) => {
  s3.put(`${FROM}a.json`, event());
  s3.put(`${FROM}${name}`, event({ itemInSession: 1 }), { size });
  const message = `file to stage must be at most 2147483648 bytes, 268435456 where it is packed, got ${size} in ${name}: split it`;
  await expect(call(request)).rejects.toThrow(message);
  expect(s3.puts).toEqual([]);
});

test('what is told stays within what a state machine takes', async () => {
  for (let n = 0; n < 200; n++) s3.put(`${FROM}${String(n).padStart(3, '0')}.txt`, '');
  const wrong = Object.fromEntries(Object.keys(listeningEvent.schema.shape).map((name) => [name, { wrong: 'x'.repeat(100) }]));
  s3.put(`${FROM}a.json`, `${JSON.stringify(wrong)}\n`.repeat(100));
  const { otherFiles, rejects, rejected } = await call(request);
  expect(otherFiles).toHaveLength(51);
  expect(otherFiles.slice(-2)).toEqual(['049.txt', '… and 150 more']);
  expect([rejected, rejects.length]).toEqual([100, 20]);
  expect(rejects.map(({ reason }) => reason.length)).toEqual(Array(20).fill(500));
});

test.each([
  [{ dataset: 'listening_events' }],
  [{ ...request, from: 's3://raw/files' }],
  [{ ...request, from: '/tmp/' }],
  [{ ...request, more: 1 }],
  [{ ...request, soFar: { files: 'x' } }],
  [null],
])('fails when called with %j', async (wrong) => {
  await expect(call(wrong)).rejects.toThrow('event must be {dataset, from: "s3://bucket/prefix/"}, with soFar if need be, got ');
});

test('fails when asked for a data set that there is none of', async () => {
  await expect(call({ ...request, dataset: 'others' })).rejects.toThrow('others');
});
