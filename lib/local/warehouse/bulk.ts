import { quoted } from '../../contracts/render/ddl.ts';
import { SCHEMA, bulkSettings, roughStatistics, staleStatistics } from '../../warehouse/statements.ts';
import type { Session, Warehouse } from '../warehouse.ts';

/** Of each warehouse the last refresh: what runs side by side would else look at the same tables, each for itself. */
const refreshes = new WeakMap<Warehouse, Promise<void>>();

/** A transaction over whole tables. */
export async function bulkTransaction<T>(warehouse: Warehouse, work: (session: Session) => Promise<T>): Promise<T> {
  const before = refreshes.get(warehouse)?.catch(() => {}); // whoever asked for it was told
  const refresh = Promise.resolve(before).then(() => refreshStatistics(warehouse));
  refreshes.set(warehouse, refresh);
  await refresh;
  return warehouse.transaction(async (session) => {
    await session.query(bulkSettings());
    return work(session);
  });
}

/**
 * Tells the planner of rows that have just come. PostgreSQL does so by itself, but a minute too late, and PGlite never does: of a table that
 * it knows nothing of the planner expects a few rows, and a join that compares each with each takes hours for a million.
 */
async function refreshStatistics(warehouse: Warehouse): Promise<void> {
  const tables = await warehouse.query<{ table_name: string; is_work: boolean }>(staleStatistics());
  for (const { table_name: name, is_work: isWork } of tables) {
    await warehouse.transaction(async (session) => {
      if (isWork) await session.query(roughStatistics());
      await session.query(`ANALYZE ${SCHEMA}.${quoted(name)}`);
    });
  }
}
