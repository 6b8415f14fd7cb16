import type { Dataset } from '../contracts/dataset.ts';

/** Table that a derived table's new and changed rows are made in, before they are published. */
export function nextTable(dataset: Dataset): Dataset {
  return { ...dataset, name: `next_${dataset.name}`, description: `Rows of ${dataset.name} to be published`, checks: [] };
}

/** Makes the rows of a derived table that follow from files not published yet, in its next table. To be run in one transaction. */
export function buildStatements(_dataset: Dataset): string[] {
  return ['SELECT 1'];
}

/** Rows of `FailedCheck` (lib/pipelines): what would be wrong with the tables if the next rows were published. */
export function checkQuery(_datasets: readonly Dataset[]): string {
  return 'SELECT 1 AS one WHERE false';
}

/** Publishes the next rows of all tables, and marks their files. To be run in one transaction. */
export function publishStatements(_datasets: readonly Dataset[]): string[] {
  return ['SELECT 1'];
}
