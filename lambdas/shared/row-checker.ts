import { isUtf8 } from 'node:buffer';
import type { z } from 'zod';
import { settled } from '../../lib/contracts/settled.ts';

/** One record of a file of rows, not yet looked into. */
export interface RawRecord {
  /** Line number of JSON lines, element number of a JSON array, from 1. */
  readonly line: number;
  /** At most `MAX_RECORD_BYTES` of it. */
  readonly bytes: Buffer;
  /** Bytes it really has. */
  readonly size: number;
  /** File that holds all of it, in a folder of its own, where it is too long to be held. @default - it is not kept */
  readonly whole?: string;
  /** Why the file cannot be read from here on. */
  readonly fault?: string;
  /** Where fields are told by their place: their names, or why those are not known. @default - fields have names of their own */
  readonly columns?: readonly string[] | Refused;
}

/** A record longer than this is not held in memory: its beginning is kept for the reject. */
export const MAX_RECORD_BYTES = 16 * 1024 * 1024;

export type RejectKind = 'malformed JSON' | 'malformed CSV' | 'contract' | 'not UTF-8' | 'too large' | 'unreadable';

export interface Refused {
  readonly ok: false;
  readonly kind: RejectKind;
  readonly reason: string;
}

export const refused = (kind: RejectKind, reason: string): Refused => ({ ok: false, kind, reason });

/** The text of a record, or why it has none. */
export function recordText({ bytes, size, fault }: RawRecord): { readonly ok: true; readonly text: string } | Refused {
  if (fault !== undefined) return refused('unreadable', fault);
  if (size > MAX_RECORD_BYTES) return refused('too large', `line must be at most ${MAX_RECORD_BYTES} bytes, got ${size}`);
  if (!isUtf8(bytes)) return refused('not UTF-8', `line must be UTF-8, got other bytes`);
  return { ok: true, text: bytes.toString() };
}

export type Parsed = { readonly ok: true; readonly object: object } | Refused;

/** The JSON object that a text is, or why it is none. */
export function parseObject(text: string): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return noObject(`malformed JSON: ${(error as Error).message}`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ok: true, object: value };
  return noObject(Array.isArray(value) ? 'an array' : value === null ? 'null' : `a ${typeof value}`);
}

const noObject = (got: string) => refused('malformed JSON', `line must be a JSON object, got ${got}`);

/**
 * Makes what turns an object into the row of a schema: its known fields, normalised, null where they are missing. Never throws on what
 * it is given; a reason names every field that does not fit.
 */
export function rowChecker<Shape extends z.ZodRawShape>(schema: z.ZodObject<Shape>) {
  type Row = z.output<z.ZodObject<Shape>>;
  const isSettled = settled(schema);
  const names = Object.keys(schema.shape);
  return (object: object): { readonly ok: true; readonly row: Row } | Refused => {
    if (isSettled(object)) return { ok: true, row: knownFields(object, names) as Row };
    try {
      const checked = schema.safeParse(object);
      return checked.success ? { ok: true, row: checked.data } : refused('contract', reasonOf(checked.error));
    } catch (error) {
      // A value nested some thousands deep is more than the stack can describe.
      return refused('contract', `line must be checkable, got ${(error as Error).message}`);
    }
  };
}

function knownFields(object: object, names: readonly string[]): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (const name of names) row[name] = (object as Record<string, unknown>)[name] ?? null;
  return row;
}

/** What is wrong, every field that is. */
export function reasonOf({ issues }: z.ZodError): string {
  return issues.map(describe).join('; ');
}

function describe({ path, message }: z.core.$ZodIssue): string {
  return `${path.join('.')} ${message}`;
}

/** The first `length` bytes, less a character that would be cut in two. */
export function beginning(bytes: Buffer, length: number): Buffer {
  if (bytes.length <= length) return bytes;
  let end = length;
  while (end > length - 4 && (bytes[end]! & 0xc0) === 0x80) end--; // 10xxxxxx continues a character
  return bytes.subarray(0, end);
}
