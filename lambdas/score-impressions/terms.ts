import { crc32 } from 'node:zlib';
import { adImpression, type AdImpression } from '../../lib/contracts/ad-impression.ts';

/** What the click model knows of an impression: texts such as `site_id=85f751fd`. spark-steps/millrace/click_terms.py says the same. */

/** Between the parts of a crossed term. No category holds it: it is a control character. */
const SEPARATOR = '\u001f';
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** 1970-01-01 was a Thursday; 0 is Sunday. */
const FIRST_DAY_OF_WEEK = 4;

type Value = (impression: AdImpression) => string | number | null;

/** Columns that are known before a click, by their names in tables, and the parts of the hour in UTC. */
const VALUES: ReadonlyMap<string, Value> = new Map<string, Value>([
  ...adImpression.fields
    .filter(({ role }) => role === 'feature')
    .map(({ name, source }): [string, Value] => [name, (impression) => impression[source as keyof AdImpression]]),
  ['hour_of_day', ({ hour }) => Math.floor(hour / HOUR_MS) % 24],
  ['day_of_week', ({ hour }) => (Math.floor(hour / DAY_MS) + FIRST_DAY_OF_WEEK) % 7],
]);

/**
 * Makes what tells the bucket of an impression's value of a term: of one column, or of several that are crossed.
 *
 * @param buckets a power of two
 * @throws Error where a name is not of what is known before a click
 */
export function bucketOf(term: readonly string[], buckets: number): (impression: AdImpression) => number {
  const parts = term.map((name, at) => ({ prefix: `${at > 0 ? SEPARATOR : ''}${name}=`, value: valueOf(name) }));
  return (impression) => {
    let text = '';
    for (const { prefix, value } of parts) text += prefix + String(value(impression) ?? '');
    return crc32(text) % buckets;
  };
}

function valueOf(name: string): Value {
  const value = VALUES.get(name);
  if (!value) throw new Error(`term must be made of ${[...VALUES.keys()].join(', ')}, got ${name}`);
  return value;
}
