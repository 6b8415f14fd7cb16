import { isUtf8 } from 'node:buffer';
import type { z } from 'zod';
import type { Dataset } from '../../lib/contracts/dataset.ts';
import { batchBytes, RECORD_OVERHEAD_BYTES, type Message } from './kafka/producer.ts';
import { rawRecords } from './records.ts';
import { beginning, parseObject, recordText, refused, rowChecker, type Parsed, type RawRecord, type Refused } from './row-checker.ts';

/** What producers send: rows of a contract, under the key that keeps their order. */
export interface Target<Shape extends z.ZodRawShape = z.ZodRawShape> {
  readonly contract: Dataset<Shape>;
  /** The message's key: messages of one key keep their order. Must not be empty. */
  key(this: void, row: z.infer<z.ZodObject<Shape>>): string;
  /** How the records of a file become objects. @default - JSON lines or a JSON array */
  readonly format?: RecordFormat;
}

/** Messages that are sent as the bytes they came. */
export interface RawTarget {
  readonly contract: Dataset;
  readonly format: RecordFormat;
  /** The key of a message, or why it is not sent. */
  readonly checkWhole: (object: object, bytes: Buffer) => { readonly ok: true; readonly key: string } | Refused;
}

/** How a file holds records, and a record an object. */
export interface RecordFormat {
  /** The records of a file, some at a time, from its first. */
  readonly records: (chunks: AsyncIterable<Buffer>) => AsyncIterable<RawRecord[]>;
  /** The object that a record is, or why it is none. Never throws on what it is given. */
  readonly parse: (text: string, record: RawRecord) => Parsed;
}

export const JSON_RECORDS: RecordFormat = { records: rawRecords, parse: parseObject };

export type Checked<Row = unknown> = Sendable<Row> | Refused;

export interface Sendable<Row> {
  readonly ok: true;
  readonly row: Row;
  readonly message: Message;
  readonly unknownFields: readonly string[];
}

/** Bytes of a refused record that its reject keeps: enough to recognise it, and many of them still fit into one batch. */
const MAX_RAW_BYTES = 64 * 1024;

/** Turns a record of a source into the message that is sent, or says why there is none. Never throws on what it is given. */
export function checker<Shape extends z.ZodRawShape>(
  target: Target<Shape> | RawTarget,
  maxMessageBytes: number,
): (record: RawRecord, source: string) => Checked<z.infer<z.ZodObject<Shape>>> {
  if ('checkWhole' in target) return rawChecker(target, maxMessageBytes);
  const { format = JSON_RECORDS } = target;
  const check = eventChecker(target, maxMessageBytes);
  return (record, source) => {
    const read = recordText(record);
    if (!read.ok) return read;
    const parsed = format.parse(read.text, record);
    return parsed.ok ? check(parsed.object, `${source}:${record.line}`) : parsed;
  };
}

function rawChecker({ format, checkWhole }: RawTarget, maxMessageBytes: number) {
  return (record: RawRecord): Checked<never> => {
    // Before all else: what is too large is kept aside as it is, not looked into.
    const tooLarge = record.fault === undefined ? refusedForSize(batchBytes(0, record.size), maxMessageBytes) : undefined;
    if (tooLarge) return tooLarge;
    const read = recordText(record);
    if (!read.ok) return read;
    const parsed = format.parse(read.text, record);
    if (!parsed.ok) return parsed;
    const checked = checkWhole(parsed.object, record.bytes);
    if (!checked.ok) return checked;
    const message = { key: checked.key, value: record.bytes };
    const withKey = refusedForSize(batchBytes(Buffer.byteLength(message.key), record.size), maxMessageBytes);
    // Its rows are made where it is landed.
    return withKey ?? { ok: true, row: undefined as never, message, unknownFields: [] };
  };
}

function refusedForSize(bytes: number, maxMessageBytes: number): Refused | undefined {
  return bytes > maxMessageBytes ? refused('too large', `message must be at most ${maxMessageBytes} bytes, got ${bytes}`) : undefined;
}

/** The same for an event that is parsed already, to be sent under the id `eventId` where its contract has one. */
export function eventChecker<Shape extends z.ZodRawShape>({ contract, key }: Target<Shape>, maxMessageBytes: number) {
  // An eventId in the event is not taken over as it is: two sources with the same ids would pass for repetitions of each other.
  const known = new Set(Object.keys(contract.schema.shape).filter((name) => name !== 'eventId'));
  const hasEventId = 'eventId' in contract.schema.shape;
  const check = rowChecker(contract.schema);
  return (event: object, eventId: string): Checked<z.infer<z.ZodObject<Shape>>> => {
    const checked = check(event);
    if (!checked.ok) return checked;

    const messageKey = key(checked.row);
    const value = Buffer.from(JSON.stringify(hasEventId ? { ...checked.row, eventId } : checked.row));
    const total = value.length + Buffer.byteLength(messageKey) + RECORD_OVERHEAD_BYTES;
    if (total > maxMessageBytes) return refused('too large', `message must be at most ${maxMessageBytes} bytes, got ${total}`);
    const unknownFields = Object.keys(event).filter((name) => !known.has(name));
    return { ok: true, row: checked.row, message: { key: messageKey, value }, unknownFields };
  };
}

/** The message that tells people what was refused: the record's text, and its bytes too where they are no text. */
export function rejectMessage(source: string, { line, bytes, size }: RawRecord, reason: string): Message {
  const kept = beginning(bytes, MAX_RAW_BYTES);
  const value = {
    source,
    line,
    reason,
    raw: kept.toString(),
    ...(kept.length < size && { rawBytes: size }),
    ...(!isUtf8(kept) && { rawBase64: kept.toString('base64') }),
  };
  return { key: source, value: Buffer.from(JSON.stringify(value)) };
}
