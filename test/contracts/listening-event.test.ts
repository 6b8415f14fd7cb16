import { describe, expect, test } from 'vitest';
import { listeningEvent } from '../../lib/contracts/listening-event.ts';

/** A page view as a source writes it. */
const SONG = {
  ts: 1_541_016_707_796,
  userId: '8',
  sessionId: 139,
  page: 'NextSong',
  auth: 'Logged In',
  method: 'PUT',
  status: 200,
  level: 'free',
  itemInSession: 0,
  location: 'Phoenix-Mesa-Scottsdale, AZ',
  userAgent: '"Mozilla/5.0 (Windows NT 6.1; WOW64)"',
  lastName: 'Doe',
  firstName: 'Jo',
  registration: 1_540_344_794_796,
  gender: 'F',
  artist: 'Some Artist',
  song: 'Some Song',
  length: 277.89016,
};
const parsed = (changes: Record<string, unknown>) => listeningEvent.schema.parse({ ...SONG, ...changes });

test('the contract has the 18 fields of the app’s events, and the event id', () => {
  expect(Object.keys(listeningEvent.schema.shape).toSorted()).toEqual([...Object.keys(SONG), 'eventId'].toSorted());
  expect(Object.keys(SONG)).toHaveLength(18);
  expect(listeningEvent.key).toEqual(['event_id']);
});

test('only time, session and page must be there', () => {
  const required = listeningEvent.fields.filter((field) => field.required).map((field) => field.source);
  expect(required).toEqual(['ts', 'sessionId', 'page']);
  const { ts, sessionId, page } = SONG;
  const sparse = listeningEvent.schema.parse({ ts, sessionId, page });
  const nulls = Object.fromEntries(Object.keys(listeningEvent.schema.shape).map((name) => [name, null]));
  expect(sparse, 'what is missing is null').toEqual({ ...nulls, ts, sessionId, page });
  expect(listeningEvent.schema.parse({ ...nulls, ts, sessionId, page }), 'null is as good as missing').toEqual(sparse);
});

test('a whole event is taken as it is, and normalising it again changes nothing', () => {
  const event = parsed({ eventId: 'source:1' });
  expect(event).toEqual({ ...SONG, eventId: 'source:1' });
  expect(listeningEvent.schema.parse(event)).toEqual(event);
});

describe('untidy sources', () => {
  test.each([
    ['user id is a number', { userId: 8 }, { userId: '8' }],
    ['user id has blanks', { userId: ' 8 ' }, { userId: '8' }],
    ['user id is blank: logged out', { userId: '' }, { userId: null }],
    ['registration is a float', { registration: 1_540_344_794_796.0 }, { registration: 1_540_344_794_796 }],
    ['registration is a float with a fraction', { registration: 1_540_344_794_795.6 }, { registration: 1_540_344_794_796 }],
    ['an unknown field appears', { device: 'phone', __proto__x: 1 }, {}],
    ['a name is an attempt on SQL', { firstName: "Robert'); DROP TABLE" }, { firstName: "Robert'); DROP TABLE" }],
    ['a name is an attempt on HTML', { firstName: '<script>' }, { firstName: '<script>' }],
    ['a length is a whole number', { length: 277 }, { length: 277 }],
    ['empty texts', { artist: '', song: '' }, { artist: '', song: '' }],
  ])('%s', (_, changes, expected) => {
    expect(parsed(changes)).toEqual({ ...SONG, eventId: null, ...expected });
  });

  test.each([
    ['ts', undefined],
    ['ts', '1541016707796'],
    ['ts', 1_541_016_707],
    ['sessionId', null],
    ['page', ''],
    ['status', 'OK'],
    ['length', 'long'],
    ['userId', {}],
    ['gender', 1],
  ])('%s cannot be %j, and the refusal names the field', (field, value) => {
    const { error } = listeningEvent.schema.safeParse({ ...SONG, [field]: value });
    expect(error?.issues.map((issue) => issue.path)).toEqual([[field]]);
  });

  test('every field that does not fit is told, not only the first', () => {
    const { error } = listeningEvent.schema.safeParse({ ...SONG, ts: null, page: 7 });
    expect(error?.issues.map((issue) => issue.path.join('.'))).toEqual(['ts', 'page']);
  });
});
