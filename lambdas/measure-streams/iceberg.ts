import { EntityNotFoundException, GetTableCommand, type GlueClient } from '@aws-sdk/client-glue';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { located } from './checkpoint.ts';

interface Metadata {
  readonly 'current-snapshot-id'?: string;
  readonly snapshots?: readonly Snapshot[];
}

interface Snapshot {
  readonly 'snapshot-id': string;
  readonly 'parent-snapshot-id'?: string;
  readonly summary?: Readonly<Record<string, string>>;
}

/** Of a snapshot's summary: where the step that landed a topic ended, as JSON by partition (spark-steps/millrace/landed.py). */
const OFFSETS = 'millrace.offsets';

/**
 * Rows of an Iceberg table of the Glue catalog, as its last snapshot's summary says (https://iceberg.apache.org/spec/#snapshots):
 * no engine has to run for it. 0 where there is no table yet.
 */
export async function tableRows(glue: GlueClient, s3: S3Client, database: string, table: string): Promise<number> {
  const json = await metadataOf(glue, s3, database, table);
  return json === undefined ? 0 : totalRecords(json);
}

/** Offsets up to which a topic has been landed in a table, by partition; none where there is no table yet. */
export async function landedOffsets(glue: GlueClient, s3: S3Client, database: string, table: string): Promise<Map<number, number>> {
  const json = await metadataOf(glue, s3, database, table);
  return json === undefined ? new Map() : offsetsIn(json);
}

export function totalRecords(json: string): number {
  return Number(history(json)[0]?.summary?.['total-records'] ?? 0);
}

/** Those of the newest snapshot that has some: compaction and rewrites leave snapshots of their own. */
export function offsetsIn(json: string): Map<number, number> {
  const newest = history(json).find(({ summary }) => summary?.[OFFSETS] !== undefined);
  const offsets = JSON.parse(newest?.summary?.[OFFSETS] ?? '{}') as Record<string, number>;
  return new Map(Object.entries(offsets).map(([partition, offset]) => [Number(partition), offset]));
}

/** The current snapshot, then the one before it, and so on. Ids are 64-bit: JSON.parse rounds them, and all that share a rounding compare equal. So they are read as text. */
function history(json: string): Snapshot[] {
  const { snapshots = [], ...about } = JSON.parse(
    json.replaceAll(/("(?:current-|parent-)?snapshot-id"\s*:\s*)(-?\d+)/g, '$1"$2"'),
  ) as Metadata;
  const byId = new Map(snapshots.map((snapshot) => [snapshot['snapshot-id'], snapshot]));
  const found: Snapshot[] = [];
  for (let id = about['current-snapshot-id']; id !== undefined && byId.has(id); id = byId.get(id)!['parent-snapshot-id'])
    found.push(byId.get(id)!);
  return found;
}

async function metadataOf(glue: GlueClient, s3: S3Client, database: string, table: string): Promise<string | undefined> {
  const location = await metadataLocation(glue, database, table);
  if (location === undefined) return undefined;
  const object = await s3.send(new GetObjectCommand(located(location)));
  return object.Body!.transformToString();
}

async function metadataLocation(glue: GlueClient, database: string, table: string): Promise<string | undefined> {
  try {
    const { Table } = await glue.send(new GetTableCommand({ DatabaseName: database, Name: table }));
    return Table?.Parameters?.['metadata_location'];
  } catch (error) {
    if (error instanceof EntityNotFoundException) return undefined;
    throw error;
  }
}
