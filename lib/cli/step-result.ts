import { formatted } from './progress.ts';

/** What of a Spark step's result is told beside the rows. */
interface Notable {
  readonly quarantined?: number;
  readonly duplicates?: number;
  readonly skipped?: string;
}

/** What stands beside the step's line. */
export function resultNote({ skipped, quarantined, duplicates }: Notable): { note?: string } {
  const parts = [
    skipped && `skipped: ${skipped}`,
    duplicates && `${formatted(duplicates)} were there already`,
    quarantined && `${formatted(quarantined)} quarantined`,
  ].filter(Boolean);
  return parts.length > 0 ? { note: parts.join(', ') } : {};
}
