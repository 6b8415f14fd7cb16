import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync, gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { makeHandler, type Dependencies, type ReplayResult } from '../../../lambdas/replay-events/handler.ts';
import { listeningEvents } from '../../../lambdas/shared/listening-events.ts';
import { openFile } from '../../../lambdas/shared/sources.ts';
import { connectProducer } from '../../../lambdas/shared/kafka/producer.ts';
import { listeningEvent } from '../../../lib/contracts/listening-event.ts';
import { recordsOf, testBroker, testTopics } from '../../support/broker.ts';

const broker = await testBroker();
const folder = await mkdtemp(path.join(tmpdir(), 'millrace-replay-'));
afterAll(() => rm(folder, { recursive: true }));

const EVENT = { ts: 1538352117000, userId: '30', sessionId: 29, page: 'NextSong' };
const event = (changes: object = {}) => JSON.stringify({ ...EVENT, ...changes });

let files = 0;
async function file(content: string | Buffer): Promise<string> {
  const location = path.join(folder, `events-${++files}`);
  await writeFile(location, content);
  return location;
}

type Overrides = Partial<Dependencies<typeof listeningEvent.schema.shape>>;

/** A handler with topics of its own. */
async function replayer(overrides: Overrides = {}) {
  const [topic, rejectsTopic] = await testTopics(broker, [3, 1]);
  const connect = () => connectProducer({ brokers: [broker.bootstrap] });
  const handler = makeHandler({ target: listeningEvents, topic, rejectsTopic, connect, open: openFile, ...overrides });
  onTestFinished(() => handler.close());
  const sent = async () => (await recordsOf(broker, topic)).map(({ key, value }) => ({ key, ...value }));
  const rejected = async () => (await recordsOf(broker, rejectsTopic)).map(({ key, value }) => ({ key, ...value }));
  return { ...handler, topic, sent, rejected };
}

const ids = (events: object[]) => events.map((each) => (each as { eventId: string }).eventId).sort();
const numbered = (source: string, count: number) => Array.from({ length: count }, (_, n) => `${source}:${n + 1}`).sort();

describe('an event is sent', () => {
  test('with the names of the contract, normalised, under the listener, and with an id of source and line', async () => {
    const { replay, sent } = await replayer();
    const location = await file(`${event({ userId: 30, registration: 1538173362000.4, level: null })}\n${event({ userId: ' ' })}\n`);
    const { source } = await replay({ location });
    const nulls = Object.fromEntries(Object.keys(listeningEvent.schema.shape).map((name) => [name, null]));
    const [first, second] = (await sent()).sort((a, b) => (a.key < b.key ? -1 : 1));
    expect(first).toEqual({ ...nulls, ...EVENT, registration: 1538173362000, eventId: `${source}:1`, key: '30' });
    expect(second).toEqual({ ...nulls, ...EVENT, userId: null, eventId: `${source}:2`, key: 'session:29' });
  });

  test('under the same id from a file with another name, and not under an id of its own', async () => {
    const { replay, sent } = await replayer();
    const content = event({ eventId: 'mine' });
    const one = await replay({ location: await file(content) });
    const other = await replay({ location: new URL(`file://${await file(content)}`).href });
    expect(one.source).toMatch(/^[0-9a-f]{16}$/);
    expect(other.source).toBe(one.source);
    expect(ids(await sent())).toEqual([`${one.source}:1`, `${one.source}:1`]);
    expect(one.unknownFields).toEqual({ eventId: 1 });
  });

  test('in the order of its listener', async () => {
    const { replay, sent } = await replayer();
    await replay({ location: await file(Array.from({ length: 5000 }, (_, n) => event({ userId: n % 7, itemInSession: n })).join('\n')) });
    const arrived = await sent();
    for (const key of ['0', '1', '2', '3', '4', '5', '6']) {
      const events = arrived.filter((each) => each.key === key);
      expect(events.map((each) => (each as { itemInSession?: number }).itemInSession)).toEqual(
        Array.from({ length: 5000 }, (_, n) => n).filter((n) => String(n % 7) === key),
      );
    }
  });

  test('from an array, numbered by element', async () => {
    const { replay, sent } = await replayer();
    const { source, read, done } = await replay({ location: await file(JSON.stringify([EVENT, EVENT, EVENT], null, 2)) });
    expect({ read, done }).toEqual({ read: 3, done: true });
    expect(ids(await sent())).toEqual(numbered(source, 3));
  });

  test('without the fields that the contract does not know, which are counted by name', async () => {
    const { replay, sent } = await replayer();
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`more${n}`, n]));
    const { unknownFields } = await replay({ location: await file([event({ extra: 1 }), event({ extra: 2, ...many })].join('\n')) });
    expect(unknownFields).toMatchObject({ extra: 2, more0: 1, more18: 1 });
    expect(Object.keys(unknownFields)).toHaveLength(20);
    expect((await sent()).flatMap((each) => Object.keys(each))).not.toContain('extra');
  });
});

