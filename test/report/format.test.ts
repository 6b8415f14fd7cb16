import { describe, expect, test } from 'vitest';
import { count, counted, day, duration, instant, inWords, percent, quantity, score } from '../../lib/report/format.ts';

describe('a share of 1 as a percentage', () => {
  test.each([
    [0, '0%'],
    [0.0004, '<0.1%'],
    [0.0042, '0.4%'],
    [0.0604, '6.0%'],
    [0.0949, '9.5%'],
    [0.0951, '10%'],
    [0.5, '50%'],
    [0.995, '99.5%'],
    [0.99999, '>99.9%'],
    [1, '100%'],
    [null, '–'],
    [Number.NaN, '–'],
  ])('%s reads %s', (share, text) => expect(percent(share)).toBe(text));
});

describe('a measured value at the precision a reader needs', () => {
  test.each([
    [0, '0'],
    [5, '5'],
    [1234.56, '1,235'],
    [12.345, '12.3'],
    [-4.129, '-4.13'],
    [0.0314159, '0.031'],
    [2.999, '3'],
    [null, '–'],
  ])('%s reads %s', (value, text) => expect(quantity(value)).toBe(text));
});

describe('other figures', () => {
  test('counts have separators, and a noun in the right number', () => {
    expect(count(1_234_567)).toBe('1,234,567');
    expect([counted(1, 'listener'), counted(0, 'listener'), counted(2, 'day of use', 'days of use')]).toEqual([
      '1 listener',
      '0 listeners',
      '2 days of use',
    ]);
  });

  test('a metric keeps three decimals, and a missing one is a dash', () => {
    expect([score(0.5), score(null), score(undefined)]).toEqual(['0.500', '–', '–']);
  });

  test.each([
    [0.04, '0.0 s'],
    [59.9, '59.9 s'],
    [59.97, '1 min 0 s'],
    [119.7, '2 min 0 s'],
  ])('%s seconds read %s', (seconds, text) => expect(duration(seconds)).toBe(text));

  test('dates and instants are UTC whatever the machine’s zone is', () => {
    expect(day('2026-07-30')).toBe('30 July 2026');
    expect(instant('2026-07-30T23:59:30+00:00')).toBe('30 July 2026 at 23:59 UTC');
  });

  test('small numbers are words', () => expect([inWords(10), inWords(13)]).toEqual(['ten', '13']));
});
