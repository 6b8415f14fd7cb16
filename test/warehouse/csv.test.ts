import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { csvParts } from '../../lib/local/warehouse/csv.ts';

async function partsOf(csv: string, partBytes: number, chunkBytes: number) {
  const chunks = (csv.match(new RegExp(`.{1,${chunkBytes}}`, 'gs')) ?? []).map((chunk) => Buffer.from(chunk));
  const parts = [];
  for await (const part of csvParts(Readable.from(chunks), partBytes)) parts.push([part.bytes.toString(), part.lineOffset]);
  return parts;
}

test('a part ends where a record ends, begins with the header, and knows its lines', async () => {
  const csv = 'a,b\n1,"x\ny"\n2,"""\n"\n3,\n';
  for (const chunkBytes of [1, 2, 5, 100]) {
    const parts = await partsOf(csv, 1, chunkBytes);
    const records = parts.map(([text]) => String(text).replace(/^a,b\n/, ''));
    expect(records.join(''), `chunks of ${chunkBytes}`).toBe(csv.replace(/^a,b\n/, ''));
    expect(parts.every(([text]) => String(text).startsWith('a,b\n'))).toBe(true);
  }
  expect(await partsOf(csv, 10, 1)).toEqual([
    ['a,b\n1,"x\ny"\n', 0],
    ['a,b\n2,"""\n"\n', 2],
    ['a,b\n3,\n', 4],
  ]);
});

test('a text that fits in one part is that part, whatever it holds', async () => {
  for (const csv of ['', 'a', 'a\n', 'a\n"\n', 'a\n1']) expect(await partsOf(csv, 1000, 3)).toEqual([[csv, 0]]);
});
