import { formatted } from './progress.ts';

/** What a Spark step says in its result file: the counts of rows that all have, and what some have besides. */
export interface SparkStepResult {
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly ingested?: number;
  readonly quarantined?: number;
  readonly duplicates?: number;
  /** Why the step had nothing to do. */
  readonly skipped?: string;
}

/** What stands beside the step's line. */
export function resultNote({ skipped, quarantined, duplicates }: SparkStepResult): { note?: string } {
  const parts = [
    skipped && `skipped: ${skipped}`,
    duplicates && `${formatted(duplicates)} were there already`,
    quarantined && `${formatted(quarantined)} quarantined`,
  ].filter(Boolean);
  return parts.length > 0 ? { note: parts.join(', ') } : {};
}
