import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../../cli/failures.ts';
import type { Home } from '../home.ts';
import type { Summary } from '../summary.ts';

/**
 * Path of the newest report there is; a run that failed or was stopped after it does not hide it.
 * @param pipeline Whose. @default - any pipeline's
 */
export async function lastReport(home: Home, pipeline?: string): Promise<string> {
  const runs = await readdir(home.runs()).catch(() => []);
  const newestFirst = runs
    .filter((name) => name !== 'latest' && (pipeline === undefined || name.endsWith(`-${pipeline}`)))
    .sort()
    .reverse();
  for (const run of newestFirst) {
    const text = await readFile(join(home.runs(), run, 'summary.json'), 'utf8').catch(() => 'null');
    const summary = JSON.parse(text) as Summary | null;
    if (summary?.report) return summary.report;
  }
  const [newest] = newestFirst;
  if (newest === undefined)
    throw new UsageError(`report must have been made by a run, got no run yet: run \`millrace run ${pipeline ?? 'churn'}\``);
  throw new UsageError(
    `report must have been made by a run, got none that came to its own: ${join(home.runs(), newest)} has the last one's logs`,
  );
}
