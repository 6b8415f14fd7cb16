import type { Dataset } from '../contracts/dataset.ts';
import type { Lookup } from '../contracts/derivation.ts';
import { literal, quoted } from '../contracts/render/ddl.ts';
import { staged } from '../contracts/staging.ts';
import { derivationOf, keysOf, of, orderOf, sourceColumnOf, valueOf, wanted } from './star/derived.ts';
import { sqlFile } from './sql-file.ts';

/** Table that a derived table's new and changed rows are made in, before they are published. */
export function nextTable(dataset: Dataset): Dataset {
  return { ...dataset, name: `next_${dataset.name}`, description: `Rows of ${dataset.name} to be published`, checks: [], work: 'scratch' };
}

/** Makes the rows of a derived table that follow from files not published yet, in its next table. To be run in one transaction. */
export function buildStatements(dataset: Dataset): string[] {
  const { source, lookup } = derivationOf(dataset);
  const [first] = orderOf(dataset);
  const names = {
    next: [nextTable(dataset).name],
    staged: [staged(source).name],
    columns: dataset.fields.map(({ name }) => name),
    key: dataset.key,
    source_columns: sourceColumns(dataset),
    first: [first!],
  };
  const texts = { source: source.name };
  if (!lookup) return sqlFile('star/dimension.sql', names, texts, { ...pieces(dataset), values: values(dataset) });
  return sqlFile(
    'star/fact.sql',
    { ...names, ...lookupNames(lookup) },
    { ...texts, catalogue_source: derivationOf(lookup.table).source.name },
    { ...pieces(dataset), ...lookupPieces(lookup), values: values(dataset) },
  );
}

/** Rows of `FailedCheck` (lib/pipelines): what would be wrong with the tables if the next rows were published. */
export function checkQuery(_datasets: readonly Dataset[]): string {
  return 'SELECT 1 AS one WHERE false';
}

/** Publishes the next rows of all tables, and marks their files. To be run in one transaction. */
export function publishStatements(datasets: readonly Dataset[]): string[] {
  const sources = new Set(datasets.map((dataset) => derivationOf(dataset).source.name));
  return [
    ...datasets.flatMap(mergeStatements),
    ...sqlFile('star/published.sql', {}, {}, { sources: Array.from(sources, (name) => literal('redshift', name)).join(', ') }),
    ...datasets.flatMap((dataset) => sqlFile('star/empty.sql', { next: [nextTable(dataset).name] })),
  ];
}

function mergeStatements(dataset: Dataset): string[] {
  const columns = dataset.fields.map(({ name }) => name);
  const others = columns.filter((name) => !dataset.key.includes(name));
  // Redshift wants something to be changed also where the key is all there is.
  const changed = others.length > 0 ? others : dataset.key;
  return sqlFile(
    'star/merge.sql',
    { table: [dataset.name], next: [nextTable(dataset).name], columns },
    {},
    {
      same_key: all(dataset.key.map((name) => `${of(quoted(dataset.name), name)} = ${of('source', name)}`)),
      changes: changed.map((name) => `${quoted(name)} = ${of('source', name)}`).join(', '),
      values: columns.map((name) => of('source', name)).join(', '),
    },
  );
}

/** What the files say of a table's source rows, which they call `source`. */
function pieces(dataset: Dataset): Record<string, string> {
  const keys = keysOf(dataset).map((field) => ({ name: field.name, value: valueOf(field, 'source') }));
  return {
    keys: keys.map(({ name, value }) => `${value} AS ${quoted(name)}`).join(', '),
    key_values: keys.map(({ value }) => value).join(', '),
    wanted: wanted(dataset, 'source'),
    order: orderOf(dataset)
      .map((name) => `${of('source', name)} DESC NULLS LAST`)
      .join(', '),
    of_several: all(keys.map(({ name, value }) => `${of('several', name)} = ${value}`)),
    source_columns: sourceColumns(dataset)
      .map((name) => of('source', name))
      .join(', '),
  };
}

/** Columns of the source that a row is made of, or looked up by. */
function sourceColumns(dataset: Dataset): string[] {
  const { lookup } = derivationOf(dataset);
  const made = dataset.fields.map(sourceColumnOf).filter((name) => name !== undefined);
  return [...new Set([...made, ...(lookup ? askedBy(lookup) : [])])];
}

/** Columns of the source that rows are looked up by. */
function askedBy({ on, near }: Lookup): string[] {
  return [...on.map(({ column }) => column), near.column];
}

function values(dataset: Dataset): string {
  return dataset.fields.map((field) => valueOf(field, 'picked')).join(', ');
}

function lookupNames(lookup: Lookup): Record<string, readonly string[]> {
  const { table } = lookup;
  return {
    catalogue_staged: [staged(derivationOf(table).source).name],
    catalogue_columns: table.fields.map(({ name }) => name),
    catalogue_key: table.key,
    asked_columns: askedBy(lookup),
  };
}

function lookupPieces(lookup: Lookup): Record<string, string> {
  const { table, on, near } = lookup;
  const { wanted: catalogueWanted, key_values: keyValues, order } = pieces(table);
  const asked = askedBy(lookup);
  const changedOn = on.map(({ equals }) => table.fields.find(({ name }) => name === equals)!);
  return {
    catalogue_values: table.fields.map((field) => `${valueOf(field, 'source')} AS "${field.name}"`).join(', '),
    catalogue_wanted: catalogueWanted!,
    catalogue_key_values: keyValues!,
    catalogue_order: order!,
    catalogue_on: changedOn.map((field) => `${valueOf(field, 'source')} AS "${field.name}"`).join(', '),
    changed_on: all(on.map(({ column, equals }) => `${of('changed', equals)} = ${of('source', column)}`)),
    changed_there: `${of('changed', on[0]!.equals)} IS NOT NULL`,
    asked: asked.map((name) => of('asked', name)).join(', '),
    asked_on: all(on.map(({ column, equals }) => `${of('catalogue', equals)} = ${of('asked', column)}`)),
    distance: `ABS(${of('asked', near.column)} - ${of('catalogue', near.to)})`,
    within: String(near.within),
    found_columns: table.fields.map(({ name }) => `${of('catalogue', name)} AS "found_${name}"`).join(', '),
    of_found: all(asked.map((name) => `${of('found', name)} = ${of('picked', name)}`)),
  };
}

function all(conditions: readonly string[]): string {
  return conditions.join(' AND ');
}
