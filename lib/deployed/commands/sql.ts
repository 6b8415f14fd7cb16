import { RedshiftDataClient } from '@aws-sdk/client-redshift-data';
import { openDataApi } from '../../../lambdas/shared/redshift.ts';
import { UsageError } from '../../cli/failures.ts';
import { formatRows, type RowFormat } from '../../cli/rows.ts';
import type { Deployed } from '../aws.ts';
import { output } from '../outputs.ts';
import { refusal } from '../refusals.ts';

export interface SqlOptions {
  readonly format: RowFormat;
  /** Rows printed at most; the warehouse computes them all. */
  readonly limit: number;
}

/** Runs one statement on the warehouse and prints its rows. */
export async function runWarehouseSql(
  deployed: Deployed,
  statement: string,
  { format, limit }: SqlOptions,
  client: Pick<RedshiftDataClient, 'send'> = new RedshiftDataClient({ region: deployed.region }),
): Promise<void> {
  const workgroup = await output(deployed, 'warehouse', 'workgroup');
  const database = await output(deployed, 'warehouse', 'database');
  const rows = await openDataApi({ client, workgroup, database })
    .query(statement)
    .catch((error: unknown) => {
      const told = refusal(error);
      throw told instanceof UsageError ? told : new UsageError((error as Error).message);
    });
  for (const line of formatRows(rows.slice(0, limit), format)) process.stdout.write(`${line}\n`);
  if (rows.length > limit) process.stderr.write(`only the first ${limit} rows are shown: --limit N shows more\n`);
}
