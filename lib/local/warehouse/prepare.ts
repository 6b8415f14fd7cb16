import { PIPELINES } from '../../pipelines/index.ts';
import * as sql from '../../warehouse/statements.ts';
import { VIEWS, viewStatements } from '../../warehouse/views.ts';
import type { Dataset } from '../../contracts/dataset.ts';
import type { Session, Warehouse } from '../warehouse.ts';

/** Any number that no other program is likely to take: loads and preparations wait for each other, readers do not. */
const CHANGE_LOCK = 7_455_724_733;

/** Makes what pipelines work on and readers read: the schema, all tables with the columns their contracts have by now, and the views. */
export async function prepareWarehouse(warehouse: Warehouse): Promise<void> {
  const pipelines: readonly { tables: readonly Dataset[]; workTables?: readonly Dataset[] }[] = PIPELINES;
  await warehouse.transaction(async (session) => {
    await lockChanges(session);
    await prepareTables(
      session,
      pipelines.flatMap(({ tables, workTables = [] }) => [...tables, ...workTables]),
    );
    for (const statement of VIEWS.flatMap((view) => viewStatements('postgresql', view))) await session.query(statement);
  });
}

/** Until the end of the transaction nobody else changes tables. */
export async function lockChanges(session: Session): Promise<void> {
  await session.query('SELECT pg_advisory_xact_lock($1)', [CHANGE_LOCK]);
}

/** Makes the tables of data sets, and the columns that they lack. */
export async function prepareTables(session: Session, datasets: readonly Dataset[]): Promise<void> {
  // Asked first: the query also brings the session's view of the catalog up to what the load before it, that it may have waited for, made.
  const existing = await session.query<sql.ExistingColumn>(sql.existingColumns());
  await session.query(sql.createSchema());
  for (const dataset of datasets) {
    for (const statement of sql.tableChanges('postgresql', dataset, existing)) await session.query(statement);
  }
}
