import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { PGlite, type Transaction } from '@electric-sql/pglite';
import { UsageError } from '../../cli/failures.ts';
import { takeLock } from '../lock.ts';
import type { Row, Session, Warehouse } from '../warehouse.ts';
import { copyStatement, csvParts } from './csv.ts';
import { rowsOf } from './rows.ts';
import { PARSERS } from './values.ts';

/** PGlite takes a COPY's text whole from memory: files are handed to it in parts of this size. */
const PART_BYTES = 8 * 1024 * 1024;

/** Folders that this process has open: the lock file only tells other processes apart. */
const open = new Set<string>();

/** Opens PGlite on `<dataDir>/warehouse`, and makes it when it is not there. Its files take one process at a time. */
export async function openPglite(dataDir: string): Promise<Warehouse> {
  const folder = path.resolve(dataDir, 'warehouse');
  await mkdir(path.dirname(folder), { recursive: true });
  const unlock = await lock(folder);
  const database = await start(folder).catch(async (error: unknown) => {
    await unlock();
    throw error;
  });
  const [row] = (await database.query<{ server_version: string }>('SHOW server_version')).rows;
  return {
    engine: 'pglite',
    version: row!.server_version,
    ...sessionOf(database),
    transaction: (work) => database.transaction((transaction) => work(sessionOf(transaction))),
    async close() {
      await database.close();
      await unlock();
    },
  };
}

async function lock(folder: string): Promise<() => Promise<void>> {
  const busy = (reason: string) => new UsageError(`warehouse must be open once at a time, got ${folder} in use: ${reason}`);
  if (open.has(folder)) throw busy('by this process');
  open.add(folder);
  try {
    const unlock = await takeLock(`${folder}.lock`);
    return async () => {
      open.delete(folder);
      await unlock();
    };
  } catch (error) {
    open.delete(folder);
    throw error instanceof UsageError ? busy(error.message) : error;
  }
}

async function start(folder: string): Promise<PGlite> {
  try {
    const database = await PGlite.create({ dataDir: folder, parsers: PARSERS });
    await database.exec("SET TIME ZONE 'UTC'");
    return database;
  } catch (error) {
    throw new UsageError(
      `warehouse must be a folder that PGlite can read, got ${folder}: ${(error as Error).message} (--fresh makes it anew)`,
    );
  }
}

function sessionOf(database: PGlite | Transaction): Session {
  return {
    async query<R = Row>(sql: string, params: readonly unknown[] = []) {
      const { fields, rows } = await database.query<unknown[]>(sql, [...params], { rowMode: 'array' });
      return rowsOf<R>(
        fields.map(({ name }) => name),
        rows,
      );
    },
    async execute(sql: string) {
      return (await database.query(sql)).affectedRows ?? 0;
    },
    async copy(table: string, columns: readonly string[], csv: Readable) {
      let rows = 0;
      for await (const { bytes, lineOffset } of csvParts(csv, PART_BYTES)) {
        const statement = copyStatement(table, columns, "'/dev/blob'");
        const result = await database.query(statement, [], { blob: new Blob([bytes]) }).catch((error: unknown) => {
          throw inWholeFile(error, lineOffset);
        });
        rows += result.affectedRows ?? 0;
      }
      return rows;
    },
  };
}

/** An error of COPY tells the line within its part. */
function inWholeFile(error: unknown, lineOffset: number): unknown {
  if (error instanceof Error && 'where' in error && typeof error.where === 'string') {
    error.where = error.where.replace(/\bline (\d+)/, (_, line: string) => `line ${Number(line) + lineOffset}`);
  }
  return error;
}
