import type { Dataset } from '../../contracts/dataset.ts';
import type { Lookup } from '../../contracts/derivation.ts';
import { derivationOf, of, valueOf } from '../../contracts/render/derivation.ts';
import { SQL } from '../../contracts/render/dialect.ts';
import { staged } from '../../contracts/staging.ts';
import { sqlFile } from '../sql-file.ts';
import { columns, equal, listed, named, ofSource, sourcePieces, type Part } from './pieces.ts';
import { notReplaced } from './published.ts';

interface FactStatements {
  readonly empty: string;
  readonly makeNew: string;
  readonly findAgain: string;
}

/** Builds a table whose rows are looked up in another one. @param part Of the new rows those it makes. @default - all */
export function factStatements(dataset: Dataset, lookup: Lookup, next: string, part?: Part): FactStatements {
  const { source } = derivationOf(dataset);
  const pieces = sourcePieces(dataset, part);
  const stagedTable = `millrace.${SQL.quoted(staged(source).name)}`;
  const table = `millrace.${SQL.quoted(dataset.name)}`;
  const catalogue = sourcePieces(lookup.table);
  const catalogueStaged = [staged(derivationOf(lookup.table).source).name];
  const publishedBy = publishedColumns(dataset, lookup);
  const publishedChanged = equal(
    'changed',
    'published',
    lookup.on.map(({ column, equals }) => [equals, publishedBy(column)] as const),
  );
  const [empty, makeNew, findAgain] = sqlFile(
    'star/fact.sql',
    {
      table: [dataset.name],
      next: [next],
      staged: [staged(source).name],
      columns: dataset.fields.map(({ name }) => name),
      catalogue_staged: catalogueStaged,
    },
    { source: source.name, catalogue_source: derivationOf(lookup.table).source.name },
    {
      ...pieces,
      of_repeated: ofSource(dataset, 'repeated'),
      found_for_new_rows: found(
        lookup,
        'source',
        (column) => column,
        `${stagedTable} AS source WHERE ${pieces.wanted} AND source.file_id NOT IN (SELECT file_id FROM published_files)`,
      ),
      of_found: ofFound(lookup, 'source', (column) => column),
      catalogue_on: named(lookup.table.fields.filter(({ name }) => lookup.on.some(({ equals }) => equals === name))),
      catalogue_wanted: catalogue.wanted,
      catalogue_key_values: catalogue.key_values,
      published_changed: publishedChanged,
      found_for_published_rows: found(lookup, 'published', publishedBy, `${table} AS published JOIN changed ON ${publishedChanged}`),
      published_found: ofFound(lookup, 'published', publishedBy),
      published_values: listed(
        dataset.fields.map((field) =>
          field.from && 'found' in field.from ? valueOf(field, 'published', SQL) : of('published', field.name, SQL),
        ),
      ),
      ...notReplaced(dataset),
    },
  ) as [string, string, string];
  return { empty, makeNew, findAgain };
}

/** The parts of WITH that find rows for what `rows`, called `row`, ask for; `columnOf` is what a column of the source is called there. */
function found(lookup: Lookup, row: string, columnOf: (source: string) => string, rows: string): string {
  const { table, on, near } = lookup;
  const { key_values: keyValues, order, wanted } = sourcePieces(table);
  const asked = askedBy(lookup);
  const used = table.fields.map(({ name }) => name);
  return sqlFile(
    'star/found.sql',
    { catalogue_staged: [staged(derivationOf(table).source).name], catalogue_columns: used, catalogue_key: table.key },
    {},
    {
      catalogue_values: named(table.fields),
      catalogue_key_values: keyValues,
      catalogue_order: order,
      catalogue_wanted: wanted,
      asked: columns(
        'asked',
        asked.map((column) => `asked_${column}`),
      ),
      asking: listed(asked.map((column) => `${of(row, columnOf(column), SQL)} AS ${SQL.quoted(`asked_${column}`)}`)),
      asking_rows: rows,
      asked_on: equal(
        'catalogue',
        'asked',
        on.map(({ column, equals }) => [equals, `asked_${column}`] as const),
      ),
      distance: `ABS(${of('asked', `asked_${near.column}`, SQL)} - ${of('catalogue', near.to, SQL)})`,
      within: String(near.within),
      found_values: columns('catalogue', used),
    },
  )[0]!;
}

function ofFound(lookup: Lookup, row: string, columnOf: (source: string) => string): string {
  return equal(
    'found',
    row,
    askedBy(lookup).map((column) => [`asked_${column}`, columnOf(column)] as const),
  );
}

/** Columns of the source that rows are looked up by. */
function askedBy({ on, near }: Lookup): string[] {
  return [...on.map(({ column }) => column), near.column];
}

/** What a column of the source is called in the table. A published row is looked up again by what it holds. */
function publishedColumns({ name, fields }: Dataset, lookup: Lookup): (source: string) => string {
  const made = new Map(
    fields.flatMap(({ name: column, from }) => (from === undefined ? [[column, column]] : 'column' in from ? [[from.column, column]] : [])),
  );
  const missing = askedBy(lookup).filter((column) => !made.has(column));
  if (missing.length > 0) throw new Error(`columns of ${name} must hold what its rows are looked up by, got none for ${listed(missing)}`);
  return (source) => made.get(source)!;
}
