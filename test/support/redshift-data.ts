import {
  BatchExecuteStatementCommand,
  CancelStatementCommand,
  DescribeStatementCommand,
  ExecuteStatementCommand,
  GetStatementResultCommand,
  type DescribeStatementCommandOutput,
  type GetStatementResultCommandOutput,
  type SqlParameter,
} from '@aws-sdk/client-redshift-data';

/** How a statement of the fake ends, and what it gives. */
export interface Ending {
  /** Answers while it runs, one a question. @default - none: it is over when first asked */
  readonly running?: readonly ('SUBMITTED' | 'PICKED' | 'STARTED')[];
  /** What the server says against it. Of a transaction: against the statement that fails. */
  readonly error?: string;
  /** Of a transaction: which statement fails, from 0. */
  readonly failing?: number;
  readonly aborted?: boolean;
  readonly pages?: readonly Pick<GetStatementResultCommandOutput, 'Records' | 'ColumnMetadata'>[];
}

export interface SentStatement {
  readonly sqls: readonly string[];
  readonly parameters: readonly SqlParameter[] | undefined;
  readonly target: Readonly<Record<string, string | undefined>>;
}

interface Running {
  readonly sent: SentStatement;
  readonly ending: Ending;
  asked: number;
  cancelled: boolean;
}

/** The Data API as AWS documents it: what it refuses, in which state it answers what. */
export function fakeDataApi(endingOf: (sqls: readonly string[]) => Ending = () => ({})) {
  const statements = new Map<string, Running>();
  const start = (sent: SentStatement) => {
    check(sent);
    const id = `statement-${statements.size + 1}`;
    statements.set(id, { sent, ending: endingOf(sent.sqls), asked: 0, cancelled: false });
    return { Id: id, $metadata: {} };
  };
  const running = (id: string | undefined) => {
    const found = statements.get(id ?? '');
    if (!found) throw new Error(`ResourceNotFoundException: Query does not exist: ${id}`);
    return found;
  };
  const send = (command: object): Promise<unknown> => {
    if (command instanceof ExecuteStatementCommand) {
      const { Sql, Parameters, ...target } = command.input;
      return answer(() => start({ sqls: [Sql!], parameters: Parameters, target: target as Record<string, string> }));
    }
    if (command instanceof BatchExecuteStatementCommand) {
      const { Sqls, ...target } = command.input;
      return answer(() => start({ sqls: Sqls!, parameters: undefined, target: target as unknown as Record<string, string> }));
    }
    if (command instanceof DescribeStatementCommand) return answer(() => describe(running(command.input.Id)));
    if (command instanceof GetStatementResultCommand) return answer(() => page(running(command.input.Id), command.input.NextToken));
    if (command instanceof CancelStatementCommand) {
      return answer(() => {
        running(command.input.Id).cancelled = true;
        return { Status: true, $metadata: {} };
      });
    }
    throw new Error(`command must be one of the Data API, got ${command.constructor.name}`);
  };
  return {
    client: { send: send as never },
    sent: () => [...statements.values()].map(({ sent }) => sent),
    cancelled: () => [...statements.values()].some(({ cancelled }) => cancelled),
  };
}

function answer<T>(work: () => T): Promise<T> {
  return Promise.resolve().then(work);
}

function check({ sqls, parameters, target }: SentStatement): void {
  const refuse = (reason: string) => {
    throw new Error(`ValidationException: ${reason}`);
  };
  if (!target['WorkgroupName'] || !target['Database']) refuse('a workgroup and a database are needed');
  if (sqls.length === 0 || sqls.length > 40) refuse(`1 to 40 statements, got ${sqls.length}`);
  if (sqls.some((sql) => sql.trim() === '' || Buffer.byteLength(sql) > 100_000)) refuse('statement is empty or above 100 kB');
  if (!parameters) return;
  if (parameters.length === 0) refuse('parameters must not be empty');
  for (const { name, value } of parameters) {
    if (!value) refuse(`value of ${name} must not be empty`);
    if (!new RegExp(`:${name}\\b`).test(sqls[0]!)) refuse(`${name} is not in the statement`);
  }
}

function describe(statement: Running): Partial<DescribeStatementCommandOutput> {
  const { sent, ending } = statement;
  const status = ending.running?.[statement.asked++];
  if (status) return { Status: status };
  const failed = ending.error !== undefined;
  const Status = ending.aborted ? 'ABORTED' : failed ? 'FAILED' : 'FINISHED';
  const SubStatements =
    sent.sqls.length === 1
      ? undefined
      : sent.sqls.map((QueryString, i) => {
          const failing = ending.failing ?? 0;
          const own = !failed || i < failing ? 'FINISHED' : i === failing ? 'FAILED' : 'ABORTED';
          return { Id: String(i), QueryString, Status: own, ...(own === 'FAILED' && { Error: ending.error }) } as const;
        });
  return { Status, HasResultSet: !failed && ending.pages !== undefined, ...(failed && { Error: ending.error }), SubStatements };
}

function page({ ending }: Running, token: string | undefined): Partial<GetStatementResultCommandOutput> {
  if (!ending.pages) throw new Error('ResourceNotFoundException: Query does not have result');
  const at = token === undefined ? 0 : Number(token);
  const next = at + 1 < ending.pages.length ? { NextToken: String(at + 1) } : {};
  return { ...ending.pages[at], ...next };
}
