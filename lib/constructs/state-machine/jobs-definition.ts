import { CALL_RETRY, quoted, type Definition, type State, type States } from './states.ts';

/**
 * Work of the warehouse that a step is waited for with. Each kind is tried again as a whole by whoever starts it: statements run in one
 * transaction, and what was staged before is not staged twice.
 */
export type Job =
  /** Statements, in one transaction. */
  | { readonly kind: 'statements'; readonly statements: readonly string[] }
  /** A query; its rows are the output. */
  | { readonly kind: 'query'; readonly query: string }
  /** Files of a folder staged by the function, and then, where there is something to load, statements. */
  | { readonly kind: 'stage'; readonly dataset: string; readonly from: string; readonly statements: readonly string[] };

export interface JobParts {
  readonly workgroup: string;
  readonly database: string;
  /** ARN of the function that stages files. */
  readonly stageFunction: string;
}

/** A job ends within this time, or it failed. */
export const JOB_SECONDS = 2 * 60 * 60;
/** Seconds between looks, and the longest that statements may take: a paused warehouse wakes up first. Later they are cancelled. */
const POLL_SECONDS = 10;
const STATEMENTS_SECONDS = 60 * 60;
/** One call of the function, and some time for starting it. */
const CALL_SECONDS = 960;

/** https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_BatchExecuteStatement.html */
const MAX_STATEMENTS = 40;
/** https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html */
const MAX_STATEMENT_BYTES = 100 * 1024;

/** Lambda itself was at fault, or busy; what the function throws fails the job. */
const LAMBDA_RETRY = [
  {
    ErrorEquals: [
      'Lambda.ClientExecutionTimeoutException',
      'Lambda.ServiceException',
      'Lambda.AWSLambdaException',
      'Lambda.SdkClientException',
      'Lambda.TooManyRequestsException',
    ],
    IntervalSeconds: 5,
    BackoffRate: 3,
    MaxAttempts: 4,
  },
];

/**
 * The jobs of a pipeline as one state machine, so that a step that is tried again is one state of the run, wherever the run has it.
 * Input: `{job}`, the name of one. Who may start it may run these statements, and no others.
 * Output: of a query `{records}` as the Data API has them, the first page; of files what the function answered; else nothing.
 */
export function jobsDefinition(pipeline: string, jobs: Readonly<Record<string, Job>>, parts: JobParts): Definition {
  const names = Object.keys(jobs);
  if (names.length === 0) throw new Error(`jobs of ${pipeline} must be at least one, got none`);
  const entries = Object.entries(jobs).map(([name, job]) => ({ name, states: jobStates(name, job, parts) }));
  return {
    Comment: `Jobs of ${pipeline} in the warehouse`,
    QueryLanguage: 'JSONata',
    TimeoutSeconds: JOB_SECONDS,
    StartAt: 'Begin',
    States: {
      Begin: { Type: 'Pass', Assign: { answer: {}, asked: false }, Next: 'Which job?' },
      'Which job?': {
        Type: 'Choice',
        Choices: entries.map(({ name, states }) => ({
          Condition: `{% $states.input.job = ${quoted(name)} %}`,
          Next: Object.keys(states)[0]!,
        })),
        Default: 'Unknown job',
      },
      'Unknown job': { Type: 'Fail', Error: 'InputError', Cause: `job must be one of ${names.join(', ')}` },
      ...Object.fromEntries(entries.flatMap(({ states }) => Object.entries(states))),
      ...waitStates(),
      Done: { Type: 'Succeed', Output: '{% $answer %}' },
    },
  };
}

/** Begins with the first of them, and ends where statements are waited for, or at the end. */
function jobStates(name: string, job: Job, parts: JobParts): States {
  switch (job.kind) {
    case 'statements':
      return { [name]: submit('batchExecuteStatement', { Sqls: checked(name, job.statements) }, parts) };
    case 'query':
      return { [name]: submit('executeStatement', { Sql: checked(name, [job.query])[0] }, parts, { asked: true }) };
    case 'stage':
      return stageStates(name, job, parts);
  }
}

