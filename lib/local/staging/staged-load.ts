import { parse } from 'csv-parse';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { PassThrough, pipeline, Readable } from 'node:stream';
import { rawRecords } from '../../../lambdas/shared/records.ts';
import type { Dataset } from '../../contracts/dataset.ts';
import { quoted } from '../../contracts/render/ddl.ts';
import { staged, stagedFiles, stagedRejects } from '../../contracts/staging.ts';
import { SCHEMA } from '../../warehouse/statements.ts';
import type { Session, Warehouse } from '../warehouse.ts';
import { JSON_SUFFIX, type StagedFolder } from './staged-folder.ts';

/** CSV held between who makes it and who copies it. */
const BUFFER_BYTES = 1024 * 1024;
/** Text handed on at a time. */
const CHUNK_CHARACTERS = 256 * 1024;

/** A staged file, by its marker. */
export interface WholeFile {
  readonly id: string;
  readonly rejected: number;
}

/** Takes staged files into the warehouse, all of them or none. */
export async function loadStaged(warehouse: Warehouse, folder: StagedFolder, contract: Dataset, ids: readonly string[]): Promise<void> {
  await warehouse.transaction(async (session) => {
    await copyStaged(session, staged(contract), rowsOf(folder, ids));
    await copyStaged(session, stagedRejects, linesOf(folder, 'rejects', ids));
    await copyStaged(session, stagedFiles, linesOf(folder, 'files', ids));
  });
}

/** Takes files into the warehouse while they are staged, in one transaction: rows as they come, and the rest from what was staged. */
export class StagedLoad {
  private readonly csv = new PassThrough({ highWaterMark: BUFFER_BYTES });
  private readonly files: WholeFile[] = [];
  private readonly done: Promise<void>;
  private written = 0;

  constructor(warehouse: Warehouse, folder: StagedFolder, contract: Dataset) {
    const table = staged(contract);
    this.csv.on('error', () => {}); // whoever copies it throws it
    this.csv.write(csvHeader(contract));
    this.done = warehouse.transaction(async (session) => {
      await session.copy(tableName(table), columnsOf(table), this.csv);
      const withRejects = this.files.filter(({ rejected }) => rejected > 0).map(({ id }) => id);
      const ids = this.files.map(({ id }) => id);
      await copyStaged(session, stagedRejects, linesOf(folder, 'rejects', withRejects));
      await copyStaged(session, stagedFiles, linesOf(folder, 'files', ids));
    });
    this.done.catch(() => {}); // it is thrown where it is waited for
  }

  /** Bytes of CSV so far. */
  get bytes(): number {
    return this.written;
  }

  /** @param lines CSV; must not be changed any more */
  async write(lines: Buffer): Promise<void> {
    if (lines.length === 0) return;
    this.written += lines.length;
    try {
      if (!this.csv.write(lines)) await Promise.race([once(this.csv, 'drain'), this.done]);
    } catch (error) {
      await this.done; // says why nothing is taken any more
      throw error;
    }
  }

  /** Counts a file in: all its rows are written, and its staged files are in their places. */
  add(file: WholeFile): void {
    this.files.push(file);
  }

  async commit(): Promise<void> {
    this.csv.end();
    await this.done;
  }

  /** Leaves nothing of all its files. */
  async abort(): Promise<void> {
    this.csv.destroy(new Error('load was given up'));
    await this.done.catch(() => {});
  }
}

/** First line of the staged rows of a data set. */
export function csvHeader(contract: Dataset): string {
  return `${columnsOf(staged(contract)).join(',')}\n`;
}

type Row = Readonly<Record<string, unknown>>;

/** Staged rows by the names in their file's header: a contract may have gained columns since. */
async function* rowsOf(folder: StagedFolder, ids: readonly string[]): AsyncGenerator<Row> {
  for (const id of ids) {
    const path = await folder.rowsPath(id);
    yield* path.endsWith(JSON_SUFFIX) ? jsonRows(path) : csvRows(path);
  }
}

/** Staged rows of the other kinds. */
async function* linesOf(folder: StagedFolder, kind: 'rejects' | 'files', ids: readonly string[]): AsyncGenerator<Row> {
  for (const id of ids) yield* jsonRows(folder.path(kind, id));
}

function csvRows(path: string): AsyncIterable<Row> {
  const rows = parse({
    columns: true,
    record_delimiter: '\n',
    cast: (value, { quoting }) => (value === '' && !quoting ? null : value),
  });
  return pipeline(createReadStream(path), rows, () => undefined); // its error reaches who reads
}

async function* jsonRows(path: string): AsyncGenerator<Row> {
  for await (const records of rawRecords(createReadStream(path) as AsyncIterable<Buffer>)) {
    for (const { bytes } of records) yield JSON.parse(bytes.toString()) as Row;
  }
}

/** Copies staged rows into the table of their kind. */
async function copyStaged(session: Session, table: Dataset, rows: AsyncIterable<Row>): Promise<void> {
  await session.copy(tableName(table), columnsOf(table), Readable.from(csvOf(table, rows), { objectMode: false }));
}

async function* csvOf(table: Dataset, rows: AsyncIterable<Row>): AsyncGenerator<Buffer> {
  const columns = columnsOf(table);
  let text = `${columns.join(',')}\n`;
  for await (const row of rows) {
    text += csvLine(row, columns);
    if (text.length < CHUNK_CHARACTERS) continue;
    yield Buffer.from(text);
    text = '';
  }
  yield Buffer.from(text);
}

function csvLine(row: Row, columns: readonly string[]): string {
  const cells = columns.map((column) => {
    const value = row[column] ?? null;
    if (value === null) return '';
    return typeof value === 'string' ? `"${value.replaceAll('"', '""')}"` : (value as number | boolean).toString();
  });
  return `${cells.join(',')}\n`;
}

function columnsOf({ fields }: Dataset): string[] {
  return fields.map(({ name }) => name);
}

function tableName({ name }: Dataset): string {
  return `${quoted(SCHEMA)}.${quoted(name)}`;
}