describe('a bad line does not stop the replay', () => {
  const BAD: [line: string | Buffer, kind: string, reason: string | RegExp][] = [
    ['{"ts": 15383', 'malformed JSON', /^line must be a JSON object, got malformed JSON: /],
    ['[1, 2]', 'malformed JSON', 'line must be a JSON object, got an array'],
    ['null', 'malformed JSON', 'line must be a JSON object, got null'],
    ['"text"', 'malformed JSON', 'line must be a JSON object, got a string'],
    [event({ ts: undefined }), 'contract', 'ts must be epoch milliseconds, got nothing'],
    [event({ ts: '2018' }), 'contract', 'ts must be epoch milliseconds, got "2018"'],
    [event({ ts: 1538352117 }), 'contract', 'ts must be epoch milliseconds between the years 2000 and 2100, got 1538352117'],
    [event({ sessionId: 'x', page: '' }), 'contract', 'sessionId must be an integer, got "x"; page must be text that is not empty, got ""'],
    [event({ userId: { $ne: 1 } }), 'contract', 'userId must be text, an integer or null, got {"$ne":1}'],
    [event({ song: 'é'.repeat(513) }), 'contract', 'song must be at most 1024 bytes of UTF-8, got 1026'],
    [Buffer.from(event({ artist: 'Bj\xf6rk' }), 'latin1'), 'not UTF-8', 'line must be UTF-8, got other bytes'],
    ['['.repeat(200_000), 'malformed JSON', /^line must be a JSON object, got malformed JSON: /],
    [`{"ts": ${'['.repeat(50_000)}${']'.repeat(50_000)}}`, 'contract', /^line must be checkable, got /],
  ];

  test('and each gets its own reason and number', async () => {
    const { replay, sent, rejected } = await replayer();
    const separator = Buffer.from('\n');
    const content = Buffer.concat(BAD.flatMap(([line]) => [Buffer.from(event()), separator, Buffer.from(line), separator, separator]));
    const result = await replay({ location: await file(content) });
    const expected = BAD.map(([, , reason], n) => ({
      line: 3 * n + 2,
      reason: typeof reason === 'string' ? reason : (expect.stringMatching(reason) as string),
    }));
    expect(result).toMatchObject({
      read: 2 * BAD.length,
      produced: BAD.length,
      rejected: BAD.length,
      done: true,
      next: 3 * BAD.length,
      truncated: false,
    });
    expect(result.rejects).toEqual(expected);
    expect(result.rejectKinds).toEqual(Object.fromEntries(BAD.map(([, kind]) => [kind, BAD.filter((each) => each[1] === kind).length])));
    expect(ids(await sent())).toEqual(BAD.map((_, n) => `${result.source}:${3 * n + 1}`).sort());
    expect(await rejected()).toMatchObject(expected.map((each) => ({ key: result.source, source: result.source, ...each })));
  });

  test('nor does a message that its topic has no room for', async () => {
    const { replay, rejected } = await replayer({ maxMessageBytes: 400 });
    const result = await replay({ location: await file(event({ song: 'x'.repeat(500) })) });
    expect(result.rejectKinds).toEqual({ 'too large': 1 });
    expect(await rejected()).toMatchObject([{ reason: expect.stringMatching(/^message must be at most 400 bytes, got \d+$/) as string }]);
  });

  test('and its text is kept, cut where it is long', async () => {
    const { replay, rejected } = await replayer();
    const long = `"${'é'.repeat(100_000)}"`;
    await replay({ location: await file(`{"a": 1\n${long}\n`) });
    const [short, cut] = await rejected();
    expect(short).toMatchObject({ raw: '{"a": 1' });
    expect(short).not.toHaveProperty('rawBytes');
    expect(cut).toMatchObject({ raw: `"${'é'.repeat(32_767)}`, rawBytes: 200_002 });
    expect(cut).not.toHaveProperty('rawBase64');
  });

  test('and its bytes are kept where they are no text', async () => {
    const { replay, rejected } = await replayer();
    await replay({ location: await file(Buffer.from([0xff, 0x00, 0x7b])) });
    expect(await rejected()).toMatchObject([{ rawBase64: '/wB7' }]);
  });

  test('nor do twenty thousand of them, of which the first twenty are listed', async () => {
    const { replay } = await replayer();
    const result = await replay({ location: await file('nonsense\n'.repeat(20_000)) });
    expect(result).toMatchObject({ read: 20_000, rejected: 20_000, rejectKinds: { 'malformed JSON': 20_000 }, done: true });
    expect(result.rejects.map(({ line }) => line)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
  });

  test('nor do rejects that are large and many', async () => {
    const { replay, rejected } = await replayer();
    const line = `${'\\u0000'.repeat(5_000)}${'\u0001'.repeat(60_000)}\n`;
    const result = await replay({ location: await file(line.repeat(30)) });
    expect(result).toMatchObject({ rejected: 30, done: true });
    expect(await rejected()).toHaveLength(30);
  });
});

describe('a source that ends early', () => {
  test('sends what can be unpacked, then one reject', async () => {
    const { replay, sent, rejected } = await replayer();
    const lines = Array.from({ length: 2000 }, (_, n) => event({ song: String(Math.sin(n)) }));
    const packed = gzipSync(lines.join('\n'));
    const result = await replay({ location: await file(packed.subarray(0, packed.length >> 1)) });
    const reason = 'gzip data must be complete, got an end of file in the middle';
    expect(result).toMatchObject({
      truncated: true,
      done: true,
      rejected: 1,
      rejectKinds: { unreadable: 1 },
      rejects: [{ line: result.produced + 1, reason }],
    });
    expect(result.produced).toBeGreaterThan(500);
    expect(ids(await sent())).toEqual(numbered(result.source, result.produced));
    expect(await rejected()).toMatchObject([{ line: result.produced + 1, reason }]);
  });

  test('in the middle of an array sends the elements before, then one reject', async () => {
    const { replay, sent } = await replayer();
    const result = await replay({ location: await file(`[${event()}, ${event()}, {"ts": 1`) });
    expect(result).toMatchObject({
      produced: 2,
      rejected: 1,
      rejects: [{ line: 3, reason: 'array must be closed by ], got the end of the file' }],
    });
    expect(ids(await sent())).toEqual(numbered(result.source, 2));
  });

  test.each([
    ['', 0],
    ['\n\n', 2],
    [gzipSync(''), 20],
  ])('before its first event is done with nothing (%j)', async (content, bytes) => {
    const { replay } = await replayer();
    expect(await replay({ location: await file(content) })).toMatchObject({
      read: 0,
      produced: 0,
      rejected: 0,
      bytes,
      done: true,
      truncated: false,
    });
  });
});

describe('a replay that is stopped', () => {
  const LINES = 20_000;
  const content = Array.from({ length: LINES }, (_, n) => (n % 100 === 50 ? 'nonsense' : event({ userId: n % 50 }))).join('\n');

  test('by its deadline goes on in the next call, and several calls send what one does', async () => {
    const { replay, sent, rejected } = await replayer();
    const location = await file(content);
    const results: ReplayResult[] = [];
    for (let next: ReplayResult | undefined; !next?.done; results.push(next)) {
      let asked = 0;
      const remainingMs = () => (asked++ < 3 ? 60_000 : 5_000);
      next = await replay({ location, ...(next && { start: next.next, source: next.source }) }, { remainingMs });
    }
    expect(results.length).toBeGreaterThan(1);
    const [{ source }] = results as [ReplayResult];
    const total = results.reduce((sum, { read }) => sum + read, 0);
    expect(total).toBe(LINES);
    const all = [...ids(await sent()), ...(await rejected()).map((each) => `${source}:${(each as { line?: number }).line}`)].sort();
    expect(all).toEqual(numbered(source, LINES));
  });

  test('by a signal has sent everything before the record it says to go on with', async () => {
    const { replay, sent, rejected } = await replayer();
    const location = await file(content);
    const controller = new AbortController();
    const onProgress = ({ read }: { read: number }) => read > 3000 && controller.abort();
    const first = await replay({ location }, { signal: controller.signal, onProgress });
    expect(first.done).toBe(false);
    expect(first.read).toBeLessThan(LINES);
    const soFar = [...ids(await sent()), ...(await rejected()).map((each) => `${first.source}:${(each as { line?: number }).line}`)];
    expect(soFar.sort()).toEqual(numbered(first.source, first.next - 1));
    const second = await replay({ location, start: first.next });
    expect(second).toMatchObject({ done: true, read: LINES - first.read, next: LINES + 1 });
  });

  test('while it is held back to a rate stops at once', async () => {
    const { replay, sent } = await replayer();
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 300);
    const startedAt = performance.now();
    const result = await replay({ location: await file(content), rate: 0.1 }, { signal: controller.signal });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(result).toMatchObject({ done: false, read: 1, next: 2 });
    expect(await sent()).toHaveLength(1);
  });

  test('fails when the content is another in the next call', async () => {
    const { replay } = await replayer();
    const promise = replay({ location: await file(event()), start: 2, source: '0123456789abcdef' });
    await expect(promise).rejects.toThrow(/^source must be 0123456789abcdef as before, got [0-9a-f]{16}$/);
  });

  test('fails when there is no time for anything', async () => {
    const { replay } = await replayer();
    await expect(replay({ location: await file(event()) }, { remainingMs: () => 9_000 })).rejects.toThrow(
      'time left must be at least 10000 ms, got 9000',
    );
  });
});

