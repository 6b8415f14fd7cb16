import { hash } from 'node:crypto';

/** Digits of epoch milliseconds from September 2001 on. */
const TIME_DIGITS = 13;
/** 64 bits tell apart what happened in one millisecond. */
const HASH_DIGITS = 16;

/** Field that has it. */
export const EVENT_ID = 'eventId';

/** What names an event beside its time: of one listener, a session has one page view a place. */
export const IDENTITY = ['userId', 'sessionId', 'itemInSession', 'page'] as const;

/**
 * Names an event by what happened, not by where it was written: the same event in two files has the same id, and ids sort by time.
 * Where an event has no place in its session, what was played tells page views of a millisecond apart.
 */
export function eventId(event: Readonly<Record<string, unknown>>): string {
  const { ts, userId = null, sessionId, itemInSession = null, page, artist = null, song = null } = event;
  const place = itemInSession ?? [artist, song];
  return idOf(ts as number, JSON.stringify([userId, sessionId, place, page]));
}

/** @param identity The values of `IDENTITY` as a JSON array, as `JSON.stringify` writes it */
export function idOf(ts: number, identity: string | Uint8Array): string {
  return `${String(ts).padStart(TIME_DIGITS, '0')}-${hash('sha256', identity).slice(0, HASH_DIGITS)}`;
}
