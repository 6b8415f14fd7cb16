import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderChurnReport } from '../../report/churn.tsx';
import { fetchChurnData } from '../../report/churn-data.ts';
import type { Evaluation } from '../../report/evaluation.ts';
import type { StepOutcome } from '../../cli/tasks.ts';
import type { RunContext } from '../context.ts';

/** Writes the run's report from what the warehouse holds and from the evaluation of the model that made the scores. */
export async function runReportStep<Parameters>(context: RunContext<Parameters>): Promise<StepOutcome> {
  const { summary, rejects, endpoints, runFolder } = context;
  const warehouse = await fetchChurnData(await context.warehouse());
  const { scores } = warehouse;
  const evaluation = scores && (await readEvaluation(endpoints.models, scores.modelVersion));
  const seconds = (Date.now() - Date.parse(summary.startedAt)) / 1000;
  const path = join(runFolder, 'report.html');
  await writeFile(path, renderChurnReport({ run: { ...summary, seconds }, rejects, warehouse, evaluation }));
  summary.report = path;
  return { rowsIn: warehouse.activity.length + (scores?.scored ?? 0), rowsOut: 0 };
}

/** Null where the model's files are gone; its scores may still be in the warehouse. */
async function readEvaluation(models: string, version: string): Promise<Evaluation | null> {
  const text = await readFile(join(models, version, 'evaluation.json'), 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as Evaluation);
}
