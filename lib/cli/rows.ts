import { columns } from './table.ts';

export type RowFormat = 'table' | 'csv' | 'json';

export interface PrintOptions {
  readonly format: RowFormat;
  /** Rows printed at most; a note says where there are more. */
  readonly limit: number;
}

/** Prints the rows of a query. */
export function printRows(rows: readonly Readonly<Record<string, unknown>>[], { format, limit }: PrintOptions): void {
  for (const line of formatRows(rows.slice(0, limit), format)) process.stdout.write(`${line}\n`);
  if (rows.length > limit) process.stderr.write(`only the first ${limit} rows are shown: --limit N shows more\n`);
}

/**
 * Rows of a query as text, a line a row (CSV may have line feeds in a quoted field), as the Spark step of the local `sql` prints them.
 * A table and CSV begin with the columns' names; without a row they are not known.
 */
export function formatRows(rows: readonly Readonly<Record<string, unknown>>[], format: RowFormat): string[] {
  if (format === 'json') return rows.map((row) => JSON.stringify(row));
  const names = Object.keys(rows[0] ?? {});
  if (names.length === 0) return [];
  if (format === 'csv')
    return [names, ...rows.map((row) => names.map((name) => csvText(row[name])))].map((row) => row.map(csvField).join(','));
  const body = rows.map((row) => names.map((name) => (row[name] === null || row[name] === undefined ? 'NULL' : oneLine(text(row[name])))));
  const widths = names.map((name, index) => Math.max(name.length, ...body.map((cells) => cells[index]!.length)));
  return columns([names, widths.map((width) => '-'.repeat(width)), ...body]);
}

/** What would end the line or steer the terminal is shown as JSON escapes it. */
function oneLine(value: string): string {
  return value.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function csvText(value: unknown): string {
  return value === null || value === undefined ? '' : text(value);
}

function csvField(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

function text(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'string' ? value : JSON.stringify(value);
}
