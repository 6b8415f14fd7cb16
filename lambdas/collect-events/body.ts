import { gunzipSync } from 'node:zlib';
import { Refusal } from './refusal.ts';

/** Largest body, bytes: as it is sent, and unpacked. A Lambda is given six times as much at most, and base64 takes a third of that. */
export const MAX_BODY_BYTES = 1024 * 1024;
/** Events of one batch at most: they are checked and sent while somebody waits. */
export const MAX_EVENTS = 1_000;

export interface Body {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly bytes: Buffer;
}

/** The events of a request and the bytes they came in. @throws Refusal where it is no batch */
export function readBatch({ headers, bytes }: Body): { events: readonly unknown[]; bytes: Buffer } {
  const packed = isPacked(headers);
  if (bytes.length > MAX_BODY_BYTES) throw tooLarge(bytes.length);
  const unpacked = packed ? unpack(bytes) : bytes;
  const events = eventsOf(parse(unpacked));
  if (events.length === 0) throw new Refusal(400, 'events must be at least one, got none');
  if (events.length > MAX_EVENTS) throw new Refusal(413, `events must be at most ${MAX_EVENTS} in a batch, got ${events.length}`);
  return { events, bytes: unpacked };
}

/**
 * JSON, or gzip of it. Gzip has two names: as the encoding of JSON it is what HTTP means, but API Gateway hands on what calls itself
 * JSON as text, and bytes that are no text do not come through that. As a type of its own it comes through.
 */
function isPacked(headers: Body['headers']): boolean {
  const type = (headers['content-type'] ?? 'nothing').split(';')[0]!.trim().toLowerCase();
  const encoding = (headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (type !== 'application/json' && type !== 'application/gzip')
    throw new Refusal(415, `content-type must be application/json or application/gzip, got ${type}`);
  if (encoding !== 'identity' && encoding !== 'gzip') throw new Refusal(415, `content-encoding must be gzip or none, got ${encoding}`);
  return type === 'application/gzip' || encoding === 'gzip';
}

function unpack(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_BODY_BYTES });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge('more when unpacked');
    throw new Refusal(400, `body must be gzip data, sent with content-type application/gzip, got ${message}`);
  }
}

function tooLarge(got: number | string): Refusal {
  return new Refusal(413, `body must be at most ${MAX_BODY_BYTES} bytes, got ${got}`);
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new Refusal(400, `body must be JSON in UTF-8, got ${(error as Error).message}`);
  }
}

function eventsOf(body: unknown): readonly unknown[] {
  if (Array.isArray(body)) return body;
  const events: unknown = typeof body === 'object' && body !== null && 'events' in body ? body.events : undefined;
  if (Array.isArray(events)) return events;
  throw new Refusal(400, 'body must be an array of events or {"events": […]}, got something else');
}
