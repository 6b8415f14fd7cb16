import type { z } from 'zod';
import { DEFAULT_MAX_BYTES, type Field } from '../../../lib/contracts/dataset.ts';
import { isSettledBy, takesWords, type IsSettled } from '../../../lib/contracts/settled.ts';
import { EVENT_ID, IDENTITY, idOf } from '../event-id.ts';
import { isoTime } from '../iso-time.ts';
import { Lines } from '../lines.ts';
import { HAS_COMMA, HAS_ESCAPES, HAS_QUOTES, IS_LONG, NULL, NUMBER, TEXT, type FlatRecord } from './record.ts';

const [SPACE, QUOTE, COMMA, OPEN_ARRAY, BACKSLASH, CLOSE_ARRAY] = [0x20, 0x22, 0x2c, 0x5b, 0x5c, 0x5d] as const;

/**
 * Writes a field of the row of the record that was read last, or what it can of it.
 * @param line The record's number in its file
 * @returns false where others have to look at the record
 */
export type FieldWriter = (line: number) => boolean;

/** What is settled of a column without a predicate is not known. */
const predicateOf = (schema: z.core.$ZodType): IsSettled => isSettledBy(schema) ?? (() => false);

/** Of texts it vouches for those that begin and end with what is no blank, and are short enough for their column. */
export function textField(
  record: FlatRecord,
  lines: Lines,
  { source, maxBytes = DEFAULT_MAX_BYTES }: Field,
  schema: z.core.$ZodType,
): FieldWriter {
  const field = record.placeOf(source);
  const takesNull = predicateOf(schema)(null);
  const takesText = takesWords(schema);
  return () => {
    const kind = record.kinds[field]!;
    if (kind !== TEXT) return kind === NULL && takesNull;
    const { bytes } = record;
    const start = record.starts[field]!;
    const end = record.ends[field]!;
    if (!takesText || end - start > maxBytes || !isWord(bytes, start, end)) return false;
    const marks = record.marks[field]!;
    const isQuoted = (marks & (HAS_COMMA | HAS_QUOTES)) !== 0;
    if (isQuoted) lines.put(QUOTE);
    if ((marks & HAS_ESCAPES) === 0) lines.copy(bytes, start, end);
    else copyUnescaped(bytes, start, end, lines);
    if (isQuoted) lines.put(QUOTE);
    return true;
  };
}

/** A number as it stands, and one that is a time as tables have it. */
export function numberField(record: FlatRecord, lines: Lines, { source, type }: Field, schema: z.core.$ZodType): FieldWriter {
  const field = record.placeOf(source);
  const isSettled = predicateOf(schema);
  const takesNull = isSettled(null);
  const isTime = type === 'timestamp';
  return () => {
    const kind = record.kinds[field]!;
    if (kind !== NUMBER) return kind === NULL && takesNull;
    const number = record.numbers[field]!;
    if (!isSettled(number)) return false;
    if (isTime) lines.ascii(isoTime(number));
    else if ((record.marks[field]! & IS_LONG) !== 0) return false;
    else lines.copy(record.bytes, record.starts[field]!, record.ends[field]!);
    return true;
  };
}

/**
 * The id of an event by the JSON that names it, which is written as `JSON.stringify` does. What else it takes for granted (a time, a page, a
 * listener given as a text) the columns of these fields see to. An event that has no place, or an id of its own, is for others, as is one with
 * escapes in these fields: there are several ways to write them.
 */
export function eventIdField(record: FlatRecord, lines: Lines): FieldWriter {
  const [own, ts, place] = [EVENT_ID, 'ts', 'itemInSession'].map((name) => record.placeOf(name)) as [number, number, number];
  const named = IDENTITY.map((name) => record.placeOf(name));
  const identity = new Lines();
  return () => {
    if (record.kinds[own] !== NULL || record.kinds[place] === NULL) return false;
    identity.length = 0;
    identity.reserve(record.bytes.length);
    let before: number = OPEN_ARRAY;
    for (const field of named) {
      if ((record.marks[field]! & HAS_ESCAPES) !== 0) return false;
      identity.put(before);
      copyJson(record, field, identity);
      before = COMMA;
    }
    identity.put(CLOSE_ARRAY);
    lines.ascii(idOf(record.numbers[ts]!, identity.bytes.subarray(0, identity.length)));
    return true;
  };
}

function copyJson(record: FlatRecord, field: number, to: Lines): void {
  const quotes = record.kinds[field] === TEXT ? 1 : 0;
  if (record.kinds[field] === NULL) to.ascii('null');
  else to.copy(record.bytes, record.starts[field]! - quotes, record.ends[field]! + quotes);
}

/** What stands behind backslashes without them, quotes twice as CSV has them. */
function copyUnescaped(bytes: Buffer, start: number, end: number, to: Lines): void {
  let from = start;
  for (let at = bytes.indexOf(BACKSLASH, from); at !== -1 && at < end; at = bytes.indexOf(BACKSLASH, from + 1)) {
    to.copy(bytes, from, at);
    from = at + 1;
    if (bytes[from] === QUOTE) to.put(QUOTE);
  }
  to.copy(bytes, from, end);
}

/** Whether `trim` leaves a text alone, and something of it. False says nothing. */
function isWord(bytes: Buffer, start: number, end: number): boolean {
  if (start === end) return false;
  const [first, last] = [bytes[start]!, bytes[end - 1]!];
  return (first < 0x80 ? first > SPACE : isLetterOfTwo(first)) && (last < 0x80 ? last > SPACE : isLetterOfTwo(bytes[end - 2]!));
}

/** Whether it begins a character of two bytes that is no blank: those with the accents of Europe are, and Greek, Cyrillic and Arabic. */
const isLetterOfTwo = (byte: number) => byte >= 0xc3 && byte <= 0xdf;
