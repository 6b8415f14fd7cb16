import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { makeHandler } from '../../../lambdas/replay-events/handler.ts';
import { examAttempts } from '../../../lambdas/shared/exam-attempts.ts';
import { batchBytes, type Message } from '../../../lambdas/shared/kafka/producer.ts';
import { MAX_RECORD_BYTES } from '../../../lambdas/shared/row-checker.ts';
import { openFile } from '../../../lambdas/shared/sources.ts';
import { MAX_MESSAGE_BYTES } from '../../../lib/contracts/kafka.ts';
import { temporaryFolder } from '../../support/folder.ts';

const folder = temporaryFolder();
let files = 0;

/** Replays a file of attempts to no broker. */
async function replayed(content: string | Buffer) {
  const location = join(folder, `attempts-${++files}`);
  await writeFile(location, content);
  const messages: Message[] = [];
  const rejects: { line: number; reason: string }[] = [];
  const aside: Buffer[] = [];
  const handler = makeHandler({
    target: examAttempts,
    topic: 'attempts',
    rejectsTopic: 'rejects',
    maxMessageBytes: MAX_MESSAGE_BYTES,
    open: openFile,
    connect: () =>
      Promise.resolve({
        send(topics) {
          for (const each of topics) {
            if (each.topic === 'attempts') messages.push(...each.messages);
            else rejects.push(...each.messages.map(({ value }) => JSON.parse(String(value)) as { line: number; reason: string }));
          }
          return Promise.resolve();
        },
        disconnect: () => Promise.resolve(),
      }),
    async keepAside({ bytes, whole }, name) {
      aside.push(whole === undefined ? bytes : await readFile(whole));
      return `aside/${name.replace(/^.*-/, '')}`;
    },
  });
  const result = await handler.replay({ location });
  return { result, aside, rejects, sent: messages.map(({ key, value }) => ({ key, value: String(value) })) };
}

const attempt = (id: string, more: object = {}) => JSON.stringify({ user_exam_id: id, base_exam_id: 'e', ...more });
/** An attempt of so many bytes. */
const ofBytes = (bytes: number, id = 'large') => attempt(id, { padding: 'x'.repeat(bytes - attempt(id, { padding: '' }).length) });

describe('a message is sent byte for byte', () => {
  test('a line each, under the id of its attempt, of its event, or one made of its bytes', async () => {
    const untidy = '{"base_exam_id" : "e",\t"user_exam_id":"u1", "unknown": 1.0}';
    const ofEvent = '{"keen_id":"k2","base_exam_id":"e"}';
    const { sent } = await replayed(`${untidy}\n${ofEvent}\n\n{"base_exam_id":"e"}\n`);
    expect(sent.map(({ value }) => value)).toEqual([untidy, ofEvent, '{"base_exam_id":"e"}']);
    expect(sent.map(({ key }) => key)).toEqual(['u1', 'k2', expect.stringMatching(/^[0-9a-f]{32}$/)]);
  });

  test('lines that are arrays are a message each, also where the file begins with one', async () => {
    const lines = [`[${attempt('a')}, ${attempt('b')}]`, attempt('c'), `[${attempt('d')}]`];
    const { sent, rejects } = await replayed(lines.join('\n'));
    expect(sent.map(({ value }) => value)).toEqual(lines);
    expect(rejects).toEqual([]);
  });

  test.each(['plain', 'packed'])('an array written over several lines is one message where it fits, %s', async (kind) => {
    const array = `[\n ${attempt('a')},\n ${attempt('b')}\n]\n`;
    const { sent } = await replayed(kind === 'plain' ? array : gzipSync(array));
    expect(sent.map(({ value }) => value)).toEqual([array]);
  });

  test('and its elements are where it does not', async () => {
    const elements = [ofBytes(3_000_000, 'a'), ofBytes(3_000_000, 'b')];
    const { sent } = await replayed(`[\n${elements.join(',\n')}\n]`);
    expect(sent.map(({ value }) => value.trim())).toEqual(elements);
  });
});

describe('what does not fit is told with its reason', () => {
  test.each([
    ['{"base_exam_id":"e"', /^message must be a JSON object or an array of them, got malformed JSON/],
    ['5', /^message must be a JSON object or an array of them, got a number$/],
    ['{"exam":1}', /^base_exam_id must be text or an integer, got nothing$/],
    ['[]', /^array must hold an attempt that fits: got an empty array$/],
    ['[5, {"exam":1}]', /^array must hold an attempt that fits: {2}must be an object, got 5$/],
  ])('%s', async (line, reason) => {
    const { sent, rejects } = await replayed(`${attempt('a')}\n${line}\n`);
    expect(sent).toHaveLength(1);
    expect(rejects).toEqual([expect.objectContaining({ line: 2, reason: expect.stringMatching(reason) as string })]);
  });

  test('an array goes whole where one of its attempts fits: landing tells the others', async () => {
    const line = `[{"exam":1},${attempt('a')}]`;
    const { sent, rejects } = await replayed(`${line}\n`);
    expect(sent.map(({ value }) => value)).toEqual([line]);
    expect(rejects).toEqual([]);
  });
});

describe('a message that is too large is refused with its size, and kept aside whole', () => {
  const largest = MAX_MESSAGE_BYTES - (batchBytes('large'.length, 5_000_000) - 5_000_000);

  test('the largest one is sent, and one byte more is not', async () => {
    const { sent, rejects, aside } = await replayed(`${ofBytes(largest)}\n${ofBytes(largest + 1)}\n${attempt('next')}`);
    expect(sent.map(({ value }) => value.length)).toEqual([largest, attempt('next').length]);
    expect(rejects[0]!.reason).toBe(`message must be at most 5242880 bytes, got 5242881; kept whole as aside/2`);
    expect(aside.map(String)).toEqual([ofBytes(largest + 1)]);
  });

  test('also where it is longer than what is held of a record, and then no file is left behind', async () => {
    const left = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('millrace-record-'));
    const before = await left();
    const huge = ofBytes(MAX_RECORD_BYTES + 1_000_000);
    const { result, rejects, aside, sent } = await replayed(`${attempt('a')}\n${huge}\n${attempt('b')}\n`);
    expect(rejects[0]!.reason).toMatch(/^message must be at most 5242880 bytes, got 17777\d+; kept whole as aside\/2$/);
    expect(aside[0]!.equals(Buffer.from(huge))).toBe(true);
    expect(sent).toHaveLength(2);
    expect(result).toMatchObject({ read: 3, produced: 2, rejected: 1, rejectKinds: { 'too large': 1 }, done: true });
    expect((await left()).filter((name) => !before.includes(name) && existsSync(join(tmpdir(), name)))).toEqual([]);
  });
});
