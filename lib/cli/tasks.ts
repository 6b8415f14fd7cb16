import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Listr, type ListrRendererValue, type ListrTask, type ListrTaskWrapper } from 'listr2';
import { Interrupted, StepFailure, UsageError } from './failures.ts';
import { doneLine, progressLine, type StepProgress } from './progress.ts';

/** Terminals that are not one (a log, CI) get a progress line at most this often. */
const PLAIN_INTERVAL_MS = 5_000;
const TERMINAL_INTERVAL_MS = 100;

export interface StepOutcome {
  readonly rowsIn: number;
  readonly rowsOut: number;
  /** How long it took, where it ran elsewhere and was only watched. @default - the time that the watching took */
  readonly seconds?: number;
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

/** What is kept of a task that is done. */
export interface DoneTask {
  readonly name: string;
  readonly seconds: number;
  readonly rowsIn: number;
  readonly rowsOut: number;
}

export interface RunTasksOptions {
  readonly signal: AbortSignal;
  /** Folder of the tasks' logs. @default - tasks have none */
  readonly logs?: string;
  readonly onDone?: (done: DoneTask) => void;
}

/**
 * Runs tasks one after the other, those of an inner list side by side, a line on the screen each. Where one of an inner list fails the
 * others come to their end: none is left working while what it works with is closed.
 * @throws StepFailure naming the task that failed, of several the first; Interrupted when `signal` stopped it
 */
export async function runTasks(tasks: readonly (Task | readonly Task[])[], { signal, logs, onDone }: RunTasksOptions): Promise<void> {
  const terminal = process.stdout.isTTY;
  const failures: unknown[] = [];
  const list = new Listr<unknown, ListrRendererValue>(
    tasks.flatMap((task) => (isGroup(task) ? sideBySide(task) : [line(task)])),
    { renderer: terminal ? 'default' : 'simple', registerSignalListeners: false, rendererOptions: { showErrorMessage: false } },
  );
  await list.run().catch((error: unknown) => {
    throw failures[0] ?? error;
  });

  function line(task: Task): ListrTask {
    return {
      title: task.title,
      task: (_, shown) =>
        runTask(task, shown as Line, terminal).catch((error: unknown) => {
          failures.push(error);
          throw error;
        }),
    };
  }

  /** A list that goes on to its end, and then stops the list that it is in. Neither has a title: the lines stand among the others. */
  function sideBySide(group: readonly Task[]): ListrTask[] {
    return [
      { task: (_, shown) => shown.newListr(group.map(line), { concurrent: true, exitOnError: false }) },
      {
        task: () => {
          // What failed is on the screen already: the renderer shows no error without a message.
          if (failures.length > 0) throw new Error('');
        },
      },
    ];
  }

  async function runTask(task: Task, line: Line, isTerminal: boolean): Promise<void> {
    if (signal.aborted) throw new Interrupted();
    const started = performance.now();
    const seconds = () => (performance.now() - started) / 1000;
    const show = throttled(isTerminal ? TERMINAL_INTERVAL_MS : PLAIN_INTERVAL_MS, (progress) => {
      line.output = progressLine(progress, seconds());
    });
    try {
      const { rowsIn, rowsOut, note, seconds: taken = seconds() } = await task.run(show);
      onDone?.({ name: task.name, seconds: rounded(taken), rowsIn, rowsOut });
      line.title = doneLine(task.title, Math.max(rowsIn, rowsOut), taken) + (note ? ` (${note})` : '');
    } catch (error) {
      if (error instanceof Interrupted) throw error;
      if (signal.aborted) throw new Interrupted();
      if (error instanceof UsageError || error instanceof StepFailure) throw error;
      throw new StepFailure(task.name, error instanceof Error ? error.message : String(error), logs && existing(logFile(logs, task.name)));
    }
  }
}

export function logFile(logs: string, step: string): string {
  return join(logs, `${step}.log`);
}

type Line = ListrTaskWrapper<unknown, never, never>;

function isGroup(task: Task | readonly Task[]): task is readonly Task[] {
  return Array.isArray(task);
}

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
