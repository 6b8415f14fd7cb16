import path from 'node:path';
import { UsageError } from '../../cli/failures.ts';
import type { Dataset } from '../../contracts/dataset.ts';
import { quoted } from '../../contracts/render/ddl.ts';
import * as sql from '../../warehouse/statements.ts';
import { dropView, VIEWS } from '../../warehouse/views.ts';
import type { Session, Warehouse } from '../warehouse.ts';
import { exportedFiles, readCsv } from './csv.ts';
import { lockChanges, prepareTables } from './prepare.ts';

/** PostgreSQL's `dependent_objects_still_exist`: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const DEPENDED_ON = '2BP01';

export interface LoadProgress {
  readonly table: string;
  /** Rows copied so far, of all tables. */
  readonly rows: number;
}

/**
 * Loads the exports (`<exportsDir>/<table>/*.csv.gz`) of data sets: each slice that they hold rows of replaces that slice of its table, all
 * tables in one transaction, so that a reader never sees scores beside other features, and a load that fails leaves everything as it was.
 * Tables and columns that are not there yet are made.
 * @returns the number of rows loaded, by table
 */
export async function loadTables(
  warehouse: Warehouse,
  datasets: readonly Dataset[],
  exportsDir: string,
  onProgress: (progress: LoadProgress) => void = () => undefined,
): Promise<Record<string, number>> {
  return warehouse.transaction(async (session) => {
    await lockChanges(session);
    await prepareTables(session, datasets);
    const loaded: Record<string, number> = {};
    let rows = 0;
    for (const dataset of datasets) {
      loaded[dataset.name] = await stage(session, dataset, path.join(exportsDir, dataset.name), (copied) => {
        rows += copied;
        onProgress({ table: dataset.name, rows });
      });
    }
    for (const dataset of datasets) for (const statement of sql.replaceSlices(dataset)) await session.query(statement);
    return loaded;
  });
}

/** How many rows each table holds; 0 where there is no table yet. */
export async function tableCounts(warehouse: Warehouse, datasets: readonly Dataset[]): Promise<Record<string, number>> {
  const existing = new Set((await warehouse.query<sql.ExistingColumn>(sql.existingColumns())).map((column) => column.table_name));
  const counts: Record<string, number> = {};
  for (const dataset of datasets) {
    const rows = existing.has(dataset.name) ? await warehouse.query<{ row_count: number }>(sql.countRows(dataset)) : [];
    counts[dataset.name] = rows[0]?.row_count ?? 0;
  }
  return counts;
}

/** Drops the tables of data sets (`--fresh`), and our views of them. Fails, and drops none, when something of the user's hangs on one, such as a view. */
export async function reset(warehouse: Warehouse, datasets: readonly Dataset[]): Promise<void> {
  await warehouse
    .transaction(async (session) => {
      for (const view of VIEWS) await session.query(dropView(view));
      for (const dataset of datasets) await session.query(sql.dropTable(dataset));
    })
    .catch((error: unknown) => {
      const { code, detail = '' } = error as { code?: string; detail?: string };
      if (code !== DEPENDED_ON) throw error;
      const found = detail.replaceAll('\n', '; ');
      throw new UsageError(
        `tables to drop must have nothing of yours that depends on them, got ${found}: drop that first, or leave --fresh out`,
      );
    });
}

/** Copies a data set's exports into its staging table, and checks what a primary key would. */
async function stage(session: Session, dataset: Dataset, folder: string, onRows: (rows: number) => void): Promise<number> {
  const columns = dataset.fields.map((field) => field.name);
  await session.query(sql.createStaging(dataset));
  let rows = 0;
  for (const file of await exportedFiles(folder)) {
    const copied = await session.copy(quoted(sql.stagingTable(dataset)), columns, readCsv(file)).catch((error: unknown) => {
      throw copyError(dataset, file, error);
    });
    rows += copied;
    onRows(copied);
  }
  const [row] = await session.query<{ duplicates: number }>(sql.duplicateKeys(dataset));
  if (row!.duplicates > 0) {
    throw new Error(`rows of ${dataset.name} must be unique by ${dataset.key.join(', ')}, got ${row!.duplicates} keys more than once`);
  }
  return rows;
}

/** The server's words, and the place they are about: `COPY staging_x, line 3, column y: "z"` is its context. */
function copyError({ name }: Dataset, file: string, error: unknown): Error {
  const { message, where } = error as { message: string; where?: string };
  const place = where?.match(/line \d+(, column [^:]+)?/)?.[0];
  const exported = path.join(path.basename(path.dirname(file)), path.basename(file));
  return new Error(`exports of ${name} must be loaded whole, got ${message} (${[exported, place].filter(Boolean).join(', ')})`, {
    cause: error,
  });
}
