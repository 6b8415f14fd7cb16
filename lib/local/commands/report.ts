import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import open from 'open';
import { UsageError } from '../failures.ts';
import type { Home } from '../home.ts';
import type { Summary } from '../summary.ts';

/** Path of the last run's report. */
export async function lastReport(home: Home): Promise<string> {
  const text = await readFile(join(home.runs(), 'latest', 'summary.json'), 'utf8').catch(() => undefined);
  if (text === undefined) throw new UsageError('report must have been made by a run, got no run yet: run `millrace run churn` first');
  const { report, failed } = JSON.parse(text) as Summary;
  if (!report)
    throw new UsageError(`the last run must have come to its report, got a failure in ${failed?.step ?? 'an earlier step'}: run again`);
  return report;
}

/** Shows a report in the browser where there is one; a machine without a screen just has the path printed. */
export async function showReport(path: string): Promise<void> {
  const screen = process.platform !== 'linux' || process.env['DISPLAY'] !== undefined || process.env['WAYLAND_DISPLAY'] !== undefined;
  if (!process.stdout.isTTY || !screen) return;
  // A browser that does not come up is no failure: the path is printed.
  await open(path).catch(() => undefined);
}
