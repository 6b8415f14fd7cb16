import type { Dataset } from '../contracts/dataset.ts';
import { goesByCounts, miscounted, renderChecks } from '../contracts/render/checks.ts';
import { derivationOf, keysOf, of, orderOf, sourceColumnsOf } from '../contracts/render/derivation.ts';
import { SQL } from '../contracts/render/dialect.ts';
import { staged } from '../contracts/staging.ts';
import { sqlFile } from './sql-file.ts';
import { factStatements } from './star/fact.ts';
import { equal, listed, ofSource, sourcePieces } from './star/pieces.ts';
import { notReplaced } from './star/published.ts';
import { SCHEMA } from './statements.ts';

/** Table that a derived table's new and changed rows are made in, before they are published. */
export function nextTable(dataset: Dataset): Dataset {
  return { ...dataset, name: `next_${dataset.name}`, description: `Rows of ${dataset.name} to be published`, checks: [], work: 'scratch' };
}

/** Makes the rows of a derived table that follow from files not published yet, in its next table. To be run in one transaction. */
export function buildStatements(dataset: Dataset): string[] {
  const { source, lookup } = derivationOf(dataset);
  const next = nextTable(dataset).name;
  if (lookup) {
    const { empty, makeNew, findAgain } = factStatements(dataset, lookup, next);
    return [empty, makeNew, findAgain];
  }
  const names = { next: [next], staged: [staged(source).name], columns: columnsOf(dataset), first: [orderOf(dataset)[0]] };
  const pieces = { ...sourcePieces(dataset), of_latest: ofSource(dataset, 'latest') };
  return sqlFile(followsFromKey(dataset) ? 'star/distinct.sql' : 'star/dimension.sql', names, { source: source.name }, pieces);
}

/** Conditions on a key one of which holds of each: PostgreSQL's own hash of it is even, or odd. */
const HALVES = [0, 1].map((rest) => (key: string) => `(hashtext(CAST(${key} AS text)) & 1) = ${rest}`);

/** The same for a server of PostgreSQL's, of a table that is looked up in another one: `SideBySide` (lib/pipelines), half of the new rows a part. */
export function buildInHalves(dataset: Dataset): { before: string[]; parts: string[]; after: string[] } {
  const { lookup } = derivationOf(dataset);
  if (!lookup) throw new Error(`what is built in halves must be looked up in another table, got ${dataset.name}`);
  const { name: next } = nextTable(dataset);
  const { empty, findAgain } = factStatements(dataset, lookup, next);
  const parts = HALVES.map((half) => factStatements(dataset, lookup, next, half).makeNew);
  return { before: [empty], parts, after: [findAgain] };
}

/** Rows of `FailedCheck` (lib/pipelines): what would be wrong with the tables if the next rows were published. */
export function checkQuery(datasets: readonly Dataset[]): string {
  return queryOf(datasets, datasets);
}

/** The same in parts, to be asked side by side. What goes by the counts of a table's keys stays together. */
export function checkParts(datasets: readonly Dataset[]): string[] {
  return datasets.flatMap((dataset) => {
    const counted = dataset.checks.filter((check) => goesByCounts(dataset, check));
    const others = dataset.checks.filter((check) => !goesByCounts(dataset, check));
    const parts = [counted, others].filter((checks) => checks.length > 0);
    return parts.map((checks) => queryOf([{ ...dataset, checks }], datasets));
  });
}

/** The checks of `checked`, which are some of `datasets` with some of their checks. */
function queryOf(checked: readonly Dataset[], datasets: readonly Dataset[]): string {
  const tables = new Set(datasets.map(({ name }) => name));
  const relation = (name: string) => (tables.has(name) ? SQL.quoted(name) : `${SCHEMA}.${SQL.quoted(name)}`);
  const options = (dataset: Dataset) => ({ engine: 'sql', relation, miscounted: SQL.quoted(`miscounted_${dataset.name}`) }) as const;
  const candidates = datasets.map((dataset) => [SQL.quoted(dataset.name), candidate(dataset, checkedColumns(dataset, datasets))]);
  const counts = checked.map((dataset) => [options(dataset).miscounted, miscounted(dataset, options(dataset))]);
  const relations = [...candidates, ...counts].map(([name, query]) => `${name} AS (\n${query}\n)`);
  const checks = checked.flatMap((dataset) => renderChecks(dataset, options(dataset)));
  return `WITH ${relations.join(',\n')}\n${checks.join('\nUNION ALL\n')}`;
}

/** Publishes the next rows of all tables, and marks their files. To be run in one transaction. */
export function publishStatements(datasets: readonly Dataset[]): string[] {
  return [...datasets.flatMap(publishTable), ...published(datasets)];
}

/** The same for tables that are all empty. */
export function publishFirstStatements(datasets: readonly Dataset[]): string[] {
  const publishFirst = (dataset: Dataset) =>
    sqlFile('star/publish-first.sql', { table: [dataset.name], next: [nextTable(dataset).name], columns: columnsOf(dataset) });
  return [...datasets.flatMap(publishFirst), ...published(datasets)];
}

function published(datasets: readonly Dataset[]): string[] {
  const sources = new Set(datasets.map((dataset) => derivationOf(dataset).source.name));
  const nextRows = datasets.map((dataset) => `SELECT 1 FROM ${SCHEMA}.${SQL.quoted(nextTable(dataset).name)}`);
  return sqlFile(
    'star/published.sql',
    {},
    {},
    { sources: Array.from(sources, SQL.literal).join(', '), any_next: nextRows.join(' UNION ALL ') },
  );
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
      same_key: equal(
        SQL.quoted(name),
        'source',
        key.map((column) => [column, column] as const),
      ),
      changes: listed(changed.map((column) => `${SQL.quoted(column)} = ${of('source', column, SQL)}`)),
      values: listed(columns.map((column) => of('source', column, SQL))),
    },
  );
}

/** A query of some columns of a table as it would be with its next rows published. */
function candidate(dataset: Dataset, columns: readonly string[]): string {
  const { name } = dataset;
  const [statement] = sqlFile(
    'star/candidate.sql',
    { table: [name], next: [nextTable(dataset).name], columns },
    {},
    { published_columns: listed(columns.map((column) => of('published', column, SQL))), ...notReplaced(dataset) },
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

/** Whether rows with the same key are the same in all columns. */
function followsFromKey(dataset: Dataset): boolean {
  const key = new Set(sourceColumnsOf({ fields: keysOf(dataset).filter(({ from }) => from === undefined || 'column' in from) }));
  return sourceColumnsOf(dataset).every((column) => key.has(column));
}

function columnsOf({ fields }: Dataset): string[] {
  return fields.map(({ name }) => name);
}
