import type { Dataset, Field } from '../dataset.ts';
import type { Derivation } from '../derivation.ts';
import type { FILE_COLUMNS } from '../staging.ts';
import type { Dialect } from './dialect.ts';

/** Of several rows with the same key the last by these, after what the derivation says. Every staged row has all of them. */
const STAGING_ORDER = ['staged_at', 'file_id', 'file_line'] satisfies (typeof FILE_COLUMNS)[number]['name'][];

/** The derivation of a table that is made from staged rows. */
export function derivationOf({ name, derivation }: Dataset): Derivation {
  if (!derivation) throw new Error(`${name} must have a derivation, got none`);
  return derivation;
}

/** Columns of the staged rows, the most important first: of those with the same key the row with the greatest values is the one that counts. */
export function orderOf(dataset: Dataset): [string, ...string[]] {
  const { latestBy, source } = derivationOf(dataset);
  const [first] = latestBy;
  // The greatest value is asked for by MAX, which knows no null.
  if (first !== undefined && !source.fields.find(({ name }) => name === first)?.required) {
    throw new Error(`latestBy of ${dataset.name} must begin with a required column of ${source.name}, got ${first}`);
  }
  return [...latestBy, ...STAGING_ORDER] as [string, ...string[]];
}

/** The value of a column, from a row of the source called `row`, and from one called `found` where it was looked up. */
export function valueOf({ name, from }: Field, row: string, dialect: Dialect): string {
  if (from === undefined) return of(row, name, dialect);
  if ('column' in from) return of(row, from.column, dialect);
  return 'found' in from ? of('found', from.found, dialect) : dialect.part(from.part, of(row, from.of, dialect));
}

/** Columns of the source that a table's columns are made of. */
export function sourceColumnsOf({ fields }: Pick<Dataset, 'fields'>): string[] {
  const columns = fields.flatMap(({ name, from }) => {
    if (from === undefined) return [name];
    if ('column' in from) return [from.column];
    return 'found' in from ? [] : [from.of];
  });
  return [...new Set(columns)];
}

/** What a source row called `row` must fulfil to make a row. */
export function wanted(dataset: Dataset, row: string, dialect: Dialect): string {
  const { where } = derivationOf(dataset);
  const condition = where && `${of(row, where.column, dialect)} = ${dialect.literal(where.is)}`;
  const keys = keysOf(dataset).map((field) => `${valueOf(field, row, dialect)} IS NOT NULL`);
  return [...(condition ? [condition] : []), ...keys].join(' AND ');
}

export function keysOf({ key, fields }: Dataset): Field[] {
  return key.map((name) => fields.find((field) => field.name === name)!);
}

/** A column of a row. */
export function of(row: string, column: string, dialect: Dialect): string {
  return `${row}.${dialect.quoted(column)}`;
}