function submit(action: string, statements: object, { workgroup, database }: JobParts, assign: object = {}): State {
  return {
    Type: 'Task',
    Resource: `arn:aws:states:::aws-sdk:redshiftdata:${action}`,
    Arguments: {
      WorkgroupName: workgroup,
      Database: database,
      ...statements,
      StatementName: '{% $substring($states.context.Execution.Name, 0, 100) %}',
      // A call that is made again, because its answer was lost, submits nothing again.
      ClientToken: '{% $substring($states.context.Execution.Name, 0, 64) %}',
    },
    Retry: CALL_RETRY,
    Assign: { statement: '{% $states.result.Id %}', deadline: `{% $millis() + ${STATEMENTS_SECONDS * 1000} %}`, ...assign },
    Next: 'Wait',
  };
}

/** The function is called until it says that it is done, each time with what it has said before. */
function stageStates(name: string, job: Extract<Job, { kind: 'stage' }>, parts: JobParts): States {
  const { dataset, from } = job;
  const load = `${name}: load`;
  return {
    [`${name}: begin`]: { Type: 'Pass', Assign: { request: { dataset, from } }, Next: name },
    [name]: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke',
      Arguments: { FunctionName: parts.stageFunction, Payload: '{% $request %}' },
      TimeoutSeconds: CALL_SECONDS,
      Retry: LAMBDA_RETRY,
      Assign: {
        request: { dataset, from, soFar: '{% $states.result.Payload %}' },
        answer: `{% $merge([$states.result.Payload, {'dataset': ${quoted(dataset)}}]) %}`,
      },
      Output: '{% $states.result.Payload %}',
      Next: `${name}: staged?`,
    },
    [`${name}: staged?`]: {
      Type: 'Choice',
      Choices: [
        { Condition: '{% $not($states.input.done) %}', Next: name },
        { Condition: '{% $states.input.toLoad > 0 %}', Next: load },
      ],
      Default: 'Done',
    },
    [load]: submit('batchExecuteStatement', { Sqls: checked(name, job.statements) }, parts),
  };
}

/** What was submitted is waited for until its deadline, and then cancelled. */
function waitStates(): States {
  const statement = { Id: '{% $statement %}' };
  const call = (action: string) => ({
    Type: 'Task' as const,
    Resource: `arn:aws:states:::aws-sdk:redshiftdata:${action}`,
    Arguments: statement,
    Retry: CALL_RETRY,
  });
  return {
    Wait: { Type: 'Wait', Seconds: POLL_SECONDS, Next: 'Look' },
    Look: {
      ...call('describeStatement'),
      Output: {
        status: '{% $states.result.Status %}',
        error: "{% $exists($states.result.Error) ? $states.result.Error : 'Redshift gives no reason' %}",
      },
      Next: 'Finished?',
    },
    'Finished?': {
      Type: 'Choice',
      Choices: [
        { Condition: "{% $states.input.status = 'FINISHED' and $asked %}", Next: 'Read the rows' },
        { Condition: "{% $states.input.status = 'FINISHED' %}", Next: 'Done' },
        { Condition: "{% $states.input.status = 'FAILED' or $states.input.status = 'ABORTED' %}", Next: 'Failed' },
        { Condition: '{% $millis() > $deadline %}', Next: 'Cancel' },
      ],
      Default: 'Wait',
    },
    'Read the rows': { ...call('getStatementResult'), Assign: { answer: { records: '{% $states.result.Records %}' } }, Next: 'Done' },
    // That it is too late is what counts, whether it can be cancelled or not.
    Cancel: { ...call('cancelStatement'), Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Too late' }], Next: 'Too late' },
    'Too late': {
      Type: 'Fail',
      Error: 'StatementTimeout',
      Cause: `statements must end within ${STATEMENTS_SECONDS / 60} minutes, got none that had: they were cancelled`,
    },
    Failed: { Type: 'Fail', Error: "{% 'Statement.' & $states.input.status %}", Cause: '{% $states.input.error %}' },
  };
}

/** @throws Error for what the Data API would refuse */
function checked(job: string, statements: readonly string[]): readonly string[] {
  if (statements.length === 0 || statements.length > MAX_STATEMENTS) {
    throw new Error(`statements of ${job} must be 1 to ${MAX_STATEMENTS}, got ${statements.length}`);
  }
  for (const statement of statements) {
    const bytes = Buffer.byteLength(statement);
    if (bytes > MAX_STATEMENT_BYTES) throw new Error(`a statement of ${job} must be at most ${MAX_STATEMENT_BYTES} bytes, got ${bytes}`);
    // It would be taken for an expression.
    if (statement.startsWith('{%')) throw new Error(`a statement of ${job} must be SQL, got an expression`);
  }
  return statements;
}