test('the rate is kept', async () => {
  const { replay } = await replayer();
  const startedAt = performance.now();
  const { done } = await replay({ location: await file(`${event()}\n`.repeat(500)), rate: 500 });
  const seconds = (performance.now() - startedAt) / 1000;
  expect(done).toBe(true);
  expect(seconds).toBeGreaterThan(0.8);
  expect(seconds).toBeLessThan(5);
});

test('progress comes to the totals of the result', async () => {
  const { replay } = await replayer();
  const seen: unknown[] = [];
  const content = `${event()}\nnonsense\n`.repeat(3000);
  await replay({ location: await file(content) }, { onProgress: (progress) => seen.push(progress) });
  expect(seen.length).toBeGreaterThan(3);
  expect(seen.at(-1)).toEqual({ read: 6000, produced: 3000, rejected: 3000, bytes: content.length, totalBytes: content.length });
});

test.each([
  [{ start: 0 }, 'start must be a whole number from 1, got 0'],
  [{ start: 1.5 }, 'start must be a whole number from 1, got 1.5'],
  [{ rate: -1 }, 'rate must be 0 or a number of events a second, got -1'],
  [{ rate: Number.NaN }, 'rate must be 0 or a number of events a second, got NaN'],
])('fails when asked for %j', async (wrong, message) => {
  const { replay } = await replayer();
  await expect(replay({ location: await file(event()), ...wrong })).rejects.toThrow(message);
});

