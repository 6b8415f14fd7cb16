import { UsageError } from '../../cli/failures.ts';
import { partitionAndOffset } from '../../cli/offsets.ts';
import { readableFile } from '../../cli/readable-file.ts';
import { assessments } from '../../pipelines/assessments.ts';
import { generatedAttempts } from '../generated-attempts.ts';
import type { Home } from '../home.ts';
import { runPipeline } from '../run.ts';

export interface RunAssessmentsOptions {
  /** Files of attempts: JSON lines, or one JSON array. */
  readonly attempts?: readonly string[];
  /** Where to read again from and up to, `OFFSET` or `PARTITION:OFFSET` each. */
  readonly fromOffset?: readonly string[];
  readonly toOffset?: readonly string[];
  readonly skipMissing?: boolean;
  /** Attempts to generate where no file is named, and nothing of the topic is asked for. */
  readonly rows: number;
  readonly seed: number;
  readonly warehouse?: string;
  readonly fresh?: boolean;
}

/**
 * Runs the assessments pipeline on files of attempts, or on generated ones.
 * @returns path of the report
 */
export async function runAssessments(home: Home, options: RunAssessmentsOptions, signal: AbortSignal): Promise<string> {
  const { rows, seed, warehouse, fresh = false, fromOffset, toOffset, skipMissing } = options;
  checkRanges(fromOffset, toOffset);
  const files = options.attempts && (await Promise.all(options.attempts.map((file) => readableFile('--attempts', file))));
  return runPipeline({
    home,
    pipeline: assessments,
    parameters: () => ({
      ...(fromOffset && { fromOffset: fromOffset.join(',') }),
      ...(toOffset && { toOffset: toOffset.join(',') }),
      ...(skipMissing && { skipMissing: 'yes' }),
    }),
    inputs: (made) => ({ attempts: files ?? (made ? [made.attempts] : []) }),
    signal,
    fresh,
    ...(warehouse !== undefined ? { warehouseUrl: warehouse } : {}),
    // Whoever asks for what the topic has wants nothing made up beside it.
    ...(files || fromOffset || toOffset || skipMissing ? {} : { generate: generatedAttempts({ rows, seed }) }),
  });
}

/** @throws UsageError where a range would be empty */
function checkRanges(from: readonly string[] = [], to: readonly string[] = []): void {
  const ends = new Map(to.map(partitionAndOffset));
  for (const [partition, start] of from.map(partitionAndOffset)) {
    const end = ends.get(partition);
    if (end !== undefined && start >= end) throw new UsageError(`--from-offset must be before --to-offset, got ${start} and ${end}`);
  }
}
