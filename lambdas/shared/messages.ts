import { isUtf8 } from 'node:buffer';
import type { z } from 'zod';
import type { Dataset } from '../../lib/contracts/dataset.ts';
import { RECORD_OVERHEAD_BYTES, type Message } from './kafka/producer.ts';
import { beginning, parseObject, recordText, refused, rowChecker, type RawRecord, type Refused } from './row-checker.ts';

/** What producers send: rows of a contract, under the key that keeps their order. */
export interface Target<Shape extends z.ZodRawShape = z.ZodRawShape> {
  readonly contract: Dataset<Shape>;
  /** The message's key: messages of one key keep their order. Must not be empty. */
  readonly key: (row: z.infer<z.ZodObject<Shape>>) => string;
}

export type Checked = { readonly ok: true; readonly message: Message; readonly unknownFields: readonly string[] } | Refused;

/** Bytes of a refused record that its reject keeps: enough to recognise it, and many of them still fit into one batch. */
const MAX_RAW_BYTES = 64 * 1024;

/** Turns a record of a source into the message that is sent, or says why there is none. Never throws on what it is given. */
export function checker<Shape extends z.ZodRawShape>(target: Target<Shape>, maxMessageBytes: number) {
  const check = eventChecker(target, maxMessageBytes);
  return (record: RawRecord, source: string): Checked => {
    const read = recordText(record);
    if (!read.ok) return read;
    const parsed = parseObject(read.text);
    return parsed.ok ? check(parsed.object, `${source}:${record.line}`) : parsed;
  };
}

/** The same for an event that is parsed already, to be sent under the id `eventId`. */
export function eventChecker<Shape extends z.ZodRawShape>({ contract, key }: Target<Shape>, maxMessageBytes: number) {
  // An eventId in the event is not taken over as it is: two sources with the same ids would pass for repetitions of each other.
  const known = new Set(Object.keys(contract.schema.shape).filter((name) => name !== 'eventId'));
  const check = rowChecker(contract.schema);
  return (event: object, eventId: string): Checked => {
    const checked = check(event);
    if (!checked.ok) return checked;

    const messageKey = key(checked.row);
    const value = Buffer.from(JSON.stringify({ ...checked.row, eventId }));
    const total = value.length + Buffer.byteLength(messageKey) + RECORD_OVERHEAD_BYTES;
    if (total > maxMessageBytes) return refused('too large', `message must be at most ${maxMessageBytes} bytes, got ${total}`);
    const unknownFields = Object.keys(event).filter((name) => !known.has(name));
    return { ok: true, message: { key: messageKey, value }, unknownFields };
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
