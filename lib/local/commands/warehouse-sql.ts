import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../cli/failures.ts';
import { printRows, type RowFormat } from '../../cli/rows.ts';
import { SCHEMA } from '../../warehouse/statements.ts';
import type { Home } from '../home.ts';
import { openWarehouse, type Row, type Warehouse } from '../warehouse.ts';

export interface WarehouseSqlOptions {
  /** PostgreSQL server to ask. @default - the embedded warehouse */
  readonly url?: string;
  readonly format: RowFormat;
  readonly limit: number;
}

/** What PostgreSQL says where a read-only transaction is to write. */
const READ_ONLY_SQL_TRANSACTION = '25006';

/** Runs one statement on the warehouse and prints its rows. @throws UsageError where there is none, and for what {@link readRows} refuses */
export async function runLocalWarehouseSql(home: Home, statement: string, { url, format, limit }: WarehouseSqlOptions): Promise<void> {
  if (url === undefined && !existsSync(join(home.root, 'warehouse')))
    throw new UsageError('warehouse must hold tables, got none: run `millrace run songplays` or `millrace run churn` first');
  const warehouse = await openWarehouse({ url, dataDir: home.root });
  try {
    printRows(await readRows(warehouse, statement, limit + 1), { format, limit });
  } finally {
    await warehouse.close();
  }
}

/**
 * The first rows of a statement, run in a transaction that can only read. Tables and views may be named without their schema.
 * @param most Rows at most
 * @throws UsageError for a statement that writes or is wrong
 */
export async function readRows(warehouse: Warehouse, statement: string, most: number): Promise<Row[]> {
  return warehouse
    .transaction(async (session) => {
      await session.query('SET TRANSACTION READ ONLY');
      await session.query(`SET LOCAL search_path TO ${SCHEMA}, public`);
      await session.query('SAVEPOINT before_statement');
      try {
        // A cursor, so that a large result is not held in memory whole.
        await session.query(`DECLARE result NO SCROLL CURSOR FOR ${statement}`);
      } catch {
        // Not what a cursor takes, such as EXPLAIN and SHOW, or a mistake: run as it is, it gives its rows or the right message.
        await session.query('ROLLBACK TO SAVEPOINT before_statement');
        return (await session.query(statement)).slice(0, most);
      }
      return session.query(`FETCH ${most} FROM result`);
    })
    .catch((error: unknown) => {
      const { message, code } = error as { message: string; code?: string };
      const writes = code === READ_ONLY_SQL_TRANSACTION;
      throw new UsageError(writes ? `statement must only read the warehouse, got one that writes: ${message}` : message);
    });
}
