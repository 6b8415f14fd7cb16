import type { Dataset } from '../../contracts/dataset.ts';
import type { Lookup } from '../../contracts/derivation.ts';
import { derivationOf, keysOf, of, orderOf, valueOf, wanted } from '../../contracts/render/derivation.ts';
import { SQL } from '../../contracts/render/dialect.ts';
import { staged } from '../../contracts/staging.ts';

/** The names of fact.sql that say what is looked up. */
export function lookupNames({ table, on, near }: Lookup): Record<string, readonly string[]> {
  return {
    catalogue_staged: [staged(derivationOf(table).source).name],
    catalogue_columns: table.fields.map(({ name }) => name),
    catalogue_key: table.key,
    asked_columns: [...on.map(({ column }) => column), near.column],
  };
}

/** The pieces of fact.sql that say how. */
export function lookupPieces({ table, on, near }: Lookup): Record<string, string> {
  const asked = [...on.map(({ column }) => column), near.column];
  const askedBy = table.fields.filter(({ name }) => on.some(({ equals }) => equals === name));
  return {
    catalogue_values: values(table.fields),
    catalogue_wanted: wanted(table, 'source', SQL),
    catalogue_key_values: keysOf(table)
      .map((field) => valueOf(field, 'source', SQL))
      .join(', '),
    catalogue_order: orderOf(table)
      .map((name) => `${of('source', name, SQL)} DESC NULLS LAST`)
      .join(', '),
    catalogue_on: values(askedBy),
    changed_on: on.map(({ column, equals }) => `${of('changed', equals, SQL)} = ${of('source', column, SQL)}`).join(' AND '),
    changed_there: `${of('changed', on[0]!.equals, SQL)} IS NOT NULL`,
    asked: asked.map((name) => `${of('asked', name, SQL)} AS ${SQL.quoted(`asked_${name}`)}`).join(', '),
    asked_values: asked.map((name) => of('asked', name, SQL)).join(', '),
    asked_on: on.map(({ column, equals }) => `${of('catalogue', equals, SQL)} = ${of('asked', column, SQL)}`).join(' AND '),
    distance: `ABS(${of('asked', near.column, SQL)} - ${of('catalogue', near.to, SQL)})`,
    within: String(near.within),
    found_values: table.fields.map(({ name }) => of('catalogue', name, SQL)).join(', '),
    of_found: asked.map((name) => `${of('found', `asked_${name}`, SQL)} = ${of('picked', name, SQL)}`).join(' AND '),
  };
}

function values(fields: Dataset['fields']): string {
  return fields.map((field) => `${valueOf(field, 'source', SQL)} AS ${SQL.quoted(field.name)}`).join(', ');
}
