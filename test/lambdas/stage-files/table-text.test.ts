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
const write = tableText(table);

test('a row has the names of its columns, null or an empty field for what is missing, and times in ISO 8601', () => {
  expect(write({ theKey: 'a "b"', words: '', size: -0.5, at: 1_541_106_106_796, more: 1 })).toEqual({
    json: String.raw`{"the_key":"a \"b\"","words":"","size":-0.5,"at":"2018-11-01T21:01:46.796Z"}`,
    csv: '"a ""b""","",-0.5,"2018-11-01T21:01:46.796Z"',
  });
  expect(write({ theKey: 'a', size: null })).toEqual({ json: '{"the_key":"a","words":null,"size":null,"at":null}', csv: '"a",,,' });
});

test('whatever is written is read back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.double({ noNaN: true, noDefaultInfinity: true }), (words, size) => {
      const { json, csv } = write({ theKey: 'k', words, size });
      expect(JSON.parse(json)).toEqual({ the_key: 'k', words, size: size === 0 ? 0 : size, at: null });
      const [, field, number] = /^"k","((?:[^"]|"")*)",([^,]*),$/.exec(csv) ?? [];
      expect([field!.replaceAll('""', '"'), Number(number)]).toEqual([words, size === 0 ? 0 : size]);
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
