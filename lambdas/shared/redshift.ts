import {
  BatchExecuteStatementCommand,
  CancelStatementCommand,
  DescribeStatementCommand,
  ExecuteStatementCommand,
  type DescribeStatementCommandOutput,
  type RedshiftDataClient,
} from '@aws-sdk/client-redshift-data';
import { setTimeout as delay } from 'node:timers/promises';
import { bindParameters } from './redshift-parameters.ts';
import { readRows } from './redshift-rows.ts';

export interface DataApiOptions {
  readonly client: Pick<RedshiftDataClient, 'send'>;
  readonly workgroup: string;
  readonly database: string;
  /** Name or ARN of a secret whose user runs the statements; the Data API reads it, nobody else. @default - the caller's own IAM identity */
  readonly secret?: string;
  /** How long a statement, or a transaction, may take; then it is cancelled. A function is asked as each begins. @default 5 minutes */
  readonly deadlineMs?: number | (() => number);
  /** @default - waits for real */
  readonly sleep?: (ms: number) => Promise<unknown>;
}

/** Redshift by its Data API: no connection, no driver, no password. */
export interface DataApi {
  /**
   * Runs one statement; `$1`, `$2`, … stand for the values of `params`.
   * A `timestamptz` comes back as a Date, a `date`, `timestamp` or `numeric` as text, other numbers as numbers.
   */
  query<R = Record<string, unknown>>(sql: string, params?: readonly unknown[]): Promise<R[]>;
  /** Runs up to {@link MOST_STATEMENTS} statements, all of them or none. */
  transaction(statements: readonly string[]): Promise<void>;
}

/** https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_BatchExecuteStatement.html */
export const MOST_STATEMENTS = 40;

const DEFAULT_DEADLINE_MS = 5 * 60 * 1000;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;
/** As much of a statement as an error tells. */
const SHOWN_CHARACTERS = 80;

export function openDataApi(options: DataApiOptions): DataApi {
  const { client, workgroup, database, secret } = options;
  const target = { WorkgroupName: workgroup, Database: database, ...(secret !== undefined && { SecretArn: secret }) };
  return {
    async query<R = Record<string, unknown>>(sql: string, params: readonly unknown[] = []) {
      const { text, parameters } = bindParameters(sql, params);
      const { Id } = await client
        .send(new ExecuteStatementCommand({ ...target, Sql: text, ...(parameters.length > 0 && { Parameters: parameters }) }))
        .catch((error: unknown) => {
          throw failure('was refused', error, sql);
        });
      const { HasResultSet } = await finished(options, Id!, [sql]);
      return HasResultSet ? readRows<R>(client, Id!) : [];
    },
    async transaction(statements) {
      if (statements.length === 0) return;
      if (statements.length > MOST_STATEMENTS) {
        throw new Error(`statements of one transaction must be at most ${MOST_STATEMENTS}, got ${statements.length}`);
      }
      const { Id } = await client.send(new BatchExecuteStatementCommand({ ...target, Sqls: [...statements] })).catch((error: unknown) => {
        throw failure('was refused', error, statements[0]!);
      });
      await finished(options, Id!, statements);
    },
  };
}

async function finished(options: DataApiOptions, id: string, statements: readonly string[]): Promise<DescribeStatementCommandOutput> {
  const { client, deadlineMs = DEFAULT_DEADLINE_MS, sleep = delay } = options;
  const deadline = typeof deadlineMs === 'function' ? deadlineMs() : deadlineMs;
  let waited = 0;
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 1.5, LONGEST_WAIT_MS)) {
    const statement = await client.send(new DescribeStatementCommand({ Id: id }));
    switch (statement.Status) {
      case 'FINISHED':
        return statement;
      case 'FAILED':
      case 'ABORTED':
        throw statementError(statement, statements);
    }
    if (waited >= deadline) {
      // Best effort: what matters to the caller is that the deadline is over.
      await client.send(new CancelStatementCommand({ Id: id })).catch(() => undefined);
      throw new Error(`statement must finish within ${Math.round(deadline / 1000)} s, got ${statement.Status}: ${shown(statements[0]!)}`);
    }
    await sleep(wait);
    waited += wait;
  }
}

/** Of a batch, the statement that failed; those after it were never run. */
function statementError(described: DescribeStatementCommandOutput, statements: readonly string[]): Error {
  const status = described.Status!.toLowerCase();
  const failed = (described.SubStatements ?? []).findIndex(({ Status }) => Status === 'FAILED' || Status === 'ABORTED');
  const at = Math.max(failed, 0);
  const reason = described.SubStatements?.[failed]?.Error ?? described.Error ?? 'no reason given';
  const place = statements.length > 1 && failed >= 0 ? ` (statement ${at + 1} of ${statements.length})` : '';
  return failure(`${status}${place}`, reason, statements[at]!);
}

function failure(what: string, reason: unknown, sql: string): Error {
  const text = reason instanceof Error ? reason.message : String(reason);
  return new Error(`warehouse statement ${what}: ${oneLine(text)}: ${shown(sql)}`, { cause: reason });
}

function shown(sql: string): string {
  const text = oneLine(sql);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
