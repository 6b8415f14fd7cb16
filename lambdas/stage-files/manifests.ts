import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Dataset } from '../../lib/contracts/dataset.ts';
import { manifestUri } from '../../lib/warehouse/staging-statements.ts';
import type { DataApi } from '../shared/redshift.ts';
import { s3Location } from '../shared/s3-location.ts';
import { stagedUri } from './s3-store.ts';
import { STAGED_KINDS } from './store.ts';

/** Ids of the files of a data set that the warehouse holds. */
export async function loadedIds(warehouse: Pick<DataApi, 'query'>, { name }: Dataset): Promise<ReadonlySet<string>> {
  const rows = await warehouse.query<{ file_id: string }>('SELECT file_id FROM millrace.staged_files WHERE dataset = $1', [name]);
  return new Set(rows.map(({ file_id }) => file_id));
}

/**
 * Lists staged files for COPY, where there are any: one manifest of their rows, one of their rejects, one of their markers.
 * https://docs.aws.amazon.com/redshift/latest/dg/loading-data-files-using-manifest.html
 */
export async function writeManifests(
  client: Pick<S3Client, 'send'>,
  folder: string,
  contract: Dataset,
  fileIds: readonly string[],
): Promise<void> {
  for (const kind of STAGED_KINDS) {
    const entries = fileIds.map((id) => ({ url: stagedUri(folder, contract, kind, id), mandatory: true }));
    const target = s3Location(manifestUri(contract, kind, folder))!;
    await client.send(new PutObjectCommand({ ...target, Body: JSON.stringify({ entries }), ContentType: 'application/json' }));
  }
}
