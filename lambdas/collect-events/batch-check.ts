import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { eventChecker, rejectMessage, type Target } from '../shared/messages.ts';
import type { Message } from '../shared/kafka/producer.ts';

/** What became of one event. */
export type EventAnswer =
  | { readonly index: number; readonly status: 'accepted'; readonly eventId: string }
  | { readonly index: number; readonly status: 'rejected'; readonly reason: string };

export interface CheckedBatch {
  /** Of each event, in its place. */
  readonly answers: readonly EventAnswer[];
  readonly messages: readonly Message[];
  readonly rejects: readonly Message[];
}

/** Digits of a SHA-256 in the id of a batch: as many as in that of a file. */
const ID_DIGITS = 16;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Checks the events of a batch one by one. An event's id is the UUID it brings along as `eventId`, or else `<batch>:<place>` with the
 * batch named by its content: what is sent again, because no answer came, has the same ids, and the lake keeps one row of each.
 */
export function batchChecker<Shape extends z.ZodRawShape>(target: Target<Shape>, maxMessageBytes: number) {
  const check = eventChecker(target, maxMessageBytes);
  return (events: readonly unknown[], bytes: Buffer): CheckedBatch => {
    const batch = createHash('sha256').update(bytes).digest('hex').slice(0, ID_DIGITS);
    const ids = new Set<string>();
    const answers: EventAnswer[] = [];
    const messages: Message[] = [];
    const rejects: Message[] = [];
    for (const [index, event] of events.entries()) {
      const checked = checkOne(event, `${batch}:${index + 1}`, ids);
      if ('message' in checked) {
        messages.push(checked.message);
        answers.push({ index, status: 'accepted', eventId: checked.eventId });
      } else {
        const raw = textOf(event);
        rejects.push(rejectMessage(batch, { line: index + 1, bytes: raw, size: raw.length }, checked.reason));
        answers.push({ index, status: 'rejected', reason: checked.reason });
      }
    }
    return { answers, messages, rejects };
  };

  function checkOne(event: unknown, ownId: string, ids: Set<string>): { message: Message; eventId: string } | { reason: string } {
    if (typeof event !== 'object' || event === null || Array.isArray(event))
      return { reason: `event must be an object, got ${kindOf(event)}` };
    const given: unknown = 'eventId' in event ? event.eventId : null;
    if (given !== null && !(typeof given === 'string' && UUID.test(given)))
      return { reason: `eventId must be a UUID, got ${JSON.stringify(given)?.slice(0, 100)}` };
    const eventId = given?.toLowerCase() ?? ownId;
    if (ids.has(eventId)) return { reason: `eventId must be another for each event of a batch, got ${eventId} again` };
    const checked = check(event, eventId);
    if (!checked.ok) return { reason: checked.reason };
    ids.add(eventId);
    return { message: checked.message, eventId };
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}

/** What is kept of a refused event; nothing of one that is nested deeper than the stack reaches. */
function textOf(event: unknown): Buffer {
  try {
    return Buffer.from(JSON.stringify(event));
  } catch {
    return Buffer.alloc(0);
  }
}
