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
  /** Attempts to generate where no file is named. */
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
  const files = options.attempts && (await Promise.all(options.attempts.map((file) => readableFile('--attempts', file))));
  return runPipeline({
    home,
    pipeline: assessments,
    parameters: () => ({
      ...(fromOffset && { fromOffset: fromOffset.join(',') }),
      ...(toOffset && { toOffset: toOffset.join(',') }),
      ...(skipMissing && { skipMissing: 'yes' }),
    }),
    inputs: (made) => ({ attempts: files ?? [made!.attempts] }),
    signal,
    fresh,
    ...(warehouse ? { warehouseUrl: warehouse } : {}),
    ...(files ? {} : { generate: generatedAttempts({ rows, seed }) }),
  });
}
