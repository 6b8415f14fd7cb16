import { column, dataset, type Column, type Dataset } from './dataset.ts';
import { requiredInteger, requiredText, requiredTimestamp, text, timestamp } from './fields.ts';

/** What every staged row keeps beside its own columns: where it came from, and when. */
export const FILE_COLUMNS: readonly Column[] = [
  { name: 'file_id', type: 'string', description: 'File the row came in: made of its bytes' },
  { name: 'file_line', type: 'long', description: 'Line of the file, from 1' },
  { name: 'staged_at', type: 'timestamp', description: 'When the file was staged' },
];

/**
 * Bytes that a value takes in PostgreSQL; a text comes last. A number begins at a multiple of its bytes: between texts there would be gaps,
 * a twentieth of the table.
 */
const BYTES: Readonly<Record<Column['type'], number>> = {
  timestamp: 8,
  long: 8,
  double: 8,
  int: 4,
  date: 4,
  boolean: 1,
  string: 0,
  binary: 0,
};

/**
 * Table of a data set's rows as they came: every row of every file, whole files only. A row that came in two files is there twice;
 * the tables made of it hold it once.
 */
export function staged(source: Dataset): Dataset {
  const added = FILE_COLUMNS.map((each) => ({ ...each, source: each.name, required: true }));
  return {
    ...source,
    name: `staged_${source.name}`,
    description: `${source.description}, as staged from files`,
    key: ['file_id', 'file_line'],
    partitionBy: ['file_id'],
    fields: [...source.fields, ...added].toSorted((one, other) => BYTES[other.type] - BYTES[one.type]),
    checks: [],
    work: 'staging',
  };
}

/** Every file that has been staged. */
export const stagedFiles = dataset({
  name: 'staged_files',
  description: 'One row a file staged, also one that held no good row',
  key: ['dataset', 'file_id'],
  columns: {
    dataset: column(requiredText, { name: 'dataset', type: 'string', description: 'Data set the rows are of' }),
    file_id: column(requiredText, { name: 'file_id', type: 'string', description: 'Made of the bytes of the file' }),
    file_name: column(requiredText, { name: 'file_name', type: 'string', description: 'Path or key it was read from', maxBytes: 1024 }),
    rows: column(requiredInteger, { name: 'rows', type: 'long', description: 'Rows staged' }),
    rejected: column(requiredInteger, { name: 'rejected', type: 'long', description: 'Rows refused' }),
    staged_at: column(requiredTimestamp, { name: 'staged_at', type: 'timestamp', description: 'When it was staged' }),
    published_at: column(timestamp, {
      name: 'published_at',
      type: 'timestamp',
      description: 'When the tables made of its rows were published; null before',
    }),
  },
});

/** Every row that was refused, as it came. */
export const stagedRejects = dataset({
  name: 'staged_rejects',
  description: 'One row a record of a staged file that does not fit its contract',
  key: ['dataset', 'file_id', 'file_line'],
  columns: {
    dataset: column(requiredText, { name: 'dataset', type: 'string', description: 'Data set it should have been of' }),
    file_id: column(requiredText, { name: 'file_id', type: 'string', description: 'File it came in' }),
    file_name: column(requiredText, { name: 'file_name', type: 'string', description: 'Path or key of that file', maxBytes: 1024 }),
    file_line: column(requiredInteger, { name: 'file_line', type: 'long', description: 'Line of the file, from 1' }),
    reason: column(requiredText, { name: 'reason', type: 'string', description: 'Why it was refused', maxBytes: 4096 }),
    record: column(text, { name: 'record', type: 'string', description: 'The record; its beginning where it is long', maxBytes: 65_535 }),
  },
});
