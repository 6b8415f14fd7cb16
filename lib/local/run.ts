import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startBroker, ensureTopics } from './broker.ts';
import { localEndpoints, writeContracts } from './endpoints.ts';
import { Interrupted, StepFailure } from '../cli/failures.ts';
import { generated, type GenerateInput } from './generated.ts';
import { CHECKOUT, type Home } from './home.ts';
import { endLeftOvers } from './leftovers.ts';
import { takeLock } from './lock.ts';
import { Resources } from './resources.ts';
import { runTasks, type OnProgress, type Task } from '../cli/tasks.ts';
import type { RunContext } from './context.ts';
import { runLoadStep } from './steps/load.ts';
import { runReplayStep } from './steps/replay.ts';
import { runCheckStep } from './steps/check.ts';
import { runReportStep } from './steps/report.ts';
import { runSqlStep } from './steps/sql.ts';
import { runStageStep } from './steps/stage.ts';
import { runSparkStep } from './steps/spark.ts';
import { emptySummary, writeSummary, type Summary } from './summary.ts';
import { openWarehouse, reset, type Warehouse } from './warehouse.ts';
import { stepsOf, type Pipeline, type Step } from '../pipelines/pipeline.ts';

export interface PipelineRun<Parameters> {
  readonly home: Home;
  readonly pipeline: Pipeline<Parameters>;
  /** The pipeline's parameters; `truth` is where generated events' true probabilities are. */
  readonly parameters: (truth?: string) => Parameters;
  /** Event files, or what to generate. */
  readonly input: readonly string[] | GenerateInput;
  /** Forget what earlier runs derived. */
  readonly fresh: boolean;
  readonly warehouseUrl?: string;
  readonly signal: AbortSignal;
}

/**
 * Runs a pipeline whole on this machine: starts the broker, runs the steps, leaves a summary, and stops what it started.
 * @returns path of the report
 * @throws StepFailure when a step fails, Interrupted when told to stop; the summary is written all the same
 */
export async function runPipeline<Parameters>(run: PipelineRun<Parameters>): Promise<string> {
  const { home, pipeline, signal } = run;
  const startedAt = new Date();
  const summary = emptySummary(pipeline.name, describe(run.input), startedAt);
  const resources = new Resources();
  resources.add('lock', await takeLock(home.lock()));
  const runFolder = join(home.runs(), `${startedAt.toISOString().replaceAll(':', '-').replace('Z', '')}-${pipeline.name}`);
  const logs = join(runFolder, 'logs');
  await mkdir(logs, { recursive: true });
  try {
    await endLeftOvers(home);
    const warehouse = lazyWarehouse(run, resources);
    // A server that cannot be reached is told at once: not when all else is done, and not when --fresh has removed everything.
    if (run.warehouseUrl) await warehouse();
    if (run.fresh) await forget(run, warehouse);
    await runTasks(tasks(run, runFolder, summary, resources, warehouse), { signal, logs, onDone: (step) => summary.steps.push(step) });
  } catch (error) {
    if (error instanceof StepFailure) summary.failed = { step: error.step, reason: error.reason, ...(error.log ? { log: error.log } : {}) };
    if (error instanceof Interrupted) summary.stopped = true;
    throw error;
  } finally {
    await resources.close();
    summary.seconds = (Date.now() - startedAt.getTime()) / 1000;
    await writeSummary(runFolder, summary);
  }
  if (!summary.report) throw new Error(`${pipeline.name} must end with a report step, got none`);
  console.log(`\nReport:  ${summary.report}\nSummary: ${join(runFolder, 'summary.json')}   (${summary.seconds.toFixed(0)} s)`);
  return summary.report;
}

/** The events, the broker, and then the pipeline's own steps. */
function tasks<Parameters>(
  run: PipelineRun<Parameters>,
  runFolder: string,
  summary: Summary,
  resources: Resources,
  warehouse: () => Promise<Warehouse>,
): Task[] {
  const { home, pipeline, signal, input } = run;
  // Known once the tasks before it have run.
  let files: readonly string[] = [];
  let truth: string | undefined;
  let context: RunContext<Parameters>;

  const generate: Task = {
    name: 'generate',
    title: 'Generate events',
    run: async (onProgress) => {
      const made = await generated(home, input as GenerateInput, signal, onProgress);
      ({ truth } = made);
      files = [made.events];
      return { rowsIn: 0, rowsOut: made.count, ...(made.reused ? { note: 'from an earlier run' } : {}) };
    },
  };
  const broker: Task = {
    name: 'broker',
    title: 'Start Kafka',
    run: async () => {
      const started = await startBroker({ dataDir: home.root, jars: join(CHECKOUT, '.jars/kafka'), signal });
      resources.add('Kafka', () => started.stop());
      await ensureTopics(started.bootstrap, pipeline.topics);
      await writeContracts(home);
      const endpoints = localEndpoints(home, started.bootstrap);
      const parameters = run.parameters(truth);
      context = {
        pipeline,
        parameters,
        home,
        runFolder,
        endpoints,
        inputs: { events: files },
        signal,
        summary,
        rejects: [],
        warehouse,
      };
      return { rowsIn: 0, rowsOut: 0, note: started.bootstrap };
    },
  };
  const steps = stepsOf(pipeline).map((step): Task => ({
    name: step.name,
    title: step.title,
    run: (onProgress) => runStep(context, step, onProgress),
  }));
  if (isGenerateInput(input)) return [generate, broker, ...steps];
  files = input;
  return [broker, ...steps];
}

function runStep<Parameters>(context: RunContext<Parameters>, step: Step<Parameters>, onProgress: OnProgress) {
  switch (step.kind) {
    case 'replay':
      return runReplayStep(context, step, onProgress);
    case 'spark':
      return runSparkStep(context, step, onProgress);
    case 'load':
      return runLoadStep(context, onProgress);
    case 'stage':
      return runStageStep(context, step, onProgress);
    case 'sql':
      return runSqlStep(context, step);
    case 'check':
      return runCheckStep(context, step);
    case 'report':
      return runReportStep(context);
  }
}

/** Opens the warehouse when it is first asked for; it is closed with the run. */
function lazyWarehouse<P>({ home, warehouseUrl }: PipelineRun<P>, resources: Resources): () => Promise<Warehouse> {
  let opened: Promise<Warehouse> | undefined;
  return () => {
    opened ??= openWarehouse({ url: warehouseUrl, dataDir: home.root }).then((warehouse) => {
      resources.add('warehouse', () => warehouse.close());
      return warehouse;
    });
    return opened;
  };
}

async function forget<P>({ home, pipeline, warehouseUrl }: PipelineRun<P>, warehouse: () => Promise<Warehouse>): Promise<void> {
  if (warehouseUrl) await reset(await warehouse(), pipeline.tables);
  for (const folder of home.derived()) await rm(folder, { recursive: true, force: true });
}

function isGenerateInput(input: readonly string[] | GenerateInput): input is GenerateInput {
  return !Array.isArray(input);
}

function describe(input: readonly string[] | GenerateInput): string[] {
  return isGenerateInput(input) ? [`generated: ${input.users} users, ${input.days} days, seed ${input.seed}`] : [...input];
}