describe('real events', () => {
  const data = path.resolve(import.meta.dirname, '../../../../shared/data/sparkify');
  const present = existsSync(data);
  if (!present) console.warn(`skipped: no real events in ${data}`);

  test.skipIf(!present).each([
    ['events.jsonl', 4195, 4, 0],
    ['log-small-10000.jsonl.gz', 10_000, 963, 336],
  ])('of %s all arrive', async (name, count, listeners, loggedOut) => {
    const { replay, sent } = await replayer();
    const result = await replay({ location: path.join(data, name) });
    expect(result).toMatchObject({ read: count, produced: count, rejected: 0, unknownFields: {}, done: true });
    const events = await sent();
    expect(ids(events)).toEqual(numbered(result.source, count));
    expect(events.filter(({ key }) => key.startsWith('session:'))).toHaveLength(loggedOut);
    const users = events.map((each) => (each as { userId?: string | null }).userId).filter((user) => user !== null);
    expect(new Set(users).size).toBe(listeners);

    const bytes = await readFile(path.join(data, name));
    const source = String(name.endsWith('.gz') ? gunzipSync(bytes) : bytes).split('\n');
    const total = (rows: object[]) => rows.reduce((sum, row) => sum + ((row as { length?: number | null }).length ?? 0), 0);
    expect(total(events)).toBeCloseTo(total(source.filter(Boolean).map((line) => JSON.parse(line) as object)), 3);
  });
});
