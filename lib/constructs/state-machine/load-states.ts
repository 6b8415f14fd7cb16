import { CALL_RETRY, failure, task, type States } from './states.ts';

export interface WarehouseParts {
  readonly workgroup: string;
  readonly database: string;
  /** Run in order, in one transaction. */
  readonly statements: readonly string[];
}

/** Seconds between looks, and the longest that a load may take: a paused warehouse wakes up first. */
const POLL_SECONDS = 10;
const LOAD_SECONDS = 60 * 60;

/** The Data API takes no more statements at a time. */
const MAX_STATEMENTS = 40;

/** Loads the warehouse: statements are handed over, then their end is waited for, until a deadline. */
export function loadStates(step: string, warehouse: WarehouseParts, { next, onFailure }: { next: string; onFailure: string }): States {
  const { statements } = warehouse;
  if (statements.length === 0 || statements.length > MAX_STATEMENTS) {
    throw new Error(`statements of a load must be 1 to ${MAX_STATEMENTS}, got ${statements.length}`);
  }
  const [wait, look, done, failed, late] = ['wait', 'look', 'done?', 'failed', 'too late'].map((what) => `${step}: ${what}`) as [
    string,
    string,
    string,
    string,
    string,
  ];
  return {
    [step]: task(step, {
      resource: 'aws-sdk:redshiftdata:batchExecuteStatement',
      arguments: {
        WorkgroupName: warehouse.workgroup,
        Database: warehouse.database,
        Sqls: statements,
        StatementName: '{% $substring($states.context.Execution.Name, 0, 100) %}',
      },
      retry: CALL_RETRY,
      assign: { load: '{% $states.result.Id %}', loadStarted: '{% $millis() %}' },
      next: wait,
      onFailure,
    }),
    [wait]: { Type: 'Wait', Seconds: POLL_SECONDS, Next: look },
    [look]: task(step, {
      resource: 'aws-sdk:redshiftdata:describeStatement',
      arguments: { Id: '{% $load %}' },
      retry: CALL_RETRY,
      output: {
        status: '{% $states.result.Status %}',
        error: "{% $exists($states.result.Error) ? $states.result.Error : 'Redshift gives no reason' %}",
      },
      next: done,
      onFailure,
    }),
    [done]: {
      Type: 'Choice',
      Choices: [
        { Condition: "{% $states.input.status = 'FINISHED' %}", Next: next },
        { Condition: "{% $states.input.status = 'FAILED' or $states.input.status = 'ABORTED' %}", Next: failed },
        { Condition: `{% $millis() - $loadStarted > ${LOAD_SECONDS * 1000} %}`, Next: late },
      ],
      Default: wait,
    },
    [failed]: { Type: 'Pass', Assign: failure(step, '{% $states.input.status %}', '{% $states.input.error %}'), Next: onFailure },
    [late]: {
      Type: 'Pass',
      Assign: failure(step, 'States.Timeout', `load must end within ${LOAD_SECONDS / 60} minutes, got none`),
      Next: onFailure,
    },
  };
}
