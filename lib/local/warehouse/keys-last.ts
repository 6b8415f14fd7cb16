import type { Dataset } from '../../contracts/dataset.ts';
import { quoted } from '../../contracts/render/ddl.ts';
import { keysOfEmptyTables, SCHEMA } from '../../warehouse/statements.ts';
import type { Session } from '../warehouse.ts';

/**
 * Fills tables in a transaction. The primary keys of those that are empty are put aside meanwhile: to make one of all rows at once takes a
 * fifth of the time that it takes to keep it with each row. A key that the rows do not have fails the work, as it would otherwise.
 * @param work Gets the names of the tables that have no key meanwhile: they are empty, and nobody else can write to them
 */
export async function keysLast(
  session: Session,
  datasets: readonly Dataset[],
  work: (keyless: readonly string[]) => Promise<void>,
): Promise<void> {
  const keys = datasets.length === 0 ? [] : await session.query<Key>(keysOfEmptyTables(datasets));
  for (const { table_name: table, key_name: key } of keys) await session.query(`${alter(table)} DROP CONSTRAINT ${quoted(key)}`);
  await work(keys.map(({ table_name: table }) => table));
  for (const { table_name: table, key_name: key, definition } of keys) {
    await session.query(`${alter(table)} ADD CONSTRAINT ${quoted(key)} ${definition}`);
  }
}

interface Key {
  readonly table_name: string;
  readonly key_name: string;
  /** As SQL defines it: `PRIMARY KEY (song_id)`. */
  readonly definition: string;
}

const alter = (table: string) => `ALTER TABLE ${SCHEMA}.${quoted(table)}`;
