import type { LandedCounts, StagedCounts } from '../pipelines/step-result.ts';
import { formatted } from './progress.ts';

/** Characters of a rejected record's reason that a step's line has room for. */
const MAX_SHOWN = 160;

/** What of a Spark step's result is told beside the rows. */
interface Notable {
  readonly quarantined?: number;
  readonly duplicates?: number;
  readonly skipped?: string;
  readonly landed?: LandedCounts;
}

/** What stands beside the step's line. */
export function resultNote({ skipped, quarantined, duplicates, landed }: Notable): { note?: string } {
  const parts = [
    ...(landed ? landedNotes(landed) : []),
    skipped && `skipped: ${skipped}`,
    duplicates && `${formatted(duplicates)} were there already`,
    quarantined && `${formatted(quarantined)} quarantined`,
  ].filter(Boolean);
  return parts.length > 0 ? { note: parts.join(', ') } : {};
}

function landedNotes({ new: fresh, before, again, quarantined, skipped }: LandedCounts): (string | false)[] {
  return [
    `${formatted(fresh)} new ${fresh === 1 ? 'message' : 'messages'}, ${formatted(before)} landed before`,
    again > 0 && `${formatted(again)} read again`,
    quarantined > 0 && `${formatted(quarantined)} quarantined`,
    skipped.length > 0 && `${formatted(skipped.length)} ${skipped.length === 1 ? 'gap' : 'gaps'} skipped`,
  ];
}

/** The same of files that were staged. */
export function stagedNote({ files, alreadyStaged, rejected, duplicateFiles, otherFiles, rejects }: StagedCounts): { note: string } {
  const leftOut = duplicateFiles.length + otherFiles.length;
  const notes = [
    `${filesOf(files)} new`,
    alreadyStaged > 0 && `${filesOf(alreadyStaged)} staged before`,
    rejected > 0 && `${formatted(rejected)} rejected${firstOf(rejects)}`,
    leftOut > 0 && `${filesOf(leftOut)} left out`,
  ];
  return { note: notes.filter(Boolean).join(', ') };
}

/** The first tells whether they are the wrong files altogether. It quotes what was read, so nothing of it may steer the terminal. */
function firstOf([first]: StagedCounts['rejects']): string {
  if (!first) return '';
  const told = `${first.source} line ${first.line}: ${first.reason}`.replaceAll(/\p{Cc}+/gu, ' ');
  return ` (${told.length > MAX_SHOWN ? `${told.slice(0, MAX_SHOWN)}…` : told})`;
}

export function filesOf(count: number): string {
  return `${formatted(count)} ${count === 1 ? 'file' : 'files'}`;
}
