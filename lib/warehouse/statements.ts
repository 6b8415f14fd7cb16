import type { Dataset } from '../contracts/dataset.ts';
import { literal, missingColumnsDdl, sqlType, tableDdl, type SqlEngine } from '../contracts/render/ddl.ts';
import { stagedFiles } from '../contracts/staging.ts';
import { sqlFile } from './sql-file.ts';

/** The schema that every table of the warehouse is in. */
export const SCHEMA = 'millrace';

export const createSchema = () => sqlFile('create-schema.sql', {})[0]!;
/** Rows of {@link ExistingColumn}. */
export const existingColumns = () => sqlFile('existing-columns.sql', {})[0]!;
const publishAgain = (source: Dataset) => sqlFile('publish-again.sql', {}, { source: source.name });
/** Rows of `table_name` and `is_work`, whether only our own statements read it; for PostgreSQL. */
export const staleStatistics = () => sqlFile('stale-statistics.sql', {})[0]!;
/** For PostgreSQL, at the beginning of a transaction. */
export const roughStatistics = () => sqlFile('rough-statistics.sql', {})[0]!;
/** For PostgreSQL, at the beginning of a transaction. */
export const bulkSettings = () => sqlFile('bulk-settings.sql', {})[0]!;
/** Rows of `table_name`, `key_name` and `definition`; for PostgreSQL. */
export const keysOfEmptyTables = (datasets: readonly Dataset[]) =>
  sqlFile('keys-of-empty-tables.sql', {}, {}, { tables: datasets.map(({ name }) => literal('postgresql', name)).join(', ') })[0]!;
export const createStaging = (dataset: Dataset) => sqlFile('create-staging.sql', namesOf(dataset))[0]!;
/** One row, `duplicates`: how many keys the staging table holds more than once. */
export const duplicateKeys = (dataset: Dataset) => sqlFile('duplicate-keys.sql', namesOf(dataset))[0]!;
/** Fails, with a message that says what is wrong, when the staging table holds a key more than once. */
export const refuseDuplicateKeys = (dataset: Dataset) =>
  sqlFile('refuse-duplicate-keys.sql', namesOf(dataset), {
    refusal: `rows of ${dataset.name} must be unique by ${dataset.key.join(', ')}, got `,
  })[0]!;
/** Redshift's COPY of the files whose names begin with `source`, read by an IAM role. */
export const copyExport = (dataset: Dataset, texts: { readonly source: string; readonly role: string; readonly region: string }) =>
  sqlFile('copy-export.sql', namesOf(dataset), texts)[0]!;
/** To be run in order, in one transaction. */
export const replaceSlices = (dataset: Dataset) => sqlFile('replace-slices.sql', namesOf(dataset));
/** One row, `row_count`. */
export const countRows = (dataset: Dataset) => sqlFile('count-rows.sql', namesOf(dataset))[0]!;
export const dropTable = (dataset: Dataset) => sqlFile('drop-table.sql', namesOf(dataset))[0]!;

/** Where the exports of a data set are copied to before they replace anything. */
export function stagingTable({ name }: Dataset): string {
  return `staging_${name}`;
}

/** A row of `existing-columns.sql`. */
export interface ExistingColumn {
  readonly table_name: string;
  readonly column_name: string;
  readonly data_type: string;
}

/**
 * Statements that make the table of a data set what its contract says, given all columns of the schema. None when it is so already.
 * A derived table that is new, or gains a column, is made from all staged rows by the next run.
 */
export function tableChanges(engine: SqlEngine, dataset: Dataset, existing: readonly ExistingColumn[]): string[] {
  const { derivation, work } = dataset;
  const changes = contractChanges(engine, dataset, existing);
  const anythingStaged = existing.some((column) => column.table_name === stagedFiles.name);
  return changes.length > 0 && derivation && !work && anythingStaged ? [...changes, ...publishAgain(derivation.source)] : changes;
}

function contractChanges(engine: SqlEngine, dataset: Dataset, existing: readonly ExistingColumn[]): string[] {
  const columns = existing.filter((column) => column.table_name === dataset.name);
  if (columns.length === 0) return tableDdl(engine, SCHEMA, dataset);
  if (engine === 'postgresql') checkTypes(dataset, columns);
  const names = columns.map((column) => column.column_name);
  return missingColumnsDdl(engine, SCHEMA, dataset, names);
}

/** A type changed in the contract is not changed under the user's rows: values may not fit, and views may hang on it. */
function checkTypes(dataset: Dataset, columns: readonly ExistingColumn[]): void {
  for (const field of dataset.fields) {
    const found = columns.find((column) => column.column_name === field.name)?.data_type;
    const type = sqlType('postgresql', field);
    if (found !== undefined && found !== type) {
      throw new Error(`column ${field.name} of ${SCHEMA}.${dataset.name} must be ${type}, got ${found}; --fresh makes the table anew`);
    }
  }
}

function namesOf(dataset: Dataset): Record<string, readonly string[]> {
  const { name, key, partitionBy, fields } = dataset;
  return { table: [name], staging: [stagingTable(dataset)], key, slice: partitionBy, columns: fields.map((field) => field.name) };
}
