import fc from 'fast-check';
import * as z from 'zod';
import { describe, expect, test } from 'vitest';
import { DEFAULT_MAX_BYTES, type Field } from '../../lib/contracts/dataset.ts';
import { requiredText } from '../../lib/contracts/fields.ts';
import { CONTRACTS } from '../../lib/contracts/index.ts';
import { listeningEvent } from '../../lib/contracts/listening-event.ts';
import { isSettledBy, settled, takesWords } from '../../lib/contracts/settled.ts';
import { song } from '../../lib/contracts/song.ts';

const EVENT = { ts: 1_541_016_707_796, userId: '30', sessionId: 29, page: 'NextSong', artist: null, song: 'Für Elise', length: 180.2 };
const SONG = { song_id: 'S1', title: 'One', artist_id: 'A1', artist_name: 'Somebody', duration: 200.5, year: 1999, num_songs: 1 };

/** Any value that JSON can hold, and those at the borders of what fields allow. */
const value = fc.oneof(
  fc.jsonValue() as fc.Arbitrary<unknown>,
  fc.constantFrom(
    undefined,
    null,
    '',
    ' ',
    ' a',
    'a\u00a0',
    0,
    -0,
    1.5,
    2 ** 31 - 1,
    2 ** 31,
    -(2 ** 31) - 1,
    2 ** 53,
    1e300,
    5e-324,
    0.001,
    86_400,
    86_401,
    Infinity,
    NaN,
  ),
  fc.constantFrom(
    0,
    1799,
    1800,
    2100,
    2101,
    Date.UTC(2000, 0, 1) - 1,
    Date.UTC(2000, 0, 1),
    Date.UTC(2100, 0, 1) - 0.5,
    Date.UTC(2100, 0, 1),
  ),
  fc.integer(),
  fc.string({ unit: 'binary' }),
  fc
    .constantFrom(85, 86, 128, 129, 256, 257, 341, 512, 513, 1024, 1025)
    .chain((length) => fc.constantFrom('a', 'é', '€', '😀').map((one) => one.repeat(length))),
);

/** What a schema makes of a record that it changes nothing of: its known fields, null where they are missing. */
function asItIs(schema: z.ZodObject, record: object): object {
  return Object.fromEntries(Object.keys(schema.shape).map((name) => [name, (record as Record<string, unknown>)[name] ?? null]));
}

describe.each(CONTRACTS)('$name', ({ schema, fields }: { schema: z.ZodObject; fields: readonly Field[] }) => {
  test('gives back as it is every record that is called settled', () => {
    const isSettled = settled(schema);
    const base = asItIs(schema, { ...EVENT, ...SONG });
    const changes = fc.dictionary(fc.constantFrom(...Object.keys(schema.shape), 'more'), value, { maxKeys: 3 });
    fc.assert(
      fc.property(changes, (changed) => {
        const record = { ...base, ...changed };
        if (isSettled(record)) expect(schema.parse(record)).toEqual(asItIs(schema, record));
      }),
      { numRuns: 3_000 },
    );
  });

  test('takes every word where it says that it takes words', () => {
    const columns = fields.filter(({ source }) => takesWords(schema.shape[source] as z.ZodType));
    const words = fc.string({ unit: 'binary', minLength: 1 }).filter((text) => text.trim() === text);
    for (const { source, maxBytes = DEFAULT_MAX_BYTES } of columns) {
      const fitting = words.filter((text) => Buffer.byteLength(text) <= maxBytes);
      const isSettled = isSettledBy(schema.shape[source] as z.ZodType)!;
      fc.assert(fc.property(fitting, (word) => isSettled(word)));
    }
  });
});

test.each([
  ['an event', listeningEvent.schema, EVENT],
  ['a page view of a visitor', listeningEvent.schema, { ts: 1_541_016_707_796, userId: null, sessionId: 1, page: 'Home' }],
  ['a song', song.schema, SONG],
] as [string, z.ZodObject, object][])('%s that is well-formed is settled, whatever unknown fields it has', (_what, schema, record) => {
  expect(settled(schema)({ ...record, more: { than: 'known' } })).toBe(true);
});

test.each([
  ['a number where text belongs', { page: 5 }],
  ['an id that is a number', { userId: 30 }],
  ['an id that is blank', { userId: '' }],
  ['a missing page', { page: undefined }],
  ['a time between two milliseconds', { ts: 1_541_016_707_796.5 }],
  ['a text that is too long', { song: 'é'.repeat(513) }],
])('an event with %s is not settled', (_what, change) => {
  expect(settled(listeningEvent.schema)({ ...EVENT, ...change })).toBe(false);
});

test('a schema whose fields have no predicates is always asked', () => {
  expect(settled(z.object({ a: z.string() }))({ a: 'b' })).toBe(false);
});

test('a schema that asks for more than the one it is made of is asked itself', () => {
  const shouted = requiredText.refine((value) => value === value.toUpperCase());
  expect(settled(z.object({ a: requiredText }))({ a: 'quiet' })).toBe(true);
  expect(settled(z.object({ a: shouted }))({ a: 'quiet' })).toBe(false);
});
