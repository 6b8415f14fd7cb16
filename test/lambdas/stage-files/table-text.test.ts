import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isoTime } from '../../../lambdas/stage-files/iso-time.ts';
import { tableText } from '../../../lambdas/stage-files/table-text.ts';
import { column, dataset } from '../../../lib/contracts/dataset.ts';
import { decimal, requiredText, text, timestamp } from '../../../lib/contracts/fields.ts';

const table = dataset({
  name: 'things',
  description: 'One thing a row',
  key: ['the_key'],
  columns: {
    theKey: column(requiredText, { name: 'the_key', type: 'string', description: 'Key' }),
    words: column(text, { name: 'words', type: 'string', description: 'Words' }),
    size: column(decimal, { name: 'size', type: 'double', description: 'Size' }),
    at: column(timestamp, { name: 'at', type: 'timestamp', description: 'Time' }),
  },
});
const ROW = { theKey: 'a "b"', words: '', size: -0.5, at: 1_541_106_106_796, more: 1 };
const [json, csv] = [tableText(table, 'json'), tableText(table, 'csv')];

test('a row of JSON has the names of its columns, null for what is missing, and times in ISO 8601', () => {
  expect(json(ROW)).toBe(String.raw`{"the_key":"a \"b\"","words":"","size":-0.5,"at":"2018-11-01T21:01:46.796Z"}`);
  expect(json({ theKey: 'a', size: null })).toBe('{"the_key":"a","words":null,"size":null,"at":null}');
});

test('a row of CSV has a field a column, in their order, empty for what is missing', () => {
  expect(csv(ROW)).toBe('"a ""b""","",-0.5,2018-11-01T21:01:46.796Z');
  expect(csv({ theKey: 'a', size: null })).toBe('a,,,');
});

test.each(['a,b', 'a\nb', 'a\rb', '"', ''])('a text is in quotes in CSV where it would be taken for something else: %j', (words) => {
  expect(csv({ theKey: 'a', words })).toBe(`a,"${words.replace('"', '""')}",,`);
});

test.each(['json', 'csv'] as const)('values that all rows of %s have are written as if each had them', (form) => {
  const { at, theKey, ...others } = ROW;
  const of = (same: object, row: object) => tableText(table, form, same as Record<string, unknown>)(row as Record<string, unknown>);
  expect(of({ at, theKey }, others)).toBe(of({}, ROW));
});

test('whatever is written is read back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.double({ noNaN: true, noDefaultInfinity: true }), (words, number) => {
      const size = number === 0 ? 0 : number; // the sign of -0 is not kept
      const row = { theKey: 'k', words, size };
      expect(JSON.parse(json(row))).toEqual({ the_key: 'k', words, size, at: null });
      expect(parse(csv(row), { record_delimiter: '\n' })).toEqual([['k', words, String(size), '']]);
    }),
  );
});

test('a time is written as Date writes it', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }), (date) => {
      expect(isoTime(date.getTime())).toBe(date.toISOString());
    }),
  );
});
