import type { Definition } from './states.ts';

/** One call of the function, and some time for starting it. */
const CALL_SECONDS = 960;
/** A file that takes a day is not slow but stuck. */
const REPLAY_SECONDS = 24 * 60 * 60;

/**
 * The state machine of a replay: the function is called until it says that it is done. Input: `{bucket, key}`, or EventBridge's event of a new object. Output: `{bucket, key, source, calls}`,
 * `read`, `produced` and `rejected` summed over all calls, and the last call's `rejects` and `truncated`.
 *
 * @param replayFunction ARN of the function
 */
export function replayDefinition(replayFunction: string): Definition {
  return {
    Comment: 'Sends one file of events to Kafka, in as many calls as it takes',
    QueryLanguage: 'JSONata',
    TimeoutSeconds: REPLAY_SECONDS,
    StartAt: 'Begin',
    States: {
      Begin: {
        Type: 'Pass',
        Assign: {
          bucket: '{% $exists($states.input.detail) ? $states.input.detail.bucket.name : $states.input.bucket %}',
          key: '{% $exists($states.input.detail) ? $states.input.detail.object.key : $states.input.key %}',
          source: null,
          start: 1,
          calls: 0,
          read: 0,
          produced: 0,
          rejected: 0,
        },
        Next: 'Send',
      },
      Send: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke',
        Arguments: {
          FunctionName: replayFunction,
          Payload: { bucket: '{% $bucket %}', key: '{% $key %}', start: '{% $start %}', source: '{% $source %}' },
        },
        TimeoutSeconds: CALL_SECONDS,
        Retry: [
          // Only who asked can mend the input.
          { ErrorEquals: ['InputError'], MaxAttempts: 0 },
          // Other files are being sent: as many as the function's reserved concurrency. This one waits for its turn.
          {
            ErrorEquals: ['Lambda.TooManyRequestsException'],
            IntervalSeconds: 15,
            BackoffRate: 2,
            MaxDelaySeconds: 300,
            MaxAttempts: 500,
            JitterStrategy: 'FULL',
          },
          // What a failed call has sent already is sent again under the same event ids.
          { ErrorEquals: ['States.ALL'], IntervalSeconds: 10, BackoffRate: 3, MaxDelaySeconds: 300, MaxAttempts: 5 },
        ],
        Assign: {
          source: '{% $states.result.Payload.source %}',
          start: '{% $states.result.Payload.next %}',
          calls: '{% $calls + 1 %}',
          read: '{% $read + $states.result.Payload.read %}',
          produced: '{% $produced + $states.result.Payload.produced %}',
          rejected: '{% $rejected + $states.result.Payload.rejected %}',
        },
        Output: {
          done: '{% $states.result.Payload.done %}',
          truncated: '{% $states.result.Payload.truncated %}',
          rejects: '{% $states.result.Payload.rejects %}',
        },
        Next: 'Sent to the end?',
      },
      'Sent to the end?': {
        Type: 'Choice',
        Choices: [{ Condition: '{% $states.input.done %}', Next: 'Done' }],
        Default: 'Send',
      },
      Done: {
        Type: 'Succeed',
        Output: {
          bucket: '{% $bucket %}',
          key: '{% $key %}',
          source: '{% $source %}',
          calls: '{% $calls %}',
          read: '{% $read %}',
          produced: '{% $produced %}',
          rejected: '{% $rejected %}',
          truncated: '{% $states.input.truncated %}',
          rejects: '{% $states.input.rejects %}',
        },
      },
    },
  };
}
