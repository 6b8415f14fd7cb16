import { setTimeout as wait } from 'node:timers/promises';
import { Interrupted, StepFailure } from '../cli/failures.ts';
import { resultNote } from '../cli/step-result.ts';
import type { OnProgress, StepOutcome, Task } from '../cli/tasks.ts';
import type { Pipeline } from '../pipelines/pipeline.ts';
import type { Deployed } from './aws.ts';
import { readableCause } from './cause.ts';
import { describeStep, emrStep, stepLog, stepResult, type EmrStep } from './emr-step.ts';
import { viewExecution, type ExecutionView } from './execution.ts';
import { failedState, type StateRun } from './history.ts';

/** Milliseconds. */
export interface Intervals {
  /** Between two looks at the execution. */
  readonly poll: number;
  /** That a failed step's log is waited for, at most: EMR uploads logs every few minutes. */
  readonly log: number;
}

const INTERVALS: Intervals = { poll: 5_000, log: 60_000 };

/** Follows one execution of a pipeline's state machine. */
export class Watch {
  private latest: Promise<ExecutionView> | undefined;
  private readAt = 0;

  constructor(
    private readonly deployed: Deployed,
    private readonly arn: string,
    private readonly signal: AbortSignal,
    private readonly intervals: Intervals = INTERVALS,
  ) {}

  /** A line for what comes before the pipeline's steps, one for each of them, and one for what comes after. */
  tasks<Parameters>({ steps }: Pipeline<Parameters>): Task[] {
    // Files were sent before; the state machine begins with what is on the topic.
    const states = steps.filter(({ kind }) => kind !== 'replay');
    const names = states.map(({ name }) => name);
    return [
      { name: 'prepare', title: 'Prepare the run', run: (onProgress) => this.between([], names, onProgress) },
      ...states.map(({ name, title }, index): Task => ({
        name,
        title,
        run: (onProgress) => this.step(name, names.slice(index + 1), onProgress),
      })),
      { name: 'finish', title: 'End the run', run: (onProgress) => this.between(names, [], onProgress) },
    ];
  }

  /** Waits until one of the states `until` is entered, or the execution is over. */
  private async between(before: readonly string[], until: readonly string[], onProgress: OnProgress): Promise<StepOutcome> {
    for (;;) {
      const view = await this.view();
      const others = view.states.filter(({ name }) => !before.some((each) => isStep(name, each)));
      if (view.states.some(({ name }) => until.some((each) => isStep(name, each)))) return { rowsIn: 0, rowsOut: 0 };
      if (view.failure) throw await this.failureOf(view);
      if (view.status === 'SUCCEEDED') return { rowsIn: 0, rowsOut: 0 };
      const current = others.findLast(({ exitedAt }) => !exitedAt);
      if (current) onProgress({ rows: 0, note: stateNote(current) });
      await this.pause();
    }
  }

  /** Waits until the state of a step is left. */
  private async step(step: string, later: readonly string[], onProgress: OnProgress): Promise<StepOutcome> {
    for (;;) {
      const view = await this.view();
      const state = view.states.findLast(({ name }) => isStep(name, step));
      if (state?.exitedAt && !state.failure) return this.outcome(state);
      if (view.failure || (state?.exitedAt && state.failure)) throw await this.failureOf(view);
      const passed = view.states.some(({ name }) => later.some((each) => isStep(name, each)));
      if (!state && (passed || view.status === 'SUCCEEDED')) return { rowsIn: 0, rowsOut: 0, note: 'left out' };
      if (state) onProgress({ rows: 0, note: await this.progressNote(state) });
      await this.pause();
    }
  }

  private async outcome(state: StateRun): Promise<StepOutcome> {
    const seconds = (state.exitedAt!.getTime() - state.enteredAt.getTime()) / 1000;
    // Rows are nice to know; a run is not called failed because they cannot be read.
    const result = await stepResult(this.deployed, state).catch(() => undefined);
    return { rowsIn: result?.rowsIn ?? 0, rowsOut: result?.rowsOut ?? 0, seconds, ...(result && resultNote(result)) };
  }

  private async progressNote(state: StateRun): Promise<string> {
    const step = emrStep(state);
    if (!step || state.failure) return stateNote(state);
    const described = await describeStep(this.deployed, step);
    return `${described?.Status?.State?.toLowerCase() ?? 'unknown'} on ${step.clusterId} as ${step.stepId}`;
  }

  private async failureOf(view: ExecutionView): Promise<Error> {
    const { status, failure, name } = view;
    const state = failedState(view.states);
    if (status === 'ABORTED')
      return new StepFailure(current(view), `the run ${name} was stopped${failure?.cause ? `: ${failure.cause}` : ''}`);
    if (status === 'TIMED_OUT') return new StepFailure(current(view), `the run ${name} took longer than it may`);
    if (!state?.failure) return new StepFailure(current(view), readableCause(failure?.cause || failure?.error || status));
    const { error, cause } = state.failure;
    const step = emrStep(state);
    const log = step && (await this.logOf(step));
    const reason = log?.line ?? (cause ? readableCause(cause) : error);
    return new StepFailure(state.name, state.attempts > 1 ? `${reason} (tried ${state.attempts} times)` : reason, log?.uri);
  }

  /** The step's log; without its telling line where it does not come in time. */
  private async logOf(step: EmrStep) {
    const deadline = Date.now() + this.intervals.log;
    for (;;) {
      const log = await stepLog(this.deployed, step).catch(() => undefined);
      if (!log || log.line !== undefined || Date.now() > deadline) return log;
      await this.pause();
    }
  }

  /** The execution as it was at most one interval ago: lines that end together look once. */
  private view(): Promise<ExecutionView> {
    if (!this.latest || Date.now() - this.readAt >= this.intervals.poll) {
      this.readAt = Date.now();
      this.latest = viewExecution(this.deployed, this.arn);
    }
    return this.latest;
  }

  private async pause(): Promise<void> {
    await wait(this.intervals.poll, undefined, { signal: this.signal }).catch(() => {
      throw new Interrupted();
    });
  }
}

/** States are named as the steps are, as far as letters and digits go. */
export function isStep(state: string, step: string): boolean {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  return plain(state) === plain(step);
}

function stateNote({ name, attempts, failure }: StateRun): string {
  if (failure) return `${name}: try ${attempts} failed, another follows: ${readableCause(failure.cause) || failure.error}`;
  return name;
}

function current({ states }: ExecutionView): string {
  return (states.findLast(({ exitedAt }) => !exitedAt) ?? states.at(-1))?.name ?? 'start';
}
