import { quoted } from '../../contracts/render/ddl.ts';
import { SCHEMA, bulkSettings, staleStatistics } from '../../warehouse/statements.ts';
import type { Session, Warehouse } from '../warehouse.ts';

/** A transaction over whole tables. */
export async function bulkTransaction<T>(warehouse: Warehouse, work: (session: Session) => Promise<T>): Promise<T> {
  await refreshStatistics(warehouse);
  return warehouse.transaction(async (session) => {
    await session.query(bulkSettings());
    return work(session);
  });
}

/**
 * Tells the planner of rows that have just come. PostgreSQL does so by itself, but a minute too late, and PGlite never does: of a table that
 * it knows nothing of the planner expects a few rows, and a join that compares each with each takes hours for a million.
 */
async function refreshStatistics(session: Session): Promise<void> {
  const tables = await session.query<{ table_name: string }>(staleStatistics());
  for (const { table_name: name } of tables) await session.query(`ANALYZE ${SCHEMA}.${quoted(name)}`);
}
