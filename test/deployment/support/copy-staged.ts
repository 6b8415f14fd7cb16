import { gunzipSync } from 'node:zlib';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Transaction } from '@electric-sql/pglite';
import { s3Location } from '../../../lambdas/shared/s3-location.ts';

const STAGED =
  /^COPY millrace\."(\w+)" FROM '(s3:[^']+)' IAM_ROLE 'arn:[^']+' REGION '[\w-]+'\s+FORMAT JSON 'auto' MANIFEST GZIP TIMEFORMAT 'auto' COMPUPDATE OFF$/;
const ISO_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

interface Manifest {
  readonly entries: readonly { readonly url: string; readonly mandatory?: boolean }[];
}

interface ColumnInfo {
  readonly column_name: string;
  readonly data_type: string;
  readonly character_maximum_length: number | null;
}

/**
 * Redshift's COPY of gzipped JSON lines that a manifest lists, as strict as it is, and stricter: a name that is no column, which it leaves out,
 * is an error here.
 */
export async function copyStaged(session: Transaction, s3: Pick<S3Client, 'send'>, sql: string): Promise<void> {
  const [, table, manifestUri] = STAGED.exec(sql) ?? [];
  if (!table || !manifestUri) throw new Error(`COPY must be one of staged files, got ${sql}`);
  const { entries } = JSON.parse((await objectAt(s3, manifestUri)).toString()) as Manifest;
  if (entries.length === 0) throw new Error(`The manifest ${manifestUri} lists no file`);
  const { rows: columns } = await session.query<ColumnInfo>(
    `SELECT column_name, data_type, character_maximum_length FROM information_schema.columns WHERE table_schema = 'millrace' AND table_name = $1`,
    [table],
  );
  for (const { url } of entries) {
    const lines = gunzipSync(await objectAt(s3, url))
      .toString()
      .split('\n')
      .filter(Boolean);
    const rows = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    rows.forEach((row, index) => check(row, columns, `${url}:${index + 1}`));
    await session.query(`INSERT INTO millrace."${table}" SELECT * FROM json_populate_recordset(NULL::millrace."${table}", $1)`, [
      JSON.stringify(rows),
    ]);
  }
}

function check(row: Readonly<Record<string, unknown>>, columns: readonly ColumnInfo[], where: string): void {
  for (const [name, value] of Object.entries(row)) {
    const column = columns.find(({ column_name }) => column_name === name);
    if (!column) throw new Error(`${where}: ${name} is no column`);
    if (value === null) continue;
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    const { data_type, character_maximum_length } = column;
    // Redshift counts bytes.
    if (character_maximum_length !== null && Buffer.byteLength(text) > character_maximum_length) {
      throw new Error(`${where}: String length exceeds DDL length of ${name}`);
    }
    if (data_type.startsWith('timestamp') && !ISO_TIME.test(text)) throw new Error(`${where}: Invalid timestamp format of ${name}`);
    if (/^(bigint|integer)$/.test(data_type) && !Number.isInteger(value)) throw new Error(`${where}: Invalid digit of ${name}`);
  }
}

async function objectAt(s3: Pick<S3Client, 'send'>, uri: string): Promise<Buffer> {
  const { Body } = await s3.send(new GetObjectCommand(s3Location(uri)!));
  return Buffer.from(await Body!.transformToByteArray());
}
