import { setTimeout as wait } from 'node:timers/promises';
import { Interrupted, StepFailure } from '../cli/failures.ts';
import { resultNote, stagedNote } from '../cli/step-result.ts';
import type { OnProgress, StepOutcome, Task } from '../cli/tasks.ts';
import { stepsOf, type Pipeline } from '../pipelines/pipeline.ts';
import type { Deployed } from './aws.ts';
import { readableCause } from './cause.ts';
import { describeStep, emrStep, stepLog, stepResult, type EmrStep } from './emr-step.ts';
import { viewExecution, type ExecutionView } from './execution.ts';
import { toldFailure } from './failure.ts';
import type { StateRun } from './history.ts';
import { stagedCounts } from './staged-counts.ts';

/** Milliseconds. */
export interface Intervals {
  /** Between two looks at the execution. */
  readonly poll: number;
  /** That a failed step's log is waited for, at most: EMR uploads logs every few minutes. */
  readonly log: number;
}

const INTERVALS: Intervals = { poll: 5_000, log: 60_000 };

type Block = readonly { readonly name: string; readonly title: string; readonly kind: string }[];

/** Follows one execution of a pipeline's state machine. */
export class Watch {
  private latest: Promise<ExecutionView> | undefined;
  private readAt = 0;

  /** Steps in their order, those side by side together. */
  private readonly blocks: readonly Block[];

  constructor(
    private readonly deployed: Deployed,
    private readonly arn: string,
    private readonly pipeline: Pick<Pipeline<never>, 'steps'>,
    private readonly signal: AbortSignal,
    private readonly intervals: Intervals = INTERVALS,
  ) {
    // Files were sent before; the run begins with what is on the topic.
    this.blocks = pipeline.steps
      .map((entry) => stepsOf<never>({ steps: [entry] }).filter(({ kind }) => kind !== 'replay'))
      .filter((block) => block.length > 0);
  }

  /** A line for what comes before the pipeline's steps, one for each of them, and one for what comes after. */
  tasks(): (Task | Task[])[] {
    const names = this.blocks.flat().map(({ name }) => name);
    const isAny = ({ name }: StateRun) => names.some((each) => isStateOf(name, each));
    const task = ({ name, title }: Block[number]): Task => ({ name, title, run: (onProgress) => this.step(name, onProgress) });
    return [
      { name: 'prepare', title: 'Prepare the run', run: (onProgress) => this.until(({ states }) => states.some(isAny), onProgress) },
      ...this.blocks.map((block) => (block.length === 1 ? task(block[0]!) : block.map(task))),
      { name: 'finish', title: 'End the run', run: (onProgress) => this.until(() => false, onProgress) },
    ];
  }

  /** Waits until `come`, or until the execution is over. */
  private async until(come: (view: ExecutionView) => boolean, onProgress: OnProgress): Promise<StepOutcome> {
    for (;;) {
      const view = await this.view();
      if (come(view) || view.status === 'SUCCEEDED') return { rowsIn: 0, rowsOut: 0 };
      if (view.failure) throw await this.failureOf(view);
      const current = view.states.findLast(({ exitedAt }) => !exitedAt);
      if (current) onProgress({ rows: 0, note: stateNote(current) });
      await this.pause();
    }
  }

  /** Waits until the states of a step are left. */
  private async step(step: string, onProgress: OnProgress): Promise<StepOutcome> {
    for (;;) {
      const view = await this.view();
      const { states, status } = view;
      const own = states.filter(({ name }) => isStateOf(name, step));
      if (own.some(({ exitedAt, failure }) => exitedAt && failure)) throw await this.failureOf(view, own);
      if (own.length > 0 && (status === 'SUCCEEDED' || this.isOver(step, own, view))) return this.outcome(own);
      if (own.length === 0 && (status === 'SUCCEEDED' || this.isPast(step, view))) return { rowsIn: 0, rowsOut: 0, note: 'left out' };
      if (view.failure) throw await this.failureOf(view);
      const current = own.findLast(({ exitedAt }) => !exitedAt) ?? states.findLast(({ exitedAt }) => !exitedAt);
      if (current) onProgress({ rows: 0, note: await this.progressNote(current) });
      await this.pause();
    }
  }

  /** Of one that stands alone, what is entered after its states says that it is over, unless it is the end in failure; of a branch its own end. */
  private isOver(step: string, own: readonly StateRun[], view: ExecutionView): boolean {
    const { states } = view;
    if (this.blockOf(step).length > 1) return own.some(({ type }) => type === 'Succeed') || this.isPast(step, view);
    const after = states[states.lastIndexOf(own.at(-1)!) + 1];
    return after !== undefined && after.type !== 'Fail';
  }

  /** A step was left out where a later one has begun. */
  private isPast(step: string, { states }: ExecutionView): boolean {
    const later = this.blocks.slice(this.blocks.indexOf(this.blockOf(step)) + 1).flat();
    return states.some((state) => later.some(({ name }) => isStateOf(state.name, name)));
  }

  private blockOf(step: string): Block {
    return this.blocks.find((block) => block.some(({ name }) => name === step))!;
  }

  private async outcome(states: readonly StateRun[]): Promise<StepOutcome> {
    const [state] = states as [StateRun];
    const seconds = ((states.at(-1)!.exitedAt ?? new Date()).getTime() - state.enteredAt.getTime()) / 1000;
    const counts = stagedCounts(state);
    if (counts) return { rowsIn: counts.rows + counts.rejected, rowsOut: counts.rows, seconds, ...stagedNote(counts) };
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

  /** @param own States of the step whose failure is told first, where it is one of several. @default - all */
  private async failureOf(view: ExecutionView, own = view.states): Promise<Error> {
    const { status, failure, name } = view;
    if (status === 'ABORTED')
      return new StepFailure(current(view), `the run ${name} was stopped${failure?.cause ? `: ${failure.cause}` : ''}`);
    if (status === 'TIMED_OUT') return new StepFailure(current(view), `the run ${name} took longer than it may`);
    const { step = current(view), reason, state } = toldFailure(view, own) ?? { reason: status };
    if (!state) return new StepFailure(step, reason);
    const submitted = emrStep(state);
    const log = submitted && (await this.logOf(submitted));
    const told = log?.line ?? reason;
    return new StepFailure(step, state.attempts > 1 ? `${told} (tried ${state.attempts} times)` : told, log?.uri);
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
      throw new Interrupted('stopped watching');
    });
  }
}

/** A step is a state of its name, and where it takes several, further ones such as `checks: hold?`. */
export function isStateOf(state: string, step: string): boolean {
  return state === step || state.startsWith(`${step}: `);
}

function stateNote({ name, attempts, failure }: StateRun): string {
  if (failure) return `${name}: try ${attempts} failed, another follows: ${readableCause(failure.cause) || failure.error}`;
  return name;
}

function current({ states }: ExecutionView): string {
  return (states.findLast(({ exitedAt }) => !exitedAt) ?? states.at(-1))?.name ?? 'start';
}
