import { createHash } from 'node:crypto';
import type { Dataset } from '../contracts/dataset.ts';
import { sqlFile } from './sql-file.ts';
import { SCHEMA } from './statements.ts';
import { streamView } from './stream-view.ts';
import { VIEWS, viewStatements } from './views.ts';

/** What the schema on Redshift is made for. */
export interface MigrationTarget {
  readonly region: string;
  /** Glue database of the lake's tables. */
  readonly lakeDatabase: string;
  /** ARN of the role that reads them. */
  readonly lakeRole: string;
  /** `host:port` of the brokers, joined by commas. */
  readonly brokers: string;
  /** ARN of the role that reads topics. */
  readonly streamRole: string;
  readonly streams: readonly MigratedStream[];
  /** Whether streaming views follow their topics on their own. */
  readonly autoRefresh: boolean;
}

export interface MigratedStream {
  readonly topic: string;
  readonly dataset: Dataset;
}

/** A part of the schema that is not a contract's table. It is made again when its statements are others than those it was made by. */
export interface Migration {
  readonly name: string;
  /** To be run in order. Safe to run again. */
  readonly statements: readonly string[];
  /** All of them at once, or none; Redshift makes external schemas and streaming views outside transactions only. @default false */
  readonly inTransaction?: boolean;
  /** What it hangs on: the statements of another migration that, run again, undo it. @default - nothing */
  readonly basis?: readonly string[];
}

/** In the order they are to be applied. Names are for ever: under another name a migration is another one. */
export function migrations(target: MigrationTarget): Migration[] {
  const { region, lakeDatabase, lakeRole, brokers, streamRole, streams, autoRefresh } = target;
  return [
    { name: 'lake-schema', statements: file('lake-schema', {}, { database: lakeDatabase, region, role: lakeRole }) },
    { name: 'kafka-schema', statements: file('kafka-schema', {}, { brokers, role: streamRole }) },
    ...streams.flatMap(({ topic, dataset }) => {
      const names = { topic: [topic], stream: [streamName(dataset)], procedure: [refreshProcedure(dataset)] };
      const stream = file('stream', names);
      return [
        { name: `${dataset.name}/stream`, statements: stream },
        {
          name: `${dataset.name}/refresh`,
          statements: file(autoRefresh ? 'stream-refresh-on' : 'stream-refresh-off', names),
          basis: stream,
        },
        { name: `${dataset.name}/procedure`, statements: file('stream-procedure', names) },
        {
          name: `${dataset.name}/view`,
          statements: [streamView(`${SCHEMA}.${dataset.name}_live`, `${SCHEMA}.${streamName(dataset)}`, dataset)],
        },
      ];
    }),
    ...VIEWS.map((view) => ({ name: `views/${view.name}`, statements: viewStatements('redshift', view), inTransaction: true })),
  ];
}

export function hashOf({ statements, basis = [] }: Migration): string {
  return createHash('sha256')
    .update(JSON.stringify([...basis, ...statements]))
    .digest('hex');
}

/** Name, in the schema, of the procedure that reads a data set's stream up to now. */
export function refreshProcedure(dataset: Dataset): string {
  return `refresh_${streamName(dataset)}`;
}

export const createJournal = () => file('create-journal')[0]!;
/** Rows of {@link JournalEntry}. */
export const readJournal = () => file('read-journal')[0]!;
/** To be run as one transaction. The time is ours: Redshift's CURRENT_TIMESTAMP is one of the functions that it keeps from its tables. */
export const writeJournal = (migration: Migration, time = new Date()) =>
  // `YYYY-MM-DD HH:MM:SS`, UTC.
  file('write-journal', {}, { name: migration.name, hash: hashOf(migration), time: time.toISOString().slice(0, 19).replace('T', ' ') });
export const grantReaders = () => file('readers');

/** One row where the role of those who load is there. */
export const existingLoader = () => file('existing-loader')[0]!;
export const createLoader = () => file('create-loader')[0]!;
export const grantLoader = (dataset: Dataset) => file('loader-grants', { table: [dataset.name] });
/** One row where the user, `$1`, is there. */
export const existingUser = () => file('existing-user')[0]!;
export const createUser = (user: string) => file('create-user', { user: [user] })[0]!;
/** One row where the user, `$1`, is one of those who load. */
export const existingMember = () => file('existing-member')[0]!;
export const addMember = (user: string) => file('grant-loader', { user: [user] })[0]!;

export interface JournalEntry {
  readonly name: string;
  readonly text_hash: string;
}

function streamName({ name }: Dataset): string {
  return `${name}_stream`;
}

function file(name: string, names: Record<string, readonly string[]> = {}, texts: Record<string, string> = {}): string[] {
  return sqlFile(`migrations/${name}.sql`, names, texts);
}
