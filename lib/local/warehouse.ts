import type { Readable } from 'node:stream';
import { openPglite } from './warehouse/pglite.ts';
import { openPostgresql } from './warehouse/postgresql.ts';

export { loadTables, reset, tableCounts, type LoadProgress } from './warehouse/load.ts';

/**
 * A value of a row. A `bigint` is a number up to ±2^53 and text beyond (JSON has no larger numbers), a `numeric` is text,
 * a `timestamp with time zone` a Date, a `date` text as `YYYY-MM-DD`, a `timestamp` without zone text.
 */
export type Row = Record<string, unknown>;

/** Runs statements, in a transaction or each on its own. */
export interface Session {
  /** Runs one statement; `$1`, `$2`, … stand for the values of `params`. */
  query<R = Row>(sql: string, params?: readonly unknown[]): Promise<R[]>;
  /**
   * Runs one statement that changes rows.
   * @returns how many it inserted, updated, deleted or merged
   */
  execute(sql: string): Promise<number>;
  /**
   * Copies CSV with a header line (docs/architecture.md, exports) into a table, given as SQL takes its name.
   * The header must be exactly `columns`, in their order. An error tells the line and the column.
   * @returns the number of rows
   */
  copy(table: string, columns: readonly string[], csv: Readable): Promise<number>;
}

/**
 * An SQL database. Transactions and statements may be sent side by side: a server runs them so, PGlite one after the other. Within a
 * transaction's work everything goes through its session: PGlite would wait for ever for a statement sent beside it.
 */
export interface Warehouse extends Session {
  readonly engine: 'pglite' | 'postgresql';
  /** The server's version, such as `17.6`. */
  readonly version: string;
  /** Commits what `work` did on its session, or nothing of it when it fails. */
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface WarehouseOptions {
  /**
   * A PostgreSQL server's connection URL, TLS as its `sslmode` says.
   * @default - PGlite, PostgreSQL in this process, with its files in `<dataDir>/warehouse`
   */
  readonly url?: string | undefined;
  /** Folder of the one-machine runtime's data. */
  readonly dataDir: string;
}

/** Opens the warehouse. Fails with one line, that never holds a password, when it cannot be reached or another process has it open. */
export function openWarehouse({ url, dataDir }: WarehouseOptions): Promise<Warehouse> {
  return url === undefined ? openPglite(dataDir) : openPostgresql(url);
}
