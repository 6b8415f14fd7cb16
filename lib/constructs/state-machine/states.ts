/** Amazon States Language in JSONata, as far as pipelines use it. Plain data: nothing here knows the CDK. */

export type State = Readonly<Record<string, unknown>> & {
  readonly Type: 'Task' | 'Parallel' | 'Choice' | 'Pass' | 'Wait' | 'Succeed' | 'Fail';
};

/** States by name; the first is where they begin. */
export type States = Readonly<Record<string, State>>;

export interface Definition {
  readonly Comment: string;
  readonly QueryLanguage: 'JSONata';
  readonly TimeoutSeconds: number;
  readonly StartAt: string;
  readonly States: States;
}

export interface TaskProps {
  /** Of the integration, such as `elasticmapreduce:addStep.sync`. */
  readonly resource: string;
  readonly arguments: unknown;
  readonly next: string;
  readonly timeoutSeconds?: number;
  readonly retry: readonly object[];
  readonly assign?: object;
  readonly output?: unknown;
  /** State to go to when all tries have failed. */
  readonly onFailure: string;
}

/**
 * Steps are made to be run again: what a try has done already is not done twice. One that takes too long (States.Timeout) is not tried
 * again.
 */
export const JOB_RETRY = [{ ErrorEquals: ['States.TaskFailed'], IntervalSeconds: 300, BackoffRate: 1, MaxAttempts: 3 }];

/** Calls that are over in seconds. */
export const CALL_RETRY = [{ ErrorEquals: ['States.TaskFailed'], IntervalSeconds: 5, BackoffRate: 3, MaxAttempts: 4 }];

/** A call of a service. Its failure is what `onFailure` gets, as {@link FAILED} tells it. @param step As the failure is said to be of */
export function task(step: string, props: TaskProps): State {
  return {
    Type: 'Task',
    Resource: `arn:aws:states:::${props.resource}`,
    Arguments: props.arguments,
    ...(props.timeoutSeconds && { TimeoutSeconds: props.timeoutSeconds }),
    Retry: props.retry,
    Catch: [caught(`${quoted(`${step}: `)} & $states.errorOutput.Error`, props.onFailure)],
    ...(props.assign && { Assign: props.assign }),
    ...(props.output !== undefined && { Output: props.output }),
    Next: props.next,
  };
}

/** A catcher of everything. @param error Expression of what the failure is called */
export function caught(error: string, next: string): object {
  return {
    ErrorEquals: ['States.ALL'],
    Output: failure(`{% ${error} %}`, "{% $exists($states.errorOutput.Cause) ? $states.errorOutput.Cause : '' %}"),
    Next: next,
  };
}

/** What {@link FAILED} says: handed on as the input of states, for a branch has no variables in common with the others. */
export function failure(error: string, cause: string): object {
  return { error, cause };
}

/** Ends the execution with the failure that it was handed; the step's name comes first. */
export const FAILED: State = {
  Type: 'Fail',
  Error: '{% $states.input.error %}',
  Cause: '{% $states.input.cause %}',
};

/** A JSONata text of a constant. @throws Error for what would end the text */
export function quoted(text: string): string {
  if (/['\\]/.test(text)) throw new Error(`text of an expression must be without quotes and backslashes, got ${text}`);
  return `'${text}'`;
}
