import type { Dataset, Field } from '../../contracts/dataset.ts';
import { keysOf, of, orderOf, sourceColumnsOf, valueOf, wanted } from '../../contracts/render/derivation.ts';
import { SQL } from '../../contracts/render/dialect.ts';

/** A condition on the rows of some keys. @param key The value of their key */
export type Part = (key: string) => string;

/** What the files of this folder say of the rows that a table is made of, which they call `source`. @param part Of these rows some. @default - all */
export function sourcePieces(dataset: Dataset, part?: Part) {
  const keys = keysOf(dataset);
  return {
    keys: named(keys),
    key_values: listed(keys.map((field) => valueOf(field, 'source', SQL))),
    wanted: all([wanted(dataset, 'source', SQL), ...(part ? [part(valueOf(keys[0]!, 'source', SQL))] : [])]),
    order: listed(orderOf(dataset).map((name) => `${of('source', name, SQL)} DESC NULLS LAST`)),
    source_columns: columns('source', sourceColumnsOf(dataset)),
    values: listed(dataset.fields.map((field) => valueOf(field, 'source', SQL))),
  };
}

/** That a source row has the key of `row`. */
export function ofSource(dataset: Dataset, row: string): string {
  return all(keysOf(dataset).map((field) => `${of(row, field.name, SQL)} = ${valueOf(field, 'source', SQL)}`));
}

/** Values of fields, from rows called `source`, under the fields' names. */
export function named(fields: readonly Field[]): string {
  return listed(fields.map((field) => `${valueOf(field, 'source', SQL)} AS ${SQL.quoted(field.name)}`));
}

/** That two rows are equal in pairs of their columns. */
export function equal(left: string, right: string, pairs: readonly (readonly [string, string])[]): string {
  return all(pairs.map(([one, other]) => `${of(left, one, SQL)} = ${of(right, other, SQL)}`));
}

export function columns(row: string, names: readonly string[]): string {
  return listed(names.map((name) => of(row, name, SQL)));
}

export function listed(values: readonly string[]): string {
  return values.join(', ');
}

function all(conditions: readonly string[]): string {
  return conditions.join(' AND ');
}
