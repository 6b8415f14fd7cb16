import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { blockMaker } from '../../lambdas/stage-files/block.ts';
import { rawRecords } from '../../lambdas/shared/records.ts';
import type { Dataset } from '../../lib/contracts/dataset.ts';
import { listeningEvent } from '../../lib/contracts/listening-event.ts';
import { tableDdl } from '../../lib/contracts/render/ddl.ts';
import { song } from '../../lib/contracts/song.ts';
import { staged } from '../../lib/contracts/staging.ts';

export interface Files {
  readonly logs: string;
  readonly songs: string;
}

export interface Timed {
  readonly what: string;
  readonly seconds: number;
}

export const JSONB = 'lines of jsonb';
/** Neither is in JSON, so that a line is one value of one column. */
const ONE_COLUMN = String.raw`(FORMAT csv, DELIMITER E'\x01', QUOTE E'\x02')`;

/** COPY of files as they are into one table, and of typed columns that were made of them before. Each table is dropped again. */
export async function bareCopies(url: string, { logs, songs }: Files, typed: Files): Promise<Timed[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const lines = [logs, songs].map((file) => ({ table: 'lines', options: ONE_COLUMN, file }));
    const columns = [
      { table: 'bare.staged_listening_events', options: '(FORMAT csv)', file: typed.logs },
      { table: 'bare.staged_catalogue_songs', options: '(FORMAT csv)', file: typed.songs },
    ];
    const tables = ['CREATE SCHEMA bare', ...[listeningEvent, song].map((each) => tableDdl('postgresql', 'bare', staged(each))[0]!)];
    return [
      { what: 'lines of text', seconds: await timed(client, ['CREATE TABLE lines (line text)'], lines, 'DROP TABLE lines') },
      { what: 'typed columns (made before)', seconds: await timed(client, tables, columns, 'DROP SCHEMA bare CASCADE') },
      { what: JSONB, seconds: await timed(client, ['CREATE TABLE lines (line jsonb)'], lines, 'DROP TABLE lines') },
    ];
  } finally {
    await client.end();
  }
}

interface Copy {
  readonly table: string;
  readonly options: string;
  readonly file: string;
}

async function timed(client: pg.Client, before: readonly string[], copies: readonly Copy[], after: string): Promise<number> {
  for (const statement of before) await client.query(statement);
  await client.query('CHECKPOINT'); // what others wrote is not ours to wait for
  const began = performance.now();
  for (const { table, options, file } of copies) {
    await pipeline(
      createReadStream(file, { highWaterMark: 256 * 1024 }),
      client.query(copyFrom(`COPY ${table} FROM STDIN WITH ${options}`)),
    );
  }
  const seconds = (performance.now() - began) / 1000;
  await client.query(after);
  return seconds;
}

/** Makes files of what goes into the columns of the staging tables. */
export async function typedFiles(folder: string, { logs, songs }: Files): Promise<Files> {
  return {
    logs: await typed(listeningEvent, logs, join(folder, 'events.csv')),
    songs: await typed(song, songs, join(folder, 'songs.csv')),
  };
}

async function typed(contract: Dataset, file: string, to: string): Promise<string> {
  const block = blockMaker(contract, { dataset: contract.name, file_id: '0'.repeat(16), file_name: file, staged_at: Date.now() }, 'csv');
  async function* lines(): AsyncGenerator<Buffer> {
    for await (const records of rawRecords(createReadStream(file) as AsyncIterable<Buffer>)) yield block(records).text;
  }
  await pipeline(Readable.from(lines()), createWriteStream(to));
  return to;
}
