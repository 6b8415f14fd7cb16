import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startBroker, ensureTopics } from './broker.ts';
import { localEndpoints, writeContracts } from './endpoints.ts';
import { Interrupted, StepFailure } from '../cli/failures.ts';
import type { Generation } from './generated.ts';
import { CHECKOUT, type Home } from './home.ts';
import { endLeftOvers } from './leftovers.ts';
import { takeLock } from './lock.ts';
import { Resources } from './resources.ts';
import { RunWarehouse } from './run-warehouse.ts';
import { runTasks, type Task } from '../cli/tasks.ts';
import type { Inputs, RunContext } from './context.ts';
import type { LiveInput } from './live/input.ts';
import { runStep } from './steps/run-step.ts';
import { emptySummary, writeSummary, type Summary } from './summary.ts';
import type { Pipeline, Step } from '../pipelines/pipeline.ts';

export interface PipelineRun<Parameters, Made> {
  readonly home: Home;
  readonly pipeline: Pipeline<Parameters>;
  /** What to generate before the first step. @default - nothing: there are files */
  readonly generate?: Generation<Made>;
  /** Files and folders to read, by the name of the input. */
  readonly inputs: (made: Made | undefined) => Inputs;
  readonly parameters: (made: Made | undefined) => Parameters;
  /** What feeds the steps that are fed while they go on. @default - nothing does */
  readonly live?: LiveInput;
  /** Forget what earlier runs derived. */
  readonly fresh: boolean;
  readonly warehouseUrl?: string;
  readonly signal: AbortSignal;
}

/** What the steps of one run work in. */
interface Workplace {
  readonly runFolder: string;
  readonly summary: Summary;
  readonly resources: Resources;
  readonly warehouse: RunWarehouse;
}

/**
 * Runs a pipeline whole on this machine: starts the broker where it has topics, runs the steps, leaves a summary, and stops what it started.
 * @returns path of the report
 * @throws StepFailure when a step fails, Interrupted when told to stop; the summary is written all the same
 */
export async function runPipeline<Parameters, Made>(run: PipelineRun<Parameters, Made>): Promise<string> {
  const { home, pipeline, signal } = run;
  const startedAt = new Date();
  const summary = emptySummary(pipeline, described(run), startedAt);
  const resources = new Resources();
  resources.add('lock', await takeLock(home.lock()));
  const runFolder = join(home.runs(), `${startedAt.toISOString().replaceAll(':', '-').replace('Z', '')}-${pipeline.name}`);
  const logs = join(runFolder, 'logs');
  await mkdir(logs, { recursive: true });
  try {
    await endLeftOvers(home);
    const warehouse = new RunWarehouse(home, run.warehouseUrl, resources);
    await warehouse.check();
    if (run.fresh) await warehouse.forget();
    await writeContracts(home);
    const tasks = tasksOf(run, { runFolder, summary, resources, warehouse });
    await runTasks(tasks, { signal, logs, onDone: (step) => summary.steps.push(step) });
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

/** What the steps need (generated events, the broker), and then the pipeline's own steps. */
function tasksOf<Parameters, Made>(run: PipelineRun<Parameters, Made>, workplace: Workplace): (Task | Task[])[] {
  const { home, pipeline, signal } = run;
  const { resources } = workplace;
  // Known once the tasks before the steps have run.
  let made: Made | undefined;
  let brokers = '';

  const generate: Task = {
    name: 'generate',
    title: run.generate?.title ?? '',
    run: async (onProgress) => {
      const files = await run.generate!.make(home, signal, onProgress);
      made = files;
      return { rowsIn: 0, rowsOut: files.count, ...(files.reused ? { note: 'from an earlier run' } : {}) };
    },
  };
  const broker: Task = {
    name: 'broker',
    title: 'Start Kafka',
    run: async () => {
      const started = await startBroker({ dataDir: home.root, jars: join(CHECKOUT, '.jars/kafka'), signal });
      resources.add('Kafka', () => started.stop());
      await ensureTopics(started.bootstrap, pipeline.topics);
      brokers = started.bootstrap;
      return { rowsIn: 0, rowsOut: 0, note: brokers };
    },
  };
  let context: RunContext<Parameters> | undefined;
  const taskOf = (step: Step<Parameters>): Task => ({
    name: step.name,
    title: step.title,
    run: (onProgress) => runStep((context ??= contextOf(run, workplace, made, brokers)), step, onProgress),
  });
  const steps = pipeline.steps.map((step) => (isGroup(step) ? step.map(taskOf) : taskOf(step)));
  return [...(run.generate ? [generate] : []), ...(pipeline.topics.length > 0 ? [broker] : []), ...steps];
}

function contextOf<Parameters, Made>(
  { home, pipeline, parameters, inputs, live, signal }: PipelineRun<Parameters, Made>,
  { runFolder, summary, warehouse }: Workplace,
  made: Made | undefined,
  brokers: string,
): RunContext<Parameters> {
  return {
    pipeline,
    parameters: parameters(made),
    home,
    runFolder,
    endpoints: localEndpoints(home, brokers),
    inputs: inputs(made),
    ...(live && { live }),
    warehouse: () => warehouse.ready(),
    signal,
    summary,
    rejects: [],
  };
}

function isGroup<P>(step: Step<P> | readonly Step<P>[]): step is readonly Step<P>[] {
  return Array.isArray(step);
}

function described<P, M>({ generate, inputs }: PipelineRun<P, M>): string[] {
  if (generate) return [generate.described];
  return Object.values(inputs(undefined)).flat();
}
