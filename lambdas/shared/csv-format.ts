import { CsvError, parse } from 'csv-parse/sync';
import type { Dataset } from '../../lib/contracts/dataset.ts';
import { csvLayout } from './csv-columns.ts';
import { CSV_TIMES } from './csv-time.ts';
import { csvValue } from './csv-value.ts';
import type { RecordFormat } from './messages.ts';
import { rawLines } from './records.ts';
import { recordText, refused, type Parsed, type RawRecord, type Refused } from './row-checker.ts';

/** Lines that are looked at to find out how a file is laid out. */
const SAMPLE_LINES = 100;

/**
 * CSV with the columns of a contract, by the names of its JSON: with a header or without, and then with a row index before the columns or
 * without, with the label or without. A line is a record: a line break within quotes makes two that are refused.
 */
export function csvFormat(contract: Dataset): RecordFormat {
  const fields = new Map(contract.fields.map((field) => [field.source, field]));
  return { records: (chunks) => csvRecords(contract, chunks), parse };

  function parse(text: string, { columns = [] }: RawRecord): Parsed {
    const values = fieldsOf(text);
    if (isRefused(values)) return values;
    if (isRefused(columns)) return columns;
    if (values.length !== columns.length) return refused('malformed CSV', `line must have ${columns.length} fields, got ${values.length}`);
    const object: Record<string, unknown> = {};
    for (const [at, name] of columns.entries()) {
      if (name === '') continue;
      const field = fields.get(name);
      const value = field ? csvValue(field, values[at]!) : values[at]!;
      if (field?.type === 'timestamp' && (typeof value === 'string' || (value === null && field.required)))
        return refused('contract', `${name} must be ${CSV_TIMES}, got ${JSON.stringify(value?.slice(0, 80) ?? '')}`);
      object[name] = value;
    }
    return { ok: true, object };
  }
}

/** The lines of a file, each with the columns that its first ones tell of. The header is no record, unless it names what cannot be. */
async function* csvRecords(contract: Dataset, chunks: AsyncIterable<Buffer>): AsyncGenerator<RawRecord[]> {
  let columns: readonly string[] | Refused | undefined;
  for await (const lines of rawLines(chunks)) {
    let records = lines;
    if (columns === undefined && lines.length > 0) {
      const first = sample(lines);
      const layout = csvLayout(
        contract,
        first.map(({ fields }) => fields),
      );
      columns = layout.columns;
      if (layout.header && !isRefused(columns)) records = lines.filter(({ line }) => line !== first[0]!.line);
    }
    if (columns !== undefined) yield records.map((record) => ({ ...record, columns: columns! }));
  }
}

/** Fields of the first lines that have some. */
function sample(lines: readonly RawRecord[]): { line: number; fields: readonly string[] }[] {
  const found: { line: number; fields: readonly string[] }[] = [];
  for (const line of lines.slice(0, SAMPLE_LINES)) {
    const read = recordText(line);
    const fields = read.ok ? fieldsOf(read.text) : read;
    if (!isRefused(fields)) found.push({ line: line.line, fields });
  }
  return found;
}

/** A line without quotes is its fields and commas: nearly all are, and this takes them apart twenty times as fast. */
function fieldsOf(text: string): string[] | Refused {
  const line = text.endsWith('\r') ? text.slice(0, -1) : text;
  if (!line.includes('"')) return line.split(',');
  try {
    return parse(line, { relax_column_count: true })[0] ?? [''];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return refused('malformed CSV', `line must be CSV, got ${error.message}`);
  }
}

function isRefused(value: object): value is Refused {
  return !Array.isArray(value);
}
