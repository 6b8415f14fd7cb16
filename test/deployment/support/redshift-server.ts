import { readdir, readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { json } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import type { S3Client } from '@aws-sdk/client-s3';
import type { PGlite, Results, Transaction } from '@electric-sql/pglite';
import { fakeRedshift, type FakeRedshift } from '../../support/redshift-schema.ts';
import { copyStaged } from './copy-staged.ts';

interface Statement {
  readonly sqls: readonly string[];
  /** Of the last one, where it gave rows. */
  readonly results?: Results;
  readonly error?: string;
}

interface Request {
  readonly Id?: string;
  readonly Sql?: string;
  readonly Sqls?: readonly string[];
  readonly Parameters?: readonly { readonly name: string; readonly value: string }[];
}

/** How Redshift calls PostgreSQL's types, by their number there. */
const TYPES: Readonly<Record<number, string>> = {
  16: 'bool',
  20: 'int8',
  21: 'int2',
  23: 'int4',
  700: 'float4',
  701: 'float8',
  1082: 'date',
  1114: 'timestamp',
  1184: 'timestamptz',
  1700: 'numeric',
};
const AS_TEXT = Object.fromEntries(Object.keys(TYPES).map((type) => [type, (value: string) => value]));
const NUMBERS = new Set(['int2', 'int4', 'int8']);
const COPY_EXPORT = /^COPY (\S+) \(([^)]+)\) FROM 's3:\/\/([^']+)' [^]*FORMAT CSV GZIP/;
const COPY = /^COPY /;

/** Redshift's Data API over a real PostgreSQL engine. COPY reads the files that local Spark wrote for S3, or those of the emulator's S3. */
export class RedshiftServer {
  private readonly statements = new Map<string, Statement>();

  private constructor(
    private readonly server: Server,
    private readonly redshift: FakeRedshift,
    private readonly buckets: string,
  ) {}

  /** Where staged files are: the emulator's, which starts later. */
  s3: Pick<S3Client, 'send'> | undefined;
  /** Statements that hold this text fail, so many times. */
  failing: { readonly text: string; times: number } | undefined;

  /** @param buckets folder with a folder for each bucket */
  static async start(buckets: string): Promise<RedshiftServer> {
    const redshift = await fakeRedshift();
    await redshift.database.exec("SET TIME ZONE 'UTC'");
    const server = createServer((request, response) => {
      const action = String(request.headers['x-amz-target']).split('.').at(-1)!;
      void json(request)
        .then((body) => self.answer(action, body as Request))
        .then(
          (answer) => response.end(JSON.stringify(answer)),
          (error: unknown) => response.writeHead(400).end(JSON.stringify({ __type: 'ValidationException', message: String(error) })),
        );
    });
    const self = new RedshiftServer(server, redshift, buckets);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return self;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Rows of a query on the engine itself. */
  async rows(sql: string): Promise<Record<string, unknown>[]> {
    return (await this.redshift.database.query<Record<string, unknown>>(sql)).rows;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await this.redshift.database.close();
  }

  private async answer(action: string, request: Request): Promise<object> {
    switch (action) {
      case 'ExecuteStatement':
      case 'BatchExecuteStatement': {
        const id = crypto.randomUUID();
        this.statements.set(id, await this.run(request));
        return { Id: id };
      }
      case 'DescribeStatement': {
        const { error, results, sqls } = this.found(request);
        const SubStatements =
          sqls.length > 1
            ? sqls.map((QueryString, n) => ({ Id: `${request.Id}:${n + 1}`, QueryString, Status: error ? 'ABORTED' : 'FINISHED' }))
            : undefined;
        return {
          Id: request.Id,
          Status: error ? 'FAILED' : 'FINISHED',
          HasResultSet: results !== undefined,
          ...(error && { Error: error }),
          SubStatements,
        };
      }
      case 'GetStatementResult':
        return page(this.found(request).results);
      default:
        throw new Error(`action must be one of the Data API, got ${action}`);
    }
  }

  private failWhereAsked(sqls: readonly string[]): void {
    const { failing } = this;
    if (!failing || failing.times === 0 || !sqls.some((sql) => sql.includes(failing.text))) return;
    failing.times -= 1;
    throw new Error('ERROR: 1023 Serializable isolation violation on table, as the test asked');
  }

  private found({ Id }: Request): Statement {
    const statement = this.statements.get(Id ?? '');
    if (!statement) throw new Error(`Query does not exist: ${Id}`);
    return statement;
  }

  private async run({ Sql, Sqls, Parameters = [] }: Request): Promise<Statement> {
    const sqls = Sqls ?? [Sql!];
    try {
      this.failWhereAsked(sqls);
      if (!Sqls) return { sqls, ...(await this.runOne(Sql!, Parameters)) };
      if (Sqls.some((sql) => COPY.test(sql))) await this.load(Sqls);
      else await this.redshift.transaction(Sqls);
      return { sqls };
    } catch (error) {
      return { sqls, error: (error as Error).message };
    }
  }

  private async runOne(
    sql: string,
    parameters: readonly { readonly name: string; readonly value: string }[],
  ): Promise<Pick<Statement, 'results'>> {
    // Named parameters are numbered ones to PostgreSQL; a colon of a cast is none.
    const numbered = parameters.reduce((text, { name }, n) => text.replaceAll(new RegExp(`(?<!:):${name}\\b`, 'g'), `$${n + 1}`), sql);
    const values = parameters.map(({ value }) => value);
    if (!/^\s*(--[^\n]*\n|\s)*(SELECT|WITH|SHOW)\b/i.test(numbered)) {
      await this.redshift.query(numbered, values);
      return {};
    }
    return { results: await this.redshift.database.query(numbered, values, { parsers: AS_TEXT }) };
  }

  private load(sqls: readonly string[]): Promise<void> {
    return this.redshift.database.transaction(async (transaction) => {
      for (const sql of sqls) {
        const [, table, columns, source] = COPY_EXPORT.exec(sql) ?? [];
        if (table && columns && source) await this.copy(transaction, table, columns, source);
        else if (COPY.test(sql)) await copyStaged(transaction, this.s3!, sql);
        else await transaction.query(sql);
      }
    });
  }

  private async copy(session: PGlite | Transaction, table: string, columns: string, source: string): Promise<void> {
    const prefix = join(this.buckets, source);
    const files = (await readdir(dirname(prefix))).filter((name) => name.startsWith(basename(prefix)));
    if (files.length === 0) throw new Error(`The specified S3 prefix '${source}' does not exist`);
    for (const file of files) {
      const csv = gunzipSync(await readFile(join(dirname(prefix), file)));
      await session.query(`COPY ${table} (${columns}) FROM '/dev/blob' WITH (FORMAT csv, HEADER true)`, [], { blob: new Blob([csv]) });
    }
  }
}

function page(results: Results | undefined): object {
  const { fields, rows } = results ?? { fields: [], rows: [] };
  const ColumnMetadata = fields.map(({ name, dataTypeID }) => ({ name, label: name, typeName: TYPES[dataTypeID] ?? 'varchar' }));
  const Records = (rows as Record<string, unknown>[]).map((row) =>
    fields.map(({ name, dataTypeID }) => field(row[name], TYPES[dataTypeID])),
  );
  return { ColumnMetadata, Records, TotalNumRows: rows.length };
}

function field(value: unknown, type: string | undefined): object {
  if (value === null || value === undefined) return { isNull: true };
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return type && NUMBERS.has(type) ? { longValue: Number(text) } : { stringValue: text };
}
