import type { Column, Dataset } from '../../lib/contracts/dataset.ts';
import { isoTime } from './iso-time.ts';

/** A row of a table as the lake and Redshift read it, and as PostgreSQL does. Neither ends its line. */
export interface RowText {
  readonly json: string;
  readonly csv: string;
}

/**
 * Makes what writes rows, given under a contract's JSON names, under the names of its columns, with timestamps in ISO 8601 and null for
 * what is missing. Both forms are made in one pass: to look for what must be escaped takes longer than to write it twice.
 */
export function tableText({ fields }: Pick<Dataset, 'fields'>): (row: Readonly<Record<string, unknown>>) => RowText {
  const columns = fields.map(({ name, source, type }) => ({ source, label: `"${name}":`, write: WRITERS[type] }));
  return (row) => {
    const json: string[] = [];
    const csv: string[] = [];
    for (const { source, label, write } of columns) write(json, csv, label, row[source] ?? null);
    return { json: `{${json.join(',')}}`, csv: csv.join(',') };
  };
}

type Write = (json: string[], csv: string[], label: string, value: unknown) => void;

/** What JSON does not take between quotes as it stands; CSV takes all of it but the quote. */
const SPECIAL = /["\\\u0000-\u001f]/;

const writeText: Write = (json, csv, label, value) => {
  if (value === null) return writeNull(json, csv, label);
  const text = value as string;
  if (SPECIAL.test(text)) {
    json.push(label + JSON.stringify(text));
    csv.push(`"${text.replaceAll('"', '""')}"`);
  } else {
    const quoted = `"${text}"`;
    json.push(label + quoted);
    csv.push(quoted);
  }
};

const writePlain: Write = (json, csv, label, value) => {
  if (value === null) return writeNull(json, csv, label);
  const text = (value as number | boolean).toString();
  json.push(label + text);
  csv.push(text);
};

const writeTime: Write = (json, csv, label, value) => {
  if (value === null) return writeNull(json, csv, label);
  const quoted = `"${isoTime(value as number)}"`;
  json.push(label + quoted);
  csv.push(quoted);
};

function writeNull(json: string[], csv: string[], label: string): void {
  json.push(`${label}null`);
  csv.push('');
}

const WRITERS: Record<Column['type'], Write> = {
  string: writeText,
  date: writeText,
  int: writePlain,
  long: writePlain,
  double: writePlain,
  boolean: writePlain,
  timestamp: writeTime,
  binary: () => {
    throw new Error('column of a staged table must not be binary, got one');
  },
};
