import { gunzipSync, gzipSync, constants } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { rawRecords } from '../../../lambdas/shared/records.ts';
import { MAX_RECORD_BYTES, type RawRecord } from '../../../lambdas/shared/row-checker.ts';

async function* inChunks(bytes: Buffer, size = bytes.length || 1): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) {
    await Promise.resolve();
    yield bytes.subarray(at, at + size);
  }
}

async function records(content: string | Buffer, chunkSize?: number): Promise<RawRecord[]> {
  const found: RawRecord[] = [];
  for await (const some of rawRecords(inChunks(Buffer.from(content), chunkSize))) found.push(...some);
  return found;
}

const texts = (found: RawRecord[]) => found.map(({ line, bytes, fault }) => [line, String(bytes).trim(), ...(fault ? [fault] : [])]);

const SHAPES: Record<string, { content: string; expected: unknown[] }> = {
  nothing: { content: '', expected: [] },
  'blank lines only': { content: '\n \r\n\t', expected: [] },
  lines: {
    content: '{"a":1}\n{"b":2}\n',
    expected: [
      [1, '{"a":1}'],
      [2, '{"b":2}'],
    ],
  },
  'lines, the last without an end': {
    content: '{"a":1}\n{"b"',
    expected: [
      [1, '{"a":1}'],
      [2, '{"b"'],
    ],
  },
  'lines with blank ones between, which keep their numbers': {
    content: '\n{"a":1}\r\n\r\n{"b":2}\r\n',
    expected: [
      [2, '{"a":1}'],
      [4, '{"b":2}'],
    ],
  },
  'lines after a byte order mark': { content: '\ufeff{"a":"é"}\n', expected: [[1, '{"a":"é"}']] },
  'lines of which the first is an array by mistake': {
    content: '[1, 2]\n{"b":2}',
    expected: [
      [1, '[1, 2]'],
      [2, '{"b":2}'],
    ],
  },
  'an array': {
    content: '[{"a":1},{"b":2}]',
    expected: [
      [1, '{"a":1}'],
      [2, '{"b":2}'],
    ],
  },
  'an array after a byte order mark and blanks': { content: '\ufeff\n [ {"a":1} ]\n', expected: [[1, '{"a":1}']] },
  'an empty array': { content: '[ ]', expected: [] },
  'an array of nested and quoted delimiters': {
    content: '[\n {"a":[1,{"b":"],}"}]},\n {"c":"\\"]"}\n]\n',
    expected: [
      [1, '{"a":[1,{"b":"],}"}]}'],
      [2, '{"c":"\\"]"}'],
    ],
  },
  'an array with an element that is no JSON': {
    content: '[{"a":1},{"b":},{"c":3}]',
    expected: [
      [1, '{"a":1}'],
      [2, '{"b":}'],
      [3, '{"c":3}'],
    ],
  },
  'an array that ends early': {
    content: '[{"a":1},{"b',
    expected: [
      [1, '{"a":1}'],
      [2, '{"b', 'array must be closed by ], got the end of the file'],
    ],
  },
  'an array that is not closed': {
    content: '[{"a":1},',
    expected: [
      [1, '{"a":1}'],
      [2, '', 'array must be closed by ], got the end of the file'],
    ],
  },
  'an array with more after it': {
    content: '[{"a":1}]{"b":2}',
    expected: [
      [1, '{"a":1}'],
      [2, '{"b":2}', 'array must be the only value, got more after its end'],
    ],
  },
  'an array closed by a brace': {
    content: '[{"a":1}},{"b":2}]',
    expected: [
      [1, '{"a":1}'],
      [2, '},{"b":2}]', 'array must be the only value, got more after its end'],
    ],
  },
};

describe.each(Object.entries(SHAPES))('%s', (_name, { content, expected }) => {
  test.each([1, 2, 3, 7, 1000])('gives its records however it is cut into chunks (of %d bytes)', async (chunkSize) => {
    expect(texts(await records(content, chunkSize))).toEqual(expected);
  });

  test('gives the same records packed', async () => {
    expect(texts(await records(gzipSync(content), 5))).toEqual(expected);
  });
});

test('gzip files put one after the other are read as one', async () => {
  expect(texts(await records(Buffer.concat([gzipSync('{"a":1}\n'), gzipSync('{"b":2}\n')])))).toEqual([
    [1, '{"a":1}'],
    [2, '{"b":2}'],
  ]);
});

test('of gzip data that ends early, everything that can be unpacked is given, and then the fault', async () => {
  const content = Array.from({ length: 3000 }, (_, n) => `{"n":${n},"noise":"${Math.sin(n)}"}`).join('\n');
  const packed = gzipSync(content);
  for (const kept of [3, 10, 11, 100, packed.length >> 1, packed.length - 9, packed.length - 8, packed.length - 1]) {
    const cut = packed.subarray(0, kept);
    const readable = kept < 11 ? '' : String(gunzipSync(cut, { finishFlush: constants.Z_SYNC_FLUSH }));
    for (const chunkSize of [kept, 1000, 16]) {
      const found = await records(cut, chunkSize);
      expect(found.map(({ bytes }) => String(bytes)).join('\n')).toBe(readable);
      expect(found.at(-1)?.fault).toBe('gzip data must be complete, got an end of file in the middle');
      expect(found.filter(({ fault }) => fault)).toHaveLength(1);
    }
  }
});

test('of gzip data that is damaged in the middle, what is before is given, and then the fault', async () => {
  const lines = Array.from({ length: 30_000 }, (_, n) => `{"n":${n},"noise":"${Math.sin(n)}"}`);
  const packed = gzipSync(lines.join('\n'));
  packed.fill(0xff, packed.length >> 1, (packed.length >> 1) + 100);
  const found = await records(packed, 4096);
  const last = found.pop();
  // Lines after the damage may be garbage: gzip's check sum is at its end.
  expect(found.slice(0, 10_000).map(({ bytes }) => String(bytes))).toEqual(lines.slice(0, 10_000));
  expect(last?.fault).toMatch(/^gzip data must be sound, got /);
});

test('a line longer than the limit is counted but not held', async () => {
  const long = MAX_RECORD_BYTES + 1000;
  const [first, second] = await records(Buffer.concat([Buffer.alloc(long, 'x'), Buffer.from('\n{"a":1}')]), 64 * 1024);
  expect([first?.size, first?.bytes.length]).toEqual([long, MAX_RECORD_BYTES]);
  expect(texts([second!])).toEqual([[2, '{"a":1}']]);
});

test('reading on is not begun before it is asked for', async () => {
  let asked = 0;
  async function* endless(): AsyncGenerator<Buffer> {
    for (;;) {
      asked++;
      await Promise.resolve();
      yield Buffer.from('{"a":1}\n'.repeat(1000));
    }
  }
  for await (const some of rawRecords(endless())) if (some.at(-1)!.line >= 5000) break;
  expect(asked).toBe(5);
});
