import type { Dataset, Field } from '../../contracts/dataset.ts';
import type { Derivation, TimePart } from '../../contracts/derivation.ts';
import { literal, quoted } from '../../contracts/render/ddl.ts';

/** Of several rows with the same key the last by these, after what the derivation says. All of them are there in every staged row. */
const STAGING_ORDER = ['staged_at', 'file_id', 'file_line'];

/** The derivation of a table that is made from staged rows. */
export function derivationOf({ name, derivation }: Dataset): Derivation {
  if (!derivation) throw new Error(`${name} must have a derivation, got none`);
  return derivation;
}

/** Columns of the source, the most important first: the row with the greatest values is the one that counts. */
export function orderOf(dataset: Dataset): string[] {
  const { latestBy, source } = derivationOf(dataset);
  const [first] = latestBy;
  // The greatest value is asked for by MAX, which knows no null.
  if (first !== undefined && !source.fields.find(({ name }) => name === first)?.required) {
    throw new Error(`latestBy of ${dataset.name} must begin with a required column of ${source.name}, got ${first}`);
  }
  return [...latestBy, ...STAGING_ORDER];
}

/** The value of a column, from a row of the source called `row`, and from `found` where it was looked up. */
export function valueOf({ name, from }: Field, row: string): string {
  if (from === undefined) return of(row, name);
  if ('column' in from) return of(row, from.column);
  return 'found' in from ? of('found', `found_${from.found}`) : partOf(from.part, of(row, from.of));
}

/** The column of the source that a column is made of; none where it is looked up. */
export function sourceColumnOf({ name, from }: Field): string | undefined {
  if (from === undefined) return name;
  if ('column' in from) return from.column;
  return 'found' in from ? undefined : from.of;
}

/** What a source row called `row` must fulfil to make a row. */
export function wanted(dataset: Dataset, row: string): string {
  const { where } = derivationOf(dataset);
  const keys = keysOf(dataset).map((field) => `${valueOf(field, row)} IS NOT NULL`);
  return [...(where ? [`${of(row, where.column)} = ${literal('redshift', where.is)}`] : []), ...keys].join(' AND ');
}

export function keysOf({ key, fields }: Dataset): Field[] {
  return key.map((name) => fields.find((field) => field.name === name)!);
}

export function of(row: string, column: string): string {
  return `${row}.${quoted(column)}`;
}

/** In UTC, whatever the time zone of the session. */
function partOf(part: TimePart, instant: string): string {
  const utc = `(${instant} AT TIME ZONE 'UTC')`;
  const extract = (field: string, from = utc) => `CAST(EXTRACT(${field} FROM ${from}) AS integer)`;
  switch (part) {
    case 'weekday':
      return extract('dow');
    case 'week':
      // A week is of the year that its Thursday is in.
      return `(${extract('doy', `DATE_TRUNC('week', ${utc}) + INTERVAL '3 days'`)} + 6) / 7`;
    default:
      return extract(part);
  }
}
