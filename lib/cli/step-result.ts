import type { StagedCounts } from '../pipelines/step-result.ts';
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

/** The same of files that were staged. */
export function stagedNote({ files, alreadyStaged, rejected, duplicateFiles, otherFiles }: StagedCounts): { note: string } {
  const leftOut = duplicateFiles.length + otherFiles.length;
  const notes = [
    `${filesOf(files)} new`,
    alreadyStaged > 0 && `${filesOf(alreadyStaged)} staged before`,
    rejected > 0 && `${formatted(rejected)} rejected`,
    leftOut > 0 && `${filesOf(leftOut)} left out`,
  ];
  return { note: notes.filter(Boolean).join(', ') };
}

export function filesOf(count: number): string {
  return `${formatted(count)} ${count === 1 ? 'file' : 'files'}`;
}
