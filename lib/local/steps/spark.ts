import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sparkArguments, type SparkStep } from '../../pipelines/pipeline.ts';
import { resultNote, type SparkStepResult } from '../../cli/step-result.ts';
import { logFile, type OnProgress, type StepOutcome } from '../../cli/tasks.ts';
import type { RunContext } from '../context.ts';
import { sparkSubmit } from '../spark.ts';
import type { ModelSummary } from '../summary.ts';

/** What the result files of single steps hold besides. */
interface StepResult extends SparkStepResult {
  readonly model?: ModelSummary;
}

/** Runs a Spark step, and takes what it says of events and model into the run's summary. */
export async function runSparkStep<Parameters>(
  context: RunContext<Parameters>,
  step: SparkStep<Parameters>,
  onProgress: OnProgress,
): Promise<StepOutcome> {
  const results = join(context.runFolder, 'results');
  await mkdir(results, { recursive: true });
  const resultFile = join(results, `${step.name}.json`);
  await sparkSubmit({
    home: context.home,
    script: step.script,
    arguments: sparkArguments(step.arguments(context.endpoints, context.parameters), resultFile),
    conf: step.conf,
    log: logFile(join(context.runFolder, 'logs'), step.name),
    signal: context.signal,
    onProgress,
  });
  const result = JSON.parse(await readFile(resultFile, 'utf8')) as StepResult;
  const { events } = context.summary;
  events.ingested += result.ingested ?? 0;
  events.quarantined += result.quarantined ?? 0;
  events.duplicates += result.duplicates ?? 0;
  if (step.name === 'train') context.summary.model = result.model ?? { skipped: result.skipped ?? 'the step gave no reason' };
  return { rowsIn: result.rowsIn, rowsOut: result.rowsOut, ...resultNote(result) };
}
