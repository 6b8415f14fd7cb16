import type { Dataset } from '../../lib/contracts/dataset.ts';
import {
  createJournal,
  createLoader,
  existingLoader,
  grantLoader,
  grantReaders,
  hashOf,
  migrations,
  readJournal,
  writeJournal,
  type JournalEntry,
  type MigrationTarget,
} from '../../lib/warehouse/migrations.ts';
import { createSchema, existingColumns, tableChanges, type ExistingColumn } from '../../lib/warehouse/statements.ts';
import { MOST_STATEMENTS, type DataApi } from '../shared/redshift.ts';

/** Brings the schema up to the contracts and the migrations. Every part can be run again: after a failure the next deployment goes on. */
export async function migrate(warehouse: DataApi, datasets: readonly Dataset[], target: MigrationTarget): Promise<void> {
  await warehouse.transaction([createSchema(), createJournal()]);
  await makeTables(warehouse, datasets);
  await applyMigrations(warehouse, target);
  // Each time: what was made is to be read, too.
  if ((await warehouse.query(existingLoader())).length === 0) await warehouse.query(createLoader());
  await inTransactions(warehouse, [...grantReaders(), ...datasets.flatMap(grantLoader)]);
}

async function makeTables(warehouse: DataApi, datasets: readonly Dataset[]): Promise<void> {
  const existing = await warehouse.query<ExistingColumn>(existingColumns());
  await inTransactions(
    warehouse,
    datasets.flatMap((dataset) => tableChanges('redshift', dataset, existing)),
  );
}

async function applyMigrations(warehouse: DataApi, target: MigrationTarget): Promise<void> {
  const journal = await warehouse.query<JournalEntry>(readJournal());
  const applied = new Map(journal.map(({ name, text_hash }) => [name, text_hash]));
  for (const migration of migrations(target)) {
    if (applied.get(migration.name) === hashOf(migration)) continue;
    if (migration.inTransaction) await warehouse.transaction(migration.statements);
    else for (const statement of migration.statements) await warehouse.query(statement);
    await warehouse.transaction(writeJournal(migration));
  }
}

/** As few transactions as the Data API allows: each is a round trip of a second or more. */
async function inTransactions(warehouse: DataApi, statements: readonly string[]): Promise<void> {
  for (let first = 0; first < statements.length; first += MOST_STATEMENTS) {
    await warehouse.transaction(statements.slice(first, first + MOST_STATEMENTS));
  }
}
