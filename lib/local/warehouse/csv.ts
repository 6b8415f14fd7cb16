import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { quoted } from '../../contracts/render/ddl.ts';

const LINE_FEED = 0x0a;
const QUOTE = 0x22;
const REPLACEMENT_CHARACTER = Buffer.from('\u{FFFD}').toString('latin1');

/** `COPY` of CSV: NULL is an empty unquoted field, an empty text is `""`; the header line must hold the columns' names. */
export function copyStatement(table: string, columns: readonly string[], source: string): string {
  return `COPY ${table} (${columns.map(quoted).join(', ')}) FROM ${source} WITH (FORMAT csv, HEADER MATCH, ENCODING 'UTF8')`;
}

/** The CSV files of a table's exports, in the order of their names; Spark's own files (`_SUCCESS`, `.crc`) are not among them. */
export async function exportedFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`exports must be in a folder that can be read, got ${folder}: ${error.code}`);
  });
  return names
    .filter((name) => /^[^._].*\.csv(\.gz)?$/.test(name))
    .sort()
    .map((name) => path.join(folder, name));
}

/** The text of a CSV file, plain or gzip. An SQL text cannot hold NUL, and one listener's name must not stop a load: it becomes U+FFFD. */
export function readCsv(file: string): Readable {
  const bytes = createReadStream(file);
  // An error of either stream reaches whoever reads the last one.
  const text = file.endsWith('.gz') ? pipeline(bytes, createGunzip(), () => undefined) : bytes;
  return Readable.from(withoutNul(text), { objectMode: false });
}

async function* withoutNul(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    yield chunk.includes(0) ? Buffer.from(chunk.toString('latin1').replaceAll('\0', REPLACEMENT_CHARACTER), 'latin1') : chunk;
  }
}

/** A CSV text of its own, made of some records of a longer one, with its header line. */
export interface CsvPart {
  readonly bytes: Buffer<ArrayBuffer>;
  /** What to add to the number of a line in this part to get its number in the whole text. */
  readonly lineOffset: number;
}

/** Cuts a CSV text into parts of about `size` bytes (more where one record is longer), so that no more than that is held in memory. */
export async function* csvParts(csv: AsyncIterable<Buffer>, size: number): AsyncGenerator<CsvPart> {
  let header: Buffer | undefined; // known once the first part is made
  let headerEnd = 0;
  let held: Buffer[] = [];
  let heldBytes = 0;
  let lines = 0;
  let lineOffset = 0;
  let quoted = false; // a quote within a quoted field is doubled, so that counting quotes is enough
  for await (const chunk of csv) {
    let end = 0;
    let linesToEnd = 0;
    for (let i = 0; i < chunk.length; i++) {
      if (chunk[i] === QUOTE) quoted = !quoted;
      else if (chunk[i] === LINE_FEED) {
        lines++;
        if (quoted) continue;
        end = i + 1;
        linesToEnd = lines;
        headerEnd ||= heldBytes + end;
      }
    }
    held.push(chunk);
    heldBytes += chunk.length;
    if (heldBytes < size || end === 0) continue;
    const rest = chunk.subarray(end);
    const bytes = Buffer.concat(held).subarray(0, heldBytes - rest.length);
    yield { bytes, lineOffset };
    header ??= Buffer.from(bytes.subarray(0, headerEnd));
    held = [header, rest];
    heldBytes = header.length + rest.length;
    lineOffset = linesToEnd - 1;
  }
  if (!header || heldBytes > header.length) yield { bytes: Buffer.concat(held), lineOffset };
}
