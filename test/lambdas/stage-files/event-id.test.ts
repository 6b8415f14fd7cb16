import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { eventId } from '../../../lambdas/stage-files/event-id.ts';

const EVENT = { ts: 1_541_106_106_796, userId: '8', sessionId: 139, itemInSession: 0, page: 'NextSong' };

test('an id is made of time and hash, and nothing else of the event', () => {
  const hash = createHash('sha256').update('["8",139,0,"NextSong"]').digest('hex').slice(0, 16);
  expect(eventId(EVENT)).toBe(`1541106106796-${hash}`);
  expect(eventId({ ...EVENT, level: 'paid' })).toBe(eventId(EVENT));
});

test.each([{ userId: null }, { userId: '0' }, { sessionId: 1 }, { itemInSession: null }, { page: 'Home' }, { ts: EVENT.ts + 1 }])(
  'an event with another %j is another',
  (change) => {
    expect(eventId({ ...EVENT, ...change })).not.toBe(eventId(EVENT));
  },
);

test('where an event has no place in its session, what was played tells it from another', () => {
  const placeless = { ...EVENT, itemInSession: null, artist: 'Somebody', song: 'One' };
  expect(eventId({ ...placeless, song: 'Two' })).not.toBe(eventId(placeless));
  expect(eventId({ ...placeless, artist: null })).not.toBe(eventId(placeless));
  expect(eventId({ ...placeless, itemInSession: 0 })).toBe(eventId(EVENT));
});

test('ids sort by time, also where milliseconds have a digit less', () => {
  const ids = [946_684_800_000, 999_999_999_999, 1_000_000_000_000, 4_102_444_799_999].map((ts) => eventId({ ...EVENT, ts }));
  expect(ids.toSorted()).toEqual(ids);
});
