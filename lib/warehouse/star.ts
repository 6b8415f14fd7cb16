import type { Dataset } from '../contracts/dataset.ts';
import { renderChecks } from '../contracts/render/checks.ts';
import { derivationOf, keysOf, of, orderOf, sourceColumnOf, valueOf, wanted } from '../contracts/render/derivation.ts';
import { SQL } from '../contracts/render/dialect.ts';
import { staged } from '../contracts/staging.ts';
import { sqlFile } from './sql-file.ts';
import { lookupNames, lookupPieces } from './star/lookup.ts';
import { SCHEMA } from './statements.ts';

/** Table that a derived table's new and changed rows are made in, before they are published. */
export function nextTable(dataset: Dataset): Dataset {
  return { ...dataset, name: `next_${dataset.name}`, description: `Rows of ${dataset.name} to be published`, checks: [], work: 'scratch' };
}

/** Makes the rows of a derived table that follow from files not published yet, in its next table. To be run in one transaction. */
export function buildStatements(dataset: Dataset): string[] {
  const { source, lookup } = derivationOf(dataset);
  const names = {
    next: [nextTable(dataset).name],
    staged: [staged(source).name],
    columns: columnsOf(dataset),
    key: dataset.key,
    first: [orderOf(dataset)[0]],
    source_columns: sourceColumns(dataset),
  };
  const texts = { source: source.name };
  if (!lookup) return sqlFile('star/dimension.sql', names, texts, pieces(dataset));
  return sqlFile(
    'star/fact.sql',
    { ...names, ...lookupNames(lookup) },
    { ...texts, catalogue_source: derivationOf(lookup.table).source.name },
    { ...pieces(dataset), ...lookupPieces(lookup) },
  );
}

/** Rows of `FailedCheck` (lib/pipelines): what would be wrong with the tables if the next rows were published. */
export function checkQuery(datasets: readonly Dataset[]): string {
  const tables = new Set(datasets.map(({ name }) => name));
  const candidates = datasets.map(
    (dataset) => `${SQL.quoted(dataset.name)} AS (\n${candidate(dataset, checkedColumns(dataset, datasets))})`,
  );
  const relation = (name: string) => (tables.has(name) ? SQL.quoted(name) : `${SCHEMA}.${SQL.quoted(name)}`);
  const checks = datasets.flatMap((dataset) => renderChecks(dataset, { engine: 'sql', relation }));
  return `WITH ${candidates.join(',\n')}\n${checks.join('\nUNION ALL\n')}`;
}

/** Publishes the next rows of all tables, and marks their files. To be run in one transaction. */
export function publishStatements(datasets: readonly Dataset[]): string[] {
  const sources = new Set(datasets.map((dataset) => derivationOf(dataset).source.name));
  return [
    ...datasets.flatMap(publishTable),
    ...sqlFile('star/published.sql', {}, {}, { sources: Array.from(sources, SQL.literal).join(', ') }),
  ];
}

function publishTable(dataset: Dataset): string[] {
  const { name, key } = dataset;
  const columns = columnsOf(dataset);
  const others = columns.filter((column) => !key.includes(column));
  // Redshift wants something to be changed also where the key is all there is.
  const changed = others.length > 0 ? others : key;
  return sqlFile(
    'star/publish.sql',
    { table: [name], next: [nextTable(dataset).name], columns },
    {},
    {
      same_key: key.map((column) => `${of(SQL.quoted(name), column, SQL)} = ${of('source', column, SQL)}`).join(' AND '),
      changes: changed.map((column) => `${SQL.quoted(column)} = ${of('source', column, SQL)}`).join(', '),
      values: columns.map((column) => of('source', column, SQL)).join(', '),
    },
  );
}

/** A query of some columns of a table as it would be with its next rows published. */
function candidate(dataset: Dataset, columns: readonly string[]): string {
  const { name, key } = dataset;
  const [statement] = sqlFile(
    'star/candidate.sql',
    { table: [name], next: [nextTable(dataset).name], columns },
    {},
    {
      kept_columns: columns.map((column) => of('kept', column, SQL)).join(', '),
      same_key: key.map((column) => `${of('replacement', column, SQL)} = ${of('kept', column, SQL)}`).join(' AND '),
      not_replaced: `${of('replacement', key[0]!, SQL)} IS NULL`,
    },
  );
  return statement!;
}

/** Columns that the checks of all tables look at in this one: an engine that keeps the candidates for all checks keeps no more than these. */
function checkedColumns({ name, key, checks }: Dataset, datasets: readonly Dataset[]): string[] {
  const own = checks.flatMap((check) => ('column' in check ? [check.column] : 'columns' in check ? check.columns : []));
  const others = datasets
    .flatMap((dataset) => dataset.checks)
    .flatMap((check) => ('table' in check && check.table === name ? [check.to] : []));
  return [...new Set([...key, ...own, ...others])];
}

/** What the files say of a table's source rows, which they call `source`. */
function pieces(dataset: Dataset): Record<string, string> {
  const keys = keysOf(dataset).map((field) => ({ name: field.name, value: valueOf(field, 'source', SQL) }));
  return {
    keys: keys.map(({ name, value }) => `${value} AS ${SQL.quoted(name)}`).join(', '),
    key_values: keys.map(({ value }) => value).join(', '),
    of_several: keys.map(({ name, value }) => `${of('several', name, SQL)} = ${value}`).join(' AND '),
    wanted: wanted(dataset, 'source', SQL),
    order: orderOf(dataset)
      .map((name) => `${of('source', name, SQL)} DESC NULLS LAST`)
      .join(', '),
    source_columns: sourceColumns(dataset)
      .map((name) => of('source', name, SQL))
      .join(', '),
    values: dataset.fields.map((field) => valueOf(field, 'picked', SQL)).join(', '),
  };
}

/** Columns of the source that a row is made of, or looked up by. */
function sourceColumns(dataset: Dataset): string[] {
  const { lookup } = derivationOf(dataset);
  const made = dataset.fields.map(sourceColumnOf).filter((name) => name !== undefined);
  return [...new Set([...made, ...(lookup ? [...lookup.on.map(({ column }) => column), lookup.near.column] : [])])];
}

function columnsOf({ fields }: Dataset): string[] {
  return fields.map(({ name }) => name);
}
