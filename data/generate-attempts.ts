import { attemptLines } from './attempts.ts';
import { LineFile } from './line-file.ts';
import { requireFileName, requireInteger } from './options.ts';

export const DEFAULT_ATTEMPTS = 2_000;

export interface GenerateAttemptsOptions {
  /** Attempts to write; some are delivered twice, so that there are a few more. */
  readonly rows: number;
  /** Same seed and options, same bytes. 0 to 4294967295. */
  readonly seed: number;
  /** File of JSON lines, ending in .jsonl or .jsonl.gz (then it is gzip). Its folder must exist. */
  readonly out: string;
  readonly onProgress?: (attempts: number) => void;
  /** Stops the work; no file is left. */
  readonly signal?: AbortSignal;
}

/**
 * Writes attempts at invented exams as an app publishes them. The file appears when it is complete.
 * @returns the number of lines
 * @throws OptionError; the signal's reason when aborted
 */
export async function generateAttempts({ rows, seed, out, onProgress, signal }: GenerateAttemptsOptions): Promise<number> {
  requireInteger('rows', rows, 1, 10_000_000);
  requireInteger('seed', seed, 0, 2 ** 32 - 1);
  requireFileName('attempts', out);
  const file = new LineFile(out);
  try {
    let written = 0;
    let lines = 0;
    for (const { line, attempts } of attemptLines(seed, rows)) {
      signal?.throwIfAborted();
      await file.write(line);
      lines++;
      written += attempts;
      if (attempts > 0) onProgress?.(written);
    }
    await file.finish();
    await file.publish();
    return lines;
  } catch (error) {
    await file.discard();
    throw error;
  }
}
