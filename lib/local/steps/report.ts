import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StepOutcome } from '../../cli/tasks.ts';
import { reportOf } from '../../report/index.ts';
import type { RunContext } from '../context.ts';
import { tableCounts } from '../warehouse.ts';

/** Writes the run's report from what the warehouse holds and what the run's steps have said. */
export async function runReportStep<Parameters>(context: RunContext<Parameters>): Promise<StepOutcome> {
  const { pipeline, summary, rejects, endpoints, runFolder } = context;
  const report = reportOf(pipeline.name);
  const warehouse = await context.warehouse();
  summary.warehouse ??= { engine: `${warehouse.engine} ${warehouse.version}`, tables: await tableCounts(warehouse, pipeline.tables) };
  const seconds = (Date.now() - Date.parse(summary.startedAt)) / 1000;
  const readModel = (path: string) => readFile(join(endpoints.models, path), 'utf8').catch(() => null);
  const { html, rows } = await report({ run: { ...summary, seconds }, rejects, warehouse, readModel });
  const path = join(runFolder, 'report.html');
  await writeFile(path, html);
  summary.report = path;
  return { rowsIn: rows, rowsOut: 0 };
}
