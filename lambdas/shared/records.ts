import { RecordBuilder } from './record-builder.ts';
import type { RawRecord } from './row-checker.ts';
import { decompressed, peek, type Input } from './gunzip.ts';

const UTF8_BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const MAX_LEADING_BLANKS = 64 * 1024;
const [LF, SPACE, QUOTE, BACKSLASH, COMMA] = [0x0a, 0x20, 0x22, 0x5c, 0x2c];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** The records of JSON lines or a JSON array, plain or gzip, some at a time. Blank lines are not records, but have a number. */
export async function* rawRecords(chunks: AsyncIterable<Buffer>): AsyncGenerator<RawRecord[]> {
  const { head, text } = await opened(chunks);
  yield* isArray(head) ? elements(text) : lines(text);
}

/** The lines of any other text, plain or gzip, some at a time, blank ones as above. */
export async function* rawLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<RawRecord[]> {
  yield* lines((await opened(chunks)).text);
}

/**
 * The records of JSON lines, or of one JSON array, that are to be sent as they came: lines are records, whatever each holds; an array that
 * is written over several lines is one record where it is at most `maxBytes`, and else its elements are. A record that is too long to be
 * held is in a file besides.
 */
export function wholeRecords(maxBytes: number): (chunks: AsyncIterable<Buffer>) => AsyncGenerator<RawRecord[]> {
  const isEnough = (head: Buffer) => head.length > maxBytes + UTF8_BOM.length || (isTelling(head) && firstTwo(head)[0] !== OPEN_ARRAY);
  return async function* (chunks) {
    const input = decompressed(chunks);
    const { head, rest } = await peek(input.chunks, isEnough);
    const text = { chunks: skipping(rest, startsWithBom(head) ? UTF8_BOM.length : 0), fault: input.fault };
    const shown = head.subarray(startsWithBom(head) ? UTF8_BOM.length : 0);
    if (firstTwo(head)[0] !== OPEN_ARRAY || isJson(shown.subarray(0, shown.indexOf(LF) >>> 0))) {
      yield* lines(text, true);
    } else if (head.length <= maxBytes && isJson(shown)) {
      yield [{ line: 1, bytes: shown, size: shown.length }];
    } else {
      yield* elements(text, true);
    }
  };
}

function isJson(text: Buffer): boolean {
  try {
    JSON.parse(text.toString());
    return true;
  } catch {
    return false;
  }
}

async function opened(chunks: AsyncIterable<Buffer>): Promise<{ head: Buffer; text: Input }> {
  const input = decompressed(chunks);
  const { head, rest } = await peek(input.chunks, isTelling);
  return { head, text: { chunks: skipping(rest, startsWithBom(head) ? UTF8_BOM.length : 0), fault: input.fault } };
}

function isTelling(head: Buffer): boolean {
  return (head.length >= UTF8_BOM.length && firstTwo(head).length === 2) || head.length > MAX_LEADING_BLANKS;
}

/** `[` and then an object or the end. A first line like `[1, 2]` does not make an array of a file of lines. */
function isArray(head: Buffer): boolean {
  const [first, second] = firstTwo(head);
  return first === OPEN_ARRAY && (second === undefined || second === OPEN_OBJECT || second === CLOSE_ARRAY);
}

function firstTwo(head: Buffer): Uint8Array {
  return head
    .subarray(startsWithBom(head) ? UTF8_BOM.length : 0)
    .subarray(0, MAX_LEADING_BLANKS)
    .filter((byte) => byte > SPACE)
    .subarray(0, 2);
}

const startsWithBom = (head: Buffer) => head.subarray(0, UTF8_BOM.length).equals(UTF8_BOM);

async function* skipping(chunks: AsyncIterable<Buffer>, bytes: number): AsyncGenerator<Buffer> {
  let first = true;
  for await (const chunk of chunks) {
    yield first ? chunk.subarray(bytes) : chunk;
    first = false;
  }
}

async function* lines({ chunks, fault }: Input, keepsWhole = false): AsyncGenerator<RawRecord[]> {
  const record = new RecordBuilder(keepsWhole);
  for await (const chunk of chunks) {
    const found: RawRecord[] = [];
    let from = 0;
    for (let at = chunk.indexOf(LF); at !== -1; at = chunk.indexOf(LF, from)) {
      record.add(chunk.subarray(from, at));
      record.endInto(found);
      from = at + 1;
    }
    record.add(chunk.subarray(from));
    if (found.length > 0) yield found;
  }
  const last: RawRecord[] = [];
  record.endInto(last, fault());
  yield last;
}

/**
 * The elements of an array, cut at the commas between them and parsed one by one by whoever reads them: an element that is not JSON
 * is then one reject with its own bytes, where a streaming parser would stop the whole array.
 */
async function* elements({ chunks, fault }: Input, keepsWhole = false): AsyncGenerator<RawRecord[]> {
  const record = new RecordBuilder(keepsWhole);
  let depth = 0;
  let inString = false;
  let escaped = false;
  let closed = false;
  for await (const chunk of chunks) {
    const found: RawRecord[] = [];
    let from = 0;
    for (let at = 0; at < chunk.length && !closed; at++) {
      const byte = chunk[at];
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inString = false;
      } else if (byte === QUOTE) {
        inString = true;
      } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        if (++depth === 1) from = at + 1; // the array's own bracket
      } else if (depth === 1 && (byte === COMMA || byte === CLOSE_ARRAY || byte === CLOSE_OBJECT)) {
        record.add(chunk.subarray(from, at));
        record.endInto(found);
        closed = byte !== COMMA;
        from = byte === CLOSE_OBJECT ? at : at + 1; // a brace does not close an array: it begins what should not be there
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
        depth--;
      }
    }
    record.add(chunk.subarray(from));
    if (found.length > 0) yield found;
  }
  const last: RawRecord[] = [];
  if (!closed) record.endInto(last, fault() ?? 'array must be closed by ], got the end of the file');
  else record.endInto(last, fault() ?? (record.isBlank() ? undefined : 'array must be the only value, got more after its end'));
  yield last;
}
