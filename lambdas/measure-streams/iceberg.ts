import { EntityNotFoundException, GetTableCommand, type GlueClient } from '@aws-sdk/client-glue';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { located } from './checkpoint.ts';

interface Metadata {
  readonly 'current-snapshot-id'?: number;
  readonly snapshots?: readonly { readonly 'snapshot-id': number; readonly summary?: Readonly<Record<string, string>> }[];
}

/**
 * Rows of an Iceberg table of the Glue catalog, as its last snapshot's summary says (https://iceberg.apache.org/spec/#snapshots):
 * no engine has to run for it. 0 where there is no table yet.
 */
export async function tableRows(glue: GlueClient, s3: S3Client, database: string, table: string): Promise<number> {
  const location = await metadataLocation(glue, database, table);
  if (location === undefined) return 0;
  const object = await s3.send(new GetObjectCommand(located(location)));
  return totalRecords(await object.Body!.transformToString());
}

/** Snapshot ids are 64-bit: JSON.parse rounds them, and all that share a rounding compare equal. So ids are read as text. */
export function totalRecords(json: string): number {
  const exact = JSON.parse(json.replaceAll(/("(?:current-)?snapshot-id"\s*:\s*)(-?\d+)/g, '$1"$2"')) as Metadata;
  const current = exact.snapshots?.find((snapshot) => snapshot['snapshot-id'] === exact['current-snapshot-id']);
  return Number(current?.summary?.['total-records'] ?? 0);
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
