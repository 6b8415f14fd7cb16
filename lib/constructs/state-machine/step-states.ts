import { sparkArguments, type CheckStep, type SparkStep, type Step, type UnattendedPipeline } from '../../pipelines/pipeline.ts';
import type { DefinitionParts } from './pipeline-definition.ts';
import { JOB_SECONDS } from './jobs-definition.ts';
import { replayStates } from './run-states.ts';
import { sparkStep } from './spark-submit.ts';
import { CALL_RETRY, failure, JOB_RETRY, quoted, task, type State, type States, type TaskProps } from './states.ts';

const STEP_SECONDS = 2 * 60 * 60;
const REPORT_SECONDS = 15 * 60;
/** Of a failure's cause: https://docs.aws.amazon.com/step-functions/latest/dg/state-fail.html */
const MAX_CAUSE_CHARACTERS = 32_768;

/** Where the states of a step end. */
export interface Ends {
  readonly next: string;
  /** Gets what `failure` makes as its input. */
  readonly onFailure: string;
  /** Whether the step is beside others: a branch hands on what it has found out, and the run's variables are not its. @default false */
  readonly inBranch?: boolean;
}

/** @returns the states of one step; it begins with the first of them */
export function stepStates<Parameters>(
  pipeline: UnattendedPipeline<Parameters>,
  step: Step<Parameters>,
  parts: DefinitionParts,
  ends: Ends,
): States {
  switch (step.kind) {
    case 'replay':
      return replayStates(step.name, parts.replay ?? missing(step.name), ends);
    case 'spark':
      return { [step.name]: sparkState(pipeline, step, parts, ends) };
    case 'stage':
      return { [step.name]: stageState(step.name, parts, ends) };
    case 'load':
    case 'sql':
      return { [step.name]: jobState(step.name, parts, ends) };
    case 'check':
      return checkStates(step, parts, ends);
    case 'report':
      return { [step.name]: reportState(pipeline.name, step.name, parts.report, ends) };
  }
}

function missing(step: string): never {
  throw new Error(`state machine that step ${step} starts must be known, got none`);
}

function sparkState<Parameters>(
  pipeline: UnattendedPipeline<Parameters>,
  step: SparkStep<Parameters>,
  { cluster, endpoints, spark, results }: DefinitionParts,
  { next, onFailure }: Ends,
): State {
  const result = `{% ${quoted(`${results}/${pipeline.name}/`)} & $states.context.Execution.Name & ${quoted(`/${step.name}.json`)} %}`;
  const args = sparkArguments(step.arguments(endpoints, runParameters(pipeline)), result);
  // EMR refuses to cancel steps where several run at a time; then it is this machine's failure that stops the run.
  const actionOnFailure = 'request' in cluster ? 'CANCEL_AND_WAIT' : 'CONTINUE';
  return task(step.name, {
    resource: 'elasticmapreduce:addStep.sync',
    arguments: {
      ClusterId: '{% $clusterId %}',
      Step: sparkStep(`${pipeline.name}-${step.name}`, step, args, { parts: spark, mode: 'cluster', actionOnFailure }),
    },
    timeoutSeconds: STEP_SECONDS,
    retry: JOB_RETRY,
    next,
    onFailure,
  });
}

/** Runs a job of the warehouse, which has the step's name. */
function jobState(
  step: string,
  { jobs }: DefinitionParts,
  { next, onFailure }: Ends,
  kept: Pick<TaskProps, 'assign' | 'output'> = {},
): State {
  return task(step, {
    resource: 'states:startExecution.sync:2',
    arguments: { StateMachineArn: jobs, Input: { job: step } },
    // It gives up by itself; this is for the time that it takes to tell.
    timeoutSeconds: JOB_SECONDS + 5 * 60,
    retry: JOB_RETRY,
    output: {},
    ...kept,
    next,
    onFailure,
  });
}

/** What was staged is for the report. */
function stageState(step: string, parts: DefinitionParts, ends: Ends): State {
  const output = '{% $states.result.Output %}';
  return jobState(step, parts, ends, { output, ...(!ends.inBranch && { assign: { staged: '{% [$staged, $states.result.Output] %}' } }) });
}

/** The query is tried again like every job; that its rows say something is wrong is no failure of it, and not tried again. */
function checkStates({ name: step, guide }: CheckStep, parts: DefinitionParts, { next, onFailure }: Ends): States {
  const found = `${step}: hold?`;
  // As `FailedCheck` has it: check, table, failures, sample. Each field is an object with one member, named after the value's type.
  const failures = "$record[2].* & ($record[2].* = 1 ? ' failure: ' : ' failures: ')";
  const line = `'check ' & $record[0].* & ' of ' & $record[1].* & ' must hold, got ' & ${failures} & $record[3].*`;
  const lines = `$join($map($states.input.records, function($record) { ${line} }), '; ')`;
  const advice = `; how to go on: ${guide}`;
  return {
    [step]: jobState(step, parts, { next: found, onFailure }, { output: '{% $states.result.Output %}' }),
    [found]: {
      Type: 'Choice',
      Choices: [
        {
          Condition: '{% $count($states.input.records) > 0 %}',
          Output: failure(
            `${step}: ChecksFailed`,
            `{% $substring(${lines}, 0, ${MAX_CAUSE_CHARACTERS - advice.length}) & ${quoted(advice)} %}`,
          ),
          Next: onFailure,
        },
      ],
      Default: next,
    },
  };
}

function reportState(pipeline: string, step: string, report: string, { next, onFailure }: Ends): State {
  return task(step, {
    resource: 'lambda:invoke',
    arguments: {
      FunctionName: report,
      Payload: {
        pipeline,
        execution: '{% $states.context.Execution.Name %}',
        startedAt: '{% $states.context.Execution.StartTime %}',
        replays: '{% $replays %}',
        staged: '{% $staged %}',
      },
    },
    timeoutSeconds: REPORT_SECONDS,
    retry: CALL_RETRY,
    output: '{% $states.result.Payload %}',
    next,
    onFailure,
  });
}

/** What steps get in place of a parameter that is known only when a run starts: the variable that remembers it. */
function runParameters<Parameters>({ defaults, inputs }: UnattendedPipeline<Parameters>): Parameters {
  return { ...defaults, ...Object.fromEntries(Object.keys(inputs).map((name) => [name, `{% $${name} %}`])) };
}
