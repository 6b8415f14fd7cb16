import type { RunInput } from '../../pipelines/pipeline.ts';
import type { Ends } from './step-states.ts';
import { CALL_RETRY, FAILED, quoted, task, type State, type States } from './states.ts';

/** The inputs that say which file is sent before the run; both or neither. */
const FILE = ['bucket', 'key'] as const;
const FILE_REFUSAL = ['bucket and key', 'given together, or both left out'] as const;
const HALF_A_FILE = {
  // What is missing is equal to nothing, and unequal to nothing: hence true and false.
  Condition: `{% (${input('bucket')} ? true : false) != (${input('key')} ? true : false) %}`,
  Next: refused(FILE_REFUSAL[0]),
};

export interface BeginProps {
  readonly inputs: Readonly<Record<string, RunInput>>;
  /** Whether a run may be started with a file to send. */
  readonly takesFile: boolean;
  readonly next: string;
}

/**
 * The first states of a run: the input is checked and remembered in variables, and a run that finds another one under way ends.
 * @returns states that end at `next`, or with a line that says what was wrong
 */
export function beginStates({ inputs, takesFile, next }: BeginProps): States {
  const checked = Object.entries(inputs);
  const refusals = [...checked.map(([name, { allowed }]) => [name, allowed] as const), ...(takesFile ? [FILE_REFUSAL] : [])];
  const conditions = [
    ...checked.map(([name, { pattern }]) => ({ Condition: unfit(name, pattern), Next: refused(name) })),
    ...(takesFile ? [HALF_A_FILE] : []),
  ];
  return {
    // A choice must have something to choose.
    ...(conditions.length > 0 && { 'Check the input': { Type: 'Choice', Choices: conditions, Default: 'Remember the input' } }),
    'Remember the input': {
      Type: 'Pass',
      Assign: {
        ...Object.fromEntries(checked.map(([name, { otherwise }]) => [name, orElse(name, otherwise)])),
        ...(takesFile && Object.fromEntries(FILE.map((name) => [name, orElse(name, '')]))),
        // What was sent and what was staged, for the report.
        replays: [],
        staged: [],
      },
      Next: 'Look for other runs',
    },
    'Look for other runs': task('Look for other runs', {
      resource: 'aws-sdk:sfn:listExecutions',
      arguments: { StateMachineArn: '{% $states.context.StateMachine.Id %}', StatusFilter: 'RUNNING' },
      retry: CALL_RETRY,
      output: { running: '{% $count($states.result.Executions) %}' },
      next: 'Alone?',
      onFailure: 'Failed',
    }),
    'Alone?': {
      Type: 'Choice',
      Choices: [{ Condition: '{% $states.input.running > 1 %}', Next: 'Another run is going on' }],
      Default: next,
    },
    'Another run is going on': {
      Type: 'Fail',
      Error: 'AnotherRun',
      Cause: 'A run must be the only one, got another that is going on: start it again when that has ended.',
    },
    ...Object.fromEntries(refusals.map(([name, allowed]) => [refused(name), refusal(name, allowed)])),
    Failed: FAILED,
  };
}

/** Sends the file that the run was started with, where it was started with one. */
export function replayStates(step: string, stateMachine: string, { next, onFailure }: Ends): States {
  return {
    'A file to send?': {
      Type: 'Choice',
      Choices: [{ Condition: "{% $bucket != '' %}", Next: step }],
      Default: next,
    },
    [step]: task(step, {
      resource: 'states:startExecution.sync:2',
      arguments: { StateMachineArn: stateMachine, Input: { bucket: '{% $bucket %}', key: '{% $key %}' } },
      // It tries again itself.
      retry: [],
      timeoutSeconds: 6 * 60 * 60,
      assign: { replays: ['{% $states.result.Output %}'] },
      next,
      onFailure,
    }),
  };
}

function input(name: string): string {
  return `$states.input.${name}`;
}

function unfit(name: string, pattern: string): string {
  return `{% ${input(name)} and ($type(${input(name)}) != 'string' or $not($contains(${input(name)}, /^(${pattern})$/))) %}`;
}

function orElse(name: string, otherwise: string): string {
  return `{% ${input(name)} ? ${input(name)} : ${quoted(otherwise)} %}`;
}

function refused(name: string): string {
  return `Refused: ${name}`;
}

function refusal(name: string, allowed: string): State {
  return { Type: 'Fail', Error: 'InputError', Cause: `${name} must be ${allowed}` };
}
