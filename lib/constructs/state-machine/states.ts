/** Amazon States Language in JSONata, as far as pipelines use it. Plain data: nothing here knows the CDK. */

export type State = Readonly<Record<string, unknown>> & { readonly Type: 'Task' | 'Choice' | 'Pass' | 'Wait' | 'Succeed' | 'Fail' };

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

/** A call of a service. Its failure is remembered under the state's name before `onFailure` goes on. */
export function task(name: string, props: TaskProps): State {
  return {
    Type: 'Task',
    Resource: `arn:aws:states:::${props.resource}`,
    Arguments: props.arguments,
    ...(props.timeoutSeconds && { TimeoutSeconds: props.timeoutSeconds }),
    Retry: props.retry,
    Catch: [
      {
        ErrorEquals: ['States.ALL'],
        Assign: failure(
          name,
          '{% $states.errorOutput.Error %}',
          "{% $exists($states.errorOutput.Cause) ? $states.errorOutput.Cause : '' %}",
        ),
        Next: props.onFailure,
      },
    ],
    ...(props.assign && { Assign: props.assign }),
    ...(props.output !== undefined && { Output: props.output }),
    Next: props.next,
  };
}

/** What {@link FAILED} says. */
export function failure(step: string, error: string, cause: string): object {
  return { failure: { step, error, cause } };
}

/** Ends the execution with what was remembered of a failure; the step's name comes first. */
export const FAILED: State = {
  Type: 'Fail',
  Error: "{% $failure.step & ': ' & $failure.error %}",
  Cause: '{% $failure.cause %}',
};

/** A JSONata text of a constant. @throws Error for what would end the text */
export function quoted(text: string): string {
  if (/['\\]/.test(text)) throw new Error(`text of an expression must be without quotes and backslashes, got ${text}`);
  return `'${text}'`;
}
