import { isUtf8 } from 'node:buffer';
import type { z } from 'zod';
import type { Dataset } from '../../lib/contracts/dataset.ts';
import { RECORD_OVERHEAD_BYTES, type Message } from './kafka/producer.ts';

/** One record of an object of events, not yet looked into. */
export interface RawRecord {
  /** Line number of JSON lines, element number of a JSON array, from 1. */
  readonly line: number;
  /** At most `MAX_RECORD_BYTES` of it. */
  readonly bytes: Buffer;
  /** Bytes it really has. */
  readonly size: number;
  /** Why the object cannot be read from here on. */
  readonly fault?: string;
}

/** A record longer than this is not held in memory: its beginning is kept for the reject. */
export const MAX_RECORD_BYTES = 16 * 1024 * 1024;

/** What producers send: rows of a contract, under the key that keeps their order. */
export interface Target<Shape extends z.ZodRawShape = z.ZodRawShape> {
  readonly contract: Dataset<Shape>;
  /** The message's key: messages of one key keep their order. Must not be empty. */
  readonly key: (row: z.infer<z.ZodObject<Shape>>) => string;
}

export type RejectKind = 'malformed JSON' | 'contract' | 'not UTF-8' | 'too large' | 'unreadable';

export type Checked =
  | { readonly ok: true; readonly message: Message; readonly unknownFields: readonly string[] }
  | { readonly ok: false; readonly kind: RejectKind; readonly reason: string };

/** Bytes of a refused record that its reject keeps: enough to recognise it, and many of them still fit into one batch. */
const MAX_RAW_BYTES = 64 * 1024;

/** Turns a record of a source into the message that is sent, or says why there is none. Never throws on what it is given. */
export function checker<Shape extends z.ZodRawShape>(target: Target<Shape>, maxMessageBytes: number) {
  const check = eventChecker(target, maxMessageBytes);
  return ({ line, bytes, size, fault }: RawRecord, source: string): Checked => {
    if (fault !== undefined) return refused('unreadable', fault);
    if (size > MAX_RECORD_BYTES) return refused('too large', `line must be at most ${MAX_RECORD_BYTES} bytes, got ${size}`);
    if (!isUtf8(bytes)) return refused('not UTF-8', `line must be UTF-8, got other bytes`);
    const parsed = parseObject(bytes);
    if ('reason' in parsed) return refused('malformed JSON', parsed.reason);
    return check(parsed.object, `${source}:${line}`);
  };
}

/** The same for an event that is parsed already, to be sent under the id `eventId`. */
export function eventChecker<Shape extends z.ZodRawShape>({ contract, key }: Target<Shape>, maxMessageBytes: number) {
  // An eventId in the event is not taken over as it is: two sources with the same ids would pass for repetitions of each other.
  const known = new Set(Object.keys(contract.schema.shape).filter((name) => name !== 'eventId'));
  return (event: object, eventId: string): Checked => {
    const valid = validate(contract.schema, event);
    if ('reason' in valid) return refused('contract', valid.reason);

    const messageKey = key(valid.row);
    const value = Buffer.from(JSON.stringify({ ...valid.row, eventId }));
    const total = value.length + Buffer.byteLength(messageKey) + RECORD_OVERHEAD_BYTES;
    if (total > maxMessageBytes) return refused('too large', `message must be at most ${maxMessageBytes} bytes, got ${total}`);
    const unknownFields = Object.keys(event).filter((name) => !known.has(name));
    return { ok: true, message: { key: messageKey, value }, unknownFields };
  };
}

/** The message that tells people what was refused: the record's text, and its bytes too where they are no text. */
export function rejectMessage(source: string, { line, bytes, size }: RawRecord, reason: string): Message {
  const kept = cut(bytes, MAX_RAW_BYTES);
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

const refused = (kind: RejectKind, reason: string): Checked => ({ ok: false, kind, reason });

function parseObject(bytes: Buffer): { object: object } | { reason: string } {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString());
  } catch (error) {
    return { reason: `line must be a JSON object, got malformed JSON: ${(error as Error).message}` };
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { object: value };
  return { reason: `line must be a JSON object, got ${Array.isArray(value) ? 'an array' : value === null ? 'null' : `a ${typeof value}`}` };
}

function validate<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  object: object,
): { row: z.output<z.ZodObject<Shape>> } | { reason: string } {
  try {
    const checked = schema.safeParse(object);
    return checked.success ? { row: checked.data } : { reason: checked.error.issues.map(describe).join('; ') };
  } catch (error) {
    // A value nested some thousands deep is more than the stack can describe.
    return { reason: `line must be checkable, got ${(error as Error).message}` };
  }
}

function describe({ path, message }: z.core.$ZodIssue): string {
  return `${path.join('.')} ${message}`;
}

/** The first `length` bytes, less a character that would be cut in two. */
function cut(bytes: Buffer, length: number): Buffer {
  if (bytes.length <= length) return bytes;
  let end = length;
  while (end > length - 4 && (bytes[end]! & 0xc0) === 0x80) end--; // 10xxxxxx continues a character
  return bytes.subarray(0, end);
}
