import { describe, expect, test } from 'vitest';
import type { Field } from '../../lib/contracts/dataset.ts';
import { song } from '../../lib/contracts/song.ts';
import { FILE_COLUMNS } from '../../lib/contracts/staging.ts';
import { DIMENSIONS, FACTS, STAR } from '../../lib/contracts/star/index.ts';

const SONG = {
  song_id: 'SOABC12A8C13B0C5D2',
  title: 'Setanta matins',
  artist_id: 'AR5KOSW1187FB35FF4',
  artist_name: 'Elena',
  artist_location: 'Dubai UAE',
  artist_latitude: 49.80388,
  artist_longitude: 15.47491,
  duration: 269.58322,
  year: 0,
  num_songs: 1,
};

describe('a song of the catalogue', () => {
  test('keeps its decimals, and has no year and no place where the catalogue knows none', () => {
    expect(song.schema.parse({ ...SONG, artist_location: ' ' })).toEqual({ ...SONG, artist_location: null, year: null });
    expect(song.schema.parse({ ...SONG, artist_latitude: null, year: 1999 })).toEqual({ ...SONG, artist_latitude: null, year: 1999 });
  });

  test.each([
    ['a text longer than its column', { title: 'é'.repeat(513) }, 'must be at most 1024 bytes of UTF-8, got 1026'],
    ['a number where text belongs', { artist_name: 7 }, 'must be text, got 7'],
    ['a duration that is none', { duration: '269' }, 'must be seconds: 0, or 0.001 to 86400, got "269"'],
    ['a year that is none', { year: 19 }, 'must be a year from 1800 to 2100, 0 or null, got 19'],
    ['no id', { song_id: '' }, 'must be text that is not empty, got ""'],
  ])('fails with %s', (_, change, message) => {
    expect(song.schema.safeParse({ ...SONG, ...change }).error?.issues.map((issue) => issue.message)).toEqual([message]);
  });
});

describe.each(STAR)('$name', ({ name, key, fields, derivation, checks }) => {
  const { source, where, latestBy, lookup } = derivation!;
  const sourceColumns = [...source.fields, ...FILE_COLUMNS];
  const type = (columns: readonly Pick<Field, 'name' | 'type'>[], column: string) => columns.find((each) => each.name === column)?.type;

  test('is made of columns that its source has, of the same type', () => {
    for (const field of fields) {
      const { from } = field;
      if (from === undefined || 'column' in from) expect(type(sourceColumns, from?.column ?? field.name), field.name).toBe(field.type);
      else if ('part' in from) expect([type(sourceColumns, from.of), field.type], field.name).toEqual(['timestamp', 'int']);
      else expect(type(lookup!.table.fields, from.found), field.name).toBe(field.type);
    }
    const named = [
      ...latestBy,
      ...(where ? [where.column] : []),
      ...(lookup ? [...lookup.on.map(({ column }) => column), lookup.near.column] : []),
    ];
    expect(named.filter((column) => type(sourceColumns, column) === undefined)).toEqual([]);
  });

  test('has room for every text that its source has', () => {
    const room = fields.flatMap((field) => {
      const from = sourceColumns.find((each) => each.name === (field.from && 'column' in field.from ? field.from.column : field.name));
      return field.type === 'string' && from ? [[field.name, field.maxBytes ?? 256, from.maxBytes ?? 256] as const] : [];
    });
    expect(room.filter(([, own, needed]) => own < needed)).toEqual([]);
  });

  test('is checked for one row a key and for all of its source, by columns that are there', () => {
    expect(checks).toContainEqual({ kind: 'unique', columns: key });
    expect(checks).toContainEqual({ kind: 'row count' });
    for (const check of checks) {
      const own = 'column' in check ? [check.column] : 'columns' in check ? check.columns : [];
      expect(own.filter((column) => type(fields, column) === undefined)).toEqual([]);
      if (check.kind === 'references') expect(STAR.find((table) => table.name === check.table)?.key).toEqual([check.to]);
    }
  });

  test('looks up tables that are looked up by one key, and dimensions look nothing up', () => {
    if (lookup) expect(lookup.table.key).toHaveLength(1);
    if (DIMENSIONS.some((table) => table.name === name)) expect(lookup).toBeUndefined();
  });
});

test('every fact refers to all dimensions', () => {
  for (const { checks } of FACTS) {
    expect(checks.flatMap((check) => (check.kind === 'references' ? [check.table] : [])).toSorted()).toEqual(
      DIMENSIONS.map(({ name }) => name).toSorted(),
    );
  }
});
