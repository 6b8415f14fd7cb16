import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { UsageError } from '../../cli/failures.ts';
import type { Row, Session, Warehouse } from '../warehouse.ts';
import { copyStatement } from './csv.ts';
import { rowsOf } from './rows.ts';
import { PARSERS } from './values.ts';

const CONNECT_TIMEOUT_MS = 10_000;
/** As many as the widest inner list of a pipeline's steps, and one for who looks on. */
const MAX_CONNECTIONS = 5;
/** The first one whose COPY checks a header line (HEADER MATCH). */
const OLDEST_MAJOR = 15;

const TYPES: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) => PARSERS[oid] ?? (pg.types.getTypeParser(oid, format) as (text: string) => unknown),
};

/** Connects to the PostgreSQL server at `url`. Transactions side by side have a connection each. */
export async function openPostgresql(url: string): Promise<Warehouse> {
  const pool = await connected(url);
  const session = sessionOf(pool);
  const version = await checkedVersion(session).catch(async (error: unknown) => {
    await pool.end();
    throw error;
  });
  return {
    engine: 'postgresql',
    version,
    ...session,
    async transaction<T>(work: (session: Session) => Promise<T>) {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        const result = await work(sessionOf(client));
        await client.query('COMMIT');
        return result;
      } catch (error) {
        // Where the connection is lost, the server rolls back by itself; the first error says why.
        await client.query('ROLLBACK').catch(() => undefined);
        throw error;
      } finally {
        client.release();
      }
    },
    close: () => pool.end(),
  };
}

async function checkedVersion(session: Session): Promise<string> {
  const [row] = await session.query<{ server_version: string }>('SHOW server_version');
  const version = row!.server_version.split(' ')[0]!; // some packagers add their name
  if (Number.parseInt(version, 10) < OLDEST_MAJOR) {
    throw new UsageError(`warehouse must be PostgreSQL ${OLDEST_MAJOR} or newer, got ${version}`);
  }
  return version;
}

async function connected(url: string): Promise<pg.Pool> {
  try {
    if (!/^postgres(ql)?:\/\//.test(url)) throw new Error('not a postgresql:// URL');
    const pool = new pg.Pool({
      connectionString: url,
      application_name: 'millrace',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      max: MAX_CONNECTIONS,
      types: TYPES,
      // Waited for, before whatever the connection was made for.
      // eslint-disable-next-line @typescript-eslint/no-misused-promises -- only its types are without the promise
      onConnect: (client) => client.query("SET TIME ZONE 'UTC'"),
    });
    // A lost connection fails the statement it was needed for; without a listener the event would end the process.
    pool.on('error', () => undefined);
    pool.on('connect', (client) => client.on('error', () => undefined));
    (await pool.connect()).release();
    return pool;
  } catch (error) {
    throw new UsageError(`warehouse must be a reachable PostgreSQL server, got ${withoutSecrets(url)}: ${reason(error)}`);
  }
}

/** A URL for people to read: no password, wherever an unescaped one might begin or end, and no parameters. */
export function withoutSecrets(url: string): string {
  return url.replace(/^([^:/]*:\/\/)?([^:@/]*).*@/s, '$1$2@').replace(/[?#].*/s, '');
}

/** Where a host has several addresses, the error of each one is within. */
function reason(error: unknown): string {
  if (error instanceof AggregateError) return (error.errors as unknown[]).map(reason).join(', ');
  return error instanceof Error ? error.message : String(error);
}

function sessionOf(connection: pg.Pool | pg.PoolClient): Session {
  return {
    async query<R = Row>(text: string, params: readonly unknown[] = []) {
      const { fields, rows } = await connection.query<unknown[]>({ ...single(text, params), rowMode: 'array' });
      return rowsOf<R>(
        fields.map(({ name }) => name),
        rows,
      );
    },
    async execute(text: string) {
      const { rowCount } = await connection.query(single(text));
      return rowCount ?? 0;
    },
    async copy(table: string, columns: readonly string[], csv: Readable) {
      if (!(connection instanceof pg.Pool)) return copyBy(connection, table, columns, csv);
      const client = await connection.connect();
      try {
        return await copyBy(client, table, columns, csv);
      } finally {
        client.release();
      }
    },
  };
}

/** The extended protocol takes one statement: the same as in PGlite, and nothing can follow a semicolon. */
function single(text: string, params: readonly unknown[] = []): pg.QueryConfig & { queryMode: 'extended' } {
  return { text, values: [...params], queryMode: 'extended' };
}

async function copyBy(client: pg.PoolClient, table: string, columns: readonly string[], csv: Readable): Promise<number> {
  const target = client.query(copyFrom(copyStatement(table, columns, 'STDIN')));
  await pipeline(csv, target);
  return target.rowCount;
}
