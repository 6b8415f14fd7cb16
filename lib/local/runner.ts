import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Listr, type ListrRendererValue, type ListrTaskWrapper } from 'listr2';
import type { Endpoints, Pipeline } from '../pipelines/pipeline.ts';
import { Interrupted, StepFailure, UsageError } from './failures.ts';
import type { Home } from './home.ts';
import { doneLine, progressLine } from './progress.ts';
import type { Reject } from '../report/events.tsx';
import type { StepProgress } from './spark.ts';
import type { StepSummary, Summary } from './summary.ts';
import type { Warehouse } from './warehouse.ts';

/** Terminals that are not one (a log, CI) get a progress line at most this often. */
const PLAIN_INTERVAL_MS = 5_000;
const TERMINAL_INTERVAL_MS = 100;

/** What every step of a run can reach. Steps add to `summary`; the runner adds the step's own line. */
export interface RunContext<Parameters> {
  readonly pipeline: Pipeline<Parameters>;
  readonly parameters: Parameters;
  readonly home: Home;
  readonly runFolder: string;
  readonly endpoints: Endpoints;
  /** Event files to send. */
  readonly files: readonly string[];
  /** The warehouse, opened when a step first asks for it. */
  readonly warehouse: () => Promise<Warehouse>;
  readonly signal: AbortSignal;
  readonly summary: Summary;
  /** The first lines that were refused, for people; all of them are in the rejects topic. */
  readonly rejects: Reject[];
}

export interface StepOutcome {
  readonly rowsIn: number;
  readonly rowsOut: number;
  /** Said beside the step when it is done. */
  readonly note?: string;
}

export type OnProgress = (progress: StepProgress) => void;

/** A named piece of work that a line on the screen stands for. */
export interface Task {
  readonly name: string;
  readonly title: string;
  readonly run: (onProgress: OnProgress) => Promise<StepOutcome>;
}

export interface RunTasksOptions {
  readonly signal: AbortSignal;
  /** Folder of the tasks' logs. @default - tasks have none */
  readonly logs?: string;
  readonly onDone?: (done: StepSummary) => void;
}

/**
 * Runs tasks one after the other, a line on the screen each.
 * @throws StepFailure naming the task that failed; Interrupted when `signal` stopped it
 */
export async function runTasks(tasks: readonly Task[], { signal, logs, onDone }: RunTasksOptions): Promise<void> {
  const terminal = process.stdout.isTTY;
  const list = new Listr<unknown, ListrRendererValue>(
    tasks.map((task) => ({ title: task.title, task: (_, line) => runTask(task, line as Line, terminal) })),
    { renderer: terminal ? 'default' : 'simple', registerSignalListeners: false, rendererOptions: { showErrorMessage: false } },
  );
  await list.run();

  async function runTask(task: Task, line: Line, isTerminal: boolean): Promise<void> {
    if (signal.aborted) throw new Interrupted();
    const started = performance.now();
    const seconds = () => (performance.now() - started) / 1000;
    const show = throttled(isTerminal ? TERMINAL_INTERVAL_MS : PLAIN_INTERVAL_MS, (progress) => {
      line.output = progressLine(progress, seconds());
    });
    try {
      const { rowsIn, rowsOut, note } = await task.run(show);
      onDone?.({ name: task.name, seconds: rounded(seconds()), rowsIn, rowsOut });
      line.title = doneLine(task.title, Math.max(rowsIn, rowsOut), seconds()) + (note ? ` (${note})` : '');
    } catch (error) {
      if (signal.aborted) throw new Interrupted();
      if (error instanceof UsageError) throw error;
      throw new StepFailure(task.name, error instanceof Error ? error.message : String(error), logs && existing(logFile(logs, task.name)));
    }
  }
}

export function logFile(logs: string, step: string): string {
  return join(logs, `${step}.log`);
}

type Line = ListrTaskWrapper<unknown, never, never>;

/** A step that fails before it logs has no log to look into. */
function existing(file: string): string | undefined {
  return existsSync(file) ? file : undefined;
}

function throttled(everyMs: number, show: OnProgress): OnProgress {
  let last = performance.now();
  return (progress) => {
    if (performance.now() - last < everyMs) return;
    last = performance.now();
    show(progress);
  };
}

function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
