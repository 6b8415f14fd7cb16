import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import * as fields from '../../lib/contracts/fields.ts';

const MS = 1_541_016_707_796;
type Case = [schema: keyof typeof fields, value: unknown, expected: unknown];

/** What a schema makes of a value: the value, or the message of the refusal. */
function outcome(schema: z.ZodType, value: unknown): unknown {
  const { success, data, error } = schema.safeParse(value);
  return success ? data : error.issues.map((issue) => issue.message).join('; ');
}

describe('a value is taken, in one form', () => {
  test.each<Case>([
    ['identifier', 'u1', 'u1'],
    ['identifier', ' 30 ', '30'],
    ['identifier', 30, '30'],
    ['identifier', 0, '0'],
    ['identifier', '', null],
    ['identifier', '  \t', null],
    ['identifier', null, null],
    ['identifier', undefined, null],
    ['requiredText', 'NextSong', 'NextSong'],
    ['text', '', ''],
    ['text', "Robert'); DROP TABLE", "Robert'); DROP TABLE"],
    ['text', undefined, null],
    ['requiredInteger', -1, -1],
    ['requiredInteger', 200.0, 200],
    ['integer', null, null],
    ['integer', 0, 0],
    ['decimal', 277.89016, 277.89016],
    ['decimal', undefined, null],
    ['seconds', 0.001, 0.001],
    ['seconds', undefined, null],
    ['requiredSeconds', 0, 0],
    ['requiredSeconds', 86_400, 86_400],
    ['requiredTimestamp', MS, MS],
    ['requiredTimestamp', MS + 0.4, MS],
    ['requiredTimestamp', 946_684_800_000, 946_684_800_000],
    ['timestamp', MS - 0.4, MS],
    ['timestamp', null, null],
    ['requiredDate', '2018-11-30', '2018-11-30'],
  ])('%s takes %j and makes it %j', (schema, value, expected) => {
    expect(outcome(fields[schema], value)).toBe(expected);
  });
});

describe('a value is refused, in words that say what it must be and what came', () => {
  test.each<Case>([
    ['identifier', 1.5, 'must be text, an integer or null, got 1.5'],
    ['identifier', true, 'must be text, an integer or null, got true'],
    ['identifier', ['u1'], 'must be text, an integer or null, got ["u1"]'],
    ['requiredText', '', 'must be text that is not empty, got ""'],
    ['requiredText', ' \t', 'must be text that is not empty, got " \\t"'],
    ['requiredText', null, 'must be text, got null'],
    ['requiredText', undefined, 'must be text, got nothing'],
    ['text', 7, 'must be text or null, got 7'],
    ['text', { a: 1 }, 'must be text or null, got {"a":1}'],
    ['requiredInteger', '200', 'must be an integer, got "200"'],
    ['requiredInteger', 1.5, 'must be an integer, got 1.5'],
    ['integer', 2 ** 31, 'must be an integer of 32 bits or null, got 2147483648'],
    ['decimal', '277.8', 'must be a number or null, got "277.8"'],
    ['decimal', Infinity, 'must be a number or null, got Infinity'],
    ['seconds', 5e-324, 'must be seconds: 0, or 0.001 to 86400, or null, got 5e-324'],
    ['requiredSeconds', -1, 'must be seconds: 0, or 0.001 to 86400, got -1'],
    ['requiredSeconds', 86_400.1, 'must be seconds: 0, or 0.001 to 86400, got 86400.1'],
    ['requiredSeconds', null, 'must be seconds: 0, or 0.001 to 86400, got null'],
    ['requiredTimestamp', null, 'must be epoch milliseconds, got null'],
    ['requiredTimestamp', '2018-11-01', 'must be epoch milliseconds, got "2018-11-01"'],
    ['requiredTimestamp', MS / 1000, `must be epoch milliseconds between the years 2000 and 2100, got ${MS / 1000}`],
    ['requiredTimestamp', MS * 1000, `must be epoch milliseconds between the years 2000 and 2100, got ${MS * 1000}`],
    ['timestamp', 946_684_799_999, 'must be epoch milliseconds between the years 2000 and 2100, got 946684799999'],
    ['requiredDate', '2018-02-30', 'must be a date such as 2018-11-30, got "2018-02-30"'],
  ])('%s does not take %j', (schema, value, message) => {
    expect(outcome(fields[schema], value)).toBe(message);
  });

  test('what came is cut where it is long', () => {
    expect(outcome(fields.text, ['x'.repeat(100)])).toBe(`must be text or null, got ["${'x'.repeat(78)}…`);
  });
});
