import { hash } from 'node:crypto';

/** Digits of epoch milliseconds from September 2001 on. */
const TIME_DIGITS = 13;
/** 64 bits tell apart what happened in one millisecond. */
const HASH_DIGITS = 16;

/**
 * Names an event by what happened, not by where it was written: the same event in two files has the same id, and ids sort by time.
 * Of one listener, a session has one page view a place; where none is given, what was played tells page views of a millisecond apart.
 */
export function eventId(event: Readonly<Record<string, unknown>>): string {
  const { ts, userId = null, sessionId, itemInSession = null, page, artist = null, song = null } = event;
  const place = itemInSession ?? [artist, song];
  const digest = hash('sha256', JSON.stringify([userId, sessionId, place, page]));
  return `${String(ts).padStart(TIME_DIGITS, '0')}-${digest.slice(0, HASH_DIGITS)}`;
}
