import type { HistoryEvent } from '@aws-sdk/client-sfn';

export interface Failure {
  readonly error: string;
  /** AWS's own text: prose, or JSON of whatever the state was calling. */
  readonly cause: string;
}

/** One state of an execution, as far as it has come. */
export interface StateRun {
  readonly name: string;
  /** As Amazon States Language has it: Task, Choice, Pass, Wait, Fail, … */
  readonly type: string;
  readonly enteredAt: Date;
  exitedAt?: Date;
  /** Tries so far; more than one where the state is retried. */
  attempts: number;
  /** How the latest try failed; gone when the next one begins. */
  failure?: Failure;
  /** The request of the latest try, as JSON text. */
  request?: string;
  /** The answer to it: of a job that is waited for, first that it was taken, then how it ended. */
  answer?: string;
}

/**
 * What an execution did, state by state in the order they were entered.
 * @param events All events of it, oldest first
 */
export function stateRuns(events: readonly HistoryEvent[]): StateRun[] {
  const runs: StateRun[] = [];
  /** By the id of an event: the state it belongs to. Branches of a map run side by side, so that the order alone does not tell. */
  const owners = new Map<number, StateRun>();
  for (const event of events) {
    const entered = event.stateEnteredEventDetails?.name;
    if (entered !== undefined) {
      const run: StateRun = { name: entered, type: event.type!.replace('StateEntered', ''), enteredAt: event.timestamp!, attempts: 0 };
      runs.push(run);
      owners.set(event.id!, run);
      continue;
    }
    const exited = event.stateExitedEventDetails?.name;
    const owner =
      exited === undefined
        ? owners.get(event.previousEventId ?? event.id! - 1)
        : runs.findLast(({ name, exitedAt }) => name === exited && !exitedAt);
    if (!owner) continue;
    owners.set(event.id!, owner);
    if (exited === undefined) take(owner, event);
    else owner.exitedAt = event.timestamp!;
  }
  return runs;
}

function take(run: StateRun, event: HistoryEvent): void {
  const request = event.taskScheduledEventDetails?.parameters ?? event.lambdaFunctionScheduledEventDetails?.input;
  if (event.type === 'TaskScheduled' || event.type === 'LambdaFunctionScheduled') {
    run.attempts += 1;
    delete run.failure;
    delete run.answer;
    if (request !== undefined) run.request = request;
  }
  const answer =
    event.taskSubmittedEventDetails?.output ?? event.taskSucceededEventDetails?.output ?? event.lambdaFunctionSucceededEventDetails?.output;
  if (answer !== undefined) run.answer = answer;
  const failure = failureOf(event);
  if (failure) run.failure = failure;
}

/** How the event says that something failed. @returns undefined where it says no such thing */
function failureOf(event: HistoryEvent): Failure | undefined {
  const details =
    event.taskFailedEventDetails ??
    event.taskTimedOutEventDetails ??
    event.taskStartFailedEventDetails ??
    event.taskSubmitFailedEventDetails ??
    event.lambdaFunctionFailedEventDetails ??
    event.lambdaFunctionTimedOutEventDetails ??
    event.lambdaFunctionScheduleFailedEventDetails ??
    event.lambdaFunctionStartFailedEventDetails ??
    event.evaluationFailedEventDetails;
  return details && { error: details.error ?? event.type ?? 'unknown', cause: details.cause ?? '' };
}

/**
 * The state that a failed execution failed at: the first whose last try failed. A failure that is caught leaves the state like a
 * success, but for the failure; what comes after it cleans up, and may fail too. One beside it that waits for another try has not failed.
 */
export function failedState(runs: readonly StateRun[]): StateRun | undefined {
  return runs.find(({ failure, exitedAt }) => failure !== undefined && exitedAt) ?? runs.find(({ failure }) => failure !== undefined);
}
