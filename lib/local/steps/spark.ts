import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sparkArguments, type SparkStep } from '../../pipelines/pipeline.ts';
import { addResult, type SparkStepResult } from '../../pipelines/step-result.ts';
import { resultNote } from '../../cli/step-result.ts';
import { logFile, type OnProgress, type StepOutcome } from '../../cli/tasks.ts';
import type { RunContext } from '../context.ts';
import { sparkSubmit } from '../spark.ts';

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
  const result = JSON.parse(await readFile(resultFile, 'utf8')) as SparkStepResult;
  addResult(context.summary, step.name, result);
  return { rowsIn: result.rowsIn, rowsOut: result.rowsOut, ...resultNote(result) };
}
