import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Dataset } from '../../lib/contracts/dataset.ts';
import { listeningEvent } from '../../lib/contracts/listening-event.ts';
import { staged, stagedFiles } from '../../lib/contracts/staging.ts';
import { quoted } from '../../lib/contracts/render/ddl.ts';
import type { Session, Warehouse } from '../../lib/local/warehouse.ts';

export interface StagedRows {
  readonly source: Dataset;
  readonly file: string;
  /** As a file has them. */
  readonly records: readonly object[];
  /** ISO 8601. */
  readonly at?: string;
}

/** Stages records as a file of them, all of which fit the contract. */
export async function stageRows(
  warehouse: Warehouse,
  { source, file, records, at = '2024-06-01T00:00:00.000Z' }: StagedRows,
): Promise<void> {
  const rows = records.map((record, index) => {
    const row = source.schema.parse(record) as Record<string, unknown>;
    if (source.name === listeningEvent.name) row['eventId'] ??= eventId(row);
    const own = Object.fromEntries(source.fields.map((field) => [field.name, cell(field.type, row[field.source])]));
    return { ...own, file_id: file, file_line: index + 1, staged_at: at };
  });
  const about = { dataset: source.name, file_id: file, file_name: `${file}.json`, rows: rows.length, rejected: 0, staged_at: at };
  await warehouse.transaction(async (session) => {
    await copy(session, staged(source), rows);
    await copy(session, stagedFiles, [about]);
  });
}

/** The same event has the same id in whatever file it comes. */
function eventId({ ts, userId, sessionId, itemInSession, page }: Record<string, unknown>): string {
  const hash = createHash('sha256').update(JSON.stringify([userId, sessionId, itemInSession, page]));
  return `${String(ts).padStart(13, '0')}-${hash.digest('hex').slice(0, 16)}`;
}

async function copy(session: Session, { name, fields }: Dataset, rows: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
  const columns = fields.map((field) => field.name);
  const lines = [columns, ...rows.map((row) => columns.map((column) => row[column]))].map((cells) => cells.map(csvCell).join(',') + '\n');
  await session.copy(`millrace.${quoted(name)}`, columns, Readable.from([Buffer.from(lines.join(''))], { objectMode: false }));
}

function cell(type: string, value: unknown): unknown {
  return type === 'timestamp' && typeof value === 'number' ? new Date(value).toISOString() : value;
}

function csvCell(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? `"${value.replaceAll('"', '""')}"` : JSON.stringify(value);
}
